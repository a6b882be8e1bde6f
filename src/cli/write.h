/* Writing a new revision file: what `revision` and `merge` have in common. */
#ifndef CW_CLI_WRITE_H
#define CW_CLI_WRITE_H

#include "cli/cmd.h"

struct cw_write_request {
  const char *message;         /* NULL: none */
  const struct strvec *heads;  /* parents: --head, or merge's words */
  bool merge;
  bool splice;
  bool autogenerate;           /* fill it with what takes the database to the models; no difference, no file */
  const char *branch_label, *rev_id, *version_path; /* NULL: not given */
  const struct strvec *depends_on;
};

/* Checks everything, renders the project's template, makes sure that the result loads and says what it
 * should, writes the file (all of it or nothing), prints its path and runs post_write_hooks. */
int cw_write_revision(struct cw_cli *cli, const struct cw_write_request *request,
                      struct cw_err *err);

/* models.c: what autogenerate finds for a database and those that share its migrations. `found` gets
 * {"differences", "notes", "problems"}, `upgrades` and `downgrades` the bodies by database (those with
 * differences only). */
int cw_write_models(struct cw_cli *cli, const struct cw_config_db *db, json_t **found,
                    json_t *upgrades, json_t *downgrades, struct cw_err *err);

/* `revision` and `migrate`: their options, and what they do with them. */
extern const struct cw_opt cw_revision_opts[];
int cw_cli_revision(struct cw_cli *cli, bool autogenerate, struct cw_err *err);

#endif
