/* Stamps: the version rows rewritten without running anything. And plans from words alone, for
 * --sql. */
#include "graph/plan_internal.h"

#include "graph/describe.h"
#include "graph/resolve.h"

/* --- stamp ------------------------------------------------------------------------------------ */

struct stamp {
  const struct cw_graph *graph;
  struct cw_revlist targets;  /* each once */
  struct cw_revlist lineage;  /* of whom the rows give way: targets, or the branch of LABEL@base */
  const char *base;           /* the word that means base, or NULL */
  struct cw_revision *branch; /* of LABEL@base */
  bool named;                 /* a word other than base was given */
};

static int fail_base_with_others(const char *word, struct cw_err *err) {
  cw_fail(err, CW_ERR_BAD_TARGET, "'%s' can't be stamped together with other targets", word);
  return cw_hint(err, "base stands alone: it removes version rows, the others set them.");
}

/* Repeats of the same base count once. */
static int add_base(struct stamp *stamp, const char *word, struct cw_revision *branch,
                    struct cw_err *err) {
  if (stamp->base && stamp->branch != branch) return fail_base_with_others(word, err);
  stamp->base = word;
  stamp->branch = branch;
  if (branch && !stamp->lineage.len) cw_revlist_push(&stamp->lineage, branch);
  return 0;
}

static void add_targets(struct stamp *stamp, const struct cw_revlist *places) {
  for (size_t i = 0; i < places->len; i++) {
    if (cw_revlist_has(&stamp->targets, places->items[i])) continue;
    cw_revlist_push(&stamp->targets, places->items[i]);
    cw_revlist_push(&stamp->lineage, places->items[i]);
  }
  stamp->named = true;
}

static int add_word(struct stamp *stamp, const struct cw_ident *ident, struct cw_err *err) {
  struct cw_branch branch = {0};
  struct cw_revlist places = {0};
  int status = cw_branch_init(&branch, stamp->graph, ident, err);
  if (status == 0)
    status = cw_ident_places(stamp->graph, ident, &branch, NULL, &places, err);
  if (status == 0 && ident->symbol == CW_SYM_BASE) {
    status = add_base(stamp, ident->text, branch.rev, err);
  } else if (status == 0) {
    cw_revlist_drop_implied(stamp->graph, &places);
    add_targets(stamp, &places);
  }
  cw_revlist_release(&places);
  cw_branch_release(&branch);
  return status;
}

/* The form of every word is checked before any is looked up. */
static int add_words(struct stamp *stamp, const struct strvec *words, struct cw_err *err) {
  struct cw_ident *idents = xcalloc(words->len, sizeof *idents);
  int status = 0;
  for (size_t i = 0; i < words->len && status == 0; i++) {
    status = cw_ident_parse(&idents[i], stamp->graph, words->items[i], err);
    if (status == 0) status = cw_ident_check(&idents[i], CW_RESOLVE_BASE, err);
  }
  for (size_t i = 0; i < words->len && status == 0; i++)
    status = add_word(stamp, &idents[i], err);
  for (size_t i = 0; i < words->len; i++) cw_ident_release(&idents[i]);
  free(idents);
  return status;
}

static bool stands_on(const struct cw_graph *graph, struct cw_revision *rev,
                      const struct cw_revision *below) {
  struct cw_revlist from = {&rev, 1, 0};
  struct cw_revset set;
  cw_revset_init(&set, graph);
  cw_graph_ancestors(graph, &from, true, &set);
  bool found = cw_revset_has(&set, below);
  cw_revset_release(&set);
  return found;
}

static int fail_overlap(const struct stamp *stamp, const struct cw_revision *below,
                        struct cw_err *err) {
  struct cw_revision *above = NULL;
  for (size_t i = 0; i < stamp->targets.len && !above; i++)
    if (stamp->targets.items[i] != below && stands_on(stamp->graph, stamp->targets.items[i], below))
      above = stamp->targets.items[i];
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, above);
  strbuf_addstr(&text, " stands on ");
  cw_describe_revision(&text, below);
  cw_fail(err, CW_ERR_BAD_TARGET, "these can't be stamped together: revision %s", text.buf);
  cw_hint(err, "A database at %s has %s too; stamp %s alone.", above->id, below->id, above->id);
  strbuf_release(&text);
  return -1;
}

static int check_stamp(const struct stamp *stamp, struct cw_err *err) {
  struct cw_revlist tops = {0};
  int status = 0;
  if (stamp->base && stamp->named) return fail_base_with_others(stamp->base, err);
  for (size_t i = 0; i < stamp->targets.len; i++) cw_revlist_push(&tops, stamp->targets.items[i]);
  cw_revlist_drop_implied(stamp->graph, &tops);
  for (size_t i = 0; i < stamp->targets.len && status == 0; i++)
    if (!cw_revlist_has(&tops, stamp->targets.items[i]))
      status = fail_overlap(stamp, stamp->targets.items[i], err);
  cw_revlist_release(&tops);
  return status;
}

/* The rows afterwards, as the graph's revisions: rows off the lineage, and the targets. */
static void rows_after(const struct stamp *stamp, const struct strvec *rows, bool purge,
                       struct cw_revlist *after) {
  bool all = purge || (stamp->base && !stamp->branch);
  struct cw_revset related;
  cw_revset_init(&related, stamp->graph);
  cw_graph_ancestors(stamp->graph, &stamp->lineage, true, &related);
  cw_graph_descendants(stamp->graph, &stamp->lineage, true, &related);
  for (size_t i = 0; i < rows->len && !all; i++) {
    struct cw_revision *rev = cw_graph_find(stamp->graph, rows->items[i]);
    if (!cw_revset_has(&related, rev) && !cw_revlist_has(after, rev)) cw_revlist_push(after, rev);
  }
  for (size_t i = 0; i < stamp->targets.len; i++) cw_revlist_push(after, stamp->targets.items[i]);
  cw_revlist_drop_implied(stamp->graph, after);
  cw_revlist_sort(after);
  cw_revset_release(&related);
}

/* The present row's id from memory that lives as long as the plan and its graph. */
static const char *row_id(const struct cw_graph *graph, const char *row, struct cw_plan *out) {
  const struct cw_revision *rev = cw_graph_find(graph, row);
  if (rev) return rev->id;
  for (size_t i = 0; i < out->foreign.len; i++)
    if (strcmp(out->foreign.items[i], row) == 0) return out->foreign.items[i];
  strvec_push(&out->foreign, row);
  return out->foreign.items[out->foreign.len - 1];
}

/* Rows that go become rows that come as long as there are both; then the rest goes or comes. */
static void make_changes(const struct cw_graph *graph, const struct strvec *rows,
                         const struct cw_revlist *after, struct cw_plan *out) {
  VEC(const char *) going = {0}, coming = {0};
  VEC(struct cw_row_change) changes = {0};
  struct strvec present = {0};
  strvec_copy(&present, rows);
  strvec_sort(&present);
  for (size_t i = 0; i < present.len; i++) {
    struct cw_revision *rev = cw_graph_find(graph, present.items[i]);
    bool repeated = i && strcmp(present.items[i], present.items[i - 1]) == 0;
    if (!repeated && !(rev && cw_revlist_has(after, rev)))
      vec_push(&going, row_id(graph, present.items[i], out));
  }
  for (size_t i = 0; i < after->len; i++)
    if (!strvec_has(&present, after->items[i]->id)) vec_push(&coming, after->items[i]->id);
  for (size_t i = 0; i < going.len || i < coming.len; i++) {
    enum cw_row_change_kind kind = i >= going.len    ? CW_ROW_INSERT
                                   : i < coming.len ? CW_ROW_UPDATE
                                                    : CW_ROW_DELETE;
    vec_push(&changes, ((struct cw_row_change){kind, i < going.len ? going.items[i] : NULL,
                                               i < coming.len ? coming.items[i] : NULL}));
  }
  out->changes = changes.items;
  if (changes.len) {
    out->nmoves = 1;
    out->moves = xcalloc(1, sizeof *out->moves);
    out->moves[0] = (struct cw_move){NULL, CW_UP, changes.items, changes.len};
  }
  for (size_t i = 0; i < after->len; i++) strvec_push(&out->rows_after, after->items[i]->id);
  vec_release(&going);
  vec_release(&coming);
  strvec_release(&present);
}

static char *join_targets(const struct stamp *stamp) {
  struct cw_revlist sorted = {0};
  struct strbuf sb = STRBUF_INIT;
  if (!stamp->targets.len)
    return stamp->branch ? xasprintf("%s@base", stamp->branch->id) : xstrdup("base");
  for (size_t i = 0; i < stamp->targets.len; i++)
    cw_revlist_push(&sorted, stamp->targets.items[i]);
  cw_revlist_sort(&sorted);
  cw_describe_ids(&sb, &sorted, ",");
  cw_revlist_release(&sorted);
  return strbuf_detach(&sb, NULL);
}

static int stamp_rows(const struct stamp *stamp, const struct strvec *rows, bool purge,
                      struct cw_plan *out, struct cw_err *err) {
  struct cw_revlist after = {0};
  struct cw_revset applied;
  int status = 0;
  if (!purge) { /* every row must be known */
    cw_revset_init(&applied, stamp->graph);
    status = cw_graph_applied(stamp->graph, rows, &applied, err);
    cw_revset_release(&applied);
    if (status < 0) return cw_hint(err, "`curlew stamp --purge REV` replaces all version rows.");
  }
  rows_after(stamp, rows, purge, &after);
  make_changes(stamp->graph, rows, &after, out);
  out->resolved = join_targets(stamp);
  if (!out->nmoves) {
    char *ids = strvec_join(&out->rows_after, ", ");
    out->note = *ids ? xasprintf("the version rows are %s already", ids)
                     : xstrdup("there are no version rows already");
    free(ids);
  }
  cw_revlist_release(&after);
  return status;
}

int cw_plan_stamp(const struct cw_graph *graph, const struct strvec *rows,
                  const struct strvec *targets, bool purge, struct cw_plan *out,
                  struct cw_err *err) {
  struct stamp stamp = {.graph = graph};
  *out = (struct cw_plan){0};
  if (!targets->len) return cw_fail(err, CW_ERR_USAGE, "stamp needs a revision to stamp");
  int status = add_words(&stamp, targets, err);
  if (status == 0) status = check_stamp(&stamp, err);
  if (status == 0) status = stamp_rows(&stamp, rows, purge, out, err);
  cw_revlist_release(&stamp.targets);
  cw_revlist_release(&stamp.lineage);
  return status;
}

/* --- --sql ------------------------------------------------------------------------------------ */

/* The rows of a database at `word`, which is one revision or base. */
static int rows_at(const struct cw_graph *graph, const char *word, struct strvec *rows,
                   struct cw_err *err) {
  struct cw_revlist list = {0};
  int status = cw_resolve(graph, word, CW_RESOLVE_ONE | CW_RESOLVE_RELATIVE | CW_RESOLVE_BASE,
                          NULL, &list, err);
  if (status == 0 && list.len) strvec_push(rows, list.items[0]->id);
  cw_revlist_release(&list);
  return status;
}

static int fail_one_end(const char *range, struct cw_err *err) {
  cw_fail(err, CW_ERR_USAGE, "`downgrade --sql` can't tell where '%s' starts or ends", range);
  return cw_hint(err, "Give both ends: `curlew downgrade --sql FROM:TO`.");
}

/* The form of the far end is checked before the near one is looked up. */
static int check_target(const struct cw_graph *graph, const char *word,
                        enum cw_direction direction, struct cw_err *err) {
  struct cw_ident ident;
  if (cw_ident_parse(&ident, graph, word, err) < 0) return -1;
  int status = cw_plan_check(&ident, direction, err);
  cw_ident_release(&ident);
  return status;
}

int cw_plan_offline(const struct cw_graph *graph, enum cw_direction direction, const char *range,
                    struct strvec *rows, struct cw_plan *out, struct cw_err *err) {
  char *lower = NULL, *upper = NULL;
  *out = (struct cw_plan){0};
  if (!cw_resolve_is_range(range)) {
    if (direction == CW_DOWN) return fail_one_end(range, err);
    return cw_plan_upgrade(graph, rows, range, out, err);
  }
  if (cw_resolve_split_range(range, &lower, &upper, err) < 0) return -1;
  int status = 0;
  if (direction == CW_DOWN && (!*lower || !*upper)) status = fail_one_end(range, err);
  if (status == 0 && *upper) status = check_target(graph, upper, direction, err);
  if (status == 0) status = rows_at(graph, *lower ? lower : "base", rows, err);
  if (status == 0)
    status = direction == CW_UP
                 ? cw_plan_upgrade(graph, rows, *upper ? upper : "head", out, err)
                 : cw_plan_downgrade(graph, rows, upper, out, err);
  free(lower);
  free(upper);
  return status;
}

/* Splits A:B words into A (the same for all that have one) and the targets. */
static int split_stamp_words(const struct strvec *words, char **from, struct strvec *targets,
                             struct cw_err *err) {
  for (size_t i = 0; i < words->len; i++) {
    char *lower, *upper;
    if (!cw_resolve_is_range(words->items[i])) {
      strvec_push(targets, words->items[i]);
      continue;
    }
    if (cw_resolve_split_range(words->items[i], &lower, &upper, err) < 0) return -1;
    strvec_take(targets, upper);
    if (!*lower) {
      free(lower);
      lower = xstrdup("base");
    }
    if (*from && strcmp(*from, lower) != 0) {
      cw_fail(err, CW_ERR_USAGE, "the ranges start at different revisions: %s and %s", *from,
              lower);
      cw_hint(err, "`stamp --sql` starts from one state: give every target the same start.");
      free(lower);
      return -1;
    }
    free(*from);
    *from = lower;
  }
  return 0;
}

int cw_plan_stamp_offline(const struct cw_graph *graph, const struct strvec *targets,
                          struct strvec *rows, struct cw_plan *out, struct cw_err *err) {
  struct strvec words = {0};
  char *from = NULL;
  *out = (struct cw_plan){0};
  int status = split_stamp_words(targets, &from, &words, err);
  if (status == 0 && from) status = rows_at(graph, from, rows, err);
  if (status == 0) status = cw_plan_stamp(graph, rows, &words, false, out, err);
  strvec_release(&words);
  free(from);
  return status;
}
