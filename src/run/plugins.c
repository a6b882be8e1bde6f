/* The plugins of a project, as the core sees them: hooks in place of the configuration's, dialects that
 * name a connection's server, commands. */
#include "run/internal.h"
#include "util/alloc.h"

/* A function reference as script.h gives it, or 0. */
static int function_of(json_t *value) {
  return (int)json_integer_value(json_object_get(value, "$function"));
}

static void take_hook(json_t *hooks, const char *event, int *hook) {
  int function = function_of(json_object_get(hooks, event));
  if (function) *hook = function;
}

int cw_app_load_plugins(struct cw_app *app, struct cw_err *err) {
  struct cw_config *config = &app->config;
  if (!config->plugins.len) return 0;
  struct cw_plugins_opts opts = {.names = &config->plugins,
                                 .paths = &config->plugin_path,
                                 .commands = app->opts.commands,
                                 .config = config->tree};
  if (app->ops->load_plugins(app->script, &opts, &app->plugins, err)) {
    if (err) err->code = CW_ERR_PLUGIN;
    return -1;
  }
  json_t *hooks = json_object_get(app->plugins, "hooks");
  take_hook(hooks, "on_connect", &config->on_connect);
  take_hook(hooks, "before_step", &config->before_step);
  take_hook(hooks, "after_step", &config->after_step);
  take_hook(hooks, "on_version_apply", &config->on_version_apply);
  return 0;
}

struct cw_exec *cw_app_plain_exec(struct cw_app *app, const struct cw_config_db *db,
                                  struct cw_conn *conn) {
  struct cw_exec_opts opts = {.ops = app->ops,
                              .script = app->script,
                              .conn = conn,
                              .database = db ? cw_db_name(db) : "default",
                              .x = app->opts.x,
                              .config = db && db->entry ? db->entry : app->config.tree};
  return cw_exec_new(&opts);
}

int cw_app_library(struct cw_app *app, const struct cw_config_db *db, struct cw_conn *conn,
                   const char *module, const char *name, json_t *arg, json_t **out,
                   struct cw_err *err) {
  struct cw_exec *exec = cw_app_plain_exec(app, db, conn);
  int failed = app->ops->library(app->script, exec, module, name, arg, out, err);
  cw_exec_free(exec);
  return failed;
}

static bool has_dialects(const struct cw_app *app) {
  return json_is_true(json_object_get(app->plugins, "dialects"));
}

int cw_app_name_server(struct cw_app *app, const struct cw_url *url, struct cw_conn *conn,
                       struct cw_err *err) {
  if (!has_dialects(app)) return 0;
  char *name = NULL;
  struct cw_exec *exec = cw_app_plain_exec(app, NULL, conn);
  int failed = app->ops->detect(app->script, exec, cw_conn_dialect(conn), cw_conn_server(conn),
                                url->variant, &name, err);
  cw_exec_free(exec);
  if (failed) return cw_err_prefix(err, "a plugin's dialect could not tell the server: ");
  if (name) cw_conn_set_server(conn, name);
  free(name);
  return 0;
}

int cw_app_offline_server(struct cw_app *app, const struct cw_url *url, const char *dialect,
                          const char *server, char **out, struct cw_err *err) {
  *out = NULL;
  if (!has_dialects(app) || !url->variant) return 0;
  return app->ops->detect(app->script, NULL, dialect, server, url->variant, out, err);
}

int cw_run_plugin_command(struct cw_app *app, const struct cw_config_db *db, const char *name,
                          bool writes, json_t *args, json_t *options, json_t **out,
                          struct cw_err *err) {
  *out = NULL;
  if (!db) return app->ops->command(app->script, NULL, name, args, options, out, err);
  struct cw_conn *conn = NULL;
  if (cw_app_connect(app, db, !writes, &conn, err)) return -1;
  struct cw_exec *exec = cw_app_plain_exec(app, db, conn);
  int failed = app->ops->command(app->script, exec, name, args, options, out, err);
  cw_exec_free(exec);
  cw_conn_free(conn);
  return failed;
}
