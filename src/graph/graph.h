/* The version graph: every revision of a project, linked by down_revision and depends_on.
 *
 * Life cycle: cw_graph_new -> cw_graph_add for each loaded file -> cw_graph_link, which resolves
 * every reference and reports what is wrong with the project -> queries (resolve.h, plan.h, below),
 * all of which need a linked graph -> cw_graph_free.
 *
 * Everything is iterative and near-linear in revisions + edges: chains of ten thousand revisions
 * and long rows of diamonds are ordinary input. */
#ifndef CW_GRAPH_GRAPH_H
#define CW_GRAPH_GRAPH_H

#include "graph/revision.h"
#include "util/err.h"

struct cw_graph;

struct cw_graph *cw_graph_new(void);
void cw_graph_free(struct cw_graph *graph);

/* Takes over the revision, also on failure. Refuses a second revision of the same id
 * (CW_ERR_DUPLICATE_REVISION, naming both files). */
int cw_graph_add(struct cw_graph *graph, struct cw_revision *rev, struct cw_err *err);

/* Links everything, or reports the first problem in a fixed order: duplicate labels (naming both
 * files), labels that are ids, missing parents, missing dependencies, cycles (naming their members
 * only; self-loops too). */
int cw_graph_link(struct cw_graph *graph, struct cw_err *err);

size_t cw_graph_count(const struct cw_graph *graph);
/* All revisions, by id. Borrowed. */
const struct cw_revlist *cw_graph_all(const struct cw_graph *graph);
/* By exact id, or NULL. */
struct cw_revision *cw_graph_find(const struct cw_graph *graph, const char *id);
/* The revision that declares the label, or NULL. */
struct cw_revision *cw_graph_label(const struct cw_graph *graph, const char *label);
/* Heads (no child), real heads (no child and no dependent), bases, branch points: by id. The lists
 * belong to the graph. */
const struct cw_revlist *cw_graph_heads(const struct cw_graph *graph);
const struct cw_revlist *cw_graph_real_heads(const struct cw_graph *graph);
const struct cw_revlist *cw_graph_bases(const struct cw_graph *graph);
const struct cw_revlist *cw_graph_branch_points(const struct cw_graph *graph);

/* Newest first, children before parents, the order of `history`: the exact reverse of
 * cw_graph_order over everything. Borrowed. */
const struct cw_revlist *cw_graph_newest_first(const struct cw_graph *graph);

/* A set of revisions as a bitmap over cw_revision.index. */
struct cw_revset {
  unsigned char *bits;
  size_t count; /* of revisions the graph has */
};
void cw_revset_init(struct cw_revset *set, const struct cw_graph *graph); /* empty */
void cw_revset_release(struct cw_revset *set);
bool cw_revset_has(const struct cw_revset *set, const struct cw_revision *rev);
void cw_revset_add(struct cw_revset *set, const struct cw_revision *rev);
void cw_revset_remove(struct cw_revset *set, const struct cw_revision *rev);

/* Adds what the other set has; keeps only what it has. */
void cw_revset_union(struct cw_revset *set, const struct cw_revset *with);
void cw_revset_intersect(struct cw_revset *set, const struct cw_revset *with);

/* Adds to `set` the given revisions and everything they stand on: parents and, with `dependencies`,
 * dependencies. */
void cw_graph_ancestors(const struct cw_graph *graph, const struct cw_revlist *from,
                        bool dependencies, struct cw_revset *set);
/* The same upwards: children and, with `dependents`, dependents. */
void cw_graph_descendants(const struct cw_graph *graph, const struct cw_revlist *from,
                          bool dependents, struct cw_revset *set);

/* The order in which revisions are applied (contract 4, rule 2), appended to `out`: depth first
 * from the heads in id order, before each revision its parents as written, then its dependencies.
 * `within` is a set that holds whatever its members stand on, or NULL for all. */
void cw_graph_order(const struct cw_graph *graph, const struct cw_revset *within,
                    struct cw_revlist *out);

/* What the version rows stand for: every revision that is applied. `rows` are the ids in the
 * version table; an id that the graph does not know is CW_ERR_UNKNOWN_IN_DATABASE. */
int cw_graph_applied(const struct cw_graph *graph, const struct strvec *rows,
                     struct cw_revset *applied, struct cw_err *err);
/* The rows that an applied set must have (contract 4, rule 1): its members on which no other member
 * depends by parent or dependency. Appends to `rows`, by id. */
void cw_graph_rows(const struct cw_graph *graph, const struct cw_revset *applied,
                   struct cw_revlist *rows);
/* What `current` shows: members of an applied set without an applied child, so the rows and those
 * branch tips that are applied because something depends on them. Appends by id. */
void cw_graph_tips(const struct cw_graph *graph, const struct cw_revset *applied,
                   struct cw_revlist *tips);
/* The ids among the version rows that the graph does not know, appended in their order. */
void cw_graph_unknown_rows(const struct cw_graph *graph, const struct strvec *rows,
                           struct strvec *unknown);

#endif
