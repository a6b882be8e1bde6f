/* The dialect object of the Lua library, one for each database that the state meets. */
#include "lua/objects.h"

#include "lua/err.h"

static const char cache_key;

unsigned cw_lua_dialect_flavor(const char *dialect) {
  if (strcmp(dialect, "postgresql") == 0)
    return CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED;
  if (strcmp(dialect, "mysql") == 0)
    return CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS;
  return CW_SQL_BRACKETS;
}

void cw_lua_push_dialect(lua_State *L, const char *name, const char *server, const char *version) {
  luaL_checkstack(L, 8, NULL);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &cache_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &cache_key);
  }
  lua_pushfstring(L, "%s %s %s", name, server ? server : "", version ? version : "");
  lua_pushvalue(L, -1); /* cache key key */
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "curlew.dialect");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "get");
    lua_pushstring(L, name);
    lua_pushstring(L, server); /* nil for NULL */
    lua_pushstring(L, version && *version ? version : NULL);
    lua_call(L, 3, 1);
    lua_remove(L, -2); /* cache key dialect */
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

void cw_lua_push_frame_dialect(lua_State *L) {
  struct cw_exec_info info;
  cw_exec_info(cw_lua_script(L)->frames->exec, &info);
  cw_lua_push_dialect(L, info.dialect, info.server, info.server_version);
}
