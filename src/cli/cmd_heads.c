/* curlew heads: the newest revision of each line. */
#include "cli/cmd.h"
#include "cli/entry.h"

static const struct cw_opt opts[] = {
  {.name = "resolve-dependencies",
   .help = "leave out heads that another revision depends on"},
  {0},
};

static int heads(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                 struct cw_err *err) {
  struct cw_graph *graph;
  if (cw_app_graph(cli->app, db, &graph, err) < 0) return -1;
  bool real = cw_args_count(&cli->args, "resolve-dependencies") > 0;
  const struct cw_revlist *list = real ? cw_graph_real_heads(graph) : cw_graph_heads(graph);
  if (cli->out.json) {
    json_object_set_new(doc, "heads", cw_entries_json(list, NULL));
    return 0;
  }
  struct strbuf sb = STRBUF_INIT;
  for (size_t i = 0; i < list->len; i++) {
    if (cli->out.verbosity > 0) {
      cw_entry_long(&cli->out, list->items[i], false, NULL, &sb);
    } else {
      cw_entry_line(&cli->out, list->items[i], 0, false, &sb);
    }
    strbuf_addch(&sb, '\n');
  }
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_query(cli, heads, false, err); }

const struct cw_command cw_cmd_heads = {
  .name = "heads",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "List the newest revision of each line",
  .help = "Lists the heads: revisions that no other one follows. Usually there is one; several mean "
          "that work was done side by side, and `curlew merge heads` joins them.\n\n"
          "With -v each is shown at length.",
  .opts = opts,
  .run = run,
};
