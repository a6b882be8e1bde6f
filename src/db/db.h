/* Databases, for callers. A connection belongs to the core: one `struct cw_conn *` is opened by the
 * runner and handed down; only its owner closes it. Whoever implements a driver reads driver.h.
 *
 * A query gives a result that is pulled row by row. Values of a row are borrowed until the next row
 * or cw_result_free. A result that was asked for with CW_QUERY_STREAM holds at most a batch of rows
 * in memory and other queries may run on the connection while it is open. */
#ifndef CW_DB_DB_H
#define CW_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/url.h"
#include "db/value.h"
#include "util/err.h"

struct cw_conn;
struct cw_result;
struct strbuf;

/* What a database can do; policy in txn/, op/ and run/ asks these, never a driver's name. */
enum cw_cap {
  CW_CAP_TXN_DDL = 1,          /* DDL is transactional */
  CW_CAP_SAVEPOINT = 2,
  CW_CAP_SESSION_LOCK = 4,     /* conn_lock works (may change after connecting: Galera, poolers) */
  CW_CAP_ROW_COUNT_MATCHED = 8,/* UPDATE reports matched rows, not changed ones */
  CW_CAP_BEGIN_IMMEDIATE = 16, /* begin with BEGIN IMMEDIATE (SQLite) */
  CW_CAP_LOCK_TIMEOUT = 32,    /* lock waits can be bounded per session */
  CW_CAP_RETURNING = 64,
  CW_CAP_OFFLINE = 128,        /* the recording driver: nothing can be read */
  CW_CAP_PIPELINE = 256        /* several statements can be sent in one round trip */
};

struct cw_conn_opts {
  const char *application; /* shown by the server: "curlew upgrade" */
  int64_t connect_timeout_ms; /* 0: 10 s */
  int64_t wait_ms;         /* --wait: keep trying to reach the server this long; 0: one try */
  int64_t lock_wait_ms;    /* SQLite: how long a statement waits for another connection's lock on the
                              file before it fails with CW_ERR_LOCK_TIMEOUT (55P03); 0: 5 s */
  bool read_only;          /* a missing SQLite file reads as empty and is not created */
  const volatile int *stop; /* waiting ends early when it becomes non-zero; may be NULL */
};

/* Opens a connection by the URL's scheme and fixes its session settings (time zone UTC, UTF-8, ISO
 * dates, READ COMMITTED, standard strings, no inherited timeouts, foreign_keys = ON).
 * CW_ERR_NO_DRIVER: this build or machine lacks the client library (the message says which package).
 * CW_ERR_CONNECT: unreachable or refused, the server's own reason given. */
int cw_conn_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
                 struct cw_err *err);
void cw_conn_free(struct cw_conn *conn); /* closes; NULL is fine */

unsigned cw_conn_caps(const struct cw_conn *conn);
unsigned cw_conn_flavor(const struct cw_conn *conn);        /* enum cw_sql_flavor bits */
const char *cw_conn_dialect(const struct cw_conn *conn);    /* "sqlite", "postgresql", "mysql" */
const char *cw_conn_server(const struct cw_conn *conn);     /* "sqlite", "postgresql", "mysql", "mariadb" */
/* Names the server after a dialect that inherits from the driver's ("cockroachdb"). */
void cw_conn_set_server(struct cw_conn *conn, const char *server);
const char *cw_conn_version(const struct cw_conn *conn);    /* "15.18", "10.11.11", "3.40.1" */
const struct cw_url *cw_conn_url(const struct cw_conn *conn); /* NULL when recording */
bool cw_conn_in_txn(struct cw_conn *conn);                  /* as the server sees it, or will */
bool cw_conn_txn_failed(struct cw_conn *conn);              /* PostgreSQL: only ROLLBACK is accepted */
bool cw_conn_lost(const struct cw_conn *conn);              /* the connection broke */
/* NULL, or SQL that has to come first in every transaction: behind a pooler each may be on another
 * session of the server, so settings hold for a transaction only. txn/ sends it. */
const char *cw_conn_txn_sql(const struct cw_conn *conn);

enum cw_query_flags {
  CW_QUERY_STREAM = 1,    /* the result may be large, or other queries run while it is open */
  CW_QUERY_SIMPLE = 2,    /* no parameters, statement may be one that can't be prepared */
  CW_QUERY_OWN = 4        /* on curlew's own tables: nothing about its types has to be found out */
};

/* Runs one statement. With out == NULL a result is read and dropped. Errors carry SQLSTATE, the
 * driver's code, detail, hint and the statement. */
int cw_conn_query(struct cw_conn *conn, const char *sql, size_t len, const struct cw_value *params,
                  size_t nparams, unsigned flags, struct cw_result **out, struct cw_err *err);
/* A statement of curlew's own whose answer can wait. It is sent with the next one that can't, in one round
 * trip, where the driver knows how, else at once. If it fails, what comes behind it is not run, and the
 * call that was to send it fails. A ROLLBACK drops what has not been sent. */
struct cw_later {
  const char *sql;
  const struct cw_value *params;
  size_t nparams;
  bool one;                  /* it gives or changes exactly one row, else it fails with these: */
  enum cw_errcode code;
  const char *message, *hint;
  int64_t *number;           /* where the first column of its row goes; may be NULL. It has to stay there
                                until the statement is sent or the connection closed */
};
int cw_conn_later(struct cw_conn *conn, const struct cw_later *later, struct cw_err *err);
/* One statement without parameters or result. */
int cw_conn_exec(struct cw_conn *conn, const char *sql, struct cw_err *err);
/* printf for names that the core itself chose; never for values. */
int cw_conn_execf(struct cw_conn *conn, struct cw_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same statement for `nsets` parameter sets of `nparams` values each (params[set * nparams + i]),
 * by the client's fastest way. *affected is the sum. Not to be relied on as atomic outside of a
 * transaction (SQLite's is: a commit for each set would wait for the disk each time). */
int cw_conn_batch(struct cw_conn *conn, const char *sql, size_t len, const struct cw_value *params,
                  size_t nparams, size_t nsets, int64_t *affected, struct cw_err *err);
/* Rows that a statement asks for by an integer key, row by row; the last value of each is the key, and keys
 * ascend. `sql` is an UPDATE of one row with a placeholder for each of its values: it tells what columns they
 * are meant for. How a statement asks is the driver's: see sqlite/given.c. */
struct cw_given {
  const char *sql;
  size_t len;
  const struct cw_value *values;
  size_t ncolumns, nrows;
};
/* cw_conn_query of an UPDATE with such rows; its SQL is the dialect's (SQLite only). */
int cw_conn_query_given(struct cw_conn *conn, const char *sql, size_t len,
                        const struct cw_value *params, size_t nparams, const struct cw_given *given,
                        int64_t *affected, struct cw_err *err);
/* First column of the first row as malloc'd text (cw_value_text: a boolean is "true" or "false"), NULL
 * when there is no row or it is NULL. */
int cw_conn_scalar(struct cw_conn *conn, const char *sql, const struct cw_value *params,
                   size_t nparams, char **out, struct cw_err *err);

/* 1: *row (borrowed) holds cw_result_ncols values; 0: no more rows; -1: error. */
int cw_result_next(struct cw_result *result, const struct cw_value **row, struct cw_err *err);
size_t cw_result_ncols(const struct cw_result *result);
const char *cw_result_name(const struct cw_result *result, size_t col);
int64_t cw_result_affected(const struct cw_result *result);  /* rows changed; 0 for a pure read */
bool cw_result_insert_id(const struct cw_result *result, int64_t *id); /* MySQL, SQLite */
void cw_result_free(struct cw_result *result);

/* Asks the server to stop the running statement, which then fails with CW_ERR_INTERRUPTED. The only
 * call that another thread may make while one is running. */
void cw_conn_cancel(struct cw_conn *conn);

/* A session lock of the database, keyed by text. *got says whether it was had; `wait_ms` 0 tries once.
 * Never leaves a statement or transaction open while waiting. Dies with the session. Only with
 * CW_CAP_SESSION_LOCK. CW_ERR_INTERRUPTED when the stop flag ended the wait. */
int cw_conn_lock(struct cw_conn *conn, const char *key, int64_t wait_ms, bool *got,
                 struct cw_err *err);
int cw_conn_unlock(struct cw_conn *conn, const char *key, struct cw_err *err);

/* "name" or `name` with its quotes doubled; schema may be NULL. Appends. */
void cw_conn_quote(const struct cw_conn *conn, const char *schema, const char *name,
                   struct strbuf *out);

#endif
