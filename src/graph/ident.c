/* Taking identifiers apart; finding names, prefixes and branches. Walking is in walk.c. */
#include "graph/ident.h"

#include <errno.h>
#include <stdint.h>

#include "graph/describe.h"
#include "util/suggest.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ID_CHARS LETTERS DIGITS "_."
#define LABEL_CHARS ID_CHARS "-"

/* --- taking apart ----------------------------------------------------------------------------- */

static int fail_word(struct cw_err *err, const char *text, const char *why) {
  cw_fail(err, CW_ERR_USAGE, "'%s' is not a revision identifier: %s", text, why);
  return cw_hint(err, "One is an id or the beginning of one, a branch label, head, heads, base, "
                      "+N, -N, REV+N, REV-N or LABEL@ before one of these.");
}

static enum cw_symbol symbol_of(const char *word) {
  if (!*word) return CW_SYM_NONE;
  if (strcmp(word, "head") == 0) return CW_SYM_HEAD;
  if (strcmp(word, "heads") == 0) return CW_SYM_HEADS;
  if (strcmp(word, "base") == 0) return CW_SYM_BASE;
  if (strcmp(word, "current") == 0) return CW_SYM_CURRENT;
  return CW_SYM_NAME;
}

/* Where the count begins: at the last sign, if only digits follow. NULL: there is none. */
static const char *find_count(const char *text) {
  const char *sign = text + strlen(text);
  while (sign > text && strchr(DIGITS, sign[-1])) sign--;
  if (!*sign || sign == text || !strchr("+-", sign[-1])) return NULL;
  return sign - 1;
}

static int parse_branch(struct cw_ident *out, const char **rest, struct cw_err *err) {
  const char *at = strchr(out->text, '@');
  if (!at) return 0;
  if (strchr(at + 1, '@')) return fail_word(err, out->text, "it has more than one '@'");
  if (at == out->text) return fail_word(err, out->text, "no branch stands before the '@'");
  out->branch = xstrndup(out->text, (size_t)(at - out->text));
  if (out->branch[strspn(out->branch, LABEL_CHARS)])
    return fail_word(err, out->text, "what stands before the '@' is no label and no id");
  if (symbol_of(out->branch) != CW_SYM_NAME)
    return fail_word(err, out->text, "a label or an id stands before the '@', not a symbol");
  *rest = at + 1;
  return 0;
}

static int parse_count(struct cw_ident *out, const char *sign, struct cw_err *err) {
  out->relative = true;
  out->up = *sign == '+';
  errno = 0;
  unsigned long count = strtoul(sign + 1, NULL, 10);
  out->count = errno == ERANGE ? SIZE_MAX : count;
  if (out->count == 0) return fail_word(err, out->text, "a step count of 0 goes nowhere");
  return 0;
}

/* "head-1x": could pass for a label, but what stands before the count says how it was meant. */
static bool has_trailing_garbage(const struct cw_graph *graph, const char *word) {
  for (const char *sign = strchr(word, '-'); sign; sign = strchr(sign + 1, '-')) {
    if (!sign[1] || !strchr(DIGITS, sign[1])) continue;
    char *before = xstrndup(word, (size_t)(sign - word));
    enum cw_symbol symbol = symbol_of(before);
    bool known = symbol == CW_SYM_NAME
                     ? cw_graph_find(graph, before) || cw_graph_label(graph, before)
                     : symbol != CW_SYM_NONE;
    free(before);
    if (known) return true;
  }
  return false;
}

static int parse_symbol(struct cw_ident *out, const struct cw_graph *graph, const char *word,
                        struct cw_err *err) {
  const char *chars = out->branch ? ID_CHARS : LABEL_CHARS;
  if (!*word && !out->relative)
    return fail_word(err, out->text,
                     out->branch ? "nothing stands after the '@'" : "it is empty");
  if (word[strspn(word, chars)] || *word == '-')
    return fail_word(err, out->text, "it has characters that neither an id nor a count has");
  out->symbol = symbol_of(word);
  if (!out->branch && has_trailing_garbage(graph, word) && !cw_graph_label(graph, word))
    return fail_word(err, out->text, "something follows its step count");
  if (out->symbol == CW_SYM_NAME) out->name = xstrdup(word);
  if (out->symbol == CW_SYM_CURRENT && out->branch)
    return fail_word(err, out->text, "`current` stands without a branch");
  return 0;
}

int cw_ident_parse(struct cw_ident *out, const struct cw_graph *graph, const char *text,
                   struct cw_err *err) {
  *out = (struct cw_ident){.text = text};
  const char *rest = text;
  if (strchr(text, ':')) {
    fail_word(err, text, "it is a range");
    return cw_hint(err, "Ranges A:B are for `history -r` and for --sql.");
  }
  if (!strchr(text, '@') && cw_graph_label(graph, text)) { /* it may end in "-2" */
    out->symbol = CW_SYM_NAME;
    out->name = xstrdup(text);
    return 0;
  }
  int status = parse_branch(out, &rest, err);
  const char *sign = status == 0 ? find_count(rest) : NULL;
  if (sign) status = parse_count(out, sign, err);
  if (status == 0) {
    char *word = sign ? xstrndup(rest, (size_t)(sign - rest)) : xstrdup(rest);
    status = parse_symbol(out, graph, word, err);
    free(word);
  }
  if (status < 0) cw_ident_release(out);
  return status;
}

void cw_ident_release(struct cw_ident *ident) {
  xfree(ident->branch);
  xfree(ident->name);
}

/* --- names ------------------------------------------------------------------------------------ */

static int fail_unknown(const struct cw_graph *graph, const struct cw_ident *ident,
                        const char *name, const char *what, bool labels, struct cw_err *err) {
  const struct cw_revlist *all = cw_graph_all(graph);
  VEC(const char *) names = {0};
  bool short_ids = false;
  for (size_t i = 0; i < all->len; i++) {
    const struct cw_revision *rev = all->items[i];
    vec_push(&names, rev->id);
    for (size_t j = 0; labels && j < rev->labels.len; j++) vec_push(&names, rev->labels.items[j]);
    if (strlen(rev->id) <= 3 && strncmp(rev->id, name, strlen(name)) == 0) short_ids = true;
  }
  const char *near = cw_suggest(name, names.items, names.len);
  if (strcmp(name, ident->text) == 0)
    cw_fail(err, CW_ERR_UNKNOWN_REVISION, "there is no %s '%s' in this project", what, name);
  else
    cw_fail(err, CW_ERR_UNKNOWN_REVISION, "there is no %s '%s' in this project (asked for by '%s')",
            what, name, ident->text);
  if (!labels && cw_graph_label(graph, name))
    cw_hint(err, "%s is a branch label; after '@' stands an id, head, heads or base.", name);
  else if (near)
    cw_hint(err, "Did you mean %s?", near);
  else if (short_ids)
    cw_hint(err, "Ids of up to three characters are only found when given whole.");
  else
    cw_hint(err, "`curlew history` lists the revisions.");
  vec_release(&names);
  return -1;
}

static int fail_wrong_branch(const struct cw_ident *ident, const struct cw_branch *branch,
                             const struct cw_revision *rev, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, rev);
  cw_fail(err, CW_ERR_WRONG_BRANCH,
          "revision %s is not on branch %s: it is neither below nor above %s", text.buf,
          ident->branch, branch->rev->id);
  cw_hint(err, "Leave out `%s@`, or name the branch that it is on.", ident->branch);
  strbuf_release(&text);
  return -1;
}

/* Appends the ids longer than three characters that begin with the prefix, by id. */
static void find_prefix(const struct cw_graph *graph, const char *prefix, struct cw_revlist *out) {
  const struct cw_revlist *all = cw_graph_all(graph);
  size_t low = 0, high = all->len, len = strlen(prefix);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(all->items[middle]->id, prefix) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < all->len && strncmp(all->items[low]->id, prefix, len) == 0; low++)
    if (strlen(all->items[low]->id) > 3) cw_revlist_push(out, all->items[low]);
}

static void keep_lineage(const struct cw_branch *branch, struct cw_revlist *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->len; i++)
    if (cw_revset_has(&branch->lineage, list->items[i])) list->items[kept++] = list->items[i];
  list->len = kept;
}

/* The one id that begins with `name`, on the branch if there is one. */
static int choose_prefix(const struct cw_graph *graph, const struct cw_ident *ident,
                         const char *name, const struct cw_branch *branch, bool labels,
                         struct cw_revision **out, struct cw_err *err) {
  struct cw_revlist found = {0};
  int status = 0;
  find_prefix(graph, name, &found);
  struct cw_revision *first = found.len ? found.items[0] : NULL;
  if (branch) keep_lineage(branch, &found);
  if (found.len == 1) {
    *out = found.items[0];
  } else if (found.len > 1) {
    struct strbuf text = STRBUF_INIT;
    cw_describe_revisions(&text, &found);
    status = cw_fail(err, CW_ERR_AMBIGUOUS_REVISION,
                     "'%s' is the beginning of %zu revision ids: %s", name, found.len, text.buf);
    cw_hint(err, "Type more of the id.");
    strbuf_release(&text);
  } else if (first) {
    status = fail_wrong_branch(ident, branch, first, err);
  } else {
    status = fail_unknown(graph, ident, name, labels ? "revision or branch label" : "revision",
                          labels, err);
  }
  cw_revlist_release(&found);
  return status;
}

static int find_name(const struct cw_graph *graph, const struct cw_ident *ident,
                     const struct cw_branch *branch, struct cw_revision **out,
                     struct cw_err *err) {
  struct cw_revision *rev = cw_graph_find(graph, ident->name);
  if (!branch && !rev) rev = cw_graph_label(graph, ident->name);
  if (!rev) return choose_prefix(graph, ident, ident->name, branch, !branch, out, err);
  if (branch && !cw_revset_has(&branch->lineage, rev))
    return fail_wrong_branch(ident, branch, rev, err);
  *out = rev;
  return 0;
}

/* --- branches --------------------------------------------------------------------------------- */

int cw_branch_init(struct cw_branch *out, const struct cw_graph *graph,
                   const struct cw_ident *ident, struct cw_err *err) {
  *out = (struct cw_branch){0};
  if (!ident->branch) return 0;
  out->rev = cw_graph_label(graph, ident->branch);
  if (!out->rev) out->rev = cw_graph_find(graph, ident->branch);
  if (!out->rev) {
    if (ident->branch[strspn(ident->branch, ID_CHARS)]) /* a '-': can't begin an id */
      return fail_unknown(graph, ident, ident->branch, "branch label", true, err);
    if (choose_prefix(graph, ident, ident->branch, NULL, true, &out->rev, err) < 0) return -1;
  }
  struct cw_revlist from = {&out->rev, 1, 0};
  cw_revset_init(&out->lineage, graph);
  cw_graph_ancestors(graph, &from, false, &out->lineage);
  cw_graph_descendants(graph, &from, false, &out->lineage);
  return 0;
}

void cw_branch_release(struct cw_branch *branch) { cw_revset_release(&branch->lineage); }

/* --- symbols ---------------------------------------------------------------------------------- */

static void append(struct cw_revlist *to, const struct cw_revlist *from,
                   const struct cw_branch *branch) {
  for (size_t i = 0; i < from->len; i++)
    if (!branch || cw_revset_has(&branch->lineage, from->items[i]))
      cw_revlist_push(to, from->items[i]);
}

static int find_head(const struct cw_graph *graph, const struct cw_ident *ident,
                     const struct cw_branch *branch, struct cw_revlist *out, struct cw_err *err) {
  struct cw_revlist heads = {0};
  int status = 0;
  append(&heads, cw_graph_heads(graph), branch);
  if (heads.len > 1)
    status = cw_fail_several_heads(graph, ident->text, &heads, err);
  else
    append(out, &heads, NULL);
  cw_revlist_release(&heads);
  return status;
}

int cw_ident_symbol(const struct cw_graph *graph, const struct cw_ident *ident,
                    const struct cw_branch *branch, const struct cw_applied *applied,
                    struct cw_revlist *out, struct cw_err *err) {
  if (!branch->rev) branch = NULL;
  struct cw_revision *rev = NULL;
  switch (ident->symbol) {
  case CW_SYM_HEAD:
    return find_head(graph, ident, branch, out, err);
  case CW_SYM_HEADS:
    append(out, branch ? cw_graph_heads(graph) : cw_graph_real_heads(graph), branch);
    return 0;
  case CW_SYM_CURRENT:
    if (!applied)
      return cw_fail(err, CW_ERR_USAGE, "'%s' needs the database, which is not read here",
                     ident->text);
    append(out, &applied->rows, NULL);
    return 0;
  case CW_SYM_NAME:
    if (find_name(graph, ident, branch, &rev, err) < 0) return -1;
    cw_revlist_push(out, rev);
    return 0;
  case CW_SYM_BASE:
  case CW_SYM_NONE:
    break;
  }
  return 0;
}

void cw_revlist_drop_implied(const struct cw_graph *graph, struct cw_revlist *list) {
  struct cw_revlist below = {0};
  struct cw_revset implied;
  if (list->len < 2) return;
  for (size_t i = 0; i < list->len; i++)
    for (size_t j = 0; j < list->items[i]->below.len; j++)
      cw_revlist_push(&below, list->items[i]->below.items[j]);
  cw_revset_init(&implied, graph);
  cw_graph_ancestors(graph, &below, true, &implied);
  size_t kept = 0;
  for (size_t i = 0; i < list->len; i++)
    if (!cw_revset_has(&implied, list->items[i])) list->items[kept++] = list->items[i];
  list->len = kept;
  cw_revset_release(&implied);
  cw_revlist_release(&below);
}

int cw_ident_one(const struct cw_graph *graph, const struct cw_ident *ident,
                 struct cw_revlist *list, struct cw_revision **place, struct cw_err *err) {
  cw_revlist_drop_implied(graph, list);
  if (list->len > 1) return cw_fail_several_heads(graph, ident->text, list, err);
  *place = list->len ? list->items[0] : NULL;
  return 0;
}
