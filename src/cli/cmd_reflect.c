/* curlew reflect: models.lua as an existing database would have it. */
#include "cli/cmd.h"

static const struct cw_opt opts[] = {
  {.name = "table", .value = "NAME", .help = "only this table"},
  {0},
};

static int reflect(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                   struct cw_err *err) {
  json_t *answer = NULL;
  if (cw_run_reflect(cli->app, db, cw_args_value(&cli->args, "table"), &answer, err) < 0) return -1;
  if (cli->out.json) {
    json_object_update(doc, answer);
  } else {
    const char *text = json_string_value(json_object_get(answer, "text"));
    cw_out_text(&cli->out, text, strlen(text));
  }
  json_decref(answer);
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_query(cli, reflect, true, err); }

const struct cw_command cw_cmd_reflect = {
  .name = "reflect",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "Write the database's schema as models.lua",
  .help = "Prints the text of a models file that declares what the database has; `curlew check` right "
          "afterwards finds no difference. What models can't say stands there as a comment.\n\n"
          "  curlew reflect > models.lua\n"
          "  curlew reflect --table users",
  .opts = opts,
  .run = run,
};
