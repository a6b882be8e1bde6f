/* A project in use: configuration, script bridge and graph, and the jobs that commands ask for. No
 * global state: one struct cw_app is passed down. */
#ifndef CW_RUN_APP_H
#define CW_RUN_APP_H

#include "config/config.h"
#include "db/db.h"
#include "graph/graph.h"
#include "run/report.h"
#include "script.h"

struct cw_app_opts {
  const struct cw_script_ops *ops;
  const char *config_path;  /* -c, or NULL */
  const char *url;          /* --url, or NULL */
  json_t *x;                /* object; borrowed */
  const char *command;
  const struct strvec *commands; /* names of the built-in ones, which no plugin may take; may be NULL */
  bool offline;
  const char *tag;
  int64_t wait_ms;          /* --wait */
  int verbosity;            /* -1 quiet, 0, 1 -v, 2 -v -v (statements traced) */
  struct cw_report report;
  const volatile int *stop; /* counts Ctrl-C and SIGTERM; see run/signals.h */
  /* Opens connections instead of cw_conn_open (tests put a cutting or counting driver in between). */
  int (*connect)(struct cw_conn **out, const struct cw_url *url, const struct cw_conn_opts *opts,
                 struct cw_err *err);
};

struct cw_app {
  const struct cw_script_ops *ops;
  struct cw_script *script;
  struct cw_config config;
  json_t *plugins;               /* as script_ops.load_plugins gives them; NULL: none */
  struct cw_graph *graph;        /* the one loaded last; NULL until cw_app_graph */
  const struct cw_config_db *graph_db; /* whose it is: NULL for the project's own */
  struct cw_graph **graphs;      /* all that were loaded, so that none dangles */
  size_t ngraphs;
  struct cw_conn **memory;       /* by database: keeps one in memory alive between connections; or NULL */
  size_t nmemory;
  struct cw_scratch *scratch;    /* databases that take the place of configured ones (scratch.h) */
  bool runs_scripts;             /* the command will: files are kept loaded once they are */
  struct cw_app_opts opts;
};

/* Finds, runs and checks curlew.lua. */
int cw_app_open(struct cw_app **out, const struct cw_app_opts *opts, struct cw_err *err);
void cw_app_free(struct cw_app *app);

/* Loads every revision file of the project (or of a database with its own migrations) and links the
 * graph; the second call returns the same. One bad file fails with its name and line. */
int cw_app_graph(struct cw_app *app, const struct cw_config_db *db, struct cw_graph **out,
                 struct cw_err *err);

/* The databases a command works on, from -x db=NAME[,NAME...] | all and default_database. */
int cw_app_databases(struct cw_app *app, bool mutating, const struct cw_config_db ***out,
                     size_t *count, struct cw_err *err);

/* A connection to a database, ready for use (session settings, on_connect hook). Read-only ones
 * create nothing. */
int cw_app_connect(struct cw_app *app, const struct cw_config_db *db, bool read_only,
                   struct cw_conn **out, struct cw_err *err);

/* Adds to a CW_ERR_UNKNOWN_IN_DATABASE what the journal knows of the ids among `rows` that the graph has
 * not: when, by whom and from which host they were applied. Other errors are left alone. Returns -1. */
int cw_app_explain_unknown(struct cw_app *app, struct cw_conn *conn, const struct cw_graph *graph,
                           const struct strvec *rows, struct cw_err *err);

/* What the journal keeps of a revision as it was last applied: {"revision", "title", "checksum", "script",
 * "at", "user", "host"}. CW_ERR_UNKNOWN_REVISION: it has no text of that revision. */
int cw_app_stored_script(struct cw_app *app, struct cw_conn *conn, const char *revision,
                         json_t **out, struct cw_err *err);

/* The version rows, sorted; none when the table does not exist (nothing is created). */
int cw_app_version_rows(struct cw_app *app, struct cw_conn *conn, struct strvec *rows,
                        struct cw_err *err);

/* Calls a function of the Lua library on a connection (see script_ops.library). */
int cw_app_library(struct cw_app *app, const struct cw_config_db *db, struct cw_conn *conn,
                   const char *module, const char *name, json_t *arg, json_t **out,
                   struct cw_err *err);

struct cw_run_opts {
  const char *target;           /* upgrade, downgrade */
  const struct strvec *targets; /* stamp */
  bool purge;                   /* stamp */
  bool sql, dry_run;            /* print instead of executing: to `out` */
  struct strbuf *out;
};
/* Each runs on one database, reporting as it goes. A dry run or --sql reports nothing but appends to
 * opts->out. */
int cw_run_upgrade(struct cw_app *app, const struct cw_config_db *db,
                   const struct cw_run_opts *opts, struct cw_err *err);
int cw_run_downgrade(struct cw_app *app, const struct cw_config_db *db,
                     const struct cw_run_opts *opts, struct cw_err *err);
int cw_run_stamp(struct cw_app *app, const struct cw_config_db *db,
                 const struct cw_run_opts *opts, struct cw_err *err);
int cw_run_ensure_version(struct cw_app *app, const struct cw_config_db *db,
                          const struct cw_run_opts *opts, struct cw_err *err);

/* What `status` prints (contract 3), as JSON: {"applied": [...], "pending": [...], "partial": [...],
 * "failed": [...], "changed": [...], "missing": [...], "lock": {...} | null, "backfills": [...]}.
 * Read-only. */
int cw_run_status(struct cw_app *app, const struct cw_config_db *db, json_t **out,
                  struct cw_err *err);
/* The journal, newest first: an object with an array of {"direction", "outcome", "started_at",
 * "duration_ms", "user", "host", "pid", "checksum", ...} for each revision that it knows. {} when there
 * is no journal. */
int cw_run_journal(struct cw_app *app, struct cw_conn *conn, json_t **out, struct cw_err *err);
/* Runs a plugin's command; `db` NULL: without a connection. *out: what it returned, or NULL. */
int cw_run_plugin_command(struct cw_app *app, const struct cw_config_db *db, const char *name,
                          bool writes, json_t *args, json_t *options, json_t **out,
                          struct cw_err *err);
/* Autogenerate (lua/curlew/autogen). Read-only but for scratch objects that are gone afterwards.
 * cw_run_compare: *out is {"differences": [{"op", "table", "summary", "source", "destructive"}], "notes":
 * [...], "problems": [...]}, with `write` also "upgrade" and "downgrade", the bodies of a revision's
 * functions. CW_ERR_BEHIND unless the database is at the project's heads. cw_run_reflect: *out is {"text":
 * models.lua}; `table` NULL: all of them. */
int cw_run_compare(struct cw_app *app, const struct cw_config_db *db, bool write, json_t **out,
                   struct cw_err *err);
int cw_run_reflect(struct cw_app *app, const struct cw_config_db *db, const char *table,
                   json_t **out, struct cw_err *err);
/* resolve REV --applied | --not-applied | --forget */
enum cw_resolution { CW_RESOLVE_APPLIED, CW_RESOLVE_NOT_APPLIED, CW_RESOLVE_FORGET };
int cw_run_resolve(struct cw_app *app, const struct cw_config_db *db, const char *revision,
                   enum cw_resolution how, struct cw_err *err);

#endif
