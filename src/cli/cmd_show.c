/* curlew show: revisions at length. */
#include "cli/cmd.h"
#include "cli/entry.h"
#include "graph/resolve.h"

static const struct cw_opt opts[] = {
  {.name = "from-database",
   .help = "print the script as it was applied, which the database keeps"},
  {0},
};

static int show(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                struct cw_err *err) {
  struct cw_graph *graph;
  struct strvec rows = {0};
  struct cw_revlist list = {0};
  const char *word = cli->args.words[0];
  bool connect = cw_resolve_needs_rows(word);
  int status = cw_app_graph(cli->app, db, &graph, err);
  if (status == 0 && connect) status = cw_cli_rows(cli, db, &rows, NULL, NULL, err);
  if (status == 0)
    status = cw_resolve(graph, word, CW_RESOLVE_RELATIVE | CW_RESOLVE_CURRENT | CW_RESOLVE_BASE,
                        connect ? &rows : NULL, &list, err);
  if (status == 0 && cli->out.json) {
    json_object_set_new(doc, "show", cw_entries_json(&list, NULL));
  } else if (status == 0) {
    struct strbuf sb = STRBUF_INIT;
    for (size_t i = 0; i < list.len; i++) {
      if (i) strbuf_addch(&sb, '\n');
      cw_entry_long(&cli->out, list.items[i], false, NULL, &sb);
    }
    cw_out_text(&cli->out, sb.buf, sb.len);
    strbuf_release(&sb);
    if (!list.len) cw_out_note(&cli->out, "%s: there is no revision there", word);
  }
  strvec_release(&rows);
  cw_revlist_release(&list);
  return status;
}

/* The text alone goes to standard output, so that it can become a file. */
static int show_stored(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                       struct cw_err *err) {
  struct cw_conn *conn = NULL;
  json_t *stored = NULL;
  int status = cw_app_connect(cli->app, db, true, &conn, err);
  if (status == 0) status = cw_app_stored_script(cli->app, conn, cli->args.words[0], &stored, err);
  cw_conn_free(conn);
  if (status) return status;
  if (cli->out.json) {
    json_object_set_new(doc, "show", json_pack("[o]", stored));
    return 0;
  }
  const char *text = NULL, *at = NULL, *user = NULL, *host = NULL;
  json_unpack(stored, "{s:s, s?:s, s?:s, s?:s}", "script", &text, "at", &at, "user", &user, "host",
              &host);
  cw_out_text(&cli->out, text, strlen(text));
  cw_out_note(&cli->out, "%s as it was applied at %s UTC by %s from %s", cli->args.words[0],
              at ? at : "?", user ? user : "?", host ? host : "?");
  json_decref(stored);
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  if (cw_args_count(&cli->args, "from-database")) return cw_cli_query(cli, show_stored, true, err);
  return cw_cli_query(cli, show, cw_resolve_needs_rows(cli->args.words[0]), err);
}

const struct cw_command cw_cmd_show = {
  .name = "show",
  .group = CW_GROUP_LOOK,
  .args = "REV",
  .min_args = 1,
  .max_args = 1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Show a revision at length",
  .help = "Shows a revision: its place among the others, its file and its description. REV may also "
          "be `heads`, `current`, a label, or relative to one of them, such as head-1.\n\n"
          "With --from-database the script's text comes from the database's journal: for a revision "
          "whose file is gone, or to see what was run before it was edited. REV is then a whole id.\n\n"
          "  curlew show b1 --from-database > migrations/versions/b1.lua",
  .opts = opts,
  .run = run,
};
