/* Pictures of the version graph for `curlew graph`: the terminal, Graphviz, Mermaid, SVG. Each
 * appends to `out` and ends with a newline. The same graph gives the same bytes. */
#ifndef CW_GRAPH_DRAW_H
#define CW_GRAPH_DRAW_H

#include "graph/graph.h"
#include "util/strbuf.h"

struct cw_draw_opts {
  const struct cw_revset *applied; /* marked; NULL: not known, nothing is marked */
  bool color;                      /* terminal: ANSI colours */
  bool ascii;                      /* terminal: no box-drawing characters */
  size_t width;                    /* terminal: its columns; longer titles are cut. 0: no end */
};

void cw_draw_text(struct strbuf *out, const struct cw_graph *graph,
                  const struct cw_draw_opts *opts);
void cw_draw_dot(struct strbuf *out, const struct cw_graph *graph,
                 const struct cw_draw_opts *opts);
void cw_draw_mermaid(struct strbuf *out, const struct cw_graph *graph,
                     const struct cw_draw_opts *opts);
void cw_draw_svg(struct strbuf *out, const struct cw_graph *graph,
                 const struct cw_draw_opts *opts);

#endif
