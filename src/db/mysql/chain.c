/* Statements of curlew's own, and what waits in front of another one: one text of several statements, that
 * is one round trip, their values written as literals. The server stops at the first that fails. What has
 * to be looked at before a COMMIT is sent (a row that is to be exactly one) is: the COMMIT then takes a
 * round trip of its own. */
#include <inttypes.h>
#include <string.h>

#include "db/mysql/my.h"

/* --- writing ------------------------------------------------------------------------------------- */

static void add_literal(struct cw_my_conn *c, const struct cw_value *v, struct strbuf *out) {
  switch (v->type) {
  case CW_NULL: strbuf_addstr(out, "NULL"); return;
  case CW_BOOL: strbuf_addstr(out, v->b ? "1" : "0"); return;
  case CW_INT: strbuf_addf(out, "%" PRId64, v->i); return;
  default: break;
  }
  char *escaped = xmalloc(v->s.len * 2 + 1);
  unsigned long len = c->lib->mysql_real_escape_string(c->my, escaped, v->s.p, v->s.len);
  strbuf_addch(out, '\'');
  strbuf_add(out, escaped, len);
  strbuf_addch(out, '\'');
  free(escaped);
}

/* Own statements have no question mark but those that stand for values. */
static void add_statement(struct cw_my_conn *c, const char *sql, const struct cw_value *params,
                          size_t nparams, struct strbuf *out) {
  if (out->len) strbuf_addstr(out, "; ");
  if (nparams == 0) {
    strbuf_addstr(out, sql);
    return;
  }
  for (const char *p = sql; *p; p++) {
    if (*p == '?' && nparams > 0) {
      add_literal(c, params++, out);
      nparams--;
    } else {
      strbuf_addch(out, *p);
    }
  }
}

/* --- answers ------------------------------------------------------------------------------------- */

static int read_waiting(struct cw_my_conn *c, const struct cw_waiting *w, struct cw_err *err) {
  const struct cw_mysql *lib = c->lib;
  MYSQL_RES *res = lib->mysql_store_result(c->my);
  int64_t rows = 0;
  if (!res && lib->mysql_field_count(c->my)) return cw_my_fail(c, err);
  if (!res) rows = (int64_t)lib->mysql_affected_rows(c->my);
  for (MYSQL_ROW row; res && (row = lib->mysql_fetch_row(res)); rows++)
    if (rows == 0 && w->number && row[0]) *w->number = strtoll(row[0], NULL, 10);
  if (res) lib->mysql_free_result(res);
  return !w->one || rows == 1 ? 0 : cw_waiting_fail(w, err);
}

/* Reads and drops what is left after a failure. */
static void drain(struct cw_my_conn *c) {
  while (!c->base.lost && c->lib->mysql_next_result(c->my) == 0) {
    MYSQL_RES *res = c->lib->mysql_store_result(c->my);
    if (res) c->lib->mysql_free_result(res);
  }
}

static int next_answer(struct cw_my_conn *c, struct cw_err *err) {
  int more = c->lib->mysql_next_result(c->my);
  if (more > 0) return cw_my_fail(c, err);
  return more == 0 ? 0 : cw_fail(err, CW_ERR_INTERNAL, "an answer of the server is missing");
}

/* --- the whole ----------------------------------------------------------------------------------- */

/* Whether a query can be the last statement of the text; else it is run behind it. */
static bool can_join(const struct cw_my_conn *c, const struct cw_waiting *waiting, size_t n,
                     const struct cw_query *query) {
  enum cw_sql_kind kind = cw_sql_kind(query->sql, query->len, c->base.flavor);
  bool checks = false;
  for (size_t i = 0; i < n; i++) checks = checks || waiting[i].one;
  if (checks && kind != CW_SQL_READ && kind != CW_SQL_WRITE) return false;
  if (query->flags & CW_QUERY_OWN) return true;
  if (query->nparams || (query->flags & CW_QUERY_STREAM)) return false;
  return kind == CW_SQL_WRITE || kind == CW_SQL_TXN;
}

static int run(struct cw_my_conn *c, const struct cw_waiting *waiting, size_t n,
               const struct cw_query *last, struct cw_my_result **out, size_t *failed,
               struct cw_err *err) {
  struct strbuf sql = STRBUF_INIT;
  for (size_t i = 0; i < n; i++)
    add_statement(c, waiting[i].sql, waiting[i].params, waiting[i].nparams, &sql);
  if (last) add_statement(c, last->sql, last->params, last->nparams, &sql);
  *failed = 0;
  int rc = n == 0 ? 0 : cw_my_check_size(c, sql.len + 1, err);
  if (rc == 0 && n > 0 && c->lib->mysql_real_query(c->my, sql.buf, sql.len)) rc = cw_my_fail(c, err);
  for (size_t i = 0; i < n && rc == 0; i++) {
    *failed = i;
    if (i > 0) rc = next_answer(c, err);
    if (rc == 0 && (rc = read_waiting(c, &waiting[i], err))) drain(c);
  }
  if (rc == 0) *failed = n;
  if (last && rc == 0)
    rc = n == 0 ? cw_my_text(c, sql.buf, sql.len, out, err)
                : next_answer(c, err) || cw_my_text_result(c, out, err) ? -1 : 0;
  strbuf_release(&sql);
  return rc;
}

int cw_my_chain(struct cw_conn *conn, const struct cw_waiting *waiting, size_t n,
                const struct cw_query *query, struct cw_result **out, size_t *failed,
                struct cw_err *err) {
  struct cw_my_conn *c = cw_my(conn);
  struct cw_my_guard guard;
  struct cw_my_result *r = NULL;
  if (conn->lost) return cw_my_fail_lost(c, err);
  const struct cw_query *last = query && can_join(c, waiting, n, query) ? query : NULL;
  cw_my_guard_begin(&guard);
  cw_my_busy(c);
  int rc = run(c, waiting, n, last, &r, failed, err);
  cw_my_idle(c);
  if (rc == 0 && last) cw_my_settle_counts(last, r);
  cw_my_guard_end(&guard);
  if (rc == 0 && last) *out = &r->base;
  if (rc == 0 && query && !last) rc = conn->driver->query(conn, query, out, err);
  return rc;
}
