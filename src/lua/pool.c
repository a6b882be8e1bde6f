/* Blocks by size; see pool.h. */
#include "lua/pool.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB_BYTES = 32768, LARGEST = CW_POOL_GRAIN * CW_POOL_SIZES };

struct cw_lua_slab {
  struct cw_lua_slab *next;
  _Alignas(max_align_t) char bytes[];
};

static size_t size_index(size_t size) { return (size - 1) / CW_POOL_GRAIN; }

/* What is left of the present slab goes to the lists, then there is a new one. */
static int add_slab(struct cw_lua_pool *pool) {
  struct cw_lua_slab *slab = malloc(sizeof *slab + SLAB_BYTES);
  if (!slab) return -1;
  if (pool->left) {
    size_t at = size_index(pool->left);
    *(void **)pool->next = pool->unused[at];
    pool->unused[at] = pool->next;
  }
  slab->next = pool->slabs;
  pool->slabs = slab;
  pool->next = slab->bytes;
  pool->left = SLAB_BYTES;
  return 0;
}

static void *take(struct cw_lua_pool *pool, size_t size) {
  if (size > LARGEST) return malloc(size);
  size_t at = size_index(size), bytes = (at + 1) * CW_POOL_GRAIN;
  void *p = pool->unused[at];
  if (p) {
    pool->unused[at] = *(void **)p;
    return p;
  }
  if (pool->left < bytes && add_slab(pool)) return NULL;
  p = pool->next;
  pool->next += bytes;
  pool->left -= bytes;
  return p;
}

static void give_back(struct cw_lua_pool *pool, void *p, size_t size) {
  if (size > LARGEST) {
    free(p);
    return;
  }
  size_t at = size_index(size);
  *(void **)p = pool->unused[at];
  pool->unused[at] = p;
}

static void *resize(struct cw_lua_pool *pool, void *p, size_t old_size, size_t size) {
  if (old_size > LARGEST && size > LARGEST) return realloc(p, size);
  if (old_size <= LARGEST && size <= LARGEST && size_index(old_size) == size_index(size)) return p;
  void *to = take(pool, size);
  if (!to) return NULL;
  memcpy(to, p, old_size < size ? old_size : size);
  give_back(pool, p, old_size);
  return to;
}

void *cw_lua_pool_alloc(void *ctx, void *p, size_t old_size, size_t size) {
  struct cw_lua_pool *pool = ctx;
  if (size == 0) {
    if (p) give_back(pool, p, old_size);
    return NULL;
  }
  return p ? resize(pool, p, old_size, size) : take(pool, size);
}

void cw_lua_pool_release(struct cw_lua_pool *pool) {
  while (pool->slabs) {
    struct cw_lua_slab *next = pool->slabs->next;
    free(pool->slabs);
    pool->slabs = next;
  }
  *pool = (struct cw_lua_pool){0};
}
