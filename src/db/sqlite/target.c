/* Which column each placeholder of a statement is meant for. Other databases tell the type of a
 * parameter; SQLite stores a string as what it is bound as, so text for a BLOB column would become a
 * TEXT in it (and be refused by a STRICT table). The statement's own words say enough for the usual
 * forms: INSERT INTO t (a, b) VALUES (?, ?), SET a = ?, WHERE a = ? and a IN (?, ?).
 *
 * Only names are kept; which type a column has is asked when values are bound. */
#include "db/sql_lex.h"
#include "db/sqlite/lite.h"
#include "util/alloc.h"

struct finder {
  struct cw_lexer lexer;
  VEC(struct cw_token) tokens; /* one of kind CW_TOKEN_END is the last */
  struct lite_targets *out;
  struct strvec columns;       /* of an INSERT, in order */
};

static const struct cw_token *token(const struct finder *f, size_t i) {
  return &f->tokens.items[i < f->tokens.len ? i : f->tokens.len - 1];
}

static bool word(const struct finder *f, size_t i, const char *words) {
  return cw_token_among(&f->lexer, token(f, i), words);
}

static bool punct(const struct finder *f, size_t i, char c) {
  return cw_token_punct(&f->lexer, token(f, i), c);
}

static bool is_name(const struct finder *f, size_t i) {
  return token(f, i)->kind == CW_TOKEN_WORD || token(f, i)->kind == CW_TOKEN_QUOTED;
}

/* The name without its quotes; the caller frees. */
static char *name(const struct finder *f, size_t i) {
  const struct cw_token *t = token(f, i);
  const char *p = f->lexer.sql + t->start;
  if (t->kind == CW_TOKEN_WORD) return xstrndup(p, t->len);
  char *text = xmalloc(t->len), *to = text;
  for (size_t k = 1; k + 1 < t->len; k++) {
    *to++ = p[k];
    if (p[k] == p[0]) k++; /* a doubled quote */
  }
  *to = '\0';
  return text;
}

static int read_tokens(struct finder *f) {
  struct cw_token t;
  do {
    if (cw_lexer_next(&f->lexer, &t, NULL)) return -1;
    vec_push(&f->tokens, t);
  } while (t.kind != CW_TOKEN_END);
  return 0;
}

/* A table's name at `i`, maybe behind its schema's: where its last part stands. */
static size_t table_at(const struct finder *f, size_t i) {
  return punct(f, i + 1, '.') && is_name(f, i + 2) ? i + 2 : i;
}

static void find_tables(struct finder *f) {
  for (size_t i = 0; i < f->tokens.len; i++) {
    if (!word(f, i, "FROM JOIN INTO UPDATE")) continue;
    size_t at = i + 1;
    if (word(f, at, "OR")) at += 2; /* UPDATE OR IGNORE */
    if (is_name(f, at)) strvec_take(&f->out->tables, name(f, table_at(f, at)));
  }
}

/* --- INSERT ------------------------------------------------------------------------------------ */

/* What a row without a list of columns fills. */
static void all_columns(struct finder *f, struct lite_conn *c, const char *table) {
  static const char sql[] = "SELECT name FROM pragma_table_info(?) ORDER BY cid";
  sqlite3_stmt *stmt = NULL;
  if (sqlite3_prepare_v3(c->db, sql, -1, 0, &stmt, NULL) == SQLITE_OK) {
    sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW)
      strvec_push(&f->columns, (const char *)sqlite3_column_text(stmt, 0));
  }
  sqlite3_finalize(stmt);
}

/* Gives where the rows begin, behind VALUES; 0: there are none. */
static size_t read_insert(struct finder *f, struct lite_conn *c) {
  size_t i = 0, end = f->tokens.len;
  while (i < end && !word(f, i, "INTO")) i++;
  if (i == end) return 0;
  i = table_at(f, i + 1);
  char *table = name(f, i++);
  if (word(f, i, "AS")) i += 2;
  if (punct(f, i, '(')) {
    for (i++; is_name(f, i); i += punct(f, i + 1, ',') ? 2 : 1)
      strvec_take(&f->columns, name(f, i));
    i++;
  } else {
    all_columns(f, c, table);
  }
  free(table);
  return word(f, i, "VALUES") ? i + 1 : 0;
}

/* --- placeholders ------------------------------------------------------------------------------ */

/* `a = ?`, `a <> ?`, `a IS ?`: the column in front of the comparison at `i`; 0: none. */
static size_t compared(const struct finder *f, size_t i) {
  size_t at = i;
  if (at && word(f, at - 1, "IS")) at--;
  while (at && (punct(f, at - 1, '=') || punct(f, at - 1, '<') || punct(f, at - 1, '>') ||
                punct(f, at - 1, '!')))
    at--;
  return at && at < i && is_name(f, at - 1) ? at : 0;
}

/* `a IN (`, `a NOT IN (`, with the parenthesis at `i`. */
static size_t listed(const struct finder *f, size_t i) {
  if (i < 2 || !word(f, i - 1, "IN")) return 0;
  size_t at = i - 1;
  if (word(f, at - 1, "NOT")) at--;
  return at && is_name(f, at - 1) ? at : 0;
}

static void add_target(struct finder *f, char *column) {
  struct lite_targets *out = f->out;
  if (out->len == out->cap) {
    out->cap = out->cap ? out->cap * 2 : 8;
    out->columns = xreallocarray(out->columns, out->cap, sizeof *out->columns);
  }
  out->columns[out->len++] = column;
}

/* A column's number + 1 from `compared` and `listed`, so that 0 is none. */
static char *column_before(const struct finder *f, size_t at) {
  return at ? name(f, at - 1) : NULL;
}

/* `rows` is where an INSERT's rows begin. There a placeholder that fills an item alone is meant for
 * the item's column. */
static void find_columns(struct finder *f, size_t rows) {
  size_t item = 0, in = 0;
  int depth = 0, in_depth = 0;
  for (size_t i = 0; i < f->tokens.len; i++) {
    bool in_rows = rows && i >= rows;
    if (punct(f, i, '(')) {
      size_t list = listed(f, i);
      depth++;
      if (list) in = list, in_depth = depth;
      if (in_rows && depth == 1) item = 0;
    } else if (punct(f, i, ')')) {
      if (depth-- == in_depth) in = in_depth = 0;
      if (in_rows && !depth && !punct(f, i + 1, ',')) rows = 0;
    } else if (punct(f, i, ',')) {
      if (depth == 1) item++;
    } else if (punct(f, i, '?')) {
      bool alone = i && (punct(f, i - 1, '(') || punct(f, i - 1, ',')) &&
                   (punct(f, i + 1, ')') || punct(f, i + 1, ','));
      if (in_rows && depth == 1)
        add_target(f, alone && item < f->columns.len ? xstrdup(f->columns.items[item]) : NULL);
      else if (in && depth == in_depth && alone)
        add_target(f, column_before(f, in));
      else
        add_target(f, column_before(f, compared(f, i)));
    }
  }
}

void cw_lite_find_targets(struct lite_conn *c, const char *sql, size_t len,
                          struct lite_targets *out) {
  struct finder f = {.lexer = cw_lexer_over(sql, len, c->base.flavor), .out = out};
  out->found = true;
  if (read_tokens(&f) == 0) {
    find_tables(&f);
    find_columns(&f, cw_sql_inserts(sql, len, c->base.flavor) ? read_insert(&f, c) : 0);
  }
  vec_release(&f.tokens);
  strvec_release(&f.columns);
}

void cw_lite_targets_release(struct lite_targets *targets) {
  for (size_t i = 0; i < targets->len; i++) free(targets->columns[i]);
  free(targets->columns);
  strvec_release(&targets->tables);
  *targets = (struct lite_targets){0};
}

bool cw_lite_target_is_binary(struct lite_conn *c, const struct lite_targets *targets, size_t param) {
  if (param >= targets->len || !targets->columns[param]) return false;
  for (size_t i = 0; i < targets->tables.len; i++) {
    const char *declared = NULL;
    if (sqlite3_table_column_metadata(c->db, NULL, targets->tables.items[i],
                                      targets->columns[param], &declared, NULL, NULL, NULL,
                                      NULL) == SQLITE_OK)
      return declared && (strcasestr(declared, "BLOB") || strcasestr(declared, "BINARY") ||
                          strcasestr(declared, "BYTEA"));
  }
  return false;
}

bool cw_lite_takes_bytes(struct cw_conn *conn, const struct cw_query *query, size_t param) {
  struct lite_conn *c = (struct lite_conn *)conn;
  struct lite_targets targets = {0};
  cw_lite_find_targets(c, query->sql, query->len, &targets);
  bool bytes = cw_lite_target_is_binary(c, &targets, param);
  cw_lite_targets_release(&targets);
  return bytes;
}
