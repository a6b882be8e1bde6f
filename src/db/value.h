/* One value on its way to or from a database.
 *
 * Dates, times, intervals, UUIDs, arrays and JSON travel as CW_TEXT in the form that the session
 * settings fix (ISO dates, UTC where a zone is kept). Exact decimals are CW_NUMERIC: text, no digit
 * lost. Unsigned integers above INT64_MAX arrive as CW_NUMERIC. Text is UTF-8. */
#ifndef CW_DB_VALUE_H
#define CW_DB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cw_type { CW_NULL, CW_BOOL, CW_INT, CW_FLOAT, CW_NUMERIC, CW_TEXT, CW_BLOB };

struct cw_value {
  enum cw_type type;
  union {
    bool b;
    int64_t i;
    double f;
    struct {
      const char *p; /* borrowed; not NUL-terminated in general */
      size_t len;
    } s; /* CW_NUMERIC, CW_TEXT, CW_BLOB */
  };
};

/* A string parameter is CW_TEXT whatever its bytes are: the driver that learns that the target is
 * binary (bytea, BLOB) sends it as bytes, and refuses what a text column can't hold (NUL on
 * PostgreSQL). */
static inline struct cw_value cw_null(void) { return (struct cw_value){.type = CW_NULL}; }
static inline struct cw_value cw_bool(bool b) { return (struct cw_value){.type = CW_BOOL, .b = b}; }
static inline struct cw_value cw_int(int64_t i) { return (struct cw_value){.type = CW_INT, .i = i}; }
static inline struct cw_value cw_float(double f) {
  return (struct cw_value){.type = CW_FLOAT, .f = f};
}
struct cw_value cw_text(const char *text); /* NULL gives CW_NULL */
static inline struct cw_value cw_textn(const char *p, size_t len) {
  return (struct cw_value){.type = CW_TEXT, .s = {p, len}};
}
static inline struct cw_value cw_blob(const void *p, size_t len) {
  return (struct cw_value){.type = CW_BLOB, .s = {p, len}};
}

/* Deep copies: the copy owns its bytes; release it with cw_value_release. */
struct cw_value cw_value_dup(struct cw_value value);
void cw_value_release(struct cw_value *value); /* only of values made by cw_value_dup */

/* The value as text, for messages and for callers that compare (the caller frees): integers in
 * decimal, floats with as many digits as read back the same, "true" and "false"; NULL gives NULL. */
char *cw_value_text(const struct cw_value *value);
/* The shortest decimal form that reads back the same double: "0.1", "1e+300", "inf", "nan". Writes
 * into `buf` (at least 32 bytes) and returns it; never depends on the locale. */
char *cw_float_text(double f, char *buf);

#endif
