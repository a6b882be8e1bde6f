/* Values: copies and text forms; see value.h. */
#include "db/value.h"

#include <inttypes.h>

#include "db/text.h"
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

char *cw_value_text(const struct cw_value *value) {
  char buf[CW_FLOAT_TEXT];
  switch (value->type) {
  case CW_NULL:
    return NULL;
  case CW_BOOL:
    return xstrdup(value->b ? "true" : "false");
  case CW_INT:
    return xasprintf("%" PRId64, value->i);
  case CW_FLOAT:
    cw_float_format(value->f, buf);
    return xstrdup(buf);
  case CW_NUMERIC:
  case CW_TEXT:
  case CW_BLOB:
    break;
  }
  return (char *)cw_value_dup(*value).s.p;
}
