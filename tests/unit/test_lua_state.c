/* The Lua state: how modules are found, strict globals, carried files, JSON, configuration, interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "support/lua_bridge.h"
#include "util/fs.h"

static struct bridge b;

static int setup(void **state) {
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

static void fails(const char *body, const char *part) {
  assert_int_equal(bridge_run(&b, body), -1);
  char *whole = xasprintf("%s | %s", b.err.message, b.err.hint ? b.err.hint : "");
  if (!strstr(whole, part)) fail_msg("\"%s\" is not in \"%s\"", part, whole);
  free(whole);
}

/* --- modules ---------------------------------------------------------------------------------------- */

static void modules_of_the_project_are_found_beside_the_configuration(void **state) {
  (void)state;
  bridge_write(&b, "one.lua", "return { name = 'one' }");
  bridge_write(&b, "two/init.lua", "return { name = 'two', ... }");
  bridge_write(&b, "two/three.lua", "return require('one').name .. '3'");
  runs("assert(require('one').name == 'one')\n"
       "assert(require('two').name == 'two')\n"
       "assert(require('two.three') == 'one3')");
  fails("require 'absent'", "module 'absent' not found");
}

static void the_project_cannot_take_the_place_of_the_library(void **state) {
  (void)state;
  bridge_write(&b, "curlew.lua", "error('the configuration was required')");
  bridge_write(&b, "op.lua", "error('not this op')");
  bridge_write(&b, "curlew/dialect.lua", "error('not this dialect')");
  runs("assert(require('curlew').connect)\nassert(require('op') == op)\n"
       "assert(require('curlew.dialect').get)");
}

static void no_path_is_relative(void **state) {
  (void)state;
  runs("for _, list in ipairs { package.path, package.cpath } do\n"
       "  for part in list:gmatch('[^;]+') do assert(part:sub(1, 1) == '/', part) end\n"
       "end");
  bridge_close(&b);
  struct cw_script_opts opts = {0};
  b.dir = xstrdup("/nonexistent");
  assert_int_equal(cw_script_lua.open(&b.script, &opts, &b.err), 0);
  fake_exec_init(&b.exec, &cw_script_lua, b.script, NULL);
  b.rev = NULL;
  b.conn = NULL;
  const char text[] = "assert(package.path == '' and package.cpath == '')\n"
                      "return { revision = 'a', upgrade = print }";
  assert_int_equal(bridge_load(&b, text), 0);
}

static void modules_are_source_text_and_strict(void **state) {
  (void)state;
  bridge_write(&b, "leaky.lua", "\ncounter = 1\nreturn {}");
  bridge_write(&b, "broken.lua", "\n\nlocal = 3");
  bridge_write(&b, "compiled.lua", "\x1bLuaT");
  bridge_write(&b, "portable.lua", "return unpack or table.unpack");
  fails("require 'leaky'", "the global `counter` is assigned");
  assert_contains(b.err.file, "leaky.lua");
  assert_int_equal(b.err.line, 2);
  fails("require 'broken'", "syntax error: <name> expected near '='");
  assert_contains(b.err.file, "broken.lua");
  assert_int_equal(b.err.line, 3);
  fails("require 'compiled'", "bytecode");
  runs("assert(require('portable') == table.unpack)");
}

static void the_standard_library_is_complete(void **state) {
  (void)state;
  runs("for _, name in ipairs { 'io', 'os', 'string', 'table', 'math', 'utf8', 'coroutine', 'debug' } do\n"
       "  assert(type(_G[name]) == 'table', name)\nend\n"
       "assert(load('return 1 + 1')() == 2)\nassert(io.open and os.getenv and pcall)");
}

static void resources_come_from_the_folder_before_the_program(void **state) {
  (void)state;
  size_t len = 0;
  const char *text = cw_script_lua.resource(b.script, "curlew/template.lua", &len);
  assert_non_null(text);
  assert_int_equal(strlen(text), len);
  assert_contains(text, "Stand-in for the template engine");
  assert_ptr_equal(cw_script_lua.resource(b.script, "curlew/template.lua", &len), text);
  assert_null(cw_script_lua.resource(b.script, "curlew/absent.lua", &len));
  struct strvec names = {0};
  cw_script_lua.resources(b.script, "curlew/op/", &names);
  assert_true(strvec_has(&names, "curlew/op/init.lua"));
  assert_true(strvec_has(&names, "curlew/op/create_table.lua")); /* embedded */
  assert_false(strvec_has(&names, "curlew/template.lua"));
  for (size_t i = 1; i < names.len; i++) assert_true(strcmp(names.items[i - 1], names.items[i]) < 0);
  strvec_release(&names);
}

/* --- JSON ------------------------------------------------------------------------------------------- */

static void json_goes_both_ways(void **state) {
  (void)state;
  runs("local json = op.json\n"
       "local function same(v, text) local t = json.encode(v); assert(t == text, t) end\n"
       "same({ b = 1, a = { true, false, json.null } }, '{\"a\":[true,false,null],\"b\":1}')\n"
       "same({}, '{}')\nsame(json.array {}, '[]')\nsame(json.decode '[]', '[]')\n"
       "same(1, '1')\nsame(1.0, '1.0')\nsame(0.1, '0.1')\nsame(1e300, '1e+300')\n"
       "same('a\"\\n\\0\\u{e9}', '\"a\\\\\"\\\\n\\\\u0000\\u{e9}\"')\n"
       "same(math.maxinteger, '9223372036854775807')\nsame(nil or json.null, 'null')\n"
       "same({ [1] = 'x', [3] = 'y' }, '{\"1\":\"x\",\"3\":\"y\"}')\n"
       "assert(json.encode({ 1, { a = 2 } }, { pretty = true }) == '[\\n  1,\\n  {\\n    \"a\": 2\\n  }\\n]')\n"
       "local v = json.decode '{\"i\": 9007199254740993, \"f\": 1.5, \"n\": null, \"s\": \"\\\\u0000x\"}'\n"
       "assert(v.i == 9007199254740993 and math.type(v.i) == 'integer')\n"
       "assert(v.f == 1.5 and v.n == op.null and v.s == '\\0x')\n"
       "assert(json.decode '3' == 3 and tostring(json.null) == 'null')");
  fails("op.json.encode({ a = { print } })", "`a[1]` is a function");
  fails("op.json.encode({ a = 0/0 })", "not a finite number");
  fails("op.json.encode('\\xff')", "not valid UTF-8");
  fails("op.json.encode({ ['\\xff'] = 1 })", "key that is not valid UTF-8");
  fails("op.json.encode({ [1.5] = 1 })", "has a number as a key");
  fails("local t = {}; t.t = t; op.json.encode(t)", "contains itself");
  fails("op.json.decode('[1,')", "at line 1");
  fails("op.json.null.x = 1", "null is one value");
}

/* --- configuration ------------------------------------------------------------------------------------ */

static json_t *configured(const char *text) {
  char *path = cw_path_join(b.dir, "conf.lua");
  struct cw_config_args args = {.command = "upgrade", .offline = true, .tag = "t1"};
  args.x = json_pack("{s:s, s:b}", "db", "main", "fast", 1);
  json_t *out = NULL;
  bridge_write(&b, "conf.lua", text);
  cw_err_release(&b.err);
  int status = cw_script_lua.load_config(b.script, path, &args, &out, &b.err);
  json_decref(args.x);
  free(path);
  if (status < 0) assert_null(out);
  return out;
}

static void misconfigured(const char *text, enum cw_errcode code, const char *part, int line) {
  json_t *out = configured(text);
  assert_null(out);
  assert_string_equal(cw_errcode_name(b.err.code), cw_errcode_name(code));
  assert_contains(b.err.message, part);
  assert_contains(b.err.file, "conf.lua");
  if (line) assert_int_equal(b.err.line, line);
}

static void a_configuration_becomes_json(void **state) {
  (void)state;
  json_t *tree = configured("local M = {}\nM.url = 'sqlite://'\nM.list = { 'a', 'b' }\n"
                            "M.mixed = { 'a', recursive = true }\nM.number = 3\nM.share = 0.5\n"
                            "M.empty = {}\nM.hook = function(x) return { got = x.n + 1 } end\nreturn M");
  assert_non_null(tree);
  assert_string_equal(json_string_value(json_object_get(tree, "url")), "sqlite://");
  assert_int_equal(json_array_size(json_object_get(tree, "list")), 2);
  json_t *mixed = json_object_get(tree, "mixed");
  assert_string_equal(json_string_value(json_object_get(mixed, "1")), "a");
  assert_true(json_is_true(json_object_get(mixed, "recursive")));
  assert_true(json_is_integer(json_object_get(tree, "number")));
  assert_true(json_is_real(json_object_get(tree, "share")));
  assert_true(json_is_object(json_object_get(tree, "empty")));
  int ref = (int)json_integer_value(json_object_get(json_object_get(tree, "hook"), "$function"));
  assert_true(ref > 0);

  json_t *arg = json_pack("{s:i}", "n", 41), *out = NULL;
  assert_int_equal(cw_script_lua.call(b.script, ref, arg, &out, &b.err), 0);
  assert_int_equal(json_integer_value(json_object_get(out, "got")), 42);
  json_decref(out);
  json_decref(arg);
  json_decref(tree);
}

static void a_configuration_function_is_called_with_the_flags(void **state) {
  (void)state;
  json_t *tree = configured("return function(a) return { db = a.x.db, fast = a.x.fast,\n"
                            " command = a.command, offline = a.offline, tag = a.tag } end");
  assert_non_null(tree);
  assert_string_equal(json_string_value(json_object_get(tree, "db")), "main");
  assert_true(json_is_true(json_object_get(tree, "fast")));
  assert_string_equal(json_string_value(json_object_get(tree, "command")), "upgrade");
  assert_true(json_is_true(json_object_get(tree, "offline")));
  assert_string_equal(json_string_value(json_object_get(tree, "tag")), "t1");
  json_decref(tree);
}

static void a_broken_configuration_names_its_line(void **state) {
  (void)state;
  misconfigured("return {\n  url = = 1 }", CW_ERR_CONFIG, "unexpected symbol", 2);
  misconfigured("\nerror('no')", CW_ERR_CONFIG, "no", 2);
  misconfigured("\n\nurl = 'x'", CW_ERR_CONFIG, "the global `url` is assigned", 3);
  misconfigured("return 3", CW_ERR_CONFIG, "returns number", 0);
  misconfigured("", CW_ERR_CONFIG, "returns nothing", 0);
  misconfigured("return { url = '\\xff' }", CW_ERR_CONFIG, "`url` is not valid UTF-8", 0);
  misconfigured("return { a = { b = io.stdout } }", CW_ERR_CONFIG, "`a.b` is a userdata", 0);
  misconfigured("\x1bLua", CW_ERR_CONFIG, "bytecode", 0);
  misconfigured("local op = require 'op'\nop.execute('x')\nreturn {}", CW_ERR_CONFIG,
                "while the file is being loaded", 2);
}

static void a_missing_configuration_is_its_own_error(void **state) {
  (void)state;
  json_t *out = NULL;
  struct cw_config_args args = {0};
  assert_int_equal(cw_script_lua.load_config(b.script, "/nonexistent/c.lua", &args, &out, &b.err),
                   -1);
  assert_int_equal(b.err.code, CW_ERR_CONFIG);
  assert_contains(b.err.message, "/nonexistent/c.lua");
}

static void a_configuration_reads_a_database(void **state) {
  (void)state;
  char *path = cw_path_join(b.dir, "tenants.db");
  struct cw_url *url;
  struct cw_conn *conn;
  struct cw_conn_opts opts = {0};
  assert_int_equal(cw_url_parse(&url, "sqlite:///tenants.db", b.dir, &b.err), 0);
  assert_int_equal(cw_conn_open(&conn, url, &opts, &b.err), 0);
  assert_int_equal(cw_conn_exec(conn, "CREATE TABLE tenants (name TEXT)", &b.err), 0);
  assert_int_equal(cw_conn_exec(conn, "INSERT INTO tenants VALUES ('a'), ('b')", &b.err), 0);
  cw_conn_free(conn);
  cw_url_free(url);
  json_t *tree = configured(
      "local curlew = require 'curlew'\nlocal conn = curlew.connect('sqlite:///tenants.db')\n"
      "assert(conn.dialect == 'sqlite')\n"
      "return { names = conn:column('SELECT name FROM tenants WHERE name <> :not_this', { not_this = 'x' }),\n"
      "  late = function() return conn:scalar('SELECT 1') end }");
  if (!tree) fail_msg("%s", b.err.message);
  assert_string_equal(json_string_value(json_array_get(json_object_get(tree, "names"), 1)), "b");
  int ref = (int)json_integer_value(json_object_get(json_object_get(tree, "late"), "$function"));
  json_t *out = NULL;
  assert_int_equal(cw_script_lua.call(b.script, ref, NULL, &out, &b.err), -1);
  assert_contains(b.err.message, "this connection is closed");
  json_decref(tree);

  misconfigured("local conn = require('curlew').connect('sqlite:///tenants.db')\n"
                "conn:execute('DELETE FROM tenants')", CW_ERR_CONFIG, "read-only", 2);
  misconfigured("\nrequire('curlew').connect('sqlite:///absent.db'):all('SELECT * FROM t')",
                CW_ERR_STATEMENT, "no such table", 2);
  misconfigured("\nrequire('curlew').connect('sqlite:////nonexistent/x/y.db')", CW_ERR_CONNECT,
                "curlew.connect in the configuration", 2);
  misconfigured("\nrequire('curlew').connect('postgresql://127.0.0.1:1/x?connect_timeout=2')",
                CW_ERR_CONNECT, "curlew.connect in the configuration", 2);
  misconfigured("\nrequire('curlew').connect('nonsense')", CW_ERR_CONFIG, "", 2);
  fails("require('curlew').connect('sqlite://')", "in the configuration only");
  free(path);
}

/* --- hooks, literals, templates ------------------------------------------------------------------------ */

static void hooks_are_called_with_what_happened(void **state) {
  (void)state;
  json_t *tree = configured("local log = {}\nreturn { on_connect = function(conn) "
                            "conn:execute('PRAGMA cache_size = 77') end,\n"
                            "after_step = function(i) log[1] = ('%s %s %s %d %s %d'):format(i.event, i.op, i.direction, "
                            "i.step, i.sql, i.duration_ms) end,\n"
                            "bad = function(i) error('hook says no') end,\n"
                            "log = function() return log end }");
  assert_non_null(tree);
#define REF(name) (int)json_integer_value(json_object_get(json_object_get(tree, name), "$function"))
  struct cw_hook_info info = {.event = "on_connect"};
  assert_int_equal(cw_script_lua.hook(b.script, REF("on_connect"), &b.exec, &info, &b.err), 0);
  char *size = NULL;
  assert_int_equal(cw_conn_scalar(b.conn, "PRAGMA cache_size", NULL, 0, &size, &b.err), 0);
  assert_string_equal(size, "77");
  free(size);
  assert_string_equal(bridge_log(&b), ""); /* no step of a move */
  info = (struct cw_hook_info){.event = "after_step", .op = "insert", .step = 3, .sql = "INSERT",
                               .duration_ms = 12, .direction = CW_DOWN};
  assert_int_equal(cw_script_lua.hook(b.script, REF("after_step"), &b.exec, &info, &b.err), 0);
  json_t *out = NULL;
  assert_int_equal(cw_script_lua.call(b.script, REF("log"), NULL, &out, &b.err), 0);
  assert_string_equal(json_string_value(json_array_get(out, 0)),
                      "after_step insert downgrade 3 INSERT 12");
  json_decref(out);
  assert_int_equal(cw_script_lua.hook(b.script, REF("bad"), &b.exec, &info, &b.err), -1);
  assert_int_equal(b.err.code, CW_ERR_HOOK);
  assert_string_equal(b.err.message, "the hook after_step failed: hook says no");
  assert_int_equal(b.err.line, 4);
  json_decref(tree);
}

static void literals_and_templates_are_rendered(void **state) {
  (void)state;
  struct strbuf out = STRBUF_INIT;
  struct cw_value values[] = {cw_null(), cw_bool(true), cw_int(-3), cw_text("it's"),
                              cw_blob("\x01\xff", 2), {.type = CW_NUMERIC, .s = {"1.10", 4}}};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    assert_int_equal(cw_script_lua.literal(b.script, "sqlite", &values[i], &out, &b.err), 0);
    strbuf_addch(&out, ' ');
  }
  assert_string_equal(out.buf, "NULL true -3 'it''s' X'01ff' 1.10 ");
  strbuf_reset(&out);
  json_t *vars = json_pack("{s:s}", "who", "you");
  assert_int_equal(cw_script_lua.render(b.script, "t", "hello ${who}", vars, &out, &b.err), 0);
  assert_string_equal(out.buf, "t:hello you");
  json_decref(vars);
  strbuf_release(&out);
}

/* --- interrupts ------------------------------------------------------------------------------------------ */

static void *interrupt_soon(void *script) {
  usleep(50000);
  cw_script_lua.interrupt(script);
  return NULL;
}

static void an_endless_loop_is_stopped_from_another_thread(void **state) {
  (void)state;
  pthread_t thread;
  pthread_create(&thread, NULL, interrupt_soon, b.script);
  assert_int_equal(bridge_run(&b, "local n = 0\nwhile true do\n"
                                  "  pcall(function() while true do n = n + 1 end end)\nend"), -1);
  pthread_join(thread, NULL);
  assert_int_equal(b.err.code, CW_ERR_INTERRUPTED);
  cw_script_lua.resume(b.script);
  runs("local n = 0\nfor i = 1, 100000 do n = n + i end");
}

static void an_interrupt_stops_calls_into_curlew(void **state) {
  (void)state;
  static const char text[] =
      "local op = require 'op'\n"
      "local old = coroutine.create(function() while true do op.log('x'); coroutine.yield() end end)\n"
      "return { revision = 'a', upgrade = function() assert(coroutine.resume(old)) end }";
  assert_int_equal(bridge_load(&b, text), 0);
  assert_int_equal(bridge_move(&b, CW_UP), 0);
  assert_string_equal(bridge_log(&b), "log x\n");
  cw_script_lua.interrupt(b.script);
  assert_int_equal(bridge_move(&b, CW_UP), -1);
  assert_int_equal(b.err.code, CW_ERR_INTERRUPTED);
  assert_string_equal(bridge_log(&b), "");
  cw_script_lua.resume(b.script);
  assert_int_equal(bridge_load(&b, text), 0);
  assert_int_equal(bridge_move(&b, CW_UP), 0);
}

static void the_core_gets_its_answers_during_an_interrupt(void **state) {
  (void)state;
  b.exec.keep = true;
  runs("op.create_table('users')");
  enum cw_probe probe;
  struct strbuf out = STRBUF_INIT;
  struct cw_value value = cw_int(3);
  cw_script_lua.interrupt(b.script);
  assert_int_equal(cw_script_lua.probe(b.script, &b.exec, &b.exec.kept, &probe, &b.err), 0);
  assert_int_equal(cw_script_lua.literal(b.script, "sqlite", &value, &out, &b.err), 0);
  assert_int_equal(bridge_move(&b, CW_UP), -1);
  assert_int_equal(b.err.code, CW_ERR_INTERRUPTED);
  cw_script_lua.resume(b.script);
  cw_script_lua.record_drop(b.script, b.exec.kept.handle);
  strbuf_release(&out);
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(modules_of_the_project_are_found_beside_the_configuration),
      TEST(the_project_cannot_take_the_place_of_the_library),
      TEST(no_path_is_relative),
      TEST(modules_are_source_text_and_strict),
      TEST(the_standard_library_is_complete),
      TEST(resources_come_from_the_folder_before_the_program),
      TEST(json_goes_both_ways),
      TEST(a_configuration_becomes_json),
      TEST(a_configuration_function_is_called_with_the_flags),
      TEST(a_broken_configuration_names_its_line),
      TEST(a_missing_configuration_is_its_own_error),
      TEST(a_configuration_reads_a_database),
      TEST(hooks_are_called_with_what_happened),
      TEST(literals_and_templates_are_rendered),
      TEST(an_endless_loop_is_stopped_from_another_thread),
      TEST(an_interrupt_stops_calls_into_curlew),
      TEST(the_core_gets_its_answers_during_an_interrupt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
