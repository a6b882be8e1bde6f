/* Results: the part that every driver shares; see driver.h. */
#include "db/driver.h"
#include "db/internal.h"
#include "util/alloc.h"

void cw_result_init(struct cw_result *result, struct cw_conn *conn, size_t ncols) {
  *result = (struct cw_result){
      .conn = conn,
      .ncols = ncols,
      .names = ncols ? xcalloc(ncols, sizeof(char *)) : NULL,
      .row = ncols ? xcalloc(ncols, sizeof(struct cw_value)) : NULL,
  };
}

void cw_result_set_name(struct cw_result *result, size_t col, const char *name) {
  free(result->names[col]);
  result->names[col] = xstrdup(name ? name : "");
}

int cw_result_next(struct cw_result *result, const struct cw_value **row, struct cw_err *err) {
  *row = NULL;
  if (result->done) return 0;
  int got = result->conn->driver->next(result, err);
  if (got == 1) {
    *row = result->row;
    return 1;
  }
  result->done = true;
  return got ? cw_conn_clean_err(result->conn, err) : 0;
}

size_t cw_result_ncols(const struct cw_result *result) { return result->ncols; }

const char *cw_result_name(const struct cw_result *result, size_t col) {
  return col < result->ncols ? result->names[col] : NULL;
}

int64_t cw_result_affected(const struct cw_result *result) { return result->affected; }

bool cw_result_insert_id(const struct cw_result *result, int64_t *id) {
  if (result->has_insert_id) *id = result->insert_id;
  return result->has_insert_id;
}

void cw_result_free(struct cw_result *result) {
  if (!result) return;
  char **names = result->names;
  struct cw_value *row = result->row;
  size_t ncols = result->ncols;
  result->conn->driver->finish(result); /* frees the struct */
  for (size_t i = 0; i < ncols; i++) free(names[i]);
  free(names);
  free(row);
}
