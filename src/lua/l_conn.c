/* The connection object: op.get_bind(), on_connect's argument, curlew.connect(). It never owns the
 * core's connection of a move; it knows the frame it belongs to, and a use after that is an error. */
#include "lua/objects.h"

#include "lua/err.h"
#include "lua/push.h"
#include "util/suggest.h"

static const char metatable_key;

/* --- the object ---------------------------------------------------------------------------------- */

static struct cw_lua_conn *to_conn(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? lua_touserdata(L, idx) : NULL;
}

struct cw_lua_conn *cw_lua_check_conn(lua_State *L, int idx) {
  cw_lua_check_interrupt(L);
  struct cw_lua_conn *conn = to_conn(L, idx);
  if (!conn && idx != 1) luaL_typeerror(L, idx, "connection");
  if (!conn)
    cw_lua_raise(L, CW_ERR_SCRIPT, "Write conn:all(...), with a colon.",
                 "a connection's method was called without the connection");
  if (conn->kind != CW_LUA_CONN_OWNED && !cw_lua_frame_find(cw_lua_script(L), conn->frame))
    cw_lua_raise(L, CW_ERR_SCRIPT, "Ask op.get_bind() for it inside upgrade or downgrade.",
                 "this connection belonged to a migration that has ended");
  if (conn->kind == CW_LUA_CONN_OWNED && !conn->conn)
    cw_lua_raise(L, CW_ERR_SCRIPT, "What curlew.connect opens in a configuration is closed after "
                 "loading.", "this connection is closed");
  return conn;
}

/* The connection at index 1, in use. */
static struct cw_lua_conn *check_conn(lua_State *L) { return cw_lua_check_conn(L, 1); }

void cw_lua_conn_info(lua_State *L, struct cw_lua_conn *conn, struct cw_exec_info *info) {
  if (conn->kind != CW_LUA_CONN_OWNED) {
    cw_exec_info(cw_lua_frame_find(cw_lua_script(L), conn->frame)->exec, info);
    return;
  }
  *info = (struct cw_exec_info){.dialect = cw_conn_dialect(conn->conn),
                                .server = cw_conn_server(conn->conn),
                                .server_version = cw_conn_version(conn->conn)};
}

static void push_conn_dialect(lua_State *L, struct cw_lua_conn *conn) {
  struct cw_exec_info info;
  cw_lua_conn_info(L, conn, &info);
  cw_lua_push_dialect(L, info.dialect, info.server, info.server_version);
}

/* --- running SQL --------------------------------------------------------------------------------- */

static const char *check_sql(lua_State *L, size_t *len) {
  if (lua_type(L, 2) != LUA_TSTRING) {
    lua_pushfstring(L, "the SQL must be a string, not a %s", luaL_typename(L, 2));
    luaL_argerror(L, 2, lua_tostring(L, -1));
  }
  return lua_tolstring(L, 2, len);
}

/* Whether the statement can be bound with these parameters. */
static bool binds(lua_State *L, struct cw_lua_conn *conn, const struct cw_lua_query *query,
                  const struct cw_params *params) {
  struct cw_exec_info info;
  cw_lua_conn_info(L, conn, &info);
  struct cw_bound bound = CW_BOUND_INIT; /* nothing raises here */
  struct cw_err err = CW_ERR_INIT;
  bool can = cw_sql_bind(query->sql, query->len, cw_lua_dialect_flavor(info.dialect), params,
                         &bound, &err) == 0;
  cw_bound_release(&bound);
  cw_err_release(&err);
  return can;
}

static void read_batch(lua_State *L, struct cw_arena *arena, size_t nsets,
                       struct cw_lua_query *query) {
  struct cw_params *sets = cw_arena_array(arena, nsets, sizeof *sets);
  for (size_t i = 0; i < nsets; i++) {
    lua_rawgeti(L, 3, (lua_Integer)i + 1);
    cw_lua_to_params(L, lua_gettop(L), arena, &sets[i]);
    lua_pop(L, 1);
  }
  query->sets = sets;
  query->nsets = nsets;
}

/* Part one of a method (self, sql, params): reads the arguments. */
static void read_query(lua_State *L, struct cw_lua_conn *conn, struct cw_arena *arena, bool batch,
                       struct cw_lua_query *query) {
  query->sql = check_sql(L, &query->len);
  if (lua_isnil(L, 3)) return;
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t nsets;
  bool sets = batch && cw_lua_is_batch(L, 3, &nsets);
  if (sets) {
    read_batch(L, arena, nsets, query);
    /* `IN (?)` with one list looks the same as a batch of one set. */
    if (query->sets[0].named || binds(L, conn, query, &query->sets[0])) return;
  }
  struct cw_params *params = cw_arena_alloc(arena, sizeof *params);
  cw_lua_to_params(L, 3, arena, params);
  if (sets && !binds(L, conn, query, params)) return; /* the batch's own error says more */
  query->nsets = 0;
  query->params = params;
}

/* SQL that is only printed: what it may have changed is no longer known (curlew.shadow). Its parameters are
 * at index 3. */
static void tell_shadow(lua_State *L, const struct cw_lua_frame *frame, const char *sql, size_t len) {
  struct cw_exec_info info;
  cw_exec_info(frame->exec, &info);
  if (!info.offline || info.shadowed) return;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "curlew.shadow");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "saw");
  lua_pushinteger(L, (lua_Integer)info.run);
  lua_pushlstring(L, sql, len);
  lua_pushvalue(L, 3);
  lua_call(L, 3, 0);
  lua_pop(L, 1);
}

/* The whole of a method up to its answer: runs (self, sql, params) and leaves a result userdata at
 * index 5, closed when there are no rows. Returns the affected rows. */
static int64_t run(lua_State *L, bool want_rows, bool stream, struct cw_lua_result **box) {
  struct cw_lua_conn *conn = check_conn(L);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L); /* conn sql params arena */
  struct cw_lua_query query = {.want_rows = want_rows, .stream = stream};
  read_query(L, conn, arena, !want_rows, &query);
  lua_settop(L, 4);
  *box = cw_lua_new_result(L); /* conn sql params arena result */
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 5, 2);
  struct cw_result *result;
  int64_t affected;
  if (cw_lua_run_sql(L, conn, arena, &query, &result, &affected) < 0) cw_lua_throw(L, &arena->err);
  struct cw_lua_frame *frame = cw_lua_frame_find(cw_lua_script(L), conn->frame);
  cw_lua_result_adopt(*box, result, frame ? &frame->results : &conn->results,
                      frame ? conn->frame : 0);
  if (frame && conn->kind == CW_LUA_CONN_MOVE) tell_shadow(L, frame, query.sql, query.len);
  return affected;
}

static int conn_execute(lua_State *L) {
  struct cw_lua_result *box;
  lua_pushinteger(L, (lua_Integer)run(L, false, false, &box));
  cw_lua_result_close(box);
  return 1;
}

/* _copy(sql, text): for the library's own op.copy_from; no one else's, so it has no stub */
static int conn_copy(lua_State *L) {
  struct cw_lua_conn *conn = check_conn(L);
  struct cw_script *script = cw_lua_script(L);
  struct cw_lua_frame *frame = cw_lua_frame_find(script, conn->frame);
  size_t len, n;
  const char *sql = luaL_checklstring(L, 2, &len), *data = luaL_checklstring(L, 3, &n);
  luaL_argexpected(L, frame, 1, "connection of a migration");
  struct cw_arena *arena = cw_arena_push(L);
  int64_t affected;
  lua_State *outer = cw_lua_enter(script, L);
  int status = cw_exec_copy(frame->exec, sql, len, data, n, &affected, &arena->err);
  cw_lua_leave(script, outer);
  if (status < 0) cw_lua_throw(L, &arena->err);
  lua_pushinteger(L, (lua_Integer)affected);
  return 1;
}

static int conn_rows(lua_State *L) {
  struct cw_lua_result *box;
  run(L, true, true, &box);
  lua_pushcfunction(L, cw_lua_rows_next);
  lua_pushvalue(L, 5);
  lua_pushnil(L);
  lua_pushvalue(L, 5); /* closed when the loop ends, however it ends */
  return 4;
}

/* Pushes the list of all rows of the result at index 5 and closes it. */
static void push_all(lua_State *L) {
  lua_newtable(L);
  int list = lua_gettop(L);
  for (lua_Integer n = 1; cw_lua_result_next(L, 5); n++) lua_rawseti(L, list, n);
}

static int conn_all(lua_State *L) {
  struct cw_lua_result *box;
  run(L, true, false, &box);
  push_all(L);
  return 1;
}

static int conn_first(lua_State *L) {
  struct cw_lua_result *box;
  run(L, true, false, &box);
  if (!cw_lua_result_next(L, 5)) lua_pushnil(L);
  cw_lua_result_close(box);
  return 1;
}

/* The first value of the next row; false: there is no row, or no column. */
static bool push_first_value(lua_State *L, struct cw_lua_result *box) {
  const struct cw_value *row = cw_lua_result_step(L, box);
  if (!row || !cw_result_ncols(box->result)) return false;
  cw_lua_push_value(L, &row[0]);
  return true;
}

static int conn_scalar(lua_State *L) {
  struct cw_lua_result *box;
  run(L, true, false, &box);
  if (!push_first_value(L, box)) lua_pushnil(L);
  cw_lua_result_close(box);
  return 1;
}

static int conn_column(lua_State *L) {
  struct cw_lua_result *box;
  run(L, true, false, &box);
  lua_newtable(L);
  int list = lua_gettop(L);
  for (lua_Integer n = 1; push_first_value(L, box); n++) {
    if (lua_isnil(L, -1)) { /* a list has no holes */
      lua_pop(L, 1);
      cw_lua_push_null(L);
    }
    lua_rawseti(L, list, n);
  }
  return 1;
}

/* What conn:try runs: rows for a statement that gives some, else the number of affected rows. */
static int try_sql(lua_State *L) {
  struct cw_lua_result *box;
  int64_t affected = run(L, true, false, &box);
  if (box->result && cw_result_ncols(box->result) > 0)
    push_all(L);
  else
    lua_pushinteger(L, (lua_Integer)affected);
  cw_lua_result_close(box);
  return 1;
}

/* try(sql, params) or try(function, ...): result or nil, err. */
static int conn_try(lua_State *L) {
  check_conn(L);
  luaL_checkany(L, 2);
  int status;
  lua_pushcfunction(L, cw_lua_handler);
  lua_insert(L, 1);
  if (lua_isfunction(L, 3)) { /* handler conn function arguments... */
    lua_remove(L, 2);
    status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 1);
  } else {
    lua_settop(L, 4);
    lua_pushcfunction(L, try_sql);
    lua_insert(L, 2); /* handler try_sql conn sql params */
    status = lua_pcall(L, 3, 1, 1);
  }
  cw_lua_check_interrupt(L);
  if (status == LUA_OK) return lua_gettop(L) - 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* --- names and literals -------------------------------------------------------------------------- */

/* Calls a method of the dialect with the arguments from index 2 on. */
static int dialect_method(lua_State *L, const char *name) {
  struct cw_lua_conn *conn = check_conn(L);
  luaL_checkany(L, 2);
  int nargs = lua_gettop(L) - 1;
  push_conn_dialect(L, conn);
  lua_getfield(L, -1, name);
  lua_insert(L, 2);
  lua_insert(L, 3); /* conn method dialect arguments... */
  lua_call(L, nargs + 1, 1);
  return 1;
}

static int conn_quote(lua_State *L) { return dialect_method(L, "quote"); }

static int conn_literal(lua_State *L) { return dialect_method(L, "literal"); }

/* inspect() -> require("curlew.inspect").new(conn, dialect) */
static int conn_inspect(lua_State *L) {
  struct cw_lua_conn *conn = check_conn(L);
  lua_settop(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "curlew.inspect");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "new");
  lua_pushvalue(L, 1);
  push_conn_dialect(L, conn);
  lua_call(L, 2, 1);
  return 1;
}

/* --- life ---------------------------------------------------------------------------------------- */

void cw_lua_conn_close(struct cw_lua_conn *conn) {
  if (!conn->conn) return;
  cw_lua_results_close(&conn->results);
  cw_conn_free(conn->conn);
  conn->conn = NULL;
  if (conn->link) *conn->link = conn->next;
  if (conn->next) conn->next->link = conn->link;
  conn->link = NULL;
  conn->next = NULL;
}

static int conn_gc(lua_State *L) {
  cw_lua_conn_close(lua_touserdata(L, 1));
  return 0;
}

static int conn_close(lua_State *L) {
  struct cw_lua_conn *conn = to_conn(L, 1);
  luaL_argexpected(L, conn, 1, "connection");
  if (conn->kind != CW_LUA_CONN_OWNED)
    cw_lua_raise(L, CW_ERR_SCRIPT, "Leave it open.",
                 "the connection of a migration belongs to curlew and can't be closed");
  cw_lua_conn_close(conn);
  return 0;
}

static int conn_tostring(lua_State *L) {
  struct cw_lua_conn *conn = to_conn(L, 1);
  luaL_argexpected(L, conn, 1, "connection");
  bool live = conn->kind == CW_LUA_CONN_OWNED
                  ? conn->conn != NULL
                  : cw_lua_frame_find(cw_lua_script(L), conn->frame) != NULL;
  lua_pushstring(L, live ? "curlew.Conn" : "curlew.Conn (ended)");
  return 1;
}

static const luaL_Reg methods[] = {
    {"execute", conn_execute}, {"rows", conn_rows},     {"all", conn_all},
    {"first", conn_first},     {"scalar", conn_scalar}, {"column", conn_column},
    {"try", conn_try},         {"quote", conn_quote},   {"literal", conn_literal},
    {"inspect", conn_inspect}, {"close", conn_close},   {"_copy", conn_copy},
    {NULL, NULL},
};

/* __index: a method (upvalue 1), or one of the fields. */
static int conn_index(lua_State *L) {
  static const char *const names[] = {"dialect", "server",  "server_version", "execute", "rows",
                                      "all",     "first",   "scalar",         "column",  "try",
                                      "quote",   "literal", "inspect",        "close"};
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const char *name = luaL_tolstring(L, 2, NULL), *value = NULL;
  struct cw_exec_info info;
  struct cw_lua_conn *conn = check_conn(L);
  cw_lua_conn_info(L, conn, &info);
  if (strcmp(name, "dialect") == 0) value = info.dialect;
  if (strcmp(name, "server") == 0) value = info.server;
  if (strcmp(name, "server_version") == 0) value = info.server_version;
  if (!value) {
    const char *near = cw_suggest(name, names, sizeof names / sizeof *names);
    cw_lua_raise(L, CW_ERR_SCRIPT,
                 near ? lua_pushfstring(L, "Did you mean `%s`?", near) : NULL,
                 "a connection has no `%s`", name);
  }
  lua_pushstring(L, value);
  return 1;
}

void cw_lua_open_conn(lua_State *L) {
  static const luaL_Reg meta[] = {
      {"__gc", conn_gc}, {"__close", conn_gc}, {"__tostring", conn_tostring}, {NULL, NULL}};
  luaL_newlib(L, meta);
  luaL_newlib(L, methods);
  lua_pushcclosure(L, conn_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "curlew.Conn");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

struct cw_lua_conn *cw_lua_new_conn(lua_State *L) {
  struct cw_lua_conn *conn = lua_newuserdatauv(L, sizeof *conn, 0);
  *conn = (struct cw_lua_conn){.kind = CW_LUA_CONN_OWNED};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_setmetatable(L, -2);
  return conn;
}

void cw_lua_push_conn(lua_State *L, enum cw_lua_conn_kind kind) {
  struct cw_lua_conn *conn = cw_lua_new_conn(L);
  conn->kind = kind;
  conn->frame = cw_lua_script(L)->frames->id;
}
