/* `op` built when it is first used; see lazy_op.h. */
#include "lua/lazy_op.h"

#include <lauxlib.h>
#include <string.h>

#include "lua/objects.h"

/* The table that scripts hold stays the same: it takes over the behaviour of the real module, which is
 * all in its metatable, or (a plain module) looks into it. */
static void build(lua_State *L, int module) {
  lua_pushcfunction(L, cw_lua_open_op);
  lua_call(L, 0, 1);
  if (!lua_getmetatable(L, -1)) {
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, module);
  lua_pop(L, 1);
}

/* op.types is used while files are loaded, and is a module of its own. */
static int lazy_index(lua_State *L) {
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "types") == 0) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "curlew.types");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "api");
    return 1;
  }
  build(L, 1);
  lua_gettable(L, 1);
  return 1;
}

static int lazy_newindex(lua_State *L) {
  build(L, 1);
  lua_settable(L, 1);
  return 0;
}

/* pairs(op): once more, now that there is something. */
static int lazy_pairs(lua_State *L) {
  build(L, 1);
  lua_getglobal(L, "pairs");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 3);
  return 3;
}

int cw_lua_open_lazy_op(lua_State *L) {
  static const luaL_Reg meta[] = {
      {"__index", lazy_index}, {"__newindex", lazy_newindex}, {"__pairs", lazy_pairs}, {NULL, NULL}};
  lua_newtable(L);
  luaL_newlib(L, meta);
  lua_setmetatable(L, -2);
  return 1;
}
