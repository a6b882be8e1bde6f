/* Reading CSV; see csv.h. */
#include "csv.h"

#include <stdio.h>
#include <stdlib.h>

struct csv {
  FILE *file;
  int delimiter;
  long line, next_line;
  char *text; /* of the record, all its fields one after the other */
  size_t len, room;
  size_t *starts; /* where each begins in it: the text may move while it grows */
  struct csv_field *fields;
  size_t count, slots;
  const char *problem;
};

struct csv *csv_open(const char *path, char delimiter) {
  struct csv *csv = calloc(1, sizeof *csv);
  if (!csv) return NULL;
  csv->file = fopen(path, "rb");
  if (!csv->file) {
    free(csv);
    return NULL;
  }
  csv->delimiter = (unsigned char)delimiter;
  csv->next_line = 1;
  if (getc(csv->file) != 0xEF || getc(csv->file) != 0xBB || getc(csv->file) != 0xBF)
    rewind(csv->file); /* no byte order mark */
  return csv;
}

void csv_close(struct csv *csv) {
  if (!csv) return;
  fclose(csv->file);
  free(csv->text);
  free(csv->starts);
  free(csv->fields);
  free(csv);
}

static int put(struct csv *csv, int c) {
  if (csv->len == csv->room) {
    size_t room = csv->room ? csv->room * 2 : 4096;
    char *text = realloc(csv->text, room);
    if (!text) return -1;
    csv->text = text;
    csv->room = room;
  }
  csv->text[csv->len++] = (char)c;
  return 0;
}

static struct csv_field *add_field(struct csv *csv) {
  if (csv->count == csv->slots) {
    size_t slots = csv->slots ? csv->slots * 2 : 32;
    struct csv_field *fields = realloc(csv->fields, slots * sizeof *fields);
    if (fields) csv->fields = fields;
    size_t *starts = realloc(csv->starts, slots * sizeof *starts);
    if (starts) csv->starts = starts;
    if (!fields || !starts) return NULL;
    csv->slots = slots;
  }
  csv->starts[csv->count] = csv->len;
  csv->fields[csv->count] = (struct csv_field){NULL, 0, 0};
  return &csv->fields[csv->count++];
}

static int fail(struct csv *csv, const char *problem) {
  csv->problem = problem;
  return -1;
}

/* What is between quotes; the opening one has been read. 0, or -1. */
static int quoted(struct csv *csv) {
  for (;;) {
    int c = getc(csv->file);
    if (c == EOF) return fail(csv, ferror(csv->file) ? "it can't be read" : "a quoted field does not end");
    if (c == '\n') csv->next_line++;
    if (c == '"') {
      int after = getc(csv->file);
      if (after != '"') {
        if (after != EOF) ungetc(after, csv->file);
        return 0;
      }
    }
    if (put(csv, c)) return fail(csv, "out of memory");
  }
}

/* One field. 1: another follows; 0: it was the record's last; -1. `c` is its first character. */
static int field(struct csv *csv, int c) {
  struct csv_field *f = add_field(csv);
  if (!f) return fail(csv, "out of memory");
  size_t start = csv->len;
  if (c == '"') {
    f->quoted = 1;
    if (quoted(csv)) return -1;
    f->len = csv->len - start;
    c = getc(csv->file);
    if (c == '\r') c = getc(csv->file);
    if (c != csv->delimiter && c != '\n' && c != EOF) return fail(csv, "text follows a quoted field");
  } else {
    for (; c != csv->delimiter && c != '\n' && c != EOF; c = getc(csv->file))
      if (put(csv, c)) return fail(csv, "out of memory");
    f->len = csv->len - start;
    if (c != csv->delimiter && f->len && csv->text[csv->len - 1] == '\r') f->len--;
  }
  if (c == '\n') csv->next_line++;
  return c == csv->delimiter;
}

int csv_next(struct csv *csv, const struct csv_field **fields, size_t *count) {
  int c, more;
  csv->line = csv->next_line;
  csv->len = csv->count = 0;
  if ((c = getc(csv->file)) == EOF) return ferror(csv->file) ? fail(csv, "it can't be read") : 0;
  while ((more = field(csv, c)) > 0) c = getc(csv->file);
  if (more < 0) return -1;
  for (size_t i = 0; i < csv->count; i++) csv->fields[i].text = csv->text + csv->starts[i];
  *fields = csv->fields;
  *count = csv->count;
  return 1;
}

const char *csv_problem(const struct csv *csv) { return csv->problem; }
long csv_line(const struct csv *csv) { return csv->line; }
