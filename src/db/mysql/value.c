/* Values on their way to and from MariaDB and MySQL. Results come by two protocols, text and binary
 * (prepared statements); both give the same types here. */
#include <string.h>

#include "db/mysql/my.h"
#include "db/text.h"

enum {
  CHARSET_BINARY = 63,
  TYPE_VECTOR = 242 /* MySQL 9; not in MariaDB's header */
};

/* --- columns ---------------------------------------------------------------------------------- */

/* MySQL marks some text of its catalogs as binary; the real blobs there are nobody's business. */
static bool is_catalog(const MYSQL_FIELD *field) {
  static const char *const schemas[] = {"information_schema", "performance_schema", "sys"};
  for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
    if (field->db && strcasecmp(field->db, schemas[i]) == 0) return true;
  return false;
}

enum cw_my_kind cw_my_kind_of(const MYSQL_FIELD *field) {
  bool is_unsigned = field->flags & UNSIGNED_FLAG;
  switch ((int)field->type) {
  case MYSQL_TYPE_TINY:
    return field->length == 1 && !is_unsigned ? MY_BOOL : MY_INT;
  case MYSQL_TYPE_SHORT:
  case MYSQL_TYPE_INT24:
  case MYSQL_TYPE_LONG:
  case MYSQL_TYPE_YEAR:
    return MY_INT;
  case MYSQL_TYPE_LONGLONG:
    return is_unsigned ? MY_UNSIGNED : MY_INT;
  case MYSQL_TYPE_FLOAT:
    return MY_FLOAT;
  case MYSQL_TYPE_DOUBLE:
    return MY_DOUBLE;
  case MYSQL_TYPE_DECIMAL:
  case MYSQL_TYPE_NEWDECIMAL:
    return MY_NUMERIC;
  case MYSQL_TYPE_BIT:
    return MY_BIT;
  case MYSQL_TYPE_DATE:
  case MYSQL_TYPE_NEWDATE:
    return MY_DATE;
  case MYSQL_TYPE_DATETIME:
  case MYSQL_TYPE_TIMESTAMP:
    return MY_DATETIME;
  case MYSQL_TYPE_TIME:
    return MY_TIME;
  case MYSQL_TYPE_NULL:
  case MYSQL_TYPE_JSON: /* MySQL says binary, but it is utf8mb4 */
  case MYSQL_TYPE_ENUM:
  case MYSQL_TYPE_SET:
    return MY_TEXT;
  case MYSQL_TYPE_GEOMETRY:
    return MY_BLOB;
  default:
    return field->charsetnr == CHARSET_BINARY && !is_catalog(field) ? MY_BLOB : MY_TEXT;
  }
}

bool cw_my_is_readable(const MYSQL_FIELD *field) {
  return (int)field->type != TYPE_VECTOR;
}

/* --- text protocol ---------------------------------------------------------------------------- */

static void get_bits(const char *bytes, size_t len, struct cw_my_column *col,
                     struct cw_value *out) {
  uint64_t bits = 0;
  for (size_t i = 0; i < len; i++) bits = bits << 8 | (unsigned char)bytes[i];
  *out = cw_int((int64_t)bits);
  if (bits <= INT64_MAX) return;
  int n = snprintf(col->shown, sizeof col->shown, "%llu", (unsigned long long)bits);
  *out = cw_textn(col->shown, (size_t)n);
  out->type = CW_NUMERIC;
}

void cw_my_text_value(struct cw_my_column *col, const char *text, size_t len,
                      struct cw_value *out) {
  int64_t i;
  double f;
  *out = cw_textn(text, len);
  switch (col->kind) {
  case MY_BOOL:
    if (len == 1 && (*text == '0' || *text == '1')) *out = cw_bool(*text == '1');
    else if (cw_int_parse(text, len, &i)) *out = cw_int(i);
    break;
  case MY_INT:
  case MY_UNSIGNED:
    if (cw_int_parse(text, len, &i)) *out = cw_int(i);
    else out->type = CW_NUMERIC;
    break;
  case MY_FLOAT:
  case MY_DOUBLE:
    if (cw_float_parse(text, &f)) *out = cw_float(f);
    break;
  case MY_NUMERIC:
    out->type = CW_NUMERIC;
    break;
  case MY_BLOB:
    out->type = CW_BLOB;
    break;
  case MY_BIT:
    get_bits(text, len, col, out);
    break;
  case MY_TEXT:
  case MY_DATE:
  case MY_DATETIME:
  case MY_TIME:
    break;
  }
}

/* --- binary protocol -------------------------------------------------------------------------- */

void cw_my_bind_column(struct cw_my_column *col, MYSQL_BIND *bind) {
  *bind = (MYSQL_BIND){.buffer = &col->fixed, .is_null = &col->null, .error = &col->error,
                       .length = &col->length};
  switch (col->kind) {
  case MY_BOOL:
  case MY_INT:
  case MY_UNSIGNED:
    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->is_unsigned = col->kind == MY_UNSIGNED;
    break;
  case MY_FLOAT:
    bind->buffer_type = MYSQL_TYPE_FLOAT;
    break;
  case MY_DOUBLE:
    bind->buffer_type = MYSQL_TYPE_DOUBLE;
    break;
  case MY_DATE:
  case MY_DATETIME:
  case MY_TIME:
    bind->buffer_type = col->kind == MY_DATE   ? MYSQL_TYPE_DATE
                        : col->kind == MY_TIME ? MYSQL_TYPE_TIME
                                               : MYSQL_TYPE_DATETIME;
    bind->buffer_length = sizeof col->fixed.time;
    break;
  case MY_NUMERIC:
  case MY_TEXT:
  case MY_BLOB:
  case MY_BIT:
    bind->buffer_type = col->kind == MY_NUMERIC || col->kind == MY_TEXT ? MYSQL_TYPE_STRING
                                                                        : MYSQL_TYPE_BLOB;
    bind->buffer = col->buffer;
    bind->buffer_length = col->size;
    break;
  }
}

/* As the server writes it: as many decimals as the column has. */
static void show_time(struct cw_my_column *col, struct cw_value *out) {
  const MYSQL_TIME *t = &col->fixed.time;
  size_t size = sizeof col->shown;
  int n = 0;
  if (col->kind != MY_TIME)
    n = snprintf(col->shown, size, "%04u-%02u-%02u", t->year, t->month, t->day);
  if (col->kind == MY_DATETIME)
    n += snprintf(col->shown + n, size - (size_t)n, " %02u:%02u:%02u", t->hour, t->minute,
                  t->second);
  if (col->kind == MY_TIME)
    n = snprintf(col->shown, size, "%s%02u:%02u:%02u", t->neg ? "-" : "", t->day * 24 + t->hour,
                 t->minute, t->second);
  unsigned decimals = col->decimals <= 6 ? col->decimals : t->second_part ? 6 : 0;
  if (col->kind != MY_DATE && decimals > 0) {
    n += snprintf(col->shown + n, size - (size_t)n, ".%06lu", t->second_part % 1000000);
    n -= 6 - (int)decimals;
  }
  *out = cw_textn(col->shown, (size_t)n);
}

void cw_my_bound_value(struct cw_my_column *col, struct cw_value *out) {
  int n;
  if (col->null) {
    *out = cw_null();
    return;
  }
  switch (col->kind) {
  case MY_BOOL:
    *out = cw_int(col->fixed.i);
    if (col->fixed.i == 0 || col->fixed.i == 1) *out = cw_bool(col->fixed.i == 1);
    break;
  case MY_INT:
    *out = cw_int(col->fixed.i);
    break;
  case MY_UNSIGNED:
    *out = cw_int(col->fixed.i);
    if (col->fixed.u <= INT64_MAX) break;
    n = snprintf(col->shown, sizeof col->shown, "%llu", (unsigned long long)col->fixed.u);
    *out = cw_textn(col->shown, (size_t)n);
    out->type = CW_NUMERIC;
    break;
  case MY_FLOAT:
    *out = cw_float(cw_float_widen(col->fixed.f));
    break;
  case MY_DOUBLE:
    *out = cw_float(col->fixed.d);
    break;
  case MY_DATE:
  case MY_DATETIME:
  case MY_TIME:
    show_time(col, out);
    break;
  case MY_NUMERIC:
  case MY_TEXT:
  case MY_BLOB:
  case MY_BIT:
    cw_my_text_value(col, col->buffer, col->length, out);
    break;
  }
}

/* --- parameters ------------------------------------------------------------------------------- */

int cw_my_bind_value(MYSQL_BIND *bind, const struct cw_value *value, unsigned long *length,
                     struct cw_err *err) {
  *bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_NULL, .length = length};
  *length = 0;
  switch (value->type) {
  case CW_NULL:
    break;
  case CW_BOOL:
    bind->buffer_type = MYSQL_TYPE_TINY;
    bind->buffer = (void *)&value->b;
    break;
  case CW_INT:
    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->buffer = (void *)&value->i;
    break;
  case CW_FLOAT:
    if (value->f - value->f != 0) {
      cw_fail(err, CW_ERR_STATEMENT, "MariaDB and MySQL can't store infinity or a value that is no"
                                     " number");
      return cw_hint(err, "store NULL, or a text, instead");
    }
    bind->buffer_type = MYSQL_TYPE_DOUBLE;
    bind->buffer = (void *)&value->f;
    break;
  case CW_NUMERIC:
  case CW_TEXT:
  case CW_BLOB:
    bind->buffer_type = value->type == CW_NUMERIC ? MYSQL_TYPE_NEWDECIMAL
                        : value->type == CW_TEXT && cw_text_is_utf8(value->s.p, value->s.len)
                            ? MYSQL_TYPE_STRING
                            : MYSQL_TYPE_BLOB;
    bind->buffer = (void *)(value->s.p ? value->s.p : "");
    bind->buffer_length = *length = value->s.len;
    break;
  }
  return 0;
}
