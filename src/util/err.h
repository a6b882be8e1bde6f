/* How the core reports failure: a function that can fail returns 0 or -1 and takes a
 * `struct cw_err *err` as its last argument, which it fills on -1 (and leaves alone on 0).
 *
 * One code per kind of failure that a caller, a test or a user's script tells apart; the code
 * decides the exit status and is printed in JSON by its name. `message` says what happened and
 * where; `hint` says what to do next; both are whole sentences without a trailing newline and
 * never hold a password (see cw_url_masked). The other fields are set where they are known.
 *
 * Life cycle: CW_ERR_INIT -> cw_fail() by whoever fails -> fields added on the way up
 * (cw_err_where...) -> reported -> cw_err_release(). An err that is filled may be filled again:
 * the first failure is kept in `message` only if nobody overwrites it, so don't. */
#ifndef CW_UTIL_ERR_H
#define CW_UTIL_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* X(enumerator, name in JSON, exit status) */
#define CW_ERR_CODES(X) \
  X(CW_OK, "ok", 0) \
  /* a script, statement or hook failed */ \
  X(CW_ERR_SCRIPT, "script", 1) \
  X(CW_ERR_STATEMENT, "statement", 1) \
  X(CW_ERR_HOOK, "hook", 1) \
  X(CW_ERR_UNSUPPORTED, "unsupported", 1)      /* an operation this database can't do */ \
  X(CW_ERR_OFFLINE, "offline", 1)              /* a database read under --sql */ \
  X(CW_ERR_IRREVERSIBLE, "irreversible", 1) \
  X(CW_ERR_CHANGED_STEP, "changed_step", 1)    /* resume met another operation than was done */ \
  X(CW_ERR_UNKNOWN_OUTCOME, "unknown_outcome", 1) \
  X(CW_ERR_PARTIAL, "partial", 1)              /* another revision is half-applied */ \
  X(CW_ERR_BEHIND, "behind", 1)                /* the database is not at the heads, which the command needs */ \
  X(CW_ERR_LOCK_TIMEOUT, "lock_timeout", 1)    /* a statement's, retries spent */ \
  X(CW_ERR_FENCED, "fenced", 1)                /* the runner lock was lost */ \
  X(CW_ERR_INTERNAL, "internal", 1) \
  X(CW_ERR_IO, "io", 1) \
  /* usage */ \
  X(CW_ERR_USAGE, "usage", 2) \
  /* the project is at fault */ \
  X(CW_ERR_CONFIG, "config", 3) \
  X(CW_ERR_NO_CONFIG, "no_config", 3) \
  X(CW_ERR_BAD_SCRIPT, "bad_script", 3)        /* a revision file that can't be loaded */ \
  X(CW_ERR_SYNTAX, "syntax", 3)                /* a syntax error in one */ \
  X(CW_ERR_UNKNOWN_REVISION, "unknown_revision", 3) \
  X(CW_ERR_AMBIGUOUS_REVISION, "ambiguous_revision", 3) \
  X(CW_ERR_WRONG_BRANCH, "wrong_branch", 3)    /* an id that is on another branch */ \
  X(CW_ERR_MULTIPLE_HEADS, "multiple_heads", 3) \
  X(CW_ERR_CYCLE, "cycle", 3) \
  X(CW_ERR_MISSING_PARENT, "missing_parent", 3) \
  X(CW_ERR_MISSING_DEPENDENCY, "missing_dependency", 3) \
  X(CW_ERR_DUPLICATE_REVISION, "duplicate_revision", 3) \
  X(CW_ERR_DUPLICATE_LABEL, "duplicate_label", 3) \
  X(CW_ERR_UNKNOWN_IN_DATABASE, "unknown_in_database", 3) \
  X(CW_ERR_BAD_TARGET, "bad_target", 3)        /* resolved, but can't be reached from here */ \
  X(CW_ERR_ID_TOO_LONG, "id_too_long", 3) \
  X(CW_ERR_EXISTS, "exists", 3)                /* a file or folder that is already there */ \
  X(CW_ERR_PLUGIN, "plugin", 3) \
  /* the database */ \
  X(CW_ERR_CONNECT, "connect", 4) \
  X(CW_ERR_CONNECTION_LOST, "connection_lost", 4) \
  X(CW_ERR_NO_DRIVER, "no_driver", 4) \
  X(CW_ERR_LOCKED, "locked", 5)                /* the runner lock was not had in time */ \
  X(CW_ERR_DIFFERENCES, "differences", 6) \
  X(CW_ERR_INTERRUPTED, "interrupted", 7)

enum cw_errcode {
#define X(id, name, exit) id,
  CW_ERR_CODES(X)
#undef X
};

struct cw_err {
  enum cw_errcode code; /* CW_OK: nothing has failed */
  char *message;
  char *hint;
  char *revision;   /* the move that was running */
  char *database;   /* its name, or the URL with the password masked */
  char *file;       /* where in the user's files; line 0: unknown */
  int line;
  int step;         /* 1-based number of the step within the revision; 0: none */
  char sqlstate[6]; /* "" : none. SQLite's result codes are mapped where one fits */
  int native;       /* the driver's own code (SQLite's extended one, MySQL's errno); 0: none */
  char *statement;  /* SQL text, values not filled in */
  char *detail;     /* the server's DETAIL */
  char *traceback;  /* Lua's, printed with -v only */
};

#define CW_ERR_INIT {.code = CW_OK}

/* Fills err (replacing what it held) and returns -1, so `return cw_fail(err, ...)` reads well. A NULL
 * err is allowed. */
int cw_fail(struct cw_err *err, enum cw_errcode code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int cw_vfail(struct cw_err *err, enum cw_errcode code, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));
/* Sets the hint of a failure; returns -1. */
int cw_hint(struct cw_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts text before the message: "while …: message". Returns -1. */
int cw_err_prefix(struct cw_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Each sets a field that is still unset; NULL values are ignored. */
void cw_err_where(struct cw_err *err, const char *file, int line);
void cw_err_revision(struct cw_err *err, const char *revision);
void cw_err_database(struct cw_err *err, const char *database);
void cw_err_statement(struct cw_err *err, const char *sql);

void cw_err_move(struct cw_err *to, struct cw_err *from); /* from is empty afterwards */
void cw_err_copy(struct cw_err *to, const struct cw_err *from);
void cw_err_release(struct cw_err *err);                  /* empty and usable again */

const char *cw_errcode_name(enum cw_errcode code);
int cw_errcode_exit(enum cw_errcode code);

#endif
