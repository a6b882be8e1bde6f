/* Operations: what the exec is told, what scripts get back, when calls are refused; errors both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/stmt.h"
#include "support/lua_bridge.h"

static struct bridge b;

static int setup(void **state) {
  (void)state;
  bridge_open(&b, 0);
  return 0;
}

static int setup_sqlite(void **state) {
  (void)state;
  bridge_open(&b, BRIDGE_SQLITE);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  bridge_close(&b);
  return 0;
}

static void assert_contains(const char *text, const char *part) {
  if (text && strstr(text, part)) return;
  fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "(null)");
}

static void runs(const char *body) {
  if (bridge_run(&b, body) == 0) return;
  fail_msg("line %d: %s", b.err.line, b.err.message);
}

static void fails(const char *body, enum cw_errcode code, const char *part, int line) {
  assert_int_equal(bridge_run(&b, body), -1);
  char *whole = xasprintf("%s | %s", b.err.message, b.err.hint ? b.err.hint : "");
  if (!strstr(whole, part)) fail_msg("\"%s\" is not in \"%s\"", part, whole);
  free(whole);
  assert_string_equal(cw_errcode_name(b.err.code), cw_errcode_name(code));
  if (line) assert_int_equal(b.err.line, line);
}

/* --- steps -------------------------------------------------------------------------------------------- */

static void a_step_is_described_and_compiled(void **state) {
  (void)state;
  runs("\nop.create_table('users')\nop.drop_table('users')\nop.concurrently('i')\nop.grouped('g')\n"
       "op.batch('t', { { 'a' }, { op.null } })\nop.insert('t', { 1.5 })\nop.nothing('x')");
  assert_string_equal(bridge_log(&b),
      "step create_table users [sqlite create_table users] ddl probe rev.lua:3\n"
      "sql CREATE TABLE \"users\" (id INTEGER PRIMARY KEY, name TEXT) ddl\n"
      "step drop_table users [sqlite drop_table users] destructive rev.lua:4\n"
      "sql DROP TABLE users ddl\n"
      "step concurrently i [sqlite concurrently i] autocommit rev.lua:5\n"
      "sql CREATE INDEX i ddl autocommit\n"
      "step grouped g [sqlite grouped g] group g rev.lua:6\n"
      "sql -- g\n"
      "step batch t [sqlite batch t] rev.lua:7\n"
      "sql INSERT INTO t (name) VALUES (?) <a,NULL> counts batch\n"
      "step insert t [sqlite insert t] rev.lua:8\n"
      "sql INSERT INTO t (name) VALUES (?) <1.5> key counts\n"
      "step nothing x [sqlite nothing x] rev.lua:9\n");
}

static void sql_of_the_user_is_cut_or_bound(void **state) {
  (void)state;
  runs("op.execute('CREATE TABLE a (x); INSERT INTO a VALUES (1);')\n"
       "op.execute('UPDATE a SET x = :x WHERE x IN :old', { x = 2, old = { 1, 3 } })\n"
       "op.raw_insert('DROP TABLE a', {})\n"
       "op.raw_insert('INSERT INTO a VALUES (?, ?)', { 'it', op.null })");
  assert_string_equal(bridge_log(&b),
      "step execute CREATE TABLE a (x); INSERT INTO a VALUES (1); [sqlite execute CREATE TABLE a (x); "
      "INSERT INTO a VALUES (1);] rev.lua:2\n"
      "sql CREATE TABLE a (x) ddl counts raw\nsql INSERT INTO a VALUES (1) counts raw\n"
      "step execute UPDATE a SET x = :x WHERE x IN :old [sqlite execute UPDATE a SET x = :x WHERE x IN "
      ":old] rev.lua:3\n"
      "sql UPDATE a SET x = ? WHERE x IN (?, ?) <2,1,3> counts raw\n"
      "step raw_insert DROP TABLE a [sqlite raw_insert DROP TABLE a] rev.lua:4\n"
      "sql DROP TABLE a ddl raw\n"
      "step raw_insert INSERT INTO a VALUES (?, ?) [sqlite raw_insert INSERT INTO a VALUES (?, ?)] "
      "rev.lua:5\n"
      "sql INSERT INTO a VALUES (?, ?) <it,NULL> raw\n");
  fails("\n\nop.execute('SELECT :a', { b = 1 })", CW_ERR_STATEMENT, "b", 4);
  fails("op.execute([[SELECT 'x]])", CW_ERR_STATEMENT, "", 2);
  fails("op.insert('t', { {} })", CW_ERR_SCRIPT, "value 1 of the statement is a table", 2);
}

static void a_step_gives_back_its_result(void **state) {
  (void)state;
  runs("local n, key, skipped = op.insert('t', { 'a' })\n"
       "assert(n == 0 and key == nil and skipped == false)");
  json_t *keys[] = {json_integer(9007199254740993), json_string("k"), json_pack("[i,s]", 1, "b")};
  const char *checks[] = {"assert(key == 9007199254740993)", "assert(key == 'k')",
                          "assert(key[1] == 1 and key[2] == 'b')"};
  for (int i = 0; i < 3; i++) {
    b.exec.key = keys[i];
    char *body = xasprintf("local n, key = op.insert('t', { 'a' })\n%s", checks[i]);
    runs(body);
    free(body);
    json_decref(keys[i]);
  }
  b.exec.key = NULL;
  b.exec.skip = true;
  runs("local n, key, skipped = op.insert('t', { 'a' })\n"
       "assert(n == 7 and key == nil and skipped == true)");
}

static void a_record_outlives_its_call(void **state) {
  (void)state;
  b.exec.keep = true;
  runs("op.grouped('later')\ncollectgarbage()");
  const struct cw_step *steps[] = {&b.exec.kept};
  struct cw_stmts stmts = {0};
  assert_int_equal(cw_script_lua.compile(b.script, &b.exec, steps, 1, &stmts, &b.err), 0);
  assert_int_equal(stmts.len, 1);
  assert_string_equal(stmts.items[0].sql, "-- later");
  cw_stmts_release(&stmts);
  cw_script_lua.record_drop(b.script, b.exec.kept.handle);
  cw_script_lua.record_drop(b.script, NULL);
}

static void a_refusal_keeps_its_code_and_names_the_line(void **state) {
  (void)state;
  fails("\nop.refused('x')", CW_ERR_UNSUPPORTED, "sqlite can't do this | Do something else.", 3);
  assert_contains(b.err.file, "rev.lua");
  assert_string_equal(b.err.revision, "r1");
  fails("op.broken('x')", CW_ERR_SCRIPT, "a statement without its SQL", 2);
}

static void records_are_probed_reversed_and_invoked(void **state) {
  (void)state;
  b.exec.keep = true;
  runs("op.create_table('users')");
  b.exec.keep = false;
  enum cw_probe probe = CW_PROBE_UNKNOWN;
  assert_int_equal(cw_script_lua.probe(b.script, &b.exec, &b.exec.kept, &probe, &b.err), 0);
  assert_int_equal(probe, CW_PROBE_NOT_YET);
  assert_int_equal(cw_conn_exec(b.conn, "CREATE TABLE users (x)", &b.err), 0);
  assert_int_equal(cw_script_lua.probe(b.script, &b.exec, &b.exec.kept, &probe, &b.err), 0);
  assert_int_equal(probe, CW_PROBE_HAPPENED);
  b.exec.info.catalog = false;
  assert_int_equal(cw_script_lua.probe(b.script, &b.exec, &b.exec.kept, &probe, &b.err), 0);
  assert_int_equal(probe, CW_PROBE_UNKNOWN);
  b.exec.info.catalog = true;

  json_t *record = json_pack("{s:s, s:s}", "op", "create_table", "subject", "users"), *back = NULL;
  assert_int_equal(cw_script_lua.reverse(b.script, record, &back, &b.err), 0);
  assert_int_equal(json_array_size(back), 1);
  bridge_log(&b);
  assert_int_equal(cw_script_lua.invoke(b.script, &b.exec, json_array_get(back, 0), &b.err), 0);
  assert_contains(bridge_log(&b), "sql DROP TABLE users ddl\n");
  json_decref(back);
  json_decref(record);
  record = json_pack("{s:s}", "op", "insert");
  assert_int_equal(cw_script_lua.reverse(b.script, record, &back, &b.err), 0);
  assert_true(json_is_null(back));
  json_decref(back);
  json_decref(record);
  cw_script_lua.record_drop(b.script, b.exec.kept.handle);
}

static void bytes_in_a_record_do_not_stop_the_step(void **state) {
  (void)state;
  runs("op.insert('t', { '\\xff\\0' })");
  assert_contains(bridge_log(&b), "step insert t");
}

/* --- transactions ------------------------------------------------------------------------------------- */

static void savepoints_tell_what_became_of_the_function(void **state) {
  (void)state;
  runs("assert(op.savepoint(function() op.log('in') end) == true)\n"
       "local ok, err = op.savepoint(function() error('went wrong') end)\n"
       "assert(ok == false and err.message == 'went wrong' and err.line == 3, tostring(err))\n"
       "local mine = {}\nok, err = op.savepoint(function() error(mine) end)\n"
       "assert(ok == false and err == mine)");
  assert_string_equal(bridge_log(&b), "savepoint begin\nlog in\nsavepoint keep\nsavepoint begin\n"
                                      "savepoint undo\nsavepoint begin\nsavepoint undo\n");
  b.exec.fail_flush = 1;
  runs("local ok, err = op.savepoint(function() end)\n"
       "assert(ok == false and err.message == 'a waiting step failed', tostring(err))");
  assert_string_equal(bridge_log(&b), "savepoint begin\nsavepoint undo\n");
  b.exec.fail_flush = 0;
  b.exec.fail_savepoint_end = 1;
  fails("op.savepoint(function() end)", CW_ERR_STATEMENT, "the savepoint is gone", 2);
}

static void autocommit_blocks_are_left_even_after_an_error(void **state) {
  (void)state;
  runs("op.autocommit_block(function() op.log('out') end)\nop.commit()");
  assert_string_equal(bridge_log(&b),
                      "autocommit enter\nlog out\nautocommit leave\ncommit\n");
  fails("op.autocommit_block(function()\n error('inside') end)", CW_ERR_SCRIPT, "inside", 3);
  assert_string_equal(bridge_log(&b), "autocommit enter\nautocommit leave\n");
}

/* --- errors -------------------------------------------------------------------------------------------- */

static void an_error_of_the_core_keeps_all_its_fields(void **state) {
  (void)state;
  char message[] = "duplicate key", hint[] = "Pick another.", database[] = "main",
       statement[] = "INSERT 1", detail[] = "Key (id)=(1)";
  struct cw_err failure = {.code = CW_ERR_STATEMENT, .message = message, .hint = hint,
                           .database = database, .step = 4, .sqlstate = "23505", .native = -7,
                           .statement = statement, .detail = detail};
  b.exec.fail = &failure;
  fails("\nop.insert('t', { 1 })", CW_ERR_STATEMENT, "duplicate key | Pick another.", 3);
  assert_string_equal(b.err.database, "main");
  assert_string_equal(b.err.sqlstate, "23505");
  assert_string_equal(b.err.statement, "INSERT 1");
  assert_string_equal(b.err.detail, "Key (id)=(1)");
  assert_int_equal(b.err.native, -7);
  assert_int_equal(b.err.step, 4);
  assert_string_equal(b.err.revision, "r1");
  assert_contains(b.err.file, "rev.lua");
  assert_contains(b.err.traceback, "rev.lua:3");

  fails("local ok, err = pcall(op.insert, 't', { 1 })\nassert(not ok)\n"
        "assert(err.code == 'statement' and err.sqlstate == '23505' and err.message == 'duplicate key')\n"
        "assert(err.detail == 'Key (id)=(1)' and err.statement == 'INSERT 1' and err.step == 4)\n"
        "assert(tostring(err):find('duplicate key. Pick another.', 1, true), tostring(err))\n"
        "error(err)", CW_ERR_STATEMENT, "duplicate key", 0);
  assert_string_equal(b.err.sqlstate, "23505");
  assert_int_equal(b.err.native, -7);
  b.exec.fail = NULL;
}

static void errors_of_the_script_become_errors_of_the_core(void **state) {
  (void)state;
  fails("\nerror { 'only a text' }", CW_ERR_SCRIPT, "only a text", 3);
  fails("error { message = 'm', hint = 'h', code = 'no such code' }", CW_ERR_SCRIPT, "m | h", 2);
  fails("error(42)", CW_ERR_SCRIPT, "42", 2);
  fails("error({ code = 'usage', message = 'wrong argument' })", CW_ERR_SCRIPT, "wrong argument", 2);
  fails("local t = setmetatable({}, { __tostring = function() error('worse') end })\nerror(t)",
        CW_ERR_SCRIPT, "", 0);
  fails("local s = ('x'):rep(100000) error(s, 0)", CW_ERR_SCRIPT, "xxxx", 2);
  assert_int_equal(strlen(b.err.message), 100000);
  fails("local function f() f() return 1 end f()", CW_ERR_SCRIPT, "stack overflow", 2);
  fails("string.rep()", CW_ERR_SCRIPT, "bad argument #1 to 'rep'", 2);
}

/* --- ctx and late calls ---------------------------------------------------------------------------------- */

static void ctx_has_its_fields_and_no_others(void **state) {
  (void)state;
  b.exec.info.x = json_pack("{s:s, s:b}", "db", "main", "fast", 1);
  b.exec.info.config = json_pack("{s:s, s:[s]}", "url", "sqlite://", "list", "a");
  runs("assert(ctx == op.get_context() and ctx.database == 'main' and ctx.dialect == 'sqlite')\n"
       "assert(ctx.server == 'sqlite' and ctx.server_version == '3.40.1' and ctx.offline == false)\n"
       "assert(ctx.x.db == 'main' and ctx.x.fast == true and ctx.x.absent == nil)\n"
       "assert(ctx.config.url == 'sqlite://' and ctx.config.list[1] == 'a')");
  fails("return ctx.dialct == 'x'", CW_ERR_SCRIPT, "ctx has no field `dialct` | Did you mean `dialect`?",
        2);
  fails("ctx.mine = 1", CW_ERR_SCRIPT, "ctx can't be changed", 2);
  json_decref(b.exec.info.x);
  json_decref(b.exec.info.config);
}

static void late_calls_are_errors(void **state) {
  (void)state;
  bridge_write(&b, "keep.lua", "return {}");
  runs("local keep = require 'keep'\nkeep.conn, keep.op = op.get_bind(), op\n"
       "assert(keep.conn == op.get_bind())\nkeep.rows = keep.conn:rows('SELECT 1 AS x UNION SELECT 2')\n"
       "keep.next, keep.state = keep.conn:rows('SELECT 1 AS x UNION SELECT 2')\n"
       "assert(keep.next(keep.state).x == 1)");
  fails("\nlocal c = require('keep').conn\nassert(tostring(c):find('ended'))\nc:all('SELECT 1')",
        CW_ERR_SCRIPT, "belonged to a migration that has ended", 5);
  fails("return require('keep').conn.dialect", CW_ERR_SCRIPT, "has ended", 2);
  fails("\nlocal k = require('keep')\nk.next(k.state)", CW_ERR_SCRIPT,
        "rows are read after their migration has ended", 4);
  assert_int_equal(bridge_load(&b, "local k = require 'keep'\nk.op.log 'x'\nreturn {}"), -1);
  assert_contains(b.err.message, "while the file is being loaded");
  json_t *out = NULL;
  struct cw_config_args args = {0};
  bridge_write(&b, "conf.lua", "local k = require 'keep'\nreturn { f = function() k.op.insert('t', {}) end }");
  char *path = xasprintf("%s/conf.lua", b.dir);
  assert_int_equal(cw_script_lua.load_config(b.script, path, &args, &out, &b.err), 0);
  int ref = (int)json_integer_value(json_object_get(json_object_get(out, "f"), "$function"));
  json_decref(out);
  assert_int_equal(cw_script_lua.call(b.script, ref, NULL, &out, &b.err), -1);
  assert_string_equal(b.err.message, "op.insert is called while no migration runs");
  free(path);
}

static void operations_work_inside_coroutines(void **state) {
  (void)state;
  runs("local co = coroutine.wrap(function()\n  op.create_table('a'); coroutine.yield()\n"
       "  op.savepoint(function() op.insert('a', { 'x' }) end)\nend)\nco()\nco()\nop.drop_table('a')");
  assert_contains(bridge_log(&b), "savepoint keep\nstep drop_table a");
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define TEST_SQLITE(fn) cmocka_unit_test_setup_teardown(fn, setup_sqlite, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_step_is_described_and_compiled),
      TEST(sql_of_the_user_is_cut_or_bound),
      TEST(a_step_gives_back_its_result),
      TEST(a_record_outlives_its_call),
      TEST(a_refusal_keeps_its_code_and_names_the_line),
      TEST_SQLITE(records_are_probed_reversed_and_invoked),
      TEST(bytes_in_a_record_do_not_stop_the_step),
      TEST(savepoints_tell_what_became_of_the_function),
      TEST(autocommit_blocks_are_left_even_after_an_error),
      TEST(an_error_of_the_core_keeps_all_its_fields),
      TEST(errors_of_the_script_become_errors_of_the_core),
      TEST(ctx_has_its_fields_and_no_others),
      TEST_SQLITE(late_calls_are_errors),
      TEST(operations_work_inside_coroutines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
