/* A stand-in for the database of a printed script; see shadow.h. */
#include "run/shadow.h"

#include "db/record/record.h"
#include "util/alloc.h"

/* --- SQLite: in memory ---------------------------------------------------------------------------- */

/* What can't be made again (the tables behind a virtual one are there already) is let pass. */
static void try_sql(struct cw_conn *conn, const char *sql) {
  struct cw_err ignored = CW_ERR_INIT;
  cw_conn_exec(conn, sql, &ignored);
  cw_err_release(&ignored);
}

/* Tables first: the rest stands on them. */
static int copy_schema(struct cw_conn *to, struct cw_conn *from, struct cw_err *err) {
  static const char sql[] =
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
      "ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid";
  struct cw_result *result = NULL;
  const struct cw_value *row;
  int got;
  if (cw_conn_query(from, sql, strlen(sql), NULL, 0, 0, &result, err)) return -1;
  while ((got = cw_result_next(result, &row, err)) == 1) {
    char *text = xstrndup(row[0].s.p, row[0].s.len);
    try_sql(to, text);
    free(text);
  }
  cw_result_free(result);
  return got;
}

int cw_shadow_open(struct cw_shadow *shadow, const char *dialect, struct cw_conn *real,
                   struct cw_err *err) {
  struct cw_url *url = NULL;
  if (strcmp(dialect, "sqlite") != 0) return 0;
  if (cw_url_parse(&url, "sqlite://", NULL, err)) return -1;
  int failed = cw_conn_open(&shadow->conn, url, NULL, err);
  cw_url_free(url);
  if (!failed && real) failed = copy_schema(shadow->conn, real, err);
  return failed;
}

void cw_shadow_release(struct cw_shadow *shadow) {
  cw_conn_free(shadow->conn);
  cw_err_release(&shadow->gap);
}

/* --- replay --------------------------------------------------------------------------------------- */

static int replay_move(struct cw_exec *exec, const struct cw_exec_opts *opts,
                       const struct cw_move *move, struct cw_err *err) {
  bool none = move->revision->transaction == CW_TXN_NONE;
  struct cw_exec_move em = {.move = move, .none = none};
  if (cw_project_load(opts->ops, opts->script, move->revision, err)) return -1;
  if (cw_exec_move_begin(exec, &em, err) == 0 &&
      opts->ops->run(opts->script, move->revision, CW_UP, exec, err) == 0 &&
      cw_exec_move_finish(exec, err) == 0 && cw_exec_move_end(exec, false, err) == 0)
    return 0;
  bool partial;
  cw_exec_move_fail(exec, err, &partial);
  return -1;
}

/* In memory a revision can be run as it would be on the real thing, reads and all. */
static int replay_live(struct cw_shadow *shadow, const struct cw_exec_opts *opts,
                       const struct cw_move *move) {
  struct cw_exec_opts live = *opts;
  struct cw_err ignored = CW_ERR_INIT;
  live.conn = shadow->conn;
  live.catalog = NULL;
  live.shadowed = live.offline = false;
  struct cw_exec *exec = cw_exec_new(&live);
  int failed = replay_move(exec, &live, move, &ignored);
  cw_exec_free(exec);
  cw_err_release(&ignored);
  return failed;
}

int cw_shadow_replay(struct cw_shadow *shadow, const struct cw_plan *plan,
                     const struct cw_exec_opts *opts, struct cw_exec **exec, struct cw_err *err) {
  cw_record_mute(opts->conn, true);
  for (size_t i = 0; i < plan->nmoves; i++) {
    struct cw_err failure = CW_ERR_INIT;
    if (shadow->conn && replay_live(shadow, opts, &plan->moves[i]) == 0) continue;
    if (replay_move(*exec, opts, &plan->moves[i], &failure) == 0) continue;
    bool stopped = opts->stop && *opts->stop;
    if (stopped) {
      cw_err_move(err, &failure);
      return -1;
    }
    if (shadow->gap.code == CW_OK) cw_err_move(&shadow->gap, &failure);
    cw_err_release(&failure);
    if (shadow->conn) continue;
    cw_exec_free(*exec);
    *exec = cw_exec_new(opts);
  }
  cw_record_mute(opts->conn, false);
  return 0;
}
