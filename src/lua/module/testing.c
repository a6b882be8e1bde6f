/* `require "curlew.testing"`: Lua files that the module carries (lua/curlew/testing), run in the host. */
#include "lua/err.h"
#include "lua/module/module.h"

/* part(name): what curlew/testing/<name>.lua returns; it is run once, with the module `curlew` and this. */
static int part(lua_State *L) {
  struct cw_script carried = {0}; /* nothing stands before the embedded files */
  const char *name = luaL_checkstring(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, "curlew.testing parts");
  if (lua_getfield(L, -1, name) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  size_t len;
  const char *file = lua_pushfstring(L, "curlew/testing/%s.lua", name);
  const char *text = cw_lua_resource(&carried, file, &len);
  if (!text) luaL_error(L, "curlew carries no file %s", file);
  if (luaL_loadbufferx(L, text, len, lua_pushfstring(L, "=%s", file), "t") != LUA_OK) lua_error(L);
  luaopen_curlew(L);
  lua_pushcfunction(L, part);
  lua_call(L, 2, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, 2, name);
  return 1;
}

int cw_module_testing(lua_State *L) {
  lua_settop(L, 0);
  lua_pushcfunction(L, part);
  lua_pushliteral(L, "init");
  lua_call(L, 1, 1);
  return 1;
}

/* For Lua's loader of submodules, which finds curlew.so without curlew having been required. */
__attribute__((visibility("default"))) int luaopen_curlew_testing(lua_State *L);

int luaopen_curlew_testing(lua_State *L) { return cw_module_testing(L); }
