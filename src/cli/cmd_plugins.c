/* curlew plugins: what is loaded, from where, what each adds. curlew plugin new: the start of one. */
#include "cli/cmd.h"
#include "util/fs.h"

/* --- plugins --------------------------------------------------------------------------------------- */

static const char *const kinds[] = {"operations", "types", "dialects", "commands",
                                    "hooks",      "lint",  "comparators"};

static void add_names(struct strbuf *sb, const char *heading, json_t *list) {
  json_t *name;
  size_t i;
  if (!json_array_size(list)) return;
  strbuf_addf(sb, "  %s: ", heading);
  json_array_foreach(list, i, name) {
    strbuf_addf(sb, "%s%s", i ? ", " : "", json_string_value(name));
  }
  strbuf_addch(sb, '\n');
}

static void add_plugin(const struct cw_out *out, json_t *plugin, struct strbuf *sb) {
  const char *about = json_string_value(json_object_get(plugin, "description")), *op;
  json_t *on;
  cw_style_add(sb, out->color, CW_STYLE_ID, json_string_value(json_object_get(plugin, "name")));
  strbuf_addf(sb, " %s  %s\n", json_string_value(json_object_get(plugin, "version")),
              json_string_value(json_object_get(plugin, "path")));
  if (about) {
    strbuf_addstr(sb, "  ");
    cw_clean_add(sb, about, false);
    strbuf_addch(sb, '\n');
  }
  add_names(sb, "requires", json_object_get(plugin, "requires"));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    add_names(sb, kinds[i], json_object_get(plugin, kinds[i]));
  json_object_foreach(json_object_get(plugin, "replaces"), op, on) {
    char *heading = xasprintf("replaces %s on", op);
    add_names(sb, heading, on);
    free(heading);
  }
}

/* Lua can't tell an empty list from an empty object. */
static void make_lists(json_t *plugin) {
  for (size_t i = 0; i <= sizeof kinds / sizeof *kinds; i++) {
    const char *kind = i < sizeof kinds / sizeof *kinds ? kinds[i] : "requires";
    if (!json_is_array(json_object_get(plugin, kind)))
      json_object_set_new(plugin, kind, json_array());
  }
}

static int plugins(struct cw_cli *cli, struct cw_err *err) {
  if (cw_cli_open(cli, err) < 0) return -1;
  json_t *list = json_object_get(cli->app->plugins, "plugins"), *plugin;
  size_t i;
  json_array_foreach(list, i, plugin) make_lists(plugin);
  if (cli->out.json) {
    cw_out_json(&cli->out, list ? json_pack("{s:O}", "plugins", list)
                                : json_pack("{s:[]}", "plugins"));
    return 0;
  }
  if (!list) cw_out_note(&cli->out, "no plugins: `plugins` in curlew.lua names none");
  struct strbuf sb = STRBUF_INIT;
  json_array_foreach(list, i, plugin) add_plugin(&cli->out, plugin, &sb);
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
  return 0;
}

const struct cw_command cw_cmd_plugins = {
  .name = "plugins",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "List the plugins and what each adds",
  .help = "Lists the plugins that curlew.lua names in `plugins`, in the order in which they are loaded, "
          "with their files, what each requires and what it adds.",
  .run = plugins,
};

/* --- plugin new ------------------------------------------------------------------------------------ */

#define SKELETON "curlew/plugin/skeleton/"

static bool valid_name(const char *name) {
  if (!*name || *name == '-' || *name == '_') return false;
  return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' &&
         strspn(name, "0123456789") == 0;
}

static int write_file(struct cw_cli *cli, const char *resource, const char *path, json_t *vars,
                      struct cw_err *err) {
  size_t len = 0;
  char *full = xasprintf(SKELETON "%s", resource);
  const char *source = cli->ops->resource(cli->app->script, full, &len);
  struct strbuf text = STRBUF_INIT;
  int status = source ? cli->ops->render(cli->app->script, full, source, vars, &text, err)
                      : cw_fail(err, CW_ERR_INTERNAL, "the file %s is missing", full);
  if (status == 0) status = cw_fs_write_atomic(path, text.buf, text.len, true, err);
  strbuf_release(&text);
  free(full);
  return status;
}

static int plugin_new(struct cw_cli *cli, struct cw_err *err) {
  const char *name = cli->args.words[1];
  if (strcmp(cli->args.words[0], "new") != 0) {
    cw_fail(err, CW_ERR_USAGE, "`curlew plugin` does not know \"%s\"", cli->args.words[0]);
    return cw_hint(err, "Write `curlew plugin new NAME`; `curlew plugins` lists the plugins.");
  }
  if (!valid_name(name)) {
    cw_fail(err, CW_ERR_USAGE, "\"%s\" can't be the name of a plugin", name);
    return cw_hint(err, "Take lower-case letters, digits and _, beginning with a letter.");
  }
  if (cw_cli_open(cli, err) < 0) return -1;
  const struct strvec *paths = &cli->app->config.plugin_path;
  if (!paths->len)
    return cw_fail(err, CW_ERR_CONFIG, "`plugin_path` in curlew.lua names no folder to write to");
  char *dir = cw_path_join(paths->items[0], name), *spec_name = xasprintf("%s_spec.lua", name);
  char *single = xasprintf("%s.lua", dir), *plugin = cw_path_join(dir, "plugin.lua");
  char *spec = cw_path_join(dir, spec_name), *shown = cw_path_display(plugin);
  char *shown_spec = cw_path_display(spec), *shown_dir = cw_path_display(dir);
  json_t *vars = json_pack("{s:s, s:s}", "name", name, "file", shown);
  int status = 0;
  if (cw_fs_exists(dir) || cw_fs_exists(single)) {
    status = cw_fail(err, CW_ERR_EXISTS, "there is a plugin %s already; nothing was written", name);
    cw_hint(err, "Choose another name, or remove %s.", shown_dir);
  }
  if (status == 0) status = cw_fs_mkdirs(dir, err);
  if (status == 0) status = write_file(cli, "plugin.lua.tmpl", plugin, vars, err);
  if (status == 0) status = write_file(cli, "spec.lua.tmpl", spec, vars, err);
  if (status == 0 && cli->out.json) {
    cw_out_json(&cli->out, json_pack("{s:[s, s]}", "written", shown, shown_spec));
  } else if (status == 0) {
    cw_out_print(&cli->out, "%s\n%s\n", shown, shown_spec);
    cw_out_note(&cli->out, "Next: add \"%s\" to `plugins` in curlew.lua, and run `busted %s`.", name,
                shown_dir);
  }
  json_decref(vars);
  free(dir);
  free(spec_name);
  free(single);
  free(plugin);
  free(spec);
  free(shown);
  free(shown_spec);
  free(shown_dir);
  return status;
}

const struct cw_command cw_cmd_plugin = {
  .name = "plugin",
  .group = CW_GROUP_WRITE,
  .args = "new NAME",
  .min_args = 2,
  .max_args = 2,
  .summary = "Write the start of a plugin",
  .help = "Writes a plugin with one operation, and a spec that tests it, into the first folder of "
          "`plugin_path`. Nothing is overwritten. `curlew plugins` lists the plugins that there are.",
  .run = plugin_new,
};
