/* The runner: a plan carried out on a database, move by move; see app.h for what commands ask for. */
#include "run/run.h"

#include "graph/resolve.h"
#include "run/hooks.h"
#include "run/ledger.h"
#include "run/signals.h"
#include "txn/txn.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { PLAN_TRIES = 1000, RETRY_FIRST_MS = 100, RETRY_MOST_MS = 5000 };

void cw_run_script_runs(struct cw_run *r, bool runs) {
  r->script_runs = runs;
  cw_signals_watch(NULL, NULL, r->app->ops, runs ? r->app->script : NULL);
}

static bool stopped(const struct cw_run *r) { return r->app->opts.stop && *r->app->opts.stop; }

/* --- one move ------------------------------------------------------------------------------------- */

static int change_rows(struct cw_run *r, const struct cw_move *move, struct cw_err *err) {
  struct strvec before = {0};
  if (r->app->config.on_version_apply) strvec_copy(&before, &r->now);
  int failed = cw_version_apply(r->conn, &r->tables, move, err);
  if (!failed) {
    cw_version_change(&r->now, move);
    failed = cw_hook_on_version_apply(r->app, r->db, r->exec, move, &before, &r->now, err);
  }
  strvec_release(&before);
  return failed;
}

static int call_script(struct cw_run *r, const struct cw_move *move, struct cw_err *err) {
  cw_run_script_runs(r, true);
  int failed = stopped(r) ? cw_fail(err, CW_ERR_INTERRUPTED, "interrupted")
                          : r->app->ops->run(r->app->script, move->revision, move->direction,
                                             r->exec, err);
  cw_run_script_runs(r, false);
  if (r->app->ops->resume) r->app->ops->resume(r->app->script);
  return failed;
}

/* begin .. end; *stale when another runner was faster (nothing was done then). */
static int try_move(struct cw_run *r, const struct cw_run_move *m, const struct cw_exec_move *em,
                    bool *stale, struct cw_err *err) {
  bool same = true;
  int64_t began = cw_clock_ms();
  *stale = false;
  if (cw_exec_move_begin(r->exec, em, err)) return -1;
  if (!m->shared && cw_run_check_state(r, &same, err)) return -1;
  if (!same) {
    *stale = true;
    return 0;
  }
  if (em->claim && cw_exec_move_claim(r->exec, err)) return -1;
  if (call_script(r, em->move, err) || cw_exec_move_finish(r->exec, err) ||
      change_rows(r, em->move, err))
    return -1;
  r->durations[m->index] = cw_clock_ms() - began;
  r->finished = m->index + 1;
  r->at_stake = r->finished;
  if (cw_exec_move_end(r->exec, m->last, err) == 0) return 0;
  r->finished = m->index;
  return -1;
}

static void pause_before_retry(struct cw_run *r, int attempt) {
  int64_t ms = RETRY_FIRST_MS;
  for (int i = 1; i < attempt && ms < RETRY_MOST_MS; i++) ms *= 2;
  if (ms > RETRY_MOST_MS) ms = RETRY_MOST_MS;
  cw_clock_sleep(ms / 2 + cw_clock_us() % (ms / 2 + 1), r->app->opts.stop);
}

static void tell_retry(struct cw_run *r, const struct cw_err *failure, int attempt) {
  char *who = cw_blocker_text(r->blocker);
  cw_run_note(r, CW_EVENT_NOTE, "%s%s%s; rolled back, trying again (%d of %d)", failure->message,
              who ? "; the lock is held by " : "", who ? who : "", attempt,
              r->app->config.ddl_retries);
  free(who);
}

/* The last words about a lock that was never had. */
static void name_blocker(struct cw_run *r, struct cw_err *err) {
  char *who = cw_exec_is_lock_failure(err) ? cw_blocker_text(r->blocker) : NULL;
  if (who)
    cw_hint(err, "the lock is held by %s; end that session or wait for it", who);
  free(who);
}

/* What fails only because something failed before it says nothing: the first error does. */
static void name_first_error(struct cw_run *r, struct cw_err *err) {
  const struct cw_err *first = cw_exec_first_error(r->exec);
  if (strcmp(err->sqlstate, "25P02") != 0 || first->code == CW_OK) return;
  cw_err_copy(err, first);
  cw_hint(err, "the script went on after this error, but its transaction could not: use "
               "op.savepoint() around statements that may fail");
}

/* An interruption may surface as whatever the script made of it. */
static void name_interruption(struct cw_run *r, struct cw_err *err) {
  if (!stopped(r) || err->code == CW_ERR_INTERRUPTED) return;
  if (err->code == CW_ERR_SCRIPT || err->code == CW_ERR_STATEMENT) err->code = CW_ERR_INTERRUPTED;
}

int cw_run_one(struct cw_run *r, struct cw_run_move *m, bool *lock_failure,
               struct cw_err *err) {
  const struct cw_move *move = &r->plan->moves[m->index];
  *lock_failure = false;
  if (cw_project_load(r->app->ops, r->app->script, move->revision, err)) return -1;
  cw_revision_checksum(move->revision); /* for the journal */
  struct cw_exec_move em = {.move = move,
                            .none = m->none,
                            .claim = m->none && r->lockless,
                            .shared = m->shared,
                            .resume = m->resume,
                            .script = move->revision->text};
  int failed = 0;
  r->number = m->index + 1;
  r->resumed = m->resume != 0;
  cw_run_event(r, (struct cw_event){.kind = CW_EVENT_MOVE_START, .resumed = r->resumed});
  for (int attempt = 1;; attempt++) {
    struct cw_err failure = CW_ERR_INIT;
    failed = try_move(r, m, &em, &r->stale, &failure);
    if (!failed && r->stale) cw_exec_move_retry(r->exec, &em.resume);
    if (!failed) break;
    strvec_release(&r->now);
    strvec_copy(&r->now, &r->rows);
    const struct cw_err *first = cw_exec_first_error(r->exec);
    bool lock = cw_exec_is_lock_failure(first->code != CW_OK ? first : &failure);
    if (lock && !stopped(r) && !cw_conn_lost(r->conn) && attempt <= r->app->config.ddl_retries) {
      if (m->shared) *lock_failure = true;
      if (!m->shared) tell_retry(r, &failure, attempt);
      cw_exec_move_retry(r->exec, &em.resume);
      m->resume = em.resume;
      if (m->shared) cw_err_move(err, &failure);
      cw_err_release(&failure);
      if (m->shared) break;
      pause_before_retry(r, attempt);
      continue;
    }
    bool partial = false;
    name_first_error(r, &failure);
    name_interruption(r, &failure);
    name_blocker(r, &failure);
    cw_exec_move_fail(r->exec, &failure, &partial);
    cw_err_move(err, &failure);
    cw_run_explain(r, partial, err);
    break;
  }
  return failed;
}

/* --- a plan --------------------------------------------------------------------------------------- */

struct modes {
  bool all;
  bool shared_open;
  int lock_failures;
};

static int interrupted(struct cw_run *r, struct cw_err *err) {
  cw_fail(err, CW_ERR_INTERRUPTED, "interrupted after %zu of %zu revisions",
          r->done_before + r->ended, r->done_before + r->plan->nmoves);
  return cw_hint(err, "run the same command again to continue");
}

static int open_shared(struct cw_run *r, struct modes *modes, struct cw_err *err) {
  bool same;
  if (modes->shared_open) return 0;
  if (cw_exec_begin_shared(r->exec, err) || cw_run_check_state(r, &same, err)) return -1;
  if (!same) {
    cw_exec_rollback(r->exec);
    r->stale = true;
    return 0;
  }
  modes->shared_open = true;
  return 0;
}

/* Back to the last commit: every revision since then is run again. */
static int retry_shared(struct cw_run *r, struct modes *modes, struct cw_err *err) {
  if (++modes->lock_failures > r->app->config.ddl_retries) return -1;
  tell_retry(r, err, modes->lock_failures);
  cw_err_release(err);
  cw_exec_rollback(r->exec);
  modes->shared_open = false;
  r->finished = r->ended;
  pause_before_retry(r, modes->lock_failures);
  return 0;
}

static int end_shared(struct cw_run *r, struct modes *modes, bool last, struct cw_err *err) {
  if (!modes->shared_open) return 0;
  modes->shared_open = false;
  r->at_stake = r->finished;
  return cw_exec_commit_shared(r->exec, last, err);
}

static enum cw_txn_mode mode_of(const struct cw_run *r, const struct cw_revision *rev) {
  enum cw_txn_mode mode = rev->transaction;
  if (mode == CW_TXN_DEFAULT) mode = r->app->config.transaction;
  return mode == CW_TXN_DEFAULT ? CW_TXN_EACH : mode;
}

static int run_moves(struct cw_run *r, int64_t resume, struct cw_err *err) {
  struct modes modes = {.all = r->app->config.transaction == CW_TXN_ALL};
  if (modes.all && !(cw_conn_caps(r->conn) & CW_CAP_TXN_DDL)) {
    cw_run_note(r, CW_EVENT_WARNING,
                "transaction = \"all\" means \"each\" on %s: every definition commits by itself there",
                cw_conn_server(r->conn));
    modes.all = false;
  }
  size_t i = 0;
  while (i < r->plan->nmoves) {
    enum cw_txn_mode mode = mode_of(r, r->plan->moves[i].revision);
    bool last = r->final && i + 1 == r->plan->nmoves, lock_failure;
    bool shared = modes.all && mode == CW_TXN_ALL;
    if (stopped(r)) {
      cw_exec_rollback(r->exec);
      return interrupted(r, err);
    }
    if (shared ? open_shared(r, &modes, err) : end_shared(r, &modes, false, err)) return -1;
    if (r->stale) return 0;
    struct cw_run_move m = {.index = i,
                            .resume = resume,
                            .none = mode == CW_TXN_NONE,
                            .shared = shared,
                            .last = last};
    if (cw_run_one(r, &m, &lock_failure, err)) {
      if (!lock_failure || retry_shared(r, &modes, err)) {
        cw_exec_rollback(r->exec);
        return -1;
      }
      resume = i == r->ended ? m.resume : 0;
      i = r->ended;
      continue;
    }
    if (r->stale) return 0;
    resume = 0;
    i++;
  }
  return end_shared(r, &modes, r->final, err);
}

/* --- planning ------------------------------------------------------------------------------------- */

static int plan_words(struct cw_run *r, struct cw_plan *plan, struct cw_err *err) {
  return r->direction == CW_UP
             ? cw_plan_upgrade(r->graph, &r->rows, r->words, plan, err)
             : cw_plan_downgrade(r->graph, &r->rows, r->words, plan, err);
}

/* The same relative words while their run is open go on to where that run was going. */
static bool plan_open_run(struct cw_run *r, struct cw_plan *plan) {
  const struct cw_open_run *open = &r->open_run;
  if (!open->run || !open->target || !cw_resolve_needs_rows(r->words)) return false;
  if (strcmp(open->command, r->command) != 0 || strcmp(open->words, r->words) != 0) return false;
  struct cw_err ignored = CW_ERR_INIT;
  bool ok = cw_plan_continue(r->graph, r->direction, &r->rows, open->target, plan, &ignored) == 0;
  cw_err_release(&ignored);
  if (ok && plan->nmoves > 0) {
    cw_run_note(r, CW_EVENT_NOTE, "going on with an unfinished run: %s meant %s then", r->words,
                open->target);
    cw_journal_adopt(&r->journal, open);
    return true;
  }
  if (ok) cw_plan_release(plan);
  return false;
}

/* The plan of this run, or its rest after another runner was faster. */
static int make_plan(struct cw_run *r, struct cw_plan *plan, struct cw_err *err) {
  *plan = (struct cw_plan){0};
  if (r->journal.target)
    return cw_plan_continue(r->graph, r->direction, &r->rows, r->journal.target, plan, err);
  if (plan_open_run(r, plan)) return 0;
  if (plan_words(r, plan, err))
    return cw_app_explain_unknown(r->app, r->conn, r->graph, &r->rows, err);
  if (r->open_run.run) r->journal.supersedes = xstrdup(r->open_run.run);
  r->journal.target = xstrdup(plan->resolved);
  return 0;
}

static void use_plan(struct cw_run *r, const struct cw_plan *plan, bool final) {
  r->plan = plan;
  r->number = r->ended = r->finished = r->at_stake = 0;
  r->final = final;
  free(r->durations);
  r->durations = xcalloc(plan->nmoves + 1, sizeof *r->durations);
  if (!r->told_start) cw_run_event(r, (struct cw_event){.kind = CW_EVENT_START});
  r->told_start = true;
}

static void drop_plan(struct cw_run *r, struct cw_plan *plan) {
  r->done_before += r->ended;
  r->plan = NULL;
  cw_plan_release(plan);
}

/* A half-applied revision that the plan has, but not first: it is finished alone. */
static int finish_first(struct cw_run *r, const struct cw_partial *partial, struct cw_err *err) {
  struct cw_plan plan = {0};
  int failed = r->direction == CW_UP
                   ? cw_plan_upgrade(r->graph, &r->rows, partial->revision, &plan, err)
                   : 0;
  if (!failed && (plan.nmoves != 1 || strcmp(plan.moves[0].revision->id, partial->revision) != 0))
    failed = cw_fail(err, CW_ERR_PARTIAL, "%s is half-applied and can't be gone on with from here",
                     partial->revision);
  if (!failed) {
    use_plan(r, &plan, false);
    failed = run_moves(r, partial->id, err);
  }
  drop_plan(r, &plan);
  return failed;
}

/* One round: read the state, plan, run. *again: the state has changed, or something came first. */
static int round_trip(struct cw_run *r, bool *again, struct cw_err *err) {
  struct cw_plan plan = {0};
  struct cw_err unplanned = CW_ERR_INIT;
  const struct cw_partial *partial = NULL;
  enum cw_partial_fit fit;
  *again = false;
  if (cw_run_read_state(r, err)) return -1;
  bool planned = make_plan(r, &plan, &unplanned) == 0;
  int failed = cw_run_fit_partial(r, &plan, planned, &fit, &partial, err);
  if (!failed && !planned && fit != CW_FIT_UNDO) {
    cw_err_move(err, &unplanned);
    failed = -1;
  }
  if (failed) {
  } else if (fit == CW_FIT_UNDO) {
    failed = cw_run_undo(r, partial, err);
  } else if (fit == CW_FIT_FIRST) {
    *again = true;
    failed = finish_first(r, partial, err);
  } else {
    failed = cw_version_check_width(&r->tables, &plan, err);
    if (!failed) {
      use_plan(r, &plan, true);
      if (plan.note) cw_run_note(r, CW_EVENT_NOTE, "%s", plan.note);
      failed = run_moves(r, fit == CW_FIT_RESUME ? partial->id : 0, err);
      *again = r->stale;
      if (failed && r->at_stake > r->ended && cw_exec_commit_lost(r->exec)) {
        failed = cw_run_settle_commit(r, err);
        *again = !failed && r->ended < plan.nmoves;
      }
    }
  }
  cw_err_release(&unplanned);
  drop_plan(r, &plan);
  return failed;
}

static int end_run(struct cw_run *r, struct cw_err *err) {
  /* Someone else made the last moves: this run is over all the same. */
  if (r->journal.run_written && !r->journal.run_ended &&
      cw_journal_write_run(&r->journal, "done", err))
    return -1;
  char *rows = strvec_join(&r->rows, ",");
  cw_run_event(r, (struct cw_event){.kind = CW_EVENT_END,
                                    .moves = r->done_before,
                                    .rows = rows,
                                    .duration_ms = cw_clock_ms() - r->began_ms});
  free(rows);
  return 0;
}

/* Applied revisions whose file is not what was run: said, never refused. */
static int warn_changed(struct cw_run *r, struct cw_err *err) {
  struct cw_ledger ledger;
  struct strvec rows = {0}, changed = {0}, missing = {0};
  struct cw_revset applied;
  struct cw_err ignored = CW_ERR_INIT; /* rows that no file explains: the plan says so */
  if (cw_version_read(r->conn, &r->tables, &rows, err) ||
      cw_ledger_read(&ledger, r->conn, &r->tables, err)) {
    strvec_release(&rows);
    return -1;
  }
  cw_revset_init(&applied, r->graph);
  bool known = cw_graph_applied(r->graph, &rows, &applied, &ignored) == 0;
  cw_ledger_compare(&ledger, r->graph, known ? &applied : NULL, &changed, &missing);
  if (!known) strvec_release(&missing);
  cw_err_release(&ignored);
  cw_revset_release(&applied);
  strvec_release(&rows);
  char *ids = strvec_join(&changed, ", "), *gone = strvec_join(&missing, ", ");
  if (changed.len)
    cw_run_note(r, CW_EVENT_WARNING, "changed since %s applied: %s",
                changed.len == 1 ? "it was" : "they were", ids);
  if (missing.len) cw_run_note(r, CW_EVENT_WARNING, "applied, but the file is missing: %s", gone);
  free(ids);
  free(gone);
  strvec_release(&changed);
  strvec_release(&missing);
  cw_ledger_release(&ledger);
  return 0;
}

/* What is wrong with the words whatever the database is at: said before it is connected to, let alone
 * written. Nothing applied serves as well as anything to find it. */
static int check_words(struct cw_run *r, struct cw_err *err) {
  struct cw_plan plan = {0};
  struct cw_err failure = CW_ERR_INIT;
  if (cw_app_graph(r->app, r->db, &r->graph, err)) return -1;
  int failed = plan_words(r, &plan, &failure);
  bool wrong = failed && (failure.code == CW_ERR_USAGE || failure.code == CW_ERR_UNKNOWN_REVISION ||
                          failure.code == CW_ERR_AMBIGUOUS_REVISION ||
                          failure.code == CW_ERR_MULTIPLE_HEADS);
  if (wrong)
    cw_err_move(err, &failure);
  else
    cw_err_release(&failure);
  cw_plan_release(&plan);
  return wrong ? -1 : 0;
}

static int run_command(struct cw_run *r, struct cw_err *err) {
  bool again = true;
  if (check_words(r, err)) return -1;
  if (cw_run_open(r, err)) return -1;
  if (r->direction == CW_UP && warn_changed(r, err)) return -1;
  for (int tries = 0; again && tries < PLAN_TRIES; tries++)
    if (round_trip(r, &again, err)) return -1;
  return end_run(r, err);
}

static int mutate(struct cw_app *app, const struct cw_config_db *db, const char *command,
                  enum cw_direction direction, const struct cw_run_opts *opts,
                  struct cw_err *err) {
  app->runs_scripts = true;
  if (opts->sql || opts->dry_run) return cw_run_offline(app, db, command, opts, err);
  if (opts->target && cw_resolve_is_range(opts->target)) {
    cw_fail(err, CW_ERR_USAGE, "a range (%s) needs --sql", opts->target);
    return cw_hint(err, "without --sql the database says where to start: name the target only");
  }
  struct cw_run r = {.app = app,
                     .db = db,
                     .command = command,
                     .words = opts->target,
                     .direction = direction};
  int failed = run_command(&r, err);
  if (failed && r.conn) cw_err_database(err, db->name ? db->name : cw_conn_url(r.conn)->masked);
  cw_run_close(&r);
  return failed;
}

int cw_run_upgrade(struct cw_app *app, const struct cw_config_db *db,
                   const struct cw_run_opts *opts, struct cw_err *err) {
  return mutate(app, db, "upgrade", CW_UP, opts, err);
}

int cw_run_downgrade(struct cw_app *app, const struct cw_config_db *db,
                     const struct cw_run_opts *opts, struct cw_err *err) {
  return mutate(app, db, "downgrade", CW_DOWN, opts, err);
}
