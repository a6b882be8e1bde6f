/* Identifiers for commands that name revisions, and the ranges of history. */
#include "graph/resolve.h"

#include "graph/describe.h"
#include "graph/ident.h"

/* --- one identifier --------------------------------------------------------------------------- */

int cw_ident_check(const struct cw_ident *ident, unsigned flags, struct cw_err *err) {
  if (ident->symbol == CW_SYM_CURRENT && !(flags & CW_RESOLVE_CURRENT)) {
    cw_fail(err, CW_ERR_USAGE, "'%s' can't be used here: `current` is for history, show and edit",
            ident->text);
    return cw_hint(err, "`curlew current` prints the ids.");
  }
  if (ident->relative && !(flags & CW_RESOLVE_RELATIVE)) {
    cw_fail(err, CW_ERR_USAGE, "'%s' can't be used here: it counts steps", ident->text);
    return cw_hint(err, "Name the revision itself; `curlew show %s` prints it.", ident->text);
  }
  if (ident->symbol == CW_SYM_BASE && !ident->relative && !(flags & CW_RESOLVE_BASE)) {
    cw_fail(err, CW_ERR_USAGE, "'%s' can't be used here: base is not a revision", ident->text);
    return cw_hint(err, "Name a revision.");
  }
  return 0;
}

static int finish(const struct cw_graph *graph, const struct cw_ident *ident, unsigned flags,
                  struct cw_revlist *found, struct cw_err *err) {
  struct cw_revision *place;
  if ((flags & CW_RESOLVE_ONE) && cw_ident_one(graph, ident, found, &place, err) < 0) return -1;
  if (ident->relative && !found->len && !(flags & CW_RESOLVE_BASE)) {
    cw_fail(err, CW_ERR_BAD_TARGET, "'%s' is base, below the first revision", ident->text);
    return cw_hint(err, "Count fewer steps.");
  }
  return 0;
}

static int fail_without_rows(const struct cw_ident *ident, struct cw_err *err) {
  cw_fail(err, CW_ERR_USAGE, "'%s' goes by what the database is at, which is not read here",
          ident->text);
  return cw_hint(err, "Name a revision, or count from one: REV+N or REV-N.");
}

static int resolve_ident(const struct cw_graph *graph, const struct cw_ident *ident,
                         unsigned flags, const struct strvec *rows, struct cw_revlist *out,
                         struct cw_err *err) {
  struct cw_applied applied = {0};
  struct cw_branch branch = {0};
  struct cw_revlist found = {0};
  int status = -1;
  bool counted = ident->symbol == CW_SYM_CURRENT || ident->symbol == CW_SYM_NONE;
  if (cw_ident_check(ident, flags, err) < 0) goto out;
  if (counted && !rows) {
    fail_without_rows(ident, err);
    goto out;
  }
  if (cw_branch_init(&branch, graph, ident, err) < 0) goto out;
  if (counted && cw_applied_init(&applied, graph, rows, err) < 0) goto out;
  if (cw_ident_places(graph, ident, &branch, counted ? &applied : NULL, &found, err) < 0)
    goto out;
  status = finish(graph, ident, flags, &found, err);
  for (size_t i = 0; status == 0 && i < found.len; i++) cw_revlist_push(out, found.items[i]);
out:
  cw_applied_release(&applied);
  cw_branch_release(&branch);
  cw_revlist_release(&found);
  return status;
}

int cw_resolve(const struct cw_graph *graph, const char *text, unsigned flags,
               const struct strvec *rows, struct cw_revlist *out, struct cw_err *err) {
  struct cw_ident ident;
  if (cw_ident_parse(&ident, graph, text, err) < 0) return -1;
  int status = resolve_ident(graph, &ident, flags, rows, out, err);
  cw_ident_release(&ident);
  return status;
}

/* --- ranges ----------------------------------------------------------------------------------- */

bool cw_resolve_is_range(const char *text) { return strchr(text, ':') != NULL; }

int cw_resolve_split_range(const char *text, char **lower, char **upper, struct cw_err *err) {
  const char *colon = strchr(text, ':');
  if (!colon || strchr(colon + 1, ':')) {
    cw_fail(err, CW_ERR_USAGE, "'%s' is not a range", text);
    return cw_hint(err, "A range is A:B, from an older to a newer revision; either may be empty.");
  }
  *lower = xstrndup(text, (size_t)(colon - text));
  *upper = xstrdup(colon + 1);
  return 0;
}

static bool end_needs_rows(const char *word, bool range) {
  const char *at = strchr(word, '@');
  if (strcmp(word, "current") == 0) return true;
  if (strncmp(word, "current", 7) == 0 && strchr("+-", word[7])) return true;
  /* In a range, -N counts from the other end. */
  const char *rest = at ? at + 1 : word;
  return !range && (*rest == '+' || *rest == '-');
}

bool cw_resolve_needs_rows(const char *text) {
  char *lower, *upper;
  if (!cw_resolve_is_range(text)) return end_needs_rows(text, false);
  if (cw_resolve_split_range(text, &lower, &upper, NULL) < 0) return false;
  bool needs = end_needs_rows(lower, true) || end_needs_rows(upper, true);
  free(lower);
  free(upper);
  return needs;
}

/* --- history ---------------------------------------------------------------------------------- */

struct range_end {
  struct cw_ident ident; /* of an empty end: base below, heads above */
  struct cw_branch branch;
  struct cw_revlist places; /* none: base */
};

static void end_release(struct range_end *end) {
  cw_ident_release(&end->ident);
  cw_branch_release(&end->branch);
  cw_revlist_release(&end->places);
}

/* A bare count is an end only as the lower one, downwards. */
static int check_end(const struct cw_ident *ident, bool lower, struct cw_err *err) {
  if (ident->symbol != CW_SYM_NONE || (lower && !ident->up)) return 0;
  cw_fail(err, CW_ERR_USAGE, "'%s' can't be the %s end of a range", ident->text,
          lower ? "lower" : "upper");
  return cw_hint(err, "Use a revision, REV+N, REV-N or current; -N is for the lower end and counts "
                      "from the upper one.");
}

static void keep_on_branch(const struct cw_branch *branch, struct cw_revlist *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->len; i++)
    if (cw_revset_has(&branch->lineage, list->items[i])) list->items[kept++] = list->items[i];
  list->len = kept;
}

/* -N: that many steps below the upper end, which must be one revision (on the branch, if one is
 * given). */
static int count_from_upper(const struct cw_graph *graph, struct range_end *lower,
                            const struct range_end *upper, struct cw_err *err) {
  struct cw_revlist from = {0};
  struct cw_revision *start, *place;
  for (size_t i = 0; i < upper->places.len; i++) cw_revlist_push(&from, upper->places.items[i]);
  if (lower->branch.rev) keep_on_branch(&lower->branch, &from);
  int status = cw_ident_one(graph, &upper->ident, &from, &start, err);
  if (status == 0) status = cw_ident_walk(graph, &lower->ident, &lower->branch, start, &place, err);
  if (status == 0 && place) cw_revlist_push(&lower->places, place);
  cw_revlist_release(&from);
  return status;
}

/* With `LABEL@...` below, `heads` above means the heads of that branch. */
static void narrow_upper(const struct cw_graph *graph, const struct range_end *lower,
                         struct range_end *upper) {
  bool all_heads = upper->ident.symbol == CW_SYM_HEADS && !upper->ident.relative;
  if (!lower->branch.rev || upper->branch.rev || !all_heads) return;
  const struct cw_revlist *heads = cw_graph_heads(graph);
  vec_clear(&upper->places);
  for (size_t i = 0; i < heads->len; i++) cw_revlist_push(&upper->places, heads->items[i]);
  keep_on_branch(&lower->branch, &upper->places);
}

static int fail_reversed(const struct range_end *lower, const struct range_end *upper,
                         const struct cw_revision *rev, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, rev);
  strbuf_addf(&text, " is neither at nor below %s", upper->ident.text);
  if (upper->places.len != 1 || strcmp(upper->places.items[0]->id, upper->ident.text) != 0) {
    strbuf_addstr(&text, " (");
    cw_describe_ids(&text, &upper->places, ", ");
    strbuf_addf(&text, "%s)", upper->places.len ? "" : "base");
  }
  cw_fail(err, CW_ERR_BAD_TARGET, "%s:%s is not a range: revision %s", lower->ident.text,
          upper->ident.text, text.buf);
  cw_hint(err, "The older revision comes first, and both lie on one line.");
  strbuf_release(&text);
  return -1;
}

static int collect_range(const struct cw_graph *graph, const struct range_end *lower,
                         const struct range_end *upper, struct cw_revlist *out,
                         struct cw_err *err) {
  const struct cw_revlist *all = cw_graph_newest_first(graph);
  struct cw_revset range, above;
  int status = 0;
  cw_revset_init(&range, graph);
  cw_revset_init(&above, graph);
  cw_graph_ancestors(graph, &upper->places, true, &range);
  for (size_t i = 0; i < lower->places.len && status == 0; i++)
    if (!cw_revset_has(&range, lower->places.items[i]))
      status = fail_reversed(lower, upper, lower->places.items[i], err);
  if (lower->places.len) {
    cw_graph_descendants(graph, &lower->places, false, &above);
    cw_revset_intersect(&range, &above);
  }
  for (size_t i = 0; i < all->len && status == 0; i++)
    if (cw_revset_has(&range, all->items[i])) cw_revlist_push(out, all->items[i]);
  cw_revset_release(&range);
  cw_revset_release(&above);
  return status;
}

static int history_ends(const struct cw_graph *graph, struct range_end *lower,
                        struct range_end *upper, const struct strvec *rows, struct cw_err *err) {
  struct cw_applied applied = {0};
  const struct cw_applied *known = NULL;
  int status = -1;
  bool current =
      lower->ident.symbol == CW_SYM_CURRENT || upper->ident.symbol == CW_SYM_CURRENT;
  if (current && rows) {
    if (cw_applied_init(&applied, graph, rows, err) < 0) return -1;
    known = &applied;
  }
  if (cw_ident_places(graph, &upper->ident, &upper->branch, known, &upper->places, err) < 0)
    goto out;
  narrow_upper(graph, lower, upper);
  if (lower->ident.symbol == CW_SYM_NONE)
    status = count_from_upper(graph, lower, upper, err);
  else
    status = cw_ident_places(graph, &lower->ident, &lower->branch, known, &lower->places, err);
out:
  cw_applied_release(&applied);
  return status;
}

int cw_resolve_history(const struct cw_graph *graph, const char *range, const struct strvec *rows,
                       struct cw_revlist *out, struct cw_err *err) {
  struct range_end lower = {0}, upper = {0};
  char *low, *high;
  if (cw_resolve_split_range(range, &low, &high, err) < 0) return -1;
  int status = cw_ident_parse(&lower.ident, graph, *low ? low : "base", err);
  if (status == 0) status = cw_ident_parse(&upper.ident, graph, *high ? high : "heads", err);
  if (status == 0) status = check_end(&lower.ident, true, err);
  if (status == 0) status = check_end(&upper.ident, false, err);
  if (status == 0) status = cw_branch_init(&lower.branch, graph, &lower.ident, err);
  if (status == 0) status = cw_branch_init(&upper.branch, graph, &upper.ident, err);
  if (status == 0) status = history_ends(graph, &lower, &upper, rows, err);
  if (status == 0) status = collect_range(graph, &lower, &upper, out, err);
  end_release(&lower);
  end_release(&upper);
  free(low);
  free(high);
  return status;
}
