/* SQL that a script sends through its connection object: reads are answered (and remembered for a
 * resumed run), writes are steps like any other; see exec.h. */
#include "op/exec_internal.h"
#include "util/alloc.h"

/* One call: its statements with their parameters bound. */
struct call {
  const struct cw_exec_sql *q;
  struct cw_stmts stmts;
  bool reads;           /* all of them only read */
};

static int add_bound(struct cw_exec *x, struct call *call, const struct cw_params *params,
                     struct cw_err *err) {
  const struct cw_exec_sql *q = call->q;
  struct cw_bound bound = CW_BOUND_INIT;
  int failed = cw_sql_bind(q->sql, q->len, cw_conn_flavor(x->conn), params, &bound, err);
  if (!failed) {
    struct cw_stmt *stmt =
        cw_stmts_add(&call->stmts, bound.sql.buf, bound.sql.len, CW_STMT_RAW | CW_STMT_COUNTS);
    for (size_t i = 0; i < bound.len; i++) cw_stmt_param(stmt, bound.values[i]);
  }
  cw_bound_release(&bound);
  return failed;
}

/* Sets that bind to the same text become one batch; lists of different lengths do not. */
static int add_sets(struct cw_exec *x, struct call *call, struct cw_err *err) {
  struct cw_stmts all = {0};
  for (size_t i = 0; i < call->q->nsets; i++)
    if (add_bound(x, call, &call->q->sets[i], err))
      return cw_err_prefix(err, "parameter set %zu: ", i + 1);
  bool same = true;
  for (size_t i = 1; i < call->stmts.len && same; i++)
    same = strcmp(call->stmts.items[0].sql, call->stmts.items[i].sql) == 0;
  if (!same || call->stmts.len < 2) return 0;
  const struct cw_stmt *first = &call->stmts.items[0];
  struct cw_stmt *batch = cw_stmts_add(&all, first->sql, first->len,
                                       CW_STMT_RAW | CW_STMT_COUNTS | CW_STMT_BATCH);
  batch->nparams = first->nparams;
  batch->nsets = call->stmts.len;
  for (size_t i = 0; i < call->stmts.len; i++)
    for (size_t k = 0; k < call->stmts.items[i].nparams; k++)
      cw_stmt_param(batch, call->stmts.items[i].params[k]);
  cw_stmts_release(&call->stmts);
  call->stmts = all;
  return 0;
}

/* Values only: bound once, since the text can't differ. */
static int add_values(struct cw_exec *x, struct call *call, struct cw_err *err) {
  const struct cw_exec_sql *q = call->q;
  struct cw_param *items = xcalloc(q->nvalues + 1, sizeof *items);
  for (size_t i = 0; i < q->nvalues; i++) items[i].value = q->values[i];
  struct cw_params params = {.items = items, .len = q->nvalues};
  int failed = add_bound(x, call, &params, err);
  free(items);
  if (failed || q->nsets == 1) return failed;
  struct cw_stmt *stmt = &call->stmts.items[0];
  stmt->flags |= CW_STMT_BATCH;
  stmt->nparams = q->nvalues;
  stmt->nsets = q->nsets;
  for (size_t i = q->nvalues; i < q->nsets * q->nvalues; i++) cw_stmt_param(stmt, q->values[i]);
  return 0;
}

static int prepare(struct cw_exec *x, struct call *call, struct cw_err *err) {
  const struct cw_exec_sql *q = call->q;
  unsigned flavor = cw_conn_flavor(x->conn);
  if (q->values) {
    if (add_values(x, call, err)) return -1;
  } else if (q->nsets > 0) {
    if (add_sets(x, call, err)) return -1;
  } else if (q->params) {
    if (add_bound(x, call, q->params, err)) return -1;
  } else {
    struct cw_slices slices = {0};
    int failed = cw_sql_split(q->sql, q->len, flavor, &slices, err);
    for (size_t i = 0; i < slices.len && !failed; i++)
      cw_stmts_add(&call->stmts, q->sql + slices.items[i].start, slices.items[i].len,
                   CW_STMT_RAW | CW_STMT_COUNTS);
    vec_release(&slices);
    if (failed) return -1;
  }
  call->reads = call->stmts.len > 0;
  for (size_t i = 0; i < call->stmts.len; i++) {
    const struct cw_stmt *stmt = &call->stmts.items[i];
    if (cw_sql_kind(stmt->sql, stmt->len, flavor) != CW_SQL_READ) call->reads = false;
  }
  return 0;
}

/* --- reads --------------------------------------------------------------------------------------- */

static int query(struct cw_exec *x, const struct cw_stmt *stmt, bool stream,
                 struct cw_result **out, struct cw_err *err) {
  unsigned flags = (stream ? CW_QUERY_STREAM : 0) | (stmt->nparams ? 0 : CW_QUERY_SIMPLE);
  cw_exec_watch(x, x->conn, x->conn);
  int failed = cw_conn_query(x->conn, stmt->sql, stmt->len, stmt->params, stmt->nparams, flags,
                             out, err);
  cw_exec_watch(x, NULL, NULL);
  return failed ? cw_segment_failed(x, err) : 0;
}

static int refuse_offline(const struct cw_exec_sql *q, struct cw_err *err) {
  char *head = cw_sql_head(q->sql, q->len, 80);
  cw_fail(err, CW_ERR_OFFLINE, "the script reads the database, which can't be done while its SQL is "
                               "only printed: %s",
          head);
  cw_hint(err, "test ctx.offline in the script, or run it online");
  cw_err_statement(err, head);
  free(head);
  return -1;
}

/* The beginning of the answer is kept: all of it where it is small. */
static int read_live(struct cw_exec *x, struct call *call, const char *what, const char *digest,
                     struct cw_result **out, struct cw_err *err) {
  size_t last = call->stmts.len - 1;
  for (size_t i = 0; i < last; i++)
    if (query(x, &call->stmts.items[i], false, NULL, err)) return -1;
  struct cw_result *result = NULL;
  struct cw_rows rows = {0};
  if (query(x, &call->stmts.items[last], call->q->stream, &result, err)) return -1;
  bool note = x->moving && x->o.journal;
  if (note && cw_rows_read(&rows, result, RECORD_LIMIT, err)) {
    cw_rows_release(&rows);
    cw_result_free(result);
    return cw_segment_failed(x, err);
  }
  if (note)
    cw_replay_note_read(x, ++x->seq, what, digest, rows.complete ? cw_rows_json(&rows) : NULL);
  if (!note) {
    *out = result;
  } else if (rows.complete) {
    cw_result_free(result);
    *out = cw_rows_result(&rows, NULL);
  } else {
    *out = cw_rows_result(&rows, result);
  }
  return 0;
}

static int read_rows(struct cw_exec *x, struct call *call, struct cw_result **out,
                     struct cw_err *err) {
  const struct cw_exec_sql *q = call->q;
  if (x->o.offline) return refuse_offline(q, err);
  char digest[65], *what = cw_sql_head(q->sql, q->len, 120);
  cw_digest(q->sql, q->len, digest);
  json_t *answer = NULL;
  int got = x->moving ? cw_replay_read(x, what, digest, q->file, q->line, &answer, err) : 0;
  int failed = got < 0 ? -1 : 0;
  if (got == 0) {
    failed = read_live(x, call, what, digest, out, err);
  } else if (got == 1) {
    struct cw_rows rows = {0};
    if (cw_rows_from_json(&rows, answer))
      *out = cw_rows_result(&rows, NULL);
    else
      failed = cw_fail(err, CW_ERR_INTERNAL, "the journal's record of \"%s\" can't be read", what);
    cw_rows_release(&rows);
  }
  json_decref(answer);
  free(what);
  return failed;
}

/* --- writes -------------------------------------------------------------------------------------- */

static int write_step(struct cw_exec *x, struct call *call, struct cw_result **out,
                      int64_t *affected, struct cw_err *err) {
  const struct cw_exec_sql *q = call->q;
  char *head = cw_sql_head(q->sql, q->len, 120), *digest = xstrndup(q->sql, q->len);
  struct cw_step step = {.op = "conn:execute",
                         .summary = head,
                         .digest = digest,
                         .file = q->file,
                         .line = q->line};
  struct cw_step_result result = {0};
  struct cw_rows rows = {0};
  int failed = cw_exec_run(x, &step, &call->stmts, &result, q->want_rows ? &rows : NULL, err);
  if (!failed) {
    *affected = result.affected;
    if (out && (rows.names.len > 0 || q->want_rows) && !x->o.offline)
      *out = cw_rows_result(&rows, NULL);
  }
  json_decref(result.key);
  cw_rows_release(&rows);
  free(digest);
  free(head);
  return failed;
}

int cw_exec_sql(struct cw_exec *x, const struct cw_exec_sql *q, struct cw_result **out,
                int64_t *affected, struct cw_err *err) {
  int64_t ignored;
  if (out) *out = NULL;
  if (!affected) affected = &ignored;
  *affected = 0;
  struct call call = {.q = q};
  int failed = cw_exec_stopped(x, err) || cw_exec_flush(x, err) || prepare(x, &call, err);
  if (!failed && call.reads && out)
    failed = read_rows(x, &call, out, err);
  else if (!failed && call.stmts.len > 0)
    failed = write_step(x, &call, out, affected, err);
  cw_stmts_release(&call.stmts);
  if (!failed) return 0;
  cw_err_where(err, q->file, q->line);
  if (x->moving && x->m.move->revision) cw_err_revision(err, x->m.move->revision->id);
  return -1;
}
