/* Writing back what a function gave for rows: a writer collects the values of one set of columns and
 * sends them in the way that is fastest on its server. */
#ifndef CW_OP_BACKFILL_WRITE_H
#define CW_OP_BACKFILL_WRITE_H

#include "db/db.h"
#include "db/rows.h"
#include "db/sql.h"
#include "util/vec.h"

/* --- templates ------------------------------------------------------------------------------------ */

/* What the marks of a template stand for; see lua/curlew/dialect/base/batch.lua. */
struct cw_template_args {
  const struct cw_value *low, *high, *end; /* nkeys values each, as far as the template names them */
  int64_t skip;
  const struct cw_bound *user;
  const struct cw_value *columns;
};
struct cw_expanded {
  struct strbuf sql;
  VEC(struct cw_value) values; /* borrowed bytes */
};
#define CW_EXPANDED_INIT {.sql = STRBUF_INIT}
void cw_template_expand(const char *text, unsigned flavor, const struct cw_template_args *args,
                        struct cw_expanded *out);
void cw_expanded_release(struct cw_expanded *expanded);

/* --- writers --------------------------------------------------------------------------------------- */

enum cw_writer_kind {
  CW_WRITER_SETS,   /* one UPDATE a row, sent as a batch of parameter sets */
  CW_WRITER_ARRAYS, /* one UPDATE from arrays (PostgreSQL): \1C1 is the first column's values */
  CW_WRITER_JSON,   /* one UPDATE from a JSON document (MySQL, MariaDB): \1C1 */
  CW_WRITER_GIVEN   /* one UPDATE that asks for the values (SQLite) while keys are ascending integers, else
                       like SETS, by the third statement */
};

struct cw_writer;

struct cw_writers {
  struct cw_writer **items; /* owned */
  size_t len, cap;
};
void cw_writers_release(struct cw_writers *writers);

/* `encode` has a letter per column: 't' as text, 'x' as bytes. `sql` is a pair as in a plan, copied, and for
 * GIVEN the statement for one row. */
struct cw_writer *cw_writer_new(enum cw_writer_kind kind, const char *encode,
                                const char *const sql[3]);
/* An empty one with the same columns and SQL. */
struct cw_writer *cw_writer_like(const struct cw_writer *writer);
void cw_writer_free(struct cw_writer *writer);
/* Adds a row: one value per column, copied. */
void cw_writer_add(struct cw_writer *writer, const struct cw_value *values);
size_t cw_writer_rows(const struct cw_writer *writer);
/* Sends what was added and forgets it, also on failure; low NULL: no lower bound. The range has `n` keys at
 * most. *changed is added to. */
int cw_writer_flush(struct cw_writer *writer, struct cw_conn *conn, const struct cw_value *low,
                    const struct cw_value *high, int64_t n, int64_t *changed, struct cw_err *err);
void cw_writer_drop(struct cw_writer *writer); /* forgets what was added */

#endif
