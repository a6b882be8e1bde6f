/* Text forms that the client-server drivers share. Numbers are read and written with a decimal
 * point whatever the process's locale is (a script may call os.setlocale). */
#ifndef CW_DB_TEXT_H
#define CW_DB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CW_FLOAT_TEXT = 40, CW_VERB_MAX = 24 };

/* Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. NUL is fine. */
bool cw_text_is_utf8(const char *text, size_t len);

/* A whole decimal integer that fits; false otherwise. */
bool cw_int_parse(const char *text, size_t len, int64_t *out);
/* A decimal or exponent number, or NaN, Infinity, -Infinity; `text` is NUL-terminated. */
bool cw_float_parse(const char *text, double *out);
/* The shortest form that reads back as the same double ("1.5", "1e+300", "NaN", "-Infinity"; an
 * integral one without a point). Returns the length; `buf` has CW_FLOAT_TEXT bytes. */
size_t cw_float_format(double value, char *buf);
/* The double that prints as a single-precision number does: 0.1f gives 0.1. */
double cw_float_widen(float value);

/* The statement's first word in upper case, comments and opening parentheses skipped; "" when there
 * is none. With `more`, *more is the offset behind the word. `word` has CW_VERB_MAX bytes. */
void cw_sql_verb(const char *sql, size_t len, char *word, size_t *more);

#endif
