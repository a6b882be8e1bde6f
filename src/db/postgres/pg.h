/* What the files of the PostgreSQL driver share. One statement is on the wire at a time; whoever
 * sends one does so between cw_pg_busy and cw_pg_idle, so that a cancel request from another thread
 * meets exactly the statement it was meant for. */
#ifndef CW_DB_POSTGRES_PG_H
#define CW_DB_POSTGRES_PG_H

#include <pthread.h>

#include "db/driver.h"
#include "db/postgres/lib.h"
#include "util/strbuf.h"
#include "util/vec.h"

/* Object ids of built-in types (fixed by PostgreSQL's catalog). */
enum {
  PG_BOOL = 16,
  PG_BYTEA = 17,
  PG_INT8 = 20,
  PG_INT2 = 21,
  PG_INT4 = 23,
  PG_TEXT = 25,
  PG_OID = 26,
  PG_FLOAT4 = 700,
  PG_FLOAT8 = 701,
  PG_MONEY = 790,
  PG_NUMERIC = 1700,
  PG_FIRST_USER_TYPE = 16384
};

/* A statement that the server has parsed. */
struct cw_pg_stmt {
  char *sql;
  size_t len;
  char name[24];         /* "": the unnamed one, whose pipeline is still open (poolers) */
  size_t nparams;
  Oid *types;            /* what each parameter was resolved to, domains followed to their base */
  Oid *declared;         /* what was asked for; 0: the server inferred it */
  enum cw_type *classes; /* of the values it was prepared for */
  bool savepoint;        /* unnamed: opened inside one that is to be released */
  unsigned long used;    /* for finding the least recently used */
};

extern const struct cw_driver cw_postgres_driver;

struct cw_pg_domain {
  Oid oid, base;
};

/* A statement of curlew's own that the server has parsed. */
struct cw_pg_own {
  char *sql;
  size_t len;
  char name[24];
};

struct cw_pg_conn {
  struct cw_conn base;
  const struct cw_pq *pq;
  PGconn *pg;
  bool pooled;           /* a pooler may give every transaction another server process */
  unsigned serial;       /* numbers statements and cursors */
  unsigned epoch;        /* grows whenever a transaction ends */
  char *txn_sql;         /* base.txn_sql */

  VEC(struct cw_pg_stmt *) stmts;      /* the cache */
  struct strvec dead;                  /* statements to deallocate on the next occasion */
  VEC(struct cw_pg_domain) domains;
  VEC(struct cw_pg_own) own;           /* chain.c's */
  unsigned long clock;

  PGcancel *cancel;
  pthread_mutex_t mutex; /* guards the two below and is held while a request is on its way */
  bool running, cancelled;
};

struct cw_pg_result {
  struct cw_result base;
  PGresult *res;
  int next, rows;
  Oid *types;
  struct strbuf bytes;   /* decoded bytea values of the current row */
  /* A cursor still open on the server; "" for a buffered result. */
  char cursor[24];
  bool held;             /* WITH HOLD: outlives transactions */
  unsigned epoch;        /* of the transaction it lives in */
  int fetch;             /* how many rows to ask for next */
  struct cw_pg_fetched { int rows; size_t bytes; } last;
};

static inline struct cw_pg_conn *cw_pg(struct cw_conn *conn) {
  return (struct cw_pg_conn *)conn;
}

/* --- error.c --- */
/* Fills err from a failed result, or from the connection when res is NULL. Marks a lost link. */
int cw_pg_fail(struct cw_pg_conn *c, const PGresult *res, struct cw_err *err);
int cw_pg_fail_lost(struct cw_pg_conn *c, struct cw_err *err);

/* --- query.c --- */
void cw_pg_busy(struct cw_pg_conn *c);
void cw_pg_idle(struct cw_pg_conn *c);
/* Runs SQL without parameters by the simple protocol; several statements are fine, the last result
 * is given. *out (may be NULL) is to be cleared by the caller. */
int cw_pg_simple(struct cw_pg_conn *c, const char *sql, PGresult **out, struct cw_err *err);
/* Runs one statement with parameters. With `keep` false it is not cached. */
int cw_pg_bound(struct cw_pg_conn *c, const struct cw_query *query, bool keep, PGresult **out,
                struct cw_err *err);
/* Takes over res. */
struct cw_pg_result *cw_pg_result_new(struct cw_pg_conn *c, PGresult *res);
/* What a statement that was run means for what this connection remembers. */
void cw_pg_note(struct cw_pg_conn *c, const struct cw_query *query, bool was_in_txn);
bool cw_pg_is_several(const char *sql, size_t len);
bool cw_pg_in_txn(struct cw_conn *conn);
bool cw_pg_txn_failed(struct cw_conn *conn);

/* --- value.c --- */
/* The values of one execution in the form that libpq takes. */
struct cw_pg_args {
  size_t n, cap;
  const char **values;
  int *lengths, *formats;
  struct strbuf bytes;
  size_t *offsets; /* into bytes; SIZE_MAX: values[i] points elsewhere */
};
#define CW_PG_ARGS_INIT {.bytes = STRBUF_INIT}
/* Converts to the statement's parameter types. A text that the server could not hold (NUL, not
 * UTF-8) is an error here, before anything is sent. */
int cw_pg_args_fill(struct cw_pg_args *args, const struct cw_pg_stmt *stmt,
                    const struct cw_value *values, struct cw_err *err);
void cw_pg_args_release(struct cw_pg_args *args);
/* The current row of a result as typed values. */
void cw_pg_row(struct cw_pg_result *r);

/* --- prepare.c --- */
/* A statement parsed by the server, its parameter types known. Borrowed from the cache; with `keep`
 * false it is gone with the next call. On return with an unnamed statement the connection is in
 * pipeline mode, and the caller executes, syncs and leaves it. */
int cw_pg_prepare(struct cw_pg_conn *c, const char *sql, size_t len, const struct cw_value *values,
                  size_t n, bool keep, struct cw_pg_stmt **out, struct cw_err *err);
/* Everything that was parsed may be stale: after DDL and rollbacks. With `gone`, the server has
 * already dropped it all (DISCARD, DEALLOCATE). */
void cw_pg_forget(struct cw_pg_conn *c, bool gone);
/* Drops one statement that the server says is stale. */
void cw_pg_forget_one(struct cw_pg_conn *c, struct cw_pg_stmt *stmt);
void cw_pg_prepare_release(struct cw_pg_conn *c);
/* Reads what one pipelined command answered; a failure is filled into err once. */
int cw_pg_pipeline_read(struct cw_pg_conn *c, PGresult **out, struct cw_err *err);
/* Ends a pipeline: syncs unless that has been sent, drops everything up to its answer, and goes
 * back to normal mode. */
int cw_pg_pipeline_end(struct cw_pg_conn *c, bool synced, struct cw_err *err);

/* --- cursor.c --- */
bool cw_pg_can_stream(struct cw_pg_conn *c, const struct cw_query *query, enum cw_sql_kind kind);
/* 1: the statement can't be read through a cursor after all, nothing has happened. */
int cw_pg_cursor_open(struct cw_pg_conn *c, const struct cw_query *query, struct cw_result **out,
                      struct cw_err *err);
/* The next batch: 1 when there are rows, 0 at the end, -1 on error. */
int cw_pg_cursor_fetch(struct cw_pg_result *r, struct cw_err *err);
void cw_pg_cursor_close(struct cw_pg_result *r);

/* --- chain.c --- */
int cw_pg_chain(struct cw_conn *conn, const struct cw_waiting *waiting, size_t n,
                const struct cw_query *query, struct cw_result **out, size_t *failed,
                struct cw_err *err);
void cw_pg_own_forget(struct cw_pg_conn *c);

/* --- copy.c --- */
/* A batch whose statement is COPY ... FROM STDIN: each set is one text, a piece of the data. */
int cw_pg_copy(struct cw_pg_conn *c, const struct cw_query *query, size_t nsets, int64_t *affected,
               struct cw_err *err);

/* --- open.c, batch.c, lock.c --- */
int cw_pg_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
               struct cw_err *err);
void cw_pg_close(struct cw_conn *conn);
int cw_pg_batch(struct cw_conn *conn, const struct cw_query *query, size_t nsets, int64_t *affected,
                struct cw_err *err);
void cw_pg_cancel(struct cw_conn *conn);
int cw_pg_try_lock(struct cw_conn *conn, const char *key, bool *got, struct cw_err *err);
int cw_pg_unlock(struct cw_conn *conn, const char *key, struct cw_err *err);

#endif
