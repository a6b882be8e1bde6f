/* The floor of reflection on PostgreSQL: everything that the catalog says about the schema `public`,
 * fetched and thrown away.
 *
 *   bench_floor_reflect_postgres URL */
#include <stdio.h>

#include <libpq-fe.h>

#define OURS " WHERE c.relnamespace = 'public'::regnamespace"

static const char *const queries[] = {
    "SELECT c.oid, c.relname, c.relkind, c.reloptions, d.description FROM pg_class c "
    "LEFT JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = 0" OURS,
    "SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, "
    "a.attgenerated, a.attcollation, pg_get_expr(e.adbin, e.adrelid), d.description FROM pg_attribute a "
    "JOIN pg_class c ON c.oid = a.attrelid "
    "LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum "
    "LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.objsubid = a.attnum" OURS
    " AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT k.conrelid, k.conname, k.contype, k.conkey, k.confkey, k.confrelid, k.confdeltype, k.confupdtype, "
    "pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid" OURS,
    "SELECT i.indrelid, c.relname, i.indisunique, i.indkey, i.indoption, pg_get_indexdef(i.indexrelid), "
    "pg_get_expr(i.indpred, i.indrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid" OURS,
    "SELECT t.typname, e.enumlabel FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid ORDER BY e.enumsortorder",
    "SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c" OURS " AND c.relkind IN ('v', 'm')",
};

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: bench_floor_reflect_postgres URL\n");
    return 2;
  }
  PGconn *conn = PQconnectdb(argv[1]);
  long rows = 0, bytes = 0;
  int failed = PQstatus(conn) != CONNECTION_OK;
  for (size_t i = 0; !failed && i < sizeof queries / sizeof *queries; i++) {
    PGresult *result = PQexec(conn, queries[i]);
    failed = PQresultStatus(result) != PGRES_TUPLES_OK;
    for (int row = 0; row < PQntuples(result); row++)
      for (int field = 0; field < PQnfields(result); field++) bytes += PQgetlength(result, row, field);
    rows += PQntuples(result);
    PQclear(result);
  }
  if (failed) fprintf(stderr, "floor_reflect: %s", PQerrorMessage(conn));
  printf("%ld rows, %ld bytes\n", rows, bytes);
  PQfinish(conn);
  return failed;
}
