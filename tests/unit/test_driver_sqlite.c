/* The SQLite driver: the common promises, and what only SQLite has: values by storage class, results
 * that outlive what they were read from, statements that are used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <unistd.h>

#include "db/db.h"
#include "support/driver_contract.h"
#include "util/alloc.h"
#include "util/strbuf.h"

static int set_up(void **state) {
  *state = contract_open("sqlite://");
  return 0;
}

static int tear_down(void **state) {
  cw_conn_free(*state);
  return 0;
}

static struct cw_value exact(const char *text) {
  struct cw_value value = cw_text(text);
  value.type = CW_NUMERIC;
  return value;
}

static void reads(struct cw_conn *conn, const char *sql, struct cw_value want) {
  contract_value(conn, sql, 0, NULL, want);
}

static void gives_back(struct cw_conn *conn, struct cw_value value, struct cw_value want) {
  contract_value(conn, "SELECT ?", 1, &value, want);
}

/* --- values ------------------------------------------------------------------------------------ */

static void values_keep_their_storage_class(void **state) {
  struct cw_conn *conn = *state;
  static const int64_t integers[] = {0, -1, 1LL << 53, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < 5; i++) gives_back(conn, cw_int(integers[i]), cw_int(integers[i]));
  static const double floats[] = {0.1, -0.0, 1e300, DBL_MAX, DBL_MIN, 5e-324, INFINITY, -INFINITY, 3.0};
  for (size_t i = 0; i < 9; i++) gives_back(conn, cw_float(floats[i]), cw_float(floats[i]));
  gives_back(conn, cw_text("na\xC3\xAFve \xF0\x9F\x98\x80"), cw_text("na\xC3\xAFve \xF0\x9F\x98\x80"));
  gives_back(conn, cw_text(""), cw_text(""));
  gives_back(conn, cw_textn("a\0b", 3), cw_textn("a\0b", 3));
  gives_back(conn, cw_blob("\0\xFF", 2), cw_blob("\0\xFF", 2));
  gives_back(conn, cw_blob("", 0), cw_blob("", 0));
  gives_back(conn, cw_null(), cw_null());
  gives_back(conn, cw_bool(true), cw_int(1)); /* an expression has no declared type */
}

static void nan_becomes_null(void **state) {
  gives_back(*state, cw_float(NAN), cw_null());
}

static void text_that_is_no_utf8_becomes_a_blob(void **state) {
  gives_back(*state, cw_textn("\xFF\xFE", 2), cw_blob("\xFF\xFE", 2));
}

static void booleans_are_known_by_the_declared_type(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE t (a BOOLEAN, b bool, c BOOLEANISH, d INTEGER)");
  contract_exec(conn, "INSERT INTO t VALUES (1, 0, 1, 1)");
  reads(conn, "SELECT a FROM t", cw_bool(true));
  reads(conn, "SELECT b AS x FROM t", cw_bool(false));
  reads(conn, "SELECT c FROM t", cw_int(1));
  reads(conn, "SELECT d FROM t", cw_int(1));
  reads(conn, "SELECT NOT a FROM t", cw_int(0));
  contract_exec(conn, "UPDATE t SET a = 2, b = NULL");
  reads(conn, "SELECT a FROM t", cw_int(2)); /* not lost */
  reads(conn, "SELECT b FROM t", cw_null());
}

static void numerics_lose_no_digit(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE t (id INTEGER PRIMARY KEY, n NUMERIC(10, 2), d decimal, "
                      "x NUMERIC TEXT(38, 10), r REAL)");
  contract_exec(conn, "INSERT INTO t (n, d, x, r) VALUES (12.5, 9223372036854775807, "
                      "'1234567890123456789012345678.0123456789', 2)");
  contract_exec(conn, "INSERT INTO t (n, d, x, r) VALUES (3, 0.1, 'not a number', 0.5)");
  contract_exec(conn, "INSERT INTO t (n, d, x) VALUES (1e400, 1e17, '-.5e+10')");
  reads(conn, "SELECT n FROM t WHERE id = 1", exact("12.50"));
  reads(conn, "SELECT d FROM t WHERE id = 1", exact("9223372036854775807"));
  reads(conn, "SELECT x FROM t WHERE id = 1", exact("1234567890123456789012345678.0123456789"));
  reads(conn, "SELECT r FROM t WHERE id = 1", cw_float(2.0));
  reads(conn, "SELECT n FROM t WHERE id = 2", exact("3.00"));
  reads(conn, "SELECT d FROM t WHERE id = 2", exact("0.1"));
  reads(conn, "SELECT x FROM t WHERE id = 2", cw_text("not a number"));
  reads(conn, "SELECT n FROM t WHERE id = 3", cw_float(INFINITY));
  reads(conn, "SELECT x FROM t WHERE id = 3", exact("-.5e+10"));
  const struct cw_value value = exact("0.30");
  assert_int_equal(contract_run(conn, "UPDATE t SET x = ?", 1, &value), 3);
  reads(conn, "SELECT x FROM t WHERE id = 1", exact("0.30"));
}

static void numerics_have_the_digits_of_their_scale(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE t (a NUMERIC(10, 2), b DECIMAL(5,5), c NUMERIC(12, 0), d NUMERIC)");
  static const struct {
    const char *sql, *want;
  } cases[] = {
      {"a = 0.1", "0.10"},   {"a = -12345678.9", "-12345678.90"}, {"a = 99999999.99", "99999999.99"},
      {"a = -5", "-5.00"},   {"a = -0.05", "-0.05"},  {"a = 0.125", "0.125"}, /* more than it promises */
      {"a = 1e20", "1e+20"}, {"b = -0.00001", "-0.00001"},        {"c = 7", "7"},
      {"c = 0.5", "0.5"},    {"d = 1.50", "1.5"},
  };
  contract_exec(conn, "INSERT INTO t (a) VALUES (NULL)");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char update[80], select[40];
    snprintf(update, sizeof update, "UPDATE t SET %s", cases[i].sql);
    snprintf(select, sizeof select, "SELECT %c FROM t", cases[i].sql[0]);
    contract_exec(conn, "%s", update);
    reads(conn, select, exact(cases[i].want));
  }
}

static void assert_class(struct cw_conn *conn, const char *sql, const char *want) {
  char *got = contract_scalar(conn, sql);
  if (!got || strcmp(got, want) != 0) fail_msg("%s gives %s, not %s", sql, got, want);
  free(got);
}

static void text_for_a_blob_column_is_stored_as_bytes(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value two[] = {cw_text("x"), cw_text("y")}, four[] = {two[0], two[1], two[0], two[1]};
  contract_exec(conn, "CREATE TABLE t (s TEXT, \"my \"\"b\" BLOB, c VARBINARY(3))");
  contract_exec(conn, "CREATE TABLE strict_t (b BLOB) STRICT");
  static const struct {
    const char *sql;
    size_t n;
  } ways[] = {
      {"INSERT INTO t (s, \"my \"\"b\") VALUES (?, ?)", 2},
      {"INSERT INTO main.t AS u (\"my \"\"b\", s) VALUES (?, lower(?))", 2},
      {"INSERT OR REPLACE INTO t VALUES (?, ?, NULL)", 2},
      {"REPLACE INTO t (s, [my \"b]) VALUES (?, ?), (?, ?)", 4},
      {"WITH q AS (SELECT 1) INSERT INTO t (s, \"my \"\"b\") VALUES (?, ?)", 2},
      {"INSERT INTO t (s) VALUES ('x'); ", 0},
      {"UPDATE t SET s = ?, \"my \"\"b\" = ?", 2},
      {"UPDATE OR IGNORE t SET s = ?, c = NULL, \"my \"\"b\" = ?", 2},
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    if (!strstr(ways[i].sql, "UPDATE")) contract_exec(conn, "DELETE FROM t");
    contract_run(conn, ways[i].sql, ways[i].n, four);
    if (!ways[i].n) continue;
    assert_class(conn, "SELECT typeof(\"my \"\"b\") FROM t", "blob");
    assert_class(conn, "SELECT typeof(s) FROM t", "text");
  }
  assert_int_equal(contract_run(conn, "INSERT INTO strict_t VALUES (?)", 1, two), 1);
  contract_value(conn, "SELECT COUNT(*) FROM strict_t WHERE b = ?", 1, two, cw_int(1));
  contract_value(conn, "SELECT COUNT(*) FROM strict_t WHERE b IN (?, ?)", 2, two, cw_int(1));
  contract_value(conn, "SELECT COUNT(*) FROM strict_t AS z WHERE z.b NOT IN (?)", 1, two, cw_int(0));
  contract_value(conn, "SELECT COUNT(*) FROM t JOIN strict_t WHERE s = ? AND b <> ?", 2, two, cw_int(1));
  contract_value(conn, "SELECT ? FROM strict_t", 1, two, cw_text("x"));
}

static void a_megabyte_comes_back_whole(void **state) {
  struct cw_conn *conn = *state;
  size_t len = 1 << 20;
  char *bytes = xmalloc(len);
  for (size_t i = 0; i < len; i++) bytes[i] = (char)(i * 31 >> 4);
  gives_back(conn, cw_blob(bytes, len), cw_blob(bytes, len));
  free(bytes);
}

/* --- results ----------------------------------------------------------------------------------- */

static int64_t next_int(struct cw_result *result) {
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value *row;
  int got = cw_result_next(result, &row, &err);
  if (got < 0) fail_msg("%s", err.message);
  return got ? row[0].i : -1;
}

static void a_buffered_result_outlives_its_table(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE t (a INTEGER, s TEXT)");
  contract_exec(conn, "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')");
  struct cw_result *result = contract_query(conn, 0, "SELECT a, s FROM t ORDER BY a", 0, NULL);
  contract_exec(conn, "DROP TABLE t");
  for (int i = 1; i <= 3; i++) assert_int_equal(next_int(result), i);
  assert_int_equal(next_int(result), -1);
  assert_int_equal(next_int(result), -1);
  assert_string_equal(cw_result_name(result, 1), "s");
  assert_null(cw_result_name(result, 2));
  cw_result_free(result);
}

static void streams_nest_and_writes_run_beside_them(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE t (a INTEGER PRIMARY KEY)");
  contract_exec(conn, "CREATE TABLE u (a INTEGER)");
  contract_exec(conn, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
                      "INSERT INTO t SELECT i FROM n");
  static const char sql[] = "SELECT a FROM t WHERE a > ? ORDER BY a";
  const struct cw_value from = cw_int(0);
  struct cw_result *outer = contract_query(conn, CW_QUERY_STREAM, sql, 1, &from);
  int64_t a, sum = 0;
  while ((a = next_int(outer)) > 0) {
    const struct cw_value above = cw_int(a);
    struct cw_result *inner = contract_query(conn, CW_QUERY_STREAM, sql, 1, &above);
    sum += next_int(inner) - a; /* closed early */
    cw_result_free(inner);
    assert_int_equal(contract_run(conn, "INSERT INTO u VALUES (?)", 1, &above), 1);
  }
  cw_result_free(outer);
  assert_int_equal(sum, 99 - 101);
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM u"), 100);
}

static void a_write_that_returns_rows_is_done_when_it_returns(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE t (a INTEGER)");
  struct cw_result *result =
      contract_query(conn, CW_QUERY_STREAM, "INSERT INTO t VALUES (1), (2), (3) RETURNING a", 0, NULL);
  assert_int_equal(cw_result_affected(result), 3);
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM t"), 3);
  assert_int_equal(next_int(result), 1);
  cw_result_free(result);
}

static void only_dml_affects_rows(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE t (a INTEGER)");
  assert_int_equal(contract_run(conn, "INSERT INTO t VALUES (1), (2)", 0, NULL), 2);
  assert_int_equal(contract_run(conn, "CREATE TABLE u AS SELECT * FROM t", 0, NULL), 0);
  assert_int_equal(contract_run(conn, "SELECT * FROM t", 0, NULL), 0);
  assert_int_equal(contract_run(conn, "PRAGMA user_version = 3", 0, NULL), 0);
  assert_int_equal(contract_run(conn, "UPDATE t SET a = a", 0, NULL), 2);
  assert_int_equal(contract_run(conn, "WITH x AS (SELECT 1) DELETE FROM t", 0, NULL), 2);
  assert_int_equal(contract_run(conn, "DELETE FROM t", 0, NULL), 0);
  assert_int_equal(contract_run(conn, "-- nothing", 0, NULL), 0);
}

static bool inserted(struct cw_conn *conn, const char *sql, int64_t *id) {
  struct cw_result *result = contract_query(conn, 0, sql, 0, NULL);
  *id = -1;
  bool has = cw_result_insert_id(result, id);
  cw_result_free(result);
  return has;
}

static void only_a_new_row_has_a_key(void **state) {
  struct cw_conn *conn = *state;
  int64_t id;
  contract_exec(conn, "CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE)");
  contract_exec(conn, "CREATE TABLE w (a TEXT PRIMARY KEY) WITHOUT ROWID");
  assert_true(inserted(conn, "INSERT INTO t VALUES (7, 'x')", &id));
  assert_int_equal(id, 7);
  assert_false(inserted(conn, "INSERT INTO w VALUES ('x')", &id));
  assert_false(inserted(conn, "INSERT OR IGNORE INTO t VALUES (8, 'x')", &id));
  assert_false(inserted(conn, "INSERT INTO t(b) VALUES ('x') ON CONFLICT (b) DO UPDATE SET b = 'y'", &id));
  assert_false(inserted(conn, "UPDATE t SET b = 'z'", &id));
  assert_false(inserted(conn, "SELECT 1", &id));
  assert_true(inserted(conn, "REPLACE INTO t(b) VALUES ('z')", &id));
  assert_int_equal(id, 8);
}

/* --- statements -------------------------------------------------------------------------------- */

static void used_statements_see_a_changed_schema(void **state) {
  struct cw_conn *conn = *state;
  static const char all[] = "SELECT * FROM t";
  contract_exec(conn, "CREATE TABLE t (a INTEGER)");
  contract_exec(conn, "INSERT INTO t VALUES (1)");
  reads(conn, all, cw_int(1));
  contract_exec(conn, "ALTER TABLE t ADD b BOOLEAN DEFAULT 1");
  struct cw_result *result = contract_query(conn, 0, all, 0, NULL);
  const struct cw_value *row;
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_result_ncols(result), 2);
  assert_string_equal(cw_result_name(result, 1), "b");
  assert_int_equal(cw_result_next(result, &row, &err), 1);
  assert_int_equal(row[1].type, CW_BOOL);
  cw_result_free(result);
  contract_exec(conn, "DROP TABLE t");
  contract_fails(conn, all, 0, NULL, &err);
  assert_string_equal(err.sqlstate, "42P01");
  cw_err_release(&err);
  contract_exec(conn, "CREATE TABLE t (a BOOLEAN)");
  contract_exec(conn, "INSERT INTO t VALUES (0)");
  reads(conn, all, cw_bool(false));
}

/* More texts than the cache holds, in an order that throws all of them out again and again. */
static void many_statements_take_turns(void **state) {
  struct cw_conn *conn = *state;
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 100; i++) {
      char sql[40];
      snprintf(sql, sizeof sql, "SELECT %d + ?", i);
      const struct cw_value one = cw_int(1);
      contract_value(conn, sql, 1, &one, cw_int(i + 1));
    }
  }
}

static void values_of_the_last_use_are_forgotten(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value one = cw_int(1);
  contract_value(conn, "SELECT ?", 1, &one, one);
  struct cw_err err = CW_ERR_INIT;
  contract_fails(conn, "SELECT ?", 0, NULL, &err);
  assert_non_null(strstr(err.message, "1 placeholder"));
  cw_err_release(&err);
}

static void comments_and_white_space_may_follow(void **state) {
  struct cw_conn *conn = *state;
  reads(conn, "SELECT 1; -- done", cw_int(1));
  reads(conn, "SELECT 2 /* a */ ; /* b */ \n;; ", cw_int(2));
  contract_exec(conn, " ");
  contract_exec(conn, "-- only a comment");
  contract_exec(conn, ";");
}

static void a_second_statement_is_refused(void **state) {
  struct cw_err err = CW_ERR_INIT;
  contract_fails(*state, "SELECT 1; SELECT 2", 0, NULL, &err);
  assert_int_equal(err.code, CW_ERR_INTERNAL);
  cw_err_release(&err);
}

static void a_nul_byte_in_sql_is_refused(void **state) {
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_conn_query(*state, "SELECT 1\0, 2", 12, NULL, 0, 0, NULL, &err), -1);
  assert_int_equal(err.code, CW_ERR_STATEMENT);
  assert_non_null(strstr(err.message, "NUL byte, its byte number 9"));
  cw_err_release(&err);
}

/* --- errors ------------------------------------------------------------------------------------ */

static void failures_have_the_usual_sqlstate(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE p (a INTEGER PRIMARY KEY, u UNIQUE, n NOT NULL DEFAULT 0, "
                      "c CHECK (c > 0), r REFERENCES p(a))");
  contract_exec(conn, "CREATE TABLE s (a INTEGER) STRICT");
  contract_exec(conn, "CREATE TRIGGER no_delete BEFORE DELETE ON p BEGIN SELECT RAISE(ABORT, 'stays'); END");
  contract_exec(conn, "INSERT INTO p (a, u) VALUES (1, 1)");
  static const struct {
    const char *sql, *sqlstate, *message;
  } cases[] = {
      {"INSERT INTO p (a) VALUES (1)", "23505", "UNIQUE constraint failed: p.a"},
      {"INSERT INTO p (u) VALUES (1)", "23505", "p.u"},
      {"INSERT INTO p (n) VALUES (NULL)", "23502", "p.n"},
      {"INSERT INTO p (c) VALUES (0)", "23514", "CHECK"},
      {"INSERT INTO p (r) VALUES (99)", "23503", "FOREIGN KEY"},
      {"DELETE FROM p", "P0001", "stays"},
      {"INSERT INTO s VALUES ('x')", "42804", "cannot store TEXT"},
      {"SELECT * FROM missing", "42P01", "no such table: missing"},
      {"SELECT missing FROM p", "42703", "missing"},
      {"INSERT INTO p (zzz) VALUES (1)", "42703", "zzz"},
      {"CREATE TABLE p (a)", "42P07", "already exists"},
      {"CREATE INDEX p ON p (a)", "42P07", "already"},
      {"ALTER TABLE p ADD a INTEGER", "42701", "duplicate column"},
      {"DROP INDEX missing", "42704", "no such index"},
      {"SELECT missing(1)", "42883", "no such function"},
      {"SELEC 1", "42601", "syntax error"},
      {"SELECT (", "42601", "incomplete input"},
      {"ROLLBACK TO nowhere", "3B001", "no such savepoint"},
      {"COMMIT", "25P01", "no transaction"},
      {"SELECT abs(-9223372036854775807 - 1)", "22003", "overflow"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cw_err err = CW_ERR_INIT;
    contract_fails(conn, cases[i].sql, 0, NULL, &err);
    assert_int_equal(err.code, CW_ERR_STATEMENT);
    if (strcmp(err.sqlstate, cases[i].sqlstate) != 0 || !strstr(err.message, cases[i].message))
      fail_msg("%s: %s %s", cases[i].sql, err.sqlstate, err.message);
    assert_int_not_equal(err.native, 0);
    assert_string_equal(err.statement, cases[i].sql);
    assert_string_equal(err.database, "sqlite://");
    cw_err_release(&err);
  }
}

static void a_mistake_in_sql_is_told_with_its_place(void **state) {
  struct cw_err err = CW_ERR_INIT;
  contract_fails(*state, "SELECT 1,\n  2 FRM t", 0, NULL, &err);
  if (err.detail) assert_string_equal(err.detail, "line 2, column 9 of the statement");
  cw_err_release(&err);
}

static void a_placeholder_without_a_value_is_no_null(void **state) {
  struct cw_err err = CW_ERR_INIT;
  contract_fails(*state, "SELECT :name", 0, NULL, &err);
  assert_non_null(strstr(err.message, "1 placeholder (:name) and 0 values are given"));
  cw_err_release(&err);
}

/* --- batches ----------------------------------------------------------------------------------- */

static void a_batch_sums_what_it_changed(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  int64_t affected = -1;
  contract_exec(conn, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
  struct cw_value sets[1000];
  for (int i = 0; i < 500; i++) {
    sets[2 * i] = cw_int(i % 499); /* the last one is there already */
    sets[2 * i + 1] = i % 2 ? cw_text("odd") : cw_null();
  }
  static const char sql[] = "INSERT INTO t VALUES (?, ?)";
  assert_int_equal(cw_conn_batch(conn, sql, sizeof sql - 1, sets, 2, 499, &affected, &err), 0);
  assert_int_equal(affected, 499);
  assert_int_equal(contract_int(conn, "SELECT COUNT(b) FROM t"), 249);
  contract_exec(conn, "DELETE FROM t");
  assert_int_equal(cw_conn_batch(conn, sql, sizeof sql - 1, sets, 2, 500, &affected, &err), -1);
  assert_string_equal(err.sqlstate, "23505");
  assert_non_null(strstr(err.message, "parameter set 500 of 500"));
  assert_string_equal(err.statement, sql);
  cw_err_release(&err);
  assert_int_equal(affected, 0);
  assert_false(cw_conn_in_txn(conn));
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM t"), 0); /* all sets or none */
  contract_exec(conn, "BEGIN");
  assert_int_equal(cw_conn_batch(conn, sql, sizeof sql - 1, sets, 2, 500, &affected, &err), -1);
  cw_err_release(&err);
  assert_true(cw_conn_in_txn(conn)); /* in a transaction the caller decides */
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM t"), 499);
  contract_exec(conn, "ROLLBACK");
  assert_int_equal(cw_conn_batch(conn, sql, sizeof sql - 1, NULL, 2, 0, &affected, &err), 0);
  assert_int_equal(affected, 0);
}

/* --- rows beside an UPDATE ---------------------------------------------------------------------- */

static int update_given(struct cw_conn *conn, const char *sql, const struct cw_value *values,
                        size_t nrows, int64_t *affected, struct cw_err *err) {
  static const char one[] = "UPDATE t SET s = ?, x = ? WHERE id = ?";
  struct cw_given given = {one, sizeof one - 1, values, 3, nrows};
  return cw_conn_query_given(conn, sql, strlen(sql), NULL, 0, &given, affected, err);
}

static void an_update_asks_for_the_values_of_its_rows(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  int64_t affected = -1;
  contract_exec(conn, "CREATE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR(9), x BLOB)");
  contract_exec(conn, "INSERT INTO t VALUES (-9223372036854775808, 'a', 1), (2, 'b', 2), (5, 'c', 3), "
                      "(9223372036854775807, 'd', 4)");
  const struct cw_value values[] = {
      cw_text("first"), cw_text("bytes"), cw_int(INT64_MIN), /* */
      cw_null(),        cw_float(0.5),    cw_int(2),         /* */
      cw_text("none"),  cw_int(7),        cw_int(4),         /* there is no such row */
      cw_text(""),      cw_null(),        cw_int(INT64_MAX),
  };
  static const char *const sql[] = {
      "UPDATE t SET s = curlew_given(1, id), x = curlew_given(2, id) WHERE curlew_is_given(id)",
      /* the rows backwards, and found before the first is changed */
      "UPDATE t SET s = curlew_given(1, id), x = curlew_given(2, id) WHERE id IN "
      "(SELECT id FROM t WHERE curlew_is_given(id) ORDER BY id DESC)"};
  for (size_t i = 0; i < 2; i++) {
    contract_exec(conn, "UPDATE t SET s = 'c', x = 3");
    assert_int_equal(update_given(conn, sql[i], values, 4, &affected, &err), 0);
    assert_int_equal(affected, 3);
    reads(conn, "SELECT s FROM t WHERE id < 0", cw_text("first"));
    reads(conn, "SELECT x FROM t WHERE id < 0", cw_blob("bytes", 5));
    reads(conn, "SELECT s FROM t WHERE id = 2", cw_null());
    reads(conn, "SELECT x FROM t WHERE id = 2", cw_float(0.5));
    reads(conn, "SELECT s || x FROM t WHERE id = 5", cw_text("c3"));
    reads(conn, "SELECT s FROM t WHERE id > 5", cw_text(""));
    reads(conn, "SELECT x FROM t WHERE id > 5", cw_null());
  }
  reads(conn, "SELECT curlew_is_given(2)", cw_int(0)); /* they belong to one statement */
  reads(conn, "SELECT curlew_given(1, 2)", cw_null());
}

static void an_update_that_asks_tells_the_row_that_failed(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  int64_t affected = -1;
  contract_exec(conn, "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT NOT NULL, x REFERENCES t (id))");
  contract_exec(conn, "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', NULL)");
  struct cw_value values[] = {cw_text("x"), cw_null(), cw_int(1), cw_null(), cw_null(),
                              cw_int(2),    cw_text("z"), cw_int(9), cw_int(3)};
  static const char sql[] =
      "UPDATE t SET s = curlew_given(1, id), x = curlew_given(2, id) WHERE curlew_is_given(id)";
  assert_int_equal(update_given(conn, sql, values, 3, &affected, &err), -1);
  assert_string_equal(err.sqlstate, "23502");
  assert_non_null(strstr(err.message, "the row with the key 2: "));
  cw_err_release(&err);
  reads(conn, "SELECT s FROM t WHERE id = 1", cw_text("a"));
  values[3] = cw_text("y");
  assert_int_equal(update_given(conn, sql, values, 3, &affected, &err), -1);
  assert_string_equal(err.sqlstate, "23503");
  assert_null(strstr(err.message, "the row with")); /* seen at the end only */
  cw_err_release(&err);
}

int main(void) {
  char folder[] = "/tmp/curlew-sqlite-XXXXXX";
  if (!mkdtemp(folder)) return 1;
  char *file = xasprintf("%s/contract.db", folder), *url = xasprintf("sqlite:///%s", file);
  const struct driver_contract contract = {
      .name = "sqlite keeps the promises of a driver",
      .url = url,
      .typed_columns = "b BOOLEAN, i BIGINT, f DOUBLE, n NUMERIC TEXT(38,10), x BLOB, s TEXT",
      .key = "id INTEGER PRIMARY KEY",
  };
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      T(values_keep_their_storage_class),
      T(nan_becomes_null),
      T(text_that_is_no_utf8_becomes_a_blob),
      T(booleans_are_known_by_the_declared_type),
      T(numerics_have_the_digits_of_their_scale),
      T(numerics_lose_no_digit),
      T(text_for_a_blob_column_is_stored_as_bytes),
      T(a_megabyte_comes_back_whole),
      T(a_buffered_result_outlives_its_table),
      T(streams_nest_and_writes_run_beside_them),
      T(a_write_that_returns_rows_is_done_when_it_returns),
      T(only_dml_affects_rows),
      T(only_a_new_row_has_a_key),
      T(used_statements_see_a_changed_schema),
      T(many_statements_take_turns),
      T(values_of_the_last_use_are_forgotten),
      T(comments_and_white_space_may_follow),
      T(a_second_statement_is_refused),
      T(a_nul_byte_in_sql_is_refused),
      T(failures_have_the_usual_sqlstate),
      T(a_mistake_in_sql_is_told_with_its_place),
      T(a_placeholder_without_a_value_is_no_null),
      T(a_batch_sums_what_it_changed),
      T(an_update_asks_for_the_values_of_its_rows),
      T(an_update_that_asks_tells_the_row_that_failed),
  };
#undef T
  int failed = driver_contract_run(&contract);
  failed += cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
  unlink(file);
  rmdir(folder);
  free(url);
  free(file);
  return failed != 0;
}
