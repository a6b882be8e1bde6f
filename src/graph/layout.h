/* The graph as a picture: newest first, one revision a row, each line of development in a lane. The
 * same layout serves the terminal and SVG. */
#ifndef CW_GRAPH_LAYOUT_H
#define CW_GRAPH_LAYOUT_H

#include "graph/graph.h"

/* The line from a row's revision to one of its parents. A parent that is awaited already (by
 * another child) is joined in the lane where it is awaited. */
struct cw_layout_edge {
  struct cw_revision *parent;
  size_t lane; /* the parent's: the line moves there below the row and stays */
};

struct cw_layout_row {
  struct cw_revision *rev;
  size_t lane;
  struct cw_layout_edge *edges; /* one a parent, as written */
};

struct cw_layout {
  struct cw_layout_row *rows;
  size_t nrows, nlanes;
  struct cw_layout_edge *edges; /* the memory of the rows' edges */
};

void cw_layout_init(struct cw_layout *layout, const struct cw_graph *graph);
void cw_layout_release(struct cw_layout *layout);

#endif
