/* What the files of run/ share. */
#ifndef CW_RUN_INTERNAL_H
#define CW_RUN_INTERNAL_H

#include "op/exec_run.h"
#include "run/app.h"

/* --- app.c --- */
/* The URL of a database, its function called if it has one; the caller frees. */
int cw_app_url(struct cw_app *app, const struct cw_config_db *db, struct cw_url **out,
               struct cw_err *err);
/* Connects without calling hooks. */
int cw_app_connect_url(struct cw_app *app, const struct cw_url *url, bool read_only,
                       struct cw_conn **out, struct cw_err *err);

/* --- plugins.c --- */
/* An exec that runs no move: what plugins, hooks and the library get their connection from. `db` may be
 * NULL. */
struct cw_exec *cw_app_plain_exec(struct cw_app *app, const struct cw_config_db *db,
                                  struct cw_conn *conn);
/* Loads the plugins that the configuration names; nothing when it names none. */
int cw_app_load_plugins(struct cw_app *app, struct cw_err *err);
/* Names a fresh connection's server after a plugin's dialect, when one recognises it. */
int cw_app_name_server(struct cw_app *app, const struct cw_url *url, struct cw_conn *conn,
                       struct cw_err *err);
/* The same without a connection: only the URL can say. *out: for the caller to free, or NULL. */
int cw_app_offline_server(struct cw_app *app, const struct cw_url *url, const char *dialect,
                          const char *server, char **out, struct cw_err *err);

/* --- project.c --- */
/* A revision file's text, "\r\n" read as "\n"; the caller frees. */
int cw_project_read(char **text, size_t *len, const char *path, struct cw_err *err);
/* Loads a revision of the graph whose file is not loaded (it came from the cache, or was dropped): before
 * it is run. Fails when the file says something else by now. */
int cw_project_load(const struct cw_script_ops *ops, struct cw_script *script,
                    struct cw_revision *rev, struct cw_err *err);

static inline const char *cw_db_name(const struct cw_config_db *db) {
  return db->name ? db->name : "default";
}

#endif
