/* The Lua state: how it is made, what it carries, how it ends; see state.h. */
#include "lua/state.h"

#include <dlfcn.h>
#include <lualib.h>

#include "lua/call.h"
#include "lua/err.h"
#include "lua/lazy_op.h"
#include "lua/objects.h"
#include "lua/push.h"
#include "util/fs.h"

/* With the sanitizer every block is malloc's, whose uses it watches. */
static void *default_alloc(void *ctx, void *p, size_t old_size, size_t size) {
#ifndef __SANITIZE_ADDRESS__
  return cw_lua_pool_alloc(ctx, p, old_size, size);
#else
  (void)ctx, (void)old_size;
  if (size == 0) {
    free(p);
    return NULL;
  }
  return realloc(p, size);
#endif
}

/* Only a defect of curlew itself gets here: every entry is a protected call (call.h). */
static int panic(lua_State *L) {
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "no message";
  fprintf(stderr, "curlew: an error left Lua unprotected, please report this: %s\n", text);
  return 0; /* Lua aborts */
}

struct cw_script *cw_lua_script(lua_State *L) {
  return *(struct cw_script **)lua_getextraspace(L);
}

/* What `require` gives without a file. */
static const luaL_Reg preloaded[] = {
    {"op", cw_lua_open_lazy_op},
    {"curlew", cw_lua_open_curlew},
    {"curlew.json", cw_lua_open_json},
    {NULL, NULL},
};

static int open_null_module(lua_State *L) {
  cw_lua_push_null(L);
  return 1;
}

/* Body of a protected call: everything a fresh state needs. */
static int open_libraries(lua_State *L) {
  struct cw_script *script = cw_lua_script(L);
  luaL_openlibs(L);
  cw_lua_open_arena(L);
  cw_lua_open_err(L);
  cw_lua_open_null(L);
  cw_lua_open_json_data(L);
  cw_lua_open_conn(L);
  cw_lua_open_result(L);
  cw_lua_open_search(L, script);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, preloaded, 0);
  lua_pushcfunction(L, open_null_module);
  lua_setfield(L, -2, "curlew.null");
  cw_lua_open_strict(L); /* last: from here on a new global is an error */
  return 0;
}

int cw_lua_open(struct cw_script **out, const struct cw_script_opts *opts, lua_Alloc alloc,
                void *alloc_ctx, struct cw_err *err) {
  struct cw_script *script = xcalloc(1, sizeof *script);
  script->owner = pthread_self();
  script->project_dir = opts->project_dir ? cw_path_absolute(opts->project_dir) : NULL;
  if (opts->lua_path && *opts->lua_path) script->lua_path = cw_path_absolute(opts->lua_path);
  script->main = script->L = alloc ? lua_newstate(alloc, alloc_ctx)
                                       : lua_newstate(default_alloc, &script->pool);
  if (!script->main) {
    cw_lua_close(script);
    return cw_fail(err, CW_ERR_INTERNAL, "there is not enough memory to start Lua");
  }
  lua_atpanic(script->main, panic);
  *(struct cw_script **)lua_getextraspace(script->main) = script;
  if (cw_lua_call(script, open_libraries, NULL, CW_ERR_INTERNAL, err) < 0) {
    cw_lua_close(script);
    return -1;
  }
  *out = script;
  return 0;
}

void cw_lua_close(struct cw_script *script) {
  if (!script) return;
  if (script->main) {
    cw_lua_interrupt_drain(script);
    lua_close(script->main);
  }
  cw_lua_pool_release(&script->pool);
  for (size_t i = 0; i < script->files.len; i++) {
    free(script->files.items[i].name);
    free(script->files.items[i].data);
  }
  vec_release(&script->files);
  for (size_t i = script->libraries.len; i > 0; i--) dlclose(script->libraries.items[i - 1]);
  vec_release(&script->libraries);
  free(script->project_dir);
  free(script->lua_path);
  free(script);
}

lua_State *cw_lua_enter(struct cw_script *script, lua_State *L) {
  lua_State *outer = script->L;
  script->L = L;
  return outer;
}

void cw_lua_leave(struct cw_script *script, lua_State *outer) { script->L = outer; }

void cw_lua_frame_begin(struct cw_script *script, struct cw_lua_frame *frame,
                        struct cw_exec *exec) {
  *frame = (struct cw_lua_frame){.exec = exec};
  if (script->frames && script->frames->exec == exec) return;
  frame->id = ++script->last_frame;
  frame->up = script->frames;
  script->frames = frame;
}

void cw_lua_frame_end(struct cw_script *script, struct cw_lua_frame *frame) {
  if (!frame->id) return;
  cw_lua_results_close(&frame->results);
  script->frames = frame->up;
}

struct cw_lua_frame *cw_lua_frame_find(struct cw_script *script, uint64_t id) {
  struct cw_lua_frame *frame = script->frames;
  while (frame && frame->id != id) frame = frame->up;
  return frame;
}
