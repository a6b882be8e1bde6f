/* A step: compiled, sent, noted for the journal; or, with others of its group, kept waiting. Resuming
 * one is resume.c's; see exec_internal.h. */
#include "op/step.h"

#include <strings.h>

#include "util/alloc.h"
#include "util/clock.h"

/* --- notes --------------------------------------------------------------------------------------- */

int cw_exec_blame(struct cw_exec *x, const struct cw_step *step, int number, struct cw_err *err) {
  if (!err) return -1;
  if (x->first.code != CW_OK && x->first.step == 0) { /* it may have to speak for itself later */
    x->first.step = number;
    cw_err_where(&x->first, step->file, step->line);
  }
  if (err->step == 0 && x->moving) err->step = number;
  cw_err_where(err, step->file, step->line);
  if (x->moving && x->m.move->revision) cw_err_revision(err, x->m.move->revision->id);
  return -1;
}

static struct cw_step_row row_of(const struct work *w, const char *kind, const char *state) {
  struct cw_step_row row = {.seq = w->seq,
                            .part = 1,
                            .parts = 1,
                            .step = w->number,
                            .kind = kind,
                            .state = state,
                            .op = xstrdup(w->step->op),
                            .summary = xstrdup(w->step->summary)};
  memcpy(row.digest, w->digest, sizeof row.digest);
  if (w->step->record) row.record = json_dumps(w->step->record, JSON_COMPACT);
  return row;
}

static char *result_json(const struct cw_sent *sent, const struct cw_rows *rows) {
  bool keep = rows && rows->names.len > 0 && rows->bytes <= RECORD_LIMIT;
  if (!sent->key && !keep) return NULL;
  json_t *json = json_object();
  if (sent->key) json_object_set(json, "key", sent->key);
  if (keep) json_object_set_new(json, "rows", cw_rows_json(rows));
  char *text = json_dumps(json, JSON_COMPACT);
  json_decref(json);
  return text;
}

static char *error_json(const struct cw_err *err, unsigned flags) {
  json_t *json = json_pack("{s:i,s:s,s:i,s:i}", "code", (int)err->code, "sqlstate", err->sqlstate,
                           "native", err->native, "flags", (int)flags);
  char *text = json_dumps(json, JSON_COMPACT);
  json_decref(json);
  return text;
}

static bool journaled(const struct cw_exec *x) {
  return x->moving && x->o.journal && !x->o.offline;
}

/* The whole step as one row. */
static void note_whole(struct cw_exec *x, const struct work *w, const char *kind,
                       const struct cw_err *failure, const struct cw_rows *rows) {
  if (!journaled(x)) return;
  struct cw_step_row row = row_of(w, kind, failure ? "failed" : "done");
  row.affected = w->total.affected;
  row.result = failure ? error_json(failure, 0) : result_json(&w->total, rows);
  row.error = failure ? xstrdup(failure->message) : NULL;
  vec_push(&x->pending, row);
}

/* --- statement by statement, where one of them commits by itself ---------------------------------- */

static char *flags_json(const struct cw_stmt *stmt) {
  return xasprintf("{\"flags\":%u}", stmt->flags);
}

/* Rows for what is to come: all of them are there with the first intent, so that a resumed run goes on
 * with the statements that were meant, even where the catalog has changed meanwhile. */
static void plan_parts(struct cw_exec *x, const struct work *w) {
  if (!journaled(x)) return;
  for (size_t i = w->from; i < w->stmts.len; i++) {
    const struct cw_stmt *stmt = &w->stmts.items[i];
    struct cw_step_row row = row_of(w, "step", "planned");
    row.part = (int64_t)i + 1;
    row.parts = (int64_t)w->stmts.len;
    cw_digest(stmt->sql, stmt->len, row.sql_digest);
    row.sql = stmt->total ? NULL : xstrdup(stmt->sql);
    row.result = flags_json(stmt);
    if (i > 0) xfree(row.record);
    vec_push(&x->pending, row);
  }
}

/* Changes the state of a part: in the row still pending, else by an update. */
static void set_part(struct cw_exec *x, const struct work *w, size_t part, const char *state,
                     int64_t affected, char *result, const char *error) {
  if (!journaled(x)) {
    free(result);
    return;
  }
  struct cw_step_row *row = NULL;
  for (size_t i = x->pending.len; i-- > 0 && !row;)
    if (x->pending.items[i].seq == w->seq && x->pending.items[i].part == (int64_t)part + 1)
      row = &x->pending.items[i];
  if (!row) {
    struct cw_step_row fresh = {.seq = w->seq,
                                .part = (int64_t)part + 1,
                                .parts = (int64_t)w->stmts.len,
                                .step = w->number,
                                .kind = "step",
                                .update = true};
    vec_push(&x->pending, fresh);
    row = &x->pending.items[x->pending.len - 1];
  }
  row->state = state;
  row->affected = affected;
  free(row->result);
  row->result = result;
  free(row->error);
  row->error = xstrdup(error);
}

static bool has_happened(struct cw_exec *x, const struct work *w) {
  enum cw_probe answer = CW_PROBE_UNKNOWN;
  struct cw_err ignored = CW_ERR_INIT;
  if (x->o.ops->probe(x->o.script, x, w->step, &answer, &ignored)) answer = CW_PROBE_UNKNOWN;
  cw_err_release(&ignored);
  return answer == CW_PROBE_HAPPENED;
}

/* A cancelled statement may have been faster than the cancel request. */
static bool happened_after_all(struct cw_exec *x, const struct work *w, const struct cw_err *err) {
  return err->code == CW_ERR_INTERRUPTED && w->stmts.len == 1 &&
         (w->step->flags & CW_STEP_PROBE) && has_happened(x, w);
}

/* What a statement answers when it is sent again although it has happened. */
static bool says_done_already(const struct cw_err *err) {
  static const char *const states[] = {"42P07", "42701", "42710", "42P06", "42723", "42704",
                                       "42703", "42P01", "3F000", "42883", "42S01", "42S21"};
  static const int natives[] = {1007, 1008, 1050, 1051, 1060, 1061, 1091, 1146,
                                1304, 1305, 1359, 1360, 1826, 3822};
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (strcmp(err->sqlstate, states[i]) == 0) return true;
  for (size_t i = 0; i < sizeof natives / sizeof *natives; i++)
    if (err->native == natives[i]) return true;
  return false;
}

/* A statement of the run before may still have been at work on the server when the catalog was asked
 * what became of it: it has arrived meanwhile, and ours failed for that reason. */
static bool arrived_late(struct cw_exec *x, const struct work *w, size_t part,
                         const struct cw_err *err) {
  if (cw_conn_lost(x->conn)) return false;
  if (w->probed) return has_happened(x, w);
  return w->again && part == w->from && says_done_already(err);
}

static void record_failure(struct cw_exec *x, const struct work *w, size_t part,
                           const struct cw_err *err) {
  if (cw_conn_lost(x->conn)) return; /* not known what became of it: the intent stands */
  if ((w->probed || w->again) && (cw_exec_is_lock_failure(err) || err->code == CW_ERR_INTERRUPTED))
    return; /* nor of the one before it */
  struct cw_err ignored = CW_ERR_INIT;
  bool done = happened_after_all(x, w, err);
  set_part(x, w, part, done ? "done" : "failed", 0, done ? NULL : error_json(err, w->stmts.items[part].flags),
           done ? NULL : err->message);
  struct cw_err first = CW_ERR_INIT; /* writing it down must not hide why it failed */
  cw_err_move(&first, &x->first);
  if (!x->o.offline && journaled(x)) cw_segment_commit(x, false, &ignored);
  cw_err_release(&ignored);
  cw_err_release(&x->first);
  cw_err_move(&x->first, &first);
}

static int send_self(struct cw_exec *x, struct work *w, size_t part, struct cw_sent *sent,
                     struct cw_rows *rows, struct cw_err *err) {
  const struct cw_stmt *stmt = &w->stmts.items[part];
  set_part(x, w, part, "intent", 0, flags_json(stmt), NULL);
  if (cw_segment_commit(x, false, err)) return -1;
  if (cw_send(x, stmt, sent, rows, err)) {
    if (!arrived_late(x, w, part, err)) {
      record_failure(x, w, part, err);
      return -1;
    }
    cw_err_release(err);
    cw_err_release(&x->first);
  }
  set_part(x, w, part, "done", sent->affected, result_json(sent, rows), NULL);
  /* What no probe can settle is written down at once; the rest goes with the next commit. */
  bool provable = (w->step->flags & CW_STEP_PROBE) && !(stmt->flags & CW_STMT_RAW);
  return provable || x->o.offline || !journaled(x) ? 0 : cw_segment_commit(x, false, err);
}

static int run_parts(struct cw_exec *x, struct work *w, struct cw_rows *rows, struct cw_err *err) {
  if (!w->rows_there) plan_parts(x, w);
  for (size_t i = w->from; i < w->stmts.len; i++) {
    const struct cw_stmt *stmt = &w->stmts.items[i];
    struct cw_sent sent = {0};
    int failed;
    if (cw_send_kind(x, stmt) == CW_SEND_SELF) {
      failed = send_self(x, w, i, &sent, rows, err);
    } else {
      failed = cw_segment_open(x, err) || cw_segment_mend(x, err) || cw_send(x, stmt, &sent, rows, err);
      if (!failed) set_part(x, w, i, "done", sent.affected, result_json(&sent, rows), NULL);
      if (!failed && cw_exec_autocommit(x) && !x->savepoints)
        failed = cw_segment_commit(x, false, err);
    }
    if (stmt->flags & CW_STMT_COUNTS) w->total.affected += sent.affected;
    if (sent.key) {
      json_decref(w->total.key);
      w->total.key = sent.key;
    }
    if (failed) return -1;
  }
  return 0;
}

/* --- in one transaction -------------------------------------------------------------------------- */

static int send_all(struct cw_exec *x, struct work *w, struct cw_rows *rows, struct cw_err *err) {
  if (cw_executes(x, w->step)) return cw_execute(x, w->step, &w->total.affected, err);
  for (size_t i = w->from; i < w->stmts.len; i++) {
    const struct cw_stmt *stmt = &w->stmts.items[i];
    struct cw_sent sent = {0};
    if (cw_send(x, stmt, &sent, rows, err)) return -1;
    if (stmt->flags & CW_STMT_COUNTS) w->total.affected += sent.affected;
    if (sent.key) {
      json_decref(w->total.key);
      w->total.key = sent.key;
    }
  }
  return 0;
}

static int run_whole(struct cw_exec *x, struct work *w, struct cw_rows *rows, struct cw_err *err) {
  bool own = cw_exec_autocommit(x) && !x->savepoints;
  if (own && x->o.offline) return send_all(x, w, rows, err);
  if (cw_segment_open(x, err) || cw_segment_mend(x, err)) return -1;
  if (send_all(x, w, rows, err)) {
    if (own) cw_segment_rollback(x);
    note_whole(x, w, "step", err, NULL);
    return -1;
  }
  note_whole(x, w, "step", NULL, rows);
  return own ? cw_segment_commit(x, false, err) : 0;
}

/* SQLite ignores PRAGMA foreign_keys inside a transaction. Before the first write it is honoured by
 * making it between two transactions; later there is no way. */
static bool is_foreign_keys(const struct cw_exec *x, const struct work *w) {
  if (!x->open || x->o.offline || !(cw_conn_caps(x->conn) & CW_CAP_BEGIN_IMMEDIATE)) return false;
  for (size_t i = 0; i < w->stmts.len; i++) {
    char *head = cw_sql_head(w->stmts.items[i].sql, w->stmts.items[i].len, 200);
    bool found = strcasestr(head, "foreign_keys") != NULL;
    free(head);
    if (found) return true;
  }
  return false;
}

static int between_transactions(struct cw_exec *x, struct work *w, struct cw_rows *rows,
                                struct cw_err *err) {
  if (x->wrote || x->savepoints) {
    cw_fail(err, CW_ERR_SCRIPT, "PRAGMA foreign_keys does nothing in a transaction that has written");
    return cw_hint(err, "make it the first thing the revision does, or use transaction = \"none\"");
  }
  cw_segment_rollback(x);
  if (send_all(x, w, rows, err) || cw_segment_open(x, err)) return -1;
  return x->o.events.reopened ? x->o.events.reopened(x->o.events.ctx, err) : 0;
}

static int run_session(struct cw_exec *x, struct work *w, struct cw_rows *rows,
                       struct cw_err *err) {
  if (x->moving) x->session_touched = true;
  int failed = is_foreign_keys(x, w) ? between_transactions(x, w, rows, err)
                                     : send_all(x, w, rows, err);
  if (failed) {
    note_whole(x, w, "step", err, NULL);
    return -1;
  }
  if (!w->silent) note_whole(x, w, "session", NULL, NULL);
  return 0;
}

/* --- one step ------------------------------------------------------------------------------------ */

struct shape {
  bool self, session; /* one commits by itself; all are settings */
};

static int look_at(struct cw_exec *x, struct work *w, struct shape *shape, struct cw_err *err) {
  *shape = (struct shape){.session = w->stmts.len > 0};
  for (size_t i = w->from; i < w->stmts.len; i++) {
    const struct cw_stmt *stmt = &w->stmts.items[i];
    if (cw_send_allowed(x, stmt, err)) return -1;
    enum cw_sending kind = cw_send_kind(x, stmt);
    if (kind == CW_SEND_SELF) shape->self = true;
    if (kind != CW_SEND_SESSION) shape->session = false;
  }
  if (!shape->self || x->savepoints == 0 || cw_exec_inside(x)) return 0;
  if (!x->txn_ddl) { /* definitions commit by themselves, wherever they stand */
    if (cw_segment_check_written(x, w->step->summary ? w->step->summary : w->step->op, err)) return -1;
    x->gone = x->savepoints;
    return 0;
  }
  return cw_segment_check_leave(x, w->step->summary ? w->step->summary : w->step->op, err);
}

static int call_hook(struct cw_exec *x, const struct work *w, bool before, int64_t ms,
                     struct cw_err *err) {
  int function = before ? x->o.before_step : x->o.after_step;
  if (!function || !x->moving || x->o.offline) return 0;
  struct strbuf sql = STRBUF_INIT;
  for (size_t i = 0; i < w->stmts.len; i++) {
    strbuf_addsep(&sql, ";\n");
    strbuf_add(&sql, w->stmts.items[i].sql, w->stmts.items[i].len);
  }
  struct cw_hook_info info = {.event = before ? "before_step" : "after_step",
                              .database = x->o.database,
                              .revision = x->m.move->revision->id,
                              .direction = x->m.move->direction,
                              .step = w->number,
                              .op = w->step->op,
                              .sql = sql.buf,
                              .duration_ms = ms};
  int failed = x->o.ops->hook(x->o.script, function, x, &info, err);
  strbuf_release(&sql);
  return failed;
}

void cw_work_tell(struct cw_exec *x, const struct cw_step *step, int number, bool skipped,
                  int64_t ms) {
  if (x->moving && x->o.events.step)
    x->o.events.step(x->o.events.ctx, number, step->op, step->summary, skipped, ms);
}

int cw_work_run(struct cw_exec *x, struct work *w, struct cw_rows *rows, struct cw_err *err) {
  struct shape shape;
  int64_t began = cw_clock_ms();
  int failed = look_at(x, w, &shape, err);
  if (!failed) failed = call_hook(x, w, true, 0, err);
  if (!failed)
    failed = !x->moving      ? send_all(x, w, rows, err)
             : shape.session ? run_session(x, w, rows, err)
             : shape.self || w->rows_there ? run_parts(x, w, rows, err)
                             : run_whole(x, w, rows, err);
  int64_t ms = cw_clock_ms() - began;
  if (!failed) failed = call_hook(x, w, false, ms, err);
  if (failed) return cw_exec_blame(x, w->step, w->number, err);
  cw_work_tell(x, w->step, w->number, false, ms);
  return 0;
}

static int compile(struct cw_exec *x, const struct cw_step *const *steps, size_t n,
                   struct cw_stmts *out, struct cw_err *err) {
  return x->o.ops->compile(x->o.script, x, steps, n, out, err);
}

int cw_work_compile(struct cw_exec *x, struct work *w, struct cw_stmts *given,
                    struct cw_err *err) {
  if (given) {
    w->stmts = *given;
    *given = (struct cw_stmts){0};
    return 0;
  }
  if (cw_executes(x, w->step)) return 0;
  if (compile(x, &w->step, 1, &w->stmts, err)) return cw_exec_blame(x, w->step, w->number, err);
  return 0;
}

void cw_work_release(struct work *w) {
  cw_stmts_release(&w->stmts);
  json_decref(w->total.key);
}

int cw_exec_run(struct cw_exec *x, const struct cw_step *step, struct cw_stmts *given,
                struct cw_step_result *result, struct cw_rows *rows, struct cw_err *err) {
  struct work w = {.step = step, .number = ++x->step};
  const char *identity = step->digest ? step->digest : step->op;
  cw_digest(identity, strlen(identity), w.digest);
  int failed;
  if (x->moving && cw_replay_peek(x)) {
    failed = cw_work_resume(x, &w, given, result, rows, err);
  } else {
    w.seq = ++x->seq;
    failed = cw_work_compile(x, &w, given, err) || cw_work_run(x, &w, rows, err);
  }
  if (!failed && !result->skipped) {
    result->affected = w.total.affected;
    result->key = json_incref(w.total.key);
    result->skipped = x->o.offline;
  }
  cw_work_release(&w);
  return failed ? -1 : 0;
}

/* --- steps that wait for others of their group ----------------------------------------------------- */

static bool may_wait(struct cw_exec *x, const struct cw_step *step) {
  return step->group && x->moving && x->open && !cw_exec_autocommit(x) && !cw_replay_peek(x);
}

static void keep_waiting(struct cw_exec *x, const struct cw_step *step) {
  struct waiting kept = {.step = *step, .seq = ++x->seq, .number = ++x->step};
  struct cw_step *s = &kept.step;
  s->op = xstrdup(step->op);
  s->summary = xstrdup(step->summary);
  s->group = xstrdup(step->group);
  s->digest = xstrdup(step->digest);
  s->file = xstrdup(step->file);
  s->record = json_incref(step->record);
  s->handle = x->o.ops->record_keep(x->o.script, step->handle);
  vec_push(&x->waiting, kept);
}

void cw_exec_drop_waiting(struct cw_exec *x) {
  for (size_t i = 0; i < x->waiting.len; i++) {
    struct cw_step *s = &x->waiting.items[i].step;
    x->o.ops->record_drop(x->o.script, s->handle);
    free((char *)s->op);
    free((char *)s->summary);
    free((char *)s->group);
    free((char *)s->digest);
    free((char *)s->file);
    json_decref(s->record);
  }
  vec_clear(&x->waiting);
}

/* Compiles a group that has failed to compile step by step, to find the one to blame. */
static size_t find_culprit(struct cw_exec *x, const struct cw_step *const *steps, size_t n,
                           struct cw_err *err) {
  for (size_t i = 1; i < n; i++) {
    struct cw_stmts ignored = {0};
    struct cw_err own = CW_ERR_INIT;
    int failed = compile(x, steps, i, &ignored, &own);
    cw_stmts_release(&ignored);
    if (failed) {
      cw_err_move(err, &own);
      return i - 1;
    }
    cw_err_release(&own);
  }
  return n - 1;
}

int cw_exec_flush(struct cw_exec *x, struct cw_err *err) {
  size_t n = x->waiting.len;
  if (n == 0) return 0;
  const struct cw_step **steps = xcalloc(n, sizeof *steps);
  struct work *works = xcalloc(n, sizeof *works);
  for (size_t i = 0; i < n; i++) {
    const struct waiting *kept = &x->waiting.items[i];
    steps[i] = &kept->step;
    works[i] = (struct work){.step = steps[i], .seq = kept->seq, .number = kept->number};
    const char *identity = steps[i]->digest ? steps[i]->digest : steps[i]->op;
    cw_digest(identity, strlen(identity), works[i].digest);
  }
  struct work *last = &works[n - 1]; /* the statements of all of them go as the last one's */
  int failed = compile(x, steps, n, &last->stmts, err);
  if (failed) {
    size_t i = find_culprit(x, steps, n, err);
    cw_exec_blame(x, steps[i], works[i].number, err);
  }
  for (size_t i = 0; i + 1 < n && !failed; i++) note_whole(x, &works[i], "step", NULL, NULL);
  if (!failed) failed = cw_work_run(x, last, NULL, err);
  for (size_t i = 0; i + 1 < n && !failed; i++)
    cw_work_tell(x, steps[i], works[i].number, false, 0);
  cw_work_release(last);
  free(works);
  free(steps);
  cw_exec_drop_waiting(x);
  return failed ? -1 : 0;
}

int cw_exec_step(struct cw_exec *x, const struct cw_step *step, struct cw_step_result *result,
                 struct cw_err *err) {
  *result = (struct cw_step_result){0};
  if (cw_exec_stopped(x, err)) return cw_exec_blame(x, step, x->step + 1, err);
  if (x->settling) {
    result->skipped = true;
    if (!(step->flags & CW_STEP_PROBE)) return 0;
    return x->o.ops->probe(x->o.script, x, step, &x->settled, err);
  }
  bool wait = may_wait(x, step);
  bool joins = wait && x->waiting.len > 0 && strcmp(x->waiting.items[0].step.group, step->group) == 0;
  if (!joins && cw_exec_flush(x, err)) return -1;
  if (!wait) return cw_exec_run(x, step, NULL, result, NULL, err);
  keep_waiting(x, step);
  return 0;
}
