/* Floor of backfills on MariaDB and MySQL: HOST PORT USER PASSWORD DATABASE a|b SLUG. Task A is one UPDATE. Task B
 * reads a batch with its rows locked, calls Lua, and writes back by one UPDATE joined to a JSON document. */
#include <mysql.h>

#include "floor_backfill.h"

static void run(MYSQL *m, const char *sql, size_t len) {
  if (mysql_real_query(m, sql, len)) die(mysql_error(m));
}

int main(int argc, char **argv) {
  if (argc < 8) die("HOST PORT USER PASSWORD DATABASE a|b SLUG");
  MYSQL *m = mysql_init(NULL);
  if (!mysql_real_connect(m, argv[1], argv[3], argv[4], argv[5], (unsigned)atoi(argv[2]), NULL, 0))
    die(mysql_error(m));
  mysql_set_character_set(m, "utf8mb4");
  if (argv[6][0] == 'a') {
    static const char all[] = "UPDATE people SET full_name = concat(first_name, ' ', last_name)";
    run(m, all, sizeof all - 1);
    mysql_close(m);
    return 0;
  }
  static const char session[] = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
  run(m, session, sizeof session - 1);
  lua_State *L = open_slug(argv[7]);
  static char sql[4 << 20];
  for (long long low = 0;;) {
    run(m, "BEGIN", 5);
    int len = snprintf(sql, sizeof sql, "SELECT id, title FROM people WHERE id > %lld ORDER BY id LIMIT %d FOR UPDATE",
                       low, BATCH);
    run(m, sql, (size_t)len);
    MYSQL_RES *rows = mysql_store_result(m);
    size_t at = (size_t)snprintf(sql, sizeof sql, "UPDATE JSON_TABLE('"), n = 0;
    for (MYSQL_ROW row; (row = mysql_fetch_row(rows)); n++) {
      size_t slug_len;
      const char *s = slug_of(L, row[1], mysql_fetch_lengths(rows)[1], &slug_len);
      at += (size_t)snprintf(sql + at, sizeof sql - at, "%s[%s,\"%.*s\"]", n ? "," : "[", row[0], (int)slug_len, s);
      low = atoll(row[0]);
    }
    mysql_free_result(rows);
    if (n) {
      at += (size_t)snprintf(sql + at, sizeof sql - at,
                             "]', '$[*]' COLUMNS (id BIGINT PATH '$[0]', c VARCHAR(120) PATH '$[1]')) v "
                             "STRAIGHT_JOIN people t ON t.id = v.id SET t.slug = v.c");
      run(m, sql, at);
    }
    run(m, "COMMIT", 6);
    if (n < BATCH) break;
  }
  mysql_close(m);
  return 0;
}
