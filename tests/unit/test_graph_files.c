/* Revision files: which are found, and how new ones are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "graph/script_dir.h"
#include "util/fs.h"

/* --- a folder of its own for each test ----------------------------------------------------------
 */

static int make_folder(void **state) {
  char *dir = xstrdup("/tmp/curlew_files_XXXXXX");
  if (!mkdtemp(dir)) return -1;
  char *real = realpath(dir, NULL);
  free(dir);
  *state = real;
  return 0;
}

static int remove_folder(void **state) {
  char *command = xasprintf("rm -rf '%s'", (char *)*state);
  int status = system(command);
  free(command);
  free(*state);
  return status;
}

static void put(const char *dir, const char *name) {
  char *path = cw_path_join(dir, name), *folder = cw_path_dirname(path);
  assert_int_equal(cw_fs_mkdirs(folder, NULL), 0);
  assert_int_equal(cw_fs_write_atomic(path, "", 0, false, NULL), 0);
  free(folder);
  free(path);
}

static void put_link(const char *dir, const char *target, const char *name) {
  char *from = cw_path_join(dir, target), *to = cw_path_join(dir, name);
  assert_int_equal(symlink(from, to), 0);
  free(from);
  free(to);
}

/* What is found in the named folders below `dir`, as paths below it. */
static void assert_found(const char *dir, const char *first, const char *second, bool recursive,
                         const char *expected) {
  struct strvec locations = {0}, found = {0}, below = {0};
  struct cw_err err = CW_ERR_INIT;
  strvec_take(&locations, cw_path_join(dir, first));
  if (second) strvec_take(&locations, cw_path_join(dir, second));
  if (cw_script_dir_list(&found, &locations, recursive, ".lua", &err) < 0)
    fail_msg("%s", err.message);
  for (size_t i = 0; i < found.len; i++) {
    assert_true(strncmp(found.items[i], dir, strlen(dir)) == 0);
    strvec_push(&below, found.items[i] + strlen(dir) + 1);
  }
  char *got = strvec_join(&below, " ");
  assert_string_equal(got, expected);
  free(got);
  strvec_release(&locations);
  strvec_release(&found);
  strvec_release(&below);
}

/* --- listing ------------------------------------------------------------------------------------
 */

static void test_only_revision_files_are_found_by_name(void **state) {
  put(*state, "v/b.lua");
  put(*state, "v/a.lua");
  put(*state, "v/.#a.lua");
  put(*state, "v/__init__.lua");
  put(*state, "v/a.lua.orig");
  put(*state, "v/notes.md");
  put(*state, "v/.lua");
  put(*state, "v/folder.lua/x.lua");
  assert_found(*state, "v", NULL, false, "v/a.lua v/b.lua");
}

static void test_sub_folders_are_walked_on_request(void **state) {
  put(*state, "v/2025/12/c.lua");
  put(*state, "v/2025/b.lua");
  put(*state, "v/2024/a.lua");
  put(*state, "v/z.lua");
  put(*state, "v/.git/x.lua");
  assert_found(*state, "v", NULL, false, "v/z.lua");
  assert_found(*state, "v", NULL, true, "v/z.lua v/2024/a.lua v/2025/b.lua v/2025/12/c.lua");
  assert_true(cw_script_dir_recursive(false, "%(year)/%(rev)"));
  assert_true(cw_script_dir_recursive(true, "%(rev)"));
  assert_false(cw_script_dir_recursive(false, "%(rev)_%(slug)"));
}

static void test_folders_come_in_the_order_given(void **state) {
  put(*state, "v2/a.lua");
  put(*state, "v1/b.lua");
  assert_found(*state, "v2", "v1", false, "v2/a.lua v1/b.lua");
  assert_found(*state, "v1", "nowhere", false, "v1/b.lua");
  assert_found(*state, "nowhere", NULL, true, "");
}

static void test_a_file_reached_twice_counts_once(void **state) {
  put(*state, "v/a.lua");
  put(*state, "w/b.lua");
  put_link(*state, "v", "same");
  put_link(*state, "v/a.lua", "w/again.lua");
  put_link(*state, "w", "w/loop");
  put_link(*state, "nothing.lua", "w/dangling.lua");
  assert_found(*state, "v", "same", false, "v/a.lua");
  assert_found(*state, "v", "v", false, "v/a.lua");
  assert_found(*state, "v", "w", true, "v/a.lua w/b.lua");
  assert_found(*state, "w", NULL, true, "w/again.lua w/b.lua");
}

static void test_a_folder_that_cannot_be_listed_is_an_error(void **state) {
  struct strvec locations = {0}, found = {0};
  struct cw_err err = CW_ERR_INIT;
  put(*state, "file");
  strvec_take(&locations, cw_path_join(*state, "file"));
  assert_int_equal(cw_script_dir_list(&found, &locations, false, ".lua", &err), -1);
  assert_int_equal(err.code, CW_ERR_IO);
  assert_non_null(strstr(err.message, locations.items[0]));
  cw_err_release(&err);
  strvec_release(&locations);
  strvec_release(&found);
}

/* --- moments ------------------------------------------------------------------------------------
 */

enum { MOMENT = 1763980205 }; /* 2025-11-24 10:30:05 UTC */

static void assert_shown(const char *zone, const char *expected) {
  struct cw_when when;
  struct cw_err err = CW_ERR_INIT;
  if (cw_when_at(&when, MOMENT, zone, &err) < 0) fail_msg("%s", err.message);
  char *text = cw_when_format(&when);
  assert_string_equal(text, expected);
  free(text);
}

static void test_moments_are_shown_in_the_configured_zone(void **state) {
  (void)state;
  setenv("TZ", "EST5", 1);
  assert_shown(NULL, "2025-11-24 05:30:05");
  assert_shown("UTC", "2025-11-24 10:30:05+00:00");
  assert_shown("utc", "2025-11-24 10:30:05+00:00");
  if (access("/usr/share/zoneinfo/Asia/Kolkata", R_OK) == 0) {
    assert_shown("Asia/Kolkata", "2025-11-24 16:00:05+05:30");
    assert_shown("America/St_Johns", "2025-11-24 07:00:05-03:30");
  }
  assert_string_equal(getenv("TZ"), "EST5");
  assert_shown(NULL, "2025-11-24 05:30:05");
  unsetenv("TZ");
}

static void test_unknown_zones_are_errors(void **state) {
  (void)state;
  static const char *const zones[] = {"Mars/Olympus", "", "../zoneinfo/UTC", "/etc/localtime",
                                      "Europe"};
  for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
    struct cw_when when;
    struct cw_err err = CW_ERR_INIT;
    assert_int_equal(cw_when_at(&when, MOMENT, zones[i], &err), -1);
    assert_int_equal(err.code, CW_ERR_CONFIG);
    assert_non_null(strstr(err.message, zones[i]));
    cw_err_release(&err);
  }
}

/* --- names --------------------------------------------------------------------------------------
 */

static void test_slugs(void **state) {
  (void)state;
  static const struct {
    const char *message;
    size_t max;
    const char *expected;
  } cases[] = {
      {"Create users table", 40, "create_users_table"},
      {"  add: e-mail, (unique)!  ", 40, "add_e_mail_unique"},
      {"already_snake Case", 40, "already_snake_case"},
      {"", 40, ""},
      {NULL, 40, ""},
      {"!!!", 40, ""},
      {"../../etc/passwd", 40, "etc_passwd"},
      {"one two three", 9, "one_two_"},
      {"one two three", 13, "one_two_three"},
      {"one two three", 7, "one_"},
      {"unbreakable", 4, "unbr_"},
      {"abcdefghij abcdefghij abcdefghij abcdefghij", 0, "abcdefghij_abcdefghij_abcdefghij_"},
      {"\xc3\x84nderung der Gr\xc3\xb6\xc3\x9f"
       "e",
       40,
       "\xc3\xa4nderung_der_gr\xc3\xb6\xc3\x9f"
       "e"},
      {"\xe8\xa1\xa8\xe3\x82\x92 \xe4\xbd\x9c\xe3\x82\x8b", 40,
       "\xe8\xa1\xa8\xe3\x82\x92_\xe4\xbd\x9c\xe3\x82\x8b"},
      {"\xc3\x84\xc3\x96\xc3\x9c x", 3, "\xc3\xa4\xc3\xb6\xc3\xbc_"},
      {"bad \xff\xfe bytes \xc3", 40, "bad_bytes"},
      {"dash \xe2\x80\x94 emoji \xf0\x9f\x98\x80 end", 40, "dash_emoji_end"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *slug = cw_script_slug(cases[i].message, cases[i].max);
    assert_string_equal(slug, cases[i].expected);
    free(slug);
  }
}

static char *name_of(const char *file_template, const char *message, struct cw_err *err) {
  struct cw_when when;
  char *name = NULL;
  assert_int_equal(cw_when_at(&when, MOMENT, "UTC", NULL), 0);
  cw_script_file_name(&name, file_template, "ae10", message, 40, &when, ".lua", err);
  return name;
}

static void test_file_names_follow_the_template(void **state) {
  (void)state;
  static const struct {
    const char *file_template, *message, *expected;
  } cases[] = {
      {"%(rev)_%(slug)", "Add users", "ae10_add_users.lua"},
      {"%(rev)_%(slug)", NULL, "ae10_.lua"},
      {"%(year)/%(month)/%(day)_%(hour)%(minute)%(second)_%(slug)", "x",
       "2025/11/24_103005_x.lua"},
      {"%(epoch)-%(rev)", "x", "1763980205-ae10.lua"},
      {"%(rev)s_%(slug)s", "x", "ae10_x.lua"},
      {"%(year)d%(month).2d%(day).2d_%(rev)s", "x", "20251124_ae10.lua"},
      {"%(rev)suffix", "x", "ae10suffix.lua"},
      {"100%%_%(rev)", "x", "100%_ae10.lua"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cw_err err = CW_ERR_INIT;
    char *name = name_of(cases[i].file_template, cases[i].message, &err);
    if (!name) fail_msg("%s: %s", cases[i].file_template, err.message);
    assert_string_equal(name, cases[i].expected);
    free(name);
  }
}

static void test_templates_that_name_no_file_are_errors(void **state) {
  (void)state;
  static const struct {
    const char *file_template, *says;
  } cases[] = {
      {"%(revv)", "%(rev)"}, {"%(nothing)", "Tokens are"}, {"%(rev", "not closed"},
      {"%rev", "stands alone"}, {"/%(rev)", "empty name"},  {"../%(rev)", "\"..\""},
      {"a//%(rev)", "empty name"}, {"%(rev)/", "empty name"}, {"", "empty name"},
      {"%(slug)/x", "empty name"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cw_err err = CW_ERR_INIT;
    char *name = name_of(cases[i].file_template, "", &err);
    assert_null(name);
    assert_int_equal(err.code, CW_ERR_CONFIG);
    char *both = xasprintf("%s %s", err.message, err.hint);
    if (!strstr(both, cases[i].says)) fail_msg("%s: %s", cases[i].file_template, both);
    free(both);
    cw_err_release(&err);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
      IN_FOLDER(test_only_revision_files_are_found_by_name),
      IN_FOLDER(test_sub_folders_are_walked_on_request),
      IN_FOLDER(test_folders_come_in_the_order_given),
      IN_FOLDER(test_a_file_reached_twice_counts_once),
      IN_FOLDER(test_a_folder_that_cannot_be_listed_is_an_error),
      cmocka_unit_test(test_moments_are_shown_in_the_configured_zone),
      cmocka_unit_test(test_unknown_zones_are_errors),
      cmocka_unit_test(test_slugs),
      cmocka_unit_test(test_file_names_follow_the_template),
      cmocka_unit_test(test_templates_that_name_no_file_are_errors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
