/* Upgrades: everything that the targets stand on and that is not applied yet. */
#include "graph/plan_internal.h"

#include "graph/describe.h"

static char *upgrade_note(const struct cw_graph *graph, const struct cw_applied *applied,
                          const struct cw_revlist *targets) {
  struct strbuf sb = STRBUF_INIT;
  if (!cw_graph_count(graph)) return xstrdup("the project has no revisions yet");
  if (!targets->len) return xstrdup("base is below every revision: there is nothing to upgrade to");
  bool at = true;
  for (size_t i = 0; i < targets->len; i++)
    if (!cw_revlist_has(&applied->rows, targets->items[i])) at = false;
  cw_describe_ids(&sb, targets, ", ");
  strbuf_addf(&sb, " %s already applied", targets->len == 1 ? "is" : "are");
  if (!at) {
    strbuf_addstr(&sb, "; the database is at ");
    cw_describe_ids(&sb, &applied->rows, ", ");
  }
  return strbuf_detach(&sb, NULL);
}

static char *join_ids(const struct cw_revlist *list) {
  struct strbuf sb = STRBUF_INIT;
  if (!list->len) return xstrdup("base");
  cw_describe_ids(&sb, list, ",");
  return strbuf_detach(&sb, NULL);
}

int cw_plan_to(const struct cw_graph *graph, const struct strvec *rows,
               const struct cw_applied *applied, struct cw_revlist *targets,
               struct cw_plan *out) {
  struct cw_revset steps;
  const struct cw_revlist *all = cw_graph_all(graph);
  cw_revset_init(&steps, graph);
  cw_graph_ancestors(graph, targets, true, &steps);
  for (size_t i = 0; i < all->len; i++)
    if (cw_revset_has(&applied->set, all->items[i])) cw_revset_remove(&steps, all->items[i]);
  cw_plan_build(graph, CW_UP, rows, applied, &steps, out);
  cw_revlist_drop_implied(graph, targets);
  cw_revlist_sort(targets);
  out->resolved = join_ids(targets);
  if (!out->nmoves) out->note = upgrade_note(graph, applied, targets);
  cw_revset_release(&steps);
  return 0;
}

int cw_plan_upgrade(const struct cw_graph *graph, const struct strvec *rows, const char *target,
                    struct cw_plan *out, struct cw_err *err) {
  struct cw_ident ident;
  struct cw_branch branch = {0};
  struct cw_applied applied = {0};
  struct cw_revlist targets = {0};
  *out = (struct cw_plan){0};
  if (cw_ident_parse(&ident, graph, target, err) < 0) return -1;
  int status = cw_plan_check(&ident, CW_UP, err);
  if (status == 0) status = cw_branch_init(&branch, graph, &ident, err);
  if (status == 0) status = cw_applied_init(&applied, graph, rows, err);
  if (status == 0) status = cw_ident_places(graph, &ident, &branch, &applied, &targets, err);
  if (status == 0) status = cw_plan_to(graph, rows, &applied, &targets, out);
  cw_revlist_release(&targets);
  cw_applied_release(&applied);
  cw_branch_release(&branch);
  cw_ident_release(&ident);
  return status;
}

/* --- going on --------------------------------------------------------------------------------- */

static int find_ids(const struct cw_graph *graph, const char *joined, struct cw_revlist *out,
                    struct cw_err *err) {
  int status = 0;
  if (strcmp(joined, "base") == 0) return 0;
  for (const char *id = joined; *id && status == 0;) {
    size_t len = strcspn(id, ",");
    char *one = xstrndup(id, len);
    struct cw_revision *rev = cw_graph_find(graph, one);
    if (rev)
      cw_revlist_push(out, rev);
    else
      status = cw_fail(err, CW_ERR_UNKNOWN_REVISION,
                       "the unfinished run was on its way to %s, which no file of this project "
                       "declares any more",
                       one);
    free(one);
    id += len;
    if (*id) id++;
  }
  return status;
}

int cw_plan_continue(const struct cw_graph *graph, enum cw_direction direction,
                     const struct strvec *rows, const char *resolved, struct cw_plan *out,
                     struct cw_err *err) {
  if (direction == CW_DOWN) return cw_plan_downgrade(graph, rows, resolved, out, err);
  struct cw_revlist targets = {0};
  struct cw_applied applied = {0};
  *out = (struct cw_plan){0};
  int status = find_ids(graph, resolved, &targets, err);
  if (status == 0) status = cw_applied_init(&applied, graph, rows, err);
  if (status == 0) status = cw_plan_to(graph, rows, &applied, &targets, out);
  cw_revlist_release(&targets);
  cw_applied_release(&applied);
  return status;
}
