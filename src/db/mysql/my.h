/* What the files of the MariaDB and MySQL driver share. One statement is on the wire at a time;
 * whoever sends one does so between cw_my_busy and cw_my_idle, so that a cancel request from
 * another thread meets exactly the statement it was meant for. */
#ifndef CW_DB_MYSQL_MY_H
#define CW_DB_MYSQL_MY_H

#include <pthread.h>
#include <signal.h>

#include "db/mysql/lib.h" /* first: the library's header uses what util/banned.h forbids */

#include "db/driver.h"
#include "util/strbuf.h"
#include "util/vec.h"

extern const struct cw_driver cw_mysql_driver;

/* A statement that the server has parsed. */
struct cw_my_stmt {
  MYSQL_STMT *st;
  char *sql;
  size_t len, nparams;
  bool unreadable;    /* gives a column that only the text protocol can */
  bool cached;        /* in the cache, which owns it */
  bool busy;          /* a result is being read from it */
  unsigned long used; /* for finding the least recently used */
};

struct cw_my_conn {
  struct cw_conn base;
  const struct cw_mysql *lib;
  MYSQL *my;
  bool mariadb;
  bool bulk;             /* the server takes many parameter sets at once */
  size_t max_packet;     /* what the server accepts; 0: not known */
  unsigned long thread_id;
  char *application;

  VEC(struct cw_my_stmt *) stmts; /* the cache */
  unsigned long clock;

  pthread_mutex_t mutex; /* guards what follows and is held while a request is on its way */
  bool running;
  bool cancelled;        /* the running statement */
  bool killed;           /* a KILL QUERY was sent and has not shown yet */
};

/* How a column's values are read. */
enum cw_my_kind {
  MY_BOOL, /* TINYINT(1): an integer unless it is 0 or 1 */
  MY_INT,
  MY_UNSIGNED,
  MY_FLOAT,
  MY_DOUBLE,
  MY_NUMERIC,
  MY_TEXT,
  MY_BLOB,
  MY_BIT,
  MY_DATE,
  MY_DATETIME,
  MY_TIME
};

struct cw_my_column {
  enum cw_my_kind kind;
  unsigned decimals;
  /* of a prepared statement */
  union {
    int64_t i;
    uint64_t u;
    float f;
    double d;
    MYSQL_TIME time;
  } fixed;
  char *buffer;          /* strings: grows to the longest value seen */
  unsigned long size, length;
  my_bool null, error;
  char shown[40];        /* a time, formatted */
};

struct cw_my_result {
  struct cw_result base;
  MYSQL_RES *res;        /* text protocol: the rows */
  struct cw_my_stmt *stmt;
  bool cursor;           /* the rows are still on the server */
  bool more;             /* other results follow (CALL): to be copied and dropped by query.c */
  struct cw_my_column *columns;
  MYSQL_BIND *binds;
  bool moved;            /* a buffer is another than the library knows: bind before the next row */
};

static inline struct cw_my_conn *cw_my(struct cw_conn *conn) {
  return (struct cw_my_conn *)conn;
}

/* The library writes to TLS connections without suppressing SIGPIPE, whose default would end the
 * process. Every entry to the driver that may write holds it off (error.c). */
struct cw_my_guard {
  sigset_t before;
  bool pending;
};
void cw_my_guard_begin(struct cw_my_guard *guard);
void cw_my_guard_end(struct cw_my_guard *guard);

/* --- error.c --- */
/* Fill err from the connection's or the statement's last error, and bring the transaction state up
 * to date. Mark a lost link. */
int cw_my_fail(struct cw_my_conn *c, struct cw_err *err);
int cw_my_fail_stmt(struct cw_my_conn *c, MYSQL_STMT *st, struct cw_err *err);
int cw_my_fail_lost(struct cw_my_conn *c, struct cw_err *err);
/* A statement of this many bytes would make the server close the connection: refused here. */
int cw_my_check_size(struct cw_my_conn *c, size_t bytes, struct cw_err *err);

/* --- open.c --- */
int cw_my_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
               struct cw_err *err);
void cw_my_close(struct cw_conn *conn);
/* A logged-in link to the URL's server, without session settings. NULL: *reason, if not NULL, is
 * the failed handle, to be closed by the caller. */
MYSQL *cw_my_dial(const struct cw_mysql *lib, const struct cw_url *url, const char *application,
                  int64_t timeout_ms, MYSQL **reason);

/* --- query.c --- */
void cw_my_busy(struct cw_my_conn *c);
bool cw_my_idle(struct cw_my_conn *c); /* whether the statement was asked to stop */
/* Runs SQL by the text protocol. *out may be NULL. */
int cw_my_text(struct cw_my_conn *c, const char *sql, size_t len, struct cw_my_result **out,
               struct cw_err *err);
/* The answer of a text that was sent; those of a CALL behind it are dropped. */
int cw_my_text_result(struct cw_my_conn *c, struct cw_my_result **out, struct cw_err *err);
/* Rows changed and the new key, of a result as the server gave it: where they mean something. */
void cw_my_settle_counts(const struct cw_query *query, struct cw_my_result *r);
/* Gives a result its columns. */
struct cw_my_result *cw_my_result_new(struct cw_my_conn *c, const MYSQL_FIELD *fields, size_t n);
int cw_my_next(struct cw_result *result, struct cw_err *err);

/* --- value.c --- */
enum cw_my_kind cw_my_kind_of(const MYSQL_FIELD *field);
/* Whether the client library can read values of the type from a prepared statement. */
bool cw_my_is_readable(const MYSQL_FIELD *field);
void cw_my_text_value(struct cw_my_column *col, const char *text, size_t len, struct cw_value *out);
/* Prepared statements: where to put values; and the value that was put there. */
void cw_my_bind_column(struct cw_my_column *col, MYSQL_BIND *bind);
void cw_my_bound_value(struct cw_my_column *col, struct cw_value *out);
/* Points bind at a value, which must stay where it is. What the server can't store is an error. */
int cw_my_bind_value(MYSQL_BIND *bind, const struct cw_value *value, unsigned long *length,
                     struct cw_err *err);

/* --- stmt.c --- */
/* Parses, or finds in the cache. */
int cw_my_prepare(struct cw_my_conn *c, const struct cw_query *query, bool keep,
                  struct cw_my_stmt **out, struct cw_err *err);
/* After use: closes what is not cached. */
void cw_my_stmt_done(struct cw_my_conn *c, struct cw_my_stmt *s);
void cw_my_forget(struct cw_my_conn *c);
/* 1: the statement's result can't be read this way; nothing has been executed. */
int cw_my_bound(struct cw_my_conn *c, const struct cw_query *query, struct cw_my_result **out,
                struct cw_err *err);
int cw_my_fetch(struct cw_my_result *r, struct cw_err *err);
/* A CALL answers with several results: those behind the first are read and dropped, the first is
 * gone then too. */
void cw_my_skip_results(struct cw_my_result *r);

/* --- batch.c, chain.c, lock.c --- */
int cw_my_chain(struct cw_conn *conn, const struct cw_waiting *waiting, size_t n,
                const struct cw_query *query, struct cw_result **out, size_t *failed,
                struct cw_err *err);
int cw_my_batch(struct cw_conn *conn, const struct cw_query *query, size_t nsets, int64_t *affected,
                struct cw_err *err);
void cw_my_cancel(struct cw_conn *conn);
int cw_my_try_lock(struct cw_conn *conn, const char *key, bool *got, struct cw_err *err);
int cw_my_unlock(struct cw_conn *conn, const char *key, struct cw_err *err);

#endif
