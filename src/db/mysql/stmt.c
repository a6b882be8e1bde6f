/* Prepared statements: everything with parameters, and every query, because only the binary
 * protocol gives single-precision numbers exactly. Streams use the server's read-only cursors; it
 * keeps their rows in a temporary table, so other statements may run meanwhile. */
#include <mysqld_error.h>
#include <string.h>

#include "db/mysql/my.h"

enum { CACHE = 32, PREFETCH_ROWS = 1000, FIRST_BYTES = 64 };

/* --- the cache -------------------------------------------------------------------------------- */

static void stmt_free(struct cw_my_conn *c, struct cw_my_stmt *s) {
  c->lib->mysql_stmt_close(s->st);
  free(s->sql);
  free(s);
}

static void uncache(struct cw_my_conn *c, size_t i) {
  struct cw_my_stmt *s = c->stmts.items[i];
  c->stmts.items[i] = c->stmts.items[--c->stmts.len];
  s->cached = false;
  if (!s->busy) stmt_free(c, s);
}

void cw_my_forget(struct cw_my_conn *c) {
  while (c->stmts.len) uncache(c, c->stmts.len - 1);
}

void cw_my_stmt_done(struct cw_my_conn *c, struct cw_my_stmt *s) {
  s->busy = false;
  if (!s->cached) stmt_free(c, s);
}

/* Only statements without a result are kept: when the columns of a parsed query change (somebody
 * alters the table, or SELECT ? gets another type of value) the server parses it again by itself,
 * but the client library goes on with the old columns. */
static struct cw_my_stmt *lookup(struct cw_my_conn *c, const struct cw_query *query) {
  for (size_t i = 0; i < c->stmts.len; i++) {
    struct cw_my_stmt *s = c->stmts.items[i];
    if (!s->busy && s->len == query->len && memcmp(s->sql, query->sql, query->len) == 0)
      return s;
  }
  return NULL;
}

static void insert(struct cw_my_conn *c, struct cw_my_stmt *s) {
  while (c->stmts.len >= CACHE) {
    size_t oldest = 0;
    for (size_t i = 1; i < c->stmts.len; i++)
      if (c->stmts.items[i]->used < c->stmts.items[oldest]->used) oldest = i;
    uncache(c, oldest);
  }
  s->cached = true;
  vec_push(&c->stmts, s);
}

static bool is_unreadable(struct cw_my_conn *c, MYSQL_STMT *st) {
  MYSQL_RES *meta = c->lib->mysql_stmt_result_metadata(st);
  bool bad = false;
  if (!meta) return false;
  const MYSQL_FIELD *fields = c->lib->mysql_fetch_fields(meta);
  for (unsigned i = 0; i < c->lib->mysql_num_fields(meta); i++)
    bad |= !cw_my_is_readable(&fields[i]);
  c->lib->mysql_free_result(meta);
  return bad;
}

int cw_my_prepare(struct cw_my_conn *c, const struct cw_query *query, bool keep,
                  struct cw_my_stmt **out, struct cw_err *err) {
  struct cw_my_stmt *s = keep ? lookup(c, query) : NULL;
  if (!s) {
    MYSQL_STMT *st = c->lib->mysql_stmt_init(c->my);
    if (!st) return cw_my_fail(c, err);
    if (c->lib->mysql_stmt_prepare(st, query->sql, query->len)) {
      cw_my_fail_stmt(c, st, err);
      c->lib->mysql_stmt_close(st);
      return -1;
    }
    s = xcalloc(1, sizeof *s);
    s->st = st;
    s->sql = xstrndup(query->sql, query->len);
    s->len = query->len;
    s->nparams = c->lib->mysql_stmt_param_count(st);
    s->unreadable = is_unreadable(c, st);
    if (keep && c->lib->mysql_stmt_field_count(st) == 0) insert(c, s);
  }
  s->busy = true;
  s->used = ++c->clock;
  *out = s;
  if (s->nparams == query->nparams) return 0;
  cw_fail(err, CW_ERR_STATEMENT, "the statement takes %zu parameters, but %zu were given",
          s->nparams, query->nparams);
  cw_my_stmt_done(c, s);
  return -1;
}

/* --- executing -------------------------------------------------------------------------------- */

static int bind_values(struct cw_my_conn *c, struct cw_my_stmt *s, const struct cw_value *values,
                       MYSQL_BIND *binds, unsigned long *lengths, struct cw_err *err) {
  size_t bytes = 64;
  for (size_t i = 0; i < s->nparams; i++) {
    if (cw_my_bind_value(&binds[i], &values[i], &lengths[i], err))
      return cw_err_prefix(err, "parameter %zu: ", i + 1);
    bytes += lengths[i] + 20;
  }
  if (cw_my_check_size(c, bytes, err)) return -1;
  if (c->lib->mysql_stmt_bind_param(s->st, binds)) return cw_my_fail_stmt(c, s->st, err);
  return 0;
}

static int execute(struct cw_my_conn *c, struct cw_my_stmt *s, const struct cw_value *values,
                   struct cw_err *err) {
  MYSQL_BIND *binds = xcalloc(s->nparams + 1, sizeof *binds);
  unsigned long *lengths = xcalloc(s->nparams + 1, sizeof *lengths);
  int rc = s->nparams ? bind_values(c, s, values, binds, lengths, err) : 0;
  if (rc == 0 && c->lib->mysql_stmt_execute(s->st)) rc = cw_my_fail_stmt(c, s->st, err);
  free(binds);
  free(lengths);
  return rc;
}

void cw_my_skip_results(struct cw_my_result *r) {
  const struct cw_mysql *lib = cw_my(r->base.conn)->lib;
  while (lib->mysql_stmt_next_result(r->stmt->st) == 0) lib->mysql_stmt_free_result(r->stmt->st);
}

static struct cw_my_result *result_of(struct cw_my_conn *c, struct cw_my_stmt *s) {
  const struct cw_mysql *lib = c->lib;
  MYSQL_RES *meta = lib->mysql_stmt_result_metadata(s->st);
  size_t n = meta ? lib->mysql_num_fields(meta) : 0;
  struct cw_my_result *r = cw_my_result_new(c, meta ? lib->mysql_fetch_fields(meta) : NULL, n);
  if (meta) lib->mysql_free_result(meta);
  r->stmt = s;
  r->binds = xcalloc(n + 1, sizeof *r->binds);
  for (size_t i = 0; i < n; i++) {
    r->columns[i].size = FIRST_BYTES;
    r->columns[i].buffer = xmalloc(FIRST_BYTES);
    cw_my_bind_column(&r->columns[i], &r->binds[i]);
  }
  return r;
}

/* Reads the first result's rows, or leaves them in the server's cursor. */
static int take_rows(struct cw_my_conn *c, struct cw_my_result *r, struct cw_err *err) {
  const struct cw_mysql *lib = c->lib;
  MYSQL_STMT *st = r->stmt->st;
  if (r->base.ncols == 0) return 0;
  if (lib->mysql_stmt_bind_result(st, r->binds)) return cw_my_fail_stmt(c, st, err);
  r->cursor = c->my->server_status & SERVER_STATUS_CURSOR_EXISTS;
  if (!r->cursor && lib->mysql_stmt_store_result(st)) return cw_my_fail_stmt(c, st, err);
  return 0;
}

int cw_my_bound(struct cw_my_conn *c, const struct cw_query *query, struct cw_my_result **out,
                struct cw_err *err) {
  struct cw_my_stmt *s;
  bool stream = query->flags & CW_QUERY_STREAM;
  if (cw_my_check_size(c, query->len + 1, err) || cw_my_prepare(c, query, !stream, &s, err))
    return -1;
  if (s->unreadable) {
    cw_my_stmt_done(c, s);
    if (query->nparams == 0) return 1;
    cw_fail(err, CW_ERR_UNSUPPORTED,
            "the query has a column of a type that MariaDB's client library can't read");
    return cw_hint(err, "convert it, as with VECTOR_TO_STRING(column) or CAST(column AS CHAR)");
  }
  if (stream) {
    unsigned long type = CURSOR_TYPE_READ_ONLY, rows = PREFETCH_ROWS;
    c->lib->mysql_stmt_attr_set(s->st, STMT_ATTR_CURSOR_TYPE, &type);
    c->lib->mysql_stmt_attr_set(s->st, STMT_ATTR_PREFETCH_ROWS, &rows);
  }
  if (execute(c, s, query->params, err)) {
    cw_my_stmt_done(c, s);
    return -1;
  }
  struct cw_my_result *r = result_of(c, s);
  if (take_rows(c, r, err)) {
    cw_result_free(&r->base);
    return -1;
  }
  r->more = c->my->server_status & SERVER_MORE_RESULTS_EXIST;
  r->base.affected = (int64_t)c->lib->mysql_stmt_affected_rows(s->st);
  r->base.insert_id = (int64_t)c->lib->mysql_stmt_insert_id(s->st);
  *out = r;
  return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Fetches again what was longer than its buffer. The new buffers serve the rows that follow, but are
 * bound only then: some versions of the library (3.3.19) set this row's lengths to 0 in binding. */
static int fetch_longer(struct cw_my_conn *c, struct cw_my_result *r, struct cw_err *err) {
  MYSQL_STMT *st = r->stmt->st;
  for (size_t i = 0; i < r->base.ncols; i++) {
    struct cw_my_column *col = &r->columns[i];
    if (col->null || r->binds[i].buffer != col->buffer || col->length <= col->size) continue;
    col->size = col->length;
    col->buffer = xrealloc(col->buffer, col->size);
    cw_my_bind_column(col, &r->binds[i]);
    r->moved = true;
    if (c->lib->mysql_stmt_fetch_column(st, &r->binds[i], (unsigned)i, 0))
      return cw_my_fail_stmt(c, st, err);
  }
  return 0;
}

int cw_my_fetch(struct cw_my_result *r, struct cw_err *err) {
  struct cw_my_conn *c = cw_my(r->base.conn);
  if (r->base.ncols == 0) return 0;
  if (r->cursor && c->base.lost) return cw_my_fail_lost(c, err);
  if (r->moved && c->lib->mysql_stmt_bind_result(r->stmt->st, r->binds))
    return cw_my_fail_stmt(c, r->stmt->st, err);
  r->moved = false;
  struct cw_my_guard guard;
  if (r->cursor) cw_my_guard_begin(&guard);
  if (r->cursor) cw_my_busy(c);
  int rc = c->lib->mysql_stmt_fetch(r->stmt->st);
  if (r->cursor) cw_my_idle(c);
  if (r->cursor) cw_my_guard_end(&guard);
  if (rc == MYSQL_NO_DATA) return 0;
  if (rc != 0 && rc != MYSQL_DATA_TRUNCATED) return cw_my_fail_stmt(c, r->stmt->st, err);
  if (fetch_longer(c, r, err)) return -1;
  for (size_t i = 0; i < r->base.ncols; i++) cw_my_bound_value(&r->columns[i], &r->base.row[i]);
  return 1;
}
