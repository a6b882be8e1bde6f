/* What the files of the exec share. Only src/op/exec*.c, segment.c, replay.c and send.c include it.
 *
 *   exec.c       life cycle, moves, facts         step.c     a step: run, wait in a group
 *   exec_sql.c   SQL through the connection       send.c     statements on the wire
 *   segment.c    what lies between two commits    replay.c   answers from the journal
 *   resume.c     a step that the journal knows    undo.c     a part taken back
 *   execute.c    a step that is no statements */
#ifndef CW_OP_EXEC_INTERNAL_H
#define CW_OP_EXEC_INTERNAL_H

#include "db/rows.h"
#include "op/exec_run.h"

enum {
  RECORD_LIMIT = 64 * 1024,            /* of one recorded read */
  RECORD_LIMIT_ALL = 16 * 1024 * 1024, /* of all that wait for a commit */
};

/* A step that waits for others of its group. Everything is the exec's own copy. */
struct waiting {
  struct cw_step step;
  int64_t seq;
  int number;
};

struct cw_exec {
  struct cw_exec_opts o;
  int64_t id;                    /* of this exec among all of this process */
  struct cw_conn *conn;
  bool txn_ddl;
  char *settings;                /* SQL that follows BEGIN, or NULL */
  struct cw_engines *engines;    /* NULL where all tables know transactions */

  /* the move */
  struct cw_exec_move m;
  bool moving;
  struct cw_move_row row;        /* its journal row; row.id 0: not written */
  bool partial;                  /* a part of it is committed */
  bool taken_over;               /* the journal says that this process works on the part */
  int64_t began_ms;
  int64_t seq;
  int step;
  struct cw_err first;           /* first error of the open transaction */
  int first_savepoint;           /* how deep in savepoints it came */
  bool session_touched;          /* the script changed settings of the session */

  /* the segment */
  bool open;                     /* a transaction of ours is open */
  bool wrote;                    /* something was written in it */
  bool commit_lost;              /* the last COMMIT was sent, and its answer never came */
  int block;                     /* depth of autocommit blocks */
  int savepoints;
  int gone;                      /* so many of them a statement that commits by itself has ended: all or none */
  struct cw_step_rows pending;   /* rows for the journal, written with the next commit */
  size_t pending_bytes;
  VEC(struct waiting) waiting;
  VEC(size_t) marks;             /* per savepoint: how many rows were pending */

  /* what the journal knows of the move's earlier run; rows from `stale_seq` on are to be deleted */
  struct cw_step_rows past;
  size_t past_at;
  int64_t stale_seq, stale_part; /* 0: none */

  bool batch;                    /* a backfill's script works in the open transaction: nothing of it is
                                    journaled, and it may not end it */
  const char *executing;         /* likewise a step of this name (execute.c), or NULL */

  bool joined, helped;           /* helping with a backfill, right now; it had no more to do */

  /* undo: a step is invoked only to ask whether it has happened */
  bool settling;
  enum cw_probe settled;
};

/* --- segment.c --- */
/* Whose transaction the script works in, for messages: "a batch", "op.csv_load"; NULL: the move's. */
static inline const char *cw_exec_inside(const struct cw_exec *x) {
  return x->executing ? x->executing : x->batch ? "a batch" : NULL;
}
static inline bool cw_exec_autocommit(const struct cw_exec *x) {
  return !cw_exec_inside(x) && (x->m.none || x->block > 0);
}
/* A transaction is open afterwards. */
int cw_segment_open(struct cw_exec *x, struct cw_err *err);
/* Commits what is open, the pending journal rows with it; the move is partial afterwards unless
 * `ends`. Nothing open and nothing pending: nothing happens. */
int cw_segment_commit(struct cw_exec *x, bool ends, struct cw_err *err);
void cw_segment_rollback(struct cw_exec *x);
/* Before something that can't be in a transaction: an error inside a savepoint, else everything so
 * far is committed. `what` for the message. */
int cw_segment_leave(struct cw_exec *x, const char *what, struct cw_err *err);
int cw_segment_check_leave(struct cw_exec *x, const char *what, struct cw_err *err);
/* Where definitions commit by themselves: refuses one after rows written in the same savepoint. */
int cw_segment_check_written(struct cw_exec *x, const char *what, struct cw_err *err);
/* Before something is written: savepoints that a definition has ended are set again, from here on. */
int cw_segment_mend(struct cw_exec *x, struct cw_err *err);
/* Remembers the first failure of a transaction; returns -1. */
int cw_segment_failed(struct cw_exec *x, const struct cw_err *err);

/* --- step.c --- */
void cw_exec_drop_waiting(struct cw_exec *x);
/* Runs a step; its statements come from the script side's compile, or are given. With `rows` the last
 * statement's rows are kept there. */
int cw_exec_run(struct cw_exec *x, const struct cw_step *step, struct cw_stmts *given,
                struct cw_step_result *result, struct cw_rows *rows, struct cw_err *err);
/* Adds what is known of the step to an error; returns -1. */
int cw_exec_blame(struct cw_exec *x, const struct cw_step *step, int number, struct cw_err *err);
/* --- execute.c --- */
/* Whether the step's work is done by the script side instead of by statements. */
static inline bool cw_executes(const struct cw_exec *x, const struct cw_step *step) {
  return (step->flags & CW_STEP_EXECUTE) && !x->o.offline;
}
int cw_execute(struct cw_exec *x, const struct cw_step *step, int64_t *affected, struct cw_err *err);
/* --- send.c --- */
enum cw_sending {
  CW_SEND_TXN,     /* in the open transaction */
  CW_SEND_SELF,    /* commits by itself: intent before, done after */
  CW_SEND_SESSION  /* a setting of the session: nothing to journal but that it was there */
};
enum cw_sending cw_send_kind(const struct cw_exec *x, const struct cw_stmt *stmt);
/* Refuses what a script may not send: BEGIN, COMMIT and the like. */
int cw_send_allowed(const struct cw_exec *x, const struct cw_stmt *stmt, struct cw_err *err);
struct cw_sent {
  int64_t affected;
  json_t *key;
};
int cw_send(struct cw_exec *x, const struct cw_stmt *stmt, struct cw_sent *sent,
            struct cw_rows *rows, struct cw_err *err);

/* --- engines.c --- */
struct cw_engines *cw_engines_new(void);
void cw_engines_free(struct cw_engines *engines); /* NULL is fine */
/* Whether a statement that writes names a table whose changes can't be rolled back. */
bool cw_engines_concern(const struct cw_exec *x, const struct cw_stmt *stmt);
/* A definition was made: there may be other such tables now. */
void cw_engines_defined(struct cw_exec *x, const struct cw_stmt *stmt);

/* --- replay.c --- */
/* The next call of the earlier run, or NULL when all of them have been passed. */
struct cw_step_row *cw_replay_peek(struct cw_exec *x);
/* How many rows (parts) that call has. */
size_t cw_replay_parts(const struct cw_exec *x);
void cw_replay_pass(struct cw_exec *x);
/* Fails with both calls shown. */
int cw_replay_differs(struct cw_exec *x, const char *now, const char *file, int line,
                      struct cw_err *err);
/* Takes the answer of the next call when it is this read. 1, 0 (live) or -1. */
int cw_replay_read(struct cw_exec *x, const char *what, const char *digest, const char *file,
                   int line, json_t **out, struct cw_err *err);
/* A recorded read, pending. `answer` is taken over; NULL: too large to be kept. */
void cw_replay_note_read(struct cw_exec *x, int64_t seq, const char *what, const char *digest,
                         json_t *answer);

static inline void cw_exec_watch(struct cw_exec *x, struct cw_conn *first, struct cw_conn *second) {
  if (x->batch) first = NULL, second = x->conn; /* the first signal lets a batch end */
  if (x->o.events.watch) x->o.events.watch(x->o.events.ctx, first, second);
}
/* A stop signal came (in a batch: the second one): CW_ERR_INTERRUPTED, -1. */
int cw_exec_stopped(struct cw_exec *x, struct cw_err *err);
void cw_exec_note(struct cw_exec *x, bool warning, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
