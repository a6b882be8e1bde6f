/* curlew upgrade: applies what is missing. */
#include "cli/cmd.h"

static const struct cw_opt opts[] = {
  {.name = "sql", .help = "print SQL instead of executing it, from base or from A of a range A:B"},
  {.name = "dry-run", .help = "print the SQL that would be executed on this database now"},
  {.name = "tag", .value = "TAG", .help = "a value that curlew.lua gets as `tag`"},
  {.name = "keep-going", .help = "of several databases, go on with the next after a failure"},
  {.name = "jobs", .value = "N",
   .help = "run that many of several databases side by side, each in a process of its own"},
  {0},
};

static int run(struct cw_cli *cli, struct cw_err *err) {
  struct cw_run_opts run_opts = {
    .target = cli->args.nwords ? cli->args.words[0] : "head",
    .sql = cw_args_count(&cli->args, "sql") > 0,
    .dry_run = cw_args_count(&cli->args, "dry-run") > 0,
  };
  return cw_cli_run(cli, cw_run_upgrade, &run_opts, err);
}

const struct cw_command cw_cmd_upgrade = {
  .name = "upgrade",
  .group = CW_GROUP_RUN,
  .args = "[REV]",
  .max_args = 1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Apply revisions, up to the head",
  .help = "Applies whatever is missing to reach REV (default: head). A REV that is already applied "
          "is said to be so.\n\n"
          "  curlew upgrade                    everything\n"
          "  curlew upgrade +1                 the next revision\n"
          "  curlew upgrade heads              every line, where there are several\n"
          "  curlew upgrade ae10:head --sql    a script for a database that is at ae10\n\n"
          "After a failure or an interruption, run it again: it goes on where it stopped.",
  .opts = opts,
  .flags = CW_COMMAND_EVENTS,
  .run = run,
};
