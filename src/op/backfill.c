/* The step of a backfill: begun, resumed or answered from the journal; its ranges walked one after the
 * other; ended with its result. See backfill.h. */
#include "op/backfill_internal.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { FIRST_CHUNK = 1000, CLAIM_AGAIN_MS = 300 };

/* --- the journal's step ---------------------------------------------------------------------------- */

static const char *summary_of(const struct cw_bf *b) {
  const struct cw_step *step = &b->spec->step;
  return step->summary ? step->summary : step->op;
}

static void note_intent(struct cw_bf *b) {
  const struct cw_step *step = &b->spec->step;
  struct cw_step_row row = {.seq = b->seq,
                            .part = 1,
                            .parts = 1,
                            .step = b->work.number,
                            .kind = "step",
                            .state = "intent",
                            .op = xstrdup(step->op),
                            .summary = xstrdup(step->summary),
                            .update = b->work.rows_there};
  memcpy(row.digest, b->work.digest, sizeof row.digest);
  if (step->record) row.record = json_dumps(step->record, JSON_COMPACT);
  vec_push(&b->x->pending, row);
}

static void take_result(const char *text, struct cw_backfill_result *out) {
  json_t *json = text ? json_loads(text, 0, NULL) : NULL;
  out->rows = json_integer_value(json_object_get(json, "rows"));
  out->batches = json_integer_value(json_object_get(json, "batches"));
  out->skipped = json_integer_value(json_object_get(json, "skipped"));
  out->seconds = json_number_value(json_object_get(json, "seconds"));
  json_decref(json);
}

static void sum_up(const struct cw_bf *b, struct cw_backfill_result *out) {
  out->rows = b->others.rows;
  out->batches = b->others.batches;
  out->skipped = b->others.skipped;
  out->seconds = (double)b->others.busy_ms / 1000;
}

/* Done: in the journal and in its own row, in one transaction. */
static int write_end(struct cw_bf *b, void *arg, struct cw_err *err) {
  const struct cw_backfill_result *out = arg;
  json_t *json = json_pack("{s:I,s:I,s:I,s:f}", "rows", (json_int_t)out->rows, "batches",
                           (json_int_t)out->batches, "skipped", (json_int_t)out->skipped, "seconds",
                           out->seconds);
  struct cw_step_row row = {.seq = b->seq,
                            .part = 1,
                            .parts = 1,
                            .kind = "step",
                            .state = "done",
                            .affected = out->rows,
                            .result = json_dumps(json, JSON_COMPACT),
                            .update = true};
  struct cw_step_rows rows = {0};
  vec_push(&rows, row);
  json_decref(json);
  int failed = cw_journal_write_steps(b->x->o.journal, b->move, &rows, err) ||
               cw_bf_set_state(b, "done", NULL, NULL, err);
  cw_step_rows_release(&rows);
  return failed;
}

/* --- ranges ---------------------------------------------------------------------------------------- */

static int refuse_nulls(struct cw_bf *b, struct cw_err *err) {
  struct cw_rows found = {0};
  struct cw_template_args none = {0};
  if (!b->plan.nulls) return 0;
  if (cw_bf_query(b, b->plan.nulls, &none, &found, NULL, err)) return -1;
  bool any = found.len > 0;
  cw_rows_release(&found);
  if (!any) return 0;
  cw_fail(err, CW_ERR_SCRIPT, "%s has rows whose key (%s) is NULL: they would be passed over",
          b->plan.table, b->plan.walk);
  return cw_hint(err, "name a key without NULLs with key = { ... }");
}

static void estimate(struct cw_bf *b) {
  struct cw_rows rows = {0};
  struct cw_err ignored = CW_ERR_INIT;
  struct cw_template_args none = {0};
  b->total = -1;
  if (cw_bf_query(b, b->plan.estimate, &none, &rows, NULL, &ignored) == 0 && rows.len == 1 &&
      rows.items[0].type == CW_INT && rows.items[0].i > 0) /* none: never counted */
    b->total = rows.items[0].i;
  cw_err_release(&ignored);
  cw_rows_release(&rows);
}

/* Whether bounds can be computed: the estimate may be wrong, a range never holds more rows than numbers. */
static int look_at_keys(struct cw_bf *b, struct cw_err *err) {
  struct cw_rows first = {0}, last = {0};
  struct cw_template_args none = {0};
  if (b->plan.nkeys != 1 || !b->plan.unique || b->total <= 0) return 0;
  if (b->tuning.target_ms <= 0) return 0; /* a fixed size means that many rows */
  int failed = cw_bf_query(b, b->plan.first, &none, &first, NULL, err) ||
               cw_bf_query(b, b->plan.last, &none, &last, NULL, err);
  if (!failed && first.len == 1 && first.items[0].type == CW_INT && last.len == 1) {
    uint64_t span = (uint64_t)last.items[0].i - (uint64_t)first.items[0].i;
    b->dense = span - span / 10 < (uint64_t)b->total;
  }
  cw_rows_release(&first);
  cw_rows_release(&last);
  return failed;
}

static int begin_anew(struct cw_bf *b, struct cw_err *err) {
  struct cw_template_args none = {0};
  if (refuse_nulls(b, err) || cw_bf_query(b, b->plan.last, &none, &b->range.end, NULL, err)) return -1;
  estimate(b);
  b->range.no = 1;
  b->range.token = 1;
  b->range.done = b->range.end.len == 0;
  return cw_bf_create(b, err);
}

/* A backfill that failed may be put right by an edit of its script, as long as the checkpoint means the
 * same rows. */
static int check_same(struct cw_bf *b, const struct cw_bf_state *state, bool same,
                      struct cw_err *err) {
  const struct cw_step *step = &b->spec->step;
  bool rows = state->target && strcmp(state->target, b->plan.table) == 0 && state->walk &&
              strcmp(state->walk, b->plan.walk) == 0;
  if (same && rows) return 0;
  if (rows && state->failed) {
    cw_exec_note(b->x, false, "%s was changed after it had failed: what it did so far stays, the rest "
                              "is done as it is now",
                 b->plan.title);
    return 0;
  }
  cw_fail(err, CW_ERR_CHANGED_STEP,
          "step %d of %s is a backfill that is not finished, and the script now calls another one "
          "there: %s",
          b->work.number, b->x->m.move->revision->id,
          rows ? summary_of(b) : "its table or key differs");
  cw_hint(err, "put it back as it was (its tuning may change), or give the record up with "
               "`curlew resolve %s --forget`",
          b->x->m.move->revision->id);
  cw_err_where(err, step->file, step->line);
  return -1;
}

static int begin_ranges(struct cw_bf *b, bool same, struct cw_err *err) {
  struct cw_bf_state state;
  if (cw_bf_load(b, &state, err)) return -1;
  int failed;
  bool found = state.found && !(same && b->work.again);
  if (found)
    failed = check_same(b, &state, same, err) || cw_bf_resume(b, err) || cw_bf_sum(b, err);
  else
    failed = same ? begin_anew(b, err) : check_same(b, &state, same, err);
  if (!failed && found)
    cw_exec_note(b->x, false, "%s goes on after %lld rows", b->plan.title, (long long)b->others.rows);
  cw_bf_state_release(&state);
  b->range.no = 0;
  b->range.done = true;
  return failed;
}

/* Walks the range in work to its end, or until it is somebody else's. */
static int walk(struct cw_bf *b, struct cw_err *err) {
  bool lost = false;
  while (!b->range.done && !lost) {
    if (cw_exec_stopped(b->x, err) || cw_bf_between(b, err)) return -1;
    if (cw_exec_stopped(b->x, err) || cw_bf_batch(b, &lost, err)) return -1;
  }
  return 0;
}

/* All ranges, one after the other. Those that others work on are waited for: theirs becomes this one's
 * when they fall silent. */
static int walk_alone(struct cw_bf *b, struct cw_err *err) {
  for (;;) {
    bool got;
    if (cw_exec_stopped(b->x, err) || cw_bf_claim(b, &got, err)) return -1;
    if (!got && (b->others.open == 0 || (b->over && b->helps))) return 0;
    if (!got) {
      if (cw_bf_obey(b, err)) return -1;
      cw_bf_progress(b, "other workers", true);
      cw_clock_sleep(CLAIM_AGAIN_MS, b->x->o.stop);
    } else if (walk(b, err)) {
      cw_bf_release_range(b);
      return -1;
    }
  }
}

static int work_ranges(struct cw_bf *b, struct cw_err *err) {
  return b->tuning.workers > 1 ? cw_crew_work(b, err) : walk_alone(b, err);
}

/* Rows that came behind the end while it went on are a range of their own; once, so that it ends. */
static int add_tail(struct cw_bf *b, bool *added, struct cw_err *err) {
  struct cw_rows end = {0};
  bool looked;
  *added = false;
  b->range.no = 0;
  if (cw_bf_end(b, &b->range.at, &looked, err)) return -1;
  if (looked) return 0;
  struct cw_template_args args = {.end = cw_bf_key(&b->range.at)};
  const char *text = args.end ? b->plan.tail : b->plan.last;
  if (cw_bf_query(b, text, &args, &end, NULL, err)) return -1;
  cw_rows_release(&b->range.end);
  b->range.end = end;
  if (end.len == 0) return 0;
  b->range.no = CW_BF_TAIL_NO;
  b->range.done = false;
  *added = true;
  return cw_bf_add_range(b, err);
}

static int work(struct cw_bf *b, bool same, struct cw_backfill_result *out, struct cw_err *err) {
  bool tail;
  if (begin_ranges(b, same, err) || look_at_keys(b, err)) return -1;
  b->work.again = false; /* its rows are there from now on */
  b->began_walked = b->others.walked;
  if (b->tuning.workers > 1 && b->plan.one_writer) {
    cw_exec_note(b->x, false, "%s: one worker, since %s has one writer at a time", b->plan.title,
                 cw_conn_server(b->conn));
    b->tuning.workers = 1;
  }
  cw_bf_progress(b, NULL, true);
  if (work_ranges(b, err) || add_tail(b, &tail, err) || (tail && work_ranges(b, err))) return -1;
  b->range.no = 0;
  b->range.rows = b->range.walked = b->range.batches = b->range.skipped = b->range.busy_ms = 0;
  if (cw_bf_sum(b, err)) return -1;
  sum_up(b, out);
  b->total = b->others.walked; /* known now */
  cw_bf_progress(b, NULL, true);
  return cw_bf_in_txn(b, write_end, out, err);
}

/* --- the step --------------------------------------------------------------------------------------- */

/* Why it stopped is kept for whoever looks, as far as that can still be written. */
static void record_failure(struct cw_bf *b, const struct cw_err *failure) {
  struct cw_err ignored = CW_ERR_INIT;
  bool stopped = failure->code == CW_ERR_INTERRUPTED;
  if (!b->move || cw_conn_lost(b->conn) || failure->code == CW_ERR_FENCED ||
      failure->code == CW_ERR_CHANGED_STEP)
    return;
  cw_bf_set_state(b, stopped ? "stopped" : "failed", NULL, stopped ? NULL : failure->message,
                  &ignored);
  cw_err_release(&ignored);
}

/* Rows are not waited for longer than definitions are. (PostgreSQL's transactions have that already.) */
int cw_bf_bound_waits(struct cw_bf *b, bool begin, struct cw_err *err) {
  int64_t ms = b->x->o.ddl_lock_timeout_ms;
  if (strcmp(cw_conn_dialect(b->conn), "mysql") != 0 || ms <= 0) return 0;
  if (begin)
    return cw_conn_execf(b->conn, err,
                         "SET @curlew_wait = @@SESSION.innodb_lock_wait_timeout, "
                         "SESSION innodb_lock_wait_timeout = %lld",
                         (long long)((ms + 999) / 1000));
  if (cw_conn_lost(b->conn)) return 0;
  return cw_conn_exec(b->conn, "SET SESSION innodb_lock_wait_timeout = @curlew_wait", err);
}

/* Another run has begun it and will end it: this one takes ranges, as long as there are any. */
static int help(struct cw_bf *b, struct cw_err *err) {
  struct cw_exec *x = b->x;
  const struct cw_backfill_calls *calls = &b->spec->calls;
  struct cw_bf_state state;
  b->helps = b->watchful = x->joined = true;
  b->move = x->row.id;
  if (cw_bf_load(b, &state, err)) return -1;
  bool same = state.found && state.digest && strcmp(state.digest, b->work.digest) == 0;
  cw_bf_state_release(&state);
  if (!same) {
    cw_fail(err, CW_ERR_CHANGED_STEP, "the backfill %s is another one in the script here", summary_of(b));
    return cw_hint(err, "both machines need the same revision file");
  }
  if (calls->plan(calls->ctx, &b->plan, err) || cw_bf_bound_waits(b, true, err)) return -1;
  b->began_ms = cw_clock_ms();
  if (cw_bf_sum(b, err) || look_at_keys(b, err)) return -1; /* no connection is made again: run it again */
  b->began_walked = b->others.walked;
  cw_bf_progress(b, NULL, true);
  if (work_ranges(b, err)) return -1;
  cw_exec_note(x, false, "%s: no range is left; %lld rows in %lld batches were changed from here",
               b->plan.title, (long long)b->own_rows, (long long)b->own_batches);
  return 0;
}

/* Out of the script, which goes no further than here. */
static int stop_helping(struct cw_exec *x, struct cw_err *err) {
  x->helped = true;
  return cw_fail(err, CW_ERR_INTERRUPTED, "the backfill has no range left");
}

static int run(struct cw_bf *b, bool same, struct cw_backfill_result *out, struct cw_err *err) {
  struct cw_exec *x = b->x;
  const struct cw_backfill_calls *calls = &b->spec->calls;
  if (calls->plan(calls->ctx, &b->plan, err)) return -1;
  note_intent(b); /* of a resumed one too: it says who works on the revision now */
  if (cw_segment_leave(x, summary_of(b), err)) return -1;
  b->move = x->row.id;
  if (cw_bf_bound_waits(b, true, err)) return -1;
  b->began_ms = cw_clock_ms();
  int failed = work(b, same, out, err);
  while (failed && cw_bf_revive(b, err)) failed = work(b, true, out, err);
  if (failed) record_failure(b, err);
  struct cw_err ignored = CW_ERR_INIT;
  cw_bf_bound_waits(b, false, &ignored);
  cw_err_release(&ignored);
  return failed;
}

/* What the journal has at this place: *done, or gone on with. */
static int replay(struct cw_bf *b, bool *done, bool *same, struct cw_backfill_result *out,
                  struct cw_err *err) {
  struct cw_exec *x = b->x;
  struct cw_step_row *row = cw_replay_peek(x);
  *done = false;
  *same = true;
  if (!row) {
    b->seq = ++x->seq;
    b->work.again = true;
    return 0;
  }
  const struct cw_step *step = &b->spec->step;
  bool is_done = strcmp(row->state, "done") == 0, is_intent = strcmp(row->state, "intent") == 0;
  *same = strcmp(row->digest, b->work.digest) == 0;
  bool ours = strcmp(row->kind, "step") == 0 && row->op && strcmp(row->op, step->op) == 0;
  if (!ours || (is_done && !*same) || (!is_done && !is_intent))
    return cw_replay_differs(x, summary_of(b), step->file, step->line, err);
  if (is_done) take_result(row->result, out);
  *done = is_done;
  cw_replay_pass(x);
  b->seq = x->seq;
  b->work.rows_there = true;
  return 0;
}

static int refuse(const struct cw_exec *x, const struct cw_backfill *spec, struct cw_err *err) {
  const char *op = spec->step.op;
  if (cw_exec_inside(x)) {
    cw_fail(err, CW_ERR_SCRIPT, x->executing ? "op.%s inside %s" : "op.%s inside %s of another backfill", op,
            cw_exec_inside(x));
    return cw_hint(err, "do the work with the connection that the function gets");
  }
  if (x->o.offline) {
    cw_fail(err, CW_ERR_OFFLINE, "op.%s can't be written down as SQL: it reads the table's key and "
                                 "chooses its batches while it runs", op);
    return cw_hint(err, "run it online, or test ctx.offline");
  }
  if (!x->moving || !x->o.journal) return cw_fail(err, CW_ERR_SCRIPT, "op.%s needs a migration", op);
  return 0;
}

static void release(struct cw_bf *b) {
  cw_writers_release(&b->writers);
  cw_rows_release(&b->range.at);
  cw_rows_release(&b->range.end);
  free(b->settings);
  cw_lag_free(b->lag);
}

int cw_exec_backfill(struct cw_exec *x, const struct cw_backfill *spec,
                     struct cw_backfill_result *out, struct cw_err *err) {
  const struct cw_step *step = &spec->step;
  *out = (struct cw_backfill_result){0};
  if (refuse(x, spec, err) || cw_exec_stopped(x, err)) return cw_exec_blame(x, step, x->step + 1, err);
  if (x->settling) return 0; /* it can't be told whether it has happened */
  if (cw_exec_flush(x, err) || cw_segment_check_leave(x, step->summary, err)) return -1;
  struct cw_bf b = {.x = x,
                    .conn = x->conn,
                    .spec = spec,
                    .tuning = spec->tuning,
                    .flavor = cw_conn_flavor(x->conn),
                    .chunk = FIRST_CHUNK,
                    .work = {.step = step, .number = ++x->step}};
  cw_sizer_init(&b.sizer, &b.tuning);
  snprintf(b.holder, sizeof b.holder, "%s-0", x->o.journal->run);
  cw_digest(step->digest, strlen(step->digest), b.work.digest);
  int64_t began = cw_clock_ms();
  bool done, same;
  int failed = replay(&b, &done, &same, out, err);
  bool helps = x->o.join_seq != 0 && !failed && !done;
  if (helps && b.seq == x->o.join_seq)
    failed = help(&b, err) ? -1 : stop_helping(x, err);
  else if (helps)
    failed = cw_fail(err, CW_ERR_CHANGED_STEP, "the backfill %s comes first, and is not done",
                     summary_of(&b));
  else if (!failed && !done)
    failed = run(&b, same, out, err);
  x->joined = false;
  release(&b);
  if (failed) return cw_exec_blame(x, step, b.work.number, err);
  cw_work_tell(x, step, b.work.number, done, cw_clock_ms() - began);
  bool reopen = !done && !x->m.none && x->block == 0 && x->txn_ddl;
  return reopen ? cw_segment_open(x, err) : 0;
}
