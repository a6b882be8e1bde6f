/* Any bytes as a value and as a name, written by the Lua library's dialects: the SQL around them stays
 * what it was, and what a database reads back is what went in. SQLite is always asked, in memory; the
 * servers are where CURLEW_TEST_{POSTGRESQL,MARIADB,MYSQL}_URL say so.
 *
 * Input: one byte, how long the name is; the name; the rest is the value. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "db/sql.h"
#include "db/text.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
  const char *name, *variable;
  unsigned flavor;
} servers[] = {
    {"sqlite", NULL, CW_SQL_BRACKETS},
    {"postgresql", "CURLEW_TEST_POSTGRESQL_URL",
     CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED},
    {"mariadb", "CURLEW_TEST_MARIADB_URL",
     CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS},
    {"mysql", "CURLEW_TEST_MYSQL_URL", CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS},
};
enum { SERVERS = sizeof servers / sizeof *servers };

/* write(server, value, name) -> the literal, the quoted name; no name where the server can't have it. */
static const char library[] =
    "local root = ...\n"
    "package.path = root .. '/lua/?.lua;' .. root .. '/lua/?/init.lua;' .. root .. '/tests/?.lua;'"
    " .. package.path\n"
    "local host = require 'support.lua_host'\n"
    "return function(server, value, name)\n"
    "  local d = host.dialect(server)\n"
    "  local fit = name ~= '' and utf8.len(name) and not name:find('\\0', 1, true)"
    " and not (d.name_problem and d.name_problem(name))\n"
    /* What follows AS is no stored name: MySQL takes white space off its beginning. */
    "  if d.name == 'mysql' and fit and name:find '^[%c%s]' then fit = false end\n"
    "  return d:literal(value), fit and d:quote(name) or nil\n"
    "end\n";

static lua_State *L;
static struct cw_conn *conns[SERVERS];

static void require(bool ok, const char *server, const char *what, const char *sql) {
  if (ok) return;
  fprintf(stderr, "broken: %s: %s: %s\n", server, what, sql);
  abort();
}

static void set_up(void) {
  L = luaL_newstate();
  luaL_openlibs(L);
  if (luaL_loadstring(L, library) != LUA_OK) abort();
  lua_pushliteral(L, CURLEW_SOURCE_DIR);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  for (size_t i = 0; i < SERVERS; i++) {
    const char *text = servers[i].variable ? getenv(servers[i].variable) : "sqlite://";
    struct cw_conn_opts opts = {.application = "curlew fuzz"};
    struct cw_err err = CW_ERR_INIT;
    struct cw_url *url = NULL;
    if (!text || !*text) continue;
    if (cw_url_parse(&url, text, ".", &err) || cw_conn_open(&conns[i], url, &opts, &err)) {
      fprintf(stderr, "%s: %s\n", servers[i].name, err.message);
      abort();
    }
    cw_url_free(url);
  }
}

static void reads_back(size_t i, const char *sql, size_t len, const char *value, size_t value_len,
                       const char *name) {
  struct cw_result *result = NULL;
  struct cw_err err = CW_ERR_INIT;
  const struct cw_value *row;
  if (cw_conn_query(conns[i], sql, len, NULL, 0, 0, &result, &err) ||
      cw_result_next(result, &row, &err) != 1)
    require(false, servers[i].name, err.message ? err.message : "no row", sql);
  require(row[0].type == CW_TEXT || row[0].type == CW_BLOB, servers[i].name, "another type", sql);
  require(row[0].s.len == value_len && memcmp(row[0].s.p, value, value_len) == 0, servers[i].name,
          "another value", sql);
  if (name)
    require(strcmp(cw_result_name(result, 0), name) == 0, servers[i].name, "another name", sql);
  cw_result_free(result);
}

/* One server: `SELECT value AS name; SELECT 2` is two statements, and the first one gives them back. */
static void check(size_t i, const char *value, size_t value_len, const char *name,
                  size_t name_len) {
  lua_pushvalue(L, 1);
  lua_pushstring(L, servers[i].name);
  lua_pushlstring(L, value, value_len);
  lua_pushlstring(L, name, name_len);
  if (lua_pcall(L, 3, 2, 0) != LUA_OK)
    require(false, servers[i].name, "the library fails", lua_tostring(L, -1));
  bool named = lua_isstring(L, -1);
  size_t first, len;
  lua_pushfstring(L, "SELECT %s%s%s", lua_tostring(L, -2), named ? " AS " : "",
                  named ? lua_tostring(L, -1) : "");
  const char *sql = lua_tolstring(L, -1, &first);
  lua_pushfstring(L, "%s; SELECT 2", sql);
  const char *both = lua_tolstring(L, -1, &len);

  struct cw_slices slices = {0};
  struct cw_err err = CW_ERR_INIT;
  require(cw_sql_split(both, len, servers[i].flavor, &slices, &err) == 0, servers[i].name,
          "can't be cut", both);
  require(slices.len == 2 && slices.items[0].start == 0 && slices.items[0].len == first,
          servers[i].name, "gets out of its quotes", both);
  free(slices.items);
  if (conns[i]) reads_back(i, sql, first, value, value_len, named ? name : NULL);
  lua_settop(L, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!L) set_up();
  if (size < 1) return 0;
  size_t name_len = data[0] % 65;
  if (name_len > size - 1) name_len = size - 1;
  char *name = xmalloc(name_len + 1);
  memcpy(name, data + 1, name_len);
  name[name_len] = '\0';
  size_t value_len = size - 1 - name_len;
  char *value = xmalloc(value_len + 1);
  memcpy(value, data + 1 + name_len, value_len);
  for (size_t i = 0; i < SERVERS; i++) check(i, value, value_len, name, name_len);
  free(value);
  free(name);
  return 0;
}
