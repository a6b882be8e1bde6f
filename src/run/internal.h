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

/* --- project.c --- */
/* A revision file's text, "\r\n" read as "\n"; the caller frees. */
int cw_project_read(char **text, size_t *len, const char *path, struct cw_err *err);

static inline const char *cw_db_name(const struct cw_config_db *db) {
  return db->name ? db->name : "default";
}

#endif
