/* The runner's side of an exec: it makes one per database and run, begins and ends moves on it, and
 * decides about the version rows in between.
 *
 * One move:  begin -> script_ops.run -> finish -> (version rows, by the runner) -> end
 * and if any of these fails: fail, which rolls back and writes down what became of the move. */
#ifndef CW_OP_EXEC_RUN_H
#define CW_OP_EXEC_RUN_H

#include "op/exec.h"
#include "op/journal.h"
#include "txn/lock.h"

/* How far a backfill is. */
struct cw_backfill_progress {
  const char *name;
  int step;
  int64_t rows, walked, batches, skipped; /* all runs together; walked: keys passed */
  int64_t total;        /* rows of the table as estimated; -1: not known, or more were walked */
  int64_t batch_size;
  double rate;          /* keys a second, in this run */
  int64_t eta_ms;       /* -1: not known */
  const char *waits;    /* what it waits for, or NULL */
  bool notable;         /* the first, the last, or a wait begins: not to be left out */
};

/* What the exec tells while it works; any may be NULL. */
struct cw_exec_events {
  void *ctx;
  void (*step)(void *ctx, int step, const char *op, const char *summary, bool skipped, int64_t ms);
  void (*note)(void *ctx, bool warning, const char *text);
  void (*log)(void *ctx, const char *text);
  void (*backfill)(void *ctx, const struct cw_backfill_progress *progress);
  /* What a first and a second stop signal may cancel from now on; see run/signals.h. */
  void (*watch)(void *ctx, struct cw_conn *first, struct cw_conn *second);
  /* Whom the last statement waited for, in words; the caller frees. NULL: not known. */
  char *(*blocker)(void *ctx);
  /* The transaction was ended and begun again with nothing done in between: is the state the same? */
  int (*reopened)(void *ctx, struct cw_err *err);
  /* Another connection to the same database, as the configuration wants it; on the script's thread. */
  int (*connect)(void *ctx, struct cw_conn **out, struct cw_err *err);
  /* The connection is lost, and with it nothing that is not done again: *conn and *lock become new ones. */
  int (*reconnect)(void *ctx, struct cw_conn **conn, struct cw_lock **lock, struct cw_err *err);
  /* A COMMIT succeeded: whatever was ended before it is final. */
  void (*committed)(void *ctx);
};

struct cw_exec_opts {
  const struct cw_script_ops *ops;
  struct cw_script *script;
  struct cw_conn *conn;         /* where statements go; the recording one under --sql and --dry-run */
  struct cw_conn *catalog;      /* offline, for the library's own reads: the real database (--dry-run)
                                   or a shadow of it; NULL: nothing can be read */
  bool shadowed;                /* catalog is a shadow, which follows what is printed */
  struct cw_journal *journal;   /* NULL: nothing is journaled (offline, hooks at connecting) */
  struct cw_lock *lock;         /* may be NULL */
  const char *database;         /* name in the configuration, or "default" */
  enum cw_direction direction;
  bool offline;
  json_t *x, *config;           /* borrowed */
  int before_step, after_step;  /* hooks, or 0 */
  int64_t ddl_lock_timeout_ms, ddl_statement_timeout_ms;
  int ddl_retries;
  int64_t join_seq;             /* this run only helps with the backfill at that place of its move: what
                                   comes before is answered from the journal; 0: it does not */
  const volatile int *stop;
  struct cw_exec_events events;
};

struct cw_exec *cw_exec_new(const struct cw_exec_opts *opts);
void cw_exec_free(struct cw_exec *x); /* rolls back what is open; NULL is fine */

struct cw_exec_move {
  const struct cw_move *move;
  bool none;              /* without a transaction around it */
  bool claim;             /* with none, where no lock keeps others out: a transaction is open after begin,
                             in which the runner looks at the state; claim then commits the move's row */
  bool shared;            /* "all": the transaction stays open at the end */
  int64_t resume;         /* journal row of the part that is committed, or 0 */
  int64_t undoes;         /* this move takes back the part of that one, or 0 */
  const char *script;     /* the file's text, for the journal; may be NULL */
};
int cw_exec_move_begin(struct cw_exec *x, const struct cw_exec_move *move, struct cw_err *err);
int cw_exec_move_claim(struct cw_exec *x, struct cw_err *err);
/* The function returned: what waits is sent, a transaction in the failed state is an error, and a
 * transaction is open for the version rows (online). */
int cw_exec_move_finish(struct cw_exec *x, struct cw_err *err);
/* Writes the journal row and commits (unless shared). `last`: the run's row is closed with it. */
int cw_exec_move_end(struct cw_exec *x, bool last, struct cw_err *err);
/* Rolls back and journals the failure, best effort. *partial: a part of the move stays committed. */
void cw_exec_move_fail(struct cw_exec *x, struct cw_err *err, bool *partial);

/* Rolls back to begin the move again: *resume is its journal row when a part stays committed, else 0. */
void cw_exec_move_retry(struct cw_exec *x, int64_t *resume);

/* "all": opens and commits the shared transaction. `last` as above. */
int cw_exec_begin_shared(struct cw_exec *x, struct cw_err *err);
int cw_exec_commit_shared(struct cw_exec *x, bool last, struct cw_err *err);
void cw_exec_rollback(struct cw_exec *x);

/* Whether the last commit was sent and its answer never came. */
bool cw_exec_commit_lost(const struct cw_exec *x);
/* A helper (join_seq) has done all that there was to do; then its script ends with an error. */
bool cw_exec_helped(const struct cw_exec *x);
/* The first failure of the move on the database, whatever the script made of it; CW_OK: none. */
const struct cw_err *cw_exec_first_error(const struct cw_exec *x);
/* Whether the failure says that a lock was waited for in vain (or a deadlock): worth a retry. */
bool cw_exec_is_lock_failure(const struct cw_err *err);

#endif
