/* The failing allocator; see lua_meter.h. */
#include "support/lua_meter.h"

#include <stdlib.h>

void *metered(void *ctx, void *p, size_t old, size_t size) {
  struct meter *m = ctx;
  if (!p) old = 0; /* then it tells the kind of object */
  if (size > old && m->countdown != METER_NEVER) {
    if (m->countdown > 0) {
      m->countdown--;
    } else {
      m->failed++;
      if (!m->lasting && m->failed >= 2) m->countdown = METER_NEVER; /* the retry fails as well */
      return NULL;
    }
  }
  m->used += size - old;
  if (size == 0) {
    free(p);
    return NULL;
  }
  void *fresh = realloc(p, size);
  if (!fresh) abort();
  return fresh;
}
