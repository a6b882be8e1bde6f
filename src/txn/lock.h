/* The runner lock: one runner at a time per version table (execution.md, "Lock, lease, fencing").
 *
 * On servers the lease row decides: whoever holds it has its token, and every transaction that records
 * progress checks that token under a row lock just before its COMMIT, so a runner that lost the lease
 * can't record anything. Where session locks hold, the holder has one too: it ends with the session,
 * so a waiter that gets it knows that the holder is gone and takes the lease at once. SQLite has
 * neither: there the write lock of each transaction and the rows read again under it do the work.
 *
 * Life cycle: acquire -> fence before each COMMIT -> release. A NULL lock is held by definition. */
#ifndef CW_TXN_LOCK_H
#define CW_TXN_LOCK_H

#include <jansson.h>

#include "db/db.h"
#include "txn/tables.h"

struct cw_lock;

struct cw_lock_opts {
  struct cw_conn *conn;
  const struct cw_tables *tables; /* all exist */
  const char *kind;        /* "auto", "session" or "lease" */
  int64_t timeout_ms;
  const char *run;         /* the run's id: identifies the holder, which takes its own lease again */
  const char *command;     /* "upgrade head": for the others */
  const volatile int *stop;
  void (*waiting)(void *ctx, const char *text); /* told now and then who holds it */
  /* Opens the connection that the heartbeat goes over. Called from another thread, and only when the
   * lock is held for long. */
  int (*second)(void *ctx, struct cw_conn **out, struct cw_err *err);
  void *ctx;
};

/* Waits up to the timeout: CW_ERR_LOCKED names the holder, CW_ERR_INTERRUPTED when stopped. Never in a
 * transaction. *waited tells whether the state may have changed meanwhile (may be NULL). */
int cw_lock_acquire(struct cw_lock **out, const struct cw_lock_opts *opts, bool *waited,
                    struct cw_err *err);
/* Behind BEGIN: notes the transaction's number, where the server has such. */
int cw_lock_begin(struct cw_lock *lock, struct cw_err *err);
/* The last statement before a COMMIT that records progress; goes with it where it can (cw_conn_later), so
 * the failure may be the COMMIT's. CW_ERR_FENCED: the lock was lost. */
int cw_lock_fence(struct cw_lock *lock, struct cw_err *err);
void cw_lock_release(struct cw_lock *lock); /* NULL is fine */

/* The server's number of the last transaction; 0: it has none, or it did not get to tell. */
int64_t cw_lock_transaction(const struct cw_lock *lock);
/* After a COMMIT whose answer was lost, on a fresh connection: returns when that transaction has ended,
 * one way or the other, so that what it wrote can be looked for. */
int cw_lock_await_end(struct cw_conn *conn, const struct cw_tables *tables, int64_t transaction,
                      const volatile int *stop, struct cw_err *err);

/* Who holds it: {"user", "host", "pid", "command", "since"}, or *out = NULL for nobody. Reads only. */
int cw_lock_holder(struct cw_conn *conn, const struct cw_tables *tables, json_t **out,
                   struct cw_err *err);

/* Goes up with each taking of the lock; 0: there is none (SQLite). */
int64_t cw_lock_token(const struct cw_lock *lock);

#endif
