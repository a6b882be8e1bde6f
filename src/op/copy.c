/* Rows sent as one stream of text: what op.copy_from does where the server takes them so (PostgreSQL's
 * COPY); a part of the step that is being executed. */
#include "op/exec_internal.h"

int cw_exec_copy(struct cw_exec *x, const char *sql, size_t len, const char *data, size_t n,
                 int64_t *affected, struct cw_err *err) {
  struct cw_value value = cw_textn(data, n);
  *affected = 0;
  if (!x->executing || strcmp(cw_conn_dialect(x->conn), "postgresql") != 0) {
    cw_fail(err, CW_ERR_UNSUPPORTED, "a stream of rows is for op.copy_from on PostgreSQL");
    return cw_hint(err, "use op.copy_from");
  }
  cw_exec_watch(x, x->conn, x->conn);
  int failed = cw_conn_batch(x->conn, sql, len, &value, 1, 1, affected, err);
  cw_exec_watch(x, NULL, NULL);
  return failed ? cw_segment_failed(x, err) : 0;
}
