/* The connection object, on a real SQLite: rows and values, parameters, batches, streams, misuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/lua_bridge.h"

static struct bridge b;

static int setup(void **state) {
  (void)state;
  bridge_open(&b, BRIDGE_SQLITE);
  if (cw_conn_exec(b.conn, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC, on_sale "
                           "BOOLEAN, data BLOB)", &b.err) < 0 ||
      cw_conn_exec(b.conn, "INSERT INTO t VALUES (1, 'ann', 1.5, 1, x'00ff'), (2, NULL, NULL, 0, NULL), "
                           "(3, 'cid', 3, NULL, x'')", &b.err) < 0)
    fail_msg("%s", b.err.message);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  bridge_close(&b);
  return 0;
}

static void runs(const char *body) {
  char *whole = xasprintf("local conn = op.get_bind()\n%s", body);
  int status = bridge_run(&b, whole);
  free(whole);
  if (status < 0) fail_msg("line %d: %s", b.err.line, b.err.message);
}

/* Line 3 is the first of the body. */
static void fails(const char *body, const char *part) {
  char *whole = xasprintf("local conn = op.get_bind()\n%s", body);
  assert_int_equal(bridge_run(&b, whole), -1);
  free(whole);
  whole = xasprintf("%s | %s", b.err.message, b.err.hint ? b.err.hint : "");
  if (!strstr(whole, part)) fail_msg("\"%s\" is not in \"%s\"", part, whole);
  free(whole);
  assert_int_equal(b.err.line, 3);
  assert_non_null(strstr(b.err.file, "rev.lua"));
}

static void a_row_is_found_by_name_and_by_position(void **state) {
  (void)state;
  runs("local row = conn:first('SELECT id, name, data FROM t WHERE id = 1')\n"
       "assert(row.id == 1 and row[1] == 1 and math.type(row.id) == 'integer')\n"
       "assert(row.name == 'ann' and row[2] == 'ann' and row.data == '\\0\\xff' and row[3] == row.data)\n"
       "assert(row[0] == nil and row[4] == nil and row.absent == nil and #row == 3)\n"
       "local names = {}\nfor k in pairs(row) do names[#names + 1] = k end\ntable.sort(names)\n"
       "assert(table.concat(names, ' ') == 'data id name')\n"
       "local null = conn:first('SELECT id, name FROM t WHERE id = 2')\n"
       "assert(null.name == nil and null[2] == nil and #null == 2)\n"
       "local a, b2 = table.unpack(null); assert(a == 2 and b2 == nil)\n"
       "local twice = conn:first('SELECT 1 AS x, 2 AS y, 3 AS x')\n"
       "assert(twice[1] == 1 and twice[2] == 2 and twice[3] == 3 and twice.x == 3)\n"
       "local gone = conn:first('SELECT NULL AS x, 3 AS x')\nassert(gone[1] == nil and gone[2] == 3)\n"
       "assert(conn:first('SELECT 1 WHERE 0') == nil)");
}

static void lists_scalars_and_columns(void **state) {
  (void)state;
  runs("local all = conn:all('SELECT * FROM t ORDER BY id')\n"
       "assert(#all == 3 and all[3].name == 'cid' and all[1].on_sale == true and all[2].on_sale == false)\n"
       "assert(#conn:all('SELECT * FROM t WHERE 0') == 0)\n"
       "assert(conn:scalar('SELECT max(id) FROM t') == 3 and conn:scalar('SELECT 1 WHERE 0') == nil)\n"
       "assert(conn:scalar('SELECT NULL') == nil and conn:scalar('SELECT 0.5') == 0.5)\n"
       "local names = conn:column('SELECT name FROM t ORDER BY id')\n"
       "assert(#names == 3 and names[1] == 'ann' and names[2] == op.null and names[3] == 'cid')\n"
       "assert(conn:execute('UPDATE t SET price = 9 WHERE id > 1') == 2)\n"
       "assert(conn:execute('INSERT INTO t (id) VALUES (10); DELETE FROM t WHERE id = 10; SELECT 1') >= 2)\n"
       "assert(conn:execute('SELECT 1') == 0)");
}

static void rows_are_read_one_by_one(void **state) {
  (void)state;
  runs("local sum = 0\nfor row in conn:rows('SELECT id FROM t ORDER BY id') do\n"
       "  sum = sum + row.id\n  conn:execute('UPDATE t SET name = ? WHERE id = ?', { 'n' .. row.id, row.id })\n"
       "end\nassert(sum == 6 and conn:scalar('SELECT name FROM t WHERE id = 3') == 'n3')\n"
       "for row in conn:rows('SELECT id FROM t') do if row.id == 1 then break end end\n"
       "local ok = pcall(function() for _ in conn:rows('SELECT id FROM t') do error('out') end end)\n"
       "assert(not ok)\n"
       "local next, state, _, closing = conn:rows('SELECT id FROM t')\nassert(state == closing)\n"
       "next(state)\n" /* left open: closed with the move */
       "for _ in conn:rows('SELECT 1 WHERE 0') do error('no row') end");
}

static void parameters_keep_their_types(void **state) {
  (void)state;
  runs("local function back(v) return conn:first('SELECT ? AS v, typeof(?) AS t', { v, v }) end\n"
       "local r = back(7) assert(r.v == 7 and r.t == 'integer')\n"
       "r = back(7.0) assert(r.v == 7.0 and math.type(r.v) == 'float' and r.t == 'real')\n"
       "r = back(math.mininteger) assert(r.v == math.mininteger)\n"
       "r = back('caf\\u{e9}') assert(r.v == 'caf\\u{e9}' and r.t == 'text')\n"
       "r = back(op.null) assert(r.v == nil and r.t == 'null')\n"
       "r = back(true) assert(r.v == 1)\n"
       "r = back(math.huge) assert(r.v == math.huge)\n"
       "r = conn:first('SELECT :a AS a, :b AS b, :a AS c', { a = 1 }) assert(r.a == 1 and r.b == nil and r.c == 1)\n"
       "r = conn:first('SELECT ? AS a, ? AS b', table.pack(1, nil)) assert(r.a == 1 and r.b == nil)\n"
       "r = conn:first('SELECT ? AS a, ? AS b', { nil, 2 }) assert(r.a == nil and r.b == 2)\n"
       "assert(conn:scalar('SELECT count(*) FROM t WHERE id IN :ids', { ids = { 1, 3, 9 } }) == 2)\n"
       "assert(conn:scalar('SELECT count(*) FROM t WHERE id IN (?)', { { 1, 2 } }) == 2)\n"
       "assert(conn:scalar('SELECT count(*) FROM t WHERE id IN :ids', { ids = {} }) == 0)\n"
       "assert(conn:scalar('SELECT count(*) FROM t WHERE id NOT IN :ids', { ids = op.json.array {} }) == 3)\n"
       "assert(conn:scalar(\"SELECT ':x %s ?'\") == ':x %s ?')\n"
       "local row = conn:first('SELECT id, name FROM t WHERE id = 1')\n"
       "assert(conn:scalar('SELECT :name', row) == 'ann')"); /* `id` is no typo: it is a row */
}

static void wrong_parameters_are_errors_at_the_callers_line(void **state) {
  (void)state;
  fails("conn:all('SELECT :name', { nmae = 1 })", "name");
  fails("conn:all('SELECT ?', { 1, 2 })", "");
  fails("conn:all('SELECT :a', { a = op.sql 'now()' })", "parameter `a` is a table");
  fails("conn:all('SELECT ?', { print })", "parameter 1 is a function");
  fails("conn:all('SELECT :a', { a = { { 1 } } })", "item 1 of parameter `a` is a table");
  fails("conn:all('SELECT :a', { a = { x = 1 } })", "parameter `a` is a table");
  fails("conn:all('SELECT :a', { 1, a = 2 })", "mix names with positions");
  fails("conn:all('SELECT ?', { [1.5] = 1 })", "number as a key");
  fails("conn:all('SELECT ?', { [1000000] = 1 })", "holes up to position 1000000");
  fails("conn:all('SELECT ?', 1)", "table expected");
  fails("conn:all(5)", "the SQL must be a string");
  fails("conn.all('SELECT 1')", "with a colon");
  fails("conn:excute('SELECT 1')", "Did you mean `execute`?");
  fails("return (conn.nothing_like_it)", "a connection has no `nothing_like_it`");
  fails("conn:close()", "can't be closed");
  fails("conn:all('SELECT * FROM absent')", "no such table");
}

static void lists_of_sets_run_as_one_batch(void **state) {
  (void)state;
  runs("assert(conn:execute('INSERT INTO t (id, name) VALUES (?, ?)', { { 11, 'a' }, { 12, op.null } }) == 2)\n"
       "assert(conn:execute('INSERT INTO t (id, name) VALUES (:id, :name)', { { id = 21, name = 'b' }, { id = 22 } }) == 2)\n"
       "assert(conn:scalar('SELECT count(*) FROM t') == 7)\n"
       "assert(conn:execute('DELETE FROM t WHERE id IN (?)', { { 11, 12, 21 } }) == 3)\n"
       "assert(conn:execute('DELETE FROM t WHERE id = ?', { { 22 } }) == 1)\n"
       "local rows = conn:all('SELECT id + 100 AS id, name FROM t')\n"
       "assert(conn:execute('INSERT INTO t (id, name) VALUES (:id, :name)', rows) == 3)");
  fails("conn:execute('INSERT INTO t (id) VALUES (:id)', { { id = 50 }, { idd = 51 } })", "idd");
}

static void try_gives_the_error_instead_of_raising(void **state) {
  (void)state;
  runs("local rows = conn:try('SELECT id FROM t ORDER BY id')\nassert(#rows == 3)\n"
       "assert(conn:try('UPDATE t SET name = ? WHERE id = ?', { 'x', 1 }) == 1)\n"
       "local res, err = conn:try('SELECT * FROM absent')\n"
       "assert(res == nil and err.code == 'statement' and err.message:find 'absent', tostring(err))\n"
       "assert(err.line == 6 and err.statement)\n"
       "res, err = conn:try(function(a, b) return a + b, 'two' end, 1, 2)\nassert(res == 3 and err == 'two')\n"
       "res, err = conn:try(function() error('inside') end)\n"
       "assert(res == nil and err.message == 'inside')\n"
       "res, err = conn:try('INSERT INTO t (id) VALUES (1)')\n"
       "assert(res == nil and err.sqlstate == '23505', tostring(err.sqlstate))");
}

static void names_values_and_facts(void **state) {
  (void)state;
  runs("assert(conn:quote('a\"b') == '\"a\"\"b\"' and conn:literal(\"it's\") == \"'it''s'\")\n"
       "assert(conn:literal(op.null) == 'NULL' and conn:literal(nil) == 'NULL')\n"
       "assert(conn.dialect == 'sqlite' and conn.server == 'sqlite' and conn.server_version == '3.40.1')\n"
       "assert(tostring(conn) == 'curlew.Conn')\n"
       "local i = conn:inspect()\nassert(i:has_table('t') and not i:has_table('u') and i.dialect == 'sqlite')");
}

static void large_and_odd_values_pass(void **state) {
  (void)state;
  runs("local big = ('x'):rep(10 * 1024 * 1024)\n"
       "assert(conn:scalar('SELECT length(?)', { big }) == #big)\n"
       "assert(conn:scalar(\"SELECT length('\" .. big .. \"')\") == #big)\n"
       "local many = {}\nfor i = 1, 5000 do many[i] = { 1000 + i, 'name ' .. i } end\n"
       "assert(conn:execute('INSERT INTO t (id, name) VALUES (?, ?)', many) == 5000)\n"
       "assert(#conn:all('SELECT * FROM t') == 5003)\n"
       "local n = 0\nfor row in conn:rows('SELECT id FROM t') do n = n + 1 end\nassert(n == 5003)");
}

static void offline_reads_are_refused_with_the_line(void **state) {
  (void)state;
  struct cw_conn *conn = b.exec.conn;
  b.exec.conn = NULL;
  b.exec.info.offline = true;
  fails("conn:all('SELECT 1')", "nothing is connected");
  assert_int_equal(b.err.code, CW_ERR_OFFLINE);
  b.exec.conn = conn;
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_row_is_found_by_name_and_by_position),
      TEST(lists_scalars_and_columns),
      TEST(rows_are_read_one_by_one),
      TEST(parameters_keep_their_types),
      TEST(wrong_parameters_are_errors_at_the_callers_line),
      TEST(lists_of_sets_run_as_one_batch),
      TEST(try_gives_the_error_instead_of_raising),
      TEST(names_values_and_facts),
      TEST(large_and_odd_values_pass),
      TEST(offline_reads_are_refused_with_the_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
