/* curlew resolve: settles a step whose outcome could not be determined. */
#include "cli/cmd.h"

static const struct cw_opt opts[] = {
  {.name = "applied", .help = "the step has happened: go on behind it"},
  {.name = "not-applied", .help = "the step has not happened: do it again"},
  {.name = "forget", .help = "drop the record of the unfinished revision; the schema stays as it is"},
  {.name = "keep-going", .help = "of several databases, go on with the next after a failure"},
  {0},
};

static int resolve(struct cw_app *app, const struct cw_config_db *db,
                   const struct cw_run_opts *run_opts, enum cw_resolution how,
                   struct cw_err *err) {
  return cw_run_resolve(app, db, run_opts->target, how, err);
}

/* cw_cli_run takes functions of one shape. */
static int applied(struct cw_app *app, const struct cw_config_db *db,
                   const struct cw_run_opts *run_opts, struct cw_err *err) {
  return resolve(app, db, run_opts, CW_RESOLVE_APPLIED, err);
}

static int not_applied(struct cw_app *app, const struct cw_config_db *db,
                       const struct cw_run_opts *run_opts, struct cw_err *err) {
  return resolve(app, db, run_opts, CW_RESOLVE_NOT_APPLIED, err);
}

static int forget(struct cw_app *app, const struct cw_config_db *db,
                  const struct cw_run_opts *run_opts, struct cw_err *err) {
  return resolve(app, db, run_opts, CW_RESOLVE_FORGET, err);
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  static const struct {
    const char *name;
    cw_run_fn run;
  } ways[] = {{"applied", applied}, {"not-applied", not_applied}, {"forget", forget}};
  cw_run_fn chosen = NULL;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    if (!cw_args_count(&cli->args, ways[i].name)) continue;
    if (chosen)
      return cw_fail(err, CW_ERR_USAGE, "--applied, --not-applied and --forget exclude one another");
    chosen = ways[i].run;
  }
  if (!chosen) {
    cw_fail(err, CW_ERR_USAGE, "`curlew resolve` needs one of --applied, --not-applied and "
            "--forget");
    return cw_hint(err, "`curlew status` shows the step; look at the database to see whether it "
                        "has happened.");
  }
  struct cw_run_opts run_opts = {.target = cli->args.words[0]};
  return cw_cli_run(cli, chosen, &run_opts, err);
}

const struct cw_command cw_cmd_resolve = {
  .name = "resolve",
  .group = CW_GROUP_RUN,
  .args = "REV",
  .min_args = 1,
  .max_args = 1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Settle a step whose outcome is unknown",
  .help = "A run that was cut off in the middle of a statement which the database can't undo asks "
          "for this: say whether the step of REV has happened, then run `curlew upgrade` (or "
          "`downgrade`) again. `curlew status` shows which step it is.",
  .opts = opts,
  .flags = CW_COMMAND_EVENTS,
  .run = run,
};
