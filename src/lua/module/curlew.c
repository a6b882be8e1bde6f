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

__attribute__((visibility("default"))) int luaopen_curlew(lua_State *L);

int luaopen_curlew(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", cw_module_open}, {"connect", no_connect}, {NULL, NULL}};
  luaL_checkversion(L);
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
  return 1;
}
