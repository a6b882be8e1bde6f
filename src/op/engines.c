/* MySQL: tables whose engine knows no transactions (MyISAM, Aria, MEMORY). What is written to them stays
 * whatever becomes of the transaction, so such a statement is one that commits by itself. */
#include <strings.h>

#include "op/exec_internal.h"
#include "util/alloc.h"

struct cw_engines {
  bool known;          /* names is what the server has */
  bool usual;          /* a table that names no engine gets one with transactions */
  struct strvec names;
};

void cw_engines_free(struct cw_engines *engines) {
  if (!engines) return;
  strvec_release(&engines->names);
  free(engines);
}

struct cw_engines *cw_engines_new(void) { return xcalloc(1, sizeof(struct cw_engines)); }

/* The first row is about the default engine. */
static const char query[] =
    "SELECT CASE WHEN @@default_storage_engine IN (SELECT ENGINE FROM information_schema.ENGINES "
    "WHERE TRANSACTIONS = 'YES') THEN 'yes' ELSE 'no' END UNION ALL "
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' "
    "AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') "
    "AND ENGINE NOT IN (SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES')";

static void look(struct cw_engines *engines, struct cw_conn *conn) {
  struct cw_result *result = NULL;
  const struct cw_value *row;
  struct cw_err ignored = CW_ERR_INIT; /* then the statement's own failure says what is wrong */
  strvec_release(&engines->names);
  engines->usual = true;
  if (cw_conn_query(conn, query, sizeof query - 1, NULL, 0, CW_QUERY_SIMPLE, &result, &ignored) == 0) {
    bool first = true;
    while (cw_result_next(result, &row, &ignored) == 1) {
      if (row[0].type != CW_TEXT) continue;
      if (first)
        engines->usual = row[0].s.len == 3;
      else
        strvec_take(&engines->names, xstrndup(row[0].s.p, row[0].s.len));
      first = false;
    }
    cw_result_free(result);
    engines->known = true;
  }
  cw_err_release(&ignored);
}

bool cw_engines_concern(const struct cw_exec *x, const struct cw_stmt *stmt) {
  struct cw_engines *engines = x->engines;
  if (!engines || !x->moving || x->o.offline || x->batch || cw_conn_lost(x->conn)) return false;
  if (!engines->known) look(engines, x->conn);
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
