/* The floor of reflection on MariaDB and MySQL: everything that information_schema says about a database,
 * fetched and thrown away.
 *
 *   bench_floor_reflect_mysql HOST PORT USER PASSWORD DATABASE */
#include <stdio.h>
#include <stdlib.h>

#include <mysql.h>

static const char *const queries[] = {
    "SELECT * FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
    "SELECT * FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
    "SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()",
    "SELECT * FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE()",
    "SELECT * FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()",
    "SELECT * FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()",
};

static int fetch(MYSQL *my, const char *sql, long *rows) {
  if (mysql_query(my, sql)) return -1;
  MYSQL_RES *result = mysql_use_result(my);
  if (!result) return -1;
  while (mysql_fetch_row(result)) ++*rows;
  mysql_free_result(result);
  return mysql_errno(my) ? -1 : 0;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: bench_floor_reflect_mysql HOST PORT USER PASSWORD DATABASE\n");
    return 2;
  }
  MYSQL *my = mysql_init(NULL);
  long rows = 0;
  int failed = !mysql_real_connect(my, argv[1], argv[3], argv[4], argv[5], (unsigned)atoi(argv[2]), NULL, 0);
  for (size_t i = 0; !failed && i < sizeof queries / sizeof *queries; i++)
    failed = fetch(my, queries[i], &rows) != 0;
  if (failed) fprintf(stderr, "floor_reflect: %s\n", mysql_error(my));
  printf("%ld rows\n", rows);
  mysql_close(my);
  return failed;
}
