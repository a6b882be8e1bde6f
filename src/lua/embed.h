/* The Lua library and the templates, compiled into the program.
 *
 * embed.cmake turns every file of lua/ (but lua/_meta) into one entry of a generated table, so an
 * installed curlew needs no files beside itself. The bytes are exactly those of the file. */
#ifndef CURLEW_LUA_EMBED_H
#define CURLEW_LUA_EMBED_H

#include <stddef.h>

struct cw_embedded_file {
  const char *name;          /* path below lua/, such as "curlew/op/init.lua" */
  const unsigned char *data; /* followed by a NUL that len does not count */
  size_t len;
};

/* Sorted by name in byte order; ends with an entry whose name is NULL. */
extern const struct cw_embedded_file cw_embedded_files[];

/* Number of entries before the NULL one. */
extern const size_t cw_embedded_count;

#endif
