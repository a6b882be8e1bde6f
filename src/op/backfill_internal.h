/* What the files of the backfill engine share.
 *
 *   backfill.c        the step: begun, resumed, ended     backfill_batch.c  one batch, retries, skips
 *   backfill_store.c  rows in the service tables          backfill_size.c   how large the next one is
 *   backfill_wait.c   pauses, orders from outside, progress
 *   backfill_ranges.c ranges leased and shared out    backfill_crew.c  several workers
 *   backfill_lag.c    replicas and flow control */
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
/* Goes on with a size that was found before. */
void cw_sizer_resume(struct cw_sizer *s, int64_t size);

/* --- backfill_lag.c --- */
/* Looks after the replicas and Galera's flow control; opened at the first look. */
struct cw_lag;

/* A range of keys as its row in the database says, or will. */
struct cw_bf_range {
  int64_t no, token;
  bool done;
  struct cw_rows at, end;  /* one key each; len 0: nothing yet, or no end known */
  int64_t rows, walked, batches, skipped, busy_ms;
};

struct cw_bf_sums {
  int64_t rows, walked, batches, skipped, busy_ms;
  int64_t open;            /* ranges that are not done */
};

struct cw_bf {
  struct cw_exec *x;
  struct cw_conn *conn;    /* the exec's, or that of one of several workers */
  struct cw_crew *crew;    /* the workers this one is among; NULL: it is alone, on the exec's thread */
  char holder[64];         /* who leases a range */
  bool helps;              /* with another run's backfill: begins and ends nothing */
  bool over;               /* it is not worked on any more, as far as its row says */
  int64_t own_rows, own_batches; /* by this worker, in this run */
  bool watchful;           /* others may take a part of the range: its row is locked in each batch */
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
  struct cw_bf_sums others;/* ranges other than the one in work */
  int64_t total;           /* an estimate; -1: none */
  int attempts;            /* failures of this batch so far */

  int64_t began_ms, began_walked, polled_ms, told_ms, last_ms, beat_ms;
  struct cw_lag *lag;
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
/* Takes the rows of one that goes on: whoever worked on its ranges can't record anything more. */
int cw_bf_resume(struct cw_bf *b, struct cw_err *err);
/* Adds b->range as a new one: in a transaction of its own, and in the one that is open. */
int cw_bf_add_range(struct cw_bf *b, struct cw_err *err);
int cw_bf_insert_range(struct cw_bf *b, struct cw_err *err);
/* The checkpoint of b->range as it is now; within the batch's transaction. CW_ERR_FENCED: it is
 * somebody else's now, or a part of it. */
int cw_bf_checkpoint(struct cw_bf *b, struct cw_err *err);
int cw_bf_note_skip(struct cw_bf *b, const char *error, struct cw_err *err);
/* What someone has ordered: *control and *settings are the caller's to free. */
int cw_bf_orders(struct cw_bf *b, char **control, char **settings, struct cw_err *err);
int cw_bf_set_state(struct cw_bf *b, const char *state, const char *waits, const char *error,
                    struct cw_err *err);
/* One of the above in a transaction of its own. */
int cw_bf_in_txn(struct cw_bf *b, int (*fn)(struct cw_bf *b, void *arg, struct cw_err *err),
                 void *arg, struct cw_err *err);

/* Keys as the tables keep them: text for the caller to free (NULL: no key), and back. */
char *cw_bf_key_text(const struct cw_rows *key);
int cw_bf_read_key(const struct cw_value *value, struct cw_rows *out, struct cw_err *err);
/* cw_tables_query and cw_tables_exec on this worker's connection. */
int cw_bf_read(struct cw_bf *b, const char *sql, const struct cw_value *params, size_t n,
               struct cw_result **out, struct cw_err *err);
int cw_bf_write(struct cw_bf *b, const char *sql, const struct cw_value *params, size_t n,
                int64_t *affected, struct cw_err *err);

/* --- backfill.c --- */
/* Rows are not waited for longer than definitions are, from `begin` on. */
int cw_bf_bound_waits(struct cw_bf *b, bool begin, struct cw_err *err);

/* --- backfill_ranges.c --- */
enum { CW_BF_LEASE_MS = 15000, CW_BF_TAIL_NO = 1000000 /* ranges from here on came after the end */ };
/* Leases a range: one that nobody works on, or whose worker is silent, else half of what another one has
 * left. *got false: there is none now, though b->others.open may be at work. The sums are read. */
int cw_bf_claim(struct cw_bf *b, bool *got, struct cw_err *err);
/* Gives the range back, best effort. */
void cw_bf_release_range(struct cw_bf *b);
/* In a batch's transaction: nobody shares the range out until it ends, and what was shared out is known.
 * CW_ERR_FENCED: it is somebody else's. */
int cw_bf_hold_range(struct cw_bf *b, struct cw_err *err);
/* While nothing is done: the lease goes on. */
int cw_bf_beat(struct cw_bf *b, struct cw_err *err);
int cw_bf_sum(struct cw_bf *b, struct cw_err *err);
/* The end of the last range, and whether rows behind the first end have been looked for. */
int cw_bf_end(struct cw_bf *b, struct cw_rows *end, bool *looked, struct cw_err *err);
/* The server's time in microseconds, as SQL. */
const char *cw_bf_now_sql(const struct cw_bf *b);

/* --- backfill_crew.c --- */
/* Works with several connections at once until no range is left. */
int cw_crew_work(struct cw_bf *b, struct cw_err *err);
/* Calls the script for a worker, on the thread that runs it. */
int cw_crew_call(struct cw_bf *b, struct cw_result *rows, int64_t *read, int64_t *bytes,
                 struct cw_err *err);
int cw_crew_throttle(struct cw_bf *b, int64_t *wait_ms, struct cw_err *err);
int cw_crew_connect(struct cw_bf *b, struct cw_err *err);
void cw_crew_note(struct cw_bf *b, bool warning, const char *text);
/* What the crew's leader has last been told: true when this worker has to wait, *why says what for
 * (static). */
bool cw_crew_waits(struct cw_bf *b, const char **why);
bool cw_crew_stops(const struct cw_bf *b);

/* --- backfill_lag.c --- */
/* *why: what has to be waited for (static or the lag's own), NULL: nothing. */
int cw_lag_look(struct cw_bf *b, const char **why, struct cw_err *err);
void cw_lag_free(struct cw_lag *lag);

/* --- backfill_batch.c --- */
int cw_bf_begin(struct cw_bf *b, struct cw_err *err);
int cw_bf_commit(struct cw_bf *b, struct cw_err *err);
void cw_bf_rollback(struct cw_bf *b);
/* Expands a template and runs it; a read's rows are kept (out not NULL), a write's count is added. */
int cw_bf_query(struct cw_bf *b, const char *text, const struct cw_template_args *args,
                struct cw_rows *out, int64_t *affected, struct cw_err *err);
/* Calls the script with rows, on its own thread; `conn` is what its SQL goes over. */
int cw_bf_call_script(struct cw_bf *b, struct cw_conn *conn, struct cw_result *rows, int64_t *read,
                      int64_t *bytes, struct cw_err *err);
bool cw_bf_same_key(const struct cw_rows *a, const struct cw_rows *b);
void cw_bf_copy_key(struct cw_rows *to, const struct cw_rows *from);
bool cw_bf_stopped(const struct cw_bf *b);
void cw_bf_note(struct cw_bf *b, bool warning, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* After a failure whose reason is a lost connection: makes another one, as often as retries allow. True:
 * *err is forgotten; the ranges' rows tell how far the lost one came. */
bool cw_bf_revive(struct cw_bf *b, struct cw_err *err);
/* The next batch of b->range, with retries. *lost: the range is somebody else's now. */
int cw_bf_batch(struct cw_bf *b, bool *lost, struct cw_err *err);

/* --- backfill_wait.c --- */
void cw_bf_progress(struct cw_bf *b, const char *waits, bool force);
/* Between two batches: pauses, throttles, orders. */
int cw_bf_between(struct cw_bf *b, struct cw_err *err);
/* Orders are obeyed, as far as there are any. */
int cw_bf_obey(struct cw_bf *b, struct cw_err *err);
/* Reads the orders now: *waits says what is to be waited for, NULL when nothing is. */
int cw_bf_look(struct cw_bf *b, const char **waits, struct cw_err *err);
void cw_bf_obey_settings(struct cw_bf *b, const char *text);
void cw_bf_tell_wait(struct cw_bf *b, const char *waits);
int cw_bf_ask_throttle(struct cw_bf *b, int64_t *wait_ms, struct cw_err *err);

#endif
