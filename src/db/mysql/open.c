/* Opening a connection to MariaDB or MySQL. No option file is read; everything comes from the URL,
 * and the session's settings are set here, in one statement. */
#include <mysql.h>

#include <ma_pvio.h>
#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>

#include "db/mysql/my.h"
#include "util/suggest.h"

enum { MAX_PACKET = 1 << 30 };

/* --- the URL's options ------------------------------------------------------------------------ */

/* Written with "-" or "_". */
static const char *const option_names[] = {
    "socket",  "unix-socket", "charset",  "connect-timeout", "ssl-mode", "ssl-ca", "ssl-capath",
    "ssl-cert", "ssl-key",    "ssl-cipher",
};
enum { OPTION_COUNT = sizeof option_names / sizeof *option_names };
static const char *const ssl_modes[] = {"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA",
                                        "VERIFY_IDENTITY"};
enum ssl_mode { SSL_DISABLED, SSL_PREFERRED, SSL_REQUIRED, SSL_VERIFY_CA, SSL_VERIFY_IDENTITY };
enum { SSL_MODE_COUNT = sizeof ssl_modes / sizeof *ssl_modes };

static bool same_option(const char *given, const char *known) {
  for (; *given && *known; given++, known++)
    if ((*given == '_' ? '-' : *given) != *known) return false;
  return *given == *known;
}

static const char *option(const struct cw_url *url, const char *name) {
  const char *value = NULL;
  for (size_t i = 0; i < url->keys.len; i++)
    if (same_option(url->keys.items[i], name)) value = url->values.items[i];
  return value;
}

static int ssl_mode(const struct cw_url *url) {
  const char *mode = option(url, "ssl-mode");
  if (!mode) return option(url, "ssl-ca") ? SSL_VERIFY_IDENTITY : SSL_PREFERRED;
  for (int i = 0; i < SSL_MODE_COUNT; i++)
    if (strcasecmp(mode, ssl_modes[i]) == 0) return i;
  return -1;
}

static int check_options(const struct cw_url *url, struct cw_err *err) {
  for (size_t i = 0; i < url->keys.len; i++) {
    bool known = false;
    for (size_t k = 0; k < OPTION_COUNT; k++)
      known |= same_option(url->keys.items[i], option_names[k]);
    if (known) continue;
    const char *near = cw_suggest(url->keys.items[i], option_names, OPTION_COUNT);
    cw_fail(err, CW_ERR_CONFIG,
            "MariaDB and MySQL have no connection option \"%s\" (in the URL %s)",
            url->keys.items[i], url->masked);
    return near ? cw_hint(err, "did you mean \"%s\"?", near) : -1;
  }
  const char *charset = option(url, "charset");
  if (charset && strncasecmp(charset, "utf8", 4) != 0) {
    cw_fail(err, CW_ERR_CONFIG, "charset=%s in the URL %s: curlew talks utf8mb4 to the server",
            charset, url->masked);
    return cw_hint(err, "leave it out; columns may have any character set");
  }
  if (ssl_mode(url) < 0) {
    cw_fail(err, CW_ERR_CONFIG, "ssl-mode=%s in the URL %s is not known", option(url, "ssl-mode"),
            url->masked);
    return cw_hint(err, "it is DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
  }
  return 0;
}

/* --- dialling --------------------------------------------------------------------------------- */

/* The library checks certificate and host name together, so VERIFY_CA is as strict as
 * VERIFY_IDENTITY. */
static void set_tls(const struct cw_mysql *lib, MYSQL *my, const struct cw_url *url) {
  int mode = ssl_mode(url);
  my_bool yes = 1;
  if (mode == SSL_DISABLED) return;
  lib->mysql_options(my, MYSQL_OPT_SSL_ENFORCE, &yes);
  if (mode >= SSL_VERIFY_CA) lib->mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
  lib->mysql_options(my, MYSQL_OPT_SSL_CA, option(url, "ssl-ca"));
  lib->mysql_options(my, MYSQL_OPT_SSL_CAPATH, option(url, "ssl-capath"));
  lib->mysql_options(my, MYSQL_OPT_SSL_CERT, option(url, "ssl-cert"));
  lib->mysql_options(my, MYSQL_OPT_SSL_KEY, option(url, "ssl-key"));
  lib->mysql_options(my, MYSQL_OPT_SSL_CIPHER, option(url, "ssl-cipher"));
}

/* While connecting every read is bounded; from then on statements may take as long as they need. */
static void unbound(MYSQL *my) {
  MARIADB_PVIO *pvio = my->net.pvio;
  if (!pvio || !pvio->methods || !pvio->methods->set_timeout) return;
  pvio->methods->set_timeout(pvio, PVIO_READ_TIMEOUT, 0);
  pvio->methods->set_timeout(pvio, PVIO_WRITE_TIMEOUT, 0);
}

MYSQL *cw_my_dial(const struct cw_mysql *lib, const struct cw_url *url, const char *application,
                  int64_t timeout_ms, MYSQL **reason) {
  MYSQL *my = lib->mysql_init(NULL);
  if (!my) return NULL;
  const char *socket = option(url, "socket"), *host = url->host && *url->host ? url->host : NULL;
  if (!socket) socket = option(url, "unix-socket");
  unsigned seconds = (unsigned)((timeout_ms + 999) / 1000), no = 0;
  unsigned port = url->port ? (unsigned)strtoul(url->port, NULL, 10) : 0;
  unsigned protocol = MYSQL_PROTOCOL_TCP;
  unsigned long packet = MAX_PACKET;
  lib->mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  lib->mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  lib->mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &seconds);
  lib->mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
  lib->mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &no);
  lib->mysql_options(my, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  lib->mysql_options4(my, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", application);
  /* "localhost" is the socket by convention, unless a port says otherwise */
  if (!socket && (port || (host && strcmp(host, "localhost") != 0)))
    lib->mysql_options(my, MYSQL_OPT_PROTOCOL, &protocol);
  set_tls(lib, my, url);
  if (lib->mysql_real_connect(my, socket ? NULL : host, url->user, url->password,
                              url->path && *url->path ? url->path : NULL, port, socket,
                              CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS)) {
    unbound(my);
    return my;
  }
  if (reason) *reason = my;
  else lib->mysql_close(my);
  return NULL;
}

static int fail_connect(struct cw_my_conn *c, MYSQL *my, struct cw_err *err) {
  unsigned number = my ? c->lib->mysql_errno(my) : 0;
  const char *text = my ? c->lib->mysql_error(my) : "",
             *state = my ? c->lib->mysql_sqlstate(my) : "";
  char *clean = cw_url_redact(c->base.url, *text ? text : "the client library gave no reason");
  cw_fail(err, CW_ERR_CONNECT, "can't connect to %s: %s", c->base.url->masked, clean);
  free(clean);
  if (err) {
    err->native = (int)number;
    /* the client library's own failures have the state HY000: not the server's word */
    if (strcmp(state, "HY000") != 0 && strcmp(state, "00000") != 0)
      snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state);
  }
  if (number == ER_BAD_DB_ERROR)
    return cw_hint(err, "create the database, or correct the last part of the URL");
  if (strncmp(state, "28", 2) == 0 || number == ER_DBACCESS_DENIED_ERROR)
    return cw_hint(err, "check user, password and database in the URL, and the user's grants");
  return cw_hint(err, "check that the server runs and listens there; --wait 30s waits for it");
}

static int64_t connect_timeout(const struct cw_url *url, const struct cw_conn_opts *opts) {
  const char *text = option(url, "connect-timeout");
  long seconds = text ? strtol(text, NULL, 10) : 0;
  if (seconds > 0 && seconds < 1 << 20) return seconds * 1000;
  return opts->connect_timeout_ms > 0 ? opts->connect_timeout_ms : 10000;
}

static int connect_(struct cw_my_conn *c, const struct cw_conn_opts *opts, struct cw_err *err) {
  const struct cw_url *url = c->base.url;
  MYSQL *reason = NULL;
  if (check_options(url, err)) return -1;
  c->my = cw_my_dial(c->lib, url, c->application, connect_timeout(url, opts), &reason);
  if (!c->my) {
    fail_connect(c, reason, err);
    if (reason) c->lib->mysql_close(reason);
    return -1;
  }
  if (ssl_mode(url) >= SSL_REQUIRED && !c->lib->mysql_get_ssl_cipher(c->my)) {
    cw_fail(err, CW_ERR_CONNECT, "the server of %s offers no TLS, which ssl-mode asks for",
            url->masked);
    return cw_hint(err, "set up TLS on the server, or drop ssl-mode");
  }
  return 0;
}

/* --- the session ------------------------------------------------------------------------------ */

/* NULL: on both. Names and values are fixed texts, never a user's. */
static const struct setting {
  const char *server, *text;
} settings[] = {
    {NULL, "NAMES utf8mb4"},
    {NULL, "time_zone = '+00:00'"},
    {NULL,
     "sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
     "NO_ENGINE_SUBSTITUTION'"},
    {"mariadb", "tx_isolation = 'READ-COMMITTED'"},
    {"mysql", "transaction_isolation = 'READ-COMMITTED'"},
    {NULL, "autocommit = 1"},
    {NULL, "completion_type = 'NO_CHAIN'"},
    {NULL, "foreign_key_checks = 1"},
    {NULL, "unique_checks = 1"},
    {NULL, "sql_auto_is_null = 0"},
    {NULL, "sql_safe_updates = 0"},
    {NULL, "sql_big_selects = 1"},
    {NULL, "sql_select_limit = 18446744073709551615"},
    {NULL, "group_concat_max_len = 16777216"},
    {NULL, "lock_wait_timeout = 50"},
    {NULL, "innodb_lock_wait_timeout = 50"},
    {"mariadb", "max_statement_time = 0"},
    {"mysql", "max_execution_time = 0"},
    {NULL, "wait_timeout = 31536000"},
    {NULL, "interactive_timeout = 31536000"},
    {NULL, "net_read_timeout = 600"},
    {NULL, "net_write_timeout = 600"},
};

static bool applies(const struct cw_my_conn *c, const struct setting *s) {
  return !s->server || strcmp(s->server, c->base.server) == 0;
}

/* All in one statement; if this server doesn't know one of them, one by one without it. */
static int set_session(struct cw_my_conn *c, bool read_only, struct cw_err *err) {
  struct strbuf sql = STRBUF_INIT;
  struct cw_err e = CW_ERR_INIT;
  size_t n = sizeof settings / sizeof *settings;
  for (size_t i = 0; i < n; i++)
    if (applies(c, &settings[i]))
      strbuf_addf(&sql, "%s%s", sql.len ? ", " : "SET ", settings[i].text);
  strbuf_addf(&sql, ", %s = %d", c->mariadb ? "tx_read_only" : "transaction_read_only", read_only);
  int rc = cw_my_text(c, sql.buf, sql.len, NULL, &e);
  bool unknown = rc && e.native == ER_UNKNOWN_SYSTEM_VARIABLE;
  for (size_t i = 0; unknown && i < n; i++) {
    if (!applies(c, &settings[i])) continue;
    cw_err_release(&e);
    strbuf_reset(&sql);
    strbuf_addf(&sql, "SET %s", settings[i].text);
    rc = cw_my_text(c, sql.buf, sql.len, NULL, &e);
    if (rc && e.native == ER_UNKNOWN_SYSTEM_VARIABLE) rc = 0;
    if (rc) break;
  }
  if (rc && err) cw_err_move(err, &e);
  cw_err_release(&e);
  strbuf_release(&sql);
  return rc;
}

/* What else has to be known: how much it takes at once, whether it is a Galera node (there GET_LOCK
 * is each node's own). */
static int read_variables(struct cw_my_conn *c, struct cw_err *err) {
  static const char sql[] =
      "SHOW VARIABLES WHERE Variable_name IN ('max_allowed_packet', 'wsrep_on', 'version_comment')";
  struct cw_my_result *r;
  if (cw_my_text(c, sql, sizeof sql - 1, &r, err)) return -1;
  while (cw_my_next(&r->base, NULL) == 1) {
    const char *name = r->base.row[0].s.p, *value = r->base.row[1].s.p;
    if (r->base.row[0].type != CW_TEXT || r->base.row[1].type != CW_TEXT) continue;
    if (strcasecmp(name, "max_allowed_packet") == 0) c->max_packet = strtoul(value, NULL, 10);
    if (strcasecmp(name, "version_comment") == 0 && strcasestr(value, "mariadb")) c->mariadb = true;
    if (strcasecmp(name, "wsrep_on") == 0 && strcasecmp(value, "ON") == 0)
      c->base.caps &= ~(unsigned)CW_CAP_SESSION_LOCK;
  }
  cw_result_free(&r->base);
  return 0;
}

/* "5.5.5-10.11.6-MariaDB-log" -> "10.11.6": old clients were told a version that they knew. */
static void identify(struct cw_my_conn *c) {
  const char *info = c->lib->mysql_get_server_info(c->my);
  if (!info) info = "0";
  if (strcasestr(info, "mariadb")) c->mariadb = true;
  if (c->mariadb && strncmp(info, "5.5.5-", 6) == 0) info += 6;
  c->base.version = xstrndup(info, strspn(info, "0123456789."));
  c->base.server = c->mariadb ? "mariadb" : "mysql";
  if (c->mariadb) c->base.caps |= CW_CAP_RETURNING;
  c->thread_id = c->lib->mysql_thread_id(c->my);
  unsigned long more = 0;
  if (c->lib->mariadb_get_infov(c->my, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &more) == 0)
    c->bulk = more & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32);
}

int cw_my_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
               struct cw_err *err) {
  const struct cw_mysql *lib = cw_mysql_load(err);
  if (!lib) return -1;
  struct cw_my_conn *c = xcalloc(1, sizeof *c);
  c->lib = lib;
  c->application = xstrdup(opts->application ? opts->application : "curlew");
  pthread_mutex_init(&c->mutex, NULL);
  cw_conn_init(&c->base, &cw_mysql_driver, url, opts);
  struct cw_my_guard guard;
  cw_my_guard_begin(&guard);
  int rc = connect_(c, opts, err);
  if (rc == 0) rc = read_variables(c, err);
  if (rc == 0) {
    identify(c);
    rc = set_session(c, opts->read_only, err);
  }
  cw_my_guard_end(&guard);
  if (rc) {
    if (err && err->code == CW_ERR_STATEMENT) err->code = CW_ERR_CONNECT;
    cw_conn_free(&c->base);
    return -1;
  }
  *out = &c->base;
  return 0;
}

void cw_my_close(struct cw_conn *conn) {
  struct cw_my_conn *c = cw_my(conn);
  struct cw_my_guard guard;
  cw_my_guard_begin(&guard);
  cw_my_forget(c);
  vec_release(&c->stmts);
  if (c->my) c->lib->mysql_close(c->my);
  cw_my_guard_end(&guard);
  pthread_mutex_destroy(&c->mutex);
  free(c->application);
  free(c);
}
