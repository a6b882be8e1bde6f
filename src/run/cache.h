/* What revision files declare, remembered between commands: loading five thousand files to read four
 * fields of each is most of what a command on a large project does.
 *
 * An entry counts only for the very file it was made from (path, device, inode, size, times of change in
 * nanoseconds), and only when that file had been at rest for two seconds. The cache is one file a project
 * under $XDG_CACHE_HOME/curlew (else ~/.cache/curlew), replaced as a whole. Nothing here fails: a cache
 * that is missing, damaged, of another program or another user, or that can't be written, is as good as
 * an empty one. */
#ifndef CW_RUN_CACHE_H
#define CW_RUN_CACHE_H

#include <stdint.h>

#include "graph/revision.h"

struct cw_cache;

/* A file as it was looked at, before it was read. */
struct cw_cache_stamp {
  uint64_t known; /* 0: it could not be looked at */
  uint64_t device, inode;
  int64_t size, modified_ns, changed_ns;
};

/* The cache of the project whose revisions lie in these folders. `now_ns` is the time of day. */
struct cw_cache *cw_cache_open(const struct strvec *locations, int64_t now_ns);
/* The revision that the file declares, for the caller to free, without its text; or NULL: load it, and
 * give it to cw_cache_put with the same stamp. */
struct cw_revision *cw_cache_find(struct cw_cache *cache, const char *path,
                                  struct cw_cache_stamp *stamp);
/* Remembers a revision that was loaded; does nothing with one that is not `plain`, or when the file may
 * still be being written. The text has to be there for its checksum. */
void cw_cache_put(struct cw_cache *cache, const char *path, const struct cw_cache_stamp *stamp,
                  struct cw_revision *rev);
/* Writes what was put, if anything was, and lets go of the memory. NULL is fine. */
void cw_cache_close(struct cw_cache *cache);
/* The same without writing: the project turned out to be at fault. */
void cw_cache_abandon(struct cw_cache *cache);

#endif
