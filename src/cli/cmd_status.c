/* curlew status: where a database stands, and what is unfinished or odd about it. */
#include "cli/cmd.h"

static const char *text_of(json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static void add_revision(const struct cw_out *out, json_t *item, struct strbuf *sb) {
  const char *id = text_of(item, "revision"), *title = text_of(item, "title");
  cw_style_add(sb, out->color, CW_STYLE_ID, id ? id : "?");
  if (title && *title) {
    strbuf_addstr(sb, ", ");
    cw_clean_add(sb, title, false);
  }
}

/* "(upgrade, 2026-11-20 10:30:00 by deploy@host, 12 ms)", of what is known. */
static void add_when(json_t *item, struct strbuf *sb) {
  static const char *const times[] = {"started_at", "failed_at", "applied_at", "since"};
  const char *direction = text_of(item, "direction"), *at = NULL;
  const char *user = text_of(item, "user"), *host = text_of(item, "host");
  json_t *took = json_object_get(item, "duration_ms");
  for (size_t i = 0; !at && i < sizeof times / sizeof *times; i++) at = text_of(item, times[i]);
  struct strbuf when = STRBUF_INIT;
  if (direction) strbuf_addstr(&when, direction);
  if (at) strbuf_addf(&when, "%s%s UTC", when.len ? ", " : "", at);
  if (user) strbuf_addf(&when, " by %s%s%s", user, host ? "@" : "", host ? host : "");
  if (json_is_integer(took))
    strbuf_addf(&when, ", %" JSON_INTEGER_FORMAT " ms", json_integer_value(took));
  if (when.len) {
    strbuf_addstr(sb, "  (");
    cw_clean_add(sb, when.buf, false);
    strbuf_addch(sb, ')');
  }
  strbuf_release(&when);
}

/* The steps of a partly applied revision: what is done, and where it stopped. */
static void add_steps(json_t *item, struct strbuf *sb) {
  size_t i;
  json_t *step;
  json_array_foreach(json_object_get(item, "steps"), i, step) {
    const char *text = text_of(step, "text"), *state = text_of(step, "state");
    const char *sql = text_of(step, "sql"), *error = text_of(step, "error");
    struct strbuf line = STRBUF_INIT;
    strbuf_addf(&line, "    step %" JSON_INTEGER_FORMAT "  %-8s %s",
                json_integer_value(json_object_get(step, "step")), state ? state : "",
                text ? text : "");
    cw_clean_add(sb, line.buf, false);
    if (state && strcmp(state, "done") != 0 && (error || sql)) {
      strbuf_addstr(sb, "\n      ");
      cw_clean_add(sb, error ? error : sql, false);
    }
    strbuf_addch(sb, '\n');
    strbuf_release(&line);
  }
}

static void add_list(const struct cw_out *out, json_t *status, const char *key,
                     const char *heading, struct strbuf *sb) {
  json_t *list = json_object_get(status, key), *item;
  size_t i;
  if (!json_array_size(list)) return;
  strbuf_addch(sb, '\n');
  cw_style_add(sb, out->color, CW_STYLE_BOLD, heading);
  strbuf_addstr(sb, ":\n");
  json_array_foreach(list, i, item) {
    const char *error = text_of(item, "error"), *origin = text_of(item, "origin");
    strbuf_addstr(sb, "  ");
    add_revision(out, item, sb);
    add_when(item, sb);
    if (origin) strbuf_addf(sb, "  %s", origin);
    if (error) {
      strbuf_addstr(sb, "\n    ");
      cw_clean_add(sb, error, false);
    }
    strbuf_addch(sb, '\n');
    add_steps(item, sb);
  }
}

static void add_summary(json_t *status, struct strbuf *sb) {
  const char *database = text_of(status, "database");
  json_t *rows = json_object_get(status, "current"), *row;
  size_t i;
  struct strbuf at = STRBUF_INIT;
  json_array_foreach(rows, i, row) {
    strbuf_addsep(&at, ", ");
    strbuf_addstr(&at, json_string_value(row));
  }
  strbuf_addf(sb, "%zu applied, %zu pending: ", json_array_size(json_object_get(status, "applied")),
              json_array_size(json_object_get(status, "pending")));
  cw_clean_add(sb, database ? database : "the database", false);
  strbuf_addstr(sb, " is at ");
  cw_clean_add(sb, at.len ? at.buf : "base", false);
  strbuf_addch(sb, '\n');
  strbuf_release(&at);
}

static void add_backfills(const struct cw_out *out, json_t *status, struct strbuf *sb) {
  json_t *list = json_object_get(status, "backfills"), *item;
  size_t i;
  if (!json_array_size(list)) return;
  strbuf_addch(sb, '\n');
  cw_style_add(sb, out->color, CW_STYLE_BOLD, "Open backfills");
  strbuf_addstr(sb, ":\n");
  json_array_foreach(list, i, item) cw_backfill_add(out, item, sb);
}

static void print(struct cw_cli *cli, json_t *status) {
  static const struct {
    const char *key, *heading;
  } lists[] = {
    {"partial", "Partly applied (run the same command again to go on)"},
    {"failed", "Failed the last time"},
    {"pending", "Pending"},
    {"changed", "Changed since they were applied"},
    {"missing", "Applied, but without a file here"},
  };
  const struct cw_out *out = &cli->out;
  struct strbuf sb = STRBUF_INIT;
  add_summary(status, &sb);
  json_t *lock = json_object_get(status, "lock");
  if (json_is_object(lock)) {
    cw_style_add(&sb, out->color, CW_STYLE_BOLD, "The lock is held");
    add_when(lock, &sb);
    strbuf_addch(&sb, '\n');
  }
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    add_list(out, status, lists[i].key, lists[i].heading, &sb);
  add_backfills(out, status, &sb);
  if (out->verbosity > 0) add_list(out, status, "applied", "Applied", &sb);
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
}

static int status(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                  struct cw_err *err) {
  json_t *answer = NULL;
  if (cw_run_status(cli->app, db, &answer, err) < 0) return -1;
  if (cli->out.json)
    json_object_update(doc, answer);
  else
    print(cli, answer);
  json_decref(answer);
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_query(cli, status, true, err); }

const struct cw_command cw_cmd_status = {
  .name = "status",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "Show what is applied, pending, unfinished or odd",
  .help = "Shows what is pending, partly applied or failed, open backfills, applied revisions whose "
          "file was changed or is gone, and who holds the lock. With -v also what is applied. Only "
          "reads; the exit status is 0 whatever it finds.",
  .run = run,
};
