/* The public header for C plugins: a plugin made with nothing else works with the table it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curlew/plugin.h>

#include "lua/call.h"
#include "plugin/host.h"
#include "support/lua_bridge.h"

static const struct curlew_host_v1 *host;

static int refuse(lua_State *L) {
  if (host->is_null(L, 1)) return host->raise(L, "unsupported", "null is refused", "Give a value.");
  host->push_null(L);
  return 1;
}

int curlew_plugin_v1(lua_State *L, const struct curlew_host_v1 *given) {
  host = given;
  lua_newtable(L);
  lua_pushliteral(L, "sample");
  lua_setfield(L, -2, "name");
  lua_pushinteger(L, CURLEW_PLUGIN_API);
  lua_setfield(L, -2, "api");
  lua_pushcfunction(L, refuse);
  lua_setfield(L, -2, "refuse");
  return 1;
}

/* Puts the plugin's manifest where a script finds it. */
static int load(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "loaded");
  curlew_plugin_v1(L, &cw_plugin_host);
  lua_setfield(L, -2, "sample");
  return 0;
}

static void a_plugin_uses_what_the_host_gives(void **state) {
  (void)state;
  struct bridge b;
  bridge_open(&b, 0);
  assert_int_equal(cw_lua_call(b.script, load, NULL, CW_ERR_PLUGIN, &b.err), 0);
  assert_int_equal(bridge_run(&b, "local m = require 'sample'\nassert(m.api == 1 and m.refuse(1) == op.null)\n"
                                  "m.refuse(op.null)"), -1);
  assert_int_equal(b.err.code, CW_ERR_UNSUPPORTED);
  assert_string_equal(b.err.message, "null is refused");
  assert_string_equal(b.err.hint, "Give a value.");
  assert_int_equal(b.err.line, 4);
  bridge_close(&b);
}

static void later_members_can_be_asked_for(void **state) {
  (void)state;
  assert_true(CURLEW_HOST_HAS(&cw_plugin_host, raise));
  struct curlew_host_v1 older = cw_plugin_host;
  older.size = offsetof(struct curlew_host_v1, raise);
  assert_true(CURLEW_HOST_HAS(&older, is_null));
  assert_false(CURLEW_HOST_HAS(&older, raise));
  assert_non_null(cw_plugin_host.version);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plugin_uses_what_the_host_gives),
      cmocka_unit_test(later_members_can_be_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
