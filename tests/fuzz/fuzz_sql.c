/* Any text as SQL in every flavour: it is cut into statements that lie in order within the source,
 * bound, told apart and shortened, or refused with a reason.
 *
 * Input: one byte of flavour, one that says which parameters there are; the rest is SQL. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/sql.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "broken: %s\n", what);
    abort();
  }
}

static void bind(const char *sql, size_t len, unsigned flavor, unsigned which) {
  struct cw_value ids[] = {cw_int(1), cw_int(2), cw_int(3)};
  const struct cw_param named[] = {
      {.name = "a", .value = cw_int(7)},
      {.name = "name", .value = cw_null()},
      {.name = "ids", .list = ids, .list_len = which % 4},
  };
  const struct cw_param positional[] = {
      {.value = cw_int(7)},
      {.list = ids, .list_len = which % 4},
      {.value = cw_null()},
  };
  const struct cw_params params = {
      .items = which & 4 ? named : positional,
      .len = which / 16 % 4,
      .named = which & 4,
      .lenient = which & 8,
  };
  struct cw_bound bound = CW_BOUND_INIT;
  struct cw_err err = CW_ERR_INIT;

  if (cw_sql_bind(sql, len, flavor, which & 128 ? NULL : &params, &bound, &err))
    require(err.message && *err.message, "what can't be bound has a reason");
  else if (which & 128)
    require(bound.sql.len == len && memcmp(bound.sql.buf, sql, len) == 0 && bound.len == 0,
            "without parameters nothing is touched");
  cw_bound_release(&bound);
  cw_err_release(&err);
}

/* A statement that was cut out is one statement when it is cut again. (Not on MySQL, where DELIMITER
 * lines are gone and "--" at the end has become a comment; nor behind a byte order mark.) */
static void stays_whole(const char *sql, size_t len, unsigned flavor) {
  struct cw_slices again = {0};

  if (flavor & CW_SQL_HASH_COMMENTS || (len >= 3 && memcmp(sql, "\xEF\xBB\xBF", 3) == 0)) return;
  require(cw_sql_split(sql, len, flavor, &again, NULL) == 0, "a statement ends within itself");
  require(again.len == 1 && again.items[0].start == 0 && again.items[0].len == len,
          "a statement is one statement");
  free(again.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct cw_slices slices = {0};
  struct cw_err err = CW_ERR_INIT;
  unsigned flavor, which;
  size_t len, end = 0;
  int line = 1;
  char *sql, *head;

  if (size < 2) return 0;
  flavor = data[0] & 127;
  which = data[1];
  len = size - 2;
  sql = xmalloc(len ? len : 1); /* of the exact size: a read behind it is seen */
  memcpy(sql, data + 2, len);

  if (cw_sql_split(sql, len, flavor, &slices, &err)) {
    require(err.message && *err.message, "what can't be cut has a reason");
  } else {
    for (size_t i = 0; i < slices.len; i++) {
      const struct cw_slice *s = &slices.items[i];

      require(s->start >= end && s->len > 0 && s->len <= len - s->start,
              "statements lie in order within the source");
      require(s->line >= line, "lines don't go back");
      end = s->start + s->len;
      line = s->line;
      stays_whole(sql + s->start, s->len, flavor);
      bind(sql + s->start, s->len, flavor, which);
      cw_sql_kind(sql + s->start, s->len, flavor);
    }
  }
  bind(sql, len, flavor, which);
  require(!cw_sql_inserts(sql, len, flavor) || cw_sql_kind(sql, len, flavor) == CW_SQL_WRITE,
          "an INSERT is a write");
  head = cw_sql_head(sql, len, which % 64);
  require(strlen(head) <= (size_t)(which % 64) + 3, "a head is as short as asked for");
  require(!strchr(head, '\n'), "a head is one line");

  free(head);
  free(slices.items);
  free(sql);
  cw_err_release(&err);
  return 0;
}
