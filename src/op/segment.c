/* Segments: what lies between two commits, and the journal rows that go with each; see
 * exec_internal.h. Offline, BEGIN and COMMIT are printed like any other statement. */
#include "op/exec_internal.h"
#include "txn/txn.h"
#include "util/alloc.h"
#include "util/clock.h"

int cw_segment_open(struct cw_exec *x, struct cw_err *err) {
  if (x->open) return 0;
  cw_exec_watch(x, x->conn, x->conn);
  int failed = cw_txn_begin(x->conn, x->settings, err) || cw_lock_begin(x->o.lock, err);
  cw_exec_watch(x, NULL, NULL);
  if (failed) return -1;
  x->open = true;
  x->wrote = x->commit_lost = false;
  return 0;
}

int cw_segment_failed(struct cw_exec *x, const struct cw_err *err) {
  if (x->first.code == CW_OK && err) {
    cw_err_copy(&x->first, err);
    x->first_savepoint = x->savepoints;
  }
  return -1;
}

/* The transaction is in the failed state, or the server has ended it: the first error says why. */
static int refuse_failed(struct cw_exec *x, struct cw_err *err) {
  bool failed = cw_conn_txn_failed(x->conn);
  if (!failed && (cw_conn_in_txn(x->conn) || cw_conn_lost(x->conn))) return 0;
  if (x->first.code != CW_OK) {
    cw_err_copy(err, &x->first);
    if (!err->hint)
      cw_hint(err, "the script caught this error, but the transaction could not go on after it: "
                   "use op.savepoint() around statements that may fail");
    return -1;
  }
  return cw_fail(err, CW_ERR_STATEMENT, "the transaction was ended before it was committed: %s",
                 failed ? "it is in the failed state"
                        : "a statement of the script (or the server) ended it");
}

static int write_rows(struct cw_exec *x, struct cw_err *err) {
  struct cw_journal *j = x->o.journal;
  if (x->row.id == 0) {
    x->row.outcome = "running";
    x->row.duration_ms = cw_clock_ms() - x->began_ms;
    if (cw_journal_insert_move(j, &x->row, true, err)) return -1;
  } else if (!x->taken_over) { /* a resumed part: it is this process that works on it now */
    x->row.outcome = "running";
    x->row.finished = false;
    if (cw_journal_update_move(j, &x->row, err)) return -1;
  }
  if (x->stale_seq &&
      cw_journal_delete_steps(j, x->row.id, x->stale_seq, x->stale_part, err))
    return -1;
  return cw_journal_write_steps(j, x->row.id, &x->pending, err);
}

static void committed(struct cw_exec *x) {
  cw_step_rows_release(&x->pending);
  x->pending_bytes = 0;
  cw_err_release(&x->first);
  if (x->o.journal) cw_journal_committed(x->o.journal);
  if (x->o.events.committed) x->o.events.committed(x->o.events.ctx);
}

int cw_exec_move_claim(struct cw_exec *x, struct cw_err *err) {
  int failed = cw_journal_write_run(x->o.journal, "open", err) || write_rows(x, err) ||
               cw_lock_fence(x->o.lock, err) || cw_txn_commit(x->conn, err);
  if (failed) {
    x->row.id = x->m.resume;
    cw_segment_rollback(x);
    return -1;
  }
  x->open = false;
  x->partial = x->taken_over = true;
  x->stale_seq = 0;
  committed(x);
  return 0;
}

int cw_segment_commit(struct cw_exec *x, bool ends, struct cw_err *err) {
  if (!x->open && x->pending.len == 0) return 0;
  if (cw_segment_open(x, err)) return -1;
  if (x->o.offline) {
    x->open = false;
    return cw_txn_commit(x->conn, err);
  }
  bool had_row = x->row.id != 0, rows = !ends && x->pending.len > 0 && x->o.journal;
  int failed = refuse_failed(x, err);
  if (!failed && rows) failed = cw_journal_write_run(x->o.journal, "open", err);
  if (!failed && rows) failed = write_rows(x, err);
  if (!failed) failed = cw_lock_fence(x->o.lock, err);
  if (!failed) {
    failed = cw_txn_commit(x->conn, err);
    x->commit_lost = failed && cw_conn_lost(x->conn);
  }
  if (failed) {
    cw_segment_failed(x, err);
    if (!had_row && rows) x->row.id = 0;
    cw_segment_rollback(x);
    return -1;
  }
  x->open = false;
  if (rows) {
    x->partial = x->taken_over = true;
    x->stale_seq = 0;
  }
  committed(x);
  return 0;
}

/* What a rollback takes away is no longer pending; what committed by itself stays so. */
static void keep_updates(struct cw_exec *x, size_t from) {
  size_t kept = from;
  for (size_t i = from; i < x->pending.len; i++) {
    if (x->pending.items[i].update)
      x->pending.items[kept++] = x->pending.items[i];
    else
      cw_step_row_release(&x->pending.items[i]);
  }
  x->pending.len = kept;
}

void cw_segment_rollback(struct cw_exec *x) {
  if (!x->open) return;
  x->open = false;
  if (!x->o.offline) cw_txn_rollback(x->conn);
  if (x->o.journal) cw_journal_rolled_back(x->o.journal);
  if (!x->partial) x->row.id = 0;
  keep_updates(x, 0);
  x->savepoints = x->gone = 0;
  vec_clear(&x->marks);
}

int cw_segment_check_leave(struct cw_exec *x, const char *what, struct cw_err *err) {
  const char *inside = cw_exec_inside(x);
  if (inside)
    return cw_fail(err, CW_ERR_SCRIPT, "%s inside %s: it would end the transaction of %s", what,
                   inside, x->executing ? inside : "the batch");
  if (x->savepoints == 0) return 0;
  cw_fail(err, CW_ERR_SCRIPT, "%s can't be inside a savepoint: it commits what is open", what);
  return cw_hint(err, "move it out of op.savepoint()");
}

int cw_segment_check_written(struct cw_exec *x, const char *what, struct cw_err *err) {
  if (x->gone > 0) return 0; /* all of them, since nothing is written before cw_segment_mend */
  for (size_t i = x->marks.items[0]; i < x->pending.len; i++) {
    const struct cw_step_row *row = &x->pending.items[i];
    if (strcmp(row->kind, "step") != 0 || strcmp(row->state, "done") != 0) continue;
    cw_fail(err, CW_ERR_SCRIPT,
            "%s can't follow rows written in the same op.savepoint(): here definitions commit by "
            "themselves, and what was written (%s) could not be rolled back any more",
            what, row->summary ? row->summary : row->op);
    return cw_hint(err, "put the definition before the rows, or into an op.savepoint() of its own");
  }
  return 0;
}

/* What is written after a definition that has ended the savepoints can be rolled back again. */
int cw_segment_mend(struct cw_exec *x, struct cw_err *err) {
  if (x->gone == 0 || x->o.offline || !(cw_conn_caps(x->conn) & CW_CAP_SAVEPOINT)) return 0;
  for (int i = 0; i < x->savepoints; i++) {
    if (cw_txn_savepoint(x->conn, i + 1, err)) return cw_segment_failed(x, err);
    x->marks.items[i] = x->pending.len;
  }
  x->gone = 0;
  return 0;
}

int cw_segment_leave(struct cw_exec *x, const char *what, struct cw_err *err) {
  if (cw_segment_check_leave(x, what, err)) return -1;
  bool told = x->open && x->m.shared && !x->o.offline;
  if (cw_segment_commit(x, false, err)) return -1;
  if (told)
    cw_exec_note(x, false, "%s: everything so far is committed, a new transaction goes on", what);
  return 0;
}

/* --- what scripts ask for ------------------------------------------------------------------------ */

int cw_exec_autocommit_enter(struct cw_exec *x, struct cw_err *err) {
  if (cw_exec_flush(x, err)) return -1;
  if (cw_segment_check_leave(x, "autocommit_block", err)) return -1;
  if (x->block == 0 && x->moving && cw_segment_leave(x, "autocommit_block", err)) return -1;
  x->block++;
  return 0;
}

int cw_exec_autocommit_leave(struct cw_exec *x, struct cw_err *err) {
  int failed = cw_exec_flush(x, err);
  if (x->block > 0) x->block--;
  if (failed || x->block > 0 || !x->moving || x->m.none || !x->txn_ddl) return failed;
  return cw_segment_open(x, err);
}

int cw_exec_commit(struct cw_exec *x, struct cw_err *err) {
  if (cw_exec_flush(x, err)) return -1;
  if (x->block > 0) {
    cw_fail(err, CW_ERR_SCRIPT, "op.commit() inside an autocommit block");
    return cw_hint(err, "everything in the block is committed already: leave op.commit() out");
  }
  if (cw_exec_inside(x)) return cw_segment_check_leave(x, "op.commit()", err);
  if (!x->moving || x->m.none) return 0;
  if (cw_segment_leave(x, "op.commit()", err)) return -1;
  return x->txn_ddl ? cw_segment_open(x, err) : 0;
}

int cw_exec_savepoint_begin(struct cw_exec *x, struct cw_err *err) {
  if (cw_exec_flush(x, err) || cw_segment_open(x, err) || cw_segment_mend(x, err)) return -1;
  bool real = !x->o.offline && (cw_conn_caps(x->conn) & CW_CAP_SAVEPOINT);
  if (real && cw_txn_savepoint(x->conn, x->savepoints + 1, err)) return cw_segment_failed(x, err);
  x->savepoints++;
  vec_push(&x->marks, x->pending.len);
  return 0;
}

/* Rows of the rolled-back part stay as what the script saw: a resumed run sees it again. */
static void mark_rolled(struct cw_exec *x, size_t from) {
  for (size_t i = from; i < x->pending.len; i++) {
    struct cw_step_row *row = &x->pending.items[i];
    if (strcmp(row->kind, "read") != 0 && strcmp(row->state, "done") == 0) row->state = "rolled";
  }
}

/* The end of a savepoint that is gone: nothing to release, or to roll back to. */
static int end_gone(struct cw_exec *x, bool keep, struct cw_err *err) {
  int number = x->savepoints--;
  x->marks.len--;
  x->gone = x->savepoints;
  if (!keep && x->first_savepoint >= number) cw_err_release(&x->first);
  if (x->savepoints == 0 && cw_exec_autocommit(x)) return cw_segment_commit(x, false, err);
  return 0;
}

int cw_exec_savepoint_end(struct cw_exec *x, bool keep, struct cw_err *err) {
  if (!keep) cw_exec_drop_waiting(x);
  int failed = keep ? cw_exec_flush(x, err) : 0;
  if (x->savepoints > 0 && x->gone >= x->savepoints) return end_gone(x, keep, err) || failed ? -1 : 0;
  if (x->savepoints == 0 || !x->open)
    return failed ? -1 : cw_fail(err, CW_ERR_STATEMENT, "the savepoint is gone: its transaction "
                                                        "has ended");
  int number = x->savepoints;
  size_t mark = x->marks.items[--x->marks.len];
  bool real = !x->o.offline && (cw_conn_caps(x->conn) & CW_CAP_SAVEPOINT);
  x->savepoints--;
  if (!failed && real)
    failed = keep ? cw_txn_release(x->conn, number, err) : cw_txn_rollback_to(x->conn, number, err);
  if (failed) return cw_segment_failed(x, err);
  if (!keep) {
    mark_rolled(x, mark);
    if (x->first_savepoint >= number) cw_err_release(&x->first);
  }
  if (x->savepoints == 0 && cw_exec_autocommit(x)) return cw_segment_commit(x, false, err);
  return 0;
}
