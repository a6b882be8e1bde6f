/* Clocks and durations; see clock.h. */
#include "util/clock.h"

#include <inttypes.h>
#include <math.h>

#include "util/alloc.h"

int64_t cw_clock_us(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t cw_clock_ms(void) { return cw_clock_us() / 1000; }

void cw_clock_sleep(int64_t ms, const volatile int *stop) {
  int64_t end = cw_clock_ms() + ms;
  for (;;) {
    int64_t left = end - cw_clock_ms();
    if (left <= 0 || (stop && *stop)) return;
    if (stop && left > 50) left = 50;
    struct timespec ts = {left / 1000, (left % 1000) * 1000000};
    nanosleep(&ts, NULL);
  }
}

bool cw_duration_parse(const char *text, int64_t *ms) {
  static const struct {
    const char *unit;
    double ms;
  } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"min", 60000}, {"h", 3600000}};
  if (*text < '0' || *text > '9') return false; /* strtod would take "inf", " 1", "-1", "0x" */
  char *end;
  double number = strtod(text, &end);
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) return false;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (strcmp(end, units[i].unit) != 0) continue;
    double total = number * units[i].ms;
    if (!isfinite(total) || total > 1e15) return false;
    *ms = (int64_t)llround(total);
    return true;
  }
  return false;
}

char *cw_duration_format(int64_t ms, char *buf) {
  const size_t size = 32;
  if (ms < 1000)
    snprintf(buf, size, "%" PRId64 " ms", ms);
  else if (ms < 60000)
    snprintf(buf, size, "%.1f s", (double)ms / 1000);
  else if (ms < 3600000)
    snprintf(buf, size, "%" PRId64 " min %" PRId64 " s", ms / 60000, ms / 1000 % 60);
  else
    snprintf(buf, size, "%" PRId64 " h %" PRId64 " min", ms / 3600000, ms / 60000 % 60);
  return buf;
}
