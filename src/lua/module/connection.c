/* project:connect(): a connection for the host's own statements, in autocommit mode. It speaks to the core
 * directly; only literals ask the project's inner state, which knows the dialects. */
#include "db/sql.h"
#include "lua/arena.h"
#include "lua/err.h"
#include "lua/module/module.h"
#include "lua/push.h"

struct connection {
  struct cw_conn *conn; /* NULL once closed */
  struct cw_project *project; /* the userdata that user value 1 keeps alive */
};

static const char metatable_key;

static struct connection *check_connection(lua_State *L) {
  struct connection *c = NULL;
  if (lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1)) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
    if (lua_rawequal(L, -1, -2)) c = lua_touserdata(L, 1);
    lua_pop(L, 2);
  }
  if (!c)
    cw_lua_raise(L, CW_ERR_USAGE, "Write conn:all(...), with a colon.",
                 "a connection's method was called without the connection");
  if (!c->conn)
    cw_lua_raise(L, CW_ERR_USAGE, "Ask the project for another: p:connect().",
                 "this connection is closed");
  return c;
}

/* --- running SQL ----------------------------------------------------------------------------------- */

static void drop_bound(void *ctx) { cw_bound_release(ctx); }

static void drop_slices(void *ctx) { vec_release((struct cw_slices *)ctx); }

/* The result of the last statement; drained and dropped by the arena. */
struct running {
  struct cw_result *result;
  int64_t affected;
};

static void drop_running(void *ctx) { cw_result_free(((struct running *)ctx)->result); }

static int run_one(struct running *r, struct cw_conn *conn, const char *sql, size_t len,
                   const struct cw_value *values, size_t count, unsigned flags, struct cw_err *err) {
  cw_result_free(r->result);
  r->result = NULL;
  if (cw_conn_query(conn, sql, len, values, count, flags, &r->result, err) < 0) return -1;
  r->affected += cw_result_affected(r->result);
  return 0;
}

/* Runs the SQL at index 2 with the parameters at index 3. Raises. */
static struct running *run(lua_State *L, struct connection *c, struct cw_arena *arena) {
  size_t len;
  const char *sql = luaL_checklstring(L, 2, &len);
  unsigned flavor = cw_conn_flavor(c->conn);
  struct running *r = cw_arena_array(arena, 1, sizeof *r);
  cw_arena_own(arena, drop_running, r);
  int failed = 0;
  if (!lua_isnoneornil(L, 3)) {
    struct cw_params params;
    luaL_checktype(L, 3, LUA_TTABLE);
    cw_lua_to_params(L, 3, arena, &params);
    struct cw_bound *bound = cw_arena_alloc(arena, sizeof *bound);
    *bound = (struct cw_bound)CW_BOUND_INIT;
    cw_arena_own(arena, drop_bound, bound);
    failed = cw_sql_bind(sql, len, flavor, &params, bound, &arena->err) ||
             run_one(r, c->conn, bound->sql.buf, bound->sql.len, bound->values, bound->len, 0,
                     &arena->err);
  } else {
    struct cw_slices *slices = cw_arena_array(arena, 1, sizeof *slices);
    cw_arena_own(arena, drop_slices, slices);
    failed = cw_sql_split(sql, len, flavor, slices, &arena->err);
    for (size_t i = 0; i < slices->len && !failed; i++) {
      const struct cw_slice *slice = &slices->items[i];
      const char *part = cw_arena_copy(arena, sql + slice->start, slice->len);
      failed = run_one(r, c->conn, part, slice->len, NULL, 0, CW_QUERY_SIMPLE, &arena->err);
    }
  }
  if (failed) cw_lua_throw(L, &arena->err);
  return r;
}

/* __index of a row: by position; upvalue 1 is the list of columns. */
static int row_index(lua_State *L) {
  if (!lua_isinteger(L, 2)) return 0;
  if (lua_geti(L, lua_upvalueindex(1), lua_tointeger(L, 2)) == LUA_TNIL) return 1;
  lua_rawget(L, 1);
  return 1;
}

/* Pushes the metatable of the result's rows. */
static void push_row_metatable(lua_State *L, const struct cw_result *result) {
  lua_createtable(L, 0, 2);
  lua_newtable(L);
  for (size_t i = 0; i < cw_result_ncols(result); i++) {
    lua_pushstring(L, cw_result_name(result, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pushcclosure(L, row_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "curlew.row");
  lua_setfield(L, -2, "__name");
}

static const struct cw_value *next_row(lua_State *L, struct running *r, struct cw_arena *arena) {
  const struct cw_value *row = NULL;
  if (r->result && cw_result_next(r->result, &row, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  return row;
}

static void push_row(lua_State *L, const struct cw_result *result, const struct cw_value *row,
                     int metatable) {
  lua_createtable(L, 0, (int)cw_result_ncols(result));
  for (size_t i = 0; i < cw_result_ncols(result); i++) {
    cw_lua_push_value(L, &row[i]);
    lua_setfield(L, -2, cw_result_name(result, i));
  }
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
}

/* Pushes the list of the remaining rows. */
static void push_all(lua_State *L, struct running *r, struct cw_arena *arena) {
  const struct cw_value *row;
  lua_newtable(L);
  int list = lua_gettop(L);
  if (!r->result) return;
  push_row_metatable(L, r->result);
  for (lua_Integer n = 1; (row = next_row(L, r, arena)); n++) {
    push_row(L, r->result, row, list + 1);
    lua_rawseti(L, list, n);
  }
  lua_settop(L, list);
}

static int conn_execute(lua_State *L) {
  struct connection *c = check_connection(L);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L);
  struct running *r = run(L, c, arena);
  while (next_row(L, r, arena)) continue; /* some servers count at the end only */
  lua_pushinteger(L, (lua_Integer)r->affected);
  return 1;
}

static int conn_all(lua_State *L) {
  struct connection *c = check_connection(L);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L);
  push_all(L, run(L, c, arena), arena);
  return 1;
}

static int conn_first(lua_State *L) {
  struct connection *c = check_connection(L);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L);
  push_all(L, run(L, c, arena), arena);
  lua_rawgeti(L, -1, 1);
  return 1;
}

static int conn_scalar(lua_State *L) {
  struct connection *c = check_connection(L);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_value *row = next_row(L, run(L, c, arena), arena);
  if (row)
    cw_lua_push_value(L, &row[0]);
  else
    lua_pushnil(L);
  return 1;
}

static int conn_column(lua_State *L) {
  struct connection *c = check_connection(L);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L);
  struct running *r = run(L, c, arena);
  const struct cw_value *row;
  lua_newtable(L);
  for (lua_Integer n = 1; (row = next_row(L, r, arena)); n++) {
    if (row[0].type == CW_NULL)
      cw_lua_push_null(L);
    else
      cw_lua_push_value(L, &row[0]);
    lua_rawseti(L, -2, n);
  }
  return 1;
}

static int rows_step(lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, lua_upvalueindex(2)) + 1;
  lua_pushinteger(L, n);
  lua_replace(L, lua_upvalueindex(2));
  lua_rawgeti(L, lua_upvalueindex(1), n);
  return 1;
}

static int conn_rows(lua_State *L) {
  conn_all(L);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, rows_step, 2);
  return 1;
}

/* Rows for a statement that gives some, else the number of affected rows. */
static int try_body(lua_State *L) {
  struct connection *c = check_connection(L);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L);
  struct running *r = run(L, c, arena);
  if (r->result && cw_result_ncols(r->result) > 0)
    push_all(L, r, arena);
  else
    lua_pushinteger(L, (lua_Integer)r->affected);
  return 1;
}

/* try(sql, params) -> result | nil, err */
static int conn_try(lua_State *L) {
  check_connection(L);
  lua_settop(L, 3);
  lua_pushcfunction(L, try_body);
  lua_insert(L, 1);
  if (lua_pcall(L, 3, 1, 0) == LUA_OK) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* --- names and literals ---------------------------------------------------------------------------- */

static void drop_text(void *ctx) { strbuf_release(ctx); }

static struct strbuf *text_of(struct cw_arena *arena) {
  struct strbuf *text = cw_arena_array(arena, 1, sizeof *text);
  *text = (struct strbuf)STRBUF_INIT;
  cw_arena_own(arena, drop_text, text);
  return text;
}

static int conn_quote(lua_State *L) {
  struct connection *c = check_connection(L);
  const char *name = luaL_checkstring(L, 2);
  struct strbuf *text = text_of(cw_arena_push(L));
  cw_conn_quote(c->conn, NULL, name, text);
  lua_pushlstring(L, text->buf, text->len);
  return 1;
}

static int conn_literal(lua_State *L) {
  struct connection *c = check_connection(L);
  struct cw_app *app = c->project->app;
  struct cw_value value;
  luaL_checkany(L, 2);
  if (!app)
    cw_lua_raise(L, CW_ERR_USAGE, NULL, "the project of this connection is closed");
  if (!cw_lua_to_value(L, 2, &value)) cw_lua_bad_value(L, 2, "the value");
  struct cw_arena *arena = cw_arena_push(L);
  struct strbuf *text = text_of(arena);
  if (app->ops->literal(app->script, cw_conn_dialect(c->conn), &value, text, &arena->err) < 0)
    cw_lua_throw(L, &arena->err);
  lua_pushlstring(L, text->buf, text->len);
  return 1;
}

/* --- life ------------------------------------------------------------------------------------------ */

static int conn_close(lua_State *L) {
  struct connection *c = lua_touserdata(L, 1);
  cw_conn_free(c->conn);
  c->conn = NULL;
  return 0;
}

static int close_method(lua_State *L) {
  check_connection(L);
  return conn_close(L);
}

static int conn_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  struct connection *c = check_connection(L);
  const char *name = luaL_tolstring(L, 2, NULL), *value = NULL;
  if (strcmp(name, "dialect") == 0) value = cw_conn_dialect(c->conn);
  if (strcmp(name, "server") == 0) value = cw_conn_server(c->conn);
  if (strcmp(name, "server_version") == 0) value = cw_conn_version(c->conn);
  if (!value) cw_lua_raise(L, CW_ERR_USAGE, NULL, "a connection has no `%s`", name);
  lua_pushstring(L, value);
  return 1;
}

void cw_module_open_connection(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"execute", conn_execute}, {"rows", conn_rows},   {"all", conn_all},
      {"first", conn_first},     {"scalar", conn_scalar}, {"column", conn_column},
      {"try", conn_try},         {"quote", conn_quote}, {"literal", conn_literal},
      {"close", close_method},   {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", conn_close}, {"__close", conn_close}, {NULL, NULL}};
  luaL_newlib(L, meta);
  luaL_newlib(L, methods);
  lua_pushcclosure(L, conn_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "curlew.Conn");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

struct cw_conn **cw_module_new_connection(lua_State *L, struct cw_project *project) {
  struct connection *c = lua_newuserdatauv(L, sizeof *c, 1);
  *c = (struct connection){.project = project};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return &c->conn;
}
