/* One mutating command on one database, in work: what runner.c, state.c, undo.c and resolve.c share. */
#ifndef CW_RUN_RUN_H
#define CW_RUN_RUN_H

#include "run/internal.h"
#include "run/version_table.h"
#include "txn/blocker.h"

struct cw_run {
  struct cw_app *app;
  const struct cw_config_db *db;
  const char *command;         /* "upgrade", "downgrade", "stamp", "resolve" */
  const char *words;           /* what was asked for: "+1", "head", "a b" */
  enum cw_direction direction;
  struct cw_graph *graph;
  struct cw_url *url;
  struct cw_conn *conn;
  struct cw_tables tables;
  bool has_tables;
  bool signals;                /* they are watched */
  struct cw_journal journal;
  struct cw_lock *lock;
  struct cw_blocker *blocker;  /* NULL: nothing to ask */
  struct cw_exec *exec;
  bool lockless;               /* SQLite: no lock between transactions, so the state is looked at in each */
  int64_t data_version;        /* SQLite's: changes when another connection has written */
  int64_t join_seq;            /* helps with the backfill at that place; 0: an ordinary run */
  bool script_runs;            /* a signal may interrupt it */

  /* the state, read under the lock */
  struct strvec rows;          /* committed version rows */
  struct strvec now;           /* the same as the open transaction sees them */
  struct cw_partials partials;
  struct cw_open_run open_run;
  bool stale;                  /* another runner was faster: plan again */

  /* the moves being made */
  const struct cw_plan *plan;
  size_t number;               /* of the running move, 1-based; 0: none */
  size_t ended;                /* moves whose end is reported */
  size_t finished;             /* moves done, perhaps not committed yet ("all") */
  size_t at_stake;             /* moves that the last commit would have made final */
  int64_t *durations;          /* of each finished move */
  size_t done_before;          /* moves made by earlier plans of this run */
  bool final;                  /* the plan is the whole rest of the run */
  bool resumed;
  bool told_start;
  int64_t began_ms;
};

/* --- state.c --- */
/* Connects, makes the service tables, takes the lock, reads the state. `journaled` false: only the
 * connection and the tables' whereabouts. */
int cw_run_open(struct cw_run *r, struct cw_err *err);
/* For one that helps another run: connects, without the lock and without making anything. */
int cw_run_open_helper(struct cw_run *r, struct cw_err *err);
void cw_run_make_exec(struct cw_run *r, int64_t join_seq);
void cw_run_close(struct cw_run *r);
/* A commit's answer was lost: connects anew and finds out what became of it. Returns 0 when it was
 * committed: its moves are reported, and the run can go on. -1: it was not, or nobody knows; err says
 * so. */
int cw_run_settle_commit(struct cw_run *r, struct cw_err *err);
int cw_run_read_state(struct cw_run *r, struct cw_err *err);
/* On SQLite, inside the transaction: whether the state is still what was planned from. */
int cw_run_check_state(struct cw_run *r, bool *same, struct cw_err *err);

/* --- report.c --- */
void cw_run_event(struct cw_run *r, struct cw_event event);
void cw_run_note(struct cw_run *r, enum cw_event_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds to an error what is and what is not applied, and what to run next. Returns -1. */
int cw_run_explain(struct cw_run *r, bool partial, struct cw_err *err);

/* --- partial.c --- */
/* What a half-applied revision means for this command. */
enum cw_partial_fit {
  CW_FIT_NONE,    /* there is none */
  CW_FIT_RESUME,  /* the plan's first move goes on with it: *row */
  CW_FIT_FIRST,   /* it has to be finished alone first: *revision */
  CW_FIT_UNDO     /* downgrade to its parent: take the part back */
};
/* `planned` is false when the words could not be planned at all. CW_ERR_PARTIAL: the command is
 * refused. */
int cw_run_fit_partial(struct cw_run *r, const struct cw_plan *plan, bool planned,
                       enum cw_partial_fit *fit, const struct cw_partial **partial,
                       struct cw_err *err);
/* Takes back the committed part of a revision, newest step first. */
int cw_run_undo(struct cw_run *r, const struct cw_partial *partial, struct cw_err *err);

/* --- runner.c --- */
/* One move; `resume` is the journal row of its committed part, or 0 (updated). *lock_failure: it was rolled back
 * for a lock that was waited for in vain, and may be tried again (shared transactions only: others are
 * tried again here). */
struct cw_run_move {
  size_t index;
  int64_t resume;
  bool none, shared, last;
};
int cw_run_one(struct cw_run *r, struct cw_run_move *m, bool *lock_failure,
               struct cw_err *err);
/* Signals may (not) interrupt the script from now on. */
void cw_run_script_runs(struct cw_run *r, bool runs);

/* --- offline.c --- */
int cw_run_offline(struct cw_app *app, const struct cw_config_db *db, const char *command,
                   const struct cw_run_opts *opts, struct cw_err *err);

#endif
