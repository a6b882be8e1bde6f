/* The journal's runs and moves; see journal.h. Its steps are journal_steps.c's. */
#include "op/journal.h"

#include <sha2.h>
#include <unistd.h>

#include "curlew_config.h"
#include "op/journal_internal.h"
#include "util/alloc.h"
#include "util/clock.h"

void cw_digest(const char *text, size_t len, char *out) {
  SHA256Data((const uint8_t *)text, len, out);
}

char *cw_journal_text(const char *text) {
  if (!text || cw_text_is_utf8(text, strlen(text))) return xstrdup(text);
  char *copy = xstrdup(text);
  for (char *p = copy; *p; p++)
    if ((unsigned char)*p >= 0x80) *p = '?';
  return copy;
}

char *cw_journal_column(const struct cw_value *value) {
  if (value->type == CW_TEXT || value->type == CW_NUMERIC) return xstrndup(value->s.p, value->s.len);
  return NULL;
}

int64_t cw_journal_number(const struct cw_value *value) {
  return value->type == CW_INT ? value->i : 0;
}

/* Ids grow with the clock, so that they sort by time when someone looks at the table. */
static void make_run_id(char out[33], const struct cw_who *who) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char seed[600];
  int len = snprintf(seed, sizeof seed, "%s %lld %lld %lld.%09ld %lld", who->host,
                     (long long)who->pid, (long long)who->born, (long long)now.tv_sec, now.tv_nsec,
                     (long long)cw_clock_us());
  char digest[65];
  cw_digest(seed, (size_t)len, digest);
  snprintf(out, 33, "%010llx%.22s", (unsigned long long)now.tv_sec, digest);
}

void cw_journal_init(struct cw_journal *j, struct cw_conn *conn, const struct cw_tables *tables,
                     const char *command, const char *words) {
  *j = (struct cw_journal){.conn = conn, .tables = tables, .command = command, .words = words};
  cw_who_am_i(&j->who);
  make_run_id(j->run, &j->who);
}

void cw_journal_release(struct cw_journal *j) {
  free(j->target);
  free(j->supersedes);
  j->target = j->supersedes = NULL;
}

/* --- runs ---------------------------------------------------------------------------------------- */

int cw_journal_open_run(struct cw_journal *j, struct cw_open_run *out, struct cw_err *err) {
  *out = (struct cw_open_run){0};
  if (!j->tables->exists[CW_TABLE_RUN]) return 0;
  struct cw_result *result = NULL;
  const struct cw_value *row;
  if (cw_tables_query(j->tables, j->conn,
                      "SELECT run_id, command, words, target FROM {run} WHERE outcome = 'open' "
                      "ORDER BY run_id DESC",
                      NULL, 0, &result, err))
    return -1;
  int got = cw_result_next(result, &row, err);
  if (got == 1) {
    out->run = cw_journal_column(&row[0]);
    out->command = cw_journal_column(&row[1]);
    out->words = cw_journal_column(&row[2]);
    out->target = cw_journal_column(&row[3]);
  }
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

void cw_open_run_release(struct cw_open_run *run) {
  free(run->run);
  free(run->command);
  free(run->words);
  free(run->target);
  *run = (struct cw_open_run){0};
}

void cw_journal_adopt(struct cw_journal *j, const struct cw_open_run *run) {
  snprintf(j->run, sizeof j->run, "%s", run->run);
  free(j->target);
  j->target = xstrdup(run->target);
  j->run_written = true;
}

int cw_journal_exec(struct cw_journal *j, const char *sql, const struct cw_value *params,
                    size_t nparams, struct cw_err *err) {
  struct cw_later later = {.sql = sql, .params = params, .nparams = nparams};
  return cw_tables_later(j->tables, j->conn, later, err);
}

static int insert_run(struct cw_journal *j, const char *outcome, struct cw_err *err) {
  char now[32], *words = cw_journal_text(j->words);
  bool ended = strcmp(outcome, "open") != 0;
  cw_tables_now(j->tables, 0, now);
  struct cw_value params[] = {
      cw_text(j->run),       cw_text(j->command),  cw_text(words),
      cw_text(j->target),    cw_text(outcome),     cw_text(now),
      ended ? cw_text(now) : cw_null(),            cw_text(j->who.user),
      cw_text(j->who.host),  cw_int(j->who.pid),   cw_text(CURLEW_VERSION)};
  int failed = cw_journal_exec(j,
                              "INSERT INTO {run} (run_id, command, words, target, outcome, "
                              "started_at, finished_at, os_user, host, pid, version) "
                              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                              params, sizeof params / sizeof *params, err);
  free(words);
  return failed;
}

int cw_journal_write_run(struct cw_journal *j, const char *outcome, struct cw_err *err) {
  bool there = j->run_written || j->run_in_txn, ends = strcmp(outcome, "open") != 0;
  if (!there && j->supersedes) {
    struct cw_value run = cw_text(j->supersedes);
    if (cw_journal_exec(j, "UPDATE {run} SET outcome = 'abandoned' WHERE run_id = ?", &run, 1, err))
      return -1;
  }
  if (!there) {
    if (insert_run(j, outcome, err)) return -1;
    j->run_in_txn = true;
    j->run_ended = ends;
    return 0;
  }
  if (!ends) return 0;
  char now[32];
  struct cw_value params[] = {cw_text(outcome), cw_text(cw_tables_now(j->tables, 0, now)),
                              cw_text(j->run)};
  if (cw_journal_exec(j, "UPDATE {run} SET outcome = ?, finished_at = ? WHERE run_id = ?", params, 3,
                      err))
    return -1;
  j->run_ended = true;
  return 0;
}

void cw_journal_committed(struct cw_journal *j) {
  if (j->run_in_txn) j->run_written = true;
  j->run_in_txn = false;
}

void cw_journal_rolled_back(struct cw_journal *j) { j->run_in_txn = j->run_ended = false; }

/* --- moves --------------------------------------------------------------------------------------- */

static int take_id(struct cw_journal *j, struct cw_result *result, bool returning, int64_t *id,
                   struct cw_err *err) {
  const struct cw_value *row;
  int got = cw_result_next(result, &row, err);
  if (got < 0) return -1;
  if (returning && got == 1)
    *id = cw_journal_number(&row[0]);
  else if (!cw_result_insert_id(result, id))
    return cw_fail(err, CW_ERR_INTERNAL, "%s gave no id for a journal row",
                   cw_conn_server(j->conn));
  while (got == 1) got = cw_result_next(result, &row, err);
  return got;
}

int cw_journal_insert_move(struct cw_journal *j, struct cw_move_row *row, bool want_id,
                           struct cw_err *err) {
  char started[32], finished[32];
  char *script = cw_journal_text(row->script), *error = cw_journal_text(row->error);
  char *title = cw_journal_text(row->title);
  cw_tables_now(j->tables, row->duration_ms, started);
  cw_tables_now(j->tables, 0, finished);
  struct cw_value params[] = {cw_text(j->run),
                              cw_text(row->revision),
                              cw_text(row->direction),
                              cw_text(row->outcome),
                              row->undoes ? cw_int(row->undoes) : cw_null(),
                              cw_text(title),
                              cw_text(started),
                              row->finished ? cw_text(finished) : cw_null(),
                              cw_int(row->duration_ms),
                              cw_text(j->who.user),
                              cw_text(j->who.host),
                              cw_int(j->who.pid),
                              cw_int(j->who.born),
                              cw_text(CURLEW_VERSION),
                              cw_text(row->checksum),
                              cw_text(script),
                              cw_text(error)};
  bool returning = want_id && (cw_conn_flavor(j->conn) & CW_SQL_NUMBERED);
  struct cw_result *result = NULL;
  static const char with_id[] =
      "INSERT INTO {journal} (run_id, revision, direction, outcome, undoes, title, started_at, "
      "finished_at, duration_ms, os_user, host, pid, born, version, checksum, script, error_text) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id";
  char *plain = xstrndup(with_id, sizeof with_id - sizeof " RETURNING id");
  size_t n = sizeof params / sizeof *params;
  int failed = want_id ? cw_tables_query(j->tables, j->conn, returning ? with_id : plain, params, n,
                                         &result, err)
                       : cw_journal_exec(j, plain, params, n, err);
  if (!failed && want_id) failed = take_id(j, result, returning, &row->id, err);
  cw_result_free(result);
  free(plain);
  free(script);
  free(error);
  free(title);
  return failed;
}

int cw_journal_update_move(struct cw_journal *j, const struct cw_move_row *row,
                           struct cw_err *err) {
  char now[32], *error = cw_journal_text(row->error);
  char *title = row->resumed ? cw_journal_text(row->title) : NULL;
  char *script = row->resumed ? cw_journal_text(row->script) : NULL;
  struct cw_value params[] = {cw_text(row->outcome),
                              cw_text(error),
                              row->finished ? cw_text(cw_tables_now(j->tables, 0, now)) : cw_null(),
                              cw_int(row->duration_ms),
                              cw_text(j->who.user),
                              cw_text(j->who.host),
                              cw_int(j->who.pid),
                              cw_int(j->who.born),
                              cw_text(title),
                              cw_text(row->resumed ? row->checksum : NULL),
                              cw_text(script),
                              cw_int(row->id)};
  int failed = cw_journal_exec(j,
                              "UPDATE {journal} SET outcome = ?, error_text = ?, finished_at = ?, "
                              "duration_ms = ?, os_user = ?, host = ?, pid = ?, born = ?, "
                              "title = COALESCE(?, title), checksum = COALESCE(?, checksum), "
                              "script = COALESCE(?, script) WHERE id = ?",
                              params, sizeof params / sizeof *params, err);
  free(error);
  free(title);
  free(script);
  return failed;
}

int cw_journal_partials(struct cw_journal *j, struct cw_partials *out, struct cw_err *err) {
  *out = (struct cw_partials){0};
  if (!j->tables->exists[CW_TABLE_JOURNAL]) return 0;
  struct cw_result *result = NULL;
  const struct cw_value *row;
  if (cw_tables_query(j->tables, j->conn,
                      "SELECT id, undoes, revision, direction, run_id, started_at, os_user, host, "
                      "error_text, pid, born FROM {journal} WHERE outcome = 'running' ORDER BY id",
                      NULL, 0, &result, err))
    return -1;
  int got;
  while ((got = cw_result_next(result, &row, err)) == 1) {
    struct cw_partial p = {.id = cw_journal_number(&row[0]),
                           .undoes = cw_journal_number(&row[1]),
                           .revision = cw_journal_column(&row[2]),
                           .direction = cw_journal_column(&row[3]),
                           .run = cw_journal_column(&row[4]),
                           .started_at = cw_journal_column(&row[5]),
                           .who_user = cw_journal_column(&row[6]),
                           .who_host = cw_journal_column(&row[7]),
                           .error = cw_journal_column(&row[8]),
                           .pid = cw_journal_number(&row[9]),
                           .born = cw_journal_number(&row[10])};
    vec_push(out, p);
  }
  cw_result_free(result);
  if (got < 0) cw_partials_release(out);
  return got;
}

void cw_partials_release(struct cw_partials *partials) {
  for (size_t i = 0; i < partials->len; i++) {
    struct cw_partial *p = &partials->items[i];
    free(p->revision);
    free(p->direction);
    free(p->run);
    free(p->started_at);
    free(p->who_user);
    free(p->who_host);
    free(p->error);
  }
  vec_release(partials);
}
