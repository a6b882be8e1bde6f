/* The beginning and the end of a mutating command on a database: connection, service tables, lock,
 * and the state as it is under the lock; see run.h. */
#include "run/run.h"

#include "run/hooks.h"
#include "run/signals.h"
#include "util/alloc.h"
#include "util/clock.h"

/* --- what the exec and the lock tell -------------------------------------------------------------- */

static void on_step(void *ctx, int step, const char *op, const char *summary, bool skipped,
                    int64_t ms) {
  struct cw_run *r = ctx;
  cw_run_event(r, (struct cw_event){.kind = CW_EVENT_STEP,
                                    .step = step,
                                    .op = op,
                                    .text = summary,
                                    .skipped = skipped,
                                    .duration_ms = ms});
}

static void on_backfill(void *ctx, const struct cw_backfill_progress *progress) {
  cw_run_event(ctx, (struct cw_event){.kind = CW_EVENT_PROGRESS,
                                      .step = progress->step,
                                      .text = progress->name,
                                      .done = progress->walked,
                                      .total = progress->total,
                                      .backfill = progress});
}

static void on_note(void *ctx, bool warning, const char *text) {
  cw_run_note(ctx, warning ? CW_EVENT_WARNING : CW_EVENT_NOTE, "%s", text);
}

static void on_log(void *ctx, const char *text) { cw_run_note(ctx, CW_EVENT_NOTE, "%s", text); }

static void on_watch(void *ctx, struct cw_conn *first, struct cw_conn *second) {
  struct cw_run *r = ctx;
  cw_signals_watch(first, second, r->app->ops, r->script_runs ? r->app->script : NULL);
  /* Where definitions are transactional, what can't be rolled back runs without a lock timeout. */
  bool alone = second && !first && (cw_conn_caps(second) & CW_CAP_TXN_DDL);
  cw_blocker_statement(r->blocker, second != NULL, alone);
}

static void on_waits(void *ctx, const char *text) {
  cw_run_note(ctx, CW_EVENT_NOTE, "the statement waits for %s", text);
}

static char *on_blocker(void *ctx) { return cw_blocker_text(((struct cw_run *)ctx)->blocker); }

/* Words only after the commit: what was finished before it is now reported as done. */
static void on_committed(void *ctx) {
  struct cw_run *r = ctx;
  for (; r->plan && r->ended < r->finished; r->ended++) {
    cw_version_change(&r->rows, &r->plan->moves[r->ended]);
    cw_run_event(r, (struct cw_event){.kind = CW_EVENT_MOVE_END,
                                      .move = &r->plan->moves[r->ended],
                                      .number = r->done_before + r->ended + 1,
                                      .resumed = r->resumed,
                                      .duration_ms = r->durations[r->ended]});
  }
}

static void on_waiting(void *ctx, const char *text) { cw_run_note(ctx, CW_EVENT_NOTE, "%s", text); }

static int on_reopened(void *ctx, struct cw_err *err) {
  bool same;
  if (cw_run_check_state(ctx, &same, err)) return -1;
  if (same) return 0;
  cw_fail(err, CW_ERR_LOCKED, "another runner came in between");
  return cw_hint(err, "run the same command again");
}

/* A connection of the heartbeat or of who looks for blockers, opened by its thread: nothing of the script side is touched. */
static int open_second(void *ctx, struct cw_conn **out, struct cw_err *err) {
  struct cw_run *r = ctx;
  struct cw_conn_opts opts = {.application = "curlew watch"};
  return cw_conn_open(out, r->url, &opts, err);
}

/* A further connection for the work itself: hooks see it like the first. */
static int on_connect(void *ctx, struct cw_conn **out, struct cw_err *err) {
  struct cw_run *r = ctx;
  if (cw_app_connect_url(r->app, r->url, false, out, err)) return -1;
  if (cw_hook_on_connect(r->app, r->db, *out, err) == 0) return 0;
  cw_conn_free(*out);
  *out = NULL;
  return -1;
}

static int on_reconnect(void *ctx, struct cw_conn **conn, struct cw_lock **lock, struct cw_err *err);

/* --- opening -------------------------------------------------------------------------------------- */

static int take_lock(struct cw_run *r, struct cw_err *err) {
  const struct cw_config *config = &r->app->config;
  char *command = xasprintf("%s %s", r->command, r->words);
  if (strlen(command) > 60) command[60] = '\0';
  struct cw_lock_opts opts = {.conn = r->conn,
                              .tables = &r->tables,
                              .kind = config->lock_kind ? config->lock_kind : "auto",
                              .timeout_ms = config->lock_timeout_ms,
                              .run = r->journal.run,
                              .command = command,
                              .stop = r->app->opts.stop,
                              .waiting = on_waiting,
                              .second = open_second,
                              .ctx = r};
  int failed = cw_lock_acquire(&r->lock, &opts, NULL, err);
  free(command);
  return failed;
}

static struct cw_exec *make_exec(struct cw_run *r) {
  const struct cw_config *config = &r->app->config;
  struct cw_exec_opts opts = {
      .ops = r->app->ops,
      .script = r->app->script,
      .conn = r->conn,
      .journal = &r->journal,
      .lock = r->lock,
      .database = cw_db_name(r->db),
      .direction = r->direction,
      .x = r->app->opts.x,
      .config = r->db->entry ? r->db->entry : config->tree,
      .before_step = config->before_step,
      .after_step = config->after_step,
      .ddl_lock_timeout_ms = config->ddl_lock_timeout_ms,
      .ddl_statement_timeout_ms = config->ddl_statement_timeout_ms,
      .ddl_retries = config->ddl_retries,
      .join_seq = r->join_seq,
      .stop = r->app->opts.stop,
      .events = {.ctx = r,
                 .step = on_step,
                 .note = on_note,
                 .log = on_log,
                 .backfill = on_backfill,
                 .watch = on_watch,
                 .blocker = on_blocker,
                 .reopened = on_reopened,
                 .connect = on_connect,
                 .reconnect = r->lockless || r->join_seq ? NULL : on_reconnect,
                 .committed = on_committed},
  };
  return cw_exec_new(&opts);
}

/* The connection and everything that hangs on it. The tables are there, but for a first run. */
static int connect(struct cw_run *r, struct cw_err *err) {
  const struct cw_config *config = &r->app->config;
  if (cw_app_connect_url(r->app, r->url, false, &r->conn, err)) return -1;
  if (cw_hook_on_connect(r->app, r->db, r->conn, err)) return -1;
  r->lockless = cw_conn_caps(r->conn) & CW_CAP_BEGIN_IMMEDIATE;
  if (cw_tables_open(&r->tables, r->conn, config->version_table, config->version_table_schema, err))
    return -1;
  r->has_tables = true;
  r->journal.conn = r->conn;
  return cw_tables_create(&r->tables, r->conn, true, err);
}

static int get_ready(struct cw_run *r, struct cw_err *err) {
  if (take_lock(r, err)) return -1;
  struct cw_blocker_opts blocker = {.dialect = cw_conn_dialect(r->conn),
                                    .session = r->tables.session,
                                    .second = open_second,
                                    .waits = on_waits,
                                    .ctx = r};
  if (r->app->config.ddl_lock_timeout_ms > 0) r->blocker = cw_blocker_start(&blocker);
  r->exec = make_exec(r);
  return 0;
}

/* The lock is this run's own as long as nobody has taken it; then it is not had again. */
static int on_reconnect(void *ctx, struct cw_conn **conn, struct cw_lock **lock, struct cw_err *err) {
  struct cw_run *r = ctx;
  struct cw_conn *fresh = NULL;
  if (on_connect(r, &fresh, err)) return -1;
  cw_blocker_stop(r->blocker);
  r->blocker = NULL;
  int64_t token = cw_lock_token(r->lock);
  cw_lock_release(r->lock);
  *lock = r->lock = NULL;
  cw_conn_free(r->conn);
  *conn = r->conn = r->journal.conn = fresh;
  int failed = take_lock(r, err);
  *lock = r->lock;
  if (failed || cw_lock_token(r->lock) == token + 1) return failed;
  cw_fail(err, CW_ERR_FENCED, "the connection was lost, and another runner had the lock since");
  return cw_hint(err, "run `curlew status`, then the same command again");
}

static void disconnect(struct cw_run *r) {
  cw_signals_watch(NULL, NULL, NULL, NULL);
  cw_exec_free(r->exec);
  cw_blocker_stop(r->blocker);
  cw_lock_release(r->lock);
  if (r->has_tables) cw_tables_release(&r->tables);
  cw_conn_free(r->conn);
  r->exec = NULL;
  r->blocker = NULL;
  r->lock = NULL;
  r->has_tables = false;
  r->conn = NULL;
}

int cw_run_open(struct cw_run *r, struct cw_err *err) {
  r->began_ms = cw_clock_ms();
  cw_journal_init(&r->journal, NULL, &r->tables, r->command, r->words);
  if (cw_app_graph(r->app, r->db, &r->graph, err)) return -1;
  if (cw_app_url(r->app, r->db, &r->url, err)) return -1;
  if (cw_signals_start(err)) return -1;
  r->signals = true;
  return connect(r, err) || get_ready(r, err) ? -1 : 0;
}

int cw_run_open_helper(struct cw_run *r, struct cw_err *err) {
  const struct cw_config *config = &r->app->config;
  r->began_ms = cw_clock_ms();
  cw_journal_init(&r->journal, NULL, &r->tables, r->command, r->words);
  if (cw_app_graph(r->app, r->db, &r->graph, err)) return -1;
  if (cw_app_url(r->app, r->db, &r->url, err)) return -1;
  if (cw_signals_start(err)) return -1;
  r->signals = true;
  if (on_connect(r, &r->conn, err)) return -1;
  if (cw_tables_open(&r->tables, r->conn, config->version_table, config->version_table_schema, err))
    return -1;
  r->has_tables = true;
  r->journal.conn = r->conn;
  return 0;
}

void cw_run_make_exec(struct cw_run *r, int64_t join_seq) {
  r->join_seq = join_seq;
  r->exec = make_exec(r);
}

void cw_run_close(struct cw_run *r) {
  disconnect(r);
  cw_journal_release(&r->journal);
  cw_url_free(r->url);
  if (r->signals) cw_signals_stop();
  strvec_release(&r->rows);
  strvec_release(&r->now);
  cw_partials_release(&r->partials);
  cw_open_run_release(&r->open_run);
  free(r->durations);
}

/* --- a commit whose answer was lost --------------------------------------------------------------- */

/* A revision's last row tells: before this move it was of the other direction, or not done. */
static int was_committed(struct cw_run *r, const struct cw_move *move, bool *committed,
                         struct cw_err *err) {
  struct cw_value id = cw_text(move->revision->id);
  struct cw_result *result = NULL;
  const struct cw_value *row;
  *committed = false;
  if (cw_tables_query(&r->tables, r->conn,
                      "SELECT CASE WHEN outcome = 'done' THEN direction ELSE '' END, run_id "
                      "FROM {journal} WHERE revision = ? ORDER BY id DESC",
                      &id, 1, &result, err))
    return -1;
  int got = cw_result_next(result, &row, err);
  const char *want = move->direction == CW_UP ? "up" : "down";
  if (got == 1)
    *committed = row[0].type == CW_TEXT && row[0].s.len == strlen(want) &&
                 memcmp(row[0].s.p, want, row[0].s.len) == 0;
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

/* Whether the run's own row is among what was committed. */
static int find_run(struct cw_run *r, struct cw_err *err) {
  struct cw_open_run open = {0};
  if (cw_journal_open_run(&r->journal, &open, err)) return -1;
  bool ours = open.run && strcmp(open.run, r->journal.run) == 0;
  r->journal.run_written = true;
  r->journal.run_ended = !ours;
  cw_open_run_release(&open);
  return 0;
}

int cw_run_settle_commit(struct cw_run *r, struct cw_err *err) {
  const struct cw_move *last = &r->plan->moves[r->at_stake - 1];
  int64_t transaction = cw_lock_transaction(r->lock);
  bool committed = false;
  struct cw_err failure = CW_ERR_INIT;
  cw_run_note(r, CW_EVENT_NOTE, "the connection was lost at COMMIT: asking what became of it");
  disconnect(r);
  /* With the lock taken anew its token is another one: should the old transaction still be on its way,
   * it can't be committed any more, and what the journal says stays so. */
  int failed = connect(r, &failure) ||
               cw_lock_await_end(r->conn, &r->tables, transaction, r->app->opts.stop, &failure) ||
               get_ready(r, &failure) || was_committed(r, last, &committed, &failure);
  if (!failed && committed) failed = find_run(r, &failure);
  if (failed) {
    cw_err_release(err);
    cw_fail(err, CW_ERR_CONNECTION_LOST,
            "the connection was lost while %s was committed, and could not be made again: %s",
            last->revision->id, failure.message);
    cw_hint(err, "run the same command again: the journal tells what was committed");
    cw_err_release(&failure);
    return -1;
  }
  if (!committed) {
    cw_err_release(err);
    cw_fail(err, CW_ERR_CONNECTION_LOST,
            "the connection was lost while %s was committed, and the server has rolled it back",
            last->revision->id);
    cw_hint(err, "run the same command again");
    return -1;
  }
  cw_err_release(err);
  r->finished = r->at_stake;
  on_committed(r);
  return 0;
}

/* --- the state ------------------------------------------------------------------------------------ */

/* On SQLite nothing is locked between transactions, so a half-applied revision may be in work right now.
 * Its process is looked at; when it ends, its part is ours to go on with. */
static int wait_for_living(struct cw_run *r, bool *waited, struct cw_err *err) {
  int64_t deadline = cw_clock_ms() + r->app->config.lock_timeout_ms;
  for (bool told = false;; told = true) {
    const struct cw_partial *living = NULL;
    for (size_t i = 0; i < r->partials.len; i++) {
      const struct cw_partial *p = &r->partials.items[i];
      bool known;
      if (p->pid != r->journal.who.pid && cw_who_alive(p->who_host, p->pid, p->born, &known))
        living = p;
    }
    if (!living) return 0;
    *waited = true;
    if (!told)
      cw_run_note(r, CW_EVENT_NOTE, "waiting: %s on %s (pid %lld) is running %s since %s UTC",
                  living->who_user, living->who_host, (long long)living->pid, living->revision,
                  living->started_at);
    if (cw_clock_ms() >= deadline) {
      char buf[32];
      cw_fail(err, CW_ERR_LOCKED, "%s on %s (pid %lld) is still running %s after %s",
              living->who_user, living->who_host, (long long)living->pid, living->revision,
              cw_duration_format(r->app->config.lock_timeout_ms, buf));
      return cw_hint(err, "wait for that run to end, or raise lock.timeout in curlew.lua");
    }
    cw_clock_sleep(200, r->app->opts.stop);
    if (r->app->opts.stop && *r->app->opts.stop)
      return cw_fail(err, CW_ERR_INTERRUPTED, "interrupted while waiting, nothing was done");
    cw_partials_release(&r->partials);
    if (cw_journal_partials(&r->journal, &r->partials, err)) return -1;
  }
}

/* Changes exactly when another connection has changed the file; cheap enough for every transaction. */
static int read_data_version(struct cw_run *r, int64_t *out, struct cw_err *err) {
  char *text = NULL;
  if (cw_conn_scalar(r->conn, "PRAGMA data_version", NULL, 0, &text, err)) return -1;
  *out = text ? strtoll(text, NULL, 10) : 0;
  free(text);
  return 0;
}

int cw_run_read_state(struct cw_run *r, struct cw_err *err) {
  bool waited = false;
  strvec_release(&r->rows);
  cw_partials_release(&r->partials);
  cw_open_run_release(&r->open_run);
  if (r->lockless && read_data_version(r, &r->data_version, err)) return -1;
  if (cw_journal_partials(&r->journal, &r->partials, err)) return -1;
  if (r->lockless && wait_for_living(r, &waited, err)) return -1;
  r->stale = false;
  if (cw_version_read(r->conn, &r->tables, &r->rows, err)) return -1;
  strvec_release(&r->now);
  strvec_copy(&r->now, &r->rows);
  return cw_journal_open_run(&r->journal, &r->open_run, err);
}

static bool same_rows(const struct strvec *a, const struct strvec *b) {
  if (a->len != b->len) return false;
  for (size_t i = 0; i < a->len; i++)
    if (strcmp(a->items[i], b->items[i]) != 0) return false;
  return true;
}

int cw_run_check_state(struct cw_run *r, bool *same, struct cw_err *err) {
  *same = true;
  if (!r->lockless) return 0;
  int64_t version;
  if (read_data_version(r, &version, err)) return -1;
  if (version == r->data_version) return 0;
  r->data_version = version;
  struct strvec rows = {0};
  struct cw_partials partials = {0};
  int failed = cw_version_read(r->conn, &r->tables, &rows, err);
  if (!failed) *same = same_rows(&rows, &r->rows);
  if (!failed) failed = cw_journal_partials(&r->journal, &partials, err);
  if (!failed && partials.len != r->partials.len) *same = false;
  for (size_t i = 0; *same && i < partials.len; i++)
    if (partials.items[i].id != r->partials.items[i].id ||
        partials.items[i].pid != r->partials.items[i].pid ||
        partials.items[i].born != r->partials.items[i].born)
      *same = false;
  strvec_release(&rows);
  cw_partials_release(&partials);
  return failed;
}
