/* The service tables: the version table, and beside it (its name as prefix, its schema) the journal,
 * its steps, the runs and the lease. This file knows where they are, how they are made and how SQL
 * for them is written; what is in them is known to version_table, journal and lock.
 *
 *   VT           version_num: one row per applied real head
 *   VT_run       one row per run that had work: what was asked for, and the target it resolved to
 *   VT_journal   one row per move (one revision, one direction, one attempt)
 *   VT_step      the steps and recorded reads of a move that commits before it is finished
 *   VT_lease     one row: who may write, until when, and the fencing token
 *   VT_backfill  one row per backfill: what it is, its state, what it was told to do
 *   VT_range     its ranges of keys: how far each has come (the checkpoint), who works on it
 *   VT_skip      rows that a backfill could not change and passed over
 *
 * On a server that can change its search path in mid-run every name is qualified with the schema that
 * was found at the start. */
#ifndef CW_TXN_TABLES_H
#define CW_TXN_TABLES_H

#include "db/db.h"
#include "db/sql.h"
#include "util/strbuf.h"

enum cw_table {
  CW_TABLE_VERSION,
  CW_TABLE_RUN,
  CW_TABLE_JOURNAL,
  CW_TABLE_STEP,
  CW_TABLE_LEASE,
  CW_TABLE_BACKFILL,
  CW_TABLE_RANGE,
  CW_TABLE_SKIP
};
enum { CW_TABLES = CW_TABLE_SKIP + 1 };

struct cw_tables {
  char *names[CW_TABLES];  /* bare */
  char *quoted[CW_TABLES]; /* qualified, ready for SQL */
  bool exists[CW_TABLES];
  char *schema;            /* NULL: not qualified (SQLite's main database, --sql without one) */
  int version_width;       /* characters version_num holds; 0: not bounded, or no table yet */
  bool has_version_num;    /* the version table has that column */
  char *lock_key;          /* identifies database, schema and version table on this server */
  int64_t session;         /* the connection's id on the server; 0: it has none */
  int64_t clock_offset_us; /* server's clock in UTC = cw_clock_us() + this */
};

/* Finds out where the tables are and which exist. Reads only. */
int cw_tables_open(struct cw_tables *tables, struct cw_conn *conn, const char *version_table,
                   const char *schema, struct cw_err *err);
/* The names only, for SQL that is printed. */
int cw_tables_offline(struct cw_tables *tables, struct cw_conn *conn, const char *version_table,
                      const char *schema, struct cw_err *err);
void cw_tables_release(struct cw_tables *tables);

/* Creates what is missing; another runner that does the same is no error. `all` false: the version
 * table only. Must not be called in a transaction. */
int cw_tables_create(struct cw_tables *tables, struct cw_conn *conn, bool all, struct cw_err *err);
/* CREATE TABLE of one; appends. */
void cw_tables_ddl(const struct cw_tables *tables, const struct cw_conn *conn, enum cw_table table,
                   bool if_not_exists, struct strbuf *out);

/* SQL with the tables' names for {version}, {run}, {journal}, {step}, {lease},
 * {backfill}, {range}, {skip} and "?" as placeholders,
 * turned into what the connection takes, and run. No other braces or question marks. */
int cw_tables_query(const struct cw_tables *tables, struct cw_conn *conn, const char *sql,
                    const struct cw_value *params, size_t nparams, struct cw_result **out,
                    struct cw_err *err);
/* The same for a statement that changes rows; *affected may be NULL. */
int cw_tables_exec(const struct cw_tables *tables, struct cw_conn *conn, const char *sql,
                   const struct cw_value *params, size_t nparams, int64_t *affected,
                   struct cw_err *err);
/* The same, its answer not waited for (see cw_conn_later). */
int cw_tables_later(const struct cw_tables *tables, struct cw_conn *conn, struct cw_later later,
                    struct cw_err *err);
/* The text alone; the caller frees. */
char *cw_tables_sql(const struct cw_tables *tables, const struct cw_conn *conn, const char *sql);

/* Now by the server's clock: "2026-11-20 10:30:00.123", UTC. `buf` has 32 bytes; returned. */
char *cw_tables_now(const struct cw_tables *tables, int64_t ago_ms, char *buf);

/* Whether an error says that a table is missing (by SQLSTATE or the driver's code). */
bool cw_tables_missing(const struct cw_err *err);

#endif
