/* From a project's files to its graph. The one place where revision files are read: their checksum and
 * what the script side runs come from the same bytes. Large projects are read from a cache (cache.h), and
 * then only what is run is loaded. */
#include <time.h>

#include "graph/script_dir.h"
#include "run/cache.h"
#include "run/internal.h"
#include "util/alloc.h"
#include "util/fs.h"

int cw_project_read(char **text, size_t *len, const char *path, struct cw_err *err) {
  if (cw_fs_read(text, len, path, err)) return -1;
  if (!memchr(*text, '\r', *len)) return 0;
  char *to = *text;
  for (size_t i = 0; i < *len; i++) {
    if ((*text)[i] == '\r' && i + 1 < *len && (*text)[i + 1] == '\n') continue;
    *to++ = (*text)[i];
  }
  *to = '\0';
  *len = (size_t)(to - *text);
  return 0;
}

/* --- one file ------------------------------------------------------------------------------------ */

static int load_file(const struct cw_script_ops *ops, struct cw_script *script, const char *path,
                     struct cw_revision **out, struct cw_err *err) {
  char *text = NULL;
  size_t len;
  if (cw_project_read(&text, &len, path, err)) return -1;
  if (ops->load_revision(script, path, text, len, out, err)) {
    cw_err_where(err, path, 0);
    free(text);
    return -1;
  }
  (*out)->text = text;
  (*out)->text_len = len;
  return 0;
}

static bool same_list(const struct strvec *a, const struct strvec *b) {
  if (a->len != b->len) return false;
  for (size_t i = 0; i < a->len; i++)
    if (strcmp(a->items[i], b->items[i]) != 0) return false;
  return true;
}

/* Whether both stand at the same place and run in the same way: all that a plan is made of. */
static bool same_revision(const struct cw_revision *a, const struct cw_revision *b) {
  return strcmp(a->id, b->id) == 0 && same_list(&a->down_revision, &b->down_revision) &&
         same_list(&a->depends_on, &b->depends_on) && same_list(&a->labels, &b->labels) &&
         a->transaction == b->transaction;
}

int cw_project_load(const struct cw_script_ops *ops, struct cw_script *script,
                    struct cw_revision *rev, struct cw_err *err) {
  struct cw_revision *loaded = NULL;
  if (rev->text) return 0;
  if (load_file(ops, script, rev->path, &loaded, err)) return -1;
  int failed = 0;
  if (same_revision(loaded, rev)) {
    rev->text = loaded->text;
    rev->text_len = loaded->text_len;
    *rev->checksum = '\0';
    loaded->text = NULL;
  } else {
    cw_fail(err, CW_ERR_BAD_SCRIPT, "the file of %s was changed while this command was running",
            rev->id);
    cw_err_where(err, rev->path, 0);
    failed = cw_hint(err, "run the same command again");
  }
  cw_revision_free(loaded);
  return failed;
}

/* --- all of them --------------------------------------------------------------------------------- */

/* Below this many files a cache would save less than a millisecond or two. */
enum { MANY_FILES = 100 };

/* What a file declares may depend on plugins (their types) or on another library, which no file's stamp
 * tells of. */
static struct cw_cache *open_cache(const struct cw_app *app, const struct strvec *locations,
                                   size_t nfiles) {
  const char *library = getenv("CURLEW_LUA_PATH");
  struct timespec now;
  if (nfiles < MANY_FILES || app->config.plugins.len || (library && *library)) return NULL;
  clock_gettime(CLOCK_REALTIME, &now);
  return cw_cache_open(locations, now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
}

/* Keeps what the file declares: no command that only looks needs more. */
static void drop_functions(const struct cw_script_ops *ops, struct cw_script *script,
                           struct cw_revision *rev) {
  cw_revision_checksum(rev); /* while there is a text */
  if (ops->forget_revision) ops->forget_revision(script, rev);
  xfree(rev->text);
  rev->text_len = 0;
}

static int add_file(struct cw_app *app, struct cw_graph *graph, struct cw_cache *cache,
                    const char *path, bool many, struct cw_err *err) {
  struct cw_cache_stamp stamp = {0};
  struct cw_revision *rev = cache ? cw_cache_find(cache, path, &stamp) : NULL;
  if (!rev) {
    if (load_file(app->ops, app->script, path, &rev, err)) return -1;
    if (cache) cw_cache_put(cache, path, &stamp, rev);
    if (many && !app->runs_scripts) drop_functions(app->ops, app->script, rev);
  }
  return cw_graph_add(graph, rev, err);
}

static int load(struct cw_app *app, const struct strvec *locations, struct cw_graph **out,
                struct cw_err *err) {
  struct strvec paths = {0};
  struct cw_graph *graph = cw_graph_new();
  bool recursive = cw_script_dir_recursive(app->config.recursive, app->config.file_template);
  int failed = cw_script_dir_list(&paths, locations, recursive, app->ops->extension, err);
  struct cw_cache *cache = failed ? NULL : open_cache(app, locations, paths.len);
  for (size_t i = 0; i < paths.len && !failed; i++)
    failed = add_file(app, graph, cache, paths.items[i], paths.len >= MANY_FILES, err);
  if (!failed) failed = cw_graph_link(graph, err);
  if (failed)
    cw_cache_abandon(cache);
  else
    cw_cache_close(cache);
  strvec_release(&paths);
  if (failed) {
    cw_graph_free(graph);
    return -1;
  }
  *out = graph;
  return 0;
}

/* The script side knows one set of revisions at a time (by id), so going from a database with folders of
 * its own to another loads anew. */
int cw_app_graph(struct cw_app *app, const struct cw_config_db *db, struct cw_graph **out,
                 struct cw_err *err) {
  const struct cw_config_db *own = db && db->version_locations.len > 0 ? db : NULL;
  if (!app->graph || app->graph_db != own) {
    struct cw_graph *graph = NULL;
    const struct strvec *locations =
        own ? &own->version_locations : &app->config.version_locations;
    if (load(app, locations, &graph, err)) return -1;
    app->graphs = xreallocarray(app->graphs, app->ngraphs + 1, sizeof *app->graphs);
    app->graphs[app->ngraphs++] = graph;
    app->graph = graph;
    app->graph_db = own;
  }
  *out = app->graph;
  return 0;
}
