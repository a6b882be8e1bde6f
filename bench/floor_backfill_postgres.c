/* Floor of backfills on PostgreSQL: URL a|b SLUG. Task A is one UPDATE. Task B reads a batch in binary with its
 * rows locked, calls Lua, and writes back by one prepared UPDATE from binary arrays, a commit each. */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdint.h>

#include "floor_backfill.h"

struct bytes {
  char *p;
  size_t len, cap;
};

static void add(struct bytes *b, const void *p, size_t len) {
  if (b->len + len > b->cap) b->p = realloc(b->p, b->cap = (b->len + len) * 2);
  memcpy(b->p + b->len, p, len);
  b->len += len;
}

static void add32(struct bytes *b, uint32_t v) {
  v = htonl(v);
  add(b, &v, 4);
}

static void begin_array(struct bytes *b, uint32_t type, uint32_t n) {
  b->len = 0;
  add32(b, 1);
  add32(b, 0);
  add32(b, type);
  add32(b, n);
  add32(b, 1);
}

static PGresult *check(PGconn *c, PGresult *r) {
  ExecStatusType s = PQresultStatus(r);
  if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) die(PQerrorMessage(c));
  return r;
}

static void run(PGconn *c, const char *sql) { PQclear(check(c, PQexec(c, sql))); }

int main(int argc, char **argv) {
  if (argc < 4) die("URL a|b SLUG");
  PGconn *c = PQconnectdb(argv[1]);
  if (PQstatus(c) != CONNECTION_OK) die(PQerrorMessage(c));
  if (argv[2][0] == 'a') {
    run(c, "UPDATE people SET full_name = first_name || ' ' || last_name");
    PQfinish(c);
    return 0;
  }
  lua_State *L = open_slug(argv[3]);
  PQclear(check(c, PQprepare(c, "r", "SELECT id, title FROM people WHERE id > $1::bigint ORDER BY id "
                                     "LIMIT 5000 FOR NO KEY UPDATE", 0, NULL)));
  PQclear(check(c, PQprepare(c, "w", "UPDATE people t SET slug = v.c FROM unnest($1::bigint[], $2::text[]) v(id, c) "
                                     "WHERE t.id = v.id AND t.id BETWEEN $3::bigint AND $4::bigint", 0, NULL)));
  struct bytes ids = {0}, slugs = {0};
  uint64_t low = 0, first, last;
  for (;;) {
    const char *values[4] = {(char *)&low};
    int lengths[4] = {8}, formats[4] = {1, 1, 1, 1};
    run(c, "BEGIN");
    PGresult *rows = check(c, PQexecPrepared(c, "r", 1, values, lengths, formats, 1));
    int n = PQntuples(rows);
    begin_array(&ids, 20, (uint32_t)n);
    begin_array(&slugs, 25, (uint32_t)n);
    for (int i = 0; i < n; i++) {
      size_t len;
      const char *s = slug_of(L, PQgetvalue(rows, i, 1), (size_t)PQgetlength(rows, i, 1), &len);
      add32(&ids, 8);
      add(&ids, PQgetvalue(rows, i, 0), 8);
      add32(&slugs, (uint32_t)len);
      add(&slugs, s, len);
    }
    if (n) {
      memcpy(&first, PQgetvalue(rows, 0, 0), 8);
      memcpy(&last, PQgetvalue(rows, n - 1, 0), 8);
      values[0] = ids.p, lengths[0] = (int)ids.len;
      values[1] = slugs.p, lengths[1] = (int)slugs.len;
      values[2] = (char *)&first, values[3] = (char *)&last;
      lengths[2] = lengths[3] = 8;
      PQclear(check(c, PQexecPrepared(c, "w", 4, values, lengths, formats, 1)));
      low = last;
    }
    PQclear(rows);
    run(c, "COMMIT");
    if (n < BATCH) break;
  }
  PQfinish(c);
  return 0;
}
