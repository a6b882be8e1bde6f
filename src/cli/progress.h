/* What a run reports (run/report.h), printed: a line for each move and one summary, or one JSON object
 * for each event. */
#ifndef CW_CLI_PROGRESS_H
#define CW_CLI_PROGRESS_H

#include "cli/out.h"
#include "run/report.h"

struct cw_progress {
  struct cw_out *out;
  const char *database; /* its name while several are run in turn, else NULL; borrowed */
  int64_t started;      /* of the run, cw_clock_ms */
  int64_t drawn;        /* of the progress line or object, for not drawing it too often */
  int64_t beat;         /* of the last line about a backfill where there is no terminal; 0: none */
  size_t done;          /* moves that ended */
  char *rows;           /* what the last run reached, or NULL: it did not end */
};

void cw_progress_init(struct cw_progress *p, struct cw_out *out);
void cw_progress_release(struct cw_progress *p);
/* Before each database's run. */
void cw_progress_start(struct cw_progress *p, const char *database);
struct cw_report cw_progress_report(struct cw_progress *p);

#endif
