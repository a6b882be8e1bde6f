/* The graph's own fields, for the files of this folder that build it. */
#ifndef CW_GRAPH_GRAPH_INTERNAL_H
#define CW_GRAPH_GRAPH_INTERNAL_H

#include "graph/graph.h"

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

/* A name (id or label) and the revision that has it. The key is borrowed from the revision. */
struct cw_graph_name {
  char *name;
  struct cw_revision *rev;
  UT_hash_handle hh;
};

struct cw_graph {
  struct cw_graph_name *ids;
  struct cw_graph_name *labels;
  struct cw_revlist all; /* owned; by id once linked */
  struct cw_revlist heads, real_heads, bases, branch_points, newest_first;
  struct cw_revision **edges; /* the memory of the revisions' lists */
  char **label_names; /* and of their all_labels; the strings are the declaring revisions' */
  bool linked;
};

#endif
