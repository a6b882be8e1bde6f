/* Rows kept for the journal come back as they were, and statements keep what was put into them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/rows.h"
#include "op/stmt.h"
#include "util/alloc.h"

static void put(struct cw_rows *rows, struct cw_value value) {
  vec_push(rows, cw_value_dup(value));
}

static void every_kind_of_value_survives_json(void **state) {
  (void)state;
  static const char binary[] = {'\0', '\xff', 'a'};
  struct cw_rows rows = {.affected = 7}, back = {0};
  strvec_push(&rows.names, "a");
  put(&rows, cw_null());
  put(&rows, cw_bool(true));
  put(&rows, cw_int(INT64_MIN));
  put(&rows, cw_float(0.1));
  put(&rows, cw_float(-INFINITY));
  put(&rows, (struct cw_value){.type = CW_NUMERIC, .s = {"1.2300000000000000000001", 24}});
  put(&rows, cw_textn("na\0me \xc3\xa4", 8));
  put(&rows, cw_textn("\xff\x01", 2));
  put(&rows, cw_blob(binary, 3));
  json_t *json = cw_rows_json(&rows);
  char *text = json_dumps(json, JSON_COMPACT);
  json_t *again = json_loads(text, JSON_ALLOW_NUL, NULL);
  assert_non_null(again);
  assert_true(cw_rows_from_json(&back, again));
  assert_int_equal(back.len, rows.len);
  assert_int_equal(back.affected, 7);
  for (size_t i = 0; i < rows.len; i++) {
    const struct cw_value *a = &rows.items[i], *b = &back.items[i];
    assert_int_equal(a->type, b->type);
    if (a->type >= CW_NUMERIC) {
      assert_int_equal(a->s.len, b->s.len);
      assert_memory_equal(a->s.p, b->s.p, a->s.len);
    } else if (a->type == CW_FLOAT) {
      assert_true(a->f == b->f);
    } else if (a->type == CW_INT) {
      assert_true(a->i == b->i);
    }
  }
  free(text);
  json_decref(json);
  json_decref(again);
  cw_rows_release(&rows);
  cw_rows_release(&back);
}

static void rows_are_given_as_a_result(void **state) {
  (void)state;
  struct cw_rows rows = {0};
  const struct cw_value *row;
  struct cw_err err = CW_ERR_INIT;
  strvec_push(&rows.names, "a");
  strvec_push(&rows.names, "b");
  for (int i = 0; i < 4; i++) put(&rows, cw_int(i));
  struct cw_result *result = cw_rows_result(&rows, NULL);
  assert_int_equal(cw_result_ncols(result), 2);
  assert_string_equal(cw_result_name(result, 1), "b");
  assert_int_equal(cw_result_next(result, &row, &err), 1);
  assert_int_equal(row[1].i, 1);
  assert_int_equal(cw_result_next(result, &row, &err), 1);
  assert_int_equal(row[0].i, 2);
  assert_int_equal(cw_result_next(result, &row, &err), 0);
  cw_result_free(result);
}

static void what_is_no_record_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"{}", "{\"names\":[],\"values\":[[1]]}",
                                      "{\"names\":[],\"values\":[{\"what\":\"1\"}]}"};
  for (size_t i = 0; i < 3; i++) {
    struct cw_rows rows = {0};
    json_t *json = json_loads(texts[i], 0, NULL);
    assert_false(cw_rows_from_json(&rows, json));
    json_decref(json);
    cw_rows_release(&rows);
  }
}

static void statements_own_their_values(void **state) {
  (void)state;
  struct cw_stmts stmts = {0};
  char text[] = "before";
  struct cw_stmt *stmt = cw_stmts_add(&stmts, "SELECT ?xxx", 8, 0);
  for (int i = 0; i < 100; i++) cw_stmt_param(stmt, cw_text(text));
  memcpy(text, "behind", 6);
  assert_string_equal(stmt->sql, "SELECT ?");
  assert_int_equal(stmt->nparams, 100);
  assert_memory_equal(stmt->params[99].s.p, "before", 6);
  stmt = cw_stmts_add(&stmts, "x", 1, CW_STMT_BATCH);
  cw_stmt_param(stmt, cw_int(1));
  assert_int_equal(stmt->nparams, 0);
  assert_int_equal(stmt->total, 1);
  cw_stmts_release(&stmts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_of_value_survives_json),
      cmocka_unit_test(rows_are_given_as_a_result),
      cmocka_unit_test(what_is_no_record_is_refused),
      cmocka_unit_test(statements_own_their_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
