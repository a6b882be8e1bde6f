/* curlew stamp: sets what the database is said to be at, without running scripts. */
#include "cli/cmd.h"

static const struct cw_opt opts[] = {
  {.name = "sql", .help = "print SQL instead of executing it; a REV may be a range A:B"},
  {.name = "dry-run", .help = "print the SQL that would be executed on this database now"},
  {.name = "tag", .value = "TAG", .help = "a value that curlew.lua gets as `tag`"},
  {.name = "purge", .help = "forget all version rows first, unknown ones too"},
  {.name = "keep-going", .help = "of several databases, go on with the next after a failure"},
  {.name = "jobs", .value = "N",
   .help = "run that many of several databases side by side, each in a process of its own"},
  {0},
};

static int run(struct cw_cli *cli, struct cw_err *err) {
  struct strvec targets = {0};
  for (size_t i = 0; i < cli->args.nwords; i++) strvec_push(&targets, cli->args.words[i]);
  struct cw_run_opts run_opts = {
    .targets = &targets,
    .purge = cw_args_count(&cli->args, "purge") > 0,
    .sql = cw_args_count(&cli->args, "sql") > 0,
    .dry_run = cw_args_count(&cli->args, "dry-run") > 0,
  };
  int status;
  if (run_opts.sql && run_opts.purge)
    status = cw_fail(err, CW_ERR_USAGE, "--purge needs the database, so it can't be had with --sql");
  else
    status = cw_cli_run(cli, cw_run_stamp, &run_opts, err);
  strvec_release(&targets);
  return status;
}

const struct cw_command cw_cmd_stamp = {
  .name = "stamp",
  .group = CW_GROUP_RUN,
  .args = "REV...",
  .min_args = 1,
  .max_args = -1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Set the version rows without running scripts",
  .help = "Makes the version rows say that each REV, and all it stands on, is applied. For a "
          "database whose tables were made in another way, or one that is at a revision that no "
          "longer exists (--purge). Rows of unrelated branches stay.",
  .opts = opts,
  .flags = CW_COMMAND_EVENTS,
  .run = run,
};
