/* How messages name revisions: id, title and file, lists of them, and the way out of several heads.
 */
#ifndef CW_GRAPH_DESCRIBE_H
#define CW_GRAPH_DESCRIBE_H

#include "graph/graph.h"
#include "util/strbuf.h"

/* Its path as it reads best from here, or its id when it has none. */
void cw_describe_file(struct strbuf *sb, const struct cw_revision *rev);
/* ae1027a6acf "create users" (migrations/versions/ae1027a6acf_create_users.lua) */
void cw_describe_revision(struct strbuf *sb, const struct cw_revision *rev);
/* The same for a list, comma-separated, cut after ten ("and 3 more"). */
void cw_describe_revisions(struct strbuf *sb, const struct cw_revlist *list);
/* Ids only: "a, b, c", not cut. */
void cw_describe_ids(struct strbuf *sb, const struct cw_revlist *list, const char *sep);

/* Fails with CW_ERR_MULTIPLE_HEADS: `word` (as typed) means each of `heads`. The hint names the
 * three ways out, with commands, and `curlew rebase` where two of them grew from one parent. */
int cw_fail_several_heads(const struct cw_graph *graph, const char *word,
                          const struct cw_revlist *heads, struct cw_err *err);

#endif
