/* curlew check: what `migrate` would write, without writing it. Creates nothing that stays. */
#include "cli/cmd.h"

static const char *text_of(json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

void cw_models_notes(struct cw_cli *cli, json_t *answer) {
  json_t *item;
  size_t i;
  json_array_foreach(json_object_get(answer, "notes"), i, item)
    cw_out_note(&cli->out, "note: %s", json_string_value(item));
}

static void print(struct cw_cli *cli, json_t *answer) {
  struct strbuf sb = STRBUF_INIT;
  json_t *item;
  size_t i;
  json_array_foreach(json_object_get(answer, "differences"), i, item) {
    cw_clean_add(&sb, text_of(item, "summary"), false);
    if (json_is_true(json_object_get(item, "destructive"))) {
      strbuf_addstr(&sb, "  ");
      cw_style_add(&sb, cli->out.color, CW_STYLE_WARNING, "(destructive)");
    }
    strbuf_addch(&sb, '\n');
  }
  json_array_foreach(json_object_get(answer, "problems"), i, item) {
    cw_clean_add(&sb, json_string_value(item), false);
    strbuf_addch(&sb, '\n');
  }
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
}

static int check(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                 struct cw_err *err) {
  json_t *answer = NULL;
  if (cw_run_compare(cli->app, db, false, &answer, err) < 0) return -1;
  size_t count = json_array_size(json_object_get(answer, "differences"));
  size_t problems = json_array_size(json_object_get(answer, "problems"));
  if (cli->out.json) {
    json_object_update(doc, answer);
  } else {
    print(cli, answer);
    cw_models_notes(cli, answer);
    if (!count && !problems) cw_out_note(&cli->out, "the database is what the models say");
  }
  json_decref(answer);
  if (!count && !problems) return 0;
  if (!count) {
    cw_fail(err, CW_ERR_DIFFERENCES, "the database is not what the models say, in %zu way%s that no "
            "operation changes", problems, problems == 1 ? "" : "s");
    return cw_hint(err, "Each line above says what to do.");
  }
  cw_fail(err, CW_ERR_DIFFERENCES, "the database is not what the models say: %zu operation%s would "
          "make it so", count, count == 1 ? "" : "s");
  return cw_hint(err, "`curlew migrate -m \"...\"` writes the revision.");
}

static int run(struct cw_cli *cli, struct cw_err *err) { return cw_cli_query(cli, check, true, err); }

const struct cw_command cw_cmd_check = {
  .name = "check",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "Compare the database with the models",
  .help = "Lists the operations that `curlew migrate` would write and exits with 6 when there are any. "
          "The models are made in a scratch place of the server (SQLite: in memory; PostgreSQL: a "
          "schema in a transaction that is rolled back; MySQL: a database that is dropped again), so "
          "that both sides speak as the server does. Nothing else is created or locked.\n\n"
          "The database must be at the project's heads; else exit 1.",
  .run = run,
};
