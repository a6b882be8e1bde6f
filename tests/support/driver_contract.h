/* The promises of db/driver.h and db/db.h as one suite of tests, run against every driver. Tests of
 * a single driver use its helpers too. */
#ifndef CW_TESTS_DRIVER_CONTRACT_H
#define CW_TESTS_DRIVER_CONTRACT_H

#include "db/db.h"

struct driver_contract {
  const char *name;
  const char *url; /* an empty database, or one where tables named contract_* may be made */
  /* Columns b, i, f, n, x, s of types boolean, 64-bit integer, double, numeric(38,10), bytes, text
   */
  const char *typed_columns;
  const char *key;          /* "id BIGINT ... PRIMARY KEY" that numbers rows by itself */
  const char *session_id;   /* a query for this session's number; NULL: there are no sessions */
  const char *kill;         /* printf format that ends the session of that number */
  const char *unreachable;  /* printf format of a URL, given a port; NULL: no network */
  const char *wrong_password; /* a URL that is refused; NULL: there are no passwords */
  const char *secret;       /* its password */
};

/* Runs the suite; the number of failed tests. */
int driver_contract_run(const struct driver_contract *d);

/* The server's URL from the environment, or ends the process with 77 ("SKIPPED: ..."). */
const char *contract_url(const char *variable);

/* A fresh database on that server, for this process alone: its URL. The caller drops and frees. */
char *contract_database(const char *url);
void contract_database_drop(const char *url, char *database);

int contract_try_open(struct cw_conn **out, const char *url, int64_t timeout_ms,
                      struct cw_err *err);
/* SQL whose placeholders are ?, in the driver's own; the caller frees. */
char *contract_sql(struct cw_conn *conn, const char *sql);
int contract_try(struct cw_conn *conn, unsigned flags, const char *sql, size_t n,
                 const struct cw_value *values, struct cw_result **out, struct cw_err *err);
struct cw_value contract_numeric(const char *text);

/* Each fails the running test when the database reports an error. */
void contract_check(int rc, struct cw_err *err, const char *what);
const struct cw_value *contract_next(struct cw_result *result); /* NULL: no more rows */
struct cw_conn *contract_open(const char *url);
void contract_exec(struct cw_conn *conn, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Runs SQL whose placeholders are ?, with values; an open result. */
struct cw_result *contract_query(struct cw_conn *conn, unsigned flags, const char *sql, size_t n,
                                 const struct cw_value *values);
/* The same for the rows affected. */
int64_t contract_run(struct cw_conn *conn, const char *sql, size_t n,
                     const struct cw_value *values);
/* First column of the first row; the caller frees, NULL for NULL. */
char *contract_scalar(struct cw_conn *conn, const char *sql);
int64_t contract_int(struct cw_conn *conn, const char *sql);
/* Expects failure; the error is left in err for looking at (release it). */
void contract_fails(struct cw_conn *conn, const char *sql, size_t n, const struct cw_value *values,
                    struct cw_err *err);
/* Expects one row of one value that equals `want`, type included. */
void contract_value(struct cw_conn *conn, const char *sql, size_t n, const struct cw_value *values,
                    struct cw_value want);
void assert_value(const struct cw_value *got, const struct cw_value *want);

#endif
