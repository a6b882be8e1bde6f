/* Reading CSV (RFC 4180), one record at a time: quoted fields with line breaks and doubled quotes, LF
 * and CRLF, a byte order mark. It knows nothing of Lua or curlew, and reports by its return value. */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>

struct csv_field {
  const char *text; /* of the reader, until the next record */
  size_t len;
  int quoted;       /* "" is an empty text; nothing at all may stand for NULL */
};

struct csv;

struct csv *csv_open(const char *path, char delimiter); /* NULL: errno says why */
void csv_close(struct csv *csv);                        /* NULL is fine */

/* 1: *fields and *count are the next record; 0: there is no more; -1: see csv_problem. */
int csv_next(struct csv *csv, const struct csv_field **fields, size_t *count);
const char *csv_problem(const struct csv *csv); /* "a quoted field does not end" */
long csv_line(const struct csv *csv);           /* where the last record begins */

#endif
