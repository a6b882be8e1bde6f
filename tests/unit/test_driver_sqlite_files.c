/* SQLite files: opened, refused with a reason, read without a trace, shared with other connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/db.h"
#include "support/driver_contract.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

/* --- a folder for each test -------------------------------------------------------------------- */

static char *in(const char *folder, const char *name) {
  return xasprintf("%s/%s", folder, name);
}

static int set_up(void **state) {
  char *folder = xstrdup("/tmp/curlew-files-XXXXXX");
  *state = mkdtemp(folder);
  return *state ? 0 : -1;
}

static int tear_down(void **state) {
  char *folder = *state;
  DIR *dir = opendir(folder);
  for (struct dirent *e; (e = readdir(dir));) {
    char *path = in(folder, e->d_name);
    if (e->d_name[0] != '.' && unlink(path)) rmdir(path);
    free(path);
  }
  closedir(dir);
  int failed = rmdir(folder);
  free(folder);
  return failed;
}

static int files_in(const char *folder) {
  DIR *dir = opendir(folder);
  int count = 0;
  for (struct dirent *e; (e = readdir(dir));) count += e->d_name[0] != '.';
  closedir(dir);
  return count;
}

static void write_file(const char *folder, const char *name, const char *text) {
  char *path = in(folder, name);
  FILE *out = fopen(path, "wb");
  assert_non_null(out);
  fputs(text, out);
  fclose(out);
  free(path);
}

static int try_open(const char *folder, const char *name, const struct cw_conn_opts *opts,
                    struct cw_conn **out, struct cw_err *err) {
  char *text = xasprintf("sqlite:///%s", name);
  struct cw_url *url = NULL;
  int failed = cw_url_parse(&url, text, folder, err);
  if (!failed) failed = cw_conn_open(out, url, opts, err);
  cw_url_free(url);
  free(text);
  return failed;
}

static struct cw_conn *open_with(const char *folder, const char *name,
                                 const struct cw_conn_opts *opts) {
  struct cw_conn *conn;
  struct cw_err err = CW_ERR_INIT;
  if (try_open(folder, name, opts, &conn, &err)) fail_msg("%s: %s", name, err.message);
  return conn;
}

static struct cw_conn *open_db(const char *folder, const char *name) {
  return open_with(folder, name, NULL);
}

static struct cw_conn *open_reader(const char *folder, const char *name) {
  return open_with(folder, name, &(struct cw_conn_opts){.read_only = true});
}

static void refuses(const char *folder, const char *name, bool read_only, enum cw_errcode code,
                    const char *message) {
  struct cw_conn *conn;
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn_opts opts = {.read_only = read_only, .wait_ms = 20000};
  int64_t began = cw_clock_ms();
  if (try_open(folder, name, &opts, &conn, &err) == 0) fail_msg("%s is opened", name);
  if (err.code != code || !strstr(err.message, message)) fail_msg("%s: %s", name, err.message);
  assert_true(cw_clock_ms() - began < 10000); /* waiting would not help, so it does not wait */
  cw_err_release(&err);
}

/* --- opening ----------------------------------------------------------------------------------- */

static void a_missing_file_is_created(void **state) {
  struct cw_conn *conn = open_db(*state, "new.db");
  contract_exec(conn, "CREATE TABLE t (a)");
  assert_string_equal(cw_conn_server(conn), "sqlite");
  assert_true(strlen(cw_conn_version(conn)) >= 6);
  cw_conn_free(conn);
  conn = open_db(*state, "new.db");
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM t"), 0);
  cw_conn_free(conn);
}

static void a_name_like_a_uri_is_a_name(void **state) {
  struct cw_conn *conn = open_db(*state, "file:x%3Fmode=memory");
  contract_exec(conn, "CREATE TABLE t (a)");
  cw_conn_free(conn);
  assert_int_equal(files_in(*state), 1);
}

static void what_cannot_be_opened_says_why(void **state) {
  const char *folder = *state;
  write_file(folder, "text.db", "This is no database, and longer than a header would be: 0123456789"
                                "012345678901234567890123456789012345678901234567890123456789");
  char *sub = in(folder, "sub");
  mkdir(sub, 0777);
  for (int read_only = 0; read_only < 2; read_only++) {
    refuses(folder, "text.db", read_only, CW_ERR_CONNECT, "it is no SQLite database");
    refuses(folder, "sub", read_only, CW_ERR_CONNECT, "it is a folder");
    refuses(folder, "nowhere/x.db", read_only, CW_ERR_CONNECT, "/nowhere does not exist");
    refuses(folder, "text.db/x.db", read_only, CW_ERR_CONNECT, "Not a directory");
    refuses(folder, "none.db?mode=ro", read_only, CW_ERR_CONNECT, "the file does not exist");
    refuses(folder, "none.db?mode=rw", false, CW_ERR_CONNECT, "the file does not exist");
    refuses(folder, "x.db?mode=rx", read_only, CW_ERR_CONFIG, "mode=rx");
    refuses(folder, "x.db?mod=ro", read_only, CW_ERR_CONFIG, "\"mod\"");
    refuses(folder, "x.db?timeout=soon", read_only, CW_ERR_CONFIG, "timeout=soon");
  }
  assert_int_equal(files_in(folder), 2);
  free(sub);
}

/* Root may write everything, so the case runs as nobody in a process of its own. */
static void a_file_that_may_only_be_read_is_refused_to_writers(void **state) {
  const char *folder = *state;
  if (geteuid() != 0) skip();
  struct cw_conn *conn = open_db(folder, "ro.db");
  contract_exec(conn, "CREATE TABLE t (a)");
  cw_conn_free(conn);
  char *path = in(folder, "ro.db");
  chmod(path, 0444);
  chmod(folder, 0755);
  free(path); /* here, so that the child has nothing to leak */
  pid_t child = fork();
  if (child == 0) {
    struct cw_err err = CW_ERR_INIT;
    if (setgid(65534) || setuid(65534)) _exit(10);
    if (try_open(folder, "ro.db", NULL, &conn, &err) == 0) _exit(11);
    if (err.code != CW_ERR_CONNECT || !strstr(err.message, "may only be read")) _exit(12);
    cw_err_release(&err);
    if (try_open(folder, "ro.db", &(struct cw_conn_opts){.read_only = true}, &conn, &err)) _exit(13);
    cw_conn_free(conn);
    if (try_open(folder, "new.db", NULL, &conn, &err) == 0) _exit(14);
    if (err.code != CW_ERR_CONNECT || !strstr(err.message, "Permission denied")) _exit(15);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
}

static void sessions_have_fixed_settings(void **state) {
  struct cw_conn *conn = open_db(*state, "a.db");
  assert_int_equal(contract_int(conn, "PRAGMA foreign_keys"), 1);
  assert_int_equal(contract_int(conn, "PRAGMA synchronous"), 2);
  assert_int_equal(contract_int(conn, "PRAGMA legacy_alter_table"), 0);
  assert_int_equal(contract_int(conn, "PRAGMA recursive_triggers"), 0);
  char *text = contract_scalar(conn, "PRAGMA encoding");
  assert_string_equal(text, "UTF-8");
  free(text);
  contract_exec(conn, "PRAGMA journal_mode = WAL");
  cw_conn_free(conn);
  conn = open_db(*state, "a.db");
  text = contract_scalar(conn, "PRAGMA journal_mode");
  assert_string_equal(text, "wal"); /* the owner's choice stays */
  free(text);
  cw_conn_free(conn);
}

static void a_utf16_database_gives_utf8(void **state) {
  struct cw_conn *conn = open_db(*state, "a.db");
  contract_exec(conn, "PRAGMA encoding = 'UTF-16le'");
  contract_exec(conn, "CREATE TABLE t (a TEXT)");
  const struct cw_value text = cw_text("\xE2\x82\xAC \xF0\x9F\x98\x80");
  assert_int_equal(contract_run(conn, "INSERT INTO t VALUES (?)", 1, &text), 1);
  cw_conn_free(conn);
  conn = open_db(*state, "a.db");
  contract_value(conn, "SELECT a FROM t", 0, NULL, text);
  cw_conn_free(conn);
}

/* --- reading without a trace ------------------------------------------------------------------- */

static void a_missing_file_reads_as_empty_and_stays_missing(void **state) {
  struct cw_conn *conn = open_reader(*state, "none.db");
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM sqlite_master"), 0);
  cw_conn_free(conn);
  assert_int_equal(files_in(*state), 0);
}

static void a_reader_cannot_write(void **state) {
  struct cw_conn *conn = open_db(*state, "a.db");
  contract_exec(conn, "CREATE TABLE t (a)");
  cw_conn_free(conn);
  conn = open_reader(*state, "a.db");
  struct cw_err err = CW_ERR_INIT;
  contract_fails(conn, "INSERT INTO t VALUES (1)", 0, NULL, &err);
  assert_string_equal(err.sqlstate, "25006");
  cw_err_release(&err);
  contract_fails(conn, "CREATE TABLE u (a)", 0, NULL, &err);
  cw_err_release(&err);
  cw_conn_free(conn);
}

static void reading_leaves_file_and_folder_as_they_were(void **state) {
  static const char *const modes[] = {"DELETE", "WAL"};
  char *path = in(*state, "a.db");
  for (size_t i = 0; i < 2; i++) {
    struct cw_conn *conn = open_db(*state, "a.db");
    contract_exec(conn, "PRAGMA journal_mode = %s", modes[i]);
    contract_exec(conn, "CREATE TABLE t%zu (a)", i);
    cw_conn_free(conn);
    struct stat before, after;
    const struct timespec past[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    utimensat(AT_FDCWD, path, past, 0);
    stat(path, &before);
    conn = open_reader(*state, "a.db");
    assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM t0"), 0);
    cw_conn_free(conn);
    stat(path, &after);
    assert_int_equal(before.st_mtime, after.st_mtime);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(files_in(*state), 1);
  }
  free(path);
}

static void copy_file(const char *folder, const char *from, const char *to) {
  char *a = in(folder, from), *b = in(folder, to), buf[4096];
  FILE *source = fopen(a, "rb"), *target = fopen(b, "wb");
  assert_true(source && target);
  for (size_t n; (n = fread(buf, 1, sizeof buf, source)) > 0;) fwrite(buf, 1, n, target);
  fclose(source);
  fclose(target);
  free(a);
  free(b);
}

/* What a killed writer leaves: a file with half a transaction in it, and the journal that undoes it. */
static void a_reader_rolls_back_what_a_crash_left(void **state) {
  struct cw_conn *conn = open_db(*state, "a.db");
  contract_exec(conn, "CREATE TABLE t (a INTEGER, b TEXT)");
  contract_exec(conn, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
                      "INSERT INTO t SELECT 1, printf('%%200d', i) FROM n");
  contract_exec(conn, "PRAGMA cache_size = 2"); /* so that changed pages reach the file early */
  contract_exec(conn, "BEGIN");
  contract_exec(conn, "UPDATE t SET a = 2");
  copy_file(*state, "a.db", "hot.db");
  copy_file(*state, "a.db-journal", "hot.db-journal");
  contract_exec(conn, "ROLLBACK");
  cw_conn_free(conn);
  conn = open_reader(*state, "hot.db");
  assert_int_equal(contract_int(conn, "SELECT SUM(a) FROM t"), 500);
  cw_conn_free(conn);
}

/* --- other connections ------------------------------------------------------------------------- */

static void a_held_lock_is_waited_for_only_so_long(void **state) {
  struct cw_conn *holder = open_db(*state, "a.db");
  struct cw_conn *conn = open_with(*state, "a.db", &(struct cw_conn_opts){.lock_wait_ms = 150});
  struct cw_err err = CW_ERR_INIT;
  contract_exec(holder, "BEGIN IMMEDIATE");
  int64_t began = cw_clock_ms();
  contract_fails(conn, "BEGIN IMMEDIATE", 0, NULL, &err);
  assert_true(cw_clock_ms() - began >= 140);
  assert_int_equal(err.code, CW_ERR_LOCK_TIMEOUT);
  assert_string_equal(err.sqlstate, "55P03");
  cw_err_release(&err);
  assert_false(cw_conn_in_txn(conn));
  contract_exec(holder, "COMMIT");
  contract_exec(conn, "BEGIN IMMEDIATE");
  cw_conn_free(conn);
  cw_conn_free(holder);
}

static void *commit_soon(void *conn) {
  usleep(200 * 1000);
  contract_exec(conn, "COMMIT");
  return NULL;
}

static void a_lock_that_is_let_go_is_had(void **state) {
  struct cw_conn *holder = open_db(*state, "a.db"), *conn = open_db(*state, "a.db");
  pthread_t thread;
  contract_exec(holder, "CREATE TABLE t (a)");
  contract_exec(holder, "BEGIN IMMEDIATE");
  pthread_create(&thread, NULL, commit_soon, holder);
  contract_exec(conn, "INSERT INTO t VALUES (1)");
  pthread_join(thread, NULL);
  cw_conn_free(conn);
  cw_conn_free(holder);
}

static void *raise_flag(void *flag) {
  usleep(100 * 1000);
  *(volatile int *)flag = 1;
  return NULL;
}

static void *cancel(void *conn) {
  usleep(100 * 1000);
  cw_conn_cancel(conn);
  return NULL;
}

static void waiting_for_a_lock_can_be_stopped_or_cancelled(void **state) {
  volatile int stop = 0;
  struct cw_conn *holder = open_db(*state, "a.db");
  struct cw_conn *conn = open_with(*state, "a.db", &(struct cw_conn_opts){
                                                       .stop = &stop, .lock_wait_ms = 60000});
  struct cw_err err = CW_ERR_INIT;
  pthread_t thread;
  contract_exec(holder, "BEGIN IMMEDIATE");
  pthread_create(&thread, NULL, cancel, conn);
  contract_fails(conn, "BEGIN IMMEDIATE", 0, NULL, &err);
  pthread_join(thread, NULL);
  assert_int_equal(err.code, CW_ERR_INTERRUPTED);
  cw_err_release(&err);
  pthread_create(&thread, NULL, raise_flag, (void *)&stop);
  contract_fails(conn, "BEGIN IMMEDIATE", 0, NULL, &err);
  pthread_join(thread, NULL);
  assert_int_equal(err.code, CW_ERR_INTERRUPTED);
  cw_err_release(&err);
  cw_conn_free(conn);
  cw_conn_free(holder);
}

static void a_snapshot_that_is_too_old_can_be_tried_again(void **state) {
  struct cw_conn *a = open_db(*state, "a.db"), *b = open_db(*state, "a.db");
  struct cw_err err = CW_ERR_INIT;
  contract_exec(a, "PRAGMA journal_mode = WAL");
  contract_exec(a, "CREATE TABLE t (a)");
  contract_exec(a, "BEGIN");
  assert_int_equal(contract_int(a, "SELECT COUNT(*) FROM t"), 0);
  contract_exec(b, "INSERT INTO t VALUES (1)");
  contract_fails(a, "INSERT INTO t VALUES (2)", 0, NULL, &err);
  assert_int_equal(err.code, CW_ERR_LOCK_TIMEOUT);
  assert_string_equal(err.sqlstate, "40001");
  cw_err_release(&err);
  contract_exec(a, "ROLLBACK");
  contract_exec(a, "INSERT INTO t VALUES (2)");
  cw_conn_free(a);
  cw_conn_free(b);
}

static void a_file_locked_for_good_cannot_be_opened(void **state) {
  struct cw_conn *holder = open_db(*state, "a.db"), *conn;
  struct cw_err err = CW_ERR_INIT;
  contract_exec(holder, "BEGIN EXCLUSIVE");
  struct cw_conn_opts opts = {.lock_wait_ms = 50};
  assert_int_equal(try_open(*state, "a.db", &opts, &conn, &err), -1);
  assert_int_equal(err.code, CW_ERR_LOCKED);
  cw_err_release(&err);
  cw_conn_free(holder);
}

static void the_url_sets_the_patience(void **state) {
  struct cw_conn *holder = open_db(*state, "a.db"), *conn = open_db(*state, "a.db?timeout=0.05");
  struct cw_err err = CW_ERR_INIT;
  contract_exec(holder, "BEGIN IMMEDIATE");
  int64_t began = cw_clock_ms();
  contract_fails(conn, "BEGIN IMMEDIATE", 0, NULL, &err);
  assert_true(cw_clock_ms() - began < 3000);
  cw_err_release(&err);
  cw_conn_free(conn);
  cw_conn_free(holder);
}

static void a_running_statement_is_cancelled_by_another_thread(void **state) {
  struct cw_conn *conn = open_db(*state, "a.db");
  struct cw_err err = CW_ERR_INIT;
  pthread_t thread;
  pthread_create(&thread, NULL, cancel, conn);
  contract_fails(conn, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                       "SELECT COUNT(*) FROM n", 0, NULL, &err);
  pthread_join(thread, NULL);
  assert_int_equal(err.code, CW_ERR_INTERRUPTED);
  assert_string_equal(err.sqlstate, "57014");
  cw_err_release(&err);
  assert_int_equal(contract_int(conn, "SELECT 1"), 1); /* the next one runs */
  cw_conn_free(conn);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      T(a_missing_file_is_created),
      T(a_name_like_a_uri_is_a_name),
      T(what_cannot_be_opened_says_why),
      T(a_file_that_may_only_be_read_is_refused_to_writers),
      T(sessions_have_fixed_settings),
      T(a_utf16_database_gives_utf8),
      T(a_missing_file_reads_as_empty_and_stays_missing),
      T(a_reader_cannot_write),
      T(reading_leaves_file_and_folder_as_they_were),
      T(a_reader_rolls_back_what_a_crash_left),
      T(a_held_lock_is_waited_for_only_so_long),
      T(a_lock_that_is_let_go_is_had),
      T(waiting_for_a_lock_can_be_stopped_or_cancelled),
      T(a_snapshot_that_is_too_old_can_be_tried_again),
      T(a_file_locked_for_good_cannot_be_opened),
      T(the_url_sets_the_patience),
      T(a_running_statement_is_cancelled_by_another_thread),
  };
#undef T
  return cmocka_run_group_tests_name("sqlite files", tests, NULL, NULL);
}
