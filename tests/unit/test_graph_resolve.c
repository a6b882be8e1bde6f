/* Identifiers of show, edit, merge and the like, and the ranges of history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/resolve.h"
#include "support/graphs.h"

/* r forks into la1 <- la2 (label la) and lb1 <- lb2 (label lb); lb2 depends on la1; x stands alone.
 */
#define GRAPH \
  "r\nla1 < r @ la\nla2 < la1\nlb1 < r @ lb my-label-2\nlb2 < lb1 > la1\n" \
  "abcd1 # first\nabcd2 < abcd1 # second\nabx < abcd2\n"

static char *answer(const struct cw_graph *graph, const char *rows, const char *word,
                    unsigned flags, bool history) {
  struct strvec given = {0};
  struct cw_revlist found = {0};
  struct cw_err err = CW_ERR_INIT;
  if (rows) words_of(&given, rows);
  const struct strvec *known = rows ? &given : NULL;
  int status = history ? cw_resolve_history(graph, word, known, &found, &err)
                       : cw_resolve(graph, word, flags, known, &found, &err);
  char *got = status == 0 ? ids_of(&found) : xasprintf("!%s", cw_errcode_name(err.code));
  if (status < 0) assert_non_null(err.message);
  cw_err_release(&err);
  strvec_release(&given);
  cw_revlist_release(&found);
  return got;
}

struct question {
  const char *rows, *word, *expected; /* rows NULL: the database is not read */
  unsigned flags;
};

static void check(const char *text, bool history, const struct question *questions, size_t count) {
  struct cw_graph *graph = graph_linked(text);
  for (size_t i = 0; i < count; i++) {
    const struct question *q = &questions[i];
    char *got = answer(graph, q->rows, q->word, q->flags, history);
    if (strcmp(got, q->expected) != 0)
      fail_msg("'%s' at '%s': got \"%s\", expected \"%s\"", q->word, q->rows ? q->rows : "-", got,
               q->expected);
    free(got);
  }
  cw_graph_free(graph);
}

#define CHECK(text, history, ...) \
  do { \
    static const struct question questions[] = {__VA_ARGS__}; \
    check(text, history, questions, sizeof questions / sizeof *questions); \
  } while (0)

enum {
  SHOW = CW_RESOLVE_RELATIVE | CW_RESOLVE_CURRENT | CW_RESOLVE_BASE,
  ONE = SHOW | CW_RESOLVE_ONE,
};

static void test_names_prefixes_and_symbols(void **state) {
  (void)state;
  CHECK(GRAPH, false, {NULL, "la1", "la1", SHOW}, {NULL, "la", "la1", SHOW},
        {NULL, "abcd", "!ambiguous_revision", SHOW}, {NULL, "abcd1", "abcd1", SHOW},
        {NULL, "ab", "!ambiguous_revision", SHOW}, /* abx is too short to be found by "ab" */
        {NULL, "abx", "abx", SHOW}, {NULL, "l", "!unknown_revision", SHOW},
        {NULL, "my-label", "!unknown_revision", SHOW}, {NULL, "my-label-2", "lb1", SHOW},
        {NULL, "my-label-2-1", "r", SHOW}, {NULL, "my-label-2+1", "lb2", SHOW},
        {NULL, "heads", "abx la2 lb2", SHOW}, {NULL, "head", "!multiple_heads", SHOW},
        {NULL, "base", "", SHOW}, {NULL, "base", "!usage", 0}, {NULL, "la@head", "la2", 0},
        {NULL, "my-label-2@head", "lb2", 0}, {NULL, "abcd2@abcd", "!ambiguous_revision", SHOW},
        {NULL, "la2@lb1", "!wrong_branch", SHOW}, {NULL, "la@l", "!unknown_revision", SHOW},
        {NULL, "lx@head", "!unknown_revision", SHOW}, {NULL, "a@head", "!ambiguous_revision", SHOW},
        {NULL, "no-label@head", "!unknown_revision", SHOW});
}

static void test_prefix_needs_to_be_unique_on_its_branch_only(void **state) {
  (void)state;
  CHECK("abcd1 @ one\nabcd2 @ two\n", false, {NULL, "abcd", "!ambiguous_revision", SHOW},
        {NULL, "one@abcd", "abcd1", SHOW}, {NULL, "two@abcd", "abcd2", SHOW},
        {NULL, "two@abcd1", "!wrong_branch", SHOW});
  CHECK("abcd1 @ one\nabcd2 @ two\nxyz12 < abcd2\n", false,
        {NULL, "one@xyz", "!wrong_branch", SHOW});
}

static void test_relative_forms(void **state) {
  (void)state;
  CHECK(GRAPH, false, {NULL, "la2-1", "la1", SHOW}, {NULL, "la2-3", "", SHOW},
        {NULL, "la2-3", "!bad_target", CW_RESOLVE_RELATIVE}, {NULL, "la2-4", "!bad_target", SHOW},
        {NULL, "r+1", "!bad_target", SHOW}, {NULL, "lb@r+1", "lb1", SHOW},
        {NULL, "lb@head-1", "lb1", SHOW}, {NULL, "la2-1", "!usage", 0},
        {NULL, "-1", "!usage", SHOW}, {"la2", "-1", "la1", SHOW},
        {"la2 lb2", "-1", "!bad_target", SHOW}, {"la2 lb2", "lb@-1", "lb1", SHOW},
        {"la1", "+1", "la2", SHOW}, {"", "-1", "!bad_target", SHOW}, {"", "lb@+1", "r", SHOW},
        {"la1", "lb@+1", "lb1", SHOW}, {"lb2", "la@+1", "la2", SHOW}, {"la1", "la@-2", "", SHOW});
}

static void test_current(void **state) {
  (void)state;
  CHECK(GRAPH, false, {"la2 abx", "current", "abx la2", SHOW}, {"", "current", "", SHOW},
        {"la2", "current-1", "la1", SHOW}, {"la2 abx", "current-1", "!multiple_heads", SHOW},
        {"la2", "current", "!usage", CW_RESOLVE_RELATIVE}, {NULL, "current", "!usage", SHOW},
        {"la2", "la@current", "!usage", SHOW}, {"gone", "current", "!unknown_in_database", SHOW},
        {"la2", "current+1", "!bad_target", SHOW});
}

static void test_implied_targets_are_dropped_where_one_is_wanted(void **state) {
  (void)state;
  CHECK("a1 @ a\na2 < a1\nb1 < a1 > a2\n", false, {NULL, "heads", "b1", ONE},
        {NULL, "a@heads", "b1", ONE}, {NULL, "a@heads", "a2 b1", SHOW},
        {NULL, "a@head", "!multiple_heads", ONE}, {NULL, "a@heads-1", "a1", ONE});
  CHECK(GRAPH, false, {NULL, "heads", "!multiple_heads", ONE});
}

static void test_history_ranges(void **state) {
  (void)state;
  CHECK(GRAPH, true, {NULL, "abcd1:abx", "abx abcd2 abcd1", 0}, {NULL, "abcd2:", "abx abcd2", 0},
        {NULL, ":abcd2", "abcd2 abcd1", 0}, {NULL, ":", "lb2 lb1 la2 la1 r abx abcd2 abcd1", 0},
        {NULL, ":lb2", "lb2 lb1 la1 r", 0}, {NULL, "lb1:lb2", "lb2 lb1", 0},
        {NULL, "la1:lb2", "la1", 0}, {NULL, "r:lb2", "lb2 lb1 la1 r", 0},
        {NULL, "abx:abcd1", "!bad_target", 0}, {NULL, "abcd1:la2", "!bad_target", 0},
        {NULL, "base:base", "", 0}, {NULL, "r:base", "!bad_target", 0},
        {NULL, "-1:abx", "abx abcd2", 0}, {NULL, "-2:abx", "abx abcd2 abcd1", 0},
        {NULL, "-3:abx", "abx abcd2 abcd1", 0}, {NULL, "-4:abx", "!bad_target", 0},
        {NULL, "-1:", "!multiple_heads", 0}, {NULL, "abcd1+1:abx-1", "abcd2", 0},
        {NULL, "+1:abx", "!usage", 0}, {NULL, "abcd1:-1", "!usage", 0},
        {NULL, "abcd1:+1", "!usage", 0}, {NULL, "abcd1:la@-1", "!usage", 0},
        {NULL, "abx", "!usage", 0}, {NULL, "a:b:c", "!usage", 0},
        {NULL, "la@base:", "la2 la1 r", 0}, {NULL, "la@la1:heads", "la2 la1", 0},
        {NULL, "la@-1:la2", "la2 la1", 0}, {NULL, "heads:heads", "lb2 la2 abx", 0},
        {NULL, "abcd1:abx+1", "!bad_target", 0});
}

static void test_history_from_what_is_current(void **state) {
  (void)state;
  CHECK(GRAPH, true, {"abcd2", "current:abx", "abx abcd2", 0},
        {"abcd2", ":current", "abcd2 abcd1", 0}, {"", ":current", "", 0},
        {"", "current:abx", "abx abcd2 abcd1", 0}, {"", "abcd1:current", "!bad_target", 0},
        {"abx", "-1:current", "abx abcd2", 0}, {"abx la1", "-1:current", "!multiple_heads", 0},
        {"abx la1", "current:abx", "!bad_target", 0},
        {"abx la1", "current:heads", "la2 la1 abx", 0},
        {"abx", "current-1:current", "abx abcd2", 0}, {NULL, "current:abx", "!usage", 0},
        {"", "-1:current", "!bad_target", 0});
  CHECK("", true, {NULL, ":", "", 0}, {NULL, "base:heads", "", 0}, {NULL, ":head", "", 0});
}

static void test_words_that_need_the_database(void **state) {
  (void)state;
  static const char *const needing[] = {"current", "current-1", "+1", "-2", "la@+1", "la@-1",
                                        "current:", ":current", "a:current-1"};
  static const char *const others[] = {"a",       "a+1", "la@a-1",    "head", "-1:a",
                                       "la@-1:a", ":",   "currently", "a:b:c"};
  for (size_t i = 0; i < sizeof needing / sizeof *needing; i++)
    if (!cw_resolve_needs_rows(needing[i])) fail_msg("%s needs the database", needing[i]);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (cw_resolve_needs_rows(others[i])) fail_msg("%s needs no database", others[i]);
}

static void assert_says_of(const char *text, const char *word, enum cw_errcode code,
                           const char *first, const char *second) {
  struct cw_graph *graph = graph_linked(text);
  struct cw_revlist found = {0};
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_resolve(graph, word, SHOW, NULL, &found, &err), -1);
  assert_int_equal(err.code, code);
  char *both = xasprintf("%s %s", err.message, err.hint ? err.hint : "");
  if (!strstr(both, first) || !strstr(both, second)) fail_msg("%s: %s", word, both);
  free(both);
  cw_err_release(&err);
  cw_graph_free(graph);
}

static void assert_says(const char *word, enum cw_errcode code, const char *first,
                        const char *second) {
  assert_says_of(GRAPH, word, code, first, second);
}

static void test_errors_say_what_to_do(void **state) {
  (void)state;
  assert_says("abcd3", CW_ERR_UNKNOWN_REVISION, "'abcd3'", "Did you mean abcd1?");
  assert_says("my-lable-2", CW_ERR_UNKNOWN_REVISION, "'my-lable-2'", "Did you mean my-label-2?");
  assert_says("lb@my-label-2", CW_ERR_USAGE, "lb@my-label-2", "neither an id nor a count");
  assert_says("r@lb", CW_ERR_UNKNOWN_REVISION, "lb is a branch label", "after '@'");
  assert_says("abcd", CW_ERR_AMBIGUOUS_REVISION, "abcd1 \"first\" (v/abcd1.lua)",
              "abcd2 \"second\" (v/abcd2.lua)");
  assert_says_of("abc\n", "a", CW_ERR_UNKNOWN_REVISION, "'a'", "three characters");
  assert_says("la2@lb1", CW_ERR_WRONG_BRANCH, "lb1 (v/lb1.lua) is not on branch la2", "la2@");
  assert_says("r+1", CW_ERR_BAD_TARGET, "la1 (v/la1.lua), lb1", "LABEL@");
  assert_says("la2-4", CW_ERR_BAD_TARGET, "only 3 steps", "below la2");
  assert_says("zzzzzzz", CW_ERR_UNKNOWN_REVISION, "no revision or branch label", "curlew history");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_prefixes_and_symbols),
      cmocka_unit_test(test_prefix_needs_to_be_unique_on_its_branch_only),
      cmocka_unit_test(test_relative_forms),
      cmocka_unit_test(test_current),
      cmocka_unit_test(test_implied_targets_are_dropped_where_one_is_wanted),
      cmocka_unit_test(test_history_ranges),
      cmocka_unit_test(test_history_from_what_is_current),
      cmocka_unit_test(test_words_that_need_the_database),
      cmocka_unit_test(test_errors_say_what_to_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
