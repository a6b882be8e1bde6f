/* Lanes for the picture of the graph; see layout.h. */
#include "graph/layout.h"

#define NO_LANE ((size_t)-1)

struct lanes {
  VEC(struct cw_revision *) awaited; /* by lane: the parent it leads to, or NULL when free */
  size_t *lane_of;                   /* by index: where a revision is awaited, or NO_LANE */
};

static void free_lane(struct lanes *lanes, size_t lane) {
  lanes->awaited.items[lane] = NULL;
  while (lanes->awaited.len && !lanes->awaited.items[lanes->awaited.len - 1]) lanes->awaited.len--;
}

/* Lets `rev` be awaited in the first free lane from `from` on. */
static size_t take_lane(struct lanes *lanes, struct cw_revision *rev, size_t from) {
  size_t lane = from;
  while (lane < lanes->awaited.len && lanes->awaited.items[lane]) lane++;
  if (lane == lanes->awaited.len) vec_push(&lanes->awaited, rev);
  lanes->awaited.items[lane] = rev;
  lanes->lane_of[rev->index] = lane;
  return lane;
}

/* The parent that comes next in the picture goes on in the row's own lane: it is the last as
 * written. So lines join to the left, where what came earlier is. */
static void place_parents(struct lanes *lanes, struct cw_layout_row *row) {
  const struct cw_revlist *parents = &row->rev->parents;
  bool own = true;
  for (size_t i = parents->len; i-- > 0;) {
    struct cw_revision *parent = parents->items[i];
    struct cw_layout_edge *edge = &row->edges[i];
    edge->parent = parent;
    if (lanes->lane_of[parent->index] != NO_LANE) {
      edge->lane = lanes->lane_of[parent->index];
    } else if (own) {
      own = false;
      edge->lane = row->lane;
      lanes->awaited.items[row->lane] = parent;
      lanes->lane_of[parent->index] = row->lane;
    } else {
      edge->lane = take_lane(lanes, parent, row->lane + 1);
    }
  }
  if (own) free_lane(lanes, row->lane);
}

void cw_layout_init(struct cw_layout *layout, const struct cw_graph *graph) {
  const struct cw_revlist *order = cw_graph_newest_first(graph);
  struct lanes lanes = {.lane_of = xcalloc(order->len + 1, sizeof *lanes.lane_of)};
  size_t nedges = 0;
  for (size_t i = 0; i < order->len; i++) {
    lanes.lane_of[i] = NO_LANE;
    nedges += order->items[i]->parents.len;
  }
  *layout = (struct cw_layout){.nrows = order->len};
  layout->rows = xcalloc(order->len + 1, sizeof *layout->rows);
  layout->edges = xcalloc(nedges + 1, sizeof *layout->edges);
  struct cw_layout_edge *edges = layout->edges;
  for (size_t i = 0; i < order->len; i++) {
    struct cw_layout_row *row = &layout->rows[i];
    row->rev = order->items[i];
    row->edges = edges;
    edges += row->rev->parents.len;
    row->lane = lanes.lane_of[row->rev->index];
    if (row->lane == NO_LANE) row->lane = take_lane(&lanes, row->rev, lanes.awaited.len);
    if (lanes.awaited.len > layout->nlanes) layout->nlanes = lanes.awaited.len;
    place_parents(&lanes, row);
    if (lanes.awaited.len > layout->nlanes) layout->nlanes = lanes.awaited.len;
  }
  vec_release(&lanes.awaited);
  free(lanes.lane_of);
}

void cw_layout_release(struct cw_layout *layout) {
  xfree(layout->rows);
  xfree(layout->edges);
  layout->nrows = layout->nlanes = 0;
}
