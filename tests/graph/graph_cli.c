/* The version graph behind standard input and output, for the differential test: reads a graph and
 * questions about it, one a line, fields separated by tabs, and answers each with one line.
 *
 *   graph                                                starts a new one
 *   rev ID PARENTS DEPENDENCIES LABELS                   lists separated by commas
 *   link
 *   upgrade|downgrade|stamp|purge ROWS WORDS             stamp and purge: words separated by commas
 *   offline-upgrade|offline-downgrade|offline-stamp ROWS WORDS
 *   history|resolve|one ROWS WORD
 *   labels ID | order | heads | real_heads
 *
 * Answers are `ok` and fields, or `error CODE-NAME EXIT MESSAGE`. A plan answers with its moves as
 * ID=ROWS-AFTER, the last rows and the resolved target; its row changes are carried out one by one
 * on a set of rows, and a change that does not fit the set ends the program with status 1. */
#include "graph/newrev.h"
#include "graph/plan.h"
#include "graph/resolve.h"
#include "util/strbuf.h"

enum { FIELDS = 5 };

static void split(const char *text, struct strvec *out) {
  while (*text) {
    size_t len = strcspn(text, ",");
    strvec_take(out, xstrndup(text, len));
    text += len;
    if (*text) text++;
  }
}

static int answer(int status, const char *fields, struct cw_err *err) {
  if (status == 0)
    printf("ok\t%s\n", fields);
  else
    printf("error\t%s\t%d\t%s\n", cw_errcode_name(err->code), cw_errcode_exit(err->code),
           err->message);
  cw_err_release(err);
  return status;
}

static void remove_row(struct strvec *rows, const char *id) {
  for (size_t i = 0; i < rows->len; i++) {
    if (strcmp(rows->items[i], id) != 0) continue;
    free(rows->items[i]);
    rows->items[i] = rows->items[--rows->len];
    return;
  }
  printf("broken: row %s is not there\n", id);
  exit(1);
}

static void add_row(struct strvec *rows, const char *id) {
  if (strvec_has(rows, id)) {
    printf("broken: row %s is there already\n", id);
    exit(1);
  }
  strvec_push(rows, id);
}

static void carry_out(const struct cw_plan *plan, const struct strvec *before,
                      struct strbuf *text) {
  struct strvec rows = {0};
  strvec_copy(&rows, before);
  for (size_t i = 0; i < plan->nmoves; i++) {
    const struct cw_move *move = &plan->moves[i];
    for (size_t j = 0; j < move->nchanges; j++) {
      if (move->changes[j].kind != CW_ROW_INSERT) remove_row(&rows, move->changes[j].from);
      if (move->changes[j].kind != CW_ROW_DELETE) add_row(&rows, move->changes[j].to);
    }
    strvec_sort(&rows);
    char *joined = strvec_join(&rows, ",");
    strbuf_addf(text, "%s%s=%s", i ? ";" : "", move->revision ? move->revision->id : "*", joined);
    free(joined);
  }
  strvec_sort(&rows);
  char *last = strvec_join(&rows, ","), *told = strvec_join(&plan->rows_after, ",");
  if (strcmp(last, told) != 0) {
    printf("broken: rows end as %s, the plan says %s\n", last, told);
    exit(1);
  }
  strbuf_addf(text, "\t%s\t%s", last, plan->resolved);
  free(last);
  free(told);
  strvec_release(&rows);
}

static int ask_plan(struct cw_graph *graph, const char *verb, struct strvec *rows,
                    const char *words, struct cw_plan *plan, struct cw_err *err) {
  struct strvec list = {0};
  int status;
  split(words, &list);
  if (strcmp(verb, "upgrade") == 0)
    status = cw_plan_upgrade(graph, rows, words, plan, err);
  else if (strcmp(verb, "downgrade") == 0)
    status = cw_plan_downgrade(graph, rows, words, plan, err);
  else if (strcmp(verb, "stamp") == 0)
    status = cw_plan_stamp(graph, rows, &list, false, plan, err);
  else if (strcmp(verb, "purge") == 0)
    status = cw_plan_stamp(graph, rows, &list, true, plan, err);
  else if (strcmp(verb, "offline-upgrade") == 0)
    status = cw_plan_offline(graph, CW_UP, words, rows, plan, err);
  else if (strcmp(verb, "offline-downgrade") == 0)
    status = cw_plan_offline(graph, CW_DOWN, words, rows, plan, err);
  else
    status = cw_plan_stamp_offline(graph, &list, rows, plan, err);
  strvec_release(&list);
  return status;
}

static void do_plan(struct cw_graph *graph, const char *verb, struct strvec *rows,
                    const char *words) {
  struct cw_plan plan = {0};
  struct cw_err err = CW_ERR_INIT;
  struct strbuf text = STRBUF_INIT;
  int status = ask_plan(graph, verb, rows, words, &plan, &err);
  if (status == 0) carry_out(&plan, rows, &text);
  answer(status, text.buf, &err);
  strbuf_release(&text);
  cw_plan_release(&plan);
}

static void do_resolve(struct cw_graph *graph, const char *verb, const struct strvec *rows,
                       const char *word) {
  struct cw_revlist found = {0};
  struct cw_err err = CW_ERR_INIT;
  struct strbuf text = STRBUF_INIT;
  unsigned flags = CW_RESOLVE_RELATIVE | CW_RESOLVE_CURRENT | CW_RESOLVE_BASE;
  int status;
  if (strcmp(verb, "history") == 0)
    status = cw_resolve_history(graph, word, rows, &found, &err);
  else
    status = cw_resolve(graph, word, flags | (strcmp(verb, "one") == 0 ? CW_RESOLVE_ONE : 0), rows,
                        &found, &err);
  for (size_t i = 0; i < found.len; i++)
    strbuf_addf(&text, "%s%s", i ? "," : "", found.items[i]->id);
  answer(status, text.buf, &err);
  strbuf_release(&text);
  cw_revlist_release(&found);
}

static void do_list(const struct cw_graph *graph, const char *verb) {
  struct cw_revlist order = {0};
  const struct cw_revlist *list = &order;
  if (strcmp(verb, "order") == 0)
    cw_graph_order(graph, NULL, &order);
  else
    list = strcmp(verb, "heads") == 0 ? cw_graph_heads(graph) : cw_graph_real_heads(graph);
  printf("ok\t");
  for (size_t i = 0; i < list->len; i++) printf("%s%s", i ? "," : "", list->items[i]->id);
  printf("\n");
  cw_revlist_release(&order);
}

static void do_rev(struct cw_graph *graph, char **field) {
  struct cw_err err = CW_ERR_INIT;
  struct cw_revision *rev = cw_revision_new();
  rev->id = xstrdup(field[1]);
  split(field[2], &rev->down_revision);
  split(field[3], &rev->depends_on);
  split(field[4], &rev->labels);
  answer(cw_graph_add(graph, rev, &err), "", &err);
}

static void do_labels(const struct cw_graph *graph, const char *id) {
  char *labels = strvec_join(&cw_graph_find(graph, id)->all_labels, ",");
  printf("ok\t%s\n", labels);
  free(labels);
}

int main(void) {
  struct cw_graph *graph = cw_graph_new();
  char *line = NULL;
  size_t room = 0;
  ssize_t len;
  while ((len = getline(&line, &room, stdin)) > 0) {
    char *field[FIELDS], *rest = line, empty[] = "";
    if (line[len - 1] == '\n') line[len - 1] = '\0';
    for (size_t i = 0; i < FIELDS; i++) {
      field[i] = rest ? strsep(&rest, "\t") : empty;
    }
    struct strvec rows = {0};
    struct cw_err err = CW_ERR_INIT;
    if (strcmp(field[0], "graph") == 0) {
      cw_graph_free(graph);
      graph = cw_graph_new();
      printf("ok\t\n");
    } else if (strcmp(field[0], "rev") == 0) {
      do_rev(graph, field);
    } else if (strcmp(field[0], "link") == 0) {
      answer(cw_graph_link(graph, &err), "", &err);
    } else if (strcmp(field[0], "labels") == 0) {
      do_labels(graph, field[1]);
    } else if (strcmp(field[0], "order") == 0 || strcmp(field[0], "heads") == 0 ||
               strcmp(field[0], "real_heads") == 0) {
      do_list(graph, field[0]);
    } else {
      split(field[1], &rows);
      if (strcmp(field[0], "history") == 0 || strcmp(field[0], "resolve") == 0 ||
          strcmp(field[0], "one") == 0)
        do_resolve(graph, field[0], &rows, field[2]);
      else
        do_plan(graph, field[0], &rows, field[2]);
    }
    strvec_release(&rows);
    fflush(stdout);
  }
  free(line);
  cw_graph_free(graph);
  return 0;
}
