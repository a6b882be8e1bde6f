/* Graphs for tests; see graphs.h. */
#include "support/graphs.h"

#include "util/strbuf.h"

void words_of(struct strvec *out, const char *text) {
  while (*text) {
    size_t len = strcspn(text, " ");
    if (len) strvec_take(out, xstrndup(text, len));
    text += len;
    if (*text) text++;
  }
}

static struct cw_revision *revision_of(const char *line) {
  struct cw_revision *rev = cw_revision_new();
  struct strvec words = {0}, *into = NULL;
  const char *title = strstr(line, " # ");
  char *before = title ? xstrndup(line, (size_t)(title - line)) : xstrdup(line);
  if (title) {
    free(rev->title);
    rev->title = xstrdup(title + 3);
  }
  words_of(&words, before);
  for (size_t i = 0; i < words.len; i++) {
    const char *word = words.items[i];
    if (strcmp(word, "<") == 0)
      into = &rev->down_revision;
    else if (strcmp(word, ">") == 0)
      into = &rev->depends_on;
    else if (strcmp(word, "@") == 0)
      into = &rev->labels;
    else if (into)
      strvec_push(into, word);
    else
      rev->id = xstrdup(word);
  }
  rev->path = xasprintf("v/%s.lua", rev->id);
  strvec_release(&words);
  free(before);
  return rev;
}

static void must(int status, struct cw_err *err) {
  if (status == 0) return;
  fprintf(stderr, "graph of a test: %s\n", err->message);
  abort();
}

struct cw_graph *graph_text(const char *text) {
  struct cw_graph *graph = cw_graph_new();
  struct cw_err err = CW_ERR_INIT;
  while (*text) {
    size_t len = strcspn(text, "\n");
    char *line = xstrndup(text, len);
    if (*line) must(cw_graph_add(graph, revision_of(line), &err), &err);
    free(line);
    text += len;
    if (*text) text++;
  }
  return graph;
}

struct cw_graph *graph_linked(const char *text) {
  struct cw_graph *graph = graph_text(text);
  struct cw_err err = CW_ERR_INIT;
  must(cw_graph_link(graph, &err), &err);
  return graph;
}

char *ids_of(const struct cw_revlist *list) {
  struct strbuf sb = STRBUF_INIT;
  for (size_t i = 0; i < list->len; i++)
    strbuf_addf(&sb, "%s%s", i ? " " : "", list->items[i]->id);
  return strbuf_detach(&sb, NULL);
}

char *ids_in(const struct cw_graph *graph, const struct cw_revset *set) {
  const struct cw_revlist *all = cw_graph_all(graph);
  struct cw_revlist list = {0};
  for (size_t i = 0; i < all->len; i++)
    if (cw_revset_has(set, all->items[i])) cw_revlist_push(&list, all->items[i]);
  char *ids = ids_of(&list);
  cw_revlist_release(&list);
  return ids;
}

unsigned graph_dice(unsigned *seed, unsigned limit) {
  *seed = (unsigned)((*seed * 1103515245ull + 12345) & 0x7fffffff);
  return (*seed >> 8) % limit;
}

static void push_number(struct strvec *list, unsigned number) {
  char id[16];
  snprintf(id, sizeof id, "r%04u", number);
  if (!strvec_has(list, id)) strvec_push(list, id);
}

struct cw_graph *graph_random(unsigned seed, size_t count) {
  struct cw_graph *graph = cw_graph_new();
  struct cw_err err = CW_ERR_INIT;
  unsigned near = 1 + graph_dice(&seed, 6); /* how far back parents are looked for */
  for (unsigned i = 0; i < count; i++) {
    struct cw_revision *rev = cw_revision_new();
    rev->id = xasprintf("r%04u", i);
    unsigned reach = i < near ? i : near;
    if (i && graph_dice(&seed, 10))
      push_number(&rev->down_revision, i - 1 - graph_dice(&seed, reach));
    while (i && rev->down_revision.len && !graph_dice(&seed, 5))
      push_number(&rev->down_revision, i - 1 - graph_dice(&seed, reach));
    while (i && !graph_dice(&seed, 5)) push_number(&rev->depends_on, graph_dice(&seed, i));
    must(cw_graph_add(graph, rev, &err), &err);
  }
  must(cw_graph_link(graph, &err), &err);
  return graph;
}
