/* Writing a new revision file: what `revision` and `merge` have in common. */
#ifndef CW_CLI_WRITE_H
#define CW_CLI_WRITE_H

#include "cli/cmd.h"

struct cw_write_request {
  const char *message;         /* NULL: none */
  const struct strvec *heads;  /* parents: --head, or merge's words */
  bool merge;
  bool splice;
  const char *branch_label, *rev_id, *version_path; /* NULL: not given */
  const struct strvec *depends_on;
};

/* Checks everything, renders the project's template, makes sure that the result loads and says what it
 * should, writes the file (all of it or nothing), prints its path and runs post_write_hooks. */
int cw_write_revision(struct cw_cli *cli, const struct cw_write_request *request,
                      struct cw_err *err);

#endif
