/* Floor of backfills on SQLite: FILE a|b SLUG. Task A is one UPDATE; task B registers the Lua function and
 * updates key ranges, a commit each. */
#include <sqlite3.h>

#include "floor_backfill.h"

static void slug(sqlite3_context *context, int n, sqlite3_value **args) {
  (void)n;
  size_t len;
  lua_State *L = sqlite3_user_data(context);
  const char *title = (const char *)sqlite3_value_text(args[0]);
  const char *text = slug_of(L, title, (size_t)sqlite3_value_bytes(args[0]), &len);
  sqlite3_result_text(context, text, (int)len, SQLITE_TRANSIENT);
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL)) die(sqlite3_errmsg(db));
}

int main(int argc, char **argv) {
  sqlite3 *db;
  if (argc < 4) die("FILE a|b SLUG");
  if (sqlite3_open(argv[1], &db)) die("can't open");
  if (argv[2][0] == 'a') {
    run(db, "UPDATE people SET full_name = first_name || ' ' || last_name");
    return 0;
  }
  lua_State *L = open_slug(argv[3]);
  sqlite3_create_function(db, "slug", 1, SQLITE_UTF8, L, slug, NULL, NULL);
  sqlite3_stmt *find, *update;
  sqlite3_prepare_v2(db, "SELECT id FROM people WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", -1, &find, NULL);
  sqlite3_prepare_v2(db, "UPDATE people SET slug = slug(title) WHERE id > ? AND id <= ?", -1, &update,
                     NULL);
  sqlite3_int64 low = -1, high;
  for (int more = 1; more; low = high) {
    run(db, "BEGIN IMMEDIATE");
    sqlite3_bind_int64(find, 1, low);
    sqlite3_bind_int(find, 2, BATCH - 1);
    more = sqlite3_step(find) == SQLITE_ROW;
    high = more ? sqlite3_column_int64(find, 0) : INT64_MAX;
    sqlite3_reset(find);
    sqlite3_bind_int64(update, 1, low);
    sqlite3_bind_int64(update, 2, high);
    if (sqlite3_step(update) != SQLITE_DONE) die(sqlite3_errmsg(db));
    sqlite3_reset(update);
    run(db, "COMMIT");
  }
  return 0;
}
