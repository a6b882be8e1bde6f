/* What the journal says about each revision, its rows summed up: applied or not, when, by whom, from
 * which script. */
#ifndef CW_RUN_LEDGER_H
#define CW_RUN_LEDGER_H

#include "graph/graph.h"
#include "op/journal.h"

struct cw_ledger_entry {
  char *revision, *title, *checksum, *at, *user, *host;
  int64_t duration_ms;
  int64_t id;          /* journal row of the last move that was done */
  bool applied;        /* the last move that was done was an upgrade (or a stamp to it) */
  bool failed;         /* the last move of all has failed */
  char *failed_direction, *failed_at, *error;
};
struct cw_ledger {
  struct cw_ledger_entry *items; /* sorted by revision */
  size_t len, cap;
  int64_t last_stamp;  /* journal row; what was applied before it may no longer count */
};

/* Empty when there is no journal. */
int cw_ledger_read(struct cw_ledger *ledger, struct cw_conn *conn, const struct cw_tables *tables,
                   struct cw_err *err);
const struct cw_ledger_entry *cw_ledger_find(const struct cw_ledger *ledger, const char *revision);
void cw_ledger_release(struct cw_ledger *ledger);

/* Applied revisions whose file differs from what was run (`applied` NULL: none are looked at), or is
 * gone; ids appended, sorted. */
void cw_ledger_compare(const struct cw_ledger *ledger, const struct cw_graph *graph,
                       const struct cw_revset *applied, struct strvec *changed,
                       struct strvec *missing);

#endif
