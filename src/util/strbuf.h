/* A growing byte string. Invariants: after STRBUF_INIT or strbuf_init, `buf` is always a
 * NUL-terminated string of `len` bytes (never NULL; NUL bytes inside are fine), and `cap` is 0
 * while `buf` points at the shared empty string.
 *
 * Life cycle: STRBUF_INIT -> add... -> strbuf_release, or strbuf_detach to keep the memory. */
#ifndef CW_UTIL_STRBUF_H
#define CW_UTIL_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

#include "util/alloc.h"

struct strbuf {
  char *buf;
  size_t len;
  size_t cap;
};

extern char strbuf_empty[];
#define STRBUF_INIT {strbuf_empty, 0, 0}

void strbuf_init(struct strbuf *sb);
/* Frees the memory; the buffer is then empty and usable again. */
void strbuf_release(struct strbuf *sb);
/* Length back to 0, memory kept. */
void strbuf_reset(struct strbuf *sb);
/* Gives the memory to the caller (free it) and leaves the buffer empty. */
char *strbuf_detach(struct strbuf *sb, size_t *len);
/* Room for `extra` more bytes. */
void strbuf_grow(struct strbuf *sb, size_t extra);
void strbuf_setlen(struct strbuf *sb, size_t len);

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addstr(struct strbuf *sb, const char *text);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));
/* Appends `sep` unless the buffer is empty: for lists. */
void strbuf_addsep(struct strbuf *sb, const char *sep);

#endif
