/* The index of commands, in the order in which help lists them. */
#include "cli/cmd.h"

const struct cw_command *const *cw_commands(void) {
  static const struct cw_command *const commands[] = {
    &cw_cmd_init,
    &cw_cmd_list_templates,
    &cw_cmd_revision,
    &cw_cmd_migrate,
    &cw_cmd_merge,
    &cw_cmd_rebase,
    &cw_cmd_edit,
    &cw_cmd_plugin,
    &cw_cmd_upgrade,
    &cw_cmd_downgrade,
    &cw_cmd_stamp,
    &cw_cmd_ensure_version,
    &cw_cmd_resolve,
    &cw_cmd_backfill,
    &cw_cmd_current,
    &cw_cmd_status,
    &cw_cmd_check,
    &cw_cmd_reflect,
    &cw_cmd_backfills,
    &cw_cmd_history,
    &cw_cmd_heads,
    &cw_cmd_branches,
    &cw_cmd_graph,
    &cw_cmd_show,
    &cw_cmd_test,
    &cw_cmd_plugins,
    &cw_cmd_help,
    &cw_cmd_version,
    &cw_cmd_completion,
    &cw_cmd_manual,
    NULL,
  };
  return commands;
}
