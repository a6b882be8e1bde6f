/* curlew branches: revisions that several others follow. */
#include "cli/cmd.h"
#include "cli/entry.h"

static json_t *branch_json(const struct cw_revision *rev) {
  return json_pack("{s:o, s:o}", "revision", cw_entry_json(rev, false, NULL), "children",
                   cw_entries_json(&rev->children, NULL));
}

static void branch_text(const struct cw_out *out, const struct cw_revision *rev,
                        struct strbuf *sb) {
  unsigned title = out->verbosity > 0 ? CW_ENTRY_TITLE : 0;
  if (out->verbosity > 0) {
    cw_entry_long(out, rev, false, NULL, sb);
    strbuf_addch(sb, '\n');
  } else {
    cw_entry_line(out, rev, CW_ENTRY_POINTS, false, sb);
    strbuf_addch(sb, '\n');
  }
  for (size_t i = 0; i < rev->children.len; i++) {
    strbuf_addf(sb, "%*s -> ", (int)strlen(rev->id), "");
    cw_entry_line(out, rev->children.items[i], CW_ENTRY_POINTS | title, false, sb);
    strbuf_addch(sb, '\n');
  }
}

static int branches(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                    struct cw_err *err) {
  struct cw_graph *graph;
  if (cw_app_graph(cli->app, db, &graph, err) < 0) return -1;
  const struct cw_revlist *list = cw_graph_branch_points(graph);
  if (cli->out.json) {
    json_t *array = json_array();
    for (size_t i = 0; i < list->len; i++)
      json_array_append_new(array, branch_json(list->items[i]));
    json_object_set_new(doc, "branches", array);
    return 0;
  }
  struct strbuf sb = STRBUF_INIT;
  for (size_t i = 0; i < list->len; i++) {
    if (i) strbuf_addch(&sb, '\n');
    branch_text(&cli->out, list->items[i], &sb);
  }
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_query(cli, branches, false, err); }

const struct cw_command cw_cmd_branches = {
  .name = "branches",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "List the revisions that several others follow",
  .help = "Lists the branch points, each with the revisions that follow it.\n\n"
          "With -v the branch points are shown at length and the others with their titles.",
  .run = run,
};
