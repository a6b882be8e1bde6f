/* Two lines from one parent made one: which file changes, and whether it may. */
#include "graph/describe.h"
#include "graph/newrev.h"
#include "graph/resolve.h"

static void stands_on(const struct cw_graph *graph, struct cw_revision *rev, bool dependencies,
                      struct cw_revset *set) {
  struct cw_revlist from = {&rev, 1, 0};
  cw_revset_init(set, graph);
  cw_graph_ancestors(graph, &from, dependencies, set);
}

/* The last revision of the line down from `rev` that is not in `set`; NULL when the line meets a
 * merge before it. */
static struct cw_revision *leave_point(struct cw_revision *rev, const struct cw_revset *set) {
  for (;;) {
    if (rev->parents.len > 1) return NULL;
    if (!rev->parents.len || cw_revset_has(set, rev->parents.items[0])) return rev;
    rev = rev->parents.items[0];
  }
}

/* Whether `a` was written after `b`: by create date where both have one, else by id. */
static bool is_later(const struct cw_revision *a, const struct cw_revision *b) {
  if (a->created && b->created) {
    int order = strcmp(a->created, b->created);
    if (order) return order > 0;
  }
  return strcmp(a->id, b->id) > 0;
}

bool cw_newrev_fork(const struct cw_graph *graph, struct cw_revision *a, struct cw_revision *b,
                    struct cw_fork *out) {
  struct cw_revset below_a, below_b;
  stands_on(graph, a, false, &below_a);
  stands_on(graph, b, false, &below_b);
  struct cw_revision *first = leave_point(a, &below_b), *second = leave_point(b, &below_a);
  cw_revset_release(&below_a);
  cw_revset_release(&below_b);
  if (!first || !second || !first->parents.len || !second->parents.len) return false;
  if (first == second || first->parents.items[0] != second->parents.items[0]) return false;
  bool a_moves = is_later(first, second);
  *out = (struct cw_fork){
      .parent = first->parents.items[0],
      .first = first,
      .second = second,
      .move = a_moves ? a : b,
      .onto = a_moves ? b : a,
  };
  return true;
}

static int find_one(const struct cw_graph *graph, const char *word, struct cw_revision **out,
                    struct cw_err *err) {
  struct cw_revlist found = {0};
  int status = cw_resolve(graph, word, CW_RESOLVE_ONE | CW_RESOLVE_RELATIVE, NULL, &found, err);
  if (status == 0 && !found.len)
    status = cw_fail(err, CW_ERR_BAD_TARGET, "'%s' is no revision yet", word);
  if (status == 0) *out = found.items[0];
  cw_revlist_release(&found);
  return status;
}

static int fail_rebase(struct cw_err *err, const struct cw_revision *rev, const char *verb,
                       const struct cw_revision *onto, const char *hint) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, rev);
  strbuf_addf(&text, " %s ", verb);
  cw_describe_revision(&text, onto);
  cw_fail(err, CW_ERR_BAD_TARGET, "can't rebase: revision %s", text.buf);
  cw_hint(err, "%s", hint);
  strbuf_release(&text);
  return -1;
}

int cw_newrev_rebase(const struct cw_graph *graph, const char *rev_word, const char *onto_word,
                     struct cw_rebase *out, struct cw_err *err) {
  struct cw_revision *rev, *onto;
  struct cw_revset below_onto, below_onto_by_parents;
  *out = (struct cw_rebase){0};
  if (find_one(graph, rev_word, &rev, err) < 0 || find_one(graph, onto_word, &onto, err) < 0)
    return -1;
  if (rev == onto) {
    cw_fail(err, CW_ERR_BAD_TARGET, "can't rebase revision %s onto itself", rev->id);
    return cw_hint(err, "Name another revision after --onto.");
  }
  stands_on(graph, onto, true, &below_onto);
  stands_on(graph, onto, false, &below_onto_by_parents);
  int status = 0;
  struct cw_revision *change = leave_point(rev, &below_onto_by_parents);
  if (cw_revset_has(&below_onto, rev))
    status = fail_rebase(err, onto, "stands on", rev,
                         "The other way round it may work: the newer revision goes onto the older "
                         "line.");
  else if (!change)
    status = fail_rebase(err, rev, "has a merge between it and the line of", onto,
                         "Edit down_revision of the merge by hand, or `curlew merge` the two.");
  else if (cw_revset_has(&below_onto, change))
    status = fail_rebase(err, onto, "depends on", change,
                         "Moving it there would make a cycle; `curlew merge` the two instead.");
  if (status == 0) {
    out->rev = change;
    out->onto = onto;
    out->from = change->parents.len ? change->parents.items[0] : NULL;
    out->done = out->from == onto;
  }
  cw_revset_release(&below_onto);
  cw_revset_release(&below_onto_by_parents);
  return status;
}
