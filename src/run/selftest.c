/* The checks of `curlew test`; see selftest.h. Each revision is applied, taken back and applied again, in
 * the order of an upgrade, and the schema is compared after each of the three. */
#include "run/selftest.h"

#include "run/internal.h"
#include "run/scratch.h"
#include "run/signals.h"
#include "txn/tables.h"
#include "util/clock.h"

struct selftest {
  struct cw_app *app;
  const struct cw_config_db *db;
  const struct cw_selftest_opts *opts;
  struct cw_graph *graph;
  struct cw_revlist order;  /* of an upgrade to all heads */
  json_t *checks;
  int64_t began;            /* of the check in work */
  size_t irreversible;
};

/* --- results ------------------------------------------------------------------------------------------ */

static json_t *text_of(const char *text) { return text ? json_string(text) : json_null(); }

/* Takes `problems` over; NULL: none. */
static void record(struct selftest *t, const char *name, const struct cw_revision *rev, const char *skip,
                   json_t *problems) {
  json_t *check = json_object();
  if (!problems) problems = json_array();
  json_object_set_new(check, "name", text_of(name));
  json_object_set_new(check, "ok", json_boolean(json_array_size(problems) == 0));
  json_object_set_new(check, "revision", text_of(rev ? rev->id : NULL));
  json_object_set_new(check, "skip", text_of(skip));
  json_object_set_new(check, "problems", problems);
  json_object_set_new(check, "duration_ms", json_integer(cw_clock_ms() - t->began));
  json_array_append_new(t->checks, check);
  if (t->opts->told) t->opts->told(t->opts->ctx, check);
  t->began = cw_clock_ms();
}

/* The same with "<revision> <title>: <what>" for a name. */
static void record_revision(struct selftest *t, const struct cw_revision *rev, const char *what,
                            const char *skip, json_t *problems) {
  bool titled = rev->title && *rev->title;
  char *name = xasprintf("%s%s%s: %s", rev->id, titled ? " " : "", titled ? rev->title : "", what);
  record(t, name, rev, skip, problems);
  free(name);
}

/* Adds an error as one problem: what happened, where, what next. The error is empty afterwards. */
static void add_error(json_t *problems, const char *during, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  strbuf_addf(&text, "%s: %s", during, err->message);
  if (err->file && err->line) strbuf_addf(&text, " (%s:%d)", err->file, err->line);
  if (err->hint) strbuf_addf(&text, ". %s", err->hint);
  json_t *problem = json_string(text.buf);
  json_array_append_new(problems, problem ? problem : json_string(during)); /* a server's bytes */
  strbuf_release(&text);
  cw_err_release(err);
}

/* Whether a failure says nothing about the revision: the whole test ends. */
static bool is_fatal(const struct cw_err *err) {
  int status = cw_errcode_exit(err->code);
  return status == 4 || status == 5 || status == 7;
}

/* --- what is in the database ------------------------------------------------------------------------- */

static json_t *service_tables(const struct cw_tables *tables) {
  json_t *names = json_array();
  for (size_t i = 0; i < CW_TABLES; i++) json_array_append_new(names, json_string(tables->names[i]));
  return names;
}

/* Asks curlew.testing.snapshot over a connection of its own; *rows (may be NULL): the version rows. */
static int look(struct cw_app *app, const struct cw_config_db *db, const char *function, bool data,
                struct strvec *rows, json_t **out, struct cw_err *err) {
  struct cw_conn *conn = NULL;
  struct cw_tables tables = {0};
  const struct cw_config *config = &app->config;
  bool scratch = cw_scratch_url(app, db) != NULL; /* there on_connect may make what it wants to be there */
  if (cw_app_connect(app, db, !scratch, &conn, err)) return -1;
  int failed = cw_tables_open(&tables, conn, config->version_table, config->version_table_schema, err);
  if (!failed) {
    json_t *request = json_pack("{s:o, s:b}", "service", service_tables(&tables), "data", data);
    failed = cw_app_library(app, db, conn, "curlew.testing.snapshot", function, request, out, err);
    json_decref(request);
  }
  if (!failed && rows) failed = cw_app_version_rows(app, conn, rows, err);
  cw_tables_release(&tables);
  cw_conn_free(conn);
  return failed;
}

int cw_run_snapshot(struct cw_app *app, const struct cw_config_db *db, bool data, json_t **out,
                    struct cw_err *err) {
  *out = NULL;
  return look(app, db, "take", data, NULL, out, err);
}

/* The schema and the version rows at one time. */
struct state {
  json_t *snapshot;
  struct strvec rows;
};

static void state_release(struct state *s) {
  json_decref(s->snapshot);
  strvec_release(&s->rows);
  *s = (struct state){0};
}

static int state_take(struct selftest *t, struct state *s, struct cw_err *err) {
  state_release(s);
  return look(t->app, t->db, "take", false, &s->rows, &s->snapshot, err);
}

/* Adds what differs from `before` as problems. */
static int state_compare(struct selftest *t, const struct state *before, const struct state *after,
                         const char *when, json_t *problems, struct cw_err *err) {
  json_t *answer = NULL, *item, *request = json_pack("{s:O, s:O}", "before", before->snapshot, "after",
                                                     after->snapshot);
  size_t i;
  int failed = t->app->ops->library(t->app->script, NULL, "curlew.testing.snapshot", "compare", request,
                                    &answer, err);
  json_decref(request);
  if (failed) return -1;
  json_array_foreach(json_object_get(answer, "differences"), i, item) {
    char *text = xasprintf("%s: %s", when, json_string_value(item));
    json_array_append_new(problems, json_string(text));
    free(text);
  }
  json_decref(answer);
  char *old = strvec_join(&before->rows, ", "), *now = strvec_join(&after->rows, ", ");
  if (strcmp(old, now) != 0) {
    char *text = xasprintf("%s: the version rows are [%s] instead of [%s]", when, now, old);
    json_array_append_new(problems, json_string(text));
    free(text);
  }
  free(old);
  free(now);
  return 0;
}

/* --- about the files ---------------------------------------------------------------------------------- */

static void check_heads(struct selftest *t) {
  const struct cw_revlist *heads = cw_graph_heads(t->graph);
  json_t *problems = json_array();
  for (size_t i = 0; heads->len > 1 && i < heads->len; i++) {
    bool named = false; /* by a label that no other head has */
    const struct strvec *labels = &heads->items[i]->all_labels;
    for (size_t j = 0; j < labels->len && !named; j++) {
      named = true;
      for (size_t k = 0; k < heads->len; k++)
        if (k != i && strvec_has(&heads->items[k]->all_labels, labels->items[j])) named = false;
    }
    if (named) continue;
    char *text = xasprintf("%s is one of %zu heads and has no branch label of its own; join them (curlew merge "
                           "heads) or give its branch a label", heads->items[i]->id, heads->len);
    json_array_append_new(problems, json_string(text));
    free(text);
  }
  record(t, "there is a single head, or each has a branch label", NULL, NULL, problems);
}

static void check_reversible(struct selftest *t) {
  for (size_t i = 0; i < t->order.len; i++) {
    const struct cw_revision *rev = t->order.items[i];
    json_t *problems = json_array();
    char *skip = rev->irreversible ? xasprintf("declared irreversible: %s", rev->irreversible) : NULL;
    if (rev->irreversible || !rev->has_downgrade) t->irreversible++;
    if (!rev->irreversible && !rev->has_downgrade)
      json_array_append_new(problems, json_string("it has no downgrade, and does not say why; write one, or "
                                                  "declare irreversible = \"why\""));
    record_revision(t, rev, "it can be taken back, or says why not", skip, problems);
    free(skip);
  }
}

/* --- up, down, up ------------------------------------------------------------------------------------- */

static int upgrade(struct selftest *t, const char *target, struct cw_err *err) {
  struct cw_run_opts opts = {.target = target};
  return cw_run_upgrade(t->app, t->db, &opts, err);
}

static int downgrade(struct selftest *t, const char *target, struct cw_err *err) {
  struct cw_run_opts opts = {.target = target};
  return cw_run_downgrade(t->app, t->db, &opts, err);
}

/* The words that take back one applied revision and nothing else; the caller frees. A merge names the parent
 * to go to: one that no other parent stands on, or that would go too. */
static char *words_back(const struct selftest *t, const struct cw_revision *rev) {
  if (rev->parents.len < 2) return xasprintf("%s@-1", rev->id);
  const struct cw_revision *target = rev->parents.items[0];
  for (size_t i = 0; i < rev->parents.len; i++) {
    struct cw_revset below;
    struct cw_revlist others = {0};
    for (size_t j = 0; j < rev->parents.len; j++)
      if (j != i) cw_revlist_push(&others, rev->parents.items[j]);
    cw_revset_init(&below, t->graph);
    cw_graph_ancestors(t->graph, &others, true, &below);
    bool free_of_others = !cw_revset_has(&below, rev->parents.items[i]);
    cw_revset_release(&below);
    cw_revlist_release(&others);
    if (!free_of_others) continue;
    target = rev->parents.items[i];
    break;
  }
  return xasprintf("%s@%s", rev->id, target->id);
}

/* After trouble: a fresh database with the first `count` revisions. *ready: it could be done. */
static int start_afresh(struct selftest *t, size_t count, bool *ready, struct cw_err *err) {
  *ready = false;
  if (t->opts->in_place) return 0;
  if (cw_scratch_drop(t->app, t->db, err) || cw_scratch_make(t->app, t->db, t->opts->beside, err)) return -1;
  for (size_t i = 0; i < count; i++) {
    if (upgrade(t, t->order.items[i]->id, err) == 0) continue;
    if (is_fatal(err)) return -1;
    cw_err_release(err);
    return 0;
  }
  *ready = true;
  return 0;
}

/* Applies, takes back and applies again; *sound: the database stands where it would after a flawless
 * check. Only what is fatal is an error. */
static int up_down_up(struct selftest *t, const struct cw_revision *rev, json_t *problems, bool *sound,
                      struct cw_err *err) {
  struct state before = {0}, up = {0}, down = {0}, again = {0};
  char *back = words_back(t, rev);
  struct cw_err failure = CW_ERR_INIT;
  const char *during = NULL;
  *sound = false;
  int failed = state_take(t, &before, err);
  if (failed) goto out;
  if (upgrade(t, rev->id, &failure)) {
    during = "the upgrade fails";
  } else if (!rev->irreversible && rev->has_downgrade) {
    if ((failed = state_take(t, &up, err))) goto out;
    if (downgrade(t, back, &failure)) {
      during = "the downgrade fails";
    } else {
      if ((failed = state_take(t, &down, err) ||
                    state_compare(t, &before, &down, "after the downgrade", problems, err)))
        goto out;
      if (upgrade(t, rev->id, &failure))
        during = "the upgrade fails the second time";
      else if ((failed = state_take(t, &again, err) ||
                         state_compare(t, &up, &again, "after the second upgrade", problems, err)))
        goto out;
    }
  }
  if (during && is_fatal(&failure)) {
    cw_err_move(err, &failure);
    failed = -1;
  } else if (during) {
    add_error(problems, during, &failure);
  }
  *sound = json_array_size(problems) == 0;
out:
  free(back);
  cw_err_release(&failure);
  state_release(&before);
  state_release(&up);
  state_release(&down);
  state_release(&again);
  return failed ? -1 : 0;
}

static int check_steps(struct selftest *t, bool *complete, struct cw_err *err) {
  bool ready = true;
  *complete = true;
  for (size_t i = 0; i < t->order.len; i++) {
    const struct cw_revision *rev = t->order.items[i];
    static const char what[] = "up, down and up again leaves no trace";
    char *skip = NULL;
    json_t *problems = json_array();
    if (!ready) {
      skip = xstrdup("not reached: the database could not be brought there");
    } else {
      bool sound;
      if (up_down_up(t, rev, problems, &sound, err) ||
          (!sound && start_afresh(t, i + 1, &ready, err))) {
        json_decref(problems);
        return -1;
      }
      *complete = *complete && sound;
      if (sound && (rev->irreversible || !rev->has_downgrade))
        skip = xstrdup(rev->irreversible ? "only up: declared irreversible" : "only up: it has no downgrade");
    }
    record_revision(t, rev, what, skip, problems);
    free(skip);
  }
  return 0;
}

/* From the heads to base and back in one go. */
static int check_whole(struct selftest *t, bool complete, struct cw_err *err) {
  static const char name[] = "all the way down and up again leaves no trace";
  if (!t->order.len) return 0;
  if (!complete || t->irreversible) {
    record(t, name, NULL, complete ? "some revisions can't be taken back" : "not reached: see above", NULL);
    return 0;
  }
  struct state heads = {0}, again = {0};
  struct cw_err failure = CW_ERR_INIT;
  json_t *problems = json_array(), *found = NULL, *item;
  size_t i;
  int failed = state_take(t, &heads, err);
  if (!failed && downgrade(t, "base", &failure)) {
    if (is_fatal(&failure)) failed = -1;
    else add_error(problems, "the downgrade to base fails", &failure);
  } else if (!failed) {
    failed = look(t->app, t->db, "contents", false, NULL, &found, err);
    json_array_foreach(json_object_get(found, "titles"), i, item) {
      char *text = xasprintf("at base: %s is left over", json_string_value(item));
      json_array_append_new(problems, json_string(text));
      free(text);
    }
    if (!failed && upgrade(t, "heads", &failure)) {
      if (is_fatal(&failure)) failed = -1;
      else add_error(problems, "the upgrade from base fails", &failure);
    } else if (!failed) {
      failed = state_take(t, &again, err) ||
               state_compare(t, &heads, &again, "after the second upgrade", problems, err);
    }
  }
  if (failure.code != CW_OK) cw_err_move(err, &failure);
  json_decref(found);
  state_release(&heads);
  state_release(&again);
  if (failed) {
    json_decref(problems);
    return -1;
  }
  record(t, name, NULL, NULL, problems);
  return 0;
}

/* --- the whole ---------------------------------------------------------------------------------------- */

/* Nothing of anybody's may be in it. */
static int check_empty(struct selftest *t, struct cw_err *err) {
  struct strvec rows = {0}, titles = {0};
  json_t *found = NULL, *item;
  size_t i;
  int failed = look(t->app, t->db, "contents", false, &rows, &found, err);
  json_array_foreach(json_object_get(found, "titles"), i, item) {
    if (i < 5) strvec_push(&titles, json_string_value(item));
    else if (i == 5) strvec_push(&titles, "...");
  }
  if (!failed && (rows.len || titles.len)) {
    if (rows.len) strvec_push(&titles, "version rows");
    char *list = strvec_join(&titles, ", ");
    cw_fail(err, CW_ERR_USAGE, "the database is not empty, and testing in it would harm what is there: %s", list);
    failed = cw_hint(err, "Leave --in-place out to test in a scratch database, or name an empty one with --url.");
    free(list);
  }
  strvec_release(&titles);
  strvec_release(&rows);
  json_decref(found);
  return failed ? -1 : 0;
}

/* With -v: where to look should this process be killed. */
static void tell_scratch(struct selftest *t, const struct cw_report *report) {
  const struct cw_url *url = cw_scratch_url(t->app, t->db);
  if (!url || t->app->opts.verbosity < 1) return;
  char *text = xasprintf("the scratch database is %s", url->masked);
  struct cw_event event = {.kind = CW_EVENT_NOTE, .command = "test", .text = text};
  report->event(report->ctx, &event);
  free(text);
}

static int on_database(struct selftest *t, const struct cw_report *report, struct cw_err *err) {
  bool complete;
  int failed = t->opts->in_place ? check_empty(t, err) : cw_scratch_make(t->app, t->db, t->opts->beside, err);
  if (failed) return -1;
  tell_scratch(t, report);
  t->began = cw_clock_ms();
  failed = check_steps(t, &complete, err) || check_whole(t, complete, err);
  if (!failed && t->opts->in_place && complete && !t->irreversible && t->order.len)
    failed = downgrade(t, "base", err); /* as it was found */
  struct cw_err ignored = CW_ERR_INIT;
  if (cw_scratch_drop(t->app, t->db, failed ? &ignored : err)) failed = -1;
  cw_err_release(&ignored);
  return failed ? -1 : 0;
}

static void no_event(void *ctx, const struct cw_event *event) {
  (void)ctx;
  (void)event;
}

int cw_run_selftest(struct cw_app *app, const struct cw_config_db *db,
                    const struct cw_selftest_opts *opts, json_t **out, struct cw_err *err) {
  struct selftest t = {.app = app, .db = db, .opts = opts, .checks = json_array(), .began = cw_clock_ms()};
  struct cw_err broken = CW_ERR_INIT;
  struct cw_report report = app->opts.report; /* the moves of a test are nobody's news */
  int failed = 0;
  *out = NULL;
  json_t *problems = json_array();
  bool loads = cw_app_graph(app, db, &t.graph, &broken) == 0;
  if (!loads) add_error(problems, "loading", &broken);
  record(&t, "every revision file loads, and they form one history", NULL, NULL, problems);
  if (loads) {
    cw_graph_order(t.graph, NULL, &t.order);
    check_heads(&t);
    check_reversible(&t);
    app->opts.report = (struct cw_report){.event = no_event};
    failed = cw_signals_start(err);
    if (!failed) {
      failed = on_database(&t, &report, err);
      cw_signals_stop();
    }
    app->opts.report = report;
  }
  cw_revlist_release(&t.order);
  *out = t.checks;
  return failed ? -1 : 0;
}
