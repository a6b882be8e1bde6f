/* A growing array of any type: `VEC(int) v = {0}; vec_push(&v, 3); v.items[0]; vec_release(&v);`.
 * Invariant: items[0 .. len-1] are valid; a zeroed struct is an empty vector. The vector owns its
 * array, never what its items point to. `strvec` below owns its strings. */
#ifndef CW_UTIL_VEC_H
#define CW_UTIL_VEC_H

#include <stdbool.h>
#include <stddef.h>

#include "util/alloc.h"

#define VEC(type) \
  struct { \
    type *items; \
    size_t len, cap; \
  }

#define vec_reserve(v, n) \
  do { \
    if ((v)->cap < (n)) { \
      size_t vec_cap_ = (v)->cap ? (v)->cap * 2 : 8; \
      if (vec_cap_ < (n)) vec_cap_ = (n); \
      (v)->items = xreallocarray((v)->items, vec_cap_, sizeof *(v)->items); \
      (v)->cap = vec_cap_; \
    } \
  } while (0)

#define vec_push(v, item) \
  do { \
    vec_reserve((v), (v)->len + 1); \
    (v)->items[(v)->len++] = (item); \
  } while (0)

#define vec_clear(v) ((void)((v)->len = 0))

#define vec_release(v) \
  do { \
    free((v)->items); \
    (v)->items = NULL; \
    (v)->len = (v)->cap = 0; \
  } while (0)

/* A vector of strings that it owns. */
struct strvec {
  char **items;
  size_t len, cap;
};

void strvec_push(struct strvec *v, const char *text);  /* copies */
void strvec_take(struct strvec *v, char *text);        /* takes over malloc'd memory */
bool strvec_has(const struct strvec *v, const char *text);
void strvec_sort(struct strvec *v);                    /* by bytes (strcmp) */
void strvec_copy(struct strvec *to, const struct strvec *from); /* appends copies */
/* Joins with `sep`; the caller frees. */
char *strvec_join(const struct strvec *v, const char *sep);
void strvec_release(struct strvec *v);

#endif
