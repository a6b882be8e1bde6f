/* Where curlew.lua is; see config.h. */
#include "config/config.h"

#include "util/fs.h"

/* A file that was named by hand has to be there; looking elsewhere would run the wrong project. */
static int named(const char *name, const char *origin, char **path, struct cw_err *err) {
  char *absolute = cw_path_absolute(name);
  if (cw_fs_is_dir(absolute)) {
    cw_fail(err, CW_ERR_NO_CONFIG, "%s (given by %s) is a folder, not a configuration file", name,
            origin);
    cw_hint(err, "Name the file: %s%scurlew.lua", name,
            name[strlen(name) - 1] == '/' ? "" : "/");
  } else if (!cw_fs_exists(absolute)) {
    cw_fail(err, CW_ERR_NO_CONFIG, "the configuration file %s (given by %s) does not exist", name,
            origin);
    cw_hint(err, "Correct the path, or leave it out to use curlew.lua of this folder or one above "
                 "it.");
  } else {
    *path = absolute;
    return 0;
  }
  free(absolute);
  return -1;
}

int cw_config_find(const char *explicit_path, char **path, struct cw_err *err) {
  if (explicit_path) {
    if (!*explicit_path)
      return cw_fail(err, CW_ERR_USAGE, "-c needs the name of a configuration file, not \"\"");
    return named(explicit_path, "-c", path, err);
  }
  const char *variable = getenv("CURLEW_CONFIG");
  if (variable && *variable) return named(variable, "$CURLEW_CONFIG", path, err);

  char *here = cw_path_absolute("."), *dir = xstrdup(here);
  int status = -1;
  for (;;) {
    char *candidate = cw_path_join(dir, "curlew.lua");
    if (cw_fs_exists(candidate) && !cw_fs_is_dir(candidate)) {
      *path = candidate;
      status = 0;
      break;
    }
    free(candidate);
    if (strcmp(dir, "/") == 0) break;
    char *parent = cw_path_dirname(dir);
    free(dir);
    dir = parent;
  }
  if (status < 0) {
    cw_fail(err, CW_ERR_NO_CONFIG, "there is no curlew.lua in %s or in a folder above it", here);
    cw_hint(err, "`curlew init` starts a project here; -c FILE or $CURLEW_CONFIG name a "
                 "configuration elsewhere.");
  }
  free(here);
  free(dir);
  return status;
}
