/* Lua tables as JSON and back. Integers stay integers, floats floats. Lua can't tell an empty list from
 * an empty table, so an empty table is an object unless it came from JSON or json.array. */
#include "lua/push.h"

#include <math.h>

#include "lua/err.h"

enum { MAX_DEPTH = 200 };

static const char functions_key, array_key;

/* Where in the value we are, for messages. */
struct path {
  const struct path *up;
  const char *key;   /* or NULL: */
  lua_Integer index;
};

struct conversion {
  struct cw_arena *arena;
  const char *what;
  unsigned flags;
};

static void push_path(lua_State *L, const struct path *path) {
  if (!path->up) {
    lua_pushliteral(L, "");
    return;
  }
  push_path(L, path->up);
  if (path->key)
    lua_pushfstring(L, "%s%s%s", lua_tostring(L, -1), path->up->up ? "." : "", path->key);
  else
    lua_pushfstring(L, "%s[%I]", lua_tostring(L, -1), (LUAI_UACINT)path->index);
  lua_remove(L, -2);
}

static int fail_at(lua_State *L, const struct conversion *c, const struct path *path,
                   const char *fault) {
  luaL_checkstack(L, MAX_DEPTH + 8, NULL);
  push_path(L, path);
  const char *where = lua_tostring(L, -1);
  if (*where)
    cw_lua_raise(L, CW_ERR_SCRIPT, NULL, "%s: `%s` %s", c->what, where, fault);
  cw_lua_raise(L, CW_ERR_SCRIPT, NULL, "%s %s", c->what, fault);
}

void cw_lua_open_json_data(lua_State *L) {
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &functions_key);
  lua_newtable(L);
  lua_pushliteral(L, "json.array");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
}

void cw_lua_mark_json_array(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
  lua_setmetatable(L, -2);
}

bool cw_lua_is_json_array(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TTABLE || !lua_getmetatable(L, idx)) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
  bool marked = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return marked;
}

/* Kinds of tables: keys 1..n without gaps make an array, and so does the array mark. */
static bool is_array(lua_State *L, int idx, size_t *len) {
  *len = lua_rawlen(L, idx);
  size_t keys = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) keys++;
  return keys == *len && (keys > 0 || cw_lua_is_json_array(L, idx));
}

static json_t *convert(lua_State *L, int idx, const struct conversion *c, const struct path *path,
                       int depth);

/* A part that is already in its parent: nothing is owned while its own parts are converted. Scalars
 * come whole; of containers an empty one, to be filled by the caller. */
static json_t *scalar(lua_State *L, int idx, const struct conversion *c, const struct path *path) {
  size_t len;
  switch (lua_type(L, idx)) {
  case LUA_TNIL: return json_null();
  case LUA_TBOOLEAN: return json_boolean(lua_toboolean(L, idx));
  case LUA_TNUMBER:
    if (lua_isinteger(L, idx)) return json_integer(lua_tointeger(L, idx));
    if (!isfinite(lua_tonumber(L, idx)))
      fail_at(L, c, path, "is not a finite number, which JSON can't hold");
    return json_real(lua_tonumber(L, idx));
  case LUA_TSTRING: {
    const char *text = lua_tolstring(L, idx, &len);
    json_t *json = json_stringn(text, len);
    if (!json) fail_at(L, c, path, "is not valid UTF-8");
    return json;
  }
  case LUA_TFUNCTION:
    if (c->flags & CW_JSON_FUNCTIONS) {
      int ref = cw_lua_ref_function(L, idx);
      return json_pack("{s:i}", "$function", ref);
    }
    break;
  default: break;
  }
  fail_at(L, c, path, lua_pushfstring(L, "is a %s, which can't be kept as data",
                                      luaL_typename(L, idx)));
  return NULL;
}

static void fill_array(lua_State *L, int idx, json_t *array, size_t len,
                       const struct conversion *c, const struct path *path, int depth) {
  for (size_t i = 1; i <= len; i++) {
    struct path here = {.up = path, .index = (lua_Integer)i};
    lua_rawgeti(L, idx, (lua_Integer)i);
    json_array_append(array, convert(L, lua_gettop(L), c, &here, depth));
    lua_pop(L, 1);
  }
}

static void fill_object(lua_State *L, int idx, json_t *object, const struct conversion *c,
                        const struct path *path, int depth) {
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) { /* key value */
    char digits[24];
    size_t len;
    const char *key = digits;
    if (lua_isinteger(L, -2)) {
      len = (size_t)snprintf(digits, sizeof digits, LUA_INTEGER_FMT, lua_tointeger(L, -2));
    } else if (lua_type(L, -2) == LUA_TSTRING) {
      key = lua_tolstring(L, -2, &len);
    } else {
      fail_at(L, c, path, lua_pushfstring(L, "has a %s as a key; keys are names or positions",
                                          luaL_typename(L, -2)));
      return;
    }
    struct path here = {.up = path, .key = key};
    json_t *value = convert(L, lua_gettop(L), c, &here, depth);
    if (json_object_setn(object, key, len, value) < 0)
      fail_at(L, c, path, "has a key that is not valid UTF-8");
  }
}

/* Every part belongs to the arena by itself (and to its parent, by a second reference), so a raise
 * anywhere leaks nothing. */
static json_t *convert(lua_State *L, int idx, const struct conversion *c, const struct path *path,
                       int depth) {
  size_t len;
  if (lua_type(L, idx) != LUA_TTABLE) return cw_arena_json(c->arena, scalar(L, idx, c, path));
  if (cw_lua_is_null(L, idx)) return cw_arena_json(c->arena, json_null());
  if (depth >= MAX_DEPTH) fail_at(L, c, path, "is nested too deeply, or contains itself");
  luaL_checkstack(L, 8, NULL);
  if (is_array(L, idx, &len)) {
    json_t *array = cw_arena_json(c->arena, json_array());
    fill_array(L, idx, array, len, c, path, depth + 1);
    return array;
  }
  json_t *object = cw_arena_json(c->arena, json_object());
  fill_object(L, idx, object, c, path, depth + 1);
  return object;
}

json_t *cw_lua_to_json(lua_State *L, int idx, unsigned flags, const char *what,
                       struct cw_arena *arena) {
  struct conversion c = {.arena = arena, .what = what, .flags = flags};
  struct path root = {0};
  return convert(L, lua_absindex(L, idx), &c, &root, 0);
}

/* --- from JSON --------------------------------------------------------------------------------- */

void cw_lua_push_json(lua_State *L, json_t *json, unsigned flags) {
  luaL_checkstack(L, 6, "JSON is nested too deeply");
  switch (json ? json_typeof(json) : JSON_NULL) {
  case JSON_NULL: cw_lua_push_null(L); break;
  case JSON_TRUE:
  case JSON_FALSE: lua_pushboolean(L, json_is_true(json)); break;
  case JSON_INTEGER: lua_pushinteger(L, json_integer_value(json)); break;
  case JSON_REAL: lua_pushnumber(L, json_real_value(json)); break;
  case JSON_STRING: lua_pushlstring(L, json_string_value(json), json_string_length(json)); break;
  case JSON_ARRAY:
    lua_createtable(L, (int)json_array_size(json), 0);
    cw_lua_mark_json_array(L);
    for (size_t i = 0; i < json_array_size(json); i++) {
      cw_lua_push_json(L, json_array_get(json, i), flags);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    break;
  case JSON_OBJECT: {
    json_t *ref = flags & CW_JSON_FUNCTIONS ? json_object_get(json, "$function") : NULL;
    if (ref) {
      cw_lua_push_function(L, (int)json_integer_value(ref));
      break;
    }
    lua_createtable(L, 0, (int)json_object_size(json));
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at)) {
      lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
      cw_lua_push_json(L, json_object_iter_value(at), flags);
      lua_rawset(L, -3);
    }
    break;
  }
  }
}

/* --- function references ------------------------------------------------------------------------ */

int cw_lua_ref_function(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &functions_key);
  int ref = (int)lua_rawlen(L, -1) + 1;
  lua_pushvalue(L, idx);
  lua_rawseti(L, -2, ref);
  lua_pop(L, 1);
  return ref;
}

void cw_lua_push_function(lua_State *L, int ref) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &functions_key);
  lua_rawgeti(L, -1, ref);
  lua_remove(L, -2);
  if (!lua_isfunction(L, -1)) luaL_error(L, "there is no function with the reference %d", ref);
}
