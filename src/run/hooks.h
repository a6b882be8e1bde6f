/* The configuration's hooks. An error in one stops the run as a script's would. */
#ifndef CW_RUN_HOOKS_H
#define CW_RUN_HOOKS_H

#include "run/app.h"

/* on_connect(conn): right after connecting. */
int cw_hook_on_connect(struct cw_app *app, const struct cw_config_db *db, struct cw_conn *conn,
                       struct cw_err *err);
/* on_version_apply(info): in the transaction that changes the version rows, after they have changed. */
int cw_hook_on_version_apply(struct cw_app *app, const struct cw_config_db *db,
                             struct cw_exec *exec, const struct cw_move *move,
                             const struct strvec *before, const struct strvec *after,
                             struct cw_err *err);

#endif
