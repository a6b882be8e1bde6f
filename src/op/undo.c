/* Taking back the committed part of a move; see undo.h. */
#include "op/undo.h"

#include "op/exec_internal.h"
#include "util/alloc.h"

/* The newest step that has had an effect, or may have: its rows, still in the list. */
struct newest {
  const struct cw_step_row *first;
  bool unknown;
};

static struct newest find_newest(const struct cw_step_rows *rows) {
  struct newest found = {0};
  for (size_t i = rows->len; i-- > 0;) {
    const struct cw_step_row *row = &rows->items[i];
    if (found.first && row->seq != found.first->seq) break;
    if (strcmp(row->kind, "step") != 0) continue;
    bool intent = strcmp(row->state, "intent") == 0;
    if (!found.first && !intent && strcmp(row->state, "done") != 0) continue;
    found.first = row;
    found.unknown = found.unknown || intent;
  }
  return found;
}

static int irreversible(struct cw_exec *x, const struct cw_step_row *row, struct cw_err *err) {
  const char *id = x->m.move->revision->id;
  cw_fail(err, CW_ERR_IRREVERSIBLE, "step %lld of %s (%s) can't be taken back: it has no reverse",
          (long long)row->step, id, row->summary ? row->summary : row->op);
  cw_hint(err,
          "take it back by hand and settle it with `curlew resolve %s --forget`, or go on with "
          "`curlew upgrade %s`",
          id, id);
  err->step = (int)row->step;
  return -1;
}

static int invoke_all(struct cw_exec *x, json_t *records, struct cw_err *err) {
  size_t i;
  json_t *record;
  json_array_foreach(records, i, record) {
    if (x->o.ops->invoke(x->o.script, x, record, err)) return -1;
  }
  return cw_exec_flush(x, err);
}

/* Asks the operation itself: it is invoked, but only its probe is called. */
static int settle(struct cw_exec *x, const struct cw_step_row *row, json_t *record,
                  struct cw_err *err) {
  const char *id = x->m.move->revision->id;
  x->settled = CW_PROBE_UNKNOWN;
  x->settling = true;
  int failed = record ? x->o.ops->invoke(x->o.script, x, record, err) : 0;
  x->settling = false;
  if (failed || x->settled != CW_PROBE_UNKNOWN) return failed;
  cw_fail(err, CW_ERR_UNKNOWN_OUTCOME, "whether step %lld of %s (%s) happened can't be told",
          (long long)row->step, id, row->summary ? row->summary : row->op);
  cw_hint(err, "look whether it took effect and say so with `curlew resolve %s --applied` or "
               "`--not-applied`",
          id);
  return -1;
}

static int reverse_one(struct cw_exec *x, const struct newest *newest, struct cw_err *err) {
  const struct cw_step_row *row = newest->first;
  json_t *record = row->record ? json_loads(row->record, JSON_ALLOW_NUL, NULL) : NULL;
  json_t *reversed = NULL;
  int failed = newest->unknown ? settle(x, row, record, err) : 0;
  bool happened = !newest->unknown || x->settled == CW_PROBE_HAPPENED;
  if (!failed && happened) {
    if (record) failed = x->o.ops->reverse(x->o.script, record, &reversed, err);
    if (!failed)
      failed = json_is_array(reversed) ? invoke_all(x, reversed, err) : irreversible(x, row, err);
  }
  json_decref(reversed);
  json_decref(record);
  return failed;
}

/* The reversal and the records of both are one: what was in work is no longer of use. */
static int forget_one(struct cw_exec *x, int64_t move, int64_t seq, struct cw_err *err) {
  if (cw_segment_open(x, err)) return -1;
  if (cw_journal_delete_steps(x->o.journal, move, seq, 0, err)) return -1;
  if (x->row.id && cw_journal_delete_steps(x->o.journal, x->row.id, 0, 0, err)) return -1;
  cw_step_rows_release(&x->pending);
  cw_step_rows_release(&x->past);
  x->past_at = 0;
  x->stale_seq = 0;
  x->seq = 0;
  return x->txn_ddl ? 0 : cw_segment_commit(x, false, err);
}

int cw_exec_undo(struct cw_exec *x, int64_t move, bool *all, struct cw_err *err) {
  for (;;) {
    struct cw_step_rows rows = {0};
    if (cw_journal_load_steps(x->o.journal, move, &rows, err)) return -1;
    struct newest newest = find_newest(&rows);
    int failed = 0;
    *all = newest.first == NULL;
    if (newest.first) {
      failed = reverse_one(x, &newest, err);
      if (!failed) failed = forget_one(x, move, newest.first->seq, err);
    }
    cw_step_rows_release(&rows);
    if (failed || *all) return failed;
  }
}
