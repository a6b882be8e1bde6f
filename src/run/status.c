/* What `status` and `history -v` show: the journal, read only; see app.h. */
#include "db/rows.h"
#include "run/backfills.h"
#include "run/ledger.h"
#include "run/run.h"
#include "util/alloc.h"

/* --- the journal ----------------------------------------------------------------------------------- */

static json_t *value_json(const struct cw_value *value) {
  bool plain = value->type == CW_TEXT || value->type == CW_INT;
  if (plain) return cw_value_json(value);
  return json_null();
}

static void add_entry(json_t *journal, const struct cw_value *row) {
  static const char *const names[] = {"direction", "outcome", "started_at",  "finished_at",
                                      "duration_ms", "user",  "host",        "pid",
                                      "curlew",    "checksum", "title",      "error",
                                      "run"};
  enum { NAMES = sizeof names / sizeof *names };
  json_t *id = cw_value_json(&row[NAMES]), *entry = json_object();
  json_t *entries = json_object_get(journal, json_string_value(id));
  if (!entries) {
    entries = json_array();
    json_object_set_new(journal, json_string_value(id), entries);
  }
  for (size_t i = 0; i < NAMES; i++) json_object_set_new(entry, names[i], value_json(&row[i]));
  json_array_append_new(entries, entry);
  json_decref(id);
}

int cw_run_journal(struct cw_app *app, struct cw_conn *conn, json_t **out, struct cw_err *err) {
  struct cw_tables tables;
  struct cw_result *result = NULL;
  const struct cw_value *row;
  *out = NULL;
  if (cw_tables_open(&tables, conn, app->config.version_table, app->config.version_table_schema,
                     err))
    return -1;
  *out = json_object();
  int got = 0;
  if (tables.exists[CW_TABLE_JOURNAL]) {
    got = cw_tables_query(&tables, conn,
                          "SELECT direction, outcome, started_at, finished_at, duration_ms, "
                          "os_user, host, pid, version, checksum, title, error_text, run_id, "
                          "revision FROM {journal} ORDER BY id DESC",
                          NULL, 0, &result, err);
    while (got == 0 && (got = cw_result_next(result, &row, err)) == 1) {
      add_entry(*out, row);
      got = 0;
    }
    cw_result_free(result);
  }
  cw_tables_release(&tables);
  if (got == 0) return 0;
  json_decref(*out);
  *out = NULL;
  return -1;
}

/* --- unknown ids ---------------------------------------------------------------------------------- */

int cw_app_explain_unknown(struct cw_app *app, struct cw_conn *conn, const struct cw_graph *graph,
                           const struct strvec *rows, struct cw_err *err) {
  if (!err || err->code != CW_ERR_UNKNOWN_IN_DATABASE) return -1;
  struct cw_tables tables;
  struct cw_ledger ledger = {0};
  struct cw_err ignored = CW_ERR_INIT;
  struct strbuf text = STRBUF_INIT;
  if (cw_tables_open(&tables, conn, app->config.version_table, app->config.version_table_schema,
                     &ignored) == 0) {
    if (cw_ledger_read(&ledger, conn, &tables, &ignored) == 0)
      for (size_t i = 0; i < rows->len; i++) {
        const struct cw_ledger_entry *e = cw_ledger_find(&ledger, rows->items[i]);
        if (!e || !e->at || cw_graph_find(graph, rows->items[i])) continue;
        bool titled = e->title && *e->title;
        if (!text.len)
          cw_hint(err, "Get the file back (another branch of the repository may have it; `curlew show %s "
                       "--from-database` prints what was run), or, if the schema is known to be at another "
                       "revision, run `curlew stamp --purge REV`.", e->revision);
        strbuf_addf(&text, "; %s was applied at %s UTC by %s from %s%s%s%s", e->revision, e->at,
                    e->user ? e->user : "?", e->host ? e->host : "?", titled ? " (" : "",
                    titled ? e->title : "", titled ? ")" : "");
      }
    cw_ledger_release(&ledger);
    cw_tables_release(&tables);
  }
  if (text.len) {
    char *message = xasprintf("%s%s", err->message, text.buf);
    free(err->message);
    err->message = message;
  }
  strbuf_release(&text);
  cw_err_release(&ignored);
  return -1;
}

/* --- status --------------------------------------------------------------------------------------- */

static void set_text(json_t *object, const char *key, const char *text) {
  json_object_set_new(object, key, text ? json_string(text) : json_null());
}

static json_t *revision_json(const struct cw_graph *graph, const struct cw_ledger *ledger,
                             const char *id) {
  const struct cw_revision *rev = cw_graph_find(graph, id);
  const struct cw_ledger_entry *e = cw_ledger_find(ledger, id);
  json_t *json = json_object();
  set_text(json, "revision", id);
  set_text(json, "title", rev ? rev->title : e ? e->title : NULL);
  set_text(json, "path", rev ? rev->path : NULL);
  if (e && e->applied) {
    set_text(json, "applied_at", e->at);
    set_text(json, "user", e->user);
    set_text(json, "host", e->host);
    json_object_set_new(json, "duration_ms", json_integer(e->duration_ms));
  }
  return json;
}

static void add_list(json_t *out, const char *key, const struct cw_graph *graph,
                     const struct cw_ledger *ledger, const struct strvec *ids) {
  json_t *list = json_array();
  for (size_t i = 0; i < ids->len; i++)
    json_array_append_new(list, revision_json(graph, ledger, ids->items[i]));
  json_object_set_new(out, key, list);
}

static void add_applied(json_t *out, const struct cw_graph *graph, const struct cw_ledger *ledger,
                        const struct cw_revset *applied) {
  struct strvec yes = {0}, no = {0};
  const struct cw_revlist *order = cw_graph_newest_first(graph);
  for (size_t i = order->len; i-- > 0;)
    strvec_push(cw_revset_has(applied, order->items[i]) ? &yes : &no, order->items[i]->id);
  add_list(out, "applied", graph, ledger, &yes);
  json_t *item; /* what the journal does not know */
  size_t k;
  json_array_foreach(json_object_get(out, "applied"), k, item)
    if (!json_object_get(item, "applied_at"))
      set_text(item, "origin", "applied from a script, or by another program");
  add_list(out, "pending", graph, ledger, &no);
  strvec_release(&yes);
  strvec_release(&no);
}

static void add_failed(json_t *out, const struct cw_graph *graph, const struct cw_ledger *ledger) {
  json_t *list = json_array();
  for (size_t i = 0; i < ledger->len; i++) {
    const struct cw_ledger_entry *e = &ledger->items[i];
    if (!e->failed || !cw_graph_find(graph, e->revision)) continue;
    json_t *json = revision_json(graph, ledger, e->revision);
    set_text(json, "direction", e->failed_direction);
    set_text(json, "failed_at", e->failed_at);
    set_text(json, "error", e->error);
    json_array_append_new(list, json);
  }
  json_object_set_new(out, "failed", list);
}

static json_t *step_json(const struct cw_step_row *row) {
  json_t *json = json_object();
  json_object_set_new(json, "step", json_integer(row->step));
  if (row->parts > 1) {
    json_object_set_new(json, "statement", json_integer(row->part));
    json_object_set_new(json, "statements", json_integer(row->parts));
  }
  set_text(json, "operation", row->op);
  set_text(json, "text", row->summary);
  set_text(json, "state", strcmp(row->state, "intent") == 0 ? "unknown" : row->state);
  set_text(json, "sql", row->sql);
  set_text(json, "error", row->error);
  return json;
}

static int partial_json(struct cw_journal *j, const struct cw_graph *graph,
                        const struct cw_partial *p, json_t **out, struct cw_err *err) {
  struct cw_step_rows rows;
  struct cw_ledger none = {0};
  if (cw_journal_load_steps(j, p->id, &rows, err)) return -1;
  json_t *steps = json_array();
  for (size_t i = 0; i < rows.len; i++)
    if (strcmp(rows.items[i].kind, "read") != 0)
      json_array_append_new(steps, step_json(&rows.items[i]));
  cw_step_rows_release(&rows);
  *out = revision_json(graph, &none, p->revision);
  set_text(*out, "direction", p->undoes ? "undo" : p->direction);
  set_text(*out, "started_at", p->started_at);
  set_text(*out, "user", p->who_user);
  set_text(*out, "host", p->who_host);
  set_text(*out, "error", p->error);
  json_object_set_new(*out, "steps", steps);
  return 0;
}

static int add_partials(json_t *out, struct cw_journal *j, const struct cw_graph *graph,
                        struct cw_err *err) {
  struct cw_partials partials = {0};
  json_t *list = json_array();
  json_object_set_new(out, "partial", list);
  int failed = cw_journal_partials(j, &partials, err);
  for (size_t i = 0; i < partials.len && !failed; i++) {
    json_t *json = NULL;
    failed = partial_json(j, graph, &partials.items[i], &json, err);
    if (!failed) json_array_append_new(list, json);
  }
  cw_partials_release(&partials);
  return failed;
}

/* Rows that no file explains are shown as missing instead of failing the command. */
static void known_rows(const struct cw_graph *graph, const struct strvec *rows,
                       struct strvec *known, struct strvec *missing) {
  for (size_t i = 0; i < rows->len; i++)
    strvec_push(cw_graph_find(graph, rows->items[i]) ? known : missing, rows->items[i]);
}

/* Below a version row that no file declares nothing is known to the graph; the journal still is. */
static void add_recorded(const struct cw_graph *graph, const struct cw_ledger *ledger,
                         struct cw_revset *applied) {
  for (size_t i = 0; i < ledger->len; i++) {
    const struct cw_ledger_entry *e = &ledger->items[i];
    struct cw_revision *rev = cw_graph_find(graph, e->revision);
    if (rev && e->applied && e->id > ledger->last_stamp) cw_revset_add(applied, rev);
  }
}

static int fill(json_t *out, struct cw_app *app, struct cw_graph *graph, struct cw_conn *conn,
                const struct cw_tables *tables, struct cw_err *err) {
  struct cw_journal j;
  struct cw_ledger ledger = {0};
  struct strvec rows = {0}, known = {0}, changed = {0}, missing = {0}, gone = {0};
  struct cw_revset applied;
  json_t *lock = NULL;
  (void)app;
  cw_journal_init(&j, conn, tables, "status", "");
  cw_revset_init(&applied, graph);
  int failed = cw_version_read(conn, tables, &rows, err) ||
               cw_ledger_read(&ledger, conn, tables, err) ||
               cw_lock_holder(conn, tables, &lock, err);
  if (!failed) {
    known_rows(graph, &rows, &known, &missing);
    failed = cw_graph_applied(graph, &known, &applied, err);
    if (missing.len) add_recorded(graph, &ledger, &applied);
  }
  if (!failed) {
    cw_ledger_compare(&ledger, graph, &applied, &changed, &gone);
    for (size_t i = 0; i < gone.len; i++)
      if (!strvec_has(&missing, gone.items[i])) strvec_push(&missing, gone.items[i]);
    strvec_sort(&missing);
    json_t *list = json_array();
    for (size_t i = 0; i < rows.len; i++)
      json_array_append_new(list, json_string(rows.items[i]));
    json_object_set_new(out, "current", list);
    add_applied(out, graph, &ledger, &applied);
    failed = add_partials(out, &j, graph, err);
    add_failed(out, graph, &ledger);
    add_list(out, "changed", graph, &ledger, &changed);
    add_list(out, "missing", graph, &ledger, &missing);
    json_object_set_new(out, "lock", lock ? lock : json_null());
    lock = NULL;
    json_t *backfills = NULL;
    if (!failed) failed = cw_backfills_list(conn, tables, true, &backfills, err);
    json_object_set_new(out, "backfills", backfills ? backfills : json_array());
  }
  json_decref(lock);
  cw_revset_release(&applied);
  cw_ledger_release(&ledger);
  strvec_release(&rows);
  strvec_release(&known);
  strvec_release(&changed);
  strvec_release(&missing);
  strvec_release(&gone);
  cw_journal_release(&j);
  return failed ? -1 : 0;
}

int cw_run_status(struct cw_app *app, const struct cw_config_db *db, json_t **out,
                  struct cw_err *err) {
  struct cw_graph *graph;
  struct cw_conn *conn = NULL;
  struct cw_tables tables;
  *out = NULL;
  if (cw_app_graph(app, db, &graph, err) || cw_app_connect(app, db, true, &conn, err)) return -1;
  int failed = cw_tables_open(&tables, conn, app->config.version_table,
                              app->config.version_table_schema, err);
  if (!failed) {
    *out = json_object();
    set_text(*out, "database", db->name ? db->name : cw_conn_url(conn)->masked);
    failed = fill(*out, app, graph, conn, &tables, err);
    cw_tables_release(&tables);
  }
  cw_conn_free(conn);
  if (failed && *out) {
    json_decref(*out);
    *out = NULL;
  }
  return failed;
}

int cw_app_version_rows(struct cw_app *app, struct cw_conn *conn, struct strvec *rows,
                        struct cw_err *err) {
  struct cw_tables tables;
  if (cw_tables_open(&tables, conn, app->config.version_table, app->config.version_table_schema,
                     err))
    return -1;
  int failed = cw_version_read(conn, &tables, rows, err);
  cw_tables_release(&tables);
  return failed;
}

int cw_app_stored_script(struct cw_app *app, struct cw_conn *conn, const char *revision,
                         json_t **out, struct cw_err *err) {
  static const char *const names[] = {"revision", "title", "checksum", "script", "at", "user", "host"};
  struct cw_tables tables;
  struct cw_result *result = NULL;
  const struct cw_value *row;
  struct cw_value id = cw_text(revision);
  int got = 0;
  *out = NULL;
  if (cw_tables_open(&tables, conn, app->config.version_table, app->config.version_table_schema, err))
    return -1;
  if (tables.exists[CW_TABLE_JOURNAL]) {
    got = cw_tables_query(&tables, conn,
                          "SELECT revision, title, checksum, script, finished_at, os_user, host "
                          "FROM {journal} WHERE revision = ? AND script IS NOT NULL "
                          "AND direction = 'up' AND outcome <> 'failed' ORDER BY id DESC",
                          &id, 1, &result, err);
    if (got == 0) got = cw_result_next(result, &row, err);
  }
  if (got == 1) {
    *out = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
      json_object_set_new(*out, names[i], row[i].type == CW_TEXT
                                              ? json_stringn(row[i].s.p, row[i].s.len)
                                              : json_null());
  }
  cw_result_free(result);
  cw_tables_release(&tables);
  if (got == 1) return 0;
  if (got == 0) {
    cw_fail(err, CW_ERR_UNKNOWN_REVISION, "the database keeps no text of a revision '%s'", revision);
    cw_hint(err, "`curlew status` lists what was applied; the whole id is needed");
  }
  return -1;
}
