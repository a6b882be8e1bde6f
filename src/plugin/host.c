/* What curlew offers to C plugins; see curlew/plugin.h. */
#include "plugin/host.h"

#include "curlew_config.h"
#include "lua/err.h"
#include "lua/push.h"

static int is_null(lua_State *L, int index) { return cw_lua_is_null(L, index); }

static int raise_error(lua_State *L, const char *code, const char *message, const char *hint) {
  return cw_lua_raise_named(L, code, hint, message);
}

const struct curlew_host_v1 cw_plugin_host = {
    .size = sizeof(struct curlew_host_v1),
    .version = CURLEW_VERSION,
    .push_null = cw_lua_push_null,
    .is_null = is_null,
    .raise = raise_error,
};
