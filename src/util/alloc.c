/* The aborting allocators of the core; see alloc.h. */
#include "util/alloc.h"

#include <stdint.h>

static void out_of_memory(size_t size) {
  fprintf(stderr, "curlew: out of memory (asked for %zu bytes)\n", size);
  abort();
}

void *xmalloc(size_t size) {
  void *p = malloc(size ? size : 1);
  if (!p) out_of_memory(size);
  return p;
}

void *xcalloc(size_t count, size_t size) {
  void *p = calloc(count ? count : 1, size ? size : 1);
  if (!p) out_of_memory(count);
  return p;
}

void *xrealloc(void *old, size_t size) {
  void *p = realloc(old, size ? size : 1);
  if (!p) out_of_memory(size);
  return p;
}

void *xreallocarray(void *old, size_t count, size_t size) {
  if (size && count > SIZE_MAX / size) out_of_memory(SIZE_MAX);
  return xrealloc(old, count * size);
}

char *xstrdup(const char *text) { return text ? xstrndup(text, strlen(text)) : NULL; }

char *xstrndup(const char *text, size_t len) {
  if (!text) return NULL;
  char *copy = xmalloc(len + 1);
  memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}

void *xmemdup(const void *data, size_t len) {
  void *copy = xmalloc(len);
  if (len) memcpy(copy, data, len);
  return copy;
}

char *xvasprintf(const char *fmt, va_list args) {
  va_list again;
  va_copy(again, args);
  int len = vsnprintf(NULL, 0, fmt, args);
  if (len < 0) abort();
  char *text = xmalloc((size_t)len + 1);
  vsnprintf(text, (size_t)len + 1, fmt, again);
  va_end(again);
  return text;
}

char *xasprintf(const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  char *text = xvasprintf(fmt, args);
  va_end(args);
  return text;
}
