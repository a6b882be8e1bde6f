/* Plans: sets, order, version rows and refusals of upgrade, downgrade and stamp, one example a
 * rule. (Random graphs are in test_graph_properties.c and tests/graph.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/plan.h"
#include "support/graphs.h"
#include "util/strbuf.h"

/* What a plan does: "a b | b" (moves, rows afterwards), or "!CODE" and words of its message. */
struct question {
  const char *verb; /* up, down, stamp, purge, up-sql, down-sql, stamp-sql */
  const char *rows, *words, *expected;
};

static int ask(const struct cw_graph *graph, const struct question *q, struct cw_plan *plan,
               struct cw_err *err) {
  struct strvec rows = {0}, words = {0};
  words_of(&rows, q->rows);
  words_of(&words, q->words);
  int status;
  if (strcmp(q->verb, "up") == 0)
    status = cw_plan_upgrade(graph, &rows, q->words, plan, err);
  else if (strcmp(q->verb, "down") == 0)
    status = cw_plan_downgrade(graph, &rows, q->words, plan, err);
  else if (strcmp(q->verb, "stamp") == 0)
    status = cw_plan_stamp(graph, &rows, &words, false, plan, err);
  else if (strcmp(q->verb, "purge") == 0)
    status = cw_plan_stamp(graph, &rows, &words, true, plan, err);
  else if (strcmp(q->verb, "up-sql") == 0)
    status = cw_plan_offline(graph, CW_UP, q->words, &rows, plan, err);
  else if (strcmp(q->verb, "down-sql") == 0)
    status = cw_plan_offline(graph, CW_DOWN, q->words, &rows, plan, err);
  else
    status = cw_plan_stamp_offline(graph, &words, &rows, plan, err);
  strvec_release(&rows);
  strvec_release(&words);
  return status;
}

static char *answer(const struct cw_graph *graph, const struct question *q) {
  struct cw_plan plan = {0};
  struct cw_err err = CW_ERR_INIT;
  struct strbuf sb = STRBUF_INIT;
  if (ask(graph, q, &plan, &err) == 0) {
    for (size_t i = 0; i < plan.nmoves; i++)
      strbuf_addf(&sb, "%s ", plan.moves[i].revision ? plan.moves[i].revision->id : "*");
    char *rows = strvec_join(&plan.rows_after, " ");
    strbuf_addf(&sb, "|%s%s", *rows ? " " : "", rows);
    assert_true(plan.nmoves == 0 || plan.note == NULL);
    assert_true(plan.nmoves > 0 || plan.note != NULL);
    free(rows);
    cw_plan_release(&plan);
  } else {
    strbuf_addf(&sb, "!%s", cw_errcode_name(err.code));
    assert_non_null(err.message);
    cw_err_release(&err);
  }
  return strbuf_detach(&sb, NULL);
}

static void check(const char *text, const struct question *questions, size_t count) {
  struct cw_graph *graph = graph_linked(text);
  for (size_t i = 0; i < count; i++) {
    const struct question *q = &questions[i];
    char *got = answer(graph, q);
    if (strcmp(got, q->expected) != 0)
      fail_msg("%s '%s' from '%s': got \"%s\", expected \"%s\"", q->verb, q->words, q->rows, got,
               q->expected);
    free(got);
  }
  cw_graph_free(graph);
}

#define CHECK(text, ...) \
  do { \
    static const struct question questions[] = {__VA_ARGS__}; \
    check(text, questions, sizeof questions / sizeof *questions); \
  } while (0)

/* --- upgrade ---------------------------------------------------------------------------------- */

static void test_linear_upgrades(void **state) {
  (void)state;
  CHECK("abcd1\nabcd2 < abcd1\nabcx3 < abcd2\n", {"up", "", "head", "abcd1 abcd2 abcx3 | abcx3"},
        {"up", "", "heads", "abcd1 abcd2 abcx3 | abcx3"},
        {"up", "", "abcd2", "abcd1 abcd2 | abcd2"}, {"up", "", "abcx", "abcd1 abcd2 abcx3 | abcx3"},
        {"up", "", "abcd", "!ambiguous_revision"}, {"up", "", "+1", "abcd1 | abcd1"},
        {"up", "abcd1", "+2", "abcd2 abcx3 | abcx3"}, {"up", "abcd1", "+3", "!bad_target"},
        {"up", "abcd1", "head-1", "abcd2 | abcd2"}, {"up", "", "base+2", "abcd1 abcd2 | abcd2"},
        {"up", "", "abcd1+1", "abcd1 abcd2 | abcd2"}, {"up", "abcx3", "abcd1", "| abcx3"},
        {"up", "abcx3", "head", "| abcx3"}, {"up", "abcd1", "base", "| abcd1"},
        {"up", "abcd1", "abcd2-2", "| abcd1"}, {"up", "", "abcd2-3", "!bad_target"},
        {"up", "", "head+1", "!bad_target"}, {"up", "gone", "head", "!unknown_in_database"},
        {"up", "", "nowhere", "!unknown_revision"});
}

static void test_words_that_no_upgrade_takes_are_usage_errors(void **state) {
  (void)state;
  CHECK("a\nb < a @ lab\n", {"up", "", "-1", "!usage"}, {"up", "", "lab@-1", "!usage"},
        {"up", "", "+0", "!usage"}, {"up", "", "a+0", "!usage"}, {"up", "", "+1zzz", "!usage"},
        {"up", "", "a:b", "!usage"}, {"up", "", "", "!usage"}, {"up", "", "current", "!usage"},
        {"up", "", "@head", "!usage"}, {"up", "", "lab@", "!usage"},
        {"up", "", "lab@a@b", "!usage"}, {"up", "", "a,b", "!usage"},
        {"up", "", "head@a", "!usage"}, {"up", "", "head-1x", "!usage"},
        {"down", "b", "+1", "!usage"}, {"down", "b", "lab@+1", "!usage"},
        {"down", "b", "-0", "!usage"}, {"down", "b", "-1x", "!usage"},
        {"down", "b", "current-1", "!usage"}, {"stamp", "", "+1", "!usage"},
        {"stamp", "", "head-1", "!usage"}, {"stamp", "", "current", "!usage"},
        {"stamp", "", "", "!usage"});
}

static void test_empty_project_upgrades_to_nothing(void **state) {
  (void)state;
  CHECK("", {"up", "", "head", "|"}, {"up", "", "heads", "|"}, {"up", "", "+1", "!bad_target"},
        {"up", "", "x", "!unknown_revision"}, {"down", "", "base", "|"},
        {"up", "x", "head", "!unknown_in_database"});
}

/* r forks into la1 <- la2 (label la) and lb1 <- lb2 (label lb). */
#define FORK "r\nla1 < r @ la\nla2 < la1\nlb1 < r @ lb\nlb2 < lb1\n"

static void test_upgrades_of_branches(void **state) {
  (void)state;
  CHECK(FORK, {"up", "", "head", "!multiple_heads"}, {"up", "", "la@head", "r la1 la2 | la2"},
        {"up", "", "heads", "r la1 la2 lb1 lb2 | la2 lb2"}, {"up", "la2", "lb", "lb1 | la2 lb1"},
        {"up", "la2", "lb@+1", "lb1 | la2 lb1"}, {"up", "", "lb@+2", "r lb1 | lb1"},
        {"up", "la1 lb1", "+1", "!bad_target"}, {"up", "la1 lb1", "la@+1", "la2 | la2 lb1"},
        {"up", "r", "+1", "!bad_target"}, {"up", "", "la@base+2", "r la1 | la1"},
        {"up", "", "la@lb1", "!wrong_branch"}, {"up", "", "la@lb", "!unknown_revision"},
        {"up", "", "xx@head", "!unknown_revision"}, {"up", "", "la-1", "r | r"},
        {"up", "", "la2@head", "r la1 la2 | la2"}, {"up", "", "r@head", "!multiple_heads"},
        {"up", "", "r@heads", "r la1 la2 lb1 lb2 | la2 lb2"}, {"up", "la1", "la@base", "| la1"});
}

static void test_merges_take_their_parents_rows(void **state) {
  (void)state;
  CHECK("r\na < r\nb < r\nm < b a\n", {"up", "", "head", "r b a m | m"},
        {"up", "a b", "m", "m | m"}, {"up", "a", "m", "b m | m"}, {"down", "m", "b", "m | a b"},
        {"down", "m", "r", "m a b | r"}, {"down", "m", "base", "m a b r |"});
}

static void test_dependencies_come_before_and_lose_their_row(void **state) {
  (void)state;
  CHECK("a1 @ la\na2 < a1\nb1 @ lb\nb2 < b1 > a2\n", {"up", "", "b2", "a1 a2 b1 b2 | b2"},
        {"up", "a2 b1", "b2", "b2 | b2"}, {"up", "", "heads", "a1 a2 b1 b2 | b2"},
        {"up", "", "head", "!multiple_heads"}, {"down", "b2", "-1", "b2 | a2 b1"},
        {"down", "b2", "la@base", "b2 a2 a1 | b1"}, {"down", "b2", "b1", "b2 | a2 b1"},
        {"down", "b2", "a1", "b2 a2 | a1 b1"}, {"down", "b2", "a2", "| b2"},
        {"down", "b2", "la@-1", "b2 a2 | a1 b1"}, {"down", "b2", "heads", "| b2"},
        {"down", "b2", "head", "!multiple_heads"}, {"up", "b2", "la@+1", "!bad_target"});
}

static void test_superfluous_rows_go_with_the_first_move(void **state) {
  (void)state;
  CHECK("a\nb < a\nc < b\nd < c\n", {"up", "a b c", "head", "d | d"}, {"down", "a c", "b", "c | b"},
        {"up", "a c", "c", "| a c"}, {"down", "a c", "-1", "c | b"});
}

/* --- downgrade -------------------------------------------------------------------------------- */

static void test_linear_downgrades(void **state) {
  (void)state;
  CHECK("a\nb < a\nc < b\n", {"down", "c", "base", "c b a |"}, {"down", "c", "-1", "c | b"},
        {"down", "c", "-3", "c b a |"}, {"down", "c", "-4", "!bad_target"},
        {"down", "c", "a", "c b | a"}, {"down", "c", "c", "| c"}, {"down", "c", "head", "| c"},
        {"down", "b", "head", "!bad_target"}, {"down", "b", "c", "!bad_target"},
        {"down", "", "a", "!bad_target"}, {"down", "", "-1", "!bad_target"},
        {"down", "", "base", "|"}, {"down", "c", "head-2", "c b | a"},
        {"down", "c", "a-1", "c b a |"}, {"down", "c", "base+1", "c b | a"},
        {"down", "c", "base-1", "!bad_target"}, {"down", "c", "a+1", "c | b"},
        {"down", "c", "-99999999999999999999999", "!bad_target"});
}

static void test_downgrades_of_branches(void **state) {
  (void)state;
  CHECK(
      FORK, {"down", "la2 lb2", "-1", "!bad_target"}, {"down", "la2 lb2", "la@-1", "la2 | la1 lb2"},
      {"down", "la2 lb2", "r", "lb2 lb1 la2 la1 | r"}, {"down", "la2 lb2", "la@r", "la2 la1 | lb2"},
      {"down", "la2 lb2", "la@base", "lb2 lb1 la2 la1 r |"},
      {"down", "la2 lb2", "la@la1", "la2 | la1 lb2"}, {"down", "la2 lb2", "r@r", "!bad_target"},
      {"down", "la2", "r@r", "la2 la1 | r"}, {"down", "la2", "lb@r", "| la2"},
      {"down", "la2", "la@lb1", "!wrong_branch"}, {"down", "la2", "la@head", "| la2"},
      {"down", "la1", "la@head", "!bad_target"}, {"down", "la2", "lb@-1", "!bad_target"},
      {"down", "la2", "-3", "la2 la1 r |"}, {"down", "la2 lb2", "heads", "!multiple_heads"},
      {"down", "la2 lb2", "la2@-2", "la2 la1 | lb2"},
      {"down", "la2", "nolabel@base", "!unknown_revision"});
}

static void test_counting_down_leaves_other_branches_of_the_fork(void **state) {
  (void)state;
  /* d depends on e: one row, and both branches applied. */
  CHECK("a\nc < a\nd < c > e\ne < a\nx\ny > x\n", {"down", "d", "-2", "d c | e"},
        {"down", "d", "-1", "d | c e"}, {"down", "d", "-3", "d e c a |"},
        {"down", "y", "-1", "y | x"});
}

static void test_counting_down_through_a_merge_is_refused(void **state) {
  (void)state;
  CHECK("r\na < r\nb < r\nm < a b\nn < m\n", {"down", "m", "-1", "!bad_target"},
        {"down", "n", "-1", "n | m"}, {"down", "n", "-2", "!bad_target"});
}

static void test_label_below_the_target_means_the_applied_child(void **state) {
  (void)state;
  CHECK("r @ all\nt < r\na < t\nb < t\n", {"down", "a", "all@t", "a | t"},
        {"down", "a b", "all@t", "!bad_target"}, {"down", "t", "all@t", "| t"},
        {"down", "b", "all@r", "b t | r"}, {"down", "a b", "all@base", "b a t r |"});
}

/* --- stamp ------------------------------------------------------------------------------------ */

static void test_stamps(void **state) {
  (void)state;
  CHECK(FORK "x1 > la1\n", {"stamp", "", "la2", "* | la2"}, {"stamp", "la2", "la2", "| la2"},
        {"stamp", "la1", "la2", "* | la2"}, {"stamp", "la2 lb2", "r", "* | r"},
        {"stamp", "la2 lb2", "la1", "* | la1 lb2"}, {"stamp", "lb2", "la1", "* | la1 lb2"},
        {"stamp", "lb2 la2", "base", "* |"}, {"stamp", "lb2 la2", "la@base", "* | lb2"},
        {"stamp", "", "la2 lb2", "* | la2 lb2"}, {"stamp", "", "la2 la2", "* | la2"},
        {"stamp", "", "la1 la2", "!bad_target"}, {"stamp", "", "x1 la1", "!bad_target"},
        {"stamp", "x1", "la1", "* | la1"}, {"stamp", "la1", "x1", "* | x1"},
        {"stamp", "la2", "x1", "* | la2 x1"}, {"stamp", "", "heads", "* | la2 lb2 x1"},
        {"stamp", "", "head", "!multiple_heads"}, {"stamp", "", "base la1", "!bad_target"},
        {"stamp", "", "base base", "|"}, {"stamp", "", "la@base lb@base", "!bad_target"},
        {"stamp", "", "lb", "* | lb1"}, {"stamp", "gone", "lb", "!unknown_in_database"},
        {"purge", "gone la2", "lb", "* | lb1"}, {"purge", "gone", "base", "* |"},
        {"purge", "la1", "la1", "| la1"}, {"stamp", "", "la@lb1", "!wrong_branch"});
}

/* --- --sql ------------------------------------------------------------------------------------ */

static void test_offline_ranges(void **state) {
  (void)state;
  CHECK("a @ lab\nb < a\nc < b\n", {"up-sql", "", "c", "a b c | c"},
        {"up-sql", "", "a:c", "b c | c"}, {"up-sql", "", ":b", "a b | b"},
        {"up-sql", "", "a:", "b c | c"}, {"up-sql", "", ":", "a b c | c"},
        {"up-sql", "", "a:+1", "b | b"}, {"up-sql", "", "lab+1:c", "c | c"},
        {"up-sql", "", "c:a", "| c"}, {"up-sql", "", "a:b:c", "!usage"},
        {"up-sql", "", "-1:c", "!usage"}, {"up-sql", "", "current:c", "!usage"},
        {"down-sql", "", "c:a", "c b | a"}, {"down-sql", "", "c:-1", "c | b"},
        {"down-sql", "", "c:base", "c b a |"}, {"down-sql", "", "head:base", "c b a |"},
        {"down-sql", "", "a", "!usage"}, {"down-sql", "", ":a", "!usage"},
        {"down-sql", "", "c:", "!usage"}, {"down-sql", "", "a:c", "!bad_target"},
        {"stamp-sql", "", "b", "* | b"}, {"stamp-sql", "", "a:b", "* | b"},
        {"stamp-sql", "", "a:b :c", "!usage"}, {"stamp-sql", "", "a:base", "* |"},
        {"stamp-sql", "", ":b", "* | b"});
  CHECK(FORK, {"up-sql", "", "heads:la2", "!multiple_heads"},
        {"up-sql", "", "la1:lb1", "lb1 | la1 lb1"}, {"down-sql", "", "heads:r", "!multiple_heads"},
        {"stamp-sql", "", "r:la1 r:lb1", "* | la1 lb1"}, {"up-sql", "", "r:", "!multiple_heads"},
        {"up-sql", "", "r:heads", "la1 la2 lb1 lb2 | la2 lb2"});
}

/* --- details ---------------------------------------------------------------------------------- */

static char *changes_of(const struct cw_plan *plan) {
  struct strbuf sb = STRBUF_INIT;
  for (size_t i = 0; i < plan->nmoves; i++)
    for (size_t j = 0; j < plan->moves[i].nchanges; j++) {
      const struct cw_row_change *change = &plan->moves[i].changes[j];
      strbuf_addsep(&sb, " ");
      if (change->kind == CW_ROW_INSERT) strbuf_addf(&sb, "+%s", change->to);
      if (change->kind == CW_ROW_DELETE) strbuf_addf(&sb, "-%s", change->from);
      if (change->kind == CW_ROW_UPDATE) strbuf_addf(&sb, "%s>%s", change->from, change->to);
    }
  return strbuf_detach(&sb, NULL);
}

static void assert_changes(const char *text, const struct question *q, const char *moves) {
  struct cw_graph *graph = graph_linked(text);
  struct cw_plan plan;
  assert_int_equal(ask(graph, q, &plan, NULL), 0);
  char *changes = changes_of(&plan);
  assert_string_equal(changes, q->expected);
  char *described = plan.nmoves ? cw_move_describe(&plan.moves[0]) : xstrdup("");
  assert_string_equal(described, moves);
  free(described);
  free(changes);
  cw_plan_release(&plan);
  cw_graph_free(graph);
}

static void test_row_changes_and_descriptions(void **state) {
  (void)state;
  static const char graph[] = "r\na < r\nb < r\nc < r\nm < b a c\n";
  assert_changes(graph, &(struct question){"up", "", "m", "+r r>b +a +c -b -a c>m"}, "<base> -> r");
  assert_changes(graph, &(struct question){"up", "a b c", "m", "-b -a c>m"}, "b, a, c -> m");
  assert_changes(graph, &(struct question){"down", "m", "a", "m>b +a +c"}, "m -> b, a, c");
  assert_changes(graph, &(struct question){"down", "r", "base", "-r"}, "r -> <base>");
  assert_changes(graph, &(struct question){"stamp", "a b", "m", "a>m -b"}, "a, b -> m");
  assert_changes(graph, &(struct question){"stamp", "m", "a b", "m>a +b"}, "m -> a, b");
  assert_changes(graph, &(struct question){"stamp", "m", "base", "-m"}, "m -> <base>");
  assert_changes(graph, &(struct question){"purge", "gone m", "a", "gone>a -m"}, "gone, m -> a");
}

/* The first `done` moves of a run are done; the plan made again from its resolved target, on the
 * rows as they are then, has exactly the others. */
static void assert_continues(const char *text, const struct question *q) {
  struct cw_graph *graph = graph_linked(text);
  struct cw_plan whole, rest;
  enum cw_direction direction = strcmp(q->verb, "up") == 0 ? CW_UP : CW_DOWN;
  assert_int_equal(ask(graph, q, &whole, NULL), 0);
  assert_string_equal(whole.resolved, q->expected);
  struct strvec given = {0};
  struct cw_revset applied;
  words_of(&given, q->rows);
  cw_revset_init(&applied, graph);
  assert_int_equal(cw_graph_applied(graph, &given, &applied, NULL), 0);
  for (size_t done = 0; done < whole.nmoves; done++) {
    struct cw_revlist heads = {0};
    struct strvec rows = {0};
    cw_graph_rows(graph, &applied, &heads);
    for (size_t i = 0; i < heads.len; i++) strvec_push(&rows, heads.items[i]->id);
    assert_int_equal(cw_plan_continue(graph, direction, &rows, whole.resolved, &rest, NULL), 0);
    assert_int_equal(rest.nmoves, whole.nmoves - done);
    assert_ptr_equal(rest.moves[0].revision, whole.moves[done].revision);
    cw_plan_release(&rest);
    if (direction == CW_UP)
      cw_revset_add(&applied, whole.moves[done].revision);
    else
      cw_revset_remove(&applied, whole.moves[done].revision);
    strvec_release(&rows);
    cw_revlist_release(&heads);
  }
  cw_revset_release(&applied);
  strvec_release(&given);
  cw_plan_release(&whole);
  cw_graph_free(graph);
}

static void test_unfinished_runs_go_on_to_the_resolved_target(void **state) {
  (void)state;
  assert_continues(FORK, &(struct question){"up", "", "heads", "la2,lb2"});
  assert_continues(FORK, &(struct question){"up", "r", "la@+2", "la2"});
  assert_continues(FORK, &(struct question){"down", "la2 lb2", "la@-2", "la2@r"});
  assert_continues(FORK, &(struct question){"down", "la2", "-3", "la2@base"});
  assert_continues(FORK, &(struct question){"down", "la2", "r@r", "la1@r"});
  assert_continues(FORK, &(struct question){"down", "la2 lb2", "r", "r"});
  assert_continues(FORK, &(struct question){"down", "la2 lb2", "base", "base"});
}

static void test_several_heads_come_with_three_ways_out(void **state) {
  (void)state;
  struct cw_graph *graph =
      graph_linked("p # start\na1 < p # add users\nb1 < p # add posts\nb2 < b1 # more posts\n");
  struct cw_err err = CW_ERR_INIT;
  struct strvec rows = {0};
  struct cw_plan plan;
  assert_int_equal(cw_plan_upgrade(graph, &rows, "head", &plan, &err), -1);
  static const char *const message[] = {"'head'", "a1 \"add users\" (v/a1.lua)",
                                        "b2 \"more posts\" (v/b2.lua)"};
  static const char *const hint[] = {"LABEL@head",  "`heads`",  "`curlew merge heads -m \"...\"`",
                                     "a1 (v/a1.lua)", "b1 (v/b1.lua)", "the parent p",
                                     "`curlew rebase b2 --onto a1`"};
  for (size_t i = 0; i < 3; i++) assert_non_null(strstr(err.message, message[i]));
  for (size_t i = 0; i < 7; i++)
    if (!strstr(err.hint, hint[i])) fail_msg("\"%s\" is not in: %s", hint[i], err.hint);
  cw_err_release(&err);
  cw_graph_free(graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_linear_upgrades),
      cmocka_unit_test(test_words_that_no_upgrade_takes_are_usage_errors),
      cmocka_unit_test(test_empty_project_upgrades_to_nothing),
      cmocka_unit_test(test_upgrades_of_branches),
      cmocka_unit_test(test_merges_take_their_parents_rows),
      cmocka_unit_test(test_dependencies_come_before_and_lose_their_row),
      cmocka_unit_test(test_superfluous_rows_go_with_the_first_move),
      cmocka_unit_test(test_linear_downgrades),
      cmocka_unit_test(test_downgrades_of_branches),
      cmocka_unit_test(test_counting_down_leaves_other_branches_of_the_fork),
      cmocka_unit_test(test_counting_down_through_a_merge_is_refused),
      cmocka_unit_test(test_label_below_the_target_means_the_applied_child),
      cmocka_unit_test(test_stamps),
      cmocka_unit_test(test_offline_ranges),
      cmocka_unit_test(test_row_changes_and_descriptions),
      cmocka_unit_test(test_unfinished_runs_go_on_to_the_resolved_target),
      cmocka_unit_test(test_several_heads_come_with_three_ways_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
