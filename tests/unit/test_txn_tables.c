/* The service tables: found, made, named; and the clock, the who and the savepoints beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "txn/lock.h"
#include "txn/tables.h"
#include "txn/txn.h"
#include "txn/who.h"
#include "util/alloc.h"

static struct cw_conn *conn;
static struct cw_tables tables;
static struct cw_err err = CW_ERR_INIT;

static int setup(void **state) {
  (void)state;
  struct cw_url *url;
  if (cw_url_parse(&url, "sqlite://", ".", &err) || cw_conn_open(&conn, url, NULL, &err)) return -1;
  cw_url_free(url);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  cw_tables_release(&tables);
  cw_conn_free(conn);
  cw_err_release(&err);
  return 0;
}

static void open_ok(const char *name) {
  if (cw_tables_open(&tables, conn, name, NULL, &err)) fail_msg("%s", err.message);
}

static void scalar(const char *sql, const char *want) {
  char *got = NULL;
  if (cw_conn_scalar(conn, sql, NULL, 0, &got, &err)) fail_msg("%s", err.message);
  assert_string_equal(got ? got : "NULL", want);
  free(got);
}

static void nothing_is_made_by_looking(void **state) {
  (void)state;
  open_ok("curlew_version");
  assert_false(tables.exists[CW_TABLE_VERSION]);
  scalar("SELECT count(*) FROM sqlite_master", "0");
}

static void all_tables_are_made_once(void **state) {
  (void)state;
  open_ok("curlew_version");
  assert_int_equal(cw_tables_create(&tables, conn, true, &err), 0);
  assert_int_equal(cw_tables_create(&tables, conn, true, &err), 0);
  cw_tables_release(&tables);
  open_ok("curlew_version");
  for (int i = 0; i < CW_TABLES; i++) assert_true(tables.exists[i]);
  assert_int_equal(tables.version_width, 128);
  char *count = xasprintf("%d", CW_TABLES);
  scalar("SELECT count(*) FROM sqlite_master WHERE type = 'table'", count);
  free(count);
}

static void the_version_table_alone_can_be_made(void **state) {
  (void)state;
  open_ok("v");
  assert_int_equal(cw_tables_create(&tables, conn, false, &err), 0);
  scalar("SELECT sql FROM sqlite_master WHERE type = 'table'",
         "CREATE TABLE \"v\" (version_num VARCHAR(128) NOT NULL PRIMARY KEY)");
}

static void a_narrow_table_is_measured(void **state) {
  (void)state;
  cw_conn_exec(conn, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)", &err);
  open_ok("alembic_version");
  assert_true(tables.exists[CW_TABLE_VERSION]);
  assert_int_equal(tables.version_width, 32);
}

static void a_table_of_another_kind_is_refused(void **state) {
  (void)state;
  cw_conn_exec(conn, "CREATE TABLE users (id INTEGER)", &err);
  assert_int_equal(cw_tables_open(&tables, conn, "users", NULL, &err), -1);
  assert_int_equal(err.code, CW_ERR_CONFIG);
}

static void names_that_need_quotes_get_them(void **state) {
  (void)state;
  open_ok("Odd \"name");
  assert_string_equal(tables.quoted[CW_TABLE_STEP], "\"Odd \"\"name_step\"");
  assert_int_equal(cw_tables_create(&tables, conn, true, &err), 0);
  cw_tables_release(&tables);
  open_ok("current_user");
  assert_string_equal(tables.quoted[CW_TABLE_VERSION], "\"current_user\"");
  cw_tables_release(&tables);
  char *long_name = xmalloc(61);
  memset(long_name, 'x', 60);
  long_name[60] = '\0';
  assert_int_equal(cw_tables_open(&tables, conn, long_name, NULL, &err), -1);
  assert_int_equal(err.code, CW_ERR_CONFIG);
  free(long_name);
}

static void times_are_utc_and_go_back(void **state) {
  (void)state;
  char now[32], before[32];
  open_ok("curlew_version");
  cw_tables_now(&tables, 0, now);
  cw_tables_now(&tables, 3600000, before);
  assert_int_equal(strlen(now), strlen("2026-11-20 10:30:00.123"));
  assert_true(strcmp(before, now) < 0);
  char *sql = xasprintf("SELECT abs(julianday('%s') - julianday('now')) * 86400 < 5", now);
  scalar(sql, "1");
  free(sql);
}

static void a_savepoint_that_is_rolled_back_is_gone(void **state) {
  (void)state;
  cw_conn_exec(conn, "CREATE TABLE t (id INTEGER)", &err);
  assert_int_equal(cw_txn_begin(conn, NULL, &err), 0);
  assert_int_equal(cw_txn_savepoint(conn, 1, &err), 0);
  assert_int_equal(cw_conn_exec(conn, "INSERT INTO t VALUES (1)", &err), 0);
  assert_int_equal(cw_txn_rollback_to(conn, 1, &err), 0);
  assert_int_equal(cw_txn_commit(conn, &err), 0);
  scalar("SELECT count(*) FROM t", "0");
}

static void a_commit_without_its_transaction_fails(void **state) {
  (void)state;
  assert_int_equal(cw_txn_begin(conn, NULL, &err), 0);
  assert_int_equal(cw_conn_exec(conn, "ROLLBACK", &err), 0);
  assert_int_equal(cw_txn_commit(conn, &err), -1);
  assert_int_equal(err.code, CW_ERR_STATEMENT);
}

static void processes_are_told_apart(void **state) {
  (void)state;
  struct cw_who me;
  bool known;
  cw_who_am_i(&me);
  assert_true(cw_who_alive(me.host, me.pid, me.born, &known));
  assert_true(known);
  assert_false(cw_who_alive(me.host, me.pid, me.born + 1, &known));
  assert_true(known);
  assert_false(cw_who_alive("elsewhere", me.pid, me.born, &known));
  assert_false(known);
}

static void sqlite_needs_no_lock(void **state) {
  (void)state;
  struct cw_lock *lock;
  json_t *holder;
  open_ok("curlew_version");
  struct cw_lock_opts opts = {
      .conn = conn, .tables = &tables, .kind = "auto", .run = "r", .command = "upgrade"};
  assert_int_equal(cw_lock_acquire(&lock, &opts, NULL, &err), 0);
  assert_int_equal(cw_lock_fence(lock, &err), 0);
  assert_int_equal(cw_lock_holder(conn, &tables, &holder, &err), 0);
  assert_null(holder);
  cw_lock_release(lock);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(nothing_is_made_by_looking),      T(all_tables_are_made_once),
      T(the_version_table_alone_can_be_made), T(a_narrow_table_is_measured),
      T(a_table_of_another_kind_is_refused), T(names_that_need_quotes_get_them),
      T(times_are_utc_and_go_back),       T(a_savepoint_that_is_rolled_back_is_gone),
      T(a_commit_without_its_transaction_fails), T(processes_are_told_apart),
      T(sqlite_needs_no_lock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
