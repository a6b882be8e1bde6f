/* The C module in a host's Lua state, with the n-th allocation of the host failing, for n = 1, 2, 3 ... until
 * the call succeeds. Nothing may crash, leak (the sanitizers watch) or leave the host or the project
 * unusable. Twice: once every later allocation fails too, once memory is back after the failed call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lua/module/module.h"
#include "support/lua_meter.h"
#include "util/fs.h"

static struct meter meter;
static lua_State *L;
static char folder[] = "/tmp/curlew-module-XXXXXX";

static void write_file(const char *name, const char *text) {
  struct cw_err err = CW_ERR_INIT;
  char *path = cw_path_join(folder, name), *dir = cw_path_dirname(path);
  if (cw_fs_mkdirs(dir, &err) || cw_fs_write_atomic(path, text, strlen(text), false, &err))
    fail_msg("%s", err.message);
  free(dir);
  free(path);
}

static int make_project(void **state) {
  (void)state;
  if (!mkdtemp(folder)) return -1;
  write_file("curlew.lua", "return { url = 'sqlite://' }");
  write_file("migrations/versions/a.lua",
             "-- first\nlocal op = require 'op'\nreturn { revision = 'aaaa1',\n"
             "  upgrade = function() op.create_table('t', { { 'id', op.types.bigint, primary_key = true },"
             " { 'name', op.types.varchar(20) } }) end,\n"
             "  downgrade = function() op.drop_table 't' end }");
  write_file("migrations/versions/b.lua",
             "-- second\nreturn { revision = 'bbbb2', down_revision = 'aaaa1', upgrade = function(ctx)\n"
             "  if ctx.x.fail then error('as asked') end end, downgrade = function() end }");
  return 0;
}

static int remove_project(void **state) {
  (void)state;
  char *command = xasprintf("rm -rf %s", folder);
  int status = system(command);
  free(command);
  return status;
}

/* Runs a chunk in the host; its first argument is the module. */
static int open_libraries(lua_State *host) {
  luaL_openlibs(host);
  lua_pushboolean(host, true); /* the module's own shim and the working directory are not looked at */
  luaL_requiref(host, "curlew", luaopen_curlew, 0);
  lua_setglobal(host, "curlew");
  lua_getglobal(host, "require");
  lua_pushliteral(host, "curlew.testing");
  lua_call(host, 1, 1);
  lua_setglobal(host, "testing");
  lua_pushstring(host, folder);
  lua_setglobal(host, "folder");
  return 0;
}

static int setup(void **state) {
  (void)state;
  meter = (struct meter){.countdown = METER_NEVER};
  L = lua_newstate(metered, &meter);
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) fail_msg("%s", lua_tostring(L, -1));
  return 0;
}

static int teardown(void **state) {
  (void)state;
  meter.countdown = METER_NEVER;
  lua_close(L);
  assert_int_equal(meter.used, 0);
  return 0;
}

/* Calls the function at the top of the stack, which stays there. */
static int call(void) {
  lua_pushvalue(L, -1);
  int status = lua_pcall(L, 0, 0, 0);
  if (status != LUA_OK) lua_pop(L, 1);
  return status;
}

static void sweep(bool lasting) {
  for (long n = 0; n < 100000; n++) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    int top = lua_gettop(L);
    meter.countdown = n;
    meter.lasting = lasting;
    meter.failed = 0;
    int status = call();
    meter.countdown = METER_NEVER;
    assert_int_equal(lua_gettop(L), top);
    if (status == LUA_OK && meter.failed == 0) return;
  }
  fail_msg("it never succeeds");
}

/* `before` is run once with all memory; `body` is swept and has to work with all memory, before and after. */
static void sweep_body(const char *before, const char *body) {
  char *text = xasprintf("%s\nreturn function()\n%s\nend", before, body);
  if (luaL_dostring(L, text) != LUA_OK) fail_msg("%s: %s", before, luaL_tolstring(L, -1, NULL));
  free(text);
  for (int round = 0; round < 3; round++) {
    lua_pushvalue(L, -1);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) fail_msg("round %d, %s: %s", round, body, luaL_tolstring(L, -1, NULL));
    if (round < 2) sweep(round == 0);
  }
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT, 0);
}

#define PROJECT "local p = curlew.open { config = folder .. '/curlew.lua' }\n"
#define UPGRADED PROJECT "p:upgrade()\n"
#define CONNECTED UPGRADED "local c = p:connect()\nc:execute(\"INSERT INTO t VALUES (1, 'a'), (2, NULL)\")\n"

static void projects_survive(void **state) {
  (void)state;
  sweep_body("", PROJECT "p:close()");
  sweep_body("", "local p <close> = curlew.open { config = folder .. '/curlew.lua', x = { a = 'b' }, url = 'sqlite://' }");
  sweep_body("", "assert(not pcall(curlew.open, { config = folder .. '/gone.lua' }))");
  sweep_body("", "assert(not pcall(curlew.open, { confg = 'x' }))");
  sweep_body(PROJECT, "assert(p:upgrade() + p:downgrade('base') > 0)");
  sweep_body(PROJECT, "assert(#p:upgrade('head', { sql = true }) > 100)");
  sweep_body(PROJECT, "p:stamp('bbbb2') p:stamp({ 'base' })");
  sweep_body(UPGRADED, "assert(p:current()[1].revision == 'bbbb2')");
  sweep_body(PROJECT, "assert(#p:heads() == 1 and #p:history() == 2)");
  sweep_body(UPGRADED, "assert(p:snapshot({ data = true }).objects['table t'])");
  sweep_body(PROJECT, "assert(not pcall(p.upgrade, p, 'zzzz'))");
  sweep_body("local p = curlew.open { config = folder .. '/curlew.lua', x = { fail = true } }",
             "assert(not pcall(p.upgrade, p))");
}

static void connections_survive(void **state) {
  (void)state;
  sweep_body(UPGRADED, "local c <close> = p:connect()");
  sweep_body(UPGRADED, "p:connect()");
  sweep_body(CONNECTED, "c:execute('UPDATE t SET name = :n WHERE id IN :ids', { n = 'x', ids = { 1, 2 } })");
  sweep_body(CONNECTED, "assert(c:execute('UPDATE t SET name = ? WHERE id = ?', { { 'x', 1 }, { 'y', 2 } }) == 2)");
  sweep_body(CONNECTED, "c:execute('UPDATE t SET name = 1; UPDATE t SET name = 2')");
  sweep_body(CONNECTED, "for row in c:rows('SELECT id, name, 1 AS id FROM t') do local _ = row[1] end");
  sweep_body(CONNECTED, "for _ in c:rows('SELECT id FROM t') do break end");
  sweep_body(CONNECTED, "assert(#c:all('SELECT * FROM t WHERE id = ?', { 1 }) == 1)");
  sweep_body(CONNECTED, "assert(c:first('SELECT * FROM t').id and c:scalar('SELECT 1') == 1)");
  sweep_body(CONNECTED, "assert(#c:column('SELECT name FROM t') == 2)");
  sweep_body(CONNECTED, "c:try('SELECT * FROM t') c:try('SELECT * FROM absent') c:try(function() error('x') end)");
  sweep_body(CONNECTED, "assert(c:quote('order') and c:literal('y') and c.dialect)");
  sweep_body(CONNECTED, "assert(#c:inspect():columns('t') == 2 and #c:inspect():tables() > 1)");
  sweep_body(CONNECTED, "assert(not pcall(function() return c:inspect():nothing() end))");
  sweep_body(CONNECTED, "assert(not pcall(c.all, c, 'SELECT :a', { b = 1 }))");
  sweep_body(CONNECTED, "assert(not pcall(function() return c.nothing end))");
  sweep_body(CONNECTED "p:close()", "assert(not pcall(c.all, c, 'SELECT 1'))");
}

static void tests_survive(void **state) {
  (void)state;
  sweep_body("", "testing.with({ config = folder .. '/curlew.lua' }, function(db) assert(#db:current() == 0) end)");
}

/* The first `require` of each, in a fresh host. */
static void loading_survives(void **state) {
  (void)state;
  for (int lasting = 0; lasting < 2; lasting++) {
    for (long n = 0;; n++) {
      struct meter fresh = {.countdown = n, .lasting = lasting};
      lua_State *host = lua_newstate(metered, &fresh);
      int status = LUA_ERRMEM;
      if (host) {
        lua_pushcfunction(host, open_libraries);
        status = lua_pcall(host, 0, 0, 0);
        fresh.countdown = METER_NEVER;
        lua_close(host);
      }
      assert_int_equal(fresh.used, 0);
      if (status == LUA_OK && fresh.failed == 0) break;
    }
  }
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(projects_survive),
      TEST(connections_survive),
      TEST(tests_survive),
      TEST(loading_survives),
  };
  return cmocka_run_group_tests(tests, make_project, remove_project);
}
