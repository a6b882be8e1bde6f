/* Values to and from SQLite.
 *
 * A value's type is its storage class, corrected by the declared type of the column it was read from:
 * 0 and 1 of a BOOLEAN column are booleans, numbers of a NUMERIC or DECIMAL column exact text.
 * Expressions have no declared type. NaN can't be stored: SQLite makes it NULL. Text that is no UTF-8
 * is stored as a BLOB, since a TEXT of such bytes would be damaged by every function that reads it. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>

#include "db/sqlite/lite.h"
#include "db/text.h"
#include "util/alloc.h"

/* "NUMERIC(10, 2)" begins with NUMERIC. */
static bool declared_as(const char *declared, const char *name) {
  size_t n = strlen(name);
  if (strncasecmp(declared, name, n) != 0) return false;
  unsigned char next = (unsigned char)declared[n];
  return !isalnum(next) && next != '_';
}

enum lite_decl cw_lite_decl(const char *declared) {
  if (!declared) return LITE_PLAIN;
  if (declared_as(declared, "BOOLEAN") || declared_as(declared, "BOOL")) return LITE_BOOLEAN;
  if (declared_as(declared, "NUMERIC") || declared_as(declared, "DECIMAL")) return LITE_NUMERIC;
  return LITE_PLAIN;
}

/* --- to SQLite --------------------------------------------------------------------------------- */

/* A NULL pointer would bind NULL. */
static const char *bytes_of(const struct cw_value *value) {
  return value->s.len ? value->s.p : "";
}

static int bind_one(sqlite3_stmt *stmt, int i, const struct cw_value *value,
                    sqlite3_destructor_type life) {
  switch (value->type) {
  case CW_NULL:
    return sqlite3_bind_null(stmt, i);
  case CW_BOOL:
    return sqlite3_bind_int(stmt, i, value->b);
  case CW_INT:
    return sqlite3_bind_int64(stmt, i, value->i);
  case CW_FLOAT:
    return sqlite3_bind_double(stmt, i, value->f);
  case CW_NUMERIC:
  case CW_TEXT:
    if (cw_text_is_utf8(bytes_of(value), value->s.len))
      return sqlite3_bind_text64(stmt, i, bytes_of(value), value->s.len, life, SQLITE_UTF8);
    break;
  case CW_BLOB:
    break;
  }
  return sqlite3_bind_blob64(stmt, i, bytes_of(value), value->s.len, life);
}

int cw_lite_bind(struct lite_conn *c, sqlite3_stmt *stmt, const struct cw_value *params,
                 size_t nparams, bool copy, struct cw_err *err) {
  size_t wanted = (size_t)sqlite3_bind_parameter_count(stmt);
  if (wanted != nparams) {
    const char *name = nparams ? NULL : sqlite3_bind_parameter_name(stmt, 1);
    cw_fail(err, CW_ERR_STATEMENT, "the statement has %zu placeholder%s%s%s%s and %zu value%s given",
            wanted, wanted == 1 ? "" : "s", name ? " (" : "", name ? name : "", name ? ")" : "",
            nparams, nparams == 1 ? " is" : "s are");
    if (err) snprintf(err->sqlstate, sizeof err->sqlstate, "07001");
    return cw_hint(err, "give each placeholder its value, or quote it if it is meant as text");
  }
  for (size_t i = 0; i < nparams; i++) {
    int rc = bind_one(stmt, (int)i + 1, &params[i], copy ? SQLITE_TRANSIENT : SQLITE_STATIC);
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

static struct cw_value integer(int64_t i, enum lite_decl decl, char *number) {
  if (decl == LITE_BOOLEAN && (i == 0 || i == 1)) return cw_bool(i == 1);
  if (decl != LITE_NUMERIC) return cw_int(i);
  return numeric(number, snprintf(number, CW_FLOAT_TEXT, "%" PRId64, i));
}

static struct cw_value real(double f, enum lite_decl decl, char *number) {
  if (decl != LITE_NUMERIC || !isfinite(f)) return cw_float(f);
  return numeric(number, (int)cw_float_format(f, number));
}

struct cw_value cw_lite_column(sqlite3_stmt *stmt, int col, enum lite_decl decl, char *number) {
  const void *bytes;
  switch (sqlite3_column_type(stmt, col)) {
  case SQLITE_INTEGER:
    return integer(sqlite3_column_int64(stmt, col), decl, number);
  case SQLITE_FLOAT:
    return real(sqlite3_column_double(stmt, col), decl, number);
  case SQLITE_TEXT:
    bytes = sqlite3_column_text(stmt, col); /* before its length: it may convert */
    return cw_textn(bytes ? bytes : "", (size_t)sqlite3_column_bytes(stmt, col));
  case SQLITE_BLOB:
    bytes = sqlite3_column_blob(stmt, col);
    return cw_blob(bytes ? bytes : "", (size_t)sqlite3_column_bytes(stmt, col));
  default:
    return cw_null();
  }
}
