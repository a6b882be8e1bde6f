/* Backfills as people see them from anywhere: listed, and steered through the database. A running one
 * looks for orders between its batches (op/backfill_wait.c); see app.h. */
#include "db/rows.h"
#include "op/journal_internal.h"
#include "run/backfills.h"
#include "run/run.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/suggest.h"

enum { SKIPS_SHOWN = 100 };

/* --- listing --------------------------------------------------------------------------------------- */

static void set_text(json_t *object, const char *key, const struct cw_value *value) {
  char *text = cw_journal_column(value);
  json_object_set_new(object, key, text ? json_string(text) : json_null());
  free(text);
}

static void set_number(json_t *object, const char *key, const struct cw_value *value) {
  json_object_set_new(object, key, value->type == CW_INT ? json_integer(value->i) : json_null());
}

static void add(json_t *object, const char *key, int64_t more) {
  json_t *value = json_object_get(object, key);
  json_object_set_new(object, key, json_integer(json_integer_value(value) + more));
}

/* Sums over the ranges; the last one has the batch size of now. */
static int add_ranges(json_t *item, struct cw_conn *conn, const struct cw_tables *tables,
                      const struct cw_value *id, struct cw_err *err) {
  static const char *const sums[] = {"rows", "walked", "batches", "skipped", "busy_ms"};
  struct cw_result *result = NULL;
  const struct cw_value *v;
  if (cw_tables_query(tables, conn,
                      "SELECT rows_done, walked, batches, skipped, busy_ms, batch_size, noted_at, "
                      "at_key FROM {range} WHERE move_id = ? AND seq = ? ORDER BY range_no",
                      id, 2, &result, err))
    return -1;
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
    json_object_set_new(item, sums[i], json_integer(0));
  int got;
  while ((got = cw_result_next(result, &v, err)) == 1) {
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
      add(item, sums[i], cw_journal_number(&v[i]));
    set_number(item, "batch_size", &v[5]);
    set_text(item, "last_batch_at", &v[6]);
    set_text(item, "at", &v[7]);
  }
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

static int add_skips(json_t *item, struct cw_conn *conn, const struct cw_tables *tables,
                     const struct cw_value *id, struct cw_err *err) {
  if (json_integer_value(json_object_get(item, "skipped")) == 0) return 0;
  struct cw_result *result = NULL;
  const struct cw_value *v;
  json_t *list = json_array();
  json_object_set_new(item, "skipped_rows", list);
  char *sql = xasprintf("SELECT at_key, error_text, noted_at FROM {skip} WHERE move_id = ? AND "
                        "seq = ? ORDER BY range_no, skip_no LIMIT %d",
                        SKIPS_SHOWN);
  int failed = cw_tables_query(tables, conn, sql, id, 2, &result, err);
  free(sql);
  if (failed) return -1;
  int got;
  while ((got = cw_result_next(result, &v, err)) == 1) {
    json_t *skip = json_object();
    char *key = cw_journal_column(&v[0]);
    json_t *values = key ? json_loads(key, JSON_ALLOW_NUL, NULL) : NULL;
    json_object_set_new(skip, "key", values ? values : json_null());
    set_text(skip, "error", &v[1]);
    set_text(skip, "at", &v[2]);
    json_array_append_new(list, skip);
    free(key);
  }
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

static bool is(const struct cw_value *value, const char *text) {
  return value->type == CW_TEXT && value->s.len == strlen(text) &&
         memcmp(value->s.p, text, value->s.len) == 0;
}

/* One backfill, its columns as `list` selects them. Open: its revision is, and it is not done. */
static json_t *describe(const struct cw_value *v, bool *open) {
  json_t *item = json_object();
  bool running = is(&v[4], "running"), done = is(&v[3], "done");
  *open = running && !done;
  set_text(item, "name", &v[2]);
  set_text(item, "revision", &v[5]);
  json_object_set_new(item, "direction", json_string(is(&v[6], "down") ? "downgrade" : "upgrade"));
  set_number(item, "step", &v[7]);
  set_text(item, "operation", &v[8]);
  set_text(item, "table", &v[9]);
  set_text(item, "key", &v[10]);
  if (done || running)
    set_text(item, "state", &v[3]);
  else
    json_object_set_new(item, "state", json_string("abandoned"));
  json_object_set_new(item, "open", json_boolean(*open));
  set_text(item, "ordered", &v[11]);
  set_number(item, "total", &v[12]);
  set_text(item, "started_at", &v[13]);
  set_text(item, "finished_at", &v[14]);
  set_text(item, "user", &v[15]);
  set_text(item, "host", &v[16]);
  set_number(item, "pid", &v[17]);
  set_text(item, "waits", &v[18]);
  set_text(item, "error", &v[19]);
  char *settings = cw_journal_column(&v[20]);
  json_t *values = settings ? json_loads(settings, 0, NULL) : NULL;
  json_object_set_new(item, "settings", values ? values : json_object());
  free(settings);
  return item;
}

int cw_backfills_list(struct cw_conn *conn, const struct cw_tables *tables, bool open_only,
                      json_t **out, struct cw_err *err) {
  *out = json_array();
  if (!tables->exists[CW_TABLE_BACKFILL] || !tables->exists[CW_TABLE_JOURNAL]) return 0;
  struct cw_rows rows = {0};
  struct cw_result *result = NULL;
  int failed = cw_tables_query(
      tables, conn,
      "SELECT b.move_id, b.seq, b.title, b.state, j.outcome, j.revision, j.direction, b.step_no, "
      "b.kind, b.target, b.walk, b.control, b.total, b.started_at, b.finished_at, b.os_user, b.host, "
      "b.pid, b.waits, b.error_text, b.settings FROM {backfill} b LEFT JOIN {journal} j "
      "ON j.id = b.move_id ORDER BY b.move_id, b.seq",
      NULL, 0, &result, err);
  if (!failed) failed = cw_rows_read(&rows, result, 0, err);
  cw_result_free(result);
  size_t width = rows.names.len;
  for (size_t at = 0; !failed && at < rows.len; at += width) {
    bool open;
    const struct cw_value *v = &rows.items[at];
    json_t *item = describe(v, &open);
    if (open_only && !open) {
      json_decref(item);
      continue;
    }
    json_array_append_new(*out, item);
    failed = add_ranges(item, conn, tables, v, err) || add_skips(item, conn, tables, v, err);
  }
  cw_rows_release(&rows);
  if (failed) {
    json_decref(*out);
    *out = NULL;
  }
  return failed ? -1 : 0;
}

static int open_tables(struct cw_app *app, const struct cw_config_db *db, bool read_only,
                       struct cw_conn **conn, struct cw_tables *tables, struct cw_err *err) {
  if (cw_app_connect(app, db, read_only, conn, err)) return -1;
  if (cw_tables_open(tables, *conn, app->config.version_table, app->config.version_table_schema,
                     err) == 0)
    return 0;
  cw_conn_free(*conn);
  return -1;
}

int cw_run_backfills(struct cw_app *app, const struct cw_config_db *db, json_t **out,
                     struct cw_err *err) {
  struct cw_conn *conn = NULL;
  struct cw_tables tables;
  if (open_tables(app, db, true, &conn, &tables, err)) return -1;
  int failed = cw_backfills_list(conn, &tables, false, out, err);
  cw_tables_release(&tables);
  cw_conn_free(conn);
  return failed;
}

/* --- orders ---------------------------------------------------------------------------------------- */

void cw_found_backfill_release(struct cw_found_backfill *found) {
  free(found->settings);
  free(found->revision);
  *found = (struct cw_found_backfill){0};
}

int cw_backfill_find(struct cw_conn *conn, const struct cw_tables *tables, const char *name,
                     struct cw_found_backfill *out, struct cw_err *err) {
  struct cw_result *result = NULL;
  const struct cw_value *v;
  struct strvec names = {0};
  int found = 0, got = -1;
  *out = (struct cw_found_backfill){0};
  if (!tables->exists[CW_TABLE_BACKFILL]) return cw_fail(err, CW_ERR_USAGE, "there is no open backfill");
  if (cw_tables_query(tables, conn,
                      "SELECT b.move_id, b.seq, b.title, b.settings, j.revision, j.direction "
                      "FROM {backfill} b JOIN {journal} j "
                      "ON j.id = b.move_id WHERE j.outcome = 'running' AND b.state <> 'done' "
                      "ORDER BY b.move_id, b.seq",
                      NULL, 0, &result, err))
    return -1;
  while ((got = cw_result_next(result, &v, err)) == 1) {
    char *title = cw_journal_column(&v[2]);
    strvec_push(&names, title ? title : "");
    if (title && strcmp(title, name) == 0) {
      cw_found_backfill_release(out);
      out->move = cw_journal_number(&v[0]);
      out->seq = cw_journal_number(&v[1]);
      out->settings = cw_journal_column(&v[3]);
      out->revision = cw_journal_column(&v[4]);
      out->up = !is(&v[5], "down");
      found++;
    }
    free(title);
  }
  cw_result_free(result);
  int failed = got < 0;
  if (!failed && found == 0) {
    char *list = strvec_join(&names, ", ");
    failed = cw_fail(err, CW_ERR_USAGE, "there is no open backfill \"%s\"", name);
    cw_hint(err, names.len ? "open are: %s" : "none is open%s", list);
    free(list);
  }
  strvec_release(&names);
  return failed ? -1 : 0;
}

/* What `set` takes: durations are kept as milliseconds. */
static const struct setting {
  const char *name, *key;
  enum { COUNT, DURATION, SHARE } kind;
} known[] = {{"batch_size", "batch_size", COUNT},         {"min_batch_size", "min_batch_size", COUNT},
             {"max_batch_size", "max_batch_size", COUNT}, {"target", "target_ms", DURATION},
             {"pause", "pause_ms", DURATION},             {"duty", "duty", SHARE},
             {"max_lag", "max_lag_ms", DURATION}};
enum { KNOWN = sizeof known / sizeof *known };

static int set_one(json_t *settings, const char *word, struct cw_err *err) {
  const char *equals = strchr(word, '=');
  const char *names[KNOWN];
  char *name = equals ? xstrndup(word, (size_t)(equals - word)) : xstrdup(word), *end;
  const struct setting *s = NULL;
  for (size_t i = 0; i < KNOWN; i++) {
    names[i] = known[i].name;
    if (strcmp(known[i].name, name) == 0) s = &known[i];
  }
  int failed = -1;
  int64_t ms;
  if (!s || !equals) {
    const char *near = cw_suggest(name, names, KNOWN);
    cw_fail(err, CW_ERR_USAGE, s ? "%s needs a value: %s=..." : "a backfill has no setting \"%s\"%s",
            name, s ? name : "");
    cw_hint(err, near ? "did you mean %s?" : "write batch_size=500, pause=1s or duty=0.5%s",
            near ? near : "");
  } else if (s->kind == DURATION && cw_duration_parse(equals + 1, &ms)) {
    failed = json_object_set_new(settings, s->key, json_integer(ms));
  } else if (s->kind == COUNT && strtoll(equals + 1, &end, 10) > 0 && *end == '\0') {
    failed = json_object_set_new(settings, s->key, json_integer(strtoll(equals + 1, NULL, 10)));
  } else if (s->kind == SHARE && strtod(equals + 1, &end) > 0 && *end == '\0' &&
             strtod(equals + 1, NULL) <= 1) {
    failed = json_object_set_new(settings, s->key, json_real(strtod(equals + 1, NULL)));
  } else {
    cw_fail(err, CW_ERR_USAGE, "\"%s\" is no value for %s", equals + 1, name);
  }
  free(name);
  return failed;
}

int cw_run_backfill_order(struct cw_app *app, const struct cw_config_db *db, const char *name,
                          const char *control, const struct strvec *words, struct cw_err *err) {
  struct cw_conn *conn = NULL;
  struct cw_tables tables;
  struct cw_value params[4];
  struct cw_found_backfill found = {0};
  if (open_tables(app, db, false, &conn, &tables, err)) return -1;
  int failed = cw_backfill_find(conn, &tables, name, &found, err);
  struct cw_value id[] = {cw_int(found.move), cw_int(found.seq)};
  json_t *settings = found.settings ? json_loads(found.settings, 0, NULL) : NULL;
  if (!settings) settings = json_object();
  for (size_t i = 0; words && i < words->len && !failed; i++)
    failed = set_one(settings, words->items[i], err);
  char *after = json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS);
  if (!failed && control) {
    params[0] = cw_text(control);
    memcpy(params + 1, id, sizeof id);
    failed = cw_tables_exec(&tables, conn,
                            "UPDATE {backfill} SET control = ? WHERE move_id = ? AND seq = ?", params, 3,
                            NULL, err);
  } else if (!failed) {
    params[0] = cw_text(after);
    memcpy(params + 1, id, sizeof id);
    failed = cw_tables_exec(&tables, conn,
                            "UPDATE {backfill} SET settings = ? WHERE move_id = ? AND seq = ?", params,
                            3, NULL, err);
  }
  free(after);
  cw_found_backfill_release(&found);
  json_decref(settings);
  cw_tables_release(&tables);
  cw_conn_free(conn);
  return failed;
}
