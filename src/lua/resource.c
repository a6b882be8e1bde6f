/* The files that the program carries: the Lua library and the templates. While developing, those in
 * $CURLEW_LUA_PATH stand before the embedded ones. */
#include "lua/embed.h"
#include "lua/state.h"
#include "util/fs.h"

static const struct cw_embedded_file *embedded(const char *name) {
  size_t low = 0, high = cw_embedded_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(name, cw_embedded_files[middle].name);
    if (order == 0) return &cw_embedded_files[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

/* A file of the override folder, read once. */
static const struct cw_lua_file *overriding(struct cw_script *script, const char *name) {
  for (size_t i = 0; i < script->files.len; i++)
    if (strcmp(script->files.items[i].name, name) == 0) return &script->files.items[i];
  char *path = cw_path_join(script->lua_path, name);
  struct cw_lua_file file = {0};
  struct cw_err err = CW_ERR_INIT;
  /* A file that is there but can't be read falls back to the embedded one, as a missing one does. */
  bool found = cw_fs_exists(path) && !cw_fs_is_dir(path) &&
               cw_fs_read(&file.data, &file.len, path, &err) == 0;
  cw_err_release(&err);
  free(path);
  if (!found) return NULL;
  file.name = xstrdup(name);
  vec_push(&script->files, file);
  return &script->files.items[script->files.len - 1];
}

const char *cw_lua_resource(struct cw_script *script, const char *name, size_t *len) {
  if (script->lua_path) {
    const struct cw_lua_file *file = overriding(script, name);
    if (file) {
      *len = file->len;
      return file->data;
    }
  }
  const struct cw_embedded_file *file = embedded(name);
  if (!file) return NULL;
  *len = file->len;
  return (const char *)file->data;
}

/* Adds the files below `folder` of the override folder; names are relative to the latter. */
static void list_folder(struct cw_script *script, const char *folder, const char *prefix,
                        struct strvec *names) {
  char *path = *folder ? cw_path_join(script->lua_path, folder) : xstrdup(script->lua_path);
  struct strvec entries = {0};
  struct cw_err err = CW_ERR_INIT;
  if (cw_fs_is_dir(path) && cw_fs_list(&entries, path, &err) < 0) cw_err_release(&err);
  for (size_t i = 0; i < entries.len; i++) {
    char *name = *folder ? cw_path_join(folder, entries.items[i]) : xstrdup(entries.items[i]);
    char *full = cw_path_join(script->lua_path, name);
    size_t common = strlen(name) < strlen(prefix) ? strlen(name) : strlen(prefix);
    if (strncmp(name, prefix, common) != 0) {
      /* neither below the prefix nor on the way to it */
    } else if (cw_fs_is_dir(full)) {
      list_folder(script, name, prefix, names);
    } else if (common == strlen(prefix) && !strvec_has(names, name)) {
      strvec_push(names, name);
    }
    free(full);
    free(name);
  }
  strvec_release(&entries);
  free(path);
}

void cw_lua_resources(struct cw_script *script, const char *prefix, struct strvec *names) {
  struct strvec found = {0};
  for (size_t i = 0; i < cw_embedded_count; i++)
    if (strncmp(cw_embedded_files[i].name, prefix, strlen(prefix)) == 0)
      strvec_push(&found, cw_embedded_files[i].name);
  if (script->lua_path) list_folder(script, "", prefix, &found);
  strvec_sort(&found);
  strvec_copy(names, &found);
  strvec_release(&found);
}
