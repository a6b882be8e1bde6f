/* Values that an UPDATE asks for: rows come beside the statement, ordered by an integer key, and two SQL
 * functions find them. One statement over a range of keys costs less than one a row, and nothing but C
 * runs within it:
 *
 *   curlew_is_given(KEY)     1 when there is a row with the key
 *   curlew_given(N, KEY)     the row's value number N, from 1 */
#include "db/sqlite/lite.h"
#include "db/text.h"
#include "util/alloc.h"

static int64_t key_at(const struct cw_given *g, size_t row) {
  return g->values[(row + 1) * g->ncolumns - 1].i;
}

/* Rows are mostly asked for in their order, each several times. */
static bool find(struct lite_conn *c, sqlite3_value *key, size_t *row) {
  const struct cw_given *g = c->given.rows;
  if (!g || sqlite3_value_type(key) != SQLITE_INTEGER) return false;
  int64_t wanted = sqlite3_value_int64(key);
  size_t from = 0, to = g->nrows, at = c->given.at;
  if (at < to && key_at(g, at) < wanted) at++;
  while (from < to) {
    if (at < from || at >= to) at = from + (to - from) / 2;
    int64_t there = key_at(g, at);
    if (there == wanted) {
      *row = c->given.at = at;
      return true;
    }
    if (there < wanted)
      from = at + 1;
    else
      to = at;
    at = g->nrows;
  }
  return false;
}

static void is_given(sqlite3_context *context, int n, sqlite3_value **args) {
  size_t row;
  (void)n;
  sqlite3_result_int(context, find(sqlite3_user_data(context), args[0], &row));
}

/* The bytes stay until the statement has ended. */
static void given(sqlite3_context *context, int n, sqlite3_value **args) {
  struct lite_conn *c = sqlite3_user_data(context);
  size_t row, column = (size_t)sqlite3_value_int64(args[0]) - 1;
  (void)n;
  if (!find(c, args[1], &row) || column >= c->given.rows->ncolumns) return;
  const struct cw_value *v = &c->given.rows->values[row * c->given.rows->ncolumns + column];
  switch (v->type) {
  case CW_NULL: return;
  case CW_BOOL: sqlite3_result_int(context, v->b); return;
  case CW_INT: sqlite3_result_int64(context, v->i); return;
  case CW_FLOAT: sqlite3_result_double(context, v->f); return;
  case CW_NUMERIC:
  case CW_TEXT:
  case CW_BLOB: break;
  }
  const char *bytes = v->s.len ? v->s.p : "";
  bool binary = v->type == CW_BLOB || (v->type == CW_TEXT && c->given.binary[column]);
  if (binary || !cw_text_is_utf8(bytes, v->s.len))
    sqlite3_result_blob64(context, bytes, v->s.len, SQLITE_STATIC);
  else
    sqlite3_result_text64(context, bytes, v->s.len, SQLITE_STATIC, SQLITE_UTF8);
}

static int define(struct lite_conn *c, struct cw_err *err) {
  enum { FLAGS = SQLITE_UTF8 | SQLITE_DIRECTONLY };
  if (c->given.defined) return 0;
  int rc = sqlite3_create_function_v2(c->db, "curlew_is_given", 1, FLAGS, c, is_given, NULL, NULL, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_create_function_v2(c->db, "curlew_given", 2, FLAGS, c, given, NULL, NULL, NULL);
  if (rc != SQLITE_OK) return cw_lite_fail(c, rc, NULL, err);
  c->given.defined = true;
  return 0;
}

int cw_lite_give(struct lite_conn *c, const struct cw_given *rows, struct cw_err *err) {
  struct lite_targets targets = {0};
  if (define(c, err)) return -1;
  cw_lite_find_targets(c, rows->sql, rows->len, &targets);
  c->given.binary = xcalloc(rows->ncolumns, sizeof *c->given.binary);
  for (size_t i = 0; i < rows->ncolumns; i++)
    c->given.binary[i] = cw_lite_target_is_binary(c, &targets, i);
  cw_lite_targets_release(&targets);
  c->given.rows = rows;
  c->given.at = 0;
  return 0;
}

/* A constraint was broken by the row that was asked for last, but for a foreign key: those are looked at when
 * the statement ends. */
void cw_lite_take_back(struct lite_conn *c, bool failed, struct cw_err *err) {
  const struct cw_given *g = c->given.rows;
  int rc = sqlite3_extended_errcode(c->db);
  if (failed && g && c->given.at < g->nrows && (rc & 0xff) == SQLITE_CONSTRAINT &&
      rc != SQLITE_CONSTRAINT_FOREIGNKEY)
    cw_err_prefix(err, "the row with the key %lld: ", (long long)key_at(g, c->given.at));
  free(c->given.binary);
  c->given.binary = NULL;
  c->given.rows = NULL;
}
