/* What the files of the backfill engine share.
 *
 *   backfill.c        the step: begun, resumed, ended     backfill_batch.c  one batch, retries, skips
 *   backfill_store.c  rows in the service tables          backfill_size.c   how large the next one is
 *   backfill_wait.c   pauses, orders from outside, progress */
#ifndef CW_OP_BACKFILL_INTERNAL_H
#define CW_OP_BACKFILL_INTERNAL_H

#include "op/backfill.h"
#include "op/exec_internal.h"
#include "op/step.h"

enum { CW_BACKFILL_SAMPLES = 11 };

/* --- backfill_size.c --- */
struct cw_sizer {
  int64_t size, least, most, target_ms;
  int64_t samples[CW_BACKFILL_SAMPLES];
  int n, at;
};
void cw_sizer_init(struct cw_sizer *s, const struct cw_backfill_tuning *tuning);
/* After a batch of the present size that took `ms`. */
void cw_sizer_done(struct cw_sizer *s, int64_t ms);
void cw_sizer_halve(struct cw_sizer *s);
void cw_sizer_set(struct cw_sizer *s, int64_t size);

/* A range of keys as its row in the database says, or will. */
struct cw_bf_range {
  int64_t no, token;
  bool done;
  struct cw_rows at, end;  /* one key each; len 0: nothing yet, or no end known */
  int64_t rows, walked, batches, skipped, busy_ms;
};

struct cw_bf {
  struct cw_exec *x;
  const struct cw_backfill *spec;
  struct cw_backfill_plan plan;
  struct cw_backfill_tuning tuning; /* as changed from outside */
  struct work work;
  int64_t move, seq;
  unsigned flavor;
  struct cw_writers writers;
  struct cw_sizer sizer;
  int64_t narrow;          /* while rows that fail are searched for: how many to try; 0: not searching */
  int64_t chunk;           /* rows of one SELECT */
  bool dense;              /* integers, nearly all are there: bounds are computed */
  struct cw_bf_range range;/* the one in work */
  int64_t before_rows, before_walked, before_batches, before_skipped, before_ms; /* ended ranges */
  int64_t total;           /* an estimate; -1: none */
  int attempts;            /* failures of this batch so far */

  int64_t began_ms, began_walked, polled_ms, told_ms, last_ms;
  char *settings;          /* the last orders seen */
};

static inline const struct cw_value *cw_bf_key(const struct cw_rows *key) {
  return key->len ? key->items : NULL;
}

/* --- backfill_store.c --- */
struct cw_bf_state {
  bool found, failed;
  char *target, *walk, *digest;
};
void cw_bf_state_release(struct cw_bf_state *state);
int cw_bf_load(struct cw_bf *b, struct cw_bf_state *state, struct cw_err *err);
/* Makes the rows of a backfill that begins, with the range in b->range. */
int cw_bf_create(struct cw_bf *b, struct cw_err *err);
/* Takes the rows of one that goes on; b->range and the sums of ended ranges are read. *open: a range
 * is left. */
int cw_bf_resume(struct cw_bf *b, bool *open, struct cw_err *err);
int cw_bf_add_range(struct cw_bf *b, struct cw_err *err);
/* The checkpoint of b->range as it is now; within the batch's transaction. CW_ERR_FENCED: another
 * runner has taken it. */
int cw_bf_checkpoint(struct cw_bf *b, struct cw_err *err);
int cw_bf_note_skip(struct cw_bf *b, const char *error, struct cw_err *err);
/* What someone has ordered: *control and *settings are the caller's to free. */
int cw_bf_orders(struct cw_bf *b, char **control, char **settings, struct cw_err *err);
int cw_bf_set_state(struct cw_bf *b, const char *state, const char *waits, const char *error,
                    struct cw_err *err);
/* One of the above in a transaction of its own. */
int cw_bf_in_txn(struct cw_bf *b, int (*fn)(struct cw_bf *b, void *arg, struct cw_err *err),
                 void *arg, struct cw_err *err);

/* --- backfill_batch.c --- */
int cw_bf_begin(struct cw_bf *b, struct cw_err *err);
int cw_bf_commit(struct cw_bf *b, struct cw_err *err);
void cw_bf_rollback(struct cw_bf *b);
/* Expands a template and runs it; a read's rows are kept (out not NULL), a write's count is added. */
int cw_bf_query(struct cw_bf *b, const char *text, const struct cw_template_args *args,
                struct cw_rows *out, int64_t *affected, struct cw_err *err);
/* The next batch of b->range, with retries. */
int cw_bf_batch(struct cw_bf *b, struct cw_err *err);

/* --- backfill_wait.c --- */
void cw_bf_progress(struct cw_bf *b, const char *waits, bool force);
/* Between two batches: pauses, throttles, orders. */
int cw_bf_between(struct cw_bf *b, struct cw_err *err);

#endif
