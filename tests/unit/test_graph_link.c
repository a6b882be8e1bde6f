/* Linking: kinds of revisions, inherited labels, order, and everything that can be wrong with a
 * project. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/graph.h"
#include "support/graphs.h"

static void assert_ids(const struct cw_revlist *list, const char *expected) {
  char *ids = ids_of(list);
  assert_string_equal(ids, expected);
  free(ids);
}

/* --- what a linked graph knows ---------------------------------------------------------------- */

static void test_kinds_are_listed_by_id(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("b\na < b\nc < b\nm < c a\nx > m\nz < x\n");
  assert_ids(cw_graph_heads(graph), "m z");
  assert_ids(cw_graph_real_heads(graph), "z");
  assert_ids(cw_graph_bases(graph), "b x");
  assert_ids(cw_graph_branch_points(graph), "b");
  assert_ids(&cw_graph_find(graph, "m")->parents, "c a");
  assert_true(cw_revision_is_merge_point(cw_graph_find(graph, "m")));
  assert_true(cw_revision_is_effective_head(cw_graph_find(graph, "m")));
  assert_false(cw_revision_is_real_head(cw_graph_find(graph, "m")));
  assert_int_equal(cw_graph_count(graph), 6);
  cw_graph_free(graph);
}

static void test_history_goes_from_the_heads_down(void **state) {
  (void)state;
  /* From the heads m and z in this order: m stands on c, then a (as written), both on b. */
  struct cw_graph *graph = graph_linked("b\na < b\nc < b\nm < c a\nx > m\nz < x\n");
  assert_ids(cw_graph_newest_first(graph), "z x m a c b");
  cw_graph_free(graph);
}

static void test_order_starts_at_heads_by_parents_in_id_order(void **state) {
  (void)state;
  /* a2 is a head too, although b2 depends on it: it comes first, not when b2 asks for it. */
  struct cw_graph *graph = graph_linked("b1\nb2 < b1 > a2\na1\na2 < a1\n");
  struct cw_revlist order = {0};
  cw_graph_order(graph, NULL, &order);
  assert_ids(&order, "a1 a2 b1 b2");
  cw_revlist_release(&order);
  cw_graph_free(graph);
}

static void test_repeated_parents_and_dependencies_count_once(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("a @ l\nb < a a > a l a\n");
  assert_ids(&cw_graph_find(graph, "b")->parents, "a");
  assert_ids(&cw_graph_find(graph, "b")->depends, "a");
  assert_ids(&cw_graph_find(graph, "b")->below, "a");
  assert_ids(&cw_graph_find(graph, "a")->above, "b");
  cw_graph_free(graph);
}

static void assert_labels(const struct cw_graph *graph, const char *id, const char *expected) {
  char *labels = strvec_join(&cw_graph_find(graph, id)->all_labels, " ");
  assert_string_equal(labels, expected);
  free(labels);
}

static void test_labels_go_up_all_lines_and_down_to_a_fork(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked(
      "r\ns < r\nf < s\ng < f\na < f\nb < a @ lab\nx < b\nc < x\nd < x\ne < c d > g\n");
  assert_labels(graph, "r", "");
  assert_labels(graph, "f", ""); /* the fork */
  assert_labels(graph, "g", "");
  assert_labels(graph, "a", "lab");
  assert_labels(graph, "b", "lab");
  assert_labels(graph, "e", "lab");
  cw_graph_free(graph);
  graph = graph_linked("a\nb < a @ lab\nc < b\nd < b\n"); /* the fork has the label itself */
  assert_labels(graph, "a", "");
  assert_labels(graph, "d", "lab");
  cw_graph_free(graph);
  graph = graph_linked("a\nb < a\nc < b @ x y\n"); /* a plain line: down to the base */
  assert_labels(graph, "a", "x y");
  cw_graph_free(graph);
}

static void test_closures_follow_parents_or_everything(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("a\nb < a\nx\ny < x > b\n");
  struct cw_revision *y = cw_graph_find(graph, "y"), *a = cw_graph_find(graph, "a");
  struct cw_revlist from_y = {&y, 1, 0}, from_a = {&a, 1, 0};
  const struct {
    bool up, all;
    const char *expected;
  } cases[] = {{false, false, "x y"}, {false, true, "a b x y"}, {true, false, "a b"},
               {true, true, "a b y"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cw_revset set;
    cw_revset_init(&set, graph);
    if (cases[i].up)
      cw_graph_descendants(graph, &from_a, cases[i].all, &set);
    else
      cw_graph_ancestors(graph, &from_y, cases[i].all, &set);
    char *ids = ids_in(graph, &set);
    assert_string_equal(ids, cases[i].expected);
    free(ids);
    cw_revset_release(&set);
  }
  cw_graph_free(graph);
}

static void test_rows_and_tips_of_an_applied_set(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("a1\na2 < a1\nb1\nb2 < b1 > a2\n");
  struct strvec rows = {0};
  struct cw_revset applied;
  struct cw_revlist real = {0}, tips = {0};
  strvec_push(&rows, "b2");
  cw_revset_init(&applied, graph);
  assert_int_equal(cw_graph_applied(graph, &rows, &applied, NULL), 0);
  cw_graph_rows(graph, &applied, &real);
  cw_graph_tips(graph, &applied, &tips);
  assert_ids(&real, "b2");
  assert_ids(&tips, "a2 b2");
  cw_revset_release(&applied);
  cw_revlist_release(&real);
  cw_revlist_release(&tips);
  strvec_release(&rows);
  cw_graph_free(graph);
}

static void test_rows_of_unknown_revisions_are_named(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("a\n");
  struct strvec rows = {0}, unknown = {0};
  struct cw_revset applied;
  struct cw_err err = CW_ERR_INIT;
  words_of(&rows, "a gone1 gone2");
  cw_revset_init(&applied, graph);
  assert_int_equal(cw_graph_applied(graph, &rows, &applied, &err), -1);
  assert_int_equal(err.code, CW_ERR_UNKNOWN_IN_DATABASE);
  assert_non_null(strstr(err.message, "gone1"));
  assert_string_equal(err.revision, "gone1");
  cw_graph_unknown_rows(graph, &rows, &unknown);
  assert_int_equal(unknown.len, 2);
  assert_string_equal(unknown.items[1], "gone2");
  cw_err_release(&err);
  cw_revset_release(&applied);
  strvec_release(&rows);
  strvec_release(&unknown);
  cw_graph_free(graph);
}

/* --- what can be wrong ------------------------------------------------------------------------ */

struct wrong {
  const char *text;
  enum cw_errcode code;
  const char *says[5]; /* in the message or the hint */
  const char *not_says;
};

static void assert_wrong(const struct wrong *wrong) {
  struct cw_graph *graph = graph_text(wrong->text);
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_graph_link(graph, &err), -1);
  assert_int_equal(err.code, wrong->code);
  assert_int_equal(cw_errcode_exit(err.code), 3);
  char *both = xasprintf("%s %s", err.message, err.hint);
  for (size_t i = 0; i < 5 && wrong->says[i]; i++)
    if (!strstr(both, wrong->says[i])) fail_msg("\"%s\" is not in: %s", wrong->says[i], both);
  if (wrong->not_says && strstr(err.message, wrong->not_says))
    fail_msg("\"%s\" is in: %s", wrong->not_says, err.message);
  free(both);
  cw_err_release(&err);
  cw_graph_free(graph);
}

static void test_problems_are_told_apart_and_name_files(void **state) {
  (void)state;
  static const struct wrong cases[] = {
      {"a @ lab\nb < a @ lab\n", CW_ERR_DUPLICATE_LABEL, {"lab", "v/a.lua", "v/b.lua"}, NULL},
      {"a @ bbb\nbbb < a\n", CW_ERR_DUPLICATE_LABEL, {"bbb", "v/a.lua", "v/bbb.lua", "id"}, NULL},
      {"abcd\nb < abdc\n", CW_ERR_MISSING_PARENT, {"'abdc'", "v/b.lua", "Did you mean abcd"}, NULL},
      {"a @ lab\nb < lab\n", CW_ERR_MISSING_PARENT, {"'lab'", "branch label"}, NULL},
      {"abcde\nb < abcd\n", CW_ERR_MISSING_PARENT, {"'abcd'", "whole ids"}, NULL},
      {"a @ users\nb < a > user\n",
       CW_ERR_MISSING_DEPENDENCY,
       {"'user'", "v/b.lua", "users"},
       NULL},
      {"abcde\nb > abcd\n", CW_ERR_MISSING_DEPENDENCY, {"'abcd'"}, NULL},
      {"a < a\n", CW_ERR_CYCLE, {"itself", "v/a.lua", "down_revision"}, NULL},
      {"a > a\n", CW_ERR_CYCLE, {"itself", "depends_on"}, NULL},
      {"a @ lab > lab\n", CW_ERR_CYCLE, {"itself"}, NULL},
      {"a1 < a3\na2 < a1\na3 < a2\nz1\nz2 < z1 a3\nz3 < z2\n",
       CW_ERR_CYCLE,
       {"3 revisions", "v/a1.lua", "v/a2.lua", "v/a3.lua"},
       "z"},
      {"a1\na2 < a1 > z2\nz1 > a2\nz2 < z1\nz3 < z2\n",
       CW_ERR_CYCLE,
       {"3 revisions", "a2", "z1", "z2"},
       "z3"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_wrong(&cases[i]);
}

static void test_second_file_of_an_id_is_refused(void **state) {
  (void)state;
  struct cw_graph *graph = graph_text("a\n");
  struct cw_revision *rev = cw_revision_new();
  struct cw_err err = CW_ERR_INIT;
  rev->id = xstrdup("a");
  rev->path = xstrdup("v/copy.lua");
  assert_int_equal(cw_graph_add(graph, rev, &err), -1);
  assert_int_equal(err.code, CW_ERR_DUPLICATE_REVISION);
  assert_non_null(strstr(err.message, "v/a.lua"));
  assert_non_null(strstr(err.message, "v/copy.lua"));
  cw_err_release(&err);
  cw_graph_free(graph);
}

static void assert_refused(const char *id, const char *label) {
  struct cw_graph *graph = cw_graph_new();
  struct cw_revision *rev = cw_revision_new();
  struct cw_err err = CW_ERR_INIT;
  rev->id = xstrdup(id);
  rev->path = xstrdup("v/x.lua");
  if (label) strvec_push(&rev->labels, label);
  assert_int_equal(cw_graph_add(graph, rev, &err), -1);
  assert_int_equal(err.code, CW_ERR_BAD_SCRIPT);
  assert_string_equal(err.file, "v/x.lua");
  cw_err_release(&err);
  cw_graph_free(graph);
}

static void test_names_that_cannot_be_ids_or_labels_are_refused(void **state) {
  (void)state;
  char longest[CW_REVISION_ID_MAX + 2];
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  static const char *const ids[] = {"", "a-b", "a@b", "a:b", "a+1", "head", "heads", "base",
                                    "current", "a b", "\xc3\xa9"};
  static const char *const labels[] = {"", "a@b", "a:b", "a+1", "head", "heads", "base", "current"};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) assert_refused(ids[i], NULL);
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) assert_refused("a", labels[i]);
  assert_refused(longest, NULL);
  longest[CW_REVISION_ID_MAX] = '\0';
  assert_true(cw_revision_id_valid(longest));
  assert_true(cw_revision_id_valid("2024.01_a"));
  assert_true(cw_revision_label_valid("my-label_1.0"));
}

static void test_empty_project_links(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("");
  assert_int_equal(cw_graph_count(graph), 0);
  assert_int_equal(cw_graph_heads(graph)->len, 0);
  assert_null(cw_graph_find(graph, "a"));
  assert_null(cw_graph_label(graph, "a"));
  cw_graph_free(graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kinds_are_listed_by_id),
      cmocka_unit_test(test_history_goes_from_the_heads_down),
      cmocka_unit_test(test_order_starts_at_heads_by_parents_in_id_order),
      cmocka_unit_test(test_repeated_parents_and_dependencies_count_once),
      cmocka_unit_test(test_labels_go_up_all_lines_and_down_to_a_fork),
      cmocka_unit_test(test_closures_follow_parents_or_everything),
      cmocka_unit_test(test_rows_and_tips_of_an_applied_set),
      cmocka_unit_test(test_rows_of_unknown_revisions_are_named),
      cmocka_unit_test(test_problems_are_told_apart_and_name_files),
      cmocka_unit_test(test_second_file_of_an_id_is_refused),
      cmocka_unit_test(test_names_that_cannot_be_ids_or_labels_are_refused),
      cmocka_unit_test(test_empty_project_links),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
