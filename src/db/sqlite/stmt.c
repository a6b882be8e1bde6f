/* Prepared statements and their cache: the same few dozen texts make up nearly all of a run, so the
 * last ones are kept, by text. A statement that runs is out of the cache. What the schema changes
 * underneath is SQLite's to notice: it prepares again by itself. */
#include <limits.h>

#include "db/sqlite/lite.h"
#include "util/alloc.h"

static void stmt_free(struct lite_stmt *s) {
  sqlite3_finalize(s->stmt);
  free(s->sql);
  cw_lite_targets_release(&s->targets);
  *s = (struct lite_stmt){0};
}

/* PRAGMAs do part of their work while they are prepared; DDL comes once. */
static bool worth_keeping(const char *sql, size_t len, enum cw_sql_kind kind) {
  if (len > LITE_CACHE_TEXT) return false;
  if (kind == CW_SQL_WRITE || kind == CW_SQL_TXN) return true;
  static const char select[] = "SELECT";
  return kind == CW_SQL_READ && len > 6 && strncasecmp(sql, select, 6) == 0;
}

/* A second statement would be dropped silently: whoever has several splits them first. */
static int check_tail(struct lite_conn *c, const char *tail, struct cw_err *err) {
  while (*tail) {
    sqlite3_stmt *extra = NULL;
    const char *next = tail;
    int rc = sqlite3_prepare_v3(c->db, tail, -1, 0, &extra, &next);
    if (rc != SQLITE_OK) return cw_lite_fail(c, rc, tail, err);
    sqlite3_finalize(extra);
    if (extra) return cw_fail(err, CW_ERR_INTERNAL, "two statements were given as one");
    if (next == tail) break;
    tail = next;
  }
  return 0;
}

static int prepare(struct lite_conn *c, const char *sql, size_t len, struct lite_stmt *out,
                   struct cw_err *err) {
  *out = (struct lite_stmt){.len = len, .kind = cw_sql_kind(sql, len, c->base.flavor)};
  out->cached = worth_keeping(sql, len, out->kind);
  unsigned flags = out->cached ? SQLITE_PREPARE_PERSISTENT : 0;
  const char *tail = "";
  int bytes = len < INT_MAX ? (int)len + 1 : -1;
  int rc = sqlite3_prepare_v3(c->db, sql, bytes, flags, &out->stmt, &tail);
  if (rc != SQLITE_OK) return cw_lite_fail(c, rc, sql, err);
  if (check_tail(c, tail, err)) {
    stmt_free(out);
    return -1;
  }
  if (out->cached) out->sql = xstrndup(sql, len);
  out->inserts = out->kind == CW_SQL_WRITE && cw_sql_inserts(sql, len, c->base.flavor);
  return 0;
}

int cw_lite_take(struct lite_conn *c, const char *sql, size_t len, struct lite_stmt *out,
                 struct cw_err *err) {
  for (size_t i = 0; i < c->cached; i++) {
    struct lite_stmt *s = &c->cache[i];
    if (s->len != len || memcmp(s->sql, sql, len) != 0) continue;
    *out = *s;
    c->cached--;
    memmove(s, s + 1, (c->cached - i) * sizeof *s);
    return 0;
  }
  return prepare(c, sql, len, out, err);
}

void cw_lite_put(struct lite_conn *c, struct lite_stmt *s) {
  if (!s->stmt || !s->cached) {
    stmt_free(s);
    return;
  }
  sqlite3_reset(s->stmt);
  sqlite3_clear_bindings(s->stmt);
  if (c->cached == LITE_CACHE) stmt_free(&c->cache[--c->cached]);
  memmove(c->cache + 1, c->cache, c->cached * sizeof *c->cache);
  c->cache[0] = *s;
  c->cached++;
  *s = (struct lite_stmt){0};
}

void cw_lite_forget(struct lite_conn *c) {
  while (c->cached) stmt_free(&c->cache[--c->cached]);
}
