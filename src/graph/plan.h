/* Plans: which moves an upgrade, downgrade or stamp makes, in which order, and what the version
 * rows are after each. Pure computation over a linked graph and the version rows; nothing is
 * executed. */
#ifndef CW_GRAPH_PLAN_H
#define CW_GRAPH_PLAN_H

#include "graph/graph.h"

enum cw_direction { CW_UP, CW_DOWN };

/* One statement's worth of change to the version table. Each deletes or updates exactly one row. */
enum cw_row_change_kind { CW_ROW_INSERT, CW_ROW_DELETE, CW_ROW_UPDATE };
struct cw_row_change {
  enum cw_row_change_kind kind;
  const char *from; /* DELETE, UPDATE: the id that the row holds (borrowed) */
  const char *to;   /* INSERT, UPDATE: the id that it gets (borrowed) */
};

struct cw_move {
  struct cw_revision *revision; /* NULL in a stamp's single move */
  enum cw_direction direction;
  struct cw_row_change *changes; /* in order: those of present rows, then inserts */
  size_t nchanges;
};

struct cw_plan {
  struct cw_move *moves;
  size_t nmoves;
  char *note;      /* for people, or NULL: "ae10 is already applied", "+2 continues ..." */
  char *resolved;  /* the target as ids: what an unfinished run's journal keeps. Comma-separated,
                      sorted; "base" for none. A downgrade's is "ID", "base", "BRANCH@ID" or
                      "BRANCH@base", all ids. cw_plan_continue takes it */
  struct strvec rows_after; /* the version rows once every move is done, sorted */
  struct cw_row_change *changes; /* the memory behind moves[].changes */
  struct strvec foreign;    /* ids in changes that the graph does not know (stamp --purge) */
};

void cw_plan_release(struct cw_plan *plan);

/* Each takes the current version rows and the user's words. Targets that imply one another are not
 * an error for upgrade. Ids in the version table that the graph does not know are
 * CW_ERR_UNKNOWN_IN_DATABASE (but `stamp` with purge takes them). */
int cw_plan_upgrade(const struct cw_graph *graph, const struct strvec *rows, const char *target,
                    struct cw_plan *out, struct cw_err *err);
int cw_plan_downgrade(const struct cw_graph *graph, const struct strvec *rows, const char *target,
                      struct cw_plan *out, struct cw_err *err);
/* One move (or none when the rows are already so) that holds all row changes. */
int cw_plan_stamp(const struct cw_graph *graph, const struct strvec *rows,
                  const struct strvec *targets, bool purge, struct cw_plan *out,
                  struct cw_err *err);

/* Goes on to an earlier plan's `resolved`, from the rows as they are now. */
int cw_plan_continue(const struct cw_graph *graph, enum cw_direction direction,
                     const struct strvec *rows, const char *resolved, struct cw_plan *out,
                     struct cw_err *err);

/* The same from "A:B" words, for --sql: the rows come from A instead of a database. `rows` receives
 * the rows that A stands for. Without a colon upgrade starts at base. */
int cw_plan_offline(const struct cw_graph *graph, enum cw_direction direction, const char *range,
                    struct strvec *rows, struct cw_plan *out, struct cw_err *err);
/* stamp --sql: every target may be A:B, all with the same A. */
int cw_plan_stamp_offline(const struct cw_graph *graph, const struct strvec *targets,
                          struct strvec *rows, struct cw_plan *out, struct cw_err *err);

/* "a -> b", "<base> -> a", "a, b -> m": a move for people. The caller frees. */
char *cw_move_describe(const struct cw_move *move);

#endif
