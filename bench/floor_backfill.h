/* What the floors of scripts/bench backfill share: the Lua function, and arguments. */
#ifndef BENCH_FLOOR_BACKFILL_H
#define BENCH_FLOOR_BACKFILL_H

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 5000 };

/* A state with the slug function at index 1. */
static inline lua_State *open_slug(const char *file) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if (luaL_dofile(L, file)) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(1);
  }
  return L;
}

/* The slug of a title, valid until the next call. */
static inline const char *slug_of(lua_State *L, const char *title, size_t len, size_t *out_len) {
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, title, len);
  lua_call(L, 1, 1);
  return lua_tolstring(L, -1, out_len);
}

static inline void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

#endif
