/* curlew history: the revisions of the project, newest first. */
#include "cli/cmd.h"
#include "cli/entry.h"
#include "graph/resolve.h"

static const struct cw_opt opts[] = {
  {.letter = 'r', .name = "rev-range", .value = "A:B", .complete = CW_COMPLETE_REVISION,
   .help = "only from A up to B; either may be left out, `current` is what is applied, and -N as A "
           "counts from B"},
  {.letter = 'i', .name = "indicate-current", .help = "mark what the database is at"},
  {0},
};

struct history {
  struct cw_revlist list, tips;
  struct strvec rows;
  bool have_rows;
};

/* Reads the version rows when the range or -i asks for them. */
static int read_rows(struct cw_cli *cli, const struct cw_config_db *db, const char *range,
                     struct history *h, struct cw_err *err) {
  bool indicate = cw_args_count(&cli->args, "indicate-current") > 0;
  if (!indicate && !(range && cw_resolve_needs_rows(range))) return 0;
  h->have_rows = true;
  return cw_cli_rows(cli, db, &h->rows, indicate ? &h->tips : NULL, NULL, err);
}

static void take_all(const struct cw_graph *graph, struct cw_revlist *out) {
  const struct cw_revlist *all = cw_graph_newest_first(graph);
  for (size_t i = 0; i < all->len; i++) cw_revlist_push(out, all->items[i]);
}

/* Long entries also tell when and by whom a revision was applied, if the database answers. */
static struct cw_conn *journal_connection(struct cw_cli *cli, const struct cw_config_db *db) {
  struct cw_err err = CW_ERR_INIT;
  struct cw_conn *conn = NULL;
  if (!db->url && !db->url_function) return NULL;
  if (cw_app_connect(cli->app, db, true, &conn, &err) < 0)
    cw_out_warning(&cli->out, "the journal was not read: %s", err.message);
  cw_err_release(&err);
  return conn;
}

static int print_long(struct cw_cli *cli, const struct cw_config_db *db, const struct history *h,
                      json_t *array, struct cw_err *err) {
  struct cw_conn *conn = journal_connection(cli, db);
  struct strbuf sb = STRBUF_INIT;
  json_t *journals = NULL, *none = json_array();
  int status = conn ? cw_run_journal(cli->app, conn, &journals, err) : 0;
  for (size_t i = 0; i < h->list.len && status == 0; i++) {
    const struct cw_revision *rev = h->list.items[i];
    bool current = cw_revlist_has(&h->tips, rev);
    json_t *journal = json_object_get(journals, rev->id);
    if (conn && !journal) journal = none;
    if (array) {
      json_array_append_new(array, cw_entry_json(rev, current, journal));
    } else {
      cw_entry_long(&cli->out, rev, current, journal, &sb);
      strbuf_addch(&sb, '\n');
    }
  }
  json_decref(journals);
  json_decref(none);
  if (status == 0) cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
  cw_conn_free(conn);
  return status;
}

static void print_lines(struct cw_cli *cli, const struct history *h) {
  struct strbuf sb = STRBUF_INIT;
  for (size_t i = 0; i < h->list.len; i++) {
    cw_entry_line(&cli->out, h->list.items[i],
                  CW_ENTRY_PARENTS | CW_ENTRY_POINTS | CW_ENTRY_TITLE,
                  cw_revlist_has(&h->tips, h->list.items[i]), &sb);
    strbuf_addch(&sb, '\n');
  }
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
}

static int history(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                   struct cw_err *err) {
  const char *range = cw_args_value(&cli->args, "rev-range");
  struct history h = {0};
  struct cw_graph *graph;
  int status = cw_app_graph(cli->app, db, &graph, err);
  if (status == 0) status = read_rows(cli, db, range, &h, err);
  if (status == 0 && range)
    status = cw_resolve_history(graph, range, h.have_rows ? &h.rows : NULL, &h.list, err);
  else if (status == 0)
    take_all(graph, &h.list);

  json_t *array = NULL;
  if (status == 0 && cli->out.json) {
    array = cli->out.verbosity > 0 ? json_array() : cw_entries_json(&h.list, &h.tips);
    json_object_set_new(doc, "history", array);
  }
  if (status == 0 && cli->out.verbosity > 0)
    status = print_long(cli, db, &h, array, err);
  else if (status == 0 && !array)
    print_lines(cli, &h);
  strvec_release(&h.rows);
  cw_revlist_release(&h.list);
  cw_revlist_release(&h.tips);
  return status;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  const char *range = cw_args_value(&cli->args, "rev-range");
  bool connects = cw_args_count(&cli->args, "indicate-current") || cli->out.verbosity > 0 ||
                  (range && cw_resolve_needs_rows(range));
  return cw_cli_query(cli, history, connects, err);
}

const struct cw_command cw_cmd_history = {
  .name = "history",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "List revisions, newest first",
  .help = "Lists revisions, newest first, as `parent -> revision, title`. The database is read only "
          "with -i, with -v, or for a range that has `current` in it.\n\n"
          "  curlew history -r current:        what is still to be applied\n"
          "  curlew history -r -3:head         the last three steps\n"
          "  curlew history -i                 mark where the database is\n\n"
          "With -v each revision is shown at length, with when and by whom it was applied.",
  .opts = opts,
  .run = run,
};
