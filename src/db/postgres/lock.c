/* Cancelling from another thread, and session locks: advisory locks keyed by a hash of the text. */
#include <sha2.h>
#include <string.h>

#include "db/postgres/pg.h"

/* Only a statement that is running is cancelled. The mutex is held while the request is on its way,
 * so that it can't hit the statement after the one that was meant. */
void cw_pg_cancel(struct cw_conn *conn) {
  struct cw_pg_conn *c = cw_pg(conn);
  char reason[256];
  pthread_mutex_lock(&c->mutex);
  if (c->running && c->cancel) {
    c->cancelled = true;
    c->pq->PQcancel(c->cancel, reason, sizeof reason);
  }
  pthread_mutex_unlock(&c->mutex);
}

/* The first eight bytes of the key's SHA-256, as PostgreSQL's bigint. */
static int64_t lock_id(const char *key) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA2_CTX ctx;
  SHA256Init(&ctx);
  SHA256Update(&ctx, (const uint8_t *)key, strlen(key));
  SHA256Final(digest, &ctx);
  uint64_t id = 0;
  for (int i = 0; i < 8; i++) id = id << 8 | digest[i];
  int64_t out;
  memcpy(&out, &id, sizeof out);
  return out;
}

static int call(struct cw_conn *conn, const char *function, const char *key, bool *yes,
                struct cw_err *err) {
  struct cw_pg_conn *c = cw_pg(conn);
  if (conn->lost) return cw_pg_fail_lost(c, err);
  char sql[128];
  snprintf(sql, sizeof sql, "SELECT pg_catalog.%s(%lld)", function, (long long)lock_id(key));
  PGresult *res;
  cw_pg_busy(c);
  int rc = cw_pg_simple(c, sql, &res, err);
  cw_pg_idle(c);
  if (rc) return -1;
  *yes = c->pq->PQntuples(res) == 1 && c->pq->PQgetvalue(res, 0, 0)[0] == 't';
  c->pq->PQclear(res);
  return 0;
}

int cw_pg_try_lock(struct cw_conn *conn, const char *key, bool *got, struct cw_err *err) {
  return call(conn, "pg_try_advisory_lock", key, got, err);
}

int cw_pg_unlock(struct cw_conn *conn, const char *key, struct cw_err *err) {
  bool held;
  return call(conn, "pg_advisory_unlock", key, &held, err);
}
