/* Autogenerate and reflection on one database: the connection, whether it is up to date, and the script
 * side's answer; see app.h. */
#include "run/internal.h"
#include "run/version_table.h"
#include "txn/tables.h"
#include "util/alloc.h"

static json_t *arguments(struct cw_app *app, const struct cw_config_db *db,
                         const struct cw_tables *tables) {
  json_t *args = json_object(), *service = json_array();
  for (size_t i = 0; i < CW_TABLES; i++) json_array_append_new(service, json_string(tables->names[i]));
  json_object_set_new(args, "service", service);
  if (app->config.version_table_schema)
    json_object_set_new(args, "service_schema", json_string(app->config.version_table_schema));
  json_object_set(args, "project", app->config.tree);
  if (db->name && db->entry) json_object_set(args, "config", db->entry);
  return args;
}

static void join_ids(const struct cw_revlist *list, struct strbuf *sb) {
  for (size_t i = 0; i < list->len; i++)
    strbuf_addf(sb, "%s%s", i ? ", " : "", list->items[i]->id);
}

/* A comparison with models means something only where every revision has been applied. */
static int check_current(struct cw_app *app, const struct cw_config_db *db, struct cw_conn *conn,
                         const struct cw_tables *tables, struct cw_err *err) {
  struct cw_graph *graph;
  struct strvec rows = {0};
  if (cw_app_graph(app, db, &graph, err) || cw_version_read(conn, tables, &rows, err)) return -1;
  const struct cw_revlist *heads = cw_graph_real_heads(graph);
  int status = 0;
  for (size_t i = 0; i < rows.len && status == 0; i++)
    if (!cw_graph_find(graph, rows.items[i])) {
      cw_fail(err, CW_ERR_UNKNOWN_IN_DATABASE, "the database is at %s, of which there is no file here",
              rows.items[i]);
      cw_hint(err, "Get the revision's file, or `curlew stamp` what the database is really at.");
      status = cw_app_explain_unknown(app, conn, graph, &rows, err);
    }
  bool same = heads->len == rows.len;
  for (size_t i = 0; i < heads->len && same; i++) same = strvec_has(&rows, heads->items[i]->id);
  if (status == 0 && !same) {
    struct strbuf wanted = STRBUF_INIT;
    char *found = strvec_join(&rows, ", ");
    join_ids(heads, &wanted);
    cw_fail(err, CW_ERR_BEHIND, "the database is not up to date: it is at %s, and the project's head%s %s",
            *found ? found : "base", heads->len == 1 ? " is" : "s are", wanted.len ? wanted.buf : "none");
    status = cw_hint(err, heads->len == 1 ? "Run `curlew upgrade` first; the models are compared with what "
                                            "the revisions make."
                                          : "Run `curlew upgrade heads` first; the models are compared with "
                                            "what the revisions make.");
    strbuf_release(&wanted);
    free(found);
  }
  strvec_release(&rows);
  return status;
}

static int ask(struct cw_app *app, const struct cw_config_db *db, const char *job, json_t *extra,
               json_t **out, struct cw_err *err) {
  struct cw_conn *conn = NULL;
  struct cw_tables tables;
  *out = NULL;
  if (cw_app_connect(app, db, true, &conn, err)) return -1;
  int failed = cw_tables_open(&tables, conn, app->config.version_table,
                              app->config.version_table_schema, err);
  if (!failed) {
    if (strcmp(job, "compare") == 0) failed = check_current(app, db, conn, &tables, err);
    if (!failed) {
      struct cw_exec *exec = cw_app_plain_exec(app, db, conn);
      json_t *args = arguments(app, db, &tables);
      json_object_update(args, extra);
      failed = app->ops->models(app->script, exec, job, args, out, err);
      json_decref(args);
      cw_exec_free(exec);
    }
    cw_tables_release(&tables);
  }
  cw_conn_free(conn);
  return failed;
}

int cw_run_compare(struct cw_app *app, const struct cw_config_db *db, bool write, json_t **out,
                   struct cw_err *err) {
  json_t *extra = json_pack("{s:b}", "write", write);
  int failed = ask(app, db, "compare", extra, out, err);
  json_decref(extra);
  return failed;
}

int cw_run_reflect(struct cw_app *app, const struct cw_config_db *db, const char *table,
                   json_t **out, struct cw_err *err) {
  json_t *extra = json_object();
  if (table) json_object_set_new(extra, "table", json_string(table));
  int failed = ask(app, db, "reflect", extra, out, err);
  json_decref(extra);
  return failed;
}
