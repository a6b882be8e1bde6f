/* Stands in for libFuzzer where it is not there (gcc): feeds each file of the given folders and
 * files to the fuzz target once, so that kept inputs stay tests in every build. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds one file; returns 0, or -1 after saying why. The copy is of the exact size, so that the
 * address sanitizer sees a read behind its end. */
static int replay_file(const char *path, size_t size) {
  FILE *in = fopen(path, "rb");
  uint8_t *data = malloc(size ? size : 1);

  if (!in || !data || fread(data, 1, size, in) != size) {
    perror(path);
    if (in)
      fclose(in);
    free(data);
    return -1;
  }
  fclose(in);
  LLVMFuzzerTestOneInput(data, size);
  free(data);
  return 0;
}

static int replay(const char *path, long *count) {
  struct stat st;
  struct dirent **entries;
  int n, result = 0;

  if (stat(path, &st)) {
    perror(path);
    return -1;
  }
  if (!S_ISDIR(st.st_mode)) {
    ++*count;
    return replay_file(path, (size_t)st.st_size);
  }
  n = scandir(path, &entries, NULL, alphasort);
  if (n < 0) {
    perror(path);
    return -1;
  }
  for (int i = 0; i < n; i++) {
    char child[4096];
    if (entries[i]->d_name[0] != '.') {
      snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name);
      if (replay(child, count))
        result = -1;
    }
    free(entries[i]);
  }
  free(entries);
  return result;
}

int main(int argc, char **argv) {
  long count = 0;
  int result = 0;

  for (int i = 1; i < argc; i++)
    if (replay(argv[i], &count))
      result = 1;
  printf("%ld inputs\n", count);
  return result || count == 0;
}
