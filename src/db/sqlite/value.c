/* Values to and from SQLite.
 *
 * A value's type is its storage class, corrected by the declared type of the column it was read from:
 * 0 and 1 of a BOOLEAN column are booleans, numbers of a NUMERIC or DECIMAL column are exact, also when
 * they are stored as text (NUMERIC TEXT, which keeps every digit), and have the digits after the point
 * that NUMERIC(p, s) promises unless they have more. Expressions have no declared type.
 * NaN can't be stored: SQLite makes it NULL. Text that is no UTF-8 is stored as a BLOB, since every
 * function that reads a TEXT of such bytes would damage it. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/sqlite/lite.h"
#include "db/text.h"
#include "util/alloc.h"

/* Beyond 15 digits a double's decimal form isn't its own any more. */
enum { MAX_SCALE = 15 };

/* "NUMERIC(10, 2)" begins with NUMERIC. */
static bool declared_as(const char *declared, const char *name) {
  size_t n = strlen(name);
  if (strncasecmp(declared, name, n) != 0) return false;
  unsigned char next = (unsigned char)declared[n];
  return !isalnum(next) && next != '_';
}

/* The scale of "NUMERIC(10, 2)". */
static int declared_scale(const char *declared) {
  const char *comma = strchr(declared, ',');
  long scale = comma ? strtol(comma + 1, NULL, 10) : 0;
  return scale > 0 && scale <= MAX_SCALE ? (int)scale : 0;
}

struct lite_decl cw_lite_decl(const char *declared) {
  struct lite_decl decl = {.reading = LITE_PLAIN};
  if (!declared) return decl;
  if (declared_as(declared, "BOOLEAN") || declared_as(declared, "BOOL")) {
    decl.reading = LITE_BOOLEAN;
  } else if (declared_as(declared, "NUMERIC") || declared_as(declared, "DECIMAL")) {
    decl.reading = LITE_NUMERIC;
    decl.scale = declared_scale(declared);
  }
  return decl;
}

/* --- to SQLite --------------------------------------------------------------------------------- */

/* A NULL pointer would bind NULL. */
static const char *bytes_of(const struct cw_value *value) {
  return value->s.len ? value->s.p : "";
}

static int bind_bytes(sqlite3_stmt *stmt, int i, const struct cw_value *value, bool binary,
                      bool copy) {
  sqlite3_destructor_type life = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
  if (binary || !cw_text_is_utf8(bytes_of(value), value->s.len))
    return sqlite3_bind_blob64(stmt, i, bytes_of(value), value->s.len, life);
  return sqlite3_bind_text64(stmt, i, bytes_of(value), value->s.len, life, SQLITE_UTF8);
}

/* Whether text is meant for a BLOB column. */
static bool meant_as_bytes(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *query,
                           size_t param) {
  if (!s->targets.found) cw_lite_find_targets(c, query->sql, query->len, &s->targets);
  return cw_lite_target_is_binary(c, &s->targets, param);
}

static int bind_one(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *query,
                    size_t param, bool copy) {
  const struct cw_value *value = &query->params[param];
  int i = (int)param + 1;
  switch (value->type) {
  case CW_NULL:
    return sqlite3_bind_null(s->stmt, i);
  case CW_BOOL:
    return sqlite3_bind_int(s->stmt, i, value->b);
  case CW_INT:
    return sqlite3_bind_int64(s->stmt, i, value->i);
  case CW_FLOAT:
    return sqlite3_bind_double(s->stmt, i, value->f);
  case CW_NUMERIC:
    return bind_bytes(s->stmt, i, value, false, copy);
  case CW_TEXT:
    return bind_bytes(s->stmt, i, value, meant_as_bytes(c, s, query, param), copy);
  case CW_BLOB:
    break;
  }
  return bind_bytes(s->stmt, i, value, true, copy);
}

static int wrong_count(sqlite3_stmt *stmt, size_t wanted, size_t given, struct cw_err *err) {
  const char *name = given ? NULL : sqlite3_bind_parameter_name(stmt, 1);
  cw_fail(err, CW_ERR_STATEMENT, "the statement has %zu placeholder%s%s%s%s and %zu value%s given",
          wanted, wanted == 1 ? "" : "s", name ? " (" : "", name ? name : "", name ? ")" : "", given,
          given == 1 ? " is" : "s are");
  if (err) snprintf(err->sqlstate, sizeof err->sqlstate, "07001");
  return cw_hint(err, "give each placeholder its value, or quote it if it is meant as text");
}

int cw_lite_bind(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *query, bool copy,
                 struct cw_err *err) {
  size_t wanted = (size_t)sqlite3_bind_parameter_count(s->stmt);
  if (wanted != query->nparams) return wrong_count(s->stmt, wanted, query->nparams, err);
  for (size_t i = 0; i < query->nparams; i++) {
    int rc = bind_one(c, s, query, i, copy);
    if (rc != SQLITE_OK) return cw_lite_fail(c, rc, NULL, err);
  }
  return 0;
}

/* --- from SQLite ------------------------------------------------------------------------------- */

static struct cw_value numeric(const char *text, int len) {
  struct cw_value value = cw_textn(text, (size_t)len);
  value.type = CW_NUMERIC;
  return value;
}

static struct cw_value integer(int64_t i, struct lite_decl decl, char *number) {
  if (decl.reading == LITE_BOOLEAN && (i == 0 || i == 1)) return cw_bool(i == 1);
  if (decl.reading != LITE_NUMERIC) return cw_int(i);
  int len = snprintf(number, CW_FLOAT_TEXT, "%" PRId64, i);
  if (decl.scale) len += snprintf(number + len, (size_t)(CW_FLOAT_TEXT - len), ".%0*d", decl.scale, 0);
  return numeric(number, len);
}

/* Writes a number with the digits that its column's scale promises; 0 when they wouldn't be all of it.
 * Both sides of the division are exact, so it gives the double nearest to the decimal. */
static int scaled(double f, int scale, char *number) {
  int64_t power = 1;
  for (int i = 0; i < scale; i++) power *= 10;
  double units = f * (double)power;
  if (!(fabs(units) < 9007199254740992.0)) return 0; /* 2^53 */
  int64_t n = llround(units), size = n < 0 ? -n : n;
  if ((double)n / (double)power != f) return 0;
  return snprintf(number, CW_FLOAT_TEXT, "%s%" PRId64 ".%0*" PRId64, n < 0 ? "-" : "", size / power,
                  scale, size % power);
}

static struct cw_value real(double f, struct lite_decl decl, char *number) {
  if (decl.reading != LITE_NUMERIC || !isfinite(f)) return cw_float(f);
  int len = decl.scale ? scaled(f, decl.scale, number) : 0;
  return numeric(number, len ? len : (int)cw_float_format(f, number));
}

/* [+-] digits [. digits] [e [+-] digits] */
static bool is_decimal(const char *p, const char *end) {
  const char *digits;
  if (p < end && (*p == '-' || *p == '+')) p++;
  for (digits = p; p < end && isdigit((unsigned char)*p);) p++;
  bool any = p > digits;
  if (p < end && *p == '.') {
    for (digits = ++p; p < end && isdigit((unsigned char)*p);) p++;
    any |= p > digits;
  }
  if (any && p < end && (*p == 'e' || *p == 'E')) {
    if (++p < end && (*p == '-' || *p == '+')) p++;
    for (digits = p; p < end && isdigit((unsigned char)*p);) p++;
    any = p > digits;
  }
  return any && p == end;
}

static struct cw_value text(const char *p, int len, struct lite_decl decl) {
  return decl.reading == LITE_NUMERIC && is_decimal(p, p + len) ? numeric(p, len) : cw_textn(p, (size_t)len);
}

struct cw_value cw_lite_column(sqlite3_stmt *stmt, int col, struct lite_decl decl, char *number) {
  const void *bytes;
  switch (sqlite3_column_type(stmt, col)) {
  case SQLITE_INTEGER:
    return integer(sqlite3_column_int64(stmt, col), decl, number);
  case SQLITE_FLOAT:
    return real(sqlite3_column_double(stmt, col), decl, number);
  case SQLITE_TEXT:
    bytes = sqlite3_column_text(stmt, col); /* before its length: it may convert */
    return text(bytes ? bytes : "", sqlite3_column_bytes(stmt, col), decl);
  case SQLITE_BLOB:
    bytes = sqlite3_column_blob(stmt, col);
    return cw_blob(bytes ? bytes : "", (size_t)sqlite3_column_bytes(stmt, col));
  default:
    return cw_null();
  }
}
