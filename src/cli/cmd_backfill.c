/* curlew backfill: steers a running backfill through the database, or helps with it. */
#include "cli/cmd.h"
#include "run/backfills.h"
#include "util/suggest.h"

static const struct {
  const char *word, *control, *done;
} actions[] = {
  {"pause", "pause", "is told to pause; `curlew backfill resume` lets it go on"},
  {"resume", "run", "is told to go on"},
  {"abort", "abort", "is told to stop; the next `curlew upgrade` goes on where it stopped"},
  {"set", NULL, "has its new settings"},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

static int order(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                 struct cw_err *err) {
  const struct cw_args *args = &cli->args;
  const char *names[ACTIONS + 1] = {[ACTIONS] = "work"};
  size_t chosen = ACTIONS;
  for (size_t i = 0; i < ACTIONS; i++) {
    names[i] = actions[i].word;
    if (strcmp(args->words[0], names[i]) == 0) chosen = i;
  }
  if (chosen == ACTIONS) {
    const char *near = cw_suggest(args->words[0], names, ACTIONS + 1);
    cw_fail(err, CW_ERR_USAGE, "`curlew backfill` does not know \"%s\"", args->words[0]);
    return cw_hint(err, near ? "did you mean %s?" : "write pause, resume, set, abort or work%s",
                   near ? near : "");
  }
  struct strvec words = {0};
  for (size_t i = 2; i < args->nwords; i++) strvec_push(&words, args->words[i]);
  int failed = 0;
  if (actions[chosen].control ? words.len > 0 : words.len == 0) {
    failed = cw_fail(err, CW_ERR_USAGE, actions[chosen].control
                                            ? "`curlew backfill %s` takes one name and nothing more"
                                            : "`curlew backfill %s` needs settings: batch_size=500",
                     actions[chosen].word);
    cw_hint(err, "`curlew help backfill` says how");
  }
  if (!failed)
    failed = cw_run_backfill_order(cli->app, db, args->words[1], actions[chosen].control, &words, err);
  strvec_release(&words);
  if (failed) return -1;
  if (cli->out.json) {
    json_object_set_new(doc, "backfill", cw_json_text(args->words[1]));
    json_object_set_new(doc, "action", json_string(actions[chosen].word));
  } else {
    cw_out_note(&cli->out, "%s %s", args->words[1], actions[chosen].done);
  }
  return 0;
}

static int help_out(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                    struct cw_err *err) {
  struct cw_run_opts run_opts = {.target = cli->args.words[1]};
  if (cli->args.nwords != 2) {
    cw_fail(err, CW_ERR_USAGE, "`curlew backfill work` takes one name and nothing more");
    return cw_hint(err, "`curlew help backfill` says how");
  }
  cw_progress_start(&cli->progress, db->name);
  if (cw_run_backfill_work(cli->app, db, &run_opts, err)) return -1;
  if (cli->out.json) {
    json_object_set_new(doc, "backfill", cw_json_text(cli->args.words[1]));
    json_object_set_new(doc, "action", json_string("work"));
  }
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  if (strcmp(cli->args.words[0], "work") == 0) return cw_cli_query(cli, help_out, true, err);
  return cw_cli_query(cli, order, true, err);
}

const struct cw_command cw_cmd_backfill = {
  .name = "backfill",
  .group = CW_GROUP_RUN,
  .args = "pause|resume|abort|set|work NAME [KEY=VALUE...]",
  .min_args = 2,
  .max_args = -1,
  .summary = "Pause, resume, tune or abort a running backfill, or help with it",
  .help = "Steers the open backfill NAME (`curlew backfills` lists them) from any machine. It looks for "
          "orders between its batches, at least once a second. `set` takes batch_size, "
          "min_batch_size, max_batch_size, target, pause, max_lag (durations such as 500ms) and duty "
          "(0 to 1). `abort` ends its run; the next `curlew upgrade` goes on where it stopped.\n\n"
          "`work` helps from here, with the same revision files, until no range of keys is left.",
  .run = run,
};
