/* Running SQL for a connection object. In a move everything goes through the exec, which splits, binds,
 * journals and replays; elsewhere it goes straight to the database and is split and bound here. */
#include "lua/err.h"
#include "lua/objects.h"

static void release_bound(void *ctx) { cw_bound_release(ctx); }

static void release_slices(void *ctx) { vec_release((struct cw_slices *)ctx); }

/* What a read-only connection runs. */
static int refuse_write(const char *sql, size_t len, unsigned flavor, struct cw_err *err) {
  enum cw_sql_kind kind = cw_sql_kind(sql, len, flavor);
  if (kind == CW_SQL_READ || kind == CW_SQL_SESSION) return 0;
  cw_fail(err, CW_ERR_SCRIPT, "this connection is read-only: %.60s", sql);
  return cw_hint(err, "Changes belong into a revision.");
}

struct direct {
  struct cw_conn *conn;
  unsigned flavor;
  bool read_only;
  struct cw_arena *arena;
};

static int query_one(const struct direct *d, const char *sql, size_t len,
                     const struct cw_value *values, size_t nvalues,
                     const struct cw_lua_query *query, bool last, struct cw_result **out,
                     int64_t *affected) {
  struct cw_result *result = NULL;
  unsigned flags = (query->stream && last ? CW_QUERY_STREAM : 0) |
                   (query->params ? 0 : CW_QUERY_SIMPLE);
  if (d->read_only && refuse_write(sql, len, d->flavor, &d->arena->err) < 0) return -1;
  if (cw_conn_query(d->conn, sql, len, values, nvalues, flags, &result, &d->arena->err) < 0)
    return -1;
  *affected += cw_result_affected(result);
  if (last && query->want_rows)
    *out = result;
  else
    cw_result_free(result);
  return 0;
}

static int run_script(const struct direct *d, const struct cw_lua_query *query,
                      struct cw_result **out, int64_t *affected) {
  struct cw_slices *slices = cw_arena_array(d->arena, 1, sizeof *slices);
  cw_arena_own(d->arena, release_slices, slices);
  if (cw_sql_split(query->sql, query->len, d->flavor, slices, &d->arena->err) < 0) return -1;
  for (size_t i = 0; i < slices->len; i++) {
    const struct cw_slice *slice = &slices->items[i];
    const char *sql = cw_arena_copy(d->arena, query->sql + slice->start, slice->len);
    if (query_one(d, sql, slice->len, NULL, 0, query, i + 1 == slices->len, out, affected) < 0)
      return -1;
  }
  return 0;
}

static struct cw_bound *new_bound(struct cw_arena *arena) {
  struct cw_bound *bound = cw_arena_alloc(arena, sizeof *bound);
  *bound = (struct cw_bound)CW_BOUND_INIT;
  cw_arena_own(arena, release_bound, bound);
  return bound;
}

static int run_bound(const struct direct *d, const struct cw_lua_query *query,
                     struct cw_result **out, int64_t *affected) {
  struct cw_bound *bound = new_bound(d->arena);
  if (cw_sql_bind(query->sql, query->len, d->flavor, query->params, bound, &d->arena->err) < 0)
    return -1;
  return query_one(d, bound->sql.buf, bound->sql.len, bound->values, bound->len, query, true, out,
                   affected);
}

/* One statement for all sets: each must bind to the same SQL, so lists for an IN are out. */
static int run_batch(const struct direct *d, const struct cw_lua_query *query, int64_t *affected) {
  struct cw_err *err = &d->arena->err;
  struct cw_bound *first = NULL;
  struct cw_value *values = NULL;
  if (d->read_only && refuse_write(query->sql, query->len, d->flavor, err) < 0) return -1;
  for (size_t i = 0; i < query->nsets; i++) {
    struct cw_bound *bound = new_bound(d->arena);
    if (cw_sql_bind(query->sql, query->len, d->flavor, &query->sets[i], bound, err) < 0) {
      cw_err_prefix(err, "parameter set %zu: ", i + 1);
      return -1;
    }
    if (!first) {
      first = bound;
      values = cw_arena_array(d->arena, bound->len * query->nsets, sizeof *values);
    } else if (bound->len != first->len || strcmp(bound->sql.buf, first->sql.buf) != 0) {
      return cw_fail(err, CW_ERR_SCRIPT, "parameter set %zu of a batch has other parameters than "
                     "the first; a list for an IN can't be part of a batch", i + 1);
    }
    if (bound->len) memcpy(values + i * bound->len, bound->values, bound->len * sizeof *values);
  }
  return cw_conn_batch(d->conn, first->sql.buf, first->sql.len, values, first->len, query->nsets,
                       affected, err);
}

/* One text for all sets: bound once. */
static int run_values(const struct direct *d, const struct cw_lua_query *query, struct cw_result **out,
                      int64_t *affected) {
  struct cw_err *err = &d->arena->err;
  struct cw_param *items = cw_arena_array(d->arena, query->nvalues + 1, sizeof *items);
  for (size_t i = 0; i < query->nvalues; i++) items[i].value = query->values[i];
  struct cw_params params = {.items = items, .len = query->nvalues};
  struct cw_lua_query one = *query;
  one.params = &params;
  if (query->nsets == 1) return run_bound(d, &one, out, affected);
  struct cw_bound *bound = new_bound(d->arena);
  if (d->read_only && refuse_write(query->sql, query->len, d->flavor, err) < 0) return -1;
  if (cw_sql_bind(query->sql, query->len, d->flavor, &params, bound, err) < 0) return -1;
  return cw_conn_batch(d->conn, bound->sql.buf, bound->sql.len, query->values, query->nvalues, query->nsets,
                       affected, err);
}

static int run_move(lua_State *L, struct cw_exec *exec, struct cw_arena *arena,
                    const struct cw_lua_query *query, struct cw_result **out, int64_t *affected) {
  struct cw_exec_sql q = {
      .sql = query->sql,
      .len = query->len,
      .params = query->params,
      .nsets = query->nsets,
      .sets = query->sets,
      .values = query->values,
      .nvalues = query->nvalues,
      .want_rows = query->want_rows,
      .stream = query->stream,
  };
  q.file = cw_lua_user_line(L, &q.line);
  return cw_exec_sql(exec, &q, out, affected, &arena->err);
}

int cw_lua_run_sql(lua_State *L, struct cw_lua_conn *conn, struct cw_arena *arena,
                   const struct cw_lua_query *query, struct cw_result **out, int64_t *affected) {
  struct cw_script *script = cw_lua_script(L);
  struct cw_lua_frame *frame =
      conn->kind == CW_LUA_CONN_OWNED ? NULL : cw_lua_frame_find(script, conn->frame);
  lua_State *outer = cw_lua_enter(script, L);
  int status;
  *out = NULL;
  *affected = 0;
  if (conn->kind == CW_LUA_CONN_MOVE) {
    status = run_move(L, frame->exec, arena, query, out, affected);
  } else {
    struct direct d = {.conn = frame ? cw_exec_conn(frame->exec) : conn->conn,
                       .read_only = conn->read_only,
                       .arena = arena};
    if (!d.conn) {
      status = cw_fail(&arena->err, CW_ERR_OFFLINE, "the database can't be read here: nothing is "
                       "connected under --sql");
    } else {
      d.flavor = cw_conn_flavor(d.conn);
      status = query->values   ? run_values(&d, query, out, affected)
               : query->nsets  ? run_batch(&d, query, affected)
               : query->params ? run_bound(&d, query, out, affected)
                               : run_script(&d, query, out, affected);
    }
  }
  cw_lua_leave(script, outer);
  return status;
}
