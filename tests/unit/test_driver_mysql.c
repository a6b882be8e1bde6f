/* The MariaDB and MySQL driver against real servers: the common promises, and what only they have.
 * Both servers are tried; one that is not there is said to be skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/driver.h"
#include "support/driver_contract.h"
#include "util/alloc.h"
#include "util/clock.h"

static const char *url;

static int set_up(void **state) {
  struct cw_conn *conn = contract_open(url);
  contract_exec(conn, "DROP TABLE IF EXISTS contract_t, contract_n");
  contract_exec(conn, "DROP PROCEDURE IF EXISTS contract_p");
  *state = conn;
  return 0;
}

static int tear_down(void **state) {
  cw_conn_free(*state);
  return 0;
}

static bool is_mariadb(struct cw_conn *conn) {
  return strcmp(cw_conn_server(conn), "mariadb") == 0;
}

/* The value by both protocols: with a parameter, and as a statement that is never prepared. */
static void both_ways(struct cw_conn *conn, const char *column, struct cw_value want) {
  const struct cw_value zero = cw_int(0);
  char *sql = xasprintf("SELECT %s FROM contract_t WHERE 0 = ?", column);
  contract_value(conn, sql, 1, &zero, want);
  free(sql);
  sql = xasprintf("SELECT %s FROM contract_t", column);
  struct cw_result *result = contract_query(conn, CW_QUERY_SIMPLE, sql, 0, NULL);
  const struct cw_value *row = NULL;
  assert_int_equal(cw_result_next(result, &row, NULL), 1);
  assert_value(row, &want);
  cw_result_free(result);
  free(sql);
}

/* --- sessions --------------------------------------------------------------------------------- */

static void the_session_inherits_nothing(void **state) {
  struct cw_conn *conn = *state;
  contract_value(conn, "SELECT @@session.time_zone", 0, NULL, cw_text("+00:00"));
  contract_value(conn, "SELECT @@session.character_set_client", 0, NULL, cw_text("utf8mb4"));
  contract_value(conn, "SELECT @@session.character_set_results", 0, NULL, cw_text("utf8mb4"));
  contract_value(conn, "SELECT @@session.autocommit = 1", 0, NULL, cw_int(1));
  contract_value(conn, "SELECT @@session.foreign_key_checks = 1", 0, NULL, cw_int(1));
  contract_value(conn, "SELECT @@session.innodb_lock_wait_timeout", 0, NULL, cw_int(50));
  contract_value(conn, "SELECT FIND_IN_SET('STRICT_TRANS_TABLES', @@session.sql_mode) > 0", 0, NULL,
                 cw_int(1));
  contract_value(conn, "SELECT FIND_IN_SET('ANSI_QUOTES', @@session.sql_mode)", 0, NULL, cw_int(0));
  contract_value(conn,
                 is_mariadb(conn) ? "SELECT @@session.tx_isolation"
                                  : "SELECT @@session.transaction_isolation",
                 0, NULL, cw_text("READ-COMMITTED"));
  assert_true(strchr(cw_conn_version(conn), '.') != NULL);
  assert_string_equal(cw_conn_dialect(conn), "mysql");
  char *version = contract_scalar(conn, "SELECT VERSION()");
  assert_int_equal(is_mariadb(conn), strstr(version, "MariaDB") != NULL);
  assert_memory_equal(version, cw_conn_version(conn), strlen(cw_conn_version(conn)));
  free(version);
}

static void options_of_the_url_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *query, *in;
  } cases[] = {{"ssl-mod=REQUIRED", "ssl-mode"}, {"charset=latin1", "leave it out"},
               {"ssl-mode=MAYBE", "VERIFY_IDENTITY"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cw_err err = CW_ERR_INIT;
    struct cw_conn *conn = NULL;
    char *with = xasprintf("%s?%s", url, cases[i].query);
    assert_int_equal(contract_try_open(&conn, with, 0, &err), -1);
    assert_int_equal(err.code, CW_ERR_CONFIG);
    assert_non_null(strstr(err.hint, cases[i].in));
    cw_err_release(&err);
    free(with);
  }
  char *with = xasprintf("%s?charset=utf8mb4&connect_timeout=5&ssl_mode=disabled", url);
  cw_conn_free(contract_open(with));
  free(with);
}

static void tls_is_used_where_it_is_asked_for(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  char *have = contract_scalar(conn, is_mariadb(conn) ? "SELECT @@have_ssl" : "SELECT 'YES'");
  char *with = xasprintf("%s?ssl-mode=REQUIRED", url);
  struct cw_conn *tls = NULL;
  if (strcmp(have, "YES") == 0) {
    tls = contract_open(with);
    struct cw_result *result =
        contract_query(tls, CW_QUERY_SIMPLE, "SHOW SESSION STATUS LIKE 'Ssl_cipher'", 0, NULL);
    const struct cw_value *row;
    assert_int_equal(cw_result_next(result, &row, NULL), 1);
    assert_true(row[1].s.len > 0);
    cw_result_free(result);
    cw_conn_free(tls);
    char *verified = xasprintf("%s?ssl-mode=VERIFY_CA", url);
    /* the certificate is self-signed */
    assert_int_equal(contract_try_open(&tls, verified, 0, &err), -1);
    assert_int_equal(err.code, CW_ERR_CONNECT);
    free(verified);
  } else {
    assert_int_equal(contract_try_open(&tls, with, 0, &err), -1);
    assert_int_equal(err.code, CW_ERR_CONNECT);
    assert_non_null(strstr(err.message, "TLS"));
  }
  cw_err_release(&err);
  free(with);
  free(have);
}

static void a_missing_database_is_told_apart(void **state) {
  (void)state;
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *conn = NULL;
  char *with = xasprintf("%s_missing", url);
  assert_int_equal(contract_try_open(&conn, with, 0, &err), -1);
  assert_int_equal(err.code, CW_ERR_CONNECT);
  assert_string_equal(err.sqlstate, "42000");
  cw_err_release(&err);
  free(with);
}

/* The server's key exchange, used when it has not seen the password yet and there is no TLS. */
static void a_new_user_of_caching_sha2_logs_in_without_tls(void **state) {
  struct cw_conn *conn = *state;
  if (is_mariadb(conn)) skip();
  struct cw_url *u = NULL;
  assert_int_equal(cw_url_parse(&u, url, ".", NULL), 0);
  contract_exec(conn, "DROP USER IF EXISTS 'contract_%d'@'%%'", (int)getpid());
  contract_exec(
      conn, "CREATE USER 'contract_%d'@'%%' IDENTIFIED WITH caching_sha2_password BY 'S3cret/x'",
                (int)getpid());
  char *with = xasprintf("mysql://contract_%d:S3cret%%2Fx@%s:%s/?ssl-mode=DISABLED", (int)getpid(),
                         u->host, u->port);
  struct cw_conn *other = contract_open(with);
  contract_value(other, "SELECT SUBSTRING_INDEX(CURRENT_USER(), '_', 1)", 0, NULL,
                 cw_text("contract"));
  cw_conn_free(other);
  contract_exec(conn, "DROP USER 'contract_%d'@'%%'", (int)getpid());
  free(with);
  cw_url_free(u);
}

static void the_socket_can_be_used(void **state) {
  struct cw_conn *conn = *state;
  const char *path =
      getenv(is_mariadb(conn) ? "CURLEW_TEST_MARIADB_SOCKET" : "CURLEW_TEST_MYSQL_SOCKET");
  if (!path || access(path, R_OK) != 0) skip();
  struct cw_url *u = NULL;
  assert_int_equal(cw_url_parse(&u, url, ".", NULL), 0);
  char *with = xasprintf("mysql://%s:%s@/%s?socket=%s", u->user, u->password, u->path, path);
  cw_conn_free(contract_open(with));
  free(with);
  cw_url_free(u);
}

/* --- values ----------------------------------------------------------------------------------- */

static void both_protocols_give_the_same_types(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(
      conn, "CREATE TABLE contract_t (b BOOLEAN, b7 TINYINT(1), t TINYINT, tu TINYINT UNSIGNED,"
            " s SMALLINT, m MEDIUMINT, i INT UNSIGNED, u BIGINT UNSIGNED, u2 BIGINT UNSIGNED,"
            " d DECIMAL(20,5), f FLOAT, d8 DOUBLE, bits BIT(10), bits64 BIT(64), y YEAR, da DATE,"
            " dt DATETIME, dt3 DATETIME(3), ts TIMESTAMP NULL, ti TIME, ti6 TIME(6), c CHAR(5),"
            " tx TEXT, bi BINARY(3), vb VARBINARY(9), bl BLOB, e ENUM('x','y'), st SET('p','q'),"
            " j JSON)");
  contract_exec(
      conn, "INSERT INTO contract_t VALUES (TRUE, 7, -3, 200, -300, 70000, 4000000000, 5,"
            " 18446744073709551615, 12345.67890, 0.1, 0.1, b'1000000001', 0xFFFFFFFFFFFFFFFF, 2026,"
            " '2026-11-20', '2026-11-20 10:30:00', '2026-11-20 10:30:00.25', '2026-11-20 10:30:00',"
            " '-100:00:01', '12:30:00.5', 'ab', 'text', 'bi', x'00ff', 'blob', 'y', 'p,q',"
            " '{\"a\": 1}')");
  both_ways(conn, "b", cw_bool(true));
  both_ways(conn, "b7", cw_int(7));
  both_ways(conn, "t", cw_int(-3));
  both_ways(conn, "tu", cw_int(200));
  both_ways(conn, "s", cw_int(-300));
  both_ways(conn, "m", cw_int(70000));
  both_ways(conn, "i", cw_int(4000000000));
  both_ways(conn, "u", cw_int(5));
  both_ways(conn, "u2", contract_numeric("18446744073709551615"));
  both_ways(conn, "d", contract_numeric("12345.67890"));
  both_ways(conn, "f", cw_float(0.1));
  both_ways(conn, "d8", cw_float(0.1));
  both_ways(conn, "bits", cw_int(513));
  both_ways(conn, "bits64", contract_numeric("18446744073709551615"));
  both_ways(conn, "y", cw_int(2026));
  both_ways(conn, "da", cw_text("2026-11-20"));
  both_ways(conn, "dt", cw_text("2026-11-20 10:30:00"));
  both_ways(conn, "dt3", cw_text("2026-11-20 10:30:00.250"));
  both_ways(conn, "ts", cw_text("2026-11-20 10:30:00"));
  both_ways(conn, "ti", cw_text("-100:00:01"));
  both_ways(conn, "ti6", cw_text("12:30:00.500000"));
  both_ways(conn, "c", cw_text("ab"));
  both_ways(conn, "tx", cw_text("text"));
  both_ways(conn, "bi", cw_blob("bi", 3));
  both_ways(conn, "vb", cw_blob("\0\xff", 2));
  both_ways(conn, "bl", cw_blob("blob", 4));
  both_ways(conn, "e", cw_text("y"));
  both_ways(conn, "st", cw_text("p,q"));
  both_ways(conn, "j", cw_text("{\"a\": 1}"));
  both_ways(conn, "NULL", cw_null());
  both_ways(conn, "COUNT(*)", cw_int(1));
  both_ways(conn, "CONCAT('a', 1)", cw_text("a1"));
  both_ways(conn, "UPPER('abc')", cw_text("ABC"));
  both_ways(conn, "UNHEX('00FF')", cw_blob("\0\xff", 2));
  both_ways(conn, "SUM(t)", contract_numeric("-3"));
}

static void single_precision_is_exact_in_queries(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE contract_t (f FLOAT)");
  contract_exec(conn, "INSERT INTO contract_t VALUES (16777217)");
  contract_value(conn, "SELECT f FROM contract_t", 0, NULL, cw_float(16777216));
}

static void catalogs_are_text(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value name = cw_text("contract_t");
  contract_exec(conn, "CREATE TABLE contract_t (a INT DEFAULT 5 COMMENT 'c', b VARCHAR(9) NOT NULL,"
                      " KEY k (a, b))");
  static const char *const queries[] = {
      "SELECT * FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?",
      "SELECT * FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name "
      "= ?",
      "SELECT * FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
  };
  for (size_t i = 0; i < 3; i++) {
    struct cw_result *result = contract_query(conn, 0, queries[i], 1, &name);
    const struct cw_value *row;
    int rows = 0;
    for (; cw_result_next(result, &row, NULL) == 1; rows++)
      for (size_t k = 0; k < cw_result_ncols(result); k++) {
        if (row[k].type == CW_BLOB) print_error("%s is a blob\n", cw_result_name(result, k));
        assert_int_not_equal(row[k].type, CW_BLOB);
      }
    assert_true(rows > 0);
    cw_result_free(result);
  }
  struct cw_result *result =
      contract_query(conn, CW_QUERY_SIMPLE, "SHOW CREATE TABLE contract_t", 0, NULL);
  const struct cw_value *row;
  assert_int_equal(cw_result_next(result, &row, NULL), 1);
  assert_int_equal(row[1].type, CW_TEXT);
  cw_result_free(result);
}

static void values_longer_than_those_before_come_whole(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE contract_t (n INT, v LONGTEXT, w LONGTEXT)");
  contract_exec(conn, "INSERT INTO contract_t VALUES (1, 'a', 'b'), (2, REPEAT('x', 100000), 'c'),"
                      " (3, 'd', REPEAT('y', 300000)), (4, REPEAT('z', 90), NULL), (5, '', 'e')");
  static const size_t lengths[][2] = {{1, 1}, {100000, 1}, {1, 300000}, {90, 0}, {0, 1}};
  for (unsigned flags = 0; flags <= CW_QUERY_STREAM; flags += CW_QUERY_STREAM) {
    struct cw_result *result =
        contract_query(conn, flags, "SELECT v, w FROM contract_t ORDER BY n", 0, NULL);
    const struct cw_value *row;
    for (size_t i = 0; i < 5; i++) {
      assert_int_equal(cw_result_next(result, &row, NULL), 1);
      assert_int_equal(row[0].s.len, lengths[i][0]);
      if (i == 3) assert_int_equal(row[1].type, CW_NULL);
      else assert_int_equal(row[1].s.len, lengths[i][1]);
      if (i == 2) assert_int_equal(row[1].s.p[299999], 'y');
      if (i == 1) assert_int_equal(row[0].s.p[99999], 'x');
    }
    cw_result_free(result);
  }
}

static void a_type_that_the_library_can_not_read_is_no_crash(void **state) {
  struct cw_conn *conn = *state;
  if (is_mariadb(conn)) skip();
  const struct cw_value zero = cw_int(0);
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "CREATE TABLE contract_t (v VECTOR(2))");
  contract_exec(conn, "INSERT INTO contract_t VALUES (STRING_TO_VECTOR('[1,2]'))");
  contract_value(conn, "SELECT LENGTH(v) FROM contract_t", 0, NULL, cw_int(8));
  struct cw_result *result = contract_query(conn, 0, "SELECT v FROM contract_t", 0, NULL);
  const struct cw_value *row;
  assert_int_equal(cw_result_next(result, &row, NULL), 1);
  assert_int_equal(row[0].s.len, 8);
  cw_result_free(result);
  contract_fails(conn, "SELECT v FROM contract_t WHERE 0 = ?", 1, &zero, &err);
  assert_int_equal(err.code, CW_ERR_UNSUPPORTED);
  cw_err_release(&err);
}

static void what_the_server_would_choke_on_is_refused_first(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value infinite = cw_float(1.0 / 0.0);
  contract_exec(conn, "CREATE TABLE contract_t (f DOUBLE, v LONGTEXT)");
  contract_fails(conn, "INSERT INTO contract_t (f) VALUES (?)", 1, &infinite, &err);
  assert_non_null(strstr(err.message, "infinity"));
  cw_err_release(&err);
  size_t len = (size_t)contract_int(conn, "SELECT @@max_allowed_packet");
  char *big = xmalloc(len);
  memset(big, 'x', len);
  const struct cw_value value = cw_textn(big, len);
  contract_fails(conn, "INSERT INTO contract_t (v) VALUES (?)", 1, &value, &err);
  assert_non_null(strstr(err.hint, "max_allowed_packet"));
  assert_false(cw_conn_lost(conn));
  cw_err_release(&err);
  free(big);
}

static void a_wrong_number_of_parameters_is_told(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value two[] = {cw_int(1), cw_int(2)};
  struct cw_err err = CW_ERR_INIT;
  contract_fails(conn, "SELECT ?", 2, two, &err);
  assert_non_null(strstr(err.message, "takes 1 parameters, but 2"));
  cw_err_release(&err);
}

/* --- statements ------------------------------------------------------------------------------- */

static void the_first_result_of_a_call_is_given(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE PROCEDURE contract_p(n INT) BEGIN SELECT n AS a UNION SELECT n + 1;"
                      " SELECT 'other'; END");
  const struct cw_value five = cw_int(5), *row;
  for (size_t n = 0; n < 2; n++) {
    struct cw_result *result =
        contract_query(conn, 0, n ? "CALL contract_p(?)" : "CALL contract_p(5)", n, &five);
    assert_string_equal(cw_result_name(result, 0), "a");
    assert_int_equal(cw_result_next(result, &row, NULL), 1);
    assert_int_equal(row[0].i, 5);
    assert_int_equal(contract_int(conn, "SELECT 9"), 9);
    assert_int_equal(cw_result_next(result, &row, NULL), 1);
    assert_int_equal(row[0].i, 6);
    assert_int_equal(cw_result_next(result, &row, NULL), 0);
    cw_result_free(result);
  }
}

static void a_table_changed_by_others_is_seen(void **state) {
  struct cw_conn *conn = *state, *other = contract_open(url);
  const struct cw_value one = cw_int(1), *row;
  static const char sql[] = "SELECT * FROM contract_t WHERE a = ?";
  contract_exec(conn, "CREATE TABLE contract_t (a INT)");
  contract_exec(conn, "INSERT INTO contract_t VALUES (1)");
  contract_value(conn, sql, 1, &one, one);
  contract_exec(other, "ALTER TABLE contract_t ADD COLUMN b VARCHAR(9) DEFAULT 'new'");
  struct cw_result *result = contract_query(conn, 0, sql, 1, &one);
  assert_int_equal(cw_result_ncols(result), 2);
  assert_int_equal(cw_result_next(result, &row, NULL), 1);
  assert_memory_equal(row[1].s.p, "new", 3);
  cw_result_free(result);
  contract_exec(other, "ALTER TABLE contract_t DROP COLUMN b");
  contract_value(conn, sql, 1, &one, one);
  contract_exec(other, "ALTER TABLE contract_t MODIFY COLUMN a VARCHAR(9)");
  contract_value(conn, sql, 1, &one, cw_text("1"));
  cw_conn_free(other);
}

static void lock_time_outs_and_deadlocks_are_told_apart(void **state) {
  struct cw_conn *conn = *state, *other = contract_open(url);
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "CREATE TABLE contract_t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB");
  contract_exec(conn, "INSERT INTO contract_t VALUES (1, 0), (2, 0)");
  contract_exec(conn, "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1");
  contract_exec(other, "START TRANSACTION");
  contract_exec(other, "UPDATE contract_t SET v = 1 WHERE id = 1");
  contract_exec(conn, "START TRANSACTION");
  contract_fails(conn, "UPDATE contract_t SET v = 2 WHERE id = 1", 0, NULL, &err);
  assert_int_equal(err.code, CW_ERR_LOCK_TIMEOUT);
  assert_int_equal(err.native, 1205);
  assert_true(cw_conn_in_txn(conn)); /* only the statement was rolled back */
  cw_err_release(&err);
  contract_exec(conn, "ROLLBACK");
  contract_fails(conn, "ALTER TABLE contract_t ADD COLUMN w INT", 0, NULL, &err);
  assert_int_equal(err.code, CW_ERR_LOCK_TIMEOUT);
  cw_err_release(&err);
  contract_exec(other, "ROLLBACK");
  cw_conn_free(other);
}

static void *update_first(void *conn) {
  struct cw_err err = CW_ERR_INIT;
  cw_conn_exec(conn, "UPDATE contract_t SET v = 3 WHERE id = 1", &err);
  cw_err_release(&err);
  return NULL;
}

static void a_deadlock_ends_the_transaction(void **state) {
  struct cw_conn *conn = *state, *other = contract_open(url);
  struct cw_err err = CW_ERR_INIT;
  pthread_t thread;
  contract_exec(conn, "CREATE TABLE contract_t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB");
  contract_exec(conn, "INSERT INTO contract_t VALUES (1, 0), (2, 0), (3, 0), (4, 0)");
  contract_exec(other, "START TRANSACTION"); /* has changed more, so it is not the victim */
  contract_exec(other, "UPDATE contract_t SET v = 2 WHERE id >= 2");
  contract_exec(conn, "START TRANSACTION");
  contract_exec(conn, "UPDATE contract_t SET v = 1 WHERE id = 1");
  assert_int_equal(pthread_create(&thread, NULL, update_first, other), 0);
  usleep(300 * 1000);
  contract_fails(conn, "UPDATE contract_t SET v = 4 WHERE id = 2", 0, NULL, &err);
  pthread_join(thread, NULL);
  assert_string_equal(err.sqlstate, "40001");
  assert_int_equal(err.native, 1213);
  assert_false(cw_conn_in_txn(conn));
  cw_err_release(&err);
  contract_exec(other, "ROLLBACK");
  cw_conn_free(other);
}

static void a_failed_ddl_has_ended_the_transaction_too(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "CREATE TABLE contract_t (id INT) ENGINE=InnoDB");
  contract_exec(conn, "START TRANSACTION");
  contract_exec(conn, "INSERT INTO contract_t VALUES (1)");
  contract_fails(conn, "ALTER TABLE contract_t DROP COLUMN missing", 0, NULL, &err);
  cw_err_release(&err);
  assert_false(cw_conn_in_txn(conn));
}

static void *cancel_soon(void *conn) {
  usleep(300 * 1000);
  cw_conn_cancel(conn);
  return NULL;
}

static void a_cancelled_sleep_is_an_interrupt(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  pthread_t thread;
  int64_t start = cw_clock_ms();
  assert_int_equal(pthread_create(&thread, NULL, cancel_soon, conn), 0);
  contract_fails(conn, "SELECT SLEEP(20)", 0, NULL, &err);
  pthread_join(thread, NULL);
  assert_int_equal(err.code, CW_ERR_INTERRUPTED);
  assert_true(cw_clock_ms() - start < 10000);
  cw_err_release(&err);
  contract_value(conn, "SELECT 1", 0, NULL, cw_int(1));
}

struct kill {
  struct cw_conn *by;
  int64_t id;
};

static void *kill_soon(void *arg) {
  const struct kill *kill = arg;
  usleep(300 * 1000);
  contract_exec(kill->by, "KILL QUERY %lld", (long long)kill->id);
  return NULL;
}

static void somebody_elses_kill_is_no_interrupt(void **state) {
  struct cw_conn *conn = *state, *other = contract_open(url);
  struct cw_err err = CW_ERR_INIT;
  pthread_t thread;
  contract_exec(conn, "CREATE TABLE contract_t (id INT) ENGINE=InnoDB");
  contract_exec(conn, "INSERT INTO contract_t VALUES (1)");
  struct kill kill = {.by = other, .id = contract_int(conn, "SELECT CONNECTION_ID()")};
  assert_int_equal(pthread_create(&thread, NULL, kill_soon, &kill), 0);
  contract_fails(conn, "DELETE FROM contract_t WHERE SLEEP(20) = 0", 0, NULL, &err);
  pthread_join(thread, NULL);
  assert_int_equal(err.code, CW_ERR_STATEMENT);
  assert_int_equal(err.native, 1317);
  cw_err_release(&err);
  cw_conn_free(other);
}

static volatile sig_atomic_t pipes;
static void count_pipe(int number) {
  (void)number;
  pipes++;
}

static void a_closed_connection_raises_no_sigpipe(void **state) {
  struct cw_conn *conn = *state, *victim = contract_open(url);
  struct cw_err err = CW_ERR_INIT;
  struct sigaction action = {.sa_handler = count_pipe}, before;
  sigaction(SIGPIPE, &action, &before);
  int64_t id = contract_int(victim, "SELECT CONNECTION_ID()");
  contract_exec(conn, "KILL %lld", (long long)id);
  usleep(200 * 1000);
  for (int i = 0; i < 3; i++) {
    contract_fails(victim, "SELECT 1", 0, NULL, &err);
    cw_err_release(&err);
  }
  cw_conn_free(victim);
  sigaction(SIGPIPE, &before, NULL);
  assert_int_equal(pipes, 0);
}

static void many_cancels_never_hit_the_next_statement(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE contract_t (id INT) ENGINE=InnoDB");
  for (int i = 0; i < 5; i++) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, conn), 0);
    int64_t end = cw_clock_ms() + 400;
    while (cw_clock_ms() < end) {
      struct cw_err err = CW_ERR_INIT;
      if (cw_conn_exec(conn, "INSERT INTO contract_t VALUES (1)", &err))
        assert_int_equal(err.code, CW_ERR_INTERRUPTED);
      cw_err_release(&err);
    }
    pthread_join(thread, NULL);
  }
}

static int run_all(const char *server) {
  struct cw_url *u = NULL;
  struct cw_err err = CW_ERR_INIT;
  if (cw_url_parse(&u, url, ".", &err)) {
    fprintf(stderr, "%s\n", err.message);
    return 1;
  }
  char *wrong = xasprintf("mysql://%s:Wr0ngSecret@%s:%s/%s", u->user, u->host, u->port, u->path);
  char *name = xasprintf("%s keeps the promises of a driver", server);
  const struct driver_contract contract = {
      .name = name,
      .url = url,
      .typed_columns = "b BOOLEAN, i BIGINT, f DOUBLE, n DECIMAL(38,10), x LONGBLOB, s LONGTEXT",
      .key = "id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
      .session_id = "SELECT CONNECTION_ID()",
      .kill = "KILL %lld",
      .unreachable = "mysql://a:Wr0ngSecret@127.0.0.1:%d/b",
      .wrong_password = wrong,
      .secret = "Wr0ngSecret",
  };
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      T(the_session_inherits_nothing),
      T(options_of_the_url_are_checked),
      T(tls_is_used_where_it_is_asked_for),
      T(a_missing_database_is_told_apart),
      T(a_new_user_of_caching_sha2_logs_in_without_tls),
      T(the_socket_can_be_used),
      T(both_protocols_give_the_same_types),
      T(single_precision_is_exact_in_queries),
      T(catalogs_are_text),
      T(values_longer_than_those_before_come_whole),
      T(a_type_that_the_library_can_not_read_is_no_crash),
      T(what_the_server_would_choke_on_is_refused_first),
      T(a_wrong_number_of_parameters_is_told),
      T(the_first_result_of_a_call_is_given),
      T(a_table_changed_by_others_is_seen),
      T(lock_time_outs_and_deadlocks_are_told_apart),
      T(a_deadlock_ends_the_transaction),
      T(a_failed_ddl_has_ended_the_transaction_too),
      T(a_cancelled_sleep_is_an_interrupt),
      T(somebody_elses_kill_is_no_interrupt),
      T(a_closed_connection_raises_no_sigpipe),
      T(many_cancels_never_hit_the_next_statement),
  };
#undef T
  int failed = driver_contract_run(&contract);
  failed += cmocka_run_group_tests_name(server, tests, NULL, NULL);
  free(name);
  free(wrong);
  cw_url_free(u);
  return failed;
}

int main(void) {
  static const char *const servers[][2] = {{"mariadb", "CURLEW_TEST_MARIADB_URL"},
                                           {"mysql", "CURLEW_TEST_MYSQL_URL"}};
  int failed = 0, run = 0;
  for (size_t i = 0; i < 2; i++) {
    const char *server = getenv(servers[i][1]);
    if (server && *server) {
      char *database = contract_database(server);
      url = database;
      failed += run_all(servers[i][0]);
      contract_database_drop(server, database);
      run++;
    } else {
      printf("SKIPPED: %s: %s is not set; run: scripts/servers start && eval \"$(scripts/servers"
             " env)\"\n", servers[i][0], servers[i][1]);
    }
  }
  return run == 0 ? 77 : failed != 0;
}
