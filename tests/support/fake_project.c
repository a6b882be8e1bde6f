/* A project for tests of run/; see fake_project.h. */
#include "support/fake_project.h"

#include <unistd.h>

#include "support/fake_script.h"
#include "util/alloc.h"
#include "util/fs.h"

/* The connect seam has no context, and tests run one project at a time. */
static struct cut_plan *current_cut;

static int connect_cut(struct cw_conn **out, const struct cw_url *url,
                       const struct cw_conn_opts *opts, struct cw_err *err) {
  struct cw_conn *inner;
  if (cw_conn_open(&inner, url, opts, err)) return -1;
  *out = cut_open(inner, current_cut);
  return 0;
}

static void write_file(const char *path, const char *text) {
  struct cw_err err = CW_ERR_INIT;
  if (cw_fs_write_atomic(path, text, strlen(text), false, &err)) {
    fprintf(stderr, "%s\n", err.message);
    abort();
  }
}

void project_init(struct project *p, const char *config) {
  *p = (struct project){.log = STRBUF_INIT};
  /* In memory where there is such a folder: many of these tests commit often. */
  const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  p->dir = xasprintf("%s/curlew-run-XXXXXX", top);
  if (!mkdtemp(p->dir)) abort();
  char *versions = cw_path_join(p->dir, "migrations/versions");
  struct cw_err err = CW_ERR_INIT;
  if (cw_fs_mkdirs(versions, &err)) abort();
  free(versions);
  char *path = cw_path_join(p->dir, "curlew.lua");
  char *text = xasprintf("{\"url\":\"sqlite:///t.db\"%s}", config);
  write_file(path, text);
  free(text);
  free(path);
}

void project_release(struct project *p) {
  char *command = xasprintf("rm -rf %s", p->dir);
  if (system(command)) abort();
  free(command);
  free(p->dir);
  strbuf_release(&p->log);
  cw_err_release(&p->err);
}

static char *version_path(struct project *p, const char *name) {
  return xasprintf("%s/migrations/versions/%s.fake", p->dir, name);
}

void project_write(struct project *p, const char *name, const char *text) {
  char *path = version_path(p, name);
  write_file(path, text);
  free(path);
}

void project_remove(struct project *p, const char *name) {
  char *path = version_path(p, name);
  unlink(path);
  free(path);
}

/* --- events ------------------------------------------------------------------------------------------ */

static void on_event(void *ctx, const struct cw_event *e) {
  struct project *p = ctx;
  const char *id = e->move && e->move->revision ? e->move->revision->id : "";
  switch (e->kind) {
  case CW_EVENT_START: strbuf_addf(&p->log, "start %zu\n", e->moves); break;
  case CW_EVENT_MOVE_START: strbuf_addf(&p->log, "begin %s\n", id); break;
  case CW_EVENT_STEP:
    strbuf_addf(&p->log, "step %d %s%s\n", e->step, e->text, e->skipped ? " (skipped)" : "");
    break;
  case CW_EVENT_MOVE_END:
    strbuf_addf(&p->log, "done %zu/%zu %s%s\n", e->number, e->moves, id,
                e->resumed ? " (resumed)" : "");
    break;
  case CW_EVENT_NOTE: strbuf_addf(&p->log, "note %s\n", e->text); break;
  case CW_EVENT_WARNING: strbuf_addf(&p->log, "warning %s\n", e->text); break;
  case CW_EVENT_END: strbuf_addf(&p->log, "end [%s]\n", e->rows); break;
  case CW_EVENT_PROGRESS:
  case CW_EVENT_ERROR: break;
  }
}

/* --- commands ------------------------------------------------------------------------------------------ */

static struct cw_app *open_app(struct project *p, const char *command) {
  current_cut = &p->cut;
  cw_err_release(&p->err);
  char *path = cw_path_join(p->dir, "curlew.lua");
  struct cw_app_opts opts = {.ops = &fake_script_ops,
                             .config_path = path,
                             .command = command,
                             .report = {on_event, p},
                             .stop = &p->stop,
                             .connect = connect_cut};
  struct cw_app *app = NULL;
  cw_app_open(&app, &opts, &p->err);
  free(path);
  return app;
}

typedef int job(struct cw_app *app, const struct cw_config_db *db, const struct cw_run_opts *opts,
                struct cw_err *err);

static int run(struct project *p, const char *command, job *fn, struct cw_run_opts *opts) {
  struct cw_app *app = open_app(p, command);
  int failed = app ? fn(app, &app->config.dbs[0], opts, &p->err) : -1;
  cw_app_free(app);
  return failed;
}

int project_upgrade(struct project *p, const char *target) {
  return run(p, "upgrade", cw_run_upgrade, &(struct cw_run_opts){.target = target});
}

int project_downgrade(struct project *p, const char *target) {
  return run(p, "downgrade", cw_run_downgrade, &(struct cw_run_opts){.target = target});
}

int project_stamp(struct project *p, const char *target) {
  struct strvec targets = {0};
  strvec_push(&targets, target);
  int failed = run(p, "stamp", cw_run_stamp, &(struct cw_run_opts){.targets = &targets});
  strvec_release(&targets);
  return failed;
}

int project_resolve(struct project *p, const char *revision, enum cw_resolution how) {
  struct cw_app *app = open_app(p, "resolve");
  int failed = app ? cw_run_resolve(app, &app->config.dbs[0], revision, how, &p->err) : -1;
  cw_app_free(app);
  return failed;
}

int project_sql(struct project *p, const char *command, const char *target, bool dry_run,
                struct strbuf *out) {
  struct cw_run_opts opts = {.target = target, .sql = !dry_run, .dry_run = dry_run, .out = out};
  return run(p, command, strcmp(command, "upgrade") == 0 ? cw_run_upgrade : cw_run_downgrade, &opts);
}

json_t *project_status(struct project *p) {
  struct cw_app *app = open_app(p, "status");
  json_t *status = NULL;
  if (app) cw_run_status(app, &app->config.dbs[0], &status, &p->err);
  cw_app_free(app);
  return status;
}

/* --- looking at the file ------------------------------------------------------------------------------ */

static struct cw_conn *open_file(struct project *p) {
  struct cw_url *url;
  struct cw_conn *conn;
  struct cw_err err = CW_ERR_INIT;
  if (cw_url_parse(&url, "sqlite:///t.db", p->dir, &err) || cw_conn_open(&conn, url, NULL, &err)) {
    fprintf(stderr, "%s\n", err.message);
    abort();
  }
  cw_url_free(url);
  return conn;
}

char *project_query(struct project *p, const char *sql) {
  struct cw_conn *conn = open_file(p);
  struct cw_err err = CW_ERR_INIT;
  struct cw_result *result = NULL;
  const struct cw_value *row;
  struct strbuf out = STRBUF_INIT;
  if (cw_conn_query(conn, sql, strlen(sql), NULL, 0, 0, &result, &err))
    strbuf_addf(&out, "error: %s", err.message);
  while (result && cw_result_next(result, &row, &err) == 1) {
    if (out.len) strbuf_addch(&out, '\n');
    for (size_t i = 0; i < cw_result_ncols(result); i++) {
      if (i) strbuf_addch(&out, '|');
      if (row[i].type == CW_INT) strbuf_addf(&out, "%lld", (long long)row[i].i);
      if (row[i].type == CW_TEXT) strbuf_add(&out, row[i].s.p, row[i].s.len);
    }
  }
  cw_result_free(result);
  cw_conn_free(conn);
  cw_err_release(&err);
  return strbuf_detach(&out, NULL);
}

void project_exec(struct project *p, const char *sql) {
  struct cw_conn *conn = open_file(p);
  struct cw_err err = CW_ERR_INIT;
  if (cw_conn_exec(conn, sql, &err)) {
    fprintf(stderr, "%s\n", err.message);
    abort();
  }
  cw_conn_free(conn);
}
