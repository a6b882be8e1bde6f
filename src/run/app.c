/* A project in use: opened from its configuration, its databases chosen and connected to; see app.h.
 * The graph is project.c's. */
#include "run/app.h"

#include "db/trace/trace.h"
#include "run/hooks.h"
#include "run/internal.h"
#include "run/scratch.h"
#include "util/alloc.h"
#include "util/fs.h"
#include "util/suggest.h"

static int load_config(struct cw_app *app, const char *path, struct cw_err *err) {
  struct cw_config_args args = {.x = app->opts.x,
                                .command = app->opts.command,
                                .offline = app->opts.offline,
                                .tag = app->opts.tag};
  json_t *tree = NULL;
  if (app->ops->load_config(app->script, path, &args, &tree, err)) return -1;
  return cw_config_init(&app->config, path, tree, app->opts.url, err);
}

int cw_app_open(struct cw_app **out, const struct cw_app_opts *opts, struct cw_err *err) {
  *out = NULL;
  char *path = NULL;
  if (cw_config_find(opts->config_path, &path, err)) return -1;
  struct cw_app *app = xcalloc(1, sizeof *app);
  app->ops = opts->ops;
  app->opts = *opts;
  json_incref(app->opts.x);
  char *dir = cw_path_dirname(path);
  struct cw_script_opts script = {.project_dir = dir, .lua_path = getenv("CURLEW_LUA_PATH")};
  int failed = app->ops->open(&app->script, &script, err);
  if (!failed) failed = load_config(app, path, err) || cw_app_load_plugins(app, err);
  free(dir);
  free(path);
  if (failed) {
    cw_app_free(app);
    return -1;
  }
  *out = app;
  return 0;
}

void cw_app_free(struct cw_app *app) {
  if (!app) return;
  while (app->scratch) { /* nobody is left to tell that one could not be dropped */
    struct cw_err ignored = CW_ERR_INIT;
    cw_scratch_drop_first(app, &ignored);
    cw_err_release(&ignored);
  }
  for (size_t i = 0; i < app->nmemory; i++) cw_conn_free(app->memory[i]);
  free(app->memory);
  for (size_t i = 0; i < app->ngraphs; i++) cw_graph_free(app->graphs[i]);
  free(app->graphs);
  cw_config_release(&app->config);
  json_decref(app->plugins);
  if (app->script) app->ops->close(app->script);
  json_decref(app->opts.x);
  free(app);
}

/* --- databases ------------------------------------------------------------------------------------ */

static char *names_of(const struct cw_config *config) {
  struct strvec names = {0};
  for (size_t i = 0; i < config->ndbs; i++)
    strvec_push(&names, config->dbs[i].name ? config->dbs[i].name : "default");
  char *text = strvec_join(&names, ", ");
  strvec_release(&names);
  return text;
}

static const struct cw_config_db *find_db(const struct cw_config *config, const char *name) {
  for (size_t i = 0; i < config->ndbs; i++)
    if (config->dbs[i].name && strcmp(config->dbs[i].name, name) == 0) return &config->dbs[i];
  return NULL;
}

static int unknown_db(const struct cw_config *config, const char *name, struct cw_err *err) {
  const char **list = xcalloc(config->ndbs, sizeof *list);
  for (size_t i = 0; i < config->ndbs; i++)
    list[i] = config->dbs[i].name ? config->dbs[i].name : "";
  const char *near = cw_suggest(name, list, config->ndbs);
  char *names = names_of(config);
  cw_fail(err, CW_ERR_USAGE, "there is no database \"%s\" in curlew.lua", name);
  if (near)
    cw_hint(err, "did you mean %s? There are: %s", near, names);
  else
    cw_hint(err, "there are: %s", names);
  free(names);
  free(list);
  return -1;
}

/* A comma-separated list, in the configuration's order, each once. */
static int choose(const struct cw_config *config, const char *words, bool *chosen,
                  struct cw_err *err) {
  for (const char *p = words; *p;) {
    size_t len = strcspn(p, ",");
    char *name = xstrndup(p, len);
    const struct cw_config_db *db = find_db(config, name);
    int failed = db ? 0 : unknown_db(config, name, err);
    if (db) chosen[db - config->dbs] = true;
    free(name);
    if (failed) return -1;
    p += len + (p[len] == ',');
  }
  return 0;
}

static int load_databases(struct cw_app *app, struct cw_err *err) {
  json_t *list = NULL;
  if (!app->config.databases_function) return 0;
  json_t *args = json_pack("{s:s, s:b, s:s*}", "command", app->opts.command, "offline",
                           app->opts.offline, "tag", app->opts.tag);
  json_object_set(args, "x", app->opts.x);
  int called = app->ops->call(app->script, app->config.databases_function, args, &list, err);
  json_decref(args);
  if (called) return -1;
  int failed = cw_config_set_databases(&app->config, list, err);
  json_decref(list);
  if (!failed) app->config.databases_function = 0;
  return failed;
}

int cw_app_databases(struct cw_app *app, bool mutating, const struct cw_config_db ***out,
                     size_t *count, struct cw_err *err) {
  *out = NULL;
  *count = 0;
  if (load_databases(app, err)) return -1;
  const struct cw_config *config = &app->config;
  const char *words = config->has_databases
                          ? json_string_value(json_object_get(app->opts.x, "db"))
                          : NULL;
  bool *chosen = xcalloc(config->ndbs + 1, sizeof *chosen);
  bool all = !config->has_databases || (words && strcmp(words, "all") == 0);
  int failed = 0;
  if (!words && !all) words = config->default_database;
  if (!words && !all && (!mutating || config->ndbs == 1)) all = true;
  if (all) {
    for (size_t i = 0; i < config->ndbs; i++) chosen[i] = true;
  } else if (words) {
    failed = choose(config, words, chosen, err);
  } else {
    char *names = names_of(config);
    cw_fail(err, CW_ERR_USAGE, "which database? There are several: %s", names);
    failed = cw_hint(err, "name one with -x db=NAME (or NAME,NAME, or all), or set "
                          "default_database in curlew.lua");
    free(names);
  }
  if (!failed) {
    *out = xcalloc(config->ndbs + 1, sizeof **out);
    for (size_t i = 0; i < config->ndbs; i++)
      if (chosen[i]) (*out)[(*count)++] = &config->dbs[i];
  }
  free(chosen);
  return failed;
}

/* --- connections ---------------------------------------------------------------------------------- */

/* A database in memory lives as long as the project is open: its connections share it, and one stays. */
static int keep_memory(struct cw_app *app, const struct cw_config_db *db, struct cw_url *url,
                       struct cw_err *err) {
  const char *mode = cw_url_option(url, "mode");
  if (strcmp(url->scheme, "sqlite") != 0 || (url->path && (!mode || strcmp(mode, "memory") != 0)))
    return 0;
  size_t index = (size_t)(db - app->config.dbs);
  url->memory = xasprintf("curlew-%p-%zu", (void *)app, index);
  if (index >= app->nmemory) {
    app->memory = xreallocarray(app->memory, index + 1, sizeof *app->memory);
    while (app->nmemory <= index) app->memory[app->nmemory++] = NULL;
  }
  struct cw_conn_opts opts = {.application = "curlew"};
  return app->memory[index] ? 0 : cw_conn_open(&app->memory[index], url, &opts, err);
}

int cw_app_url(struct cw_app *app, const struct cw_config_db *db, struct cw_url **out,
               struct cw_err *err) {
  json_t *given = NULL;
  const char *text = db->url;
  const struct cw_url *scratch = cw_scratch_url(app, db);
  *out = cw_url_copy(scratch);
  if (scratch) return 0;
  if (!text && db->url_function) {
    if (app->ops->call(app->script, db->url_function, NULL, &given, err)) return -1;
    text = json_string_value(given);
    if (!text) {
      json_decref(given);
      return cw_fail(err, CW_ERR_CONFIG, "the function `url` of %s did not return a string",
                     app->config.path);
    }
  }
  if (!text) {
    cw_fail(err, CW_ERR_CONFIG, "no database URL: %s sets no `url`", app->config.path);
    return cw_hint(err, "set url in curlew.lua, or give --url");
  }
  int failed = cw_url_parse(out, text, app->config.dir, err);
  json_decref(given);
  if (!failed && keep_memory(app, db, *out, err)) {
    cw_url_free(*out);
    *out = NULL;
    failed = -1;
  }
  return failed;
}

int cw_app_connect_url(struct cw_app *app, const struct cw_url *url, bool read_only,
                       struct cw_conn **out, struct cw_err *err) {
  char *application = xasprintf("curlew %s", app->opts.command ? app->opts.command : "");
  struct cw_conn_opts opts = {.application = application,
                              .wait_ms = app->opts.wait_ms,
                              .read_only = read_only,
                              .lock_wait_ms = read_only ? 0 : app->config.lock_timeout_ms,
                              .stop = app->opts.stop};
  int failed = app->opts.connect ? app->opts.connect(out, url, &opts, err)
                                 : cw_conn_open(out, url, &opts, err);
  free(application);
  if (!failed && cw_app_name_server(app, url, *out, err)) {
    cw_conn_free(*out);
    *out = NULL;
    return -1;
  }
  if (!failed && app->opts.verbosity >= 2) cw_trace_open(out, *out, stderr);
  return failed;
}

int cw_app_connect(struct cw_app *app, const struct cw_config_db *db, bool read_only,
                   struct cw_conn **out, struct cw_err *err) {
  struct cw_url *url;
  *out = NULL;
  if (cw_app_url(app, db, &url, err)) return -1;
  int failed = cw_app_connect_url(app, url, read_only, out, err);
  cw_url_free(url);
  if (failed) return -1;
  if (cw_hook_on_connect(app, db, *out, err)) {
    cw_conn_free(*out);
    *out = NULL;
    return -1;
  }
  return 0;
}
