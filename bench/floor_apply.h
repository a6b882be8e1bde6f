/* What the floors of scripts/bench apply share: the SQL of the n-th revision, and of what is recorded with it.
 * A floor sends, with the durability that curlew has, what 1,000 near-empty revisions come to: each in a transaction
 * of its own, its version row with it and, when asked for, a journal row like curlew's. */
#ifndef BENCH_FLOOR_APPLY_H
#define BENCH_FLOOR_APPLY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_TABLE "CREATE TABLE version (version_num VARCHAR(128) NOT NULL PRIMARY KEY)"
#define JOURNAL_TABLE \
  "CREATE TABLE journal (id %s, run_id VARCHAR(32), revision VARCHAR(128) NOT NULL, direction VARCHAR(8) NOT NULL, " \
  "outcome VARCHAR(16) NOT NULL, title VARCHAR(200), started_at VARCHAR(32), finished_at VARCHAR(32), " \
  "duration_ms BIGINT, os_user VARCHAR(128), host VARCHAR(255), pid BIGINT, version VARCHAR(32), " \
  "checksum VARCHAR(64), script TEXT)"
#define JOURNAL_ROW \
  "INSERT INTO journal (run_id, revision, direction, outcome, title, started_at, finished_at, duration_ms, os_user, " \
  "host, pid, version, checksum, script) VALUES ('0123456789abcdef0123456789abcdef', '%06d', 'up', '%s', 'a title', " \
  "'2026-11-20 10:30:00.000', '2026-11-20 10:30:00.000', 1, 'ann', 'db1', 4711, '1.0', " \
  "'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '%s')"

enum { SQL_MAX = 4096 };

struct task {
  bool tables;  /* each revision creates a table; else it inserts a row */
  bool journal;
  int count;
  char script[400];
};

static inline void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* The last three arguments: row|table plain|journal COUNT. */
static inline struct task read_task(char **argv) {
  struct task task = {.tables = strcmp(argv[0], "table") == 0,
                      .journal = strcmp(argv[1], "journal") == 0,
                      .count = atoi(argv[2])};
  memset(task.script, 'x', sizeof task.script - 1);
  return task;
}

static inline void revision_sql(const struct task *task, int n, char *out) {
  snprintf(out, SQL_MAX,
           task->tables ? "CREATE TABLE t_%d (id INTEGER NOT NULL PRIMARY KEY)" : "INSERT INTO marks VALUES (%d)",
           n);
}

static inline void version_sql(int n, char *out) {
  if (n == 1)
    snprintf(out, SQL_MAX, "INSERT INTO version (version_num) VALUES ('%06d')", n);
  else
    snprintf(out, SQL_MAX, "UPDATE version SET version_num = '%06d' WHERE version_num = '%06d'", n, n - 1);
}

static inline void journal_sql(const struct task *task, int n, const char *outcome, char *out) {
  snprintf(out, SQL_MAX, JOURNAL_ROW, n, outcome, task->script);
}

#endif
