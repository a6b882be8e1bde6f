/* Backfills: any number of rows changed in batches along a key, each batch and its checkpoint in one
 * transaction, so that a run killed anywhere goes on where it was and every row is changed once
 * (execution.md, "Backfills").
 *
 * The script side describes a backfill and answers the engine's calls; the engine owns transactions,
 * checkpoints, sizes, retries and waits. SQL comes as templates (lua/curlew/dialect/base/batch.lua). */
#ifndef CW_OP_BACKFILL_H
#define CW_OP_BACKFILL_H

#include "db/sql.h"
#include "op/backfill_write.h"
#include "op/exec.h"

enum cw_backfill_kind {
  CW_BACKFILL_SQL,  /* one statement changes a range */
  CW_BACKFILL_MAP,  /* rows are read, a function gives what to write back */
  CW_BACKFILL_EACH  /* rows are read, a function does something in the transaction */
};

/* What a batch does, once the catalog has been read. Strings are the script side's and live as long
 * as the call; of each pair the first has no lower bound. */
struct cw_backfill_plan {
  enum cw_backfill_kind kind;
  const char *title;       /* what people call it */
  const char *table, *walk;/* for people and to recognise a checkpoint: "users", "id" */
  size_t nkeys;            /* columns of the key that is walked by */
  bool unique;             /* no two rows have the same */
  const char *nulls;       /* finds a row whose key is NULL; NULL: there can be none */
  const char *first, *last, *tail; /* the least key; the greatest; the greatest beyond \1E */
  const char *estimate;    /* one number */
  const char *bound[2];    /* the key that has \1N keys before it */
  const char *work[2];     /* the range's UPDATE or DELETE, or its SELECT */
  bool one_writer;         /* the database has one writer at a time */
  const struct cw_bound *user; /* the user's SQL for \1U, or NULL */
};

struct cw_backfill_stats {
  int64_t rows, walked, batches, skipped; /* so far, earlier runs included */
  int64_t batch_size;      /* of the next batch */
  int64_t last_ms;         /* the last batch */
  int64_t elapsed_ms;
};

struct cw_backfill_calls {
  void *ctx;
  /* Reads the catalog and fills the plan. Called once, and not at all when the step is done already. */
  int (*plan)(void *ctx, struct cw_backfill_plan *plan, struct cw_err *err);
  /* MAP: reads all rows and adds what is to be written, to a writer of `writers` (which it may append
   * to). Takes over `rows`. *read counts them, *bytes their size. */
  int (*map)(void *ctx, struct cw_result *rows, struct cw_writers *writers, int64_t *read,
             int64_t *bytes, struct cw_err *err);
  /* EACH: the same without writers; SQL that the function sends goes into the batch's transaction. */
  int (*each)(void *ctx, struct cw_result *rows, int64_t *read, int64_t *bytes, struct cw_err *err);
  /* After a batch: how long to wait, 0 to go on. NULL: never. */
  int (*throttle)(void *ctx, const struct cw_backfill_stats *stats, int64_t *wait_ms,
                  struct cw_err *err);
};

struct cw_backfill_tuning {
  int64_t batch_size, least, most; /* rows */
  int64_t target_ms;       /* per batch; 0: the size stays */
  int64_t pause_ms;
  double duty;             /* share of the time spent working, above 0 up to 1 */
  int64_t max_lag_ms;      /* a replica further behind is waited for; 0: none is looked at */
  const char *const *replicas; /* URLs; NULL: those that the primary knows of */
  size_t nreplicas;
  int workers;             /* connections side by side */
  int retries;
  bool skip;               /* rows that can't be changed are recorded and passed over */
};

struct cw_backfill {
  struct cw_step step;     /* digest: all but the tuning */
  struct cw_backfill_tuning tuning;
  struct cw_backfill_calls calls;
};

struct cw_backfill_result {
  int64_t rows, batches, skipped;
  double seconds;          /* working, over all runs */
};

/* Runs a backfill as a step: leaves the transaction and comes back to one. Done before: gives what was
 * recorded. */
int cw_exec_backfill(struct cw_exec *x, const struct cw_backfill *backfill,
                     struct cw_backfill_result *out, struct cw_err *err);

#endif
