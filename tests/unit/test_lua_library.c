/* The binding with the library that the program carries, on a real SQLite: what a script does arrives in
 * the database, and its mistakes are reported at its own line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/lua_bridge.h"

static struct bridge b;

static int setup(void **state) {
  (void)state;
  bridge_open(&b, BRIDGE_SQLITE | BRIDGE_EMBEDDED);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  bridge_close(&b);
  return 0;
}

static void runs(const char *body) {
  if (bridge_run(&b, body) == 0) return;
  fail_msg("line %d: %s", b.err.line, b.err.message);
}

/* Line 2 is the first of the body. */
static void fails(const char *body, enum cw_errcode code, const char *part, int line) {
  assert_int_equal(bridge_run(&b, body), -1);
  char *whole = xasprintf("%s | %s", b.err.message, b.err.hint ? b.err.hint : "");
  if (!strstr(whole, part)) fail_msg("\"%s\" is not in \"%s\"", part, whole);
  free(whole);
  assert_string_equal(cw_errcode_name(b.err.code), cw_errcode_name(code));
  assert_int_equal(b.err.line, line);
  assert_non_null(strstr(b.err.file, "rev.lua"));
}

static void tables_and_rows_arrive(void **state) {
  (void)state;
  runs("local types, conn = op.types, op.get_bind()\n"
       "op.create_table('users', {\n"
       "  { 'id', types.bigint, primary_key = true },\n"
       "  { 'email', types.varchar(120), nullable = false, unique = true },\n"
       "  { 'role', types.varchar(20), server_default = 'author' } })\n"
       "op.insert('users', { id = 1, email = 'a@b' })\n"
       "op.bulk_insert('users', { { id = 2, email = 'c@d', role = 'x' }, { id = 3, email = 'e@f', role = op.null } })\n"
       "assert(conn:scalar('SELECT role FROM users WHERE id = 1') == 'author')\n"
       "assert(op.update('users', { role = 'y' }, { id = { 2, 3 } }) == 2)\n"
       "op.execute('CREATE TABLE a (x); INSERT INTO a VALUES (1)')\n"
       "op.execute('INSERT INTO a VALUES (:x)', { x = 2 })\n"
       "assert(#conn:all('SELECT * FROM a') == 2)\n"
       "op.create_index('by_role', 'users', { 'role' })\nop.drop_index('by_role', { table = 'users' })\n"
       "op.add_column('users', { 'age', types.integer })\n"
       "op.delete('users', { id = 1 })\nop.rename_table('a', 'b')\nop.drop_table('b')\n"
       "assert(conn:scalar('SELECT count(*) FROM users') == 2)");
}

static void misuse_is_reported_at_the_scripts_line(void **state) {
  (void)state;
  fails("\nop.create_tabel('x', {})", CW_ERR_SCRIPT, "create_table", 3);
  fails("local x\nop.create_table('x', { { 'id', op.types.bigint, primry_key = true } })\nx = 1",
        CW_ERR_SCRIPT, "primary_key", 3);
  fails("op.drop_table('absent')", CW_ERR_STATEMENT, "absent", 2);
  fails("op.create_table('x', { { 'id', op.types.bigint } }, { nonsense = 1 })", CW_ERR_SCRIPT, "nonsense", 2);
  fails("local function helper()\n  op.insert('t', 5)\nend\nhelper()", CW_ERR_SCRIPT, "op.insert", 3);
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(tables_and_rows_arrive),
      TEST(misuse_is_reported_at_the_scripts_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
