/* Results of queries: a closed userdata first, then the core's result in it, so whatever is raised
 * between leaks nothing. A row is a table by column name; positions are looked up through its
 * metatable, so that pairs() gives each column once and a row can be inserted as it is. */
#include "lua/objects.h"

#include "lua/err.h"
#include "lua/push.h"

static const char metatable_key, row_key;

/* --- rows -------------------------------------------------------------------------------------- */

/* __index: upvalue 1 is the list of column names. */
static int row_index(lua_State *L) {
  if (!lua_isinteger(L, 2)) return 0;
  if (lua_rawgeti(L, lua_upvalueindex(1), lua_tointeger(L, 2)) != LUA_TSTRING) return 0;
  lua_rawget(L, 1);
  return 1;
}

static int row_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, lua_upvalueindex(1)));
  return 1;
}

bool cw_lua_is_row(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TTABLE || !lua_getmetatable(L, idx)) return false;
  bool row = lua_rawgetp(L, -1, &row_key) != LUA_TNIL;
  lua_pop(L, 2);
  return row;
}

/* Pushes the list of names, false for a column whose name a later one has again (that one is found by
 * position only). */
static void push_columns(lua_State *L, const struct cw_result *result) {
  size_t ncols = cw_result_ncols(result);
  lua_createtable(L, (int)ncols, 0);
  lua_createtable(L, 0, (int)ncols); /* columns seen */
  for (size_t i = ncols; i > 0; i--) {
    lua_pushstring(L, cw_result_name(result, i - 1));
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) { /* columns seen name nil */
      lua_pop(L, 1);
      lua_pushvalue(L, -1);
      lua_pushboolean(L, true);
      lua_rawset(L, -4);
    } else {
      lua_pop(L, 2);
      lua_pushboolean(L, false);
    }
    lua_rawseti(L, -3, (lua_Integer)i);
  }
  lua_pop(L, 1);
}

void cw_lua_push_shape(lua_State *L, int idx) {
  const struct cw_result *result = ((const struct cw_lua_result *)lua_touserdata(L, idx))->result;
  idx = lua_absindex(L, idx);
  if (lua_getiuservalue(L, idx, 1) == LUA_TNIL) {
    lua_pop(L, 1);
    push_columns(L, result);
    lua_newtable(L); /* columns metatable */
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, row_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, row_len, 1);
    lua_setfield(L, -2, "__len");
    lua_pushliteral(L, "curlew.row");
    lua_setfield(L, -2, "__name");
    lua_pushvalue(L, -2);
    lua_rawsetp(L, -2, &row_key); /* marks it, and leads to the columns */
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, idx, 1);
  } else {
    lua_rawgetp(L, -1, &row_key); /* metatable columns */
    lua_insert(L, -2);
  }
}

const struct cw_value *cw_lua_result_step(lua_State *L, struct cw_lua_result *box) {
  if (!box->hosted) cw_lua_check_interrupt(L);
  if (!box->result) return NULL;
  struct cw_script *script = box->hosted ? NULL : cw_lua_script(L);
  const struct cw_value *row;
  lua_State *outer = script ? cw_lua_enter(script, L) : NULL;
  int more = cw_result_next(box->result, &row, &box->err);
  if (script) cw_lua_leave(script, outer);
  if (more > 0) return row;
  cw_lua_result_close(box); /* the error stays in the box */
  if (more < 0) cw_lua_throw(L, &box->err);
  return NULL;
}

void cw_lua_push_shaped(lua_State *L, int shape, const struct cw_value *row, size_t ncols) {
  lua_createtable(L, 0, (int)ncols);
  for (size_t i = 0; i < ncols; i++) {
    bool named = lua_rawgeti(L, shape, (lua_Integer)i + 1) == LUA_TSTRING;
    cw_lua_push_value(L, &row[i]);
    if (named) {
      lua_rawset(L, -3);
    } else {
      lua_rawseti(L, -3, (lua_Integer)i + 1);
      lua_pop(L, 1);
    }
  }
  lua_pushvalue(L, shape + 1);
  lua_setmetatable(L, -2);
}

void cw_lua_push_row(lua_State *L, int idx, const struct cw_value *row) {
  const struct cw_lua_result *box = lua_touserdata(L, idx);
  cw_lua_push_shape(L, idx); /* columns metatable */
  cw_lua_push_shaped(L, lua_gettop(L) - 1, row, cw_result_ncols(box->result));
  lua_replace(L, -3); /* row metatable */
  lua_pop(L, 1);
}

bool cw_lua_result_next(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  luaL_checkstack(L, 8, NULL);
  const struct cw_value *row = cw_lua_result_step(L, lua_touserdata(L, idx));
  if (row) cw_lua_push_row(L, idx, row);
  return row != NULL;
}

/* --- the userdata ------------------------------------------------------------------------------- */

void cw_lua_result_close(struct cw_lua_result *box) {
  if (!box->result) return;
  cw_result_free(box->result);
  box->result = NULL;
  *box->link = box->next;
  if (box->next) box->next->link = box->link;
}

void cw_lua_results_close(struct cw_lua_result **list) {
  while (*list) cw_lua_result_close(*list);
}

static int result_close(lua_State *L) {
  struct cw_lua_result *box = lua_touserdata(L, 1);
  cw_lua_result_close(box);
  cw_err_release(&box->err);
  return 0;
}

void cw_lua_open_result(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"__gc", result_close}, {"__close", result_close}, {NULL, NULL}};
  luaL_newlib(L, methods);
  lua_pushliteral(L, "curlew.result");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

struct cw_lua_result *cw_lua_new_result(lua_State *L) {
  struct cw_lua_result *box = lua_newuserdatauv(L, sizeof *box, 2);
  *box = (struct cw_lua_result){.err = CW_ERR_INIT};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_setmetatable(L, -2);
  return box;
}

void cw_lua_result_adopt(struct cw_lua_result *box, struct cw_result *result,
                         struct cw_lua_result **list, uint64_t frame) {
  if (!result) return;
  box->result = result;
  box->frame = frame;
  box->link = list;
  box->next = *list;
  if (box->next) box->next->link = &box->next;
  *list = box;
}

int cw_lua_rows_next(lua_State *L) {
  luaL_checkany(L, 1);
  if (!lua_getmetatable(L, 1)) return luaL_argerror(L, 1, "the result of conn:rows expected");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  if (!lua_rawequal(L, -1, -2)) return luaL_argerror(L, 1, "the result of conn:rows expected");
  struct cw_lua_result *box = lua_touserdata(L, 1);
  if (!box->result && box->frame && !cw_lua_frame_find(cw_lua_script(L), box->frame))
    cw_lua_raise(L, CW_ERR_SCRIPT, "Read the rows inside upgrade or downgrade.",
                 "rows are read after their migration has ended");
  if (!cw_lua_result_next(L, 1)) lua_pushnil(L);
  return 1;
}
