/* stamp, ensure-version and resolve: what changes the records and never the schema; see app.h. */
#include "graph/resolve.h"
#include "run/hooks.h"
#include "run/run.h"
#include "txn/txn.h"
#include "util/alloc.h"
#include "util/clock.h"

/* Opens a transaction in which the state that was read holds. */
static int begin_with_state(struct cw_run *r, struct cw_err *err) {
  bool same = false;
  while (!same) {
    if (cw_run_read_state(r, err) || cw_txn_begin(r->conn, NULL, err) ||
        cw_run_check_state(r, &same, err))
      return -1;
    if (!same) cw_txn_rollback(r->conn);
  }
  return 0;
}

/* --- stamp ---------------------------------------------------------------------------------------- */

/* One journal row per id that becomes a version row; "base" where nothing does. */
static int journal_stamp(struct cw_run *r, const struct cw_move *move, struct cw_err *err) {
  bool any = false;
  for (size_t i = 0; i < move->nchanges; i++) {
    const struct cw_row_change *change = &move->changes[i];
    struct cw_revision *rev = change->to ? cw_graph_find(r->graph, change->to) : NULL;
    struct cw_move_row row = {.revision = change->to ? change->to : change->from,
                              .direction = change->to ? "stamp" : "unstamp",
                              .outcome = "done",
                              .title = rev ? rev->title : NULL,
                              .checksum = rev ? cw_revision_checksum(rev) : NULL,
                              .finished = true};
    any = true;
    if (cw_journal_insert_move(&r->journal, &row, false, err)) return -1;
  }
  return any ? cw_journal_write_run(&r->journal, "done", err) : 0;
}

static int make_stamp(struct cw_run *r, const struct cw_move *move, struct cw_err *err) {
  struct strvec before = {0};
  strvec_copy(&before, &r->now);
  int failed = cw_version_apply(r->conn, &r->tables, move, err);
  if (!failed) {
    cw_version_change(&r->now, move);
    failed = cw_hook_on_version_apply(r->app, r->db, r->exec, move, &before, &r->now, err) ||
             journal_stamp(r, move, err) || cw_lock_fence(r->lock, err);
  }
  if (!failed) failed = cw_txn_commit(r->conn, err);
  if (failed) cw_txn_rollback(r->conn);
  strvec_release(&before);
  return failed;
}

static int stamp(struct cw_run *r, const struct cw_run_opts *opts, struct cw_plan *plan,
                 struct cw_err *err) {
  enum cw_partial_fit fit;
  const struct cw_partial *partial;
  if (cw_run_open(r, err) || begin_with_state(r, err))
    return -1;
  if (r->partials.len > 0 && cw_run_fit_partial(r, plan, false, &fit, &partial, err)) return -1;
  if (cw_plan_stamp(r->graph, &r->rows, opts->targets, opts->purge, plan, err))
    return cw_app_explain_unknown(r->app, r->conn, r->graph, &r->rows, err);
  if (cw_version_check_width(&r->tables, plan, err)) return -1;
  r->journal.target = xstrdup(plan->resolved);
  if (r->open_run.run) r->journal.supersedes = xstrdup(r->open_run.run);
  r->plan = plan;
  r->durations = xcalloc(plan->nmoves + 1, sizeof *r->durations);
  cw_run_event(r, (struct cw_event){.kind = CW_EVENT_START});
  if (plan->note) cw_run_note(r, CW_EVENT_NOTE, "%s", plan->note);
  if (plan->nmoves == 0) {
    cw_txn_rollback(r->conn);
  } else {
    r->number = 1;
    cw_run_event(r, (struct cw_event){.kind = CW_EVENT_MOVE_START});
    if (make_stamp(r, &plan->moves[0], err)) return -1;
    cw_run_event(r, (struct cw_event){.kind = CW_EVENT_MOVE_END,
                                      .duration_ms = cw_clock_ms() - r->began_ms});
  }
  char *rows = strvec_join(&r->now, ",");
  cw_run_event(r, (struct cw_event){.kind = CW_EVENT_END, .rows = rows});
  free(rows);
  return 0;
}

int cw_run_stamp(struct cw_app *app, const struct cw_config_db *db, const struct cw_run_opts *opts,
                 struct cw_err *err) {
  if (opts->sql || opts->dry_run) return cw_run_offline(app, db, "stamp", opts, err);
  for (size_t i = 0; i < opts->targets->len; i++)
    if (cw_resolve_is_range(opts->targets->items[i]))
      return cw_fail(err, CW_ERR_USAGE, "a range (%s) needs --sql", opts->targets->items[i]);
  char *words = strvec_join(opts->targets, " ");
  struct cw_plan plan = {0};
  struct cw_run r = {
      .app = app, .db = db, .command = "stamp", .words = words, .direction = CW_UP};
  int failed = stamp(&r, opts, &plan, err);
  if (failed && r.conn) cw_txn_rollback(r.conn);
  r.plan = NULL;
  cw_run_close(&r);
  cw_plan_release(&plan);
  free(words);
  return failed;
}

/* --- ensure-version ------------------------------------------------------------------------------- */

int cw_run_ensure_version(struct cw_app *app, const struct cw_config_db *db,
                          const struct cw_run_opts *opts, struct cw_err *err) {
  if (opts->sql || opts->dry_run) return cw_run_offline(app, db, "ensure-version", opts, err);
  struct cw_conn *conn = NULL;
  struct cw_tables tables;
  if (cw_app_connect(app, db, false, &conn, err)) return -1;
  int failed = cw_tables_open(&tables, conn, app->config.version_table,
                              app->config.version_table_schema, err);
  if (!failed) {
    failed = cw_tables_create(&tables, conn, false, err);
    cw_tables_release(&tables);
  }
  cw_conn_free(conn);
  return failed;
}

/* --- resolve -------------------------------------------------------------------------------------- */

static const struct cw_partial *find_partial(struct cw_run *r, const char *revision) {
  const struct cw_partial *found = NULL;
  for (size_t i = 0; i < r->partials.len; i++)
    if (strcmp(r->partials.items[i].revision, revision) == 0) found = &r->partials.items[i];
  return found;
}

/* By exact id (the file may be gone), else by what the words name. */
static int name_partial(struct cw_run *r, const struct cw_partial **out, struct cw_err *err) {
  struct cw_revlist found = {0};
  *out = find_partial(r, r->words);
  if (*out) return 0;
  if (cw_resolve(r->graph, r->words, CW_RESOLVE_ONE, NULL, &found, err)) return -1;
  if (found.len == 1) *out = find_partial(r, found.items[0]->id);
  vec_release(&found);
  if (*out) return 0;
  cw_fail(err, CW_ERR_USAGE, "%s is not half-applied: there is nothing to settle", r->words);
  return cw_hint(err, "`curlew status` shows what there is");
}

static int forget(struct cw_run *r, const char *revision, struct cw_err *err) {
  for (size_t i = 0; i < r->partials.len; i++) {
    const struct cw_partial *p = &r->partials.items[i];
    struct cw_move_row row = {
        .id = p->id, .outcome = "forgotten", .error = p->error, .finished = true};
    if (strcmp(p->revision, revision) == 0 && cw_journal_update_move(&r->journal, &row, err))
      return -1;
  }
  return 0;
}

/* The step whose outcome is open is always the last one that was begun. */
static int settle(struct cw_run *r, const struct cw_partial *p, bool applied, struct cw_err *err) {
  struct cw_step_rows rows, change = {0};
  if (cw_journal_load_steps(&r->journal, p->id, &rows, err)) return -1;
  const struct cw_step_row *open = NULL;
  for (size_t i = 0; i < rows.len; i++)
    if (strcmp(rows.items[i].state, "intent") == 0) open = &rows.items[i];
  int failed = 0;
  if (!open) {
    cw_fail(err, CW_ERR_USAGE, "%s has no step whose outcome is unknown", p->revision);
    failed = cw_hint(err, "run the command that was interrupted again, or drop the record with "
                          "`curlew resolve %s --forget`",
                     p->revision);
  } else {
    struct cw_step_row row = {.seq = open->seq,
                              .part = open->part,
                              .state = applied ? "done" : open->parts > 1 ? "planned" : "failed",
                              .result = applied ? NULL : xstrdup(open->result),
                              .update = true};
    vec_push(&change, row);
    failed = cw_journal_write_steps(&r->journal, p->id, &change, err);
    if (!failed)
      cw_run_note(r, CW_EVENT_NOTE, "step %lld of %s (%s) is recorded as %s", (long long)open->step,
                  p->revision, open->summary ? open->summary : open->op,
                  applied ? "done" : "not done");
  }
  cw_step_rows_release(&rows);
  cw_step_rows_release(&change);
  return failed;
}

static int resolve(struct cw_run *r, enum cw_resolution how, struct cw_err *err) {
  const struct cw_partial *p;
  if (cw_run_open(r, err) || begin_with_state(r, err) || name_partial(r, &p, err))
    return -1;
  int failed = how == CW_RESOLVE_FORGET ? forget(r, p->revision, err)
                                        : settle(r, p, how == CW_RESOLVE_APPLIED, err);
  if (!failed) failed = cw_lock_fence(r->lock, err) || cw_txn_commit(r->conn, err);
  if (!failed && how == CW_RESOLVE_FORGET)
    cw_run_note(r, CW_EVENT_NOTE, "the record of %s is dropped, the schema is as it was",
                p->revision);
  return failed ? -1 : 0;
}

int cw_run_resolve(struct cw_app *app, const struct cw_config_db *db, const char *revision,
                   enum cw_resolution how, struct cw_err *err) {
  struct cw_run r = {
      .app = app, .db = db, .command = "resolve", .words = revision, .direction = CW_UP};
  int failed = resolve(&r, how, err);
  if (failed && r.conn) cw_txn_rollback(r.conn);
  cw_run_close(&r);
  return failed;
}
