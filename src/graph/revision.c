/* One revision's plain data and the questions about its place that it can answer itself. */
#include "graph/revision.h"

#include <sha2.h>

struct cw_revision *cw_revision_new(void) {
  struct cw_revision *rev = xcalloc(1, sizeof *rev);
  rev->title = xstrdup("");
  rev->doc = xstrdup("");
  return rev;
}

void cw_revision_free(struct cw_revision *rev) {
  if (!rev) return;
  free(rev->id);
  strvec_release(&rev->down_revision);
  strvec_release(&rev->depends_on);
  strvec_release(&rev->labels);
  free(rev->title);
  free(rev->doc);
  free(rev->path);
  free(rev->text);
  free(rev->created);
  free(rev->irreversible);
  free(rev);
}

const char *cw_revision_checksum(struct cw_revision *rev) {
  if (*rev->checksum) return rev->checksum;
  SHA2_CTX sha;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Init(&sha);
  SHA256Update(&sha, (const uint8_t *)(rev->text ? rev->text : ""), rev->text_len);
  SHA256Final(digest, &sha);
  for (size_t i = 0; i < sizeof digest; i++) {
    rev->checksum[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    rev->checksum[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  rev->checksum[64] = '\0';
  return rev->checksum;
}

void cw_revlist_push(struct cw_revlist *list, struct cw_revision *rev) { vec_push(list, rev); }

bool cw_revlist_has(const struct cw_revlist *list, const struct cw_revision *rev) {
  for (size_t i = 0; i < list->len; i++)
    if (list->items[i] == rev) return true;
  return false;
}

static int by_id(const void *a, const void *b) {
  const struct cw_revision *const *left = a, *const *right = b;
  return strcmp((*left)->id, (*right)->id);
}

void cw_revlist_sort(struct cw_revlist *list) {
  if (list->len > 1) qsort(list->items, list->len, sizeof *list->items, by_id);
}

void cw_revlist_release(struct cw_revlist *list) { vec_release(list); }

/* Symbols of the identifier grammar; no revision and no label may take their place. */
static bool is_symbol(const char *name) {
  return strcmp(name, "head") == 0 || strcmp(name, "heads") == 0 || strcmp(name, "base") == 0 ||
         strcmp(name, "current") == 0;
}

static bool is_name(const char *name, const char *also) {
  size_t len = 0;
  for (; name[len]; len++) {
    char c = name[len];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && !strchr(also, c)) return false;
  }
  return len > 0 && len <= CW_REVISION_ID_MAX && !is_symbol(name);
}

bool cw_revision_id_valid(const char *id) { return is_name(id, "_."); }

bool cw_revision_label_valid(const char *label) { return is_name(label, "_.-"); }

bool cw_revision_is_head(const struct cw_revision *rev) { return rev->children.len == 0; }

bool cw_revision_is_real_head(const struct cw_revision *rev) { return rev->above.len == 0; }

bool cw_revision_is_effective_head(const struct cw_revision *rev) {
  return rev->children.len == 0 && rev->dependents.len > 0;
}

bool cw_revision_is_base(const struct cw_revision *rev) { return rev->parents.len == 0; }

bool cw_revision_is_branch_point(const struct cw_revision *rev) { return rev->children.len > 1; }

bool cw_revision_is_merge_point(const struct cw_revision *rev) { return rev->parents.len > 1; }
