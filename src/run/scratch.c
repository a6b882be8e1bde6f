/* Making and dropping scratch databases; see scratch.h. */
#include "run/scratch.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "run/internal.h"
#include "util/alloc.h"

struct cw_scratch {
  const struct cw_config_db *db;
  struct cw_url *url;    /* of the scratch database */
  struct cw_url *beside; /* of the one it was made beside; NULL: SQLite */
  char *name;            /* of the database; SQLite: of the folder; NULL: in memory */
  struct cw_conn *memory; /* keeps one in memory */
  struct cw_scratch *next;
};

static struct cw_scratch *find(const struct cw_app *app, const struct cw_config_db *db) {
  struct cw_scratch *scratch = app->scratch;
  while (scratch && scratch->db != db) scratch = scratch->next;
  return scratch;
}

const struct cw_url *cw_scratch_url(const struct cw_app *app, const struct cw_config_db *db) {
  const struct cw_scratch *scratch = find(app, db);
  return scratch ? scratch->url : NULL;
}

static void scratch_free(struct cw_scratch *scratch) {
  cw_conn_free(scratch->memory);
  cw_url_free(scratch->url);
  cw_url_free(scratch->beside);
  free(scratch->name);
  free(scratch);
}

static char *random_name(void) {
  unsigned char bytes[8];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) abort(); /* a kernel before 3.17 */
  struct strbuf name = STRBUF_INIT;
  strbuf_addstr(&name, "curlew_test_");
  for (size_t i = 0; i < sizeof bytes; i++) strbuf_addf(&name, "%02x", bytes[i]);
  return strbuf_detach(&name, NULL);
}

/* --- SQLite ------------------------------------------------------------------------------------------ */

static int make_file(struct cw_scratch *scratch, struct cw_err *err) {
  const char *folder = getenv("TMPDIR");
  scratch->name = xasprintf("%s/curlew-test-XXXXXX", folder && *folder == '/' ? folder : "/tmp");
  if (!mkdtemp(scratch->name)) {
    cw_fail(err, CW_ERR_IO, "no folder %s for a scratch database can be made: %s", scratch->name,
            strerror(errno));
    return cw_hint(err, "set TMPDIR to a folder that may be written to");
  }
  struct strbuf text = STRBUF_INIT;
  strbuf_addstr(&text, "sqlite:///"); /* "//" and the path, percent-encoded where a URL needs it */
  for (const char *p = scratch->name; *p; p++) {
    if (isalnum((unsigned char)*p) || strchr("/._-", *p))
      strbuf_addch(&text, *p);
    else
      strbuf_addf(&text, "%%%02X", (unsigned char)*p);
  }
  strbuf_addstr(&text, "/test.db");
  int failed = cw_url_parse(&scratch->url, text.buf, "/", err);
  strbuf_release(&text);
  if (failed) rmdir(scratch->name);
  return failed;
}

/* One in memory: connections share it by a name of its own. */
static int make_memory(struct cw_scratch *scratch, struct cw_url *url, struct cw_err *err) {
  struct cw_conn_opts opts = {.application = "curlew scratch"};
  scratch->url = url;
  url->memory = random_name();
  return cw_conn_open(&scratch->memory, url, &opts, err);
}

static bool in_memory(const struct cw_url *url) {
  const char *mode = cw_url_option(url, "mode");
  return !url->path || (mode && strcmp(mode, "memory") == 0);
}

static int drop_file(const struct cw_scratch *scratch, struct cw_err *err) {
  static const char *const files[] = {"test.db", "test.db-journal", "test.db-wal", "test.db-shm"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char *path = xasprintf("%s/%s", scratch->name, files[i]);
    unlink(path);
    free(path);
  }
  if (rmdir(scratch->name) == 0 || errno == ENOENT) return 0;
  return cw_fail(err, CW_ERR_IO, "the folder %s of a scratch database can't be removed: %s", scratch->name,
                 strerror(errno));
}

/* --- servers ------------------------------------------------------------------------------------------ */

/* A connection for CREATE and DROP DATABASE: no hooks. */
static int connect_beside(struct cw_app *app, const struct cw_url *url, struct cw_conn **conn,
                          struct cw_err *err) {
  struct cw_conn_opts opts = {.application = "curlew scratch", .wait_ms = app->opts.wait_ms};
  return cw_conn_open(conn, url, &opts, err);
}

static int create_sql(struct cw_conn *conn, const char *name, struct strbuf *sql, struct cw_err *err) {
  strbuf_addf(sql, "CREATE DATABASE %s", name);
  if (strcmp(cw_conn_dialect(conn), "mysql") != 0) return 0;
  char *charset = NULL, *collation = NULL; /* as beside: what tables inherit decides how text compares */
  int failed = cw_conn_scalar(conn, "SELECT @@character_set_database", NULL, 0, &charset, err) ||
               cw_conn_scalar(conn, "SELECT @@collation_database", NULL, 0, &collation, err);
  if (!failed && charset && collation)
    strbuf_addf(sql, " CHARACTER SET %s COLLATE %s", charset, collation);
  free(charset);
  free(collation);
  return failed;
}

/* An option of the URL may win over its path: work on anything but the new database is not begun. */
static int verify(struct cw_app *app, const struct cw_scratch *scratch, struct cw_err *err) {
  struct cw_conn *conn = NULL;
  char *there = NULL;
  if (connect_beside(app, scratch->url, &conn, err)) return -1;
  const char *ask = strcmp(cw_conn_dialect(conn), "mysql") == 0 ? "SELECT DATABASE()"
                                                                 : "SELECT current_database()";
  int failed = cw_conn_scalar(conn, ask, NULL, 0, &there, err);
  cw_conn_free(conn);
  if (!failed && (!there || strcmp(there, scratch->name) != 0)) {
    cw_fail(err, CW_ERR_CONFIG, "the URL leads to the database %s whatever its path says, so no scratch "
            "database can be used", there ? there : "(none)");
    failed = cw_hint(err, "name the database in the URL's path only");
  }
  free(there);
  return failed;
}

static int drop_database(struct cw_app *app, const struct cw_scratch *scratch, struct cw_err *err) {
  struct cw_conn *conn = NULL;
  if (connect_beside(app, scratch->beside, &conn, err)) return -1;
  bool force = strcmp(cw_conn_server(conn), "postgresql") == 0 && strtol(cw_conn_version(conn), NULL, 10) >= 13;
  int failed = cw_conn_execf(conn, err, "DROP DATABASE IF EXISTS %s%s", scratch->name,
                             force ? " WITH (FORCE)" : "");
  cw_conn_free(conn);
  return failed;
}

/* The URL with another database in its path. */
static int other_database(struct cw_url **out, const struct cw_url *url, const char *name,
                          struct cw_err *err) {
  const char *rest = strstr(url->text, "://") + 3;
  size_t authority = strcspn(rest, "/?");
  const char *query = strchr(rest + authority, '?');
  char *text = xasprintf("%.*s/%s%s", (int)(rest + authority - url->text), url->text, name, query ? query : "");
  int failed = cw_url_parse(out, text, "/", err);
  free(text);
  return failed;
}

static int make_database(struct cw_app *app, struct cw_scratch *scratch, struct cw_err *err) {
  struct cw_conn *conn = NULL;
  struct strbuf sql = STRBUF_INIT;
  scratch->name = random_name();
  if (other_database(&scratch->url, scratch->beside, scratch->name, err) ||
      connect_beside(app, scratch->beside, &conn, err))
    return -1;
  int failed = create_sql(conn, scratch->name, &sql, err);
  if (!failed && cw_conn_exec(conn, sql.buf, err)) {
    cw_err_prefix(err, "no scratch database can be made: ");
    failed = cw_hint(err, "the user needs the right to create databases, or give the --url of a server where "
                          "it has it");
  }
  strbuf_release(&sql);
  cw_conn_free(conn);
  if (failed) return -1;
  if (verify(app, scratch, err) == 0) return 0;
  struct cw_err ignored = CW_ERR_INIT; /* the first error counts */
  drop_database(app, scratch, &ignored);
  cw_err_release(&ignored);
  return -1;
}

/* --- both ------------------------------------------------------------------------------------------- */

int cw_scratch_make(struct cw_app *app, const struct cw_config_db *db, const char *beside,
                    struct cw_err *err) {
  struct cw_scratch *scratch = xcalloc(1, sizeof *scratch);
  struct cw_url *url = NULL;
  int failed = beside ? cw_url_parse(&url, beside, app->config.dir, err) : cw_app_url(app, db, &url, err);
  if (!failed && beside && strcmp(url->scheme, "sqlite") == 0 && in_memory(url)) {
    failed = make_memory(scratch, url, err);
  } else if (!failed && strcmp(url->scheme, "sqlite") == 0) {
    failed = make_file(scratch, err);
    cw_url_free(url);
  } else if (!failed) {
    scratch->beside = url;
    failed = make_database(app, scratch, err);
  }
  if (failed) {
    scratch_free(scratch);
    return -1;
  }
  scratch->db = db;
  scratch->next = app->scratch;
  app->scratch = scratch;
  return 0;
}

int cw_scratch_drop(struct cw_app *app, const struct cw_config_db *db, struct cw_err *err) {
  struct cw_scratch **link = &app->scratch;
  while (*link && (*link)->db != db) link = &(*link)->next;
  struct cw_scratch *scratch = *link;
  if (!scratch) return 0;
  int failed = scratch->beside ? drop_database(app, scratch, err)
               : scratch->name ? drop_file(scratch, err)
                               : 0;
  if (failed) cw_err_prefix(err, "the scratch database %s stays: ", scratch->name);
  *link = scratch->next;
  scratch_free(scratch);
  return failed;
}

int cw_scratch_drop_first(struct cw_app *app, struct cw_err *err) {
  return app->scratch ? cw_scratch_drop(app, app->scratch->db, err) : 0;
}
