/* The cache of what revision files declare: it gives back what it was given, and only for that very file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/cache.h"
#include "util/fs.h"
#include "util/strbuf.h"

static char *dir, *file;
static struct strvec locations;
static struct cw_err err;

static const int64_t second = 1000000000;

/* The time of day, some seconds from now: files of this test come to rest without waiting. */
static int64_t later(int64_t seconds) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (now.tv_sec + seconds) * second + now.tv_nsec;
}

static void write_file(const char *path, const char *text) {
  if (cw_fs_write_atomic(path, text, strlen(text), false, &err)) fail_msg("%s", err.message);
}

static int setup(void **state) {
  (void)state;
  dir = xstrdup("/tmp/curlew-cache-XXXXXX");
  if (!mkdtemp(dir)) return -1;
  setenv("XDG_CACHE_HOME", dir, 1);
  file = cw_path_join(dir, "a.lua");
  strvec_push(&locations, dir);
  write_file(file, "0123456789");
  return 0;
}

static int teardown(void **state) {
  (void)state;
  char *command = xasprintf("rm -rf %s", dir);
  if (system(command)) return -1;
  free(command);
  free(dir);
  free(file);
  strvec_release(&locations);
  return 0;
}

static struct cw_revision *revision(const char *id) {
  struct cw_revision *rev = cw_revision_new();
  rev->id = xstrdup(id);
  rev->plain = true;
  rev->text = xstrdup("0123456789");
  rev->text_len = 10;
  return rev;
}

/* Puts the file's revision `id`, as a command that runs at `now` would. */
static void remember(const char *path, const char *id, int64_t now) {
  struct cw_cache_stamp stamp;
  struct cw_cache *cache = cw_cache_open(&locations, now);
  struct cw_revision *rev = cw_cache_find(cache, path, &stamp);
  if (!rev) {
    rev = revision(id);
    cw_cache_put(cache, path, &stamp, rev);
  }
  cw_revision_free(rev);
  cw_cache_close(cache);
}

/* What a command that runs at `now` finds for a file; the caller frees. */
static struct cw_revision *found_at(const char *path, int64_t now) {
  struct cw_cache_stamp stamp;
  struct cw_cache *cache = cw_cache_open(&locations, now);
  struct cw_revision *rev = cw_cache_find(cache, path, &stamp);
  cw_cache_close(cache);
  return rev;
}

static bool known(int64_t now) {
  struct cw_revision *rev = found_at(file, now);
  cw_revision_free(rev);
  return rev != NULL;
}

/* The path of the cache's only file; the caller frees. */
static char *cache_file(void) {
  char *folder = cw_path_join(dir, "curlew");
  struct strvec names = {0};
  assert_int_equal(cw_fs_list(&names, folder, &err), 0);
  assert_int_equal(names.len, 1); /* and no temporary one beside it */
  char *path = cw_path_join(folder, names.items[0]);
  strvec_release(&names);
  free(folder);
  return path;
}

static void a_revision_comes_back_as_it_was(void **state) {
  (void)state;
  struct cw_cache_stamp stamp;
  struct cw_cache *cache = cw_cache_open(&locations, later(10));
  assert_null(cw_cache_find(cache, file, &stamp));
  struct cw_revision *rev = revision("b1");
  strvec_push(&rev->down_revision, "a1");
  strvec_push(&rev->down_revision, "a2");
  strvec_push(&rev->depends_on, "x");
  strvec_push(&rev->labels, "left");
  free(rev->title);
  rev->title = xstrdup("a title");
  free(rev->doc);
  rev->doc = xstrdup("a title\n\nmore");
  rev->created = xstrdup("2026-11-20");
  rev->irreversible = xstrdup("why");
  rev->has_upgrade = true;
  rev->transaction = CW_TXN_NONE;
  cw_cache_put(cache, file, &stamp, rev);
  cw_cache_close(cache);

  struct cw_revision *back = found_at(file, later(10));
  assert_non_null(back);
  assert_string_equal(back->id, "b1");
  assert_int_equal(back->down_revision.len, 2);
  assert_string_equal(back->down_revision.items[1], "a2");
  assert_string_equal(back->depends_on.items[0], "x");
  assert_string_equal(back->labels.items[0], "left");
  assert_string_equal(back->title, "a title");
  assert_string_equal(back->doc, "a title\n\nmore");
  assert_string_equal(back->created, "2026-11-20");
  assert_string_equal(back->irreversible, "why");
  assert_string_equal(back->path, file);
  assert_true(back->has_upgrade);
  assert_false(back->has_downgrade);
  assert_int_equal(back->transaction, CW_TXN_NONE);
  assert_string_equal(cw_revision_checksum(back), cw_revision_checksum(rev));
  assert_null(back->text);
  cw_revision_free(back);
  cw_revision_free(rev);
}

static void an_edited_file_is_not_known(void **state) {
  (void)state;
  remember(file, "a1", later(10));
  assert_true(known(later(10)));
  struct stat st;
  stat(file, &st);
  const struct timespec times[2] = {st.st_atim, st.st_mtim};

  /* in place, with the same size and the former time of modification */
  FILE *out = fopen(file, "r+");
  fputs("abcdefghij", out);
  fclose(out);
  utimensat(AT_FDCWD, file, times, 0);
  assert_false(known(later(10)));

  /* by another file of the same size and time */
  write_file(file, "0123456789");
  remember(file, "a1", later(10));
  assert_true(known(later(10)));
  write_file(file, "abcdefghij");
  utimensat(AT_FDCWD, file, times, 0);
  assert_false(known(later(10)));

  write_file(file, "0123456789");
  remember(file, "a1", later(10));
  write_file(file, "longer than it was");
  assert_false(known(later(10)));
}

static void a_file_that_may_still_be_written_is_not_trusted(void **state) {
  (void)state;
  remember(file, "a1", later(1));
  assert_false(known(later(10)));
  remember(file, "a1", later(10));
  assert_false(known(later(1)));
  assert_true(known(later(10)));
  const struct timespec times[2] = {{later(3600) / second, 0}, {later(3600) / second, 0}};
  utimensat(AT_FDCWD, file, times, 0);
  remember(file, "a1", later(10));
  assert_false(known(later(10)));
}

static void what_is_not_plain_is_not_kept(void **state) {
  (void)state;
  struct cw_cache_stamp stamp;
  struct cw_cache *cache = cw_cache_open(&locations, later(10));
  struct cw_revision *rev = cw_cache_find(cache, file, &stamp);
  assert_null(rev);
  rev = revision("a1");
  rev->plain = false;
  cw_cache_put(cache, file, &stamp, rev);
  cw_revision_free(rev);
  cw_cache_close(cache);
  assert_false(known(later(10)));
}

static void a_damaged_cache_is_as_good_as_none(void **state) {
  (void)state;
  remember(file, "a1", later(10));
  char *path = cache_file(), *data;
  size_t len;
  assert_int_equal(cw_fs_read(&data, &len, path, &err), 0);
  for (size_t i = 0; i < len; i++) {
    data[i] ^= 0x10;
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, data, len), len);
    close(fd);
    data[i] ^= 0x10;
    if (known(later(10))) fail_msg("a changed byte %zu went unnoticed", i);
  }
  for (size_t cut = 0; cut < len; cut++) {
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, data, cut), cut);
    close(fd);
    if (known(later(10))) fail_msg("a cut at %zu went unnoticed", cut);
  }
  remember(file, "a1", later(10));
  assert_true(known(later(10)));
  free(data);
  free(path);
}

static void a_cache_that_others_may_write_is_not_read(void **state) {
  (void)state;
  remember(file, "a1", later(10));
  char *path = cache_file();
  chmod(path, 0666);
  assert_false(known(later(10)));
  chmod(path, 0600);
  assert_true(known(later(10)));
  if (geteuid() == 0) {
    assert_int_equal(chown(path, 12345, 12345), 0);
    assert_false(known(later(10)));
    assert_int_equal(chown(path, 0, 0), 0);
  }
  char *elsewhere = cw_path_join(dir, "elsewhere");
  assert_int_equal(rename(path, elsewhere), 0);
  assert_int_equal(symlink(elsewhere, path), 0);
  assert_false(known(later(10)));
  remember(file, "a1", later(10)); /* takes the place of the link */
  assert_true(known(later(10)));
  free(elsewhere);
  free(path);
}

static void without_a_place_nothing_is_kept_and_nothing_said(void **state) {
  (void)state;
  setenv("XDG_CACHE_HOME", file, 1);
  remember(file, "a1", later(10));
  assert_false(known(later(10)));
  setenv("XDG_CACHE_HOME", "relative", 1);
  setenv("HOME", "/proc", 1);
  remember(file, "a1", later(10));
  assert_false(known(later(10)));
  unsetenv("HOME");
  remember(file, "a1", later(10));
  assert_false(known(later(10)));
  if (geteuid() == 0) { /* sudo: someone else's home */
    char *home = cw_path_join(dir, "home"), *caches = cw_path_join(home, ".cache");
    mkdir(home, 0755);
    assert_int_equal(chown(home, 12345, 12345), 0);
    setenv("HOME", home, 1);
    remember(file, "a1", later(10));
    assert_false(cw_fs_exists(caches));
    free(home);
    free(caches);
  }
}

static void files_that_are_gone_leave_the_cache(void **state) {
  (void)state;
  char *other = cw_path_join(dir, "b.lua");
  write_file(other, "0123456789");
  remember(file, "a1", later(10));
  remember(other, "b1", later(10)); /* a.lua was not asked for */
  assert_false(known(later(10)));
  struct cw_revision *rev = found_at(other, later(10));
  assert_non_null(rev);
  cw_revision_free(rev);
  unlink(other);
  assert_null(found_at(other, later(10)));
  free(other);
}

static void many_files_are_found_in_any_order(void **state) {
  (void)state;
  enum { COUNT = 300 };
  char *paths[COUNT], name[32];
  struct cw_cache_stamp stamp;
  for (int round = 0; round < 2; round++) {
    struct cw_cache *cache = cw_cache_open(&locations, later(10));
    for (int i = 0; i < COUNT; i++) {
      int n = round == 0 ? i : i * 7 % COUNT;
      snprintf(name, sizeof name, "r%d.lua", n);
      if (round == 0) {
        paths[i] = cw_path_join(dir, name);
        write_file(paths[i], name);
      }
      struct cw_revision *rev = cw_cache_find(cache, paths[n], &stamp);
      if (round == 0) {
        assert_null(rev);
        rev = revision(name);
        cw_cache_put(cache, paths[n], &stamp, rev);
      }
      assert_non_null(rev);
      assert_string_equal(rev->id, name);
      cw_revision_free(rev);
    }
    cw_cache_close(cache);
  }
  for (int i = 0; i < COUNT; i++) free(paths[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_revision_comes_back_as_it_was, setup, teardown),
      cmocka_unit_test_setup_teardown(an_edited_file_is_not_known, setup, teardown),
      cmocka_unit_test_setup_teardown(a_file_that_may_still_be_written_is_not_trusted, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_not_plain_is_not_kept, setup, teardown),
      cmocka_unit_test_setup_teardown(a_damaged_cache_is_as_good_as_none, setup, teardown),
      cmocka_unit_test_setup_teardown(a_cache_that_others_may_write_is_not_read, setup, teardown),
      cmocka_unit_test_setup_teardown(without_a_place_nothing_is_kept_and_nothing_said, setup, teardown),
      cmocka_unit_test_setup_teardown(files_that_are_gone_leave_the_cache, setup, teardown),
      cmocka_unit_test_setup_teardown(many_files_are_found_in_any_order, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
