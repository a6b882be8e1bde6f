/* Questions about what a database is and what migrations do to one: p:check(), p:test(), p:snapshot(). */
#include "lua/err.h"
#include "lua/module/module.h"
#include "lua/push.h"
#include "run/selftest.h"

/* check { database = } -> what autogenerate would write: a list of operations, with `notes` and `problems` */
int cw_module_check(lua_State *L) {
  static const char *const options[] = {"database", NULL};
  static const char *const others[] = {"notes", "problems"};
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_config_db *db = cw_module_one_database(L, p, arena, options, "check");
  json_t *answer = NULL;
  int failed = cw_run_compare(p->app, db, false, &answer, &arena->err);
  if (answer) cw_arena_json(arena, answer);
  if (failed) cw_lua_throw(L, &arena->err);
  cw_lua_push_json(L, json_object_get(answer, "differences"), 0);
  if (!lua_istable(L, -1)) lua_newtable(L);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    cw_lua_push_json(L, json_object_get(answer, others[i]), 0);
    lua_setfield(L, -2, others[i]);
  }
  return 1;
}

/* test { database =, in_place =, url = } -> what `curlew test` says: a list of checks */
int cw_module_test(lua_State *L) {
  static const char *const options[] = {"database", "in_place", "url", NULL};
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_config_db *db = cw_module_one_database(L, p, arena, options, "test");
  struct cw_selftest_opts opts = {.in_place = cw_module_flag(L, 2, "in_place")};
  if (lua_istable(L, 2) && lua_getfield(L, 2, "url") == LUA_TSTRING) opts.beside = lua_tostring(L, -1);
  json_t *checks = NULL;
  int failed = cw_run_selftest(p->app, db, &opts, &checks, &arena->err);
  if (checks) cw_arena_json(arena, checks);
  if (failed) cw_lua_throw(L, &arena->err);
  lua_createtable(L, (int)json_array_size(checks), 0);
  for (size_t i = 0; i < json_array_size(checks); i++) {
    json_t *check = json_array_get(checks, i), *item;
    const char *key;
    lua_newtable(L);
    json_object_foreach(check, key, item) { /* what is null is absent */
      if (json_is_null(item)) continue;
      cw_lua_push_json(L, item, 0);
      lua_setfield(L, -2, key);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* snapshot { database =, data = } -> { objects = { [title] = lines }, rows = { [table] = lines } } */
int cw_module_snapshot(lua_State *L) {
  static const char *const options[] = {"database", "data", NULL};
  struct cw_project *p = cw_module_check_project(L);
  lua_settop(L, 2);
  struct cw_arena *arena = cw_arena_push(L);
  const struct cw_config_db *db = cw_module_one_database(L, p, arena, options, "snapshot");
  json_t *snapshot = NULL;
  int failed = cw_run_snapshot(p->app, db, cw_module_flag(L, 2, "data"), &snapshot, &arena->err);
  if (snapshot) cw_arena_json(arena, snapshot);
  if (failed) cw_lua_throw(L, &arena->err);
  cw_lua_push_json(L, snapshot, 0);
  return 1;
}
