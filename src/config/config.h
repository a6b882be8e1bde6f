/* The configuration: curlew.lua, the environment and the flags as one struct. Every value remembers
 * where it came from, for messages. */
#ifndef CW_CONFIG_CONFIG_H
#define CW_CONFIG_CONFIG_H

#include <jansson.h>

#include "graph/revision.h"
#include "util/err.h"
#include "util/vec.h"

enum cw_revision_ids { CW_IDS_RANDOM, CW_IDS_DATE, CW_IDS_SEQUENCE };

/* One entry of `databases`, or the single implied one (name NULL). */
struct cw_config_db {
  char *name;
  char *url;                       /* NULL when a function gives it */
  int url_function;                /* function reference, or 0 */
  char *migrations;                /* own migrations folder, absolute; NULL: shares the project's */
  struct strvec version_locations; /* own ones, absolute; empty: the project's */
  json_t *entry;                   /* the whole entry (ctx.config sees it); borrowed */
};

struct cw_config_hook { /* post_write_hooks: one argument list */
  struct strvec argv;
};

struct cw_config {
  char *path;                      /* of curlew.lua, absolute */
  char *dir;                       /* its folder */
  json_t *tree;                    /* everything as returned */
  const char *url_origin;          /* "curlew.lua", "--url", ... */
  struct cw_config_db *dbs;        /* always at least one */
  size_t ndbs;
  bool has_databases;              /* `databases` was given */
  char *default_database;
  int databases_function;          /* `databases` is a function, not called yet; else 0 */
  char *migrations;                /* absolute */
  struct strvec version_locations; /* absolute */
  bool recursive;
  char *version_table, *version_table_schema; /* schema NULL: the connection's own */
  enum cw_txn_mode transaction;
  int64_t lock_timeout_ms;
  char *lock_kind;                 /* "auto", "session", "lease" */
  int64_t ddl_lock_timeout_ms, ddl_statement_timeout_ms; /* 0: none */
  int ddl_retries;
  char *file_template;
  enum cw_revision_ids revision_ids;
  int truncate_slug_length;
  char *timezone;                  /* NULL: local */
  struct cw_config_hook *post_write_hooks;
  size_t npost_write_hooks;
  struct strvec plugins, plugin_path; /* plugin_path absolute */
  int on_connect, before_step, after_step, on_version_apply; /* function references or 0 */
  json_t *naming_convention;       /* borrowed from tree, or NULL */
};

/* Where curlew.lua is: `explicit` (-c), else $CURLEW_CONFIG, else curlew.lua here or in a parent
 * folder. CW_ERR_NO_CONFIG says what was looked for. The caller frees *path. */
int cw_config_find(const char *explicit_path, char **path, struct cw_err *err);

/* Checks a tree (as script_ops.load_config gives it; taken over) against the table of known keys and
 * fills the struct. An unknown key is an error that names the nearest known one; so is a wrong type.
 * `url` (--url) overrides. */
int cw_config_init(struct cw_config *config, const char *path, json_t *tree, const char *url,
                   struct cw_err *err);
/* Fills dbs from a list that a `databases` function returned. */
int cw_config_set_databases(struct cw_config *config, json_t *list, struct cw_err *err);
void cw_config_release(struct cw_config *config);

/* The names of all known keys, NULL-terminated (for stubs, completion and docs). */
const char *const *cw_config_keys(void);

#endif
