/* Statements ready to be sent, as a dialect compiled them from an operation. */
#ifndef CW_OP_STMT_H
#define CW_OP_STMT_H

#include "db/value.h"
#include "util/vec.h"

enum cw_stmt_flags {
  CW_STMT_DDL = 1,          /* takes locks on definitions: runs under ddl.lock_timeout, commits by itself
                               where DDL is not transactional */
  CW_STMT_AUTOCOMMIT = 2,   /* must run outside a transaction (CREATE INDEX CONCURRENTLY) */
  CW_STMT_RETURNS_KEY = 4,  /* the first column of its row is the inserted row's new key */
  CW_STMT_COUNTS = 8,       /* its affected rows are the step's */
  CW_STMT_RAW = 16,         /* written by the user: its parameters were bound by cw_sql_bind */
  CW_STMT_BATCH = 32        /* `params` holds nsets sets of nparams values */
};

struct cw_stmt {
  char *sql;
  size_t len;
  struct cw_value *params; /* owned, deep copies */
  size_t nparams;          /* values of one set; with CW_STMT_BATCH set by whoever adds them */
  size_t nsets;            /* 1 unless CW_STMT_BATCH, then set by whoever adds the values */
  size_t total;            /* values added so far, all sets together */
  unsigned flags;
};

struct cw_stmts {
  struct cw_stmt *items;
  size_t len, cap;
};

/* Appends a statement (sql is copied) and returns it, borrowed until the next one is added. */
struct cw_stmt *cw_stmts_add(struct cw_stmts *stmts, const char *sql, size_t len, unsigned flags);
/* Appends a deep copy of a value to the statement's parameters. Of a batch the sets follow one another;
 * nsets, or nparams, is then to be set: each follows from the other. */
void cw_stmt_param(struct cw_stmt *stmt, struct cw_value value);
void cw_stmts_release(struct cw_stmts *stmts);

#endif
