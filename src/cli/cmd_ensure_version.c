/* curlew ensure-version: creates the version table and nothing else. */
#include "cli/cmd.h"

static const struct cw_opt opts[] = {
  {.name = "sql", .help = "print SQL instead of executing it"},
  {.name = "keep-going", .help = "of several databases, go on with the next after a failure"},
  {.name = "jobs", .value = "N",
   .help = "run that many of several databases side by side, each in a process of its own"},
  {0},
};

static int run(struct cw_cli *cli, struct cw_err *err) {
  struct cw_run_opts run_opts = {.sql = cw_args_count(&cli->args, "sql") > 0};
  if (cw_cli_run(cli, cw_run_ensure_version, &run_opts, err) < 0) return -1;
  const char *table = cli->app->config.version_table;
  if (cli->out.json && !run_opts.sql)
    cw_out_json(&cli->out, json_pack("{s:s, s:s, s:s}", "event", "end", "command",
                                     "ensure-version", "version_table", table));
  else if (!run_opts.sql)
    cw_out_note(&cli->out, "the version table %s is there", table);
  return 0;
}

const struct cw_command cw_cmd_ensure_version = {
  .name = "ensure-version",
  .group = CW_GROUP_RUN,
  .args = "",
  .summary = "Create the version table",
  .help = "Creates the version table if it is missing. `upgrade` and `stamp` do so by themselves.",
  .opts = opts,
  .flags = CW_COMMAND_EVENTS,
  .run = run,
};
