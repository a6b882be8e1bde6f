/* The graph as a container, and sets over it: closures, applied sets, version rows, order. Linking
 * is in link.c. */
#include "graph/graph_internal.h"

#include "graph/describe.h"
#include "util/fs.h"

/* --- the container ---------------------------------------------------------------------------- */

struct cw_graph *cw_graph_new(void) { return xcalloc(1, sizeof(struct cw_graph)); }

static void free_names(struct cw_graph_name **names) {
  struct cw_graph_name *name, *next;
  HASH_ITER(hh, *names, name, next) {
    HASH_DEL(*names, name);
    free(name);
  }
}

void cw_graph_free(struct cw_graph *graph) {
  if (!graph) return;
  free_names(&graph->ids);
  free_names(&graph->labels);
  for (size_t i = 0; i < graph->all.len; i++) cw_revision_free(graph->all.items[i]);
  cw_revlist_release(&graph->all);
  cw_revlist_release(&graph->heads);
  cw_revlist_release(&graph->real_heads);
  cw_revlist_release(&graph->bases);
  cw_revlist_release(&graph->branch_points);
  cw_revlist_release(&graph->newest_first);
  free(graph->edges);
  free(graph->label_names);
  free(graph);
}

static int check_names(const struct cw_revision *rev, struct cw_err *err) {
  if (!rev->id || !cw_revision_id_valid(rev->id)) {
    cw_fail(err, CW_ERR_BAD_SCRIPT, "%s declares the revision id '%s', which can't be one",
            rev->path ? rev->path : "a revision", rev->id ? rev->id : "");
    cw_hint(err, "Ids are up to %d letters, digits, '_' and '.', and not head, heads, base or "
                 "current.", CW_REVISION_ID_MAX);
    cw_err_where(err, rev->path, 0);
    return -1;
  }
  for (size_t i = 0; i < rev->labels.len; i++) {
    if (cw_revision_label_valid(rev->labels.items[i])) continue;
    cw_fail(err, CW_ERR_BAD_SCRIPT,
            "revision %s declares the branch label '%s', which can't be one", rev->id,
            rev->labels.items[i]);
    cw_hint(err, "Labels are up to %d letters, digits, '_', '.' and '-', and not head, heads, base "
                 "or current.", CW_REVISION_ID_MAX);
    cw_err_where(err, rev->path, 0);
    return -1;
  }
  return 0;
}

int cw_graph_add(struct cw_graph *graph, struct cw_revision *rev, struct cw_err *err) {
  if (check_names(rev, err) < 0) {
    cw_revision_free(rev);
    return -1;
  }
  const struct cw_revision *other = cw_graph_find(graph, rev->id);
  if (other) {
    struct strbuf both = STRBUF_INIT;
    cw_describe_file(&both, other);
    strbuf_addstr(&both, " and ");
    cw_describe_file(&both, rev);
    cw_fail(err, CW_ERR_DUPLICATE_REVISION, "revision id %s is declared twice: by %s", rev->id,
            both.buf);
    cw_hint(err,
            "Give one of the two another id, in the file and in the down_revision of the files "
            "that follow it.");
    cw_err_where(err, rev->path, 0);
    strbuf_release(&both);
    cw_revision_free(rev);
    return -1;
  }
  struct cw_graph_name *entry = xcalloc(1, sizeof *entry);
  entry->name = rev->id;
  entry->rev = rev;
  HASH_ADD_KEYPTR(hh, graph->ids, entry->name, strlen(entry->name), entry);
  cw_revlist_push(&graph->all, rev);
  return 0;
}

static struct cw_revision *lookup(struct cw_graph_name *names, const char *name) {
  struct cw_graph_name *entry;
  HASH_FIND_STR(names, name, entry);
  return entry ? entry->rev : NULL;
}

struct cw_revision *cw_graph_find(const struct cw_graph *graph, const char *id) {
  return lookup(graph->ids, id);
}

struct cw_revision *cw_graph_label(const struct cw_graph *graph, const char *label) {
  return lookup(graph->labels, label);
}

size_t cw_graph_count(const struct cw_graph *graph) { return graph->all.len; }

const struct cw_revlist *cw_graph_all(const struct cw_graph *graph) { return &graph->all; }

const struct cw_revlist *cw_graph_heads(const struct cw_graph *graph) { return &graph->heads; }

const struct cw_revlist *cw_graph_real_heads(const struct cw_graph *graph) {
  return &graph->real_heads;
}

const struct cw_revlist *cw_graph_bases(const struct cw_graph *graph) { return &graph->bases; }

const struct cw_revlist *cw_graph_branch_points(const struct cw_graph *graph) {
  return &graph->branch_points;
}

const struct cw_revlist *cw_graph_newest_first(const struct cw_graph *graph) {
  return &graph->newest_first;
}

/* --- sets ------------------------------------------------------------------------------------- */

static size_t set_bytes(const struct cw_revset *set) { return (set->count + 7) / 8; }

void cw_revset_init(struct cw_revset *set, const struct cw_graph *graph) {
  set->count = graph->all.len;
  set->bits = xcalloc(set_bytes(set) + 1, 1);
}

void cw_revset_release(struct cw_revset *set) {
  xfree(set->bits);
  set->count = 0;
}

bool cw_revset_has(const struct cw_revset *set, const struct cw_revision *rev) {
  return set->bits[rev->index / 8] >> (rev->index % 8) & 1;
}

void cw_revset_add(struct cw_revset *set, const struct cw_revision *rev) {
  set->bits[rev->index / 8] |= (unsigned char)(1u << (rev->index % 8));
}

void cw_revset_remove(struct cw_revset *set, const struct cw_revision *rev) {
  set->bits[rev->index / 8] &= (unsigned char)~(1u << (rev->index % 8));
}

void cw_revset_union(struct cw_revset *set, const struct cw_revset *with) {
  for (size_t i = 0; i < set_bytes(set); i++) set->bits[i] |= with->bits[i];
}

void cw_revset_intersect(struct cw_revset *set, const struct cw_revset *with) {
  for (size_t i = 0; i < set_bytes(set); i++) set->bits[i] &= with->bits[i];
}

/* The one walk behind both closures. It keeps its own record of where it was: what `set` holds
 * already says nothing about what lies beyond. */
static void closure(const struct cw_graph *graph, const struct cw_revlist *from, bool up,
                    bool all_edges, struct cw_revset *set) {
  struct cw_revlist pending = {0};
  struct cw_revset seen;
  cw_revset_init(&seen, graph);
  for (size_t i = 0; i < from->len; i++) {
    if (cw_revset_has(&seen, from->items[i])) continue;
    cw_revset_add(&seen, from->items[i]);
    cw_revlist_push(&pending, from->items[i]);
  }
  while (pending.len) {
    const struct cw_revision *rev = pending.items[--pending.len];
    const struct cw_revlist *next = up ? (all_edges ? &rev->above : &rev->children)
                                       : (all_edges ? &rev->below : &rev->parents);
    for (size_t i = 0; i < next->len; i++) {
      if (cw_revset_has(&seen, next->items[i])) continue;
      cw_revset_add(&seen, next->items[i]);
      cw_revlist_push(&pending, next->items[i]);
    }
  }
  cw_revset_union(set, &seen);
  cw_revset_release(&seen);
  cw_revlist_release(&pending);
}

void cw_graph_ancestors(const struct cw_graph *graph, const struct cw_revlist *from,
                        bool dependencies, struct cw_revset *set) {
  closure(graph, from, false, dependencies, set);
}

void cw_graph_descendants(const struct cw_graph *graph, const struct cw_revlist *from,
                          bool dependents, struct cw_revset *set) {
  closure(graph, from, true, dependents, set);
}

/* --- order ------------------------------------------------------------------------------------ */

struct visit { /* a revision on the path of the depth-first walk */
  struct cw_revision *rev;
  size_t next; /* of rev->below */
};

/* Appends what `start` stands on, then `start`; `seen` is skipped. */
static void visit_from(struct cw_revision *start, struct cw_revset *seen, struct cw_revlist *out) {
  VEC(struct visit) path = {0};
  if (cw_revset_has(seen, start)) return;
  cw_revset_add(seen, start);
  vec_push(&path, ((struct visit){start, 0}));
  while (path.len) {
    struct visit *top = &path.items[path.len - 1];
    if (top->next == top->rev->below.len) {
      cw_revlist_push(out, top->rev);
      path.len--;
      continue;
    }
    struct cw_revision *below = top->rev->below.items[top->next++];
    if (cw_revset_has(seen, below)) continue;
    cw_revset_add(seen, below);
    vec_push(&path, ((struct visit){below, 0}));
  }
  vec_release(&path);
}

void cw_graph_order(const struct cw_graph *graph, const struct cw_revset *within,
                    struct cw_revlist *out) {
  struct cw_revlist starts = {0};
  struct cw_revset seen;
  cw_revset_init(&seen, graph);
  if (within)
    cw_graph_tips(graph, within, &starts);
  else
    for (size_t i = 0; i < graph->heads.len; i++) cw_revlist_push(&starts, graph->heads.items[i]);
  vec_reserve(out, out->len + graph->all.len);
  for (size_t i = 0; i < starts.len; i++) visit_from(starts.items[i], &seen, out);
  cw_revset_release(&seen);
  cw_revlist_release(&starts);
}

/* --- applied sets and version rows ------------------------------------------------------------ */

void cw_graph_unknown_rows(const struct cw_graph *graph, const struct strvec *rows,
                           struct strvec *unknown) {
  for (size_t i = 0; i < rows->len; i++)
    if (!cw_graph_find(graph, rows->items[i])) strvec_push(unknown, rows->items[i]);
}

int cw_graph_applied(const struct cw_graph *graph, const struct strvec *rows,
                     struct cw_revset *applied, struct cw_err *err) {
  struct cw_revlist known = {0};
  int status = 0;
  for (size_t i = 0; i < rows->len; i++) {
    struct cw_revision *rev = cw_graph_find(graph, rows->items[i]);
    if (rev) {
      cw_revlist_push(&known, rev);
      continue;
    }
    status = cw_fail(err, CW_ERR_UNKNOWN_IN_DATABASE,
                     "the database is at revision %s, which no file of this project declares",
                     rows->items[i]);
    cw_hint(err, "Get the file back (another branch of the repository may have it), or, if the "
                 "schema is known to be at another revision, run `curlew stamp --purge REV`.");
    cw_err_revision(err, rows->items[i]);
    break;
  }
  if (status == 0) cw_graph_ancestors(graph, &known, true, applied);
  cw_revlist_release(&known);
  return status;
}

static bool any_in(const struct cw_revlist *list, const struct cw_revset *set) {
  for (size_t i = 0; i < list->len; i++)
    if (cw_revset_has(set, list->items[i])) return true;
  return false;
}

void cw_graph_rows(const struct cw_graph *graph, const struct cw_revset *applied,
                   struct cw_revlist *rows) {
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    if (cw_revset_has(applied, rev) && !any_in(&rev->above, applied)) cw_revlist_push(rows, rev);
  }
}

void cw_graph_tips(const struct cw_graph *graph, const struct cw_revset *applied,
                   struct cw_revlist *tips) {
  for (size_t i = 0; i < graph->all.len; i++) {
    struct cw_revision *rev = graph->all.items[i];
    if (cw_revset_has(applied, rev) && !any_in(&rev->children, applied)) cw_revlist_push(tips, rev);
  }
}
