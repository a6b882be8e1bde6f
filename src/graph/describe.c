/* Revisions in messages; see describe.h. */
#include "graph/describe.h"

#include "graph/newrev.h"
#include "util/fs.h"

enum { LISTED = 10 }; /* revisions that a message names before it only counts */

void cw_describe_file(struct strbuf *sb, const struct cw_revision *rev) {
  if (!rev->path) {
    strbuf_addstr(sb, rev->id);
    return;
  }
  char *path = cw_path_display(rev->path);
  strbuf_addstr(sb, path);
  free(path);
}

void cw_describe_revision(struct strbuf *sb, const struct cw_revision *rev) {
  strbuf_addstr(sb, rev->id);
  if (*rev->title) strbuf_addf(sb, " \"%s\"", rev->title);
  if (rev->path) {
    strbuf_addstr(sb, " (");
    cw_describe_file(sb, rev);
    strbuf_addch(sb, ')');
  }
}

void cw_describe_revisions(struct strbuf *sb, const struct cw_revlist *list) {
  for (size_t i = 0; i < list->len; i++) {
    if (i == LISTED) {
      strbuf_addf(sb, " and %zu more", list->len - i);
      return;
    }
    if (i) strbuf_addstr(sb, ", ");
    cw_describe_revision(sb, list->items[i]);
  }
}

void cw_describe_ids(struct strbuf *sb, const struct cw_revlist *list, const char *sep) {
  for (size_t i = 0; i < list->len; i++) {
    if (i) strbuf_addstr(sb, sep);
    strbuf_addstr(sb, list->items[i]->id);
  }
}

/* The label that selects this head and none of the others, or NULL. */
static const char *label_of(const struct cw_revision *head, const struct cw_revlist *heads) {
  for (size_t i = 0; i < head->all_labels.len; i++) {
    size_t having = 0;
    for (size_t j = 0; j < heads->len; j++)
      having += strvec_has(&heads->items[j]->all_labels, head->all_labels.items[i]);
    if (having == 1) return head->all_labels.items[i];
  }
  return NULL;
}

static bool same_members(const struct cw_revlist *a, const struct cw_revlist *b) {
  if (a->len != b->len) return false;
  for (size_t i = 0; i < a->len; i++)
    if (!cw_revlist_has(b, a->items[i])) return false;
  return true;
}

/* Two files with one parent, the daily case after a merge of repositories: names both and the
 * command that puts the later line on top of the earlier one. */
static void add_rebase_advice(const struct cw_graph *graph, const struct cw_revlist *heads,
                              struct strbuf *hint) {
  for (size_t i = 0; i < heads->len && i < LISTED; i++)
    for (size_t j = i + 1; j < heads->len && j < LISTED; j++) {
      struct cw_fork fork;
      if (!cw_newrev_fork(graph, heads->items[i], heads->items[j], &fork)) continue;
      strbuf_addf(hint, " Revisions %s (", fork.first->id);
      cw_describe_file(hint, fork.first);
      strbuf_addf(hint, ") and %s (", fork.second->id);
      cw_describe_file(hint, fork.second);
      strbuf_addf(hint,
                  ") both have the parent %s: `curlew rebase %s --onto %s` makes one line of them.",
                  fork.parent->id, fork.move->id, fork.onto->id);
      return;
    }
}

int cw_fail_several_heads(const struct cw_graph *graph, const char *word,
                          const struct cw_revlist *heads, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT, hint = STRBUF_INIT;
  cw_describe_revisions(&text, heads);
  cw_fail(err, CW_ERR_MULTIPLE_HEADS, "'%s' means %zu revisions: %s", word, heads->len, text.buf);

  const char *label = label_of(heads->items[0], heads);
  strbuf_addf(&hint, "Name one (`%s`), select a branch with LABEL@head", heads->items[0]->id);
  if (label) strbuf_addf(&hint, " (`%s@head`)", label);
  strbuf_addstr(&hint, " or take all with `heads`; or join them: `curlew merge ");
  if (same_members(heads, cw_graph_real_heads(graph)))
    strbuf_addstr(&hint, "heads");
  else
    cw_describe_ids(&hint, heads, " ");
  strbuf_addstr(&hint, " -m \"...\"`.");
  add_rebase_advice(graph, heads, &hint);
  cw_hint(err, "%s", hint.buf);
  strbuf_release(&text);
  strbuf_release(&hint);
  return -1;
}
