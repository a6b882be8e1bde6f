/* What a backfill keeps in the service tables: its row, its ranges with their checkpoints, the rows it
 * passed over. Keys are JSON lists of values (db/rows.h), so that no digit or byte is lost. */
#include "op/backfill_internal.h"
#include "op/journal_internal.h"
#include "util/alloc.h"
#include "util/clock.h"

static const struct cw_tables *tables(const struct cw_bf *b) { return b->x->o.journal->tables; }

int cw_bf_write(struct cw_bf *b, const char *sql, const struct cw_value *params, size_t n,
                int64_t *affected, struct cw_err *err) {
  return cw_tables_exec(tables(b), b->conn, sql, params, n, affected, err);
}

int cw_bf_read(struct cw_bf *b, const char *sql, const struct cw_value *params, size_t n,
               struct cw_result **out, struct cw_err *err) {
  return cw_tables_query(tables(b), b->conn, sql, params, n, out, err);
}

/* --- keys ---------------------------------------------------------------------------------------- */

char *cw_bf_key_text(const struct cw_rows *key) {
  if (key->len == 0) return NULL;
  json_t *list = json_array();
  for (size_t i = 0; i < key->len; i++) json_array_append_new(list, cw_value_json(&key->items[i]));
  char *text = json_dumps(list, JSON_COMPACT);
  json_decref(list);
  return text;
}

int cw_bf_read_key(const struct cw_value *value, struct cw_rows *out, struct cw_err *err) {
  cw_rows_release(out);
  char *text = cw_journal_column(value);
  if (!text) return 0;
  json_t *values = json_loads(text, JSON_ALLOW_NUL, NULL), *names = json_array();
  for (size_t i = 0; i < json_array_size(values); i++) json_array_append_new(names, json_string("key"));
  json_t *whole = json_pack("{s:o,s:o}", "names", names, "values", values ? values : json_null());
  int failed = cw_rows_from_json(out, whole)
                   ? 0
                   : cw_fail(err, CW_ERR_INTERNAL, "the checkpoint's key %s can't be read", text);
  json_decref(whole);
  free(text);
  return failed;
}

/* --- the backfill's row ---------------------------------------------------------------------------- */

void cw_bf_state_release(struct cw_bf_state *state) {
  free(state->target);
  free(state->walk);
  free(state->digest);
  *state = (struct cw_bf_state){0};
}

int cw_bf_load(struct cw_bf *b, struct cw_bf_state *state, struct cw_err *err) {
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq)};
  struct cw_result *result = NULL;
  const struct cw_value *row;
  *state = (struct cw_bf_state){0};
  if (cw_bf_read(b,
                      "SELECT target, walk, digest, CASE WHEN state = 'failed' THEN 1 ELSE 0 END, total "
                      "FROM {backfill} WHERE move_id = ? AND seq = ?",
                      id, 2, &result, err))
    return -1;
  int got = cw_result_next(result, &row, err);
  if (got == 1) {
    state->found = true;
    state->target = cw_journal_column(&row[0]);
    state->walk = cw_journal_column(&row[1]);
    state->digest = cw_journal_column(&row[2]);
    state->failed = row[3].type == CW_INT && row[3].i;
    b->total = row[4].type == CW_INT ? row[4].i : -1;
  }
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

static int insert_backfill(struct cw_bf *b, struct cw_err *err) {
  char now[32];
  const struct cw_who *who = &b->x->o.journal->who;
  size_t title = strlen(b->plan.title);
  struct cw_value params[] = {cw_int(b->move),
                              cw_int(b->seq),
                              cw_int(b->work.number),
                              cw_textn(b->plan.title, title < 200 ? title : 200),
                              cw_text(b->spec->step.op),
                              cw_text(b->plan.table),
                              cw_text(b->plan.walk),
                              cw_text(b->work.digest),
                              b->total >= 0 ? cw_int(b->total) : cw_null(),
                              cw_text(cw_tables_now(tables(b), 0, now)),
                              cw_text(who->user),
                              cw_text(who->host),
                              cw_int(who->pid)};
  return cw_bf_write(b,
             "INSERT INTO {backfill} (move_id, seq, step_no, title, kind, target, walk, digest, "
             "state, control, total, started_at, os_user, host, pid) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', 'run', ?, ?, ?, ?, ?)",
             params, sizeof params / sizeof *params, NULL, err);
}

int cw_bf_insert_range(struct cw_bf *b, struct cw_err *err) {
  char now[32], *end = cw_bf_key_text(&b->range.end), *low = cw_bf_key_text(&b->range.at);
  struct cw_value params[] = {cw_int(b->move),
                              cw_int(b->seq),
                              cw_int(b->range.no),
                              cw_text(b->range.done ? "done" : "open"),
                              cw_text(low),
                              cw_text(low),
                              cw_text(end),
                              cw_int(b->sizer.size),
                              cw_int(b->range.token),
                              cw_text(cw_tables_now(tables(b), 0, now))};
  int failed = cw_bf_write(b,
                   "INSERT INTO {range} (move_id, seq, range_no, state, low_key, at_key, end_key, "
                   "rows_done, walked, batches, skipped, busy_ms, batch_size, token, expires_us, "
                   "noted_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, ?, ?, 0, ?)",
                   params, sizeof params / sizeof *params, NULL, err);
  free(end);
  free(low);
  return failed;
}

static int create(struct cw_bf *b, void *arg, struct cw_err *err) {
  (void)arg;
  static const char *const leftovers[] = {"DELETE FROM {skip} WHERE move_id = ? AND seq = ?",
                                          "DELETE FROM {range} WHERE move_id = ? AND seq = ?",
                                          "DELETE FROM {backfill} WHERE move_id = ? AND seq = ?"};
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq)};
  for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
    if (cw_bf_write(b, leftovers[i], id, 2, NULL, err)) return -1;
  return insert_backfill(b, err) || cw_bf_insert_range(b, err) ? -1 : 0;
}

int cw_bf_create(struct cw_bf *b, struct cw_err *err) { return cw_bf_in_txn(b, create, NULL, err); }

/* --- ranges ---------------------------------------------------------------------------------------- */

static int add_range(struct cw_bf *b, void *arg, struct cw_err *err) {
  (void)arg;
  return cw_bf_insert_range(b, err);
}

int cw_bf_add_range(struct cw_bf *b, struct cw_err *err) {
  struct cw_bf_range *r = &b->range;
  r->token = 1;
  r->rows = r->walked = r->batches = r->skipped = r->busy_ms = 0;
  return cw_bf_in_txn(b, add_range, NULL, err);
}

static int resume(struct cw_bf *b, void *arg, struct cw_err *err) {
  (void)arg;
  const struct cw_who *who = &b->x->o.journal->who;
  struct cw_value id[] = {cw_text(b->work.digest), cw_text(who->user), cw_text(who->host),
                          cw_int(who->pid), cw_int(b->move), cw_int(b->seq)};
  struct cw_value step[] = {cw_text(b->work.digest), cw_int(b->move), cw_int(b->seq)};
  if (cw_bf_write(b,
          "UPDATE {backfill} SET state = 'running', "
          "control = CASE WHEN control = 'pause' THEN 'pause' ELSE 'run' END, error_text = NULL, "
          "waits = NULL, digest = ?, os_user = ?, host = ?, pid = ? WHERE move_id = ? AND seq = ?",
          id, 6, NULL, err) ||
      cw_bf_write(b, "UPDATE {range} SET token = token + 1, holder = NULL, expires_us = 0 "
          "WHERE move_id = ? AND seq = ?", id + 4, 2, NULL,
          err) ||
      cw_bf_write(b, "UPDATE {step} SET digest = ? WHERE move_id = ? AND seq = ?", step, 3, NULL, err))
    return -1;
  return 0;
}

int cw_bf_resume(struct cw_bf *b, struct cw_err *err) {
  return cw_bf_in_txn(b, resume, NULL, err);
}

int cw_bf_checkpoint(struct cw_bf *b, struct cw_err *err) {
  const struct cw_bf_range *r = &b->range;
  char now[32], *at = cw_bf_key_text(&r->at);
  int64_t affected = 0;
  struct cw_value params[] = {cw_text(r->done ? "done" : "open"),
                              cw_text(at),
                              cw_int(r->rows),
                              cw_int(r->walked),
                              cw_int(r->batches),
                              cw_int(r->skipped),
                              cw_int(r->busy_ms),
                              cw_int(b->sizer.size),
                              cw_text(cw_tables_now(tables(b), 0, now)),
                              cw_int(b->move),
                              cw_int(b->seq),
                              cw_int(r->no),
                              cw_int(r->token)};
  char *sql = xasprintf("UPDATE {range} SET state = ?, at_key = ?, rows_done = ?, walked = ?, "
                        "batches = ?, skipped = ?, busy_ms = ?, batch_size = ?, noted_at = ?, "
                        "expires_us = %s + %d000 "
                        "WHERE move_id = ? AND seq = ? AND range_no = ? AND token = ?",
                        cw_bf_now_sql(b), CW_BF_LEASE_MS);
  int failed = cw_bf_write(b, sql, params, sizeof params / sizeof *params, &affected, err);
  free(sql);
  free(at);
  if (failed) return -1;
  b->beat_ms = cw_clock_ms();
  if (affected == 1) return 0;
  cw_fail(err, CW_ERR_FENCED, "another runner has taken over the backfill %s", b->plan.title);
  return cw_hint(err, "run `curlew status`, then the same command again");
}

int cw_bf_note_skip(struct cw_bf *b, const char *error, struct cw_err *err) {
  char now[32], *at = cw_bf_key_text(&b->range.at), *text = cw_journal_text(error);
  struct cw_value params[] = {cw_int(b->move),          cw_int(b->seq), cw_int(b->range.no),
                              cw_int(b->range.skipped), cw_text(at),    cw_text(text),
                              cw_text(cw_tables_now(tables(b), 0, now))};
  int failed = cw_bf_write(b,
                   "INSERT INTO {skip} (move_id, seq, range_no, skip_no, at_key, error_text, noted_at) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?)",
                   params, sizeof params / sizeof *params, NULL, err);
  free(at);
  free(text);
  return failed;
}

/* --- orders ---------------------------------------------------------------------------------------- */

int cw_bf_orders(struct cw_bf *b, char **control, char **settings, struct cw_err *err) {
  struct cw_value id[] = {cw_int(b->move), cw_int(b->seq)};
  struct cw_result *result = NULL;
  const struct cw_value *row;
  *control = *settings = NULL;
  if (cw_bf_read(b,
                      "SELECT control, settings FROM {backfill} WHERE move_id = ? AND seq = ?", id, 2,
                      &result, err))
    return -1;
  int got = cw_result_next(result, &row, err);
  if (got == 1) {
    *control = cw_journal_column(&row[0]);
    *settings = cw_journal_column(&row[1]);
  }
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

struct change {
  const char *state, *waits, *error;
};

static int set_state(struct cw_bf *b, void *arg, struct cw_err *err) {
  const struct change *c = arg;
  char now[32], *error = cw_journal_text(c->error);
  bool over = strcmp(c->state, "running") != 0;
  cw_tables_now(tables(b), 0, now);
  struct cw_value params[] = {cw_text(c->state), over ? cw_text(now) : cw_null(), cw_text(c->waits),
                              cw_text(error),    cw_int(b->move),                 cw_int(b->seq)};
  int failed = cw_bf_write(b,
                   "UPDATE {backfill} SET state = ?, finished_at = ?, waits = ?, error_text = ? "
                   "WHERE move_id = ? AND seq = ?",
                   params, sizeof params / sizeof *params, NULL, err);
  free(error);
  return failed;
}

int cw_bf_set_state(struct cw_bf *b, const char *state, const char *waits, const char *error,
                    struct cw_err *err) {
  struct change change = {state, waits, error};
  if (b->helps) return 0;
  return cw_conn_in_txn(b->conn) ? set_state(b, &change, err) : cw_bf_in_txn(b, set_state, &change, err);
}
