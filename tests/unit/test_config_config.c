/* curlew.lua's table: defaults, shapes, relative paths, and what a mistake is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"

#define FILE_NAME "/project/curlew.lua"

/* Reads a table written as JSON with single quotes; it has to be right. */
static struct cw_config read_config(const char *text) {
  struct cw_config config;
  struct cw_err err = CW_ERR_INIT;
  char *json = xstrdup(text);
  for (char *p = json; *p; p++)
    if (*p == '\'') *p = '"';
  json_t *tree = json_loads(json, 0, NULL);
  assert_non_null(tree);
  free(json);
  int status = cw_config_init(&config, FILE_NAME, tree, NULL, &err);
  if (status < 0) fail_msg("refused: %s", err.message);
  return config;
}

/* Reads a table that has to be refused with this message (and hint, unless NULL). */
static void assert_refused(const char *text, const char *message, const char *hint) {
  struct cw_config config;
  struct cw_err err = CW_ERR_INIT;
  char *json = xstrdup(text);
  for (char *p = json; *p; p++)
    if (*p == '\'') *p = '"';
  json_t *tree = json_loads(json, JSON_DECODE_ANY, NULL);
  assert_non_null(tree);
  free(json);
  assert_int_equal(-1, cw_config_init(&config, FILE_NAME, tree, NULL, &err));
  assert_int_equal(CW_ERR_CONFIG, err.code);
  assert_string_equal(message, err.message);
  assert_string_equal(FILE_NAME, err.file);
  if (hint) assert_string_equal(hint, err.hint);
  cw_err_release(&err);
}

static void an_empty_table_gives_the_defaults(void **state) {
  (void)state;
  struct cw_config c = read_config("{}");
  assert_string_equal("/project", c.dir);
  assert_string_equal("/project/migrations", c.migrations);
  assert_int_equal(1, c.version_locations.len);
  assert_string_equal("/project/migrations/versions", c.version_locations.items[0]);
  assert_string_equal("curlew_version", c.version_table);
  assert_null(c.version_table_schema);
  assert_int_equal(CW_TXN_EACH, c.transaction);
  assert_int_equal(60000, c.lock_timeout_ms);
  assert_string_equal("auto", c.lock_kind);
  assert_int_equal(5000, c.ddl_lock_timeout_ms);
  assert_int_equal(10, c.ddl_retries);
  assert_int_equal(0, c.ddl_statement_timeout_ms);
  assert_string_equal("%(rev)_%(slug)", c.file_template);
  assert_int_equal(CW_IDS_RANDOM, c.revision_ids);
  assert_int_equal(40, c.truncate_slug_length);
  assert_int_equal(1, c.plugin_path.len);
  assert_string_equal("/project/plugins", c.plugin_path.items[0]);
  assert_false(c.has_databases);
  assert_int_equal(1, c.ndbs);
  assert_null(c.dbs[0].name);
  assert_null(c.dbs[0].url);
  cw_config_release(&c);
}

static void every_setting_is_read(void **state) {
  (void)state;
  struct cw_config c = read_config(
      "{'url': 'sqlite://', 'migrations': 'db', 'version_table': 'v', 'version_table_schema': 's',"
      " 'transaction': 'all', 'lock': {'timeout': '1.5m', 'kind': 'lease'},"
      " 'ddl': {'lock_timeout': 2, 'retries': 3, 'statement_timeout': '250ms'},"
      " 'file_template': '%(slug)', 'revision_ids': 'sequence', 'truncate_slug_length': 12,"
      " 'timezone': 'UTC', 'post_write_hooks': [['stylua', '{path}'], ['true']],"
      " 'plugins': ['a', 'b'], 'plugin_path': ['/p', 'q'], 'on_connect': {'$function': 4},"
      " 'before_step': {'$function': 5}, 'after_step': {'$function': 6},"
      " 'on_version_apply': {'$function': 7}, 'naming_convention': {'ix': 'x'},"
      " 'include_object': {'$function': 8}, 'models': 'models'}");
  assert_string_equal("sqlite://", c.dbs[0].url);
  assert_string_equal("/project/db/versions", c.version_locations.items[0]);
  assert_string_equal("v", c.version_table);
  assert_string_equal("s", c.version_table_schema);
  assert_int_equal(CW_TXN_ALL, c.transaction);
  assert_int_equal(90000, c.lock_timeout_ms);
  assert_string_equal("lease", c.lock_kind);
  assert_int_equal(2000, c.ddl_lock_timeout_ms);
  assert_int_equal(3, c.ddl_retries);
  assert_int_equal(250, c.ddl_statement_timeout_ms);
  assert_string_equal("%(slug)", c.file_template);
  assert_int_equal(CW_IDS_SEQUENCE, c.revision_ids);
  assert_int_equal(12, c.truncate_slug_length);
  assert_string_equal("UTC", c.timezone);
  assert_int_equal(2, c.npost_write_hooks);
  assert_int_equal(2, c.post_write_hooks[0].argv.len);
  assert_string_equal("{path}", c.post_write_hooks[0].argv.items[1]);
  assert_string_equal("b", c.plugins.items[1]);
  assert_string_equal("/p", c.plugin_path.items[0]);
  assert_string_equal("/project/q", c.plugin_path.items[1]);
  assert_int_equal(4, c.on_connect);
  assert_int_equal(5, c.before_step);
  assert_int_equal(6, c.after_step);
  assert_int_equal(7, c.on_version_apply);
  assert_string_equal("x", json_string_value(json_object_get(c.naming_convention, "ix")));
  cw_config_release(&c);
}

static void relative_folders_start_at_the_configuration(void **state) {
  (void)state;
  struct cw_config c = read_config("{'version_locations': ['a/../b', '/abs', './c']}");
  assert_string_equal("/project/b", c.version_locations.items[0]);
  assert_string_equal("/abs", c.version_locations.items[1]);
  assert_string_equal("/project/c", c.version_locations.items[2]);
  assert_false(c.recursive);
  cw_config_release(&c);
}

static void recursive_stands_in_the_list_or_beside_it(void **state) {
  (void)state;
  struct cw_config c = read_config("{'version_locations': {'1': 'a', '2': 'b', 'recursive': true}}");
  assert_int_equal(2, c.version_locations.len);
  assert_string_equal("/project/b", c.version_locations.items[1]);
  assert_true(c.recursive);
  cw_config_release(&c);
  c = read_config("{'version_locations': ['a'], 'recursive': true}");
  assert_true(c.recursive);
  cw_config_release(&c);
  assert_refused("{'version_locations': {'1': 'a', 'recursiv': true}}",
                 "/project/curlew.lua: `version_locations` must be a list of folders, not a table",
                 NULL);
}

static void a_function_may_give_the_url(void **state) {
  (void)state;
  struct cw_config c = read_config("{'url': {'$function': 3}}");
  assert_null(c.dbs[0].url);
  assert_int_equal(3, c.dbs[0].url_function);
  cw_config_release(&c);
}

static void the_url_option_wins(void **state) {
  (void)state;
  struct cw_config c;
  struct cw_err err = CW_ERR_INIT;
  json_t *tree = json_pack("{s:s}", "url", "sqlite:///a.db");
  assert_int_equal(0, cw_config_init(&c, FILE_NAME, tree, "sqlite:///b.db", &err));
  assert_string_equal("sqlite:///b.db", c.dbs[0].url);
  assert_string_equal("--url", c.url_origin);
  cw_config_release(&c);
  tree = json_pack("{s:[{s:s},{s:s}]}", "databases", "name", "a", "name", "b");
  assert_int_equal(-1, cw_config_init(&c, FILE_NAME, tree, "sqlite:///b.db", &err));
  assert_int_equal(CW_ERR_USAGE, err.code);
  cw_err_release(&err);
}

static void databases_are_read_in_order(void **state) {
  (void)state;
  struct cw_config c = read_config(
      "{'url': 'sqlite:///common.db', 'default_database': 'b',"
      " 'databases': [{'name': 'b', 'url': 'sqlite:///b.db', 'anything': 1},"
      "               {'name': 'a', 'migrations': 'm', 'version_locations': ['x']},"
      "               {'name': 'c', 'migrations': 'n', 'url': {'$function': 9}}]}");
  assert_true(c.has_databases);
  assert_int_equal(3, c.ndbs);
  assert_string_equal("b", c.dbs[0].name);
  assert_string_equal("sqlite:///b.db", c.dbs[0].url);
  assert_int_equal(1, json_integer_value(json_object_get(c.dbs[0].entry, "anything")));
  assert_null(c.dbs[0].migrations);
  assert_string_equal("sqlite:///common.db", c.dbs[1].url);
  assert_string_equal("/project/m", c.dbs[1].migrations);
  assert_string_equal("/project/x", c.dbs[1].version_locations.items[0]);
  assert_string_equal("/project/n/versions", c.dbs[2].version_locations.items[0]);
  assert_int_equal(9, c.dbs[2].url_function);
  assert_string_equal("b", c.default_database);
  cw_config_release(&c);
}

static void a_function_may_give_the_databases_later(void **state) {
  (void)state;
  struct cw_err err = CW_ERR_INIT;
  struct cw_config c = read_config("{'databases': {'$function': 2}, 'default_database': 'y'}");
  assert_int_equal(2, c.databases_function);
  json_t *list = json_pack("[{s:s},{s:s}]", "name", "x", "name", "y");
  assert_int_equal(0, cw_config_set_databases(&c, list, &err));
  json_decref(list);
  assert_int_equal(2, c.ndbs);
  assert_string_equal("y", c.dbs[1].name);
  assert_int_equal(0, c.databases_function);
  list = json_pack("[{s:s}]", "name", "z");
  assert_int_equal(-1, cw_config_set_databases(&c, list, &err));
  assert_string_equal("/project/curlew.lua: `default_database` is \"y\", which `databases` does "
                      "not have", err.message);
  json_decref(list);
  cw_err_release(&err);
  cw_config_release(&c);
}

static void an_unknown_setting_suggests_the_nearest(void **state) {
  (void)state;
  assert_refused("{'migratons': 'm'}", "/project/curlew.lua: there is no setting `migratons`",
                 "Did you mean `migrations`?");
  assert_refused("{'lock': {'timeuot': 1}}",
                 "/project/curlew.lua: there is no setting `lock.timeuot`",
                 "Did you mean `timeout`?");
  assert_refused("{'ddl': {'x': 1}}", "/project/curlew.lua: there is no setting `ddl.x`",
                 "The settings are: lock_timeout, retries, statement_timeout.");
}

static void a_wrong_type_is_named(void **state) {
  (void)state;
  assert_refused("{'url': 5}", "/project/curlew.lua: `url` must be a string, not 5", NULL);
  assert_refused("{'url': ''}",
                 "/project/curlew.lua: `url` must be a string that is not empty, not \"\"", NULL);
  assert_refused("{'transaction': 'every'}",
                 "/project/curlew.lua: `transaction` must be one of \"each\", \"all\", \"none\", "
                 "not \"every\"", NULL);
  assert_refused("{'lock': 5}",
                 "/project/curlew.lua: `lock` must be a table such as { timeout = ... }, not 5",
                 NULL);
  assert_refused("{'lock': {'timeout': 'soon'}}",
                 "/project/curlew.lua: `lock.timeout` must be a duration such as \"30s\", "
                 "\"500ms\", \"2m\" or a number of seconds, not \"soon\"", NULL);
  assert_refused("{'ddl': {'retries': 1.5}}",
                 "/project/curlew.lua: `ddl.retries` must be a whole number, 0 or more, not 1.5",
                 NULL);
  assert_refused("{'on_connect': 'f'}",
                 "/project/curlew.lua: `on_connect` must be a function, not \"f\"", NULL);
  assert_refused("{'post_write_hooks': ['stylua', '{path}']}",
                 "/project/curlew.lua: `post_write_hooks` must be a list of argument lists, such "
                 "as { { \"stylua\", \"{path}\" } }, not \"stylua\"", NULL);
  assert_refused("{'plugins': ['a', true]}",
                 "/project/curlew.lua: `plugins[2]` must be a string, not true", NULL);
  assert_refused("[1]", "/project/curlew.lua must return a table of settings (or a function that "
                 "returns one)", NULL);
}

static void a_url_in_the_wrong_place_is_not_shown(void **state) {
  (void)state;
  assert_refused("{'transaction': 'postgresql://u:secret@h/d'}",
                 "/project/curlew.lua: `transaction` must be one of \"each\", \"all\", \"none\", "
                 "not another string", NULL);
}

static void bad_databases_are_named(void **state) {
  (void)state;
  assert_refused("{'databases': {}}",
                 "/project/curlew.lua: `databases` must be a list of tables { name = ..., url = "
                 "... }, not an empty table", NULL);
  assert_refused("{'databases': [{'url': 'x'}]}", "/project/curlew.lua: databases[1] has no `name`",
                 NULL);
  assert_refused("{'databases': [{'name': 'a'}, {'name': 'a'}]}",
                 "/project/curlew.lua: two entries of `databases` are named \"a\" (1 and 2)", NULL);
  assert_refused("{'databases': [{'name': 'all'}]}",
                 "/project/curlew.lua: \"all\" can't be the name of a database in databases[1]: "
                 "-x db=NAME takes names separated by commas, and `all` means every one", NULL);
  assert_refused("{'databases': [{'name': 'main'}], 'default_database': 'mian'}",
                 "/project/curlew.lua: `default_database` is \"mian\", which `databases` does not "
                 "have", "Did you mean `main`?");
  assert_refused("{'default_database': 'a'}",
                 "/project/curlew.lua: `default_database` names one of `databases`, which is "
                 "missing", NULL);
}

static void all_known_keys_are_listed_once(void **state) {
  (void)state;
  const char *const *keys = cw_config_keys();
  size_t count = 0;
  for (; keys[count]; count++)
    for (size_t i = 0; i < count; i++) assert_string_not_equal(keys[i], keys[count]);
  assert_true(count > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_empty_table_gives_the_defaults),
    cmocka_unit_test(every_setting_is_read),
    cmocka_unit_test(relative_folders_start_at_the_configuration),
    cmocka_unit_test(recursive_stands_in_the_list_or_beside_it),
    cmocka_unit_test(a_function_may_give_the_url),
    cmocka_unit_test(the_url_option_wins),
    cmocka_unit_test(databases_are_read_in_order),
    cmocka_unit_test(a_function_may_give_the_databases_later),
    cmocka_unit_test(an_unknown_setting_suggests_the_nearest),
    cmocka_unit_test(a_wrong_type_is_named),
    cmocka_unit_test(a_url_in_the_wrong_place_is_not_shown),
    cmocka_unit_test(bad_databases_are_named),
    cmocka_unit_test(all_known_keys_are_listed_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
