/* Transactions by capability; see txn.h. */
#include "txn/txn.h"

#include "util/alloc.h"

static bool recording(const struct cw_conn *conn) { return cw_conn_caps(conn) & CW_CAP_OFFLINE; }

/* The write lock is the runner lock there: not to be had in time is not a statement's failure. */
static int begin_writer(struct cw_conn *conn, const char *begin, struct cw_err *err) {
  struct cw_err failure = CW_ERR_INIT;
  if (cw_conn_exec(conn, begin, &failure) == 0) return 0;
  if (failure.code == CW_ERR_LOCK_TIMEOUT) failure.code = CW_ERR_LOCKED;
  cw_err_move(err, &failure);
  return -1;
}

int cw_txn_begin(struct cw_conn *conn, const char *settings, struct cw_err *err) {
  const char *begin = cw_conn_caps(conn) & CW_CAP_BEGIN_IMMEDIATE ? "BEGIN IMMEDIATE" : "BEGIN";
  if (cw_conn_caps(conn) & CW_CAP_BEGIN_IMMEDIATE) return begin_writer(conn, begin, err);
  const char *first = cw_conn_txn_sql(conn);
  if (recording(conn)) return cw_conn_exec(conn, begin, err);
  if (first)
    return cw_conn_execf(conn, err, "%s; %s%s%s", begin, first, settings ? "; " : "",
                         settings ? settings : "");
  struct cw_later later = {.sql = begin};
  if (cw_conn_later(conn, &later, err)) return -1;
  later.sql = settings;
  return settings ? cw_conn_later(conn, &later, err) : 0;
}

static int ended(struct cw_conn *conn, struct cw_err *err) {
  bool failed = cw_conn_txn_failed(conn);
  cw_txn_rollback(conn);
  if (failed)
    return cw_fail(err, CW_ERR_STATEMENT,
                   "the transaction had failed earlier, so it was rolled back instead of committed");
  return cw_fail(err, CW_ERR_STATEMENT,
                 "the transaction was ended by the server before it was committed");
}

int cw_txn_commit(struct cw_conn *conn, struct cw_err *err) {
  if (!recording(conn) && !cw_conn_lost(conn) &&
      (cw_conn_txn_failed(conn) || !cw_conn_in_txn(conn)))
    return ended(conn, err);
  if (cw_conn_exec(conn, "COMMIT", err) == 0) return 0;
  if (cw_conn_lost(conn) && err) err->code = CW_ERR_CONNECTION_LOST;
  cw_txn_rollback(conn); /* SQLite keeps a transaction open whose COMMIT failed */
  return -1;
}

void cw_txn_rollback(struct cw_conn *conn) {
  if (cw_conn_lost(conn) || recording(conn) || !cw_conn_in_txn(conn)) return;
  struct cw_err ignored = CW_ERR_INIT;
  cw_conn_exec(conn, "ROLLBACK", &ignored);
  cw_err_release(&ignored);
}

int cw_txn_savepoint(struct cw_conn *conn, int number, struct cw_err *err) {
  return cw_conn_execf(conn, err, "SAVEPOINT cw_%d", number);
}

int cw_txn_release(struct cw_conn *conn, int number, struct cw_err *err) {
  return cw_conn_execf(conn, err, "RELEASE SAVEPOINT cw_%d", number);
}

int cw_txn_rollback_to(struct cw_conn *conn, int number, struct cw_err *err) {
  if (cw_conn_execf(conn, err, "ROLLBACK TO SAVEPOINT cw_%d", number)) return -1;
  return cw_txn_release(conn, number, err);
}
