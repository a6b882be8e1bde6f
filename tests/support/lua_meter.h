/* An allocator for Lua states that fails on demand and counts what is in use. */
#ifndef CW_TEST_LUA_METER_H
#define CW_TEST_LUA_METER_H

#include <stdbool.h>
#include <stddef.h>

#define METER_NEVER (-1)

struct meter {
  long countdown; /* allocations until one fails; METER_NEVER */
  bool lasting;   /* all that follow fail too */
  long failed;
  size_t used;
};

/* A lua_Alloc; ctx is a struct meter. */
void *metered(void *ctx, void *p, size_t old, size_t size);

#endif
