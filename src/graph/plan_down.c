/* Downgrades: the roots that go first by the words, and with them everything applied that stands on
 * them, by parents or dependencies. */
#include "graph/plan_internal.h"

#include "graph/describe.h"

struct downgrade {
  const struct cw_graph *graph;
  struct cw_ident ident;
  struct cw_branch branch;
  struct cw_applied applied;
  struct cw_revision *target;  /* stays; NULL: base */
  struct cw_revision *through; /* the branch of `resolved`: target's children at or below it go */
  struct cw_revlist roots;     /* go, with all that stands on them */
};

/* Everything at or below `rev`, by parents. */
static void line_below(const struct cw_graph *graph, struct cw_revision *rev,
                       struct cw_revset *line) {
  struct cw_revlist from = {&rev, 1, 0};
  cw_revset_init(line, graph);
  cw_graph_ancestors(graph, &from, false, line);
}

static const struct cw_revlist *above_target(const struct downgrade *down) {
  return down->target ? &down->target->children : cw_graph_bases(down->graph);
}

/* -N and LABEL@-N: the last step of the walk is the root; where the walk ends stays. */
static int count_down(struct downgrade *down, struct cw_err *err) {
  struct cw_revision *start;
  struct cw_revset line;
  if (cw_ident_start(down->graph, &down->ident, &down->branch, &down->applied, &start, err) < 0 ||
      cw_ident_walk(down->graph, &down->ident, &down->branch, start, &down->target, err) < 0)
    return -1;
  down->through = start;
  line_below(down->graph, start, &line);
  const struct cw_revlist *above = above_target(down);
  for (size_t i = 0; i < above->len; i++)
    if (cw_revset_has(&line, above->items[i])) cw_revlist_push(&down->roots, above->items[i]);
  cw_revset_release(&line);
  return 0;
}

static int fail_not_applied(const struct downgrade *down, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, down->target);
  cw_fail(err, CW_ERR_BAD_TARGET, "can't downgrade to '%s': revision %s is not applied",
          down->ident.text, text.buf);
  strbuf_reset(&text);
  cw_describe_ids(&text, &down->applied.rows, ", ");
  if (down->applied.rows.len)
    cw_hint(err, "The database is at %s; choose a revision below.", text.buf);
  else
    cw_hint(err, "Nothing is applied; `curlew upgrade` applies revisions.");
  strbuf_release(&text);
  return -1;
}

/* A label at or below the target does not tell its children apart: it means the applied one. */
static int take_applied_child(struct downgrade *down, struct cw_err *err) {
  const struct cw_revlist *children = &down->target->children;
  for (size_t i = 0; i < children->len; i++)
    if (cw_revset_has(&down->applied.set, children->items[i]))
      cw_revlist_push(&down->roots, children->items[i]);
  if (down->roots.len == 1) down->through = down->roots.items[0];
  if (down->roots.len < 2) return 0;
  struct strbuf text = STRBUF_INIT;
  cw_describe_revisions(&text, &down->roots);
  cw_fail(err, CW_ERR_BAD_TARGET,
          "'%s' is ambiguous: branch %s carries all %zu applied revisions that follow %s: %s",
          down->ident.text, down->ident.branch, down->roots.len, down->target->id, text.buf);
  cw_hint(err, "Undo one (`curlew downgrade %s@%s`) or all of them (`curlew downgrade %s`).",
          down->roots.items[0]->id, down->target->id, down->target->id);
  strbuf_release(&text);
  return -1;
}

static int fail_off_branch(const struct downgrade *down, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, down->target);
  cw_fail(err, CW_ERR_WRONG_BRANCH,
          "'%s' is revision %s, which is not on branch %s: it is neither below nor above %s",
          down->ident.text, text.buf, down->ident.branch, down->branch.rev->id);
  cw_hint(err, "Leave out `%s@`, or name the branch that it is on.", down->ident.branch);
  strbuf_release(&text);
  return -1;
}

static int take_branch(struct downgrade *down, struct cw_err *err) {
  struct cw_revset line;
  int status = 0;
  down->through = down->branch.rev;
  if (down->target && !cw_revset_has(&down->branch.lineage, down->target))
    return fail_off_branch(down, err);
  line_below(down->graph, down->branch.rev, &line);
  const struct cw_revlist *above = above_target(down);
  if (down->target && (down->target == down->branch.rev || !cw_revset_has(&line, down->target)))
    status = take_applied_child(down, err);
  else
    for (size_t i = 0; i < above->len; i++)
      if (cw_revset_has(&line, above->items[i])) cw_revlist_push(&down->roots, above->items[i]);
  cw_revset_release(&line);
  return status;
}

static int find_target(struct downgrade *down, struct cw_err *err) {
  struct cw_revlist places = {0};
  int status = cw_ident_places(down->graph, &down->ident, &down->branch, &down->applied, &places,
                               err);
  if (status == 0) status = cw_ident_one(down->graph, &down->ident, &places, &down->target, err);
  cw_revlist_release(&places);
  if (status < 0) return -1;
  if (down->branch.rev) {
    if (down->target && !cw_revset_has(&down->applied.set, down->target) &&
        cw_revset_has(&down->branch.lineage, down->target))
      return fail_not_applied(down, err);
    return take_branch(down, err);
  }
  if (down->target && !cw_revset_has(&down->applied.set, down->target))
    return fail_not_applied(down, err);
  const struct cw_revlist *above = above_target(down);
  for (size_t i = 0; i < above->len; i++) cw_revlist_push(&down->roots, above->items[i]);
  return 0;
}

static char *downgrade_note(const struct downgrade *down) {
  if (!down->applied.rows.len) return xstrdup("nothing is applied");
  if (down->target)
    return xasprintf("nothing that follows %s%s%s is applied", down->target->id,
                     down->ident.branch ? " on branch " : "",
                     down->ident.branch ? down->ident.branch : "");
  return xasprintf("nothing of branch %s is applied", down->ident.branch);
}

static void finish(const struct downgrade *down, const struct strvec *rows, struct cw_plan *out) {
  struct cw_revset steps;
  cw_revset_init(&steps, down->graph);
  cw_graph_descendants(down->graph, &down->roots, true, &steps);
  cw_revset_intersect(&steps, &down->applied.set);
  cw_plan_build(down->graph, CW_DOWN, rows, &down->applied, &steps, out);
  out->resolved = xasprintf("%s%s%s", down->through ? down->through->id : "",
                            down->through ? "@" : "", down->target ? down->target->id : "base");
  if (!out->nmoves) out->note = downgrade_note(down);
  cw_revset_release(&steps);
}

int cw_plan_downgrade(const struct cw_graph *graph, const struct strvec *rows, const char *target,
                      struct cw_plan *out, struct cw_err *err) {
  struct downgrade down = {.graph = graph};
  *out = (struct cw_plan){0};
  if (cw_ident_parse(&down.ident, graph, target, err) < 0) return -1;
  int status = cw_plan_check(&down.ident, CW_DOWN, err);
  if (status == 0) status = cw_branch_init(&down.branch, graph, &down.ident, err);
  if (status == 0) status = cw_applied_init(&down.applied, graph, rows, err);
  if (status == 0 && down.ident.symbol == CW_SYM_NONE)
    status = count_down(&down, err);
  else if (status == 0)
    status = find_target(&down, err);
  if (status == 0) finish(&down, rows, out);
  cw_revlist_release(&down.roots);
  cw_applied_release(&down.applied);
  cw_branch_release(&down.branch);
  cw_ident_release(&down.ident);
  return status;
}
