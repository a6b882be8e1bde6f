/* Floor of applying on SQLite: FILE row|table plain|journal COUNT. */
#include <sqlite3.h>

#include "floor_apply.h"

static void run(sqlite3 *db, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) die(message);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt = NULL;
  if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) die(sqlite3_errmsg(db));
  return stmt;
}

static void step(sqlite3 *db, sqlite3_stmt *stmt) {
  if (sqlite3_step(stmt) != SQLITE_DONE) die(sqlite3_errmsg(db));
  sqlite3_reset(stmt);
}

int main(int argc, char **argv) {
  char sql[SQL_MAX], now[16], before[16];
  sqlite3 *db;
  if (argc < 5) die("FILE row|table plain|journal COUNT");
  struct task task = read_task(argv + 2);
  if (sqlite3_open(argv[1], &db) != SQLITE_OK) die(sqlite3_errmsg(db));
  run(db, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  run(db, VERSION_TABLE);
  snprintf(sql, sizeof sql, JOURNAL_TABLE, "INTEGER PRIMARY KEY");
  run(db, sql);
  run(db, "CREATE TABLE marks (n INTEGER); INSERT INTO version VALUES ('000000')");
  sqlite3_stmt *begin = prepare(db, "BEGIN IMMEDIATE"), *commit = prepare(db, "COMMIT");
  sqlite3_stmt *version = prepare(db, "UPDATE version SET version_num = ? WHERE version_num = ?");
  sqlite3_stmt *journal = prepare(
      db, "INSERT INTO journal (run_id, revision, direction, outcome, title, started_at, finished_at, duration_ms, "
          "os_user, host, pid, version, checksum, script) VALUES ('0123456789abcdef0123456789abcdef', ?, 'up', 'done', "
          "'a title', '2026-11-20 10:30:00.000', '2026-11-20 10:30:00.000', 1, 'ann', 'db1', 4711, '1.0', "
          "'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', ?)");
  for (int n = 1; n <= task.count; n++) {
    step(db, begin);
    revision_sql(&task, n, sql);
    run(db, sql);
    snprintf(now, sizeof now, "%06d", n);
    snprintf(before, sizeof before, "%06d", n - 1);
    if (task.journal) {
      sqlite3_bind_text(journal, 1, now, -1, SQLITE_STATIC);
      sqlite3_bind_text(journal, 2, task.script, -1, SQLITE_STATIC);
      step(db, journal);
    }
    sqlite3_bind_text(version, 1, now, -1, SQLITE_STATIC);
    sqlite3_bind_text(version, 2, before, -1, SQLITE_STATIC);
    step(db, version);
    step(db, commit);
  }
  sqlite3_finalize(begin);
  sqlite3_finalize(commit);
  sqlite3_finalize(version);
  sqlite3_finalize(journal);
  sqlite3_close(db);
  return 0;
}
