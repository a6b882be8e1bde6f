/* Transactions: begin, commit and savepoints as SQL text chosen by capability, so that no driver
 * carries policy. The one place that knows what COMMIT really means: a transaction that the server
 * has given up does not commit, whatever the server answers. */
#ifndef CW_TXN_TXN_H
#define CW_TXN_TXN_H

#include "db/db.h"

/* Begins; on SQLite as a writer at once, so that reading and then writing can't fail in between.
 * `settings` (may be NULL) is SQL that has to follow in the same round trip, such as SET LOCAL. */
int cw_txn_begin(struct cw_conn *conn, const char *settings, struct cw_err *err);
/* Commits. Refused (and rolled back) when the transaction is in the failed state or was ended by the
 * server. With CW_ERR_CONNECTION_LOST the outcome is unknown. */
int cw_txn_commit(struct cw_conn *conn, struct cw_err *err);
/* Rolls back what is open; nothing open or a lost connection is fine. */
void cw_txn_rollback(struct cw_conn *conn);

/* Savepoints are numbered by nesting depth. */
int cw_txn_savepoint(struct cw_conn *conn, int number, struct cw_err *err);
int cw_txn_release(struct cw_conn *conn, int number, struct cw_err *err);
int cw_txn_rollback_to(struct cw_conn *conn, int number, struct cw_err *err);

#endif
