/* Who blocks us; see blocker.h. */
#include "txn/blocker.h"

#include <inttypes.h>
#include <pthread.h>
#include <time.h>

#include "db/sql.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

enum { LONG_MS = 200, AGAIN_MS = 1000, TELL_EVERY_MS = 30000, QUERIES = 3 };

struct cw_blocker {
  struct cw_blocker_opts opts;
  struct cw_conn *conn; /* the thread's */
  pthread_t thread;
  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t wake;
  bool stop, runs, tell;
  bool idle;            /* the thread sleeps until woken; else it looks again by itself */
  unsigned statement;   /* counts them */
  char *text;           /* of the statement numbered `told` */
  unsigned told;
  int64_t told_at;      /* when people were told last about this statement; 0: not yet */
};

/* Columns: session, application or host, user, seconds in the transaction, its statement, whether it is
 * only a guess. The first query that works and finds something decides. */
static const char *const postgresql[QUERIES] = {
    "SELECT a.pid::bigint, a.application_name::text, a.usename::text, "
    "extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, a.query::text, 0::bigint "
    "FROM unnest(pg_blocking_pids($1::int)) b(pid) JOIN pg_stat_activity a ON a.pid = b.pid "
    "ORDER BY a.xact_start NULLS LAST LIMIT 1",
};
static const char *const mysql[QUERIES] = {
    "SELECT t.PROCESSLIST_ID, t.PROCESSLIST_HOST, t.PROCESSLIST_USER, t.PROCESSLIST_TIME, "
    "COALESCE(t.PROCESSLIST_INFO, (SELECT e.SQL_TEXT FROM "
    "performance_schema.events_statements_current e WHERE e.THREAD_ID = t.THREAD_ID LIMIT 1)), 0 "
    "FROM performance_schema.metadata_locks w "
    "JOIN performance_schema.threads me ON me.THREAD_ID = w.OWNER_THREAD_ID "
    "JOIN performance_schema.metadata_locks h ON h.OBJECT_TYPE = w.OBJECT_TYPE "
    "AND h.OBJECT_SCHEMA = w.OBJECT_SCHEMA AND h.OBJECT_NAME = w.OBJECT_NAME "
    "AND h.LOCK_STATUS = 'GRANTED' AND h.OWNER_THREAD_ID <> w.OWNER_THREAD_ID "
    "JOIN performance_schema.threads t ON t.THREAD_ID = h.OWNER_THREAD_ID "
    "WHERE me.PROCESSLIST_ID = ? AND w.LOCK_STATUS = 'PENDING' LIMIT 1",
    "SELECT p.ID, p.HOST, p.USER, TIMESTAMPDIFF(SECOND, x.trx_started, NOW()), x.trx_query, 1 "
    "FROM information_schema.INNODB_TRX x "
    "JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id "
    "WHERE x.trx_mysql_thread_id <> ? ORDER BY x.trx_started LIMIT 1",
    "SELECT p.ID, p.HOST, p.USER, p.TIME, p.INFO, 1 FROM information_schema.PROCESSLIST p "
    "WHERE p.ID <> ? AND p.COMMAND <> 'Daemon' AND p.INFO IS NOT NULL ORDER BY p.TIME DESC LIMIT 1",
};

static void add_text(struct strbuf *out, const struct cw_value *value, size_t max) {
  if (value->type != CW_TEXT) return;
  char *head = cw_sql_head(value->s.p, value->s.len, max);
  strbuf_addstr(out, head);
  free(head);
}

static char *describe(const struct cw_value *row) {
  struct strbuf out = STRBUF_INIT;
  bool guess = row[5].type == CW_INT && row[5].i;
  strbuf_addf(&out, "%spid %" PRId64 " (", guess ? "probably " : "",
              row[0].type == CW_INT ? row[0].i : 0);
  add_text(&out, &row[1], 40);
  if (row[1].type == CW_TEXT && row[1].s.len && row[2].type == CW_TEXT) strbuf_addstr(&out, ", ");
  add_text(&out, &row[2], 40);
  strbuf_addch(&out, ')');
  if (row[3].type == CW_INT) strbuf_addf(&out, ", in its transaction for %" PRId64 " s", row[3].i);
  if (row[4].type == CW_TEXT && row[4].s.len) {
    strbuf_addstr(&out, ", statement: ");
    add_text(&out, &row[4], 120);
  }
  return strbuf_detach(&out, NULL);
}

static char *ask_one(struct cw_blocker *b, const char *sql) {
  struct cw_err ignored = CW_ERR_INIT;
  struct cw_value session = cw_int(b->opts.session);
  struct cw_result *result = NULL;
  const struct cw_value *row;
  char *text = NULL;
  if (cw_conn_query(b->conn, sql, strlen(sql), &session, 1, 0, &result, &ignored) == 0 &&
      cw_result_next(result, &row, &ignored) == 1)
    text = describe(row);
  cw_result_free(result);
  cw_err_release(&ignored);
  return text;
}

static char *ask(struct cw_blocker *b) {
  struct cw_err ignored = CW_ERR_INIT;
  if (b->conn && cw_conn_lost(b->conn)) {
    cw_conn_free(b->conn);
    b->conn = NULL;
  }
  if (!b->conn && b->opts.second(b->opts.ctx, &b->conn, &ignored)) {
    cw_err_release(&ignored);
    b->conn = NULL;
    return NULL;
  }
  const char *const *queries = strcmp(b->opts.dialect, "postgresql") == 0 ? postgresql : mysql;
  char *text = NULL;
  for (int i = 0; i < QUERIES && queries[i] && !text; i++) text = ask_one(b, queries[i]);
  return text;
}

/* Waits, with the mutex held, until woken or `ms` have passed (-1: for ever). */
static void sleep_locked(struct cw_blocker *b, int64_t ms) {
  if (ms < 0) {
    pthread_cond_wait(&b->wake, &b->mutex);
    return;
  }
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += ms % 1000 * 1000000;
  until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait(&b->wake, &b->mutex, &until);
}

/* With the mutex held, so that the statement can't end meanwhile. */
static void tell(struct cw_blocker *b) {
  int64_t now = cw_clock_ms();
  if (!b->tell || !b->runs || !b->opts.waits) return;
  if (b->told_at && now - b->told_at < TELL_EVERY_MS) return;
  b->told_at = now;
  b->opts.waits(b->opts.ctx, b->text);
}

/* Looks every now and then whether the statement is still the same one: a thread woken for each of many
 * short statements would cost more than they do. */
static void *watch(void *arg) {
  struct cw_blocker *b = arg;
  unsigned seen = 0; /* the last statement when this thread fell asleep */
  pthread_mutex_lock(&b->mutex);
  while (!b->stop) {
    if (seen != b->statement) {
      seen = b->statement;
      sleep_locked(b, LONG_MS);
    } else if (!b->runs) {
      b->idle = true;
      sleep_locked(b, -1);
      b->idle = false;
    } else {
      pthread_mutex_unlock(&b->mutex);
      char *text = ask(b);
      pthread_mutex_lock(&b->mutex);
      if (text) {
        free(b->text);
        b->text = text;
        b->told = seen;
        if (seen == b->statement) tell(b);
      }
      if (b->runs && seen == b->statement && !b->stop) sleep_locked(b, AGAIN_MS);
    }
  }
  pthread_mutex_unlock(&b->mutex);
  cw_conn_free(b->conn);
  return NULL;
}

struct cw_blocker *cw_blocker_start(const struct cw_blocker_opts *opts) {
  if (strcmp(opts->dialect, "sqlite") == 0 || opts->session == 0) return NULL;
  struct cw_blocker *b = xcalloc(1, sizeof *b);
  b->opts = *opts;
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&b->wake, &attr);
  pthread_condattr_destroy(&attr);
  pthread_mutex_init(&b->mutex, NULL);
  if (pthread_create(&b->thread, NULL, watch, b) == 0) return b;
  pthread_cond_destroy(&b->wake);
  pthread_mutex_destroy(&b->mutex);
  free(b);
  return NULL;
}

void cw_blocker_stop(struct cw_blocker *b) {
  if (!b) return;
  pthread_mutex_lock(&b->mutex);
  b->stop = true;
  pthread_cond_signal(&b->wake);
  pthread_mutex_unlock(&b->mutex);
  pthread_join(b->thread, NULL);
  pthread_cond_destroy(&b->wake);
  pthread_mutex_destroy(&b->mutex);
  free(b->text);
  free(b);
}

void cw_blocker_statement(struct cw_blocker *b, bool runs, bool tell) {
  if (!b) return;
  pthread_mutex_lock(&b->mutex);
  if (runs) {
    b->statement++;
    b->told_at = 0;
    b->tell = tell;
  }
  b->runs = runs;
  if (runs && b->idle) pthread_cond_signal(&b->wake);
  pthread_mutex_unlock(&b->mutex);
}

char *cw_blocker_text(struct cw_blocker *b) {
  if (!b) return NULL;
  pthread_mutex_lock(&b->mutex);
  char *text = b->text && b->told == b->statement ? xstrdup(b->text) : NULL;
  pthread_mutex_unlock(&b->mutex);
  return text;
}
