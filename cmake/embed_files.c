/* Build helper: writes a C source that holds files as string literals (see src/lua/embed.h).
 *
 *   curlew_embed OUTPUT FOLDER LIST
 *
 * LIST has one path relative to FOLDER a line; names in the table are these paths, sorted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Writes the bytes of `path` as the array `data_<index>`; returns their number, or -1. */
static long write_bytes(FILE *out, const char *path, size_t index) {
  FILE *in = fopen(path, "rb");
  long len = 0;
  int c, column = 0;

  if (!in) {
    perror(path);
    return -1;
  }
  fprintf(out, "static const char data_%zu[] =\n  \"", index);
  while ((c = getc(in)) != EOF) {
    if (c == '"' || c == '\\')
      column += fprintf(out, "\\%c", c);
    else if (c == '\n')
      column += fprintf(out, "\\n");
    else if (c < ' ' || c > '~' || c == '?') /* '?' might begin a trigraph */
      column += fprintf(out, "\\%03o", (unsigned)c);
    else
      column += fprintf(out, "%c", c);
    if (c == '\n' || column > 96) {
      fputs("\"\n  \"", out);
      column = 0;
    }
    len++;
  }
  fputs("\";\n\n", out);
  if (ferror(in)) {
    perror(path);
    len = -1;
  }
  fclose(in);
  return len;
}

int main(int argc, char **argv) {
  char line[4096], path[8192];
  char **names = NULL;
  long *lens;
  size_t n = 0;
  FILE *list, *out;

  if (argc != 4) {
    fprintf(stderr, "usage: curlew_embed OUTPUT FOLDER LIST\n");
    return 2;
  }
  list = fopen(argv[3], "r");
  out = fopen(argv[1], "w");
  if (!list || !out) {
    perror(list ? argv[1] : argv[3]);
    return 1;
  }
  while (fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = '\0';
    if (!*line)
      continue;
    names = realloc(names, (n + 1) * sizeof *names);
    if (!names || !(names[n++] = strdup(line)))
      abort();
  }
  if (n > 0)
    qsort(names, n, sizeof *names, by_name);

  fputs("/* Generated from the files of lua/; do not edit. */\n#include \"lua/embed.h\"\n\n", out);
  lens = calloc(n + 1, sizeof *lens);
  if (!lens)
    abort();
  for (size_t i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%s/%s", argv[2], names[i]);
    lens[i] = write_bytes(out, path, i);
    if (lens[i] < 0) {
      fclose(out);
      remove(argv[1]);
      return 1;
    }
  }
  fputs("const struct cw_embedded_file cw_embedded_files[] = {\n", out);
  for (size_t i = 0; i < n; i++)
    fprintf(out, "  {\"%s\", (const unsigned char *)data_%zu, %ld},\n", names[i], i, lens[i]);
  fprintf(out, "  {NULL, NULL, 0},\n};\n\nconst size_t cw_embedded_count = %zu;\n", n);
  if (ferror(out) || fclose(out)) {
    perror(argv[1]);
    remove(argv[1]);
    return 1;
  }
  for (size_t i = 0; i < n; i++)
    free(names[i]);
  free(names);
  free(lens);
  fclose(list);
  return 0;
}
