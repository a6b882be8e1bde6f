/* Backfills listed and steered from outside of their run; see backfills.c. */
#ifndef CW_RUN_BACKFILLS_H
#define CW_RUN_BACKFILLS_H

#include <jansson.h>

#include "run/app.h"
#include "txn/tables.h"

/* All of them (or the open ones) in the order in which they began: a JSON array of {"name", "revision",
 * "state", "open", "rows", "total", "skipped_rows", ...}. Read-only; the caller drops it. */
int cw_backfills_list(struct cw_conn *conn, const struct cw_tables *tables, bool open_only,
                      json_t **out, struct cw_err *err);
int cw_run_backfills(struct cw_app *app, const struct cw_config_db *db, json_t **out,
                     struct cw_err *err);

/* The open backfill of a name. */
struct cw_found_backfill {
  int64_t move, seq;       /* the journal's row of its revision, and its place among its calls */
  bool up;
  char *revision, *settings;
};
int cw_backfill_find(struct cw_conn *conn, const struct cw_tables *tables, const char *name,
                     struct cw_found_backfill *out, struct cw_err *err);
void cw_found_backfill_release(struct cw_found_backfill *found);

/* Helps the run that works on the open backfill opts->target until there is nothing left to do. */
int cw_run_backfill_work(struct cw_app *app, const struct cw_config_db *db,
                         const struct cw_run_opts *opts, struct cw_err *err);

/* Tells the open backfill of that name to "run", "pause" or "abort"; or, with control NULL, changes its
 * settings: `words` are "batch_size=500" and the like. */
int cw_run_backfill_order(struct cw_app *app, const struct cw_config_db *db, const char *name,
                          const char *control, const struct strvec *words, struct cw_err *err);

#endif
