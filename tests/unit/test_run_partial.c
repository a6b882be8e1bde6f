/* Half-applied revisions: what is refused, what goes on, what is taken back, what has to be settled by
 * hand. Definitions commit by themselves here, as on MySQL. */
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
  p.cut.hide = CW_CAP_TXN_DDL;
  project_write(&p, "a", "rev a\nup\nmake t\ndown\ndrop t\n");
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
  if (failed) fail_msg("%s | %s\n%s", p.err.message, p.err.hint ? p.err.hint : "", p.log.buf);
}

static void fails(int failed, enum cw_errcode code, const char *words) {
  assert_int_equal(failed, -1);
  if (p.err.code != code) fail_msg("%s: %s", cw_errcode_name(p.err.code), p.err.message);
  if (!strstr(p.err.message, words)) fail_msg("\"%s\" is not in: %s", words, p.err.message);
}

/* b stops at its third step, two are done. */
static void stop_in_b(void) {
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\nmake b2\nraw CREATE NONSENSE\n");
  fails(project_upgrade(&p, "head"), CW_ERR_STATEMENT, "NONSENSE");
  expect("SELECT revision, outcome FROM curlew_version_journal", "a|done\nb|running");
  expect("SELECT op, state FROM curlew_version_step WHERE move_id = 2 ORDER BY seq",
         "make|done\nmake|done\nexecute|failed");
}

static void a_first_step_that_fails_leaves_no_part(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nraw CREATE NONSENSE\n");
  fails(project_upgrade(&p, "head"), CW_ERR_STATEMENT, "NONSENSE");
  expect("SELECT revision, outcome FROM curlew_version_journal", "a|done\nb|failed");
  ok(project_downgrade(&p, "base"));
}

static void the_failed_step_and_later_ones_may_change(void **state) {
  (void)state;
  stop_in_b();
  strbuf_reset(&p.log);
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\nmake b2\nmake b3\nmake b4\n");
  ok(project_upgrade(&p, "head"));
  assert_non_null(strstr(p.log.buf, "step 2 make b2 (skipped)\n"));
  assert_non_null(strstr(p.log.buf, "step 3 make b3\n"));
  assert_non_null(strstr(p.log.buf, "done 1/1 b (resumed)\n"));
  expect("SELECT version_num FROM curlew_version", "b");
  expect("SELECT outcome FROM curlew_version_journal WHERE revision = 'b'", "done");
}

static void a_done_step_may_not_change(void **state) {
  (void)state;
  stop_in_b();
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\nmake other\nmake b3\n");
  fails(project_upgrade(&p, "head"), CW_ERR_CHANGED_STEP, "is done as \"make b2\"");
  assert_non_null(strstr(p.err.message, "make other"));
  assert_int_equal(p.err.step, 2);
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\n");
  fails(project_upgrade(&p, "head"), CW_ERR_CHANGED_STEP, "make b2");
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\nmake b2\n");
  ok(project_upgrade(&p, "head"));
}

static void other_commands_are_refused_meanwhile(void **state) {
  (void)state;
  project_write(&p, "c", "rev c\ndown b\nup\nmake c\n");
  stop_in_b();
  fails(project_stamp(&p, "a"), CW_ERR_PARTIAL, "b is half applied");
  fails(project_downgrade(&p, "base"), CW_ERR_PARTIAL, "NONSENSE");
  fails(project_downgrade(&p, "-1"), CW_ERR_PARTIAL, "b is half applied");
  assert_non_null(strstr(p.err.hint, "curlew downgrade a"));
}

static void downgrade_to_the_parent_takes_the_part_back(void **state) {
  (void)state;
  stop_in_b();
  strbuf_reset(&p.log);
  ok(project_downgrade(&p, "a"));
  expect("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'curlew%'", "t");
  expect("SELECT revision, direction, outcome FROM curlew_version_journal",
         "a|up|done\nb|up|undone\nb|down|done");
  expect("SELECT version_num FROM curlew_version", "a");
  ok(project_downgrade(&p, "base"));
}

static void a_part_that_has_no_reverse_stays_and_can_be_finished(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\ncolumn t c\nmake b2\nraw CREATE NONSENSE\n");
  fails(project_upgrade(&p, "head"), CW_ERR_STATEMENT, "NONSENSE");
  fails(project_downgrade(&p, "a"), CW_ERR_IRREVERSIBLE, "step 2 of b (column t c)");
  expect("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'b%'", "b1");
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\ncolumn t c\nmake b2\n");
  ok(project_upgrade(&p, "head"));
  expect("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'b%' ORDER BY 1",
         "b1\nb2");
}

static void taking_back_goes_on_when_it_is_cut(void **state) {
  (void)state;
  for (int64_t at = 1; at < 60; at++) {
    teardown(NULL);
    setup(NULL);
    stop_in_b();
    p.cut.seen = 0;
    p.cut.at = at;
    int failed = project_downgrade(&p, "a");
    p.cut.at = 0;
    if (failed) {
      fails(failed, CW_ERR_CONNECTION_LOST, "cut");
      ok(project_downgrade(&p, "a"));
    }
    expect("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'curlew%'", "t");
    expect("SELECT count(*) FROM curlew_version_journal WHERE outcome = 'running'", "0");
  }
}

static void cut_after(const char *statement) {
  char *last = NULL;
  for (p.cut.at = 1;; p.cut.at++) {
    teardown(NULL);
    int64_t at = p.cut.at;
    setup(NULL);
    p.cut.at = at;
    p.cut.after = true;
    project_write(&p, "b", "rev b\ndown a\nup\nmake b1\nraw CREATE TABLE b2 (id)\nmake b3\n");
    int failed = project_upgrade(&p, "head");
    assert_true(at < 200);
    if (!failed) continue; /* a COMMIT whose answer was lost */
    last = p.cut.last;
    if (strncmp(last, statement, strlen(statement)) == 0) break;
  }
  p.cut.at = 0;
}

static void a_raw_statement_of_unknown_outcome_is_settled_by_hand(void **state) {
  (void)state;
  for (int applied = 0; applied < 2; applied++) {
    cut_after("CREATE TABLE b2");
    fails(project_upgrade(&p, "head"), CW_ERR_UNKNOWN_OUTCOME, "CREATE TABLE b2 (id)");
    assert_non_null(strstr(p.err.hint, "curlew resolve b --applied"));
    json_t *status = project_status(&p);
    json_t *part = json_array_get(json_object_get(status, "partial"), 0);
    json_t *step = json_array_get(json_object_get(part, "steps"), 1);
    assert_string_equal(json_string_value(json_object_get(step, "state")), "unknown");
    json_decref(status);
    if (applied) {
      ok(project_resolve(&p, "b", CW_RESOLVE_APPLIED));
    } else {
      project_exec(&p, "DROP TABLE b2");
      ok(project_resolve(&p, "b", CW_RESOLVE_NOT_APPLIED));
    }
    ok(project_upgrade(&p, "head"));
    expect("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'b%' ORDER BY 1",
           "b1\nb2\nb3");
    fails(project_resolve(&p, "b", CW_RESOLVE_APPLIED), CW_ERR_USAGE, "not half-applied");
  }
}

static void forgetting_leaves_the_schema_and_frees_the_way(void **state) {
  (void)state;
  stop_in_b();
  fails(project_resolve(&p, "b", CW_RESOLVE_APPLIED), CW_ERR_USAGE, "no step whose outcome");
  ok(project_resolve(&p, "b", CW_RESOLVE_FORGET));
  expect("SELECT count(*) FROM sqlite_master WHERE name = 'b1'", "1");
  expect("SELECT outcome FROM curlew_version_journal WHERE revision = 'b'", "forgotten");
  ok(project_downgrade(&p, "base"));
}

static void a_part_of_another_branch_is_finished_first(void **state) {
  (void)state;
  project_write(&p, "m", "rev m\ndown a\nup\nmake m1\nraw CREATE NONSENSE\n");
  fails(project_upgrade(&p, "head"), CW_ERR_STATEMENT, "NONSENSE");
  project_write(&p, "b", "rev b\ndown a\nup\nmake b1\n");
  project_write(&p, "m", "rev m\ndown a\nup\nmake m1\nmake m2\n");
  strbuf_reset(&p.log);
  ok(project_upgrade(&p, "heads"));
  assert_non_null(strstr(p.log.buf, "m (resumed)\n"));
  expect("SELECT version_num FROM curlew_version ORDER BY 1", "b\nm");
}

static void a_failure_that_the_script_caught_is_met_again(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\ntry raw CREATE TABLE t (x)\nmake b1\nfail later\n");
  fails(project_upgrade(&p, "head"), CW_ERR_SCRIPT, "later");
  project_exec(&p, "DROP TABLE t");
  project_write(&p, "b", "rev b\ndown a\nup\ntry raw CREATE TABLE t (x)\nmake b1\nmake b2\n");
  ok(project_upgrade(&p, "head"));
  expect("SELECT count(*) FROM sqlite_master WHERE name = 't'", "0");
}

static void settings_of_the_session_are_made_again(void **state) {
  (void)state;
  project_write(&p, "b", "rev b\ndown a\nup\nraw PRAGMA cache_size = 77\nmake b1\nfail later\n");
  fails(project_upgrade(&p, "head"), CW_ERR_SCRIPT, "later");
  strbuf_reset(&p.log);
  project_write(&p, "b", "rev b\ndown a\nup\nraw PRAGMA cache_size = 77\nmake b1\n"
                         "count SELECT cache_size FROM pragma_cache_size\nif 77\nmake b77\n");
  ok(project_upgrade(&p, "head"));
  expect("SELECT count(*) FROM sqlite_master WHERE name = 'b77'", "1");
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(a_first_step_that_fails_leaves_no_part),
      T(the_failed_step_and_later_ones_may_change),
      T(a_done_step_may_not_change),
      T(other_commands_are_refused_meanwhile),
      T(downgrade_to_the_parent_takes_the_part_back),
      T(a_part_that_has_no_reverse_stays_and_can_be_finished),
      T(taking_back_goes_on_when_it_is_cut),
      T(a_raw_statement_of_unknown_outcome_is_settled_by_hand),
      T(forgetting_leaves_the_schema_and_frees_the_way),
      T(a_part_of_another_branch_is_finished_first),
      T(a_failure_that_the_script_caught_is_met_again),
      T(settings_of_the_session_are_made_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
