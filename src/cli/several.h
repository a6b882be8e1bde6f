/* A run over several databases: what became of each, one after the other or side by side. */
#ifndef CW_CLI_SEVERAL_H
#define CW_CLI_SEVERAL_H

#include "cli/cmd.h"

enum cw_outcome_state { CW_OUTCOME_NOT_RUN, CW_OUTCOME_DONE, CW_OUTCOME_FAILED };

/* What became of one database. */
struct cw_outcome {
  enum cw_outcome_state state;
  char *rows;         /* the version rows that it reached, comma-separated; NULL: not known */
  size_t moves;       /* revisions applied or reverted */
  int64_t duration_ms;
  struct cw_err err;  /* FAILED: printed already */
};

/* Runs it on one database and prints its error, if any (but not of a single one: `several` false, where
 * the caller returns it). Never fails itself: the outcome tells. */
void cw_several_one(struct cw_cli *cli, cw_run_fn run, const struct cw_config_db *db, bool several,
                    struct cw_run_opts *opts, struct cw_outcome *outcome);

/* jobs.c: the same for all, `jobs` at a time, each in a process of its own: its own Lua state and
 * connection. What they print is passed on line by line. Stops starting new ones after a failure unless
 * `keep_going`. -1 only when a process could not be started or a signal ended it. */
int cw_several_jobs(struct cw_cli *cli, cw_run_fn run, const struct cw_config_db *const *dbs,
                    size_t count, size_t jobs, bool keep_going, struct cw_run_opts *opts,
                    struct cw_outcome *outcomes, struct cw_err *err);

#endif
