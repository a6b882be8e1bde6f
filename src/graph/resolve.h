/* Revision identifiers (contract 4): from the user's words to revisions. All errors are
 * CW_ERR_USAGE (words that can't be an identifier of that command), CW_ERR_UNKNOWN_REVISION,
 * CW_ERR_AMBIGUOUS_REVISION (lists the candidates with titles), CW_ERR_WRONG_BRANCH,
 * CW_ERR_MULTIPLE_HEADS (lists them, their files and the ways out) or CW_ERR_BAD_TARGET (an
 * overwalk, an unreachable target). */
#ifndef CW_GRAPH_RESOLVE_H
#define CW_GRAPH_RESOLVE_H

#include "graph/graph.h"

/* One identifier that names a revision by itself, relative forms counted from the symbol
 * (`head-2`, `LABEL@head`, `REV+1`, prefixes): for show, edit, stamp, merge, revision --head,
 * --depends-on and history's ends. */
enum cw_resolve_flags {
  CW_RESOLVE_ONE = 1,       /* several answers are an error (else: heads, LABEL@heads) */
  CW_RESOLVE_RELATIVE = 2,  /* REV+N, REV-N, +N, -N allowed */
  CW_RESOLVE_CURRENT = 4,   /* `current` allowed */
  CW_RESOLVE_BASE = 8,      /* `base` allowed; it resolves to an empty list */
};
/* Appends to `out`, by id. `rows`: the version rows, needed for `current`, +N and -N (NULL when the
 * database was not read; the words that need it are then errors). */
int cw_resolve(const struct cw_graph *graph, const char *text, unsigned flags,
               const struct strvec *rows, struct cw_revlist *out, struct cw_err *err);

/* A range `A:B` split at the colon; false when there is none. Ends may be empty strings. */
bool cw_resolve_is_range(const char *text);
int cw_resolve_split_range(const char *text, char **lower, char **upper, struct cw_err *err);

/* Whether the answer to `text` can depend on the version rows (`current`, `+N`, `-N`, LABEL@+N):
 * commands that only need the files don't connect otherwise. */
bool cw_resolve_needs_rows(const char *text);

/* history -r A:B: the revisions of the range, newest first (contract 4, rule 8). */
int cw_resolve_history(const struct cw_graph *graph, const char *range, const struct strvec *rows,
                       struct cw_revlist *out, struct cw_err *err);

#endif
