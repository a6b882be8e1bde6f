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

/* The project at index 1, open. Raises. */
struct cw_project *cw_module_check_project(lua_State *L);
/* Refuses keys of the table at idx that are none of `names` (NULL-terminated). */
void cw_module_check_keys(lua_State *L, int idx, const char *what, const char *const *names);
bool cw_module_flag(lua_State *L, int idx, const char *name);
/* The one database that the options at index 2 mean; `options`: those that are known. Raises. */
const struct cw_config_db *cw_module_one_database(lua_State *L, struct cw_project *p,
                                                  struct cw_arena *arena, const char *const *options,
                                                  const char *what);

/* checks.c: p:check(), p:test(), p:snapshot() */
int cw_module_check(lua_State *L);
int cw_module_test(lua_State *L);
int cw_module_snapshot(lua_State *L);

/* testing.c: gives the module curlew.testing */
int cw_module_testing(lua_State *L);

/* curlew.c: gives the module curlew, the same table on every call */
__attribute__((visibility("default"))) int luaopen_curlew(lua_State *L);

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
