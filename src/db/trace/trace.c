/* The tracing connection; see trace.h. */
#include "db/trace/trace.h"

#include <inttypes.h>

#include "db/driver.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

enum { STATEMENT_MAX = 4000 }; /* bytes of a statement that are shown */

struct trace_conn {
  struct cw_conn base;
  struct cw_conn *inner;
  FILE *stream;
};

struct trace_result {
  struct cw_result base;
  struct cw_result *inner;
};

static struct trace_conn *trace(struct cw_conn *conn) {
  return (struct trace_conn *)conn;
}

/* What the inner connection found out about itself. */
static void follow(struct trace_conn *t) {
  t->base.lost = t->inner->lost;
  t->base.caps = t->inner->caps;
}

/* --- writing ----------------------------------------------------------------------------------- */

static void write_line(struct trace_conn *t, int64_t began_us, const char *what, const char *outcome) {
  char *line = xasprintf("[db] %8.1f ms  %s%s%s\n", (double)(cw_clock_us() - began_us) / 1000.0,
                         what, *outcome ? "  -> " : "", outcome);
  char *clean = cw_url_redact(t->base.url, line);
  fputs(clean, t->stream);
  free(clean);
  free(line);
}

static void write_query(struct trace_conn *t, int64_t began_us, const struct cw_query *query,
                        size_t nsets, const char *outcome) {
  char *head = cw_sql_head(query->sql, query->len, STATEMENT_MAX);
  char *what = nsets ? xasprintf("%s  (%zu parameter sets)", head, nsets) : xstrdup(head);
  write_line(t, began_us, what, outcome);
  free(what);
  free(head);
}

static char *failure_text(const struct cw_err *err) {
  return xasprintf("failed: %s", err && err->message ? err->message : "no reason given");
}

static char *rows_text(int64_t affected) {
  if (!affected) return xstrdup("");
  return xasprintf("%" PRId64 " row%s", affected, affected == 1 ? "" : "s");
}

/* --- statements -------------------------------------------------------------------------------- */

static struct cw_result *wrap(struct trace_conn *t, struct cw_result *inner) {
  struct trace_result *r = xcalloc(1, sizeof *r);
  cw_result_init(&r->base, &t->base, inner->ncols);
  for (size_t i = 0; i < inner->ncols; i++) cw_result_set_name(&r->base, i, inner->names[i]);
  r->base.affected = inner->affected;
  r->base.has_insert_id = inner->has_insert_id;
  r->base.insert_id = inner->insert_id;
  r->inner = inner;
  return &r->base;
}

static int trace_query(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                       struct cw_err *err) {
  struct trace_conn *t = trace(conn);
  struct cw_result *inner = NULL;
  int64_t began = cw_clock_us();
  int failed = t->inner->driver->query(t->inner, query, &inner, err);
  follow(t);
  char *outcome = failed ? failure_text(err) : rows_text(inner->affected);
  write_query(t, began, query, 0, outcome);
  free(outcome);
  if (failed) return -1;
  *out = wrap(t, inner);
  return 0;
}

static int trace_next(struct cw_result *result, struct cw_err *err) {
  struct trace_result *r = (struct trace_result *)result;
  const struct cw_value *row;
  int got = cw_result_next(r->inner, &row, err);
  follow(trace(result->conn));
  if (got == 1 && result->ncols) memcpy(result->row, row, result->ncols * sizeof *row);
  result->affected = r->inner->affected; /* some know it at the end only */
  return got;
}

static void trace_finish(struct cw_result *result) {
  cw_result_free(((struct trace_result *)result)->inner);
  free(result);
}

static int trace_batch(struct cw_conn *conn, const struct cw_query *query, size_t nsets,
                       int64_t *affected, struct cw_err *err) {
  struct trace_conn *t = trace(conn);
  int64_t began = cw_clock_us(), sum = 0;
  int failed = cw_conn_batch(t->inner, query->sql, query->len, query->params, query->nparams, nsets,
                             &sum, err);
  follow(t);
  char *outcome = failed ? failure_text(err) : rows_text(sum);
  write_query(t, began, query, nsets, outcome);
  free(outcome);
  *affected += sum;
  return failed;
}

/* --- the rest ---------------------------------------------------------------------------------- */

static int trace_try_lock(struct cw_conn *conn, const char *key, bool *got, struct cw_err *err) {
  struct trace_conn *t = trace(conn);
  int64_t began = cw_clock_us();
  int failed = cw_conn_lock(t->inner, key, 0, got, err);
  follow(t);
  char *what = xasprintf("session lock %s", key);
  write_line(t, began, what, failed ? "failed" : *got ? "had" : "held by another session");
  free(what);
  return failed;
}

static int trace_unlock(struct cw_conn *conn, const char *key, struct cw_err *err) {
  struct trace_conn *t = trace(conn);
  int64_t began = cw_clock_us();
  int failed = cw_conn_unlock(t->inner, key, err);
  follow(t);
  char *what = xasprintf("session unlock %s", key);
  write_line(t, began, what, failed ? "failed" : "");
  free(what);
  return failed;
}

static void trace_cancel(struct cw_conn *conn) {
  cw_conn_cancel(trace(conn)->inner);
}

static bool trace_in_txn(struct cw_conn *conn) {
  return cw_conn_in_txn(trace(conn)->inner);
}

static bool trace_txn_failed(struct cw_conn *conn) {
  return cw_conn_txn_failed(trace(conn)->inner);
}

static void trace_close(struct cw_conn *conn) {
  cw_conn_free(trace(conn)->inner);
  free(conn);
}

static const struct cw_driver trace_driver = {
    .name = "trace",
    .close = trace_close,
    .query = trace_query,
    .next = trace_next,
    .finish = trace_finish,
    .cancel = trace_cancel,
    .in_txn = trace_in_txn,
    .txn_failed = trace_txn_failed,
    .try_lock = trace_try_lock,
    .unlock = trace_unlock,
    .batch = trace_batch,
};

void cw_trace_open(struct cw_conn **out, struct cw_conn *inner, FILE *stream) {
  struct trace_conn *t = xcalloc(1, sizeof *t);
  cw_conn_init(&t->base, &trace_driver, inner->url, NULL);
  t->base.flavor = inner->flavor;
  t->base.dialect = inner->dialect;
  t->base.server = inner->server;
  t->base.version = xstrdup(inner->version);
  t->base.txn_sql = inner->txn_sql;
  t->base.stop = inner->stop;
  t->inner = inner;
  t->stream = stream;
  follow(t);
  *out = &t->base;
}
