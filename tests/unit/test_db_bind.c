/* Parameters find their places, and mistakes are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/sql.h"

enum {
  LITE = CW_SQL_BRACKETS,
  PG = CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED,
  MY = CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS
};

static const struct cw_value list_values[] = {
    {.type = CW_INT, .i = 7}, {.type = CW_INT, .i = 8}, {.type = CW_INT, .i = 9}};

/* a = 1, b = 2, ids = { 7, 8, 9 }, one = { 7 }, none = {} */
static const struct cw_param named_items[] = {
    {.name = "a", .value = {.type = CW_INT, .i = 1}},
    {.name = "b", .value = {.type = CW_INT, .i = 2}},
    {.name = "ids", .list = list_values, .list_len = 3},
    {.name = "one", .list = list_values, .list_len = 1},
    {.name = "none", .list = list_values, .list_len = 0},
};
static const struct cw_params named = {named_items, 5, true, true};

/* The values bound as one number: digits in order, 0 for NULL. */
static int64_t digits(const struct cw_bound *bound) {
  int64_t n = 0;
  for (size_t i = 0; i < bound->len; i++)
    n = n * 10 + (bound->values[i].type == CW_NULL ? 0 : bound->values[i].i);
  return n;
}

static void check(const char *sql, unsigned flavor, const struct cw_params *params,
                  const char *expected, int64_t values) {
  struct cw_bound bound = CW_BOUND_INIT;
  struct cw_err err = CW_ERR_INIT;
  if (cw_sql_bind(sql, strlen(sql), flavor, params, &bound, &err))
    fail_msg("%s: %s", sql, err.message);
  if (strcmp(bound.sql.buf, expected) != 0)
    fail_msg("%s\n  became %s\n  and not %s", sql, bound.sql.buf, expected);
  if (digits(&bound) != values) fail_msg("%s: values %lld", sql, (long long)digits(&bound));
  cw_bound_release(&bound);
}

static void test_parses_nothing_without_parameters(void **state) {
  (void)state;
  check("SELECT ':a', :a, ?, 100 % 3, 'open", PG, NULL, "SELECT ':a', :a, ?, 100 % 3, 'open", 0);
}

static void test_binds_names(void **state) {
  (void)state;
  static const struct {
    unsigned flavor;
    const char *sql, *expected;
    int64_t values;
  } cases[] = {
      {LITE, "SELECT 1", "SELECT 1", 0},
      {LITE, "SELECT :a", "SELECT ?", 1},
      {PG, "SELECT :a, :b", "SELECT $1, $2", 12},
      {PG, "SELECT :b, :a, :b", "SELECT $1, $2, $3", 212},
      {MY, "SELECT :a+:b", "SELECT ?+?", 12},
      {LITE, "SELECT :missing, :a", "SELECT ?, ?", 1},
      {PG, "(:a)", "($1)", 1},
      {PG, ":a::text, :b::int", "$1::text, $2::int", 12},
      {PG, "a::text, b :: int, :a", "a::text, b :: int, $1", 1},
      {PG, "f(a := 1, b := :b)", "f(a := 1, b := $1)", 2},
      {PG, "':a' \":a\" $$:a$$ $x$:a$x$ E'\\':a' -- :a\n /* :a */ :b",
       "':a' \":a\" $$:a$$ $x$:a$x$ E'\\':a' -- :a\n /* :a */ $1", 2},
      {MY, "\":a\" `:a` # :a\n 'it\\'s :a' :b", "\":a\" `:a` # :a\n 'it\\'s :a' ?", 2},
      {LITE, "[:a] `:a` :b", "[:a] `:a` ?", 2},
      {MY, "@x := :a", "@x := ?", 1},
      {MY, "/*!40000 :a */", "/*!40000 ? */", 1},
      {PG, "a[1:2], a[:2], a[1:], a[b:c], a[f(x):n], a['1':n], a[a[1]:n]",
       "a[1:2], a[:2], a[1:], a[b:c], a[f(x):n], a['1':n], a[a[1]:n]", 0},
      {PG, "a[:a], a[:a:b], a[1 + :b]", "a[$1], a[$2:b], a[1 + $3]", 112},
      {PG, "ARRAY[:a, :b], ARRAY[[1, :a], [:b, 2]]", "ARRAY[$1, $2], ARRAY[[1, $3], [$4, 2]]", 1212},
      {PG, "a ? 'x' AND b ?| c AND :a", "a ? 'x' AND b ?| c AND $1", 1},
      {PG, "12:30, :1, : a", "12:30, :1, : a", 0},
      {PG, ":a:b", "$1$2", 12},
      {PG, ":ab, :a_b, :A", "$1, $2, $3", 0},
      {PG, ":a$", "$1$", 1},
      {PG, ":a\xC3\xA4", "$1\xC3\xA4", 1},
      {PG, "x IN (:a, :b)", "x IN ($1, $2)", 12},
      {PG, "x IN (:a)", "x IN ($1)", 1},
      {PG, "x IN :a", "x IN ($1)", 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check(cases[i].sql, cases[i].flavor, &named, cases[i].expected, cases[i].values);
}

static void test_lets_lists_grow_behind_in(void **state) {
  (void)state;
  static const struct {
    unsigned flavor;
    const char *sql, *expected;
    int64_t values;
  } cases[] = {
      {PG, "x IN :ids", "x IN ($1, $2, $3)", 789},
      {PG, "x IN (:ids)", "x IN ($1, $2, $3)", 789},
      {PG, "x in ( :ids ) AND y = :a", "x in ($1, $2, $3) AND y = $4", 7891},
      {LITE, "x NOT IN :ids", "x NOT IN (?, ?, ?)", 789},
      {MY, "x IN /* c */ ( -- d\n:one)", "x IN /* c */ (?)", 7},
      {PG, ":a IN :one OR :b", "$1 IN ($2) OR $3", 172},
      {LITE, "x IN :none", "x IN (SELECT NULL WHERE 1 = 0)", 0},
      {LITE, "x NOT IN (:none) AND :a", "x NOT IN (SELECT NULL WHERE 1 = 0) AND ?", 1},
      {MY, "x IN (:none)", "x IN (SELECT NULL FROM DUAL WHERE 1 = 0)", 0},
      {PG, "x IN :none", "x = ANY ('{}')", 0},
      {PG, "x IN (:none) AND :a", "x = ANY ('{}') AND $1", 1},
      {PG, ":a NOT IN (:none), :b", "$1 <> ALL ('{}'), $2", 12},
      {PG, ":a NOT  IN :none", "$1 <> ALL ('{}')", 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check(cases[i].sql, cases[i].flavor, &named, cases[i].expected, cases[i].values);
}

static void test_binds_by_position(void **state) {
  (void)state;
  static const struct cw_param items[] = {
      {.value = {.type = CW_INT, .i = 1}},
      {.list = list_values, .list_len = 2},
      {.value = {.type = CW_NULL}},
  };
  static const struct cw_params three = {items, 3, false, false}, one = {items, 1, false, false},
                                empty = {items, 0, false, false};
  check("? IN ? AND ?", PG, &three, "$1 IN ($2, $3) AND $4", 1780);
  check("? IN (?) AND ?", LITE, &three, "? IN (?, ?) AND ?", 1780);
  check("a ?? 'x' AND b ??| c AND ?", PG, &one, "a ? 'x' AND b ?| c AND $1", 1);
  check("'?' \"?\" $$?$$ -- ?\n ?::int", PG, &one, "'?' \"?\" $$?$$ -- ?\n $1::int", 1);
  check("a[1:x], ?", PG, &one, "a[1:x], $1", 1);
  check("SELECT 1", PG, &empty, "SELECT 1", 0);
}

static void test_says_what_is_wrong(void **state) {
  (void)state;
  static const struct cw_param misspelt[] = {{.name = "emial", .value = {.type = CW_INT, .i = 1}}};
  static const struct cw_params strict = {misspelt, 1, true, false};
  static const struct cw_param two[] = {{.value = {.type = CW_INT, .i = 1}},
                                        {.list = list_values, .list_len = 2}};
  static const struct cw_params first = {two, 1, false, false}, second = {two + 1, 1, false, false},
                                both = {two, 2, false, false};
  static const struct {
    unsigned flavor;
    const char *sql;
    const struct cw_params *params;
    const char *message, *hint;
  } cases[] = {
      {PG, "SELECT :email, :x", &strict, "\"emial\"", "did you mean \"email\"?"},
      {PG, "SELECT :x, :yy", &strict, "\"emial\"", "the statement has :x, :yy"},
      {PG, "SELECT ':email'", &strict, "\"emial\"", "no :name at all"},
      {PG, "SELECT ?", &both, "1 placeholder and 2 values are given", "??"},
      {LITE, "SELECT ?, ?", &first, "2 placeholders and 1 value is given", "one value"},
      {LITE, "SELECT 1", &first, "0 placeholders and 1 value", NULL},
      {PG, "SELECT x = ANY(:ids)", &named, ":ids is a list", "IN (:ids)"},
      {PG, "SELECT :ids", &named, ":ids is a list", NULL},
      {PG, "x IN (:a, :ids)", &named, ":ids is a list", NULL},
      {PG, "x IN (:ids, 4)", &named, ":ids is a list", NULL},
      {PG, "SELECT ?", &second, "parameter 1 is a list", "IN (?)"},
      {LITE, "SELECT ? FROM t WHERE :a", &named, "has a ?", ":name"},
      {LITE, "SELECT :a", &first, "has :a, but its parameters are a list", "\"a\""},
      {PG, "SELECT $1, :a", &named, "placeholder $1", ":name"},
      {PG, "SELECT 'x", &named, "string that begins", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cw_bound bound = CW_BOUND_INIT;
    struct cw_err err = CW_ERR_INIT;
    const char *sql = cases[i].sql;
    if (cw_sql_bind(sql, strlen(sql), cases[i].flavor, cases[i].params, &bound, &err) == 0)
      fail_msg("%s is taken", sql);
    assert_int_equal(err.code, CW_ERR_STATEMENT);
    assert_string_equal(err.statement, sql);
    if (!strstr(err.message, cases[i].message)) fail_msg("%s: %s", sql, err.message);
    if (cases[i].hint && !(err.hint && strstr(err.hint, cases[i].hint)))
      fail_msg("%s: hint %s", sql, err.hint);
    cw_err_release(&err);
    cw_bound_release(&bound);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parses_nothing_without_parameters),
      cmocka_unit_test(test_binds_names),
      cmocka_unit_test(test_lets_lists_grow_behind_in),
      cmocka_unit_test(test_binds_by_position),
      cmocka_unit_test(test_says_what_is_wrong),
  };
  return cmocka_run_group_tests_name("db/bind", tests, NULL, NULL);
}
