/* Drivers, for implementers: this header is for src/db/ only. A driver is a wire protocol; a way of
 * writing SQL is a dialect and lives in Lua. Begin, commit and savepoints are SQL text that txn/
 * chooses by capability, so a driver implements no policy.
 *
 * A driver embeds `struct cw_conn` as the first member of its own connection and `struct cw_result`
 * as the first member of its own result. The drivers are listed in drivers.c. The recording driver
 * (--sql) and the tracing one (-v -v, tests) are ordinary drivers. */
#ifndef CW_DB_DRIVER_H
#define CW_DB_DRIVER_H

#include "db/db.h"
#include "db/sql.h"
#include "util/vec.h"

struct cw_driver;

/* A statement that waits for the next one; everything but `number` is its own copy. */
struct cw_waiting {
  char *sql;
  size_t len;
  struct cw_value *params;
  size_t nparams;
  bool one;
  enum cw_errcode code;
  char *message, *hint;
  int64_t *number;
};

struct cw_conn {
  const struct cw_driver *driver;
  const struct cw_url *url;     /* a copy owned by the connection; NULL: recording */
  unsigned caps;                /* driver->caps, corrected by open */
  unsigned flavor;              /* enum cw_sql_flavor bits */
  const char *dialect, *server; /* static strings */
  char *version;                /* set by open; freed with the base */
  char *server_name;            /* what `server` points to when a plugin's dialect named it; the same */
  bool lost;                    /* set by the driver when the link is gone */
  const char *txn_sql;          /* NULL, or SQL that is to be the first in every transaction: session
                                   settings don't hold behind a pooler. Freed by the driver */
  const volatile int *stop;
  VEC(struct cw_waiting) waiting; /* kept by later.c */
  bool begins;                  /* a BEGIN is among them */
};

struct cw_result {
  struct cw_conn *conn;
  size_t ncols;
  char **names;                 /* owned by the base, freed by cw_result_free */
  struct cw_value *row;         /* ncols values that `next` fills; owned by the base */
  bool done;                    /* kept by result.c: `next` is not called again */
  int64_t affected;
  bool has_insert_id;
  int64_t insert_id;
};

/* More flags of a query, set by conn.c: whoever runs it does not look at the result. */
enum { CW_QUERY_DROPPED = 256 };

/* Valid during the call only: a streaming result keeps copies of what it needs. */
struct cw_query {
  const char *sql; /* len bytes, none of them NUL, and a NUL */
  size_t len;
  const struct cw_value *params;
  size_t nparams;
  unsigned flags;  /* enum cw_query_flags, CW_QUERY_DROPPED */
  const struct cw_given *given; /* or NULL; SQLite only */
};

struct cw_driver {
  const char *name;    /* "postgresql": the canonical URL scheme */
  const char *package; /* Debian package of the client library, for messages; NULL: none needed */
  const char *dialect; /* "postgresql"; open may set conn->server to something nearer */
  unsigned caps;
  unsigned flavor;     /* enum cw_sql_flavor bits */

  /* Must. Allocates the connection, connects within opts->connect_timeout_ms (one try; waiting is
   * conn.c's; never 0), fixes the session settings. On failure nothing is left: after cw_conn_init a
   * plain cw_conn_free(conn) undoes everything, provided close takes a half-opened connection.
   * A failure that trying again can't cure (wrong password, no such database) has its SQLSTATE set:
   * conn.c gives up waiting at classes 28, 3D, 42 and 58. */
  int (*open)(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
              struct cw_err *err);
  /* Must. Closes and frees what open made and the struct itself, the base's members excepted (they are
   * still there while it runs); also after a lost link. */
  void (*close)(struct cw_conn *conn);
  /* Must. Runs one statement; gives a result even when it has no columns. */
  int (*query)(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
               struct cw_err *err);
  /* Must. Fills result->row; 1, 0 or -1 as cw_result_next. */
  int (*next)(struct cw_result *result, struct cw_err *err);
  /* Must. Frees the driver's part of the result and the struct itself, the base's members excepted. */
  void (*finish)(struct cw_result *result);
  /* Must. Thread-safe; best effort. */
  void (*cancel)(struct cw_conn *conn);
  /* Must. */
  bool (*in_txn)(struct cw_conn *conn);

  /* May: NULL means no such state. */
  bool (*txn_failed)(struct cw_conn *conn);
  /* May, with CW_CAP_SESSION_LOCK: one try, never blocking in the server. */
  int (*try_lock)(struct cw_conn *conn, const char *key, bool *got, struct cw_err *err);
  int (*unlock)(struct cw_conn *conn, const char *key, struct cw_err *err);
  /* May: whether a parameter's place is a column of bytes, where text is stored as bytes (SQLite has no
   * types of parameters that would tell). */
  bool (*takes_bytes)(struct cw_conn *conn, const struct cw_query *query, size_t param);
  /* May: runs `n` statements that waited, then `query` (NULL: none), in as few round trips as it can. The
   * first failure ends it: nothing behind it has any effect. *failed is then its index; n for the query's. A
   * statement that is to concern one row and does not fails like any other (cw_waiting_fail). Also runs
   * single queries of curlew's own (CW_QUERY_OWN), with n 0. NULL: nothing waits, and those are queries
   * like others. */
  int (*chain)(struct cw_conn *conn, const struct cw_waiting *waiting, size_t n,
               const struct cw_query *query, struct cw_result **out, size_t *failed,
               struct cw_err *err);
  /* May: NULL means a loop over query (conn.c). nsets >= 1 sets of query->nparams values; adds what
   * changed to *affected. */
  int (*batch)(struct cw_conn *conn, const struct cw_query *query, size_t nsets, int64_t *affected,
               struct cw_err *err);
};

/* NULL-terminated, in the order of preference; built from what was found at configure time. */
extern const struct cw_driver *const cw_drivers[];

/* The driver of a URL's scheme; -1 with CW_ERR_NO_DRIVER when this build was made without it. */
int cw_driver_find(const struct cw_driver **out, const struct cw_url *url, struct cw_err *err);

/* cw_conn_open with a driver of the caller's choice: fakes in tests, decorators. */
int cw_conn_open_with(struct cw_conn **out, const struct cw_driver *driver, const struct cw_url *url,
                      const struct cw_conn_opts *opts, struct cw_err *err);

/* For drivers: initialises the base. Copies the URL (NULL: the connection has none); capabilities,
 * flavor, dialect and server are the driver's until open corrects them. opts may be NULL. */
void cw_conn_init(struct cw_conn *conn, const struct cw_driver *driver, const struct cw_url *url,
                  const struct cw_conn_opts *opts);
/* The failure of a statement that did not concern exactly one row. Returns -1. */
int cw_waiting_fail(const struct cw_waiting *waiting, struct cw_err *err);
/* Initialises a result's base for `ncols` columns; the driver then sets names (cw_result_set_name). */
void cw_result_init(struct cw_result *result, struct cw_conn *conn, size_t ncols);
void cw_result_set_name(struct cw_result *result, size_t col, const char *name);

#endif
