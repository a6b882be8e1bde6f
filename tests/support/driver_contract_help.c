/* Talking to a database within tests; see driver_contract.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/sql.h"
#include "support/driver_contract.h"
#include "util/strbuf.h"

void contract_check(int rc, struct cw_err *err, const char *what) {
  if (rc == 0) return;
  print_error("%s\n  %s [%s] (%s)\n", what, err->message ? err->message : "no message",
              err->sqlstate, err->detail ? err->detail : "no detail");
  cw_err_release(err);
  fail();
}

const char *contract_url(const char *variable) {
  const char *url = getenv(variable);
  if (url && *url) return url;
  printf("SKIPPED: %s is not set; run: scripts/servers start && eval \"$(scripts/servers env)\"\n",
         variable);
  exit(77);
}

char *contract_database(const char *url) {
  struct cw_url *u = NULL;
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *conn = NULL;
  if (cw_url_parse(&u, url, ".", &err) || cw_conn_open(&conn, u, NULL, &err) ||
      cw_conn_execf(conn, &err, "CREATE DATABASE contract_%d", (int)getpid())) {
    fprintf(stderr, "%s\n", err.message);
    exit(1);
  }
  char *host = u->port ? xasprintf("%s:%s", u->host, u->port) : xstrdup(u->host);
  char *secret = u->password ? xasprintf(":%s", u->password) : xstrdup("");
  char *out =
      xasprintf("%s://%s%s@%s/contract_%d", u->scheme, u->user, secret, host, (int)getpid());
  free(host);
  free(secret);
  cw_conn_free(conn);
  cw_url_free(u);
  return out;
}

void contract_database_drop(const char *url, char *database) {
  struct cw_conn *conn = contract_open(url);
  contract_exec(conn, "DROP DATABASE contract_%d", (int)getpid());
  cw_conn_free(conn);
  free(database);
}

int contract_try_open(struct cw_conn **out, const char *text, int64_t timeout_ms,
                      struct cw_err *err) {
  struct cw_url *url = NULL;
  struct cw_conn_opts opts = {.application = "curlew test", .connect_timeout_ms = timeout_ms};
  *out = NULL;
  int rc = cw_url_parse(&url, text, ".", err);
  if (rc == 0) rc = cw_conn_open(out, url, &opts, err);
  cw_url_free(url);
  return rc;
}

struct cw_conn *contract_open(const char *url) {
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *conn;
  contract_check(contract_try_open(&conn, url, 0, &err), &err, "open");
  return conn;
}

void contract_exec(struct cw_conn *conn, const char *fmt, ...) {
  struct cw_err err = CW_ERR_INIT;
  va_list args;
  va_start(args, fmt);
  char *sql = xvasprintf(fmt, args);
  va_end(args);
  contract_check(cw_conn_exec(conn, sql, &err), &err, sql);
  free(sql);
}

/* The driver's own placeholders for our question marks (none of our texts has one in a string). */
char *contract_sql(struct cw_conn *conn, const char *sql) {
  struct strbuf out = STRBUF_INIT;
  int n = 0;
  for (; *sql; sql++) {
    if (*sql == '?' && (cw_conn_flavor(conn) & CW_SQL_NUMBERED)) strbuf_addf(&out, "$%d", ++n);
    else strbuf_addch(&out, *sql);
  }
  return strbuf_detach(&out, NULL);
}

int contract_try(struct cw_conn *conn, unsigned flags, const char *sql, size_t n,
                 const struct cw_value *values, struct cw_result **out, struct cw_err *err) {
  char *text = n ? contract_sql(conn, sql) : xstrdup(sql);
  int rc = cw_conn_query(conn, text, strlen(text), values, n, flags, out, err);
  free(text);
  return rc;
}

struct cw_result *contract_query(struct cw_conn *conn, unsigned flags, const char *sql, size_t n,
                                 const struct cw_value *values) {
  struct cw_err err = CW_ERR_INIT;
  struct cw_result *result = NULL;
  contract_check(contract_try(conn, flags, sql, n, values, &result, &err), &err, sql);
  return result;
}

int64_t contract_run(struct cw_conn *conn, const char *sql, size_t n,
                     const struct cw_value *values) {
  struct cw_result *result = contract_query(conn, 0, sql, n, values);
  int64_t affected = cw_result_affected(result);
  cw_result_free(result);
  return affected;
}

char *contract_scalar(struct cw_conn *conn, const char *sql) {
  struct cw_err err = CW_ERR_INIT;
  char *out = NULL;
  contract_check(cw_conn_scalar(conn, sql, NULL, 0, &out, &err), &err, sql);
  return out;
}

int64_t contract_int(struct cw_conn *conn, const char *sql) {
  char *text = contract_scalar(conn, sql);
  assert_non_null(text);
  int64_t n = strtoll(text, NULL, 10);
  free(text);
  return n;
}

const struct cw_value *contract_next(struct cw_result *result) {
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value *row = NULL;
  int rc = cw_result_next(result, &row, &err);
  contract_check(rc < 0, &err, "next");
  return rc == 1 ? row : NULL;
}

void contract_fails(struct cw_conn *conn, const char *sql, size_t n, const struct cw_value *values,
                    struct cw_err *err) {
  struct cw_result *result = NULL;
  const struct cw_value *row;
  int rc = contract_try(conn, 0, sql, n, values, &result, err);
  while (rc == 0 && (rc = cw_result_next(result, &row, err)) == 1) rc = 0;
  if (result && rc == 0) print_error("no error from: %s\n", sql);
  cw_result_free(result);
  assert_int_equal(rc, -1);
  assert_non_null(err->message);
}

void assert_value(const struct cw_value *got, const struct cw_value *want) {
  if (got->type != want->type) {
    char *text = cw_value_text(got);
    print_error("got type %d (%s), not %d\n", got->type, text ? text : "NULL", want->type);
    free(text);
  }
  assert_int_equal(got->type, want->type);
  switch (want->type) {
  case CW_NULL:
    break;
  case CW_BOOL:
    assert_int_equal(got->b, want->b);
    break;
  case CW_INT:
    assert_true(got->i == want->i);
    break;
  case CW_FLOAT:
    if (isnan(want->f)) assert_true(isnan(got->f));
    else assert_memory_equal(&got->f, &want->f, sizeof want->f);
    break;
  default:
    if (got->s.len != want->s.len && want->s.len < 200)
      print_error("got \"%.*s\", not \"%.*s\"\n", (int)got->s.len, got->s.p, (int)want->s.len,
                  want->s.p);
    assert_int_equal(got->s.len, want->s.len);
    if (want->s.len) assert_memory_equal(got->s.p, want->s.p, want->s.len);
  }
}

void contract_value(struct cw_conn *conn, const char *sql, size_t n, const struct cw_value *values,
                    struct cw_value want) {
  struct cw_result *result = contract_query(conn, 0, sql, n, values);
  const struct cw_value *row = contract_next(result);
  assert_non_null(row);
  assert_int_equal(cw_result_ncols(result), 1);
  assert_value(&row[0], &want);
  assert_null(contract_next(result));
  cw_result_free(result);
}

struct cw_value contract_numeric(const char *text) {
  struct cw_value value = cw_text(text);
  value.type = CW_NUMERIC;
  return value;
}
