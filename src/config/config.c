/* curlew.lua's table, checked against the table of known keys and read into struct cw_config. What a
 * key means is in the user's reference; here is only its shape. */
#include "config/config.h"

#include <stddef.h>

#include "config/read.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/strbuf.h"

/* --- keys with a shape of their own ----------------------------------------------------------- */

static int read_url(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  struct cw_config_db *db = to;
  int function = cw_config_function(value);
  if (function) {
    db->url_function = function;
    return 0;
  }
  return cw_config_string(r, name, value, &db->url);
}

static int read_transaction(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  static const char *const words[] = {"each", "all", "none", NULL};
  static const enum cw_txn_mode modes[] = {CW_TXN_EACH, CW_TXN_ALL, CW_TXN_NONE};
  size_t index;
  if (cw_config_choice(r, name, value, words, &index) < 0) return -1;
  *(enum cw_txn_mode *)to = modes[index];
  return 0;
}

static int read_revision_ids(struct cw_config_reader *r, const char *name, json_t *value,
                             void *to) {
  static const char *const words[] = {"random", "date", "sequence", NULL};
  static const enum cw_revision_ids kinds[] = {CW_IDS_RANDOM, CW_IDS_DATE, CW_IDS_SEQUENCE};
  size_t index;
  if (cw_config_choice(r, name, value, words, &index) < 0) return -1;
  *(enum cw_revision_ids *)to = kinds[index];
  return 0;
}

static int read_lock_kind(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  static const char *const words[] = {"auto", "session", "lease", NULL};
  size_t index;
  if (cw_config_choice(r, name, value, words, &index) < 0) return -1;
  char **kind = to;
  free(*kind);
  *kind = xstrdup(words[index]);
  return 0;
}

/* version_locations = { "a", "b", recursive = true }; the flag may also stand beside the list. */
static int read_locations(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  struct cw_config *config = to;
  json_t *recursive = json_object_get(value, "recursive");
  if (!recursive) return cw_config_paths(r, name, value, &config->version_locations);
  if (!json_is_boolean(recursive))
    return cw_config_wrong(r, "version_locations.recursive", "true or false", recursive);
  config->recursive = json_is_true(recursive);

  json_t *list = json_array(), *item;
  char position[24];
  for (size_t i = 1;; i++) {
    snprintf(position, sizeof position, "%zu", i);
    item = json_object_get(value, position);
    if (!item) break;
    json_array_append(list, item);
  }
  int status = 0;
  if (json_array_size(list) + 1 != json_object_size(value))
    status = cw_config_wrong(r, name, "a list of folders (and `recursive = true`)", value);
  else
    status = cw_config_paths(r, name, list, &config->version_locations);
  json_decref(list);
  return status;
}

static int read_hooks(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  static const char shape[] = "a list of argument lists, such as { { \"stylua\", \"{path}\" } }";
  struct cw_config *config = to;
  if (!cw_config_is_list(value)) return cw_config_wrong(r, name, shape, value);
  size_t count = json_array_size(value);
  config->post_write_hooks = xcalloc(count, sizeof *config->post_write_hooks);
  config->npost_write_hooks = count;
  for (size_t i = 0; i < count; i++) {
    json_t *hook = json_array_get(value, i);
    if (!json_is_array(hook)) return cw_config_wrong(r, name, shape, hook);
    char *item = xasprintf("%s[%zu]", name, i + 1);
    int status = cw_config_strings(r, item, hook, &config->post_write_hooks[i].argv);
    free(item);
    if (status < 0) return -1;
  }
  return 0;
}

static int read_object(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  if (!json_is_object(value) || cw_config_function(value))
    return cw_config_wrong(r, name, "a table", value);
  *(json_t **)to = value; /* borrowed from the tree */
  return 0;
}

/* Settings of autogenerate: the Lua side reads them from the tree, here only their shape is looked at. */
static int read_hook_only(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  (void)to;
  return cw_config_function(value) ? 0 : cw_config_wrong(r, name, "a function", value);
}

static int read_flag_only(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  (void)to;
  return json_is_boolean(value) ? 0 : cw_config_wrong(r, name, "true or false", value);
}

static int read_hook_or_flag(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  (void)to;
  if (json_is_boolean(value) || cw_config_function(value)) return 0;
  return cw_config_wrong(r, name, "true, false or a function", value);
}

static bool is_words(json_t *value) {
  json_t *item;
  size_t i;
  if (!json_is_array(value) || !json_array_size(value)) return false;
  json_array_foreach(value, i, item)
    if (!json_string_length(item)) return false;
  return true;
}

static int read_schemas(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  (void)to;
  if (json_is_boolean(value) || is_words(value)) return 0;
  return cw_config_wrong(r, name, "true, false or a list of schemas", value);
}

static int read_models(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  (void)to;
  if (json_string_length(value) || cw_config_function(value) || is_words(value)) return 0;
  return cw_config_wrong(r, name, "the name of a Lua module such as \"models\", a list of them, or a "
                         "function that returns the metadata", value);
}

/* --- the tables of keys ------------------------------------------------------------------------ */

#define AT(member) offsetof(struct cw_config, member)

static const struct cw_config_key lock_keys[] = {
  {"timeout", cw_config_read_duration, AT(lock_timeout_ms)},
  {"kind", read_lock_kind, AT(lock_kind)},
  {NULL, NULL, 0},
};

static const struct cw_config_key ddl_keys[] = {
  {"lock_timeout", cw_config_read_duration, AT(ddl_lock_timeout_ms)},
  {"retries", cw_config_read_count, AT(ddl_retries)},
  {"statement_timeout", cw_config_read_duration, AT(ddl_statement_timeout_ms)},
  {NULL, NULL, 0},
};

static int read_lock(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  return cw_config_table(r, name, value, lock_keys, to);
}

static int read_ddl(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  return cw_config_table(r, name, value, ddl_keys, to);
}

static int read_databases(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  struct cw_config *config = to;
  config->has_databases = true;
  config->databases_function = cw_config_function(value);
  if (config->databases_function) return 0;
  return cw_config_databases(r, name, value, config);
}

/* Of the single database, and of entries of `databases` that have none of their own. */
static int read_single_url(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  struct cw_config *config = to;
  return read_url(r, name, value, &config->dbs[0]);
}

/* X(name, reader, offset), in the order of the reference */
#define KEYS(X) \
  X("url", read_single_url, 0) \
  X("migrations", cw_config_read_path, AT(migrations)) \
  X("version_locations", read_locations, 0) \
  X("recursive", cw_config_read_flag, AT(recursive)) \
  X("databases", read_databases, 0) \
  X("default_database", cw_config_read_string, AT(default_database)) \
  X("version_table", cw_config_read_string, AT(version_table)) \
  X("version_table_schema", cw_config_read_string, AT(version_table_schema)) \
  X("transaction", read_transaction, AT(transaction)) \
  X("lock", read_lock, 0) \
  X("ddl", read_ddl, 0) \
  X("file_template", cw_config_read_string, AT(file_template)) \
  X("revision_ids", read_revision_ids, AT(revision_ids)) \
  X("truncate_slug_length", cw_config_read_count, AT(truncate_slug_length)) \
  X("timezone", cw_config_read_string, AT(timezone)) \
  X("post_write_hooks", read_hooks, 0) \
  X("plugins", cw_config_read_strings, AT(plugins)) \
  X("plugin_path", cw_config_read_paths, AT(plugin_path)) \
  X("on_connect", cw_config_read_function, AT(on_connect)) \
  X("before_step", cw_config_read_function, AT(before_step)) \
  X("after_step", cw_config_read_function, AT(after_step)) \
  X("on_version_apply", cw_config_read_function, AT(on_version_apply)) \
  X("naming_convention", read_object, AT(naming_convention)) \
  X("models", read_models, 0) \
  X("compare_type", read_hook_or_flag, 0) \
  X("compare_default", read_hook_or_flag, 0) \
  X("compare_server_default", read_hook_or_flag, 0) \
  X("compare_comment", read_flag_only, 0) \
  X("include_name", read_hook_only, 0) \
  X("include_object", read_hook_only, 0) \
  X("include_schemas", read_schemas, 0) \
  X("on_autogenerate", read_hook_only, 0)

#define X(name, reader, offset) {name, reader, offset},
static const struct cw_config_key keys[] = {KEYS(X){NULL, NULL, 0}};
#undef X

const char *const *cw_config_keys(void) {
#define X(name, reader, offset) name,
  static const char *const names[] = {KEYS(X) NULL};
#undef X
  return names;
}

/* --- `databases` ------------------------------------------------------------------------------- */

static void db_release(struct cw_config_db *db) {
  free(db->name);
  free(db->url);
  free(db->migrations);
  strvec_release(&db->version_locations);
}

static void dbs_release(struct cw_config *config) {
  for (size_t i = 0; i < config->ndbs; i++) db_release(&config->dbs[i]);
  xfree(config->dbs);
  config->ndbs = 0;
}

/* An entry without a `url` of its own has the project's. */
static int read_entry(struct cw_config_reader *r, const char *item, json_t *entry,
                      json_t *common_url, struct cw_config_db *db) {
  json_t *name = json_object_get(entry, "name"), *url = json_object_get(entry, "url");
  json_t *migrations = json_object_get(entry, "migrations");
  json_t *locations = json_object_get(entry, "version_locations");
  db->entry = entry;
  if (!name) {
    cw_fail(r->err, CW_ERR_CONFIG, "%s: %s has no `name`", r->shown, item);
    return cw_hint(r->err, "Every entry of `databases` is a table { name = ..., url = ... }.");
  }
  struct cw_config_reader inner = *r;
  char *prefix = xasprintf("%s.", item);
  inner.prefix = prefix;
  int status = cw_config_string(&inner, "name", name, &db->name);
  if (status == 0 && (!*db->name || strchr(db->name, ',') || strcmp(db->name, "all") == 0)) {
    status = cw_fail(r->err, CW_ERR_CONFIG,
                     "%s: \"%s\" can't be the name of a database in %s: -x db=NAME takes names "
                     "separated by commas, and `all` means every one",
                     r->shown, db->name, item);
  }
  if (status == 0 && (url || common_url))
    status = url ? read_url(&inner, "url", url, db) : read_url(r, "url", common_url, db);
  if (status == 0 && migrations)
    status = cw_config_read_path(&inner, "migrations", migrations, &db->migrations);
  if (status == 0 && locations)
    status = cw_config_paths(&inner, "version_locations", locations, &db->version_locations);
  json_t *models = json_object_get(entry, "models");
  if (status == 0 && models) status = read_models(&inner, "models", models, NULL);
  if (status == 0 && db->migrations && !db->version_locations.len)
    strvec_take(&db->version_locations, cw_path_join(db->migrations, "versions"));
  free(prefix);
  return status;
}

int cw_config_databases(struct cw_config_reader *r, const char *name, json_t *value,
                        struct cw_config *config) {
  if (!cw_config_is_list(value) || !json_array_size(value))
    return cw_config_wrong(r, name, "a list of tables { name = ..., url = ... }", value);
  json_t *url = json_object_get(config->tree, "url");
  dbs_release(config);
  config->ndbs = json_array_size(value);
  config->dbs = xcalloc(config->ndbs, sizeof *config->dbs);
  for (size_t i = 0; i < config->ndbs; i++) {
    json_t *entry = json_array_get(value, i);
    char *item = xasprintf("%s[%zu]", name, i + 1);
    int status = json_is_object(entry)
                     ? read_entry(r, item, entry, url, &config->dbs[i])
                     : cw_config_wrong(r, item, "a table { name = ..., url = ... }", entry);
    for (size_t j = 0; status == 0 && j < i; j++)
      if (strcmp(config->dbs[j].name, config->dbs[i].name) == 0)
        status = cw_fail(r->err, CW_ERR_CONFIG,
                         "%s: two entries of `databases` are named \"%s\" (%zu and %zu)", r->shown,
                         config->dbs[i].name, j + 1, i + 1);
    free(item);
    if (status < 0) return -1;
  }
  return 0;
}

static int check_default(struct cw_config_reader *r, const struct cw_config *config) {
  if (!config->default_database || config->databases_function) return 0;
  if (!config->has_databases)
    return cw_fail(r->err, CW_ERR_CONFIG,
                   "%s: `default_database` names one of `databases`, which is missing", r->shown);
  const char **names = xcalloc(config->ndbs, sizeof *names);
  bool found = false;
  for (size_t i = 0; i < config->ndbs; i++) {
    names[i] = config->dbs[i].name;
    found = found || strcmp(names[i], config->default_database) == 0;
  }
  if (!found) {
    cw_fail(r->err, CW_ERR_CONFIG, "%s: `default_database` is \"%s\", which `databases` does not "
            "have", r->shown, config->default_database);
    cw_config_suggest(r, config->default_database, names, config->ndbs, "It has");
  }
  free(names);
  return found ? 0 : -1;
}

int cw_config_set_databases(struct cw_config *config, json_t *list, struct cw_err *err) {
  char *shown = cw_path_display(config->path);
  struct cw_config_reader r = {.dir = config->dir, .path = config->path, .shown = shown,
                               .prefix = "", .err = err};
  config->databases_function = 0;
  json_object_set(config->tree, "databases", list); /* keeps the entries alive */
  int status = cw_config_databases(&r, "databases", list, config);
  if (status == 0) status = check_default(&r, config);
  if (status < 0) cw_err_where(err, config->path, 0);
  free(shown);
  return status;
}

/* --- the whole --------------------------------------------------------------------------------- */

static void set_defaults(struct cw_config *config) {
  config->migrations = cw_path_join(config->dir, "migrations");
  config->version_table = xstrdup("curlew_version");
  config->transaction = CW_TXN_EACH;
  config->lock_timeout_ms = 60 * 1000;
  config->lock_kind = xstrdup("auto");
  config->ddl_lock_timeout_ms = 5 * 1000;
  config->ddl_retries = 10;
  config->file_template = xstrdup("%(rev)_%(slug)");
  config->revision_ids = CW_IDS_RANDOM;
  config->truncate_slug_length = 40;
  config->ndbs = 1;
  config->dbs = xcalloc(1, sizeof *config->dbs);
  config->dbs[0].entry = config->tree;
  config->url_origin = "curlew.lua";
}

/* --url takes the place of whatever curlew.lua says about a single database. */
static int override_url(struct cw_config_reader *r, struct cw_config *config, const char *url) {
  if (!url) return 0;
  if (config->databases_function || config->ndbs != 1) {
    cw_fail(r->err, CW_ERR_USAGE, "--url can't say which of the `databases` of %s it is for",
            r->shown);
    return cw_hint(r->err, "Leave --url out and choose with -x db=NAME.");
  }
  free(config->dbs[0].url);
  config->dbs[0].url = xstrdup(url);
  config->dbs[0].url_function = 0;
  config->url_origin = "--url";
  return 0;
}

int cw_config_init(struct cw_config *config, const char *path, json_t *tree, const char *url,
                   struct cw_err *err) {
  *config = (struct cw_config){.path = cw_path_absolute(path), .tree = tree};
  config->dir = cw_path_dirname(config->path);
  set_defaults(config);

  char *shown = cw_path_display(config->path);
  struct cw_config_reader r = {.dir = config->dir, .path = config->path, .shown = shown,
                               .prefix = "", .err = err};
  int status;
  if (!json_is_object(tree) || cw_config_function(tree)) {
    status = cw_fail(err, CW_ERR_CONFIG, "%s must return a table of settings (or a function that "
                     "returns one)", shown);
  } else {
    status = cw_config_keys_into(&r, tree, keys, config);
  }
  if (status == 0) status = check_default(&r, config);
  if (status == 0) status = override_url(&r, config, url);
  if (status == 0 && !config->version_locations.len)
    strvec_take(&config->version_locations, cw_path_join(config->migrations, "versions"));
  if (status == 0 && !json_object_get(tree, "plugin_path"))
    strvec_take(&config->plugin_path, cw_path_join(config->dir, "plugins"));

  if (status < 0) {
    if (err && err->code == CW_ERR_CONFIG) cw_err_where(err, config->path, 0);
    cw_config_release(config);
  }
  free(shown);
  return status;
}

void cw_config_release(struct cw_config *config) {
  if (!config) return;
  dbs_release(config);
  for (size_t i = 0; i < config->npost_write_hooks; i++)
    strvec_release(&config->post_write_hooks[i].argv);
  free(config->post_write_hooks);
  free(config->path);
  free(config->dir);
  free(config->default_database);
  free(config->migrations);
  strvec_release(&config->version_locations);
  free(config->version_table);
  free(config->version_table_schema);
  free(config->lock_kind);
  free(config->file_template);
  free(config->timezone);
  strvec_release(&config->plugins);
  strvec_release(&config->plugin_path);
  json_decref(config->tree);
  *config = (struct cw_config){0};
}
