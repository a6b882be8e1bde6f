/* curlew edit: opens revisions in the user's editor. */
#include <unistd.h>

#include "cli/cmd.h"
#include "graph/resolve.h"
#include "util/fs.h"

/* $VISUAL and $EDITOR hold a shell's command line ("code --wait"), so a shell reads it, as git does;
 * the file is an argument and never part of that text. */
static int edit_file(const struct strvec *paths, struct cw_err *err) {
  static const char *const usual[] = {"/usr/bin/sensible-editor", "/usr/bin/editor",
                                      "/usr/bin/nano", "/usr/bin/vi"};
  const char *editor = getenv("VISUAL");
  if (!editor || !*editor) editor = getenv("EDITOR");
  for (size_t i = 0; (!editor || !*editor) && i < sizeof usual / sizeof *usual; i++)
    if (access(usual[i], X_OK) == 0) editor = usual[i];
  if (!editor || !*editor) {
    cw_fail(err, CW_ERR_HOOK, "there is no editor: neither $VISUAL nor $EDITOR is set");
    return cw_hint(err, "Set one of them, such as EDITOR=nano.");
  }
  struct strvec argv = {0};
  char *line = xasprintf("%s \"$@\" </dev/tty >/dev/tty", editor);
  char *plain = xasprintf("%s \"$@\"", editor);
  strvec_push(&argv, "/bin/sh");
  strvec_push(&argv, "-c");
  strvec_push(&argv, isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? line : plain);
  strvec_push(&argv, editor); /* $0 */
  strvec_copy(&argv, paths);
  char *what = xasprintf("the editor (%s)", editor);
  int status = cw_process_run(&argv, what, err);
  free(what);
  free(line);
  free(plain);
  strvec_release(&argv);
  return status;
}

/* Loads the edited files anew, in a script state of its own. */
static int check_files(struct cw_cli *cli, const struct strvec *paths, struct cw_err *err) {
  struct cw_script *script = NULL;
  struct cw_script_opts opts = {.project_dir = cli->app->config.dir,
                                .lua_path = getenv("CURLEW_LUA_PATH")};
  int status = cli->ops->open(&script, &opts, err);
  for (size_t i = 0; i < paths->len && status == 0; i++) {
    char *text = NULL;
    size_t len;
    struct cw_revision *rev = NULL;
    status = cw_fs_read(&text, &len, paths->items[i], err);
    if (status == 0)
      status = cli->ops->load_revision(script, paths->items[i], text, len, &rev, err);
    cw_revision_free(rev);
    free(text);
  }
  cli->ops->close(script);
  if (status < 0) cw_hint(err, "What you wrote was saved; correct it in that file.");
  return status;
}

static int edit(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                struct cw_err *err) {
  struct cw_graph *graph;
  struct strvec rows = {0}, paths = {0};
  struct cw_revlist list = {0};
  const char *word = cli->args.words[0];
  bool connect = cw_resolve_needs_rows(word);
  int status = cw_app_graph(cli->app, db, &graph, err);
  if (status == 0 && connect) status = cw_cli_rows(cli, db, &rows, NULL, NULL, err);
  if (status == 0)
    status = cw_resolve(graph, word, CW_RESOLVE_RELATIVE | CW_RESOLVE_CURRENT,
                        connect ? &rows : NULL, &list, err);
  json_t *edited = json_array();
  for (size_t i = 0; i < list.len && status == 0; i++) {
    strvec_push(&paths, list.items[i]->path);
    json_array_append_new(edited, cw_json_text(list.items[i]->path));
  }
  if (status == 0 && !paths.len)
    status = cw_fail(err, CW_ERR_UNKNOWN_REVISION, "%s: there is no revision there to edit", word);
  if (status == 0) status = edit_file(&paths, err);
  if (status == 0) status = check_files(cli, &paths, err);
  json_object_set_new(doc, "edited", edited);
  strvec_release(&rows);
  strvec_release(&paths);
  cw_revlist_release(&list);
  return status;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  return cw_cli_query(cli, edit, cw_resolve_needs_rows(cli->args.words[0]), err);
}

const struct cw_command cw_cmd_edit = {
  .name = "edit",
  .group = CW_GROUP_WRITE,
  .args = "REV",
  .min_args = 1,
  .max_args = 1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Open a revision in the editor",
  .help = "Opens the file of REV in $VISUAL or $EDITOR and checks afterwards that it still loads. REV "
          "may also be `heads`, `current`, a label, or relative to one of them.",
  .run = run,
};
