/* curlew current: what is applied. Creates nothing, not even the version table. */
#include "cli/cmd.h"
#include "cli/entry.h"

static const struct cw_opt opts[] = {
  {.name = "check-heads",
   .help = "exit with 6 unless the version rows are exactly the project's heads"},
  {0},
};

/* The version rows against the heads that nothing depends on; both are sorted by id. */
static int check_heads(const struct cw_graph *graph, const struct strvec *rows,
                       const char *database, struct cw_err *err) {
  const struct cw_revlist *heads = cw_graph_real_heads(graph);
  bool same = heads->len == rows->len;
  for (size_t i = 0; same && i < rows->len; i++)
    same = strcmp(heads->items[i]->id, rows->items[i]) == 0;
  if (same) return 0;
  struct strbuf wanted = STRBUF_INIT;
  for (size_t i = 0; i < heads->len; i++)
    strbuf_addf(&wanted, "%s%s", i ? ", " : "", heads->items[i]->id);
  char *found = strvec_join(rows, ", ");
  cw_fail(err, CW_ERR_DIFFERENCES, "the database %s is at %s, and the project's head%s %s", database,
          *found ? found : "base", heads->len == 1 ? " is" : "s are",
          wanted.len ? wanted.buf : "none");
  cw_hint(err, heads->len == 1 ? "`curlew upgrade` applies what is missing."
                               : "`curlew upgrade heads` applies what is missing.");
  strbuf_release(&wanted);
  free(found);
  return -1;
}

static void print(struct cw_cli *cli, const struct cw_revlist *tips, const char *label) {
  struct strbuf sb = STRBUF_INIT;
  bool verbose = cli->out.verbosity > 0;
  if (verbose) {
    strbuf_addf(&sb, "Current revision%s for %s:\n", tips->len == 1 ? "" : "s", label);
    if (!tips->len) strbuf_addstr(&sb, "<base>\n");
  }
  for (size_t i = 0; i < tips->len; i++) {
    if (verbose)
      cw_entry_long(&cli->out, tips->items[i], false, NULL, &sb);
    else
      cw_entry_line(&cli->out, tips->items[i], CW_ENTRY_POINTS, false, &sb);
    strbuf_addch(&sb, '\n');
  }
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
}

static int current(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                   struct cw_err *err) {
  struct cw_graph *graph;
  struct strvec rows = {0};
  struct cw_revlist tips = {0};
  char *label = NULL;
  int status = cw_app_graph(cli->app, db, &graph, err);
  if (status == 0) status = cw_cli_rows(cli, db, &rows, &tips, &label, err);
  if (status == 0 && cli->out.json) {
    json_object_set_new(doc, "current", cw_entries_json(&tips, &tips));
    json_object_set_new(doc, "database", cw_json_text(label));
  } else if (status == 0) {
    print(cli, &tips, label);
  }
  if (status == 0 && cw_args_count(&cli->args, "check-heads"))
    status = check_heads(graph, &rows, label, err);
  strvec_release(&rows);
  cw_revlist_release(&tips);
  free(label);
  return status;
}

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_query(cli, current, true, err); }

const struct cw_command cw_cmd_current = {
  .name = "current",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "Show which revisions the database is at",
  .help = "Shows the applied heads: nothing at all when no revision is applied. Only reads: neither "
          "the version table nor a SQLite file is created.\n\n"
          "With -v each is shown at length, below the database's URL (without its password).",
  .opts = opts,
  .run = run,
};
