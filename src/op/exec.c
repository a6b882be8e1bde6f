/* The exec's life: made by the runner, moves begun and ended on it, facts given to scripts. See exec.h
 * for scripts, exec_run.h for the runner. */
#include "op/exec_internal.h"
#include "txn/txn.h"
#include "util/alloc.h"
#include "util/clock.h"

/* What each transaction begins with on PostgreSQL: LOCAL, so that it holds behind a pooler too, and
 * once, so that a script's own SET wins. */
static char *settings_of(const struct cw_exec_opts *o) {
  bool postgresql = strcmp(cw_conn_dialect(o->conn), "postgresql") == 0;
  if (!postgresql || o->offline || !o->journal) return NULL;
  struct strbuf sql = STRBUF_INIT;
  if (o->ddl_lock_timeout_ms > 0)
    strbuf_addf(&sql, "set_config('lock_timeout', '%lld', true)", (long long)o->ddl_lock_timeout_ms);
  if (o->ddl_statement_timeout_ms > 0) {
    strbuf_addsep(&sql, ", ");
    strbuf_addf(&sql, "set_config('statement_timeout', '%lld', true)",
                (long long)o->ddl_statement_timeout_ms);
  }
  char *settings = sql.len ? xasprintf("SELECT %s", sql.buf) : NULL;
  strbuf_release(&sql);
  return settings;
}

/* MySQL's are the session's; made again after a revision that changed them. */
static int session_settings(struct cw_exec *x, struct cw_err *err) {
  const struct cw_exec_opts *o = &x->o;
  x->session_touched = false;
  if (o->offline || !o->journal) return 0;
  if (strcmp(cw_conn_dialect(x->conn), "mysql") == 0) {
    if (o->ddl_lock_timeout_ms <= 0) return 0;
    return cw_conn_execf(x->conn, err, "SET SESSION lock_wait_timeout = %lld",
                         (long long)((o->ddl_lock_timeout_ms + 999) / 1000));
  }
  if (cw_conn_caps(x->conn) & CW_CAP_BEGIN_IMMEDIATE)
    return x->open ? 0 : cw_conn_exec(x->conn, "PRAGMA foreign_keys = ON", err);
  /* Behind a pooler that would be somebody else's session; there each transaction makes its own. */
  if (strcmp(cw_conn_dialect(x->conn), "postgresql") == 0 && !cw_conn_txn_sql(x->conn))
    return cw_conn_exec(x->conn, "SET lock_timeout = 0; SET statement_timeout = 0", err);
  return 0;
}

struct cw_exec *cw_exec_new(const struct cw_exec_opts *opts) {
  struct cw_exec *x = xcalloc(1, sizeof *x);
  x->o = *opts;
  x->id = cw_clock_us();
  x->conn = opts->conn;
  x->txn_ddl = cw_conn_caps(opts->conn) & CW_CAP_TXN_DDL;
  x->settings = settings_of(opts);
  if (strcmp(cw_conn_dialect(opts->conn), "mysql") == 0 && opts->journal) x->engines = cw_engines_new();
  x->session_touched = strcmp(cw_conn_dialect(opts->conn), "mysql") == 0; /* made at the first move */
  return x;
}

static void clear_move(struct cw_exec *x) {
  cw_exec_drop_waiting(x);
  cw_step_rows_release(&x->pending);
  cw_step_rows_release(&x->past);
  cw_err_release(&x->first);
  vec_clear(&x->marks);
  x->pending_bytes = 0;
  x->past_at = 0;
  x->stale_seq = 0;
  x->seq = x->step = x->block = x->savepoints = x->gone = 0;
  x->partial = x->taken_over = x->moving = x->joined = x->helped = false;
  x->row = (struct cw_move_row){0};
}

void cw_exec_free(struct cw_exec *x) {
  if (!x) return;
  cw_segment_rollback(x);
  clear_move(x);
  vec_release(&x->waiting);
  vec_release(&x->marks);
  free(x->settings);
  cw_engines_free(x->engines);
  free(x);
}

void cw_exec_note(struct cw_exec *x, bool warning, const char *fmt, ...) {
  if (!x->o.events.note) return;
  va_list args;
  va_start(args, fmt);
  char *text = xvasprintf(fmt, args);
  va_end(args);
  x->o.events.note(x->o.events.ctx, warning, text);
  free(text);
}

/* A helper does the one backfill and nothing else. */
static int left_path(const struct cw_exec *x, struct cw_err *err) {
  if (!x->o.join_seq || !x->moving || x->joined || x->past_at < x->past.len) return 0;
  cw_fail(err, CW_ERR_CHANGED_STEP, "the script does something else than the run that this one helps with");
  return cw_hint(err, "both need the same revision file");
}

int cw_exec_stopped(struct cw_exec *x, struct cw_err *err) {
  if (left_path(x, err)) return -1;
  if (!x->o.stop || *x->o.stop <= (x->batch ? 1 : 0)) return 0;
  return cw_fail(err, CW_ERR_INTERRUPTED, "interrupted");
}

/* --- moves --------------------------------------------------------------------------------------- */

/* Failures at the very end are no part of the path: the script may be changed from there on. */
static void trim_failed(struct cw_exec *x) {
  size_t keep = 0;
  for (size_t i = 0; i < x->past.len; i++) {
    const struct cw_step_row *row = &x->past.items[i];
    if (strcmp(row->state, "done") == 0 || strcmp(row->state, "intent") == 0) keep = i + 1;
  }
  while (keep > 0 && keep < x->past.len && x->past.items[keep].seq == x->past.items[keep - 1].seq)
    keep++; /* the other parts of a step that has begun */
  if (keep < x->past.len) {
    x->stale_seq = x->past.items[keep].seq;
    x->stale_part = x->past.items[keep].part;
  }
  for (size_t i = keep; i < x->past.len; i++) cw_step_row_release(&x->past.items[i]);
  x->past.len = keep;
}

static void describe_move(struct cw_exec *x) {
  const struct cw_move *move = x->m.move;
  x->row = (struct cw_move_row){.id = x->m.resume,
                                .revision = move->revision->id,
                                .direction = move->direction == CW_UP ? "up" : "down",
                                .title = move->revision->title,
                                .checksum = move->revision->checksum,
                                .script = x->m.script,
                                .undoes = x->m.undoes,
                                .resumed = x->m.resume != 0};
}

int cw_exec_move_begin(struct cw_exec *x, const struct cw_exec_move *move, struct cw_err *err) {
  struct cw_step_rows past = {0};
  if (x->session_touched && session_settings(x, err)) return -1;
  if (move->resume && cw_journal_load_steps(x->o.journal, move->resume, &past, err)) return -1;
  clear_move(x);
  x->m = *move;
  x->moving = true;
  x->began_ms = cw_clock_ms();
  x->past = past;
  x->partial = move->resume != 0;
  trim_failed(x);
  describe_move(x);
  if (x->m.none && cw_segment_commit(x, true, err)) return -1;
  bool open = x->m.none ? x->m.claim : x->txn_ddl;
  return open ? cw_segment_open(x, err) : 0;
}

int cw_exec_move_finish(struct cw_exec *x, struct cw_err *err) {
  if (cw_exec_flush(x, err)) return -1;
  x->block = 0;
  if (cw_replay_peek(x)) return cw_replay_differs(x, "(nothing more)", NULL, 0, err);
  if (x->o.offline) return x->m.none ? 0 : cw_segment_open(x, err);
  bool broken = x->open && (cw_conn_txn_failed(x->conn) || !cw_conn_in_txn(x->conn));
  if (broken) { /* the commit says why */
    int failed = cw_segment_commit(x, true, err);
    return failed ? -1 : cw_fail(err, CW_ERR_INTERNAL, "a broken transaction was committed");
  }
  return cw_segment_open(x, err);
}

/* The move's row, and the marks of steps that committed by themselves. */
static int write_end(struct cw_exec *x, struct cw_err *err) {
  struct cw_journal *j = x->o.journal;
  x->row.outcome = "done";
  x->row.finished = true;
  x->row.error = NULL;
  x->row.duration_ms = cw_clock_ms() - x->began_ms;
  if (!x->partial) return cw_journal_insert_move(j, &x->row, false, err);
  struct cw_step_rows marks = {0};
  for (size_t i = 0; i < x->pending.len; i++)
    if (x->pending.items[i].update) vec_push(&marks, x->pending.items[i]);
  int failed = cw_journal_write_steps(j, x->row.id, &marks, err) ||
               cw_journal_update_move(j, &x->row, err);
  vec_release(&marks);
  return failed;
}

static int write_undone(struct cw_exec *x, struct cw_err *err) {
  if (!x->m.undoes) return 0;
  struct cw_move_row row = {.id = x->m.undoes, .outcome = "undone", .finished = true};
  return cw_journal_update_move(x->o.journal, &row, err);
}

int cw_exec_move_end(struct cw_exec *x, bool last, struct cw_err *err) {
  if (x->o.journal) {
    const char *outcome = last && !x->m.shared ? "done" : "open";
    if (write_end(x, err) || write_undone(x, err) ||
        cw_journal_write_run(x->o.journal, outcome, err))
      return cw_segment_failed(x, err);
  }
  if (x->m.shared) {
    cw_step_rows_release(&x->pending);
    x->moving = false;
    return 0;
  }
  if (cw_segment_commit(x, true, err)) return -1;
  clear_move(x);
  return 0;
}

int cw_exec_begin_shared(struct cw_exec *x, struct cw_err *err) { return cw_segment_open(x, err); }

int cw_exec_commit_shared(struct cw_exec *x, bool last, struct cw_err *err) {
  if (!x->open) return 0;
  if (last && x->o.journal && cw_journal_write_run(x->o.journal, "done", err)) return -1;
  return cw_segment_commit(x, true, err);
}

void cw_exec_rollback(struct cw_exec *x) { cw_segment_rollback(x); }

/* --- failure ------------------------------------------------------------------------------------- */

/* Where nothing of the move is left it has simply failed; else its part stays "running". */
static int write_failure(struct cw_exec *x, const struct cw_err *failure, bool *partial,
                         struct cw_err *err) {
  struct cw_journal *j = x->o.journal;
  int64_t left = 0;
  x->row.error = failure->message;
  x->row.duration_ms = cw_clock_ms() - x->began_ms;
  x->row.finished = true;
  x->row.outcome = "failed";
  if (cw_journal_write_run(j, "open", err)) return -1;
  if (!x->partial) return cw_journal_insert_move(j, &x->row, false, err);
  if (cw_journal_write_steps(j, x->row.id, &x->pending, err) ||
      cw_journal_count_effects(j, x->row.id, &left, err))
    return -1;
  *partial = left > 0;
  if (*partial) x->row.outcome = "running";
  return cw_journal_update_move(j, &x->row, err);
}

void cw_exec_move_fail(struct cw_exec *x, struct cw_err *failure, bool *partial) {
  cw_segment_rollback(x);
  *partial = x->moving && x->partial;
  if (x->moving && x->m.move->revision) cw_err_revision(failure, x->m.move->revision->id);
  if (x->moving && x->o.journal && !cw_conn_lost(x->conn) && failure->code != CW_ERR_FENCED) {
    struct cw_err ignored = CW_ERR_INIT;
    if (cw_txn_begin(x->conn, x->settings, &ignored) ||
        write_failure(x, failure, partial, &ignored) || cw_lock_fence(x->o.lock, &ignored) ||
        cw_txn_commit(x->conn, &ignored)) {
      cw_txn_rollback(x->conn);
      cw_journal_rolled_back(x->o.journal);
      if (ignored.code == CW_ERR_FENCED) { /* then that is why: the other runner was in the way */
        cw_err_revision(&ignored, failure->revision);
        cw_err_move(failure, &ignored);
        *partial = false;
      }
    } else {
      cw_journal_committed(x->o.journal);
    }
    cw_err_release(&ignored);
  }
  clear_move(x);
}

bool cw_exec_commit_lost(const struct cw_exec *x) { return x->commit_lost; }

bool cw_exec_helped(const struct cw_exec *x) { return x->helped; }

const struct cw_err *cw_exec_first_error(const struct cw_exec *x) { return &x->first; }

void cw_exec_move_retry(struct cw_exec *x, int64_t *resume) {
  cw_segment_rollback(x);
  *resume = x->partial ? x->row.id : 0;
  /* Marks of steps that committed by themselves must not get lost; then the replay finds them. */
  struct cw_err ignored = CW_ERR_INIT;
  if (x->pending.len > 0 && x->partial && !cw_conn_lost(x->conn)) cw_segment_commit(x, false, &ignored);
  cw_err_release(&ignored);
  clear_move(x);
}

/* --- facts --------------------------------------------------------------------------------------- */

struct cw_conn *cw_exec_conn(struct cw_exec *x) { return x->o.catalog ? x->o.catalog : x->conn; }

void cw_exec_log(struct cw_exec *x, const char *text) {
  if (x->o.events.log) x->o.events.log(x->o.events.ctx, text);
}

void cw_exec_info(const struct cw_exec *x, struct cw_exec_info *info) {
  *info = (struct cw_exec_info){
      .database = x->o.database,
      .dialect = cw_conn_dialect(x->conn),
      .server = cw_conn_server(x->conn),
      .server_version = cw_conn_version(x->conn),
      .direction = x->moving ? x->m.move->direction : x->o.direction,
      .moving = x->moving || cw_exec_inside(x),
      .offline = x->o.offline,
      .catalog = x->o.catalog || !x->o.offline,
      .shadowed = x->o.shadowed,
      .run = x->id,
      .x = x->o.x,
      .config = x->o.config,
  };
}
