/* Text forms shared by drivers: UTF-8, numbers, a statement's first word. */
#include "db/text.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/value.h"
#include "util/banned.h"

/* How many continuation bytes follow, and the bounds of the first of them (Unicode table 3-7). */
static int utf8_tail(unsigned char lead, unsigned char *low, unsigned char *high) {
  *low = 0x80;
  *high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) return 1;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0) *low = 0xA0;
    if (lead == 0xED) *high = 0x9F;
    return 2;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0) *low = 0x90;
    if (lead == 0xF4) *high = 0x8F;
    return 3;
  }
  return -1;
}

bool cw_text_is_utf8(const char *text, size_t len) {
  const unsigned char *p = (const unsigned char *)text, *end = p + len;
  while (p < end) {
    if (*p < 0x80) {
      p++;
      continue;
    }
    unsigned char low, high;
    int tail = utf8_tail(*p++, &low, &high);
    if (tail < 0 || end - p < tail) return false;
    for (; tail > 0; tail--, p++, low = 0x80, high = 0xBF)
      if (*p < low || *p > high) return false;
  }
  return true;
}

bool cw_int_parse(const char *text, size_t len, int64_t *out) {
  bool negative = len > 0 && text[0] == '-';
  size_t i = negative || (len > 0 && text[0] == '+') ? 1 : 0;
  if (i == len) return false;
  int64_t value = 0; /* counted downwards: the lowest integer has no positive twin */
  for (; i < len; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, text[i] - '0', &value))
      return false;
  }
  if (!negative && __builtin_sub_overflow(0, value, &value)) return false;
  *out = value;
  return true;
}

/* The locale's decimal point, NUL-terminated: localeconv without its shared buffer's other fields.
 */
static const char *decimal_point(void) {
  const struct lconv *lc = localeconv();
  return lc->decimal_point && *lc->decimal_point ? lc->decimal_point : ".";
}

bool cw_float_parse(const char *text, double *out) {
  char local[512];
  const char *point = decimal_point();
  const char *dot = strcmp(point, ".") == 0 ? NULL : strchr(text, '.');
  if (dot) {
    int n = snprintf(local, sizeof local, "%.*s%s%s", (int)(dot - text), text, point, dot + 1);
    if (n < 0 || (size_t)n >= sizeof local) return false;
    text = local;
  }
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != '\0') return false;
  *out = value;
  return true;
}

size_t cw_float_format(double value, char *buf) {
  /* Integral values below 2^53 never take the exponent form, so that an integer column accepts
   * them. */
  if (isnan(value)) snprintf(buf, CW_FLOAT_TEXT, "NaN");
  else if (isinf(value)) snprintf(buf, CW_FLOAT_TEXT, value < 0 ? "-Infinity" : "Infinity");
  else if (value == trunc(value) && fabs(value) < 9007199254740992.0)
    snprintf(buf, CW_FLOAT_TEXT, "%.0f", value);
  else cw_float_text(value, buf);
  return strlen(buf);
}

double cw_float_widen(float value) {
  char buf[CW_FLOAT_TEXT];
  if (!isfinite(value)) return value;
  for (int digits = FLT_DIG; digits <= FLT_DECIMAL_DIG; digits++) {
    snprintf(buf, sizeof buf, "%.*g", digits, (double)value);
    if (strtof(buf, NULL) == value) break;
  }
  return strtod(buf, NULL);
}

/* Past white space, comments and opening parentheses. A MySQL versioned comment is code. */
static size_t skip_blank(const char *sql, size_t len, size_t at) {
  while (at < len) {
    unsigned char c = (unsigned char)sql[at];
    if (isspace(c) || c == '(' || c == ';') {
      at++;
    } else if (c == '#' || (c == '-' && at + 1 < len && sql[at + 1] == '-')) {
      while (at < len && sql[at] != '\n') at++;
    } else if (c == '/' && at + 1 < len && sql[at + 1] == '*') {
      if (at + 2 < len && (sql[at + 2] == '!' || strncasecmp(sql + at + 2, "M!", 2) == 0)) {
        at += sql[at + 2] == '!' ? 3 : 4;
        while (at < len && isdigit((unsigned char)sql[at])) at++;
        continue;
      }
      int depth = 1;
      for (at += 2; at < len && depth > 0; at++) {
        if (sql[at] == '/' && at + 1 < len && sql[at + 1] == '*') depth++, at++;
        else if (sql[at] == '*' && at + 1 < len && sql[at + 1] == '/') depth--, at++;
      }
    } else {
      break;
    }
  }
  return at;
}

void cw_sql_verb(const char *sql, size_t len, char *word, size_t *more) {
  size_t at = skip_blank(sql, len, 0), n = 0;
  for (; at < len && (isalnum((unsigned char)sql[at]) || sql[at] == '_'); at++)
    if (n + 1 < CW_VERB_MAX) word[n++] = (char)toupper((unsigned char)sql[at]);
  word[n] = '\0';
  if (more) *more = at;
}
