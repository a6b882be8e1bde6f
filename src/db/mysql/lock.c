/* Cancelling from another thread (KILL QUERY over a second connection), and session locks:
 * GET_LOCK, whose names are the whole server's and at most 64 characters long. */
#include <sha2.h>
#include <string.h>

#include "db/mysql/my.h"

enum { CANCEL_TIMEOUT_MS = 5000, NAME_BYTES = 20 };

/* Only a statement that is running is cancelled. The mutex is held until the server has taken the
 * request, so that it can't hit the statement after the one that was meant. */
void cw_my_cancel(struct cw_conn *conn) {
  struct cw_my_conn *c = cw_my(conn);
  struct cw_my_guard guard;
  cw_my_guard_begin(&guard);
  pthread_mutex_lock(&c->mutex);
  if (c->running && !conn->lost) {
    MYSQL *my = cw_my_dial(c->lib, conn->url, c->application, CANCEL_TIMEOUT_MS, NULL);
    char sql[64];
    int n = snprintf(sql, sizeof sql, "KILL QUERY %lu", c->thread_id);
    if (my && c->lib->mysql_real_query(my, sql, (unsigned long)n) == 0)
      c->cancelled = c->killed = true;
    if (my) c->lib->mysql_close(my);
  }
  pthread_mutex_unlock(&c->mutex);
  cw_my_guard_end(&guard);
}

/* "curlew:" and the start of a hash over database and key. */
static void lock_name(const struct cw_conn *conn, const char *key, struct strbuf *out) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA2_CTX ctx;
  const char *database = conn->url->path ? conn->url->path : "";
  SHA256Init(&ctx);
  SHA256Update(&ctx, (const uint8_t *)database, strlen(database) + 1);
  SHA256Update(&ctx, (const uint8_t *)key, strlen(key));
  SHA256Final(digest, &ctx);
  strbuf_addstr(out, "curlew:");
  for (int i = 0; i < NAME_BYTES; i++) strbuf_addf(out, "%02x", digest[i]);
}

static int call(struct cw_conn *conn, const char *before, const char *key, const char *after,
                bool *yes, struct cw_err *err) {
  struct cw_my_conn *c = cw_my(conn);
  if (conn->lost) return cw_my_fail_lost(c, err);
  struct strbuf sql = STRBUF_INIT;
  struct cw_my_result *r = NULL;
  struct cw_my_guard guard;
  cw_my_guard_begin(&guard);
  strbuf_addf(&sql, "SELECT %s('", before);
  lock_name(conn, key, &sql);
  strbuf_addf(&sql, "'%s)", after);
  cw_my_busy(c);
  int rc = cw_my_text(c, sql.buf, sql.len, &r, err);
  cw_my_idle(c);
  if (rc == 0 && (rc = cw_my_next(&r->base, err)) == 1) {
    *yes = r->base.row[0].type == CW_INT && r->base.row[0].i == 1;
    rc = 0;
  }
  if (r) cw_result_free(&r->base);
  strbuf_release(&sql);
  cw_my_guard_end(&guard);
  return rc;
}

int cw_my_try_lock(struct cw_conn *conn, const char *key, bool *got, struct cw_err *err) {
  return call(conn, "GET_LOCK", key, ", 0", got, err);
}

int cw_my_unlock(struct cw_conn *conn, const char *key, struct cw_err *err) {
  bool held;
  return call(conn, "RELEASE_LOCK", key, "", &held, err);
}
