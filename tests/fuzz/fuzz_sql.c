/* Any text as SQL, in each database's way of reading it: cutting, binding and telling apart never read
 * outside of it, and what they give fits together. The first byte chooses the way. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/sql.h"
#include "util/vec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned flavors[] = {
    CW_SQL_BRACKETS,
    CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED,
    CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS,
};

static void require(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

/* A statement that was cut out is one statement when it is cut again. (Not on MySQL, where DELIMITER
 * lines are gone and "--" at the end has become a comment; nor behind a byte order mark.) */
static void stays_whole(const char *sql, struct cw_slice s, unsigned flavor) {
  struct cw_slices again = {0};

  if (flavor & CW_SQL_HASH_COMMENTS || (s.len >= 3 && memcmp(sql + s.start, "\xEF\xBB\xBF", 3) == 0))
    return;
  require(cw_sql_split(sql + s.start, s.len, flavor, &again, NULL) == 0, "a slice does not end");
  require(again.len == 1, "a slice is several statements");
  require(again.items[0].start == 0 && again.items[0].len == s.len, "a slice has loose ends");
  vec_release(&again);
}

static void cuts(const char *sql, size_t len, unsigned flavor) {
  struct cw_slices slices = {0};
  struct cw_err err = CW_ERR_INIT;
  size_t end = 0;

  if (cw_sql_split(sql, len, flavor, &slices, &err)) {
    require(err.code != CW_OK && err.message != NULL, "a failure without a reason");
  } else {
    for (size_t i = 0; i < slices.len; i++) {
      struct cw_slice s = slices.items[i];
      require(s.len > 0 && s.start >= end && s.start + s.len <= len, "slices overlap or are empty");
      require(s.line >= 1, "a line is not counted");
      end = s.start + s.len;
      stays_whole(sql, s, flavor);
    }
  }
  vec_release(&slices);
  cw_err_release(&err);
}

static void binds(const char *sql, size_t len, unsigned flavor) {
  static const struct cw_value list[] = {{.type = CW_INT, .i = 1}, {.type = CW_INT, .i = 2}};
  static const struct cw_param items[] = {
      {.name = "a", .value = {.type = CW_INT, .i = 1}},
      {.name = "l", .list = list, .list_len = 2},
      {.name = "n", .list = list, .list_len = 0},
  };
  static const struct cw_params sets[] = {{items, 3, true, true}, {items, 1, false, false}};

  for (size_t i = 0; i < 2; i++) {
    struct cw_bound bound = CW_BOUND_INIT;
    struct cw_err err = CW_ERR_INIT;
    if (cw_sql_bind(sql, len, flavor, &sets[i], &bound, &err)) {
      require(err.code != CW_OK && err.message != NULL, "a failure without a reason");
    } else {
      bool none = bound.len == 0 && !memmem(sql, len, ":", 1) && !memmem(sql, len, "?", 1);
      require(!none || (bound.sql.len == len && memcmp(bound.sql.buf, sql, len) == 0),
              "a statement without parameters was changed");
    }
    cw_bound_release(&bound);
    cw_err_release(&err);
  }
}

static void tells(const char *sql, size_t len, unsigned flavor) {
  size_t max = 3 + len % 61;
  char *head = cw_sql_head(sql, len, max);

  require(strlen(head) <= max && !strpbrk(head, "\r\n\t"), "a head is too long or has lines");
  free(head);
  require(!cw_sql_inserts(sql, len, flavor) || cw_sql_kind(sql, len, flavor) == CW_SQL_WRITE,
          "an INSERT that writes nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  unsigned flavor = flavors[data[0] % 3];
  /* A copy of the exact size: text of SQL need not end with a NUL. */
  size_t len = size - 1;
  char *sql = malloc(len ? len : 1);

  if (!sql) abort();
  memcpy(sql, data + 1, len);
  cuts(sql, len, flavor);
  binds(sql, len, flavor);
  tells(sql, len, flavor);
  free(sql);
  return 0;
}
