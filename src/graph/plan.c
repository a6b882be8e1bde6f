/* From a set of steps to moves in order, each with its changes to the version rows. The rows are
 * kept up to date by counting, for each revision, the applied ones that stand on it: a plan costs
 * what its revisions and their edges cost. */
#include "graph/plan_internal.h"

#include "graph/describe.h"
#include "graph/resolve.h"

/* --- rows after each move --------------------------------------------------------------------- */

struct tally {
  struct cw_revset applied;
  size_t *carried; /* by index: applied revisions that stand on this one */
  VEC(struct cw_row_change) changes;
};

static void tally_init(struct tally *tally, const struct cw_graph *graph,
                       const struct cw_revset *applied) {
  const struct cw_revlist *all = cw_graph_all(graph);
  *tally = (struct tally){0};
  cw_revset_init(&tally->applied, graph);
  cw_revset_union(&tally->applied, applied);
  tally->carried = xcalloc(all->len + 1, sizeof *tally->carried);
  for (size_t i = 0; i < all->len; i++) {
    if (!cw_revset_has(applied, all->items[i])) continue;
    const struct cw_revlist *below = &all->items[i]->below;
    for (size_t j = 0; j < below->len; j++) tally->carried[below->items[j]->index]++;
  }
}

static void tally_release(struct tally *tally) {
  cw_revset_release(&tally->applied);
  free(tally->carried);
}

static bool has_row(const struct tally *tally, const struct cw_revision *rev) {
  return cw_revset_has(&tally->applied, rev) && !tally->carried[rev->index];
}

static void change(struct tally *tally, enum cw_row_change_kind kind, const char *from,
                   const char *to) {
  vec_push(&tally->changes, ((struct cw_row_change){kind, from, to}));
}

/* Of the rows that `rev` stands on, the last becomes its row and the others go. */
static void apply(struct tally *tally, struct cw_revision *rev) {
  const char *last = NULL;
  for (size_t i = 0; i < rev->below.len; i++) {
    const struct cw_revision *below = rev->below.items[i];
    if (has_row(tally, below)) {
      if (last) change(tally, CW_ROW_DELETE, last, NULL);
      last = below->id;
    }
    tally->carried[below->index]++;
  }
  if (last)
    change(tally, CW_ROW_UPDATE, last, rev->id);
  else
    change(tally, CW_ROW_INSERT, NULL, rev->id);
  cw_revset_add(&tally->applied, rev);
}

/* What nothing else stands on gets a row: the first by changing the row of `rev`. */
static void undo(struct tally *tally, struct cw_revision *rev) {
  bool moved = false;
  cw_revset_remove(&tally->applied, rev);
  for (size_t i = 0; i < rev->below.len; i++) {
    const struct cw_revision *below = rev->below.items[i];
    if (--tally->carried[below->index]) continue;
    if (moved)
      change(tally, CW_ROW_INSERT, NULL, below->id);
    else
      change(tally, CW_ROW_UPDATE, rev->id, below->id);
    moved = true;
  }
  if (!moved) change(tally, CW_ROW_DELETE, rev->id, NULL);
}

static void drop_superfluous(struct tally *tally, const struct cw_graph *graph,
                             const struct strvec *rows) {
  struct cw_revset seen;
  cw_revset_init(&seen, graph);
  for (size_t i = 0; i < rows->len; i++) {
    struct cw_revision *rev = cw_graph_find(graph, rows->items[i]);
    if (!has_row(tally, rev) && !cw_revset_has(&seen, rev))
      change(tally, CW_ROW_DELETE, rev->id, NULL);
    cw_revset_add(&seen, rev);
  }
  cw_revset_release(&seen);
}

/* --- moves ------------------------------------------------------------------------------------ */

/* The revisions of `steps` in the order of their moves. */
static void order_steps(const struct cw_graph *graph, enum cw_direction direction,
                        const struct cw_revset *applied, const struct cw_revset *steps,
                        struct cw_revlist *out) {
  struct cw_revlist order = {0};
  struct cw_revset all;
  cw_revset_init(&all, graph);
  cw_revset_union(&all, applied);
  cw_revset_union(&all, steps);
  cw_graph_order(graph, &all, &order);
  for (size_t i = 0; i < order.len; i++) {
    struct cw_revision *rev = order.items[direction == CW_UP ? i : order.len - 1 - i];
    if (cw_revset_has(steps, rev)) cw_revlist_push(out, rev);
  }
  cw_revset_release(&all);
  cw_revlist_release(&order);
}

static void make_moves(const struct cw_graph *graph, enum cw_direction direction,
                       const struct strvec *rows, const struct cw_revlist *order,
                       struct tally *tally, struct cw_plan *out) {
  size_t *starts = xcalloc(order->len + 1, sizeof *starts); /* of each move's changes */
  for (size_t i = 0; i < order->len; i++) {
    starts[i] = tally->changes.len;
    if (i == 0) drop_superfluous(tally, graph, rows);
    if (direction == CW_UP)
      apply(tally, order->items[i]);
    else
      undo(tally, order->items[i]);
  }
  starts[order->len] = tally->changes.len;
  out->changes = tally->changes.items;
  out->moves = xcalloc(order->len + 1, sizeof *out->moves);
  out->nmoves = order->len;
  for (size_t i = 0; i < order->len; i++)
    out->moves[i] = (struct cw_move){
        .revision = order->items[i],
        .direction = direction,
        .changes = out->changes + starts[i],
        .nchanges = starts[i + 1] - starts[i],
    };
  free(starts);
}

void cw_plan_build(const struct cw_graph *graph, enum cw_direction direction,
                   const struct strvec *rows, const struct cw_applied *applied,
                   const struct cw_revset *steps, struct cw_plan *out) {
  struct cw_revlist order = {0};
  order_steps(graph, direction, &applied->set, steps, &order);
  if (order.len) {
    struct tally tally;
    tally_init(&tally, graph, &applied->set);
    make_moves(graph, direction, rows, &order, &tally, out);
    struct cw_revlist after = {0};
    cw_graph_rows(graph, &tally.applied, &after);
    for (size_t i = 0; i < after.len; i++) strvec_push(&out->rows_after, after.items[i]->id);
    cw_revlist_release(&after);
    tally_release(&tally);
  } else {
    strvec_copy(&out->rows_after, rows);
    strvec_sort(&out->rows_after);
  }
  cw_revlist_release(&order);
}

/* --- plans ------------------------------------------------------------------------------------ */

void cw_plan_release(struct cw_plan *plan) {
  free(plan->moves);
  free(plan->changes);
  free(plan->note);
  free(plan->resolved);
  strvec_release(&plan->rows_after);
  strvec_release(&plan->foreign);
  *plan = (struct cw_plan){0};
}

int cw_plan_check(const struct cw_ident *ident, enum cw_direction direction, struct cw_err *err) {
  bool up = direction == CW_UP;
  if (ident->symbol == CW_SYM_NONE && ident->up != up) {
    cw_fail(err, CW_ERR_USAGE, "'%s' can't be the target of %s: it counts %swards", ident->text,
            up ? "an upgrade" : "a downgrade", up ? "down" : "up");
    return cw_hint(err, up ? "`curlew downgrade %s` undoes revisions."
                           : "`curlew upgrade %s` applies revisions.", ident->text);
  }
  return cw_ident_check(ident, CW_RESOLVE_RELATIVE | CW_RESOLVE_BASE, err);
}

static void add_places(struct strbuf *sb, const struct cw_revlist *list) {
  if (list->len)
    cw_describe_ids(sb, list, ", ");
  else
    strbuf_addstr(sb, "<base>");
}

/* A stamp has no revision: from the rows that go to the rows that come. */
static void add_row_names(struct strbuf *sb, const struct cw_move *move, bool from) {
  size_t before = sb->len;
  for (size_t i = 0; i < move->nchanges; i++) {
    const char *id = from ? move->changes[i].from : move->changes[i].to;
    if (id) strbuf_addf(sb, "%s%s", sb->len > before ? ", " : "", id);
  }
  if (sb->len == before) strbuf_addstr(sb, "<base>");
}

char *cw_move_describe(const struct cw_move *move) {
  struct strbuf sb = STRBUF_INIT;
  if (!move->revision) {
    add_row_names(&sb, move, true);
    strbuf_addstr(&sb, " -> ");
    add_row_names(&sb, move, false);
  } else if (move->direction == CW_UP) {
    add_places(&sb, &move->revision->parents);
    strbuf_addf(&sb, " -> %s", move->revision->id);
  } else {
    strbuf_addf(&sb, "%s -> ", move->revision->id);
    add_places(&sb, &move->revision->parents);
  }
  return strbuf_detach(&sb, NULL);
}
