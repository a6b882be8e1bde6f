/* Lists of compiled statements; see stmt.h. */
#include "op/stmt.h"

#include "util/alloc.h"

struct cw_stmt *cw_stmts_add(struct cw_stmts *stmts, const char *sql, size_t len, unsigned flags) {
  struct cw_stmt stmt = {.sql = xstrndup(sql, len), .len = len, .nsets = 1, .flags = flags};
  vec_push(stmts, stmt);
  return &stmts->items[stmts->len - 1];
}

/* The array grows at powers of two, so it needs no capacity of its own. */
void cw_stmt_param(struct cw_stmt *stmt, struct cw_value value) {
  size_t count = stmt->total++;
  if ((count & (count - 1)) == 0)
    stmt->params = xreallocarray(stmt->params, count ? count * 2 : 1, sizeof *stmt->params);
  stmt->params[count] = cw_value_dup(value);
  if (!(stmt->flags & CW_STMT_BATCH)) stmt->nparams = stmt->total;
}

void cw_stmts_release(struct cw_stmts *stmts) {
  for (size_t i = 0; i < stmts->len; i++) {
    struct cw_stmt *stmt = &stmts->items[i];
    for (size_t k = 0; k < stmt->total; k++) cw_value_release(&stmt->params[k]);
    free(stmt->params);
    free(stmt->sql);
  }
  vec_release(stmts);
}
