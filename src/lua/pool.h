/* The memory of a Lua state. A script makes and drops many small objects, which the garbage collector frees
 * by the thousand: lists of blocks by size serve that faster than malloc. Blocks go back to the system with
 * the pool. */
#ifndef CW_LUA_POOL_H
#define CW_LUA_POOL_H

#include <stddef.h>

enum { CW_POOL_GRAIN = 16, CW_POOL_SIZES = 16 }; /* blocks of 16, 32, ... 256 bytes; larger ones are malloc's */

/* All zero: empty. */
struct cw_lua_pool {
  void *unused[CW_POOL_SIZES];  /* lists of free blocks, linked by their first word */
  struct cw_lua_slab *slabs;
  char *next;                   /* what is left of the newest slab */
  size_t left;
};

/* A lua_Alloc; `ctx` is the pool. */
void *cw_lua_pool_alloc(void *ctx, void *p, size_t old_size, size_t size);
/* Frees all blocks but malloc's. */
void cw_lua_pool_release(struct cw_lua_pool *pool);

#endif
