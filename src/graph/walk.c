/* Relative identifiers: where a count starts, and the walk from there. */
#include "graph/describe.h"
#include "graph/ident.h"

/* --- what is applied -------------------------------------------------------------------------- */

int cw_applied_init(struct cw_applied *out, const struct cw_graph *graph,
                    const struct strvec *rows, struct cw_err *err) {
  *out = (struct cw_applied){0};
  cw_revset_init(&out->set, graph);
  if (cw_graph_applied(graph, rows, &out->set, err) < 0) {
    cw_applied_release(out);
    return -1;
  }
  cw_graph_rows(graph, &out->set, &out->rows);
  return 0;
}

void cw_applied_release(struct cw_applied *applied) {
  cw_revset_release(&applied->set);
  cw_revlist_release(&applied->rows);
}

/* --- where a count starts --------------------------------------------------------------------- */

static void add_count(struct strbuf *sb, const struct cw_ident *ident) {
  strbuf_addf(sb, "%c%zu", ident->up ? '+' : '-', ident->count);
}

static int fail_several_starts(const struct cw_ident *ident, const struct cw_revlist *starts,
                               struct cw_err *err) {
  struct strbuf text = STRBUF_INIT, count = STRBUF_INIT;
  cw_describe_revisions(&text, starts);
  add_count(&count, ident);
  cw_fail(err, CW_ERR_BAD_TARGET,
          "'%s' could count from each of the %zu revisions that the database is at%s%s: %s",
          ident->text, starts->len, ident->branch ? " on branch " : "",
          ident->branch ? ident->branch : "", text.buf);
  cw_hint(err, "Name the revision to go to, or count on one branch: `%s@%s`.",
          starts->items[0]->id, count.buf);
  strbuf_release(&text);
  strbuf_release(&count);
  return -1;
}

static void on_branch(const struct cw_revlist *list, const struct cw_branch *branch,
                      struct cw_revlist *out) {
  for (size_t i = 0; i < list->len; i++)
    if (!branch->rev || cw_revset_has(&branch->lineage, list->items[i]))
      cw_revlist_push(out, list->items[i]);
}

/* A branch that is applied without a version row of its own, because other branches stand on it.
 * Upwards a count goes on from what is applied of the branch (also below its fork); downwards from
 * its applied tip. */
static void applied_ends(const struct cw_graph *graph, const struct cw_branch *branch,
                         const struct cw_applied *applied, bool up, struct cw_revlist *out) {
  struct cw_revlist tips = {0};
  if (up) {
    struct cw_revset mine;
    cw_revset_init(&mine, graph);
    cw_revset_union(&mine, &applied->set);
    cw_revset_intersect(&mine, &branch->lineage);
    cw_graph_rows(graph, &mine, out);
    cw_revset_release(&mine);
    return;
  }
  cw_graph_tips(graph, &applied->set, &tips);
  on_branch(&tips, branch, out);
  cw_revlist_release(&tips);
}

int cw_ident_start(const struct cw_graph *graph, const struct cw_ident *ident,
                   const struct cw_branch *branch, const struct cw_applied *applied,
                   struct cw_revision **start, struct cw_err *err) {
  struct cw_revlist starts = {0};
  int status = 0;
  on_branch(&applied->rows, branch, &starts);
  if (!starts.len && branch->rev) applied_ends(graph, branch, applied, ident->up, &starts);
  *start = starts.len ? starts.items[0] : NULL;
  if (starts.len > 1) {
    status = fail_several_starts(ident, &starts, err);
  } else if (!starts.len && !ident->up) {
    status = cw_fail(err, CW_ERR_BAD_TARGET,
                     "'%s' has nothing to count from: nothing%s%s is applied", ident->text,
                     ident->branch ? " of branch " : "", ident->branch ? ident->branch : "");
    cw_hint(err, "`curlew current` shows what is.");
  }
  cw_revlist_release(&starts);
  return status;
}

/* --- the walk --------------------------------------------------------------------------------- */

static const char *place_name(const struct cw_revision *place) {
  return place ? place->id : "base";
}

static int fail_overwalk(const struct cw_ident *ident, const struct cw_revision *start, size_t made,
                         struct cw_err *err) {
  cw_fail(err, CW_ERR_BAD_TARGET, "'%s' goes too far: only %zu step%s lie%s %s %s", ident->text,
          made, made == 1 ? "" : "s", made == 1 ? "s" : "", ident->up ? "above" : "below",
          place_name(start));
  return cw_hint(err, "`curlew history` shows the revisions in order.");
}

static int fail_fork(const struct cw_ident *ident, const struct cw_revision *place,
                     const struct cw_revlist *ways, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revisions(&text, ways);
  cw_fail(err, CW_ERR_BAD_TARGET, "'%s' is ambiguous: %s%s%s has %zu %s: %s", ident->text,
          place ? "revision " : "", place_name(place),
          place && !ident->up ? " is a merge and" : "", ways->len,
          ident->up ? "next revisions" : "parents", text.buf);
  cw_hint(err, "Name the revision to go to, such as %s%s.", ways->items[0]->id,
          ident->up ? ", or select a branch: LABEL@+N" : "");
  strbuf_release(&text);
  return -1;
}

static int step_up(const struct cw_graph *graph, const struct cw_ident *ident,
                   const struct cw_branch *branch, struct cw_revision **place, bool *moved,
                   struct cw_err *err) {
  struct cw_revlist ways = {0};
  int status = 0;
  on_branch(*place ? &(*place)->children : cw_graph_bases(graph), branch, &ways);
  *moved = ways.len == 1;
  if (ways.len > 1) status = fail_fork(ident, *place, &ways, err);
  if (*moved) *place = ways.items[0];
  cw_revlist_release(&ways);
  return status;
}

static int step_down(const struct cw_ident *ident, struct cw_revision **place, bool *moved,
                     struct cw_err *err) {
  *moved = *place != NULL;
  if (!*place) return 0;
  if ((*place)->parents.len > 1) return fail_fork(ident, *place, &(*place)->parents, err);
  *place = (*place)->parents.len ? (*place)->parents.items[0] : NULL;
  return 0;
}

int cw_ident_walk(const struct cw_graph *graph, const struct cw_ident *ident,
                  const struct cw_branch *branch, struct cw_revision *start,
                  struct cw_revision **place, struct cw_err *err) {
  *place = start;
  for (size_t made = 0; made < ident->count; made++) {
    bool moved;
    int status = ident->up ? step_up(graph, ident, branch, place, &moved, err)
                           : step_down(ident, place, &moved, err);
    if (status < 0) return -1;
    if (!moved) return fail_overwalk(ident, start, made, err);
  }
  return 0;
}

int cw_ident_places(const struct cw_graph *graph, const struct cw_ident *ident,
                    const struct cw_branch *branch, const struct cw_applied *applied,
                    struct cw_revlist *out, struct cw_err *err) {
  if (!ident->relative) return cw_ident_symbol(graph, ident, branch, applied, out, err);
  struct cw_revision *start = NULL, *place = NULL;
  if (ident->symbol == CW_SYM_NONE) {
    if (!applied) {
      cw_fail(err, CW_ERR_USAGE, "'%s' counts from what the database is at, which is not read here",
              ident->text);
      return cw_hint(err, "Count from a revision: REV+N or REV-N.");
    }
    if (cw_ident_start(graph, ident, branch, applied, &start, err) < 0) return -1;
  } else {
    struct cw_revlist list = {0};
    int status = cw_ident_symbol(graph, ident, branch, applied, &list, err);
    if (status == 0) status = cw_ident_one(graph, ident, &list, &start, err);
    cw_revlist_release(&list);
    if (status < 0) return -1;
  }
  if (cw_ident_walk(graph, ident, branch, start, &place, err) < 0) return -1;
  if (place) cw_revlist_push(out, place);
  return 0;
}
