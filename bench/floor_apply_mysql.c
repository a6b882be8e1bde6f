/* Floor of applying on MariaDB and MySQL: HOST PORT USER PASSWORD DATABASE row|table plain|journal COUNT. Rows: one round
 * trip for each revision. Tables: the definition commits by itself, so what is recorded before it and after it are
 * commits of their own: without the journal the version row after it. */
#include <mysql.h>

#include "floor_apply.h"

static void run(MYSQL *c, const char *sql) {
  if (mysql_query(c, sql)) die(mysql_error(c));
  int more;
  do {
    mysql_free_result(mysql_store_result(c));
    more = mysql_next_result(c);
  } while (more == 0);
  if (more > 0) die(mysql_error(c));
}

static void apply_row(MYSQL *c, const struct task *task, int n) {
  char all[SQL_MAX * 4], revision[SQL_MAX], version[SQL_MAX], journal[SQL_MAX] = "SET @x = 1";
  revision_sql(task, n, revision);
  version_sql(n, version);
  if (task->journal) journal_sql(task, n, "done", journal);
  snprintf(all, sizeof all, "BEGIN; %s; %s; %s; COMMIT", revision, journal, version);
  run(c, all);
}

static void apply_table(MYSQL *c, const struct task *task, int n) {
  char all[SQL_MAX * 4], revision[SQL_MAX], version[SQL_MAX], journal[SQL_MAX];
  revision_sql(task, n, revision);
  version_sql(n, version);
  if (!task->journal) {
    snprintf(all, sizeof all, "%s; %s", revision, version);
    run(c, all);
    return;
  }
  journal_sql(task, n, "running", journal);
  snprintf(all, sizeof all,
           "%s; %s; BEGIN; UPDATE journal SET outcome = 'done', finished_at = '2026-11-20 10:30:00.000', "
           "duration_ms = 5 WHERE id = %d; %s; COMMIT",
           journal, revision, n, version);
  run(c, all);
}

int main(int argc, char **argv) {
  char sql[SQL_MAX];
  if (argc < 9) die("HOST PORT USER PASSWORD DATABASE row|table plain|journal COUNT");
  struct task task = read_task(argv + 6);
  MYSQL *c = mysql_init(NULL);
  my_bool verify = 0;
  mysql_options(c, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  if (!mysql_real_connect(c, argv[1], argv[3], argv[4], argv[5], (unsigned)atoi(argv[2]), NULL,
                          CLIENT_MULTI_STATEMENTS))
    die(mysql_error(c));
  run(c, VERSION_TABLE);
  snprintf(sql, sizeof sql, JOURNAL_TABLE, "BIGINT AUTO_INCREMENT PRIMARY KEY");
  run(c, sql);
  run(c, "CREATE TABLE marks (n INTEGER)");
  for (int n = 1; n <= task.count; n++) {
    if (task.tables)
      apply_table(c, &task, n);
    else
      apply_row(c, &task, n);
  }
  mysql_close(c);
  return 0;
}
