/* A database that a test scripts: it answers statements by pattern, remembers what was sent, and fails
 * where it is told to. For tests of what stands above the drivers (txn, op, run).
 *
 *   struct fake *fake = fake_new();
 *   struct fake_reply *rows = fake_on(fake, "SELECT version_num*", FAKE_ALWAYS);
 *   fake_columns(rows, "version_num");
 *   fake_row(rows, 1, cw_text("a1"));
 *   fake_error(fake_on(fake, "CREATE TABLE t*", 1), CW_ERR_STATEMENT, "42P07", "t exists");
 *
 *   struct cw_conn *conn;
 *   assert_int_equal(fake_open(fake, &conn, &err), 0);
 *   ...
 *   assert_string_equal(fake_sent(fake), "BEGIN\nCREATE TABLE t (a int)\nROLLBACK\n");
 *   cw_conn_free(conn);
 *   fake_free(fake);
 *
 * Statements without a reply succeed with no columns and no rows (unless fake->strict). BEGIN, COMMIT
 * and ROLLBACK move the transaction state by themselves. Several connections may be open on one fake;
 * they share its replies and its log. Replies match in the order in which they were made; one that has
 * been used up gives way to the next. Code that opens its connection itself gets the fake that was made
 * last through fake_driver(). Not for several threads, cw_conn_cancel excepted. */
#ifndef FAKE_DRIVER_H
#define FAKE_DRIVER_H

#include "db/driver.h"
#include "util/strbuf.h"

enum { FAKE_ALWAYS = -1 };

struct fake_reply {
  char *pattern;
  int times;             /* how often it still answers; FAKE_ALWAYS */
  struct strvec columns;
  struct cw_value *values; /* row by row, owned copies */
  size_t nvalues;
  int64_t affected;
  int64_t insert_id;     /* 0: none */
  enum cw_errcode code;  /* CW_OK: no failure */
  char sqlstate[6];
  char *message;
  bool loses;            /* the connection is lost, before (or after) the statement had its effect */
  bool effect;           /* a COMMIT that fails has happened all the same */
  void (*then)(struct cw_conn *conn, void *ctx); /* called before it answers */
  void *ctx;
  struct fake_reply *next;
};

struct fake {
  struct cw_driver driver;    /* what it can do; change caps and flavor before opening */
  const char *server, *version;
  bool strict;                /* a statement without a reply fails */
  bool aborts;                /* as PostgreSQL: after a failure only ROLLBACK is accepted */
  bool with_values;           /* the log shows parameters: "... -- 1, 'x', NULL" */
  int refusals;               /* so many opens fail next, with the error below */
  enum cw_errcode refusal_code;
  char refusal_state[6];
  int opened, closed, cancelled, commits, rollbacks, lock_tries;
  bool lock_taken;            /* another session holds the session lock */
  struct strbuf log;          /* a line for each statement */
  struct fake_reply *replies;
};

struct fake *fake_new(void); /* PostgreSQL-like: transactional DDL, savepoints, session locks */
/* Fails the test when a connection is still open. */
void fake_free(struct fake *fake);
/* The driver of the fake that was made last, for cw_conn_open_with. */
const struct cw_driver *fake_driver(void);
int fake_open(struct fake *fake, struct cw_conn **out, struct cw_err *err);

/* An answer to statements that match `pattern` (fnmatch: * ? [...]; letter case counts), `times` times.
 * The pattern is held against the statement on one line, without comments. */
struct fake_reply *fake_on(struct fake *fake, const char *pattern, int times);
void fake_columns(struct fake_reply *reply, const char *names); /* "id,name" */
void fake_row(struct fake_reply *reply, size_t n, ...);          /* n struct cw_value: a row's, copied */
void fake_affected(struct fake_reply *reply, int64_t rows);
void fake_error(struct fake_reply *reply, enum cw_errcode code, const char *sqlstate,
                const char *message);
/* The connection breaks at this statement; `effect`: the server had carried it out. */
void fake_loses(struct fake_reply *reply, bool effect);

/* What was sent, a line for each statement, since the last fake_forget. Borrowed. */
const char *fake_sent(const struct fake *fake);
/* How many statements that were sent match the pattern. */
size_t fake_count(const struct fake *fake, const char *pattern);
void fake_forget(struct fake *fake);

#endif
