/* The journal summed up by revision; see ledger.h. */
#include "run/ledger.h"

#include "op/journal_internal.h"
#include "util/alloc.h"

static int by_revision(const void *a, const void *b) {
  const struct cw_ledger_entry *x = a, *y = b;
  return strcmp(x->revision, y->revision);
}

const struct cw_ledger_entry *cw_ledger_find(const struct cw_ledger *ledger, const char *revision) {
  struct cw_ledger_entry key = {.revision = (char *)revision};
  if (ledger->len == 0) return NULL;
  return bsearch(&key, ledger->items, ledger->len, sizeof key, by_revision);
}

static void clear_failure(struct cw_ledger_entry *e) {
  free(e->failed_direction);
  free(e->failed_at);
  free(e->error);
  e->failed_direction = e->failed_at = e->error = NULL;
  e->failed = false;
}

static void clear(struct cw_ledger_entry *e) {
  free(e->revision);
  free(e->title);
  free(e->checksum);
  free(e->at);
  free(e->user);
  free(e->host);
  clear_failure(e);
}

void cw_ledger_release(struct cw_ledger *ledger) {
  for (size_t i = 0; i < ledger->len; i++) clear(&ledger->items[i]);
  vec_release(ledger);
}

static void set(char **field, const struct cw_value *value) {
  free(*field);
  *field = cw_journal_column(value);
}

static bool is(const struct cw_value *value, const char *text) {
  return value->type == CW_TEXT && value->s.len == strlen(text) &&
         memcmp(value->s.p, text, value->s.len) == 0;
}

/* Columns as in the query below; rows come oldest first. */
static void add_row(struct cw_ledger_entry *e, const struct cw_value *v) {
  if (is(&v[2], "failed")) {
    e->failed = true;
    set(&e->failed_direction, &v[1]);
    set(&e->failed_at, &v[5]);
    set(&e->error, &v[9]);
    return;
  }
  if (!is(&v[2], "done")) return;
  clear_failure(e);
  e->applied = !is(&v[1], "down") && !is(&v[1], "unstamp");
  e->id = cw_journal_number(&v[10]);
  set(&e->title, &v[3]);
  set(&e->checksum, &v[4]);
  set(&e->at, &v[5]);
  set(&e->user, &v[6]);
  set(&e->host, &v[7]);
  e->duration_ms = cw_journal_number(&v[8]);
}

int cw_ledger_read(struct cw_ledger *ledger, struct cw_conn *conn, const struct cw_tables *tables,
                   struct cw_err *err) {
  *ledger = (struct cw_ledger){0};
  if (!tables->exists[CW_TABLE_JOURNAL]) return 0;
  struct cw_result *result = NULL;
  const struct cw_value *row;
  if (cw_tables_query(tables, conn,
                      "SELECT revision, direction, outcome, title, checksum, finished_at, os_user, "
                      "host, duration_ms, error_text, id FROM {journal} WHERE undoes IS NULL "
                      "ORDER BY revision, id",
                      NULL, 0, &result, err))
    return -1;
  int got;
  while ((got = cw_result_next(result, &row, err)) == 1) {
    struct cw_ledger_entry *last = ledger->len ? &ledger->items[ledger->len - 1] : NULL;
    if (!last || !is(&row[0], last->revision)) {
      struct cw_ledger_entry fresh = {.revision = cw_journal_column(&row[0])};
      if (!fresh.revision) continue;
      vec_push(ledger, fresh);
      last = &ledger->items[ledger->len - 1];
    }
    add_row(last, row);
    if ((is(&row[1], "stamp") || is(&row[1], "unstamp")) && last->id > ledger->last_stamp)
      ledger->last_stamp = last->id;
  }
  cw_result_free(result);
  /* The server may sort by another rule than bytes. */
  if (ledger->len) qsort(ledger->items, ledger->len, sizeof *ledger->items, by_revision);
  if (got < 0) cw_ledger_release(ledger);
  return got;
}

void cw_ledger_compare(const struct cw_ledger *ledger, const struct cw_graph *graph,
                       const struct cw_revset *applied, struct strvec *changed,
                       struct strvec *missing) {
  for (size_t i = 0; i < ledger->len; i++) {
    const struct cw_ledger_entry *e = &ledger->items[i];
    struct cw_revision *rev = cw_graph_find(graph, e->revision);
    if (!e->applied) continue;
    if (!rev && e->id > ledger->last_stamp)
      strvec_push(missing, e->revision);
    else if (rev && applied && e->checksum && strcmp(e->checksum, cw_revision_checksum(rev)) != 0 &&
             cw_revset_has(applied, rev))
      strvec_push(changed, e->revision);
  }
}
