/* The module `curlew` as configuration files see it: connect(url), for settings that come from a
 * database (one entry a tenant). Read-only, and closed when the configuration has been loaded. */
#include "curlew_config.h"
#include "lua/err.h"
#include "lua/objects.h"

struct opening {
  struct cw_url *url;
  struct cw_conn *conn;
};

static void drop_opening(void *ctx) {
  struct opening *opening = ctx;
  cw_conn_free(opening->conn);
  cw_url_free(opening->url);
}

/* connect(url) -> connection */
static int curlew_connect(lua_State *L) {
  static const struct cw_conn_opts opts = {.application = "curlew configuration", .read_only = true};
  struct cw_script *script = cw_lua_script(L);
  const char *text = luaL_checkstring(L, 1);
  cw_lua_check_interrupt(L);
  if (!script->configuring)
    cw_lua_raise(L, CW_ERR_SCRIPT, "In a revision, op.get_bind() gives the migration's connection.",
                 "curlew.connect works in the configuration only");
  struct cw_arena *arena = cw_arena_push(L);
  struct opening *opening = cw_arena_array(arena, 1, sizeof *opening);
  cw_arena_own(arena, drop_opening, opening);
  struct cw_lua_conn *conn = cw_lua_new_conn(L); /* url arena conn */

  lua_State *outer = cw_lua_enter(script, L);
  int status = cw_url_parse(&opening->url, text, script->project_dir, &arena->err);
  if (status == 0) status = cw_conn_open(&opening->conn, opening->url, &opts, &arena->err);
  cw_lua_leave(script, outer);
  if (status < 0) {
    cw_err_prefix(&arena->err, "curlew.connect in the configuration: ");
    cw_lua_throw(L, &arena->err);
  }
  conn->conn = opening->conn;
  opening->conn = NULL;
  conn->read_only = true;
  conn->link = &script->config_conns;
  conn->next = script->config_conns;
  if (conn->next) conn->next->link = &conn->next;
  script->config_conns = conn;
  return 1;
}

int cw_lua_open_curlew(lua_State *L) {
  static const luaL_Reg functions[] = {{"connect", curlew_connect}, {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_pushliteral(L, CURLEW_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
