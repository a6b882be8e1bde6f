/* What happens between two batches: progress is told, orders from outside are obeyed, and the backfill
 * waits for whatever it is to wait for, saying why. */
#include <jansson.h>

#include "op/backfill_internal.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { POLL_MS = 1000, NAP_MS = 500 };

/* --- progress -------------------------------------------------------------------------------------- */

void cw_bf_progress(struct cw_bf *b, const char *waits, bool force) {
  const struct cw_exec_events *events = &b->x->o.events;
  if (!events->backfill) return;
  int64_t now = cw_clock_ms();
  if (!force && now - b->told_ms < 100) return;
  b->told_ms = now;
  int64_t walked = b->others.walked + b->range.walked, elapsed = now - b->began_ms;
  struct cw_backfill_progress p = {.name = b->plan.title,
                                   .step = b->work.number,
                                   .rows = b->others.rows + b->range.rows,
                                   .walked = walked,
                                   .total = b->total >= walked ? b->total : -1,
                                   .batches = b->others.batches + b->range.batches,
                                   .skipped = b->others.skipped + b->range.skipped,
                                   .batch_size = b->narrow ? b->narrow : b->sizer.size,
                                   .waits = waits,
                                   .notable = force};
  if (elapsed > 0) p.rate = (double)(walked - b->began_walked) * 1000 / (double)elapsed;
  p.eta_ms = p.rate > 0 && p.total >= 0 ? (int64_t)((double)(p.total - walked) / p.rate * 1000) : -1;
  events->backfill(events->ctx, &p);
}

/* --- orders ---------------------------------------------------------------------------------------- */

static int64_t number_of(json_t *settings, const char *name, int64_t present) {
  json_t *value = json_object_get(settings, name);
  return json_is_number(value) ? (int64_t)json_number_value(value) : present;
}

/* Only what has changed since the last look counts: the size goes on following the target. */
void cw_bf_obey_settings(struct cw_bf *b, const char *text) {
  if (!text || (b->settings && strcmp(b->settings, text) == 0)) return;
  json_t *settings = json_loads(text, 0, NULL);
  struct cw_backfill_tuning *t = &b->tuning;
  t->pause_ms = number_of(settings, "pause_ms", t->pause_ms);
  t->target_ms = number_of(settings, "target_ms", t->target_ms);
  t->max_lag_ms = number_of(settings, "max_lag_ms", t->max_lag_ms);
  b->sizer.target_ms = t->target_ms;
  b->sizer.least = number_of(settings, "min_batch_size", b->sizer.least);
  b->sizer.most = number_of(settings, "max_batch_size", b->sizer.most);
  json_t *duty = json_object_get(settings, "duty");
  if (json_is_number(duty)) t->duty = json_number_value(duty);
  int64_t size = number_of(settings, "batch_size", 0);
  if (size > 0) t->batch_size = size;
  cw_sizer_set(&b->sizer, size > 0 ? size : b->sizer.size);
  json_decref(settings);
  free(b->settings);
  b->settings = xstrdup(text);
}

/* What an order says, or the health of the servers. */
int cw_bf_look(struct cw_bf *b, const char **waits, struct cw_err *err) {
  char *control, *settings;
  *waits = NULL;
  b->polled_ms = cw_clock_ms();
  if (cw_bf_beat(b, err) || cw_bf_orders(b, &control, &settings, err)) return -1;
  cw_bf_obey_settings(b, settings);
  bool paused = control && strcmp(control, "pause") == 0;
  bool abort = control && strcmp(control, "abort") == 0;
  free(control);
  free(settings);
  if (abort) {
    cw_fail(err, CW_ERR_INTERRUPTED, "the backfill %s was ended by `curlew backfill abort`",
            b->plan.title);
    return cw_hint(err, "run the same command again to continue where it stopped");
  }
  if (cw_bf_sum(b, err)) return -1;
  if (paused) *waits = "paused";
  return paused ? 0 : cw_lag_look(b, waits, err);
}

void cw_bf_tell_wait(struct cw_bf *b, const char *waits) {
  if (strcmp(waits, "paused") == 0)
    cw_exec_note(b->x, false, "%s: paused; `curlew backfill resume '%s'` lets it go on", b->plan.title,
                 b->plan.title);
  else
    cw_exec_note(b->x, false, "%s waits: %s", b->plan.title, waits);
}

static int obey_orders(struct cw_bf *b, struct cw_err *err) {
  const char *waits = NULL;
  char *told = NULL;
  if (cw_clock_ms() - b->polled_ms < POLL_MS) return 0;
  int failed = cw_bf_look(b, &waits, err);
  while (!failed && waits && !cw_bf_stopped(b)) {
    bool paused = strcmp(waits, "paused") == 0;
    if (!told) cw_bf_tell_wait(b, waits);
    if (!told || strcmp(told, waits) != 0)
      failed = cw_bf_set_state(b, paused ? "paused" : "running", waits, NULL, err);
    free(told);
    told = xstrdup(waits);
    cw_bf_progress(b, told, true);
    if (!failed) cw_clock_sleep(NAP_MS, b->x->o.stop);
    if (!failed) failed = cw_bf_look(b, &waits, err);
  }
  if (told && !failed && !cw_bf_stopped(b)) failed = cw_bf_set_state(b, "running", NULL, NULL, err);
  free(told);
  return failed;
}

/* --- waits ----------------------------------------------------------------------------------------- */

/* One of several workers waits for what its leader was told. */
static int follow_leader(struct cw_bf *b, struct cw_err *err) {
  const char *why;
  while (cw_crew_waits(b, &why) && !cw_bf_stopped(b)) {
    if (cw_bf_beat(b, err)) return -1;
    cw_clock_sleep(NAP_MS, b->x->o.stop);
  }
  return 0;
}

int cw_bf_obey(struct cw_bf *b, struct cw_err *err) {
  return b->crew ? follow_leader(b, err) : obey_orders(b, err);
}

/* Long waits are cut into short ones, so that orders are still obeyed. */
static int wait(struct cw_bf *b, int64_t ms, const char *why, struct cw_err *err) {
  int64_t until = cw_clock_ms() + ms;
  if (ms >= NAP_MS && !b->crew) cw_bf_progress(b, why, true);
  for (int64_t left = ms; left > 0 && !cw_bf_stopped(b); left = until - cw_clock_ms()) {
    cw_clock_sleep(left < NAP_MS ? left : NAP_MS, b->x->o.stop);
    if (ms >= NAP_MS && (cw_bf_beat(b, err) || cw_bf_obey(b, err))) return -1;
  }
  return 0;
}

int cw_bf_ask_throttle(struct cw_bf *b, int64_t *wait_ms, struct cw_err *err) {
  const struct cw_backfill_calls *calls = &b->spec->calls;
  struct cw_backfill_stats stats = {.rows = b->others.rows + b->range.rows,
                                    .walked = b->others.walked + b->range.walked,
                                    .batches = b->others.batches + b->range.batches,
                                    .skipped = b->others.skipped + b->range.skipped,
                                    .batch_size = b->sizer.size,
                                    .last_ms = b->last_ms,
                                    .elapsed_ms = cw_clock_ms() - b->began_ms};
  *wait_ms = 0;
  b->x->moving = false; /* what it asks the database is no part of the migration */
  int failed = calls->throttle(calls->ctx, &stats, wait_ms, err);
  b->x->moving = true;
  return failed;
}

static int throttle(struct cw_bf *b, struct cw_err *err) {
  while (b->spec->calls.throttle && !cw_bf_stopped(b)) {
    int64_t ms = 0;
    if (b->crew ? cw_crew_throttle(b, &ms, err) : cw_bf_ask_throttle(b, &ms, err)) return -1;
    if (ms <= 0) return 0;
    if (wait(b, ms, "throttled by the script", err)) return -1;
  }
  return 0;
}

int cw_bf_between(struct cw_bf *b, struct cw_err *err) {
  int64_t rest = b->tuning.pause_ms;
  if (b->tuning.duty < 1) rest += (int64_t)((double)b->last_ms * (1 - b->tuning.duty) / b->tuning.duty);
  if (!b->crew) cw_bf_progress(b, NULL, false);
  if (cw_bf_obey(b, err)) return -1;
  if (rest > 0 && wait(b, rest, "pausing between batches", err)) return -1;
  return throttle(b, err);
}
