/* curlew revision: writes the next revision's file. */
#include "cli/write.h"

const struct cw_opt cw_revision_opts[] = {
  {.letter = 'm', .name = "message", .value = "TEXT", .help = "what it does: its title"},
  {.name = "autogenerate", .help = "write the operations that take the database to the models"},
  {.name = "head", .value = "REV", .repeat = true, .complete = CW_COMPLETE_REVISION,
   .help = "what it follows (default: head; base makes a new root)"},
  {.name = "splice", .help = "allow to follow a revision that is not a head"},
  {.name = "branch-label", .value = "LABEL", .help = "a name for the line that begins here"},
  {.name = "version-path", .value = "DIR", .complete = CW_COMPLETE_FOLDER,
   .help = "which of the version_locations to write to"},
  {.name = "rev-id", .value = "ID", .help = "the id, instead of a generated one"},
  {.name = "depends-on", .value = "REV", .repeat = true, .complete = CW_COMPLETE_REVISION,
   .help = "a revision of another line that must be applied before"},
  {0},
};

int cw_cli_revision(struct cw_cli *cli, bool autogenerate, struct cw_err *err) {
  struct strvec heads = {0}, depends = {0};
  cw_args_values(&cli->args, "head", &heads);
  cw_args_values(&cli->args, "depends-on", &depends);
  struct cw_write_request request = {
    .message = cw_args_value(&cli->args, "message"),
    .heads = heads.len ? &heads : NULL,
    .autogenerate = autogenerate || cw_args_count(&cli->args, "autogenerate") > 0,
    .splice = cw_args_count(&cli->args, "splice") > 0,
    .branch_label = cw_args_value(&cli->args, "branch-label"),
    .rev_id = cw_args_value(&cli->args, "rev-id"),
    .version_path = cw_args_value(&cli->args, "version-path"),
    .depends_on = depends.len ? &depends : NULL,
  };
  int status = cw_write_revision(cli, &request, err);
  strvec_release(&heads);
  strvec_release(&depends);
  return status;
}

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_revision(cli, false, err); }

const struct cw_command cw_cmd_revision = {
  .name = "revision",
  .group = CW_GROUP_WRITE,
  .args = "",
  .summary = "Write the next revision",
  .help = "Writes a new file from script.lua.tmpl and prints its path. Everything is checked before; "
          "the file is there whole or not at all.\n\n"
          "  curlew revision -m \"create users\"\n"
          "  curlew revision -m \"reports\" --head base --branch-label reports\n\n"
          "Then the programs of `post_write_hooks` are run on it.",
  .opts = cw_revision_opts,
  .run = run,
};
