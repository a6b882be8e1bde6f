/* curlew for plugins written in C.
 *
 * A C plugin is a shared library that exports one function, curlew_plugin_v1. It does what the file of a
 * Lua plugin does: it leaves the plugin's manifest on the stack, a table with `name`, `version`,
 * `api` and what the plugin adds, and returns 1. Functions in it are ordinary lua_CFunctions.
 *
 * What curlew offers beyond Lua's own interface comes in a table of functions. The table only ever
 * grows at its end, so a plugin built against an older header works with a newer curlew; one built
 * against a newer header asks CURLEW_HOST_HAS before it uses a later member.
 *
 * Errors: functions called by Lua raise, by lua_error or `raise`. Raising leaves the C function by
 * longjmp: memory and handles that it holds must belong to a userdata with __gc by then. */
#ifndef CURLEW_PLUGIN_H
#define CURLEW_PLUGIN_H

#include <stddef.h>

#include <lua.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The number that a manifest gives as `api`. */
#define CURLEW_PLUGIN_API 1

struct curlew_host_v1 {
  size_t size;         /* bytes of the table that this curlew gives */
  const char *version; /* of curlew, "0.1.0" */

  /* op.null, the value that stands for SQL's NULL. */
  void (*push_null)(lua_State *L);
  int (*is_null)(lua_State *L, int index);

  /* Raises an error as operations do: a table with code, message, hint, and the file and line of the
   * script that called. `code` is one of "script", "statement", "unsupported", "plugin"; `hint` (what
   * to do next) may be NULL. Both texts are copied. Does not return. */
  int (*raise)(lua_State *L, const char *code, const char *message, const char *hint);
};

/* Whether the running curlew's table has the member. */
#define CURLEW_HOST_HAS(host, member) \
  ((host)->size >= offsetof(struct curlew_host_v1, member) + sizeof((host)->member))

/* What the library exports. `host` stays valid as long as the Lua state. */
typedef int curlew_plugin_fn(lua_State *L, const struct curlew_host_v1 *host);

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
curlew_plugin_fn curlew_plugin_v1;

#ifdef __cplusplus
}
#endif

#endif
