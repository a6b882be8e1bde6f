/* The rows of the version table; see version_table.h. */
#include "run/version_table.h"

#include "util/alloc.h"

int cw_version_read(struct cw_conn *conn, const struct cw_tables *tables, struct strvec *rows,
                    struct cw_err *err) {
  if (!tables->exists[CW_TABLE_VERSION]) return 0;
  struct cw_result *result = NULL;
  const struct cw_value *row;
  if (cw_tables_query(tables, conn, "SELECT version_num FROM {version}", NULL, 0, &result, err))
    return -1;
  int got;
  while ((got = cw_result_next(result, &row, err)) == 1)
    if (row[0].type == CW_TEXT || row[0].type == CW_NUMERIC)
      strvec_take(rows, xstrndup(row[0].s.p, row[0].s.len));
    else if (row[0].type == CW_INT) /* a SQLite table whose column has no text affinity */
      strvec_take(rows, xasprintf("%lld", (long long)row[0].i));
  cw_result_free(result);
  strvec_sort(rows);
  return got;
}

int cw_version_apply(struct cw_conn *conn, const struct cw_tables *tables,
                     const struct cw_move *move, struct cw_err *err) {
  static const char *const sql[] = {
      [CW_ROW_INSERT] = "INSERT INTO {version} (version_num) VALUES (?)",
      [CW_ROW_DELETE] = "DELETE FROM {version} WHERE version_num = ?",
      [CW_ROW_UPDATE] = "UPDATE {version} SET version_num = ? WHERE version_num = ?"};
  for (size_t i = 0; i < move->nchanges; i++) {
    const struct cw_row_change *change = &move->changes[i];
    struct cw_value params[2];
    size_t n = 0;
    if (change->kind != CW_ROW_DELETE) params[n++] = cw_text(change->to);
    if (change->kind != CW_ROW_INSERT) params[n++] = cw_text(change->from);
    char *message = xasprintf(
        "the version table %s was changed by someone else: it does not hold %s in exactly one row",
        tables->quoted[CW_TABLE_VERSION], change->from ? change->from : "");
    struct cw_later later = {.sql = sql[change->kind],
                             .params = params,
                             .nparams = n,
                             .one = change->kind != CW_ROW_INSERT,
                             .code = CW_ERR_STATEMENT,
                             .message = message,
                             .hint = "look at the table, then run the same command again"};
    int failed = cw_tables_later(tables, conn, later, err);
    free(message);
    if (failed) return -1;
  }
  return 0;
}

/* Where an id stands in the sorted list, or would. */
static size_t place_of(const struct strvec *rows, const char *id) {
  size_t low = 0, high = rows->len;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(rows->items[middle], id) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void remove_row(struct strvec *rows, const char *id) {
  size_t at = place_of(rows, id);
  if (at == rows->len || strcmp(rows->items[at], id) != 0) return;
  free(rows->items[at]);
  rows->len--;
  memmove(rows->items + at, rows->items + at + 1, (rows->len - at) * sizeof *rows->items);
}

static void add_row(struct strvec *rows, const char *id) {
  size_t at = place_of(rows, id);
  strvec_push(rows, id);
  char *added = rows->items[rows->len - 1];
  memmove(rows->items + at + 1, rows->items + at, (rows->len - 1 - at) * sizeof *rows->items);
  rows->items[at] = added;
}

/* The rows of a wide fan are many while it is applied: they stay sorted, and are not sorted anew. */
void cw_version_change(struct strvec *rows, const struct cw_move *move) {
  for (size_t i = 0; i < move->nchanges; i++) {
    const struct cw_row_change *change = &move->changes[i];
    if (change->kind != CW_ROW_INSERT) remove_row(rows, change->from);
    if (change->kind != CW_ROW_DELETE) add_row(rows, change->to);
  }
}

int cw_version_check_width(const struct cw_tables *tables, const struct cw_plan *plan,
                           struct cw_err *err) {
  size_t width = tables->version_width > 0 ? (size_t)tables->version_width : CW_REVISION_ID_MAX;
  for (size_t i = 0; i < plan->nmoves; i++)
    for (size_t k = 0; k < plan->moves[i].nchanges; k++) {
      const char *id = plan->moves[i].changes[k].to;
      if (!id || strlen(id) <= width) continue;
      cw_fail(err, CW_ERR_ID_TOO_LONG,
              "the revision id %s has %zu characters, and %s.version_num takes %zu; nothing was run",
              id, strlen(id), tables->quoted[CW_TABLE_VERSION], width);
      return cw_hint(err, "widen the column, or give the revision a shorter id");
    }
  return 0;
}
