/* Statements on the wire: how each is to be sent, its result, and the wait for locks where a statement
 * commits by itself; see exec_internal.h. */
#include "op/exec_internal.h"
#include "util/alloc.h"
#include "util/clock.h"

enum cw_sending cw_send_kind(const struct cw_exec *x, const struct cw_stmt *stmt) {
  enum cw_sql_kind kind = cw_sql_kind(stmt->sql, stmt->len, cw_conn_flavor(x->conn));
  if (stmt->flags & CW_STMT_AUTOCOMMIT) return CW_SEND_SELF;
  if (kind == CW_SQL_SESSION) return CW_SEND_SESSION;
  bool defines = (stmt->flags & CW_STMT_DDL) || kind == CW_SQL_DDL;
  if (!x->txn_ddl) {
    if (defines || kind == CW_SQL_OTHER) return CW_SEND_SELF;
    return kind == CW_SQL_WRITE && cw_engines_concern(x, stmt) ? CW_SEND_SELF : CW_SEND_TXN;
  }
  /* Outside a transaction on purpose: what the user wrote is sent as it is. */
  bool raw = stmt->flags & CW_STMT_RAW;
  if (cw_exec_autocommit(x) && !x->savepoints && raw && (defines || kind == CW_SQL_OTHER))
    return CW_SEND_SELF;
  return CW_SEND_TXN;
}

/* What would end the transaction of a batch, or of a step, under its feet. */
static int allowed_inside(const struct cw_exec *x, const struct cw_stmt *stmt,
                          struct cw_err *err) {
  enum cw_sql_kind kind = cw_sql_kind(stmt->sql, stmt->len, cw_conn_flavor(x->conn));
  bool ends = kind == CW_SQL_TXN || (stmt->flags & CW_STMT_AUTOCOMMIT) ||
              (!x->txn_ddl && ((stmt->flags & CW_STMT_DDL) || kind == CW_SQL_DDL));
  if (cw_conn_in_txn(x->conn) && !ends) return 0;
  char *head = cw_sql_head(stmt->sql, stmt->len, 60);
  const char *inside = cw_exec_inside(x);
  if (ends)
    cw_fail(err, CW_ERR_SCRIPT, "%s inside %s: it would end the transaction of %s", head, inside,
            x->executing ? inside : "the batch");
  else
    cw_fail(err, CW_ERR_SCRIPT, "%s inside %s, whose transaction has ended already", head, inside);
  free(head);
  return -1;
}

int cw_send_allowed(const struct cw_exec *x, const struct cw_stmt *stmt, struct cw_err *err) {
  if (cw_exec_inside(x)) return allowed_inside(x, stmt, err);
  if (!x->moving || !(stmt->flags & CW_STMT_RAW)) return 0;
  if (cw_sql_kind(stmt->sql, stmt->len, cw_conn_flavor(x->conn)) != CW_SQL_TXN) return 0;
  char *head = cw_sql_head(stmt->sql, stmt->len, 60);
  cw_fail(err, CW_ERR_SCRIPT, "a script can't send %s: curlew keeps the transactions", head);
  cw_hint(err, "use op.savepoint(), op.commit() or op.autocommit_block()");
  free(head);
  return -1;
}

bool cw_exec_is_lock_failure(const struct cw_err *err) {
  if (err->code == CW_ERR_LOCK_TIMEOUT) return true;
  if (err->code == CW_ERR_LOCKED) return false; /* the wait was long already: lock.timeout */
  return strcmp(err->sqlstate, "55P03") == 0 || strcmp(err->sqlstate, "40P01") == 0 ||
         err->native == 1205 || err->native == 1213;
}

static json_t *key_of(struct cw_result *result, const struct cw_rows *rows) {
  int64_t id;
  if (rows->len > 0) return cw_value_json(&rows->items[0]);
  if (cw_result_ncols(result) == 0 && cw_result_insert_id(result, &id)) return json_integer(id);
  return NULL;
}

static int query(struct cw_exec *x, const struct cw_stmt *stmt, struct cw_sent *sent,
                 struct cw_rows *rows, struct cw_err *err) {
  struct cw_result *result = NULL;
  struct cw_rows own = {0};
  unsigned flags = stmt->nparams ? 0 : CW_QUERY_SIMPLE;
  if (cw_conn_query(x->conn, stmt->sql, stmt->len, stmt->params, stmt->nparams, flags,
                    x->o.offline ? NULL : &result, err))
    return -1;
  if (!result) return 0;
  int failed = cw_rows_read(&own, result, 0, err);
  if (!failed) {
    sent->affected = cw_result_affected(result);
    if (stmt->flags & CW_STMT_RETURNS_KEY) sent->key = key_of(result, &own);
  }
  cw_result_free(result);
  if (rows && !failed) {
    cw_rows_release(rows);
    *rows = own;
  } else {
    cw_rows_release(&own);
  }
  return failed;
}

static int batch(struct cw_exec *x, const struct cw_stmt *stmt, struct cw_sent *sent,
                 struct cw_err *err) {
  size_t nparams = stmt->nparams, nsets = stmt->nsets;
  if (nparams == 0 && nsets) nparams = stmt->total / nsets;
  if (nparams && nparams * nsets != stmt->total) nsets = stmt->total / nparams;
  return cw_conn_batch(x->conn, stmt->sql, stmt->len, stmt->params, nparams, nsets,
                       &sent->affected, err);
}

static int send_once(struct cw_exec *x, const struct cw_stmt *stmt, struct cw_sent *sent,
                     struct cw_rows *rows, struct cw_err *err) {
  *sent = (struct cw_sent){0};
  cw_exec_watch(x, x->open ? x->conn : NULL, x->conn);
  if (x->moving && cw_exec_stopped(x, err)) { /* it came just before it could cancel anything */
    cw_exec_watch(x, NULL, NULL);
    return -1;
  }
  int failed = stmt->flags & CW_STMT_BATCH ? batch(x, stmt, sent, err)
                                           : query(x, stmt, sent, rows, err);
  cw_exec_watch(x, NULL, NULL);
  return failed;
}

/* Where a statement commits by itself it is tried again alone; in a transaction the whole revision is
 * (the runner's work). */
int cw_send(struct cw_exec *x, const struct cw_stmt *stmt, struct cw_sent *sent,
            struct cw_rows *rows, struct cw_err *err) {
  int64_t pause = 100;
  for (int attempt = 1;; attempt++) {
    if (send_once(x, stmt, sent, rows, err) == 0) {
      cw_engines_defined(x, stmt);
      x->wrote = x->wrote || (x->open && cw_send_kind(x, stmt) != CW_SEND_SESSION);
      return 0;
    }
    bool stopped = x->o.stop && *x->o.stop;
    if (x->open || x->o.offline || x->txn_ddl || stopped || attempt > x->o.ddl_retries ||
        !cw_exec_is_lock_failure(err))
      break;
    char *head = cw_sql_head(stmt->sql, stmt->len, 60);
    char *who = x->o.events.blocker ? x->o.events.blocker(x->o.events.ctx) : NULL;
    cw_exec_note(x, false, "%s waited for a lock too long%s%s; trying again (%d of %d)", head,
                 who ? ", held by " : "", who ? who : "", attempt, x->o.ddl_retries);
    free(who);
    free(head);
    cw_err_release(err);
    cw_clock_sleep(pause / 2 + cw_clock_us() % (pause / 2 + 1), x->o.stop);
    pause = pause * 2 < 5000 ? pause * 2 : 5000;
  }
  cw_segment_failed(x, err);
  return -1;
}
