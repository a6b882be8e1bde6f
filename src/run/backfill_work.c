/* `curlew backfill work`: helps with a backfill that another run has begun, from any machine. The script is
 * run up to that backfill, everything before it answered from the journal; then ranges are leased from the
 * database until none is left. The other run, or its next, ends it. See op/backfill_ranges.c. */
#include "run/backfills.h"
#include "run/run.h"
#include "util/alloc.h"

static int call_script(struct cw_run *r, const struct cw_move *move, struct cw_err *err) {
  cw_run_script_runs(r, true);
  int failed = r->app->ops->run(r->app->script, move->revision, move->direction, r->exec, err);
  cw_run_script_runs(r, false);
  if (r->app->ops->resume) r->app->ops->resume(r->app->script);
  return failed;
}

static int help(struct cw_run *r, const struct cw_found_backfill *found, struct cw_err *err) {
  struct cw_move move = {.revision = cw_graph_find(r->graph, found->revision),
                         .direction = found->up ? CW_UP : CW_DOWN};
  if (!move.revision) {
    cw_fail(err, CW_ERR_UNKNOWN_REVISION, "%s belongs to revision %s, whose file is not here", r->words,
            found->revision);
    return cw_hint(err, "get the migrations of the run that began it");
  }
  struct cw_plan plan = {.moves = &move, .nmoves = 1};
  struct cw_exec_move em = {.move = &move, .none = true, .resume = found->move};
  cw_revision_checksum(move.revision);
  cw_run_make_exec(r, found->seq);
  r->direction = move.direction;
  r->plan = &plan;
  r->number = 1;
  int failed = cw_exec_move_begin(r->exec, &em, err) || call_script(r, &move, err);
  if (failed && cw_exec_helped(r->exec)) {
    cw_err_release(err);
    failed = 0;
  } else if (!failed) {
    failed = cw_fail(err, CW_ERR_CHANGED_STEP, "%s: the script here never came to the backfill %s",
                     found->revision, r->words);
    cw_hint(err, "both machines need the same revision file");
  }
  cw_err_revision(err, failed ? found->revision : NULL);
  cw_exec_rollback(r->exec);
  r->plan = NULL;
  return failed ? -1 : 0;
}

int cw_run_backfill_work(struct cw_app *app, const struct cw_config_db *db,
                         const struct cw_run_opts *opts, struct cw_err *err) {
  struct cw_run r = {.app = app, .db = db, .command = "backfill", .words = opts->target};
  struct cw_found_backfill found = {0};
  int failed = cw_run_open_helper(&r, err);
  if (!failed && (cw_conn_caps(r.conn) & CW_CAP_BEGIN_IMMEDIATE)) {
    failed = cw_fail(err, CW_ERR_UNSUPPORTED, "a backfill on %s has one worker: it has one writer at a time",
                     cw_conn_server(r.conn));
    cw_hint(err, "`curlew upgrade` goes on with one that was stopped");
  }
  failed = failed || cw_backfill_find(r.conn, &r.tables, opts->target, &found, err) ||
           help(&r, &found, err);
  if (failed && r.conn) cw_err_database(err, db->name ? db->name : cw_conn_url(r.conn)->masked);
  cw_found_backfill_release(&found);
  cw_run_close(&r);
  return failed ? -1 : 0;
}
