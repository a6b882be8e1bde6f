/* Revision files: what they declare, what is wrong with them, how they run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/revision.h"
#include "lua/doc.h"
#include "support/lua_bridge.h"
#include "util/fs.h"

static struct bridge b;

static int setup(void **state) {
  (void)state;
  bridge_open(&b, 0);
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

/* The file is refused with this code; message or hint has `part`; the line is `line` (0: any). */
static void refused(const char *text, enum cw_errcode code, const char *part, int line) {
  assert_int_equal(bridge_load(&b, text), -1);
  assert_string_equal(cw_errcode_name(b.err.code), cw_errcode_name(code));
  char *whole = xasprintf("%s | %s", b.err.message, b.err.hint ? b.err.hint : "");
  assert_contains(whole, part);
  free(whole);
  assert_non_null(b.err.file);
  assert_contains(b.err.file, "versions/rev.lua");
  if (line) assert_int_equal(b.err.line, line);
}

static void loaded(const char *text) {
  if (bridge_load(&b, text) == 0) return;
  fail_msg("%s", b.err.message);
}

#define HEAD "local M = { revision = 'abc1' }\n"
#define UP "function M.upgrade() end\n"

static void declares_everything(void **state) {
  (void)state;
  loaded("-- create users\n--\n-- Revision ID: abc1\n-- Create Date: 2026-11-20 10:30:00\n\n"
         "local M = { revision = 'abc1', down_revision = { 'b2', 'c3' }, branch_labels = 'web-1',\n"
         "  depends_on = { 'd4', 'blog' }, transaction = 'none', irreversible = 'data is gone',\n"
         "  note = 'my own field' }\n" UP "return M\n");
  const struct cw_revision *rev = b.rev;
  assert_string_equal(rev->id, "abc1");
  assert_int_equal(rev->down_revision.len, 2);
  assert_string_equal(rev->down_revision.items[1], "c3");
  assert_string_equal(rev->labels.items[0], "web-1");
  assert_int_equal(rev->depends_on.len, 2);
  assert_string_equal(rev->title, "create users");
  assert_string_equal(rev->created, "2026-11-20 10:30:00");
  assert_string_equal(rev->doc, "create users\n\nRevision ID: abc1\nCreate Date: 2026-11-20 10:30:00");
  assert_int_equal(rev->transaction, CW_TXN_NONE);
  assert_string_equal(rev->irreversible, "data is gone");
  assert_true(rev->has_upgrade);
  assert_false(rev->has_downgrade);
  assert_true(rev->path[0] == '/');
}

static void wrong_fields_are_refused(void **state) {
  (void)state;
  refused("local M = { revison = 'abc1' }\n" UP "return M", CW_ERR_BAD_SCRIPT,
          "Did you mean `revision`?", 0);
  refused("-- down_revison\nlocal M = {\n  revision = 'abc1',\n  down_revison = 'b' }\n" UP "return M",
          CW_ERR_BAD_SCRIPT, "Did you mean `down_revision`?", 4);
  refused("local M = {}\n" UP "return M", CW_ERR_BAD_SCRIPT, "no `revision`", 0);
  refused("return { revision = 12, upgrade = print }", CW_ERR_BAD_SCRIPT, "must be a string", 0);
  refused("return { revision = 'a b', upgrade = print }", CW_ERR_BAD_SCRIPT, "no valid id", 0);
  refused("return { revision = 'head', upgrade = print }", CW_ERR_BAD_SCRIPT, "no valid id", 0);
  refused("return { revision = '', upgrade = print }", CW_ERR_BAD_SCRIPT, "empty string", 0);
  refused("return { revision = 'a\\0b', upgrade = print }", CW_ERR_BAD_SCRIPT, "NUL byte", 0);
  refused("return { revision = 'a', down_revision = { 1 }, upgrade = print }", CW_ERR_BAD_SCRIPT,
          "must be a string", 0);
  refused("return { revision = 'a', down_revision = { x = 'b' }, upgrade = print }",
          CW_ERR_BAD_SCRIPT, "list of strings", 0);
  refused("return { revision = 'a', down_revision = true, upgrade = print }", CW_ERR_BAD_SCRIPT,
          "not a boolean", 0);
  refused("return { revision = 'a', branch_labels = 'a@b', upgrade = print }", CW_ERR_BAD_SCRIPT,
          "\"a@b\" is not valid", 0);
  refused("return { revision = 'a', transaction = 'non', upgrade = print }", CW_ERR_BAD_SCRIPT,
          "Did you mean \"none\"?", 0);
  refused("return { revision = 'a', irreversible = true, upgrade = print }", CW_ERR_BAD_SCRIPT,
          "irreversible = \"why\"", 0);
  refused("return { revision = 'a', upgrade = 'x' }", CW_ERR_BAD_SCRIPT, "must be a function", 0);
  refused("return { revision = 'a', upgrade = { main = 1 } }", CW_ERR_BAD_SCRIPT,
          "by database name", 0);
}

static void a_file_without_upgrade_has_its_own_message(void **state) {
  (void)state;
  refused("local function f() return end\nf()\nreturn { revision = 'a' }", CW_ERR_BAD_SCRIPT,
          "the revision has no `upgrade`", 3);
}

static void broken_files_are_refused_with_their_line(void **state) {
  (void)state;
  refused("local M = {\n  revision = = 'a' }\nreturn M", CW_ERR_SYNTAX, "unexpected symbol near '='", 2);
  refused("local M = {\n  revision = 'a',\n", CW_ERR_SYNTAX,
          "unexpected symbol near <eof>", 3);
  refused("\n\nerror('no luck')", CW_ERR_BAD_SCRIPT, "no luck", 3);
  assert_string_equal(b.err.message, "no luck");
  assert_non_null(b.err.traceback);
  refused("local x\nreturn x.y", CW_ERR_BAD_SCRIPT, "attempt to index a nil value", 2);
  refused("return nil", CW_ERR_BAD_SCRIPT, "return M", 0);
  refused("", CW_ERR_BAD_SCRIPT, "returns nothing", 0);
  refused("return 5", CW_ERR_BAD_SCRIPT, "returns number", 0);
  refused("error { code = 'statement', message = 'from a table', hint = 'look' }", CW_ERR_STATEMENT,
          "from a table | look", 1);
  refused("error(setmetatable({}, { __tostring = function() return 'mine' end }))",
          CW_ERR_BAD_SCRIPT, "mine", 1);
  refused("error()", CW_ERR_BAD_SCRIPT, "no text: nil", 1);
  refused("local function f() return 1 + f() end\nf()", CW_ERR_BAD_SCRIPT, "stack overflow", 0);
}

static void bytecode_is_refused(void **state) {
  (void)state;
  refused("\x1bLuaT", CW_ERR_BAD_SCRIPT, "bytecode", 0);
}

static void a_byte_order_mark_and_crlf_do_no_harm(void **state) {
  (void)state;
  loaded("\xEF\xBB\xBF-- title\r\n-- more\r\nreturn { revision = 'a', upgrade = print }\r\n");
  assert_string_equal(b.rev->title, "title");
  assert_string_equal(b.rev->doc, "title\nmore");
}

static void undeclared_globals_are_errors(void **state) {
  (void)state;
  refused(HEAD "\nprint(undeclared)", CW_ERR_BAD_SCRIPT, "there is no global `undeclared`", 3);
  refused("local users\nprnt('x')", CW_ERR_BAD_SCRIPT, "Did you mean `print`?", 2);
  refused("local users = 1\nreturn user", CW_ERR_BAD_SCRIPT, "Did you mean `users`?", 2);
  refused("local users = 1\nlocal function f()\n local _ = users\n return usres end\nf()",
          CW_ERR_BAD_SCRIPT, "Did you mean `users`?", 4);
  refused("op.create_table('x')", CW_ERR_BAD_SCRIPT, "local op = require \"op\"", 1);
  refused("\nx = 1", CW_ERR_BAD_SCRIPT, "the global `x` is assigned", 2);
  refused("function upgrade() end", CW_ERR_BAD_SCRIPT, "local upgrade", 1);
  refused("_G.x = 1", CW_ERR_BAD_SCRIPT, "the global `x` is assigned", 1);
  loaded("rawset(_G, 'mine', 1)\nlocal print = print\n_ENV.print = nil or print\n"
         "return { revision = 'a' .. mine, upgrade = print }");
  refused("return { revision = 'a' .. mine, upgrade = print }", CW_ERR_BAD_SCRIPT, "`mine`", 1);
}

static void operations_while_loading_are_errors(void **state) {
  (void)state;
  refused("local op = require 'op'\n\nop.create_table('x')\nreturn {}", CW_ERR_BAD_SCRIPT,
          "op.create_table is called while the file is being loaded", 3);
  refused("local op = require 'op'\nop.get_bind()\nreturn {}", CW_ERR_BAD_SCRIPT,
          "an operation is called while the file is being loaded", 2);
}

static void upgrade_and_downgrade_run_with_ctx(void **state) {
  (void)state;
  loaded("local op = require 'op'\nreturn { revision = 'a',\n"
         " upgrade = function(ctx) op.log('up ' .. ctx.database .. ctx.direction) end,\n"
         " downgrade = function(ctx) op.log('down ' .. ctx.server_version .. ctx.direction) end }");
  assert_true(b.rev->has_downgrade);
  assert_int_equal(bridge_move(&b, CW_UP), 0);
  b.exec.info.direction = CW_DOWN;
  assert_int_equal(bridge_move(&b, CW_DOWN), 0);
  assert_string_equal(bridge_log(&b), "log up mainupgrade\nlog down 3.40.1downgrade\n");
}

static void a_table_of_functions_is_picked_by_database(void **state) {
  (void)state;
  loaded("local op = require 'op'\nreturn { revision = 'a', upgrade = {\n"
         " main = function() op.log('main') end, other = function() op.log('other') end } }");
  assert_int_equal(bridge_move(&b, CW_UP), 0);
  b.exec.info.database = "other";
  assert_int_equal(bridge_move(&b, CW_UP), 0);
  b.exec.info.database = "third";
  assert_int_equal(bridge_move(&b, CW_UP), 0);
  assert_string_equal(bridge_log(&b), "log main\nlog other\n");
}

static void a_revision_without_downgrade_is_irreversible(void **state) {
  (void)state;
  loaded("return { revision = 'a', upgrade = print, irreversible = 'rows were dropped' }");
  assert_int_equal(bridge_move(&b, CW_DOWN), -1);
  assert_int_equal(b.err.code, CW_ERR_IRREVERSIBLE);
  assert_contains(b.err.message, "rows were dropped");
  assert_string_equal(b.err.revision, "a");
}

static void errors_of_a_run_point_at_the_script(void **state) {
  (void)state;
  bridge_write(&b, "helpers.lua", "local M = {}\nfunction M.go()\n  error('from a helper')\nend\n"
                                  "return M\n");
  assert_int_equal(bridge_run(&b, "local x = 1\nrequire('helpers').go()"), -1);
  assert_string_equal(b.err.message, "from a helper");
  assert_int_equal(b.err.code, CW_ERR_SCRIPT);
  assert_contains(b.err.file, "helpers.lua");
  assert_int_equal(b.err.line, 3);
  assert_contains(b.err.traceback, "rev.lua:3");
  assert_int_equal(bridge_run(&b, "return error('tail')"), -1);
  assert_string_equal(b.err.message, "tail");
  assert_contains(b.err.file, "rev.lua");
  assert_int_equal(bridge_run(&b, "coroutine.wrap(function() error('inside') end)()"), -1);
  assert_contains(b.err.message, "inside");
}

static void two_files_with_one_id_keep_their_own_functions(void **state) {
  (void)state;
  struct cw_revision *one = NULL, *two = NULL;
  const char *texts[] = {"local op = require 'op'\nreturn { revision = 'same', upgrade = function() op.log 'one' end }",
                         "local op = require 'op'\nreturn { revision = 'same', upgrade = function() op.log 'two' end }"};
  assert_int_equal(cw_script_lua.load_revision(b.script, "/a/x.lua", texts[0], strlen(texts[0]),
                                               &one, &b.err), 0);
  assert_int_equal(cw_script_lua.load_revision(b.script, "/b/x.lua", texts[1], strlen(texts[1]),
                                               &two, &b.err), 0);
  assert_int_equal(cw_script_lua.run(b.script, one, CW_UP, &b.exec, &b.err), 0);
  assert_int_equal(cw_script_lua.run(b.script, two, CW_UP, &b.exec, &b.err), 0);
  assert_string_equal(bridge_log(&b), "log one\nlog two\n");
  cw_revision_free(one);
  cw_revision_free(two);
}

static void five_thousand_files_load(void **state) {
  (void)state;
  for (int i = 0; i < 5000; i++) {
    char path[64], text[200];
    struct cw_revision *rev = NULL;
    snprintf(path, sizeof path, "/p/%d.lua", i);
    snprintf(text, sizeof text, "-- number %d\nlocal M = { revision = 'r%d' }\n" UP "return M\n", i, i);
    assert_int_equal(cw_script_lua.load_revision(b.script, path, text, strlen(text), &rev, &b.err),
                     0);
    cw_revision_free(rev);
  }
}

static void doc_is(const char *text, const char *title, const char *whole) {
  struct cw_doc doc;
  cw_doc_read(&doc, text, strlen(text));
  assert_string_equal(doc.title, title);
  assert_string_equal(doc.text, whole);
  cw_doc_release(&doc);
}

static void the_leading_comment_is_read(void **state) {
  (void)state;
  doc_is("", "", "");
  doc_is("return {} -- no title", "", "");
  doc_is("local x\n-- late\n", "", "");
  doc_is("--\n--- title with dashes\n--   indented\nlocal x", "title with dashes",
         "title with dashes\n  indented");
  doc_is("\n-- one\n\n\n-- two\n", "one", "one\n\n\ntwo");
  doc_is("--[[ block title\n  more ]]\nlocal x", "block title", "block title\n more");
  doc_is("--[==[\nin a long ]] bracket\n]==] local x = 1\n-- not this", "in a long ]] bracket",
         "in a long ]] bracket");
  doc_is("--[[ never closed", "never closed", "never closed");
  doc_is("-- caf\xC3\xA9 \xFF\xC0\x80 ok", "caf\xC3\xA9 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD ok",
         "caf\xC3\xA9 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD ok");
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(declares_everything),
      TEST(wrong_fields_are_refused),
      TEST(a_file_without_upgrade_has_its_own_message),
      TEST(broken_files_are_refused_with_their_line),
      TEST(bytecode_is_refused),
      TEST(a_byte_order_mark_and_crlf_do_no_harm),
      TEST(undeclared_globals_are_errors),
      TEST(operations_while_loading_are_errors),
      TEST(upgrade_and_downgrade_run_with_ctx),
      TEST(a_table_of_functions_is_picked_by_database),
      TEST(a_revision_without_downgrade_is_irreversible),
      TEST(errors_of_a_run_point_at_the_script),
      TEST(two_files_with_one_id_keep_their_own_functions),
      TEST(five_thousand_files_load),
      TEST(the_leading_comment_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
