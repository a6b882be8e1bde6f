/* Clocks and durations. Durations are milliseconds in int64_t throughout the core. */
#ifndef CW_UTIL_CLOCK_H
#define CW_UTIL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds (microseconds) on a clock that never jumps; only differences mean anything. */
int64_t cw_clock_ms(void);
int64_t cw_clock_us(void);
/* Sleeps, waking early when *stop becomes non-zero (NULL: never). */
void cw_clock_sleep(int64_t ms, const volatile int *stop);

/* Reads "250ms", "30s", "1.5m", "2h" or a bare number of seconds; false: it is none of these. */
bool cw_duration_parse(const char *text, int64_t *ms);
/* For people: "12 ms", "3.4 s", "2 min 5 s", "1 h 3 min". Writes into `buf` (at least 32 bytes) and
 * returns it. */
char *cw_duration_format(int64_t ms, char *buf);

#endif
