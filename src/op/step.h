/* One step in work: what step.c and resume.c share. */
#ifndef CW_OP_STEP_H
#define CW_OP_STEP_H

#include "op/exec_internal.h"

struct work {
  const struct cw_step *step;
  int64_t seq;
  int number;
  char digest[65];
  struct cw_stmts stmts;
  size_t from;       /* statements before this one are done */
  bool again;        /* the first one's outcome was not known: "exists already" means that it happened */
  bool probed;       /* its outcome was not known, and the catalog said that it had not happened yet */
  bool rows_there;   /* the journal has rows for all parts from `from` on */
  bool silent;       /* the journal has it: nothing is noted */
  struct cw_sent total;
};

int cw_work_compile(struct cw_exec *x, struct work *w, struct cw_stmts *given,
                    struct cw_err *err);
int cw_work_run(struct cw_exec *x, struct work *w, struct cw_rows *rows, struct cw_err *err);
void cw_work_tell(struct cw_exec *x, const struct cw_step *step, int number, bool skipped,
                  int64_t ms);
void cw_work_release(struct work *w);
/* A step that the journal may know: skipped, settled or gone on with. */
int cw_work_resume(struct cw_exec *x, struct work *w, struct cw_stmts *given,
                   struct cw_step_result *result, struct cw_rows *rows, struct cw_err *err);

#endif
