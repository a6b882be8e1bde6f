/* What curlew offers to C plugins; see curlew/plugin.h. Connections are host_conn.c's. */
#include "plugin/host.h"

#include "curlew_config.h"
#include "lua/err.h"
#include "lua/push.h"
#include "op/exec.h"
#include "plugin/host_conn.h"

static int is_null(lua_State *L, int index) { return cw_lua_is_null(L, index); }

static int raise_error(lua_State *L, const char *code, const char *message, const char *hint) {
  return cw_lua_raise_named(L, code, hint, message);
}

/* --- guards -------------------------------------------------------------------------------------- */

struct guard {
  void *resource;
  void (*release)(void *resource);
};

static const char guard_key;

static int guard_close(lua_State *L) {
  struct guard *guard = lua_touserdata(L, 1);
  void *resource = guard->resource;
  guard->resource = NULL; /* closed when its function ends, and collected later */
  if (resource) guard->release(resource);
  return 0;
}

static void **push_guard(lua_State *L, void (*release)(void *resource)) {
  static const luaL_Reg meta[] = {{"__gc", guard_close}, {"__close", guard_close}, {NULL, NULL}};
  luaL_checkstack(L, 4, NULL);
  struct guard *guard = lua_newuserdatauv(L, sizeof *guard, 0);
  *guard = (struct guard){.release = release};
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &guard_key) != LUA_TTABLE) {
    lua_pop(L, 1);
    luaL_newlib(L, meta);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &guard_key);
  }
  lua_setmetatable(L, -2);
  lua_toclose(L, -1);
  return &guard->resource;
}

/* --- the run ------------------------------------------------------------------------------------- */

static void write_log(lua_State *L, const char *text) {
  struct cw_script *script = cw_lua_script(L);
  if (!script->frames)
    cw_lua_raise(L, CW_ERR_SCRIPT, "Log while an operation or a migration runs.",
                 "a plugin logs while no migration runs");
  struct cw_exec *exec = script->frames->exec;
  lua_State *outer = cw_lua_enter(script, L);
  cw_exec_log(exec, text);
  cw_lua_leave(script, outer);
}

static const char *project_dir(lua_State *L) { return cw_lua_script(L)->project_dir; }

const struct curlew_host_v1 cw_plugin_host = {
    .size = sizeof(struct curlew_host_v1),
    .version = CURLEW_VERSION,
    .push_null = cw_lua_push_null,
    .is_null = is_null,
    .raise = raise_error,
    .guard = push_guard,
    .log = write_log,
    .check_interrupt = cw_lua_check_interrupt,
    .project_dir = project_dir,
    .conn = cw_plugin_conn,
    .dialect = cw_plugin_dialect,
    .server = cw_plugin_server,
    .server_version = cw_plugin_server_version,
    .query = cw_plugin_query,
    .batch = cw_plugin_batch,
    .error = cw_plugin_error,
    .raise_last = cw_plugin_raise_last,
};
