/* conn:inspect() for the host: each method is carried out by the inspector of the project's inner state, and
 * its answer crosses as data. Types and expressions print as they do there. */
#include "lua/err.h"
#include "lua/module/module.h"
#include "lua/push.h"
#include "util/suggest.h"

static const char names_key; /* the list of method names */

/* --- answers ----------------------------------------------------------------------------------------- */

/* __tostring: upvalue 1 is the text. */
static int text_tostring(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  return 1;
}

/* Pushes a metatable for a value that prints as `text`. */
static void push_text_metatable(lua_State *L, const char *text) {
  lua_createtable(L, 0, 1);
  lua_pushstring(L, text);
  lua_pushcclosure(L, text_tostring, 1);
  lua_setfield(L, -2, "__tostring");
}

/* NULL and what is absent are nil. */
static void push_answer(lua_State *L, json_t *value) {
  luaL_checkstack(L, 8, "the answer is nested too deeply");
  if (json_is_array(value)) {
    lua_createtable(L, (int)json_array_size(value), 0);
    for (size_t i = 0; i < json_array_size(value); i++) {
      push_answer(L, json_array_get(value, i));
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
  } else if (json_is_object(value)) {
    const char *key;
    json_t *item;
    lua_createtable(L, 0, (int)json_object_size(value));
    json_object_foreach(value, key, item) {
      if (strcmp(key, "$text") == 0) continue;
      push_answer(L, item);
      lua_setfield(L, -2, key);
    }
    const char *text = json_string_value(json_object_get(value, "$text"));
    if (text) {
      push_text_metatable(L, text);
      lua_setmetatable(L, -2);
    }
  } else if (json_is_null(value) || !value) {
    lua_pushnil(L);
  } else {
    cw_lua_push_json(L, value, 0);
  }
}

/* --- calls --------------------------------------------------------------------------------------------- */

/* Asks the inner state; the answer belongs to the arena. Raises. */
static json_t *ask(lua_State *L, struct cw_connection *c, struct cw_arena *arena, const char *name,
                   json_t *request) {
  json_t *answer = NULL;
  int failed = cw_app_library(c->project->app, c->db, c->conn, "curlew.inspect_call", name, request, &answer,
                              &arena->err);
  if (answer) cw_arena_json(arena, answer);
  if (failed) cw_lua_throw(L, &arena->err);
  return answer;
}

/* inspector:method(...): upvalue 1 is the name, upvalue 2 the connection. */
static int call(lua_State *L) {
  int nargs = lua_gettop(L);
  if (nargs < 1 || lua_type(L, 1) != LUA_TTABLE)
    cw_lua_raise(L, CW_ERR_USAGE, "Write inspector:tables(), with a colon.",
                 "an inspector's method was called without the inspector");
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_replace(L, 1); /* the connection takes the inspector's place */
  struct cw_connection *c = cw_module_check_connection(L);
  struct cw_arena *arena = cw_arena_push(L);
  json_t *request = cw_arena_json(arena, json_object()), *args = json_array();
  json_object_set_new(request, "args", args);
  json_object_set_new(request, "method", json_string(lua_tostring(L, lua_upvalueindex(1))));
  for (int i = 2; i <= nargs; i++)
    json_array_append(args, cw_lua_to_json(L, i, 0, lua_pushfstring(L, "argument %d", i - 1), arena));
  push_answer(L, json_object_get(ask(L, c, arena, "call", request), "value"));
  return 1;
}

/* __index of an inspector: upvalue 1 is its connection. A method that is asked for is kept. */
static int inspector_index(lua_State *L) {
  const char *name = luaL_tolstring(L, 2, NULL);
  int key = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key); /* self key text names */
  int names = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, names, i) == LUA_TSTRING; i++) {
    bool same = strcmp(lua_tostring(L, -1), name) == 0;
    lua_pop(L, 1);
    if (!same) continue;
    lua_pushvalue(L, key);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, call, 2);
    lua_pushvalue(L, key);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
  }
  lua_settop(L, names);
  size_t count = lua_rawlen(L, names);
  struct cw_arena *arena = cw_arena_push(L);
  const char **list = cw_arena_array(arena, count, sizeof *list);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, names, (lua_Integer)i + 1); /* they stay: the table keeps the texts alive */
    list[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  const char *near = cw_suggest(name, list, count);
  cw_lua_raise(L, CW_ERR_USAGE, near ? lua_pushfstring(L, "Did you mean `%s`?", near) : NULL,
               "an inspector has no method `%s`", name);
}

/* conn:inspect() */
int cw_module_inspect(lua_State *L) {
  struct cw_connection *c = cw_module_check_connection(L);
  lua_settop(L, 1);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key) == LUA_TNIL) { /* the names, asked for once */
    struct cw_arena *arena = cw_arena_push(L);
    push_answer(L, json_object_get(ask(L, c, arena, "methods", NULL), "names"));
    lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
  }
  lua_newtable(L);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, inspector_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "curlew.Inspector");
  lua_setfield(L, -2, "__name");
  lua_setmetatable(L, -2);
  return 1;
}
