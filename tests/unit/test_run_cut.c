/* The connection is cut before and after every single statement of a run; the same command again, with
 * no flags, must end as if nothing had happened. On SQLite as it is, and with transactional DDL hidden,
 * so that every definition commits by itself as on MySQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fake_project.h"
#include "util/alloc.h"

enum { MOST_RUNS = 6 };

static const char up[] =
    "rev a\n"
    "up\n"
    "make t\n"
    "sql INSERT INTO t VALUES (1)\n"
    "sql INSERT INTO t VALUES (2)\n"
    "count SELECT count(*) FROM t\n"
    "if 2\n"
    "make two\n"
    "count SELECT count(*) FROM sqlite_master WHERE name = 'two'\n"
    "if 1\n"
    "sql INSERT INTO t VALUES (3)\n"
    "twice u v\n"
    "commit\n"
    "sql UPDATE t SET id = id + 10\n"
    "try sql INSERT INTO nowhere VALUES (1)\n"
    "savepoint\n"
    "sql DELETE FROM t\n"
    "rollback\n"
    "block\n"
    "sql UPDATE t SET id = id + 100\n"
    "column t c\n"
    "endblock\n"
    "sql UPDATE t SET id = id + 1000\n"
    "column t d\n"
    "down\n"
    "sql DELETE FROM t\n"
    "drop u\n"
    "drop v\n"
    "count SELECT count(*) FROM t\n"
    "if 0\n"
    "drop two\n"
    "drop t\n";

static const char none[] =
    "rev b\n"
    "down a\n"
    "transaction none\n"
    "up\n"
    "sql UPDATE t SET id = id + 10000\n"
    "make w\n"
    "sql INSERT INTO w VALUES (7)\n"
    "down\n"
    "drop w\n"
    "sql UPDATE t SET id = id - 10000\n";

static const char state[] =
    "SELECT name || coalesce(sql, '') FROM sqlite_master "
    "WHERE name NOT LIKE 'curlew%' AND name NOT LIKE 'sqlite_%'"
    "UNION ALL SELECT 'version ' || version_num FROM curlew_version "
    "UNION ALL SELECT 'partial ' || revision FROM curlew_version_journal WHERE outcome = 'running' "
    "UNION ALL SELECT 'run ' || count(*) FROM curlew_version_run WHERE outcome = 'open' ORDER BY 1";

static char *contents(struct project *p, bool applied) {
  char *schema = project_query(p, state);
  char *rows = applied ? project_query(p, "SELECT id FROM t ORDER BY id") : xstrdup("");
  char *more = applied ? project_query(p, "SELECT id FROM w") : xstrdup("");
  char *all = xasprintf("%s\n--\n%s\n--\n%s", schema, rows, more);
  free(schema);
  free(rows);
  free(more);
  return all;
}

static void fill(struct project *p, unsigned hide, const char *config) {
  project_init(p, config);
  p->cut.hide = hide;
  project_write(p, "a", up);
  project_write(p, "b", none);
}

static int run(struct project *p, bool down) {
  p->cut.seen = 0;
  return down ? project_downgrade(p, "base") : project_upgrade(p, "head");
}

static void fail_at(const struct project *p, int64_t at, bool after, const char *what) {
  fail_msg("cut %s statement %lld (%s): %s\n%s\n%s\nlog:\n%s", after ? "after" : "before",
           (long long)at, p->cut.last, what, p->err.message ? p->err.message : "",
           p->err.hint ? p->err.hint : "", p->log.buf);
}

/* Everything uninterrupted, to compare with; and how many statements that takes. */
static char *uninterrupted(unsigned hide, const char *config, bool down, int64_t *statements) {
  struct project p;
  fill(&p, hide, config);
  if (run(&p, false)) fail_at(&p, 0, false, "uninterrupted upgrade");
  if (down && run(&p, true)) fail_at(&p, 0, false, "uninterrupted downgrade");
  *statements = p.cut.seen;
  char *want = contents(&p, !down);
  project_release(&p);
  return want;
}

static void cut_everywhere(unsigned hide, const char *config, bool down) {
  int64_t statements;
  char *want = uninterrupted(hide, config, down, &statements);
  assert_true(statements > 20);
  for (int64_t at = 1; at <= statements; at++) {
    for (int after = 0; after < 2; after++) {
      struct project p;
      fill(&p, hide, config);
      if (down && run(&p, false)) fail_at(&p, at, after, "preparation");
      p.cut.at = at;
      p.cut.after = after;
      int runs = 1;
      int failed = run(&p, down);
      p.cut.at = 0;
      for (; failed && runs < MOST_RUNS; runs++) failed = run(&p, down);
      if (failed) fail_at(&p, at, after, "does not end");
      if (runs > 2) fail_at(&p, at, after, "took more than one resume");
      char *got = contents(&p, !down);
      if (strcmp(got, want) != 0) {
        print_error("want:\n%s\ngot:\n%s\n", want, got);
        fail_at(&p, at, after, "another end");
      }
      free(got);
      project_release(&p);
    }
  }
  free(want);
}

static void upgrade_resumes_where_ddl_is_transactional(void **s) {
  (void)s;
  cut_everywhere(0, "", false);
}
static void upgrade_resumes_where_every_definition_commits(void **s) {
  (void)s;
  cut_everywhere(CW_CAP_TXN_DDL, "", false);
}
static void upgrade_resumes_in_one_transaction_for_all(void **s) {
  (void)s;
  cut_everywhere(0, ",\"transaction\":\"all\"", false);
}
static void downgrade_resumes_where_ddl_is_transactional(void **s) {
  (void)s;
  cut_everywhere(0, "", true);
}
static void downgrade_resumes_where_every_definition_commits(void **s) {
  (void)s;
  cut_everywhere(CW_CAP_TXN_DDL, "", true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(upgrade_resumes_where_ddl_is_transactional),
      cmocka_unit_test(upgrade_resumes_where_every_definition_commits),
      cmocka_unit_test(upgrade_resumes_in_one_transaction_for_all),
      cmocka_unit_test(downgrade_resumes_where_ddl_is_transactional),
      cmocka_unit_test(downgrade_resumes_where_every_definition_commits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
