/* The SQLite driver's own header. open.c opens and closes, query.c runs statements, stmt.c prepares
 * and caches them, value.c, target.c and given.c carry values, error.c maps result codes. */
#ifndef CW_DB_SQLITE_LITE_H
#define CW_DB_SQLITE_LITE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "db/driver.h"

#if SQLITE_VERSION_NUMBER < 3035000
#error "curlew needs SQLite 3.35 or newer"
#endif

enum {
  LITE_OLDEST = 3035000,
  LITE_SHARED_MEMORY = 3036000, /* connections can share a database in memory */
  LITE_CACHE = 32,          /* prepared statements kept */
  LITE_CACHE_TEXT = 16384,  /* longer statements are not kept */
  LITE_BUSY_MS = 5000,      /* how long a statement waits for another connection's lock */
};

/* The columns that placeholders are meant for, as far as the statement's words tell (target.c). */
struct lite_targets {
  bool found;             /* the statement was looked at */
  struct strvec tables;   /* that it names */
  char **columns;         /* for each placeholder; NULL: not known */
  size_t len, cap;
};

/* A prepared statement. While it runs it belongs to its user; cw_lite_put gives it back. */
struct lite_stmt {
  sqlite3_stmt *stmt; /* NULL: the text holds comments only */
  char *sql;
  size_t len;
  enum cw_sql_kind kind;
  bool inserts, cached;
  struct lite_targets targets;
};

struct lite_conn {
  struct cw_conn base;
  sqlite3 *db;
  struct lite_stmt cache[LITE_CACHE]; /* the first `cached` are filled, the last used in front */
  size_t cached;
  int64_t busy_ms;      /* the longest wait ... */
  int64_t busy_since;   /* ... and when the present one began */
  atomic_int cancelled; /* cw_conn_cancel was called while the present statement runs */
  bool stopped;         /* a wait for a lock ended because of the stop flag */
  bool inserted;        /* an INSERT gave a row a rowid */
  struct {
    bool defined;       /* the SQL functions are there */
    const struct cw_given *rows; /* of the present statement, or NULL */
    bool *binary;       /* for each column: text is stored as bytes */
    size_t at;          /* the row found last */
  } given;              /* given.c */
};

extern const struct cw_driver cw_sqlite_driver; /* query.c */

/* open.c */
int cw_lite_open(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
                 struct cw_err *err);
void cw_lite_close(struct cw_conn *conn);

/* stmt.c: one statement, with nothing but comments behind it. */
int cw_lite_take(struct lite_conn *c, const char *sql, size_t len, struct lite_stmt *out,
                 struct cw_err *err);
void cw_lite_put(struct lite_conn *c, struct lite_stmt *stmt);
void cw_lite_forget(struct lite_conn *c); /* finalizes what is cached */

/* value.c */
/* How a column's declared type makes its values read. */
struct lite_decl {
  enum lite_reading { LITE_PLAIN, LITE_BOOLEAN, LITE_NUMERIC } reading;
  int scale; /* of NUMERIC(p, s); 0 when it doesn't say */
};
struct lite_decl cw_lite_decl(const char *declared);
/* Binds the values of a query; `copy` when their bytes don't outlive the call. */
int cw_lite_bind(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *query, bool copy,
                 struct cw_err *err);
/* The value of a column of the present row, borrowed until the next step. `number` (CW_FLOAT_TEXT
 * bytes) holds the text of a numeric one. */
struct cw_value cw_lite_column(sqlite3_stmt *stmt, int col, struct lite_decl decl, char *number);

/* target.c */
void cw_lite_find_targets(struct lite_conn *c, const char *sql, size_t len,
                          struct lite_targets *out);
bool cw_lite_target_is_binary(struct lite_conn *c, const struct lite_targets *targets, size_t param);
void cw_lite_targets_release(struct lite_targets *targets);
bool cw_lite_takes_bytes(struct cw_conn *conn, const struct cw_query *query, size_t param);

/* given.c: rows that the next statement can ask for; until they are taken back. An error gets to know its
 * row when that can be told. */
int cw_lite_give(struct lite_conn *c, const struct cw_given *rows, struct cw_err *err);
void cw_lite_take_back(struct lite_conn *c, bool failed, struct cw_err *err);

/* error.c: fills err from the connection's last failure and returns -1. sql: the text that was being
 * prepared, so that the place of a mistake in it can be told; else NULL. */
int cw_lite_fail(struct lite_conn *c, int rc, const char *sql, struct cw_err *err);
/* Sets SQLSTATE and native code of an err that is filled already. */
void cw_lite_codes(int rc, const char *message, struct cw_err *err);

#endif
