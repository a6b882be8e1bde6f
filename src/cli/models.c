/* What autogenerate finds, for a revision file: one database, or all that share its migrations. */
#include "cli/write.h"

static const char *const lists[] = {"differences", "notes", "problems"};

static void take(json_t *found, json_t *answer) {
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    json_array_extend(json_object_get(found, lists[i]), json_object_get(answer, lists[i]));
}

static int compare(struct cw_cli *cli, const struct cw_config_db *db, json_t *found, json_t *upgrades,
                   json_t *downgrades, struct cw_err *err) {
  json_t *answer = NULL;
  const char *name = db->name ? db->name : "default";
  if (cw_run_compare(cli->app, db, true, &answer, err) < 0) {
    if (db->name) cw_err_database(err, db->name);
    return -1;
  }
  take(found, answer);
  if (!cli->out.json) cw_models_notes(cli, answer);
  json_t *item;
  size_t i;
  json_array_foreach(json_object_get(answer, "problems"), i, item)
    if (!cli->out.json) cw_out_warning(&cli->out, "%s", json_string_value(item));
  if (json_is_string(json_object_get(answer, "upgrade"))) {
    json_object_set(upgrades, name, json_object_get(answer, "upgrade"));
    json_object_set(downgrades, name, json_object_get(answer, "downgrade"));
  }
  json_decref(answer);
  return 0;
}

int cw_write_models(struct cw_cli *cli, const struct cw_config_db *db, json_t **found,
                    json_t *upgrades, json_t *downgrades, struct cw_err *err) {
  const struct cw_config_db **dbs = NULL;
  size_t count = 0;
  *found = json_object();
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    json_object_set_new(*found, lists[i], json_array());
  if (db->version_locations.len) return compare(cli, db, *found, upgrades, downgrades, err);
  int status = cw_app_databases(cli->app, true, &dbs, &count, err);
  for (size_t i = 0; i < count && status == 0; i++)
    if (!dbs[i]->version_locations.len)
      status = compare(cli, dbs[i], *found, upgrades, downgrades, err);
  free(dbs);
  return status;
}
