/* The one way from the core into Lua (architecture.md, section 5): a protected call whose body does
 * all the pushing. What enters is a C function and a pointer, neither of which needs memory. */
#ifndef CW_LUA_CALL_H
#define CW_LUA_CALL_H

#include "lua/state.h"

/* Runs body(L) with `arg` as a light userdata at index 1, on the thread that runs now. Whatever is
 * raised becomes an error: database errors and other error objects as they are, a script's own with
 * `code`, with file, line and traceback. Results of the body are dropped. */
int cw_lua_call(struct cw_script *script, lua_CFunction body, void *arg, enum cw_errcode code,
                struct cw_err *err);

/* The same for an answer that the core needs even when the script has been interrupted. */
int cw_lua_ask(struct cw_script *script, lua_CFunction body, void *arg, enum cw_errcode code,
               struct cw_err *err);

/* The argument of a body. */
#define cw_lua_arg(L, type) ((type *)lua_touserdata((L), 1))

#endif
