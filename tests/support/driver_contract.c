/* One suite of promises for every driver; see driver_contract.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <float.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/sql.h"
#include "support/driver_contract.h"
#include "util/alloc.h"
#include "util/clock.h"

/* --- the fixture ------------------------------------------------------------------------------ */

struct fixture {
  const struct driver_contract *d;
  struct cw_conn *conn;
};

static int set_up(void **state) {
  struct fixture *f = xcalloc(1, sizeof *f);
  f->d = *state;
  f->conn = contract_open(f->d->url);
  contract_exec(f->conn, "DROP TABLE IF EXISTS contract_t");
  contract_exec(f->conn, "DROP TABLE IF EXISTS contract_n");
  contract_exec(f->conn, "CREATE TABLE contract_t (%s, %s)", f->d->key, f->d->typed_columns);
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *f = *state;
  cw_conn_free(f->conn);
  *state = (void *)f->d;
  free(f);
  return 0;
}

#define COLUMNS "b, i, f, n, x, s"

static void insert(struct cw_conn *conn, const struct cw_value *row) {
  assert_int_equal(
      contract_run(conn, "INSERT INTO contract_t (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)", 6, row),
      1);
}

/* contract_n (n, v): n = 1 .. rows, v a text of 40 bytes. */
static void numbers(struct cw_conn *conn, int rows) {
  contract_exec(conn, "CREATE TABLE contract_n (n BIGINT NOT NULL, v VARCHAR(60))");
  contract_exec(conn, "INSERT INTO contract_n VALUES (1, "
                      "'0123456789012345678901234567890123456789')");
  for (int have = 1; have < rows; have *= 2)
    contract_exec(conn,
                  "INSERT INTO contract_n SELECT n + %d, v FROM contract_n WHERE n + %d <= %d",
                  have, have, rows);
}

/* --- values ----------------------------------------------------------------------------------- */

static void values_come_back_with_their_types(void **state) {
  struct fixture *f = *state;
  char bytes[256];
  for (int i = 0; i < 256; i++) bytes[i] = (char)i;
  const struct cw_value row[] = {cw_bool(true), cw_int(-42), cw_float(0.1),
                                 contract_numeric("1234567890123456789012345678.0123456789"),
                                 cw_blob(bytes, 256), cw_text("na\xc3\xafve \xf0\x9f\x90\xa6")};
  insert(f->conn, row);
  for (size_t with_parameter = 0; with_parameter < 2; with_parameter++) {
    struct cw_result *result = contract_query(
        f->conn, 0,
        with_parameter ? "SELECT " COLUMNS " FROM contract_t WHERE i = ?"
                       : "SELECT " COLUMNS " FROM contract_t WHERE i = -42",
        with_parameter, &row[1]);
    assert_int_equal(cw_result_ncols(result), 6);
    assert_string_equal(cw_result_name(result, 0), "b");
    assert_string_equal(cw_result_name(result, 5), "s");
    const struct cw_value *got = contract_next(result);
    assert_non_null(got);
    for (size_t i = 0; i < 6; i++) assert_value(&got[i], &row[i]);
    assert_null(contract_next(result));
    assert_int_equal(cw_result_affected(result), 0);
    cw_result_free(result);
  }
}

static void null_comes_back_as_null_in_every_type(void **state) {
  struct fixture *f = *state;
  const struct cw_value row[6] = {{0}};
  insert(f->conn, row);
  struct cw_result *result =
      contract_query(f->conn, 0, "SELECT " COLUMNS " FROM contract_t", 0, NULL);
  const struct cw_value *got = contract_next(result);
  for (size_t i = 0; i < 6; i++) assert_int_equal(got[i].type, CW_NULL);
  cw_result_free(result);
  const struct cw_value none = cw_null();
  contract_value(f->conn, "SELECT i FROM contract_t WHERE COALESCE(i, ?) IS NULL", 1, &none, none);
  contract_value(f->conn, "SELECT COUNT(*) FROM contract_t WHERE ? IS NULL", 1, &none, cw_int(1));
}

static void round_trip(struct cw_conn *conn, const char *column, struct cw_value value) {
  char sql[120];
  contract_exec(conn, "DELETE FROM contract_t");
  snprintf(sql, sizeof sql, "INSERT INTO contract_t (%s) VALUES (?)", column);
  assert_int_equal(contract_run(conn, sql, 1, &value), 1);
  snprintf(sql, sizeof sql, "SELECT %s FROM contract_t", column);
  contract_value(conn, sql, 0, NULL, value);
  const struct cw_value all = cw_int(0);
  snprintf(sql, sizeof sql, "SELECT %s FROM contract_t WHERE id > ?", column);
  contract_value(conn, sql, 1, &all, value);
}

static void the_ends_of_every_type_are_exact(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  static const int64_t integers[] = {0, 1, -1, 2147483648, INT64_MAX, INT64_MIN};
  static const double floats[] = {0.1, 1.0 / 3, -2.5, 1e300, DBL_MAX, DBL_MIN, 123456789.125};
  static const char *const texts[] = {"",    " ", "'\"\\%_:?$1", "\xe2\x82\xac", "a\nb\r\n\tc",
                                      "NULL"};
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
    round_trip(conn, "i", cw_int(integers[i]));
  for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
    round_trip(conn, "f", cw_float(floats[i]));
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    round_trip(conn, "s", cw_text(texts[i]));
  round_trip(conn, "b", cw_bool(false));
  round_trip(conn, "b", cw_bool(true));
  round_trip(conn, "n", contract_numeric("-9999999999999999999999999999.9999999999"));
  round_trip(conn, "x", cw_blob("", 0));
  round_trip(conn, "x", cw_blob("\0\\x41\0", 6));
}

static void megabytes_come_back_whole(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  size_t len = 5 * 1000 * 1000 + 7;
  char *big = xmalloc(len);
  for (size_t i = 0; i < len; i++) big[i] = (char)('a' + i % 26);
  round_trip(conn, "s", cw_textn(big, len));
  for (size_t i = 0; i < len; i++) big[i] = (char)(i * 7 >> 3);
  round_trip(conn, "x", cw_blob(big, len));
  free(big);
}

/* A script's strings are text whatever they hold; the target decides. */
static void text_goes_into_a_binary_column_as_its_bytes(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  static const char *const texts[] = {"\\x41", "plain", "\xff\xfe not utf-8"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const struct cw_value value = cw_text(texts[i]);
    contract_exec(conn, "DELETE FROM contract_t");
    contract_run(conn, "INSERT INTO contract_t (x) VALUES (?)", 1, &value);
    contract_value(conn, "SELECT x FROM contract_t", 0, NULL, cw_blob(value.s.p, value.s.len));
    contract_value(conn, "SELECT COUNT(*) FROM contract_t WHERE x = ?", 1, &value, cw_int(1));
  }
  const struct cw_value nul = cw_textn("a\0b", 3);
  contract_run(conn, "UPDATE contract_t SET x = ?", 1, &nul);
  contract_value(conn, "SELECT x FROM contract_t", 0, NULL, cw_blob("a\0b", 3));
}

static void values_fit_neighbouring_types(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value row[] = {cw_int(1), cw_bool(true), cw_int(3),
                                 cw_int(4), cw_null(),     cw_int(5)};
  insert(conn, row);
  contract_value(conn, "SELECT b FROM contract_t", 0, NULL, cw_bool(true));
  contract_value(conn, "SELECT i FROM contract_t", 0, NULL, cw_int(1));
  contract_value(conn, "SELECT f FROM contract_t", 0, NULL, cw_float(3));
  contract_value(conn, "SELECT s FROM contract_t", 0, NULL, cw_text("5"));
  const struct cw_value two = cw_float(2.0), text = cw_text("77");
  contract_run(conn, "UPDATE contract_t SET i = ?", 1, &two);
  contract_value(conn, "SELECT i FROM contract_t", 0, NULL, cw_int(2));
  contract_run(conn, "UPDATE contract_t SET i = ?", 1, &text);
  contract_value(conn, "SELECT i FROM contract_t", 0, NULL, cw_int(77));
}

static void a_parameter_alone_keeps_its_type(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value values[] = {cw_int(5), cw_text("five"), cw_float(1.5), cw_null(),
                                    cw_int(6)};
  for (int in_txn = 0; in_txn < 2; in_txn++) {
    if (in_txn) contract_exec(conn, "BEGIN");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
      contract_value(conn, "SELECT ?", 1, &values[i], values[i]);
    if (in_txn) contract_exec(conn, "COMMIT");
  }
}

/* --- statements ------------------------------------------------------------------------------- */

static void rows_affected_are_those_matched(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  contract_exec(conn, "INSERT INTO contract_t (i, s) VALUES (1, 'a'), (2, 'a'), (3, 'b')");
  const struct cw_value a = cw_text("a");
  assert_int_equal(contract_run(conn, "UPDATE contract_t SET s = 'a' WHERE s = ?", 1, &a), 2);
  assert_int_equal(contract_run(conn, "UPDATE contract_t SET s = 'a' WHERE s = 'a'", 0, NULL), 2);
  assert_int_equal(contract_run(conn, "SELECT * FROM contract_t", 0, NULL), 0);
  assert_int_equal(contract_run(conn, "SELECT * FROM contract_t WHERE s = ?", 1, &a), 0);
  assert_int_equal(contract_run(conn, "DELETE FROM contract_t WHERE i < 3", 0, NULL), 2);
  assert_int_equal(contract_run(conn, "DELETE FROM contract_t WHERE i = 99", 0, NULL), 0);
  assert_int_equal(contract_run(conn, "CREATE TABLE contract_n (n BIGINT)", 0, NULL), 0);
}

static void a_new_key_is_told_where_the_server_tells_it(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value one = cw_int(1);
  if (cw_conn_flavor(conn) & CW_SQL_NUMBERED) return; /* PostgreSQL: RETURNING */
  for (int i = 1; i <= 2; i++) {
    int64_t id = 0;
    struct cw_result *result =
        contract_query(conn, 0, "INSERT INTO contract_t (i) VALUES (?)", 1, &one);
    assert_true(cw_result_insert_id(result, &id));
    assert_int_equal(id, i);
    cw_result_free(result);
  }
}

static void errors_carry_sqlstate_and_statement(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value one = cw_int(1);
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "CREATE TABLE contract_n (n BIGINT NOT NULL PRIMARY KEY)");
  contract_exec(conn, "INSERT INTO contract_n VALUES (1)");

  contract_fails(conn, "SELEC 1", 0, NULL, &err);
  assert_int_equal(err.code, CW_ERR_STATEMENT);
  assert_memory_equal(err.sqlstate, "42", 2);
  assert_string_equal(err.statement, "SELEC 1");
  cw_err_release(&err);
  contract_fails(conn, "SELECT * FROM contract_missing", 0, NULL, &err);
  assert_memory_equal(err.sqlstate, "42", 2);
  assert_non_null(strstr(err.message, "contract_missing"));
  cw_err_release(&err);
  contract_fails(conn, "SELECT * FROM contract_missing WHERE a = ?", 1, &one, &err);
  assert_memory_equal(err.sqlstate, "42", 2);
  cw_err_release(&err);
  contract_fails(conn, "INSERT INTO contract_n VALUES (1)", 0, NULL, &err);
  assert_memory_equal(err.sqlstate, "23", 2);
  cw_err_release(&err);
  contract_fails(conn, "INSERT INTO contract_n VALUES (?)", 1, &one, &err);
  assert_int_equal(err.code, CW_ERR_STATEMENT);
  assert_memory_equal(err.sqlstate, "23", 2);
  cw_err_release(&err);
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_n"), 1);
}

static void a_changed_table_is_seen_by_statements_used_before(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value one = cw_int(1);
  static const char sql[] = "SELECT * FROM contract_n WHERE n = ?";
  contract_exec(conn, "CREATE TABLE contract_n (n BIGINT)");
  contract_exec(conn, "INSERT INTO contract_n VALUES (1)");
  contract_value(conn, sql, 1, &one, cw_int(1));
  contract_exec(conn, "BEGIN");
  contract_value(conn, sql, 1, &one, cw_int(1));
  contract_exec(conn, "ALTER TABLE contract_n ADD COLUMN more BIGINT");
  struct cw_result *result = contract_query(conn, 0, sql, 1, &one);
  assert_int_equal(cw_result_ncols(result), 2);
  cw_result_free(result);
  contract_exec(conn, "ROLLBACK");
  size_t columns = cw_conn_caps(conn) & CW_CAP_TXN_DDL ? 1 : 2;
  contract_exec(conn, "BEGIN");
  result = contract_query(conn, 0, sql, 1, &one);
  assert_int_equal(cw_result_ncols(result), columns);
  cw_result_free(result);
  contract_exec(conn, "COMMIT");
}

static void many_different_statements_work(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value one = cw_int(1);
  char sql[80];
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 200; i++) {
      snprintf(sql, sizeof sql, "SELECT COUNT(*) + %d FROM contract_t WHERE i = ?", i);
      contract_value(conn, sql, 1, &one, cw_int(i));
    }
  }
}

/* --- streams ---------------------------------------------------------------------------------- */

enum { STREAM_ROWS = 20000 };

static void read_stream(struct cw_conn *conn, size_t n, const char *sql) {
  const struct cw_value zero = cw_int(0);
  struct cw_result *result = contract_query(conn, CW_QUERY_STREAM, sql, n, &zero);
  const struct cw_value *row;
  int64_t count = 0, sum = 0;
  char insert_sql[80];
  while ((row = contract_next(result))) {
    assert_int_equal(row[0].type, CW_INT);
    assert_int_equal(row[1].s.len, 40);
    sum += row[0].i;
    if (++count % 1000) continue;
    snprintf(insert_sql, sizeof insert_sql, "INSERT INTO contract_t (i) VALUES (%d)", (int)count);
    assert_int_equal(contract_run(conn, insert_sql, 0, NULL), 1);
    assert_int_equal(contract_run(conn, "INSERT INTO contract_t (i) VALUES (?)", 1, &zero), 1);
  }
  cw_result_free(result);
  assert_int_equal(count, STREAM_ROWS);
  assert_true(sum == (int64_t)STREAM_ROWS * (STREAM_ROWS + 1) / 2);
}

static void other_statements_run_while_a_stream_is_open(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  numbers(conn, STREAM_ROWS);
  for (int in_txn = 0; in_txn < 2; in_txn++) {
    if (in_txn) contract_exec(conn, "BEGIN");
    read_stream(conn, 0, "SELECT n, v FROM contract_n ORDER BY n");
    read_stream(conn, 1, "SELECT n, v FROM contract_n WHERE n > ? ORDER BY n");
    if (in_txn) contract_exec(conn, "COMMIT");
  }
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t"),
                   4 * 2 * STREAM_ROWS / 1000);
}

static void two_streams_are_read_in_turns(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  numbers(conn, 3000);
  for (int in_txn = 0; in_txn < 2; in_txn++) {
    if (in_txn) contract_exec(conn, "BEGIN");
    struct cw_result *up =
        contract_query(conn, CW_QUERY_STREAM, "SELECT n FROM contract_n ORDER BY n", 0, NULL);
    struct cw_result *down =
        contract_query(conn, CW_QUERY_STREAM, "SELECT n FROM contract_n ORDER BY n DESC", 0, NULL);
    for (int i = 1; i <= 3000; i++) {
      assert_int_equal(contract_next(up)[0].i, i);
      assert_int_equal(contract_next(down)[0].i, 3001 - i);
    }
    assert_null(contract_next(up));
    cw_result_free(up);
    assert_null(contract_next(down));
    cw_result_free(down);
    if (in_txn) contract_exec(conn, "COMMIT");
  }
}

static void a_stream_may_be_closed_early(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  numbers(conn, 5000);
  for (int in_txn = 0; in_txn < 2; in_txn++) {
    if (in_txn) contract_exec(conn, "BEGIN");
    struct cw_result *result =
        contract_query(conn, CW_QUERY_STREAM, "SELECT n FROM contract_n ORDER BY n", 0, NULL);
    assert_int_equal(contract_next(result)[0].i, 1);
    cw_result_free(result);
    assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_n"), 5000);
    if (in_txn) contract_exec(conn, "COMMIT");
  }
  contract_exec(conn, "DROP TABLE contract_n");
}

static void what_is_no_query_can_be_asked_for_as_a_stream(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value one = cw_int(1);
  for (size_t n = 0; n < 2; n++) {
    const char *sql = n ? "INSERT INTO contract_t (i) VALUES (?)"
                        : "INSERT INTO contract_t (i) VALUES (1)";
    struct cw_result *result = contract_query(conn, CW_QUERY_STREAM, sql, n, &one);
    assert_int_equal(cw_result_affected(result), 1);
    assert_int_equal(cw_result_ncols(result), 0);
    assert_null(contract_next(result));
    cw_result_free(result);
  }
  struct cw_result *result =
      contract_query(conn, CW_QUERY_STREAM, "EXPLAIN SELECT * FROM contract_t", 0, NULL);
  assert_non_null(contract_next(result));
  cw_result_free(result);
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(
      contract_try(conn, CW_QUERY_STREAM, "SELECT * FROM contract_missing", 0, NULL, &result, &err),
      -1);
  assert_memory_equal(err.sqlstate, "42", 2);
  cw_err_release(&err);
}

/* --- batches ---------------------------------------------------------------------------------- */

static int batch(struct cw_conn *conn, const char *sql, size_t n, size_t nsets,
                 const struct cw_value *values, int64_t *affected, struct cw_err *err) {
  char *text = contract_sql(conn, sql);
  int rc = cw_conn_batch(conn, text, strlen(text), values, n, nsets, affected, err);
  free(text);
  return rc;
}

static void a_batch_runs_every_set(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  enum { SETS = 4500 };
  struct cw_err err = CW_ERR_INIT;
  struct cw_value *values = xcalloc(SETS * 3, sizeof *values);
  int64_t affected;
  for (int i = 0; i < SETS; i++) {
    if (i) values[3 * i] = cw_int(i); /* the first is NULL: it must not decide the type */
    values[3 * i + 1] = i % 3 ? cw_text("text") : cw_null();
    values[3 * i + 2] = cw_float(i / 2.0);
  }
  for (int in_txn = 0; in_txn < 2; in_txn++) {
    contract_exec(conn, "DELETE FROM contract_t");
    if (in_txn) contract_exec(conn, "BEGIN");
    contract_check(batch(conn, "INSERT INTO contract_t (i, s, f) VALUES (?, ?, ?)", 3, SETS, values,
                         &affected, &err),
                   &err, "batch");
    if (in_txn) contract_exec(conn, "COMMIT");
    assert_int_equal(affected, SETS);
    assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t"), SETS);
    assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t WHERE s IS NULL"),
                     SETS / 3);
    assert_int_equal(contract_int(conn, "SELECT SUM(i) FROM contract_t"), SETS * (SETS - 1) / 2);
  }
  for (int i = 0; i < 4; i++) values[i] = cw_int(10 + i);
  contract_check(
      batch(conn, "UPDATE contract_t SET s = 'hit' WHERE i <= ?", 1, 4, values, &affected, &err),
      &err, "batch");
  assert_int_equal(affected, 10 + 11 + 12 + 13);
  contract_check(batch(conn, "DELETE FROM contract_t WHERE i = ?", 1, 0, NULL, &affected, &err),
                 &err, "batch");
  assert_int_equal(affected, 0);
  free(values);
}

static void a_batch_names_the_set_that_failed(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value values[] = {cw_int(1), cw_int(2), cw_int(1), cw_int(4)};
  int64_t affected;
  contract_exec(conn, "CREATE TABLE contract_n (n BIGINT NOT NULL PRIMARY KEY)");
  contract_exec(conn, "BEGIN");
  assert_int_equal(batch(conn, "INSERT INTO contract_n VALUES (?)", 1, 4, values, &affected, &err),
                   -1);
  assert_int_equal(err.code, CW_ERR_STATEMENT);
  assert_memory_equal(err.sqlstate, "23", 2);
  assert_non_null(strstr(err.message, "set"));
  assert_non_null(strstr(err.message, "of 4"));
  contract_exec(conn, "ROLLBACK");
  cw_err_release(&err);
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_n"), 0);
}

static void a_batch_takes_bytes_and_mixed_types(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value values[] = {
      cw_textn("a\0\xff", 3), cw_int(7),       cw_bool(true),
      cw_blob("\0\1", 2),     cw_text("word"), cw_bool(false),
      cw_textn("\0", 1),      cw_float(2.25),  cw_null(),
  };
  int64_t affected;
  contract_check(batch(conn, "INSERT INTO contract_t (x, s, b) VALUES (?, ?, ?)", 3, 3, values,
                       &affected, &err),
                 &err, "batch");
  assert_int_equal(affected, 3);
  struct cw_result *result =
      contract_query(conn, 0, "SELECT x, s, b FROM contract_t ORDER BY id", 0, NULL);
  static const char *const texts[] = {"7", "word", "2.25"};
  for (size_t i = 0; i < 3; i++) {
    const struct cw_value *row = contract_next(result), text = cw_text(texts[i]);
    assert_non_null(row);
    assert_value(&row[0], &(struct cw_value){.type = CW_BLOB, .s = values[3 * i].s});
    assert_value(&row[1], &text);
    assert_value(&row[2], &values[3 * i + 2]);
  }
  cw_result_free(result);
}

/* --- statements that wait ----------------------------------------------------------------------- */

static int later(struct cw_conn *conn, const char *sql, size_t n, const struct cw_value *values,
                 struct cw_later how, struct cw_err *err) {
  char *text = contract_sql(conn, sql);
  how.sql = text;
  how.params = values;
  how.nparams = n;
  int failed = cw_conn_later(conn, &how, err);
  free(text);
  return failed;
}

/* Adds one that waits; its failure, if any, is the next statement's. */
static void add_later(struct cw_conn *conn, const char *sql, size_t n, const struct cw_value *values) {
  struct cw_err err = CW_ERR_INIT;
  contract_check(later(conn, sql, n, values, (struct cw_later){0}, &err), &err, sql);
}

/* One that has to concern one row; drivers that don't wait fail here, others with the COMMIT. */
static int check_and_commit(struct cw_conn *conn, const char *sql, struct cw_value value,
                            struct cw_err *err) {
  struct cw_later how = {
      .one = true, .code = CW_ERR_FENCED, .message = "not one row", .hint = "look"};
  return later(conn, sql, 1, &value, how, err) || cw_conn_exec(conn, "COMMIT", err) ? -1 : 0;
}

static void what_waits_is_run_in_order_before_the_next_statement(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  struct cw_err err = CW_ERR_INIT;
  static const char text[] = "it's a \\ \"quoted\" \xc3\xa4 ? text; -- with $1";
  const struct cw_value values[] = {cw_int(-7), cw_text(text)}, none[] = {cw_int(3), cw_null()};
  int64_t number = 0;
  add_later(conn, "BEGIN", 0, NULL);
  assert_true(cw_conn_in_txn(conn));
  for (int i = 0; i < 3; i++) { /* parsed the first time, known then */
    add_later(conn, "INSERT INTO contract_t (i, s) VALUES (?, ?)", 2, values);
    add_later(conn, "INSERT INTO contract_t (i, s) VALUES (?, ?)", 2, none);
  }
  contract_check(later(conn, "SELECT COUNT(*) FROM contract_t", 0, NULL,
                       (struct cw_later){.number = &number}, &err),
                 &err, "count");
  assert_int_equal(contract_run(conn, "UPDATE contract_t SET i = 4 WHERE i = 3", 0, NULL), 3);
  assert_int_equal(number, 6);
  contract_check(check_and_commit(conn, "UPDATE contract_t SET f = ? WHERE id = (SELECT * FROM "
                                        "(SELECT MIN(id) FROM contract_t) x)",
                                  cw_int(1), &err),
                 &err, "commit");
  assert_false(cw_conn_in_txn(conn));
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t WHERE s IS NULL AND i = 4"), 3);
  contract_value(conn, "SELECT s FROM contract_t WHERE i = -7 AND f = 1", 0, NULL, cw_text(text));
}

static void nothing_behind_a_waiting_statement_that_fails_is_run(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  static const char *const checks[] = {"UPDATE contract_t SET s = 'x' WHERE i = ?",
                                       "SELECT 1 FROM contract_t WHERE i = ?",
                                       "DELETE FROM contract_t WHERE i = ?"};
  const struct cw_value one = cw_int(1);
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    for (int rows = 0; rows < 3; rows += 2) { /* none, and too many */
      struct cw_err err = CW_ERR_INIT;
      add_later(conn, "BEGIN", 0, NULL);
      add_later(conn, "INSERT INTO contract_t (i) VALUES (?)", 1, &one);
      add_later(conn, "INSERT INTO contract_t (i) VALUES (?)", 1, &one);
      assert_int_equal(check_and_commit(conn, checks[i], cw_int(rows ? 1 : 99), &err), -1);
      assert_int_equal(err.code, CW_ERR_FENCED);
      assert_string_equal(err.message, "not one row");
      assert_string_equal(err.hint, "look");
      cw_err_release(&err);
      contract_exec(conn, "ROLLBACK");
      assert_false(cw_conn_in_txn(conn));
      assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t"), 0);
    }
  }
  struct cw_err err = CW_ERR_INIT;
  add_later(conn, "BEGIN", 0, NULL);
  add_later(conn, "INSERT INTO contract_t (i) VALUES (?)", 1, &one);
  int failed = later(conn, "INSERT INTO contract_nowhere VALUES (?)", 1, &one, (struct cw_later){0},
                     &err) ||
               cw_conn_exec(conn, "COMMIT", &err);
  assert_true(failed);
  assert_non_null(strstr(err.message, "contract_nowhere"));
  assert_non_null(strstr(err.statement, "contract_nowhere"));
  cw_err_release(&err);
  contract_exec(conn, "ROLLBACK");
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t"), 0);
}

static void a_rollback_drops_what_waits(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  const struct cw_value one = cw_int(1);
  add_later(conn, "BEGIN", 0, NULL);
  add_later(conn, "INSERT INTO contract_t (i) VALUES (?)", 1, &one);
  contract_exec(conn, "ROLLBACK");
  assert_false(cw_conn_in_txn(conn));
  contract_exec(conn, "BEGIN");
  add_later(conn, "INSERT INTO contract_t (i) VALUES (?)", 1, &one);
  contract_exec(conn, "ROLLBACK");
  assert_false(cw_conn_in_txn(conn));
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t"), 0);
}

/* --- transactions, cancelling, losing, locking ------------------------------------------------ */

static void the_transaction_state_is_the_servers(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  struct cw_err err = CW_ERR_INIT;
  assert_false(cw_conn_in_txn(conn));
  contract_exec(conn, "BEGIN");
  assert_true(cw_conn_in_txn(conn));
  contract_exec(conn, "INSERT INTO contract_t (i) VALUES (1)");
  contract_fails(conn, "SELECT * FROM contract_missing", 0, NULL, &err);
  cw_err_release(&err);
  assert_true(cw_conn_in_txn(conn));
  contract_exec(conn, "ROLLBACK");
  assert_false(cw_conn_in_txn(conn));
  assert_false(cw_conn_txn_failed(conn));
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t"), 0);
  contract_exec(conn, "BEGIN");
  contract_exec(conn, "CREATE TABLE contract_n (n BIGINT)");
  assert_int_equal(cw_conn_in_txn(conn), !!(cw_conn_caps(conn) & CW_CAP_TXN_DDL));
  if (cw_conn_in_txn(conn)) contract_exec(conn, "ROLLBACK");
}

static void *cancel_soon(void *conn) {
  usleep(300 * 1000);
  cw_conn_cancel(conn);
  return NULL;
}

static void another_thread_cancels_the_running_statement(void **state) {
  struct cw_conn *conn = ((struct fixture *)*state)->conn;
  numbers(conn, 4000);
  cw_conn_cancel(conn); /* nothing runs: nothing happens */
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_n"), 4000);
  const struct cw_value one = cw_int(1);
  for (size_t n = 0; n < 2; n++) {
    struct cw_err err = CW_ERR_INIT;
    pthread_t thread;
    int64_t start = cw_clock_ms();
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, conn), 0);
    contract_fails(conn,
                   n ? "SELECT SUM(a.n * b.n * c.n) FROM contract_n a, contract_n b, contract_n c"
                       " WHERE a.n >= ?"
                     : "SELECT SUM(a.n * b.n * c.n) FROM contract_n a, contract_n b, contract_n c",
                   n, &one, &err);
    pthread_join(thread, NULL);
    assert_int_equal(err.code, CW_ERR_INTERRUPTED);
    assert_true(cw_clock_ms() - start < 20000);
    cw_err_release(&err);
    assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_n"), 4000);
    assert_false(cw_conn_lost(conn));
  }
}

static void a_lost_connection_is_told_and_stays_lost(void **state) {
  struct fixture *f = *state;
  if (!f->d->session_id) return;
  struct cw_err err = CW_ERR_INIT;
  char sql[120];
  numbers(f->conn, 3000);
  struct cw_conn *victim = contract_open(f->d->url);
  contract_exec(victim, "BEGIN");
  struct cw_result *open =
      contract_query(victim, CW_QUERY_STREAM, "SELECT n FROM contract_n ORDER BY n", 0, NULL);
  int64_t id = contract_int(victim, f->d->session_id);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(sql, sizeof sql, f->d->kill, (long long)id);
#pragma GCC diagnostic pop
  cw_result_free(contract_query(f->conn, 0, sql, 0, NULL));
  usleep(200 * 1000);
  for (int i = 0; i < 2; i++) {
    contract_fails(victim, "SELECT 2", 0, NULL, &err);
    assert_int_equal(err.code, CW_ERR_CONNECTION_LOST);
    assert_true(cw_conn_lost(victim));
    cw_err_release(&err);
  }
  const struct cw_value one = cw_int(1), *row;
  contract_fails(victim, "SELECT ?", 1, &one, &err);
  assert_int_equal(err.code, CW_ERR_CONNECTION_LOST);
  cw_err_release(&err);
  int rc;
  while ((rc = cw_result_next(open, &row, &err)) == 1) continue;
  assert_int_equal(rc, -1);
  assert_int_equal(err.code, CW_ERR_CONNECTION_LOST);
  cw_err_release(&err);
  cw_result_free(open);
  assert_false(cw_conn_in_txn(victim));
  cw_conn_cancel(victim);
  cw_conn_free(victim);
  assert_int_equal(contract_int(f->conn, "SELECT COUNT(*) FROM contract_n"), 3000);
}

struct killer {
  const struct fixture *f;
  int64_t id;
};

static void *kill_soon(void *arg) {
  const struct killer *k = arg;
  usleep(150 * 1000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  char *sql = xasprintf(k->f->d->kill, (long long)k->id);
#pragma GCC diagnostic pop
  cw_result_free(contract_query(k->f->conn, 0, sql, 0, NULL));
  free(sql);
  return NULL;
}

static void a_connection_lost_within_a_batch_is_told(void **state) {
  struct fixture *f = *state;
  if (!f->d->session_id) return;
  enum { SETS = 5000 };
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *victim = contract_open(f->d->url);
  struct killer killer = {.f = f, .id = contract_int(victim, f->d->session_id)};
  struct cw_value *values = xcalloc(SETS, sizeof *values);
  int64_t affected;
  pthread_t thread;
  for (int i = 0; i < SETS; i++) values[i] = cw_int(i);
  assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
  int rc = 0;
  for (int64_t end = cw_clock_ms() + 20000; rc == 0 && cw_clock_ms() < end;)
    rc = batch(victim, "INSERT INTO contract_t (i) VALUES (?)", 1, SETS, values, &affected, &err);
  pthread_join(thread, NULL);
  assert_int_equal(rc, -1);
  assert_int_equal(err.code, CW_ERR_CONNECTION_LOST);
  assert_true(cw_conn_lost(victim));
  cw_err_release(&err);
  cw_conn_free(victim);
  free(values);
}

static void a_session_lock_keeps_others_out_and_dies_with_its_session(void **state) {
  struct fixture *f = *state;
  if (!(cw_conn_caps(f->conn) & CW_CAP_SESSION_LOCK)) return;
  static const char key[] =
      "a rather long key that no server would take as a name of a lock: 0123456789";
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *other = contract_open(f->d->url);
  bool got = false;
  contract_check(cw_conn_lock(f->conn, key, 0, &got, &err), &err, "lock");
  assert_true(got);
  assert_false(cw_conn_in_txn(f->conn));
  contract_check(cw_conn_lock(other, key, 0, &got, &err), &err, "lock");
  assert_false(got);
  contract_check(cw_conn_lock(other, "another key", 0, &got, &err), &err, "lock");
  assert_true(got);
  int64_t start = cw_clock_ms();
  contract_check(cw_conn_lock(other, key, 300, &got, &err), &err, "lock");
  assert_false(got);
  assert_true(cw_clock_ms() - start >= 250);
  contract_check(cw_conn_unlock(f->conn, key, &err), &err, "unlock");
  contract_check(cw_conn_lock(other, key, 0, &got, &err), &err, "lock");
  assert_true(got);
  cw_conn_free(other);
  contract_check(cw_conn_lock(f->conn, key, 5000, &got, &err), &err, "lock");
  assert_true(got);
}

/* --- connecting ------------------------------------------------------------------------------- */

static int listener(int *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t len = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(fd, 4), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static void open_fails(const struct driver_contract *d, int port, int64_t timeout_ms,
                       struct cw_err *err) {
  struct cw_conn *conn;
  char url[200];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(url, sizeof url, d->unreachable, port);
#pragma GCC diagnostic pop
  assert_int_equal(contract_try_open(&conn, url, timeout_ms, err), -1);
  assert_null(conn);
}

static void a_server_that_is_not_there_or_silent_fails_in_time(void **state) {
  struct fixture *f = *state;
  if (!f->d->unreachable) return;
  struct cw_err err = CW_ERR_INIT;
  int port, fd = listener(&port);
  int64_t start = cw_clock_ms();
  open_fails(f->d, port, 1500, &err); /* connects, then never says anything */
  assert_int_equal(err.code, CW_ERR_CONNECT);
  int64_t took = cw_clock_ms() - start;
  if (took < 1000 || took > 4500) print_error("took %d ms\n", (int)took);
  assert_in_range(took, 1000, 4500);
  cw_err_release(&err);
  close(fd);
  start = cw_clock_ms();
  open_fails(f->d, port, 1500, &err);
  assert_int_equal(err.code, CW_ERR_CONNECT);
  assert_true(cw_clock_ms() - start < 1000);
  cw_err_release(&err);
}

static void a_refused_login_says_why_and_hides_the_password(void **state) {
  struct fixture *f = *state;
  if (!f->d->wrong_password) return;
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *conn;
  assert_int_equal(contract_try_open(&conn, f->d->wrong_password, 0, &err), -1);
  assert_int_equal(err.code, CW_ERR_CONNECT);
  assert_memory_equal(err.sqlstate, "28", 2);
  assert_null(strstr(err.message, f->d->secret));
  assert_true(err.hint && !strstr(err.hint, f->d->secret));
  cw_err_release(&err);
}

static void a_read_only_connection_can_not_write(void **state) {
  struct fixture *f = *state;
  struct cw_conn_opts opts = {.read_only = true};
  struct cw_err err = CW_ERR_INIT;
  struct cw_url *url = NULL;
  struct cw_conn *conn = NULL;
  contract_check(cw_url_parse(&url, f->d->url, ".", &err), &err, "parse");
  contract_check(cw_conn_open(&conn, url, &opts, &err), &err, "open");
  assert_int_equal(contract_int(conn, "SELECT COUNT(*) FROM contract_t"), 0);
  contract_fails(conn, "INSERT INTO contract_t (i) VALUES (1)", 0, NULL, &err);
  assert_int_equal(err.code, CW_ERR_STATEMENT);
  cw_err_release(&err);
  cw_conn_free(conn);
  cw_url_free(url);
}

static void *stop_soon(void *stop) {
  usleep(300 * 1000);
  *(volatile int *)stop = 1;
  return NULL;
}

static void waiting_for_a_server_ends_when_it_is_stopped(void **state) {
  struct fixture *f = *state;
  if (!f->d->unreachable) return;
  struct cw_err err = CW_ERR_INIT;
  volatile int stop = 0;
  struct cw_conn_opts opts = {.wait_ms = 20000, .stop = &stop};
  struct cw_url *url = NULL;
  struct cw_conn *conn = NULL;
  int port;
  pthread_t thread;
  close(listener(&port)); /* nobody there */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  char *text = xasprintf(f->d->unreachable, port);
#pragma GCC diagnostic pop
  contract_check(cw_url_parse(&url, text, ".", &err), &err, "parse");
  int64_t start = cw_clock_ms();
  assert_int_equal(pthread_create(&thread, NULL, stop_soon, (void *)&stop), 0);
  assert_int_equal(cw_conn_open(&conn, url, &opts, &err), -1);
  pthread_join(thread, NULL);
  assert_int_equal(err.code, CW_ERR_INTERRUPTED);
  assert_true(cw_clock_ms() - start < 3000);
  cw_err_release(&err);
  cw_url_free(url);
  free(text);
}

int driver_contract_run(const struct driver_contract *d) {
#define T(name) {#name, name, set_up, tear_down, (void *)d}
  const struct CMUnitTest tests[] = {
      T(values_come_back_with_their_types),
      T(null_comes_back_as_null_in_every_type),
      T(the_ends_of_every_type_are_exact),
      T(megabytes_come_back_whole),
      T(text_goes_into_a_binary_column_as_its_bytes),
      T(values_fit_neighbouring_types),
      T(a_parameter_alone_keeps_its_type),
      T(rows_affected_are_those_matched),
      T(a_new_key_is_told_where_the_server_tells_it),
      T(errors_carry_sqlstate_and_statement),
      T(a_changed_table_is_seen_by_statements_used_before),
      T(many_different_statements_work),
      T(other_statements_run_while_a_stream_is_open),
      T(two_streams_are_read_in_turns),
      T(a_stream_may_be_closed_early),
      T(what_is_no_query_can_be_asked_for_as_a_stream),
      T(a_batch_runs_every_set),
      T(a_batch_names_the_set_that_failed),
      T(a_batch_takes_bytes_and_mixed_types),
      T(what_waits_is_run_in_order_before_the_next_statement),
      T(nothing_behind_a_waiting_statement_that_fails_is_run),
      T(a_rollback_drops_what_waits),
      T(the_transaction_state_is_the_servers),
      T(another_thread_cancels_the_running_statement),
      T(a_lost_connection_is_told_and_stays_lost),
      T(a_connection_lost_within_a_batch_is_told),
      T(a_session_lock_keeps_others_out_and_dies_with_its_session),
      T(a_server_that_is_not_there_or_silent_fails_in_time),
      T(a_read_only_connection_can_not_write),
      T(waiting_for_a_server_ends_when_it_is_stopped),
      T(a_refused_login_says_why_and_hides_the_password),
  };
#undef T
  return cmocka_run_group_tests_name(d->name, tests, NULL, NULL);
}
