/* The recording connection writes a script that the database's own client runs, the tracing one tells
 * what happens; neither shows what it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#include "db/record/record.h"
#include "db/sql.h"
#include "db/trace/trace.h"
#include "support/fake_driver.h"
#include "util/alloc.h"

enum {
  LITE = CW_SQL_BRACKETS,
  PG = CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED,
  MY = CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS
};

static int literal(void *ctx, const struct cw_value *value, struct strbuf *out, struct cw_err *err) {
  (void)ctx;
  if (value->type == CW_BLOB) return cw_fail(err, CW_ERR_UNSUPPORTED, "no blobs here");
  char *text = cw_value_text(value);
  strbuf_addf(out, value->type == CW_TEXT ? "'%s'" : "%s", text ? text : "NULL");
  free(text);
  return 0;
}

static struct cw_conn *recorder(unsigned flavor, struct strbuf *out) {
  struct cw_record_opts opts = {
      .dialect = "d", .server = "s", .version = "1.2", .flavor = flavor, .out = out,
      .caps = CW_CAP_TXN_DDL | CW_CAP_SESSION_LOCK | CW_CAP_PIPELINE, .literal = literal,
  };
  struct cw_conn *conn;
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_record_open(&conn, &opts, &err), 0);
  return conn;
}

static void records(unsigned flavor, const char *sql, size_t n, const struct cw_value *values,
                    const char *expected) {
  struct strbuf out = STRBUF_INIT;
  struct cw_conn *conn = recorder(flavor, &out);
  struct cw_err err = CW_ERR_INIT;
  struct cw_result *result;
  const struct cw_value *row;
  if (cw_conn_query(conn, sql, strlen(sql), values, n, 0, &result, &err))
    fail_msg("%s: %s", sql, err.message);
  assert_int_equal(cw_result_ncols(result), 0);
  assert_int_equal(cw_result_next(result, &row, &err), 0);
  cw_result_free(result);
  if (strcmp(out.buf, expected) != 0) fail_msg("%s became\n%s\nand not\n%s", sql, out.buf, expected);
  cw_conn_free(conn);
  strbuf_release(&out);
}

static void statements_end_with_a_semicolon(void **state) {
  (void)state;
  records(PG, "CREATE TABLE t (a int)", 0, NULL, "CREATE TABLE t (a int);\n");
  records(PG, "DROP TABLE t;", 0, NULL, "DROP TABLE t;\n");
  records(PG, "DROP TABLE t ; -- gone\n", 0, NULL, "DROP TABLE t;\n");
  records(PG, "DROP TABLE t -- gone", 0, NULL, "DROP TABLE t;\n"); /* else the ; would be gone too */
  records(PG, "-- nothing", 0, NULL, "");
  records(PG, "BEGIN", 0, NULL, "BEGIN;\n");
}

static void values_are_filled_in(void **state) {
  (void)state;
  const struct cw_value values[] = {cw_int(-5), cw_text("x"), cw_null()};
  records(PG, "INSERT INTO t VALUES ($2, $1, $3, $1, '$1')", 3, values,
          "INSERT INTO t VALUES ('x', -5, NULL, -5, '$1');\n");
  records(LITE, "INSERT INTO t VALUES (?, ?, ?, '?') -- ?", 3, values,
          "INSERT INTO t VALUES (-5, 'x', NULL, '?');\n");
  records(MY, "UPDATE t SET a = b -?", 1, values, "UPDATE t SET a = b - -5;\n"); /* "--" is a comment */
  records(PG, "DO $$ ? $1 $$", 0, NULL, "DO $$ ? $1 $$;\n");
}

static void a_batch_is_written_out(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  struct cw_conn *conn = recorder(LITE, &out);
  const struct cw_value values[] = {cw_int(1), cw_int(2)};
  int64_t affected;
  assert_int_equal(cw_conn_batch(conn, "DELETE FROM t WHERE a = ?", 25, values, 1, 2, &affected, NULL), 0);
  assert_string_equal(out.buf, "DELETE FROM t WHERE a = 1;\nDELETE FROM t WHERE a = 2;\n");
  cw_conn_free(conn);
  strbuf_release(&out);
}

static void only_the_mysql_client_needs_delimiters(void **state) {
  (void)state;
  static const char body[] = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; END";
  records(LITE, body, 0, NULL, "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; END;\n");
  records(MY, body, 0, NULL,
          "DELIMITER //\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; END\n//\n"
          "DELIMITER ;\n");
  records(MY, "CREATE PROCEDURE p() BEGIN SELECT '//'; END", 0, NULL,
          "DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT '//'; END\n$$\nDELIMITER ;\n");
  records(MY, "INSERT INTO t VALUES ('a;b') -- c;d", 0, NULL, "INSERT INTO t VALUES ('a;b');\n");
}

/* What was written is cut again into what was given. */
static void a_script_reads_back_as_it_was(void **state) {
  (void)state;
  static const char *const given[] = {
      "CREATE TABLE t (a INT)",
      "CREATE PROCEDURE p() BEGIN SELECT '//', \"$$\"; /* %% */ SELECT 2; END",
      "INSERT INTO t VALUES (';')",
  };
  struct strbuf out = STRBUF_INIT;
  struct cw_conn *conn = recorder(MY, &out);
  struct cw_err err = CW_ERR_INIT;
  for (size_t i = 0; i < 3; i++) assert_int_equal(cw_conn_exec(conn, given[i], &err), 0);
  struct cw_slices slices = {0};
  assert_int_equal(cw_sql_split(out.buf, out.len, MY, &slices, &err), 0);
  assert_int_equal(slices.len, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(slices.items[i].len, strlen(given[i]));
    assert_memory_equal(out.buf + slices.items[i].start, given[i], slices.items[i].len);
  }
  free(slices.items);
  cw_conn_free(conn);
  strbuf_release(&out);
}

static void reading_is_refused(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  struct cw_conn *conn = recorder(PG, &out);
  struct cw_err err = CW_ERR_INIT;
  struct cw_result *result;
  char *text;
  assert_true(cw_conn_caps(conn) & CW_CAP_OFFLINE);
  assert_false(cw_conn_caps(conn) & (CW_CAP_SESSION_LOCK | CW_CAP_PIPELINE));
  assert_int_equal(cw_conn_query(conn, "SELECT\n 1", 9, NULL, 0, 0, &result, &err), -1);
  assert_int_equal(err.code, CW_ERR_OFFLINE);
  assert_non_null(strstr(err.message, "SELECT 1"));
  assert_non_null(strstr(err.hint, "ctx.offline"));
  cw_err_release(&err);
  assert_int_equal(cw_conn_scalar(conn, "SHOW x", NULL, 0, &text, &err), -1);
  assert_int_equal(err.code, CW_ERR_OFFLINE);
  cw_err_release(&err);
  assert_string_equal(out.buf, "");
  assert_int_equal(cw_conn_exec(conn, "SELECT setval('s', 1)", &err), 0); /* for its effect */
  assert_string_equal(out.buf, "SELECT setval('s', 1);\n");
  cw_conn_free(conn);
  strbuf_release(&out);
}

static void what_cannot_be_written_fails_and_writes_nothing(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  struct cw_conn *conn = recorder(LITE, &out);
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value blob = cw_blob("x", 1);
  assert_int_equal(cw_conn_query(conn, "UPDATE t SET a = ?", 18, &blob, 1, 0, NULL, &err), -1);
  assert_int_equal(err.code, CW_ERR_UNSUPPORTED);
  cw_err_release(&err);
  assert_int_equal(cw_conn_query(conn, "UPDATE t SET a = ?, b = ?", 25, &blob, 1, 0, NULL, &err), -1);
  cw_err_release(&err);
  assert_int_equal(cw_conn_exec(conn, "SELECT 'x", &err), -1);
  assert_non_null(strstr(err.message, "line 1"));
  cw_err_release(&err);
  assert_string_equal(out.buf, "");
  cw_conn_free(conn);
  strbuf_release(&out);
}

static void transactions_are_followed(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  struct cw_conn *conn = recorder(LITE, &out);
  static const struct {
    const char *sql;
    bool in_txn;
  } steps[] = {{"SELECT 1", false},      {"BEGIN IMMEDIATE", true},  {"SAVEPOINT a", true},
               {"ROLLBACK TO a", true},  {"COMMIT", false},          {"START TRANSACTION", true},
               {"ROLLBACK", false},      {"CREATE TABLE t (a)", false}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    assert_int_equal(cw_conn_exec(conn, steps[i].sql, NULL), 0);
    assert_int_equal(cw_conn_in_txn(conn), steps[i].in_txn);
  }
  cw_conn_free(conn);
  strbuf_release(&out);
}

static void comments_are_commented_line_by_line(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  struct cw_conn *conn = recorder(LITE, &out);
  cw_record_comment(conn, "upgrade a -> b\n\nDROP TABLE t;");
  assert_string_equal(out.buf, "-- upgrade a -> b\n--\n-- DROP TABLE t;\n");
  assert_string_equal(cw_conn_dialect(conn), "d");
  assert_string_equal(cw_conn_server(conn), "s");
  assert_string_equal(cw_conn_version(conn), "1.2");
  assert_null(cw_conn_url(conn));
  cw_conn_free(conn);
  strbuf_release(&out);
}

/* --- tracing ----------------------------------------------------------------------------------- */

static void a_trace_tells_statements_and_never_values(void **state) {
  (void)state;
  struct fake *fake = fake_new();
  struct cw_url *url;
  struct cw_conn *inner, *conn;
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_url_parse(&url, "postgresql://u:Sw0rdfish99@h/d", NULL, &err), 0);
  assert_int_equal(cw_conn_open_with(&inner, &fake->driver, url, NULL, &err), 0);
  cw_url_free(url);
  char *text;
  size_t len;
  FILE *stream = open_memstream(&text, &len);
  cw_trace_open(&conn, inner, stream);

  struct fake_reply *rows = fake_on(fake, "SELECT*", FAKE_ALWAYS);
  fake_columns(rows, "a");
  fake_row(rows, 1, cw_int(41));
  fake_affected(fake_on(fake, "UPDATE*", FAKE_ALWAYS), 3);
  fake_error(fake_on(fake, "BAD*", 1), CW_ERR_STATEMENT, "42601", "bad Sw0rdfish99");
  fake_loses(fake_on(fake, "LOSE", 1), false);
  const struct cw_value values[] = {cw_text("value-one"), cw_text("value-two")};
  char *scalar;
  int64_t affected;
  bool got;
  assert_int_equal(cw_conn_scalar(conn, "SELECT\n  a FROM t", NULL, 0, &scalar, &err), 0);
  assert_string_equal(scalar, "41");
  free(scalar);
  assert_int_equal(cw_conn_batch(conn, "UPDATE t SET a = $1", 19, values, 1, 2, &affected, &err), 0);
  assert_int_equal(affected, 6);
  assert_int_equal(cw_conn_exec(conn, "BEGIN", &err), 0);
  assert_true(cw_conn_in_txn(conn));
  assert_int_equal(cw_conn_exec(conn, "BAD 'Sw0rdfish99'", &err), -1);
  assert_string_equal(err.sqlstate, "42601");
  assert_string_equal(err.message, "bad ***");
  cw_err_release(&err);
  assert_int_equal(cw_conn_lock(conn, "k", 0, &got, &err), 0);
  assert_true(got);
  assert_int_equal(cw_conn_unlock(conn, "k", &err), 0);
  cw_conn_cancel(conn);
  assert_int_equal(fake->cancelled, 1);
  assert_int_equal(cw_conn_exec(conn, "LOSE", &err), -1);
  assert_true(cw_conn_lost(conn));
  cw_err_release(&err);
  cw_conn_free(conn);
  fclose(stream);

  static const char *const lines[] = {
      " ms  SELECT a FROM t\n",
      " ms  UPDATE t SET a = $1  (2 parameter sets)  -> 6 rows\n",
      " ms  BEGIN\n",
      " ms  BAD '***'  -> failed: bad ***\n",
      " ms  session lock k  -> had\n",
      " ms  session unlock k\n",
      " ms  LOSE  -> failed: the fake connection broke\n",
  };
  const char *at = text;
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    assert_memory_equal(at, "[db] ", 5);
    const char *newline = strchr(at, '\n'), *line = strstr(at, lines[i]);
    if (!line || line > newline) fail_msg("%s is not the next line of\n%s", lines[i], at);
    at = newline + 1;
  }
  assert_string_equal(at, "");
  assert_null(strstr(text, "value-"));
  free(text);
  fake_free(fake);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statements_end_with_a_semicolon),
      cmocka_unit_test(values_are_filled_in),
      cmocka_unit_test(a_batch_is_written_out),
      cmocka_unit_test(only_the_mysql_client_needs_delimiters),
      cmocka_unit_test(a_script_reads_back_as_it_was),
      cmocka_unit_test(reading_is_refused),
      cmocka_unit_test(what_cannot_be_written_fails_and_writes_nothing),
      cmocka_unit_test(transactions_are_followed),
      cmocka_unit_test(comments_are_commented_line_by_line),
      cmocka_unit_test(a_trace_tells_statements_and_never_values),
  };
  return cmocka_run_group_tests_name("db/record", tests, NULL, NULL);
}
