/* curlew init and curlew list-templates: starting a project from a built-in template. */
#include <unistd.h>

#include "cli/cmd.h"
#include "curlew_config.h"
#include "util/fs.h"
#include "util/suggest.h"

#define TEMPLATES "curlew/template/"

static const struct cw_opt opts[] = {
  {.letter = 't', .name = "template", .value = "NAME",
   .help = "which template (default: generic); `curlew list-templates` lists them"},
  {0},
};

/* The names of the templates, sorted. */
static void template_names(const struct cw_script_ops *ops, struct cw_script *script,
                           struct strvec *names) {
  struct strvec files = {0};
  ops->resources(script, TEMPLATES, &files);
  for (size_t i = 0; i < files.len; i++) {
    const char *rest = files.items[i] + strlen(TEMPLATES), *slash = strchr(rest, '/');
    if (!slash) continue; /* the engine itself */
    char *name = xstrndup(rest, (size_t)(slash - rest));
    if (!strvec_has(names, name)) strvec_push(names, name);
    free(name);
  }
  strvec_release(&files);
}

static int open_script(const struct cw_cli *cli, struct cw_script **script, struct cw_err *err) {
  struct cw_script_opts script_opts = {.lua_path = getenv("CURLEW_LUA_PATH")};
  return cli->ops->open(script, &script_opts, err);
}

/* --- init -------------------------------------------------------------------------------------- */

struct init {
  struct cw_cli *cli;
  struct cw_script *script;
  const char *template;
  json_t *vars;
  struct strvec written, kept;
};

static int find_template(struct init *in, struct cw_err *err) {
  struct strvec names = {0};
  template_names(in->cli->ops, in->script, &names);
  int status = 0;
  if (!strvec_has(&names, in->template)) {
    const char *near = cw_suggest(in->template, (const char *const *)names.items, names.len);
    char *list = strvec_join(&names, ", ");
    status = cw_fail(err, CW_ERR_USAGE, "there is no template \"%s\"", in->template);
    if (near)
      cw_hint(err, "Did you mean %s? The templates are: %s.", near, list);
    else
      cw_hint(err, "The templates are: %s.", list);
    free(list);
  }
  strvec_release(&names);
  return status;
}

/* An existing folder may be used if nothing is in it. */
static int check_folder(const char *dir, struct cw_err *err) {
  if (!cw_fs_exists(dir)) return 0;
  struct strvec names = {0};
  int status = 0;
  if (!cw_fs_is_dir(dir)) {
    status = cw_fail(err, CW_ERR_EXISTS, "%s is there already and is not a folder", dir);
  } else if (cw_fs_list(&names, dir, err) < 0) {
    status = -1;
  } else if (names.len) {
    status = cw_fail(err, CW_ERR_EXISTS, "the folder %s is not empty; nothing was written", dir);
    cw_hint(err, "Name another folder (`curlew init DIR`), or empty this one.");
  }
  strvec_release(&names);
  return status;
}

/* Writes one file of the template; one that is there already stays as it is. */
static int write_file(struct init *in, const char *resource, const char *path, bool render,
                      struct cw_err *err) {
  char *name = xasprintf(TEMPLATES "%s/%s", in->template, resource);
  struct strbuf text = STRBUF_INIT;
  size_t len = 0;
  const char *source = in->cli->ops->resource(in->script, name, &len);
  int status = 0;
  if (!source)
    status = cw_fail(err, CW_ERR_INTERNAL, "the template %s has no %s", in->template, resource);
  else if (render)
    status = in->cli->ops->render(in->script, name, source, in->vars, &text, err);
  else
    strbuf_add(&text, source, len);
  if (status == 0) {
    status = cw_fs_write_atomic(path, text.buf, text.len, true, err);
    if (status == 0) {
      strvec_push(&in->written, path);
    } else if (err->code == CW_ERR_EXISTS) {
      cw_err_release(err);
      strvec_push(&in->kept, path);
      status = 0;
    }
  }
  strbuf_release(&text);
  free(name);
  return status;
}

/* `dir` as curlew.lua has to write it: relative to its own folder where that is possible. */
static char *from_config(const char *config, const char *dir) {
  char *whole = cw_path_absolute(config), *home = cw_path_dirname(whole);
  char *target = cw_path_absolute(dir);
  size_t len = strlen(home);
  bool below = strncmp(target, home, len) == 0 && target[len] == '/';
  char *result = xstrdup(below ? target + len + 1 : strcmp(target, home) == 0 ? "." : target);
  free(whole);
  free(home);
  free(target);
  return result;
}

static char *beside(const char *config, const char *name) {
  if (!strchr(config, '/')) return xstrdup(name);
  char *home = cw_path_dirname(config), *path = cw_path_join(home, name);
  free(home);
  return path;
}

static int write_all(struct init *in, const char *config, const char *dir, struct cw_err *err) {
  char *versions = cw_path_join(dir, "versions"), *home = cw_path_dirname(config);
  char *script = cw_path_join(dir, "script.lua.tmpl"), *readme = cw_path_join(dir, "README");
  char *rc = beside(config, ".luarc.json");
  int status = cw_fs_mkdirs(home, err);
  if (status == 0) status = cw_fs_mkdirs(versions, err);
  if (status == 0) status = write_file(in, "curlew.lua.tmpl", config, true, err);
  if (status == 0) status = write_file(in, "script.lua.tmpl", script, false, err);
  if (status == 0) status = write_file(in, "README", readme, false, err);
  if (status == 0) status = write_file(in, "luarc.json.tmpl", rc, true, err);
  if (status == 0) strvec_push(&in->written, versions);
  free(versions);
  free(home);
  free(script);
  free(readme);
  free(rc);
  return status;
}

static json_t *paths_json(const struct strvec *paths) {
  json_t *list = json_array();
  for (size_t i = 0; i < paths->len; i++)
    json_array_append_new(list, cw_json_text(paths->items[i]));
  return list;
}

static void report(struct init *in) {
  struct cw_out *out = &in->cli->out;
  if (out->json) {
    cw_out_json(out, json_pack("{s:o, s:o}", "written", paths_json(&in->written), "kept",
                               paths_json(&in->kept)));
    return;
  }
  for (size_t i = 0; i < in->written.len; i++) cw_out_print(out, "%s\n", in->written.items[i]);
  for (size_t i = 0; i < in->kept.len; i++)
    cw_out_note(out, "%s is there already and was left as it is", in->kept.items[i]);
  cw_out_note(out, "Next: set the database's URL in curlew.lua, then "
                   "`curlew revision -m \"what it does\"`.");
}

/* Where the stubs for editors are: installed, beside a program that was moved, or in the sources of one that
 * was just built. The caller frees. */
static char *meta_dir(void) {
  static const char *const places[] = {"../share/curlew/lua/_meta", "../../lua/_meta", "../lua/_meta"};
  char exe[4096], real[4096];
  ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (cw_fs_is_dir(CURLEW_METADIR) || len <= 0) return xstrdup(CURLEW_METADIR);
  exe[len] = '\0';
  char *folder = cw_path_dirname(exe), *found = NULL;
  for (size_t i = 0; i < sizeof places / sizeof *places && !found; i++) {
    char *path = cw_path_join(folder, places[i]);
    if (cw_fs_is_dir(path) && strlen(path) < sizeof real && realpath(path, real)) found = xstrdup(real);
    free(path);
  }
  free(folder);
  return found ? found : xstrdup(CURLEW_METADIR);
}

static int init(struct cw_cli *cli, struct cw_err *err) {
  const char *dir = cli->args.nwords ? cli->args.words[0] : "migrations";
  const char *config = cw_args_value(&cli->args, "config");
  const char *template = cw_args_value(&cli->args, "template");
  struct init in = {.cli = cli, .template = template ? template : "generic"};
  if (!config || !*config) config = "curlew.lua";
  if (!*dir) return cw_fail(err, CW_ERR_USAGE, "`curlew init` needs the name of a folder, not \"\"");
  if (open_script(cli, &in.script, err) < 0) return -1;
  char *migrations = from_config(config, dir);
  in.vars = json_object();
  json_object_set_new(in.vars, "migrations", cw_json_text(migrations));
  char *stubs = meta_dir();
  json_object_set_new(in.vars, "meta_dir", cw_json_text(stubs));
  free(stubs);
  int status = find_template(&in, err);
  if (status == 0) status = check_folder(dir, err);
  if (status == 0) status = write_all(&in, config, dir, err);
  if (status == 0) report(&in);
  json_decref(in.vars);
  strvec_release(&in.written);
  strvec_release(&in.kept);
  free(migrations);
  cli->ops->close(in.script);
  return status;
}

const struct cw_command cw_cmd_init = {
  .name = "init",
  .group = CW_GROUP_WRITE,
  .args = "[DIR]",
  .max_args = 1,
  .complete = CW_COMPLETE_FOLDER,
  .summary = "Start a project",
  .help = "Writes curlew.lua and .luarc.json here, and the folder DIR (default: migrations) with the "
          "template of new revisions, a README and versions/. Nothing is ever overwritten: a "
          "curlew.lua that is there stays, and a DIR that is not empty is refused.",
  .opts = opts,
  .run = init,
};

/* --- list-templates ---------------------------------------------------------------------------- */

static int list_templates(struct cw_cli *cli, struct cw_err *err) {
  struct cw_script *script = NULL;
  struct strvec names = {0};
  if (open_script(cli, &script, err) < 0) return -1;
  template_names(cli->ops, script, &names);
  json_t *list = json_array();
  for (size_t i = 0; i < names.len; i++) {
    char *readme = xasprintf(TEMPLATES "%s/README", names.items[i]);
    size_t len = 0;
    const char *text = cli->ops->resource(script, readme, &len);
    char *line = xstrndup(text ? text : "", text ? strcspn(text, "\n") : 0);
    if (cli->out.json)
      json_array_append_new(list, json_pack("{s:s, s:s}", "name", names.items[i], "description",
                                            line));
    else
      cw_out_print(&cli->out, "%-10s %s\n", names.items[i], line);
    free(line);
    free(readme);
  }
  if (cli->out.json) cw_out_json(&cli->out, json_pack("{s:O}", "templates", list));
  json_decref(list);
  strvec_release(&names);
  cli->ops->close(script);
  return 0;
}

const struct cw_command cw_cmd_list_templates = {
  .name = "list-templates",
  .group = CW_GROUP_WRITE,
  .args = "",
  .summary = "List the templates of init",
  .help = "Lists the templates that `curlew init -t NAME` knows.",
  .run = list_templates,
};
