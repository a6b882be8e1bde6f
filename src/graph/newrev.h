/* New revisions, merges and rebases, checked before a file is written. */
#ifndef CW_GRAPH_NEWREV_H
#define CW_GRAPH_NEWREV_H

#include "graph/graph.h"
#include "graph/script_dir.h"

/* What `revision` and `merge` were asked for. Everything is borrowed. */
struct cw_newrev_request {
  const struct strvec *heads;      /* --head (NULL or none: "head"), or merge's words */
  bool merge;                      /* `merge`: the words name parents, base is none of them */
  bool splice;
  const char *branch_label;        /* or NULL */
  const char *rev_id;              /* --rev-id, or NULL: one is made as revision_ids says */
  const struct strvec *depends_on; /* or NULL */
  const char *version_path;        /* --version-path, absolute, or NULL */
  const struct strvec *locations;  /* version_locations, absolute */
};

/* What the file is to say. */
struct cw_newrev {
  char *id;                    /* rev_id of the request; NULL when none was given */
  struct strvec down_revision; /* ids, as the words have them; none for a base */
  struct strvec depends_on;    /* ids, and labels where the word was a label */
  struct strvec labels;
  char *folder;                /* a version location, absolute */
};

/* Errors: those of cw_resolve; CW_ERR_USAGE for names that can't be ids or labels and for a missing
 * or foreign --version-path; CW_ERR_DUPLICATE_REVISION, CW_ERR_DUPLICATE_LABEL; CW_ERR_BAD_TARGET
 * for a parent that is no head (without splice), named twice, or not there. */
int cw_newrev_check(const struct cw_graph *graph, const struct cw_newrev_request *request,
                    struct cw_newrev *out, struct cw_err *err);
void cw_newrev_release(struct cw_newrev *newrev);

/* A fresh id that neither a revision nor a label has: 12 random hex digits; the date as
 * YYYYMMDDHHMMSS, a second later for as long as it is taken; the next of 0001, 0002, ...
 * The caller frees. */
char *cw_newrev_random_id(const struct cw_graph *graph);
char *cw_newrev_date_id(const struct cw_graph *graph, const struct cw_when *when);
char *cw_newrev_sequence_id(const struct cw_graph *graph);

/* --- rebase ----------------------------------------------------------------------------------- */

/* Two revisions that follow one parent, found below two heads, and what to say to `rebase`. */
struct cw_fork {
  struct cw_revision *parent; /* of both */
  struct cw_revision *first, *second;
  struct cw_revision *move, *onto; /* the heads: the later line goes onto the earlier */
};
/* False when the heads' lines don't part at a common parent by plain steps. */
bool cw_newrev_fork(const struct cw_graph *graph, struct cw_revision *a, struct cw_revision *b,
                    struct cw_fork *out);

/* Which file `rebase REV --onto REV` changes, and how. */
struct cw_rebase {
  struct cw_revision *rev;  /* the file to change: where REV's line leaves what --onto stands on */
  struct cw_revision *onto; /* its new parent */
  struct cw_revision *from; /* its former parent; NULL: it was a base */
  bool done;                /* it has that parent already */
};
/* Errors: those of cw_resolve; CW_ERR_BAD_TARGET when it would make a cycle or meets a merge. */
int cw_newrev_rebase(const struct cw_graph *graph, const char *rev, const char *onto,
                     struct cw_rebase *out, struct cw_err *err);

#endif
