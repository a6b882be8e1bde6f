/* The cutting connection; see cut_driver.h. */
#include "support/cut_driver.h"

#include "db/driver.h"
#include "util/alloc.h"

struct cut_conn {
  struct cw_conn base;
  struct cw_conn *inner;
  struct cut_plan *plan;
};

struct cut_result {
  struct cw_result base;
  struct cw_result *inner;
};

static int lose(struct cut_conn *c, const struct cw_query *query, struct cw_err *err) {
  c->base.lost = true;
  snprintf(c->plan->last, sizeof c->plan->last, "%s", query->sql);
  if (cw_conn_in_txn(c->inner)) cw_conn_exec(c->inner, "ROLLBACK", NULL);
  return cw_fail(err, CW_ERR_CONNECTION_LOST, "the connection was cut");
}

static int cut_query(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                     struct cw_err *err) {
  struct cut_conn *c = (struct cut_conn *)conn;
  struct cut_plan *plan = c->plan;
  struct cw_result *inner = NULL;
  if (conn->lost) return cw_fail(err, CW_ERR_CONNECTION_LOST, "the connection is gone");
  bool now = ++plan->seen == plan->at;
  if (now && !plan->after) return lose(c, query, err);
  if (cw_conn_query(c->inner, query->sql, query->len, query->params, query->nparams, query->flags,
                    &inner, err))
    return now ? lose(c, query, err) : -1;
  if (now) {
    const struct cw_value *row;
    while (cw_result_next(inner, &row, NULL) == 1) continue;
    cw_result_free(inner);
    return lose(c, query, err);
  }
  struct cut_result *r = xcalloc(1, sizeof *r);
  r->inner = inner;
  cw_result_init(&r->base, conn, cw_result_ncols(inner));
  for (size_t i = 0; i < r->base.ncols; i++)
    cw_result_set_name(&r->base, i, cw_result_name(inner, i));
  r->base.affected = cw_result_affected(inner);
  r->base.has_insert_id = cw_result_insert_id(inner, &r->base.insert_id);
  *out = &r->base;
  return 0;
}

static int cut_next(struct cw_result *result, struct cw_err *err) {
  struct cut_result *r = (struct cut_result *)result;
  const struct cw_value *row;
  int got = cw_result_next(r->inner, &row, err);
  if (got == 1) memcpy(result->row, row, result->ncols * sizeof *row);
  result->affected = cw_result_affected(r->inner);
  return got;
}

static void cut_finish(struct cw_result *result) {
  cw_result_free(((struct cut_result *)result)->inner);
  free(result);
}

static void cut_close(struct cw_conn *conn) {
  struct cut_conn *c = (struct cut_conn *)conn;
  cw_conn_free(c->inner);
  free(c);
}

static void cut_cancel(struct cw_conn *conn) { cw_conn_cancel(((struct cut_conn *)conn)->inner); }

static bool cut_in_txn(struct cw_conn *conn) {
  return !conn->lost && cw_conn_in_txn(((struct cut_conn *)conn)->inner);
}

struct cw_conn *cut_open(struct cw_conn *inner, struct cut_plan *plan) {
  static const struct cw_driver driver = {.name = "cut",
                                          .close = cut_close,
                                          .query = cut_query,
                                          .next = cut_next,
                                          .finish = cut_finish,
                                          .cancel = cut_cancel,
                                          .in_txn = cut_in_txn};
  struct cut_conn *c = xcalloc(1, sizeof *c);
  cw_conn_init(&c->base, &driver, cw_conn_url(inner), NULL);
  c->base.caps = cw_conn_caps(inner) & ~plan->hide;
  c->base.flavor = cw_conn_flavor(inner);
  c->base.dialect = cw_conn_dialect(inner);
  c->base.server = cw_conn_server(inner);
  c->base.version = xstrdup(cw_conn_version(inner));
  c->inner = inner;
  c->plan = plan;
  return &c->base;
}
