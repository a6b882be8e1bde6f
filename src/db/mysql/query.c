/* Running statements: queries and whatever has parameters as prepared statements (stmt.c), the rest
 * by the text protocol, which takes every statement. */
#include <string.h>

#include "db/mysql/my.h"
#include "db/rows.h"
#include "db/text.h"

void cw_my_busy(struct cw_my_conn *c) {
  pthread_mutex_lock(&c->mutex);
  c->running = true;
  c->cancelled = false;
  pthread_mutex_unlock(&c->mutex);
}

bool cw_my_idle(struct cw_my_conn *c) {
  pthread_mutex_lock(&c->mutex);
  bool cancelled = c->cancelled;
  c->running = false;
  pthread_mutex_unlock(&c->mutex);
  return cancelled;
}

static bool in_txn(struct cw_conn *conn) {
  return !conn->lost && (cw_my(conn)->my->server_status & SERVER_STATUS_IN_TRANS);
}

/* --- results ---------------------------------------------------------------------------------- */

struct cw_my_result *cw_my_result_new(struct cw_my_conn *c, const MYSQL_FIELD *fields, size_t n) {
  struct cw_my_result *r = xcalloc(1, sizeof *r);
  cw_result_init(&r->base, &c->base, n);
  r->columns = xcalloc(n + 1, sizeof *r->columns);
  for (size_t i = 0; i < n; i++) {
    cw_result_set_name(&r->base, i, fields[i].name);
    r->columns[i].kind = cw_my_kind_of(&fields[i]);
    r->columns[i].decimals = fields[i].decimals;
  }
  return r;
}

static void finish(struct cw_result *result) {
  struct cw_my_result *r = (struct cw_my_result *)result;
  struct cw_my_conn *c = cw_my(result->conn);
  struct cw_my_guard guard;
  if (r->stmt) cw_my_guard_begin(&guard);
  if (r->res) c->lib->mysql_free_result(r->res);
  if (r->stmt) {
    if (result->ncols) c->lib->mysql_stmt_free_result(r->stmt->st);
    cw_my_stmt_done(c, r->stmt);
    cw_my_guard_end(&guard);
  }
  for (size_t i = 0; i < result->ncols; i++) free(r->columns[i].buffer);
  free(r->columns);
  free(r->binds);
  free(r);
}

static int text_next(struct cw_my_result *r) {
  const struct cw_mysql *lib = cw_my(r->base.conn)->lib;
  MYSQL_ROW row = r->res ? lib->mysql_fetch_row(r->res) : NULL;
  if (!row) return 0;
  const unsigned long *lengths = lib->mysql_fetch_lengths(r->res);
  for (size_t i = 0; i < r->base.ncols; i++) {
    if (row[i]) cw_my_text_value(&r->columns[i], row[i], lengths[i], &r->base.row[i]);
    else r->base.row[i] = cw_null();
  }
  return 1;
}

int cw_my_next(struct cw_result *result, struct cw_err *err) {
  struct cw_my_result *r = (struct cw_my_result *)result;
  return r->stmt ? cw_my_fetch(r, err) : text_next(r);
}

/* --- statements ------------------------------------------------------------------------------- */

/* The results after the first, of a CALL: read and dropped, but for an error. */
static int skip_other_results(struct cw_my_conn *c, struct cw_err *err) {
  for (;;) {
    int more = c->lib->mysql_next_result(c->my);
    if (more < 0) return 0;
    if (more > 0) return cw_my_fail(c, err);
    MYSQL_RES *res = c->lib->mysql_store_result(c->my);
    if (res) c->lib->mysql_free_result(res);
  }
}

int cw_my_text_result(struct cw_my_conn *c, struct cw_my_result **out, struct cw_err *err) {
  const struct cw_mysql *lib = c->lib;
  MYSQL_RES *res = lib->mysql_store_result(c->my);
  if (!res && lib->mysql_field_count(c->my)) return cw_my_fail(c, err);
  int64_t affected = (int64_t)lib->mysql_affected_rows(c->my);
  int64_t insert_id = (int64_t)lib->mysql_insert_id(c->my);
  if (skip_other_results(c, err)) {
    if (res) lib->mysql_free_result(res);
    return -1;
  }
  if (!out) {
    if (res) lib->mysql_free_result(res);
    return 0;
  }
  struct cw_my_result *r = cw_my_result_new(c, res ? lib->mysql_fetch_fields(res) : NULL,
                                            res ? lib->mysql_num_fields(res) : 0);
  r->res = res;
  r->base.affected = affected;
  r->base.insert_id = insert_id;
  *out = r;
  return 0;
}

int cw_my_text(struct cw_my_conn *c, const char *sql, size_t len, struct cw_my_result **out,
               struct cw_err *err) {
  if (cw_my_check_size(c, len + 1, err)) return -1;
  if (c->lib->mysql_real_query(c->my, sql, len)) return cw_my_fail(c, err);
  return cw_my_text_result(c, out, err);
}

static bool is_query(const char *verb, enum cw_sql_kind kind) {
  static const char *const verbs[] = {"SELECT", "WITH", "VALUES", "TABLE"};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(verb, verbs[i]) == 0) return kind == CW_SQL_READ;
  return false;
}

static int run(struct cw_my_conn *c, const struct cw_query *query, bool reads,
               struct cw_my_result **out, struct cw_err *err) {
  /* The text protocol would hold all rows of a result here; only a prepared statement has a cursor. */
  bool text = (query->flags & CW_QUERY_SIMPLE) && !(query->flags & CW_QUERY_STREAM);
  if (query->nparams || (reads && !text)) {
    int rc = cw_my_bound(c, query, out, err);
    if (rc != 1) return rc;
  }
  return cw_my_text(c, query->sql, query->len, out, err);
}

/* The first result's rows, copied, so that the connection is free for other statements. */
static int copy_first(struct cw_my_result *r, struct cw_result **out, struct cw_err *err) {
  struct cw_rows rows = {0};
  int rc = cw_rows_read(&rows, &r->base, 0, err);
  if (rc == 0) {
    cw_my_skip_results(r);
    *out = cw_rows_result(&rows, NULL);
  }
  cw_rows_release(&rows);
  cw_result_free(&r->base);
  return rc;
}

void cw_my_settle_counts(const struct cw_query *query, struct cw_my_result *r) {
  char verb[CW_VERB_MAX];
  enum cw_sql_kind kind = cw_sql_kind(query->sql, query->len, r->base.conn->flavor);
  cw_sql_verb(query->sql, query->len, verb, NULL);
  /* an ALTER TABLE that copies counts the rows copied; CREATE TABLE ... SELECT makes them */
  bool changes = kind != CW_SQL_READ && (kind != CW_SQL_DDL || strcmp(verb, "CREATE") == 0);
  if (!changes || r->base.affected < 0) r->base.affected = 0;
  r->base.has_insert_id = kind == CW_SQL_WRITE && r->base.insert_id != 0;
}

static int answer(struct cw_my_conn *c, const struct cw_query *query, struct cw_result **out,
                  struct cw_err *err) {
  struct cw_my_result *r = NULL;
  char verb[CW_VERB_MAX];
  enum cw_sql_kind kind = cw_sql_kind(query->sql, query->len, c->base.flavor);
  cw_sql_verb(query->sql, query->len, verb, NULL);
  bool reads = is_query(verb, kind);
  if (kind != CW_SQL_READ && kind != CW_SQL_WRITE && kind != CW_SQL_TXN) cw_my_forget(c);

  cw_my_busy(c);
  int rc = run(c, query, reads, &r, err);
  bool cancelled = cw_my_idle(c);
  if (rc) return -1;
  if (cancelled && reads) { /* SLEEP() and the like end early without an error */
    cw_result_free(&r->base);
    pthread_mutex_lock(&c->mutex);
    c->killed = false;
    pthread_mutex_unlock(&c->mutex);
    return cw_fail(err, CW_ERR_INTERRUPTED, "the query was cancelled");
  }
  if (r->more) return copy_first(r, out, err);
  cw_my_settle_counts(query, r);
  *out = &r->base;
  return 0;
}

static int query_(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                  struct cw_err *err) {
  struct cw_my_conn *c = cw_my(conn);
  struct cw_my_guard guard;
  if (conn->lost) return cw_my_fail_lost(c, err);
  cw_my_guard_begin(&guard);
  int rc = answer(c, query, out, err);
  cw_my_guard_end(&guard);
  return rc;
}

const struct cw_driver cw_mysql_driver = {
    .name = "mysql",
    .package = "libmariadb3",
    .dialect = "mysql",
    .caps = CW_CAP_SAVEPOINT | CW_CAP_SESSION_LOCK | CW_CAP_ROW_COUNT_MATCHED | CW_CAP_LOCK_TIMEOUT,
    .flavor = CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS,
    .open = cw_my_open,
    .close = cw_my_close,
    .query = query_,
    .next = cw_my_next,
    .finish = finish,
    .cancel = cw_my_cancel,
    .in_txn = in_txn,
    .try_lock = cw_my_try_lock,
    .unlock = cw_my_unlock,
    .batch = cw_my_batch,
    .chain = cw_my_chain,
};
