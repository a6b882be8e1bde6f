/* What one binding call owns while it runs: scratch memory, the error of the core call, anything with
 * a destructor. It sits in a to-be-closed userdata, so a Lua error that leaves the call frees it. */
#ifndef CW_LUA_ARENA_H
#define CW_LUA_ARENA_H

#include <jansson.h>

#include "lua/state.h"

struct cw_arena {
  struct cw_err err;
  struct cw_arena_chunk *chunks;
  struct cw_arena_owned *owned; /* newest first */
};

void cw_lua_open_arena(lua_State *L);
/* Pushes an empty arena, to be closed when the calling C function returns. */
struct cw_arena *cw_arena_push(lua_State *L);
/* Memory until the arena closes. The core's rule holds: never NULL. */
void *cw_arena_alloc(struct cw_arena *arena, size_t size);
void *cw_arena_array(struct cw_arena *arena, size_t count, size_t size);
/* A copy that ends with a NUL. */
char *cw_arena_copy(struct cw_arena *arena, const char *text, size_t len);
/* drop(ctx) when the arena closes. */
void cw_arena_own(struct cw_arena *arena, void (*drop)(void *ctx), void *ctx);
/* Takes over a reference and returns it. */
json_t *cw_arena_json(struct cw_arena *arena, json_t *json);

#endif
