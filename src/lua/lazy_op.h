/* The module `op` as scripts get it: empty until one of its functions is asked for. Every file begins
 * with `local op = require "op"`, and most commands only load files, which then costs next to nothing. */
#ifndef CW_LUA_LAZY_OP_H
#define CW_LUA_LAZY_OP_H

#include <lua.h>

int cw_lua_open_lazy_op(lua_State *L);

#endif
