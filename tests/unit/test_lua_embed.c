/* The library that is compiled in is the one in lua/, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lua/embed.h"

static void holds_the_bytes_of_each_file(void **state) {
  (void)state;
  assert_true(cw_embedded_count > 0);
  for (const struct cw_embedded_file *f = cw_embedded_files; f->name; f++) {
    char path[4096];
    unsigned char *bytes = malloc(f->len + 1);
    FILE *in;

    snprintf(path, sizeof path, "%s/lua/%s", CURLEW_SOURCE_DIR, f->name);
    in = fopen(path, "rb");
    if (!in)
      fail_msg("%s is embedded and does not exist", path);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, f->len + 1, in), f->len);
    assert_memory_equal(bytes, f->data, f->len);
    assert_int_equal(f->data[f->len], 0);
    free(bytes);
    fclose(in);
  }
}

static void is_sorted_by_name_and_counted(void **state) {
  size_t n = 0;

  (void)state;
  for (const struct cw_embedded_file *f = cw_embedded_files; f->name; f++, n++)
    if (n > 0)
      assert_true(strcmp(f[-1].name, f->name) < 0);
  assert_int_equal(n, cw_embedded_count);
}

static void has_the_library_but_not_the_editors_stubs(void **state) {
  int library = 0;

  (void)state;
  for (const struct cw_embedded_file *f = cw_embedded_files; f->name; f++) {
    assert_int_not_equal(strncmp(f->name, "_meta/", 6), 0);
    library += strncmp(f->name, "curlew/", 7) == 0;
  }
  assert_true(library > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(holds_the_bytes_of_each_file),
    cmocka_unit_test(is_sorted_by_name_and_counted),
    cmocka_unit_test(has_the_library_but_not_the_editors_stubs),
  };
  return cmocka_run_group_tests_name("lua/embed", tests, NULL, NULL);
}
