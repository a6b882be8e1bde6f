/* project:connect(): a connection for the host's own statements, in autocommit mode. It speaks to the core
 * directly; what needs to know the dialects (literals, the inspector) asks the project's inner state. */
#include "db/sql.h"
#include "lua/err.h"
#include "lua/module/module.h"
#include "lua/objects.h"
#include "lua/push.h"
#include "util/suggest.h"

static const char metatable_key;

static struct cw_connection *to_connection(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? lua_touserdata(L, idx) : NULL;
}

struct cw_connection *cw_module_check_connection(lua_State *L) {
  struct cw_connection *c = to_connection(L, 1);
  if (!c)
    cw_lua_raise(L, CW_ERR_USAGE, "Write conn:all(...), with a colon.",
                 "a connection's method was called without the connection");
  if (!c->project->app)
    cw_lua_raise(L, CW_ERR_USAGE, "Open it again with curlew.open.",
                 "the project of this connection is closed");
  if (!c->conn)
    cw_lua_raise(L, CW_ERR_USAGE, "Ask the project for another: p:connect().",
                 "this connection is closed");
  return c;
}

/* --- running SQL ----------------------------------------------------------------------------------- */

static void drop_bound(void *ctx) { cw_bound_release(ctx); }

static void drop_slices(void *ctx) { vec_release((struct cw_slices *)ctx); }

/* A statement in work: what a method was given, and what came of it. */
struct running {
  const char *sql;
  size_t len;
  struct cw_connection *c;
  struct cw_arena *arena;
  struct cw_lua_result *box; /* gets the last statement's result */
  bool stream;
  int64_t affected;
};

static struct cw_bound *new_bound(struct cw_arena *arena) {
  struct cw_bound *bound = cw_arena_alloc(arena, sizeof *bound);
  *bound = (struct cw_bound)CW_BOUND_INIT;
  cw_arena_own(arena, drop_bound, bound);
  return bound;
}

static int run_one(struct running *r, const char *sql, size_t len, const struct cw_value *values,
                   size_t count, unsigned flags, bool last) {
  struct cw_result *result = NULL;
  if (r->stream && last) flags |= CW_QUERY_STREAM;
  if (cw_conn_query(r->c->conn, sql, len, values, count, flags, &result, &r->arena->err) < 0) return -1;
  r->affected += cw_result_affected(result);
  if (last)
    cw_lua_result_adopt(r->box, result, &r->c->results, 0);
  else
    cw_result_free(result);
  return 0;
}

static int run_bound(struct running *r, const struct cw_params *params) {
  struct cw_bound *bound = new_bound(r->arena);
  if (cw_sql_bind(r->sql, r->len, cw_conn_flavor(r->c->conn), params, bound, &r->arena->err) < 0) return -1;
  return run_one(r, bound->sql.buf, bound->sql.len, bound->values, bound->len, 0, true);
}

static int run_script(struct running *r) {
  struct cw_slices *slices = cw_arena_array(r->arena, 1, sizeof *slices);
  cw_arena_own(r->arena, drop_slices, slices);
  if (cw_sql_split(r->sql, r->len, cw_conn_flavor(r->c->conn), slices, &r->arena->err) < 0) return -1;
  for (size_t i = 0; i < slices->len; i++) {
    const struct cw_slice *slice = &slices->items[i];
    const char *part = cw_arena_copy(r->arena, r->sql + slice->start, slice->len);
    if (run_one(r, part, slice->len, NULL, 0, CW_QUERY_SIMPLE, i + 1 == slices->len) < 0) return -1;
  }
  return 0;
}

/* One statement for all sets, which must bind to the same SQL. */
static int run_batch(struct running *r, const struct cw_params *sets, size_t nsets) {
  struct cw_err *err = &r->arena->err;
  struct cw_bound *first = NULL;
  struct cw_value *values = NULL;
  for (size_t i = 0; i < nsets; i++) {
    struct cw_bound *bound = new_bound(r->arena);
    if (cw_sql_bind(r->sql, r->len, cw_conn_flavor(r->c->conn), &sets[i], bound, err) < 0) {
      cw_err_prefix(err, "parameter set %zu: ", i + 1);
      return -1;
    }
    if (!first) {
      first = bound;
      values = cw_arena_array(r->arena, bound->len * nsets, sizeof *values);
    } else if (bound->len != first->len || strcmp(bound->sql.buf, first->sql.buf) != 0) {
      return cw_fail(err, CW_ERR_SCRIPT, "parameter set %zu of a batch has other parameters than "
                     "the first; a list for an IN can't be part of a batch", i + 1);
    }
    if (bound->len) memcpy(values + i * bound->len, bound->values, bound->len * sizeof *values);
  }
  return cw_conn_batch(r->c->conn, first->sql.buf, first->sql.len, values, first->len, nsets,
                       &r->affected, err);
}

/* Whether the statement can be bound with these parameters. */
static bool binds(const struct running *r, const struct cw_params *params) {
  struct cw_bound bound = CW_BOUND_INIT; /* nothing raises here */
  struct cw_err err = CW_ERR_INIT;
  bool can = cw_sql_bind(r->sql, r->len, cw_conn_flavor(r->c->conn), params, &bound, &err) == 0;
  cw_bound_release(&bound);
  cw_err_release(&err);
  return can;
}

/* The parameter sets of a batch at index 3; NULL: it is none. `IN (?)` with one list looks the same as a
 * batch of one set. */
static struct cw_params *read_batch(lua_State *L, struct running *r, size_t *nsets) {
  if (!cw_lua_is_batch(L, 3, nsets)) return NULL;
  struct cw_params *sets = cw_arena_array(r->arena, *nsets, sizeof *sets);
  for (size_t i = 0; i < *nsets; i++) {
    lua_rawgeti(L, 3, (lua_Integer)i + 1);
    cw_lua_to_params(L, lua_gettop(L), r->arena, &sets[i]);
    lua_pop(L, 1);
  }
  if (sets[0].named || binds(r, &sets[0])) return sets;
  struct cw_params list;
  cw_lua_to_params(L, 3, r->arena, &list);
  return binds(r, &list) ? NULL : sets; /* the batch's own error says more */
}

/* The whole of a method (self, sql, params) up to its answer: runs it and leaves the result's userdata at
 * index 5, closed when there are no rows. Raises. */
static int64_t run(lua_State *L, bool batches, bool stream, struct cw_lua_result **box) {
  struct cw_connection *c = cw_module_check_connection(L);
  lua_settop(L, 3);
  struct running r = {.c = c, .arena = cw_arena_push(L), .stream = stream}; /* conn sql params arena */
  r.sql = luaL_checklstring(L, 2, &r.len);
  r.box = *box = cw_lua_new_result(L); /* conn sql params arena result */
  r.box->hosted = true;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 5, 2);
  size_t nsets = 0;
  struct cw_params params, *sets = NULL;
  if (!lua_isnil(L, 3)) {
    luaL_checktype(L, 3, LUA_TTABLE);
    if (batches) sets = read_batch(L, &r, &nsets);
    if (!sets) cw_lua_to_params(L, 3, r.arena, &params);
  }
  int failed = sets             ? run_batch(&r, sets, nsets)
               : lua_isnil(L, 3) ? run_script(&r)
                                 : run_bound(&r, &params);
  if (failed) cw_lua_throw(L, &r.arena->err);
  return r.affected;
}

static int conn_execute(lua_State *L) {
  struct cw_lua_result *box;
  int64_t affected = run(L, true, false, &box);
  while (cw_lua_result_step(L, box)) continue; /* some servers count at the end only */
  cw_lua_result_close(box);
  lua_pushinteger(L, (lua_Integer)affected);
  return 1;
}

static int conn_rows(lua_State *L) {
  struct cw_lua_result *box;
  run(L, false, true, &box);
  lua_pushcfunction(L, cw_lua_rows_next);
  lua_pushvalue(L, 5);
  lua_pushnil(L);
  lua_pushvalue(L, 5); /* closed when the loop ends, however it ends */
  return 4;
}

/* Pushes the list of all rows of the result at index 5. */
static void push_all(lua_State *L) {
  lua_newtable(L);
  int list = lua_gettop(L);
  for (lua_Integer n = 1; cw_lua_result_next(L, 5); n++) lua_rawseti(L, list, n);
}

static int conn_all(lua_State *L) {
  struct cw_lua_result *box;
  run(L, false, false, &box);
  push_all(L);
  return 1;
}

static int conn_first(lua_State *L) {
  struct cw_lua_result *box;
  run(L, false, false, &box);
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
  run(L, false, false, &box);
  if (!push_first_value(L, box)) lua_pushnil(L);
  cw_lua_result_close(box);
  return 1;
}

static int conn_column(lua_State *L) {
  struct cw_lua_result *box;
  run(L, false, false, &box);
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

/* Rows for a statement that gives some, else the number of affected rows. */
static int try_sql(lua_State *L) {
  struct cw_lua_result *box;
  int64_t affected = run(L, false, false, &box);
  if (box->result && cw_result_ncols(box->result) > 0)
    push_all(L);
  else
    lua_pushinteger(L, (lua_Integer)affected);
  cw_lua_result_close(box);
  return 1;
}

/* try(sql, params) or try(function, ...): result or nil, err. */
static int conn_try(lua_State *L) {
  int status;
  cw_module_check_connection(L);
  luaL_checkany(L, 2);
  if (lua_isfunction(L, 2)) { /* conn function arguments... */
    lua_remove(L, 1);
    status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (status == LUA_OK) return lua_gettop(L);
  } else {
    lua_settop(L, 3);
    lua_pushcfunction(L, try_sql);
    lua_insert(L, 1);
    status = lua_pcall(L, 3, 1, 0);
    if (status == LUA_OK) return 1;
  }
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

/* As a migration's connection does it: quoted where it has to be. */
static int conn_quote(lua_State *L) {
  struct cw_connection *c = cw_module_check_connection(L);
  struct cw_arena *arena = cw_arena_push(L);
  json_t *name = cw_arena_json(arena, json_string(luaL_checkstring(L, 2))), *answer = NULL;
  if (!name) luaL_argerror(L, 2, "a name must be valid UTF-8");
  int failed = cw_app_library(c->project->app, c->db, c->conn, "curlew.inspect_call", "quote", name, &answer,
                              &arena->err);
  if (answer) cw_arena_json(arena, answer);
  if (failed) cw_lua_throw(L, &arena->err);
  lua_pushstring(L, json_string_value(answer));
  return 1;
}

static int conn_literal(lua_State *L) {
  struct cw_connection *c = cw_module_check_connection(L);
  struct cw_app *app = c->project->app;
  struct cw_value value;
  luaL_checkany(L, 2);
  if (!cw_lua_to_value(L, 2, &value)) cw_lua_bad_value(L, 2, "the value");
  struct cw_arena *arena = cw_arena_push(L);
  struct strbuf *text = text_of(arena);
  if (app->ops->literal(app->script, cw_conn_dialect(c->conn), &value, text, &arena->err) < 0)
    cw_lua_throw(L, &arena->err);
  lua_pushlstring(L, text->buf, text->len);
  return 1;
}

/* --- life ------------------------------------------------------------------------------------------ */

void cw_connection_close(struct cw_connection *c) {
  cw_lua_results_close(&c->results);
  cw_conn_free(c->conn);
  c->conn = NULL;
  if (c->link) *c->link = c->next;
  if (c->next) c->next->link = c->link;
  c->link = NULL;
  c->next = NULL;
}

static int conn_gc(lua_State *L) {
  cw_connection_close(lua_touserdata(L, 1));
  return 0;
}

static int conn_close(lua_State *L) {
  struct cw_connection *c = to_connection(L, 1);
  if (!c) cw_module_check_connection(L);
  cw_connection_close(c); /* twice is fine */
  return 0;
}

static int conn_tostring(lua_State *L) {
  struct cw_connection *c = to_connection(L, 1);
  lua_pushstring(L, c && c->conn ? "curlew.Conn" : "curlew.Conn (closed)");
  return 1;
}

static const luaL_Reg methods[] = {
    {"execute", conn_execute}, {"rows", conn_rows},     {"all", conn_all},
    {"first", conn_first},     {"scalar", conn_scalar}, {"column", conn_column},
    {"try", conn_try},         {"quote", conn_quote},   {"literal", conn_literal},
    {"inspect", cw_module_inspect}, {"close", conn_close}, {NULL, NULL},
};

/* __index: a method (upvalue 1), or one of the fields. */
static int conn_index(lua_State *L) {
  static const char *const names[] = {"dialect", "server",  "server_version", "execute", "rows",
                                      "all",     "first",   "scalar",         "column",  "try",
                                      "quote",   "literal", "inspect",        "close"};
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  struct cw_connection *c = cw_module_check_connection(L);
  const char *name = luaL_tolstring(L, 2, NULL), *value = NULL;
  if (strcmp(name, "dialect") == 0) value = cw_conn_dialect(c->conn);
  if (strcmp(name, "server") == 0) value = cw_conn_server(c->conn);
  if (strcmp(name, "server_version") == 0) value = cw_conn_version(c->conn);
  if (!value) {
    const char *near = cw_suggest(name, names, sizeof names / sizeof *names);
    cw_lua_raise(L, CW_ERR_USAGE, near ? lua_pushfstring(L, "Did you mean `%s`?", near) : NULL,
                 "a connection has no `%s`", name);
  }
  lua_pushstring(L, value);
  return 1;
}

void cw_module_open_connection(lua_State *L) {
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

struct cw_connection *cw_module_new_connection(lua_State *L, struct cw_project *project,
                                               const struct cw_config_db *db) {
  struct cw_connection *c = lua_newuserdatauv(L, sizeof *c, 1);
  *c = (struct cw_connection){.project = project, .db = db};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  c->link = &project->connections;
  c->next = project->connections;
  if (c->next) c->next->link = &c->next;
  project->connections = c;
  return c;
}
