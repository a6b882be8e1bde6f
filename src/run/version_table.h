/* The rows of the version table: which revisions a database is at. */
#ifndef CW_RUN_VERSION_TABLE_H
#define CW_RUN_VERSION_TABLE_H

#include "graph/plan.h"
#include "txn/tables.h"

/* Appends the rows, sorted; none when the table does not exist. */
int cw_version_read(struct cw_conn *conn, const struct cw_tables *tables, struct strvec *rows,
                    struct cw_err *err);
/* Makes a move's changes; each update and delete has to meet exactly one row. */
int cw_version_apply(struct cw_conn *conn, const struct cw_tables *tables,
                     const struct cw_move *move, struct cw_err *err);
/* The same on a sorted list in memory. */
void cw_version_change(struct strvec *rows, const struct cw_move *move);
/* Whether all ids that the plan would write fit into version_num. */
int cw_version_check_width(const struct cw_tables *tables, const struct cw_plan *plan,
                           struct cw_err *err);

#endif
