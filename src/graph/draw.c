/* Pictures for other programs: Graphviz's dot, Mermaid, and SVG by itself. Parents lie below, as in
 * the terminal; dependencies are dashed. */
#include "graph/draw.h"

#include "graph/layout.h"

static bool is_applied(const struct cw_draw_opts *opts, const struct cw_revision *rev) {
  return opts->applied && cw_revset_has(opts->applied, rev);
}

/* Length of the UTF-8 character at `text`, 0 if there is none. */
static size_t utf8_len(const char *text) {
  const unsigned char *p = (const unsigned char *)text;
  size_t len = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
  for (size_t i = 1; i < len; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  return *p > 0xf4 ? 0 : len;
}

/* Titles are anything that a comment may hold: control characters and broken UTF-8 become "?", and
 * what `special` lists is written as escape_fn writes it. */
typedef void escape_fn(struct strbuf *out, char c);

static void add_escaped(struct strbuf *out, const char *text, const char *special,
                        escape_fn *escape) {
  while (*text) {
    size_t len = utf8_len(text);
    if (strchr(special, *text))
      escape(out, *text);
    else if (len == 0 || (unsigned char)*text < 0x20 || *text == 0x7f)
      strbuf_addch(out, '?');
    else
      strbuf_add(out, text, len);
    text += len ? len : 1;
  }
}

/* --- dot -------------------------------------------------------------------------------------- */

static void escape_dot(struct strbuf *out, char c) { strbuf_addf(out, "\\%c", c); }

void cw_draw_dot(struct strbuf *out, const struct cw_graph *graph,
                 const struct cw_draw_opts *opts) {
  const struct cw_revlist *all = cw_graph_newest_first(graph);
  strbuf_addstr(out, "digraph curlew {\n  rankdir=BT;\n"
                     "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
  for (size_t i = 0; i < all->len; i++) {
    const struct cw_revision *rev = all->items[i];
    strbuf_addf(out, "  \"%s\" [label=\"%s", rev->id, rev->id);
    for (size_t j = 0; j < rev->labels.len; j++) strbuf_addf(out, " (%s)", rev->labels.items[j]);
    if (*rev->title) strbuf_addstr(out, "\\n");
    add_escaped(out, rev->title, "\"\\", escape_dot);
    strbuf_addf(out, "\"%s];\n",
                is_applied(opts, rev) ? ", style=\"rounded,filled\", fillcolor=\"#cfe8cf\"" : "");
  }
  for (size_t i = 0; i < all->len; i++) {
    const struct cw_revision *rev = all->items[i];
    for (size_t j = 0; j < rev->parents.len; j++)
      strbuf_addf(out, "  \"%s\" -> \"%s\";\n", rev->parents.items[j]->id, rev->id);
    for (size_t j = 0; j < rev->depends.len; j++)
      strbuf_addf(out, "  \"%s\" -> \"%s\" [style=dashed, constraint=false];\n",
                  rev->depends.items[j]->id, rev->id);
  }
  strbuf_addstr(out, "}\n");
}

/* --- Mermaid ---------------------------------------------------------------------------------- */

static void escape_mermaid(struct strbuf *out, char c) { strbuf_addf(out, "#%d;", c); }

/* Nodes are called n0, n1, ... in id order: an id such as "end" is a word of Mermaid's own. */
void cw_draw_mermaid(struct strbuf *out, const struct cw_graph *graph,
                     const struct cw_draw_opts *opts) {
  const struct cw_revlist *all = cw_graph_newest_first(graph);
  bool any = false;
  strbuf_addstr(out, "graph BT\n");
  for (size_t i = 0; i < all->len; i++) {
    const struct cw_revision *rev = all->items[i];
    strbuf_addf(out, "  n%zu[\"%s", rev->index, rev->id);
    for (size_t j = 0; j < rev->labels.len; j++) strbuf_addf(out, " (%s)", rev->labels.items[j]);
    if (*rev->title) strbuf_addstr(out, "<br/>");
    add_escaped(out, rev->title, "\"\\#;&<>`[](){}|", escape_mermaid);
    strbuf_addstr(out, "\"]\n");
  }
  for (size_t i = 0; i < all->len; i++) {
    const struct cw_revision *rev = all->items[i];
    for (size_t j = 0; j < rev->parents.len; j++)
      strbuf_addf(out, "  n%zu --> n%zu\n", rev->parents.items[j]->index, rev->index);
    for (size_t j = 0; j < rev->depends.len; j++)
      strbuf_addf(out, "  n%zu -.-> n%zu\n", rev->depends.items[j]->index, rev->index);
  }
  for (size_t i = 0; i < all->len; i++) {
    if (!is_applied(opts, all->items[i])) continue;
    strbuf_addf(out, "%sn%zu", any ? "," : "  class ", all->items[i]->index);
    any = true;
  }
  if (any) strbuf_addstr(out, " applied\n  classDef applied fill:#cfe8cf,stroke:#2e7d32\n");
}

/* --- SVG -------------------------------------------------------------------------------------- */

enum { LANE = 22, ROW = 30, MARGIN = 20, DOT = 6, LETTER = 8 };

struct svg {
  struct strbuf *out;
  const struct cw_layout *layout;
  size_t *row_of; /* by index */
};

static void escape_xml(struct strbuf *out, char c) { strbuf_addf(out, "&#%d;", c); }

static size_t lane_x(size_t lane) { return MARGIN + lane * LANE; }

static size_t row_y(size_t row) { return MARGIN + row * ROW; }

/* From a revision into the edge's lane, which is its parent's, and down. */
static void add_line(struct svg *svg, size_t row, const struct cw_layout_edge *edge) {
  size_t x = lane_x(svg->layout->rows[row].lane), via = lane_x(edge->lane), y = row_y(row);
  strbuf_addf(svg->out, "<path class=\"line\" d=\"M%zu %zu", x, y);
  if (via != x)
    strbuf_addf(svg->out, "C%zu %zu %zu %zu %zu %zu", x, y + ROW / 2, via, y + ROW / 2, via,
                y + ROW);
  strbuf_addf(svg->out, "V%zu\"/>\n", row_y(svg->row_of[edge->parent->index]));
}

static void add_dependency(struct svg *svg, size_t row, const struct cw_revision *dep) {
  size_t end = svg->row_of[dep->index];
  size_t x = lane_x(svg->layout->rows[row].lane), x2 = lane_x(svg->layout->rows[end].lane);
  size_t bend = (x > x2 ? x : x2) + LANE;
  strbuf_addf(svg->out, "<path class=\"needs\" d=\"M%zu %zuC%zu %zu %zu %zu %zu %zu\"/>\n", x,
              row_y(row), bend, row_y(row) + ROW / 2, bend, row_y(end) - ROW / 2, x2, row_y(end));
}

static void add_node(struct svg *svg, size_t row, bool applied) {
  const struct cw_revision *rev = svg->layout->rows[row].rev;
  strbuf_addf(svg->out, "<circle class=\"%s\" cx=\"%zu\" cy=\"%zu\" r=\"%d\"/>\n",
              applied ? "applied" : "pending", lane_x(svg->layout->rows[row].lane), row_y(row),
              DOT);
  strbuf_addf(svg->out, "<text x=\"%zu\" y=\"%zu\"><tspan class=\"id\">%s</tspan>",
              lane_x(svg->layout->nlanes) + LANE / 2, row_y(row) + DOT - 1, rev->id);
  for (size_t i = 0; i < rev->labels.len; i++)
    strbuf_addf(svg->out, " <tspan class=\"label\">(%s)</tspan>", rev->labels.items[i]);
  strbuf_addch(svg->out, ' ');
  add_escaped(svg->out, rev->title, "&<>\"'", escape_xml);
  strbuf_addstr(svg->out, "</text>\n");
}

static size_t longest_text(const struct cw_layout *layout) {
  size_t longest = 0;
  for (size_t i = 0; i < layout->nrows; i++) {
    const struct cw_revision *rev = layout->rows[i].rev;
    size_t len = strlen(rev->id) + 1 + strlen(rev->title);
    for (size_t j = 0; j < rev->labels.len; j++) len += strlen(rev->labels.items[j]) + 3;
    if (len > longest) longest = len;
  }
  return longest;
}

static void open_svg(struct svg *svg) {
  size_t width = lane_x(svg->layout->nlanes) + LANE + longest_text(svg->layout) * LETTER + MARGIN;
  size_t height = row_y(svg->layout->nrows ? svg->layout->nrows - 1 : 0) + MARGIN;
  strbuf_addf(svg->out,
              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\" "
              "viewBox=\"0 0 %zu %zu\" role=\"img\">\n",
              width, height, width, height);
  strbuf_addstr(
      svg->out,
      "<title>curlew revisions</title>\n<style>\n"
      "text { font: 14px sans-serif; fill: #333 }\n"
      ".id { font-family: monospace; font-weight: bold }\n.label { fill: #00707a }\n"
      ".line { fill: none; stroke: #777; stroke-width: 2 }\n"
      ".needs { fill: none; stroke: #b06000; stroke-width: 1.5; stroke-dasharray: 4 3 }\n"
      "circle { stroke: #2e7d32; stroke-width: 2 }\n.applied { fill: #2e7d32 }\n"
      ".pending { fill: #fff }\n"
      "@media (prefers-color-scheme: dark) { text { fill: #ddd } .label { fill: #5cc8d2 } "
      ".pending { fill: #222 } }\n</style>\n");
}

void cw_draw_svg(struct strbuf *out, const struct cw_graph *graph,
                 const struct cw_draw_opts *opts) {
  struct cw_layout layout;
  cw_layout_init(&layout, graph);
  struct svg svg = {out, &layout, xcalloc(layout.nrows + 1, sizeof *svg.row_of)};
  for (size_t i = 0; i < layout.nrows; i++) svg.row_of[layout.rows[i].rev->index] = i;
  open_svg(&svg);
  for (size_t i = 0; i < layout.nrows; i++) {
    const struct cw_revision *rev = layout.rows[i].rev;
    for (size_t j = 0; j < rev->parents.len; j++) add_line(&svg, i, &layout.rows[i].edges[j]);
    for (size_t j = 0; j < rev->depends.len; j++) add_dependency(&svg, i, rev->depends.items[j]);
  }
  for (size_t i = 0; i < layout.nrows; i++)
    add_node(&svg, i, is_applied(opts, layout.rows[i].rev));
  strbuf_addstr(out, "</svg>\n");
  free(svg.row_of);
  cw_layout_release(&layout);
}
