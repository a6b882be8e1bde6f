/* curlew migrate: `revision --autogenerate` by the name that people type. */
#include "cli/write.h"

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_revision(cli, true, err); }

const struct cw_command cw_cmd_migrate = {
  .name = "migrate",
  .group = CW_GROUP_WRITE,
  .args = "",
  .summary = "Write the revision that takes the database to the models",
  .help = "Compares the database with the models that `models` of curlew.lua names and writes the "
          "revision that makes the difference, with its way back (`revision --autogenerate`). Where "
          "there is no difference, no file is written.\n\n"
          "  curlew migrate -m \"add slug\"\n\n"
          "Read what it wrote before you run it: operations that lose rows are marked.",
  .opts = cw_revision_opts,
  .run = run,
};
