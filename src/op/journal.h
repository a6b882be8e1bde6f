/* The journal: what a run writes down about itself, over the connection and in the transaction that
 * does the work. Three tables (txn/tables.h): runs, moves, and the steps of moves that commit before
 * they are finished.
 *
 * A move's outcome: "running" (part of it is committed), "done", "failed" (nothing of it is left),
 * "undone" (its part was taken back), "forgotten". A run's: "open", "done", "abandoned".
 *
 * A step row's state: "planned" (a later statement of a step that has begun), "intent", "done", "failed",
 * and "rolled" (done, but inside a savepoint that was rolled back). Failed and rolled rows matter where
 * the script went on after them: the resumed run has to take the same path. */
#ifndef CW_OP_JOURNAL_H
#define CW_OP_JOURNAL_H

#include <jansson.h>

#include "txn/tables.h"
#include "txn/who.h"
#include "util/vec.h"

struct cw_journal {
  struct cw_conn *conn;           /* the connection that does the work; borrowed */
  const struct cw_tables *tables; /* borrowed */
  struct cw_who who;
  char run[33];                   /* this run's id */
  /* The run's row is written with the run's first commit and not before. */
  const char *command, *words;    /* "upgrade", "+1" */
  char *target;                   /* what the words resolved to, as ids; owned */
  bool run_written;               /* committed */
  bool run_in_txn;                /* inserted in the open transaction */
  bool run_ended;                 /* its end too, perhaps in the open transaction */
  char *supersedes;               /* an open run of other words, closed by this one; owned, or NULL */
};
void cw_journal_init(struct cw_journal *j, struct cw_conn *conn, const struct cw_tables *tables,
                     const char *command, const char *words);
void cw_journal_release(struct cw_journal *j);

/* --- runs --- */
struct cw_open_run {
  char *run, *command, *words, *target;
};
/* The run that was begun and neither finished nor followed by another; all NULL: none. */
int cw_journal_open_run(struct cw_journal *j, struct cw_open_run *out, struct cw_err *err);
void cw_open_run_release(struct cw_open_run *run);
/* Goes on with that run: its row stands for this one too. */
void cw_journal_adopt(struct cw_journal *j, const struct cw_open_run *run);
/* Writes this run's row, in the transaction about to be committed: a new row unless it is there, its
 * outcome when the run ends ("done") or goes on ("open"). Then the caller tells what became of the
 * transaction. */
int cw_journal_write_run(struct cw_journal *j, const char *outcome, struct cw_err *err);
void cw_journal_committed(struct cw_journal *j);
void cw_journal_rolled_back(struct cw_journal *j);

/* --- moves --- */
struct cw_move_row {
  int64_t id;                  /* 0 until it is inserted */
  const char *revision, *direction, *outcome, *title, *checksum, *script, *error;
  int64_t undoes;              /* the move whose part is taken back; 0: none */
  int64_t duration_ms;         /* so far */
  bool finished;
  bool resumed;                /* begun by an earlier run, whose script may have been another */
};
/* `want_id` costs nothing but is not needed for a move that is done at once. */
int cw_journal_insert_move(struct cw_journal *j, struct cw_move_row *row, bool want_id,
                           struct cw_err *err);
/* Changes outcome, error, duration and the finishing time; of a resumed move also title and script:
 * what counts as applied is the script that finished it. */
int cw_journal_update_move(struct cw_journal *j, const struct cw_move_row *row, struct cw_err *err);

/* A move of which a part is committed. */
struct cw_partial {
  int64_t id, undoes;
  char *revision, *direction, *run, *started_at, *who_host, *who_user, *error;
  int64_t pid, born;
};
struct cw_partials {
  struct cw_partial *items;
  size_t len, cap;
};
int cw_journal_partials(struct cw_journal *j, struct cw_partials *out, struct cw_err *err);
void cw_partials_release(struct cw_partials *partials);

/* --- steps --- */
struct cw_step_row {
  int64_t seq;    /* position among the calls of the move */
  int64_t part, parts; /* statement of the step, 1-based; parts 1: the whole step */
  int64_t step;   /* the step's number; 0: a read */
  const char *kind;  /* "step", "session" (done again on replay) or "read"; static */
  const char *state; /* static */
  char *op, *summary, *sql, *record, *result, *error;
  char digest[65], sql_digest[65];
  int64_t affected;
  bool update;    /* the row is there: state, affected, result and error change */
};
struct cw_step_rows {
  struct cw_step_row *items;
  size_t len, cap;
};
void cw_step_row_release(struct cw_step_row *row);
void cw_step_rows_release(struct cw_step_rows *rows);
/* Writes the rows in order: new ones in batches, changed ones singly. */
int cw_journal_write_steps(struct cw_journal *j, int64_t move, const struct cw_step_rows *rows,
                           struct cw_err *err);
/* Deletes the rows from this one on. */
int cw_journal_delete_steps(struct cw_journal *j, int64_t move, int64_t seq, int64_t part,
                            struct cw_err *err);
/* How many of a move's steps have changed the database, or may have. */
int cw_journal_count_effects(struct cw_journal *j, int64_t move, int64_t *out, struct cw_err *err);
/* All rows of a move by seq and part. */
int cw_journal_load_steps(struct cw_journal *j, int64_t move, struct cw_step_rows *out,
                          struct cw_err *err);

/* SHA-256 in hex of text. `out` has 65 bytes. */
void cw_digest(const char *text, size_t len, char *out);

#endif
