/* The heartbeat that keeps a lease alive while its holder works: a thread with a connection of its
 * own, opened only when the lock is held for long. It writes the lease row's expiry and nothing else. */
#ifndef CW_TXN_LEASE_H
#define CW_TXN_LEASE_H

#include "db/db.h"
#include "txn/tables.h"

enum { CW_LEASE_TTL_MS = 15000, CW_LEASE_BEAT_MS = 4000 };

struct cw_lease;

struct cw_lease_opts {
  const struct cw_tables *tables;
  int64_t token;
  const char *now_sql; /* the server's clock in microseconds; static */
  int (*second)(void *ctx, struct cw_conn **out, struct cw_err *err);
  void *ctx;
};

/* NULL when no thread could be made: the lease then lasts for its time to live only. */
struct cw_lease *cw_lease_start(const struct cw_lease_opts *opts);
void cw_lease_stop(struct cw_lease *lease); /* waits for the thread; NULL is fine */

#endif
