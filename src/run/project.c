/* From a project's files to its graph. The one place where revision files are read: their checksum and
 * what the script side runs come from the same bytes. */
#include "graph/script_dir.h"
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

static int load_file(struct cw_app *app, struct cw_graph *graph, const char *path,
                     struct cw_err *err) {
  char *text = NULL;
  size_t len;
  struct cw_revision *rev = NULL;
  if (cw_project_read(&text, &len, path, err)) return -1;
  int failed = app->ops->load_revision(app->script, path, text, len, &rev, err);
  if (failed) {
    cw_err_where(err, path, 0);
  } else {
    rev->text = text;
    rev->text_len = len;
    text = NULL;
    failed = cw_graph_add(graph, rev, err);
  }
  free(text);
  return failed;
}

static int load(struct cw_app *app, const struct strvec *locations, struct cw_graph **out,
                struct cw_err *err) {
  struct strvec paths = {0};
  struct cw_graph *graph = cw_graph_new();
  bool recursive = cw_script_dir_recursive(app->config.recursive, app->config.file_template);
  int failed = cw_script_dir_list(&paths, locations, recursive, app->ops->extension, err);
  for (size_t i = 0; i < paths.len && !failed; i++)
    failed = load_file(app, graph, paths.items[i], err);
  if (!failed) failed = cw_graph_link(graph, err);
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
