/* curlew for plugins written in C. docs/plugins.md, "In C", walks through one that works.
 *
 * A C plugin is a shared library that exports one function, curlew_plugin_v1. It does what the file of a
 * Lua plugin does: it leaves the plugin's manifest on the stack, a table with `name`, `version`,
 * `api` and what the plugin adds, and returns 1. Functions in it are ordinary lua_CFunctions: an
 * operation's `compile` gets (record, dialect), its `execute` (record, connection, dialect).
 *
 * What curlew offers beyond Lua's own interface comes in a table of functions. The table only ever
 * grows at its end, so a plugin built against an older header works with a newer curlew; one built
 * against a newer header asks CURLEW_HOST_HAS before it uses a later member.
 *
 * Errors. Members whose first parameter is a lua_State raise, as Lua's own functions do; those of a
 * connection never do: they return -1 and keep the error (`error`, `raise_last`). Raising leaves the C
 * function by longjmp, past every `free` that is still to come. So whatever a function holds when it
 * calls something that may raise must belong to Lua: memory to a userdata (lua_newuserdatauv), anything
 * with a function that lets go of it to a `guard`. A guard is pushed empty, then filled: there is no
 * moment at which the resource belongs to nobody.
 *
 * Ownership. Texts and values given to curlew are only read during the call, and copied where they are
 * kept. Texts and values that curlew gives are borrowed; each member says until when. Never free them.
 *
 * Threads. Everything here is for the thread that called the plugin. */
#ifndef CURLEW_PLUGIN_H
#define CURLEW_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The number that a manifest gives as `api`. */
#define CURLEW_PLUGIN_API 1

/* --- values ---------------------------------------------------------------------------------------- */

enum curlew_type {
  CURLEW_NULL,
  CURLEW_BOOL,
  CURLEW_INT,
  CURLEW_FLOAT,
  CURLEW_NUMERIC, /* an exact decimal, as text */
  CURLEW_TEXT,    /* UTF-8; dates, times, UUIDs and JSON are text too */
  CURLEW_BYTES
};

struct curlew_text {
  const char *p; /* not terminated */
  size_t len;
};

struct curlew_value {
  enum curlew_type type;
  union {
    int boolean;
    int64_t integer;
    double number;
    struct curlew_text text; /* NUMERIC, TEXT, BYTES */
  } as;
};

/* --- connections ----------------------------------------------------------------------------------- */

/* A connection object of Lua as C sees it; see `conn`. */
struct curlew_conn;

/* Why a call on a connection failed; NULL where there is nothing to say. */
struct curlew_error {
  const char *code;     /* "statement", "lock_timeout", "connection_lost", ... */
  const char *message;
  const char *hint, *detail;
  const char *sqlstate; /* "23505", or "" */
  int native;           /* the driver's own number, or 0 */
};

/* One row of a query: as many values as columns, borrowed until it returns. Non-zero ends the reading.
 * It may raise. It may not use the connection. */
typedef int curlew_row_fn(void *ctx, const char *const *names, const struct curlew_value *values,
                          size_t ncolumns);

/* --- the table ------------------------------------------------------------------------------------- */

struct curlew_host_v1 {
  size_t size;         /* bytes of the table that this curlew gives */
  const char *version; /* of curlew, "0.1.0" */

  /* op.null, the value that stands for SQL's NULL. */
  void (*push_null)(lua_State *L);
  int (*is_null)(lua_State *L, int index);

  /* Raises an error as operations do: a table with code, message, hint, and the file and line of the
   * script that called. `code` is one of "script", "statement", "unsupported", "offline", "plugin"; `hint`
   * (what to do next) may be NULL. Both texts are copied. Does not return. */
  int (*raise)(lua_State *L, const char *code, const char *message, const char *hint);

  /* Pushes a slot for a resource that C holds, empty (NULL), to be filled by the caller. `release` is
   * called with what is in it when the C function that called `guard` ends: by returning or by an
   * error. The slot stays valid until then. The value that was pushed must stay on the stack. */
  void **(*guard)(lua_State *L, void (*release)(void *resource));
  /* op.log: a line for people, as progress is shown (not under --quiet). Only while a migration runs. */
  void (*log)(lua_State *L, const char *text);
  /* Raises when a signal asks the run to stop. For loops that send nothing for long; what the step has
   * done is rolled back. */
  void (*check_interrupt)(lua_State *L);
  /* The folder of curlew.lua, to which relative paths are relative; NULL: none is known. Borrowed
   * until the plugin is unloaded. */
  const char *(*project_dir)(lua_State *L);

  /* The connection at a stack index: the second argument of `execute`, or ctx.conn of a command. Pushes
   * one value, which must stay on the stack; the pointer is valid until the C function that asked ends.
   * Raises when the value is no connection, or one that is closed. */
  struct curlew_conn *(*conn)(lua_State *L, int index);
  /* "sqlite", "postgresql" or "mysql"; the server's own name ("mariadb"); its version ("15.2"). Borrowed,
   * as long as the connection. */
  const char *(*dialect)(struct curlew_conn *conn);
  const char *(*server)(struct curlew_conn *conn);
  const char *(*server_version)(struct curlew_conn *conn);

  /* Runs SQL. Without parameters (nparams 0) it may be several statements, and is sent as it is; with
   * them it is one, with a `?` for each. `row` (may be NULL) gets the rows of the last statement;
   * *affected (may be NULL) is the number of rows changed. 0, or -1: see `error`.
   *
   * Inside `execute` the SQL is a part of the step: it is not journaled by itself, runs in the step's
   * transaction and may not end it. */
  int (*query)(struct curlew_conn *conn, const char *sql, size_t len,
               const struct curlew_value *params, size_t nparams, curlew_row_fn *row, void *ctx,
               int64_t *affected);
  /* The same statement, prepared once, for `nsets` sets of `nparams` values that follow each other, by
   * the client library's fastest way. *affected is the sum. */
  int (*batch)(struct curlew_conn *conn, const char *sql, size_t len,
               const struct curlew_value *values, size_t nparams, size_t nsets, int64_t *affected);
  /* Why the last query or batch failed; borrowed until the next one. */
  const struct curlew_error *(*error)(struct curlew_conn *conn);
  /* Raises it, with everything that the server said. Does not return. */
  int (*raise_last)(lua_State *L, struct curlew_conn *conn);
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
