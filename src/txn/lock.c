/* The runner lock; see lock.h. The heartbeat is lease.c's. */
#include "txn/lock.h"

#include <inttypes.h>

#include "txn/lease.h"
#include "txn/who.h"
#include "util/alloc.h"
#include "util/clock.h"

enum {
  POLL_FIRST_MS = 50,
  POLL_MOST_MS = 500,
  TELL_EVERY_MS = 10000,
};

struct cw_lock {
  struct cw_conn *conn;
  const struct cw_tables *tables;
  char *run;
  bool session;      /* a session lock is held too */
  bool none;         /* SQLite */
  bool numbered;     /* PostgreSQL: transactions have numbers whose fate can be asked for */
  bool certify;      /* Galera: only a change of the row is seen by other nodes */
  int64_t token, transaction;
  struct cw_lease *lease;
};

struct holder {
  bool found;        /* the row exists */
  int64_t token;
  bool held, session, expired, mine;
  char *text;        /* "ann on db1 (pid 12), since ..., upgrade head" */
};

static const char *now_sql(const struct cw_conn *conn) {
  return strcmp(cw_conn_dialect(conn), "postgresql") == 0
             ? "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
             : "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)";
}

static void holder_release(struct holder *holder) {
  free(holder->text);
  *holder = (struct holder){0};
}

static void add_value(struct strbuf *out, const struct cw_value *value) {
  if (value->type == CW_TEXT)
    strbuf_add(out, value->s.p, value->s.len);
  else if (value->type == CW_INT)
    strbuf_addf(out, "%" PRId64, value->i);
  else
    strbuf_addch(out, '?');
}

static int read_holder(struct cw_conn *conn, const struct cw_tables *tables, const char *run,
                       struct holder *out, struct cw_err *err) {
  *out = (struct holder){0};
  /* An expiry far ahead comes from another clock, such as a restored backup's: it counts as past. */
  char *sql = xasprintf("SELECT token, holder IS NOT NULL, session, expires_us < %s OR "
                        "expires_us > %s + %d, os_user, host, pid, since, command, holder "
                        "FROM {lease} WHERE id = 1",
                        now_sql(conn), now_sql(conn), CW_LEASE_TTL_MS * 2 * 1000);
  struct cw_result *result = NULL;
  const struct cw_value *row;
  int got = cw_tables_query(tables, conn, sql, NULL, 0, &result, err);
  free(sql);
  if (got) return -1;
  got = cw_result_next(result, &row, err);
  if (got == 1) {
    out->found = true;
    out->token = row[0].i;
    out->held = row[1].type == CW_BOOL ? row[1].b : row[1].i;
    out->session = row[2].type == CW_INT && row[2].i;
    out->expired = row[3].type == CW_BOOL ? row[3].b : row[3].i;
    out->mine = row[9].type == CW_TEXT && row[9].s.len == strlen(run) &&
                memcmp(row[9].s.p, run, row[9].s.len) == 0;
    struct strbuf text = STRBUF_INIT;
    add_value(&text, &row[4]);
    strbuf_addstr(&text, " on ");
    add_value(&text, &row[5]);
    strbuf_addstr(&text, " (pid ");
    add_value(&text, &row[6]);
    strbuf_addstr(&text, ") since ");
    add_value(&text, &row[7]);
    strbuf_addstr(&text, " UTC, running: ");
    add_value(&text, &row[8]);
    out->text = strbuf_detach(&text, NULL);
  }
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

/* Makes the one row. A runner that was faster is fine. */
static int make_row(struct cw_lock *lock, struct cw_err *err) {
  struct cw_err failure = CW_ERR_INIT;
  struct holder again;
  if (cw_tables_exec(lock->tables, lock->conn,
                     "INSERT INTO {lease} (id, token, beats, expires_us) VALUES (1, 0, 0, 0)", NULL,
                     0, NULL, &failure) == 0)
    return 0;
  int failed = read_holder(lock->conn, lock->tables, lock->run, &again, err);
  if (!failed && !again.found) {
    cw_err_move(err, &failure);
    failed = -1;
  }
  holder_release(&again);
  cw_err_release(&failure);
  return failed;
}

/* Takes the lease from whoever had it with the token that was seen: two takers can't both succeed. */
static int take(struct cw_lock *lock, const struct cw_lock_opts *opts, int64_t seen, bool *got,
                struct cw_err *err) {
  struct cw_who who;
  char now[32];
  cw_who_am_i(&who);
  char *sql = xasprintf("UPDATE {lease} SET token = ?, holder = ?, session = ?, beats = 0, "
                        "command = ?, os_user = ?, host = ?, pid = ?, born = ?, since = ?, "
                        "expires_us = %s + %d WHERE id = 1 AND token = ?",
                        now_sql(lock->conn), CW_LEASE_TTL_MS * 1000);
  struct cw_value params[] = {
      cw_int(seen + 1),     cw_text(opts->run),  cw_int(lock->session),
      cw_text(opts->command), cw_text(who.user), cw_text(who.host),
      cw_int(who.pid),      cw_int(who.born),    cw_text(cw_tables_now(lock->tables, 0, now)),
      cw_int(seen)};
  int64_t affected = 0;
  int failed = cw_tables_exec(lock->tables, lock->conn, sql, params, sizeof params / sizeof *params,
                              &affected, err);
  free(sql);
  /* Another taker was faster: a deadlock, a lock wait, or (Galera) a conflict seen at commit. */
  if (failed && (err->native == 1213 || err->native == 1205 || strncmp(err->sqlstate, "40", 2) == 0)) {
    cw_err_release(err);
    failed = 0;
    affected = 0;
  }
  *got = !failed && affected == 1;
  if (*got) lock->token = seen + 1;
  return failed;
}

/* One try. *holder says who has it otherwise. */
static int try_once(struct cw_lock *lock, const struct cw_lock_opts *opts, bool use_session,
                    bool *got, struct holder *holder, struct cw_err *err) {
  *got = false;
  if (use_session && !lock->session &&
      cw_conn_lock(lock->conn, lock->tables->lock_key, 0, &lock->session, err))
    return -1;
  if (read_holder(lock->conn, lock->tables, lock->run, holder, err)) return -1;
  if (!holder->found) {
    if (make_row(lock, err)) return -1;
    holder_release(holder);
    if (read_holder(lock->conn, lock->tables, lock->run, holder, err)) return -1;
  }
  bool dead = holder->session && lock->session; /* its session lock is ours now */
  bool only_session = strcmp(opts->kind, "session") == 0;
  bool may = !holder->held || holder->mine || dead || (holder->expired && !only_session);
  if (only_session) may = lock->session;
  if (!may) return 0;
  return take(lock, opts, holder->token, got, err);
}

static int wait_for(struct cw_lock *lock, const struct cw_lock_opts *opts, bool use_session,
                    bool *waited, struct cw_err *err) {
  int64_t deadline = cw_clock_ms() + opts->timeout_ms, told = 0, pause = POLL_FIRST_MS;
  for (;;) {
    struct holder holder = {0};
    bool got;
    if (try_once(lock, opts, use_session, &got, &holder, err)) {
      holder_release(&holder);
      return -1;
    }
    int64_t now = cw_clock_ms();
    if (got) {
      holder_release(&holder);
      return 0;
    }
    if (waited) *waited = true;
    const char *who = holder.held && holder.text ? holder.text : "another runner";
    if (opts->waiting && (told == 0 || now - told >= TELL_EVERY_MS)) {
      char *text = xasprintf("waiting for the lock: held by %s", who);
      opts->waiting(opts->ctx, text);
      free(text);
      told = now;
    }
    if (opts->stop && *opts->stop) {
      cw_fail(err, CW_ERR_INTERRUPTED, "interrupted while waiting for the lock, nothing was done");
    } else if (now >= deadline) {
      char buf[32];
      cw_fail(err, CW_ERR_LOCKED, "the lock was not obtained within %s: it is held by %s",
              cw_duration_format(opts->timeout_ms, buf), who);
      cw_hint(err, "wait for that run to end, or raise lock.timeout in curlew.lua");
    } else {
      holder_release(&holder);
      cw_clock_sleep(pause < deadline - now ? pause : deadline - now, opts->stop);
      pause = pause * 2 < POLL_MOST_MS ? pause * 2 : POLL_MOST_MS;
      continue;
    }
    holder_release(&holder);
    return -1;
  }
}

int cw_lock_acquire(struct cw_lock **out, const struct cw_lock_opts *opts, bool *waited,
                    struct cw_err *err) {
  *out = NULL;
  if (waited) *waited = false;
  struct cw_lock *lock = xcalloc(1, sizeof *lock);
  lock->conn = opts->conn;
  lock->tables = opts->tables;
  lock->run = xstrdup(opts->run);
  bool sqlite = strcmp(cw_conn_dialect(opts->conn), "sqlite") == 0;
  bool session = cw_conn_caps(opts->conn) & CW_CAP_SESSION_LOCK;
  lock->none = sqlite;
  lock->numbered = strcmp(cw_conn_dialect(opts->conn), "postgresql") == 0;
  lock->certify = !sqlite && !session && strcmp(cw_conn_dialect(opts->conn), "mysql") == 0;
  if (!sqlite) {
    if (strcmp(opts->kind, "session") == 0 && !session) {
      cw_lock_release(lock);
      cw_fail(err, CW_ERR_CONFIG, "lock.kind is \"session\", but session locks don't hold here");
      return cw_hint(err, "leave lock.kind at \"auto\"");
    }
    bool use_session = session && strcmp(opts->kind, "lease") != 0;
    if (wait_for(lock, opts, use_session, waited, err)) {
      cw_lock_release(lock);
      return -1;
    }
    struct cw_lease_opts beat = {.tables = opts->tables,
                                 .token = lock->token,
                                 .now_sql = now_sql(opts->conn),
                                 .second = opts->second,
                                 .ctx = opts->ctx};
    if (opts->second && strcmp(opts->kind, "session") != 0) lock->lease = cw_lease_start(&beat);
  }
  *out = lock;
  return 0;
}

int cw_lock_begin(struct cw_lock *lock, struct cw_err *err) {
  if (!lock || !lock->numbered) return 0;
  lock->transaction = 0;
  return cw_conn_later(lock->conn,
                       &(struct cw_later){.sql = "SELECT txid_current()", .number = &lock->transaction},
                       err);
}

int cw_lock_fence(struct cw_lock *lock, struct cw_err *err) {
  if (!lock || lock->none) return 0;
  struct cw_value token = cw_int(lock->token);
  struct cw_later fence = {
      .sql = lock->certify ? "UPDATE {lease} SET beats = beats + 1 WHERE id = 1 AND token = ?"
                           : "SELECT 1 FROM {lease} WHERE id = 1 AND token = ? FOR UPDATE",
      .params = &token,
      .nparams = 1,
      .one = true,
      .code = CW_ERR_FENCED,
      .message = "this runner lost the lock to another one, so nothing more of it is recorded",
      .hint = "run `curlew status`, then the same command again"};
  return cw_tables_later(lock->tables, lock->conn, fence, err);
}

void cw_lock_release(struct cw_lock *lock) {
  if (!lock) return;
  cw_lease_stop(lock->lease);
  struct cw_err ignored = CW_ERR_INIT;
  bool usable = !cw_conn_lost(lock->conn) && !cw_conn_in_txn(lock->conn);
  if (!lock->none && lock->token && usable) {
    struct cw_value token = cw_int(lock->token);
    cw_tables_exec(lock->tables, lock->conn,
                   "UPDATE {lease} SET holder = NULL, expires_us = 0 WHERE id = 1 AND token = ?",
                   &token, 1, NULL, &ignored);
    cw_err_release(&ignored);
  }
  if (lock->session && usable) cw_conn_unlock(lock->conn, lock->tables->lock_key, &ignored);
  cw_err_release(&ignored);
  free(lock->run);
  free(lock);
}

int64_t cw_lock_transaction(const struct cw_lock *lock) { return lock ? lock->transaction : 0; }

/* PostgreSQL says what became of a transaction by its number. */
static int await_numbered(struct cw_conn *conn, int64_t transaction, const volatile int *stop,
                          struct cw_err *err) {
  for (;;) {
    char *fate = NULL;
    struct cw_value number = cw_int(transaction);
    if (cw_conn_scalar(conn, "SELECT txid_status($1::bigint)", &number, 1, &fate, err)) return -1;
    bool running = fate && strcmp(fate, "in progress") == 0;
    free(fate);
    if (!running) return 0;
    if (stop && *stop) return cw_fail(err, CW_ERR_INTERRUPTED, "interrupted");
    cw_clock_sleep(100, stop);
  }
}

/* Elsewhere the fence's row lock ends with the transaction. */
static int await_row(struct cw_conn *conn, const struct cw_tables *tables,
                     const volatile int *stop, struct cw_err *err) {
  while (cw_tables_exec(tables, conn, "SELECT token FROM {lease} WHERE id = 1 FOR UPDATE", NULL, 0,
                        NULL, err)) {
    if (err->native != 1205 || (stop && *stop)) return -1;
    cw_err_release(err);
  }
  return 0;
}

int cw_lock_await_end(struct cw_conn *conn, const struct cw_tables *tables, int64_t transaction,
                      const volatile int *stop, struct cw_err *err) {
  if (strcmp(cw_conn_dialect(conn), "sqlite") == 0) return 0;
  if (transaction > 0) return await_numbered(conn, transaction, stop, err);
  return await_row(conn, tables, stop, err);
}

int cw_lock_holder(struct cw_conn *conn, const struct cw_tables *tables, json_t **out,
                   struct cw_err *err) {
  *out = NULL;
  if (!tables->exists[CW_TABLE_LEASE] || strcmp(cw_conn_dialect(conn), "sqlite") == 0) return 0;
  char *sql = xasprintf("SELECT os_user, host, pid, command, since, expires_us < %s FROM {lease} "
                        "WHERE id = 1 AND holder IS NOT NULL",
                        now_sql(conn));
  struct cw_result *result = NULL;
  const struct cw_value *row;
  int got = cw_tables_query(tables, conn, sql, NULL, 0, &result, err);
  free(sql);
  if (got) return -1;
  static const char *const names[] = {"user", "host", "pid", "command", "since"};
  got = cw_result_next(result, &row, err);
  if (got == 1) {
    *out = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
      json_t *value = row[i].type == CW_INT    ? json_integer(row[i].i)
                      : row[i].type == CW_TEXT ? json_stringn(row[i].s.p, row[i].s.len)
                                               : json_null();
      json_object_set_new(*out, names[i], value);
    }
    json_object_set_new(*out, "expired",
                        json_boolean(row[5].type == CW_BOOL ? row[5].b : row[5].i != 0));
  }
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

int64_t cw_lock_token(const struct cw_lock *lock) { return lock ? lock->token : 0; }
