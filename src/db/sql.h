/* A lexer that knows just enough of SQL to cut a script into statements, to bind :names and to tell
 * what a statement does. It never rewrites anything else.
 *
 * It knows: strings, quoted names, line and block comments (nested on PostgreSQL), dollar quotes, the
 * bodies of triggers and routines (BEGIN ... END, with CASE ... END and nested blocks inside; also
 * PostgreSQL's BEGIN ATOMIC), `::` casts, and MySQL's versioned comments, whose text counts as code. */
#ifndef CW_DB_SQL_H
#define CW_DB_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "db/value.h"
#include "util/err.h"
#include "util/strbuf.h"

/* How a database's SQL differs at this level. */
enum cw_sql_flavor {
  CW_SQL_BACKSLASH = 1,       /* MySQL: backslash escapes in strings */
  CW_SQL_DOLLAR = 2,          /* PostgreSQL: $tag$ ... $tag$, and E'' strings */
  CW_SQL_NESTED_COMMENTS = 4, /* PostgreSQL */
  CW_SQL_HASH_COMMENTS = 8,   /* MySQL: # to the end of the line; "--" needs white space after it */
  CW_SQL_BRACKETS = 16,       /* SQLite: [name] */
  CW_SQL_DQ_STRINGS = 32,     /* MySQL: "..." is a string */
  CW_SQL_NUMBERED = 64        /* placeholders are $1, $2 instead of ? */
};

struct cw_slice {
  size_t start, len; /* bytes of the source; without surrounding white space and the ";" */
  int line;          /* 1-based line of the source where it starts */
};
struct cw_slices {
  struct cw_slice *items;
  size_t len, cap;
};

/* Cuts a script at its top-level semicolons (on PostgreSQL those in parentheses are none, as in psql; on
 * MySQL `DELIMITER` lines of its client are honoured). Empty statements and statements of comments only
 * are left out. An unterminated string, comment or dollar quote is an error that gives its line.
 * Appends to *out; release it with vec_release. */
int cw_sql_split(const char *sql, size_t len, unsigned flavor, struct cw_slices *out,
                 struct cw_err *err);

/* A parameter as a script gives it: by name or by position, one value or a list (for IN). */
struct cw_param {
  const char *name;            /* NULL: positional */
  struct cw_value value;
  const struct cw_value *list; /* not NULL: a list of `list_len` values (maybe none) */
  size_t list_len;
};
struct cw_params {
  const struct cw_param *items;
  size_t len;
  bool named;   /* a table of names (maybe empty) instead of a list */
  bool lenient; /* the names came from a database row: extra ones are no typo */
};

/* SQL in the driver's own placeholders, and the values in their order. */
struct cw_bound {
  struct strbuf sql;
  struct cw_value *values; /* borrowed bytes: the params must outlive it */
  size_t len, cap;
};
#define CW_BOUND_INIT {.sql = STRBUF_INIT}
void cw_bound_release(struct cw_bound *bound);

/* Binds one statement. Named: `:name` outside of strings, comments, casts and array slices; a name
 * without a value is NULL; a key that no :name uses is an error suggesting the nearest, unless
 * lenient. Positional: `?`, the counts must agree (PostgreSQL's ?-operators are written ??, and only
 * when positional parameters are given). `IN :ids` and `IN (:ids)` take a list; an empty one becomes
 * a sub-select without rows, so that NOT IN is right too. With params == NULL nothing is parsed. */
int cw_sql_bind(const char *sql, size_t len, unsigned flavor, const struct cw_params *params,
                struct cw_bound *out, struct cw_err *err);

/* What a statement does, from its leading words (WITH ... looked through, EXPLAIN too). Only the text
 * is looked at: a SELECT that calls nextval, setval, an advisory lock or a function of the user's is
 * CW_SQL_READ whatever the function does. SET GLOBAL and the PRAGMAs that write to the file
 * (user_version, journal_mode, ...) are CW_SQL_OTHER. */
enum cw_sql_kind {
  CW_SQL_READ,    /* SELECT, VALUES, SHOW, TABLE, EXPLAIN, WITH ... SELECT; PRAGMA that asks */
  CW_SQL_WRITE,   /* INSERT, UPDATE, DELETE, MERGE, REPLACE, COPY, also inside WITH; SELECT ... INTO */
  CW_SQL_DDL,     /* CREATE, ALTER, DROP, TRUNCATE, RENAME, COMMENT, GRANT, REINDEX, ... */
  CW_SQL_TXN,     /* BEGIN, START TRANSACTION, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, END, ABORT */
  CW_SQL_SESSION, /* SET, RESET, USE, DISCARD; PRAGMA that sets; LISTEN */
  CW_SQL_OTHER    /* CALL, DO, LOCK, VACUUM, anything not known: treated as a write */
};
enum cw_sql_kind cw_sql_kind(const char *sql, size_t len, unsigned flavor);
/* Whether it is an INSERT or REPLACE, WITH looked through. */
bool cw_sql_inserts(const char *sql, size_t len, unsigned flavor);

/* The statement's beginning on one line, for messages: white space folded, comments dropped, cut at
 * `max` bytes on a character's border with "...". The caller frees. */
char *cw_sql_head(const char *sql, size_t len, size_t max);

#endif
