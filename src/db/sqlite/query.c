/* Running statements on SQLite. A result holds all its rows unless it was asked to stream: so other
 * statements may run, and the table may even be dropped, while it is read. */
#include "db/sqlite/lite.h"
#include "db/text.h"
#include "util/alloc.h"

/* Bytes of buffered values, freed with their result. */
struct chunk {
  struct chunk *next;
  size_t used, size;
  char bytes[];
};

struct lite_result {
  struct cw_result base;
  struct lite_decl *decls; /* a column each */
  char (*numbers)[CW_FLOAT_TEXT];
  struct lite_stmt stmt; /* streaming: running while the result is open */
  bool streams, stepped; /* stepped: the statement stands at a row that was not given yet */
  struct cw_value *values; /* buffered: row by row */
  size_t nvalues, cap, at;
  struct chunk *chunks;
};

static struct lite_conn *lite(struct cw_conn *conn) { return (struct lite_conn *)conn; }

/* --- running ----------------------------------------------------------------------------------- */

static void note_insert(void *ctx, int op, const char *db, const char *table, sqlite3_int64 rowid) {
  struct lite_conn *c = ctx;
  (void)db, (void)table, (void)rowid;
  if (op == SQLITE_INSERT) c->inserted = true;
}

/* The rowid of the last INSERT is old news when this one gave none (WITHOUT ROWID, ON CONFLICT), so the
 * library is asked to tell. */
static int step(struct lite_conn *c, struct lite_stmt *s) {
  if (!s->inserts) return sqlite3_step(s->stmt);
  sqlite3_update_hook(c->db, note_insert, c);
  int rc = sqlite3_step(s->stmt);
  sqlite3_update_hook(c->db, NULL, NULL);
  return rc;
}

static int64_t changes(struct lite_conn *c) {
#if SQLITE_VERSION_NUMBER >= 3037000
  return sqlite3_changes64(c->db);
#else
  return sqlite3_changes(c->db);
#endif
}

static void begin_statement(struct lite_conn *c) {
  atomic_store(&c->cancelled, 0);
  c->stopped = c->inserted = false;
}

/* --- results ----------------------------------------------------------------------------------- */

/* After the first step: a schema change shows in the columns only then. */
static struct lite_result *result_new(struct lite_conn *c, sqlite3_stmt *stmt) {
  struct lite_result *r = xcalloc(1, sizeof *r);
  size_t ncols = stmt ? (size_t)sqlite3_column_count(stmt) : 0;
  cw_result_init(&r->base, &c->base, ncols);
  if (!ncols) return r;
  r->decls = xcalloc(ncols, sizeof *r->decls);
  r->numbers = xcalloc(ncols, sizeof *r->numbers);
  for (size_t i = 0; i < ncols; i++) {
    cw_result_set_name(&r->base, i, sqlite3_column_name(stmt, (int)i));
    r->decls[i] = cw_lite_decl(sqlite3_column_decltype(stmt, (int)i));
  }
  return r;
}

static const char *keep_bytes(struct lite_result *r, const char *p, size_t len) {
  enum { CHUNK = 32768 };
  struct chunk *chunk = r->chunks;
  if (!chunk || chunk->size - chunk->used < len) {
    size_t size = len > CHUNK ? len : CHUNK;
    chunk = xmalloc(sizeof *chunk + size);
    *chunk = (struct chunk){.next = r->chunks, .size = size};
    r->chunks = chunk;
  }
  char *copy = chunk->bytes + chunk->used;
  if (len) memcpy(copy, p, len);
  chunk->used += len;
  return copy;
}

static void keep_row(struct lite_result *r, sqlite3_stmt *stmt) {
  size_t ncols = r->base.ncols;
  if (r->nvalues + ncols > r->cap) {
    r->cap = r->cap ? r->cap * 2 : 16 * ncols;
    r->values = xreallocarray(r->values, r->cap, sizeof *r->values);
  }
  for (size_t i = 0; i < ncols; i++) {
    struct cw_value v = cw_lite_column(stmt, (int)i, r->decls[i], r->numbers[i]);
    if (v.type == CW_TEXT || v.type == CW_BLOB || v.type == CW_NUMERIC)
      v.s.p = keep_bytes(r, v.s.p, v.s.len);
    r->values[r->nvalues++] = v;
  }
}

static void note_changes(struct lite_conn *c, struct lite_result *r, const struct lite_stmt *s) {
  if (s->kind != CW_SQL_WRITE) return;
  r->base.affected = changes(c);
  r->base.has_insert_id = s->inserts && c->inserted;
  r->base.insert_id = sqlite3_last_insert_rowid(c->db);
}

/* Reads all rows; the statement is done with afterwards. */
static int buffer_rows(struct lite_conn *c, struct lite_result *r, struct lite_stmt *s, int rc,
                       struct cw_err *err) {
  for (; rc == SQLITE_ROW; rc = step(c, s)) keep_row(r, s->stmt);
  if (rc != SQLITE_DONE) return cw_lite_fail(c, rc, NULL, err);
  note_changes(c, r, s);
  return 0;
}

static int run(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *query,
               struct lite_result **out, struct cw_err *err) {
  bool streams = query->flags & CW_QUERY_STREAM && sqlite3_stmt_readonly(s->stmt);
  if (cw_lite_bind(c, s, query, streams, err)) return -1;
  int rc = step(c, s);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return cw_lite_fail(c, rc, NULL, err);
  struct lite_result *r = *out = result_new(c, s->stmt);
  r->streams = streams && rc == SQLITE_ROW;
  if (!r->streams) return buffer_rows(c, r, s, rc, err);
  r->stepped = true;
  r->stmt = *s;
  *s = (struct lite_stmt){0};
  return 0;
}

static int lite_query(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                      struct cw_err *err) {
  struct lite_conn *c = lite(conn);
  struct lite_stmt s;
  struct lite_result *r = NULL;
  begin_statement(c);
  if (query->given && cw_lite_give(c, query->given, err)) return -1;
  if (cw_lite_take(c, query->sql, query->len, &s, err)) {
    if (query->given) cw_lite_take_back(c, false, NULL);
    return -1;
  }
  int failed = s.stmt ? run(c, &s, query, &r, err) : 0;
  if (!failed && !r) r = result_new(c, NULL); /* comments only */
  if (query->given) cw_lite_take_back(c, failed, err);
  cw_lite_put(c, &s);
  if (failed) {
    if (r) cw_result_free(&r->base);
    return -1;
  }
  *out = &r->base;
  return 0;
}

static int next_streamed(struct lite_conn *c, struct lite_result *r, struct cw_err *err) {
  int rc = r->stepped ? SQLITE_ROW : step(c, &r->stmt);
  r->stepped = false;
  if (rc == SQLITE_DONE) return 0;
  if (rc != SQLITE_ROW) return cw_lite_fail(c, rc, NULL, err);
  for (size_t i = 0; i < r->base.ncols; i++)
    r->base.row[i] = cw_lite_column(r->stmt.stmt, (int)i, r->decls[i], r->numbers[i]);
  return 1;
}

static int lite_next(struct cw_result *result, struct cw_err *err) {
  struct lite_result *r = (struct lite_result *)result;
  if (r->streams) return next_streamed(lite(result->conn), r, err);
  if (r->at == r->nvalues) return 0;
  memcpy(result->row, r->values + r->at, result->ncols * sizeof *result->row);
  r->at += result->ncols;
  return 1;
}

static void lite_finish(struct cw_result *result) {
  struct lite_result *r = (struct lite_result *)result;
  if (r->streams) cw_lite_put(lite(result->conn), &r->stmt);
  while (r->chunks) {
    struct chunk *next = r->chunks->next;
    free(r->chunks);
    r->chunks = next;
  }
  free(r->decls);
  free(r->numbers);
  free(r->values);
  free(r);
}

/* --- batches ----------------------------------------------------------------------------------- */

static int run_set(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *set,
                   int64_t *affected, struct cw_err *err) {
  if (cw_lite_bind(c, s, set, false, err)) return -1;
  int rc;
  do {
    rc = sqlite3_step(s->stmt);
  } while (rc == SQLITE_ROW);
  if (rc != SQLITE_DONE) return cw_lite_fail(c, rc, NULL, err);
  if (s->kind == CW_SQL_WRITE) *affected += changes(c);
  sqlite3_reset(s->stmt);
  return 0;
}

static int run_sets(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *query,
                    size_t nsets, int64_t *affected, struct cw_err *err) {
  struct cw_query one = *query;
  for (size_t set = 0; set < nsets && s->stmt; set++, one.params += query->nparams)
    if (run_set(c, s, &one, affected, err))
      return cw_err_prefix(err, "parameter set %zu of %zu: ", set + 1, nsets);
  return 0;
}

static int control(struct lite_conn *c, const char *sql, struct cw_err *err) {
  int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
  return rc == SQLITE_OK ? 0 : cw_lite_fail(c, rc, NULL, err);
}

/* Outside of a transaction every set would be one of its own, with its own wait for the disk. All of
 * them become one: all sets or none. */
static int run_sets_in_txn(struct lite_conn *c, struct lite_stmt *s, const struct cw_query *query,
                           size_t nsets, int64_t *affected, struct cw_err *err) {
  int64_t sum = 0;
  if (control(c, "BEGIN", err)) return -1;
  int failed = run_sets(c, s, query, nsets, &sum, err);
  sqlite3_reset(s->stmt); /* a statement under way would keep the transaction open */
  if (!failed) failed = control(c, "COMMIT", err);
  if (failed && !sqlite3_get_autocommit(c->db)) control(c, "ROLLBACK", NULL);
  if (!failed) *affected += sum;
  return failed;
}

static int lite_batch(struct cw_conn *conn, const struct cw_query *query, size_t nsets,
                      int64_t *affected, struct cw_err *err) {
  struct lite_conn *c = lite(conn);
  struct lite_stmt s;
  begin_statement(c);
  if (cw_lite_take(c, query->sql, query->len, &s, err)) return -1;
  bool alone = nsets > 1 && s.kind == CW_SQL_WRITE && sqlite3_get_autocommit(c->db);
  int failed = alone ? run_sets_in_txn(c, &s, query, nsets, affected, err)
                     : run_sets(c, &s, query, nsets, affected, err);
  cw_lite_put(c, &s);
  return failed;
}

/* --- the rest ---------------------------------------------------------------------------------- */

static void lite_cancel(struct cw_conn *conn) {
  atomic_store(&lite(conn)->cancelled, 1);
  sqlite3_interrupt(lite(conn)->db);
}

static bool lite_in_txn(struct cw_conn *conn) { return !sqlite3_get_autocommit(lite(conn)->db); }

const struct cw_driver cw_sqlite_driver = {
    .name = "sqlite",
    .dialect = "sqlite",
    .caps = CW_CAP_TXN_DDL | CW_CAP_SAVEPOINT | CW_CAP_ROW_COUNT_MATCHED | CW_CAP_BEGIN_IMMEDIATE |
            CW_CAP_RETURNING,
    .flavor = CW_SQL_BRACKETS,
    .open = cw_lite_open,
    .close = cw_lite_close,
    .query = lite_query,
    .next = lite_next,
    .finish = lite_finish,
    .cancel = lite_cancel,
    .in_txn = lite_in_txn,
    .takes_bytes = cw_lite_takes_bytes,
    .batch = lite_batch,
};
