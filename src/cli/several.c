/* Runs that change databases, one or several, and the ledger that sums up; see several.h. */
#include "cli/several.h"

#include "util/clock.h"

/* The SQL of --sql and --dry-run. */
static void print_sql(struct cw_cli *cli, const struct cw_config_db *db, const struct strbuf *sql) {
  if (cli->out.json) {
    json_t *o = json_object();
    json_object_set_new(o, "event", json_string("sql"));
    if (db->name) json_object_set_new(o, "database", cw_json_text(db->name));
    json_object_set_new(o, "sql", cw_json_text(sql->buf));
    cw_out_json(&cli->out, o);
    return;
  }
  cw_out_text(&cli->out, sql->buf, sql->len);
}

static int run_one(struct cw_cli *cli, cw_run_fn run, const struct cw_config_db *db, bool several,
                   struct cw_run_opts *opts, struct cw_err *err) {
  struct strbuf sql = STRBUF_INIT;
  opts->out = opts->sql || opts->dry_run ? &sql : NULL;
  cw_progress_start(&cli->progress, several ? db->name : NULL);
  if (several && opts->out && !cli->out.json) strbuf_addf(&sql, "-- database %s\n", db->name);
  int status = run(cli->app, db, opts, err);
  if (status < 0 && db->name) cw_err_database(err, db->name);
  if (status == 0 && opts->out) print_sql(cli, db, &sql);
  strbuf_release(&sql);
  return status;
}

/* Where a database stands that the run did not bring to its end; NULL when it can't be asked. */
static char *rows_after_failure(struct cw_cli *cli, const struct cw_config_db *db,
                                const struct cw_err *failure) {
  if (cw_errcode_exit(failure->code) == 4 || failure->code == CW_ERR_INTERRUPTED) return NULL;
  struct strvec rows = {0};
  struct cw_err ignored = CW_ERR_INIT;
  char *text = NULL;
  if (cw_cli_rows(cli, db, &rows, NULL, NULL, &ignored) == 0) text = strvec_join(&rows, ",");
  strvec_release(&rows);
  cw_err_release(&ignored);
  return text;
}

void cw_several_one(struct cw_cli *cli, cw_run_fn run, const struct cw_config_db *db, bool several,
                    struct cw_run_opts *opts, struct cw_outcome *outcome) {
  int64_t started = cw_clock_ms();
  int status = run_one(cli, run, db, several, opts, &outcome->err);
  outcome->duration_ms = cw_clock_ms() - started;
  outcome->moves = cli->progress.done;
  outcome->state = status < 0 ? CW_OUTCOME_FAILED : CW_OUTCOME_DONE;
  if (status == 0) {
    outcome->rows = xstrdup(cli->progress.rows);
  } else if (several) {
    cw_out_error(&cli->out, &outcome->err);
    outcome->rows = rows_after_failure(cli, db, &outcome->err);
  }
}

/* --- the ledger ------------------------------------------------------------------------------------ */

static const char *state_name(const struct cw_outcome *outcome) {
  static const char *const names[] = {[CW_OUTCOME_NOT_RUN] = "not run", [CW_OUTCOME_DONE] = "done",
                                      [CW_OUTCOME_FAILED] = "failed"};
  return names[outcome->state];
}

static json_t *list_of(const char *joined) {
  json_t *list = json_array();
  while (*joined) {
    size_t len = strcspn(joined, ",");
    char *item = xstrndup(joined, len);
    json_array_append_new(list, cw_json_text(item));
    free(item);
    joined += len + (joined[len] == ',');
  }
  return list;
}

static void json_ledger(struct cw_cli *cli, const struct cw_config_db *const *dbs, size_t count,
                        const struct cw_outcome *outcomes, const size_t totals[3]) {
  json_t *list = json_array();
  for (size_t i = 0; i < count; i++) {
    const struct cw_outcome *o = &outcomes[i];
    json_t *item = json_object();
    json_object_set_new(item, "database", cw_json_text(dbs[i]->name));
    json_object_set_new(item, "outcome", json_string(state_name(o)));
    json_object_set_new(item, "current", o->rows ? list_of(o->rows) : json_null());
    json_object_set_new(item, "migrations", json_integer((json_int_t)o->moves));
    json_object_set_new(item, "duration_ms", json_integer(o->duration_ms));
    if (o->state == CW_OUTCOME_FAILED)
      json_object_set_new(item, "error", cw_out_error_json(&o->err));
    json_array_append_new(list, item);
  }
  cw_out_json(&cli->out,
              json_pack("{s:s, s:o, s:I, s:I, s:I}", "event", "ledger", "databases", list, "done",
                        (json_int_t)totals[CW_OUTCOME_DONE], "failed",
                        (json_int_t)totals[CW_OUTCOME_FAILED], "not_run",
                        (json_int_t)totals[CW_OUTCOME_NOT_RUN]));
}

/* Columns: name, outcome, where it is, how many revisions, time, the error's first line. */
static void text_ledger(struct cw_cli *cli, const struct cw_config_db *const *dbs, size_t count,
                        const struct cw_outcome *outcomes, const size_t totals[3]) {
  size_t name_width = 0, rows_width = 0;
  for (size_t i = 0; i < count; i++) {
    size_t rows = outcomes[i].rows ? strlen(outcomes[i].rows) : 0;
    if (rows < 4) rows = 4; /* "base" */
    if (strlen(dbs[i]->name) > name_width) name_width = strlen(dbs[i]->name);
    if (rows > rows_width) rows_width = rows;
  }
  cw_out_note(&cli->out, "%zu databases: %zu done, %zu failed, %zu not run", count,
              totals[CW_OUTCOME_DONE], totals[CW_OUTCOME_FAILED], totals[CW_OUTCOME_NOT_RUN]);
  for (size_t i = 0; i < count; i++) {
    const struct cw_outcome *o = &outcomes[i];
    struct strbuf line = STRBUF_INIT;
    strbuf_addf(&line, "  %-*s  %-7s", (int)name_width, dbs[i]->name, state_name(o));
    if (o->state != CW_OUTCOME_NOT_RUN) {
      char took[32];
      const char *rows = !o->rows ? "?" : *o->rows ? o->rows : "base";
      strbuf_addf(&line, "  %-*s  %zu revision%s  %s", (int)rows_width, rows, o->moves,
                  o->moves == 1 ? "" : "s", cw_duration_format(o->duration_ms, took));
    }
    if (o->state == CW_OUTCOME_FAILED && o->err.message)
      strbuf_addf(&line, "  %.*s", (int)strcspn(o->err.message, "\n"), o->err.message);
    cw_out_note(&cli->out, "%s", line.buf);
    strbuf_release(&line);
  }
}

static void ledger(struct cw_cli *cli, const struct cw_config_db *const *dbs, size_t count,
                   const struct cw_outcome *outcomes) {
  size_t totals[3] = {0};
  for (size_t i = 0; i < count; i++) totals[outcomes[i].state]++;
  if (cli->out.json && cli->out.events)
    json_ledger(cli, dbs, count, outcomes, totals);
  else
    text_ledger(cli, dbs, count, outcomes, totals);
}

/* --- all of them ----------------------------------------------------------------------------------- */

static void in_turn(struct cw_cli *cli, cw_run_fn run, const struct cw_config_db *const *dbs,
                    size_t count, bool keep_going, struct cw_run_opts *opts,
                    struct cw_outcome *outcomes) {
  for (size_t i = 0; i < count; i++) {
    cw_several_one(cli, run, dbs[i], count > 1, opts, &outcomes[i]);
    if (outcomes[i].state != CW_OUTCOME_FAILED) continue;
    if (!keep_going || outcomes[i].err.code == CW_ERR_INTERRUPTED) return;
  }
}

/* The number of --jobs; 1 where the command has none. */
static int read_jobs(const struct cw_cli *cli, size_t *jobs, struct cw_err *err) {
  const char *text = NULL;
  *jobs = 1;
  for (const struct cw_opt *opt = cli->args.command->opts; opt && opt->name; opt++)
    if (strcmp(opt->name, "jobs") == 0) text = cw_args_value(&cli->args, "jobs");
  if (!text) return 0;
  char *end;
  unsigned long number = strtoul(text, &end, 10);
  if (*text < '1' || *text > '9' || *end || number > 1000)
    return cw_fail(err, CW_ERR_USAGE, "--jobs must be a number from 1 to 1000, not \"%s\"", text);
  *jobs = number;
  return 0;
}

int cw_cli_run(struct cw_cli *cli, cw_run_fn run, struct cw_run_opts *opts, struct cw_err *err) {
  const struct cw_config_db **dbs = NULL;
  size_t count = 0, jobs;
  bool keep_going = cw_args_count(&cli->args, "keep-going") > 0, prints = opts->sql || opts->dry_run;
  if (read_jobs(cli, &jobs, err) < 0 || cw_cli_open(cli, err) < 0 ||
      cw_app_databases(cli->app, true, &dbs, &count, err) < 0)
    return -1;
  struct cw_outcome *outcomes = xcalloc(count + 1, sizeof *outcomes);
  int status = 0;
  if (jobs > 1 && count > 1 && !prints) /* a script is printed in the order of the databases */
    status = cw_several_jobs(cli, run, dbs, count, jobs, keep_going, opts, outcomes, err);
  else
    in_turn(cli, run, dbs, count, keep_going, opts, outcomes);
  for (size_t i = 0; i < count && status == 0; i++) { /* the first failure decides the exit status */
    if (outcomes[i].state != CW_OUTCOME_FAILED) continue;
    status = -1;
    cw_err_copy(err, &outcomes[i].err);
    cli->reported = count > 1;
  }
  if (count > 1 && !prints) ledger(cli, dbs, count, outcomes);
  for (size_t i = 0; i < count; i++) {
    cw_err_release(&outcomes[i].err);
    free(outcomes[i].rows);
  }
  free(outcomes);
  free(dbs);
  return status;
}
