/* curlew rebase: puts a line of revisions on top of another, so that there is one head again. The case
 * is two people who each added a revision to the same parent. */
#include "cli/cmd.h"
#include "graph/newrev.h"
#include "util/fs.h"

static const struct cw_opt opts[] = {
  {.name = "onto", .value = "REV", .complete = CW_COMPLETE_REVISION,
   .help = "what REV's line is to follow"},
  {0},
};

static int not_understood(const struct cw_rebase *r, struct cw_err *err) {
  return cw_fail(err, CW_ERR_BAD_SCRIPT, "%s is not written in a way that a program can change",
                 r->rev->path);
}

/* The file's text with the new parent. Only the script's language knows how it is written, so it is
 * asked by way of a template. */
static int edit(struct cw_cli *cli, const struct cw_rebase *r, struct strbuf *out,
                struct cw_err *err) {
  static const char edit_text[] =
      "${require(\"curlew.template.source\").set_parent(text, parent)}";
  char *text = NULL;
  size_t len;
  if (cw_fs_read(&text, &len, r->rev->path, err) < 0) return -1;
  json_t *value = json_stringn(text, len), *vars = json_object();
  int status;
  if (!value) {
    status = cw_fail(err, CW_ERR_BAD_SCRIPT, "%s is not valid UTF-8, so it is not edited",
                     r->rev->path);
  } else {
    json_object_set(vars, "text", value);
    json_object_set_new(vars, "parent", cw_json_text(r->onto->id));
    status = cli->ops->render(cli->app->script, "rebase", edit_text, vars, out, err);
    if (status < 0) not_understood(r, err);
  }
  json_decref(value);
  json_decref(vars);
  free(text);
  return status;
}

static bool same_words(const struct strvec *a, const struct strvec *b) {
  bool same = a->len == b->len;
  for (size_t i = 0; same && i < a->len; i++) same = strcmp(a->items[i], b->items[i]) == 0;
  return same;
}

/* The new text is loaded (in a script state of its own) and has to differ in the parent alone. */
static int check(struct cw_cli *cli, const struct cw_rebase *r, const struct strbuf *text,
                 struct cw_err *err) {
  struct cw_script *script = NULL;
  struct cw_revision *rev = NULL;
  struct cw_script_opts script_opts = {.project_dir = cli->app->config.dir,
                                       .lua_path = getenv("CURLEW_LUA_PATH")};
  int status = cli->ops->open(&script, &script_opts, err);
  if (status == 0)
    status = cli->ops->load_revision(script, r->rev->path, text->buf, text->len, &rev, err);
  if (status == 0 &&
      !(strcmp(rev->id, r->rev->id) == 0 && rev->down_revision.len == 1 &&
        strcmp(rev->down_revision.items[0], r->onto->id) == 0 &&
        same_words(&rev->labels, &r->rev->labels) &&
        same_words(&rev->depends_on, &r->rev->depends_on)))
    status = not_understood(r, err);
  cw_revision_free(rev);
  cli->ops->close(script);
  return status;
}

static int rewrite(struct cw_cli *cli, const struct cw_rebase *r, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  int status = edit(cli, r, &text, err);
  if (status == 0) status = check(cli, r, &text, err);
  if (status < 0)
    cw_hint(err, "Nothing was written. Change its down_revision to \"%s\" by hand.", r->onto->id);
  if (status == 0) status = cw_fs_write_atomic(r->rev->path, text.buf, text.len, false, err);
  strbuf_release(&text);
  return status;
}

static int rebase(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                  struct cw_err *err) {
  struct cw_graph *graph;
  struct cw_rebase r;
  if (cw_app_graph(cli->app, db, &graph, err) < 0 ||
      cw_newrev_rebase(graph, cli->args.words[0], cw_args_value(&cli->args, "onto"), &r, err) < 0)
    return -1;
  if (!r.done && rewrite(cli, &r, err) < 0) return -1;
  if (cli->out.json) {
    json_object_set_new(doc, "revision", cw_json_text(r.rev->id));
    json_object_set_new(doc, "down_revision", json_pack("[s]", r.onto->id));
    json_object_set_new(doc, "former", r.from ? json_pack("[s]", r.from->id) : json_array());
    json_object_set_new(doc, "path", cw_json_text(r.rev->path));
    json_object_set_new(doc, "changed", json_boolean(!r.done));
  } else if (r.done) {
    cw_out_note(&cli->out, "%s follows %s already", r.rev->id, r.onto->id);
  } else {
    char *shown = cw_path_display(r.rev->path);
    cw_out_print(&cli->out, "%s\n", shown);
    cw_out_note(&cli->out, "%s now follows %s instead of %s", r.rev->id, r.onto->id,
                r.from ? r.from->id : "<base>");
    free(shown);
  }
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  if (!cw_args_value(&cli->args, "onto")) {
    cw_fail(err, CW_ERR_USAGE, "`curlew rebase` needs --onto REV");
    return cw_hint(err, "Name the revision that %s is to follow.", cli->args.words[0]);
  }
  return cw_cli_query(cli, rebase, false, err);
}

const struct cw_command cw_cmd_rebase = {
  .name = "rebase",
  .group = CW_GROUP_WRITE,
  .args = "REV",
  .min_args = 1,
  .max_args = 1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Put a line of revisions on top of another",
  .help = "Changes the down_revision of one file, so that REV's line follows the revision given by "
          "--onto, and prints its path. For revisions that grew from the same parent at the same "
          "time:\n\n"
          "  curlew rebase mine --onto theirs\n\n"
          "Meant for revisions that were applied nowhere but on your own machine; there, downgrade "
          "them before.",
  .opts = opts,
  .run = run,
};
