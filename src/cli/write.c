/* New revision files; see write.h. */
#include "cli/write.h"

#include <unistd.h>

#include "graph/newrev.h"
#include "util/fs.h"

struct writing {
  struct cw_cli *cli;
  const struct cw_config *config;
  const struct cw_config_db *db;
  struct cw_graph *graph;
  struct cw_newrev newrev;
  struct cw_when when;
  char *message;
  char *path;
  struct strbuf text;
  json_t *found;    /* autogenerate: {"differences", "notes"} of all databases, or NULL */
  json_t *upgrades; /* bodies of functions by database */
  json_t *downgrades;
};

/* --- what the file is to say --------------------------------------------------------------------- */

static int choose_id(struct writing *w, struct cw_err *err) {
  if (cw_when_now(&w->when, w->config->timezone, err) < 0) return -1;
  if (w->newrev.id) return 0;
  switch (w->config->revision_ids) {
  case CW_IDS_RANDOM: w->newrev.id = cw_newrev_random_id(w->graph); break;
  case CW_IDS_DATE: w->newrev.id = cw_newrev_date_id(w->graph, &w->when); break;
  case CW_IDS_SEQUENCE: w->newrev.id = cw_newrev_sequence_id(w->graph); break;
  }
  return 0;
}

/* A message is text: the file and JSON hold nothing else. */
static int check_message(const char *message, struct cw_err *err) {
  json_t *text = json_string(message);
  if (!text) return cw_fail(err, CW_ERR_USAGE, "the message is not valid UTF-8");
  json_decref(text);
  return 0;
}

static char *default_message(const struct cw_write_request *request,
                             const struct cw_newrev *newrev) {
  if (request->message) return xstrdup(request->message);
  if (!request->merge) return xstrdup("");
  char *parents = strvec_join(&newrev->down_revision, " and ");
  char *message = xasprintf("merge %s", parents);
  free(parents);
  return message;
}

static int check_request(struct writing *w, const struct cw_write_request *request,
                         struct cw_err *err) {
  const struct strvec *locations = w->db->version_locations.len ? &w->db->version_locations
                                                                : &w->config->version_locations;
  char *version_path = request->version_path ? cw_path_absolute(request->version_path) : NULL;
  struct cw_newrev_request wanted = {
    .heads = request->heads,
    .merge = request->merge,
    .splice = request->splice,
    .branch_label = request->branch_label,
    .rev_id = request->rev_id,
    .depends_on = request->depends_on,
    .version_path = version_path,
    .locations = locations,
  };
  int status = request->message ? check_message(request->message, err) : 0;
  if (status == 0) status = cw_newrev_check(w->graph, &wanted, &w->newrev, err);
  if (status == 0) status = choose_id(w, err);
  if (status == 0) w->message = default_message(request, &w->newrev);
  free(version_path);
  return status;
}

static int choose_path(struct writing *w, struct cw_err *err) {
  char *name = NULL;
  if (cw_script_file_name(&name, w->config->file_template, w->newrev.id, w->message,
                          (size_t)w->config->truncate_slug_length, &w->when,
                          w->cli->ops->extension, err) < 0)
    return -1;
  w->path = cw_path_join(w->newrev.folder, name);
  free(name);
  if (!cw_fs_exists(w->path)) return 0;
  cw_fail(err, CW_ERR_EXISTS, "%s already exists; nothing was written", w->path);
  return cw_hint(err, "Give another message, or put %%(rev) into `file_template`.");
}

/* --- the text ------------------------------------------------------------------------------------ */

static json_t *list_json(const struct strvec *list) {
  json_t *array = json_array();
  for (size_t i = 0; i < list->len; i++) json_array_append_new(array, cw_json_text(list->items[i]));
  return array;
}

/* The body of a function that serves every database: there is one, or none. */
static json_t *only_body(json_t *bodies) {
  if (json_object_size(bodies) != 1) return json_string("");
  return json_incref(json_object_iter_value(json_object_iter(bodies)));
}

static json_t *variables(const struct writing *w) {
  json_t *vars = json_object(), *databases = json_array();
  for (size_t i = 0; i < w->config->ndbs; i++)
    if (w->config->dbs[i].name)
      json_array_append_new(databases, cw_json_text(w->config->dbs[i].name));
  char *date = cw_when_format(&w->when);
  json_object_set_new(vars, "message", cw_json_text(w->message));
  json_object_set_new(vars, "rev_id", cw_json_text(w->newrev.id));
  json_object_set_new(vars, "down_revision", list_json(&w->newrev.down_revision));
  json_object_set_new(vars, "branch_labels", list_json(&w->newrev.labels));
  json_object_set_new(vars, "depends_on", list_json(&w->newrev.depends_on));
  json_object_set_new(vars, "create_date", cw_json_text(date));
  json_object_set_new(vars, "databases", databases);
  json_object_set(vars, "upgrades", w->upgrades);
  json_object_set(vars, "downgrades", w->downgrades);
  json_object_set_new(vars, "upgrade", only_body(w->upgrades));
  json_object_set_new(vars, "downgrade", only_body(w->downgrades));
  free(date);
  return vars;
}

/* The project's own template; without one, that of a fresh project. */
static int render(struct writing *w, struct cw_err *err) {
  const struct cw_script_ops *ops = w->cli->ops;
  struct cw_script *script = w->cli->app->script;
  const char *folder = w->db->migrations ? w->db->migrations : w->config->migrations;
  char *path = cw_path_join(folder, "script.lua.tmpl"), *text = NULL;
  size_t len = 0;
  int status;
  json_t *vars = variables(w);
  if (cw_fs_exists(path)) {
    char *shown = cw_path_display(path);
    status = cw_fs_read(&text, &len, path, err);
    if (status == 0 && strlen(text) != len)
      status = cw_fail(err, CW_ERR_BAD_SCRIPT, "%s has a NUL byte in it", shown);
    if (status == 0) {
      status = ops->render(script, shown, text, vars, &w->text, err);
      if (status < 0 && err) err->code = CW_ERR_BAD_SCRIPT; /* the project is at fault, not a run */
    }
    free(shown);
  } else {
    const char *name = "curlew/template/generic/script.lua.tmpl";
    const char *builtin = ops->resource(script, name, &len);
    status = builtin ? ops->render(script, name, builtin, vars, &w->text, err)
                     : cw_fail(err, CW_ERR_INTERNAL, "%s is missing", name);
  }
  json_decref(vars);
  free(text);
  free(path);
  return status;
}

static bool same_words(const struct strvec *a, const struct strvec *b) {
  if (a->len != b->len) return false;
  for (size_t i = 0; i < a->len; i++)
    if (strcmp(a->items[i], b->items[i]) != 0) return false;
  return true;
}

/* The rendered text has to load and to say what was asked for: a template can have been edited. */
static int check_text(struct writing *w, struct cw_err *err) {
  struct cw_revision *rev = NULL;
  if (w->cli->ops->load_revision(w->cli->app->script, w->path, w->text.buf, w->text.len, &rev,
                                 err) < 0) {
    cw_err_prefix(err, "script.lua.tmpl gives a file that can't be loaded, nothing was written: ");
    return -1;
  }
  const char *wrong = NULL;
  if (strcmp(rev->id, w->newrev.id) != 0)
    wrong = "revision";
  else if (!same_words(&rev->down_revision, &w->newrev.down_revision))
    wrong = "down_revision";
  else if (!same_words(&rev->labels, &w->newrev.labels))
    wrong = "branch_labels";
  else if (!same_words(&rev->depends_on, &w->newrev.depends_on))
    wrong = "depends_on";
  cw_revision_free(rev);
  if (!wrong) return 0;
  cw_fail(err, CW_ERR_BAD_SCRIPT, "script.lua.tmpl gives a file whose `%s` is not the one that was "
          "asked for; nothing was written", wrong);
  return cw_hint(err, "The template has to put in ${lua(rev_id)}, ${lua(down_revision)}, "
                      "${lua(branch_labels)} and ${lua(depends_on)}.");
}

/* A body that the template had no place for would be lost without a word. */
static int check_bodies(const struct writing *w, struct cw_err *err) {
  const char *name;
  json_t *body;
  json_object_foreach(w->upgrades, name, body) {
    const char *line = json_string_value(body);
    line += strspn(line, " \n");
    size_t len = strcspn(line, "\n");
    if (memmem(w->text.buf, w->text.len, line, len)) continue;
    cw_fail(err, CW_ERR_BAD_SCRIPT, "script.lua.tmpl has no place for the operations of %s; nothing was written",
            name);
    return cw_hint(err, json_object_size(w->upgrades) > 1
                            ? "Several databases need a template such as multidb's, with ${indent(upgrades[name], 2)} "
                              "in a function for each; or choose one with -x db=NAME."
                            : "Put ${upgrade} on a line of its own into its upgrade function and ${downgrade} "
                              "into downgrade.");
  }
  return 0;
}

/* --- the file ------------------------------------------------------------------------------------ */

static int write_file(struct writing *w, struct cw_err *err) {
  char *folder = cw_path_dirname(w->path);
  int status = cw_fs_mkdirs(folder, err);
  if (status == 0) status = cw_fs_write_atomic(w->path, w->text.buf, w->text.len, true, err);
  free(folder);
  return status;
}

static void print_path(const struct writing *w) {
  char *shown = cw_path_display(w->path);
  if (w->cli->out.json) {
    json_t *o = json_object();
    json_object_set_new(o, "revision", cw_json_text(w->newrev.id));
    json_object_set_new(o, "down_revision", list_json(&w->newrev.down_revision));
    json_object_set_new(o, "depends_on", list_json(&w->newrev.depends_on));
    json_object_set_new(o, "branch_labels", list_json(&w->newrev.labels));
    json_object_set_new(o, "title", cw_json_text(w->message));
    json_object_set_new(o, "path", cw_json_text(w->path));
    if (w->found) json_object_update(o, w->found);
    cw_out_json(&w->cli->out, o);
  } else {
    cw_out_print(&w->cli->out, "%s\n", shown);
  }
  free(shown);
}

/* The argument with every {path} replaced. The caller frees. */
static char *with_path(const char *argument, const char *path) {
  struct strbuf sb = STRBUF_INIT;
  const char *mark;
  while ((mark = strstr(argument, "{path}"))) {
    strbuf_add(&sb, argument, (size_t)(mark - argument));
    strbuf_addstr(&sb, path);
    argument = mark + strlen("{path}");
  }
  strbuf_addstr(&sb, argument);
  return strbuf_detach(&sb, NULL);
}

static int run_hooks(const struct writing *w, struct cw_err *err) {
  for (size_t i = 0; i < w->config->npost_write_hooks; i++) {
    const struct strvec *hook = &w->config->post_write_hooks[i].argv;
    struct strvec argv = {0};
    for (size_t j = 0; j < hook->len; j++) strvec_take(&argv, with_path(hook->items[j], w->path));
    char *what = xasprintf("post_write_hooks[%zu] (%s)", i + 1, hook->len ? hook->items[0] : "");
    int status = argv.len ? cw_process_run(&argv, what, err)
                          : cw_fail(err, CW_ERR_HOOK, "post_write_hooks[%zu] names no program",
                                    i + 1);
    if (status < 0) {
      char *shown = cw_path_display(w->path);
      cw_hint(err, "The revision was written and stays: %s.", shown);
      free(shown);
    }
    free(what);
    strvec_release(&argv);
    if (status < 0) return -1;
  }
  return 0;
}

/* Which migrations folder is meant: the only one, or that of the chosen database. */
static int choose_database(struct writing *w, struct cw_err *err) {
  const struct cw_config_db **dbs = NULL;
  size_t count = 0;
  w->config = &w->cli->app->config;
  w->db = &w->config->dbs[0];
  bool own = false;
  for (size_t i = 0; i < w->config->ndbs; i++) own = own || w->config->dbs[i].migrations;
  if (!own) return 0;
  if (cw_app_databases(w->cli->app, true, &dbs, &count, err) < 0) return -1;
  int status = 0;
  if (count == 1) {
    w->db = dbs[0];
  } else {
    status = cw_fail(err, CW_ERR_USAGE, "a revision is written for one database at a time, because "
                     "they have migrations of their own");
    cw_hint(err, "Choose with -x db=NAME.");
  }
  free(dbs);
  return status;
}

static void release(struct writing *w) {
  cw_newrev_release(&w->newrev);
  strbuf_release(&w->text);
  json_decref(w->found);
  json_decref(w->upgrades);
  json_decref(w->downgrades);
  free(w->message);
  free(w->path);
}

static int nothing_to_write(struct writing *w) {
  if (w->cli->out.json)
    cw_out_json(&w->cli->out, json_incref(w->found));
  else
    cw_out_note(&w->cli->out, "the database is what the models say: no file was written");
  release(w);
  return 0;
}

int cw_write_revision(struct cw_cli *cli, const struct cw_write_request *request,
                      struct cw_err *err) {
  struct writing w = {.cli = cli, .text = STRBUF_INIT};
  int status = cw_cli_open(cli, err);
  if (status == 0) status = choose_database(&w, err);
  if (status == 0) status = cw_app_graph(cli->app, w.db, &w.graph, err);
  if (status == 0) status = check_request(&w, request, err);
  w.upgrades = json_object();
  w.downgrades = json_object();
  if (status == 0 && request->autogenerate) {
    status = cw_write_models(cli, w.db, &w.found, w.upgrades, w.downgrades, err);
    if (status == 0 && !json_object_size(w.upgrades)) return nothing_to_write(&w);
  }
  if (status == 0) status = choose_path(&w, err);
  if (status == 0) status = render(&w, err);
  if (status == 0) status = check_bodies(&w, err);
  if (status == 0) status = check_text(&w, err);
  if (status == 0) status = write_file(&w, err);
  if (status == 0) {
    print_path(&w);
    status = run_hooks(&w, err);
  }
  release(&w);
  return status;
}
