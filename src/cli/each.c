/* The loop over databases that commands share; see cmd.h. */
#include "cli/cmd.h"
#include "run/signals.h"
#include "util/clock.h"

int cw_cli_open(struct cw_cli *cli, struct cw_err *err) {
  if (cli->app) return 0;
  const struct cw_args *args = &cli->args;
  const struct cw_opt *own = args->command->opts;
  bool sql = false;
  const char *tag = NULL;
  for (; own && own->name; own++) { /* only some commands have these */
    if (strcmp(own->name, "sql") == 0) sql = cw_args_count(args, "sql") > 0;
    if (strcmp(own->name, "dry-run") == 0 && cw_args_count(args, "dry-run")) sql = true;
    if (strcmp(own->name, "tag") == 0) tag = cw_args_value(args, "tag");
  }
  if (!cli->builtin.len) cw_command_names(cw_commands(), &cli->builtin);
  struct cw_app_opts opts = {
    .ops = cli->ops,
    .config_path = cw_args_value(args, "config"),
    .url = cw_args_value(args, "url"),
    .x = cli->x,
    .command = args->command->name,
    .commands = &cli->builtin,
    .offline = sql,
    .tag = tag,
    .wait_ms = 0,
    .verbosity = cli->out.quiet ? -1 : cli->out.verbosity,
    .report = cw_progress_report(&cli->progress),
    .stop = &cw_signals_seen,
  };
  const char *wait = cw_args_value(args, "wait");
  if (wait && !cw_duration_parse(wait, &opts.wait_ms)) {
    cw_fail(err, CW_ERR_USAGE, "--wait must be a duration, not \"%s\"", wait);
    return cw_hint(err, "Write --wait 30s, 500ms, 2m or a number of seconds.");
  }
  return cw_app_open(&cli->app, &opts, err);
}

void cw_cli_release(struct cw_cli *cli) {
  cw_app_free(cli->app);
  cw_progress_release(&cli->progress);
  cw_args_release(&cli->args);
  json_decref(cli->x);
  strvec_release(&cli->builtin);
  cw_extra_free(cli->extra);
}

char *cw_cli_database_label(const struct cw_config_db *db, struct cw_conn *conn) {
  if (db->name) return xstrdup(db->name);
  return conn ? xstrdup(cw_conn_url(conn)->masked) : NULL;
}

int cw_cli_rows(struct cw_cli *cli, const struct cw_config_db *db, struct strvec *rows,
                struct cw_revlist *tips, char **label, struct cw_err *err) {
  struct cw_conn *conn = NULL;
  struct cw_graph *graph;
  if (tips && cw_app_graph(cli->app, db, &graph, err) < 0) return -1;
  if (cw_app_connect(cli->app, db, true, &conn, err) < 0) return -1;
  int status = cw_app_version_rows(cli->app, conn, rows, err);
  if (status == 0 && tips) {
    struct cw_revset applied;
    cw_revset_init(&applied, graph);
    status = cw_graph_applied(graph, rows, &applied, err);
    if (status < 0) cw_app_explain_unknown(cli->app, conn, graph, rows, err);
    if (status == 0) cw_graph_tips(graph, &applied, tips);
    cw_revset_release(&applied);
  }
  if (status == 0 && label) *label = cw_cli_database_label(db, conn);
  cw_conn_free(conn);
  return status;
}

/* --- queries ----------------------------------------------------------------------------------- */

/* For questions about files only, those with the same files count once; a `databases` function is not
 * called for them, as it may have to connect. */
static int choose(struct cw_cli *cli, bool connects, const struct cw_config_db ***dbs,
                  size_t *count, struct cw_err *err) {
  const struct cw_config *config = &cli->app->config;
  if (!connects && config->databases_function && !json_object_get(cli->x, "db")) {
    *dbs = xcalloc(1, sizeof **dbs);
    (*dbs)[0] = &config->dbs[0];
    *count = 1;
    return 0;
  }
  if (cw_app_databases(cli->app, false, dbs, count, err) < 0) return -1;
  size_t kept = 0;
  bool shared = false;
  for (size_t i = 0; i < *count && !connects; i++) {
    const struct cw_config_db *db = (*dbs)[i];
    bool own = db->migrations || db->version_locations.len;
    if (own || !shared) (*dbs)[kept++] = db;
    shared = shared || !own;
  }
  if (!connects) *count = kept;
  return 0;
}

int cw_cli_query(struct cw_cli *cli, cw_query_fn query, bool connects, struct cw_err *err) {
  const struct cw_config_db **dbs = NULL;
  size_t count = 0;
  if (cw_cli_open(cli, err) < 0 || choose(cli, connects, &dbs, &count, err) < 0) return -1;
  json_t *docs = json_array();
  int status = 0;
  for (size_t i = 0; i < count && status == 0; i++) {
    json_t *doc = json_object();
    if (count > 1 && !cli->out.json) {
      struct strbuf heading = STRBUF_INIT;
      strbuf_addstr(&heading, i ? "\n" : "");
      cw_style_add(&heading, cli->out.color, CW_STYLE_BOLD, dbs[i]->name);
      strbuf_addstr(&heading, ":\n");
      cw_out_text(&cli->out, heading.buf, heading.len);
      strbuf_release(&heading);
    }
    if (count > 1) json_object_set_new(doc, "database", cw_json_text(dbs[i]->name));
    status = query(cli, dbs[i], doc, err);
    if (status < 0 && dbs[i]->name) cw_err_database(err, dbs[i]->name);
    if (status == 0 || err->code == CW_ERR_DIFFERENCES) /* an answer, though not the hoped one */
      json_array_append_new(docs, doc);
    else
      json_decref(doc);
  }
  if (cli->out.json && json_array_size(docs)) {
    json_t *doc;
    if (count > 1) {
      doc = json_pack("{s:O}", "databases", docs);
    } else {
      doc = json_incref(json_array_get(docs, 0));
    }
    if (status < 0) { /* one document, so the error goes into it */
      json_object_set_new(doc, "error", cw_out_error_json(err));
      cli->reported = true;
    }
    cw_out_json(&cli->out, doc);
  }
  json_decref(docs);
  free(dbs);
  return status;
}
