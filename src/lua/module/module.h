/* curlew as a C module for plain Lua 5.4: what its files share. "Host" is the state that requires it;
 * each opened project has a Lua state of its own inside, and only values cross between the two. */
#ifndef CW_LUA_MODULE_H
#define CW_LUA_MODULE_H

#include <lauxlib.h>
#include <lua.h>

#include "run/app.h"

/* project.c: the userdata of curlew.open. */
struct cw_project {
  struct cw_app *app; /* NULL once closed */
  size_t moves;       /* of the call that runs */
};
void cw_module_open_project(lua_State *L);
/* curlew.open { config =, url =, x = } -> project */
int cw_module_open(lua_State *L);

/* connection.c: the userdata of project:connect. */
void cw_module_open_connection(lua_State *L);
/* Pushes a closed connection that keeps the project at index 1 alive; the caller fills it. */
struct cw_conn **cw_module_new_connection(lua_State *L, struct cw_project *project);

#endif
