/* Parameters of a statement as scripts write them: a table of names, a list, or a row that came from a
 * database. The bytes are copied, so nothing that Lua code does meanwhile can move them. */
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"

static struct cw_value copied(struct cw_arena *arena, struct cw_value value) {
  if (value.type == CW_TEXT) value.s.p = cw_arena_copy(arena, value.s.p, value.s.len);
  return value;
}

/* "parameter `id`", "parameter 3"; pushed. */
static const char *label(lua_State *L, const char *name, lua_Integer position) {
  if (name) return lua_pushfstring(L, "parameter `%s`", name);
  return lua_pushfstring(L, "parameter %I", (LUAI_UACINT)position);
}

/* The list at the top of the stack as the values of an IN. */
static void read_list(lua_State *L, struct cw_arena *arena, struct cw_param *param,
                      lua_Integer position) {
  size_t len = lua_rawlen(L, -1), keys = 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) keys++;
  if (keys != len) {
    int list = lua_gettop(L);
    cw_lua_bad_value(L, list, label(L, param->name, position));
  }
  struct cw_value *values = cw_arena_array(arena, len, sizeof *values);
  for (size_t i = 0; i < len; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    if (!cw_lua_to_value(L, -1, &values[i])) {
      int item = lua_gettop(L);
      const char *whole = label(L, param->name, position);
      cw_lua_bad_value(L, item,
                       lua_pushfstring(L, "item %I of %s", (LUAI_UACINT)(i + 1), whole));
    }
    values[i] = copied(arena, values[i]);
    lua_pop(L, 1);
  }
  param->list = values;
  param->list_len = len;
}

/* The value at the top of the stack. */
static void read_param(lua_State *L, struct cw_arena *arena, struct cw_param *param,
                       lua_Integer position) {
  if (cw_lua_to_value(L, -1, &param->value)) {
    param->value = copied(arena, param->value);
    return;
  }
  int item = lua_gettop(L);
  bool plain = lua_type(L, item) == LUA_TTABLE && !lua_getmetatable(L, item);
  lua_settop(L, item);
  if (!plain && !cw_lua_is_json_array(L, item))
    cw_lua_bad_value(L, item, label(L, param->name, position));
  read_list(L, arena, param, position);
}

static void read_named(lua_State *L, int idx, struct cw_arena *arena, size_t count,
                       struct cw_params *out) {
  struct cw_param *items = cw_arena_array(arena, count, sizeof *items);
  size_t n = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) { /* name value */
    if (lua_type(L, -2) != LUA_TSTRING) continue;         /* a row's doubled column */
    size_t len;
    const char *name = lua_tolstring(L, -2, &len);
    items[n].name = cw_arena_copy(arena, name, len);
    read_param(L, arena, &items[n], 0);
    n++;
  }
  *out = (struct cw_params){.items = items, .len = n, .named = true, .lenient = cw_lua_is_row(L, idx)};
}

static void read_positional(lua_State *L, int idx, struct cw_arena *arena, lua_Integer count,
                            struct cw_params *out) {
  struct cw_param *items = cw_arena_array(arena, (size_t)count, sizeof *items);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, idx, i);
    read_param(L, arena, &items[i - 1], i);
    lua_pop(L, 1);
  }
  *out = (struct cw_params){.items = items, .len = (size_t)count};
}

void cw_lua_to_params(lua_State *L, int idx, struct cw_arena *arena, struct cw_params *out) {
  luaL_checkstack(L, 12, NULL);
  size_t names = 0, positions = 0;
  lua_Integer last = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      names++;
    } else if (lua_isinteger(L, -2) && lua_tointeger(L, -2) > 0) {
      positions++;
      if (lua_tointeger(L, -2) > last) last = lua_tointeger(L, -2);
    } else {
      cw_lua_raise(L, CW_ERR_SCRIPT, NULL,
                   "the parameters have a %s as a key; they are a table of names or a list",
                   luaL_typename(L, -2));
    }
  }
  if (cw_lua_is_row(L, idx)) {
    read_named(L, idx, arena, names, out);
    return;
  }
  /* table.pack's `n` tells a list's length where nils end it. */
  if (names == 1 && (positions || last == 0)) {
    lua_pushliteral(L, "n");
    bool packed = lua_rawget(L, idx) == LUA_TNUMBER && lua_isinteger(L, -1) && positions &&
                  lua_tointeger(L, -1) >= last;
    if (packed) {
      last = lua_tointeger(L, -1);
      names = 0;
    }
    lua_pop(L, 1);
  }
  if (names && positions)
    cw_lua_raise(L, CW_ERR_SCRIPT, "Use `:name` with names, or `?` with a list.",
                 "the parameters mix names with positions");
  if (last > (lua_Integer)positions + 65535)
    cw_lua_raise(L, CW_ERR_SCRIPT, "Write op.null for a NULL in a list.",
                 "the list of parameters has holes up to position %I", (LUAI_UACINT)last);
  if (positions)
    read_positional(L, idx, arena, last, out);
  else
    read_named(L, idx, arena, names, out);
}

bool cw_lua_is_batch(lua_State *L, int idx, size_t *nsets) {
  if (lua_type(L, idx) != LUA_TTABLE || cw_lua_is_row(L, idx)) return false;
  size_t len = lua_rawlen(L, idx);
  if (len == 0) return false;
  for (size_t i = 1; i <= len; i++) {
    bool set = lua_rawgeti(L, idx, (lua_Integer)i) == LUA_TTABLE && !cw_lua_is_null(L, -1);
    lua_pop(L, 1);
    if (!set) return false;
  }
  size_t keys = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) keys++;
  *nsets = len;
  return keys == len;
}
