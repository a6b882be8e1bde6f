/* Taking back the committed part of a move, step by step. */
#ifndef CW_OP_UNDO_H
#define CW_OP_UNDO_H

#include "op/exec_run.h"

/* Within a move that was begun with `undoes`: reverses the done steps of that move, newest first, each
 * by the script side's reverse. What is reversed is deleted from the journal in the same transaction,
 * so that a run that is stopped in between goes on where it stopped, and one that meets a step which
 * can't be reversed leaves a shorter part that an upgrade can still finish. CW_ERR_IRREVERSIBLE names
 * that step. *all: every step was taken back. */
int cw_exec_undo(struct cw_exec *x, int64_t move, bool *all, struct cw_err *err);

#endif
