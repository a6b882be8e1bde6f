/* Errors on their way between the core (struct cw_err) and scripts (a table with the fields code,
 * sqlstate, message, hint, detail, statement, revision, database, step, file, line, native,
 * traceback). Nothing is lost on the way there and back. */
#ifndef CW_LUA_ERR_H
#define CW_LUA_ERR_H

#include "lua/state.h"

/* Registers the metatable of error tables. Raises. */
void cw_lua_open_err(lua_State *L);

/* Pushes an error table; `err` is only read. Adds file, line and traceback of the running script
 * where they are unset. Raises when memory runs out, so `err` must belong to an arena or userdata. */
void cw_lua_push_err(lua_State *L, const struct cw_err *err);
/* Raises the error as a table. */
int cw_lua_throw(lua_State *L, const struct cw_err *err) __attribute__((noreturn));
/* Raises a new error; `hint` may be NULL. The format is lua_pushfstring's. */
int cw_lua_raise(lua_State *L, enum cw_errcode code, const char *hint, const char *fmt, ...)
    __attribute__((noreturn));

/* The same by the code's name; an unknown one is "script". */
int cw_lua_raise_named(lua_State *L, const char *code, const char *hint, const char *message)
    __attribute__((noreturn));

/* Fills `err` from what a protected call left at the top of the stack; never raises. `code` stands
 * for errors that bring none. */
void cw_lua_take_err(lua_State *L, int status, enum cw_errcode code, struct cw_err *err);

/* A message handler for lua_pcall: a string becomes an error table with file, line and traceback;
 * any other value stays what it is. */
int cw_lua_handler(lua_State *L);

/* The innermost line of the user's own files in the call chain (library frames are skipped): its
 * file, borrowed from the running function, or NULL. */
const char *cw_lua_user_line(lua_State *L, int *line);

#endif
