/* SQL values as Lua values and back. Exact decimals are strings on both ways, so no digit is lost; a
 * Lua string is text or bytes, whichever its target is (db/value.h). */
#include "lua/push.h"

#include "lua/err.h"

static const char null_key;

static int null_tostring(lua_State *L) {
  lua_pushliteral(L, "null");
  return 1;
}

static int null_frozen(lua_State *L) {
  return luaL_error(L, "null is one value for all: it has no fields to set");
}

void cw_lua_open_null(lua_State *L) {
  static const luaL_Reg meta[] = {
      {"__tostring", null_tostring}, {"__newindex", null_frozen}, {NULL, NULL}};
  lua_newtable(L);
  luaL_newlib(L, meta);
  lua_pushliteral(L, "null");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &null_key);
}

void cw_lua_push_null(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &null_key); }

bool cw_lua_is_null(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TTABLE) return false;
  idx = lua_absindex(L, idx);
  cw_lua_push_null(L);
  bool same = lua_rawequal(L, -1, idx);
  lua_pop(L, 1);
  return same;
}

void cw_lua_push_value(lua_State *L, const struct cw_value *value) {
  switch (value->type) {
  case CW_NULL: lua_pushnil(L); break;
  case CW_BOOL: lua_pushboolean(L, value->b); break;
  case CW_INT: lua_pushinteger(L, value->i); break;
  case CW_FLOAT: lua_pushnumber(L, value->f); break;
  case CW_NUMERIC:
  case CW_TEXT:
  case CW_BLOB: lua_pushlstring(L, value->s.p, value->s.len); break;
  }
}

bool cw_lua_to_value(lua_State *L, int idx, struct cw_value *out) {
  size_t len;
  switch (lua_type(L, idx)) {
  case LUA_TNIL: *out = cw_null(); return true;
  case LUA_TBOOLEAN: *out = cw_bool(lua_toboolean(L, idx)); return true;
  case LUA_TNUMBER:
    *out = lua_isinteger(L, idx) ? cw_int(lua_tointeger(L, idx))
                                 : cw_float(lua_tonumber(L, idx));
    return true;
  case LUA_TSTRING: {
    const char *text = lua_tolstring(L, idx, &len);
    *out = cw_textn(text, len);
    return true;
  }
  case LUA_TTABLE:
    if (!cw_lua_is_null(L, idx)) return false;
    *out = cw_null();
    return true;
  default: return false;
  }
}

int cw_lua_bad_value(lua_State *L, int idx, const char *where) {
  const char *hint = NULL;
  if (lua_type(L, idx) == LUA_TTABLE) {
    hint = luaL_getmetafield(L, idx, "__index") || luaL_getmetafield(L, idx, "__tostring")
               ? "SQL text such as op.sql \"...\" belongs into the statement itself, not into its "
                 "parameters."
               : "A list fills an IN only; structures are stored as text by op.json.encode.";
  }
  cw_lua_raise(L, CW_ERR_SCRIPT, hint, "%s is a %s; a parameter is nil, op.null, a boolean, a number "
               "or a string", where, luaL_typename(L, idx));
}
