/* --sql and --dry-run: the same moves, but every statement is printed instead of sent; see
 * execution.md. Journal rows are not printed. What operations have to look up is answered by a shadow. */
#include "db/record/record.h"
#include "run/run.h"
#include "run/shadow.h"
#include "run/signals.h"
#include "txn/txn.h"
#include "util/alloc.h"

struct offline {
  struct cw_app *app;
  const struct cw_config_db *db;
  const char *command;
  enum cw_direction direction;
  const struct cw_run_opts *opts;
  struct cw_graph *graph;
  struct cw_url *url;
  struct cw_conn *real;    /* --dry-run: the database, read only */
  struct cw_conn *conn;    /* the recording one */
  struct cw_shadow shadow;
  struct cw_tables tables;
  bool has_tables;
  struct strvec rows;
  struct cw_exec_opts how;
  struct cw_exec *exec;
  bool begun;              /* something was printed */
};

static int literal(void *ctx, const struct cw_value *value, struct strbuf *out,
                   struct cw_err *err) {
  struct offline *o = ctx;
  return o->app->ops->literal(o->app->script, cw_conn_dialect(o->conn), value, out, err);
}

static int open_record(struct offline *o, struct cw_err *err) {
  struct cw_record_opts opts = {.out = o->opts->out, .literal = literal, .ctx = o};
  if (o->real) {
    opts.dialect = cw_conn_dialect(o->real);
    opts.server = cw_conn_server(o->real);
    opts.version = cw_conn_version(o->real);
    opts.caps = cw_conn_caps(o->real);
    opts.flavor = cw_conn_flavor(o->real);
    return cw_record_open(&o->conn, &opts, err);
  }
  char *server = NULL; /* a plugin's dialect */
  if (cw_driver_traits(o->url, &opts.caps, &opts.flavor, &opts.dialect, &opts.server, err) ||
      cw_app_offline_server(o->app, o->url, opts.dialect, opts.server, &server, err))
    return -1;
  if (server) opts.server = server;
  int failed = cw_record_open(&o->conn, &opts, err);
  free(server);
  return failed;
}

static int open(struct offline *o, struct cw_err *err) {
  const struct cw_config *config = &o->app->config;
  if (cw_app_graph(o->app, o->db, &o->graph, err)) return -1;
  if (o->opts->dry_run) {
    if (cw_app_connect(o->app, o->db, true, &o->real, err)) return -1;
    if (cw_tables_open(&o->tables, o->real, config->version_table, config->version_table_schema,
                       err))
      return -1;
    o->has_tables = true;
    if (cw_version_read(o->real, &o->tables, &o->rows, err)) return -1;
  } else if (cw_app_url(o->app, o->db, &o->url, err)) {
    return -1;
  }
  if (open_record(o, err)) return -1;
  if (!o->has_tables) {
    if (cw_tables_offline(&o->tables, o->conn, config->version_table,
                          config->version_table_schema, err))
      return -1;
    o->has_tables = true;
  }
  bool sqlite = strcmp(cw_conn_dialect(o->conn), "sqlite") == 0;
  if (cw_shadow_open(&o->shadow, cw_conn_dialect(o->conn), o->real, err)) return -1;
  cw_record_shadow(o->conn, o->shadow.conn);
  o->how = (struct cw_exec_opts){.ops = o->app->ops,
                                 .script = o->app->script,
                                 .conn = o->conn,
                                 .catalog = sqlite ? o->shadow.conn : o->real,
                                 .shadowed = sqlite,
                                 .database = cw_db_name(o->db),
                                 .direction = o->direction,
                                 .offline = true,
                                 .x = o->app->opts.x,
                                 .config = o->db->entry ? o->db->entry : config->tree,
                                 .stop = o->app->opts.stop};
  o->exec = cw_exec_new(&o->how);
  return 0;
}

static void close(struct offline *o) {
  cw_exec_free(o->exec);
  cw_conn_free(o->conn);
  cw_shadow_release(&o->shadow);
  if (o->has_tables) cw_tables_release(&o->tables);
  cw_conn_free(o->real);
  cw_url_free(o->url);
  strvec_release(&o->rows);
}

/* The settings of curlew's own sessions that decide what a script means, so that a client with others
 * does the same. */
static int print_settings(struct offline *o, struct cw_err *err) {
  static const struct {
    const char *dialect, *sql;
  } settings[] = {
      {"sqlite", "PRAGMA foreign_keys = ON"},
      {"postgresql", "SET client_encoding = 'UTF8'"},
      {"postgresql", "SET standard_conforming_strings = on"},
      {"postgresql", "SET TIME ZONE 'UTC'"},
      {"postgresql", "SET DateStyle = 'ISO, YMD'"},
      {"postgresql", "SET IntervalStyle = 'postgres'"},
      {"mysql", "SET NAMES utf8mb4"},
      {"mysql", "SET time_zone = '+00:00'"},
      {"mysql", "SET sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,"
                "NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION'"},
      {"mysql", "SET foreign_key_checks = 1, unique_checks = 1, autocommit = 1"},
  };
  if (o->begun) return 0;
  o->begun = true;
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    if (strcmp(settings[i].dialect, cw_conn_dialect(o->conn)) == 0 &&
        cw_conn_exec(o->conn, settings[i].sql, err))
      return -1;
  return 0;
}

/* The version table, where the script begins with nothing. */
static int print_table(struct offline *o, struct cw_err *err) {
  bool there = o->opts->dry_run ? o->tables.exists[CW_TABLE_VERSION] : o->rows.len > 0;
  if (there || o->direction == CW_DOWN) return 0;
  struct strbuf sql = STRBUF_INIT;
  cw_tables_ddl(&o->tables, o->conn, CW_TABLE_VERSION, !o->opts->dry_run, &sql);
  int failed = print_settings(o, err) || cw_conn_exec(o->conn, sql.buf, err);
  strbuf_release(&sql);
  return failed ? -1 : 0;
}

static void print_comment(struct offline *o, const struct cw_move *move) {
  char *what = cw_move_describe(move);
  const char *title = move->revision ? move->revision->title : "";
  char *text = xasprintf("Running %s %s%s%s", o->command, what, *title ? ", " : "", title);
  cw_record_comment(o->conn, text);
  free(text);
  free(what);
}

/* A refusal that a gap in the shadow may be the reason of says so. */
static int explain_gap(const struct offline *o, struct cw_err *err) {
  const struct cw_err *gap = &o->shadow.gap;
  if (err->code != CW_ERR_OFFLINE || gap->code == CW_OK) return -1;
  char *hint = xstrdup(err->hint);
  cw_hint(err, "%s%sWhat %s does is not known, because it can't be run without a database: %s",
          hint ? hint : "", hint ? " " : "", gap->revision ? gap->revision : "an earlier revision",
          gap->message);
  free(hint);
  return -1;
}

static int run_script(struct offline *o, const struct cw_move *move, struct cw_err *err) {
  if (cw_project_load(o->app->ops, o->app->script, move->revision, err)) return -1;
  cw_signals_watch(NULL, NULL, o->app->ops, o->app->script);
  int failed = o->app->ops->run(o->app->script, move->revision, move->direction, o->exec, err);
  cw_signals_watch(NULL, NULL, o->app->ops, NULL);
  if (o->app->ops->resume) o->app->ops->resume(o->app->script);
  return failed;
}

static int print_move(struct offline *o, const struct cw_move *move, bool all, struct cw_err *err) {
  enum cw_txn_mode mode = move->revision->transaction;
  if (mode == CW_TXN_DEFAULT) mode = o->app->config.transaction;
  struct cw_exec_move em = {.move = move, .none = mode == CW_TXN_NONE, .shared = all};
  if (all && em.none && cw_exec_commit_shared(o->exec, false, err)) return -1;
  em.shared = all && !em.none;
  print_comment(o, move);
  if (cw_exec_move_begin(o->exec, &em, err) || run_script(o, move, err) ||
      cw_exec_move_finish(o->exec, err) || cw_version_apply(o->conn, &o->tables, move, err)) {
    cw_err_revision(err, move->revision->id);
    return explain_gap(o, err);
  }
  return cw_exec_move_end(o->exec, false, err);
}

/* --sql A:B: what the database is at A. */
static int replay(struct offline *o, struct cw_err *err) {
  struct strvec none = {0};
  struct cw_plan plan = {0};
  if (o->opts->dry_run || o->rows.len == 0) return 0;
  char *target = strvec_join(&o->rows, ",");
  int failed = cw_plan_continue(o->graph, CW_UP, &none, target, &plan, err);
  cw_signals_watch(NULL, NULL, o->app->ops, o->app->script);
  if (!failed) failed = cw_shadow_replay(&o->shadow, &plan, &o->how, &o->exec, err);
  cw_signals_watch(NULL, NULL, o->app->ops, NULL);
  if (o->app->ops->resume) o->app->ops->resume(o->app->script);
  cw_plan_release(&plan);
  free(target);
  return failed;
}

static int print_moves(struct offline *o, const struct cw_plan *plan, struct cw_err *err) {
  bool all = o->app->config.transaction == CW_TXN_ALL &&
             (cw_conn_caps(o->conn) & CW_CAP_TXN_DDL);
  if (cw_version_check_width(&o->tables, plan, err)) return -1;
  if (plan->nmoves == 0) return 0;
  if (replay(o, err) || print_settings(o, err) || print_table(o, err)) return -1;
  for (size_t i = 0; i < plan->nmoves; i++)
    if (print_move(o, &plan->moves[i], all, err)) return -1;
  return cw_exec_commit_shared(o->exec, false, err);
}

static int print_stamp(struct offline *o, const struct cw_plan *plan, struct cw_err *err) {
  if (plan->nmoves == 0) return 0;
  if (print_settings(o, err) || print_table(o, err) || cw_txn_begin(o->conn, NULL, err)) return -1;
  print_comment(o, &plan->moves[0]);
  if (cw_version_apply(o->conn, &o->tables, &plan->moves[0], err)) return -1;
  return cw_txn_commit(o->conn, err);
}

static int make_plan(struct offline *o, struct cw_plan *plan, struct cw_err *err) {
  bool stamp = strcmp(o->command, "stamp") == 0, dry = o->opts->dry_run;
  if (stamp)
    return dry ? cw_plan_stamp(o->graph, &o->rows, o->opts->targets, o->opts->purge, plan, err)
               : cw_plan_stamp_offline(o->graph, o->opts->targets, &o->rows, plan, err);
  if (!dry)
    return cw_plan_offline(o->graph, o->direction, o->opts->target, &o->rows, plan, err);
  int failed = o->direction == CW_UP
                   ? cw_plan_upgrade(o->graph, &o->rows, o->opts->target, plan, err)
                   : cw_plan_downgrade(o->graph, &o->rows, o->opts->target, plan, err);
  return failed ? cw_app_explain_unknown(o->app, o->real, o->graph, &o->rows, err) : 0;
}

int cw_run_offline(struct cw_app *app, const struct cw_config_db *db, const char *command,
                   const struct cw_run_opts *opts, struct cw_err *err) {
  struct offline o = {.app = app,
                      .db = db,
                      .command = command,
                      .direction = strcmp(command, "downgrade") == 0 ? CW_DOWN : CW_UP,
                      .opts = opts};
  struct cw_plan plan = {0};
  bool table_only = strcmp(command, "ensure-version") == 0;
  int failed = open(&o, err) || (table_only ? print_table(&o, err) : make_plan(&o, &plan, err));
  if (!failed && !table_only)
    failed = strcmp(command, "stamp") == 0 ? print_stamp(&o, &plan, err)
                                           : print_moves(&o, &plan, err);
  cw_plan_release(&plan);
  close(&o);
  return failed ? -1 : 0;
}
