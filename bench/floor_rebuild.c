/* The floor of a table's rebuild on SQLite: the statements that SQLite's own manual gives for it, in
 * one transaction and nothing around them, with the session's settings that curlew uses (but foreign keys
 * off, which the manual needs).
 *
 *   bench_floor_rebuild DATABASE
 *
 * DATABASE has the table that scripts/bench.d/rebuild makes. */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

static const char rebuild[] =
    "PRAGMA foreign_keys = OFF; PRAGMA synchronous = FULL;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE new_person (id INTEGER PRIMARY KEY, first VARCHAR(40) NOT NULL, last VARCHAR(40), "
    "  email VARCHAR(120), age INTEGER DEFAULT 0, note TEXT);"
    "INSERT INTO new_person (id, first, last, email, age, note) "
    "  SELECT id, first, last, email, age, note FROM person;"
    "DROP TABLE person;"
    "ALTER TABLE new_person RENAME TO person;"
    "CREATE INDEX ix_person_email ON person (email);"
    "CREATE INDEX ix_person_last ON person (last, first);"
    "COMMIT;";

int main(int argc, char **argv) {
  sqlite3 *db = NULL;
  char *why = NULL;
  if (argc != 2) {
    fprintf(stderr, "usage: bench_floor_rebuild DATABASE\n");
    return 2;
  }
  if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
      sqlite3_exec(db, rebuild, NULL, NULL, &why) != SQLITE_OK) {
    fprintf(stderr, "floor_rebuild: %s: %s\n", argv[1], why ? why : sqlite3_errmsg(db));
    return 1;
  }
  sqlite3_close(db);
  return 0;
}
