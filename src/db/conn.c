/* Connections: what is the same for every driver. Waiting for a server, the fallbacks for what a
 * driver leaves out, and errors made fit to be shown; see db.h. */
#include <unistd.h>

#include "db/driver.h"
#include "db/internal.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

enum {
  CONNECT_TIMEOUT_MS = 10000,
  RETRY_FIRST_MS = 50,  /* between two tries to connect or to lock ... */
  RETRY_MOST_MS = 1000, /* ... doubled each time up to this */
};

/* --- errors ------------------------------------------------------------------------------------ */

static void redact(const struct cw_url *url, char **field) {
  if (!*field) return;
  char *clean = cw_url_redact(url, *field);
  free(*field);
  *field = clean;
}

static int clean_err(const struct cw_url *url, struct cw_err *err) {
  if (!err || !url) return -1;
  redact(url, &err->message);
  redact(url, &err->detail);
  redact(url, &err->hint);
  redact(url, &err->statement);
  cw_err_database(err, url->masked);
  return -1;
}

int cw_conn_clean_err(const struct cw_conn *conn, struct cw_err *err) {
  return clean_err(conn->url, err);
}

/* --- opening ----------------------------------------------------------------------------------- */

/* The state of one series of tries: when it ends and how long to sleep before the next. */
struct patience {
  int64_t deadline, pause;
  uint64_t seed;
  const volatile int *stop;
};

static struct patience patience_for(int64_t wait_ms, const volatile int *stop) {
  uint64_t seed = (uint64_t)cw_clock_us() * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid() << 32;
  return (struct patience){cw_clock_ms() + wait_ms, RETRY_FIRST_MS, seed | 1, stop};
}

static bool stopped(const struct patience *p) { return p->stop && *p->stop; }

/* Sleeps half to all of the pause, so that several waiters drift apart, but not past the deadline.
 * False: the time is up or the wait was stopped. */
static bool patience_sleep(struct patience *p) {
  int64_t left = p->deadline - cw_clock_ms();
  if (left <= 0 || stopped(p)) return false;
  p->seed ^= p->seed << 13;
  p->seed ^= p->seed >> 7;
  p->seed ^= p->seed << 17;
  int64_t ms = p->pause / 2 + (int64_t)(p->seed % (uint64_t)(p->pause / 2 + 1));
  cw_clock_sleep(ms < left ? ms : left, p->stop);
  p->pause = p->pause * 2 < RETRY_MOST_MS ? p->pause * 2 : RETRY_MOST_MS;
  return !stopped(p);
}

/* A wrong password stays wrong: authorisation, unknown database, access rule, missing file. A server
 * that is starting up (57P03), full (53300) or not there yet (no SQLSTATE, class 08) may change. */
static bool worth_another_try(const struct cw_err *err) {
  static const char hopeless[][3] = {"28", "3D", "42", "58"};
  if (err->code != CW_ERR_CONNECT) return false;
  for (size_t i = 0; i < sizeof hopeless / sizeof *hopeless; i++)
    if (strncmp(err->sqlstate, hopeless[i], 2) == 0) return false;
  return true;
}

static int interrupted(struct cw_err *err, const char *what) {
  cw_fail(err, CW_ERR_INTERRUPTED, "interrupted while waiting for %s", what);
  return cw_hint(err, "run the same command again to go on");
}

int cw_conn_open_with(struct cw_conn **out, const struct cw_driver *driver, const struct cw_url *url,
                      const struct cw_conn_opts *opts, struct cw_err *err) {
  struct cw_conn_opts once = opts ? *opts : (struct cw_conn_opts){0};
  int64_t timeout = once.connect_timeout_ms > 0 ? once.connect_timeout_ms : CONNECT_TIMEOUT_MS;
  struct patience patience = patience_for(once.wait_ms, once.stop);
  struct cw_err failure = CW_ERR_INIT;
  *out = NULL;
  for (;;) {
    /* The last try may not outlive the wait by a whole connect timeout. */
    int64_t left = patience.deadline - cw_clock_ms();
    once.connect_timeout_ms = timeout;
    if (once.wait_ms > 0 && left < timeout) once.connect_timeout_ms = left > 1000 ? left : 1000;
    if (driver->open(out, url, &once, &failure) == 0) return 0;
    *out = NULL;
    if (stopped(&patience)) break;
    if (!worth_another_try(&failure) || !patience_sleep(&patience)) break;
    cw_err_release(&failure);
  }
  if (stopped(&patience)) {
    cw_err_release(&failure);
    interrupted(&failure, "the database");
  } else if (once.wait_ms > 0 && worth_another_try(&failure)) {
    char buf[32];
    cw_err_prefix(&failure, "still no connection after %s: ",
                  cw_duration_format(once.wait_ms, buf));
  }
  cw_err_move(err, &failure);
  return clean_err(url, err);
}

int cw_conn_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
                 struct cw_err *err) {
  const struct cw_driver *driver;
  *out = NULL;
  if (cw_driver_find(&driver, url, err)) return clean_err(url, err);
  return cw_conn_open_with(out, driver, url, opts, err);
}

void cw_conn_init(struct cw_conn *conn, const struct cw_driver *driver, const struct cw_url *url,
                  const struct cw_conn_opts *opts) {
  *conn = (struct cw_conn){
      .driver = driver,
      .url = cw_url_copy(url),
      .caps = driver->caps,
      .flavor = driver->flavor,
      .dialect = driver->dialect,
      .server = driver->dialect,
      .stop = opts ? opts->stop : NULL,
  };
}

void cw_conn_free(struct cw_conn *conn) {
  if (!conn) return;
  struct cw_url *url = (struct cw_url *)conn->url;
  char *version = conn->version, *server_name = conn->server_name;
  cw_later_drop(conn);
  conn->driver->close(conn); /* frees the struct */
  cw_url_free(url);
  free(version);
  free(server_name);
}

/* --- what it is -------------------------------------------------------------------------------- */

unsigned cw_conn_caps(const struct cw_conn *conn) { return conn->caps; }

unsigned cw_conn_flavor(const struct cw_conn *conn) { return conn->flavor; }

const char *cw_conn_dialect(const struct cw_conn *conn) { return conn->dialect; }

const char *cw_conn_server(const struct cw_conn *conn) { return conn->server; }

void cw_conn_set_server(struct cw_conn *conn, const char *server) {
  free(conn->server_name);
  conn->server = conn->server_name = xstrdup(server);
}

const char *cw_conn_version(const struct cw_conn *conn) {
  return conn->version ? conn->version : "";
}

const struct cw_url *cw_conn_url(const struct cw_conn *conn) { return conn->url; }

bool cw_conn_in_txn(struct cw_conn *conn) { return conn->begins || conn->driver->in_txn(conn); }

bool cw_conn_txn_failed(struct cw_conn *conn) {
  return conn->driver->txn_failed && conn->driver->txn_failed(conn);
}

bool cw_conn_lost(const struct cw_conn *conn) { return conn->lost; }

const char *cw_conn_txn_sql(const struct cw_conn *conn) { return conn->txn_sql; }

void cw_conn_cancel(struct cw_conn *conn) { conn->driver->cancel(conn); }

/* --- statements -------------------------------------------------------------------------------- */

static int drain(struct cw_result *result, struct cw_err *err) {
  int got;
  do {
    got = result->conn->driver->next(result, err);
  } while (got == 1);
  return got;
}

static int query_once(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                      struct cw_err *err) {
  struct cw_result *result = NULL;
  if (cw_later_concerns(conn, query) ? cw_later_run(conn, query, &result, err)
                                     : conn->driver->query(conn, query, &result, err))
    return -1;
  if (out) {
    *out = result;
    return 0;
  }
  int failed = drain(result, err);
  cw_result_free(result);
  return failed;
}

static int batch_by_loop(struct cw_conn *conn, const struct cw_query *query, size_t nsets,
                         int64_t *affected, struct cw_err *err) {
  struct cw_query one = *query;
  for (size_t set = 0; set < nsets; set++, one.params += query->nparams) {
    struct cw_result *result = NULL;
    int failed = conn->driver->query(conn, &one, &result, err);
    if (!failed) failed = drain(result, err);
    if (!failed) *affected += result->affected;
    cw_result_free(result);
    if (failed) return cw_err_prefix(err, "parameter set %zu of %zu: ", set + 1, nsets);
  }
  return 0;
}

/* Gives the driver a copy of the text that ends with a NUL, which a slice of a script does not.
 * nsets > 0: a batch. */
static int run(struct cw_conn *conn, struct cw_query query, size_t nsets, struct cw_result **out,
               int64_t *affected, struct cw_err *err) {
  const char *given = query.sql, *nul = memchr(given, '\0', query.len);
  int failed = -1;
  if (nul) {
    cw_fail(err, CW_ERR_STATEMENT, "the statement holds a NUL byte, its byte number %zu",
            (size_t)(nul - given) + 1);
    cw_hint(err, "SQL text can't hold one: pass binary data as a parameter");
  } else {
    char *copy = xstrndup(given, query.len);
    query.sql = copy;
    if (!cw_later_plain(&query)) query.flags &= ~(unsigned)CW_QUERY_OWN;
    if (nsets > 0 && cw_later_flush(conn, err))
      failed = -1;
    else if (nsets == 0)
      failed = query_once(conn, &query, out, err);
    else if (conn->driver->batch)
      failed = conn->driver->batch(conn, &query, nsets, affected, err);
    else
      failed = batch_by_loop(conn, &query, nsets, affected, err);
    free(copy);
  }
  if (!failed) return 0;
  if (err && !err->statement) err->statement = xstrndup(given, query.len);
  return cw_conn_clean_err(conn, err);
}

int cw_conn_query(struct cw_conn *conn, const char *sql, size_t len, const struct cw_value *params,
                  size_t nparams, unsigned flags, struct cw_result **out, struct cw_err *err) {
  if (out) *out = NULL;
  struct cw_query query = {.sql = sql, .len = len, .params = params, .nparams = nparams,
                           .flags = out ? flags : flags | CW_QUERY_DROPPED};
  return run(conn, query, 0, out, NULL, err);
}

int cw_conn_query_given(struct cw_conn *conn, const char *sql, size_t len,
                        const struct cw_value *params, size_t nparams, const struct cw_given *given,
                        int64_t *affected, struct cw_err *err) {
  struct cw_query query = {.sql = sql, .len = len, .params = params, .nparams = nparams, .given = given};
  struct cw_result *result = NULL;
  if (run(conn, query, 0, &result, NULL, err)) return -1;
  *affected = cw_result_affected(result);
  cw_result_free(result);
  return 0;
}

int cw_conn_exec(struct cw_conn *conn, const char *sql, struct cw_err *err) {
  return cw_conn_query(conn, sql, strlen(sql), NULL, 0, CW_QUERY_SIMPLE, NULL, err);
}

int cw_conn_execf(struct cw_conn *conn, struct cw_err *err, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  char *sql = xvasprintf(fmt, args);
  va_end(args);
  int failed = cw_conn_exec(conn, sql, err);
  free(sql);
  return failed;
}

int cw_conn_batch(struct cw_conn *conn, const char *sql, size_t len, const struct cw_value *params,
                  size_t nparams, size_t nsets, int64_t *affected, struct cw_err *err) {
  int64_t sum = 0;
  struct cw_query query = {.sql = sql, .len = len, .params = params, .nparams = nparams,
                           .flags = CW_QUERY_DROPPED};
  int failed = nsets ? run(conn, query, nsets, NULL, &sum, err) : 0;
  if (affected) *affected = sum;
  return failed;
}

int cw_conn_scalar(struct cw_conn *conn, const char *sql, const struct cw_value *params,
                   size_t nparams, char **out, struct cw_err *err) {
  *out = NULL;
  struct cw_result *result;
  const struct cw_value *row;
  if (cw_conn_query(conn, sql, strlen(sql), params, nparams, 0, &result, err)) return -1;
  int got = cw_result_next(result, &row, err);
  if (got == 1 && cw_result_ncols(result) > 0) *out = cw_value_text(&row[0]);
  if (got < 0 && err && !err->statement) err->statement = xstrdup(sql);
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

/* --- the session lock -------------------------------------------------------------------------- */

static int no_session_lock(const struct cw_conn *conn, struct cw_err *err) {
  return cw_fail(err, CW_ERR_INTERNAL, "%s has no session locks", conn->server);
}

int cw_conn_lock(struct cw_conn *conn, const char *key, int64_t wait_ms, bool *got,
                 struct cw_err *err) {
  *got = false;
  if (!(conn->caps & CW_CAP_SESSION_LOCK) || !conn->driver->try_lock)
    return no_session_lock(conn, err);
  struct patience patience = patience_for(wait_ms, conn->stop);
  do {
    if (conn->driver->try_lock(conn, key, got, err)) return cw_conn_clean_err(conn, err);
  } while (!*got && patience_sleep(&patience));
  if (!*got && stopped(&patience)) return interrupted(err, "the lock");
  return 0;
}

int cw_conn_unlock(struct cw_conn *conn, const char *key, struct cw_err *err) {
  if (!conn->driver->unlock) return no_session_lock(conn, err);
  return conn->driver->unlock(conn, key, err) ? cw_conn_clean_err(conn, err) : 0;
}

/* --- names ------------------------------------------------------------------------------------- */

static void quote(char mark, const char *name, struct strbuf *out) {
  strbuf_addch(out, mark);
  for (const char *p = name; *p; p++) {
    if (*p == mark) strbuf_addch(out, mark);
    strbuf_addch(out, *p);
  }
  strbuf_addch(out, mark);
}

void cw_conn_quote(const struct cw_conn *conn, const char *schema, const char *name,
                   struct strbuf *out) {
  char mark = conn->flavor & CW_SQL_DQ_STRINGS ? '`' : '"';
  if (schema) {
    quote(mark, schema, out);
    strbuf_addch(out, '.');
  }
  quote(mark, name, out);
}
