/* Templates of a backfill's statements, and writers; see backfill_write.h. */
#include "op/backfill_write.h"

#include "db/text.h"
#include "util/alloc.h"

/* --- templates ------------------------------------------------------------------------------------ */

static void place(struct cw_expanded *out, bool numbered, size_t before, struct cw_value value) {
  vec_push(&out->values, value);
  if (numbered)
    strbuf_addf(&out->sql, "$%zu", before + out->values.len);
  else
    strbuf_addch(&out->sql, '?');
}

/* On a server with numbered placeholders the user's come first, whatever their place in the text. */
static void add_user(struct cw_expanded *out, bool numbered, const struct cw_bound *user) {
  strbuf_add(&out->sql, user->sql.buf, user->sql.len);
  for (size_t i = 0; i < user->len && !numbered; i++) vec_push(&out->values, user->values[i]);
}

void cw_template_expand(const char *text, unsigned flavor, const struct cw_template_args *args,
                        struct cw_expanded *out) {
  bool numbered = flavor & CW_SQL_NUMBERED, uses_user = strstr(text, "\1U;") != NULL;
  size_t before = numbered && uses_user ? args->user->len : 0;
  strbuf_reset(&out->sql);
  vec_clear(&out->values);
  for (const char *p = text; *p;) {
    size_t plain = strcspn(p, "\1");
    strbuf_add(&out->sql, p, plain);
    p += plain;
    if (!*p) break;
    char letter = p[1], *end;
    size_t i = strtoul(p + 2, &end, 10);
    p = end + 1;
    switch (letter) {
    case 'L': place(out, numbered, before, args->low[i - 1]); break;
    case 'H': place(out, numbered, before, args->high[i - 1]); break;
    case 'E': place(out, numbered, before, args->end[i - 1]); break;
    case 'N': place(out, numbered, before, cw_int(args->skip)); break;
    case 'C': place(out, numbered, before, args->columns[i - 1]); break;
    default: add_user(out, numbered, args->user); break;
    }
  }
  if (!before) return;
  size_t own = out->values.len;
  for (size_t i = 0; i < before; i++) vec_push(&out->values, cw_null());
  memmove(out->values.items + before, out->values.items, own * sizeof *out->values.items);
  memcpy(out->values.items, args->user->values, before * sizeof *out->values.items);
}

void cw_expanded_release(struct cw_expanded *expanded) {
  strbuf_release(&expanded->sql);
  vec_release(&expanded->values);
}

/* --- writers --------------------------------------------------------------------------------------- */

struct cw_writer {
  enum cw_writer_kind kind;
  char *encode, *sql[3];
  size_t ncolumns, rows;
  bool unordered;                /* GIVEN: a key is no integer, or not above the one before it */
  struct strbuf *texts;          /* ARRAYS: one a column; JSON: one */
  VEC(struct cw_value) values;   /* SETS, GIVEN: row by row; a string's p is an offset until the flush */
  struct strbuf bytes;
};

struct cw_writer *cw_writer_new(enum cw_writer_kind kind, const char *encode,
                                const char *const sql[3]) {
  struct cw_writer *w = xcalloc(1, sizeof *w);
  w->kind = kind;
  w->encode = xstrdup(encode);
  w->sql[0] = xstrdup(sql[0]);
  w->sql[1] = xstrdup(sql[1]);
  if (kind == CW_WRITER_GIVEN) w->sql[2] = xstrdup(sql[2]);
  w->ncolumns = strlen(encode);
  w->texts = xcalloc(w->ncolumns + 1, sizeof *w->texts);
  for (size_t i = 0; i <= w->ncolumns; i++) strbuf_init(&w->texts[i]);
  strbuf_init(&w->bytes);
  return w;
}

struct cw_writer *cw_writer_like(const struct cw_writer *w) {
  const char *const sql[3] = {w->sql[0], w->sql[1], w->sql[2]};
  return cw_writer_new(w->kind, w->encode, sql);
}

void cw_writer_free(struct cw_writer *w) {
  if (!w) return;
  for (size_t i = 0; i <= w->ncolumns; i++) strbuf_release(&w->texts[i]);
  free(w->texts);
  vec_release(&w->values);
  strbuf_release(&w->bytes);
  free(w->encode);
  free(w->sql[0]);
  free(w->sql[1]);
  free(w->sql[2]);
  free(w);
}

void cw_writers_release(struct cw_writers *writers) {
  for (size_t i = 0; i < writers->len; i++) cw_writer_free(writers->items[i]);
  vec_release(writers);
}

size_t cw_writer_rows(const struct cw_writer *w) { return w->rows; }

void cw_writer_drop(struct cw_writer *w) {
  for (size_t i = 0; i <= w->ncolumns; i++) strbuf_reset(&w->texts[i]);
  vec_clear(&w->values);
  strbuf_reset(&w->bytes);
  w->rows = 0;
  w->unordered = false;
}

static bool is_string(const struct cw_value *v) {
  return v->type == CW_TEXT || v->type == CW_BLOB || v->type == CW_NUMERIC;
}

static void add_hex(struct strbuf *out, const char *p, size_t len) {
  static const char digits[] = "0123456789abcdef";
  strbuf_grow(out, len * 2);
  for (size_t i = 0; i < len; i++) {
    strbuf_addch(out, digits[(unsigned char)p[i] >> 4]);
    strbuf_addch(out, digits[(unsigned char)p[i] & 15]);
  }
}

/* Integers and floats as text; a boolean is `t` or `f`. */
static void add_number(struct strbuf *out, const struct cw_value *v, const char *t, const char *f) {
  char buf[CW_FLOAT_TEXT];
  if (v->type == CW_BOOL) {
    strbuf_addstr(out, v->b ? t : f);
  } else if (v->type == CW_FLOAT) {
    strbuf_add(out, buf, cw_float_format(v->f, buf));
  } else {
    char digits[24];
    size_t at = sizeof digits;
    uint64_t n = v->i < 0 ? 0 - (uint64_t)v->i : (uint64_t)v->i;
    do digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    if (v->i < 0) digits[--at] = '-';
    strbuf_add(out, digits + at, sizeof digits - at);
  }
}

/* An element of PostgreSQL's array text. */
static void add_element(struct strbuf *out, char encode, const struct cw_value *v) {
  strbuf_addch(out, out->len ? ',' : '{');
  if (v->type == CW_NULL) {
    strbuf_addstr(out, "NULL");
  } else if (!is_string(v)) {
    add_number(out, v, "t", "f");
  } else if (encode == 'x') {
    strbuf_addstr(out, "\"\\\\x");
    add_hex(out, v->s.p, v->s.len);
    strbuf_addch(out, '"');
  } else {
    strbuf_addch(out, '"');
    const char *p = v->s.p, *end = p + v->s.len;
    while (p < end) {
      const char *from = p;
      while (p < end && *p != '"' && *p != '\\') p++;
      strbuf_add(out, from, (size_t)(p - from));
      if (p < end) {
        strbuf_addch(out, '\\');
        strbuf_addch(out, *p++);
      }
    }
    strbuf_addch(out, '"');
  }
}

static void add_json_text(struct strbuf *out, const char *p, size_t len) {
  const char *end = p + len;
  while (p < end) {
    const char *from = p;
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) p++;
    strbuf_add(out, from, (size_t)(p - from));
    if (p == end) break;
    if (*p == '"' || *p == '\\') {
      strbuf_addch(out, '\\');
      strbuf_addch(out, *p);
    } else {
      strbuf_addf(out, "\\u%04x", (unsigned)(unsigned char)*p);
    }
    p++;
  }
}

static void add_json(struct strbuf *out, char encode, const struct cw_value *v) {
  if (v->type == CW_NULL) {
    strbuf_addstr(out, "null");
  } else if (v->type == CW_INT || v->type == CW_BOOL) {
    add_number(out, v, "1", "0");
  } else {
    strbuf_addch(out, '"');
    if (v->type == CW_FLOAT)
      add_number(out, v, "1", "0");
    else if (encode == 'x')
      add_hex(out, v->s.p, v->s.len);
    else
      add_json_text(out, v->s.p, v->s.len);
    strbuf_addch(out, '"');
  }
}

/* Whether the key of the row that is added, the last of its values, comes behind all others. */
static bool in_order(const struct cw_writer *w, const struct cw_value *values) {
  const struct cw_value *key = &values[w->ncolumns - 1];
  if (key->type != CW_INT) return false;
  return w->rows == 0 || w->unordered || w->values.items[w->values.len - 1].i < key->i;
}

void cw_writer_add(struct cw_writer *w, const struct cw_value *values) {
  struct strbuf *json = &w->texts[0];
  if (w->kind == CW_WRITER_GIVEN && !in_order(w, values)) w->unordered = true;
  if (w->kind == CW_WRITER_JSON) strbuf_addstr(json, json->len ? ",[" : "[[");
  for (size_t i = 0; i < w->ncolumns; i++) {
    if (w->kind == CW_WRITER_ARRAYS) {
      add_element(&w->texts[i], w->encode[i], &values[i]);
    } else if (w->kind == CW_WRITER_JSON) {
      if (i) strbuf_addch(json, ',');
      add_json(json, w->encode[i], &values[i]);
    } else {
      struct cw_value v = values[i];
      if (is_string(&v)) {
        size_t offset = w->bytes.len;
        strbuf_add(&w->bytes, v.s.p, v.s.len);
        v.s.p = (const char *)(uintptr_t)offset;
      }
      vec_push(&w->values, v);
    }
  }
  if (w->kind == CW_WRITER_JSON) strbuf_addch(json, ']');
  w->rows++;
}

/* All bytes are there: from now on they stay where they are. */
static void place_strings(struct cw_writer *w) {
  for (size_t i = 0; i < w->values.len; i++) {
    struct cw_value *v = &w->values.items[i];
    if (is_string(v)) v->s.p = w->bytes.buf + (uintptr_t)v->s.p;
  }
}

static int flush_sets(struct cw_writer *w, struct cw_conn *conn, const char *sql,
                      int64_t *changed, struct cw_err *err) {
  struct cw_expanded e = CW_EXPANDED_INIT;
  int64_t affected = 0;
  place_strings(w);
  struct cw_template_args args = {.columns = w->values.items};
  cw_template_expand(sql, cw_conn_flavor(conn), &args, &e);
  int failed = cw_conn_batch(conn, e.sql.buf, e.sql.len, w->values.items, w->ncolumns, w->rows,
                             &affected, err);
  *changed += affected;
  cw_expanded_release(&e);
  return failed;
}

static int flush_given(struct cw_writer *w, struct cw_conn *conn, const struct cw_value *low,
                       const struct cw_value *high, int64_t *changed, struct cw_err *err) {
  struct cw_expanded e = CW_EXPANDED_INIT, one = CW_EXPANDED_INIT;
  int64_t affected = 0;
  place_strings(w);
  struct cw_template_args args = {.low = low, .high = high, .columns = w->values.items};
  cw_template_expand(w->sql[low != NULL], cw_conn_flavor(conn), &args, &e);
  cw_template_expand(w->sql[2], cw_conn_flavor(conn), &args, &one);
  struct cw_given given = {.sql = one.sql.buf,
                           .len = one.sql.len,
                           .values = w->values.items,
                           .ncolumns = w->ncolumns,
                           .nrows = w->rows};
  int failed = cw_conn_query_given(conn, e.sql.buf, e.sql.len, e.values.items, e.values.len, &given,
                                   &affected, err);
  *changed += affected;
  cw_expanded_release(&e);
  cw_expanded_release(&one);
  return failed;
}

static int flush_one(struct cw_writer *w, struct cw_conn *conn, const struct cw_value *low,
                     const struct cw_value *high, int64_t *changed, struct cw_err *err) {
  struct cw_expanded e = CW_EXPANDED_INIT;
  size_t n = w->kind == CW_WRITER_JSON ? 1 : w->ncolumns;
  struct cw_value *columns = xcalloc(n, sizeof *columns);
  for (size_t i = 0; i < n; i++) {
    strbuf_addch(&w->texts[i], w->kind == CW_WRITER_JSON ? ']' : '}');
    columns[i] = cw_textn(w->texts[i].buf, w->texts[i].len);
  }
  struct cw_template_args args = {.low = low, .high = high, .columns = columns};
  cw_template_expand(w->sql[low != NULL], cw_conn_flavor(conn), &args, &e);
  struct cw_result *result = NULL;
  int failed = cw_conn_query(conn, e.sql.buf, e.sql.len, e.values.items, e.values.len, 0, &result,
                             err);
  if (!failed) *changed += cw_result_affected(result);
  cw_result_free(result);
  cw_expanded_release(&e);
  free(columns);
  return failed;
}

/* A range of which only a few rows are written is not read for them once more. */
static bool asks(const struct cw_writer *w, int64_t n) {
  return !w->unordered && (int64_t)w->rows >= n / 8;
}

int cw_writer_flush(struct cw_writer *w, struct cw_conn *conn, const struct cw_value *low,
                    const struct cw_value *high, int64_t n, int64_t *changed, struct cw_err *err) {
  int failed = 0;
  if (w->rows == 0)
    failed = 0;
  else if (w->kind == CW_WRITER_SETS)
    failed = flush_sets(w, conn, w->sql[low != NULL], changed, err);
  else if (w->kind != CW_WRITER_GIVEN)
    failed = flush_one(w, conn, low, high, changed, err);
  else if (asks(w, n))
    failed = flush_given(w, conn, low, high, changed, err);
  else
    failed = flush_sets(w, conn, w->sql[2], changed, err);
  cw_writer_drop(w);
  return failed;
}
