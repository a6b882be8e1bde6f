/* Statements of curlew's own whose answers can wait: BEGIN, version rows, journal rows, the lock's token.
 * They are kept here until one comes that can't wait, so that a small revision is two round trips
 * instead of eight; see cw_conn_later. */
#include <strings.h>

#include "db/driver.h"
#include "db/internal.h"
#include "db/rows.h"
#include "util/alloc.h"

enum { LARGE_BYTES = 256 * 1024 }; /* what is larger than this is sent at once */

static void waiting_release(struct cw_waiting *w) {
  for (size_t i = 0; i < w->nparams; i++) cw_value_release(&w->params[i]);
  free(w->params);
  free(w->sql);
  free(w->message);
  free(w->hint);
}

void cw_later_drop(struct cw_conn *conn) {
  for (size_t i = 0; i < conn->waiting.len; i++) waiting_release(&conn->waiting.items[i]);
  vec_release(&conn->waiting);
  conn->begins = false;
}

int cw_waiting_fail(const struct cw_waiting *w, struct cw_err *err) {
  cw_err_release(err);
  cw_fail(err, w->code, "%s", w->message);
  return w->hint ? cw_hint(err, "%s", w->hint) : -1;
}

/* --- at once ------------------------------------------------------------------------------------- */

static int run_now(struct cw_conn *conn, const struct cw_later *later, struct cw_err *err) {
  struct cw_result *result = NULL;
  const struct cw_value *row;
  unsigned flags = CW_QUERY_OWN | (later->nparams ? 0 : CW_QUERY_SIMPLE);
  if (cw_conn_query(conn, later->sql, strlen(later->sql), later->params, later->nparams, flags, &result,
                    err))
    return -1;
  int64_t rows = 0;
  int got;
  while ((got = cw_result_next(result, &row, err)) == 1)
    if (rows++ == 0 && later->number && row[0].type == CW_INT) *later->number = row[0].i;
  if (cw_result_ncols(result) == 0) rows = cw_result_affected(result);
  cw_result_free(result);
  if (got < 0) return -1;
  if (!later->one || rows == 1 || (conn->caps & CW_CAP_OFFLINE)) return 0;
  struct cw_waiting w = {.code = later->code,
                         .message = (char *)later->message,
                         .hint = (char *)later->hint};
  return cw_waiting_fail(&w, err);
}

/* --- later --------------------------------------------------------------------------------------- */

static size_t bytes_of(const struct cw_later *later) {
  size_t bytes = 0;
  for (size_t i = 0; i < later->nparams; i++) {
    enum cw_type type = later->params[i].type;
    if (type == CW_TEXT || type == CW_BLOB || type == CW_NUMERIC) bytes += later->params[i].s.len;
  }
  return bytes;
}

int cw_conn_later(struct cw_conn *conn, const struct cw_later *later, struct cw_err *err) {
  if (!conn->driver->chain || conn->lost || bytes_of(later) > LARGE_BYTES)
    return run_now(conn, later, err);
  struct cw_waiting w = {.sql = xstrdup(later->sql),
                         .len = strlen(later->sql),
                         .nparams = later->nparams,
                         .one = later->one,
                         .code = later->code,
                         .message = xstrdup(later->message),
                         .hint = xstrdup(later->hint),
                         .number = later->number};
  w.params = xcalloc(w.nparams + 1, sizeof *w.params);
  for (size_t i = 0; i < w.nparams; i++) w.params[i] = cw_value_dup(later->params[i]);
  if (strcmp(w.sql, "BEGIN") == 0) conn->begins = true;
  vec_push(&conn->waiting, w);
  return 0;
}

/* Values whose text says everything. */
bool cw_later_plain(const struct cw_query *query) {
  for (size_t i = 0; i < query->nparams; i++)
    if (query->params[i].type == CW_BLOB || query->params[i].type == CW_FLOAT) return false;
  return true;
}

bool cw_later_concerns(const struct cw_conn *conn, const struct cw_query *query) {
  if (conn->waiting.len > 0) return true;
  return (query->flags & CW_QUERY_OWN) && conn->driver->chain && !conn->lost;
}

static bool ends_all(const struct cw_query *query) {
  return query->len == 8 && strncasecmp(query->sql, "ROLLBACK", 8) == 0;
}

/* An empty result, without asking anybody. */
static int nothing(struct cw_result **out) {
  struct cw_rows none = {0};
  *out = cw_rows_result(&none, NULL);
  return 0;
}

int cw_later_run(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                 struct cw_err *err) {
  if (query && ends_all(query)) {
    bool unsent = conn->begins;
    cw_later_drop(conn);
    return unsent && !conn->driver->in_txn(conn) ? nothing(out)
                                                 : conn->driver->query(conn, query, out, err);
  }
  /* What waits is this call's now, whatever becomes of it. */
  size_t n = conn->waiting.len, failed = n;
  struct cw_waiting *waiting = conn->waiting.items;
  conn->waiting.items = NULL;
  conn->waiting.len = conn->waiting.cap = 0;
  conn->begins = false;
  int rc = conn->driver->chain(conn, waiting, n, query, out, &failed, err);
  if (rc && failed < n && err && !err->statement)
    err->statement = xstrndup(waiting[failed].sql, waiting[failed].len);
  for (size_t i = 0; i < n; i++) waiting_release(&waiting[i]);
  free(waiting);
  return rc;
}

int cw_later_flush(struct cw_conn *conn, struct cw_err *err) {
  struct cw_result *none = NULL;
  if (conn->waiting.len == 0) return 0;
  int failed = cw_later_run(conn, NULL, &none, err);
  return failed ? cw_conn_clean_err(conn, err) : 0;
}
