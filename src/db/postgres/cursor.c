/* Streaming: a server-side cursor read in batches, so that memory stays flat and other statements
 * may run in between. Inside a transaction the cursor lives in it; outside it is declared WITH HOLD
 * (the server keeps the rows). What can't be a cursor is read in one piece: SHOW, EXPLAIN,
 * statements that write, FOR UPDATE outside a transaction, and, behind a pooler, anything outside a
 * transaction. */
#include <string.h>

#include "db/postgres/pg.h"
#include "db/text.h"

/* Batches: the first is small, the next ones as many rows as fill about BATCH_BYTES. */
enum { FIRST_ROWS = 200, MAX_ROWS = 5000, BATCH_BYTES = 4 << 20 };

bool cw_pg_can_stream(struct cw_pg_conn *c, const struct cw_query *query, enum cw_sql_kind kind) {
  static const char *const verbs[] = {"SELECT", "VALUES", "TABLE", "WITH"};
  char verb[CW_VERB_MAX];
  if (kind != CW_SQL_READ || (c->pooled && !cw_pg_in_txn(&c->base))) return false;
  cw_sql_verb(query->sql, query->len, verb, NULL);
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(verb, verbs[i]) == 0) return true;
  return false;
}

/* Takes the fetched rows; a short batch is the last one, and its cursor is closed at once: an open
 * one would be in the way of ALTER TABLE. */
static void take(struct cw_pg_result *r, PGresult *res) {
  const struct cw_pq *pq = cw_pg(r->base.conn)->pq;
  if (r->res != res) pq->PQclear(r->res);
  r->res = res;
  r->next = 0;
  r->rows = pq->PQntuples(res);
  if (r->rows < r->fetch) {
    cw_pg_cursor_close(r);
    return;
  }
  size_t row = pq->PQresultMemorySize(res) / (size_t)r->rows + 1, fits = BATCH_BYTES / row;
  r->fetch = fits < 1 ? 1 : fits > MAX_ROWS ? MAX_ROWS : (int)fits;
}

static int fetch(struct cw_pg_conn *c, const char *cursor, int rows, PGresult **out,
                 struct cw_err *err) {
  char sql[80];
  snprintf(sql, sizeof sql, "FETCH FORWARD %d FROM %s", rows, cursor);
  return cw_pg_simple(c, sql, out, err);
}

int cw_pg_cursor_open(struct cw_pg_conn *c, const struct cw_query *query, struct cw_result **out,
                      struct cw_err *err) {
  struct strbuf sql = STRBUF_INIT;
  struct cw_err e = CW_ERR_INIT;
  char name[24];
  bool held = !cw_pg_in_txn(&c->base);
  snprintf(name, sizeof name, "curlew_c%u", ++c->serial);
  strbuf_addf(&sql, "DECLARE %s NO SCROLL CURSOR %s HOLD FOR ", name, held ? "WITH" : "WITHOUT");
  strbuf_add(&sql, query->sql, query->len);

  PGresult *res = NULL;
  struct cw_query declare = {.sql = sql.buf, .len = sql.len, .params = query->params,
                             .nparams = query->nparams};
  int rc = query->nparams ? cw_pg_bound(c, &declare, false, NULL, &e)
                          : cw_pg_simple(c, sql.buf, NULL, &e);
  if (rc == 0) rc = fetch(c, name, FIRST_ROWS, &res, &e);
  strbuf_release(&sql);
  if (rc) {
    /* feature_not_supported or a syntax that DECLARE doesn't have; nothing is lost by asking again
     */
    bool other_way = held && !c->base.lost && e.code == CW_ERR_STATEMENT &&
                     (strcmp(e.sqlstate, "0A000") == 0 || strcmp(e.sqlstate, "42601") == 0);
    if (!other_way && err) cw_err_move(err, &e);
    cw_err_release(&e);
    return other_way ? 1 : -1;
  }
  struct cw_pg_result *r = cw_pg_result_new(c, res);
  snprintf(r->cursor, sizeof r->cursor, "%s", name);
  r->held = held;
  r->epoch = c->epoch;
  r->fetch = FIRST_ROWS;
  take(r, res);
  *out = &r->base;
  return 0;
}

int cw_pg_cursor_fetch(struct cw_pg_result *r, struct cw_err *err) {
  struct cw_pg_conn *c = cw_pg(r->base.conn);
  PGresult *res;
  if (!r->cursor[0]) return 0;
  if (c->base.lost) return cw_pg_fail_lost(c, err);
  if (!r->held && r->epoch != c->epoch) {
    r->cursor[0] = '\0';
    cw_fail(
        err, CW_ERR_STATEMENT,
        "the transaction in which this result was being read has ended: its other rows are gone");
    return cw_hint(err, "read the result to its end before committing, or collect its rows first");
  }
  cw_pg_busy(c);
  int rc = fetch(c, r->cursor, r->fetch, &res, err);
  cw_pg_idle(c);
  if (rc) {
    r->cursor[0] = '\0';
    return -1;
  }
  take(r, res);
  return r->rows > 0;
}

void cw_pg_cursor_close(struct cw_pg_result *r) {
  struct cw_pg_conn *c = cw_pg(r->base.conn);
  char sql[64];
  bool there = r->cursor[0] && !c->base.lost && (r->held || r->epoch == c->epoch) &&
               !cw_pg_txn_failed(&c->base);
  snprintf(sql, sizeof sql, "CLOSE %s", r->cursor);
  r->cursor[0] = '\0';
  if (there) cw_pg_simple(c, sql, NULL, NULL);
}
