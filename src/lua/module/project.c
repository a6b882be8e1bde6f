/* A project as an object of the host: p:upgrade(), p:current(), ... Each method calls the core as the
 * command line does, and raises its errors as tables. */
#include "cli/cmd.h"
#include "cli/entry.h"
#include "cli/write.h"
#include "lua/arena.h"
#include "lua/err.h"
#include "lua/module/module.h"
#include "lua/push.h"
#include "run/scratch.h"
#include "run/signals.h"
#include "util/suggest.h"

static const char metatable_key;

struct cw_project *cw_module_check_project(lua_State *L) {
  struct cw_project *project = NULL;
  if (lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1)) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
    if (lua_rawequal(L, -1, -2)) project = lua_touserdata(L, 1);
    lua_pop(L, 2);
  }
  if (!project)
    cw_lua_raise(L, CW_ERR_USAGE, "Write p:upgrade(), with a colon.",
                 "a project's method was called without the project");
  if (!project->app)
    cw_lua_raise(L, CW_ERR_USAGE, "Open it again with curlew.open.", "this project is closed");
  return project;
}

void cw_module_check_keys(lua_State *L, int idx, const char *what, const char *const *names) {
  size_t count = 0;
  while (names[count]) count++;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    size_t i = 0;
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    while (key && i < count && strcmp(key, names[i]) != 0) i++;
    if (key && i < count) continue;
    const char *near = key ? cw_suggest(key, names, count) : NULL;
    cw_lua_raise(L, CW_ERR_USAGE, near ? lua_pushfstring(L, "Did you mean `%s`?", near) : NULL,
                 "%s: there is no option `%s`", what, key ? key : luaL_tolstring(L, -2, NULL));
  }
}

static const char *text_option(lua_State *L, int idx, const char *name, const char *what) {
  if (lua_type(L, idx) != LUA_TTABLE) return NULL;
  if (lua_getfield(L, idx, name) == LUA_TNIL) return NULL; /* the value stays on the stack: it is used */
  if (lua_type(L, -1) != LUA_TSTRING)
    cw_lua_raise(L, CW_ERR_USAGE, NULL, "%s: `%s` must be a text, not a %s", what, name,
                 luaL_typename(L, -1));
  return lua_tostring(L, -1);
}

bool cw_module_flag(lua_State *L, int idx, const char *name) {
  if (lua_type(L, idx) != LUA_TTABLE) return false;
  lua_getfield(L, idx, name);
  bool set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}

/* --- open and close -------------------------------------------------------------------------------- */

static void on_event(void *ctx, const struct cw_event *event) {
  struct cw_project *project = ctx;
  if (event->kind == CW_EVENT_MOVE_END) project->moves++;
}

/* scratch = true or a URL: the project works on a database of its own, dropped when it is closed. */
static void make_scratch(lua_State *L, struct cw_project *p, struct cw_arena *arena, const char *beside) {
  const struct cw_config_db **dbs = NULL;
  size_t count = 0;
  int failed = cw_app_databases(p->app, true, &dbs, &count, &arena->err);
  for (size_t i = 0; i < count && !failed; i++) failed = cw_scratch_make(p->app, dbs[i], beside, &arena->err);
  free(dbs);
  if (failed) cw_lua_throw(L, &arena->err);
}

int cw_module_open(lua_State *L) {
  static const char *const names[] = {"config", "url", "x", "tag", "scratch", NULL};
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_newtable(L);
    lua_replace(L, 1);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  cw_module_check_keys(L, 1, "curlew.open", names);
  struct cw_arena *arena = cw_arena_push(L);
  struct cw_app_opts opts = {.ops = &cw_script_lua,
                             .config_path = text_option(L, 1, "config", "curlew.open"),
                             .url = text_option(L, 1, "url", "curlew.open"),
                             .tag = text_option(L, 1, "tag", "curlew.open"),
                             .command = "library",
                             .verbosity = -1,
                             .stop = &cw_signals_seen};
  if (lua_getfield(L, 1, "x") == LUA_TTABLE)
    opts.x = cw_lua_to_json(L, -1, 0, "x", arena);
  else
    opts.x = cw_arena_json(arena, json_object());
  struct cw_project *project = lua_newuserdatauv(L, sizeof *project, 0);
  *project = (struct cw_project){0};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_setmetatable(L, -2);
  int top = lua_gettop(L); /* the project */
  opts.report = (struct cw_report){.event = on_event, .ctx = project};
  if (cw_app_open(&project->app, &opts, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  if (cw_module_flag(L, 1, "scratch")) {
    lua_getfield(L, 1, "scratch");
    make_scratch(L, project, arena, lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL);
    lua_settop(L, top);
  }
  project->app->opts.tag = NULL; /* the text belongs to the host, and the configuration has been run */
  project->app->opts.url = project->app->opts.config_path = NULL;
  return 1;
}

static int project_close(lua_State *L) {
  struct cw_project *project = lua_touserdata(L, 1);
  while (project->connections) cw_connection_close(project->connections);
  cw_app_free(project->app);
  project->app = NULL;
  return 0;
}

static int close_method(lua_State *L) {
  if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1)) cw_module_check_project(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  if (!lua_rawequal(L, -1, -2)) cw_module_check_project(L);
  return project_close(L); /* twice is fine */
}

/* --- databases ------------------------------------------------------------------------------------- */

struct chosen {
  const struct cw_config_db **dbs;
  size_t count;
};

static void drop_chosen(void *ctx) { free(((struct chosen *)ctx)->dbs); }

/* The database that option `database` names, else what the configuration says. Raises. */
static struct chosen *choose(lua_State *L, struct cw_project *p, struct cw_arena *arena, int options,
                             bool mutating, const char *what) {
  struct chosen *chosen = cw_arena_array(arena, 1, sizeof *chosen);
  cw_arena_own(arena, drop_chosen, chosen);
  const char *name = text_option(L, options, "database", what);
  json_t *before = json_object_get(p->app->opts.x, "db");
  if (name) {
    json_incref(before);
    json_object_set_new(p->app->opts.x, "db", json_string(name));
  }
  int failed = cw_app_databases(p->app, mutating, &chosen->dbs, &chosen->count, &arena->err);
  if (name && before) json_object_set_new(p->app->opts.x, "db", before);
  if (name && !before) json_object_del(p->app->opts.x, "db");
  if (failed) cw_lua_throw(L, &arena->err);
  return chosen;
}

/* Files may have come since the last call: they are read again. */
static void begin(struct cw_project *p) {
  p->app->graph = NULL;
  p->moves = 0;
  cw_signals_seen = 0;
}

/* --- what changes the database --------------------------------------------------------------------- */

static void drop_strbuf(void *ctx) { strbuf_release(ctx); }

/* Runs it on the databases chosen; pushes the number of revisions, or the SQL. */
static int run_all(lua_State *L, struct cw_project *p, struct cw_arena *arena, cw_run_fn run,
                   struct cw_run_opts *opts, const char *what) {
  struct chosen *chosen = choose(L, p, arena, 3, true, what);
  struct strbuf *sql = cw_arena_array(arena, 1, sizeof *sql);
  *sql = (struct strbuf)STRBUF_INIT;
  cw_arena_own(arena, drop_strbuf, sql);
  opts->sql = cw_module_flag(L, 3, "sql");
  opts->dry_run = cw_module_flag(L, 3, "dry_run");
  if (opts->sql || opts->dry_run) opts->out = sql;
  p->app->opts.offline = opts->out != NULL;
  begin(p);
  for (size_t i = 0; i < chosen->count; i++) {
    if (run(p->app, chosen->dbs[i], opts, &arena->err) == 0) continue;
    cw_err_database(&arena->err, chosen->dbs[i]->name);
    cw_lua_throw(L, &arena->err);
  }
  if (opts->out)
    lua_pushlstring(L, sql->buf, sql->len);
  else
    lua_pushinteger(L, (lua_Integer)p->moves);
  return 1;
}

static const char *const run_options[] = {"database", "sql", "dry_run", "purge", NULL};

static int move(lua_State *L, cw_run_fn run, const char *what, const char *otherwise) {
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 3);
  const char *target = luaL_optstring(L, 2, otherwise);
  if (!target) luaL_argerror(L, 2, "a revision is needed: p:downgrade(\"base\")");
  if (!lua_isnil(L, 3)) {
    luaL_checktype(L, 3, LUA_TTABLE);
    cw_module_check_keys(L, 3, what, run_options);
  }
  struct cw_arena *arena = cw_arena_push(L);
  struct cw_run_opts opts = {.target = target};
  return run_all(L, p, arena, run, &opts, what);
}

static int project_upgrade(lua_State *L) { return move(L, cw_run_upgrade, "upgrade", "head"); }

static int project_downgrade(lua_State *L) { return move(L, cw_run_downgrade, "downgrade", NULL); }

static void drop_strvec(void *ctx) { strvec_release(ctx); }

/* The text or list of texts at idx. */
static struct strvec *texts(lua_State *L, int idx, struct cw_arena *arena) {
  struct strvec *list = cw_arena_array(arena, 1, sizeof *list);
  cw_arena_own(arena, drop_strvec, list);
  if (lua_type(L, idx) == LUA_TSTRING) {
    strvec_push(list, lua_tostring(L, idx));
  } else if (lua_type(L, idx) == LUA_TTABLE) {
    for (lua_Integer i = 1; lua_rawgeti(L, idx, i) == LUA_TSTRING; i++) {
      strvec_push(list, lua_tostring(L, -1));
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return list;
}

static int project_stamp(lua_State *L) {
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 3);
  if (!lua_isnil(L, 3)) {
    luaL_checktype(L, 3, LUA_TTABLE);
    cw_module_check_keys(L, 3, "stamp", run_options);
  }
  struct cw_arena *arena = cw_arena_push(L);
  struct strvec *targets = texts(L, 2, arena);
  if (!targets->len) luaL_argerror(L, 2, "a revision is needed: p:stamp(\"head\")");
  struct cw_run_opts opts = {.targets = targets, .purge = cw_module_flag(L, 3, "purge")};
  return run_all(L, p, arena, cw_run_stamp, &opts, "stamp");
}

/* --- questions ------------------------------------------------------------------------------------- */

static const char *const query_options[] = {"database", NULL};

const struct cw_config_db *cw_module_one_database(lua_State *L, struct cw_project *p,
                                                  struct cw_arena *arena, const char *const *options,
                                                  const char *what) {
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    cw_module_check_keys(L, 2, what, options);
  }
  struct chosen *chosen = choose(L, p, arena, 2, true, what);
  if (chosen->count != 1)
    cw_lua_raise(L, CW_ERR_USAGE, "Name one: { database = \"...\" }.", "%s is about one database",
                 what);
  begin(p);
  return chosen->dbs[0];
}

static const struct cw_config_db *one_database(lua_State *L, struct cw_project *p,
                                               struct cw_arena *arena, const char *what) {
  return cw_module_one_database(L, p, arena, query_options, what);
}

static int push_list(lua_State *L, struct cw_arena *arena, json_t *list) {
  cw_lua_push_json(L, cw_arena_json(arena, list), 0);
  return 1;
}

static struct cw_graph *load_graph(lua_State *L, struct cw_project *p, struct cw_arena *arena,
                                   const struct cw_config_db *db) {
  struct cw_graph *graph = NULL;
  if (cw_app_graph(p->app, db, &graph, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  return graph;
}

static int project_current(lua_State *L) {
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_config_db *db = one_database(L, p, arena, "current");
  struct cw_cli cli = {.ops = p->app->ops, .app = p->app};
  struct strvec rows = {0};
  struct cw_revlist tips = {0};
  int failed = cw_cli_rows(&cli, db, &rows, &tips, NULL, &arena->err);
  json_t *list = failed ? NULL : cw_entries_json(&tips, &tips);
  strvec_release(&rows);
  vec_release(&tips);
  if (failed) cw_lua_throw(L, &arena->err);
  return push_list(L, arena, list);
}

static int project_heads(lua_State *L) {
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_config_db *db = one_database(L, p, arena, "heads");
  return push_list(L, arena, cw_entries_json(cw_graph_heads(load_graph(L, p, arena, db)), NULL));
}

static int project_history(lua_State *L) {
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_config_db *db = one_database(L, p, arena, "history");
  struct cw_graph *graph = load_graph(L, p, arena, db);
  return push_list(L, arena, cw_entries_json(cw_graph_newest_first(graph), NULL));
}

/* --- revision -------------------------------------------------------------------------------------- */

/* revision { message =, head =, splice =, branch_label =, rev_id =, version_path =, depends_on = } -> what
 * was written: { revision, path, ... } */
static int project_revision(lua_State *L) {
  static const char *const names[] = {"message",      "head",       "splice",       "branch_label", "rev_id",
                                      "version_path", "depends_on", "autogenerate", NULL};
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  luaL_checktype(L, 2, LUA_TTABLE);
  cw_module_check_keys(L, 2, "revision", names);
  struct cw_arena *arena = cw_arena_push(L);
  lua_getfield(L, 2, "head");
  struct strvec *heads = texts(L, lua_gettop(L), arena);
  lua_getfield(L, 2, "depends_on");
  struct strvec *depends = texts(L, lua_gettop(L), arena);
  struct cw_write_request request = {
      .message = text_option(L, 2, "message", "revision"),
      .heads = heads->len ? heads : NULL,
      .splice = cw_module_flag(L, 2, "splice"),
      .autogenerate = cw_module_flag(L, 2, "autogenerate"),
      .branch_label = text_option(L, 2, "branch_label", "revision"),
      .rev_id = text_option(L, 2, "rev_id", "revision"),
      .version_path = text_option(L, 2, "version_path", "revision"),
      .depends_on = depends,
  };
  json_t *written = NULL;
  struct cw_cli cli = {.ops = p->app->ops, .app = p->app};
  cli.out = (struct cw_out){.json = true, .quiet = true, .capture = &written};
  begin(p);
  int failed = cw_write_revision(&cli, &request, &arena->err);
  if (written) cw_arena_json(arena, written);
  if (failed) cw_lua_throw(L, &arena->err);
  if (json_is_string(json_object_get(written, "revision"))) /* autogenerate may find nothing to write */
    cw_lua_push_json(L, written, 0);
  else
    lua_pushnil(L);
  return 1;
}

/* --- connect --------------------------------------------------------------------------------------- */

static int project_connect(lua_State *L) {
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_config_db *db = one_database(L, p, arena, "connect");
  struct cw_connection *c = cw_module_new_connection(L, p, db);
  if (cw_app_connect(p->app, db, false, &c->conn, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  return 1;
}

void cw_module_open_project(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"upgrade", project_upgrade}, {"downgrade", project_downgrade}, {"stamp", project_stamp},
      {"current", project_current}, {"heads", project_heads},         {"history", project_history},
      {"revision", project_revision}, {"check", cw_module_check},     {"test", cw_module_test},
      {"snapshot", cw_module_snapshot}, {"connect", project_connect}, {"close", close_method},
      {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", project_close}, {"__close", project_close}, {NULL, NULL}};
  luaL_newlib(L, meta);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "curlew.Project");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}
