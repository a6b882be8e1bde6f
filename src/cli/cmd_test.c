/* `curlew test`: the built-in checks of a project, as TAP or JSON. */
#include "cli/cmd.h"
#include "run/selftest.h"

/* One numbering runs through all databases. */
struct tap {
  struct cw_cli *cli;
  const char *database; /* NULL with a single one */
  json_t *list;
  size_t number, failed, skipped;
};

/* A "#" would begin a directive. */
static void add_name(struct strbuf *sb, const char *name) {
  for (const char *p = name; *p; p++) {
    if (*p == '#' || *p == '\\') strbuf_addch(sb, '\\');
    strbuf_addch(sb, *p);
  }
}

static void print_check(struct tap *tap, json_t *check) {
  struct strbuf sb = STRBUF_INIT, clean = STRBUF_INIT;
  const char *skip = json_string_value(json_object_get(check, "skip"));
  json_t *problem;
  size_t i;
  strbuf_addf(&sb, "%sok %zu - ", json_is_true(json_object_get(check, "ok")) ? "" : "not ", tap->number);
  if (tap->database) {
    add_name(&sb, tap->database);
    strbuf_addstr(&sb, ": ");
  }
  add_name(&sb, json_string_value(json_object_get(check, "name")));
  cw_clean_add(&clean, sb.buf, false);
  if (skip) {
    strbuf_addstr(&clean, " # SKIP ");
    cw_clean_add(&clean, skip, false);
  }
  strbuf_addch(&clean, '\n');
  json_array_foreach(json_object_get(check, "problems"), i, problem) {
    strbuf_addstr(&clean, "# ");
    cw_clean_add(&clean, json_string_value(problem), false);
    strbuf_addch(&clean, '\n');
  }
  cw_out_text(&tap->cli->out, clean.buf, clean.len);
  strbuf_release(&sb);
  strbuf_release(&clean);
}

static void told(void *ctx, json_t *check) {
  struct tap *tap = ctx;
  tap->number++;
  if (!json_is_true(json_object_get(check, "ok"))) tap->failed++;
  else if (json_is_string(json_object_get(check, "skip"))) tap->skipped++;
  if (tap->database) json_object_set_new(check, "database", cw_json_text(tap->database));
  json_array_append(tap->list, check);
  if (!tap->cli->out.json) print_check(tap, check);
}

/* The end of the whole: TAP's plan, or the document. */
static void conclude(struct tap *tap, const struct cw_err *broken, const struct cw_err *err) {
  struct cw_out *out = &tap->cli->out;
  if (!out->json) {
    if (broken)
      cw_out_print(out, "Bail out! %.*s\n", (int)strcspn(broken->message, "\n"), broken->message);
    else
      cw_out_print(out, "1..%zu\n", tap->number);
    return;
  }
  json_t *doc = json_pack("{s:O, s:I, s:I, s:I}", "checks", tap->list, "passed",
                          (json_int_t)(tap->number - tap->failed - tap->skipped), "failed",
                          (json_int_t)tap->failed, "skipped", (json_int_t)tap->skipped);
  if (err->code != CW_OK) { /* one document, so the error goes into it */
    json_object_set_new(doc, "error", cw_out_error_json(err));
    tap->cli->reported = true;
  }
  cw_out_json(out, doc);
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  const struct cw_config_db **dbs = NULL;
  size_t count = 0;
  struct tap tap = {.cli = cli, .list = json_array()};
  struct cw_selftest_opts opts = {.in_place = cw_args_count(&cli->args, "in-place") > 0, .told = told, .ctx = &tap};
  int failed = cw_cli_open(cli, err) || cw_app_databases(cli->app, opts.in_place, &dbs, &count, err);
  if (failed) {
    json_decref(tap.list);
    return -1;
  }
  if (!cli->out.json) cw_out_print(&cli->out, "TAP version 13\n");
  for (size_t i = 0; i < count && !failed; i++) {
    json_t *checks = NULL;
    tap.database = count > 1 ? dbs[i]->name : NULL;
    failed = cw_run_selftest(cli->app, dbs[i], &opts, &checks, err);
    if (failed && dbs[i]->name) cw_err_database(err, dbs[i]->name);
    json_decref(checks);
  }
  bool broken = failed;
  if (!failed && tap.failed) {
    cw_fail(err, CW_ERR_DIFFERENCES, "%zu of %zu checks failed", tap.failed, tap.number);
    failed = cw_hint(err, "the lines that begin with \"not ok\" say which, and those below them why");
  }
  conclude(&tap, broken ? err : NULL, err);
  json_decref(tap.list);
  free(dbs);
  return failed ? -1 : 0;
}

static const struct cw_opt options[] = {
  {.name = "in-place",
   .help = "test in the configured database itself, which must be empty, instead of in a scratch one"},
  {.name = NULL},
};

const struct cw_command cw_cmd_test = {
  .name = "test",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "Check that the project's migrations go up, down and up again",
  .help = "Checks a project without a line of test code: that every file loads, that there is a single head "
          "(or each has a branch label), that each revision can be taken back or says why not, and that each, "
          "applied, taken back and applied again, leaves no trace in the schema.\n"
          "\n"
          "The work is done in a scratch database that is made beside the configured one and dropped at the end: "
          "on a server the user needs the right to create databases, on SQLite it is a file below $TMPDIR. No "
          "data that exists is touched.\n"
          "\n"
          "The result is TAP, or with --format json one document. The exit status is 6 when a check failed.",
  .opts = options,
  .run = run,
};
