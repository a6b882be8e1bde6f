/* A step that the journal knows from an earlier run: skipped when it is done, gone on with where it
 * stopped, and settled first when nobody knows whether its last statement happened. */
#include <strings.h>

#include "op/step.h"
#include "util/alloc.h"

/* What the journal has of the step: its parts in order, `done` of them at the front. */
struct known {
  struct cw_step_row *rows;
  size_t n, done;
  bool same;   /* the script calls what was recorded */
  bool last;   /* nothing was recorded after it */
};

static bool is_state(const struct cw_step_row *row, const char *state) {
  return strcmp(row->state, state) == 0;
}

static struct known look(struct cw_exec *x, const struct work *w) {
  struct known k = {.rows = cw_replay_peek(x), .n = cw_replay_parts(x)};
  k.same = strcmp(k.rows[0].digest, w->digest) == 0;
  k.last = x->past_at + k.n == x->past.len;
  while (k.done < k.n && (is_state(&k.rows[k.done], "done") || is_state(&k.rows[k.done], "rolled")))
    k.done++;
  return k;
}

static int differs(struct cw_exec *x, const struct work *w, struct cw_err *err) {
  const char *now = w->step->summary ? w->step->summary : w->step->op;
  return cw_replay_differs(x, now, w->step->file, w->step->line, err);
}

/* --- answers ------------------------------------------------------------------------------------- */

static void take_result(const struct known *k, struct cw_step_result *result,
                        struct cw_rows *rows) {
  result->skipped = true;
  for (size_t i = 0; i < k->n; i++) {
    result->affected += k->rows[i].affected;
    json_t *json = k->rows[i].result ? json_loads(k->rows[i].result, JSON_ALLOW_NUL, NULL) : NULL;
    json_t *key = json_object_get(json, "key"), *list = json_object_get(json, "rows");
    if (key) {
      json_decref(result->key);
      result->key = json_incref(key);
    }
    if (rows && list) {
      cw_rows_release(rows);
      cw_rows_from_json(rows, list);
    }
    json_decref(json);
  }
}

static int skip(struct cw_exec *x, struct work *w, const struct known *k,
                struct cw_step_result *result, struct cw_rows *rows) {
  take_result(k, result, rows);
  cw_replay_pass(x);
  cw_work_tell(x, w->step, w->number, true, 0);
  return 0;
}

/* The script went on after this failure, so it gets it again. */
static int raise_again(struct cw_exec *x, const struct work *w, const struct cw_step_row *row,
                       struct cw_err *err) {
  json_t *json = row->result ? json_loads(row->result, 0, NULL) : NULL;
  int code = (int)json_integer_value(json_object_get(json, "code"));
  const char *sqlstate = json_string_value(json_object_get(json, "sqlstate"));
  cw_fail(err, code > 0 ? (enum cw_errcode)code : CW_ERR_STATEMENT, "%s",
          row->error ? row->error : "the statement failed");
  if (err) {
    snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate ? sqlstate : "");
    err->native = (int)json_integer_value(json_object_get(json, "native"));
  }
  json_decref(json);
  cw_replay_pass(x);
  return cw_exec_blame(x, w->step, w->number, err);
}

/* --- settling ------------------------------------------------------------------------------------ */

/* CREATE and DROP that do nothing the second time. */
static bool repeatable(const char *sql) {
  char *head = cw_sql_head(sql ? sql : "", sql ? strlen(sql) : 0, 160);
  bool create = strncasecmp(head, "CREATE ", 7) == 0, drop = strncasecmp(head, "DROP ", 5) == 0;
  bool yes = (create && (strcasestr(head, " IF NOT EXISTS ") || strcasestr(head, " OR REPLACE "))) ||
             (drop && strcasestr(head, " IF EXISTS "));
  free(head);
  return yes;
}

static int unknown(struct cw_exec *x, const struct work *w, const struct cw_step_row *row,
                   struct cw_err *err) {
  const char *id = x->m.move->revision->id;
  char *head = row->sql ? cw_sql_head(row->sql, strlen(row->sql), 300) : NULL;
  cw_fail(err, CW_ERR_UNKNOWN_OUTCOME,
          "curlew was stopped while step %d of %s ran, and whether it happened can't be told: %s",
          w->number, id, head ? head : row->summary ? row->summary : row->op);
  cw_hint(err,
          "look whether it took effect, say so with `curlew resolve %s --applied` or "
          "`curlew resolve %s --not-applied`, then run the same command again",
          id, id);
  cw_err_statement(err, row->sql);
  free(head);
  return cw_exec_blame(x, w->step, w->number, err);
}

/* The statement at the border has its intent only. *happened: it took effect. */
static int settle(struct cw_exec *x, struct work *w, const struct known *k, bool *happened,
                  struct cw_err *err) {
  const struct cw_step_row *row = &k->rows[k->done];
  bool whole = row->parts == 1 || (w->step->flags & CW_STEP_AUTOCOMMIT);
  *happened = false;
  if (w->step->flags & CW_STEP_PROBE) {
    enum cw_probe answer = CW_PROBE_UNKNOWN;
    if (!whole) {
      w->again = true;
      return 0;
    }
    if (x->o.ops->probe(x->o.script, x, w->step, &answer, err))
      return cw_exec_blame(x, w->step, w->number, err);
    *happened = answer == CW_PROBE_HAPPENED;
    w->probed = answer == CW_PROBE_NOT_YET;
    if (answer != CW_PROBE_UNKNOWN) {
      cw_exec_note(x, false, "step %d of %s (%s) had %s", w->number, x->m.move->revision->id,
                   w->step->summary ? w->step->summary : w->step->op,
                   *happened ? "taken effect" : "not taken effect yet, running it");
      return 0;
    }
  }
  return repeatable(row->sql) ? 0 : unknown(x, w, row, err);
}

/* The done rows that follow from a probe's answer, for the next commit. */
static void mark_done(struct cw_exec *x, struct known *k) {
  for (size_t i = k->done; i < k->n; i++) {
    k->rows[i].state = "done";
    struct cw_step_row row = {.seq = k->rows[i].seq,
                              .part = k->rows[i].part,
                              .parts = k->rows[i].parts,
                              .kind = "step",
                              .state = "done",
                              .update = true};
    vec_push(&x->pending, row);
  }
  k->done = k->n;
}

/* --- going on ------------------------------------------------------------------------------------ */

/* The statements as they were meant at first; false: their values were not kept. */
static bool recorded_statements(struct work *w, const struct known *k) {
  if (k->n != (size_t)k->rows[0].parts) return false;
  for (size_t i = k->done; i < k->n; i++)
    if (!k->rows[i].sql) return false;
  for (size_t i = 0; i < k->n; i++) {
    const char *sql = k->rows[i].sql ? k->rows[i].sql : "";
    json_t *json = k->rows[i].result ? json_loads(k->rows[i].result, JSON_ALLOW_NUL, NULL) : NULL;
    unsigned flags = (unsigned)json_integer_value(json_object_get(json, "flags"));
    cw_stmts_add(&w->stmts, sql, strlen(sql), flags);
    json_decref(json);
  }
  return true;
}

static void sum_up(struct work *w, const struct known *k) {
  for (size_t i = 0; i < k->done; i++) w->total.affected += k->rows[i].affected;
}

static int go_on(struct cw_exec *x, struct work *w, struct known *k, struct cw_stmts *given,
                 struct cw_rows *rows, struct cw_err *err) {
  int64_t seq = k->rows[0].seq;
  bool anew = k->done == 0 || (w->step->flags & CW_STEP_AUTOCOMMIT);
  if (!(k->same && k->n > 1 && !(w->step->flags & CW_STEP_AUTOCOMMIT) &&
        recorded_statements(w, k))) {
    if (cw_work_compile(x, w, given, err)) return -1;
    for (size_t i = 0; i < k->done && !anew; i++) {
      char digest[65] = "";
      if (i < w->stmts.len) cw_digest(w->stmts.items[i].sql, w->stmts.items[i].len, digest);
      if (strcmp(digest, k->rows[i].sql_digest) != 0) return differs(x, w, err);
    }
    x->stale_seq = seq;
    x->stale_part = anew ? 1 : (int64_t)k->done + 1;
    w->from = anew ? 0 : k->done;
  } else {
    w->rows_there = true;
    w->from = k->done;
  }
  if (!anew || w->from) sum_up(w, k);
  cw_replay_pass(x);
  w->seq = x->seq;
  return cw_work_run(x, w, rows, err);
}

int cw_work_resume(struct cw_exec *x, struct work *w, struct cw_stmts *given,
                   struct cw_step_result *result, struct cw_rows *rows, struct cw_err *err) {
  struct known k = look(x, w);
  if (strcmp(k.rows[0].kind, "read") == 0) return differs(x, w, err);
  if (strcmp(k.rows[0].kind, "session") == 0) {
    if (!k.same) return differs(x, w, err);
    cw_replay_pass(x); /* the session is a new one: its settings are made again */
    w->seq = x->seq;
    w->silent = true;
    return cw_work_compile(x, w, given, err) || cw_work_run(x, w, rows, err);
  }
  bool complete = k.done == k.n && k.n == (size_t)k.rows[0].parts;
  const struct cw_step_row *border = k.done < k.n ? &k.rows[k.done] : NULL;
  bool intent = border && is_state(border, "intent");
  if (!k.same && (complete || intent || !k.last)) return differs(x, w, err);
  if (complete) return skip(x, w, &k, result, rows);
  if (!k.last && border && is_state(border, "failed")) return raise_again(x, w, border, err);
  if (intent) {
    bool happened;
    if (settle(x, w, &k, &happened, err)) return -1;
    if (happened) {
      mark_done(x, &k);
      return skip(x, w, &k, result, rows);
    }
  }
  return go_on(x, w, &k, given, rows, err);
}
