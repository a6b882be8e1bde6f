/* Opening a PostgreSQL connection: libpq's own options, environment, .pgpass and service files all
 * work; what a session must not inherit is set in one round trip. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres/pg.h"
#include "util/clock.h"
#include "util/suggest.h"

/* --- session settings ------------------------------------------------------------------------- */

enum setting_kind {
  FORM,   /* decides how values look: always ours. PgBouncer keeps these four for each client */
  FORMED, /* the same, but not kept by poolers */
  POLICY  /* ours, unless the URL's `options` name it: that is deliberate */
};
struct setting {
  const char *name, *value;
  enum setting_kind kind;
};
static const struct setting settings[] = {
    {"client_encoding", "UTF8", FORM},
    {"TimeZone", "UTC", FORM},
    {"DateStyle", "ISO, YMD", FORM},
    {"standard_conforming_strings", "on", FORM},
    {"IntervalStyle", "postgres", FORMED},
    {"bytea_output", "hex", FORMED},
    {"extra_float_digits", "1", FORMED},
    {"lc_monetary", "C", FORMED},
    {"array_nulls", "on", FORMED},
    {"xmloption", "content", FORMED},
    {"default_transaction_isolation", "read committed", POLICY},
    {"default_transaction_deferrable", "off", POLICY},
    {"statement_timeout", "0", POLICY},
    {"lock_timeout", "0", POLICY},
    {"idle_in_transaction_session_timeout", "0", POLICY},
    {"idle_session_timeout", "0", POLICY},
    {"transaction_timeout", "0", POLICY},
    {"client_min_messages", "warning", POLICY},
    {"row_security", "on", POLICY},
    {"cursor_tuple_fraction", "1", POLICY}, /* streamed results are read to their end */
};

static bool wanted(const struct setting *s, const struct cw_url *url) {
  const char *options = cw_url_option(url, "options");
  return s->kind != POLICY || !options || !strcasestr(options, s->name);
}

/* The settings as a query that applies those this server knows. *pid 0: for one transaction only,
 * else for the session, and behind a pooler (where the server process is not the one that we were
 * told) only what it keeps for us. */
static void session_sql(struct strbuf *sql, const struct cw_url *url, bool read_only, int pid) {
  const char *separator = "";
  if (pid) strbuf_addf(sql, "SELECT pg_catalog.pg_backend_pid() <> %d, ", pid);
  else strbuf_addstr(sql, "SELECT ");
  strbuf_addf(sql, "pg_catalog.count(pg_catalog.set_config(n, v, %s)) FROM (VALUES ",
              pid ? "false" : "true");
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    if (!wanted(&settings[i], url)) continue;
    strbuf_addf(sql, "%s('%s', '%s', %s)", separator, settings[i].name, settings[i].value,
                settings[i].kind == FORM ? "true" : "false");
    separator = ", ";
  }
  if (pid)
    strbuf_addf(sql, ", ('default_transaction_read_only', '%s', false)", read_only ? "on" : "off");
  strbuf_addstr(sql, ") AS s(n, v, kept) WHERE pg_catalog.current_setting(n, true) IS NOT NULL");
  if (pid) strbuf_addf(sql, " AND (kept OR pg_catalog.pg_backend_pid() = %d)", pid);
}

static int set_session(struct cw_pg_conn *c, bool read_only, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  struct strbuf sql = STRBUF_INIT;
  PGresult *res = NULL;
  session_sql(&sql, c->base.url, read_only, pq->PQbackendPID(c->pg));
  int rc = cw_pg_simple(c, sql.buf, &res, err);
  if (rc == 0) c->pooled = pq->PQgetvalue(res, 0, 0)[0] == 't';
  pq->PQclear(res);
  strbuf_reset(&sql);
  if (rc == 0 && c->pooled) {
    c->base.caps &= ~(unsigned)CW_CAP_SESSION_LOCK;
    strbuf_addf(&sql, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, %s, NOT DEFERRABLE; ",
                read_only ? "READ ONLY" : "READ WRITE");
    session_sql(&sql, c->base.url, read_only, 0);
    c->txn_sql = strbuf_detach(&sql, NULL);
    c->base.txn_sql = c->txn_sql;
  }
  strbuf_release(&sql);
  return rc;
}

/* --- connecting ------------------------------------------------------------------------------- */

struct keywords {
  VEC(const char *) keys, values;
};

static void add(struct keywords *k, const char *key, const char *value) {
  if (!value) return;
  vec_push(&k->keys, key);
  vec_push(&k->values, value);
}

/* A URL's option that libpq doesn't know would be refused by it without a suggestion. */
static int check_options(const struct cw_pq *pq, const struct cw_url *url, struct cw_err *err) {
  PQconninfoOption *known = pq->PQconndefaults();
  VEC(const char *) names = {0};
  int rc = 0;
  for (PQconninfoOption *o = known; o && o->keyword; o++)
    vec_push(&names, (const char *)o->keyword);
  for (size_t i = 0; known && rc == 0 && i < url->keys.len; i++) {
    bool found = false;
    for (size_t k = 0; k < names.len; k++) found |= strcmp(names.items[k], url->keys.items[i]) == 0;
    if (found) continue;
    const char *near = cw_suggest(url->keys.items[i], names.items, names.len);
    rc = cw_fail(err, CW_ERR_CONFIG, "PostgreSQL has no connection option \"%s\" (in the URL %s).",
                 url->keys.items[i], url->masked);
    if (near) cw_hint(err, "did you mean \"%s\"?", near);
  }
  vec_release(&names);
  pq->PQconninfoFree(known);
  return rc;
}

/* "FATAL:  28P01: text" -> the SQLSTATE, cut out of the text, and no LOCATION line: libpq gives a
 * failed connection's SQLSTATE only within its verbose message. */
static void take_sqlstate(char *text, char *state) {
  for (char *p = text; (p = strstr(p, ":  ")); p++) {
    char *code = p + 3;
    size_t n = 0, digits = 0; /* every SQLSTATE has a digit, "FATAL" has none */
    for (; n < 5 && (isupper((unsigned char)code[n]) || isdigit((unsigned char)code[n])); n++)
      digits += !!isdigit((unsigned char)code[n]);
    if (n != 5 || digits == 0 || strncmp(code + 5, ": ", 2) != 0) continue;
    memcpy(state, code, 5);
    memmove(code, code + 7, strlen(code + 7) + 1);
    char *line = strchr(code, '\n'), *location = line ? strstr(line, "LOCATION:") : NULL;
    if (location) *location = '\0';
    return;
  }
}

static int fail_connect(struct cw_pg_conn *c, const char *reason, struct cw_err *err) {
  char state[6] = "";
  char *raw = xstrdup(reason);
  take_sqlstate(raw, state);
  char *text = cw_url_redact(c->base.url, raw);
  size_t len = strlen(text);
  while (len > 0 && isspace((unsigned char)text[len - 1])) text[--len] = '\0';
  for (size_t i = 0; i < len; i++)
    if (text[i] == '\n') text[i] = ' ';
  cw_fail(err, CW_ERR_CONNECT, "can't connect to %s: %s", c->base.url->masked, text);
  if (err) memcpy(err->sqlstate, state, sizeof state);
  if (strncmp(state, "28", 2) == 0)
    cw_hint(err, "check user and password in the URL (or PGPASSWORD, .pgpass), and pg_hba.conf");
  else if (strcmp(state, "3D000") == 0)
    cw_hint(err, "create the database, or correct the last part of the URL");
  else
    cw_hint(err, "check that the server runs and listens there; --wait 30s waits for it");
  free(text);
  free(raw);
  return -1;
}

/* What connecting waits for: 1 ready, 0 the time is over, -1 asked to stop. */
static int wait_for(int fd, short events, int64_t deadline, const volatile int *stop) {
  for (;;) {
    int64_t left = deadline - cw_clock_ms();
    if (stop && *stop) return -1;
    if (left <= 0) return 0;
    struct pollfd p = {.fd = fd, .events = events};
    int n = poll(&p, 1, (int)(left < 100 ? left : 100));
    if (n > 0 || (n < 0 && errno != EINTR)) return 1;
  }
}

/* One list of hosts, until the deadline. 1: connected; 0: timed out (err filled); -1: failed. */
static int dial(struct cw_pg_conn *c, const struct keywords *k, int64_t deadline,
                struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  c->pg = pq->PQconnectStartParams(k->keys.items, k->values.items, 0);
  if (!c->pg) return cw_fail(err, CW_ERR_CONNECT, "libpq could not allocate a connection");
  pq->PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  if (pq->PQstatus(c->pg) == CONNECTION_BAD) next = PGRES_POLLING_FAILED;
  while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
    int ready = wait_for(pq->PQsocket(c->pg), next == PGRES_POLLING_READING ? POLLIN : POLLOUT,
                         deadline, c->base.stop);
    if (ready < 0)
      return cw_fail(err, CW_ERR_INTERRUPTED, "interrupted while connecting to %s.",
                     c->base.url->masked);
    if (ready == 0) {
      fail_connect(c, "timeout expired: nobody answered", err);
      return 0;
    }
    next = pq->PQconnectPoll(c->pg);
  }
  if (next == PGRES_POLLING_OK) return 1;
  return fail_connect(c, pq->PQerrorMessage(c->pg), err);
}

/* The part of a comma list after its first item; NULL when there is no other. */
static const char *rest_of(const char *list) {
  const char *comma = list ? strchr(list, ',') : NULL;
  return comma ? comma + 1 : NULL;
}

static size_t items_of(const char *list) {
  size_t n = 1;
  while ((list = rest_of(list))) n++;
  return n;
}

/* libpq itself goes on to the next host when one refuses, but not when one is silent, as waiting is
 * ours here. So the time is shared out, and after a silent one a new attempt starts behind it. */
static int dial_hosts(struct cw_pg_conn *c, const struct keywords *common, int64_t timeout_ms,
                      struct cw_err *err) {
  const struct cw_url *url = c->base.url;
  const char *hosts = url->host, *ports = url->port;
  int64_t deadline = cw_clock_ms() + timeout_ms;
  int rc = 0;
  while (rc == 0) {
    struct keywords k = {0};
    int64_t now = cw_clock_ms(), share = (deadline - now) / (int64_t)items_of(hosts);
    for (size_t i = 0; i < common->keys.len; i++)
      add(&k, common->keys.items[i], common->values.items[i]);
    add(&k, "host", hosts);
    add(&k, "port", ports);
    vec_push(&k.keys, NULL);
    vec_push(&k.values, NULL);
    rc = dial(c, &k, now + share, err);
    vec_release(&k.keys);
    vec_release(&k.values);
    hosts = rest_of(hosts);
    if (rest_of(ports)) ports = rest_of(ports); /* one port serves all hosts */
    if (rc != 0 || !hosts) break;
    cw_err_release(err);
    c->pq->PQfinish(c->pg);
    c->pg = NULL;
  }
  return rc == 1 ? 0 : -1;
}

static int64_t connect_timeout(const struct cw_url *url, const struct cw_conn_opts *opts) {
  const char *text = cw_url_option(url, "connect_timeout");
  if (!text) text = getenv("PGCONNECT_TIMEOUT");
  long seconds = text ? strtol(text, NULL, 10) : 0;
  if (seconds > 0 && seconds < 1 << 20) return seconds * 1000;
  return opts->connect_timeout_ms > 0 ? opts->connect_timeout_ms : 10000;
}

static int connect_(struct cw_pg_conn *c, const struct cw_conn_opts *opts, struct cw_err *err) {
  const struct cw_url *url = c->base.url;
  struct keywords k = {0};
  if (url->keys.len && check_options(c->pq, url, err)) return -1;
  add(&k, "fallback_application_name", opts->application ? opts->application : "curlew");
  add(&k, "keepalives_idle", "30"); /* a peer that vanished is noticed in a minute */
  add(&k, "keepalives_interval", "10");
  add(&k, "keepalives_count", "3");
  add(&k, "user", url->user);
  add(&k, "password", url->password);
  add(&k, "dbname", url->path && *url->path ? url->path : NULL);
  for (size_t i = 0; i < url->keys.len; i++) add(&k, url->keys.items[i], url->values.items[i]);
  add(&k, "client_encoding", "UTF8");
  int rc = dial_hosts(c, &k, connect_timeout(url, opts), err);
  vec_release(&k.keys);
  vec_release(&k.values);
  return rc;
}

/* Notices are the server's chat; nobody reads them here, and they must not reach stderr. */
static void drop_notice(void *arg, const PGresult *res) {
  (void)arg;
  (void)res;
}

static char *version_of(struct cw_pg_conn *c) {
  const char *text = c->pq->PQparameterStatus(c->pg, "server_version");
  return text ? xstrndup(text, strcspn(text, " ")) : xstrdup("0");
}

int cw_pg_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
               struct cw_err *err) {
  const struct cw_pq *pq = cw_pq_load(err);
  if (!pq) return -1;
  struct cw_pg_conn *c = xcalloc(1, sizeof *c);
  c->pq = pq;
  pthread_mutex_init(&c->mutex, NULL);
  cw_conn_init(&c->base, &cw_postgres_driver, url, opts);
  int rc = connect_(c, opts, err);
  if (rc == 0) {
    pq->PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);
    pq->PQsetNoticeReceiver(c->pg, drop_notice, NULL);
    c->base.version = version_of(c);
    c->cancel = pq->PQgetCancel(c->pg);
    rc = set_session(c, opts->read_only, err);
    if (rc && err && err->code != CW_ERR_INTERRUPTED) err->code = CW_ERR_CONNECT;
  }
  if (rc) {
    cw_conn_free(&c->base);
    return -1;
  }
  *out = &c->base;
  return 0;
}

void cw_pg_close(struct cw_conn *conn) {
  struct cw_pg_conn *c = cw_pg(conn);
  cw_pg_prepare_release(c);
  if (c->cancel) c->pq->PQfreeCancel(c->cancel);
  if (c->pg) c->pq->PQfinish(c->pg);
  pthread_mutex_destroy(&c->mutex);
  free(c->txn_sql);
  free(c);
}
