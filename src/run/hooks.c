/* The configuration's hooks; see hooks.h. Those around steps are called where steps run (op/step.c). */
#include "run/hooks.h"

#include "run/internal.h"
#include "util/alloc.h"

int cw_hook_on_connect(struct cw_app *app, const struct cw_config_db *db, struct cw_conn *conn,
                       struct cw_err *err) {
  if (!app->config.on_connect) return 0;
  struct cw_exec *exec = cw_app_plain_exec(app, db, conn);
  struct cw_hook_info info = {.event = "on_connect", .database = cw_db_name(db)};
  int failed = app->ops->hook(app->script, app->config.on_connect, exec, &info, err);
  cw_exec_free(exec);
  return failed;
}

int cw_hook_on_version_apply(struct cw_app *app, const struct cw_config_db *db,
                             struct cw_exec *exec, const struct cw_move *move,
                             const struct strvec *before, const struct strvec *after,
                             struct cw_err *err) {
  if (!app->config.on_version_apply) return 0;
  char *rows_before = strvec_join(before, ","), *rows_after = strvec_join(after, ",");
  struct cw_hook_info info = {.event = "on_version_apply",
                              .database = cw_db_name(db),
                              .revision = move->revision ? move->revision->id : NULL,
                              .direction = move->direction,
                              .rows_before = rows_before,
                              .rows_after = rows_after};
  int failed = app->ops->hook(app->script, app->config.on_version_apply, exec, &info, err);
  free(rows_before);
  free(rows_after);
  return failed;
}
