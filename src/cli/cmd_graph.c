/* curlew graph: the revisions as a picture, in the terminal or for other programs. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/entry.h"
#include "graph/draw.h"

static const struct cw_opt opts[] = {
  {.name = "offline", .help = "don't ask the database which revisions are applied"},
  {0},
};

static const char *const formats[] = {"text", "json", "dot", "mermaid", "svg", NULL};

/* What is applied; false when no database answers: the picture is worth having all the same. */
static bool read_applied(struct cw_cli *cli, const struct cw_config_db *db,
                         const struct cw_graph *graph, struct cw_revset *applied) {
  struct strvec rows = {0};
  struct cw_err err = CW_ERR_INIT;
  if (cw_args_count(&cli->args, "offline") || (!db->url && !db->url_function)) return false;
  bool known = cw_cli_rows(cli, db, &rows, NULL, NULL, &err) == 0 &&
               cw_graph_applied(graph, &rows, applied, &err) == 0;
  if (!known) cw_out_warning(&cli->out, "applied revisions are not marked: %s", err.message);
  strvec_release(&rows);
  cw_err_release(&err);
  return known;
}

/* Box-drawing characters where the terminal's encoding has them. */
static bool wants_ascii(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = getenv(names[i]);
    if (value && *value) return !strcasestr(value, "utf-8") && !strcasestr(value, "utf8");
  }
  return false;
}

/* Columns of the terminal that the picture goes to; 0: it goes elsewhere. */
static size_t terminal_width(void) {
  struct winsize size = {0};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static json_t *nodes_json(const struct cw_graph *graph, const struct cw_revset *applied) {
  const struct cw_revlist *all = cw_graph_newest_first(graph);
  json_t *list = json_array();
  for (size_t i = 0; i < all->len; i++) {
    const struct cw_revision *rev = all->items[i];
    json_t *node = cw_entry_json(rev, false, NULL);
    json_object_del(node, "is_current");
    json_object_set_new(node, "applied",
                        applied ? json_boolean(cw_revset_has(applied, rev)) : json_null());
    json_array_append_new(list, node);
  }
  return list;
}

static int graph(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                 struct cw_err *err) {
  struct cw_graph *g;
  struct cw_revset applied;
  if (cw_app_graph(cli->app, db, &g, err) < 0) return -1;
  cw_revset_init(&applied, g);
  bool known = read_applied(cli, db, g, &applied);
  if (cli->out.json) {
    json_object_set_new(doc, "graph", nodes_json(g, known ? &applied : NULL));
  } else {
    const char *format = cw_args_value(&cli->args, "format");
    struct cw_draw_opts draw = {.applied = known ? &applied : NULL,
                                .color = cli->out.color,
                                .ascii = wants_ascii(),
                                .width = terminal_width()};
    struct strbuf picture = STRBUF_INIT;
    if (!format || strcmp(format, "text") == 0)
      cw_draw_text(&picture, g, &draw);
    else if (strcmp(format, "dot") == 0)
      cw_draw_dot(&picture, g, &draw);
    else if (strcmp(format, "mermaid") == 0)
      cw_draw_mermaid(&picture, g, &draw);
    else
      cw_draw_svg(&picture, g, &draw);
    cw_out_text(&cli->out, picture.buf, picture.len);
    strbuf_release(&picture);
  }
  cw_revset_release(&applied);
  return 0;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  return cw_cli_query(cli, graph, !cw_args_count(&cli->args, "offline"), err);
}

const struct cw_command cw_cmd_graph = {
  .name = "graph",
  .group = CW_GROUP_LOOK,
  .args = "",
  .summary = "Draw the revisions and where they branch and join",
  .help = "Draws all revisions, newest first, with a filled mark for those that are applied. With "
          "--format dot, mermaid or svg the picture is written for Graphviz, for Markdown, or as an "
          "image:\n\n"
          "  curlew graph                          in the terminal\n"
          "  curlew graph --format svg > graph.svg\n\n"
          "A database that can't be reached is no error: then nothing is marked.",
  .opts = opts,
  .formats = formats,
  .run = run,
};
