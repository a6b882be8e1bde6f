/* What the files behind plan.h share. */
#ifndef CW_GRAPH_PLAN_INTERNAL_H
#define CW_GRAPH_PLAN_INTERNAL_H

#include "graph/ident.h"
#include "graph/plan.h"

/* Refuses, with CW_ERR_USAGE, words that can't be a target in that direction. */
int cw_plan_check(const struct cw_ident *ident, enum cw_direction direction, struct cw_err *err);

/* Fills moves and rows_after: `steps` applied upon, or undone from, what `applied` has. Superfluous
 * version rows go with the first move. */
void cw_plan_build(const struct cw_graph *graph, enum cw_direction direction,
                   const struct strvec *rows, const struct cw_applied *applied,
                   const struct cw_revset *steps, struct cw_plan *out);

/* The same with several words for `upgrade`, already looked up; none is base. */
int cw_plan_to(const struct cw_graph *graph, const struct strvec *rows,
               const struct cw_applied *applied, struct cw_revlist *targets, struct cw_plan *out);

#endif
