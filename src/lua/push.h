/* Values between C and Lua: SQL values, rows, parameters, JSON. Everything here may raise, so what a
 * caller owns must already sit in an arena or userdata. */
#ifndef CW_LUA_PUSH_H
#define CW_LUA_PUSH_H

#include <jansson.h>

#include "db/sql.h"
#include "lua/arena.h"
#include "lua/state.h"

/* --- NULL: `op.null`, `json.null`, require "curlew.null" --- */
void cw_lua_open_null(lua_State *L);
void cw_lua_push_null(lua_State *L);
bool cw_lua_is_null(lua_State *L, int idx);

/* --- SQL values (push.c) --- */
void cw_lua_push_value(lua_State *L, const struct cw_value *value);
/* NULL, boolean, number or string; bytes are borrowed from the Lua string. False: another type. */
bool cw_lua_to_value(lua_State *L, int idx, struct cw_value *out);
/* Raises about a value that is no parameter; `where` says which one ("parameter `id`"). */
int cw_lua_bad_value(lua_State *L, int idx, const char *where) __attribute__((noreturn));

/* --- parameters (params.c) --- */
/* Reads a table of names, a list or a row at idx; the bytes are copied to the arena. */
void cw_lua_to_params(lua_State *L, int idx, struct cw_arena *arena, struct cw_params *out);
/* Whether the value is a list of tables, which `execute` takes as a batch. */
bool cw_lua_is_batch(lua_State *L, int idx, size_t *nsets);

/* --- JSON (json.c) --- */
enum cw_lua_json_flags {
  CW_JSON_FUNCTIONS = 1, /* functions become {"$function": ref} and back; else they are errors */
};
/* `what` begins the path in messages: "curlew.lua", "the value". Invalid UTF-8, unusual keys, cycles,
 * NaN and userdata are errors. The result belongs to the arena. */
json_t *cw_lua_to_json(lua_State *L, int idx, unsigned flags, const char *what,
                       struct cw_arena *arena);
void cw_lua_push_json(lua_State *L, json_t *json, unsigned flags);
void cw_lua_open_json_data(lua_State *L);
/* The mark of a table that is a JSON array even when it is empty: set on the table at the top. */
void cw_lua_mark_json_array(lua_State *L);
bool cw_lua_is_json_array(lua_State *L, int idx);
/* References to functions (script.h): the function at idx as an int > 0, kept until close. */
int cw_lua_ref_function(lua_State *L, int idx);
/* Pushes the function, or raises: there is none. */
void cw_lua_push_function(lua_State *L, int ref);

#endif
