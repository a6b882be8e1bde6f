/* Execution of one move: what a script's upgrade or downgrade does to the database, one step at a
 * time. The script side calls these functions; the runner makes the exec and ends it.
 *
 * A step is one mutating operation. For each the core decides what happens (execution.md):
 *   - run it: compile to statements, send them, record what the journal needs;
 *   - skip it: the journal says that it is done (resume is replay); the recorded result is returned;
 *   - settle it: the journal has its intent only; the probe decides between the two.
 * A step whose digest differs from the one recorded at its number stops the run.
 *
 * Work happens in segments. Where DDL is transactional and nothing left the transaction, the whole
 * revision is one segment and nothing is journaled step by step; otherwise every segment's commit
 * carries the rows that say what it did. */
#ifndef CW_OP_EXEC_H
#define CW_OP_EXEC_H

#include "db/db.h"
#include "db/sql.h"
#include "op/stmt.h"
#include "script.h"

enum cw_step_flags {
  CW_STEP_DDL = 1,
  CW_STEP_AUTOCOMMIT = 2, /* leaves the transaction by itself (concurrently) */
  CW_STEP_PROBE = 4,      /* has a probe */
  CW_STEP_DESTRUCTIVE = 8,
  CW_STEP_EXECUTE = 16    /* online it is no statements: script_ops.execute does its work */
};

struct cw_step {
  const char *op;       /* "create_table", "execute" */
  const char *summary;  /* for people: "create_table users" */
  unsigned flags;
  const char *group;    /* steps of one group that follow each other may wait and be compiled together
                           (SQLite rebuilds of one table); NULL: never waits */
  const char *digest;   /* text that identifies the operation: op, names, options, SQL with
                           placeholders, never values; the core hashes it */
  const char *file;     /* the script's line that called; NULL: unknown */
  int line;
  json_t *record;       /* the operation as data, for the journal (reversal); may be NULL */
  void *handle;         /* the script side's record: given back to compile and probe */
};

struct cw_step_result {
  int64_t affected;
  json_t *key;    /* the new key of a single inserted row (integer, string or array), or NULL; the
                     caller drops it */
  bool skipped;   /* answered from the journal, or recorded only (offline) */
};

/* Runs, skips or settles a step. */
int cw_exec_step(struct cw_exec *x, const struct cw_step *step, struct cw_step_result *result,
                 struct cw_err *err);

/* SQL that a script sends through its connection object. Statements that read give a result (in
 * replay: from the journal); those that write are steps ("conn:execute"), then *out may be NULL and
 * *affected is set; RETURNING gives both. The SQL is split; only the last statement may give a result
 * when params are absent; with params it must be one statement. `stream`: rows() was asked for. */
struct cw_exec_sql {
  const char *sql;
  size_t len;
  const struct cw_params *params; /* NULL: nothing is parsed or bound */
  size_t nsets;                   /* > 0: `sets` parameter sets, as one batch */
  const struct cw_params *sets;
  const struct cw_value *values;  /* ... or flat: nsets times nvalues, for the SQL's `?` in order */
  size_t nvalues;
  bool want_rows;
  bool stream;
  const char *file;
  int line;
};
int cw_exec_sql(struct cw_exec *x, const struct cw_exec_sql *q, struct cw_result **out,
                int64_t *affected, struct cw_err *err);

/* Rows as text for COPY ... FROM STDIN, within a step that is executed (PostgreSQL). */
int cw_exec_copy(struct cw_exec *x, const char *sql, size_t len, const char *data, size_t n,
                 int64_t *affected, struct cw_err *err);

/* Reads of the library itself while it compiles, probes or inspects: straight to the database, never
 * journaled. Offline: answered by the shadow where one serves the connection, else CW_ERR_OFFLINE. */
struct cw_conn *cw_exec_conn(struct cw_exec *x);

/* autocommit_block: enter commits what is open; leave begins again. Nested pairs do nothing. */
int cw_exec_autocommit_enter(struct cw_exec *x, struct cw_err *err);
int cw_exec_autocommit_leave(struct cw_exec *x, struct cw_err *err);
/* op.commit. */
int cw_exec_commit(struct cw_exec *x, struct cw_err *err);
/* Sends steps that wait for others of their group. */
int cw_exec_flush(struct cw_exec *x, struct cw_err *err);
/* op.savepoint: begin, then end with what became of the function. Nest freely. Where definitions commit
 * by themselves (MySQL) one of them stays whatever becomes of the savepoints around it; after rows written
 * in them it is refused, since those could not be rolled back any more. */
int cw_exec_savepoint_begin(struct cw_exec *x, struct cw_err *err);
int cw_exec_savepoint_end(struct cw_exec *x, bool keep, struct cw_err *err);
/* op.log: a line for people. */
void cw_exec_log(struct cw_exec *x, const char *text);

/* Facts for ctx. Strings live as long as the exec. */
struct cw_exec_info {
  const char *database; /* its name in the configuration, or "default" */
  const char *dialect, *server, *server_version;
  enum cw_direction direction;
  bool moving;          /* a revision runs: no command, no on_connect */
  bool offline;         /* --sql and --dry-run */
  bool catalog;         /* cw_exec_conn can read a catalog (false under --sql without a shadow) */
  bool shadowed;        /* ... and that catalog follows what is only printed (SQLite's shadow) */
  int64_t run;          /* tells one exec from another: what is known of the printed operations ends
                           with it */
  json_t *x;            /* -x values, borrowed */
  json_t *config;       /* the configuration as JSON, borrowed */
};
void cw_exec_info(const struct cw_exec *x, struct cw_exec_info *info);

#endif
