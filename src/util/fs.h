/* Files and paths. Paths are bytes; "/" separates. Errors are CW_ERR_IO with the path and the
 * system's reason in the message. */
#ifndef CW_UTIL_FS_H
#define CW_UTIL_FS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"
#include "util/vec.h"

/* Reads a whole file; *out (caller frees) is NUL-terminated beyond its *len bytes. */
int cw_fs_read(char **out, size_t *len, const char *path, struct cw_err *err);
/* Writes a file so that a reader sees either nothing (or the former content) or all of it: a
 * temporary file beside it, fsync, rename, fsync of the folder. With `exclusive`, an existing file
 * is an error (CW_ERR_EXISTS) and is left alone, even if it appears at the last moment. */
int cw_fs_write_atomic(const char *path, const void *data, size_t len, bool exclusive,
                       struct cw_err *err);
/* Like mkdir -p. */
int cw_fs_mkdirs(const char *path, struct cw_err *err);
bool cw_fs_exists(const char *path);
bool cw_fs_is_dir(const char *path);
/* The names in a folder without "." and "..", sorted by bytes. */
int cw_fs_list(struct strvec *out, const char *path, struct cw_err *err);

/* "a/b" + "c" -> "a/b/c"; an absolute second part wins. The caller frees. */
char *cw_path_join(const char *dir, const char *name);
/* "a/b/c.lua" -> "a/b"; "c" -> "."; "/c" -> "/". The caller frees. */
char *cw_path_dirname(const char *path);
/* Borrowed: the part after the last "/". */
const char *cw_path_basename(const char *path);
/* Absolute and without ".", ".." or doubled "/", by text alone (links are not followed, the file
 * need not exist). The caller frees. */
char *cw_path_absolute(const char *path);
/* `path` as it reads best from the current folder: relative when it lies below it, else as given.
 * The caller frees. */
char *cw_path_display(const char *path);

#endif
