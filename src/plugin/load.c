/* Plugins: their files are found below plugin_path and run; what they return is checked and entered by
 * the Lua library (lua/curlew/plugin). A plugin in C is a shared library; see curlew/plugin.h. */
#include "plugin/load.h"

#include <dlfcn.h>

#include "curlew_config.h"
#include "lua/call.h"
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"
#include "plugin/bundled.h"
#include "plugin/host.h"
#include "util/fs.h"

struct loading {
  const struct cw_plugins_opts *opts;
  struct strvec paths; /* plugin_path, then the folder of those that come along */
  size_t own;          /* how many of them are plugin_path's */
  json_t **out;
};

/* --- finding and running files -------------------------------------------------------------------- */

static const struct {
  const char *suffix, *kind; /* what follows the plugin's name */
} forms[] = {{".lua", "lua"}, {"/plugin.lua", "lua"}, {".so", "c"}, {"/plugin.so", "c"}};

/* find(name) -> path, kind | nil, the places */
static int host_find(lua_State *L) {
  const struct loading *loading = lua_touserdata(L, lua_upvalueindex(1));
  const char *name = luaL_checkstring(L, 1);
  const struct strvec *paths = &loading->paths;
  struct cw_arena *arena = cw_arena_push(L);
  luaL_Buffer places;
  luaL_buffinit(L, &places);
  for (size_t i = 0; i < paths->len; i++) {
    for (size_t j = 0; j < sizeof forms / sizeof *forms; j++) {
      char *file = xasprintf("%s%s", name, forms[j].suffix);
      char *path = cw_path_join(paths->items[i], file);
      free(file);
      cw_arena_own(arena, free, path);
      char *shown = cw_path_display(path);
      cw_arena_own(arena, free, shown);
      if (cw_fs_exists(path) && !cw_fs_is_dir(path)) {
        lua_pushstring(L, shown);
        lua_pushstring(L, forms[j].kind);
        return 2;
      }
      if (i >= loading->own) continue;
      if (i || j) luaL_addstring(&places, ", ");
      luaL_addstring(&places, shown);
    }
  }
  if (loading->own < paths->len)
    luaL_addstring(&places, loading->own ? ", and among those that come with curlew"
                                         : "those that come with curlew");
  luaL_pushresult(&places);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* Leaves what the file returns on the stack. */
static void run_lua(lua_State *L, const char *path) {
  struct cw_arena *arena = cw_arena_push(L);
  char *text;
  size_t len;
  if (cw_fs_read(&text, &len, path, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  cw_arena_own(arena, free, text);
  cw_lua_load_text(L, text, len, lua_pushfstring(L, "@%s", path));
  cw_lua_push_env(L);
  lua_setupvalue(L, -2, 1);
  lua_call(L, 0, 1);
}

/* Opens the library (until the script side is closed) and leaves its manifest on the stack. */
static void run_c(lua_State *L, const char *path) {
  struct cw_script *script = cw_lua_script(L);
  struct cw_arena *arena = cw_arena_push(L);
  char *absolute = cw_path_absolute(path); /* a name without a slash would be searched for */
  cw_arena_own(arena, free, absolute);
  vec_reserve(&script->libraries, script->libraries.len + 1);
  void *library = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
  if (!library) luaL_error(L, "%s", dlerror());
  vec_push(&script->libraries, library);
  curlew_plugin_fn *open;
  void *symbol = dlsym(library, "curlew_plugin_v1");
  if (!symbol) luaL_error(L, "the library exports no curlew_plugin_v1");
  memcpy(&open, &symbol, sizeof open); /* ISO C has no conversion between the two kinds of pointers */
  int top = lua_gettop(L);
  if (open(L, &cw_plugin_host) != 1 || lua_gettop(L) <= top)
    luaL_error(L, "curlew_plugin_v1 must leave the manifest on the stack and return 1");
}

/* run(path, kind) -> what the file returns */
static int host_run(lua_State *L) {
  const char *path = luaL_checkstring(L, 1), *kind = luaL_checkstring(L, 2);
  if (strcmp(kind, "c") == 0)
    run_c(L, path);
  else
    run_lua(L, path);
  return 1;
}

/* --- loading --------------------------------------------------------------------------------------- */

/* Modules of plugins are found beside them, after those of the project. */
static void extend_path(lua_State *L, const struct strvec *paths) {
  lua_getglobal(L, "package");
  for (size_t i = 0; i < paths->len; i++) {
    lua_getfield(L, -1, "path");
    lua_pushfstring(L, "%s%s%s/?.lua;%s/?/init.lua", lua_tostring(L, -1),
                    *lua_tostring(L, -1) ? ";" : "", paths->items[i], paths->items[i]);
    lua_setfield(L, -3, "path");
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void push_host(lua_State *L, const struct loading *loading) {
  lua_createtable(L, 0, 5);
  lua_pushlightuserdata(L, (void *)loading);
  lua_pushcclosure(L, host_find, 1);
  lua_setfield(L, -2, "find");
  lua_pushcfunction(L, host_run);
  lua_setfield(L, -2, "run");
  lua_pushliteral(L, CURLEW_VERSION);
  lua_setfield(L, -2, "version");
  cw_lua_push_json(L, loading->opts->config, CW_JSON_FUNCTIONS);
  lua_setfield(L, -2, "config");
  lua_newtable(L);
  for (size_t i = 0; loading->opts->commands && i < loading->opts->commands->len; i++) {
    lua_pushboolean(L, true);
    lua_setfield(L, -2, loading->opts->commands->items[i]);
  }
  lua_setfield(L, -2, "commands");
}

static void push_library(lua_State *L, const char *function) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "curlew.plugin");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, function);
  lua_remove(L, -2);
}

static int load_body(lua_State *L) {
  const struct loading *loading = cw_lua_arg(L, const struct loading);
  struct cw_arena *arena = cw_arena_push(L);
  const struct strvec *names = loading->opts->names;
  extend_path(L, &loading->paths);
  push_library(L, "load");
  push_host(L, loading);
  lua_createtable(L, (int)names->len, 0);
  for (size_t i = 0; i < names->len; i++) {
    lua_pushstring(L, names->items[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_call(L, 2, 1);
  json_t *json = cw_lua_to_json(L, -1, CW_JSON_FUNCTIONS, "the plugins", arena);
  *loading->out = json_incref(json);
  return 0;
}

int cw_lua_load_plugins(struct cw_script *script, const struct cw_plugins_opts *opts, json_t **out,
                        struct cw_err *err) {
  struct loading loading = {.opts = opts, .out = out, .own = opts->paths->len};
  for (size_t i = 0; i < opts->paths->len; i++) strvec_push(&loading.paths, opts->paths->items[i]);
  char *bundled = cw_plugin_bundled_dir();
  if (bundled) strvec_take(&loading.paths, bundled);
  script->loading++; /* operations are refused */
  int status = cw_lua_call(script, load_body, &loading, CW_ERR_PLUGIN, err);
  script->loading--;
  strvec_release(&loading.paths);
  return status;
}

/* --- dialects -------------------------------------------------------------------------------------- */

struct detecting {
  struct cw_exec *exec;
  const char *dialect, *server, *wanted;
  char **out;
};

static int detect_body(lua_State *L) {
  const struct detecting *d = cw_lua_arg(L, const struct detecting);
  push_library(L, "detect");
  lua_pushstring(L, d->dialect);
  lua_pushstring(L, d->server);
  lua_pushstring(L, d->wanted); /* nil for NULL */
  if (d->exec)
    cw_lua_push_conn(L, CW_LUA_CONN_CATALOG);
  else
    lua_pushnil(L);
  lua_call(L, 4, 1);
  if (lua_type(L, -1) == LUA_TSTRING) *d->out = xstrdup(lua_tostring(L, -1));
  return 0;
}

int cw_lua_detect(struct cw_script *script, struct cw_exec *exec, const char *dialect,
                  const char *server, const char *wanted, char **out, struct cw_err *err) {
  struct detecting d = {exec, dialect, server, wanted, out};
  *out = NULL;
  if (!exec) return cw_lua_call(script, detect_body, &d, CW_ERR_HOOK, err);
  struct cw_lua_frame frame;
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, detect_body, &d, CW_ERR_HOOK, err);
  cw_lua_frame_end(script, &frame);
  return status;
}

/* --- commands -------------------------------------------------------------------------------------- */

struct commanding {
  struct cw_exec *exec;
  const char *name;
  json_t *args, *options;
  json_t **out;
};

/* What a command's function gets first: the facts of ctx, and the connection. */
static void push_command_ctx(lua_State *L, const struct commanding *c) {
  lua_newtable(L);
  if (!c->exec) return;
  cw_lua_push_ctx(L);
  for (lua_pushnil(L); lua_next(L, -2);) { /* own ctx key value */
    lua_pushvalue(L, -2);
    lua_insert(L, -2); /* own ctx key key value */
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
  lua_pushnil(L);
  lua_setfield(L, -2, "direction");
  cw_lua_push_conn(L, CW_LUA_CONN_CATALOG);
  lua_setfield(L, -2, "conn");
}

static int command_body(lua_State *L) {
  const struct commanding *c = cw_lua_arg(L, const struct commanding);
  struct cw_arena *arena = cw_arena_push(L);
  push_library(L, "command");
  lua_pushstring(L, c->name);
  push_command_ctx(L, c);
  cw_lua_push_json(L, c->args, 0);
  cw_lua_push_json(L, c->options, 0);
  for (lua_pushnil(L); lua_next(L, -2);) { /* args options key value */
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
  lua_call(L, 3, 1);
  if (lua_isnil(L, -1)) return 0;
  json_t *json = cw_lua_to_json(L, -1, 0, "what the command returned", arena);
  *c->out = json_incref(json);
  return 0;
}

int cw_lua_plugin_command(struct cw_script *script, struct cw_exec *exec, const char *name,
                          json_t *args, json_t *options, json_t **out, struct cw_err *err) {
  struct commanding c = {exec, name, args, options, out};
  *out = NULL;
  if (!exec) return cw_lua_call(script, command_body, &c, CW_ERR_SCRIPT, err);
  struct cw_lua_frame frame;
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, command_body, &c, CW_ERR_SCRIPT, err);
  cw_lua_frame_end(script, &frame);
  return status;
}
