/* One revision: what its file declares, and (once a graph has linked it) its neighbours. Plain
 * data; strings are owned by the revision. */
#ifndef CW_GRAPH_REVISION_H
#define CW_GRAPH_REVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "util/vec.h"

#define CW_REVISION_ID_MAX 128 /* bytes: the width of version_num */

struct cw_revision;
struct cw_revlist { /* borrowed revisions, in the order that the field's comment gives */
  struct cw_revision **items;
  size_t len, cap;
};

enum cw_txn_mode { CW_TXN_DEFAULT, CW_TXN_EACH, CW_TXN_ALL, CW_TXN_NONE };

struct cw_revision {
  /* as the file declares them */
  char *id;
  struct strvec down_revision; /* as written: none for a base, several for a merge */
  struct strvec depends_on;    /* as written: ids or labels */
  struct strvec labels;        /* branch_labels as written */
  char *title;                 /* first comment line; "" when there is none */
  char *doc;                   /* the leading comment, "-- " stripped; "" when there is none */
  char *path;                  /* of the file, absolute */
  char *created;               /* "Create Date:" of the leading comment as written, or NULL */
  bool has_upgrade, has_downgrade;
  char *irreversible;          /* the reason given, or NULL */
  enum cw_txn_mode transaction; /* CW_TXN_DEFAULT: the configuration decides */
  bool plain;                  /* all of this follows from the file's text, and loading it does nothing else */
  char *text;                  /* the file as it was loaded, "\r\n" read as "\n"; NULL: it is not */
  size_t text_len;
  char checksum[65];           /* of the text, once cw_revision_checksum was called; else "" */

  /* filled by cw_graph_link; the lists' memory is the graph's */
  size_t index;                  /* position in the graph's id order */
  struct cw_revlist parents;     /* resolved, as written */
  struct cw_revlist depends;     /* resolved, as written (each once) */
  struct cw_revlist children;    /* by id */
  struct cw_revlist dependents;  /* by id */
  struct cw_revlist below;       /* parents, then depends, each once: what it stands on */
  struct cw_revlist above;       /* children and dependents, each once, by id */
  struct strvec all_labels;      /* own and inherited (Alembic's rule), sorted */
};

struct cw_revision *cw_revision_new(void);
/* SHA-256 in hex of the text. Worked out when first asked for: most commands never do. */
const char *cw_revision_checksum(struct cw_revision *rev);
void cw_revision_free(struct cw_revision *rev);

void cw_revlist_push(struct cw_revlist *list, struct cw_revision *rev);
bool cw_revlist_has(const struct cw_revlist *list, const struct cw_revision *rev);
void cw_revlist_sort(struct cw_revlist *list); /* by id */
void cw_revlist_release(struct cw_revlist *list);

/* Ids match [A-Za-z0-9_.]+, labels also "-", both up to CW_REVISION_ID_MAX bytes; neither may be a
 * symbol (head, heads, base, current). */
bool cw_revision_id_valid(const char *id);
bool cw_revision_label_valid(const char *label);

/* A head has no child; a real head is no one's dependency either; a base has no parent. */
bool cw_revision_is_head(const struct cw_revision *rev);
bool cw_revision_is_real_head(const struct cw_revision *rev);
bool cw_revision_is_effective_head(const struct cw_revision *rev); /* head, but depended on */
bool cw_revision_is_base(const struct cw_revision *rev);
bool cw_revision_is_branch_point(const struct cw_revision *rev); /* several children */
bool cw_revision_is_merge_point(const struct cw_revision *rev);  /* several parents */

#endif
