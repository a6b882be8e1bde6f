/* What the files of the journal share. */
#ifndef CW_OP_JOURNAL_INTERNAL_H
#define CW_OP_JOURNAL_INTERNAL_H

#include "db/text.h"
#include "op/journal.h"

/* Text fit for every server: what is not UTF-8 is replaced. The caller frees; NULL gives NULL. */
char *cw_journal_text(const char *text);
/* A column's text, or NULL. The caller frees. */
char *cw_journal_column(const struct cw_value *value);
int64_t cw_journal_number(const struct cw_value *value);
/* Writes to the journal's tables; the answer is not waited for (cw_conn_later). */
int cw_journal_exec(struct cw_journal *j, const char *sql, const struct cw_value *params,
                    size_t nparams, struct cw_err *err);

#endif
