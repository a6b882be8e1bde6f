/* Upgrades and downgrades on a SQLite file, through everything but Lua. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fake_project.h"
#include "util/alloc.h"

static struct project p;

static int setup(void **state) {
  (void)state;
  project_init(&p, "");
  project_write(&p, "a", "# first\nrev a\nup\nmake t\nsql INSERT INTO t VALUES (1)\ndown\ndrop t\n");
  project_write(&p, "b", "# second\nrev b\ndown a\nup\ncolumn t c\ndown\nraw ALTER TABLE t DROP c\n");
  return 0;
}

static int teardown(void **state) {
  (void)state;
  project_release(&p);
  return 0;
}

static void expect(const char *sql, const char *want) {
  char *got = project_query(&p, sql);
  assert_string_equal(got, want);
  free(got);
}

static void ok(int failed) {
  if (failed) fail_msg("%s | %s", p.err.message, p.err.hint ? p.err.hint : "");
}

static void upgrade_applies_all_and_reports_each(void **state) {
  (void)state;
  ok(project_upgrade(&p, "head"));
  expect("SELECT version_num FROM curlew_version", "b");
  expect("SELECT id, c FROM t", "1|");
  assert_string_equal(p.log.buf, "start 2\nbegin a\nstep 1 make t\n"
                                 "step 2 INSERT INTO t VALUES (1)\ndone 1/2 a\n"
                                 "begin b\nstep 1 column t c\ndone 2/2 b\nend [b]\n");
  expect("SELECT revision, direction, outcome, title FROM curlew_version_journal",
         "a|up|done|first\nb|up|done|second");
  expect("SELECT count(*) FROM curlew_version_step", "0");
  expect("SELECT command, words, target, outcome FROM curlew_version_run", "upgrade|head|b|done");
}

static void journal_keeps_script_and_checksum(void **state) {
  (void)state;
  ok(project_upgrade(&p, "a"));
  expect("SELECT script, length(checksum), host <> '', pid > 0, started_at <= finished_at "
         "FROM curlew_version_journal",
         "# first\nrev a\nup\nmake t\nsql INSERT INTO t VALUES (1)\ndown\ndrop t\n|64|1|1|1");
}

static void a_second_upgrade_has_nothing_to_do(void **state) {
  (void)state;
  ok(project_upgrade(&p, "head"));
  strbuf_reset(&p.log);
  ok(project_upgrade(&p, "head"));
  assert_non_null(strstr(p.log.buf, "start 0\n"));
  assert_non_null(strstr(p.log.buf, "end [b]\n"));
  expect("SELECT count(*) FROM curlew_version_run", "1");
}

static void down_and_up_again(void **state) {
  (void)state;
  ok(project_upgrade(&p, "head"));
  ok(project_downgrade(&p, "-1"));
  expect("SELECT version_num FROM curlew_version", "a");
  ok(project_downgrade(&p, "base"));
  expect("SELECT count(*) FROM curlew_version", "0");
  expect("SELECT count(*) FROM sqlite_master WHERE name = 't'", "0");
  ok(project_upgrade(&p, "+2"));
  expect("SELECT version_num FROM curlew_version", "b");
}

static void a_failed_revision_leaves_nothing_but_a_record(void **state) {
  (void)state;
  project_write(&p, "b", "# second\nrev b\ndown a\nup\ncolumn t c\nsql INSERT INTO nowhere VALUES (1)\n");
  assert_int_equal(project_upgrade(&p, "head"), -1);
  assert_int_equal(p.err.code, CW_ERR_STATEMENT);
  assert_string_equal(p.err.revision, "b");
  assert_int_equal(p.err.step, 2);
  assert_string_equal(p.err.file, "fake");
  assert_non_null(strstr(p.err.hint, "1 of 2 done, the database is at a"));
  expect("SELECT version_num FROM curlew_version", "a");
  expect("SELECT count(*) FROM pragma_table_info('t')", "1");
  expect("SELECT revision, outcome, error_text LIKE '%nowhere%' FROM curlew_version_journal",
         "a|done|\nb|failed|1");
}

static void an_error_that_the_script_catches_is_handled_by_a_savepoint(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nsavepoint\nsql INSERT INTO t VALUES (2)\n"
                         "try sql INSERT INTO nowhere VALUES (1)\nrollback\nsavepoint\n"
                         "sql INSERT INTO t VALUES (3)\nkeep\n");
  ok(project_upgrade(&p, "head"));
  expect("SELECT id FROM t", "1\n3");
}

static void relative_words_go_on_to_where_they_were_going(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nfail not yet\n");
  project_write(&p, "c", "rev c\ndown b\nup\nmake c\n");
  assert_int_equal(project_upgrade(&p, "+2"), -1);
  assert_int_equal(p.err.code, CW_ERR_SCRIPT);
  project_write(&p, "b", "rev b\ndown a\nup\n");
  strbuf_reset(&p.log);
  ok(project_upgrade(&p, "+2"));
  assert_non_null(strstr(p.log.buf, "note going on with an unfinished run: +2 meant b then"));
  expect("SELECT version_num FROM curlew_version", "b");
  expect("SELECT words, outcome FROM curlew_version_run", "+2|done");
}

static void other_words_close_the_unfinished_run(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nfail not yet\n");
  assert_int_equal(project_upgrade(&p, "+2"), -1);
  ok(project_downgrade(&p, "base"));
  expect("SELECT words, outcome FROM curlew_version_run ORDER BY 1", "+2|abandoned\nbase|done");
}

static void a_script_cannot_send_commit(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nmake u\nraw COMMIT\n");
  assert_int_equal(project_upgrade(&p, "head"), -1);
  assert_non_null(strstr(p.err.message, "COMMIT"));
  expect("SELECT count(*) FROM sqlite_master WHERE name = 'u'", "0");
}

static void ids_too_long_for_a_narrow_table_are_refused_first(void **state) {
  (void)state;
  project_exec(&p, "CREATE TABLE curlew_version (version_num VARCHAR(4) NOT NULL PRIMARY KEY)");
  project_write(&p, "b", "rev abcdefgh\ndown a\nup\n");
  assert_int_equal(project_upgrade(&p, "head"), -1);
  assert_int_equal(p.err.code, CW_ERR_ID_TOO_LONG);
  expect("SELECT count(*) FROM sqlite_master WHERE name = 't'", "0");
}

static void a_stop_signal_ends_the_run_between_revisions(void **state) {
  (void)state;
  p.stop = 1;
  assert_int_equal(project_upgrade(&p, "head"), -1);
  assert_int_equal(p.err.code, CW_ERR_INTERRUPTED);
  p.stop = 0;
  ok(project_upgrade(&p, "head"));
}

static void stamp_rewrites_rows_only(void **state) {
  (void)state;
  ok(project_stamp(&p, "b"));
  expect("SELECT version_num FROM curlew_version", "b");
  expect("SELECT count(*) FROM sqlite_master WHERE name = 't'", "0");
  expect("SELECT revision, direction, outcome FROM curlew_version_journal", "b|stamp|done");
  ok(project_stamp(&p, "base"));
  expect("SELECT count(*) FROM curlew_version", "0");
}

static void unknown_ids_are_explained_from_the_journal(void **state) {
  (void)state;
  ok(project_upgrade(&p, "head"));
  project_remove(&p, "b");
  assert_int_equal(project_upgrade(&p, "head"), -1);
  assert_int_equal(p.err.code, CW_ERR_UNKNOWN_IN_DATABASE);
  assert_non_null(strstr(p.err.message, "b was applied at 20"));
  assert_non_null(strstr(p.err.message, "(second)"));
}

static void changed_files_are_seen_in_the_status(void **state) {
  (void)state;
  ok(project_upgrade(&p, "head"));
  project_write(&p, "a", "# first\r\nrev a\r\nup\r\nmake t\r\nsql INSERT INTO t VALUES (1)\r\ndown\r\ndrop t\r\n");
  json_t *status = project_status(&p);
  assert_non_null(status);
  assert_int_equal(json_array_size(json_object_get(status, "changed")), 0);
  assert_int_equal(json_array_size(json_object_get(status, "applied")), 2);
  json_decref(status);
  project_write(&p, "a", "# first\nrev a\nup\nmake t\nmake other\n");
  status = project_status(&p);
  json_t *changed = json_array_get(json_object_get(status, "changed"), 0);
  assert_string_equal(json_string_value(json_object_get(changed, "revision")), "a");
  json_decref(status);
}

static void an_upgrade_warns_of_changed_files(void **state) {
  (void)state;
  ok(project_upgrade(&p, "a"));
  project_write(&p, "a", "# first\nrev a\nup\nmake t\nmake other\n");
  ok(project_upgrade(&p, "head"));
  assert_non_null(strstr(p.log.buf, "warning changed since it was applied: a\n"));
}

static void a_commit_whose_answer_was_lost_counts(void **state) {
  int settled = 0;
  for (int64_t at = 1; at < 80; at++) {
    teardown(state);
    setup(state);
    p.cut.at = at;
    p.cut.after = true;
    int failed = project_upgrade(&p, "head");
    bool commit = strcmp(p.cut.last, "COMMIT") == 0;
    if (failed) {
      assert_int_equal(p.err.code, CW_ERR_CONNECTION_LOST);
      continue;
    }
    expect("SELECT version_num FROM curlew_version", "b");
    expect("SELECT outcome FROM curlew_version_run", "done");
    if (p.cut.seen < at) break; /* nothing was cut */
    assert_true(commit);
    assert_non_null(strstr(p.log.buf, "done 1/2 a\n"));
    assert_non_null(strstr(p.log.buf, "done 2/2 b\n"));
    settled++;
  }
  assert_int_equal(settled, 2);
}

static void a_commit_that_was_not_done_is_said_so(void **state) {
  (void)state;
  for (p.cut.at = 1; strcmp(p.cut.last, "COMMIT") != 0 || p.cut.at < 30; p.cut.at++) {
    int64_t at = p.cut.at;
    teardown(NULL);
    setup(NULL);
    p.cut.at = at;
    assert_int_equal(project_upgrade(&p, "head"), -1);
  }
  assert_non_null(strstr(p.err.message, "rolled it back"));
  p.cut.at = 0;
  ok(project_upgrade(&p, "head"));
  expect("SELECT version_num FROM curlew_version", "b");
}

static void foreign_keys_can_be_switched_off_before_the_first_write(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nraw PRAGMA foreign_keys = OFF\n"
                         "raw CREATE TABLE child (t INTEGER REFERENCES nowhere (id))\n"
                         "sql INSERT INTO child VALUES (9)\n");
  project_write(&p, "c", "rev c\ndown b\nup\ncount SELECT foreign_keys FROM pragma_foreign_keys\n"
                         "if 1\nmake on_again\n");
  ok(project_upgrade(&p, "head"));
  expect("SELECT t FROM child", "9");
  expect("SELECT count(*) FROM sqlite_master WHERE name = 'on_again'", "1");
  project_write(&p, "d", "rev d\ndown c\nup\nmake d\nraw PRAGMA foreign_keys = OFF\n");
  assert_int_equal(project_upgrade(&p, "head"), -1);
  assert_non_null(strstr(p.err.message, "PRAGMA foreign_keys does nothing"));
}

static void status_of_no_database_creates_none(void **state) {
  (void)state;
  json_t *status = project_status(&p);
  assert_int_equal(json_array_size(json_object_get(status, "pending")), 2);
  json_decref(status);
  char *path = xasprintf("%s/t.db", p.dir);
  FILE *file = fopen(path, "r");
  assert_null(file);
  free(path);
}

static void sql_prints_what_would_be_sent(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  ok(project_sql(&p, "upgrade", "head", false, &out));
  assert_string_equal(out.buf,
                      "PRAGMA foreign_keys = ON;\n"
                      "CREATE TABLE IF NOT EXISTS curlew_version "
                      "(version_num VARCHAR(128) NOT NULL PRIMARY KEY);\n"
                      "-- Running upgrade <base> -> a, first\nBEGIN IMMEDIATE;\n"
                      "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);\n"
                      "INSERT INTO curlew_version (version_num) VALUES ('a');\nCOMMIT;\n"
                      "-- Running upgrade a -> b, second\nBEGIN IMMEDIATE;\n"
                      "ALTER TABLE t ADD COLUMN c TEXT;\n"
                      "UPDATE curlew_version SET version_num = 'b' WHERE version_num = 'a';\n"
                      "COMMIT;\n");
  strbuf_release(&out);
}

static void reading_is_refused_where_sql_is_printed(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  project_write(&p, "b", "rev b\ndown a\nup\ncount SELECT count(*) FROM t\n");
  assert_int_equal(project_sql(&p, "upgrade", "head", false, &out), -1);
  assert_int_equal(p.err.code, CW_ERR_OFFLINE);
  assert_int_equal(p.err.line, 1);
  strbuf_release(&out);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(upgrade_applies_all_and_reports_each),
      T(journal_keeps_script_and_checksum),
      T(a_second_upgrade_has_nothing_to_do),
      T(down_and_up_again),
      T(a_failed_revision_leaves_nothing_but_a_record),
      T(an_error_that_the_script_catches_is_handled_by_a_savepoint),
      T(relative_words_go_on_to_where_they_were_going),
      T(other_words_close_the_unfinished_run),
      T(a_script_cannot_send_commit),
      T(ids_too_long_for_a_narrow_table_are_refused_first),
      T(a_stop_signal_ends_the_run_between_revisions),
      T(stamp_rewrites_rows_only),
      T(unknown_ids_are_explained_from_the_journal),
      T(changed_files_are_seen_in_the_status),
      T(an_upgrade_warns_of_changed_files),
      T(a_commit_whose_answer_was_lost_counts),
      T(a_commit_that_was_not_done_is_said_so),
      T(foreign_keys_can_be_switched_off_before_the_first_write),
      T(status_of_no_database_creates_none),
      T(sql_prints_what_would_be_sent),
      T(reading_is_refused_where_sql_is_printed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
