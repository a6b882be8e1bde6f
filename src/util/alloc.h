/* Memory for the core: these calls never return NULL, running out of memory prints one line and
 * aborts. (Nothing is lost by that: a database transaction that was open is rolled back by its
 * server, and what had been committed is in the journal.) Release with plain free(). */
#ifndef CW_UTIL_ALLOC_H
#define CW_UTIL_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

#include "util/banned.h"

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
/* xrealloc for arrays: aborts when count * size overflows. */
void *xreallocarray(void *old, size_t count, size_t size);
/* Copies; a NULL argument gives NULL. */
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t len);
void *xmemdup(const void *data, size_t len);
/* printf into fresh memory. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/* Frees *p and sets it to NULL, so that a destructor may run twice. */
#define xfree(p) \
  do { \
    free((void *)(p)); \
    (p) = NULL; \
  } while (0)

#endif
