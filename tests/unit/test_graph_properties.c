/* Properties that hold on any graph: seeded random ones, many states and targets each. And cost:
 * long chains, wide fans and rows of diamonds are ordinary input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/plan.h"
#include "support/graphs.h"
#include "util/clock.h"
#include "util/strbuf.h"

enum { GRAPHS = 300, STATES = 12 };

/* --- carrying plans out ----------------------------------------------------------------------- */

/* The rows as a table would hold them: a change must fit, one row each. */
static void change_rows(struct strvec *rows, const struct cw_row_change *change) {
  if (change->kind != CW_ROW_INSERT) {
    size_t i = 0;
    while (i < rows->len && strcmp(rows->items[i], change->from) != 0) i++;
    if (i == rows->len) fail_msg("there is no row %s to change", change->from);
    free(rows->items[i]);
    rows->items[i] = rows->items[--rows->len];
  }
  if (change->kind != CW_ROW_DELETE) {
    if (strvec_has(rows, change->to)) fail_msg("row %s would be there twice", change->to);
    strvec_push(rows, change->to);
  }
}

static char *sorted(const struct strvec *rows) {
  struct strvec copy = {0};
  strvec_copy(&copy, rows);
  strvec_sort(&copy);
  char *text = strvec_join(&copy, " ");
  strvec_release(&copy);
  return text;
}

static void assert_rows_are_real_heads(const struct cw_graph *graph, const struct strvec *rows,
                                       const struct cw_revset *applied) {
  struct cw_revlist heads = {0};
  cw_graph_rows(graph, applied, &heads);
  char *expected = ids_of(&heads), *got = sorted(rows);
  assert_string_equal(got, expected);
  free(expected);
  free(got);
  cw_revlist_release(&heads);
}

/* Carries out a plan; after every move the rows are those of rule 1, and no move comes before what
 * it stands on (upwards) or leaves something standing on nothing (downwards). */
static void carry_out(const struct cw_graph *graph, const struct cw_plan *plan,
                      struct strvec *rows) {
  struct cw_revset applied;
  cw_revset_init(&applied, graph);
  assert_int_equal(cw_graph_applied(graph, rows, &applied, NULL), 0);
  for (size_t i = 0; i < plan->nmoves; i++) {
    const struct cw_move *move = &plan->moves[i];
    const struct cw_revision *rev = move->revision;
    const struct cw_revlist *beside = move->direction == CW_UP ? &rev->below : &rev->above;
    for (size_t j = 0; j < beside->len; j++)
      assert_int_equal(cw_revset_has(&applied, beside->items[j]), move->direction == CW_UP);
    assert_int_equal(cw_revset_has(&applied, rev), move->direction == CW_DOWN);
    for (size_t j = 0; j < move->nchanges; j++) change_rows(rows, &move->changes[j]);
    if (move->direction == CW_UP)
      cw_revset_add(&applied, rev);
    else
      cw_revset_remove(&applied, rev);
    assert_rows_are_real_heads(graph, rows, &applied);
  }
  char *told = strvec_join(&plan->rows_after, " "), *got = sorted(rows);
  assert_string_equal(told, got);
  free(told);
  free(got);
  cw_revset_release(&applied);
}

static void random_rows(const struct cw_graph *graph, unsigned *seed, struct strvec *rows) {
  const struct cw_revlist *all = cw_graph_all(graph);
  struct cw_revlist some = {0}, heads = {0};
  struct cw_revset applied;
  for (unsigned i = graph_dice(seed, 4); i > 0; i--)
    cw_revlist_push(&some, all->items[graph_dice(seed, (unsigned)all->len)]);
  cw_revset_init(&applied, graph);
  cw_graph_ancestors(graph, &some, true, &applied);
  cw_graph_rows(graph, &applied, &heads);
  for (size_t i = 0; i < heads.len; i++) strvec_push(rows, heads.items[i]->id);
  cw_revset_release(&applied);
  cw_revlist_release(&some);
  cw_revlist_release(&heads);
}

static const char *random_id(const struct cw_graph *graph, unsigned *seed) {
  const struct cw_revlist *all = cw_graph_all(graph);
  return all->items[graph_dice(seed, (unsigned)all->len)]->id;
}

typedef void property_fn(const struct cw_graph *graph, unsigned *seed, struct strvec *rows);

/* Calls the property on many graphs and states; `rows` are one state's version rows. */
static void for_all(property_fn *property) {
  for (unsigned n = 0; n < GRAPHS; n++) {
    unsigned seed = n * 7919 + 1;
    struct cw_graph *graph = graph_random(n, 1 + graph_dice(&seed, 24));
    for (int i = 0; i < STATES; i++) {
      struct strvec rows = {0};
      random_rows(graph, &seed, &rows);
      property(graph, &seed, &rows);
      strvec_release(&rows);
    }
    cw_graph_free(graph);
  }
}

/* --- properties ------------------------------------------------------------------------------- */

static void upgrade_and_downgrade(const struct cw_graph *graph, unsigned *seed,
                                  struct strvec *rows) {
  struct cw_plan plan;
  const char *target = graph_dice(seed, 5) ? random_id(graph, seed) : "heads";
  assert_int_equal(cw_plan_upgrade(graph, rows, target, &plan, NULL), 0);
  carry_out(graph, &plan, rows);
  cw_plan_release(&plan);
  target = graph_dice(seed, 5) ? random_id(graph, seed) : "base";
  if (cw_plan_downgrade(graph, rows, target, &plan, NULL) == 0) carry_out(graph, &plan, rows);
  cw_plan_release(&plan);
}

static void test_rows_are_the_real_heads_after_every_move(void **state) {
  (void)state;
  for_all(upgrade_and_downgrade);
}

/* The plan turned round: each move undone, last first, with the changes read backwards. */
static void undo_in_reverse(const struct cw_graph *graph, unsigned *seed, struct strvec *rows) {
  struct cw_plan plan;
  char *before = sorted(rows);
  assert_int_equal(cw_plan_upgrade(graph, rows, random_id(graph, seed), &plan, NULL), 0);
  struct cw_revset applied;
  carry_out(graph, &plan, rows);
  for (size_t i = plan.nmoves; i-- > 0;) {
    const struct cw_revision *rev = plan.moves[i].revision;
    struct cw_plan down; /* of this one move: BRANCH@base undoes rev, for nothing stands on it */
    struct cw_revlist left = {0};
    cw_revset_init(&applied, graph);
    assert_int_equal(cw_graph_applied(graph, rows, &applied, NULL), 0);
    cw_revset_remove(&applied, rev);
    cw_graph_rows(graph, &applied, &left);
    char *word = rev->parents.len ? xasprintf("%s@%s", rev->id, rev->parents.items[0]->id)
                                  : xasprintf("%s@base", rev->id);
    assert_int_equal(cw_plan_downgrade(graph, rows, word, &down, NULL), 0);
    if (rev->parents.len < 2) { /* else the other parents' lines below rev may be asked for too */
      assert_int_equal(down.nmoves, 1);
      assert_ptr_equal(down.moves[0].revision, rev);
    }
    strvec_release(rows);
    for (size_t j = 0; j < left.len; j++) strvec_push(rows, left.items[j]->id);
    if (down.nmoves == 1) {
      char *told = strvec_join(&down.rows_after, " "), *now = sorted(rows);
      assert_string_equal(told, now);
      free(told);
      free(now);
    }
    cw_plan_release(&down);
    free(word);
    cw_revlist_release(&left);
    cw_revset_release(&applied);
  }
  char *after = sorted(rows);
  assert_string_equal(before, after);
  free(before);
  free(after);
  cw_plan_release(&plan);
}

static void test_undoing_what_was_applied_in_reverse_restores_the_rows(void **state) {
  (void)state;
  for_all(undo_in_reverse);
}

static void test_up_and_down_restores_the_rows_on_a_line(void **state) {
  (void)state;
  struct strbuf text = STRBUF_INIT;
  for (int i = 0; i < 12; i++)
    strbuf_addf(&text, i ? "r%02d < r%02d\n" : "r%02d\n", i, i - 1);
  struct cw_graph *graph = graph_linked(text.buf);
  for (int from = -1; from < 12; from++)
    for (int to = from + 1; to < 12; to++) {
      struct strvec rows = {0};
      char *start = xasprintf("r%02d", from), *end = xasprintf("r%02d", to);
      if (from >= 0) strvec_push(&rows, start);
      struct cw_plan plan;
      assert_int_equal(cw_plan_upgrade(graph, &rows, end, &plan, NULL), 0);
      assert_int_equal(plan.nmoves, to - from);
      carry_out(graph, &plan, &rows);
      cw_plan_release(&plan);
      assert_int_equal(cw_plan_downgrade(graph, &rows, from < 0 ? "base" : start, &plan, NULL), 0);
      assert_int_equal(plan.nmoves, to - from);
      carry_out(graph, &plan, &rows);
      cw_plan_release(&plan);
      assert_int_equal(rows.len, from >= 0);
      if (from >= 0) assert_string_equal(rows.items[0], start);
      strvec_release(&rows);
      free(start);
      free(end);
    }
  strbuf_release(&text);
  cw_graph_free(graph);
}

/* Order of the whole: the position of each revision when everything is applied at once. */
static void order_is_restricted(const struct cw_graph *graph, unsigned *seed,
                                struct strvec *rows) {
  (void)seed;
  struct cw_revlist order = {0};
  struct cw_plan plan, again;
  cw_graph_order(graph, NULL, &order);
  assert_int_equal(cw_plan_upgrade(graph, rows, "heads", &plan, NULL), 0);
  assert_int_equal(cw_plan_upgrade(graph, rows, "heads", &again, NULL), 0);
  assert_int_equal(plan.nmoves, again.nmoves);
  size_t at = 0;
  for (size_t i = 0; i < plan.nmoves; i++, at++) {
    assert_ptr_equal(plan.moves[i].revision, again.moves[i].revision);
    while (at < order.len && order.items[at] != plan.moves[i].revision) at++;
    assert_true(at < order.len); /* the moves are a subsequence of the whole order */
  }
  cw_plan_release(&plan);
  cw_plan_release(&again);
  cw_revlist_release(&order);
}

static void test_order_of_steps_is_the_whole_order_restricted(void **state) {
  (void)state;
  for_all(order_is_restricted);
}

static void downgrade_mirrors_upgrade(const struct cw_graph *graph, unsigned *seed,
                                      struct strvec *rows) {
  (void)seed;
  struct cw_plan up, down;
  struct strvec none = {0};
  assert_int_equal(cw_plan_upgrade(graph, &none, "heads", &up, NULL), 0);
  strvec_release(rows);
  strvec_copy(rows, &up.rows_after);
  assert_int_equal(cw_plan_downgrade(graph, rows, "base", &down, NULL), 0);
  assert_int_equal(up.nmoves, down.nmoves);
  for (size_t i = 0; i < up.nmoves; i++)
    assert_ptr_equal(up.moves[i].revision, down.moves[up.nmoves - 1 - i].revision);
  cw_plan_release(&up);
  cw_plan_release(&down);
}

static void test_downgrade_is_the_exact_reverse(void **state) {
  (void)state;
  for_all(downgrade_mirrors_upgrade);
}

/* Rows that stand on one another, as Alembic 1.8.1 may leave them. */
static void superfluous_rows(const struct cw_graph *graph, unsigned *seed, struct strvec *rows) {
  struct cw_plan plan;
  struct cw_revset applied;
  for (int i = 0; i < 2; i++) {
    const char *id = random_id(graph, seed);
    if (!strvec_has(rows, id)) strvec_push(rows, id);
  }
  cw_revset_init(&applied, graph);
  assert_int_equal(cw_graph_applied(graph, rows, &applied, NULL), 0);
  assert_int_equal(cw_plan_upgrade(graph, rows, "heads", &plan, NULL), 0);
  if (plan.nmoves) carry_out(graph, &plan, rows);
  cw_plan_release(&plan);
  cw_revset_release(&applied);
}

static void test_superfluous_rows_are_gone_after_the_first_move(void **state) {
  (void)state;
  for_all(superfluous_rows);
}

static void stamp(const struct cw_graph *graph, unsigned *seed, struct strvec *rows) {
  struct cw_plan plan;
  struct strvec words = {0};
  for (unsigned i = 1 + graph_dice(seed, 2); i > 0; i--)
    strvec_push(&words, random_id(graph, seed));
  if (cw_plan_stamp(graph, rows, &words, graph_dice(seed, 4) == 0, &plan, NULL) == 0) {
    struct cw_revset applied;
    assert_true(plan.nmoves <= 1);
    for (size_t i = 0; plan.nmoves && i < plan.moves[0].nchanges; i++)
      change_rows(rows, &plan.moves[0].changes[i]);
    for (size_t i = 0; i < words.len; i++) assert_true(strvec_has(rows, words.items[i]));
    cw_revset_init(&applied, graph);
    assert_int_equal(cw_graph_applied(graph, rows, &applied, NULL), 0);
    assert_rows_are_real_heads(graph, rows, &applied);
    cw_revset_release(&applied);
    cw_plan_release(&plan);
  }
  strvec_release(&words);
}

static void test_stamped_rows_never_stand_on_one_another(void **state) {
  (void)state;
  for_all(stamp);
}

/* --- size ------------------------------------------------------------------------------------- */

static struct cw_graph *build(const char *text, double *linking_ms) {
  struct cw_graph *graph = graph_text(text);
  int64_t start = cw_clock_us();
  assert_int_equal(cw_graph_link(graph, NULL), 0);
  *linking_ms = (double)(cw_clock_us() - start) / 1000;
  return graph;
}

/* Links, plans everything up and down again, and says what that took. The bound is far above what
 * is needed (a sanitized build on a busy machine), and far below what anything quadratic takes. */
static void assert_quick(const char *what, struct strbuf *text, size_t count) {
  double linking;
  struct cw_plan plan;
  struct strvec none = {0};
  struct cw_graph *graph = build(text->buf, &linking);
  int64_t start = cw_clock_us();
  assert_int_equal(cw_plan_upgrade(graph, &none, "heads", &plan, NULL), 0);
  double planning = (double)(cw_clock_us() - start) / 1000;
  assert_int_equal(plan.nmoves, count);
  struct strvec rows = {0};
  strvec_copy(&rows, &plan.rows_after);
  cw_plan_release(&plan);
  assert_int_equal(cw_plan_downgrade(graph, &rows, "base", &plan, NULL), 0);
  assert_int_equal(plan.nmoves, count);
  assert_int_equal(plan.rows_after.len, 0);
  double all = linking + (double)(cw_clock_us() - start) / 1000;
  print_message("%s: linked in %.1f ms, upgrade planned in %.1f ms, all in %.1f ms\n", what,
                linking, planning, all);
  assert_true(all < 2000);
  cw_plan_release(&plan);
  strvec_release(&rows);
  strbuf_release(text);
  cw_graph_free(graph);
}

static void test_long_chains_are_quick(void **state) {
  (void)state;
  struct strbuf text = STRBUF_INIT;
  strbuf_addstr(&text, "c00000 @ trunk\n");
  for (int i = 1; i < 10000; i++) strbuf_addf(&text, "c%05d < c%05d\n", i, i - 1);
  assert_quick("chain of 10,000", &text, 10000);
}

static void test_rows_of_diamonds_are_quick(void **state) {
  (void)state;
  struct strbuf text = STRBUF_INIT;
  int last = 0;
  strbuf_addstr(&text, "d00000\n");
  for (int i = 0; i < 500; i++, last += 20) { /* two arms, a merge, a plain stretch */
    strbuf_addf(&text, "d%05d < d%05d\nd%05d < d%05d\nd%05d < d%05d d%05d\n", last + 1, last,
                last + 2, last, last + 3, last + 1, last + 2);
    for (int j = 4; j <= 20; j++) strbuf_addf(&text, "d%05d < d%05d\n", last + j, last + j - 1);
  }
  assert_quick("10,001 with 500 diamonds", &text, 10001);
}

static void test_wide_fans_are_quick(void **state) {
  (void)state;
  struct strbuf text = STRBUF_INIT;
  strbuf_addstr(&text, "root\n");
  for (int i = 0; i < 5000; i++) strbuf_addf(&text, "f%05d < root\n", i);
  strbuf_addstr(&text, "top <");
  for (int i = 0; i < 5000; i++) strbuf_addf(&text, " f%05d", i);
  strbuf_addstr(&text, "\n");
  assert_quick("fan of 5,000 and its merge", &text, 5002);
}

static void test_many_dependencies_are_quick(void **state) {
  (void)state;
  struct strbuf text = STRBUF_INIT;
  strbuf_addstr(&text, "a00000\nb00000\n");
  for (int i = 1; i < 4000; i++)
    strbuf_addf(&text, "a%05d < a%05d\nb%05d < b%05d > a%05d\n", i, i - 1, i, i - 1, i);
  assert_quick("two lines of 4,000, each step depending", &text, 8000);
}

static void test_large_cycles_are_quick(void **state) {
  (void)state;
  struct strbuf text = STRBUF_INIT;
  struct cw_err err = CW_ERR_INIT;
  for (int i = 0; i < 5000; i++)
    strbuf_addf(&text, "c%05d < c%05d\nt%05d < c%05d\n", i, (i + 1) % 5000, i, i);
  struct cw_graph *graph = graph_text(text.buf);
  int64_t start = cw_clock_ms();
  assert_int_equal(cw_graph_link(graph, &err), -1);
  assert_int_equal(err.code, CW_ERR_CYCLE);
  assert_non_null(strstr(err.message, "5000 revisions"));
  assert_true(cw_clock_ms() - start < 2000);
  cw_err_release(&err);
  strbuf_release(&text);
  cw_graph_free(graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_are_the_real_heads_after_every_move),
      cmocka_unit_test(test_undoing_what_was_applied_in_reverse_restores_the_rows),
      cmocka_unit_test(test_up_and_down_restores_the_rows_on_a_line),
      cmocka_unit_test(test_order_of_steps_is_the_whole_order_restricted),
      cmocka_unit_test(test_downgrade_is_the_exact_reverse),
      cmocka_unit_test(test_superfluous_rows_are_gone_after_the_first_move),
      cmocka_unit_test(test_stamped_rows_never_stand_on_one_another),
      cmocka_unit_test(test_long_chains_are_quick),
      cmocka_unit_test(test_rows_of_diamonds_are_quick),
      cmocka_unit_test(test_wide_fans_are_quick),
      cmocka_unit_test(test_many_dependencies_are_quick),
      cmocka_unit_test(test_large_cycles_are_quick),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
