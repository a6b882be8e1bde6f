/* The hand-written stubs in lua/_meta agree with the live objects: no method or field without a stub, no
 * stub without a method or field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"
#include "support/lua_bridge.h"

static struct bridge b;

static int setup(void **state) {
  (void)state;
  bridge_open(&b, BRIDGE_SQLITE);
  bridge_write(&b, "stub.lua",
      "local M = {}\n"
      "function M.names(file, class, pattern)\n"
      "  local names, inside = {}, false\n"
      "  for line in io.lines('" CURLEW_SOURCE_DIR "/lua/_meta/' .. file) do\n"
      "    local opened = line:match('^%-%-%-@class (%S+)')\n"
      "    if opened then inside = opened == class end\n"
      "    local name = line:match(pattern)\n"
      "    if name and inside then names[name] = true end\n"
      "  end\n"
      "  assert(next(names), file .. ' has nothing of ' .. class)\n"
      "  return names\n"
      "end\n"
      "M.FIELD, M.METHOD = '^%-%-%-@field ([%w_]+)%?" "?', '^function [%w_]+[.:]([%w_]+)'\n"
      "function M.agree(what, live, stubs)\n"
      "  for name in pairs(live) do assert(stubs[name], what .. ': no stub of ' .. name) end\n"
      "  for name in pairs(stubs) do assert(live[name] ~= nil, what .. ': nothing is ' .. name) end\n"
      "end\n"
      "return M\n");
  return 0;
}

static int teardown(void **state) {
  (void)state;
  bridge_close(&b);
  return 0;
}

static void runs(const char *body) {
  if (bridge_run(&b, body) == 0) return;
  fail_msg("%s", b.err.message);
}

static void the_connection_agrees_with_its_stub(void **state) {
  (void)state;
  /* Stubs of methods follow other classes in the file: `function Conn:` tells them. */
  runs("local stub, conn = require 'stub', op.get_bind()\n"
       "local _, methods = debug.getupvalue(debug.getmetatable(conn).__index, 1)\n"
       "methods._copy = nil\nlocal stubs = {}\n"
       "for line in io.lines('" CURLEW_SOURCE_DIR "/lua/_meta/conn.lua') do\n"
       "  local name = line:match('^function Conn:([%w_]+)')\n  if name then stubs[name] = true end\nend\n"
       "stub.agree('conn', methods, stubs)\n"
       "local fields = stub.names('conn.lua', 'curlew.Conn', stub.FIELD)\n"
       "for name in pairs(fields) do assert(type(conn[name]) == 'string', name) end");
}

static void ctx_agrees_with_its_stub(void **state) {
  (void)state;
  runs("local stub = require 'stub'\nlocal live = {}\nfor name in pairs(ctx) do live[name] = true end\n"
       "stub.agree('ctx', live, stub.names('ctx.lua', 'curlew.Context', stub.FIELD))");
}

static void the_error_agrees_with_its_stub(void **state) {
  (void)state;
  char text[] = "x";
  struct cw_err failure = {.code = CW_ERR_STATEMENT, .message = text, .hint = text,
                           .revision = text, .database = text, .file = text, .line = 1, .step = 1,
                           .sqlstate = "00000", .native = 1, .statement = text, .detail = text,
                           .traceback = text};
  b.exec.fail = &failure;
  runs("local stub = require 'stub'\nlocal _, err = pcall(op.insert, 't', {})\nlocal live = {}\n"
       "for name in pairs(err) do live[name] = true end\n"
       "stub.agree('err', live, stub.names('conn.lua', 'curlew.Error', stub.FIELD))");
}

static void the_module_curlew_agrees_with_its_stub(void **state) {
  (void)state;
  runs("local stub = require 'stub'\n"
       "local stubs = stub.names('config.lua', 'curlew.Curlew', stub.METHOD)\nstubs.version = true\n"
       "stub.agree('curlew', require 'curlew', stubs)");
}

static void every_setting_has_a_stub(void **state) {
  (void)state;
  struct strbuf keys = STRBUF_INIT;
  for (const char *const *key = cw_config_keys(); *key; key++) strbuf_addf(&keys, "%s = true, ", *key);
  char *body = xasprintf("local stub = require 'stub'\nstub.agree('setting', { %s }, "
                         "stub.names('config.lua', 'curlew.Config', stub.FIELD))", keys.buf);
  runs(body);
  free(body);
  strbuf_release(&keys);
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(the_connection_agrees_with_its_stub),
      TEST(ctx_agrees_with_its_stub),
      TEST(the_error_agrees_with_its_stub),
      TEST(the_module_curlew_agrees_with_its_stub),
      TEST(every_setting_has_a_stub),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
