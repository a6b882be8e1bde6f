/* luaopen_curlew: `require "curlew"` in plain Lua 5.4. */
#include "curlew_config.h"
#include "lua/arena.h"
#include "lua/err.h"
#include "lua/module/module.h"
#include "lua/objects.h"
#include "lua/push.h"

/* connect(url): what configurations use is of the project's own state. */
static int no_connect(lua_State *L) {
  cw_lua_raise(L, CW_ERR_USAGE, "Open a project and ask it: curlew.open { config = ... }:connect().",
               "curlew.connect works in curlew.lua only");
}

static const char module_key;

int luaopen_curlew(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", cw_module_open}, {"connect", no_connect}, {NULL, NULL}};
  luaL_checkversion(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &module_key) == LUA_TTABLE) return 1;
  lua_pop(L, 1);
  cw_lua_open_arena(L);
  cw_lua_open_err(L);
  cw_lua_open_null(L);
  cw_lua_open_json_data(L);
  cw_lua_open_result(L);
  cw_module_open_project(L);
  cw_module_open_connection(L);
  luaL_newlib(L, functions);
  lua_pushliteral(L, CURLEW_VERSION);
  lua_setfield(L, -2, "version");
  cw_lua_push_null(L);
  lua_setfield(L, -2, "null");
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, cw_module_testing);
  lua_setfield(L, -2, "curlew.testing");
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &module_key);
  return 1;
}
