/* Scratch databases: made beside a configured one, worked on in its place, dropped in the end. What a
 * test may do to them harms nobody. */
#ifndef CW_RUN_SCRATCH_H
#define CW_RUN_SCRATCH_H

#include "run/app.h"

/* Makes an empty database beside the configured one, or beside that of the URL `beside` (NULL: none): on a
 * server "curlew_test_<random>", which needs the right to create databases; on SQLite a file in a folder of
 * its own below $TMPDIR, or one in memory when `beside` is. From then on `db` means it in every call, until it
 * is dropped; hooks and settings stay those of `db`. */
int cw_scratch_make(struct cw_app *app, const struct cw_config_db *db, const char *beside,
                    struct cw_err *err);
/* Drops it, connections of others included; `db` is the configured one again. Nothing when there is none. */
int cw_scratch_drop(struct cw_app *app, const struct cw_config_db *db, struct cw_err *err);
/* The same for whichever was made last. */
int cw_scratch_drop_first(struct cw_app *app, struct cw_err *err);
/* Its URL, borrowed; NULL: there is none. */
const struct cw_url *cw_scratch_url(const struct cw_app *app, const struct cw_config_db *db);

#endif
