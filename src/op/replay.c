/* Resume is replay: the function is called again, and until the last recorded call has been passed its
 * calls are answered from the journal; see execution.md and exec_internal.h. */
#include "op/exec_internal.h"
#include "util/alloc.h"

struct cw_step_row *cw_replay_peek(struct cw_exec *x) {
  return x->past_at < x->past.len ? &x->past.items[x->past_at] : NULL;
}

size_t cw_replay_parts(const struct cw_exec *x) {
  size_t n = 0;
  int64_t seq = x->past.items[x->past_at].seq;
  while (x->past_at + n < x->past.len && x->past.items[x->past_at + n].seq == seq) n++;
  return n;
}

void cw_replay_pass(struct cw_exec *x) {
  x->seq = x->past.items[x->past_at].seq;
  x->past_at += cw_replay_parts(x);
  if (x->past_at == x->past.len && x->moving)
    cw_exec_note(x, false, "%s: everything done earlier is skipped, going on",
                 x->m.move->revision->id);
}

int cw_replay_differs(struct cw_exec *x, const char *now, const char *file, int line,
                      struct cw_err *err) {
  const struct cw_step_row *row = &x->past.items[x->past_at];
  const char *id = x->m.move->revision->id;
  bool unknown = strcmp(row->state, "intent") == 0;
  if (row->step)
    cw_fail(err, CW_ERR_CHANGED_STEP,
            "step %lld of %s %s as \"%s\", but the script now calls \"%s\" there",
            (long long)row->step, id,
            unknown ? "was begun and its outcome is not known; it was recorded" : "is done",
            row->summary ? row->summary : "?", now);
  else
    cw_fail(err, CW_ERR_CHANGED_STEP,
            "%s read \"%s\" at this point when a part of it was applied, but the script now calls "
            "\"%s\"",
            id, row->summary ? row->summary : "?", now);
  cw_hint(err,
          "put the script's done steps back as they were (later ones may change), or give the record "
          "up with `curlew resolve %s --forget`",
          id);
  if (err) err->step = (int)row->step;
  cw_err_where(err, file, line);
  return -1;
}

int cw_replay_read(struct cw_exec *x, const char *what, const char *digest, const char *file,
                   int line, json_t **out, struct cw_err *err) {
  *out = NULL;
  struct cw_step_row *row = cw_replay_peek(x);
  if (!row) return 0;
  if (strcmp(row->kind, "read") != 0 || strcmp(row->digest, digest) != 0)
    return cw_replay_differs(x, what, file, line, err);
  if (!row->result) {
    cw_fail(err, CW_ERR_CHANGED_STEP,
            "%s can't be resumed here: the answer of \"%s\" was too large to be recorded",
            x->m.move->revision->id, what);
    cw_hint(err, "finish by hand what is missing and settle it with `curlew resolve %s --forget`",
            x->m.move->revision->id);
    cw_err_where(err, file, line);
    return -1;
  }
  *out = json_loads(row->result, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  cw_replay_pass(x);
  return 1;
}

void cw_replay_note_read(struct cw_exec *x, int64_t seq, const char *what, const char *digest,
                         json_t *answer) {
  char *text = answer ? json_dumps(answer, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
  json_decref(answer);
  size_t len = text ? strlen(text) : 0;
  /* Twice the limit: escapes may double what was measured as values. */
  if (len > 2 * RECORD_LIMIT || x->pending_bytes + len > RECORD_LIMIT_ALL) xfree(text);
  x->pending_bytes += len;
  struct cw_step_row row = {.seq = seq,
                            .part = 1,
                            .parts = 1,
                            .kind = "read",
                            .state = "done",
                            .op = xstrdup("read"),
                            .summary = xstrdup(what),
                            .result = text};
  snprintf(row.digest, sizeof row.digest, "%s", digest);
  vec_push(&x->pending, row);
}
