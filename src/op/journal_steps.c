/* The journal's steps and recorded reads; see journal.h. */
#include "op/journal_internal.h"
#include "util/alloc.h"

enum { COLUMNS = 17, ROWS_AT_ONCE = 200, FEW_ROWS = 8 };

void cw_step_row_release(struct cw_step_row *row) {
  free(row->op);
  free(row->summary);
  free(row->sql);
  free(row->record);
  free(row->result);
  free(row->error);
  *row = (struct cw_step_row){0};
}

void cw_step_rows_release(struct cw_step_rows *rows) {
  for (size_t i = 0; i < rows->len; i++) cw_step_row_release(&rows->items[i]);
  vec_release(rows);
}

/* --- writing ------------------------------------------------------------------------------------- */

static struct cw_value text_or_null(const char *text) { return *text ? cw_text(text) : cw_null(); }

static void fill(struct cw_value *v, int64_t move, const struct cw_step_row *row,
                 const char *now) {
  const struct cw_value values[COLUMNS] = {
      cw_int(move),           cw_int(row->seq),
      cw_int(row->part),      cw_int(row->parts),
      cw_text(row->kind),     cw_text(row->state),
      row->step ? cw_int(row->step) : cw_null(), cw_text(row->op),
      cw_text(row->summary),  cw_text(row->digest),
      text_or_null(row->sql_digest), cw_text(row->sql),
      cw_int(row->affected),  cw_text(row->result),
      cw_text(row->record),   cw_text(row->error),
      cw_text(now)};
  memcpy(v, values, sizeof values);
}

static int insert(struct cw_journal *j, int64_t move, const struct cw_step_row *rows, size_t n,
                  struct cw_err *err) {
  char now[32];
  cw_tables_now(j->tables, 0, now);
  struct cw_value *values = xcalloc(n * COLUMNS, sizeof *values);
  for (size_t i = 0; i < n; i++) fill(values + i * COLUMNS, move, &rows[i], now);
  static const char sql[] =
      "INSERT INTO {step} (move_id, seq, part, parts, kind, state, step_no, op, summary, digest, "
      "sql_digest, sql_text, affected, result, record, error_text, noted_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  int failed = 0;
  if (n <= FEW_ROWS) {
    for (size_t i = 0; i < n && !failed; i++)
      failed = cw_journal_exec(j, sql, values + i * COLUMNS, COLUMNS, err);
  } else {
    char *text = cw_tables_sql(j->tables, j->conn, sql);
    failed = cw_conn_batch(j->conn, text, strlen(text), values, COLUMNS, n, NULL, err);
    free(text);
  }
  free(values);
  return failed;
}

static int update(struct cw_journal *j, int64_t move, const struct cw_step_row *row,
                  struct cw_err *err) {
  char now[32], *error = cw_journal_text(row->error);
  struct cw_value params[] = {cw_text(row->state),  cw_int(row->affected), cw_text(row->result),
                              cw_text(error),       cw_text(cw_tables_now(j->tables, 0, now)),
                              cw_int(move),         cw_int(row->seq),      cw_int(row->part)};
  int failed = cw_journal_exec(j,
                              "UPDATE {step} SET state = ?, affected = ?, result = ?, "
                              "error_text = ?, noted_at = ? "
                              "WHERE move_id = ? AND seq = ? AND part = ?",
                              params, sizeof params / sizeof *params, err);
  free(error);
  return failed;
}

int cw_journal_write_steps(struct cw_journal *j, int64_t move, const struct cw_step_rows *rows,
                           struct cw_err *err) {
  for (size_t i = 0; i < rows->len;) {
    size_t n = 0;
    while (i + n < rows->len && n < ROWS_AT_ONCE && !rows->items[i + n].update) n++;
    int failed = n ? insert(j, move, &rows->items[i], n, err)
                   : update(j, move, &rows->items[i], err);
    if (failed) return -1;
    i += n ? n : 1;
  }
  return 0;
}

int cw_journal_delete_steps(struct cw_journal *j, int64_t move, int64_t seq, int64_t part,
                            struct cw_err *err) {
  struct cw_value params[] = {cw_int(move), cw_int(seq), cw_int(seq), cw_int(part)};
  return cw_journal_exec(j,
                         "DELETE FROM {step} WHERE move_id = ? AND (seq > ? OR "
                         "(seq = ? AND part >= ?))",
                         params, 4, err);
}

int cw_journal_count_effects(struct cw_journal *j, int64_t move, int64_t *out,
                             struct cw_err *err) {
  struct cw_value id = cw_int(move);
  struct cw_result *result = NULL;
  const struct cw_value *row;
  *out = 0;
  if (cw_tables_query(j->tables, j->conn,
                      "SELECT count(*) FROM {step} WHERE move_id = ? AND kind = 'step' "
                      "AND state IN ('done', 'intent')",
                      &id, 1, &result, err))
    return -1;
  int got = cw_result_next(result, &row, err);
  if (got == 1) *out = cw_journal_number(&row[0]);
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

/* --- reading ------------------------------------------------------------------------------------- */

static const char *constant(const struct cw_value *value, const char *const *words, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (value->type == CW_TEXT && value->s.len == strlen(words[i]) &&
        memcmp(value->s.p, words[i], value->s.len) == 0)
      return words[i];
  return words[0];
}

static void copy_digest(char out[65], const struct cw_value *value) {
  if (value->type == CW_TEXT) snprintf(out, 65, "%.*s", (int)value->s.len, value->s.p);
}

int cw_journal_load_steps(struct cw_journal *j, int64_t move, struct cw_step_rows *out,
                          struct cw_err *err) {
  static const char *const kinds[] = {"step", "session", "read"};
  static const char *const states[] = {"intent", "planned", "done", "failed", "rolled"};
  *out = (struct cw_step_rows){0};
  struct cw_value id = cw_int(move);
  struct cw_result *result = NULL;
  const struct cw_value *v;
  if (cw_tables_query(j->tables, j->conn,
                      "SELECT seq, part, parts, kind, state, step_no, op, summary, digest, "
                      "sql_digest, sql_text, affected, result, record, error_text "
                      "FROM {step} WHERE move_id = ? ORDER BY seq, part",
                      &id, 1, &result, err))
    return -1;
  int got;
  while ((got = cw_result_next(result, &v, err)) == 1) {
    struct cw_step_row row = {.seq = cw_journal_number(&v[0]),
                              .part = cw_journal_number(&v[1]),
                              .parts = cw_journal_number(&v[2]),
                              .kind = constant(&v[3], kinds, 3),
                              .state = constant(&v[4], states, 5),
                              .step = cw_journal_number(&v[5]),
                              .op = cw_journal_column(&v[6]),
                              .summary = cw_journal_column(&v[7]),
                              .sql = cw_journal_column(&v[10]),
                              .affected = cw_journal_number(&v[11]),
                              .result = cw_journal_column(&v[12]),
                              .record = cw_journal_column(&v[13]),
                              .error = cw_journal_column(&v[14]),
                              .update = true};
    copy_digest(row.digest, &v[8]);
    copy_digest(row.sql_digest, &v[9]);
    vec_push(out, row);
  }
  cw_result_free(result);
  if (got < 0) cw_step_rows_release(out);
  return got;
}
