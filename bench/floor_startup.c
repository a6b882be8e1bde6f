/* The floor of `curlew current`: the least that any program must do which loads every revision file
 * with Lua 5.4 (one state, one environment a file) and reads the version rows from SQLite.
 *
 *   bench_floor_startup PROJECT DATABASE
 *
 * PROJECT has curlew.lua and migrations/versions. Prints the applied revisions, as `current` does. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <sqlite3.h>

static int is_lua(const struct dirent *entry) {
  size_t len = strlen(entry->d_name);
  return len > 4 && strcmp(entry->d_name + len - 4, ".lua") == 0;
}

/* What `require "op"` gives in a revision: enough for its first lines, which only name things. */
static int open_op(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_setfield(L, -2, "types");
  return 1;
}

static void die(const char *what, const char *why) {
  fprintf(stderr, "floor_startup: %s: %s\n", what, why);
  exit(1);
}

/* Loads one revision in an environment of its own and reads what a graph needs from it. */
static void load_revision(lua_State *L, const char *path) {
  if (luaL_loadfilex(L, path, "t") != LUA_OK)
    die(path, lua_tostring(L, -1));
  lua_newtable(L); /* chunk env */
  lua_newtable(L); /* chunk env meta */
  lua_pushglobaltable(L);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2); /* chunk env */
  lua_setupvalue(L, -2, 1);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK)
    die(path, lua_tostring(L, -1));
  if (lua_getfield(L, -1, "revision") != LUA_TSTRING)
    die(path, "no revision");
  lua_getfield(L, -2, "down_revision");
  lua_getfield(L, -3, "branch_labels");
  lua_getfield(L, -4, "depends_on");
  lua_getfield(L, -5, "upgrade");
  lua_settop(L, 0);
}

static void print_rows(const char *database) {
  sqlite3 *db;
  sqlite3_stmt *stmt;

  if (sqlite3_open_v2(database, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "SELECT version_num FROM curlew_version", -1, &stmt, NULL) !=
          SQLITE_OK)
    die(database, sqlite3_errmsg(db));
  while (sqlite3_step(stmt) == SQLITE_ROW)
    printf("%s\n", (const char *)sqlite3_column_text(stmt, 0));
  sqlite3_finalize(stmt);
  sqlite3_close(db);
}

int main(int argc, char **argv) {
  char path[4096];
  struct dirent **entries;
  lua_State *L;
  int n;

  if (argc != 3) {
    fprintf(stderr, "usage: bench_floor_startup PROJECT DATABASE\n");
    return 2;
  }
  L = luaL_newstate();
  if (!L)
    die("Lua", "no memory");
  luaL_openlibs(L);
  luaL_requiref(L, "op", open_op, 0);
  lua_settop(L, 0);

  snprintf(path, sizeof path, "%s/curlew.lua", argv[1]);
  if (luaL_dofile(L, path) != LUA_OK)
    die(path, lua_tostring(L, -1));
  lua_settop(L, 0);

  snprintf(path, sizeof path, "%s/migrations/versions", argv[1]);
  n = scandir(path, &entries, is_lua, alphasort);
  if (n < 0)
    die(path, "can't be read");
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%s/migrations/versions/%s", argv[1], entries[i]->d_name);
    load_revision(L, path);
    free(entries[i]);
  }
  free(entries);

  print_rows(argv[2]);
  lua_close(L);
  return 0;
}
