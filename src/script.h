/* The seam between the core and the script language. The core knows nothing of Lua: it asks for a
 * script's work through these function pointers and gets 0 or -1 with an error filled in. An
 * implementation catches everything its language can raise; nothing ever jumps over a core frame.
 *
 * One implementation exists (src/lua/script_lua.c: cw_script_lua); unit tests bring fakes.
 *
 * While `run` executes, the script calls back into the core: cw_exec_step and friends (op/exec.h).
 * The core in turn may call compile, probe and hook from inside such a call; nesting is fine.
 *
 * A "function reference" is an int > 0 that names a function value kept by the script side. */
#ifndef CW_SCRIPT_H
#define CW_SCRIPT_H

#include <jansson.h>

#include "db/value.h"
#include "graph/plan.h"
#include "util/err.h"
#include "util/strbuf.h"

struct cw_script;
struct cw_exec;
struct cw_step;
struct cw_stmts;

struct cw_script_opts {
  const char *project_dir;  /* folder of curlew.lua: `require` finds modules beside it; may be NULL */
  const char *lua_path;     /* $CURLEW_LUA_PATH: library files from here instead of the embedded ones */
};

/* What a configuration function is called with (contract 1). */
struct cw_config_args {
  json_t *x;            /* object: -x key=value; a bare -x key has the value true */
  const char *command;  /* "upgrade" */
  bool offline;
  const char *tag;      /* or NULL */
};

enum cw_probe {
  CW_PROBE_UNKNOWN,   /* this operation can't be told from the catalog */
  CW_PROBE_HAPPENED,
  CW_PROBE_NOT_YET
};

/* What a hook is told; fields that don't apply are NULL or 0. */
struct cw_hook_info {
  const char *event;       /* "on_connect", "before_step", "after_step", "on_version_apply" */
  const char *database, *revision;
  enum cw_direction direction;
  int step;                /* before_step, after_step: number, op, SQL of the statements */
  const char *op, *sql;
  int64_t duration_ms;     /* after_step */
  const char *rows_before, *rows_after; /* on_version_apply: version rows, comma-separated */
};

/* What plugins are loaded from and checked against. */
struct cw_plugins_opts {
  const struct strvec *names, *paths; /* `plugins`, `plugin_path` */
  const struct strvec *commands;      /* built-in ones, which none may take; NULL: not known */
  json_t *config;                     /* what curlew.lua returned: its hooks run after the plugins' */
};

struct cw_script_ops {
  const char *name;      /* "lua" */
  const char *extension; /* ".lua": of revision files */

  int (*open)(struct cw_script **out, const struct cw_script_opts *opts, struct cw_err *err);
  void (*close)(struct cw_script *script); /* NULL is fine */

  /* Runs a configuration file and gives the table it returns (or its function returns) as JSON:
   * functions become {"$function": ref}, a table with keys 1..n an array, an empty table an empty
   * object. Errors: CW_ERR_CONFIG with file and line. The caller drops *out. */
  int (*load_config)(struct cw_script *script, const char *path, const struct cw_config_args *args,
                     json_t **out, struct cw_err *err);
  /* Calls a function of the configuration with one JSON argument (NULL: none) and gives what it
   * returned as JSON (null for nothing). */
  int (*call)(struct cw_script *script, int function, json_t *arg, json_t **out,
              struct cw_err *err);

  /* Loads plugins, in the order of their requirements. *out is {"plugins": [...], "hooks": {event:
   * {"$function": ref}}, "commands": [...], "dialects": bool}: a hook is there when a plugin has one, and
   * calls the configuration's too. Errors: CW_ERR_PLUGIN, naming the plugin. */
  int (*load_plugins)(struct cw_script *script, const struct cw_plugins_opts *opts, json_t **out,
                      struct cw_err *err);
  /* The plugins' dialect of a server: the one `wanted` (of the URL; may be NULL), else the one that
   * recognises the connection of exec (NULL: offline). *out is its name for the caller to free, or NULL. */
  int (*detect)(struct cw_script *script, struct cw_exec *exec, const char *dialect,
                const char *server, const char *wanted, char **out, struct cw_err *err);
  /* Runs a plugin's command on the connection of exec (NULL: without one). *out is what it returned, or
   * NULL for nothing. */
  int (*command)(struct cw_script *script, struct cw_exec *exec, const char *name, json_t *args,
                 json_t *options, json_t **out, struct cw_err *err);

  /* Autogenerate over the connection of exec. `job` is "compare" or "reflect"; `args` holds {"project",
   * "config": what curlew.lua and the database's entry say, "service": names of curlew's own tables, ...}
   * (see lua/curlew/autogen/host.lua). Scratch objects are gone when it returns. Errors: CW_ERR_CONFIG
   * for models that are wrong, with file and line. The caller drops *out. */
  int (*models)(struct cw_script *script, struct cw_exec *exec, const char *job, json_t *args,
                json_t **out, struct cw_err *err);

  /* Runs a revision file for its metadata. `text` is the file's content. Text chunks only, strict
   * globals, every file an environment of its own; operations called here are errors. Errors:
   * CW_ERR_SYNTAX, CW_ERR_BAD_SCRIPT with file and line. The script side remembers the functions
   * under the revision's id until close. */
  int (*load_revision)(struct cw_script *script, const char *path, const char *text, size_t len,
                       struct cw_revision **out, struct cw_err *err);

  /* Lets go of a loaded revision's functions; `run` needs it loaded anew. */
  void (*forget_revision)(struct cw_script *script, const struct cw_revision *revision);

  /* Calls upgrade(ctx) or downgrade(ctx) of a loaded revision. What the script does comes back as
   * calls on `exec`. An error's file, line and traceback point into the script. */
  int (*run)(struct cw_script *script, const struct cw_revision *revision,
             enum cw_direction direction, struct cw_exec *exec, struct cw_err *err);

  /* Turns steps (one; several when the core let consecutive ones of a group wait, see cw_step.group)
   * into statements by the dialect of exec's connection. May read the catalog over that connection.
   * CW_ERR_UNSUPPORTED when the database can't do it. */
  int (*compile)(struct cw_script *script, struct cw_exec *exec, const struct cw_step *const *steps,
                 size_t nsteps, struct cw_stmts *out, struct cw_err *err);
  /* Does the work of a step that is no list of statements (CW_STEP_EXECUTE), in the transaction that is
   * open: its SQL through exec is a part of the step. *affected: rows, as the step's result. */
  int (*execute)(struct cw_script *script, struct cw_exec *exec, const struct cw_step *step,
                 int64_t *affected, struct cw_err *err);
  /* Whether a step whose outcome is not recorded has happened, from the catalog. */
  int (*probe)(struct cw_script *script, struct cw_exec *exec, const struct cw_step *step,
               enum cw_probe *out, struct cw_err *err);
  /* The records that undo a done step, for a downgrade of a partial revision: `record` is the JSON
   * that the journal kept. *out is a JSON array of records (newest first), or JSON null: can't be
   * reversed. */
  int (*reverse)(struct cw_script *script, json_t *record, json_t **out, struct cw_err *err);
  /* Executes a record (as JSON) as if a script had called it: the way reversals run. */
  int (*invoke)(struct cw_script *script, struct cw_exec *exec, json_t *record,
                struct cw_err *err);
  /* Lets go of a step's record when the core kept it beyond the call (deferred steps). */
  void *(*record_keep)(struct cw_script *script, void *record);
  void (*record_drop)(struct cw_script *script, void *kept);

  /* Calls a hook function; on_connect gets the connection of exec, the others a table of `info`; all get
   * ctx after it. */
  int (*hook)(struct cw_script *script, int function, struct cw_exec *exec,
              const struct cw_hook_info *info, struct cw_err *err);

  /* Calls a function of the library that the program carries: require(module)[name](env, arg), where env is
   * { conn =, dialect = } on the connection of exec (NULL: an empty table). *out is what it returned. */
  int (*library)(struct cw_script *script, struct cw_exec *exec, const char *module,
                 const char *name, json_t *arg, json_t **out, struct cw_err *err);

  /* Appends a value as a literal of the dialect ("sqlite", "postgresql", "mysql"). */
  int (*literal)(struct cw_script *script, const char *dialect, const struct cw_value *value,
                 struct strbuf *out, struct cw_err *err);
  /* Renders a template text ("${...}" expressions, "%" lines) with the variables of an object. */
  int (*render)(struct cw_script *script, const char *name, const char *text, json_t *vars,
                struct strbuf *out, struct cw_err *err);
  /* A file that the program carries ("curlew/template/generic/curlew.lua"), or NULL. Borrowed. */
  const char *(*resource)(struct cw_script *script, const char *name, size_t *len);
  /* Names of the carried files that begin with `prefix`, appended sorted. */
  void (*resources)(struct cw_script *script, const char *prefix, struct strvec *names);

  /* From a signal handler or another thread: the script raises as soon as it next runs, and again
   * after every protected call, until `resume`. */
  void (*interrupt)(struct cw_script *script);
  void (*resume)(struct cw_script *script);
};

extern const struct cw_script_ops cw_script_lua;

#endif
