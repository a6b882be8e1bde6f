/* The exec of tests; see lua_fake_exec.h. */
#include "support/lua_fake_exec.h"

#include "db/sql.h"
#include "op/backfill.h"
#include "op/stmt.h"
#include "util/fs.h"

void fake_exec_init(struct cw_exec *x, const struct cw_script_ops *ops, struct cw_script *script,
                    struct cw_conn *conn) {
  *x = (struct cw_exec){.ops = ops, .script = script, .conn = conn, .log = STRBUF_INIT};
  x->info = (struct cw_exec_info){.database = "main",
                                  .dialect = "sqlite",
                                  .server = "sqlite",
                                  .server_version = "3.40.1",
                                  .direction = CW_UP,
                                  .moving = true,
                                  .catalog = conn != NULL};
}

void fake_exec_release(struct cw_exec *x) { strbuf_release(&x->log); }

static int failing(struct cw_exec *x, struct cw_err *err) {
  if (!x->fail) return 0;
  cw_err_copy(err, x->fail);
  return -1;
}

static void log_values(struct cw_exec *x, const struct cw_value *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char *text = cw_value_text(&values[i]);
    strbuf_addf(&x->log, "%s%s", i ? "," : " <", text ? text : "NULL");
    free(text);
  }
  if (count) strbuf_addstr(&x->log, ">");
}

static int send(struct cw_exec *x, const struct cw_stmt *stmt, int64_t *affected,
                struct cw_err *err) {
  static const struct {
    unsigned flag;
    const char *name;
  } names[] = {{CW_STMT_DDL, "ddl"},         {CW_STMT_AUTOCOMMIT, "autocommit"},
               {CW_STMT_RETURNS_KEY, "key"}, {CW_STMT_COUNTS, "counts"},
               {CW_STMT_RAW, "raw"},         {CW_STMT_BATCH, "batch"}};
  strbuf_addf(&x->log, "sql %s", stmt->sql);
  log_values(x, stmt->params, stmt->nparams * stmt->nsets);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (stmt->flags & names[i].flag) strbuf_addf(&x->log, " %s", names[i].name);
  strbuf_addch(&x->log, '\n');
  if (!x->conn) return 0;
  if (stmt->flags & CW_STMT_BATCH)
    return cw_conn_batch(x->conn, stmt->sql, stmt->len, stmt->params, stmt->nparams, stmt->nsets,
                         affected, err);
  struct cw_result *result;
  if (cw_conn_query(x->conn, stmt->sql, stmt->len, stmt->params, stmt->nparams, 0, &result, err) < 0)
    return -1;
  *affected += cw_result_affected(result);
  cw_result_free(result);
  return 0;
}

int cw_exec_step(struct cw_exec *x, const struct cw_step *step, struct cw_step_result *result,
                 struct cw_err *err) {
  strbuf_addf(&x->log, "step %s [%s]%s%s%s%s%s%s %s:%d\n", step->summary, step->digest,
              step->flags & CW_STEP_DDL ? " ddl" : "",
              step->flags & CW_STEP_AUTOCOMMIT ? " autocommit" : "",
              step->flags & CW_STEP_PROBE ? " probe" : "",
              step->flags & CW_STEP_DESTRUCTIVE ? " destructive" : "",
              step->group ? " group " : "", step->group ? step->group : "",
              step->file ? cw_path_basename(step->file) : "?", step->line);
  if (failing(x, err) < 0) return -1;
  if (x->skip) {
    *result = (struct cw_step_result){.affected = 7, .skipped = true};
    return 0;
  }
  if (x->keep) {
    x->kept = *step;
    x->kept.handle = x->ops->record_keep(x->script, step->handle);
    return 0;
  }
  struct cw_stmts stmts = {0};
  int status = x->ops->compile(x->script, x, &step, 1, &stmts, err);
  for (size_t i = 0; status == 0 && i < stmts.len; i++)
    status = send(x, &stmts.items[i], &result->affected, err);
  cw_stmts_release(&stmts);
  if (status == 0 && x->key) result->key = json_incref(x->key);
  return status;
}

static int run_script(struct cw_exec *x, const struct cw_exec_sql *q, struct cw_result **out,
                      int64_t *affected, struct cw_err *err) {
  struct cw_slices slices = {0};
  int status = cw_sql_split(q->sql, q->len, cw_conn_flavor(x->conn), &slices, err);
  for (size_t i = 0; status == 0 && i < slices.len; i++) {
    struct cw_result *result;
    char *sql = xstrndup(q->sql + slices.items[i].start, slices.items[i].len);
    status = cw_conn_query(x->conn, sql, slices.items[i].len, NULL, 0,
                           q->stream ? CW_QUERY_STREAM : 0, &result, err);
    free(sql);
    if (status < 0) break;
    *affected += cw_result_affected(result);
    if (i + 1 == slices.len && q->want_rows)
      *out = result;
    else
      cw_result_free(result);
  }
  vec_release(&slices);
  return status;
}

static int run_bound(struct cw_exec *x, const struct cw_exec_sql *q, const struct cw_params *params,
                     struct cw_result **out, int64_t *affected, struct cw_err *err) {
  struct cw_bound bound = CW_BOUND_INIT;
  struct cw_result *result;
  int status = cw_sql_bind(q->sql, q->len, cw_conn_flavor(x->conn), params, &bound, err);
  if (status == 0)
    status = cw_conn_query(x->conn, bound.sql.buf, bound.sql.len, bound.values, bound.len,
                           q->stream ? CW_QUERY_STREAM : 0, &result, err);
  if (status == 0) {
    *affected += cw_result_affected(result);
    if (q->want_rows)
      *out = result;
    else
      cw_result_free(result);
  }
  cw_bound_release(&bound);
  return status;
}

static int run_values(struct cw_exec *x, const struct cw_exec_sql *q, const struct cw_value *values,
                      struct cw_result **out, int64_t *affected, struct cw_err *err) {
  struct cw_param *items = xcalloc(q->nvalues, sizeof *items);
  for (size_t i = 0; i < q->nvalues; i++) items[i].value = values[i];
  struct cw_params params = {.items = items, .len = q->nvalues};
  int status = run_bound(x, q, &params, out, affected, err);
  free(items);
  return status;
}

int cw_exec_sql(struct cw_exec *x, const struct cw_exec_sql *q, struct cw_result **out,
                int64_t *affected, struct cw_err *err) {
  strbuf_addf(&x->log, "conn %.*s%s%s sets=%zu %s:%d\n", q->len > 60 ? 60 : (int)q->len, q->sql,
              q->want_rows ? " rows" : "", q->stream ? " stream" : "", q->nsets,
              q->file ? cw_path_basename(q->file) : "?", q->line);
  if (failing(x, err) < 0) return -1;
  if (!x->conn) return cw_fail(err, CW_ERR_OFFLINE, "nothing is connected");
  *affected = 0;
  for (size_t i = 0; q->values && i < q->nsets; i++)
    if (run_values(x, q, q->values + i * q->nvalues, out, affected, err) < 0) return -1;
  for (size_t i = 0; !q->values && i < q->nsets; i++)
    if (run_bound(x, q, &q->sets[i], out, affected, err) < 0) return -1;
  if (q->nsets) return 0;
  return q->params ? run_bound(x, q, q->params, out, affected, err)
                   : run_script(x, q, out, affected, err);
}

int cw_exec_copy(struct cw_exec *x, const char *sql, size_t len, const char *data, size_t n,
                 int64_t *affected, struct cw_err *err) {
  (void)data;
  (void)err;
  strbuf_addf(&x->log, "copy %.*s (%zu bytes)\n", (int)len, sql, n);
  *affected = 0;
  return 0;
}

struct cw_conn *cw_exec_conn(struct cw_exec *x) { return x->conn; }

static int logged(struct cw_exec *x, const char *what, struct cw_err *err) {
  strbuf_addf(&x->log, "%s\n", what);
  return failing(x, err);
}

int cw_exec_autocommit_enter(struct cw_exec *x, struct cw_err *err) {
  return logged(x, "autocommit enter", err);
}

int cw_exec_autocommit_leave(struct cw_exec *x, struct cw_err *err) {
  return logged(x, "autocommit leave", err);
}

int cw_exec_commit(struct cw_exec *x, struct cw_err *err) { return logged(x, "commit", err); }

int cw_exec_savepoint_begin(struct cw_exec *x, struct cw_err *err) {
  return logged(x, "savepoint begin", err);
}

int cw_exec_flush(struct cw_exec *x, struct cw_err *err) {
  if (x->fail_flush) return cw_fail(err, CW_ERR_STATEMENT, "a waiting step failed");
  return 0;
}

int cw_exec_savepoint_end(struct cw_exec *x, bool keep, struct cw_err *err) {
  strbuf_addf(&x->log, "savepoint %s\n", keep ? "keep" : "undo");
  if (x->fail_savepoint_end) return cw_fail(err, CW_ERR_STATEMENT, "the savepoint is gone");
  return 0;
}

int cw_exec_backfill(struct cw_exec *x, const struct cw_backfill *backfill,
                     struct cw_backfill_result *out, struct cw_err *err) {
  *out = (struct cw_backfill_result){.rows = 3, .batches = 2, .skipped = 1, .seconds = 0.5};
  strbuf_addf(&x->log, "backfill %s\n", backfill->step.summary);
  (void)err;
  return 0;
}

void cw_exec_log(struct cw_exec *x, const char *text) { strbuf_addf(&x->log, "log %s\n", text); }

void cw_exec_info(const struct cw_exec *x, struct cw_exec_info *info) { *info = x->info; }
