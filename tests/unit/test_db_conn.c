/* What is the same for every driver: waiting for a server and for a lock, fallbacks, clean errors. Run
 * against a scripted driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "db/driver.h"
#include "db/record/record.h"
#include "support/fake_driver.h"
#include "util/alloc.h"
#include "util/clock.h"

static int set_up(void **state) {
  *state = fake_new();
  return 0;
}

static int tear_down(void **state) {
  fake_free(*state);
  return 0;
}

static struct cw_conn *opened(struct fake *fake) {
  struct cw_conn *conn;
  struct cw_err err = CW_ERR_INIT;
  if (fake_open(fake, &conn, &err)) fail_msg("%s", err.message);
  return conn;
}

static struct cw_url *url_of(const char *text) {
  struct cw_url *url;
  struct cw_err err = CW_ERR_INIT;
  if (cw_url_parse(&url, text, NULL, &err)) fail_msg("%s", err.message);
  return url;
}

/* --- opening ----------------------------------------------------------------------------------- */

/* Opens with a password in the URL; gives the failure, or CW_OK. */
static enum cw_errcode open_code(struct fake *fake, int64_t wait_ms, const volatile int *stop,
                                 struct cw_err *err) {
  struct cw_url *url = url_of("postgresql://u:Sw0rdfish99@h/d");
  struct cw_conn *conn = (void *)1;
  struct cw_conn_opts opts = {.wait_ms = wait_ms, .stop = stop};
  int failed = cw_conn_open_with(&conn, &fake->driver, url, &opts, err);
  cw_url_free(url);
  assert_int_equal(failed ? conn == NULL : conn != NULL, 1);
  if (!failed) cw_conn_free(conn);
  return failed ? err->code : CW_OK;
}

static void a_server_that_comes_up_is_waited_for(void **state) {
  struct fake *fake = *state;
  struct cw_err err = CW_ERR_INIT;
  fake->refusals = 3;
  assert_int_equal(open_code(fake, 30000, NULL, &err), CW_OK);
  assert_int_equal(fake->opened, 1);
  fake->refusals = 2;
  memcpy(fake->refusal_state, "57P03", 6); /* starting up */
  assert_int_equal(open_code(fake, 30000, NULL, &err), CW_OK);
}

static void without_waiting_there_is_one_try(void **state) {
  struct fake *fake = *state;
  struct cw_err err = CW_ERR_INIT;
  fake->refusals = 5;
  assert_int_equal(open_code(fake, 0, NULL, &err), CW_ERR_CONNECT);
  assert_int_equal(fake->refusals, 4);
  assert_string_equal(err.database, "postgresql://u:***@h/d");
  cw_err_release(&err);
}

static void a_wait_that_was_for_nothing_says_so(void **state) {
  struct fake *fake = *state;
  struct cw_err err = CW_ERR_INIT;
  fake->refusals = 1000;
  int64_t began = cw_clock_ms();
  assert_int_equal(open_code(fake, 300, NULL, &err), CW_ERR_CONNECT);
  assert_true(cw_clock_ms() - began >= 290);
  assert_true(fake->refusals < 999 && fake->refusals > 900);
  assert_non_null(strstr(err.message, "still no connection after 300 ms: "));
  cw_err_release(&err);
}

static void what_waiting_cannot_cure_is_told_at_once(void **state) {
  struct fake *fake = *state;
  static const char *const states[] = {"28P01", "28000", "3D000", "42000", "58P01"};
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
    struct cw_err err = CW_ERR_INIT;
    fake->refusals = 2;
    snprintf(fake->refusal_state, sizeof fake->refusal_state, "%s", states[i]);
    assert_int_equal(open_code(fake, 60000, NULL, &err), CW_ERR_CONNECT);
    assert_int_equal(fake->refusals, 1);
    cw_err_release(&err);
  }
  struct cw_err err = CW_ERR_INIT;
  fake->refusals = 2;
  fake->refusal_code = CW_ERR_NO_DRIVER;
  fake->refusal_state[0] = '\0';
  assert_int_equal(open_code(fake, 60000, NULL, &err), CW_ERR_NO_DRIVER);
  assert_int_equal(fake->refusals, 1);
  cw_err_release(&err);
}

static void *raise_flag(void *flag) {
  usleep(100 * 1000);
  *(volatile int *)flag = 1;
  return NULL;
}

static void waiting_for_a_server_can_be_stopped(void **state) {
  struct fake *fake = *state;
  struct cw_err err = CW_ERR_INIT;
  volatile int stop = 0;
  pthread_t thread;
  fake->refusals = 1000000;
  pthread_create(&thread, NULL, raise_flag, (void *)&stop);
  assert_int_equal(open_code(fake, 600000, &stop, &err), CW_ERR_INTERRUPTED);
  pthread_join(thread, NULL);
  cw_err_release(&err);
}

static void a_scheme_without_driver_names_the_package(void **state) {
  (void)state;
  struct cw_url *url = url_of("mysql://u:Sw0rdfish99@h/d");
  const struct cw_driver *driver;
  struct cw_err err = CW_ERR_INIT;
  url->scheme[0] = 'M'; /* no such driver in any build */
  assert_int_equal(cw_driver_find(&driver, url, &err), -1);
  assert_int_equal(err.code, CW_ERR_NO_DRIVER);
  assert_null(strstr(err.message, "Sw0rd"));
  cw_err_release(&err);
  url->scheme[0] = 'm';
  unsigned caps, flavor;
  const char *dialect, *server;
  if (cw_driver_traits(url, &caps, &flavor, &dialect, &server, &err)) {
    assert_non_null(strstr(err.message, "built without MariaDB and MySQL support"));
    assert_non_null(strstr(err.hint, "libmariadb-dev"));
    cw_err_release(&err);
  } else {
    assert_string_equal(dialect, "mysql");
    assert_string_equal(server, "mysql");
    assert_true(flavor & CW_SQL_HASH_COMMENTS);
  }
  cw_url_free(url);
}

static void every_driver_is_complete(void **state) {
  (void)state;
  for (size_t i = 0; cw_drivers[i]; i++) {
    const struct cw_driver *d = cw_drivers[i];
    assert_true(d->name && d->dialect && d->open && d->close && d->query && d->next && d->finish);
    assert_true(d->cancel && d->in_txn && d->flavor);
    assert_true(!(d->caps & CW_CAP_SESSION_LOCK) || (d->try_lock && d->unlock));
  }
}

/* --- errors ------------------------------------------------------------------------------------ */

static void a_password_in_a_servers_words_is_hidden(void **state) {
  struct fake *fake = *state;
  struct cw_url *url = url_of("postgresql://u:Sw0rdfish99@h/d");
  struct cw_conn *conn;
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_conn_open_with(&conn, &fake->driver, url, NULL, &err), 0);
  fake_error(fake_on(fake, "*", FAKE_ALWAYS), CW_ERR_STATEMENT, "28P01", "bad Sw0rdfish99, w0rdfish");
  assert_int_equal(cw_conn_exec(conn, "SET x = 'Sw0rdfish99'", &err), -1);
  assert_string_equal(err.message, "bad ***, ***");
  assert_string_equal(err.statement, "SET x = '***'");
  assert_string_equal(err.database, "postgresql://u:***@h/d");
  assert_string_equal(err.sqlstate, "28P01");
  cw_err_release(&err);
  cw_conn_free(conn);
  cw_url_free(url);
}

static void a_failure_needs_no_err(void **state) {
  struct cw_conn *conn = opened(*state);
  fake_error(fake_on(*state, "*", FAKE_ALWAYS), CW_ERR_STATEMENT, "42601", "no");
  const struct cw_value value = cw_int(1);
  assert_int_equal(cw_conn_exec(conn, "x", NULL), -1);
  assert_int_equal(cw_conn_batch(conn, "x", 1, &value, 1, 1, NULL, NULL), -1);
  cw_conn_free(conn);
}

/* --- statements -------------------------------------------------------------------------------- */

static void a_slice_is_sent_and_nothing_behind_it(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_conn_query(conn, "SELECT 1; SELECT 2", 8, NULL, 0, 0, NULL, &err), 0);
  assert_int_equal(cw_conn_execf(conn, &err, "SAVEPOINT cw_%d", 7), 0);
  assert_string_equal(fake_sent(fake), "SELECT 1\nSAVEPOINT cw_7\n");
  cw_conn_free(conn);
}

static void rows_are_read_to_their_end_and_no_further(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct cw_err err = CW_ERR_INIT;
  struct fake_reply *reply = fake_on(fake, "SELECT*", FAKE_ALWAYS);
  fake_columns(reply, "id,name");
  fake_row(reply, 2, cw_int(1), cw_text("a"));
  fake_row(reply, 2, cw_int(2), cw_null());
  struct cw_result *result;
  const struct cw_value *row;
  assert_int_equal(cw_conn_query(conn, "SELECT 1", 8, NULL, 0, 0, &result, &err), 0);
  assert_int_equal(cw_result_ncols(result), 2);
  assert_string_equal(cw_result_name(result, 0), "id");
  assert_int_equal(cw_result_next(result, &row, &err), 1);
  assert_int_equal(row[0].i, 1);
  assert_memory_equal(row[1].s.p, "a", 1);
  assert_int_equal(cw_result_next(result, &row, &err), 1);
  assert_int_equal(row[1].type, CW_NULL);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(cw_result_next(result, &row, &err), 0);
    assert_null(row);
  }
  cw_result_free(result);
  cw_result_free(NULL);
  cw_conn_free(conn);
}

static void scalars_are_text(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct cw_err err = CW_ERR_INIT;
  static const struct {
    struct cw_value value;
    const char *text;
  } cases[] = {
      {{.type = CW_NULL}, NULL},
      {{.type = CW_BOOL, .b = true}, "true"},
      {{.type = CW_INT, .i = INT64_MIN}, "-9223372036854775808"},
      {{.type = CW_FLOAT, .f = 0.1}, "0.1"},
      {{.type = CW_FLOAT, .f = 1e300}, "1e+300"},
      {{.type = CW_NUMERIC, .s = {"1.50", 4}}, "1.50"},
      {{.type = CW_TEXT, .s = {"abcdef", 3}}, "abc"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *text;
    fake_row(fake_on(fake, "SELECT x", 1), 1, cases[i].value);
    assert_int_equal(cw_conn_scalar(conn, "SELECT x", NULL, 0, &text, &err), 0);
    if (cases[i].text) assert_string_equal(text, cases[i].text);
    else assert_null(text);
    free(text);
  }
  char *text;
  assert_int_equal(cw_conn_scalar(conn, "SELECT nothing", NULL, 0, &text, &err), 0);
  assert_null(text);
  cw_conn_free(conn);
}

static void a_batch_without_the_drivers_help_is_a_loop(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value sets[] = {cw_int(1), cw_text("a"), cw_int(2), cw_null(), cw_int(3), cw_text("c")};
  int64_t affected;
  fake->with_values = true;
  fake_affected(fake_on(fake, "INSERT*", 3), 1);
  assert_int_equal(cw_conn_batch(conn, "INSERT", 6, sets, 2, 3, &affected, &err), 0);
  assert_int_equal(affected, 3);
  assert_string_equal(fake_sent(fake), "INSERT -- 1, 'a'\nINSERT -- 2, NULL\nINSERT -- 3, 'c'\n");
  fake_affected(fake_on(fake, "UPDATE*", 1), 5);
  fake_error(fake_on(fake, "UPDATE*", 1), CW_ERR_STATEMENT, "23505", "twice");
  assert_int_equal(cw_conn_batch(conn, "UPDATE", 6, sets, 2, 3, &affected, &err), -1);
  assert_string_equal(err.message, "parameter set 2 of 3: twice");
  assert_string_equal(err.statement, "UPDATE");
  assert_int_equal(affected, 5);
  cw_err_release(&err);
  cw_conn_free(conn);
}

static void names_are_quoted_as_the_database_does(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct strbuf out = STRBUF_INIT;
  cw_conn_quote(conn, NULL, "a\"b`c", &out);
  assert_string_equal(out.buf, "\"a\"\"b`c\"");
  strbuf_reset(&out);
  cw_conn_quote(conn, "s", "t", &out);
  assert_string_equal(out.buf, "\"s\".\"t\"");
  strbuf_reset(&out);
  cw_conn_free(conn);
  fake->driver.flavor = CW_SQL_DQ_STRINGS;
  conn = opened(fake);
  cw_conn_quote(conn, "s", "a\"b`c", &out);
  assert_string_equal(out.buf, "`s`.`a\"b``c`");
  strbuf_release(&out);
  cw_conn_free(conn);
}

/* --- the session lock -------------------------------------------------------------------------- */

static void a_free_lock_is_had_at_once(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct cw_err err = CW_ERR_INIT;
  bool got = false;
  assert_int_equal(cw_conn_lock(conn, "k", 0, &got, &err), 0);
  assert_true(got);
  assert_int_equal(fake->lock_tries, 1);
  assert_int_equal(cw_conn_unlock(conn, "k", &err), 0);
  assert_string_equal(fake_sent(fake), ""); /* no statement is left open */
  cw_conn_free(conn);
}

static void a_held_lock_is_polled_until_time_is_up(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct cw_err err = CW_ERR_INIT;
  bool got = true;
  fake->lock_taken = true;
  assert_int_equal(cw_conn_lock(conn, "k", 0, &got, &err), 0);
  assert_false(got);
  assert_int_equal(fake->lock_tries, 1);
  int64_t began = cw_clock_ms();
  assert_int_equal(cw_conn_lock(conn, "k", 300, &got, &err), 0);
  assert_false(got);
  assert_true(cw_clock_ms() - began >= 290);
  assert_true(fake->lock_tries > 3 && fake->lock_tries < 50); /* backs off */
  cw_conn_free(conn);
}

static void waiting_for_a_lock_can_be_stopped(void **state) {
  struct fake *fake = *state;
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *conn = opened(fake);
  volatile int stop = 0;
  pthread_t thread;
  bool got;
  conn->stop = &stop;
  fake->lock_taken = true;
  pthread_create(&thread, NULL, raise_flag, (void *)&stop);
  assert_int_equal(cw_conn_lock(conn, "k", 600000, &got, &err), -1);
  pthread_join(thread, NULL);
  assert_int_equal(err.code, CW_ERR_INTERRUPTED);
  cw_err_release(&err);
  cw_conn_free(conn);
}

static void a_database_without_session_locks_refuses(void **state) {
  struct fake *fake = *state;
  struct cw_err err = CW_ERR_INIT;
  bool got;
  fake->driver.caps &= ~(unsigned)CW_CAP_SESSION_LOCK;
  struct cw_conn *conn = opened(fake);
  assert_int_equal(cw_conn_lock(conn, "k", 0, &got, &err), -1);
  assert_int_equal(err.code, CW_ERR_INTERNAL);
  cw_err_release(&err);
  cw_conn_free(conn);
}

/* --- the fake itself --------------------------------------------------------------------------- */

static void the_fake_keeps_track_of_transactions(void **state) {
  struct fake *fake = *state;
  struct cw_conn *conn = opened(fake);
  struct cw_err err = CW_ERR_INIT;
  fake->aborts = true;
  fake_error(fake_on(fake, "BAD", FAKE_ALWAYS), CW_ERR_STATEMENT, "42601", "bad");
  assert_false(cw_conn_in_txn(conn));
  cw_conn_exec(conn, "BEGIN", &err);
  assert_true(cw_conn_in_txn(conn));
  cw_conn_exec(conn, "BAD", &err);
  assert_true(cw_conn_txn_failed(conn));
  cw_err_release(&err);
  assert_int_equal(cw_conn_exec(conn, "SELECT 1", &err), -1);
  assert_string_equal(err.sqlstate, "25P02");
  cw_err_release(&err);
  assert_int_equal(cw_conn_exec(conn, "COMMIT", &err), 0);
  assert_false(cw_conn_in_txn(conn));
  assert_int_equal(fake->commits, 0);
  assert_int_equal(fake->rollbacks, 1);
  cw_conn_exec(conn, "BEGIN", &err);
  fake_loses(fake_on(fake, "COMMIT", 1), true);
  assert_int_equal(cw_conn_exec(conn, "COMMIT", &err), -1);
  assert_int_equal(err.code, CW_ERR_CONNECTION_LOST);
  assert_true(cw_conn_lost(conn));
  assert_int_equal(fake->commits, 1);
  cw_err_release(&err);
  assert_int_equal(fake_count(fake, "B*"), 3);
  cw_conn_free(conn);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      T(a_server_that_comes_up_is_waited_for),
      T(without_waiting_there_is_one_try),
      T(a_wait_that_was_for_nothing_says_so),
      T(what_waiting_cannot_cure_is_told_at_once),
      T(waiting_for_a_server_can_be_stopped),
      T(a_scheme_without_driver_names_the_package),
      T(every_driver_is_complete),
      T(a_password_in_a_servers_words_is_hidden),
      T(a_failure_needs_no_err),
      T(a_slice_is_sent_and_nothing_behind_it),
      T(rows_are_read_to_their_end_and_no_further),
      T(scalars_are_text),
      T(a_batch_without_the_drivers_help_is_a_loop),
      T(names_are_quoted_as_the_database_does),
      T(a_free_lock_is_had_at_once),
      T(a_held_lock_is_polled_until_time_is_up),
      T(waiting_for_a_lock_can_be_stopped),
      T(a_database_without_session_locks_refuses),
      T(the_fake_keeps_track_of_transactions),
  };
#undef T
  return cmocka_run_group_tests_name("db/conn", tests, NULL, NULL);
}
