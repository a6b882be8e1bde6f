/* A revision as a line, as a long entry and as JSON: the shapes that history, heads, branches,
 * current and show have in common. */
#ifndef CW_CLI_ENTRY_H
#define CW_CLI_ENTRY_H

#include <jansson.h>

#include "cli/out.h"
#include "graph/graph.h"

enum cw_entry_parts {
  CW_ENTRY_PARENTS = 1, /* "parent (dependencies) -> " before the id */
  CW_ENTRY_POINTS = 2,  /* (branchpoint) (mergepoint) */
  CW_ENTRY_TITLE = 4
};

/* `ae1027a6acf (label) (head)`. `current`: whether it is one of the applied heads. Appends without a
 * newline. */
void cw_entry_line(const struct cw_out *out, const struct cw_revision *rev, unsigned parts,
                   bool current, struct strbuf *sb);
/* The long form, several lines; `journal` (may be NULL) is what cw_run_journal gave. */
void cw_entry_long(const struct cw_out *out, const struct cw_revision *rev, bool current,
                   json_t *journal, struct strbuf *sb);
/* As contract section 3 has it. `journal` is added when it is not NULL. */
json_t *cw_entry_json(const struct cw_revision *rev, bool current, json_t *journal);
/* A list of them; `current` may be NULL. */
json_t *cw_entries_json(const struct cw_revlist *list, const struct cw_revlist *current);

#endif
