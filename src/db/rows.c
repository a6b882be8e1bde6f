/* Rows in memory and the driver that gives them as a result; see rows.h. */
#include "db/rows.h"

#include "db/driver.h"
#include "db/text.h"
#include "util/alloc.h"
#include "util/strbuf.h"

enum { VALUE_OVERHEAD = 16 };

void cw_rows_release(struct cw_rows *rows) {
  for (size_t i = 0; i < rows->len; i++) cw_value_release(&rows->items[i]);
  free(rows->items);
  strvec_release(&rows->names);
  *rows = (struct cw_rows){0};
}

static void add_value(struct cw_rows *rows, struct cw_value value) {
  rows->bytes += VALUE_OVERHEAD + (value.type >= CW_NUMERIC ? value.s.len : 0);
  vec_push(rows, cw_value_dup(value));
}

int cw_rows_read(struct cw_rows *rows, struct cw_result *source, size_t limit, struct cw_err *err) {
  size_t ncols = cw_result_ncols(source);
  for (size_t i = 0; i < ncols; i++) strvec_push(&rows->names, cw_result_name(source, i));
  const struct cw_value *row;
  int got = 1;
  while (limit == 0 || rows->bytes <= limit) {
    if ((got = cw_result_next(source, &row, err)) != 1) break;
    for (size_t i = 0; i < ncols; i++) add_value(rows, row[i]);
    if (ncols == 0) break;
  }
  rows->complete = got == 0;
  rows->affected = cw_result_affected(source);
  return got < 0 ? -1 : 0;
}

/* --- JSON ---------------------------------------------------------------------------------------- */

static json_t *tagged(const char *tag, json_t *value) {
  json_t *object = json_object();
  json_object_set_new(object, tag, value);
  return object;
}

static json_t *hex(const char *tag, const char *bytes, size_t len) {
  static const char digits[] = "0123456789abcdef";
  char *text = xmalloc(len * 2 + 1);
  for (size_t i = 0; i < len; i++) {
    text[2 * i] = digits[(unsigned char)bytes[i] >> 4];
    text[2 * i + 1] = digits[(unsigned char)bytes[i] & 15];
  }
  json_t *value = tagged(tag, json_stringn(text, len * 2));
  free(text);
  return value;
}

json_t *cw_value_json(const struct cw_value *value) {
  char number[CW_FLOAT_TEXT];
  switch (value->type) {
  case CW_NULL:
    return json_null();
  case CW_BOOL:
    return json_boolean(value->b);
  case CW_INT:
    return json_integer(value->i);
  case CW_FLOAT:
    return tagged("float", json_stringn(number, cw_float_format(value->f, number)));
  case CW_NUMERIC:
    return tagged("numeric", json_stringn(value->s.p, value->s.len));
  case CW_TEXT:
    return cw_text_is_utf8(value->s.p, value->s.len) ? json_stringn(value->s.p, value->s.len)
                                                     : hex("text", value->s.p, value->s.len);
  case CW_BLOB:
    return hex("blob", value->s.p, value->s.len);
  }
  return json_null();
}

json_t *cw_rows_json(const struct cw_rows *rows) {
  json_t *names = json_array(), *list = json_array();
  for (size_t i = 0; i < rows->names.len; i++)
    json_array_append_new(names, json_string(rows->names.items[i]));
  for (size_t i = 0; i < rows->len; i++)
    json_array_append_new(list, cw_value_json(&rows->items[i]));
  json_t *out = json_object();
  json_object_set_new(out, "names", names);
  json_object_set_new(out, "values", list);
  json_object_set_new(out, "affected", json_integer(rows->affected));
  return out;
}

static int nibble(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

static void add_hex(struct cw_rows *rows, enum cw_type type, const char *text, size_t len) {
  char *bytes = xmalloc(len / 2 + 1);
  for (size_t i = 0; i + 1 < len; i += 2)
    bytes[i / 2] = (char)(nibble(text[i]) << 4 | nibble(text[i + 1]));
  add_value(rows, (struct cw_value){.type = type, .s = {bytes, len / 2}});
  free(bytes);
}

static bool add_tagged(struct cw_rows *rows, json_t *object) {
  const char *tag;
  json_t *value;
  json_object_foreach(object, tag, value) {
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    double number;
    if (!text) return false;
    if (strcmp(tag, "float") == 0 && cw_float_parse(text, &number))
      add_value(rows, cw_float(number));
    else if (strcmp(tag, "numeric") == 0)
      add_value(rows, (struct cw_value){.type = CW_NUMERIC, .s = {text, len}});
    else if (strcmp(tag, "text") == 0 || strcmp(tag, "blob") == 0)
      add_hex(rows, tag[0] == 't' ? CW_TEXT : CW_BLOB, text, len);
    else
      return false;
    return true;
  }
  return false;
}

bool cw_rows_from_json(struct cw_rows *rows, const json_t *json) {
  size_t i;
  json_t *item, *names = json_object_get(json, "names"), *values = json_object_get(json, "values");
  if (!json_is_array(names) || !json_is_array(values)) return false;
  json_array_foreach(names, i, item) strvec_push(&rows->names, json_string_value(item));
  json_array_foreach(values, i, item) {
    if (json_is_null(item))
      add_value(rows, cw_null());
    else if (json_is_boolean(item))
      add_value(rows, cw_bool(json_is_true(item)));
    else if (json_is_integer(item))
      add_value(rows, cw_int(json_integer_value(item)));
    else if (json_is_string(item))
      add_value(rows, cw_textn(json_string_value(item), json_string_length(item)));
    else if (!json_is_object(item) || !add_tagged(rows, item))
      return false;
  }
  rows->affected = json_integer_value(json_object_get(json, "affected"));
  rows->complete = true;
  return true;
}

/* --- the result ---------------------------------------------------------------------------------- */

/* Every such result brings its own connection of this driver, which can do nothing but serve it. */
struct rows_result {
  struct cw_result base;
  struct cw_conn conn;
  struct cw_rows rows;
  size_t at;
  struct cw_result *rest;
};

static int rows_next(struct cw_result *result, struct cw_err *err) {
  struct rows_result *r = (struct rows_result *)result;
  size_t ncols = result->ncols;
  if (ncols && r->at + ncols <= r->rows.len) {
    memcpy(result->row, &r->rows.items[r->at], ncols * sizeof *result->row);
    r->at += ncols;
    return 1;
  }
  if (!r->rest) return 0;
  const struct cw_value *row;
  int got = cw_result_next(r->rest, &row, err);
  if (got == 1) memcpy(result->row, row, ncols * sizeof *result->row);
  result->affected = cw_result_affected(r->rest);
  return got;
}

static void rows_finish(struct cw_result *result) {
  struct rows_result *r = (struct rows_result *)result;
  cw_result_free(r->rest);
  cw_rows_release(&r->rows);
  free(r);
}

static const struct cw_driver rows_driver = {
    .name = "rows", .next = rows_next, .finish = rows_finish};

struct cw_result *cw_rows_result(struct cw_rows *rows, struct cw_result *rest) {
  struct rows_result *r = xcalloc(1, sizeof *r);
  r->conn.driver = &rows_driver;
  r->rows = *rows;
  r->rest = rest;
  *rows = (struct cw_rows){0};
  cw_result_init(&r->base, &r->conn, r->rows.names.len);
  for (size_t i = 0; i < r->rows.names.len; i++)
    cw_result_set_name(&r->base, i, r->rows.names.items[i]);
  r->base.affected = r->rows.affected;
  if (rest) r->base.has_insert_id = cw_result_insert_id(rest, &r->base.insert_id);
  return &r->base;
}
