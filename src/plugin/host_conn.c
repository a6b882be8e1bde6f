/* Connections for C plugins. A handle lives in the arena of the C function that asked for it, with the
 * last error and the result that is being read: whichever way that function ends, nothing is left. */
#include "plugin/host_conn.h"

#include "lua/err.h"
#include "lua/objects.h"
#include "util/alloc.h"

struct curlew_conn {
  lua_State *L;
  struct cw_lua_conn *conn;
  struct cw_arena *arena; /* its error is the last call's */
  struct cw_exec_info info;
  struct cw_result *result; /* NULL unless rows are being read */
  struct cw_value *values;  /* the parameters of the last call, grown as needed */
  size_t room;
  struct curlew_value *row;
  struct curlew_error error;
};

static void drop_handle(void *ctx) {
  struct curlew_conn *conn = ctx;
  cw_result_free(conn->result);
  free(conn->values);
  free(conn->row);
}

struct curlew_conn *cw_plugin_conn(lua_State *L, int index) {
  index = lua_absindex(L, index);
  struct cw_lua_conn *of = cw_lua_check_conn(L, index);
  struct cw_arena *arena = cw_arena_push(L);
  struct curlew_conn *conn = cw_arena_alloc(arena, sizeof *conn);
  *conn = (struct curlew_conn){.L = L, .conn = of, .arena = arena};
  cw_lua_conn_info(L, of, &conn->info);
  cw_arena_own(arena, drop_handle, conn);
  return conn;
}

const char *cw_plugin_dialect(struct curlew_conn *conn) { return conn->info.dialect; }
const char *cw_plugin_server(struct curlew_conn *conn) { return conn->info.server; }
const char *cw_plugin_server_version(struct curlew_conn *conn) { return conn->info.server_version; }

/* --- values -------------------------------------------------------------------------------------- */

static int from_plugin(const struct curlew_value *value, struct cw_value *out) {
  struct curlew_text text = value->as.text;
  if (value->type >= CURLEW_NUMERIC && !text.p) text = (struct curlew_text){"", 0};
  switch (value->type) {
  case CURLEW_NULL: *out = cw_null(); return 0;
  case CURLEW_BOOL: *out = cw_bool(value->as.boolean != 0); return 0;
  case CURLEW_INT: *out = cw_int(value->as.integer); return 0;
  case CURLEW_FLOAT: *out = cw_float(value->as.number); return 0;
  case CURLEW_NUMERIC: *out = (struct cw_value){.type = CW_NUMERIC, .s = {text.p, text.len}}; return 0;
  case CURLEW_TEXT: *out = cw_textn(text.p, text.len); return 0;
  case CURLEW_BYTES: *out = cw_blob(text.p, text.len); return 0;
  }
  return -1;
}

static struct curlew_value to_plugin(const struct cw_value *value) {
  struct curlew_value out = {.type = CURLEW_NULL};
  switch (value->type) {
  case CW_NULL: return out;
  case CW_BOOL: out.type = CURLEW_BOOL; out.as.boolean = value->b; return out;
  case CW_INT: out.type = CURLEW_INT; out.as.integer = value->i; return out;
  case CW_FLOAT: out.type = CURLEW_FLOAT; out.as.number = value->f; return out;
  case CW_NUMERIC: out.type = CURLEW_NUMERIC; break;
  case CW_TEXT: out.type = CURLEW_TEXT; break;
  case CW_BLOB: out.type = CURLEW_BYTES; break;
  }
  out.as.text = (struct curlew_text){value->s.p, value->s.len};
  return out;
}

/* --- calls --------------------------------------------------------------------------------------- */

static int fail(struct curlew_conn *conn, const char *why) {
  return cw_fail(&conn->arena->err, CW_ERR_SCRIPT, "%s", why);
}

/* Runs a query whose values are already ours. *out is NULL when there are no rows. */
static int run(struct curlew_conn *conn, struct cw_lua_query *query, const struct curlew_value *values,
               size_t count, struct cw_result **out, int64_t *affected) {
  int64_t ignored;
  *out = NULL;
  if (!affected) affected = &ignored;
  *affected = 0;
  if (conn->result) return fail(conn, "a plugin uses a connection inside its own curlew_row_fn");
  cw_err_release(&conn->arena->err);
  if (count > conn->room) {
    conn->values = xreallocarray(conn->values, count, sizeof *conn->values);
    conn->room = count;
  }
  for (size_t i = 0; i < count; i++)
    if (from_plugin(&values[i], &conn->values[i])) return fail(conn, "a plugin gave a value of an unknown type");
  if (count) query->values = conn->values;
  return cw_lua_run_sql(conn->L, conn->conn, conn->arena, query, out, affected);
}

static int next(struct curlew_conn *conn, const struct cw_value **row) {
  struct cw_script *script = cw_lua_script(conn->L);
  lua_State *outer = cw_lua_enter(script, conn->L);
  int got = cw_result_next(conn->result, row, &conn->arena->err);
  cw_lua_leave(script, outer);
  return got;
}

static void drop_result(struct curlew_conn *conn) {
  cw_result_free(conn->result);
  conn->result = NULL;
}

/* The row function may raise: the result belongs to the handle meanwhile. */
static int read_rows(struct curlew_conn *conn, curlew_row_fn *fn, void *ctx) {
  size_t ncols = cw_result_ncols(conn->result);
  const char **names = cw_arena_array(conn->arena, ncols + 1, sizeof *names);
  for (size_t i = 0; i < ncols; i++) names[i] = cw_result_name(conn->result, i);
  conn->row = xreallocarray(conn->row, ncols + 1, sizeof *conn->row);
  const struct cw_value *row;
  int got;
  while ((got = next(conn, &row)) > 0) {
    for (size_t i = 0; i < ncols; i++) conn->row[i] = to_plugin(&row[i]);
    if (fn(ctx, names, conn->row, ncols)) break;
  }
  drop_result(conn);
  return got < 0 ? -1 : 0;
}

int cw_plugin_query(struct curlew_conn *conn, const char *sql, size_t len,
                    const struct curlew_value *params, size_t nparams, curlew_row_fn *row, void *ctx,
                    int64_t *affected) {
  struct cw_lua_query query = {.sql = sql, .len = len, .nsets = nparams ? 1 : 0, .nvalues = nparams,
                               .want_rows = row != NULL, .stream = row != NULL};
  struct cw_result *result;
  if (run(conn, &query, params, nparams, &result, affected)) return -1;
  conn->result = result;
  if (!result) return 0;
  if (row) return read_rows(conn, row, ctx);
  drop_result(conn);
  return 0;
}

int cw_plugin_batch(struct curlew_conn *conn, const char *sql, size_t len,
                    const struct curlew_value *values, size_t nparams, size_t nsets,
                    int64_t *affected) {
  if (affected) *affected = 0;
  if (nsets == 0) return 0;
  struct cw_lua_query query = {.sql = sql, .len = len, .nsets = nsets, .nvalues = nparams};
  if (nparams == 0) return fail(conn, "a batch needs parameters");
  struct cw_result *result;
  int failed = run(conn, &query, values, nparams * nsets, &result, affected);
  cw_result_free(result);
  return failed;
}

/* --- errors -------------------------------------------------------------------------------------- */

const struct curlew_error *cw_plugin_error(struct curlew_conn *conn) {
  const struct cw_err *err = &conn->arena->err;
  conn->error = (struct curlew_error){.code = cw_errcode_name(err->code),
                                      .message = err->message,
                                      .hint = err->hint,
                                      .detail = err->detail,
                                      .sqlstate = err->sqlstate,
                                      .native = err->native};
  return &conn->error;
}

int cw_plugin_raise_last(lua_State *L, struct curlew_conn *conn) {
  if (conn->arena->err.code == CW_OK) fail(conn, "a plugin raises an error, and nothing has failed");
  cw_lua_throw(L, &conn->arena->err);
}
