/* Scratch memory of one binding call; see arena.h. Small pieces come from chunks, so the parameters of
 * a large batch cost one allocation in thousands. */
#include "lua/arena.h"

#include <stdalign.h>

enum { CHUNK = 4096 };

struct cw_arena_chunk {
  struct cw_arena_chunk *next;
  size_t used, size;
  alignas(max_align_t) char bytes[];
};

struct cw_arena_owned {
  struct cw_arena_owned *next;
  void (*drop)(void *ctx);
  void *ctx;
};

static const char metatable_key;

static int arena_close(lua_State *L) {
  struct cw_arena *arena = lua_touserdata(L, 1);
  while (arena->owned) { /* the entries themselves lie in the chunks */
    struct cw_arena_owned *owned = arena->owned;
    arena->owned = owned->next;
    owned->drop(owned->ctx);
  }
  while (arena->chunks) {
    struct cw_arena_chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    free(chunk);
  }
  cw_err_release(&arena->err);
  return 0;
}

void cw_lua_open_arena(lua_State *L) {
  static const luaL_Reg methods[] = {{"__gc", arena_close}, {"__close", arena_close}, {NULL, NULL}};
  luaL_newlib(L, methods);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

struct cw_arena *cw_arena_push(lua_State *L) {
  luaL_checkstack(L, 4, NULL);
  struct cw_arena *arena = lua_newuserdatauv(L, sizeof *arena, 0);
  *arena = (struct cw_arena){.err = CW_ERR_INIT};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key); /* arena, metatable */
  lua_setmetatable(L, -2);
  lua_toclose(L, -1);
  return arena;
}

void *cw_arena_alloc(struct cw_arena *arena, size_t size) {
  size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
  struct cw_arena_chunk *chunk = arena->chunks;
  if (!chunk || chunk->size - chunk->used < size) {
    size_t room = size > CHUNK ? size : CHUNK;
    struct cw_arena_chunk *fresh = xmalloc(sizeof *fresh + room);
    fresh->used = 0;
    fresh->size = room;
    if (chunk && size > CHUNK) { /* a large piece alone: go on filling the current chunk */
      fresh->next = chunk->next;
      chunk->next = fresh;
    } else {
      fresh->next = chunk;
      arena->chunks = fresh;
    }
    chunk = fresh;
  }
  void *p = chunk->bytes + chunk->used;
  chunk->used += size;
  return p;
}

void *cw_arena_array(struct cw_arena *arena, size_t count, size_t size) {
  if (size && count > SIZE_MAX / 2 / size) abort(); /* Lua holds a table of that many: impossible */
  void *p = cw_arena_alloc(arena, count * size);
  if (count) memset(p, 0, count * size);
  return p;
}

char *cw_arena_copy(struct cw_arena *arena, const char *text, size_t len) {
  char *copy = cw_arena_alloc(arena, len + 1);
  if (len) memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}

void cw_arena_own(struct cw_arena *arena, void (*drop)(void *ctx), void *ctx) {
  struct cw_arena_owned *owned = cw_arena_alloc(arena, sizeof *owned);
  *owned = (struct cw_arena_owned){.next = arena->owned, .drop = drop, .ctx = ctx};
  arena->owned = owned;
}

static void drop_json(void *json) { json_decref(json); }

json_t *cw_arena_json(struct cw_arena *arena, json_t *json) {
  if (!json) abort(); /* jansson ran out of memory: the core's rule */
  cw_arena_own(arena, drop_json, json);
  return json;
}
