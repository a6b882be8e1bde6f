/* The growing byte string; see strbuf.h. */
#include "util/strbuf.h"

char strbuf_empty[1];

void strbuf_init(struct strbuf *sb) {
  sb->buf = strbuf_empty;
  sb->len = sb->cap = 0;
}

void strbuf_release(struct strbuf *sb) {
  if (sb->cap) free(sb->buf);
  strbuf_init(sb);
}

void strbuf_reset(struct strbuf *sb) { strbuf_setlen(sb, 0); }

char *strbuf_detach(struct strbuf *sb, size_t *len) {
  strbuf_grow(sb, 0);
  char *text = sb->buf;
  if (len) *len = sb->len;
  strbuf_init(sb);
  return text;
}

void strbuf_grow(struct strbuf *sb, size_t extra) {
  size_t need = sb->len + extra + 1;
  if (need <= sb->cap) return;
  size_t cap = sb->cap ? sb->cap * 2 : 64;
  if (cap < need) cap = need;
  char *grown = xrealloc(sb->cap ? sb->buf : NULL, cap);
  if (!sb->cap) grown[0] = '\0';
  sb->buf = grown;
  sb->cap = cap;
}

void strbuf_setlen(struct strbuf *sb, size_t len) {
  if (!sb->cap) return;
  sb->len = len;
  sb->buf[len] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len) {
  if (!len) return;
  strbuf_grow(sb, len);
  memcpy(sb->buf + sb->len, data, len);
  sb->len += len;
  sb->buf[sb->len] = '\0';
}

void strbuf_addstr(struct strbuf *sb, const char *text) { strbuf_add(sb, text, strlen(text)); }

void strbuf_addch(struct strbuf *sb, char c) { strbuf_add(sb, &c, 1); }

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list args) {
  va_list again;
  va_copy(again, args);
  int len = vsnprintf(NULL, 0, fmt, args);
  if (len < 0) abort();
  strbuf_grow(sb, (size_t)len);
  vsnprintf(sb->buf + sb->len, (size_t)len + 1, fmt, again);
  sb->len += (size_t)len;
  va_end(again);
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  strbuf_vaddf(sb, fmt, args);
  va_end(args);
}

void strbuf_addsep(struct strbuf *sb, const char *sep) {
  if (sb->len) strbuf_addstr(sb, sep);
}
