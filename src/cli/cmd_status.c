/* curlew status: where a database stands, and what is unfinished or odd about it. */
#include "cli/cmd.h"

static const char *text_of(json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

/* A revision is its id or an object that says more. */
static void add_revision(const struct cw_out *out, json_t *item, struct strbuf *sb) {
  const char *id = json_is_string(item) ? json_string_value(item) : text_of(item, "revision");
  const char *title = text_of(item, "title");
  cw_style_add(sb, out->color, CW_STYLE_ID, id ? id : "?");
  if (title && *title) {
    strbuf_addstr(sb, ", ");
    cw_clean_add(sb, title, false);
  }
}

/* What else an object tells: "step 3, create_table posts, since ...". Keys in their own order. */
static void add_details(json_t *item, struct strbuf *sb) {
  static const char *const shown[] = {"revision", "title", "path", "down_revision"};
  struct strbuf details = STRBUF_INIT;
  const char *key;
  json_t *value;
  json_object_foreach(item, key, value) {
    bool skip = json_is_null(value) || json_is_object(value) || json_is_array(value);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
      skip = skip || strcmp(shown[i], key) == 0;
    if (skip) continue;
    char *plain = json_is_string(value) ? xstrdup(json_string_value(value))
                                        : json_dumps(value, JSON_ENCODE_ANY);
    strbuf_addf(&details, "%s%s: %s", details.len ? ", " : "", key, plain ? plain : "?");
    free(plain);
  }
  if (details.len) {
    strbuf_addstr(sb, "  (");
    cw_clean_add(sb, details.buf, false);
    strbuf_addch(sb, ')');
  }
  strbuf_release(&details);
}

static void add_list(const struct cw_out *out, json_t *status, const char *key,
                     const char *heading, struct strbuf *sb) {
  json_t *list = json_object_get(status, key), *item;
  size_t i;
  if (!json_array_size(list)) return;
  cw_style_add(sb, out->color, CW_STYLE_BOLD, heading);
  strbuf_addf(sb, " (%zu):\n", json_array_size(list));
  json_array_foreach(list, i, item) {
    strbuf_addstr(sb, "  ");
    add_revision(out, item, sb);
    add_details(item, sb);
    strbuf_addch(sb, '\n');
  }
}

static void print(struct cw_cli *cli, json_t *status) {
  static const struct {
    const char *key, *heading;
  } lists[] = {
    {"partial", "Partly applied"},
    {"failed", "Failed"},
    {"pending", "Pending"},
    {"backfills", "Open backfills"},
    {"changed", "Files changed since they were applied"},
    {"missing", "Applied, but the file is missing"},
  };
  const struct cw_out *out = &cli->out;
  struct strbuf sb = STRBUF_INIT;
  size_t applied = json_array_size(json_object_get(status, "applied"));
  size_t pending = json_array_size(json_object_get(status, "pending"));
  strbuf_addf(&sb, "%zu applied, %zu pending\n", applied, pending);
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    add_list(out, status, lists[i].key, lists[i].heading, &sb);
  json_t *lock = json_object_get(status, "lock");
  if (json_is_object(lock)) {
    cw_style_add(&sb, out->color, CW_STYLE_BOLD, "Lock held");
    add_details(lock, &sb);
    strbuf_addch(&sb, '\n');
  }
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
