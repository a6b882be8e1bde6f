/* Values on their way to and from PostgreSQL. Everything travels as text, whose form the session
 * settings fix and which reads back exactly, but for bytea parameters, which are sent as bytes. */
#include <stdint.h>
#include <string.h>

#include "db/postgres/pg.h"
#include "db/text.h"

/* --- in --------------------------------------------------------------------------------------- */

static void reserve(struct cw_pg_args *args, size_t n) {
  strbuf_reset(&args->bytes);
  args->n = n;
  if (n <= args->cap) return;
  args->cap = n;
  args->values = xreallocarray(args->values, n, sizeof *args->values);
  args->lengths = xreallocarray(args->lengths, n, sizeof *args->lengths);
  args->formats = xreallocarray(args->formats, n, sizeof *args->formats);
  args->offsets = xreallocarray(args->offsets, n, sizeof *args->offsets);
}

void cw_pg_args_release(struct cw_pg_args *args) {
  free(args->values);
  free(args->lengths);
  free(args->formats);
  free(args->offsets);
  strbuf_release(&args->bytes);
  *args = (struct cw_pg_args)CW_PG_ARGS_INIT;
}

/* Appends text and its NUL; values[i] is set once nothing moves any more. */
static void put_text(struct cw_pg_args *args, size_t i, const char *text, size_t len) {
  args->offsets[i] = args->bytes.len;
  args->lengths[i] = (int)len;
  strbuf_add(&args->bytes, text, len);
  strbuf_addch(&args->bytes, '\0');
}

static void put_hex(struct cw_pg_args *args, size_t i, const char *data, size_t len) {
  static const char digits[] = "0123456789abcdef";
  args->offsets[i] = args->bytes.len;
  strbuf_grow(&args->bytes, 2 * len + 3);
  strbuf_addstr(&args->bytes, "\\x");
  for (size_t k = 0; k < len; k++) {
    unsigned char byte = (unsigned char)data[k];
    strbuf_addch(&args->bytes, digits[byte >> 4]);
    strbuf_addch(&args->bytes, digits[byte & 15]);
  }
  args->lengths[i] = (int)(args->bytes.len - args->offsets[i]);
  strbuf_addch(&args->bytes, '\0');
}

static bool is_text(Oid type) {
  return type == PG_TEXT || type == 1042 || type == 1043; /* char(n), varchar */
}

static int put_string(struct cw_pg_args *args, size_t i, const struct cw_value *value, Oid type,
                      struct cw_err *err) {
  const char *p = value->s.p ? value->s.p : "";
  size_t len = value->s.len;
  if (len > INT32_MAX)
    return cw_fail(err, CW_ERR_STATEMENT,
                   "parameter %zu has %zu bytes, but PostgreSQL takes at most 1 GB", i + 1, len);
  if (type == PG_BYTEA) {
    args->values[i] = p;
    args->offsets[i] = SIZE_MAX;
    args->lengths[i] = (int)len;
    args->formats[i] = 1;
    return 0;
  }
  bool nul = len > 0 && memchr(p, '\0', len), utf8 = cw_text_is_utf8(p, len);
  if (value->type == CW_BLOB && !is_text(type)) {
    put_hex(args, i, p, len); /* an unknown type's input function reads bytea's text form at best */
    return 0;
  }
  if (nul || !utf8) {
    cw_fail(err, CW_ERR_STATEMENT,
            nul ? "parameter %zu holds a NUL byte, which PostgreSQL's text can't store"
                : "parameter %zu is not valid UTF-8, which PostgreSQL's text must be",
            i + 1);
    return cw_hint(err, "store bytes in a bytea column, or clean the text");
  }
  put_text(args, i, p, len);
  return 0;
}

int cw_pg_args_fill(struct cw_pg_args *args, const struct cw_pg_stmt *stmt,
                    const struct cw_value *values, struct cw_err *err) {
  reserve(args, stmt->nparams);
  for (size_t i = 0; i < stmt->nparams; i++) {
    const struct cw_value *value = &values[i];
    Oid type = stmt->types[i];
    char number[CW_FLOAT_TEXT];
    size_t len;
    args->formats[i] = 0;
    args->values[i] = NULL;
    args->lengths[i] = 0;
    args->offsets[i] = SIZE_MAX;
    switch (value->type) {
    case CW_NULL:
      break;
    case CW_BOOL: /* boolean's input reads 1 and 0 too; a text column gets the word */
      if (is_text(type)) put_text(args, i, value->b ? "true" : "false", value->b ? 4 : 5);
      else put_text(args, i, value->b ? "1" : "0", 1);
      break;
    case CW_INT:
      len = (size_t)snprintf(number, sizeof number, "%lld", (long long)value->i);
      put_text(args, i, number, len);
      break;
    case CW_FLOAT:
      len = cw_float_format(value->f, number);
      put_text(args, i, number, len);
      break;
    case CW_NUMERIC:
    case CW_TEXT:
    case CW_BLOB:
      if (put_string(args, i, value, type, err)) return -1;
      break;
    }
  }
  for (size_t i = 0; i < stmt->nparams; i++)
    if (args->offsets[i] != SIZE_MAX) args->values[i] = args->bytes.buf + args->offsets[i];
  return 0;
}

/* --- out -------------------------------------------------------------------------------------- */

static int nibble(char c) {
  return c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* bytea's text: hex as our session asks for, else (behind a pooler) whatever the session has. */
static void get_bytes(struct cw_pg_result *r, const char *text, size_t len, size_t *n) {
  if (len >= 2 && text[0] == '\\' && text[1] == 'x') {
    *n = (len - 2) / 2;
    for (size_t k = 0; k < *n; k++)
      strbuf_addch(&r->bytes, (char)(nibble(text[2 + 2 * k]) << 4 | nibble(text[3 + 2 * k])));
    return;
  }
  const struct cw_pq *pq = cw_pg(r->base.conn)->pq;
  unsigned char *raw = pq->PQunescapeBytea((const unsigned char *)text, n);
  if (raw) strbuf_add(&r->bytes, raw, *n);
  else *n = 0;
  pq->PQfreemem(raw);
}

/* "$1,234.50" and "-$0.50" (lc_monetary is C) as plain decimals. */
static void get_money(struct cw_pg_result *r, const char *text, size_t *n) {
  size_t start = r->bytes.len;
  for (; *text; text++)
    if (strchr("0123456789.-", *text)) strbuf_addch(&r->bytes, *text);
  *n = r->bytes.len - start;
}

/* Values of a result that is decoded into r->bytes: room first, so that nothing moves while the
 * row's pointers are taken. */
static void reserve_bytes(struct cw_pg_result *r) {
  const struct cw_pq *pq = cw_pg(r->base.conn)->pq;
  size_t need = 0;
  strbuf_reset(&r->bytes);
  for (size_t i = 0; i < r->base.ncols; i++)
    if (r->types[i] == PG_BYTEA || r->types[i] == PG_MONEY)
      need += (size_t)pq->PQgetlength(r->res, r->next, (int)i);
  if (need) strbuf_grow(&r->bytes, need);
}

void cw_pg_row(struct cw_pg_result *r) {
  const struct cw_pq *pq = cw_pg(r->base.conn)->pq;
  reserve_bytes(r);
  for (size_t i = 0; i < r->base.ncols; i++) {
    struct cw_value *out = &r->base.row[i];
    if (pq->PQgetisnull(r->res, r->next, (int)i)) {
      *out = cw_null();
      continue;
    }
    const char *text = pq->PQgetvalue(r->res, r->next, (int)i);
    size_t len = (size_t)pq->PQgetlength(r->res, r->next, (int)i), start = r->bytes.len, n = 0;
    int64_t integer;
    double number;
    *out = cw_textn(text, len);
    switch (r->types[i]) {
    case PG_BOOL:
      *out = cw_bool(text[0] == 't');
      break;
    case PG_INT2:
    case PG_INT4:
    case PG_INT8:
    case PG_OID:
      if (cw_int_parse(text, len, &integer)) *out = cw_int(integer);
      break;
    case PG_FLOAT4:
    case PG_FLOAT8:
      if (cw_float_parse(text, &number)) *out = cw_float(number);
      break;
    case PG_NUMERIC:
      out->type = CW_NUMERIC;
      break;
    case PG_MONEY:
      get_money(r, text, &n);
      *out = cw_textn(r->bytes.buf + start, n);
      out->type = CW_NUMERIC;
      break;
    case PG_BYTEA:
      get_bytes(r, text, len, &n);
      *out = cw_blob(r->bytes.buf + start, n);
      break;
    default:
      break;
    }
  }
}
