/* Half-applied revisions: what one means for the command at hand, and how its part is taken back; see
 * run.h and execution.md, "Resume is replay". */
#include "op/undo.h"
#include "run/run.h"
#include "util/alloc.h"
#include "util/clock.h"

/* --- what it means -------------------------------------------------------------------------------- */

static const struct cw_partial *choose(const struct cw_partials *partials) {
  const struct cw_partial *chosen = partials->len ? &partials->items[0] : NULL;
  for (size_t i = 0; i < partials->len; i++)
    if (partials->items[i].undoes) chosen = &partials->items[i];
  return chosen;
}

static size_t index_of(const struct cw_plan *plan, const char *id) {
  size_t i = 0;
  while (i < plan->nmoves &&
         (!plan->moves[i].revision || strcmp(plan->moves[i].revision->id, id) != 0))
    i++;
  return i;
}

/* "downgrade to its parent": a downgrade with nothing to do whose target the revision stands on. */
static bool targets_parent(struct cw_run *r, const struct cw_plan *plan, const char *id) {
  const struct cw_revision *rev = cw_graph_find(r->graph, id);
  if (!rev || plan->nmoves > 0 || !plan->resolved) return false;
  if (rev->parents.len == 0) return strcmp(plan->resolved, "base") == 0;
  for (size_t i = 0; i < rev->parents.len; i++)
    if (strcmp(rev->parents.items[i]->id, plan->resolved) == 0) return true;
  return false;
}

static int refuse(struct cw_run *r, const struct cw_partial *p, struct cw_err *err) {
  const struct cw_revision *rev = cw_graph_find(r->graph, p->revision);
  const char *parent = rev && rev->parents.len ? rev->parents.items[0]->id : "base";
  bool up = strcmp(p->direction, "up") == 0;
  cw_fail(err, CW_ERR_PARTIAL, "%s is half %s (begun at %s UTC by %s on %s)%s%s: %s is refused",
          p->revision, p->undoes ? "taken back" : up ? "applied" : "reverted", p->started_at,
          p->who_user, p->who_host, p->error ? "; it stopped with: " : "", p->error ? p->error : "",
          r->command);
  if (!rev)
    cw_hint(err, "its file is missing: put it back, or drop the record with `curlew resolve %s "
                 "--forget`",
            p->revision);
  else if (p->undoes)
    cw_hint(err, "`curlew downgrade %s` goes on taking it back, `curlew resolve %s --forget` drops "
                 "the record and leaves the schema as it is",
            parent, p->revision);
  else if (up)
    cw_hint(err, "`curlew upgrade %s` goes on with it, `curlew downgrade %s` takes its part back, "
                 "`curlew resolve %s --forget` drops the record and leaves the schema as it is",
            p->revision, parent, p->revision);
  else
    cw_hint(err, "`curlew downgrade %s` goes on with it, `curlew resolve %s --forget` drops the "
                 "record and leaves the schema as it is",
            parent, p->revision);
  cw_err_revision(err, p->revision);
  return -1;
}

int cw_run_fit_partial(struct cw_run *r, const struct cw_plan *plan, bool planned,
                       enum cw_partial_fit *fit, const struct cw_partial **partial,
                       struct cw_err *err) {
  const struct cw_partial *p = *partial = choose(&r->partials);
  *fit = CW_FIT_NONE;
  if (!p) return 0;
  if (!planned) return refuse(r, p, err);
  bool up = strcmp(p->direction, "up") == 0, upgrade = r->direction == CW_UP;
  if (p->undoes || (up && !upgrade)) {
    if (upgrade || !targets_parent(r, plan, p->revision)) return refuse(r, p, err);
    *fit = CW_FIT_UNDO;
    return 0;
  }
  size_t at = index_of(plan, p->revision);
  if (up != upgrade || at == plan->nmoves || (!upgrade && at > 0)) return refuse(r, p, err);
  *fit = at == 0 ? CW_FIT_RESUME : CW_FIT_FIRST;
  cw_run_note(r, CW_EVENT_NOTE, "%s is half %s, going on with it", p->revision,
              up ? "applied" : "reverted");
  return 0;
}

/* --- taking it back ------------------------------------------------------------------------------- */

static int undo_steps(struct cw_run *r, const struct cw_partial *part, const struct cw_move *move,
                      int64_t resume, bool *nothing_left, struct cw_err *err) {
  struct cw_exec_move em = {.move = move, .undoes = part->id, .resume = resume};
  if (cw_exec_move_begin(r->exec, &em, err)) return -1;
  cw_run_script_runs(r, true);
  int failed = cw_exec_undo(r->exec, part->id, nothing_left, err);
  cw_run_script_runs(r, false);
  if (r->app->ops->resume) r->app->ops->resume(r->app->script);
  return failed || cw_exec_move_finish(r->exec, err) || cw_exec_move_end(r->exec, true, err) ? -1
                                                                                           : 0;
}

int cw_run_undo(struct cw_run *r, const struct cw_partial *partial, struct cw_err *err) {
  const struct cw_partial *part = partial;
  for (size_t i = 0; i < r->partials.len; i++)
    if (partial->undoes == r->partials.items[i].id) part = &r->partials.items[i];
  struct cw_move move = {.revision = cw_graph_find(r->graph, part->revision),
                         .direction = CW_DOWN};
  struct cw_plan plan = {.moves = &move, .nmoves = 1};
  cw_revision_checksum(move.revision); /* for the journal */
  int64_t began = cw_clock_ms(), duration = 0;
  r->plan = &plan;
  r->number = 1;
  r->ended = r->finished = 0;
  free(r->durations);
  r->durations = xcalloc(1, sizeof *r->durations);
  r->resumed = partial->undoes != 0;
  cw_run_event(r, (struct cw_event){.kind = CW_EVENT_START});
  cw_run_event(r, (struct cw_event){.kind = CW_EVENT_MOVE_START, .resumed = r->resumed});
  bool nothing_left = true, left = false;
  int failed = undo_steps(r, part, &move, partial->undoes ? partial->id : 0, &nothing_left, err);
  duration = cw_clock_ms() - began;
  if (failed) {
    cw_exec_move_fail(r->exec, err, &left);
    cw_run_explain(r, left, err);
  } else {
    cw_run_event(r, (struct cw_event){.kind = CW_EVENT_MOVE_END,
                                      .resumed = r->resumed,
                                      .duration_ms = duration});
    r->done_before++;
  }
  r->plan = NULL;
  return failed;
}
