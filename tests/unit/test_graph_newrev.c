/* What `revision`, `merge` and `rebase` check before anything is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/newrev.h"
#include "support/graphs.h"

/* a1 <- a2 (label la), b1 <- b2 depending on a2; "abcd1" is a line of its own. */
#define GRAPH "a1 @ la\na2 < a1\nb1 @ lb\nb2 < b1 > a2\nabcd1\n"

struct question {
  const char *heads, *depends_on, *label, *rev_id;
  bool merge, splice;
  const char *expected; /* "parents | dependencies", or "!code" */
};

static char *answer(const struct cw_graph *graph, const struct question *q) {
  struct strvec heads = {0}, depends = {0}, locations = {0};
  struct cw_newrev newrev;
  struct cw_err err = CW_ERR_INIT;
  char *got;
  words_of(&heads, q->heads ? q->heads : "");
  words_of(&depends, q->depends_on ? q->depends_on : "");
  strvec_push(&locations, "/p/versions");
  struct cw_newrev_request request = {
      .heads = &heads,
      .merge = q->merge,
      .splice = q->splice,
      .branch_label = q->label,
      .rev_id = q->rev_id,
      .depends_on = &depends,
      .locations = &locations,
  };
  if (cw_newrev_check(graph, &request, &newrev, &err) == 0) {
    char *parents = strvec_join(&newrev.down_revision, " ");
    char *deps = strvec_join(&newrev.depends_on, " ");
    got = xasprintf("%s|%s", parents, deps);
    assert_string_equal(newrev.folder, "/p/versions");
    assert_int_equal(newrev.labels.len, q->label != NULL);
    free(parents);
    free(deps);
    cw_newrev_release(&newrev);
  } else {
    got = xasprintf("!%s", cw_errcode_name(err.code));
    assert_non_null(err.hint);
    cw_err_release(&err);
  }
  strvec_release(&heads);
  strvec_release(&depends);
  strvec_release(&locations);
  return got;
}

static void check(const char *text, const struct question *questions, size_t count) {
  struct cw_graph *graph = graph_linked(text);
  for (size_t i = 0; i < count; i++) {
    char *got = answer(graph, &questions[i]);
    if (strcmp(got, questions[i].expected) != 0)
      fail_msg("question %zu (%s): got \"%s\", expected \"%s\"", i,
               questions[i].heads ? questions[i].heads : "-", got, questions[i].expected);
    free(got);
  }
  cw_graph_free(graph);
}

#define CHECK(text, ...) \
  do { \
    static const struct question questions[] = {__VA_ARGS__}; \
    check(text, questions, sizeof questions / sizeof *questions); \
  } while (0)
#define HEAD(word, says) {.heads = word, .expected = says}
#define SPLICE(word, says) {.heads = word, .splice = true, .expected = says}
#define MERGE(words, says) {.heads = words, .merge = true, .expected = says}
#define NEEDS(words, says) {.heads = "a2", .depends_on = words, .expected = says}
#define NAMED(name, tag, says) {.heads = "a2", .rev_id = name, .label = tag, .expected = says}

static void test_parents_of_a_revision(void **state) {
  (void)state;
  CHECK("", HEAD(NULL, "|"), HEAD("head", "|"), HEAD("base", "|"), HEAD("x", "!unknown_revision"));
  CHECK("a\nb < a\n", HEAD(NULL, "b|"), HEAD("head", "b|"), HEAD("base", "|"), HEAD("b", "b|"),
        HEAD("a", "!bad_target"), SPLICE("a", "a|"), SPLICE("head-1", "a|"), HEAD("+1", "!usage"),
        HEAD("current", "!usage"));
  CHECK(GRAPH, HEAD(NULL, "!multiple_heads"), HEAD("la@head", "a2|"), HEAD("lb@head", "b2|"),
        HEAD("abcd", "abcd1|"), HEAD("heads", "abcd1 b2|"), HEAD("la@base", "|"),
        HEAD("a2@b1", "!wrong_branch"));
}

static void test_parents_of_a_merge(void **state) {
  (void)state;
  CHECK(GRAPH, MERGE("heads", "abcd1 b2|"), MERGE("a2 b2", "a2 b2|"), MERGE("b2 a2", "b2 a2|"),
        MERGE("a2", "a2|"), MERGE("a2 a2", "!bad_target"), MERGE("abcd1 abcd", "!bad_target"),
        MERGE("heads b2", "!bad_target"), MERGE("a1 b2", "!bad_target"),
        MERGE("a2 nope", "!unknown_revision"), MERGE("base a2", "!usage"),
        {.heads = "a1 b2", .merge = true, .splice = true, .expected = "a1 b2|"});
  CHECK("", MERGE("heads", "!bad_target"));
  CHECK("a\nb > a\n", MERGE("heads", "a b|")); /* one real head: the heads by parents are joined */
}

static void test_dependencies(void **state) {
  (void)state;
  CHECK(GRAPH, NEEDS("b1", "a2|b1"), NEEDS("lb", "a2|lb"), NEEDS("abcd", "a2|abcd1"),
        NEEDS("lb b1", "a2|lb b1"), NEEDS("b1 b1", "a2|b1"), NEEDS("lb@head", "a2|b2"),
        NEEDS("nope", "!unknown_revision"), NEEDS("heads", "!multiple_heads"),
        NEEDS("base", "!usage"), NEEDS("b2-1", "a2|b1"));
}

static void test_names(void **state) {
  (void)state;
  CHECK(GRAPH, NAMED("new1", NULL, "a2|"), NAMED("a1", NULL, "!duplicate_revision"),
        NAMED("la", NULL, "!duplicate_label"), NAMED("a-b", NULL, "!usage"),
        NAMED("head", NULL, "!usage"), NAMED("", NULL, "!usage"), NAMED(NULL, "lab-x", "a2|"),
        NAMED(NULL, "la", "!duplicate_label"), NAMED(NULL, "a1", "!duplicate_label"),
        NAMED(NULL, "a@b", "!usage"), NAMED("same", "same", "!duplicate_label"),
        NAMED(NULL, "current", "!usage"));
}

/* --- folders ------------------------------------------------------------------------------------
 */

static void assert_folder(const char *locations, const char *head, const char *version_path,
                          const char *expected) {
  struct cw_graph *graph = graph_linked("a\nb < a\nc\n");
  struct strvec folders = {0}, heads = {0};
  struct cw_newrev newrev;
  struct cw_err err = CW_ERR_INIT;
  static const char *const paths[] = {"/p/one/a.lua", "/p/one/deep/2025/b.lua", "/elsewhere/c.lua"};
  for (size_t i = 0; i < 3; i++) {
    struct cw_revision *rev = cw_graph_all(graph)->items[i];
    free(rev->path);
    rev->path = xstrdup(paths[i]);
  }
  words_of(&folders, locations);
  words_of(&heads, head);
  struct cw_newrev_request request = {
      .heads = &heads, .locations = &folders, .version_path = version_path};
  int status = cw_newrev_check(graph, &request, &newrev, &err);
  if (expected) {
    if (status < 0) fail_msg("%s", err.message);
    assert_string_equal(newrev.folder, expected);
    cw_newrev_release(&newrev);
  } else {
    assert_int_equal(status, -1);
    assert_int_equal(err.code, CW_ERR_USAGE);
    assert_non_null(strstr(err.message, "--version-path"));
  }
  cw_err_release(&err);
  strvec_release(&folders);
  strvec_release(&heads);
  cw_graph_free(graph);
}

static void test_folder_follows_the_parent(void **state) {
  (void)state;
  assert_folder("/p/v", "b", NULL, "/p/v");
  assert_folder("/p/two /p/one", "b", NULL, "/p/one");
  assert_folder("/p/one /p/one/deep", "b", NULL, "/p/one/deep");
  assert_folder("/p/one /p/two", "base", NULL, NULL);
  assert_folder("/p/one /p/two", "base", "/p/two", "/p/two");
  assert_folder("/p/one /p/two", "b", "/p/./two/", "/p/two");
  assert_folder("/p/one /p/two", "b", "/p/three", NULL);
  assert_folder("/p/on /p/two", "b", NULL, NULL); /* "/p/one" does not lie in "/p/on" */
  assert_folder("/p/one /p/two", "c", NULL, NULL);
}

/* --- fresh ids ----------------------------------------------------------------------------------
 */

static void test_fresh_ids(void **state) {
  (void)state;
  struct cw_graph *graph =
      graph_linked("0007\n0012 < 0007\n20251124103005 < 0012 @ 20251124103006\nx\n");
  struct cw_when when;
  assert_int_equal(cw_when_at(&when, 1763980205, "UTC", NULL), 0); /* 2025-11-24 10:30:05 */
  char *date = cw_newrev_date_id(graph, &when), *number = cw_newrev_sequence_id(graph);
  char *random = cw_newrev_random_id(graph), *another = cw_newrev_random_id(graph);
  assert_string_equal(date, "20251124103007");
  assert_string_equal(number, "0013");
  assert_int_equal(strlen(random), 12);
  assert_int_equal(strspn(random, "0123456789abcdef"), 12);
  assert_string_not_equal(random, another);
  free(date);
  free(number);
  free(random);
  free(another);
  cw_graph_free(graph);

  graph = graph_linked("");
  number = cw_newrev_sequence_id(graph);
  assert_string_equal(number, "0001");
  free(number);
  cw_graph_free(graph);
  graph = graph_linked("9999 @ 10000\n");
  number = cw_newrev_sequence_id(graph);
  assert_string_equal(number, "10001");
  free(number);
  cw_graph_free(graph);
}

/* --- rebase -------------------------------------------------------------------------------------
 */

static void assert_rebase(const char *text, const char *rev, const char *onto,
                          const char *expected) {
  struct cw_graph *graph = graph_linked(text);
  struct cw_rebase rebase;
  struct cw_err err = CW_ERR_INIT;
  char *got;
  if (cw_newrev_rebase(graph, rev, onto, &rebase, &err) == 0)
    got = xasprintf("%s: %s to %s%s", rebase.rev->id, rebase.from ? rebase.from->id : "base",
                    rebase.onto->id, rebase.done ? " (done)" : "");
  else
    got = xasprintf("!%s", cw_errcode_name(err.code));
  if (strcmp(got, expected) != 0)
    fail_msg("%s onto %s: got \"%s\", expected \"%s\"", rev, onto, got, expected);
  free(got);
  cw_err_release(&err);
  cw_graph_free(graph);
}

static void test_rebase_changes_where_the_line_leaves(void **state) {
  (void)state;
  static const char fork[] = "p\na < p\nb < p\nb2 < b\n";
  assert_rebase(fork, "b", "a", "b: p to a");
  assert_rebase(fork, "b2", "a", "b: p to a");
  assert_rebase(fork, "a", "b2", "a: p to b2");
  assert_rebase(fork, "a", "p", "a: p to p (done)");
  assert_rebase(fork, "b2", "b", "b2: b to b (done)");
  assert_rebase(fork, "b2", "p", "b: p to p (done)");
  assert_rebase(fork, "p", "a", "!bad_target");
  assert_rebase(fork, "a", "a", "!bad_target");
  assert_rebase(fork, "a", "nope", "!unknown_revision");
  assert_rebase(fork, "heads", "p", "!multiple_heads");
  assert_rebase(fork, "a", "base", "!usage");
  assert_rebase("a\nx\ny < x\n", "y", "a", "x: base to a");
}

static void test_rebase_refuses_cycles_and_merges(void **state) {
  (void)state;
  assert_rebase("p\na < p > b\nb < p\n", "b", "a", "!bad_target");
  assert_rebase("p\na < p > b\nb < p\n", "a", "b", "a: p to b");
  assert_rebase("p\na < p\nb < p\nc < p\nm < b c\n", "m", "a", "!bad_target");
  assert_rebase("p\na < p\nb < p\nb2 < b\na2 < a > b\n", "b2", "a2", "!bad_target");
}

static void test_forks_tell_which_line_moves(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("p\na < p\nb < p\nb2 < b\nx\n");
  struct cw_fork fork;
  struct cw_revision *a = cw_graph_find(graph, "a"), *b2 = cw_graph_find(graph, "b2");
  assert_true(cw_newrev_fork(graph, a, b2, &fork));
  assert_string_equal(fork.parent->id, "p");
  assert_string_equal(fork.first->id, "a");
  assert_string_equal(fork.second->id, "b");
  assert_ptr_equal(fork.move, b2);
  /* The later date moves, whatever the ids say. */
  a->created = xstrdup("2026-02-01 10:00:00");
  cw_graph_find(graph, "b")->created = xstrdup("2026-01-01 10:00:00");
  assert_true(cw_newrev_fork(graph, a, b2, &fork));
  assert_ptr_equal(fork.move, a);
  assert_ptr_equal(fork.onto, b2);
  assert_false(cw_newrev_fork(graph, a, cw_graph_find(graph, "x"), &fork));
  assert_false(cw_newrev_fork(graph, b2, cw_graph_find(graph, "b"), &fork));
  cw_graph_free(graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parents_of_a_revision),
      cmocka_unit_test(test_parents_of_a_merge),
      cmocka_unit_test(test_dependencies),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_folder_follows_the_parent),
      cmocka_unit_test(test_fresh_ids),
      cmocka_unit_test(test_rebase_changes_where_the_line_leaves),
      cmocka_unit_test(test_rebase_refuses_cycles_and_merges),
      cmocka_unit_test(test_forks_tell_which_line_moves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
