/* curlew help and curlew version: what the program is and can do. */
#include "cli/cmd.h"
#include "curlew_config.h"

static int help(struct cw_cli *cli, struct cw_err *err) {
  const struct cw_command *command = NULL;
  if (cli->args.nwords) {
    command = cw_command_find(cli->commands, cli->args.words[0]);
    if (!command) return cw_command_unknown(cli->commands, cli->args.words[0], err);
  }
  struct strbuf sb = STRBUF_INIT;
  cw_usage(cli->commands, command, &sb);
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
  return 0;
}

static int version(struct cw_cli *cli, struct cw_err *err) {
  (void)err;
  static const char *const drivers[] = {
#ifdef CURLEW_HAVE_SQLITE
    "sqlite",
#endif
#ifdef CURLEW_HAVE_POSTGRES
    "postgresql",
#endif
#ifdef CURLEW_HAVE_MYSQL
    "mysql",
#endif
    NULL,
  };
  if (cli->out.json) {
    json_t *list = json_array();
    for (size_t i = 0; drivers[i]; i++) json_array_append_new(list, json_string(drivers[i]));
    cw_out_json(&cli->out, json_pack("{s:s, s:o}", "version", CURLEW_VERSION, "drivers", list));
    return 0;
  }
  cw_out_print(&cli->out, "curlew %s\n", CURLEW_VERSION);
  if (cli->out.verbosity > 0) {
    cw_out_print(&cli->out, "drivers:");
    for (size_t i = 0; drivers[i]; i++) cw_out_print(&cli->out, " %s", drivers[i]);
    cw_out_print(&cli->out, "\n");
  }
  return 0;
}

const struct cw_command cw_cmd_help = {
  .name = "help",
  .group = CW_GROUP_PROGRAM,
  .args = "[COMMAND]",
  .max_args = 1,
  .complete = CW_COMPLETE_COMMAND,
  .summary = "List the commands, or explain one",
  .help = "Lists the commands, or explains one: the same as `curlew COMMAND --help`.",
  .run = help,
};

const struct cw_command cw_cmd_version = {
  .name = "version",
  .group = CW_GROUP_PROGRAM,
  .args = "",
  .summary = "Print the version",
  .help = "Prints the version; with -v also which database drivers this build has.",
  .run = version,
};
