/* Who works on which range of keys. A range is leased: its row says who has it and until when, by the
 * server's clock, and its token goes up with each taker, so that the one before can't record anything
 * more. Whoever has nothing to do takes a range that nobody works on, else half of what another one has
 * left: ranges are shared out as they are needed, among the workers of a run and those of other machines.
 *
 * Takers follow each other by a lock on the backfill's row. A worker that may be shared out locks its
 * range's row at the beginning of each batch, so a taker waits for the batch and never wastes it. */
#include "op/backfill_internal.h"
#include "op/journal_internal.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { LEAST_SHARE = 2 /* batches that must be left in a range that is shared out */ };

/* What is read of each range. */
struct entry {
  int64_t no, size, token, rows, walked, batches, skipped, busy_ms;
  bool done, held, mine, expired;
  struct cw_rows at, end;
  int64_t left; /* about; -1: not known yet */
};
struct entries {
  struct entry *items;
  size_t len, cap;
};

static bool lockless(const struct cw_bf *b) {
  return cw_conn_caps(b->conn) & CW_CAP_BEGIN_IMMEDIATE;
}

const char *cw_bf_now_sql(const struct cw_bf *b) {
  const char *dialect = cw_conn_dialect(b->conn);
  if (strcmp(dialect, "postgresql") == 0)
    return "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
  if (strcmp(dialect, "sqlite") == 0)
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)";
  return "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)";
}

/* --- reading --------------------------------------------------------------------------------------- */

static void release_entries(struct entries *list) {
  for (size_t i = 0; i < list->len; i++) {
    cw_rows_release(&list->items[i].at);
    cw_rows_release(&list->items[i].end);
  }
  vec_release(list);
}

static bool text_is(const struct cw_value *v, const char *text) {
  return v->type == CW_TEXT && v->s.len == strlen(text) && memcmp(v->s.p, text, v->s.len) == 0;
}

static bool truth(const struct cw_value *v) { return v->type == CW_BOOL ? v->b : cw_journal_number(v); }

static int read_entries(struct cw_bf *b, struct entries *list, struct cw_err *err) {
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq)};
  struct cw_result *result = NULL;
  const struct cw_value *v;
  char *sql = xasprintf("SELECT range_no, state, at_key, end_key, rows_done, walked, batches, skipped, "
                        "busy_ms, batch_size, token, holder, expires_us < %s FROM {range} "
                        "WHERE move_id = ? AND seq = ? ORDER BY range_no",
                        cw_bf_now_sql(b));
  int failed = cw_bf_read(b, sql, id, 2, &result, err);
  free(sql);
  if (failed) return -1;
  int got;
  while ((got = cw_result_next(result, &v, err)) == 1) {
    struct entry e = {.no = cw_journal_number(&v[0]),
                      .done = text_is(&v[1], "done"),
                      .rows = cw_journal_number(&v[4]),
                      .walked = cw_journal_number(&v[5]),
                      .batches = cw_journal_number(&v[6]),
                      .skipped = cw_journal_number(&v[7]),
                      .busy_ms = cw_journal_number(&v[8]),
                      .size = cw_journal_number(&v[9]),
                      .token = cw_journal_number(&v[10]),
                      .held = v[11].type != CW_NULL,
                      .mine = text_is(&v[11], b->holder),
                      .expired = truth(&v[12]),
                      .left = -1};
    failed = cw_bf_read_key(&v[2], &e.at, err) || cw_bf_read_key(&v[3], &e.end, err);
    vec_push(list, e);
    if (failed) break;
  }
  cw_result_free(result);
  return failed || got < 0 ? -1 : 0;
}

/* Sums over the ranges but the one in work. */
static void sum_up(struct cw_bf *b, const struct entries *list) {
  b->others = (struct cw_bf_sums){0};
  for (size_t i = 0; i < list->len; i++) {
    const struct entry *e = &list->items[i];
    if (e->no == b->range.no) continue;
    b->others.rows += e->rows;
    b->others.walked += e->walked;
    b->others.batches += e->batches;
    b->others.skipped += e->skipped;
    b->others.busy_ms += e->busy_ms;
    b->others.open += !e->done;
  }
}

int cw_bf_sum(struct cw_bf *b, struct cw_err *err) {
  struct entries list = {0};
  int failed = read_entries(b, &list, err);
  if (!failed) sum_up(b, &list);
  release_entries(&list);
  return failed;
}

int cw_bf_end(struct cw_bf *b, struct cw_rows *end, bool *looked, struct cw_err *err) {
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq), cw_int(b->move), cw_int(b->seq)};
  struct cw_result *result = NULL;
  const struct cw_value *v;
  *looked = false;
  /* Ranges lie side by side: the last one ends where none begins. */
  if (cw_bf_read(b,
                 "SELECT r.end_key, r.range_no FROM {range} r WHERE r.move_id = ? AND r.seq = ? AND "
                 "NOT EXISTS (SELECT 1 FROM {range} n WHERE n.move_id = ? AND n.seq = ? AND "
                 "n.low_key = r.end_key)",
                 id, 4, &result, err))
    return -1;
  int got, failed = 0;
  while (!failed && (got = cw_result_next(result, &v, err)) == 1) {
    failed = cw_bf_read_key(&v[0], end, err);
    *looked = cw_journal_number(&v[1]) >= CW_BF_TAIL_NO;
  }
  cw_result_free(result);
  return failed || got < 0 ? -1 : 0;
}

/* --- taking ---------------------------------------------------------------------------------------- */

static void adopt(struct cw_bf *b, struct entry *e) {
  struct cw_bf_range *r = &b->range;
  cw_rows_release(&r->at);
  cw_rows_release(&r->end);
  *r = (struct cw_bf_range){.no = e->no,
                            .token = e->token,
                            .at = e->at,
                            .end = e->end,
                            .rows = e->rows,
                            .walked = e->walked,
                            .batches = e->batches,
                            .skipped = e->skipped,
                            .busy_ms = e->busy_ms};
  e->at = e->end = (struct cw_rows){0};
  if (b->tuning.target_ms > 0) cw_sizer_resume(&b->sizer, e->size);
  b->beat_ms = cw_clock_ms();
}

/* Locks a range's row. *got false: someone else has it locked (and `wait` is false), so it is in work. */
static int lock_entry(struct cw_bf *b, struct entry *e, bool wait, bool *got, struct cw_err *err) {
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq), cw_int(e->no)};
  struct cw_result *result = NULL;
  const struct cw_value *v;
  *got = true;
  if (lockless(b)) return 0;
  char *sql = xasprintf("SELECT state, at_key, end_key, token FROM {range} WHERE move_id = ? AND seq = ? "
                        "AND range_no = ? FOR UPDATE%s",
                        wait ? "" : " SKIP LOCKED");
  int failed = cw_bf_read(b, sql, id, 3, &result, err);
  free(sql);
  if (failed) return -1;
  int found = cw_result_next(result, &v, err);
  *got = found == 1;
  if (found == 1) {
    e->done = text_is(&v[0], "done");
    e->token = cw_journal_number(&v[3]);
    failed = cw_bf_read_key(&v[1], &e->at, err) || cw_bf_read_key(&v[2], &e->end, err);
  }
  cw_result_free(result);
  return failed || found < 0 ? -1 : 0;
}

static int mark(struct cw_bf *b, int64_t no, struct cw_err *err) {
  char *sql = xasprintf("UPDATE {range} SET token = token + 1, holder = ?, expires_us = %s + %d000 "
                        "WHERE move_id = ? AND seq = ? AND range_no = ?",
                        cw_bf_now_sql(b), CW_BF_LEASE_MS);
  struct cw_value params[] = {cw_text(b->holder), cw_int(b->move), cw_int(b->seq), cw_int(no)};
  int failed = cw_bf_write(b, sql, params, 4, NULL, err);
  free(sql);
  return failed;
}

static int take(struct cw_bf *b, struct entry *e, struct cw_err *err) {
  if (mark(b, e->no, err)) return -1;
  e->token++;
  adopt(b, e);
  return 0;
}

/* One that nobody works on, or whose worker is silent. */
static int take_free(struct cw_bf *b, struct entries *list, bool *got, struct cw_err *err) {
  for (size_t i = 0; i < list->len; i++) {
    struct entry *e = &list->items[i];
    if (e->done || (e->held && !e->mine && !e->expired && !lockless(b))) continue;
    bool locked;
    if (lock_entry(b, e, !e->held, &locked, err)) return -1;
    if (!locked || e->done) continue;
    if (take(b, e, err)) return -1;
    *got = true;
    return 0;
  }
  return 0;
}

/* --- sharing out ----------------------------------------------------------------------------------- */

static bool integers(const struct entry *e) {
  return e->end.len == 1 && e->end.items[0].type == CW_INT &&
         (e->at.len == 0 || e->at.items[0].type == CW_INT);
}

/* The key behind which `n` keys of the range lie before it; none: len 0. */
static int key_at(struct cw_bf *b, const struct entry *e, int64_t n, struct cw_rows *key,
                  struct cw_err *err) {
  struct cw_template_args args = {
      .low = cw_bf_key(&e->at), .end = cw_bf_key(&e->end), .skip = n - 1};
  cw_rows_release(key);
  return cw_bf_query(b, b->plan.bound[args.low != NULL], &args, key, NULL, err);
}

static int least_key(struct cw_bf *b, const struct entry *e, int64_t *out, struct cw_err *err) {
  struct cw_rows first = {0};
  if (e->at.len) {
    *out = e->at.items[0].i;
    return 0;
  }
  struct cw_template_args none = {0};
  int failed = cw_bf_query(b, b->plan.first, &none, &first, NULL, err);
  *out = first.len && first.items[0].type == CW_INT ? first.items[0].i : e->end.items[0].i;
  cw_rows_release(&first);
  return failed;
}

/* About how much is left of a range: a span of integers, else a number of keys found by halving. */
static int measure(struct cw_bf *b, struct entry *e, struct cw_err *err) {
  int64_t least = LEAST_SHARE * (e->size > 0 ? e->size : 1);
  if (least < 2) least = 2;
  e->left = 0;
  if (integers(e)) {
    int64_t low;
    if (least_key(b, e, &low, err)) return -1;
    uint64_t span = (uint64_t)e->end.items[0].i - (uint64_t)low;
    e->left = e->end.items[0].i <= low          ? 0
              : span > (uint64_t)INT64_MAX / 2  ? INT64_MAX / 2
              : span >= (uint64_t)least         ? (int64_t)span
                                                : 0;
    return 0;
  }
  struct cw_rows key = {0};
  int64_t n = b->total > least ? b->total : least;
  while (e->left == 0 && n >= least) {
    if (key_at(b, e, n, &key, err)) break;
    if (key.len) e->left = n;
    if (n == least) break;
    n = n / 2 > least ? n / 2 : least;
  }
  cw_rows_release(&key);
  return err->code == CW_OK ? 0 : -1;
}

static int middle(struct cw_bf *b, const struct entry *e, struct cw_rows *mid, struct cw_err *err) {
  if (!integers(e)) return key_at(b, e, e->left / 2, mid, err);
  int64_t low;
  if (least_key(b, e, &low, err)) return -1;
  int64_t end = e->end.items[0].i;
  vec_push(mid, cw_int((int64_t)((uint64_t)low + ((uint64_t)end - (uint64_t)low) / 2)));
  return 0;
}

static int write_share(struct cw_bf *b, struct entry *e, const struct cw_rows *mid, int64_t no,
                       struct cw_err *err) {
  char *text = cw_bf_key_text(mid);
  struct cw_value params[] = {cw_text(text), cw_int(b->move), cw_int(b->seq), cw_int(e->no)};
  int failed = cw_bf_write(b,
                           "UPDATE {range} SET end_key = ?, token = token + 1 WHERE move_id = ? AND "
                           "seq = ? AND range_no = ?",
                           params, 4, NULL, err);
  free(text);
  if (failed) return -1;
  struct entry own = {.no = no, .token = 1, .size = e->size, .end = e->end};
  e->end = (struct cw_rows){0};
  cw_bf_copy_key(&own.at, mid);
  adopt(b, &own);
  if (cw_bf_insert_range(b, err) || mark(b, no, err)) return -1;
  b->range.token++;
  return 0;
}

/* Half of what the range has that has most left. */
static int take_half(struct cw_bf *b, struct entries *list, bool *got, struct cw_err *err) {
  struct entry *most = NULL;
  int64_t no = 0;
  for (size_t i = 0; i < list->len; i++) {
    struct entry *e = &list->items[i];
    if (e->no > no) no = e->no;
    if (e->done || !e->held || e->mine) continue;
    if (measure(b, e, err)) return -1;
    if (e->left > 0 && (!most || e->left > most->left)) most = e;
  }
  bool locked;
  if (!most || lock_entry(b, most, true, &locked, err)) return most ? -1 : 0;
  if (!locked || most->done || most->end.len == 0 || measure(b, most, err) || most->left == 0)
    return err->code == CW_OK ? 0 : -1;
  struct cw_rows mid = {0};
  int failed = middle(b, most, &mid, err);
  bool fits = !failed && mid.len > 0 && !cw_bf_same_key(&mid, &most->end) &&
              !cw_bf_same_key(&mid, &most->at);
  if (fits) failed = write_share(b, most, &mid, no + 1, err);
  *got = fits && !failed;
  cw_rows_release(&mid);
  return failed;
}

/* --- the life of a lease --------------------------------------------------------------------------- */

/* The backfill is still being worked on, and nobody else takes a range now. */
static int lock_backfill(struct cw_bf *b, bool *open, struct cw_err *err) {
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq)};
  struct cw_result *result = NULL;
  const struct cw_value *v;
  const char *sql = lockless(b) ? "SELECT state FROM {backfill} WHERE move_id = ? AND seq = ?"
                                : "SELECT state FROM {backfill} WHERE move_id = ? AND seq = ? FOR UPDATE";
  if (cw_bf_read(b, sql, id, 2, &result, err)) return -1;
  int got = cw_result_next(result, &v, err);
  *open = got == 1 && (text_is(&v[0], "running") || text_is(&v[0], "paused"));
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

static int claim(struct cw_bf *b, void *arg, struct cw_err *err) {
  bool *got = arg, open;
  struct entries list = {0};
  if (lock_backfill(b, &open, err)) return -1;
  b->range.no = 0;
  b->over = !open;
  int failed = read_entries(b, &list, err);
  if (!failed && open) failed = take_free(b, &list, got, err);
  if (!failed && open && !*got && !lockless(b)) failed = take_half(b, &list, got, err);
  if (!failed) sum_up(b, &list);
  release_entries(&list);
  return failed;
}

/* Takers that meet in spite of their order: one of them tries again. */
static bool met(const struct cw_bf *b, const struct cw_err *err) {
  return !cw_conn_lost(b->conn) &&
         (cw_exec_is_lock_failure(err) || strcmp(err->sqlstate, "40001") == 0 || err->native == 1020);
}

int cw_bf_claim(struct cw_bf *b, bool *got, struct cw_err *err) {
  for (int tries = 1;; tries++) {
    *got = false;
    b->range.done = true;
    if (cw_bf_in_txn(b, claim, got, err) == 0) {
      b->range.done = !*got;
      return 0;
    }
    if (!met(b, err) || tries > b->tuning.retries || cw_bf_stopped(b)) return -1;
    cw_err_release(err);
    cw_clock_sleep(50 * tries, b->x->o.stop);
  }
}

int cw_bf_hold_range(struct cw_bf *b, struct cw_err *err) {
  struct cw_bf_range *r = &b->range;
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq), cw_int(r->no)};
  struct cw_result *result = NULL;
  const struct cw_value *v;
  if (!b->watchful || lockless(b)) return 0;
  if (cw_bf_read(b,
                 "SELECT holder, token, end_key FROM {range} WHERE move_id = ? AND seq = ? AND "
                 "range_no = ? FOR UPDATE",
                 id, 3, &result, err))
    return -1;
  int got = cw_result_next(result, &v, err), failed = 0;
  bool mine = got == 1 && text_is(&v[0], b->holder);
  if (mine && cw_journal_number(&v[1]) != r->token) {
    r->token = cw_journal_number(&v[1]);
    failed = cw_bf_read_key(&v[2], &r->end, err);
  }
  cw_result_free(result);
  if (got < 0 || failed) return -1;
  return mine ? 0 : cw_fail(err, CW_ERR_FENCED, "another worker has taken over a range of %s", b->plan.title);
}

static int beat(struct cw_bf *b, void *arg, struct cw_err *err) {
  (void)arg;
  struct cw_value params[] = {cw_int(b->move), cw_int(b->seq), cw_int(b->range.no),
                              cw_text(b->holder)};
  char *sql = xasprintf("UPDATE {range} SET expires_us = %s + %d000 WHERE move_id = ? AND seq = ? AND "
                        "range_no = ? AND holder = ?",
                        cw_bf_now_sql(b), CW_BF_LEASE_MS);
  int failed = cw_bf_write(b, sql, params, 4, NULL, err);
  free(sql);
  return failed;
}

int cw_bf_beat(struct cw_bf *b, struct cw_err *err) {
  if (b->range.done || lockless(b) || cw_clock_ms() - b->beat_ms < CW_BF_LEASE_MS / 5) return 0;
  b->beat_ms = cw_clock_ms();
  return cw_bf_in_txn(b, beat, NULL, err);
}

static int give_back(struct cw_bf *b, void *arg, struct cw_err *err) {
  (void)arg;
  struct cw_value params[] = {cw_int(b->move), cw_int(b->seq), cw_int(b->range.no),
                              cw_text(b->holder)};
  return cw_bf_write(b,
                     "UPDATE {range} SET holder = NULL, expires_us = 0 WHERE move_id = ? AND seq = ? AND "
                     "range_no = ? AND holder = ?",
                     params, 4, NULL, err);
}

void cw_bf_release_range(struct cw_bf *b) {
  struct cw_err ignored = CW_ERR_INIT;
  if (b->range.no && !b->range.done && !lockless(b) && !cw_conn_lost(b->conn))
    cw_bf_in_txn(b, give_back, NULL, &ignored);
  cw_err_release(&ignored);
}
