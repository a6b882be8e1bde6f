/* Autogenerate's jobs (lua/curlew/autogen/host.lua): a comparison with the models, models from a database. */
#include "lua/call.h"
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"

struct modelling {
  struct cw_exec *exec;
  const char *job;
  json_t *args;
  json_t **out;
};

struct opening {
  struct cw_url *url;
  struct cw_conn *conn;
};

static void drop_opening(void *ctx) {
  struct opening *opening = ctx;
  cw_conn_free(opening->conn);
  cw_url_free(opening->url);
}

/* open_memory() -> a connection to an empty SQLite database; the library closes it. */
static int open_memory(lua_State *L) {
  struct cw_script *script = cw_lua_script(L);
  struct cw_arena *arena = cw_arena_push(L);
  struct opening *opening = cw_arena_array(arena, 1, sizeof *opening);
  cw_arena_own(arena, drop_opening, opening);
  struct cw_lua_conn *conn = cw_lua_new_conn(L); /* arena conn */
  lua_State *outer = cw_lua_enter(script, L);
  int status = cw_url_parse(&opening->url, "sqlite://", NULL, &arena->err);
  if (status == 0) status = cw_conn_open(&opening->conn, opening->url, NULL, &arena->err);
  cw_lua_leave(script, outer);
  if (status < 0) cw_lua_throw(L, &arena->err);
  conn->conn = opening->conn;
  opening->conn = NULL;
  return 1;
}

static int models_body(lua_State *L) {
  const struct modelling *m = cw_lua_arg(L, const struct modelling);
  struct cw_arena *arena = cw_arena_push(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "curlew.autogen.host");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, m->job);
  lua_createtable(L, 0, 3); /* library job host */
  cw_lua_push_conn(L, CW_LUA_CONN_CATALOG);
  lua_setfield(L, -2, "conn");
  cw_lua_push_frame_dialect(L);
  lua_setfield(L, -2, "dialect");
  lua_pushcfunction(L, open_memory);
  lua_setfield(L, -2, "open_memory");
  cw_lua_push_json(L, m->args, CW_JSON_FUNCTIONS);
  lua_call(L, 2, 1);
  json_t *json = cw_lua_to_json(L, -1, 0, "what autogenerate found", arena);
  *m->out = json_incref(json);
  return 0;
}

int cw_lua_models(struct cw_script *script, struct cw_exec *exec, const char *job, json_t *args,
                  json_t **out, struct cw_err *err) {
  struct modelling m = {exec, job, args, out};
  struct cw_lua_frame frame;
  *out = NULL;
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, models_body, &m, CW_ERR_CONFIG, err);
  cw_lua_frame_end(script, &frame);
  /* Whatever a models file does wrong, the project is at fault. */
  if (status < 0 && err && (err->code == CW_ERR_SCRIPT || err->code == CW_ERR_BAD_SCRIPT))
    err->code = CW_ERR_CONFIG;
  return status;
}
