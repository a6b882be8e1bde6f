/* Where the plugins lie that come with curlew: found from the file that this code was loaded from, the
 * program or the Lua module, so that an installation can be moved. */
#include "plugin/bundled.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fs.h"

/* bin/curlew is one folder below the prefix, lib/lua/5.4/curlew.so three; a build has it beside. */
enum { LEVELS = 4 };

static char *image_path(void) {
  static const char here;
  Dl_info info;
  char path[PATH_MAX];
  const char *suffix = NULL;
  if (dladdr(&here, &info) && info.dli_fname) suffix = strrchr(info.dli_fname, '.');
  if (suffix && strcmp(suffix, ".so") == 0) return realpath(info.dli_fname, NULL);
  ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
  if (len < 0) return NULL;
  path[len] = '\0';
  return xstrdup(path);
}

char *cw_plugin_bundled_dir(void) {
  char *path = image_path(), *found = NULL;
  for (int i = 0; path && !found && i < LEVELS; i++) {
    char *slash = strrchr(path, '/');
    if (!slash) break;
    *slash = '\0';
    char *dir = xasprintf("%s/share/curlew/plugins", path);
    if (cw_fs_is_dir(dir))
      found = dir;
    else
      free(dir);
  }
  free(path);
  return found;
}
