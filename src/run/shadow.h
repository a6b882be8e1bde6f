/* What stands for the database while its SQL is only printed (execution.md, "--sql and --dry-run"). On
 * SQLite that is a database in memory which every printed statement is run on as well; elsewhere the
 * operations' records are remembered by the script side, and the real catalog is below them under
 * --dry-run. */
#ifndef CW_RUN_SHADOW_H
#define CW_RUN_SHADOW_H

#include "run/internal.h"

struct cw_shadow {
  struct cw_conn *conn; /* SQLite's; NULL elsewhere */
  struct cw_err gap;    /* why a revision could not be replayed: what it made is not known */
};

/* An empty shadow for a dialect. With `real` (--dry-run, SQLite) it gets that database's schema. */
int cw_shadow_open(struct cw_shadow *shadow, const char *dialect, struct cw_conn *real,
                   struct cw_err *err);
void cw_shadow_release(struct cw_shadow *shadow);

/* Runs the upgrades of a plan silently, so that the shadow knows what they make. `opts` is what the
 * printing exec is made with, on a recording connection; *exec is it, made anew where what it knows
 * ends with a gap. A revision that can't be replayed is no failure: see `gap`. */
int cw_shadow_replay(struct cw_shadow *shadow, const struct cw_plan *plan,
                     const struct cw_exec_opts *opts, struct cw_exec **exec, struct cw_err *err);

#endif
