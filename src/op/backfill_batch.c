/* One batch: a transaction that finds the range's upper bound, does the work, moves the checkpoint and
 * checks the fencing token. When it fails it is tried again, halved, or searched for the rows at fault. */
#include "op/backfill_internal.h"
#include "txn/txn.h"
#include "util/alloc.h"
#include "util/clock.h"

enum {
  CHUNK_ROWS = 5000,      /* of one SELECT: larger ones gain nothing and cost memory */
  CHUNK_BYTES = 2 << 20,
  RETRY_FIRST_MS = 100,
  RETRY_MOST_MS = 5000
};

/* --- transactions ---------------------------------------------------------------------------------- */

bool cw_bf_stopped(const struct cw_bf *b) {
  return (b->x->o.stop && *b->x->o.stop) || cw_crew_stops(b);
}

void cw_bf_note(struct cw_bf *b, bool warning, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  char *text = xvasprintf(fmt, args);
  va_end(args);
  if (b->crew)
    cw_crew_note(b, warning, text);
  else
    cw_exec_note(b->x, warning, "%s", text);
  free(text);
}

/* One of several workers has nothing open on the exec: its range's token is its fence. */
int cw_bf_begin(struct cw_bf *b, struct cw_err *err) {
  struct cw_exec *x = b->x;
  if (cw_txn_begin(b->conn, x->settings, err)) return -1;
  if (b->crew) return 0;
  x->open = true;
  x->commit_lost = false;
  cw_exec_watch(x, NULL, x->conn); /* the first signal lets the batch end, the second cancels it */
  return 0;
}

int cw_bf_commit(struct cw_bf *b, struct cw_err *err) {
  struct cw_exec *x = b->x;
  if (b->crew) return cw_txn_commit(b->conn, err);
  if (cw_lock_fence(x->o.lock, err)) return -1;
  if (cw_txn_commit(x->conn, err)) {
    x->commit_lost = cw_conn_lost(x->conn);
    return -1;
  }
  x->open = false;
  cw_exec_watch(x, NULL, NULL);
  cw_err_release(&x->first);
  return 0;
}

void cw_bf_rollback(struct cw_bf *b) {
  struct cw_exec *x = b->x;
  if (b->crew) {
    cw_txn_rollback(b->conn);
    return;
  }
  x->open = false;
  cw_exec_watch(x, NULL, NULL);
  cw_txn_rollback(x->conn);
  x->savepoints = 0;
  vec_clear(&x->marks);
  cw_err_release(&x->first);
}

int cw_bf_in_txn(struct cw_bf *b, int (*fn)(struct cw_bf *b, void *arg, struct cw_err *err),
                 void *arg, struct cw_err *err) {
  if (cw_bf_begin(b, err)) return -1;
  if (fn(b, arg, err) == 0 && cw_bf_commit(b, err) == 0) return 0;
  cw_bf_rollback(b);
  return -1;
}

/* --- statements ------------------------------------------------------------------------------------ */

static int send(struct cw_bf *b, const char *text, const struct cw_template_args *args,
                struct cw_result **out, struct cw_err *err) {
  struct cw_expanded e = CW_EXPANDED_INIT;
  cw_template_expand(text, b->flavor, args, &e);
  int failed = cw_conn_query(b->conn, e.sql.buf, e.sql.len, e.values.items, e.values.len, 0, out,
                             err);
  cw_expanded_release(&e);
  return failed;
}

int cw_bf_query(struct cw_bf *b, const char *text, const struct cw_template_args *args,
                struct cw_rows *out, int64_t *affected, struct cw_err *err) {
  struct cw_result *result = NULL;
  struct cw_rows rows = {0};
  if (send(b, text, args, &result, err)) return -1;
  int failed = cw_rows_read(&rows, result, 0, err);
  if (!failed && affected) *affected += cw_result_affected(result);
  cw_result_free(result);
  if (!failed && out) {
    cw_rows_release(out);
    *out = rows;
  } else {
    cw_rows_release(&rows);
  }
  return failed;
}

/* --- one piece of a batch: a statement's worth ------------------------------------------------------ */

static bool same_value(const struct cw_value *a, const struct cw_value *b) {
  if (a->type != b->type) return false;
  switch (a->type) {
  case CW_NULL: return true;
  case CW_BOOL: return a->b == b->b;
  case CW_INT: return a->i == b->i;
  case CW_FLOAT: return a->f == b->f;
  default: return a->s.len == b->s.len && memcmp(a->s.p, b->s.p, a->s.len) == 0;
  }
}

bool cw_bf_same_key(const struct cw_rows *a, const struct cw_rows *b) {
  for (size_t i = 0; i < a->len && i < b->len; i++)
    if (!same_value(&a->items[i], &b->items[i])) return false;
  return a->len == b->len;
}

void cw_bf_copy_key(struct cw_rows *to, const struct cw_rows *from) {
  cw_rows_release(to);
  for (size_t i = 0; i < from->len; i++) vec_push(to, cw_value_dup(from->items[i]));
}

/* Among integers that are nearly all there the next `n` numbers are as good as the next `n` keys. */
static bool computed_bound(const struct cw_bf *b, int64_t n, struct cw_rows *high, bool *last) {
  const struct cw_bf_range *r = &b->range;
  if (!b->dense || b->narrow || r->at.len != 1 || r->at.items[0].type != CW_INT ||
      r->end.items[0].type != CW_INT)
    return false;
  int64_t low = r->at.items[0].i, end = r->end.items[0].i;
  *last = end <= low || (uint64_t)end - (uint64_t)low <= (uint64_t)n;
  vec_push(high, cw_int(*last ? end : low + n));
  return true;
}

/* The key that ends the next `n` keys: the range's end when there are no more. */
static int find_bound(struct cw_bf *b, int64_t n, struct cw_rows *high, bool *last,
                      struct cw_err *err) {
  const struct cw_bf_range *r = &b->range;
  if (computed_bound(b, n, high, last)) return 0;
  struct cw_template_args args = {
      .low = cw_bf_key(&r->at), .end = cw_bf_key(&r->end), .skip = n - 1};
  if (cw_bf_query(b, b->plan.bound[args.low != NULL], &args, high, NULL, err)) return -1;
  *last = high->len == 0 || cw_bf_same_key(high, &r->end);
  if (high->len == 0) cw_bf_copy_key(high, &r->end);
  return 0;
}

/* Its SQL goes straight into the batch's transaction. */
int cw_bf_call_script(struct cw_bf *b, struct cw_conn *conn, struct cw_result *rows, int64_t *read,
                      int64_t *bytes, struct cw_err *err) {
  struct cw_exec *x = b->x;
  const struct cw_backfill_calls *calls = &b->spec->calls;
  struct cw_conn *own = x->conn;
  bool open = x->open;
  int64_t seq = x->seq;
  int step = x->step;
  x->conn = conn;
  x->open = x->batch = true;
  x->moving = false;
  int failed = b->plan.kind == CW_BACKFILL_EACH
                   ? calls->each(calls->ctx, rows, read, bytes, err)
                   : calls->map(calls->ctx, rows, &b->writers, read, bytes, err);
  x->moving = true;
  x->batch = false;
  x->open = open;
  x->conn = own;
  x->seq = seq;
  x->step = step;
  bool broken = !failed && !cw_conn_lost(conn) && (cw_conn_txn_failed(conn) || !cw_conn_in_txn(conn));
  if (broken && x->first.code == CW_OK)
    cw_fail(err, CW_ERR_STATEMENT, "the batch's transaction was ended by a statement in it");
  else if (broken)
    cw_err_copy(err, &x->first);
  if (conn != own) { /* nothing of a worker stays with the exec */
    x->savepoints = 0;
    vec_clear(&x->marks);
    cw_err_release(&x->first);
    cw_exec_watch(x, NULL, NULL);
  }
  return failed || broken ? -1 : 0;
}

static int call_script(struct cw_bf *b, struct cw_result *rows, int64_t *read, int64_t *bytes,
                       struct cw_err *err) {
  return b->crew ? cw_crew_call(b, rows, read, bytes, err)
                 : cw_bf_call_script(b, b->conn, rows, read, bytes, err);
}

/* The range of `args` has `n` keys at most. */
static int change_rows(struct cw_bf *b, const struct cw_template_args *args, int64_t n, int64_t *read,
                       struct cw_err *err) {
  struct cw_bf_range *r = &b->range;
  const char *text = b->plan.work[args->low != NULL];
  if (b->plan.kind == CW_BACKFILL_SQL) {
    int64_t before = r->rows;
    if (cw_bf_query(b, text, args, NULL, &r->rows, err)) return -1;
    *read = r->rows - before;
    return 0;
  }
  struct cw_result *rows = NULL;
  int64_t bytes = 0;
  if (send(b, text, args, &rows, err)) return -1;
  int failed = call_script(b, rows, read, &bytes, err);
  if (!failed && b->plan.kind == CW_BACKFILL_EACH) r->rows += *read;
  for (size_t i = 0; i < b->writers.len; i++) {
    if (failed)
      cw_writer_drop(b->writers.items[i]);
    else
      failed = cw_writer_flush(b->writers.items[i], b->conn, args->low, args->high, n, &r->rows,
                               err);
  }
  if (!failed && *read > 0) {
    int64_t fits = CHUNK_BYTES / (bytes / *read + 1);
    b->chunk = fits < 1 ? 1 : fits > CHUNK_ROWS ? CHUNK_ROWS : fits;
  }
  return failed;
}

static int piece(struct cw_bf *b, int64_t n, struct cw_err *err) {
  struct cw_bf_range *r = &b->range;
  struct cw_rows high = {0};
  bool last;
  int64_t read = 0;
  if (find_bound(b, n, &high, &last, err)) return -1;
  struct cw_template_args args = {
      .low = cw_bf_key(&r->at), .high = high.items, .user = b->plan.user};
  int failed = change_rows(b, &args, n, &read, err);
  if (failed) {
    cw_rows_release(&high);
    return -1;
  }
  cw_rows_release(&r->at);
  r->at = high;
  r->walked += last ? read : n;
  r->done = last;
  return 0;
}

/* --- a batch --------------------------------------------------------------------------------------- */

static int64_t batch_size(const struct cw_bf *b) { return b->narrow ? b->narrow : b->sizer.size; }

static int try_batch(struct cw_bf *b, int64_t began, struct cw_err *err) {
  int64_t left = batch_size(b);
  if (cw_bf_begin(b, err) || cw_bf_hold_range(b, err)) return -1;
  while (left > 0 && !b->range.done) {
    int64_t n = b->plan.kind == CW_BACKFILL_SQL || left < b->chunk ? left : b->chunk;
    if (piece(b, n, err)) return -1;
    left -= n;
  }
  b->range.batches++;
  b->range.busy_ms += cw_clock_ms() - began;
  return cw_bf_checkpoint(b, err) || cw_bf_commit(b, err) ? -1 : 0;
}

/* The one row in the way is written down, and the checkpoint moves behind it. */
static int try_skip(struct cw_bf *b, const char *why, struct cw_err *err) {
  struct cw_bf_range *r = &b->range;
  struct cw_rows high = {0};
  bool last;
  b->narrow = 1; /* the next row, not the next number */
  if (cw_bf_begin(b, err) || cw_bf_hold_range(b, err)) return -1;
  if (find_bound(b, 1, &high, &last, err)) return -1;
  cw_rows_release(&r->at);
  r->at = high;
  r->done = last;
  r->walked++;
  r->skipped++;
  return cw_bf_note_skip(b, why, err) || cw_bf_checkpoint(b, err) || cw_bf_commit(b, err) ? -1 : 0;
}

struct before {
  struct cw_rows at;
  int64_t rows, walked, batches, skipped, busy_ms;
};

static void remember(const struct cw_bf *b, struct before *before) {
  const struct cw_bf_range *r = &b->range;
  *before = (struct before){.rows = r->rows,
                            .walked = r->walked,
                            .batches = r->batches,
                            .skipped = r->skipped,
                            .busy_ms = r->busy_ms};
  cw_bf_copy_key(&before->at, &r->at);
}

static void go_back(struct cw_bf *b, struct before *before) {
  struct cw_bf_range *r = &b->range;
  cw_rows_release(&r->at);
  r->at = before->at;
  before->at = (struct cw_rows){0};
  r->rows = before->rows;
  r->walked = before->walked;
  r->batches = before->batches;
  r->skipped = before->skipped;
  r->busy_ms = before->busy_ms;
  r->done = false;
}

static bool is_timeout(const struct cw_bf *b, const struct cw_err *err) {
  if (b->x->o.stop && *b->x->o.stop > 1) return false;
  return err->code == CW_ERR_LOCK_TIMEOUT || strcmp(err->sqlstate, "57014") == 0 ||
         err->native == 1205 || err->native == 3024 || err->native == 1969;
}

static bool may_retry(const struct cw_bf *b, const struct cw_err *err) {
  if (err->code == CW_ERR_INTERRUPTED || err->code == CW_ERR_FENCED) return false;
  if (cw_conn_lost(b->conn)) return false;
  return is_timeout(b, err) || cw_exec_is_lock_failure(err) ||
         strcmp(err->sqlstate, "40001") == 0 || err->native == 1020;
}

/* Rows can be at fault for what a statement or a function says of them, not for lost connections. */
static bool may_skip(const struct cw_bf *b, const struct cw_err *err) {
  if (!b->tuning.skip || cw_conn_lost(b->conn)) return false;
  return err->code == CW_ERR_STATEMENT || err->code == CW_ERR_SCRIPT;
}

static void pause_before_retry(struct cw_bf *b, const struct cw_err *failure) {
  struct cw_exec *x = b->x;
  int64_t ms = RETRY_FIRST_MS;
  for (int i = 1; i < b->attempts && ms < RETRY_MOST_MS; i++) ms *= 2;
  if (ms > RETRY_MOST_MS) ms = RETRY_MOST_MS;
  char *who = !b->crew && x->o.events.blocker ? x->o.events.blocker(x->o.events.ctx) : NULL;
  cw_bf_note(b, false, "%s: %s%s%s; the batch is tried again (%d of %d)", b->plan.title,
               failure->message, who ? "; held by " : "", who ? who : "", b->attempts,
               b->tuning.retries);
  free(who);
  cw_clock_sleep(ms / 2 + cw_clock_us() % (ms / 2 + 1), x->o.stop);
}

/* Where a batch failed that holds many rows, fewer are tried, until one is alone. */
static int narrow(struct cw_bf *b, const struct cw_err *failure, struct cw_err *err) {
  int64_t tried = batch_size(b);
  if (tried > 1) {
    b->narrow = tried / 2;
    return 0;
  }
  if (try_skip(b, failure->message, err)) return -1;
  cw_bf_note(b, true, "%s: a row is passed over: %s", b->plan.title, failure->message);
  b->narrow = 2;
  return 0;
}

static void succeeded(struct cw_bf *b, const struct before *before, int64_t ms) {
  b->own_rows += b->range.rows - before->rows;
  b->own_batches += b->range.batches - before->batches;
  b->attempts = 0;
  b->last_ms = ms;
  if (b->narrow == 0) {
    cw_sizer_done(&b->sizer, ms);
  } else {
    b->narrow *= 2;
    if (b->narrow >= b->sizer.size) b->narrow = 0;
  }
  if (b->tuning.target_ms <= 0 && b->sizer.size < b->tuning.batch_size)
    cw_sizer_set(&b->sizer, b->tuning.batch_size);
}

static int reconnect(struct cw_bf *b, struct cw_err *err) {
  if (b->crew) return cw_crew_connect(b, err);
  const struct cw_exec_events *events = &b->x->o.events;
  int failed = events->reconnect(events->ctx, &b->x->conn, &b->x->o.lock, err);
  b->conn = b->x->o.conn = b->x->conn;
  return failed ? -1 : cw_bf_bound_waits(b, true, err);
}

static bool may_reconnect(const struct cw_bf *b, const struct cw_err *err) {
  if (!cw_conn_lost(b->conn) || cw_bf_stopped(b) || err->code == CW_ERR_FENCED) return false;
  return b->crew || (b->x->o.events.reconnect && !b->x->session_touched);
}

bool cw_bf_revive(struct cw_bf *b, struct cw_err *err) {
  while (may_reconnect(b, err) && b->attempts < b->tuning.retries) {
    struct cw_err failure = CW_ERR_INIT;
    b->attempts++;
    pause_before_retry(b, err);
    if (reconnect(b, &failure) == 0) {
      cw_err_release(err);
      return true;
    }
    bool fenced = failure.code == CW_ERR_FENCED;
    if (fenced || !cw_conn_lost(b->conn)) cw_err_move(err, &failure);
    cw_err_release(&failure);
    if (fenced) break;
  }
  return false;
}

int cw_bf_batch(struct cw_bf *b, bool *lost, struct cw_err *err) {
  struct before before;
  struct cw_err failure = CW_ERR_INIT;
  int64_t began = cw_clock_ms();
  *lost = false;
  remember(b, &before);
  int failed = try_batch(b, began, &failure);
  if (!failed) {
    succeeded(b, &before, cw_clock_ms() - began);
  } else {
    cw_bf_rollback(b);
    go_back(b, &before);
    if (failure.code == CW_ERR_FENCED) {
      *lost = true;
      b->watchful = true;
      failed = 0;
    } else if (may_retry(b, &failure) && b->attempts < b->tuning.retries) {
      b->attempts++;
      if (is_timeout(b, &failure)) cw_sizer_halve(&b->sizer);
      pause_before_retry(b, &failure);
      failed = 0;
    } else if (may_skip(b, &failure)) {
      failed = narrow(b, &failure, err);
      if (failed) cw_bf_rollback(b);
    } else {
      if (may_retry(b, &failure)) { /* or the whole revision would be tried again as well */
        cw_err_prefix(&failure, "after %d tries: ", b->attempts + 1);
        failure.code = CW_ERR_STATEMENT;
        failure.sqlstate[0] = '\0';
        failure.native = 0;
      }
      cw_err_move(err, &failure);
    }
  }
  cw_err_release(&failure);
  cw_rows_release(&before.at);
  return failed ? -1 : 0;
}
