/* Linking: from what the files declare to a graph, or the first thing that is wrong with the
 * project. */
#include "graph/graph_internal.h"

#include "graph/describe.h"
#include "util/suggest.h"

/* --- labels ----------------------------------------------------------------------------------- */

static int fail_label(struct cw_err *err, const char *label, const struct cw_revision *rev,
                      const char *verb, const struct cw_revision *other) {
  struct strbuf text = STRBUF_INIT;
  strbuf_addf(&text, "branch label %s of revision ", label);
  cw_describe_revision(&text, rev);
  strbuf_addf(&text, " %s ", verb);
  cw_describe_revision(&text, other);
  cw_fail(err, CW_ERR_DUPLICATE_LABEL, "%s", text.buf);
  cw_hint(err, "Choose another label in one of the two files.");
  cw_err_where(err, rev->path, 0);
  strbuf_release(&text);
  return -1;
}

static int register_labels(struct cw_graph *graph, struct cw_err *err) {
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    for (size_t j = 0; j < rev->labels.len; j++) {
      char *label = rev->labels.items[j];
      const struct cw_revision *other = cw_graph_label(graph, label);
      if (other == rev) continue;
      if (other) return fail_label(err, label, rev, "is also declared by", other);
      struct cw_graph_name *entry = xcalloc(1, sizeof *entry);
      entry->name = label;
      entry->rev = rev;
      HASH_ADD_KEYPTR(hh, graph->labels, entry->name, strlen(entry->name), entry);
    }
  }
  for (size_t i = 0; i < graph->all.len; i++) {
    const struct cw_revision *rev = graph->all.items[i];
    for (size_t j = 0; j < rev->labels.len; j++) {
      const struct cw_revision *other = cw_graph_find(graph, rev->labels.items[j]);
      if (other) return fail_label(err, rev->labels.items[j], rev, "is the id of", other);
    }
  }
  return 0;
}

/* What has the label: its revision, everything above that by parents, and what lies below it down
 * to where the line forks (by parents or dependencies) or merges. `stamps` (one a revision) tell by
 * `stamp` what is in the list already. */
static void collect_carriers(struct cw_revision *rev, size_t stamp, size_t *stamps,
                             struct cw_revlist *carriers) {
  cw_revlist_push(carriers, rev);
  stamps[rev->index] = stamp;
  for (size_t i = 0; i < carriers->len; i++) {
    const struct cw_revlist *children = &carriers->items[i]->children;
    for (size_t j = 0; j < children->len; j++) {
      if (stamps[children->items[j]->index] == stamp) continue;
      stamps[children->items[j]->index] = stamp;
      cw_revlist_push(carriers, children->items[j]);
    }
  }
  while (rev->above.len < 2 && rev->parents.len == 1) {
    rev = rev->parents.items[0];
    if (rev->above.len > 1 || rev->parents.len > 1) break;
    cw_revlist_push(carriers, rev);
  }
}

static int by_name(const struct cw_graph_name *a, const struct cw_graph_name *b) {
  return strcmp(a->name, b->name);
}

/* Labels come in their order, so each revision's list is sorted. Counted first, then filled into
 * one block of memory: `cap` is the count in the meantime. */
static void spread_labels(struct cw_graph *graph) {
  size_t *stamps = xcalloc(graph->all.len + 1, sizeof *stamps), stamp = 0, total = 0;
  struct cw_revlist *carriers = xcalloc(HASH_COUNT(graph->labels) + 1, sizeof *carriers);
  HASH_SORT(graph->labels, by_name);
  for (const struct cw_graph_name *entry = graph->labels; entry; entry = entry->hh.next, stamp++) {
    collect_carriers(entry->rev, stamp + 1, stamps, &carriers[stamp]);
    for (size_t i = 0; i < carriers[stamp].len; i++) carriers[stamp].items[i]->all_labels.cap++;
    total += carriers[stamp].len;
  }
  char **room = graph->label_names = xcalloc(total + 1, sizeof *graph->label_names);
  stamp = 0;
  for (struct cw_graph_name *entry = graph->labels; entry; entry = entry->hh.next, stamp++) {
    for (size_t i = 0; i < carriers[stamp].len; i++) {
      struct strvec *labels = &carriers[stamp].items[i]->all_labels;
      if (!labels->items) {
        labels->items = room;
        room += labels->cap;
      }
      labels->items[labels->len++] = entry->name;
    }
    cw_revlist_release(&carriers[stamp]);
  }
  free(carriers);
  free(stamps);
}

/* --- edges ------------------------------------------------------------------------------------ */

static void suggest_near(const struct cw_graph *graph, const char *name, bool labels,
                         struct cw_err *err, const char *advice) {
  VEC(const char *) names = {0};
  for (size_t i = 0; i < graph->all.len; i++) {
    const struct cw_revision *rev = graph->all.items[i];
    vec_push(&names, rev->id);
    for (size_t j = 0; labels && j < rev->labels.len; j++) vec_push(&names, rev->labels.items[j]);
  }
  const char *near = cw_suggest(name, names.items, names.len);
  if (near)
    cw_hint(err, "Did you mean %s? %s", near, advice);
  else
    cw_hint(err, "%s", advice);
  vec_release(&names);
}

static int fail_missing(const struct cw_graph *graph, const struct cw_revision *rev,
                        const char *name, bool dependency, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, rev);
  cw_fail(err, dependency ? CW_ERR_MISSING_DEPENDENCY : CW_ERR_MISSING_PARENT,
          "revision %s %s '%s', which no file of the project declares%s", text.buf,
          dependency ? "depends on" : "has the parent", name,
          !dependency && cw_graph_label(graph, name) ? " as an id (it is a branch label)" : "");
  suggest_near(graph, name, dependency, err,
               dependency ? "Correct depends_on, which takes whole ids and labels, or bring the "
                            "missing file."
                          : "Correct down_revision, which takes whole ids, or bring the missing "
                            "file.");
  cw_err_where(err, rev->path, 0);
  strbuf_release(&text);
  return -1;
}

/* The lists of all revisions lie in one block. A list takes its slice before it is filled, and is
 * filled up to `cap`. */
static void take_slice(struct cw_revlist *list, struct cw_revision ***room, size_t cap) {
  list->items = *room;
  list->len = 0;
  list->cap = cap;
  *room += cap;
}

/* Appends `rev` unless the stamp says that it is there already. */
static void push_once(struct cw_revlist *list, struct cw_revision *rev, size_t *stamps,
                      size_t stamp) {
  if (stamps[rev->index] == stamp) return;
  stamps[rev->index] = stamp;
  list->items[list->len++] = rev;
}

static int resolve_parents(struct cw_graph *graph, struct cw_revision ***room, size_t *stamps,
                           struct cw_err *err) {
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    take_slice(&rev->parents, room, rev->down_revision.len);
    for (size_t j = 0; j < rev->down_revision.len; j++) {
      struct cw_revision *parent = cw_graph_find(graph, rev->down_revision.items[j]);
      if (!parent) return fail_missing(graph, rev, rev->down_revision.items[j], false, err);
      push_once(&rev->parents, parent, stamps, 2 * i + 1);
    }
  }
  return 0;
}

static int resolve_dependencies(struct cw_graph *graph, struct cw_revision ***room, size_t *stamps,
                                struct cw_err *err) {
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    take_slice(&rev->depends, room, rev->depends_on.len);
    for (size_t j = 0; j < rev->depends_on.len; j++) {
      struct cw_revision *dep = cw_graph_find(graph, rev->depends_on.items[j]);
      if (!dep) dep = cw_graph_label(graph, rev->depends_on.items[j]);
      if (!dep) return fail_missing(graph, rev, rev->depends_on.items[j], true, err);
      push_once(&rev->depends, dep, stamps, 2 * i + 2);
    }
  }
  return 0;
}

static void join_below(struct cw_graph *graph, struct cw_revision ***room, size_t *stamps) {
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    size_t stamp = 2 * graph->all.len + i + 1;
    take_slice(&rev->below, room, rev->parents.len + rev->depends.len);
    for (size_t j = 0; j < rev->parents.len; j++)
      push_once(&rev->below, rev->parents.items[j], stamps, stamp);
    for (size_t j = 0; j < rev->depends.len; j++)
      push_once(&rev->below, rev->depends.items[j], stamps, stamp);
  }
}

/* Fills the lists that point upwards. Revisions come in id order, so these are in id order too. */
static void mirror_edges(struct cw_graph *graph, struct cw_revision ***room) {
  for (size_t i = 0; i < graph->all.len; i++) { /* count */
    const struct cw_revision *rev = graph->all.items[i];
    for (size_t j = 0; j < rev->parents.len; j++) rev->parents.items[j]->children.cap++;
    for (size_t j = 0; j < rev->depends.len; j++) rev->depends.items[j]->dependents.cap++;
    for (size_t j = 0; j < rev->below.len; j++) rev->below.items[j]->above.cap++;
  }
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    take_slice(&rev->children, room, rev->children.cap);
    take_slice(&rev->dependents, room, rev->dependents.cap);
    take_slice(&rev->above, room, rev->above.cap);
  }
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    for (size_t j = 0; j < rev->parents.len; j++) {
      struct cw_revlist *children = &rev->parents.items[j]->children;
      children->items[children->len++] = rev;
    }
    for (size_t j = 0; j < rev->depends.len; j++) {
      struct cw_revlist *dependents = &rev->depends.items[j]->dependents;
      dependents->items[dependents->len++] = rev;
    }
    for (size_t j = 0; j < rev->below.len; j++) {
      struct cw_revlist *above = &rev->below.items[j]->above;
      above->items[above->len++] = rev;
    }
  }
}

static int resolve_edges(struct cw_graph *graph, struct cw_err *err) {
  size_t *stamps = xcalloc(graph->all.len + 1, sizeof *stamps), written = 0;
  for (size_t i = 0; i < graph->all.len; i++)
    written += graph->all.items[i]->down_revision.len + graph->all.items[i]->depends_on.len;
  /* Each edge stands in two lists below (its own kind's and the common one) and in two above. */
  graph->edges = xcalloc(4 * written + 1, sizeof *graph->edges);
  struct cw_revision **room = graph->edges;
  int status = resolve_parents(graph, &room, stamps, err);
  if (status == 0) status = resolve_dependencies(graph, &room, stamps, err);
  if (status == 0) {
    join_below(graph, &room, stamps);
    mirror_edges(graph, &room);
  }
  free(stamps);
  return status;
}

/* --- cycles ----------------------------------------------------------------------------------- */

/* Leaves in `stuck` the revisions that lie on a cycle or above one. */
static size_t find_stuck(const struct cw_graph *graph, bool all_edges, struct cw_revset *stuck) {
  size_t count = graph->all.len, left = count;
  size_t *waits = xcalloc(count + 1, sizeof *waits);
  struct cw_revlist ready = {0};
  for (size_t i = 0; i < count; i++) {
    struct cw_revision *rev = graph->all.items[i];
    waits[i] = all_edges ? rev->below.len : rev->parents.len;
    if (waits[i])
      cw_revset_add(stuck, rev);
    else
      cw_revlist_push(&ready, rev);
  }
  while (ready.len) {
    const struct cw_revision *rev = ready.items[--ready.len];
    const struct cw_revlist *above = all_edges ? &rev->above : &rev->children;
    left--;
    for (size_t i = 0; i < above->len; i++) {
      if (--waits[above->items[i]->index]) continue;
      cw_revset_remove(stuck, above->items[i]);
      cw_revlist_push(&ready, above->items[i]);
    }
  }
  cw_revlist_release(&ready);
  free(waits);
  return left;
}

static struct cw_revision *stuck_below(const struct cw_revision *rev, bool all_edges,
                                       const struct cw_revset *stuck) {
  const struct cw_revlist *below = all_edges ? &rev->below : &rev->parents;
  for (size_t i = 0; i < below->len; i++)
    if (cw_revset_has(stuck, below->items[i])) return below->items[i];
  return NULL;
}

/* Who is stuck stands on someone who is: going down from one long enough ends on a cycle, and once
 * round it gives the members. The list starts at the smallest id. */
static void cycle_members(const struct cw_graph *graph, bool all_edges,
                          const struct cw_revset *stuck, struct cw_revlist *members) {
  struct cw_revision *rev = NULL;
  for (size_t i = 0; i < graph->all.len && !rev; i++)
    if (cw_revset_has(stuck, graph->all.items[i])) rev = graph->all.items[i];
  for (size_t i = 0; i < graph->all.len; i++) rev = stuck_below(rev, all_edges, stuck);
  struct cw_revision *first = rev, *smallest = rev;
  do {
    if (rev->index < smallest->index) smallest = rev;
    rev = stuck_below(rev, all_edges, stuck);
  } while (rev != first);
  rev = smallest;
  do {
    cw_revlist_push(members, rev);
    rev = stuck_below(rev, all_edges, stuck);
  } while (rev != smallest);
}

static int fail_cycle(const struct cw_revlist *members, bool all_edges, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  const char *key = all_edges ? "down_revision or depends_on" : "down_revision";
  if (members->len == 1) {
    cw_describe_revision(&text, members->items[0]);
    cw_fail(err, CW_ERR_CYCLE, "revision %s names itself in %s", text.buf,
            all_edges ? "depends_on" : "down_revision");
    cw_hint(err, "Take its own id out of %s.", all_edges ? "depends_on" : "down_revision");
  } else {
    cw_describe_revisions(&text, members);
    cw_fail(err, CW_ERR_CYCLE, "%zu revisions form a cycle, each standing on the next and the last "
                               "on the first: %s",
            members->len, text.buf);
    cw_hint(err, "Correct the %s of one of them.", key);
  }
  cw_err_where(err, members->items[0]->path, 0);
  strbuf_release(&text);
  return -1;
}

static int find_cycle(const struct cw_graph *graph, bool all_edges, struct cw_err *err) {
  struct cw_revset stuck;
  struct cw_revlist members = {0};
  int status = 0;
  cw_revset_init(&stuck, graph);
  if (find_stuck(graph, all_edges, &stuck)) {
    cycle_members(graph, all_edges, &stuck, &members);
    status = fail_cycle(&members, all_edges, err);
  }
  cw_revset_release(&stuck);
  cw_revlist_release(&members);
  return status;
}

/* A cycle of parents alone is reported before one that needs a dependency to close. */
static int check_cycles(const struct cw_graph *graph, struct cw_err *err) {
  if (find_cycle(graph, true, err) == 0) return 0;
  find_cycle(graph, false, err);
  return -1;
}

/* --- all of it -------------------------------------------------------------------------------- */

static void list_kinds(struct cw_graph *graph) {
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    if (cw_revision_is_head(rev)) cw_revlist_push(&graph->heads, rev);
    if (cw_revision_is_real_head(rev)) cw_revlist_push(&graph->real_heads, rev);
    if (cw_revision_is_base(rev)) cw_revlist_push(&graph->bases, rev);
    if (cw_revision_is_branch_point(rev)) cw_revlist_push(&graph->branch_points, rev);
  }
  struct cw_revlist *order = &graph->newest_first;
  cw_graph_order(graph, NULL, order);
  for (size_t i = 0; i < order->len / 2; i++) {
    struct cw_revision *swap = order->items[i];
    order->items[i] = order->items[order->len - 1 - i];
    order->items[order->len - 1 - i] = swap;
  }
}

/* Files are listed by name, which often begins with the id: then there is nothing to sort. */
static void sort_all(struct cw_graph *graph) {
  for (size_t i = 1; i < graph->all.len; i++)
    if (strcmp(graph->all.items[i - 1]->id, graph->all.items[i]->id) > 0) {
      cw_revlist_sort(&graph->all);
      return;
    }
}

int cw_graph_link(struct cw_graph *graph, struct cw_err *err) {
  if (graph->linked) return 0;
  sort_all(graph);
  for (size_t i = 0; i < graph->all.len; i++) graph->all.items[i]->index = i;
  if (register_labels(graph, err) < 0 || resolve_edges(graph, err) < 0) return -1;
  if (check_cycles(graph, err) < 0) return -1;
  list_kinds(graph);
  spread_labels(graph);
  graph->linked = true;
  return 0;
}
