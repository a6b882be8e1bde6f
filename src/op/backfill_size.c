/* How large the next batch is: so that it takes about the target's time (goals.md gives the formula).
 * After a decrease the samples of larger batches say nothing any more and are dropped. */
#include <stdlib.h>

#include "op/backfill_internal.h"

static int64_t clamp(int64_t value, int64_t least, int64_t most) {
  return value < least ? least : value > most ? most : value;
}

void cw_sizer_init(struct cw_sizer *s, const struct cw_backfill_tuning *tuning) {
  *s = (struct cw_sizer){.least = tuning->least,
                         .most = tuning->most,
                         .target_ms = tuning->target_ms,
                         .size = clamp(tuning->batch_size, tuning->least, tuning->most)};
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int64_t percentile_90(const struct cw_sizer *s) {
  int64_t sorted[CW_BACKFILL_SAMPLES];
  memcpy(sorted, s->samples, sizeof sorted);
  qsort(sorted, (size_t)s->n, sizeof *sorted, compare);
  return sorted[(s->n * 9 + 9) / 10 - 1];
}

static void shrink(struct cw_sizer *s, int64_t size) {
  s->size = clamp(size, s->least, s->most);
  s->n = s->at = 0;
}

void cw_sizer_done(struct cw_sizer *s, int64_t ms) {
  if (s->target_ms <= 0) return;
  if (ms > 5 * s->target_ms) {
    shrink(s, s->size / 10);
    return;
  }
  s->samples[s->at] = ms > 0 ? ms : 1;
  s->at = (s->at + 1) % CW_BACKFILL_SAMPLES;
  if (s->n < CW_BACKFILL_SAMPLES) s->n++;
  double factor = (double)s->target_ms / (double)percentile_90(s);
  if (factor < 0.1) factor = 0.1;
  if (factor > 1.5) factor = 1.5;
  int64_t size = (int64_t)((double)s->size * factor);
  if (factor > 1 && size == s->size) size++;
  if (factor < 0.9)
    shrink(s, size);
  else
    s->size = clamp(size, s->least, s->most);
}

void cw_sizer_halve(struct cw_sizer *s) { shrink(s, s->size / 2); }

void cw_sizer_set(struct cw_sizer *s, int64_t size) {
  if (size < s->least) s->least = size;
  if (size > s->most) s->most = size;
  shrink(s, size);
}

void cw_sizer_resume(struct cw_sizer *s, int64_t size) {
  if (size > 0) s->size = clamp(size, s->least, s->most);
}
