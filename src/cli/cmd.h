/* Commands: the table of them (cmd.c), what each gets, and what several share. A command's file reads
 * purpose, options, function, table entry. */
#ifndef CW_CLI_CMD_H
#define CW_CLI_CMD_H

#include "cli/extra.h"
#include "cli/opt.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "run/app.h"

/* A command line being carried out. */
struct cw_cli {
  const struct cw_script_ops *ops;
  const struct cw_command *const *commands;
  struct cw_args args;
  struct cw_out out;
  struct cw_progress progress;
  json_t *x;          /* -x as an object */
  struct cw_app *app; /* NULL until cw_cli_open */
  struct cw_extra *extra; /* commands of plugins, or NULL (extra.h) */
  struct strvec builtin; /* names of the commands that are no plugin's */
  bool reported;      /* the error that a command returns was printed already */
};

/* All commands, in the order of help. */
const struct cw_command *const *cw_commands(void);

/* Opens the project (curlew.lua) once; cli->app is then set. */
int cw_cli_open(struct cw_cli *cli, struct cw_err *err);
void cw_cli_release(struct cw_cli *cli);

/* --- queries: print, change nothing (each.c) ------------------------------------------------------- */

/* What a query does for one database: prints text, or puts its answer into `doc` with --format json. */
typedef int (*cw_query_fn)(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                           struct cw_err *err);
/* Runs it for each chosen database (-x db=...) and prints the answers: one document, or
 * {"databases": [...]} for several. Databases that share their migrations count once unless the query
 * `connects`. Opens the project. */
int cw_cli_query(struct cw_cli *cli, cw_query_fn query, bool connects, struct cw_err *err);

/* The database as messages and JSON name it: its name, or its URL with the password masked. The caller
 * frees; NULL when nothing is known. */
char *cw_cli_database_label(const struct cw_config_db *db, struct cw_conn *conn);

/* The version rows (and, where `tips` is not NULL, the applied heads in this graph) over a connection
 * that is closed again. `label` (may be NULL) gets cw_cli_database_label; the caller frees. */
int cw_cli_rows(struct cw_cli *cli, const struct cw_config_db *db, struct strvec *rows,
                struct cw_revlist *tips, char **label, struct cw_err *err);

/* --- runs: change the database (several.c) ----------------------------------------------------------- */

/* cw_run_upgrade and the like. */
typedef int (*cw_run_fn)(struct cw_app *app, const struct cw_config_db *db,
                         const struct cw_run_opts *opts, struct cw_err *err);
/* Runs it on each chosen database in order (--jobs N: so many side by side), stops at the first failure
 * (unless --keep-going) and sums up. With --sql and --dry-run prints what would be executed. Opens the project. */
int cw_cli_run(struct cw_cli *cli, cw_run_fn run, struct cw_run_opts *opts, struct cw_err *err);

/* A backfill of cw_run_backfills for people (cmd_backfills.c): lines that end with a newline. */
void cw_backfill_add(const struct cw_out *out, json_t *item, struct strbuf *sb);

/* The notes of cw_run_compare on stderr (cmd_check.c). */
void cw_models_notes(struct cw_cli *cli, json_t *answer);

/* --- other programs (process.c) -------------------------------------------------------------------- */

/* Runs a program without a shell and waits; what it prints on stdout goes to our stderr, where it
 * can't be taken for a result. CW_ERR_HOOK when it can't
 * be started or does not end with 0; `what` names it in the message. */
int cw_process_run(const struct strvec *argv, const char *what, struct cw_err *err);

/* --- the commands ---------------------------------------------------------------------------------- */

extern const struct cw_command cw_cmd_init, cw_cmd_list_templates, cw_cmd_plugins, cw_cmd_plugin,
    cw_cmd_revision, cw_cmd_merge,
    cw_cmd_rebase,
    cw_cmd_edit, cw_cmd_upgrade, cw_cmd_downgrade, cw_cmd_stamp, cw_cmd_ensure_version,
    cw_cmd_resolve, cw_cmd_current, cw_cmd_status, cw_cmd_history, cw_cmd_heads, cw_cmd_branches,
    cw_cmd_migrate, cw_cmd_check, cw_cmd_reflect,
    cw_cmd_show, cw_cmd_backfills, cw_cmd_backfill, cw_cmd_graph, cw_cmd_help, cw_cmd_version, cw_cmd_completion, cw_cmd_manual,
    cw_cmd_test;

/* Headings of help. */
#define CW_GROUP_WRITE "Write"
#define CW_GROUP_RUN "Run"
#define CW_GROUP_LOOK "Look"
#define CW_GROUP_PLUGINS "Plugins"
#define CW_GROUP_PROGRAM "The program"

#endif
