/* The heartbeat of a lease; see lease.h. */
#include "txn/lease.h"

#include <pthread.h>
#include <time.h>

#include "util/alloc.h"

struct cw_lease {
  struct cw_lease_opts opts;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  bool stop;
  struct cw_conn *conn; /* the thread's; under the mutex, for cancelling */
};

/* Sleeps one beat; false: time to stop. */
static bool next_beat(struct cw_lease *lease) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += CW_LEASE_BEAT_MS / 1000;
  pthread_mutex_lock(&lease->mutex);
  int timed_out = 0;
  while (!lease->stop && timed_out == 0)
    timed_out = pthread_cond_timedwait(&lease->wake, &lease->mutex, &until);
  bool go_on = !lease->stop;
  pthread_mutex_unlock(&lease->mutex);
  return go_on;
}

static void set_conn(struct cw_lease *lease, struct cw_conn *conn) {
  pthread_mutex_lock(&lease->mutex);
  struct cw_conn *old = lease->conn;
  lease->conn = conn;
  pthread_mutex_unlock(&lease->mutex);
  cw_conn_free(old);
}

/* A failed beat is tried again on a fresh connection; the fence finds out if they all fail. */
static void *beat(void *arg) {
  struct cw_lease *lease = arg;
  char *sql = xasprintf("UPDATE {lease} SET expires_us = %s + %d WHERE id = 1 AND token = ?",
                        lease->opts.now_sql, CW_LEASE_TTL_MS * 1000);
  while (next_beat(lease)) {
    struct cw_err ignored = CW_ERR_INIT;
    if (!lease->conn) {
      struct cw_conn *conn = NULL;
      if (lease->opts.second(lease->opts.ctx, &conn, &ignored) == 0) set_conn(lease, conn);
    }
    struct cw_value token = cw_int(lease->opts.token);
    if (lease->conn && cw_tables_exec(lease->opts.tables, lease->conn, sql, &token, 1, NULL,
                                      &ignored) &&
        cw_conn_lost(lease->conn))
      set_conn(lease, NULL);
    cw_err_release(&ignored);
  }
  free(sql);
  set_conn(lease, NULL);
  return NULL;
}

struct cw_lease *cw_lease_start(const struct cw_lease_opts *opts) {
  struct cw_lease *lease = xcalloc(1, sizeof *lease);
  lease->opts = *opts;
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&lease->wake, &attr);
  pthread_condattr_destroy(&attr);
  pthread_mutex_init(&lease->mutex, NULL);
  if (pthread_create(&lease->thread, NULL, beat, lease) == 0) return lease;
  pthread_cond_destroy(&lease->wake);
  pthread_mutex_destroy(&lease->mutex);
  free(lease);
  return NULL;
}

void cw_lease_stop(struct cw_lease *lease) {
  if (!lease) return;
  pthread_mutex_lock(&lease->mutex);
  lease->stop = true;
  pthread_cond_signal(&lease->wake);
  if (lease->conn) cw_conn_cancel(lease->conn);
  pthread_mutex_unlock(&lease->mutex);
  pthread_join(lease->thread, NULL);
  pthread_cond_destroy(&lease->wake);
  pthread_mutex_destroy(&lease->mutex);
  free(lease);
}
