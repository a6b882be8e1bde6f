/* Undeclared globals are errors: reading a global that nobody set, or setting one, raises with the
 * line and the nearest name. The shared table of globals is strict itself (modules of the project use
 * it); each revision file and configuration has an environment of its own in front of it. */
#include "lua/err.h"
#include "lua/state.h"
#include "util/suggest.h"

static const char env_metatable_key, loading_metatable_key;

/* Libraries read these to learn which Lua they run on: absent ones are nil, as they expect. */
static const char *const probed[] = {"_TEST",    "bit",     "bit32",  "gcinfo", "getfenv",
                                     "jit",      "loadstring", "module", "newproxy", "ngx",
                                     "setfenv",  "unpack"};

/* Globals of other worlds that people write by habit. */
static const struct {
  const char *name, *hint;
} habits[] = {
    {"op", "Begin the file with `local op = require \"op\"`."},
    {"types", "Write `local types = require(\"op\").types`."},
    {"json", "Write `local json = require(\"op\").json`."},
    {"curlew", "Write `local curlew = require \"curlew\"`."},
    {"conn", "Write `local conn = op.get_bind()`."},
    {"ctx", "Name it as the function's argument: `function M.upgrade(ctx)`."},
    {"null", "NULL is `op.null`; Lua's own absent value is `nil`."},
    {"None", "Lua's absent value is `nil`; NULL is `op.null`."},
    {"True", "Lua writes it `true`."},
    {"False", "Lua writes it `false`."},
};

/* Pushes the name nearest to `name` among the globals and what the calling function sees, or nil. */
static void push_nearest(lua_State *L, const char *name) {
  lua_Debug ar;
  lua_newtable(L);
  int names = lua_gettop(L);
  lua_Integer count = 0;
  if (lua_getstack(L, 1, &ar)) {
    const char *text;
    for (int i = 1; (text = lua_getlocal(L, &ar, i)); i++) {
      lua_pop(L, 1);
      lua_pushstring(L, text);
      lua_rawseti(L, names, ++count);
    }
    lua_getinfo(L, "f", &ar);
    int function = lua_gettop(L);
    for (int i = 1; (text = lua_getupvalue(L, function, i)); i++) {
      lua_pop(L, 1);
      lua_pushstring(L, text);
      lua_rawseti(L, names, ++count);
    }
    lua_pop(L, 1);
  }
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) { /* names globals key value */
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    lua_pushvalue(L, -2);
    lua_rawseti(L, names, ++count);
  }
  lua_pop(L, 1);
  const char **list = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *list, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, names, i);
    list[i - 1] = lua_tostring(L, -1); /* anchored by the table */
    lua_pop(L, 1);
  }
  const char *nearest = cw_suggest(name, list, (size_t)count);
  if (nearest && *nearest != '(' && *nearest != '_')
    lua_pushstring(L, nearest);
  else
    lua_pushnil(L);
  lua_replace(L, names);
  lua_settop(L, names);
}

static const char *hint_for(lua_State *L, const char *name, const char *otherwise) {
  for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
    if (strcmp(habits[i].name, name) == 0) return habits[i].hint;
  push_nearest(L, name);
  if (lua_isnil(L, -1)) return otherwise;
  return lua_pushfstring(L, "Did you mean `%s`?", lua_tostring(L, -1));
}

/* __index of the globals: (globals, name). */
static int read_undeclared(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  const char *name = lua_tostring(L, 2);
  for (size_t i = 0; i < sizeof probed / sizeof *probed; i++)
    if (strcmp(probed[i], name) == 0) return 0;
  cw_lua_raise(L, CW_ERR_SCRIPT, hint_for(L, name, "Declare it with `local` before it is used."),
               "there is no global `%s`", name);
}

/* What a file may use while it is loaded and still mean the same next time: `require` is looked at by
 * the loader (revision.c), the others have no state that anyone could change. */
static const char *const stateless[] = {"assert", "error",  "ipairs",   "next",     "pairs", "require",
                                        "select", "tonumber", "tostring", "type"};

/* __index of environments whose file is being loaded: (environment, name). */
static int read_while_loading(lua_State *L) {
  lua_settop(L, 2);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  bool known = false;
  for (size_t i = 0; i < sizeof stateless / sizeof *stateless && !known; i++)
    known = strcmp(stateless[i], name) == 0;
  if (!known) cw_lua_script(L)->plain = false;
  lua_pushglobaltable(L);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, 3) != LUA_TNIL) return 1;
  lua_settop(L, 2);
  return read_undeclared(L);
}

/* __newindex of the globals and of environments: (table, name, value). */
static int write_undeclared(lua_State *L) {
  lua_settop(L, 3);
  lua_pushglobaltable(L);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, 4) != LUA_TNIL) { /* a file may replace `print` for itself */
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 0;
  }
  const char *name = luaL_tolstring(L, 2, NULL);
  const char *hint = lua_pushfstring(L, "Write `local %s = ...`.", name);
  cw_lua_raise(L, CW_ERR_SCRIPT, hint, "the global `%s` is assigned, but was never declared", name);
}

void cw_lua_open_strict(lua_State *L) {
  lua_pushglobaltable(L);
  lua_newtable(L); /* globals metatable */
  lua_pushcfunction(L, read_undeclared);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, write_undeclared);
  lua_setfield(L, -2, "__newindex");
  lua_setmetatable(L, -2); /* globals */

  lua_newtable(L); /* globals environments-metatable */
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, write_undeclared);
  lua_setfield(L, -2, "__newindex");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &env_metatable_key);
  lua_newtable(L); /* globals loading-metatable */
  lua_pushcfunction(L, read_while_loading);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, write_undeclared);
  lua_setfield(L, -2, "__newindex");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &loading_metatable_key);
  lua_pop(L, 1);
}

void cw_lua_push_env(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "_G"); /* rawset(_G, ...) declares a global for this file alone */
  lua_rawgetp(L, LUA_REGISTRYINDEX, &env_metatable_key);
  lua_setmetatable(L, -2);
}

/* A file's environment; while it is loaded, what it reads is watched. */
void cw_lua_push_loading_env(lua_State *L) {
  cw_lua_push_env(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &loading_metatable_key);
  lua_setmetatable(L, -2);
}

void cw_lua_env_loaded(lua_State *L, int env) {
  env = lua_absindex(L, env);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &env_metatable_key);
  lua_setmetatable(L, env);
}
