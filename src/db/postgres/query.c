/* Running statements: without parameters by the simple protocol, which takes anything; with
 * parameters as prepared statements. Large results go through a cursor (cursor.c). */
#include <string.h>

#include "db/postgres/pg.h"
#include "db/text.h"

void cw_pg_busy(struct cw_pg_conn *c) {
  pthread_mutex_lock(&c->mutex);
  c->running = true;
  c->cancelled = false;
  pthread_mutex_unlock(&c->mutex);
}

void cw_pg_idle(struct cw_pg_conn *c) {
  pthread_mutex_lock(&c->mutex);
  c->running = false;
  pthread_mutex_unlock(&c->mutex);
}

bool cw_pg_in_txn(struct cw_conn *conn) {
  PGTransactionStatusType status = cw_pg(conn)->pq->PQtransactionStatus(cw_pg(conn)->pg);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool cw_pg_txn_failed(struct cw_conn *conn) {
  return cw_pg(conn)->pq->PQtransactionStatus(cw_pg(conn)->pg) == PQTRANS_INERROR;
}

/* --- results ---------------------------------------------------------------------------------- */

/* COPY's data would have to come from, or go to, somewhere. Ends it and says so. */
static int refuse_copy(struct cw_pg_conn *c, bool in, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  char *row;
  if (in && pq->PQputCopyEnd(c->pg, "there is no data here") != 1) return cw_pg_fail(c, NULL, err);
  while (!in && pq->PQgetCopyData(c->pg, &row, 0) > 0) pq->PQfreemem(row);
  cw_fail(err, CW_ERR_UNSUPPORTED,
          "COPY %s can't be run from a migration, which has no data stream",
          in ? "FROM STDIN" : "TO STDOUT");
  return cw_hint(err, in ? "use op.bulk_insert, or COPY FROM a file on the server"
                         : "use a query, or COPY TO a file on the server");
}

/* COMMIT of a failed transaction is no error for PostgreSQL: it answers ROLLBACK. */
static int check_tag(struct cw_pg_conn *c, PGresult *res, const char *sql, struct cw_err *err) {
  if (strcmp(c->pq->PQcmdStatus(res), "ROLLBACK") != 0 || strcasestr(sql, "rollback") ||
      strcasestr(sql, "abort"))
    return 0;
  cw_fail(err, CW_ERR_STATEMENT,
          "the transaction had failed and was rolled back by this COMMIT: nothing of it was kept");
  return cw_hint(err, "look for the first error in this transaction, which was caught or ignored");
}

/* Reads everything that one send is answered with. The last good result is given; the first failure
 * counts, but reading goes on to the end. *failed (may be NULL) gets the failed result. */
static int collect(struct cw_pg_conn *c, const char *sql, PGresult **out, PGresult **failed,
                   struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  PGresult *res, *last = NULL;
  int rc = 0;
  bool stuck = false;
  while (!stuck && (res = pq->PQgetResult(c->pg))) {
    switch (pq->PQresultStatus(res)) {
    case PGRES_EMPTY_QUERY:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      if (rc == 0) rc = check_tag(c, res, sql, err);
      pq->PQclear(last);
      last = res;
      continue;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
      if (rc == 0) rc = refuse_copy(c, pq->PQresultStatus(res) == PGRES_COPY_IN, err);
      stuck = pq->PQstatus(c->pg) == CONNECTION_BAD;
      break;
    default:
      if (rc == 0) {
        rc = cw_pg_fail(c, res, err);
        if (failed) {
          *failed = res;
          continue;
        }
      }
      break;
    }
    pq->PQclear(res);
  }
  if (rc == 0 && !last) rc = cw_pg_fail(c, NULL, err);
  if (pq->PQstatus(c->pg) == CONNECTION_BAD) c->base.lost = true;
  if (rc == 0 && out) *out = last;
  else pq->PQclear(last);
  return rc;
}

int cw_pg_simple(struct cw_pg_conn *c, const char *sql, PGresult **out, struct cw_err *err) {
  if (!c->pq->PQsendQuery(c->pg, sql)) return cw_pg_fail(c, NULL, err);
  return collect(c, sql, out, NULL, err);
}

static int64_t affected(struct cw_pg_conn *c, PGresult *res) {
  const char *tag = c->pq->PQcmdStatus(res), *count = c->pq->PQcmdTuples(res);
  int64_t n;
  bool read = c->pq->PQresultStatus(res) == PGRES_TUPLES_OK && strncmp(tag, "SELECT", 6) == 0;
  if (read || strncmp(tag, "FETCH", 5) == 0 || strncmp(tag, "MOVE", 4) == 0) return 0;
  return cw_int_parse(count, strlen(count), &n) ? n : 0;
}

struct cw_pg_result *cw_pg_result_new(struct cw_pg_conn *c, PGresult *res) {
  const struct cw_pq *pq = c->pq;
  struct cw_pg_result *r = xcalloc(1, sizeof *r);
  int n = pq->PQnfields(res);
  cw_result_init(&r->base, &c->base, (size_t)n);
  r->types = xcalloc(n ? (size_t)n : 1, sizeof *r->types);
  for (int i = 0; i < n; i++) {
    cw_result_set_name(&r->base, (size_t)i, pq->PQfname(res, i));
    r->types[i] = pq->PQftype(res, i);
  }
  strbuf_init(&r->bytes);
  r->res = res;
  r->rows = pq->PQntuples(res);
  r->base.affected = affected(c, res);
  return r;
}

static int next(struct cw_result *result, struct cw_err *err) {
  struct cw_pg_result *r = (struct cw_pg_result *)result;
  if (r->next >= r->rows) {
    int more = cw_pg_cursor_fetch(r, err);
    if (more != 1) return more;
  }
  cw_pg_row(r);
  r->next++;
  return 1;
}

static void finish(struct cw_result *result) {
  struct cw_pg_result *r = (struct cw_pg_result *)result;
  cw_pg_cursor_close(r);
  cw_pg(result->conn)->pq->PQclear(r->res);
  strbuf_release(&r->bytes);
  free(r->types);
  free(r);
}

/* --- statements ------------------------------------------------------------------------------- */

/* A parsed statement that a change of the schema by somebody else made unusable: the server found
 * out before running it. */
static bool is_stale(struct cw_pg_conn *c, const PGresult *res) {
  const char *state = res ? c->pq->PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
  const char *where = res ? c->pq->PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION) : NULL;
  if (!state) return false;
  return strcmp(state, "26000") == 0 ||
         (strcmp(state, "0A000") == 0 && where && strcmp(where, "RevalidateCachedQuery") == 0);
}

/* Executes a prepared statement; the unnamed one's pipeline is ended. */
static int execute(struct cw_pg_conn *c, struct cw_pg_stmt *s, const struct cw_pg_args *args,
                   PGresult **out, bool *stale, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  int sent = pq->PQsendQueryPrepared(c->pg, s->name, (int)s->nparams, args->values, args->lengths,
                                     args->formats, 0);
  if (s->name[0]) {
    PGresult *failed = NULL;
    if (!sent) return cw_pg_fail(c, NULL, err);
    int rc = collect(c, s->sql, out, &failed, err);
    *stale = is_stale(c, failed);
    pq->PQclear(failed);
    return rc;
  }
  if (sent && s->savepoint)
    sent = pq->PQsendQueryParams(c->pg, "RELEASE curlew_prepare", 0, NULL, NULL, NULL, NULL, 0);
  if (!sent || !pq->PQpipelineSync(c->pg)) {
    cw_pg_fail(c, NULL, err);
    cw_pg_pipeline_end(c, false, NULL);
    return -1;
  }
  int rc = cw_pg_pipeline_read(c, out, err);
  if (cw_pg_pipeline_end(c, true, rc ? NULL : err) && rc == 0) {
    if (out) pq->PQclear(*out);
    rc = -1;
  }
  return rc;
}

int cw_pg_bound(struct cw_pg_conn *c, const struct cw_query *query, bool keep, PGresult **out,
                struct cw_err *err) {
  bool idle = c->pq->PQtransactionStatus(c->pg) == PQTRANS_IDLE;
  for (bool first = true;; first = false) {
    struct cw_pg_stmt *s;
    struct cw_pg_args args = CW_PG_ARGS_INIT;
    bool stale = false;
    if (cw_pg_prepare(c, query->sql, query->len, query->params, query->nparams, keep, &s, err))
      return -1;
    int rc = cw_pg_args_fill(&args, s, query->params, err);
    if (rc == 0) {
      rc = execute(c, s, &args, out, &stale, err);
    } else if (!s->name[0]) {
      if (s->savepoint)
        c->pq->PQsendQueryParams(c->pg, "RELEASE curlew_prepare", 0, NULL, NULL, NULL, NULL, 0);
      cw_pg_pipeline_end(c, false, NULL);
    }
    cw_pg_args_release(&args);
    if (stale || !keep || !s->name[0]) cw_pg_forget_one(c, s);
    if (!stale || !idle || !first) return rc;
    cw_err_release(err);
  }
}

bool cw_pg_is_several(const char *sql, size_t len) {
  while (len > 0 && strchr("; \t\r\n", sql[len - 1])) len--;
  return memchr(sql, ';', len) != NULL;
}

void cw_pg_note(struct cw_pg_conn *c, const struct cw_query *query, bool was_in_txn) {
  enum cw_sql_kind kind = cw_sql_kind(query->sql, query->len, c->base.flavor);
  char verb[CW_VERB_MAX];
  cw_sql_verb(query->sql, query->len, verb, NULL);
  bool gone = strcmp(verb, "DISCARD") == 0 || strcmp(verb, "DEALLOCATE") == 0;
  bool back = strcmp(verb, "ROLLBACK") == 0 || strcmp(verb, "ABORT") == 0;
  bool ends = strcmp(verb, "COMMIT") == 0 || strcmp(verb, "END") == 0 ||
              (back && !strcasestr(query->sql, " to "));
  bool in_txn = cw_pg_in_txn(&c->base);
  if (ends || (was_in_txn && !in_txn)) c->epoch++;
  if (gone || back || (was_in_txn && !in_txn && kind != CW_SQL_TXN) ||
      (kind != CW_SQL_READ && kind != CW_SQL_WRITE && kind != CW_SQL_TXN) ||
      (query->nparams == 0 && cw_pg_is_several(query->sql, query->len)))
    cw_pg_forget(c, gone);
  if (gone) cw_pg_own_forget(c);
}

static int run(struct cw_pg_conn *c, const struct cw_query *query, enum cw_sql_kind kind,
               struct cw_result **out, struct cw_err *err) {
  PGresult *res = NULL;
  if ((query->flags & CW_QUERY_STREAM) && cw_pg_can_stream(c, query, kind)) {
    int rc = cw_pg_cursor_open(c, query, out, err);
    if (rc != 1) return rc;
  }
  int rc = query->nparams ? cw_pg_bound(c, query, true, &res, err)
                          : cw_pg_simple(c, query->sql, &res, err);
  if (rc == 0) *out = &cw_pg_result_new(c, res)->base;
  return rc;
}

static int query_(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                  struct cw_err *err) {
  struct cw_pg_conn *c = cw_pg(conn);
  if (conn->lost) return cw_pg_fail_lost(c, err);
  if (query->nparams > 65535)
    return cw_fail(err, CW_ERR_STATEMENT,
                   "the statement has %zu parameters, but PostgreSQL takes at most 65535",
                   query->nparams);
  enum cw_sql_kind kind = cw_sql_kind(query->sql, query->len, conn->flavor);
  bool was_in_txn = cw_pg_in_txn(conn);
  cw_pg_busy(c);
  int rc = run(c, query, kind, out, err);
  cw_pg_idle(c);
  cw_pg_note(c, query, was_in_txn);
  return rc;
}

const struct cw_driver cw_postgres_driver = {
    .name = "postgresql",
    .package = "libpq5",
    .dialect = "postgresql",
    .caps = CW_CAP_TXN_DDL | CW_CAP_SAVEPOINT | CW_CAP_SESSION_LOCK | CW_CAP_ROW_COUNT_MATCHED |
            CW_CAP_LOCK_TIMEOUT | CW_CAP_RETURNING | CW_CAP_PIPELINE,
    .flavor = CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED,
    .open = cw_pg_open,
    .close = cw_pg_close,
    .query = query_,
    .next = next,
    .finish = finish,
    .cancel = cw_pg_cancel,
    .in_txn = cw_pg_in_txn,
    .txn_failed = cw_pg_txn_failed,
    .try_lock = cw_pg_try_lock,
    .unlock = cw_pg_unlock,
    .batch = cw_pg_batch,
    .chain = cw_pg_chain,
};
