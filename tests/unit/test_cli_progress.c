/* What a backfill says where stderr is no terminal: a line every half a minute. Time passes by taking it
 * from the moment of the last line. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/progress.h"
#include "op/exec_run.h"

enum { BEAT_MS = 30000 };

struct bench {
  struct cw_out out;
  struct cw_progress progress;
  FILE *err; /* what is printed meanwhile */
  int real;  /* stderr */
  char text[512];
};

static int set_up(void **state) {
  struct bench *b = calloc(1, sizeof *b);
  cw_out_init(&b->out, NULL, "never", false, 0);
  b->out.live = false;
  cw_progress_init(&b->progress, &b->out);
  cw_progress_start(&b->progress, NULL);
  b->err = tmpfile();
  *state = b;
  return b->err ? 0 : -1;
}

static int tear_down(void **state) {
  struct bench *b = *state;
  cw_progress_release(&b->progress);
  fclose(b->err);
  free(b);
  return 0;
}

/* What is printed upon an event of a backfill that has walked so many rows. */
static const char *said(struct bench *b, int64_t walked, const char *waits) {
  struct cw_backfill_progress backfill = {.name = "users.slug", .rows = walked, .walked = walked,
                                          .total = 1000, .batch_size = 50, .rate = 20, .eta_ms = 45000,
                                          .waits = waits};
  struct cw_event event = {.kind = CW_EVENT_PROGRESS, .command = "upgrade", .done = walked,
                           .total = 1000, .backfill = &backfill};
  struct cw_report report = cw_progress_report(&b->progress);
  fflush(stderr);
  b->real = dup(STDERR_FILENO);
  assert_int_equal(ftruncate(fileno(b->err), 0), 0);
  assert_int_equal(lseek(fileno(b->err), 0, SEEK_SET), 0);
  dup2(fileno(b->err), STDERR_FILENO);
  report.event(report.ctx, &event);
  fflush(stderr);
  dup2(b->real, STDERR_FILENO);
  close(b->real);
  ssize_t n = pread(fileno(b->err), b->text, sizeof b->text - 1, 0);
  b->text[n > 0 ? n : 0] = '\0';
  return b->text;
}

static void a_backfill_is_silent_for_half_a_minute(void **state) {
  struct bench *b = *state;
  assert_string_equal("", said(b, 0, NULL));
  assert_string_equal("", said(b, 50, NULL));
  b->progress.beat -= BEAT_MS / 2;
  assert_string_equal("", said(b, 100, NULL));
}

static void then_it_says_how_far_it_is(void **state) {
  struct bench *b = *state;
  said(b, 0, NULL);
  b->progress.beat -= BEAT_MS;
  assert_string_equal("users.slug  100 of about 1000 rows (10%), 20 rows/s, 45.0 s left, batches of 50\n",
                      said(b, 100, NULL));
  assert_string_equal("", said(b, 150, NULL));
}

static void every_half_a_minute_again_and_what_it_waits_for(void **state) {
  struct bench *b = *state;
  said(b, 0, NULL);
  for (int64_t walked = 200; walked <= 600; walked += 200) {
    char wanted[64];
    b->progress.beat -= BEAT_MS;
    snprintf(wanted, sizeof wanted, "users.slug  %lld of about", (long long)walked);
    assert_non_null(strstr(said(b, walked, NULL), wanted));
    assert_string_equal("", said(b, walked, NULL));
  }
  b->progress.beat -= BEAT_MS;
  assert_non_null(strstr(said(b, 650, "paused"), ", batches of 50, waits: paused\n"));
}

static void with_the_name_of_its_database(void **state) {
  struct bench *b = *state;
  cw_progress_start(&b->progress, "main");
  said(b, 0, NULL);
  b->progress.beat -= BEAT_MS;
  assert_int_equal(0, strncmp(said(b, 100, NULL), "main: users.slug  100 of", 24));
}

static void not_when_quiet(void **state) {
  struct bench *b = *state;
  b->out.quiet = true;
  said(b, 0, NULL);
  b->progress.beat -= BEAT_MS;
  assert_string_equal("", said(b, 100, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_backfill_is_silent_for_half_a_minute, set_up, tear_down),
      cmocka_unit_test_setup_teardown(then_it_says_how_far_it_is, set_up, tear_down),
      cmocka_unit_test_setup_teardown(every_half_a_minute_again_and_what_it_waits_for, set_up, tear_down),
      cmocka_unit_test_setup_teardown(with_the_name_of_its_database, set_up, tear_down),
      cmocka_unit_test_setup_teardown(not_when_quiet, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
