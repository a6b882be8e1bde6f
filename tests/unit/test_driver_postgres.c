/* The PostgreSQL driver against a real server: the common promises, and what only PostgreSQL has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/driver.h"
#include "support/driver_contract.h"
#include "util/alloc.h"
#include "util/clock.h"

static const char *url;

static int set_up(void **state) {
  struct cw_conn *conn = contract_open(url);
  contract_exec(conn, "DROP TABLE IF EXISTS contract_t, contract_n");
  contract_exec(conn, "DROP DOMAIN IF EXISTS contract_bytes");
  contract_exec(conn, "DROP TYPE IF EXISTS contract_mood");
  *state = conn;
  return 0;
}

static int tear_down(void **state) {
  cw_conn_free(*state);
  return 0;
}

static void text_value(struct cw_conn *conn, const char *sql, const char *want) {
  contract_value(conn, sql, 0, NULL, cw_text(want));
}

/* --- sessions --------------------------------------------------------------------------------- */

static void the_session_inherits_nothing(void **state) {
  struct cw_conn *plain = *state;
  static const char *const defaults[] = {
      "timezone = 'Asia/Tokyo'", "datestyle = 'German'", "statement_timeout = '7min'",
      "default_transaction_isolation = serializable"};
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
    contract_exec(plain, "ALTER DATABASE contract_%d SET %s", (int)getpid(), defaults[i]);
  setenv("PGTZ", "America/Lima", 1);
  struct cw_conn *conn = contract_open(url);
  unsetenv("PGTZ");
  contract_exec(plain, "ALTER DATABASE contract_%d RESET ALL", (int)getpid());
  text_value(conn, "SHOW timezone", "UTC");
  text_value(conn, "SHOW statement_timeout", "0");
  text_value(conn, "SHOW lock_timeout", "0");
  text_value(conn, "SHOW transaction_isolation", "read committed");
  text_value(conn, "SHOW client_encoding", "UTF8");
  text_value(conn, "SHOW standard_conforming_strings", "on");
  text_value(conn, "SHOW application_name", "curlew test");
  text_value(conn, "SELECT '2026-11-20 10:30:00+02'::timestamptz", "2026-11-20 08:30:00+00");
  text_value(conn, "SELECT '2026-01-02'::date", "2026-01-02");
  text_value(conn, "SELECT interval '1 day 2 hours'", "1 day 02:00:00");
  assert_string_equal(cw_conn_server(conn), "postgresql");
  assert_true(cw_conn_version(conn)[0] >= '1' && strchr(cw_conn_version(conn), '.'));
  cw_conn_free(conn);
}

static void options_of_the_url_reach_libpq(void **state) {
  (void)state;
  char *with =
      xasprintf("%s?application_name=mine&options=-c%%20lock_timeout%%3D3s%%20-c%%20search_path"
                "%%3Dpg_catalog&connect_timeout=3",
                url);
  struct cw_conn *conn = contract_open(with);
  text_value(conn, "SHOW application_name", "mine");
  text_value(conn, "SHOW search_path", "pg_catalog");
  text_value(conn, "SHOW lock_timeout", "3s");
  cw_conn_free(conn);
  free(with);
}

static void a_misspelt_option_suggests_the_right_one(void **state) {
  (void)state;
  struct cw_err err = CW_ERR_INIT;
  struct cw_url *u = NULL;
  struct cw_conn *conn = NULL;
  char *with = xasprintf("%s?sslmod=require", url);
  assert_int_equal(cw_url_parse(&u, with, ".", &err), 0);
  assert_int_equal(cw_conn_open(&conn, u, NULL, &err), -1);
  assert_int_equal(err.code, CW_ERR_CONFIG);
  assert_non_null(strstr(err.hint, "sslmode"));
  cw_err_release(&err);
  cw_url_free(u);
  free(with);
}

static void a_missing_database_is_told_apart(void **state) {
  (void)state;
  struct cw_err err = CW_ERR_INIT;
  struct cw_url *u = NULL;
  struct cw_conn *conn = NULL;
  char *with = xasprintf("%s_missing", url);
  assert_int_equal(cw_url_parse(&u, with, ".", &err), 0);
  assert_int_equal(cw_conn_open(&conn, u, NULL, &err), -1);
  assert_int_equal(err.code, CW_ERR_CONNECT);
  assert_string_equal(err.sqlstate, "3D000");
  assert_null(strchr(err.message, '\n'));
  assert_null(strstr(err.message, "LOCATION"));
  cw_err_release(&err);
  cw_url_free(u);
  free(with);
}

static void a_silent_first_host_leaves_time_for_the_second(void **state) {
  (void)state;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t len = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
  assert_int_equal(listen(fd, 1), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  struct cw_url *u = NULL;
  assert_int_equal(cw_url_parse(&u, url, ".", NULL), 0);
  char *with = xasprintf("postgresql://%s:%s@127.0.0.1:%d,%s:%s/%s?connect_timeout=6", u->user,
                         u->password, ntohs(address.sin_port), u->host, u->port, u->path);
  int64_t start = cw_clock_ms();
  struct cw_conn *conn = contract_open(with);
  assert_in_range(cw_clock_ms() - start, 2500, 6000);
  contract_value(conn, "SELECT 1", 0, NULL, cw_int(1));
  cw_conn_free(conn);
  cw_url_free(u);
  free(with);
  close(fd);
}

/* --- values ----------------------------------------------------------------------------------- */

static void types_without_a_class_of_their_own_arrive_as_iso_text(void **state) {
  struct cw_conn *conn = *state;
  text_value(conn, "SELECT '{1,2}'::int[]", "{1,2}");
  text_value(conn, "SELECT '{\"a\": 1}'::jsonb", "{\"a\": 1}");
  text_value(conn, "SELECT 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid",
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  text_value(conn, "SELECT timestamp '2026-11-20 10:30:00.5'", "2026-11-20 10:30:00.5");
  contract_value(conn, "SELECT 'NaN'::float8", 0, NULL, cw_float(NAN));
  contract_value(conn, "SELECT '-Infinity'::float8", 0, NULL, cw_float(-INFINITY));
  contract_value(conn, "SELECT 0.1::float4", 0, NULL, cw_float(0.1));
  contract_value(conn, "SELECT 5::int2", 0, NULL, cw_int(5));
  contract_value(conn, "SELECT 4294967295::oid", 0, NULL, cw_int(4294967295));
  struct cw_value money = cw_text("-1234.50");
  money.type = CW_NUMERIC;
  contract_value(conn, "SELECT '-$1,234.50'::money", 0, NULL, money);
}

static void a_parameter_of_no_known_type_takes_its_values_type(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value five = cw_int(5), text = cw_text("a'b"), none = cw_null(),
                        yes = cw_bool(true);
  for (int in_txn = 0; in_txn < 2; in_txn++) {
    if (in_txn) contract_exec(conn, "BEGIN");
    contract_value(conn, "SELECT json_build_object('a', $1)::text", 1, &five,
                   cw_text("{\"a\" : 5}"));
    contract_value(conn, "SELECT json_build_object('a', $1)::text", 1, &text,
                   cw_text("{\"a\" : \"a'b\"}"));
    contract_value(conn, "SELECT $1 IS NULL", 1, &five, cw_bool(false));
    contract_value(conn, "SELECT $1 IS NULL", 1, &none, cw_bool(true));
    contract_value(conn, "SELECT coalesce($1, 7)", 1, &none, cw_int(7));
    contract_value(conn, "SELECT concat($1, 'x')", 1, &five, cw_text("5x"));
    contract_value(conn, "SELECT lower($1)", 1, &five, cw_text("5"));
    contract_value(conn, "SELECT $1", 1, &yes, yes);
    contract_value(conn, "SELECT to_char($1, 'FM999')", 1, &five, cw_text("5"));
    contract_value(conn, "SELECT current_date + $1 > current_date", 1, &five, cw_bool(true));
    contract_value(conn, "SELECT count(*) FROM generate_series(1, 9) g(i) WHERE i = $1", 1, &five,
                   cw_int(1));
    if (in_txn) {
      assert_true(cw_conn_in_txn(conn));
      assert_false(cw_conn_txn_failed(conn));
      contract_exec(conn, "COMMIT");
    }
  }
}

static void domains_and_enums_take_parameters(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value row[] = {cw_text("\\x41\\"), cw_text("sad"), cw_textn("\0\xff", 2)};
  contract_exec(conn, "CREATE DOMAIN contract_bytes AS bytea");
  contract_exec(conn, "CREATE TYPE contract_mood AS ENUM ('sad', 'ok')");
  contract_exec(conn,
                "CREATE TABLE contract_t (x contract_bytes, m contract_mood, y contract_bytes)");
  contract_run(conn, "INSERT INTO contract_t VALUES ($1, $2, $3)", 3, row);
  contract_value(conn, "SELECT x FROM contract_t", 0, NULL, cw_blob("\\x41\\", 5));
  contract_value(conn, "SELECT y FROM contract_t", 0, NULL, cw_blob("\0\xff", 2));
  contract_value(conn, "SELECT m FROM contract_t WHERE m = $1", 1, &row[1], cw_text("sad"));
}

static void text_that_could_not_be_stored_is_refused_before_it_is_sent(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value bad[] = {cw_textn("a\0b", 3), cw_text("\xff")};
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "CREATE TABLE contract_t (s text)");
  contract_exec(conn, "BEGIN");
  for (size_t i = 0; i < 2; i++) {
    contract_fails(conn, "INSERT INTO contract_t VALUES ($1)", 1, &bad[i], &err);
    assert_int_equal(err.code, CW_ERR_STATEMENT);
    assert_non_null(strstr(err.message, i ? "UTF-8" : "NUL"));
    assert_false(cw_conn_txn_failed(conn));
    cw_err_release(&err);
  }
  contract_exec(conn, "COMMIT");
}

static void a_wrong_number_of_parameters_is_told(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value one = cw_int(1);
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "BEGIN");
  contract_fails(conn, "SELECT $1::int + $2::int", 1, &one, &err);
  assert_non_null(strstr(err.message, "takes 2 parameters, but 1"));
  cw_err_release(&err);
  contract_value(conn, "SELECT $1::int", 1, &one, one);
  contract_exec(conn, "COMMIT");
}

/* --- errors ----------------------------------------------------------------------------------- */

static void detail_and_hint_are_the_servers(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  contract_fails(conn,
                 "DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'because', HINT = 'ask'; END $$",
                 0, NULL, &err);
  assert_string_equal(err.message, "no");
  assert_string_equal(err.sqlstate, "P0001");
  assert_memory_equal(err.detail, "because", 7);
  assert_string_equal(err.hint, "ask");
  cw_err_release(&err);
}

static void time_outs_are_no_interrupts(void **state) {
  struct cw_conn *conn = *state, *other = contract_open(url);
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "SET statement_timeout = '50ms'");
  contract_fails(conn, "SELECT pg_sleep(5)", 0, NULL, &err);
  assert_string_equal(err.sqlstate, "57014");
  assert_int_equal(err.code, CW_ERR_STATEMENT);
  cw_err_release(&err);
  contract_exec(conn, "SET statement_timeout = 0; SET lock_timeout = '50ms'");
  contract_exec(conn, "CREATE TABLE contract_t (i int)");
  contract_exec(other, "BEGIN; LOCK TABLE contract_t");
  contract_fails(conn, "SELECT * FROM contract_t", 0, NULL, &err);
  assert_string_equal(err.sqlstate, "55P03");
  assert_int_equal(err.code, CW_ERR_LOCK_TIMEOUT);
  cw_err_release(&err);
  cw_conn_free(other);
}

static void the_commit_of_a_failed_transaction_is_an_error(void **state) {
  struct cw_conn *conn = *state;
  static const char *const commits[] = {"COMMIT", "END", "/* x */ commit AND CHAIN"};
  const struct cw_value one = cw_int(1);
  struct cw_err err = CW_ERR_INIT;
  for (size_t i = 0; i < 3; i++) {
    contract_exec(conn, "BEGIN");
    contract_fails(conn, i ? "SELECT 1/0" : "SELECT $1/0", i ? 0 : 1, &one, &err);
    cw_err_release(&err);
    assert_true(cw_conn_txn_failed(conn));
    contract_fails(conn, commits[i], 0, NULL, &err);
    assert_int_equal(err.code, CW_ERR_STATEMENT);
    assert_non_null(strstr(err.message, "rolled back"));
    cw_err_release(&err);
    if (i == 2) contract_exec(conn, "ROLLBACK");
    assert_false(cw_conn_in_txn(conn));
  }
}

static void copy_is_refused_and_the_connection_stays_usable(void **state) {
  struct cw_conn *conn = *state;
  static const char *const copies[] = {"COPY contract_t FROM STDIN", "COPY contract_t TO STDOUT"};
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "CREATE TABLE contract_t AS SELECT generate_series(1, 1000) AS i");
  for (size_t i = 0; i < 2; i++) {
    contract_fails(conn, copies[i], 0, NULL, &err);
    assert_int_equal(err.code, CW_ERR_UNSUPPORTED);
    cw_err_release(&err);
    contract_value(conn, "SELECT count(*) FROM contract_t", 0, NULL, cw_int(1000));
  }
}

static void a_stream_ends_with_its_transaction(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value *row;
  int rc;
  contract_exec(conn, "CREATE TABLE contract_t AS SELECT generate_series(1, 3000) AS i");
  contract_exec(conn, "BEGIN");
  struct cw_result *result =
      contract_query(conn, CW_QUERY_STREAM, "SELECT i FROM contract_t", 0, NULL);
  contract_exec(conn, "COMMIT");
  contract_exec(conn, "BEGIN");
  while ((rc = cw_result_next(result, &row, &err)) == 1) continue;
  assert_int_equal(rc, -1);
  assert_non_null(strstr(err.message, "transaction"));
  cw_err_release(&err);
  cw_result_free(result);
  assert_false(cw_conn_txn_failed(conn));
  contract_exec(conn, "COMMIT");
}

static void for_update_outside_a_transaction_is_read_in_one_piece(void **state) {
  struct cw_conn *conn = *state;
  contract_exec(conn, "CREATE TABLE contract_t AS SELECT generate_series(1, 3000) AS i");
  struct cw_result *result = contract_query(
      conn, CW_QUERY_STREAM, "SELECT i FROM contract_t ORDER BY i FOR UPDATE", 0, NULL);
  const struct cw_value *row;
  int n = 0;
  while (cw_result_next(result, &row, NULL) == 1) n++;
  assert_int_equal(n, 3000);
  cw_result_free(result);
}

static void a_finished_stream_is_not_in_the_way_of_ddl(void **state) {
  struct cw_conn *conn = *state;
  const struct cw_value *row;
  contract_exec(conn, "CREATE TABLE contract_t AS SELECT generate_series(1, 900) AS i");
  contract_exec(conn, "BEGIN");
  struct cw_result *result =
      contract_query(conn, CW_QUERY_STREAM, "SELECT i FROM contract_t", 0, NULL);
  while (cw_result_next(result, &row, NULL) == 1) continue;
  contract_exec(conn, "ALTER TABLE contract_t ADD COLUMN j int");
  contract_exec(conn, "COMMIT");
  cw_result_free(result);
}

static void statements_dropped_behind_our_back_are_parsed_again(void **state) {
  struct cw_conn *conn = *state, *other = contract_open(url);
  const struct cw_value one = cw_int(1);
  static const char sql[] = "SELECT * FROM contract_t WHERE i = $1";
  contract_exec(conn, "CREATE TABLE contract_t AS SELECT 1 AS i");
  contract_value(conn, sql, 1, &one, one);
  contract_exec(other, "ALTER TABLE contract_t ADD COLUMN j int");
  struct cw_result *result = contract_query(conn, 0, sql, 1, &one);
  assert_int_equal(cw_result_ncols(result), 2);
  cw_result_free(result);
  contract_exec(conn, "DISCARD ALL");
  contract_exec(conn, "BEGIN");
  cw_result_free(contract_query(conn, 0, sql, 1, &one));
  contract_exec(conn, "COMMIT");
  contract_exec(conn, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
  contract_exec(conn, "BEGIN");
  cw_result_free(contract_query(conn, 0, sql, 1, &one));
  assert_false(cw_conn_txn_failed(conn));
  contract_exec(conn, "COMMIT");
  cw_conn_free(other);
}

static void several_statements_go_in_one_text(void **state) {
  struct cw_conn *conn = *state;
  struct cw_err err = CW_ERR_INIT;
  contract_exec(conn, "CREATE TABLE contract_t (i int); INSERT INTO contract_t VALUES (1), (2)");
  assert_int_equal(contract_int(conn, "SELECT count(*) FROM contract_t"), 2);
  contract_fails(conn, "INSERT INTO contract_t VALUES (3); SELECT 1/0", 0, NULL, &err);
  assert_string_equal(err.sqlstate, "22012");
  cw_err_release(&err);
  assert_int_equal(contract_int(conn, "SELECT count(*) FROM contract_t"), 2);
}

static void notices_do_not_reach_stderr(void **state) {
  struct cw_conn *conn = *state;
  int ends[2], saved = dup(2);
  char text[64];
  assert_int_equal(pipe(ends), 0);
  dup2(ends[1], 2);
  contract_exec(conn, "DO $$ BEGIN RAISE WARNING 'loud'; END $$");
  dup2(saved, 2);
  close(ends[1]);
  close(saved);
  assert_int_equal(read(ends[0], text, sizeof text), 0);
  close(ends[0]);
}

/* --- the pooler ------------------------------------------------------------------------------- */

/* A pgbouncer in transaction mode before the server; the URL through it. NULL: it is not installed.
 */
struct pooler {
  pid_t pid;
  char dir[40];
  char *url;
};

static void write_file(const char *dir, const char *name, const char *text) {
  char *path = xasprintf("%s/%s", dir, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  free(path);
}

static bool pooler_start(struct pooler *p) {
  static const char program[] = "/usr/sbin/pgbouncer";
  struct cw_url *u = NULL;
  if (access(program, X_OK) != 0) return false;
  assert_int_equal(cw_url_parse(&u, url, ".", NULL), 0);
  snprintf(p->dir, sizeof p->dir, "/tmp/curlew-pooler-XXXXXX");
  assert_non_null(mkdtemp(p->dir));
  int port = 20000 + getpid() % 20000;
  char *ini = xasprintf(
      "[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\n"
      "auth_type = any\nadmin_users = admin\npool_mode = transaction\nunix_socket_dir =\n"
      "default_pool_size = 4\nlogfile = %s/log\nserver_lifetime = 1\n",
      u->host, u->port ? u->port : "5432", port, p->dir);
  /* auth_type any needs a forced user: it then logs in with that user's password */
  char *forced = xasprintf("[databases]\n* = host=%s port=%s user=%s password=%s\n%s", u->host,
                           u->port ? u->port : "5432", u->user, u->password ? u->password : "",
                           strstr(ini, "[pgbouncer]"));
  write_file(p->dir, "ini", forced);
  p->url = xasprintf("postgresql://anybody@127.0.0.1:%d/%s", port, u->path);
  char *path = xasprintf("%s/ini", p->dir), *chmod = xasprintf("chmod -R a+rwX %s", p->dir);
  assert_int_equal(system(chmod), 0);
  p->pid = fork();
  if (p->pid == 0) {
    if (getuid() == 0) execl(program, program, "-q", "-u", "nobody", path, (char *)NULL);
    execl(program, program, "-q", path, (char *)NULL);
    _exit(127);
  }
  free(ini);
  free(forced);
  free(path);
  free(chmod);
  cw_url_free(u);
  return true;
}

static void pooler_stop(struct pooler *p) {
  kill(p->pid, SIGTERM);
  waitpid(p->pid, NULL, 0);
  char *rm = xasprintf("rm -r %s", p->dir);
  assert_int_equal(system(rm), 0);
  free(rm);
  free(p->url);
}

static struct cw_conn *open_waiting(const char *text) {
  struct cw_url *u = NULL;
  struct cw_conn *conn = NULL;
  struct cw_conn_opts opts = {.application = "curlew test", .wait_ms = 5000};
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_url_parse(&u, text, ".", NULL), 0);
  if (cw_conn_open(&conn, u, &opts, &err)) print_error("%s\n", err.message);
  cw_err_release(&err);
  cw_url_free(u);
  assert_non_null(conn);
  return conn;
}

static void behind_a_pooler_nothing_relies_on_the_session(void **state) {
  (void)state;
  struct pooler p;
  if (!pooler_start(&p)) skip();
  struct cw_conn *conn = open_waiting(p.url), *other = open_waiting(p.url);
  const struct cw_value five = cw_int(5), text = cw_text("x");
  assert_false(cw_conn_caps(conn) & CW_CAP_SESSION_LOCK);
  assert_non_null(conn->txn_sql);
  for (int i = 0; i < 20; i++) {
    contract_value(i % 2 ? conn : other, "SELECT $1", 1, &five, five);
    contract_value(i % 2 ? other : conn, "SELECT $1", 1, &text, text);
    text_value(i % 2 ? other : conn, "SHOW timezone", "UTC");
    if (i == 10) usleep(1200 * 1000); /* server_lifetime: other processes from here on */
  }
  contract_exec(other, "BEGIN");
  contract_exec(conn, "BEGIN");
  contract_exec(conn, "%s", conn->txn_sql);
  text_value(conn, "SHOW intervalstyle", "postgres");
  contract_value(conn, "SELECT $1 IS NULL", 1, &five, cw_bool(false));
  contract_value(conn, "SELECT $1", 1, &five, five);
  struct cw_result *result = contract_query(
      conn, CW_QUERY_STREAM, "SELECT i FROM generate_series(1, 5000) g(i) WHERE i > $1", 1, &five);
  const struct cw_value *row;
  int n = 0;
  while (cw_result_next(result, &row, NULL) == 1) n++;
  assert_int_equal(n, 4995);
  cw_result_free(result);
  contract_exec(conn, "COMMIT");
  contract_exec(other, "COMMIT");
  cw_conn_free(other);
  cw_conn_free(conn);
  pooler_stop(&p);
}

int main(void) {
  const char *server = contract_url("CURLEW_TEST_POSTGRESQL_URL");
  char *database = contract_database(server);
  url = database;
  struct cw_url *u = NULL;
  struct cw_err err = CW_ERR_INIT;
  if (cw_url_parse(&u, url, ".", &err)) {
    fprintf(stderr, "%s\n", err.message);
    return 1;
  }
  char *wrong = xasprintf("postgresql://%s:Wr0ngSecret@%s:%s/%s", u->user, u->host,
                          u->port ? u->port : "5432", u->path);
  const struct driver_contract contract = {
      .name = "postgresql keeps the promises of a driver",
      .url = url,
      .typed_columns = "b boolean, i bigint, f double precision, n numeric(38,10), x bytea, s text",
      .key = "id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
      .session_id = "SELECT pg_backend_pid()",
      .kill = "SELECT pg_terminate_backend(%lld)",
      .unreachable = "postgresql://a:Wr0ngSecret@127.0.0.1:%d/b",
      .wrong_password = u->password ? wrong : NULL,
      .secret = "Wr0ngSecret",
  };
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      T(the_session_inherits_nothing),
      T(options_of_the_url_reach_libpq),
      T(a_misspelt_option_suggests_the_right_one),
      T(a_missing_database_is_told_apart),
      T(a_silent_first_host_leaves_time_for_the_second),
      T(types_without_a_class_of_their_own_arrive_as_iso_text),
      T(a_parameter_of_no_known_type_takes_its_values_type),
      T(domains_and_enums_take_parameters),
      T(text_that_could_not_be_stored_is_refused_before_it_is_sent),
      T(a_wrong_number_of_parameters_is_told),
      T(detail_and_hint_are_the_servers),
      T(time_outs_are_no_interrupts),
      T(the_commit_of_a_failed_transaction_is_an_error),
      T(copy_is_refused_and_the_connection_stays_usable),
      T(a_stream_ends_with_its_transaction),
      T(for_update_outside_a_transaction_is_read_in_one_piece),
      T(a_finished_stream_is_not_in_the_way_of_ddl),
      T(statements_dropped_behind_our_back_are_parsed_again),
      T(several_statements_go_in_one_text),
      T(notices_do_not_reach_stderr),
      T(behind_a_pooler_nothing_relies_on_the_session),
  };
#undef T
  int failed = driver_contract_run(&contract);
  failed += cmocka_run_group_tests_name("postgresql", tests, NULL, NULL);
  free(wrong);
  cw_url_free(u);
  contract_database_drop(server, database);
  return failed != 0;
}
