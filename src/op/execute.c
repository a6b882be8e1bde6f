/* A step that is no list of statements: the script side does its work (an operation's `execute`) in the
 * transaction that is open, and all of it commits with the step's row of the journal. It happens wholly
 * or not at all, also where the script catches its error: a savepoint is around it. */
#include "op/exec_internal.h"
#include "util/alloc.h"

static int finish(struct cw_exec *x, bool done, struct cw_err *err) {
  if (done && cw_conn_in_txn(x->conn)) return cw_exec_savepoint_end(x, true, err);
  if (done) cw_fail(err, CW_ERR_STATEMENT, "the transaction of %s was ended by a statement in it", x->executing);
  struct cw_err ignored = CW_ERR_INIT; /* the first error says why */
  cw_exec_savepoint_end(x, false, &ignored);
  cw_err_release(&ignored);
  return -1;
}

int cw_execute(struct cw_exec *x, const struct cw_step *step, int64_t *affected,
               struct cw_err *err) {
  if (cw_exec_savepoint_begin(x, err)) return -1;
  const char *outer = x->executing;
  bool moving = x->moving;
  int64_t seq = x->seq;
  int number = x->step;
  char *name = xasprintf("op.%s", step->op);
  x->executing = name;
  x->moving = false; /* its SQL is a part of this step: nothing of it is journaled or skipped */
  int failed = finish(x, x->o.ops->execute(x->o.script, x, step, affected, err) == 0, err);
  x->moving = moving;
  x->executing = outer;
  x->seq = seq;
  x->step = number;
  x->wrote = true;
  free(name);
  return failed;
}
