/* Any small graph, any reachable state of the version rows, any words as target: a plan comes out
 * whose row changes each hit exactly one row and add up to what it promises, or a reason why not.
 *
 * Input: number of revisions, four bytes for each (two parents, a dependency, a label), one byte for
 * the state, one for the command; the rest is the target as typed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/plan.h"
#include "graph/resolve.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_REVISIONS = 14 };

static void require(bool ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "broken: %s\n", what);
    abort();
  }
}

static void id_of(char *out, size_t size, unsigned n) {
  snprintf(out, size, "%c%c%02x", 'a' + (char)(n % 3), 'b', n * 37 % 251);
}

/* Revisions name earlier ones only, so there is no cycle. */
static struct cw_graph *make_graph(const uint8_t *bytes, unsigned count) {
  struct cw_graph *graph = cw_graph_new();
  struct cw_err err = CW_ERR_INIT;

  for (unsigned n = 0; n < count; n++) {
    const uint8_t *b = bytes + 4 * (size_t)n;
    struct cw_revision *rev = cw_revision_new();
    char id[32];

    id_of(id, sizeof id, n);
    rev->id = xstrdup(id);
    rev->path = xstrdup(id);
    rev->has_upgrade = rev->has_downgrade = true;
    for (int k = 0; k < 2; k++) {
      if (n == 0 || b[k] % 4 == 0 || (k == 1 && b[1] % n == b[0] % n)) continue;
      id_of(id, sizeof id, b[k] % n);
      strvec_push(&rev->down_revision, id);
    }
    if (n > 0 && b[2] % 3 == 0) {
      id_of(id, sizeof id, b[2] / 3 % n);
      strvec_push(&rev->depends_on, id);
    }
    if (b[3] % 4 == 0) {
      snprintf(id, sizeof id, "label-%u", n);
      strvec_push(&rev->labels, id);
    }
    require(cw_graph_add(graph, rev, &err) == 0, "a graph takes revisions with ids of their own");
  }
  if (cw_graph_link(graph, &err)) {
    require(err.message != NULL, "a graph that can't be linked says why");
    cw_graph_free(graph);
    graph = NULL;
  }
  cw_err_release(&err);
  return graph;
}

static size_t place_of(const struct strvec *rows, const char *id) {
  size_t i = 0;
  while (i < rows->len && strcmp(rows->items[i], id) != 0) i++;
  return i;
}

/* Carries out the plan's row changes; `rows` is what the table holds at last. */
static void carry_out(const struct cw_plan *plan, struct strvec *rows) {
  const char *held[256];
  size_t n = 0;

  for (size_t i = 0; i < rows->len; i++) held[n++] = rows->items[i];
  for (size_t m = 0; m < plan->nmoves; m++) {
    for (size_t c = 0; c < plan->moves[m].nchanges; c++) {
      const struct cw_row_change *change = &plan->moves[m].changes[c];
      size_t at = 0;

      if (change->kind == CW_ROW_INSERT) {
        for (size_t i = 0; i < n; i++) require(strcmp(held[i], change->to) != 0, "inserted twice");
        require(n < 256, "rows don't pile up");
        held[n++] = change->to;
        continue;
      }
      while (at < n && strcmp(held[at], change->from) != 0) at++;
      require(at < n, "a deleted or updated row is there");
      held[at] = change->kind == CW_ROW_UPDATE ? change->to : held[--n];
    }
  }
  require(n == plan->rows_after.len, "the number of rows is as promised");
  for (size_t i = 0; i < n; i++)
    require(place_of(&plan->rows_after, held[i]) < n, "the rows are as promised");
}

static int make_plan(const struct cw_graph *graph, unsigned command, const struct strvec *rows,
                     const char *target, struct cw_plan *plan, struct cw_err *err) {
  struct strvec targets = {0};
  int result;

  if (command % 3 == 0) return cw_plan_upgrade(graph, rows, target, plan, err);
  if (command % 3 == 1) return cw_plan_downgrade(graph, rows, target, plan, err);
  strvec_push(&targets, target);
  result = cw_plan_stamp(graph, rows, &targets, command & 8, plan, err);
  strvec_release(&targets);
  return result;
}

/* What else takes words: nothing is promised but an answer or a reason. */
static void resolve(const struct cw_graph *graph, const struct strvec *rows, const char *text) {
  for (unsigned flags = 0; flags < 16; flags++) {
    struct cw_revlist list = {0};
    struct cw_err err = CW_ERR_INIT;
    int result = cw_resolve(graph, text, flags, flags & 1 ? rows : NULL, &list, &err);

    require(result == 0 || (err.message && *err.message), "a refused word has a reason");
    cw_revlist_release(&list);
    cw_err_release(&err);
  }
  if (cw_resolve_is_range(text)) {
    struct cw_revlist list = {0};
    struct cw_err err = CW_ERR_INIT;
    int result = cw_resolve_history(graph, text, rows, &list, &err);

    require(result == 0 || (err.message && *err.message), "a refused range has a reason");
    cw_revlist_release(&list);
    cw_err_release(&err);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  unsigned count = size ? 1 + data[0] % MAX_REVISIONS : 0;
  size_t head = 1 + 4 * (size_t)count;
  struct cw_graph *graph;
  struct strvec rows = {0};
  struct cw_plan plan = {0};
  struct cw_err err = CW_ERR_INIT;
  char id[32], *target;

  if (size < head + 2) return 0;
  graph = make_graph(data + 1, count);
  if (!graph) return 0;
  target = xstrndup((const char *)data + head + 2, size - head - 2);

  /* A state that some upgrade leads to. */
  if (data[head] % 4 != 0) {
    struct cw_plan up = {0};
    id_of(id, sizeof id, data[head] / 4 % count);
    require(cw_plan_upgrade(graph, &rows, id, &up, &err) == 0, "any revision can be upgraded to");
    carry_out(&up, &rows);
    for (size_t i = 0; i < up.rows_after.len; i++) strvec_push(&rows, up.rows_after.items[i]);
    cw_plan_release(&up);
  }

  if (make_plan(graph, data[head + 1], &rows, target, &plan, &err) == 0)
    carry_out(&plan, &rows);
  else
    require(err.message && *err.message, "a refused target has a reason");
  resolve(graph, &rows, target);

  cw_plan_release(&plan);
  cw_err_release(&err);
  strvec_release(&rows);
  cw_graph_free(graph);
  free(target);
  return 0;
}
