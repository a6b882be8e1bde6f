/* Galera's flow control as a backfill sees it: the share of time that the cluster stood still since the
 * last look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/db.h"
#include "op/backfill_internal.h"
#include "support/fake_driver.h"
#include "util/clock.h"

static const int64_t ms = 1000000; /* nanoseconds */

struct cluster {
  struct fake *fake;
  struct cw_conn *conn;
  struct cw_bf bf;
  struct cw_err err;
};

static int set_up(void **state) {
  struct cluster *c = xcalloc(1, sizeof *c);
  c->fake = fake_new();
  c->fake->driver.dialect = "mysql";
  c->fake->server = "mariadb";
  c->err = (struct cw_err)CW_ERR_INIT;
  if (fake_open(c->fake, &c->conn, &c->err)) return -1;
  c->bf.conn = c->conn;
  c->bf.tuning.max_lag_ms = 5000;
  *state = c;
  return 0;
}

static int tear_down(void **state) {
  struct cluster *c = *state;
  cw_lag_free(c->bf.lag);
  cw_conn_free(c->conn);
  fake_free(c->fake);
  cw_err_release(&c->err);
  xfree(c);
  return 0;
}

/* What is waited for at a look, a while after the one before, that finds so much time spent paused. */
static const char *look(struct cluster *c, const char *paused_ns) {
  const char *why = NULL;
  struct fake_reply *reply = fake_on(c->fake, "SHOW GLOBAL STATUS LIKE 'wsrep_flow_control_paused_ns'", 1);
  fake_columns(reply, "Variable_name,Value");
  if (paused_ns) fake_row(reply, 2, cw_text("wsrep_flow_control_paused_ns"), cw_text(paused_ns));
  cw_clock_sleep(50, NULL);
  assert_int_equal(cw_lag_look(&c->bf, &why, &c->err), 0);
  return why;
}

static const char *look_at(struct cluster *c, int64_t paused_ns) {
  char text[32];
  snprintf(text, sizeof text, "%lld", (long long)paused_ns);
  return look(c, text);
}

static void what_was_before_the_backfill_does_not_count(void **state) {
  struct cluster *c = *state;
  assert_null(look_at(c, 3600000 * ms));
  assert_null(look_at(c, 3600000 * ms));
}

static void a_cluster_that_stands_still_is_waited_for(void **state) {
  struct cluster *c = *state;
  assert_null(look_at(c, 0));
  const char *why = look_at(c, 3600000 * ms);
  assert_non_null(why);
  assert_string_equal(why, "Galera's flow control: a node can't keep up (100% of the time)");
  assert_non_null(look_at(c, 7200000 * ms));
}

static void until_it_moves_again(void **state) {
  struct cluster *c = *state;
  assert_null(look_at(c, 0));
  assert_non_null(look_at(c, 3600000 * ms));
  assert_null(look_at(c, 3600000 * ms));
}

static void a_short_pause_is_nothing(void **state) {
  struct cluster *c = *state;
  assert_null(look_at(c, 0));
  assert_null(look_at(c, 1 * ms)); /* of 50 and more */
  assert_non_null(look_at(c, 3600000 * ms));
}

static void a_server_without_galera_has_none(void **state) {
  struct cluster *c = *state;
  assert_null(look(c, NULL));
  assert_null(look(c, NULL));
}

static void max_lag_of_0_looks_at_nothing(void **state) {
  struct cluster *c = *state;
  const char *why = NULL;
  c->bf.tuning.max_lag_ms = 0;
  assert_int_equal(cw_lag_look(&c->bf, &why, &c->err), 0);
  assert_null(why);
  assert_int_equal(fake_count(c->fake, "SHOW*"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_was_before_the_backfill_does_not_count, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_cluster_that_stands_still_is_waited_for, set_up, tear_down),
      cmocka_unit_test_setup_teardown(until_it_moves_again, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_short_pause_is_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_server_without_galera_has_none, set_up, tear_down),
      cmocka_unit_test_setup_teardown(max_lag_of_0_looks_at_nothing, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
