/* Opening SQLite files, with a reason in plain words when it can't be done, and the settings that
 * every session gets. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite/lite.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/suggest.h"

struct mode {
  const char *path; /* NULL: in memory */
  const char *shared; /* in memory: the name by which connections share it, or NULL */
  bool read_only, must_exist;
};

/* Class 58 tells conn.c that waiting does not help. */
static int fail(struct cw_err *err, const char *sqlstate, const char *path, const char *why) {
  cw_fail(err, CW_ERR_CONNECT, "the SQLite database %s can't be opened: %s", path, why);
  if (err) snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate);
  return -1;
}

/* --- the URL's options ------------------------------------------------------------------------- */

static int check_options(const struct cw_url *url, struct cw_err *err) {
  static const char *const known[] = {"mode", "timeout"};
  for (size_t i = 0; i < url->keys.len; i++) {
    const char *key = url->keys.items[i];
    if (strcmp(key, known[0]) == 0 || strcmp(key, known[1]) == 0) continue;
    cw_fail(err, CW_ERR_CONFIG, "the SQLite URL has the unknown option \"%s\"", key);
    const char *meant = cw_suggest(key, known, 2);
    if (meant) return cw_hint(err, "did you mean \"%s\"?", meant);
    return cw_hint(err, "it may have mode=ro, rw, rwc or memory, and timeout=SECONDS");
  }
  return 0;
}

static int read_mode(const struct cw_url *url, const struct cw_conn_opts *opts, struct mode *mode,
                     struct cw_err *err) {
  const char *name = cw_url_option(url, "mode");
  *mode = (struct mode){.path = url->path, .read_only = opts->read_only};
  if (!url->path) mode->shared = url->memory;
  if (!name || strcmp(name, "rwc") == 0) return 0;
  if (strcmp(name, "ro") == 0) {
    mode->read_only = mode->must_exist = true;
  } else if (strcmp(name, "rw") == 0) {
    mode->must_exist = true;
  } else if (strcmp(name, "memory") == 0) {
    mode->path = NULL;
    mode->shared = url->memory;
  } else {
    cw_fail(err, CW_ERR_CONFIG, "the SQLite URL has mode=%s", name);
    return cw_hint(err, "the modes are ro, rw, rwc and memory");
  }
  return 0;
}

static int read_timeout(struct lite_conn *c, const struct cw_conn_opts *opts, struct cw_err *err) {
  const char *text = cw_url_option(c->base.url, "timeout");
  c->busy_ms = opts->lock_wait_ms > 0 ? opts->lock_wait_ms : LITE_BUSY_MS;
  if (!text || cw_duration_parse(text, &c->busy_ms)) return 0;
  cw_fail(err, CW_ERR_CONFIG, "the SQLite URL has timeout=%s", text);
  return cw_hint(err, "write seconds, such as timeout=30");
}

/* --- what the file is -------------------------------------------------------------------------- */

/* The folder of a file that is not there; with `create` the file is about to be made. */
static int check_folder(const char *path, bool create, struct cw_err *err) {
  const char *slash = strrchr(path, '/');
  char *folder = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
  int failed = 0;
  if (access(folder, create ? W_OK | X_OK : F_OK)) {
    bool missing = errno == ENOENT;
    char *why = missing ? xasprintf("its folder %s does not exist", folder)
                        : xasprintf("no file can be made in %s: %s", folder, strerror(errno));
    fail(err, missing ? "58P01" : "42501", path, why);
    failed = missing ? cw_hint(err, "create the folder, or correct the URL; a relative path starts at "
                                    "curlew.lua's folder")
                     : cw_hint(err, "run curlew as a user that may write there");
    free(why);
  }
  free(folder);
  return failed;
}

/* Looks at the file before SQLite does, whose reasons are short. A file that is not there and is only
 * to be read is an empty database. */
static int look(struct mode *mode, struct cw_err *err) {
  struct stat st;
  if (!mode->path) return 0;
  if (stat(mode->path, &st) == 0) {
    if (S_ISDIR(st.st_mode)) return fail(err, "58030", mode->path, "it is a folder");
    return 0;
  }
  if (errno != ENOENT) return fail(err, "58030", mode->path, strerror(errno));
  if (check_folder(mode->path, !mode->read_only && !mode->must_exist, err)) return -1;
  if (mode->must_exist) {
    fail(err, "58P01", mode->path, "the file does not exist");
    return cw_hint(err, "without the URL's mode option it would be created");
  }
  if (mode->read_only) mode->path = NULL;
  return 0;
}

static int fail_open(struct lite_conn *c, int rc, const char *path, struct cw_err *err) {
  int primary = rc & 0xff, system = c->db ? sqlite3_system_errno(c->db) : 0;
  if (!path) path = "in memory";
  if (primary == SQLITE_BUSY) {
    cw_lite_fail(c, rc, NULL, err);
    if (err && err->code == CW_ERR_LOCK_TIMEOUT) err->code = CW_ERR_LOCKED;
    return -1;
  }
  if (primary == SQLITE_NOTADB) {
    fail(err, "58030", path, "it is no SQLite database, or an encrypted one");
    cw_hint(err, "correct the URL, or move the file away");
  } else if (primary == SQLITE_CANTOPEN && system) {
    fail(err, "58030", path, strerror(system));
  } else {
    fail(err, "58030", path, c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc));
  }
  if (err) err->native = rc;
  return -1;
}

/* --- the session ------------------------------------------------------------------------------- */

/* Called by SQLite while another connection holds the lock; 0 gives up. A stop ends the wait for a
 * lock, but not that of a transaction under way, which is about to end anyway. */
static int wait_for_lock(void *ctx, int count) {
  static const int pauses[] = {1, 2, 5, 10, 15, 20, 25};
  struct lite_conn *c = ctx;
  int64_t now = cw_clock_ms();
  if (count == 0) c->busy_since = now;
  int64_t left = c->busy_ms - (now - c->busy_since);
  if (left <= 0 || atomic_load(&c->cancelled)) return 0;
  const volatile int *stop = sqlite3_get_autocommit(c->db) ? c->base.stop : NULL;
  if (stop && *stop) {
    c->stopped = true;
    return 0;
  }
  int n = sizeof pauses / sizeof *pauses, pause = pauses[count < n ? count : n - 1];
  cw_clock_sleep(pause < left ? pause : left, stop);
  return 1;
}

/* recursive_triggers and the journal's mode belong to the database's owner. A reader is a connection
 * that may write, told not to: a read-only one can't roll back what a crash left behind, and leaves
 * files of its own beside a WAL database. */
static int settle(struct lite_conn *c, const struct mode *mode, struct cw_err *err) {
  sqlite3_extended_result_codes(c->db, 1);
  sqlite3_busy_handler(c->db, wait_for_lock, c);
  sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL); /* rebuilds write to sqlite_master */
  int rc = sqlite3_exec(c->db,
                        "PRAGMA encoding = 'UTF-8'; PRAGMA foreign_keys = ON; "
                        "PRAGMA legacy_alter_table = OFF; PRAGMA synchronous = FULL; "
                        "PRAGMA schema_version",
                        NULL, NULL, NULL);
  if (rc == SQLITE_OK && mode->read_only)
    rc = sqlite3_exec(c->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
  return rc == SQLITE_OK ? 0 : fail_open(c, rc, mode->path, err);
}

static int open_file(struct lite_conn *c, const struct mode *mode, struct cw_err *err) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (!mode->path || !(mode->read_only || mode->must_exist)) flags |= SQLITE_OPEN_CREATE;
  /* Debian's SQLite takes "file:..." for a URI. */
  bool plain = !mode->path || mode->path[0] == '/';
  char *name;
  if (!mode->path && mode->shared && sqlite3_libversion_number() >= LITE_SHARED_MEMORY) {
    name = xasprintf("file:/%s?vfs=memdb", mode->shared);
    flags |= SQLITE_OPEN_URI;
  } else {
    name = xasprintf("%s%s", plain ? "" : "./", mode->path ? mode->path : ":memory:");
  }
  int rc = sqlite3_open_v2(name, &c->db, flags, NULL);
  free(name);
  if (rc != SQLITE_OK) return fail_open(c, rc, mode->path, err);
  if (settle(c, mode, err)) return -1;
  if (mode->read_only || !mode->path || sqlite3_db_readonly(c->db, "main") != 1) return 0;
  fail(err, "42501", mode->path, "it may only be read (its permissions, or the file system's)");
  return cw_hint(err, "run curlew as a user that may write the file and its folder");
}

static int check_version(struct cw_err *err) {
  if (sqlite3_libversion_number() >= LITE_OLDEST) return 0;
  cw_fail(err, CW_ERR_NO_DRIVER, "SQLite %s is too old: curlew needs 3.35 or newer",
          sqlite3_libversion());
  return cw_hint(err, "install a newer libsqlite3-0");
}

int cw_lite_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
                 struct cw_err *err) {
  struct mode mode;
  if (check_version(err) || check_options(url, err) || read_mode(url, opts, &mode, err) ||
      look(&mode, err))
    return -1;
  struct lite_conn *c = xcalloc(1, sizeof *c);
  cw_conn_init(&c->base, &cw_sqlite_driver, url, opts);
  c->base.version = xstrdup(sqlite3_libversion());
  if (read_timeout(c, opts, err) || open_file(c, &mode, err)) {
    cw_conn_free(&c->base);
    return -1;
  }
  *out = &c->base;
  return 0;
}

void cw_lite_close(struct cw_conn *conn) {
  struct lite_conn *c = (struct lite_conn *)conn;
  cw_lite_forget(c);
  sqlite3_close_v2(c->db);
  free(c);
}
