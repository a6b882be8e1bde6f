/* ctx, the argument of upgrade and downgrade: a plain table that can't be changed and that knows its
 * fields, so a misspelt one is an error instead of nil. */
#include "lua/objects.h"

#include "lua/err.h"
#include "lua/push.h"
#include "util/suggest.h"

static const char current_key, metatable_key;

static const char *const fields[] = {"database",  "dialect", "server", "server_version",
                                     "direction", "offline", "x",      "config"};
enum { NFIELDS = sizeof fields / sizeof *fields };

static int ctx_unknown(lua_State *L) {
  const char *name = luaL_tolstring(L, 2, NULL);
  for (int i = 0; i < NFIELDS; i++)
    if (strcmp(fields[i], name) == 0) return 0; /* a known one that is nil */
  const char *near = cw_suggest(name, fields, NFIELDS);
  cw_lua_raise(L, CW_ERR_SCRIPT, near ? lua_pushfstring(L, "Did you mean `%s`?", near) : NULL,
               "ctx has no field `%s`", name);
}

static int ctx_frozen(lua_State *L) {
  cw_lua_raise(L, CW_ERR_SCRIPT, "Keep values of your own in a local variable.",
               "ctx can't be changed: `%s` is assigned", luaL_tolstring(L, 2, NULL));
}

static void push_metatable(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key) != LUA_TNIL) return;
  static const luaL_Reg meta[] = {
      {"__index", ctx_unknown}, {"__newindex", ctx_frozen}, {NULL, NULL}};
  lua_pop(L, 1);
  luaL_newlib(L, meta);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

static void set(lua_State *L, const char *name, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void push_fresh(lua_State *L, const struct cw_exec_info *info) {
  lua_createtable(L, 0, NFIELDS);
  set(L, "database", info->database);
  set(L, "dialect", info->dialect);
  set(L, "server", info->server);
  set(L, "server_version", info->server_version);
  set(L, "direction", info->direction == CW_UP ? "upgrade" : "downgrade");
  lua_pushboolean(L, info->offline);
  lua_setfield(L, -2, "offline");
  if (info->x)
    cw_lua_push_json(L, info->x, 0);
  else
    lua_newtable(L);
  lua_setfield(L, -2, "x");
  if (info->config)
    cw_lua_push_json(L, info->config, CW_JSON_FUNCTIONS);
  else
    lua_newtable(L);
  lua_setfield(L, -2, "config");
  push_metatable(L);
  lua_setmetatable(L, -2);
}

void cw_lua_push_ctx(lua_State *L) {
  luaL_checkstack(L, 8, NULL);
  struct cw_lua_frame *frame = cw_lua_script(L)->frames;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &current_key) == LUA_TTABLE) {
    lua_rawgeti(L, -1, 1);
    bool same = (uint64_t)lua_tointeger(L, -1) == frame->id;
    lua_rawgeti(L, -2, 2);
    lua_replace(L, -3);
    lua_pop(L, 1); /* ctx */
    if (same) return;
  }
  lua_pop(L, 1);
  struct cw_exec_info info;
  cw_exec_info(frame->exec, &info);
  push_fresh(L, &info);
  lua_createtable(L, 2, 0); /* ctx current */
  lua_pushinteger(L, (lua_Integer)frame->id);
  lua_rawseti(L, -2, 1);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &current_key);
}
