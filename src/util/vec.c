/* The owning string vector; see vec.h. */
#include "util/vec.h"

#include "util/strbuf.h"

void strvec_push(struct strvec *v, const char *text) { strvec_take(v, xstrdup(text)); }

void strvec_take(struct strvec *v, char *text) { vec_push(v, text); }

bool strvec_has(const struct strvec *v, const char *text) {
  for (size_t i = 0; i < v->len; i++)
    if (strcmp(v->items[i], text) == 0) return true;
  return false;
}

static int by_bytes(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *v) {
  if (v->len > 1) qsort(v->items, v->len, sizeof *v->items, by_bytes);
}

void strvec_copy(struct strvec *to, const struct strvec *from) {
  for (size_t i = 0; i < from->len; i++) strvec_push(to, from->items[i]);
}

char *strvec_join(const struct strvec *v, const char *sep) {
  struct strbuf sb = STRBUF_INIT;
  for (size_t i = 0; i < v->len; i++) {
    if (i) strbuf_addstr(&sb, sep);
    strbuf_addstr(&sb, v->items[i]);
  }
  return strbuf_detach(&sb, NULL);
}

void strvec_release(struct strvec *v) {
  for (size_t i = 0; i < v->len; i++) free(v->items[i]);
  vec_release(v);
}
