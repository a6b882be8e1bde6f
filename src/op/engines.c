/* MySQL: tables whose engine knows no transactions (MyISAM, Aria, MEMORY). What is written to them stays
 * whatever becomes of the transaction, so such a statement is one that commits by itself. */
#include <string.h>

#include "op/exec_internal.h"
#include "util/alloc.h"

struct cw_engines {
  bool known;            /* names is what the server has */
  bool usual;            /* a table that names no engine gets one with transactions */
  struct strvec names;   /* tables of this database, and of the others that a statement named */
  struct strvec others;  /* databases that no statement has named yet */
};

void cw_engines_free(struct cw_engines *engines) {
  if (!engines) return;
  strvec_release(&engines->names);
  strvec_release(&engines->others);
  free(engines);
}

struct cw_engines *cw_engines_new(void) { return xcalloc(1, sizeof(struct cw_engines)); }

#define TABLES_OF \
  " FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE NOT IN " \
  "(SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES') AND TABLE_SCHEMA = "

/* What is found out at first. Tables of other databases are left for later, since the server opens each
 * table that it is asked about and waits for those that somebody has locked. */
static const char first_look[] =
    "SELECT 'usual', '' FROM information_schema.ENGINES WHERE ENGINE = @@default_storage_engine "
    "AND TRANSACTIONS = 'YES' UNION ALL SELECT 'table', TABLE_NAME" TABLES_OF "DATABASE() "
    "UNION ALL SELECT 'database', SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN "
    "('mysql', 'information_schema', 'performance_schema', 'sys') AND SCHEMA_NAME <> DATABASE()";
static const char look_into[] = "SELECT 'table', TABLE_NAME" TABLES_OF "?";

static void ask(struct cw_engines *engines, struct cw_conn *conn, const char *sql,
                const struct cw_value *params, size_t nparams) {
  struct cw_result *result = NULL;
  const struct cw_value *row;
  struct cw_err ignored = CW_ERR_INIT; /* then the statement's own failure says what is wrong */
  if (cw_conn_query(conn, sql, strlen(sql), params, nparams, nparams ? 0 : CW_QUERY_SIMPLE, &result,
                    &ignored) == 0) {
    while (cw_result_next(result, &row, &ignored) == 1) {
      if (row[0].type != CW_TEXT || row[1].type != CW_TEXT || row[0].s.len == 0) continue;
      char *name = xstrndup(row[1].s.p, row[1].s.len);
      switch (row[0].s.p[0]) {
      case 't': strvec_take(&engines->names, name); break;
      case 'd': strvec_take(&engines->others, name); break;
      default: engines->usual = true; free(name);
      }
    }
    cw_result_free(result);
    engines->known = true;
  }
  cw_err_release(&ignored);
}

/* The tables of the databases that a statement names for the first time. */
static void look_around(struct cw_engines *engines, struct cw_conn *conn, const char *sql) {
  struct strvec left = {0};
  for (size_t i = 0; i < engines->others.len; i++) {
    const char *name = engines->others.items[i];
    struct cw_value param = cw_text(name);
    if (strcasestr(sql, name))
      ask(engines, conn, look_into, &param, 1);
    else
      strvec_push(&left, name);
  }
  strvec_release(&engines->others);
  engines->others = left;
}

bool cw_engines_concern(const struct cw_exec *x, const struct cw_stmt *stmt) {
  struct cw_engines *engines = x->engines;
  if (!engines || !x->moving || x->o.offline || x->batch || cw_conn_lost(x->conn)) return false;
  if (!engines->known) {
    strvec_release(&engines->names);
    strvec_release(&engines->others);
    engines->usual = false;
    ask(engines, x->conn, first_look, NULL, 0);
    if (!engines->known) engines->usual = true;
  }
  look_around(engines, x->conn, stmt->sql);
  for (size_t i = 0; i < engines->names.len; i++)
    if (strcasestr(stmt->sql, engines->names.items[i])) return true;
  return false;
}

void cw_engines_defined(struct cw_exec *x, const struct cw_stmt *stmt) {
  static const char *const words[] = {"engine", "rename", "like"};
  if (!x->engines || !x->engines->known) return;
  if (cw_sql_kind(stmt->sql, stmt->len, cw_conn_flavor(x->conn)) == CW_SQL_WRITE) return;
  if (!x->engines->usual) x->engines->known = false;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasestr(stmt->sql, words[i])) x->engines->known = false;
}
