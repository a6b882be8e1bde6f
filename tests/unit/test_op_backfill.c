/* The parts of the backfill engine that need no database: batch sizes, templates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "op/backfill_internal.h"

static struct cw_sizer sizer(int64_t size, int64_t least, int64_t most, int64_t target) {
  struct cw_backfill_tuning tuning = {
      .batch_size = size, .least = least, .most = most, .target_ms = target};
  struct cw_sizer s;
  cw_sizer_init(&s, &tuning);
  return s;
}

static void grows_by_half_at_most(void **state) {
  (void)state;
  struct cw_sizer s = sizer(1000, 10, 100000, 500);
  cw_sizer_done(&s, 1);
  assert_int_equal(s.size, 1500);
  cw_sizer_done(&s, 400);
  assert_int_equal(s.size, 1875);
  for (int i = 0; i < 50; i++) cw_sizer_done(&s, 1);
  assert_int_equal(s.size, 100000);
}

static void shrinks_towards_the_target(void **state) {
  (void)state;
  struct cw_sizer s = sizer(1000, 10, 100000, 500);
  cw_sizer_done(&s, 1000);
  assert_int_equal(s.size, 500);
  cw_sizer_done(&s, 500); /* the sample of the larger batch is gone */
  assert_int_equal(s.size, 500);
}

static void divides_by_ten_after_a_batch_far_too_slow(void **state) {
  (void)state;
  struct cw_sizer s = sizer(5000, 10, 100000, 500);
  cw_sizer_done(&s, 2501);
  assert_int_equal(s.size, 500);
  s = sizer(50, 10, 100000, 500);
  cw_sizer_done(&s, 60000);
  assert_int_equal(s.size, 10);
}

static void keeps_a_fixed_size_but_for_time_outs(void **state) {
  (void)state;
  struct cw_sizer s = sizer(1000, 10, 100000, 0);
  cw_sizer_done(&s, 1);
  cw_sizer_done(&s, 100000);
  assert_int_equal(s.size, 1000);
  cw_sizer_halve(&s);
  assert_int_equal(s.size, 500);
  cw_sizer_set(&s, 5); /* an order counts beyond the bounds */
  assert_int_equal(s.size, 5);
}

static void puts_placeholders_in_the_order_of_the_text(void **state) {
  (void)state;
  struct cw_value user_values[] = {cw_int(7), cw_int(8)};
  struct cw_bound user = {.sql = STRBUF_INIT, .values = user_values, .len = 2};
  strbuf_addstr(&user.sql, "a = ? OR b = ?");
  struct cw_value low[] = {cw_int(1)}, high[] = {cw_int(9)};
  struct cw_template_args args = {.low = low, .high = high, .user = &user, .skip = 4};
  struct cw_expanded e = CW_EXPANDED_INIT;
  cw_template_expand("x > \1L1; AND \1U; AND x <= \1H1; LIMIT \1N;", 0, &args, &e);
  assert_string_equal(e.sql.buf, "x > ? AND a = ? OR b = ? AND x <= ? LIMIT ?");
  const int64_t wanted[] = {1, 7, 8, 9, 4};
  assert_int_equal(e.values.len, 5);
  for (size_t i = 0; i < 5; i++) assert_int_equal(e.values.items[i].i, wanted[i]);
  cw_expanded_release(&e);
  strbuf_release(&user.sql);
}

static void numbers_placeholders_behind_those_of_the_user(void **state) {
  (void)state;
  struct cw_value user_values[] = {cw_int(7), cw_int(8)};
  struct cw_bound user = {.sql = STRBUF_INIT, .values = user_values, .len = 2};
  strbuf_addstr(&user.sql, "a = $1 OR b = $2");
  struct cw_value low[] = {cw_int(1)}, high[] = {cw_int(9)};
  struct cw_template_args args = {.low = low, .high = high, .user = &user};
  struct cw_expanded e = CW_EXPANDED_INIT;
  cw_template_expand("x > \1L1; AND \1U; AND x <= \1H1;", CW_SQL_NUMBERED, &args, &e);
  assert_string_equal(e.sql.buf, "x > $3 AND a = $1 OR b = $2 AND x <= $4");
  const int64_t wanted[] = {7, 8, 1, 9};
  for (size_t i = 0; i < 4; i++) assert_int_equal(e.values.items[i].i, wanted[i]);
  cw_template_expand("x > \1L1;", CW_SQL_NUMBERED, &args, &e);
  assert_string_equal(e.sql.buf, "x > $1");
  cw_expanded_release(&e);
  strbuf_release(&user.sql);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grows_by_half_at_most),
      cmocka_unit_test(shrinks_towards_the_target),
      cmocka_unit_test(divides_by_ten_after_a_batch_far_too_slow),
      cmocka_unit_test(keeps_a_fixed_size_but_for_time_outs),
      cmocka_unit_test(puts_placeholders_in_the_order_of_the_text),
      cmocka_unit_test(numbers_placeholders_behind_those_of_the_user),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
