/* The floor of reflection on SQLite: everything that the catalog says about a schema, fetched and thrown
 * away.
 *
 *   bench_floor_reflect_sqlite DATABASE */
#include <stdio.h>

#include <sqlite3.h>

static const char *const queries[] = {
    "SELECT type, name, tbl_name, sql FROM sqlite_schema",
    "SELECT m.name, x.* FROM sqlite_schema m, pragma_table_xinfo(m.name) x WHERE m.type = 'table'",
    "SELECT m.name, l.*, i.* FROM sqlite_schema m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) i "
    "WHERE m.type = 'table'",
    "SELECT m.name, f.* FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
};

static int fetch(sqlite3 *db, const char *sql, long *rows) {
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  if (rc != SQLITE_OK) return rc;
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(stmt); i++) (void)sqlite3_column_text(stmt, i);
    ++*rows;
  }
  sqlite3_finalize(stmt);
  return rc;
}

int main(int argc, char **argv) {
  sqlite3 *db = NULL;
  long rows = 0;
  if (argc != 2) {
    fprintf(stderr, "usage: bench_floor_reflect_sqlite DATABASE\n");
    return 2;
  }
  int rc = sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL);
  for (size_t i = 0; rc == SQLITE_OK && i < sizeof queries / sizeof *queries; i++)
    if ((rc = fetch(db, queries[i], &rows)) == SQLITE_DONE) rc = SQLITE_OK;
  if (rc != SQLITE_OK) fprintf(stderr, "floor_reflect: %s: %s\n", argv[1], sqlite3_errmsg(db));
  printf("%ld rows\n", rows);
  sqlite3_close(db);
  return rc == SQLITE_OK ? 0 : 1;
}
