/* `curlew test`: checks of a project that need no code of its own. They run on a scratch database, or on the
 * configured one where that is asked for and it is empty. */
#ifndef CW_RUN_SELFTEST_H
#define CW_RUN_SELFTEST_H

#include "run/app.h"

struct cw_selftest_opts {
  bool in_place;      /* on the configured database, which must be empty */
  const char *beside; /* make the scratch database beside this URL's; NULL: beside the configured one */
  /* Told of each check when it is done: an object as below. May be NULL. */
  void (*told)(void *ctx, json_t *check);
  void *ctx;
};

/* *out: an array of checks in the order they were made, {"name": "...", "ok": bool, "revision": id | null,
 * "skip": why | null, "problems": ["sentence", ...], "duration_ms": n}. A check that fails is no error of
 * this call; not being able to check (no connection, no right to make a scratch database, a database in use
 * with in_place, an interrupt) is. */
int cw_run_selftest(struct cw_app *app, const struct cw_config_db *db,
                    const struct cw_selftest_opts *opts, json_t **out, struct cw_err *err);

/* What is in a database (lua/curlew/testing/snapshot.lua); `data`: rows too. */
int cw_run_snapshot(struct cw_app *app, const struct cw_config_db *db, bool data, json_t **out,
                    struct cw_err *err);

#endif
