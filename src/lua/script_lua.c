/* The script seam (script.h) for Lua: the table of its functions, and those of them that need no file
 * of their own: configuration, function references, hooks, literals, templates. */
#include "lua/call.h"
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"
#include "plugin/load.h"
#include "util/fs.h"

/* --- configuration -------------------------------------------------------------------------------- */

struct configuring {
  const char *path, *shown;
  const struct cw_config_args *args;
  int function; /* call: the function; arg goes with it */
  json_t *arg;
  json_t **out;
};

/* Gives the value at the top of the stack as JSON. */
static void give(lua_State *L, const char *what, struct cw_arena *arena, json_t **out) {
  json_t *json = cw_lua_to_json(L, -1, CW_JSON_FUNCTIONS, what, arena);
  *out = json_incref(json);
}

static void push_args(lua_State *L, const struct cw_config_args *args) {
  lua_createtable(L, 0, 4);
  if (args->x)
    cw_lua_push_json(L, args->x, 0);
  else
    lua_newtable(L);
  lua_setfield(L, -2, "x");
  lua_pushstring(L, args->command);
  lua_setfield(L, -2, "command");
  lua_pushboolean(L, args->offline);
  lua_setfield(L, -2, "offline");
  lua_pushstring(L, args->tag);
  lua_setfield(L, -2, "tag");
}

static int config_body(lua_State *L) {
  const struct configuring *c = cw_lua_arg(L, const struct configuring);
  struct cw_arena *arena = cw_arena_push(L);
  char *text;
  size_t len;
  if (cw_fs_read(&text, &len, c->path, &arena->err) < 0) {
    arena->err.code = CW_ERR_CONFIG;
    cw_lua_throw(L, &arena->err);
  }
  cw_arena_own(arena, free, text);
  cw_lua_load_text(L, text, len, lua_pushfstring(L, "@%s", c->shown));
  cw_lua_push_env(L);
  lua_setupvalue(L, -2, 1);
  lua_call(L, 0, 1);
  if (lua_isfunction(L, -1)) {
    push_args(L, c->args);
    lua_call(L, 1, 1);
  }
  if (!lua_istable(L, -1))
    cw_lua_raise(L, CW_ERR_CONFIG, "End it with `return { url = ..., ... }`.",
                 "%s returns %s instead of the settings' table", c->shown,
                 lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
  give(L, c->shown, arena, c->out);
  return 0;
}

/* Runs a body in which curlew.connect works; what it opened is closed afterwards. */
static int configure(struct cw_script *script, lua_CFunction body, struct configuring *c,
                     struct cw_err *err) {
  script->configuring++;
  int status = cw_lua_call(script, body, c, CW_ERR_CONFIG, err);
  if (--script->configuring == 0)
    while (script->config_conns) cw_lua_conn_close(script->config_conns);
  return status;
}

static int load_config(struct cw_script *script, const char *path,
                       const struct cw_config_args *args, json_t **out, struct cw_err *err) {
  char *absolute = cw_path_absolute(path), *shown = cw_path_display(absolute);
  struct configuring c = {.path = absolute, .shown = shown, .args = args, .out = out};
  script->loading++;
  int status = configure(script, config_body, &c, err);
  script->loading--;
  if (status < 0) {
    /* A broken configuration is one thing to whoever reads the code, whatever broke it. */
    if (err && (err->code == CW_ERR_SYNTAX || err->code == CW_ERR_BAD_SCRIPT))
      err->code = CW_ERR_CONFIG;
    cw_err_where(err, shown, 0);
  }
  free(shown);
  free(absolute);
  return status;
}

static int call_body(lua_State *L) {
  const struct configuring *c = cw_lua_arg(L, const struct configuring);
  struct cw_arena *arena = cw_arena_push(L);
  cw_lua_push_function(L, c->function);
  if (c->arg) cw_lua_push_json(L, c->arg, CW_JSON_FUNCTIONS);
  lua_call(L, c->arg != NULL, 1);
  give(L, "what the function returned", arena, c->out);
  return 0;
}

static int call(struct cw_script *script, int function, json_t *arg, json_t **out,
                struct cw_err *err) {
  struct configuring c = {.function = function, .arg = arg, .out = out};
  return configure(script, call_body, &c, err);
}

/* --- hooks ---------------------------------------------------------------------------------------- */

struct hooking {
  int function;
  const struct cw_hook_info *info;
};

static void set_text(lua_State *L, const char *name, const char *text) {
  if (!text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void push_info(lua_State *L, const struct cw_hook_info *info) {
  lua_createtable(L, 0, 8);
  set_text(L, "event", info->event);
  set_text(L, "database", info->database);
  set_text(L, "revision", info->revision);
  set_text(L, "direction", info->direction == CW_UP ? "upgrade" : "downgrade");
  set_text(L, "op", info->op);
  set_text(L, "sql", info->sql);
  set_text(L, "rows_before", info->rows_before);
  set_text(L, "rows_after", info->rows_after);
  if (info->step) {
    lua_pushinteger(L, info->step);
    lua_setfield(L, -2, "step");
  }
  if (strcmp(info->event, "after_step") == 0) {
    lua_pushinteger(L, (lua_Integer)info->duration_ms);
    lua_setfield(L, -2, "duration_ms");
  }
}

static int hook_body(lua_State *L) {
  const struct hooking *hooking = cw_lua_arg(L, const struct hooking);
  cw_lua_push_function(L, hooking->function);
  if (strcmp(hooking->info->event, "on_connect") == 0)
    cw_lua_push_conn(L, CW_LUA_CONN_CATALOG);
  else
    push_info(L, hooking->info);
  cw_lua_push_ctx(L); /* says which of several databases it is */
  lua_call(L, 2, 0);
  return 0;
}

static int hook(struct cw_script *script, int function, struct cw_exec *exec,
                const struct cw_hook_info *info, struct cw_err *err) {
  struct hooking hooking = {function, info};
  struct cw_lua_frame frame;
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, hook_body, &hooking, CW_ERR_HOOK, err);
  cw_lua_frame_end(script, &frame);
  if (status < 0 && err && err->code == CW_ERR_HOOK)
    cw_err_prefix(err, "the hook %s failed: ", info->event);
  return status;
}

/* --- the library ------------------------------------------------------------------------------------ */

struct asking {
  const struct cw_exec *exec;
  const char *module, *name;
  json_t *arg;
  json_t **out;
};

static int library_body(lua_State *L) {
  const struct asking *asking = cw_lua_arg(L, const struct asking);
  struct cw_arena *arena = cw_arena_push(L);
  lua_getglobal(L, "require");
  lua_pushstring(L, asking->module);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, asking->name);
  lua_createtable(L, 0, 2);
  if (asking->exec) {
    cw_lua_push_conn(L, CW_LUA_CONN_CATALOG);
    lua_setfield(L, -2, "conn");
    cw_lua_push_frame_dialect(L);
    lua_setfield(L, -2, "dialect");
  }
  cw_lua_push_json(L, asking->arg, 0);
  lua_call(L, 2, 1);
  give(L, asking->name, arena, asking->out);
  return 0;
}

static int library(struct cw_script *script, struct cw_exec *exec, const char *module,
                   const char *name, json_t *arg, json_t **out, struct cw_err *err) {
  struct asking asking = {exec, module, name, arg, out};
  if (!exec) return cw_lua_call(script, library_body, &asking, CW_ERR_SCRIPT, err);
  struct cw_lua_frame frame;
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, library_body, &asking, CW_ERR_SCRIPT, err);
  cw_lua_frame_end(script, &frame);
  return status;
}

/* --- text ----------------------------------------------------------------------------------------- */

struct rendering {
  const char *name, *text;
  const struct cw_value *value;
  json_t *vars;
  struct strbuf *out;
};

static void give_text(lua_State *L, struct strbuf *out) {
  size_t len;
  const char *text = luaL_checklstring(L, -1, &len);
  strbuf_add(out, text, len);
}

static int literal_body(lua_State *L) {
  const struct rendering *r = cw_lua_arg(L, const struct rendering);
  const char *method = r->value->type == CW_BLOB      ? "blob"
                       : r->value->type == CW_NUMERIC ? "numeric"
                                                      : "literal";
  cw_lua_push_dialect(L, r->name, NULL, NULL);
  lua_getfield(L, -1, method);
  lua_insert(L, -2);
  cw_lua_push_value(L, r->value);
  lua_call(L, 2, 1);
  give_text(L, r->out);
  return 0;
}

static int literal(struct cw_script *script, const char *dialect, const struct cw_value *value,
                   struct strbuf *out, struct cw_err *err) {
  struct rendering r = {.name = dialect, .value = value, .out = out};
  return cw_lua_ask(script, literal_body, &r, CW_ERR_SCRIPT, err);
}

static int render_body(lua_State *L) {
  const struct rendering *r = cw_lua_arg(L, const struct rendering);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "curlew.template");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "render");
  lua_pushstring(L, r->name);
  lua_pushstring(L, r->text);
  cw_lua_push_json(L, r->vars, 0);
  lua_call(L, 3, 1);
  give_text(L, r->out);
  return 0;
}

static int render(struct cw_script *script, const char *name, const char *text, json_t *vars,
                  struct strbuf *out, struct cw_err *err) {
  struct rendering r = {.name = name, .text = text, .vars = vars, .out = out};
  return cw_lua_ask(script, render_body, &r, CW_ERR_SCRIPT, err);
}

/* --- records that outlive their call ---------------------------------------------------------------- */

struct keeping {
  const struct cw_lua_record *from;
  struct cw_lua_record *to;
  int ref;
};

static int keep_body(lua_State *L) {
  struct keeping *keeping = cw_lua_arg(L, struct keeping);
  lua_rawgeti(L, LUA_REGISTRYINDEX, keeping->from->ref);
  keeping->to->ref = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

static void *record_keep(struct cw_script *script, void *record) {
  struct cw_lua_record *kept = xcalloc(1, sizeof *kept);
  struct keeping keeping = {.from = record, .to = kept};
  struct cw_err err = CW_ERR_INIT;
  if (cw_lua_ask(script, keep_body, &keeping, CW_ERR_INTERNAL, &err) < 0) {
    kept->ref = LUA_NOREF; /* out of memory: compiling it will say that the record is gone */
    cw_err_release(&err);
  }
  return kept;
}

static int drop_body(lua_State *L) {
  luaL_unref(L, LUA_REGISTRYINDEX, cw_lua_arg(L, struct keeping)->ref);
  return 0;
}

static void record_drop(struct cw_script *script, void *kept) {
  if (!kept) return;
  struct keeping keeping = {.ref = ((struct cw_lua_record *)kept)->ref};
  struct cw_err err = CW_ERR_INIT;
  cw_lua_ask(script, drop_body, &keeping, CW_ERR_INTERNAL, &err);
  cw_err_release(&err);
  free(kept);
}

/* --- the seam --------------------------------------------------------------------------------------- */

static int open(struct cw_script **out, const struct cw_script_opts *opts, struct cw_err *err) {
  return cw_lua_open(out, opts, NULL, NULL, err);
}

const struct cw_script_ops cw_script_lua = {
    .name = "lua",
    .extension = ".lua",
    .open = open,
    .close = cw_lua_close,
    .load_config = load_config,
    .call = call,
    .load_plugins = cw_lua_load_plugins,
    .detect = cw_lua_detect,
    .command = cw_lua_plugin_command,
    .models = cw_lua_models,
    .load_revision = cw_lua_load_revision,
    .forget_revision = cw_lua_forget_revision,
    .run = cw_lua_run,
    .compile = cw_lua_compile,
    .execute = cw_lua_execute,
    .probe = cw_lua_probe,
    .reverse = cw_lua_reverse,
    .invoke = cw_lua_invoke,
    .record_keep = record_keep,
    .record_drop = record_drop,
    .hook = hook,
    .library = library,
    .literal = literal,
    .render = render,
    .resource = cw_lua_resource,
    .resources = cw_lua_resources,
    .interrupt = cw_lua_interrupt,
    .resume = cw_lua_resume,
};
