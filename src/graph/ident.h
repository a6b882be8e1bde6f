/* The user's words for revisions, taken apart and looked up: the parts that resolve.c and the plans
 * share. A place in the graph is a revision, or NULL for base. */
#ifndef CW_GRAPH_IDENT_H
#define CW_GRAPH_IDENT_H

#include "graph/graph.h"

enum cw_symbol {
  CW_SYM_NONE, /* "+2", "LABEL@-1": counts from what is applied */
  CW_SYM_HEAD,
  CW_SYM_HEADS,
  CW_SYM_BASE,
  CW_SYM_CURRENT,
  CW_SYM_NAME /* an id, a prefix or a label */
};

/* [branch@][symbol][+count|-count] */
struct cw_ident {
  const char *text; /* as typed; borrowed */
  char *branch;     /* or NULL */
  enum cw_symbol symbol;
  char *name;       /* of CW_SYM_NAME */
  bool relative, up;
  size_t count;     /* at least 1 when relative; too large a number is SIZE_MAX */
};

/* Fails with CW_ERR_USAGE when the text is no identifier of any command. The graph is asked for
 * labels only: one that ends in "-2" is meant as it stands. */
int cw_ident_parse(struct cw_ident *out, const struct cw_graph *graph, const char *text,
                   struct cw_err *err);
void cw_ident_release(struct cw_ident *ident);
/* Refuses, with CW_ERR_USAGE, forms that the flags of resolve.h don't allow. */
int cw_ident_check(const struct cw_ident *ident, unsigned flags, struct cw_err *err);

/* What is applied, from the version rows. */
struct cw_applied {
  struct cw_revset set;
  struct cw_revlist rows; /* as rule 1 has them, by id: superfluous ones are left out */
};
int cw_applied_init(struct cw_applied *out, const struct cw_graph *graph,
                    const struct strvec *rows, struct cw_err *err);
void cw_applied_release(struct cw_applied *applied);

/* The left side of "@": a revision, and what shares its lineage (below and above it, by parents).
 */
struct cw_branch {
  struct cw_revision *rev;
  struct cw_revset lineage;
};
/* Leaves `rev` NULL when the identifier has no branch. */
int cw_branch_init(struct cw_branch *out, const struct cw_graph *graph,
                   const struct cw_ident *ident, struct cw_err *err);
void cw_branch_release(struct cw_branch *branch);

/* The identifier without its count: appends what the symbol means on that branch, by id. Nothing
 * appended is base. `applied` is for CW_SYM_CURRENT only. */
int cw_ident_symbol(const struct cw_graph *graph, const struct cw_ident *ident,
                    const struct cw_branch *branch, const struct cw_applied *applied,
                    struct cw_revlist *out, struct cw_err *err);
/* Drops members that another member stands on, by parents or dependencies. */
void cw_revlist_drop_implied(const struct cw_graph *graph, struct cw_revlist *list);
/* Where one place is wanted: drops implied members; several left are CW_ERR_MULTIPLE_HEADS. */
int cw_ident_one(const struct cw_graph *graph, const struct cw_ident *ident,
                 struct cw_revlist *list, struct cw_revision **place, struct cw_err *err);

/* Where +N and -N count from, by the version rows and the branch. */
int cw_ident_start(const struct cw_graph *graph, const struct cw_ident *ident,
                   const struct cw_branch *branch, const struct cw_applied *applied,
                   struct cw_revision **start, struct cw_err *err);
/* Goes ident->count steps from `start`: down by parents, or up by children on the branch. A fork on
 * the way and an overwalk are CW_ERR_BAD_TARGET. */
int cw_ident_walk(const struct cw_graph *graph, const struct cw_ident *ident,
                  const struct cw_branch *branch, struct cw_revision *start,
                  struct cw_revision **place, struct cw_err *err);

/* The whole identifier: symbol or start, then the walk. Appends to `out`; nothing appended is base.
 * `applied` NULL: the database was not read, and the words that need it are CW_ERR_USAGE. */
int cw_ident_places(const struct cw_graph *graph, const struct cw_ident *ident,
                    const struct cw_branch *branch, const struct cw_applied *applied,
                    struct cw_revlist *out, struct cw_err *err);

#endif
