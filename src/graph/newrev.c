/* Checks for `revision` and `merge`, and fresh revision ids. Rebase is in rebase.c. */
#include "graph/newrev.h"

#include <sys/random.h>

#include "graph/describe.h"
#include "graph/resolve.h"
#include "util/fs.h"

/* --- parents ---------------------------------------------------------------------------------- */

static int fail_duplicate_parent(const struct cw_revision *rev, struct cw_err *err) {
  cw_fail(err, CW_ERR_BAD_TARGET, "revision %s is named twice as a parent", rev->id);
  return cw_hint(err, "Name each revision once.");
}

static int fail_not_head(const struct cw_revision *rev, struct cw_err *err) {
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, rev);
  strbuf_addstr(&text, " is not a head: ");
  cw_describe_revisions(&text, &rev->children);
  cw_fail(err, CW_ERR_BAD_TARGET, "revision %s follow%s it", text.buf,
          rev->children.len == 1 ? "s" : "");
  cw_hint(err, "Add --splice to start a new branch here, or name a head.");
  strbuf_release(&text);
  return -1;
}

/* `merge heads` joins the real heads. Where dependencies leave only one of these, joining means the
 * heads by parents. */
static void widen_heads(const struct cw_graph *graph, const char *word, struct cw_revlist *found) {
  if (strcmp(word, "heads") != 0 || found->len > 1) return;
  const struct cw_revlist *heads = cw_graph_heads(graph);
  vec_clear(found);
  for (size_t i = 0; i < heads->len; i++) cw_revlist_push(found, heads->items[i]);
}

static int add_parents(const struct cw_graph *graph, const struct cw_newrev_request *request,
                       const char *word, struct cw_revlist *parents, struct cw_err *err) {
  struct cw_revlist found = {0};
  unsigned flags = CW_RESOLVE_RELATIVE | (request->merge ? 0 : CW_RESOLVE_BASE);
  int status = cw_resolve(graph, word, flags, NULL, &found, err);
  if (status == 0 && request->merge) widen_heads(graph, word, &found);
  for (size_t i = 0; i < found.len && status == 0; i++) {
    if (cw_revlist_has(parents, found.items[i]))
      status = fail_duplicate_parent(found.items[i], err);
    else if (!request->splice && !cw_revision_is_head(found.items[i]))
      status = fail_not_head(found.items[i], err);
    else
      cw_revlist_push(parents, found.items[i]);
  }
  cw_revlist_release(&found);
  return status;
}

static int find_parents(const struct cw_graph *graph, const struct cw_newrev_request *request,
                        struct cw_revlist *parents, struct cw_err *err) {
  if (!request->merge && (!request->heads || !request->heads->len))
    return add_parents(graph, request, "head", parents, err);
  for (size_t i = 0; request->heads && i < request->heads->len; i++)
    if (add_parents(graph, request, request->heads->items[i], parents, err) < 0) return -1;
  if (!request->merge || parents->len) return 0;
  cw_fail(err, CW_ERR_BAD_TARGET, "there is nothing to merge: the project has no revisions");
  return cw_hint(err, "`curlew revision -m \"...\"` writes the first one.");
}

/* --- names ------------------------------------------------------------------------------------ */

static int check_id(const struct cw_graph *graph, const char *id, struct cw_err *err) {
  if (!id) return 0;
  if (!cw_revision_id_valid(id)) {
    cw_fail(err, CW_ERR_USAGE, "'%s' can't be a revision id", id);
    return cw_hint(err, "Ids are up to %d letters, digits, '_' and '.', and not head, heads, base "
                        "or current.", CW_REVISION_ID_MAX);
  }
  const struct cw_revision *other = cw_graph_find(graph, id);
  const struct cw_revision *labelled = cw_graph_label(graph, id);
  if (!other && !labelled) return 0;
  struct strbuf text = STRBUF_INIT;
  cw_describe_revision(&text, other ? other : labelled);
  if (other)
    cw_fail(err, CW_ERR_DUPLICATE_REVISION, "revision id %s is taken: %s", id, text.buf);
  else
    cw_fail(err, CW_ERR_DUPLICATE_LABEL, "%s is taken: it is a branch label of revision %s", id,
            text.buf);
  cw_hint(err, "Choose another --rev-id; no file was written.");
  strbuf_release(&text);
  return -1;
}

static int check_label(const struct cw_graph *graph, const char *label, const char *id,
                       struct cw_err *err) {
  if (!label) return 0;
  if (!cw_revision_label_valid(label)) {
    cw_fail(err, CW_ERR_USAGE, "'%s' can't be a branch label", label);
    return cw_hint(err, "Labels are up to %d letters, digits, '_', '.' and '-', and not head, "
                        "heads, base or current.", CW_REVISION_ID_MAX);
  }
  const struct cw_revision *other = cw_graph_label(graph, label);
  if (!other) other = cw_graph_find(graph, label);
  if (!other && !(id && strcmp(id, label) == 0)) return 0;
  if (other) {
    struct strbuf text = STRBUF_INIT;
    cw_describe_revision(&text, other);
    cw_fail(err, CW_ERR_DUPLICATE_LABEL, "%s is taken: it is %s revision %s", label,
            strcmp(other->id, label) == 0 ? "the id of" : "a branch label of", text.buf);
    strbuf_release(&text);
  } else {
    cw_fail(err, CW_ERR_DUPLICATE_LABEL, "%s can't be both the id and the branch label", label);
  }
  return cw_hint(err, "Choose another --branch-label; no file was written.");
}

/* Labels stay labels, so the dependency reads as it was meant; the rest becomes whole ids. */
static int find_dependencies(const struct cw_graph *graph,
                             const struct cw_newrev_request *request, struct cw_newrev *out,
                             struct cw_err *err) {
  for (size_t i = 0; request->depends_on && i < request->depends_on->len; i++) {
    const char *word = request->depends_on->items[i];
    struct cw_revlist found = {0};
    int status = cw_resolve(graph, word, CW_RESOLVE_ONE | CW_RESOLVE_RELATIVE, NULL, &found, err);
    if (status == 0 && !found.len)
      status = cw_fail(err, CW_ERR_BAD_TARGET, "'%s' is no revision yet: nothing to depend on",
                       word);
    if (status == 0) {
      const char *name = cw_graph_label(graph, word) ? word : found.items[0]->id;
      if (!strvec_has(&out->depends_on, name)) strvec_push(&out->depends_on, name);
    }
    cw_revlist_release(&found);
    if (status < 0) return -1;
  }
  return 0;
}

/* --- the folder ------------------------------------------------------------------------------- */

static bool lies_in(const char *path, const char *folder) {
  size_t len = strlen(folder);
  while (len > 1 && folder[len - 1] == '/') len--;
  return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* The location that holds the file: the innermost, if one lies in another. */
static const char *location_of(const struct strvec *locations, const struct cw_revision *rev) {
  const char *best = NULL;
  char *path = rev->path ? cw_path_absolute(rev->path) : xstrdup("");
  for (size_t i = 0; i < locations->len; i++)
    if (lies_in(path, locations->items[i]) &&
        (!best || strlen(locations->items[i]) > strlen(best)))
      best = locations->items[i];
  free(path);
  return best;
}

static int fail_location(const struct strvec *locations, struct cw_err *err, const char *what) {
  char *list = strvec_join(locations, ", ");
  cw_fail(err, CW_ERR_USAGE, "%s", what);
  cw_hint(err, "the version locations are: %s.", list);
  free(list);
  return -1;
}

static int choose_folder(const struct cw_newrev_request *request,
                         const struct cw_revlist *parents, struct cw_newrev *out,
                         struct cw_err *err) {
  const struct strvec *locations = request->locations;
  const char *chosen = NULL;
  if (request->version_path) {
    char *wanted = cw_path_absolute(request->version_path);
    for (size_t i = 0; i < locations->len && !chosen; i++) {
      char *location = cw_path_absolute(locations->items[i]);
      if (strcmp(location, wanted) == 0) chosen = locations->items[i];
      free(location);
    }
    free(wanted);
    if (!chosen) {
      char *text = xasprintf("--version-path %s is none of the version locations",
                             request->version_path);
      fail_location(locations, err, text);
      free(text);
      return -1;
    }
  } else if (locations->len == 1) {
    chosen = locations->items[0];
  } else {
    for (size_t i = 0; i < parents->len && !chosen; i++)
      chosen = location_of(locations, parents->items[i]);
    if (!chosen)
      return fail_location(locations, err,
                           "there are several version locations: the first revision of a base "
                           "needs --version-path");
  }
  out->folder = cw_path_absolute(chosen);
  return 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

int cw_newrev_check(const struct cw_graph *graph, const struct cw_newrev_request *request,
                    struct cw_newrev *out, struct cw_err *err) {
  struct cw_revlist parents = {0};
  *out = (struct cw_newrev){0};
  int status = check_id(graph, request->rev_id, err);
  if (status == 0) status = check_label(graph, request->branch_label, request->rev_id, err);
  if (status == 0) status = find_parents(graph, request, &parents, err);
  if (status == 0) status = find_dependencies(graph, request, out, err);
  if (status == 0) status = choose_folder(request, &parents, out, err);
  if (status == 0) {
    out->id = xstrdup(request->rev_id);
    for (size_t i = 0; i < parents.len; i++)
      strvec_push(&out->down_revision, parents.items[i]->id);
    if (request->branch_label) strvec_push(&out->labels, request->branch_label);
  } else {
    cw_newrev_release(out);
  }
  cw_revlist_release(&parents);
  return status;
}

void cw_newrev_release(struct cw_newrev *newrev) {
  xfree(newrev->id);
  strvec_release(&newrev->down_revision);
  strvec_release(&newrev->depends_on);
  strvec_release(&newrev->labels);
  xfree(newrev->folder);
}

/* --- fresh ids -------------------------------------------------------------------------------- */

static bool is_taken(const struct cw_graph *graph, const char *name) {
  return cw_graph_find(graph, name) || cw_graph_label(graph, name);
}

char *cw_newrev_random_id(const struct cw_graph *graph) {
  char id[13];
  do {
    unsigned char bytes[6];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
      abort(); /* a kernel before 3.17 */
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(id + 2 * i, 3, "%02x", bytes[i]);
  } while (is_taken(graph, id));
  return xstrdup(id);
}

char *cw_newrev_date_id(const struct cw_graph *graph, const struct cw_when *when) {
  struct tm tm = when->tm;
  char id[32];
  for (;;) {
    snprintf(id, sizeof id, "%04d%02d%02d%02d%02d%02d", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (!is_taken(graph, id)) return xstrdup(id);
    tm.tm_sec++;
    tm.tm_gmtoff = 0; /* only the calendar is wanted: a later second of the same clock */
    time_t later = timegm(&tm);
    gmtime_r(&later, &tm);
  }
}

/* Longer numbers are dates or something else's, not members of the sequence. */
enum { SEQUENCE_DIGITS = 9 };

char *cw_newrev_sequence_id(const struct cw_graph *graph) {
  const struct cw_revlist *all = cw_graph_all(graph);
  unsigned long last = 0;
  for (size_t i = 0; i < all->len; i++) {
    const char *id = all->items[i]->id;
    if (strlen(id) > SEQUENCE_DIGITS || id[strspn(id, "0123456789")]) continue;
    unsigned long number = strtoul(id, NULL, 10);
    if (number > last) last = number;
  }
  char *id = xasprintf("%04lu", last + 1);
  while (is_taken(graph, id)) {
    free(id);
    id = xasprintf("%04lu", ++last + 1);
  }
  return id;
}
