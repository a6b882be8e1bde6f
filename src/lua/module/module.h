/* curlew as a C module for plain Lua 5.4: what its files share. "Host" is the state that requires it;
 * each opened project has a Lua state of its own inside, and only values cross between the two. */
#ifndef CW_LUA_MODULE_H
#define CW_LUA_MODULE_H

#include <lauxlib.h>
#include <lua.h>

#include "lua/arena.h"
#include "run/app.h"

/* project.c: the userdata of curlew.open. */
struct cw_project {
  struct cw_app *app; /* NULL once closed */
  size_t moves;       /* of the call that runs */
  struct cw_connection *connections; /* open ones, which end with it */
};
void cw_module_open_project(lua_State *L);
/* curlew.open { config =, url =, x = } -> project */
int cw_module_open(lua_State *L);

/* connection.c: the userdata of project:connect. */
void cw_module_open_connection(lua_State *L);
struct cw_connection {
  struct cw_conn *conn;           /* NULL once closed */
  struct cw_project *project;     /* the userdata that user value 1 keeps alive */
  const struct cw_config_db *db;
  struct cw_lua_result *results;  /* open ones */
  struct cw_connection *next, **link; /* in project->connections */
};
/* Pushes a closed connection that keeps the project at index 1 alive; the caller fills it. */
struct cw_connection *cw_module_new_connection(lua_State *L, struct cw_project *project,
                                               const struct cw_config_db *db);
/* The connection at index 1, open. Raises. */
struct cw_connection *cw_module_check_connection(lua_State *L);
void cw_connection_close(struct cw_connection *c); /* twice is fine */

/* inspector.c: conn:inspect() */
int cw_module_inspect(lua_State *L);

#endif
