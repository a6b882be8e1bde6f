/* The protected call; see call.h. */
#include "lua/call.h"

#include "lua/err.h"

/* Pushes the text of the error value at index 1, which is no string. */
static void push_text(lua_State *L) {
  bool prints = luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL;
  if (!prints && lua_type(L, 1) == LUA_TTABLE && lua_rawgeti(L, 1, 1) == LUA_TSTRING)
    return; /* error{"text"} */
  luaL_tolstring(L, 1, NULL);
  if (!prints)
    lua_pushfstring(L, "the script raised an error that is no text: %s", lua_tostring(L, -1));
}

/* What leaves for the core gets file, line and traceback whatever it is: a string as cw_lua_handler
 * does it; a table or object of the script's own keeps its fields and is completed in a copy. */
static int boundary_handler(lua_State *L) {
  static const char *const fields[] = {"code",      "message", "hint", "sqlstate", "statement",
                                       "detail",    "file",    "line", "revision", "database",
                                       "traceback", "step",    "native"};
  if (lua_type(L, 1) == LUA_TSTRING) return cw_lua_handler(L);
  luaL_checkstack(L, 10, NULL);
  lua_createtable(L, 0, 6); /* error copy */
  if (lua_type(L, 1) == LUA_TTABLE) {
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
      lua_pushstring(L, fields[i]);
      lua_pushvalue(L, -1);
      lua_rawget(L, 1); /* error copy name value */
      lua_rawset(L, 2);
    }
  }
  if (lua_getfield(L, 2, "message") != LUA_TSTRING) {
    push_text(L);
    lua_setfield(L, 2, "message");
  }
  lua_settop(L, 2);
  if (lua_getfield(L, 2, "file") == LUA_TNIL) {
    int line;
    const char *file = cw_lua_user_line(L, &line);
    if (file) {
      lua_pushstring(L, file);
      lua_setfield(L, 2, "file");
      lua_pushinteger(L, line);
      lua_setfield(L, 2, "line");
    }
  }
  if (lua_getfield(L, 2, "traceback") == LUA_TNIL) {
    luaL_traceback(L, L, NULL, 1);
    lua_setfield(L, 2, "traceback");
  }
  lua_settop(L, 2);
  return 1;
}

int cw_lua_call(struct cw_script *script, lua_CFunction body, void *arg, enum cw_errcode code,
                struct cw_err *err) {
  lua_State *L = script->L;
  if (!lua_checkstack(L, 8)) return cw_fail(err, CW_ERR_INTERNAL, "Lua's stack is full");
  int top = lua_gettop(L);
  lua_pushcfunction(L, boundary_handler);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, arg); /* handler body arg */
  int status = lua_pcall(L, 1, 0, top + 1);
  script->L = L;
  if (status != LUA_OK) cw_lua_take_err(L, status, code, err);
  lua_settop(L, top);
  return status == LUA_OK ? 0 : -1;
}

int cw_lua_ask(struct cw_script *script, lua_CFunction body, void *arg, enum cw_errcode code,
               struct cw_err *err) {
  script->shielded++;
  int status = cw_lua_call(script, body, arg, code, err);
  script->shielded--;
  return status;
}
