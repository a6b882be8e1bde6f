/* Rows kept in memory: what a recorded read answered, to be given again as a result like any other,
 * and as JSON for the journal. No type or digit is lost on the way. */
#ifndef CW_DB_ROWS_H
#define CW_DB_ROWS_H

#include <jansson.h>

#include "db/db.h"
#include "util/vec.h"

struct cw_rows {
  struct strvec names;       /* of the columns */
  struct cw_value *items;    /* row by row, owned copies */
  size_t len, cap;           /* values */
  size_t bytes;              /* their approximate size */
  bool complete;             /* the source had no more */
  int64_t affected;
};

/* Reads until the end or until `limit` bytes are passed (0: no limit). The source stays open. */
int cw_rows_read(struct cw_rows *rows, struct cw_result *source, size_t limit, struct cw_err *err);
void cw_rows_release(struct cw_rows *rows);

/* {"names": [...], "rows": [...], "affected": n}; the caller drops it. */
json_t *cw_rows_json(const struct cw_rows *rows);
/* False: it isn't of that form. */
bool cw_rows_from_json(struct cw_rows *rows, const json_t *json);

/* One value as JSON: strings, numbers, true, null as such; the rest as an object of one key. */
json_t *cw_value_json(const struct cw_value *value);

/* A result that gives these rows, then those of `rest` (NULL: none). Takes over both. */
struct cw_result *cw_rows_result(struct cw_rows *rows, struct cw_result *rest);

#endif
