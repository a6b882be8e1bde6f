/* Where the configuration is looked for: -c, $CURLEW_CONFIG, here, the folders above. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "util/fs.h"

static char *folder; /* of this run: <folder>/project/curlew.lua, <folder>/project/deep/er/ */

static void write_file(const char *path) {
  struct cw_err err = CW_ERR_INIT;
  if (cw_fs_write_atomic(path, "return {}\n", 10, false, &err) < 0) fail_msg("%s", err.message);
}

static int make_folders(void **state) {
  (void)state;
  char template[] = "/tmp/curlew-find-XXXXXX";
  if (!mkdtemp(template)) return -1;
  folder = xstrdup(template);
  char *deep = cw_path_join(folder, "project/deep/er"), *file;
  struct cw_err err = CW_ERR_INIT;
  if (cw_fs_mkdirs(deep, &err) < 0) return -1;
  file = cw_path_join(folder, "project/curlew.lua");
  write_file(file);
  free(file);
  free(deep);
  return 0;
}

static int remove_folders(void **state) {
  (void)state;
  static const char *const parts[] = {"project/curlew.lua", "project/deep/er", "project/deep",
                                      "project", ""};
  if (chdir("/") < 0) return -1;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    char *path = cw_path_join(folder, *parts[i] ? parts[i] : folder);
    if (remove(path) < 0) return -1;
    free(path);
  }
  free(folder);
  return 0;
}

static void enter(const char *name) {
  char *path = cw_path_join(folder, *name ? name : folder);
  assert_int_equal(0, chdir(path));
  free(path);
}

static void assert_found(const char *explicit_path, const char *expected) {
  struct cw_err err = CW_ERR_INIT;
  char *path = NULL, *whole = cw_path_join(folder, expected);
  if (cw_config_find(explicit_path, &path, &err) < 0) fail_msg("%s", err.message);
  assert_string_equal(whole, path);
  free(path);
  free(whole);
}

static void the_file_here_or_above_is_found(void **state) {
  (void)state;
  unsetenv("CURLEW_CONFIG");
  enter("project");
  assert_found(NULL, "project/curlew.lua");
  enter("project/deep/er");
  assert_found(NULL, "project/curlew.lua");
}

static void nothing_found_says_where_and_what_to_do(void **state) {
  (void)state;
  unsetenv("CURLEW_CONFIG");
  enter("");
  struct cw_err err = CW_ERR_INIT;
  char *path = NULL;
  assert_int_equal(-1, cw_config_find(NULL, &path, &err));
  assert_int_equal(CW_ERR_NO_CONFIG, err.code);
  assert_non_null(strstr(err.message, folder));
  assert_non_null(strstr(err.hint, "curlew init"));
  cw_err_release(&err);
}

static void the_variable_comes_before_the_folder(void **state) {
  (void)state;
  enter("");
  setenv("CURLEW_CONFIG", "project/curlew.lua", 1);
  assert_found(NULL, "project/curlew.lua");
  setenv("CURLEW_CONFIG", "nowhere.lua", 1);
  struct cw_err err = CW_ERR_INIT;
  char *path = NULL;
  assert_int_equal(-1, cw_config_find(NULL, &path, &err));
  assert_int_equal(CW_ERR_NO_CONFIG, err.code);
  assert_non_null(strstr(err.message, "$CURLEW_CONFIG"));
  cw_err_release(&err);
  setenv("CURLEW_CONFIG", "", 1);
  enter("project");
  assert_found(NULL, "project/curlew.lua");
}

static void the_option_comes_first_and_must_name_a_file(void **state) {
  (void)state;
  enter("");
  setenv("CURLEW_CONFIG", "nowhere.lua", 1);
  assert_found("project/curlew.lua", "project/curlew.lua");
  unsetenv("CURLEW_CONFIG");
  struct cw_err err = CW_ERR_INIT;
  char *path = NULL;
  assert_int_equal(-1, cw_config_find("project", &path, &err));
  assert_non_null(strstr(err.message, "is a folder"));
  assert_non_null(strstr(err.hint, "project/curlew.lua"));
  assert_int_equal(-1, cw_config_find("missing.lua", &path, &err));
  assert_int_equal(CW_ERR_NO_CONFIG, err.code);
  assert_non_null(strstr(err.message, "missing.lua (given by -c) does not exist"));
  cw_err_release(&err);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_file_here_or_above_is_found),
    cmocka_unit_test(nothing_found_says_where_and_what_to_do),
    cmocka_unit_test(the_variable_comes_before_the_folder),
    cmocka_unit_test(the_option_comes_first_and_must_name_a_file),
  };
  return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
