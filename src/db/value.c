/* Values: copies and text forms; see value.h. */
#include "db/value.h"

#include <inttypes.h>
#include <math.h>

#include "util/alloc.h"

struct cw_value cw_text(const char *text) {
  return text ? cw_textn(text, strlen(text)) : cw_null();
}

static bool has_bytes(enum cw_type type) {
  return type == CW_NUMERIC || type == CW_TEXT || type == CW_BLOB;
}

struct cw_value cw_value_dup(struct cw_value value) {
  if (has_bytes(value.type)) {
    char *copy = xmalloc(value.s.len + 1);
    if (value.s.len) memcpy(copy, value.s.p, value.s.len);
    copy[value.s.len] = '\0';
    value.s.p = copy;
  }
  return value;
}

void cw_value_release(struct cw_value *value) {
  if (!value) return;
  if (has_bytes(value->type)) free((void *)value->s.p);
  *value = cw_null();
}

/* A comma is what other locales write for the point, should a plugin have set one. */
static char *with_point(char *text) {
  char *comma = strchr(text, ',');
  if (comma) *comma = '.';
  return text;
}

char *cw_float_text(double f, char *buf) {
  enum { SIZE = 32 };
  if (isnan(f)) {
    snprintf(buf, SIZE, "nan");
    return buf;
  }
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(buf, SIZE, "%.*g", digits, f);
    if (digits == 17 || strtod(buf, NULL) == f) break;
  }
  return with_point(buf);
}

char *cw_value_text(const struct cw_value *value) {
  char buf[32];
  switch (value->type) {
  case CW_NULL:
    return NULL;
  case CW_BOOL:
    return xstrdup(value->b ? "true" : "false");
  case CW_INT:
    return xasprintf("%" PRId64, value->i);
  case CW_FLOAT:
    return xstrdup(cw_float_text(value->f, buf));
  case CW_NUMERIC:
  case CW_TEXT:
  case CW_BLOB:
    break;
  }
  return (char *)cw_value_dup(*value).s.p;
}
