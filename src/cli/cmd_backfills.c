/* curlew backfills: what has been changed in batches, is being, or stopped half-way. */
#include "cli/cmd.h"
#include "run/backfills.h"
#include "util/clock.h"

static const char *text_of(json_t *item, const char *key) {
  return json_string_value(json_object_get(item, key));
}

static int64_t number_of(json_t *item, const char *key) {
  return json_integer_value(json_object_get(item, key));
}

/* "  running  users.full_name  1200 rows (12% of about 10000)  batches of 400" */
void cw_backfill_add(const struct cw_out *out, json_t *item, struct strbuf *sb) {
  int64_t walked = number_of(item, "walked"), total = number_of(item, "total");
  bool open = json_is_true(json_object_get(item, "open"));
  struct strbuf line = STRBUF_INIT;
  const char *state = text_of(item, "state"), *ordered = text_of(item, "ordered");
  strbuf_addf(&line, "  %-9s", state ? state : "");
  strbuf_addf(&line, " %s  %lld rows", text_of(item, "name") ? text_of(item, "name") : "",
              (long long)number_of(item, "rows"));
  if (open && total > 0)
    strbuf_addf(&line, " (%lld%% of about %lld)",
                (long long)(walked >= total ? 99 : walked * 100 / total), (long long)total);
  long long batches = (long long)number_of(item, "batches");
  strbuf_addf(&line, " in %lld %s", batches, batches == 1 ? "batch" : "batches");
  if (number_of(item, "skipped"))
    strbuf_addf(&line, ", %lld passed over", (long long)number_of(item, "skipped"));
  if (open) strbuf_addf(&line, ", batches of %lld", (long long)number_of(item, "batch_size"));
  if (open && ordered && strcmp(ordered, "run") != 0) strbuf_addf(&line, ", told to %s", ordered);
  cw_clean_add(sb, line.buf, false);
  strbuf_reset(&line);
  strbuf_addf(&line, "\n             %s step %lld, since %s UTC by %s@%s",
              text_of(item, "revision") ? text_of(item, "revision") : "?",
              (long long)number_of(item, "step"),
              text_of(item, "started_at") ? text_of(item, "started_at") : "?",
              text_of(item, "user") ? text_of(item, "user") : "?",
              text_of(item, "host") ? text_of(item, "host") : "?");
  cw_clean_add(sb, line.buf, true);
  if (text_of(item, "error")) {
    strbuf_addstr(sb, "\n             ");
    cw_clean_add(sb, text_of(item, "error"), false);
  }
  size_t i;
  json_t *skip;
  json_array_foreach(json_object_get(item, "skipped_rows"), i, skip) {
    char *key = json_dumps(json_object_get(skip, "key"), JSON_COMPACT | JSON_ENCODE_ANY);
    strbuf_reset(&line);
    strbuf_addf(&line, "passed over %s: %s", key ? key : "?",
                text_of(skip, "error") ? text_of(skip, "error") : "");
    strbuf_addstr(sb, "\n             ");
    cw_clean_add(sb, line.buf, false);
    free(key);
    if (out->verbosity == 0 && i == 2) break;
  }
  strbuf_addch(sb, '\n');
  strbuf_release(&line);
}

static int backfills(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                     struct cw_err *err) {
  json_t *list, *item;
  size_t i;
  if (cw_run_backfills(cli->app, db, &list, err)) return -1;
  if (cli->out.json) {
    json_object_set(doc, "backfills", list);
  } else {
    struct strbuf sb = STRBUF_INIT;
    json_array_foreach(list, i, item) cw_backfill_add(&cli->out, item, &sb);
    if (json_array_size(list) == 0) strbuf_addstr(&sb, "no backfills\n");
    cw_out_text(&cli->out, sb.buf, sb.len);
    strbuf_release(&sb);
  }
  json_decref(list);
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  return cw_cli_query(cli, backfills, true, err);
}

const struct cw_command cw_cmd_backfills = {
  .name = "backfills",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "List backfills, open and finished",
  .help = "Lists what op.batch_update, op.batch_delete and op.batch_each did or are doing: how far each "
          "is, since when and where it runs, which rows it passed over. Only reads, from any machine.",
  .run = run,
};
