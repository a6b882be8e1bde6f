/* curlew downgrade: reverts what is applied above a revision. */
#include "cli/cmd.h"

static const struct cw_opt opts[] = {
  {.name = "sql", .help = "print SQL instead of executing it; needs a range A:B"},
  {.name = "dry-run", .help = "print the SQL that would be executed on this database now"},
  {.name = "tag", .value = "TAG", .help = "a value that curlew.lua gets as `tag`"},
  {.name = "keep-going", .help = "of several databases, go on with the next after a failure"},
  {.name = "jobs", .value = "N",
   .help = "run that many of several databases side by side, each in a process of its own"},
  {0},
};

static int run(struct cw_cli *cli, struct cw_err *err) {
  struct cw_run_opts run_opts = {
    .target = cli->args.words[0],
    .sql = cw_args_count(&cli->args, "sql") > 0,
    .dry_run = cw_args_count(&cli->args, "dry-run") > 0,
  };
  return cw_cli_run(cli, cw_run_downgrade, &run_opts, err);
}

const struct cw_command cw_cmd_downgrade = {
  .name = "downgrade",
  .group = CW_GROUP_RUN,
  .args = "REV",
  .min_args = 1,
  .max_args = 1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Revert revisions, down to REV",
  .help = "Reverts whatever is applied above REV, newest first.\n\n"
          "  curlew downgrade -1               the last revision\n"
          "  curlew downgrade ae10             everything above ae10\n"
          "  curlew downgrade base             everything\n"
          "  curlew downgrade LABEL@base       everything of one branch",
  .opts = opts,
  .flags = CW_COMMAND_EVENTS,
  .run = run,
};
