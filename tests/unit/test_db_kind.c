/* What a statement does is told from its words; its beginning is fit for a message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/sql.h"
#include "util/alloc.h"

enum {
  LITE = CW_SQL_BRACKETS,
  PG = CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED,
  MY = CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS
};

static const struct {
  enum cw_sql_kind kind;
  unsigned flavor;
  const char *sql;
} cases[] = {
    {CW_SQL_READ, PG, "SELECT 1"},
    {CW_SQL_READ, PG, "  -- INSERT\n /* DELETE */ select 1"},
    {CW_SQL_READ, PG, "((SELECT 1) UNION (SELECT 2))"},
    {CW_SQL_READ, PG, "SELECT a FROM t FOR UPDATE"},
    {CW_SQL_READ, PG, "SELECT nextval('s'), setval('s', 1), pg_advisory_lock(1)"},
    {CW_SQL_READ, PG, "SELECT 'INTO' AS \"into\""},
    {CW_SQL_READ, PG, "VALUES (1), (2)"},
    {CW_SQL_READ, PG, "TABLE t"},
    {CW_SQL_READ, PG, "SHOW server_version"},
    {CW_SQL_READ, MY, "SHOW CREATE TABLE t"},
    {CW_SQL_READ, MY, "DESCRIBE t"},
    {CW_SQL_READ, MY, "DESC t"},
    {CW_SQL_READ, PG, "WITH a AS (SELECT 1), b AS (SELECT 2) SELECT * FROM a, b"},
    {CW_SQL_READ, PG, "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM a) SELECT n FROM a"},
    {CW_SQL_READ, PG, "WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b) SELECT * FROM a"},
    {CW_SQL_READ, PG, "WITH a AS (SELECT 1) TABLE a"},
    {CW_SQL_READ, MY, "WITH a AS (SELECT INSERT('a', 1, 2, 'b'), REPLACE('a', 'b', 'c')) SELECT * FROM a"},
    {CW_SQL_READ, MY, "SELECT (INSERT('Quad', 3, 2, 'x'))"},
    {CW_SQL_READ, MY, "SELECT REPLACE(a, 'x', 'y') FROM t"},
    {CW_SQL_READ, PG, "EXPLAIN DELETE FROM t"},
    {CW_SQL_READ, PG, "EXPLAIN (COSTS OFF) INSERT INTO t VALUES (1)"},
    {CW_SQL_READ, PG, "EXPLAIN (ANALYZE FALSE) DELETE FROM t"},
    {CW_SQL_READ, PG, "EXPLAIN (ANALYZE off, VERBOSE) DELETE FROM t"},
    {CW_SQL_READ, PG, "EXPLAIN ANALYZE SELECT 1"},
    {CW_SQL_READ, LITE, "EXPLAIN QUERY PLAN UPDATE t SET a = 1"},
    {CW_SQL_READ, MY, "ANALYZE FORMAT=JSON SELECT 1"},
    {CW_SQL_READ, LITE, "PRAGMA user_version"},
    {CW_SQL_READ, LITE, "PRAGMA foreign_keys;"},
    {CW_SQL_READ, LITE, "PRAGMA main.table_info('t')"},
    {CW_SQL_READ, LITE, "pragma table_info = t"},
    {CW_SQL_READ, LITE, "PRAGMA foreign_key_check(t)"},
    {CW_SQL_READ, LITE, "PRAGMA index_list(t)"},
    {CW_SQL_READ, LITE, "PRAGMA index_xinfo(i)"},
    {CW_SQL_READ, LITE, "PRAGMA foreign_key_list(t)"},
    {CW_SQL_READ, LITE, "PRAGMA integrity_check(10)"},

    {CW_SQL_WRITE, PG, "INSERT INTO t VALUES (1)"},
    {CW_SQL_WRITE, PG, "insert into t select * from u"},
    {CW_SQL_WRITE, PG, "UPDATE t SET a = 1"},
    {CW_SQL_WRITE, PG, "DELETE FROM t"},
    {CW_SQL_WRITE, PG, "MERGE INTO t USING u ON a = b WHEN MATCHED THEN DELETE"},
    {CW_SQL_WRITE, MY, "REPLACE INTO t VALUES (1)"},
    {CW_SQL_WRITE, MY, "LOAD DATA INFILE 'x' INTO TABLE t"},
    {CW_SQL_WRITE, PG, "COPY t FROM STDIN"},
    {CW_SQL_WRITE, PG, "SELECT a INTO t2 FROM t"},
    {CW_SQL_WRITE, MY, "SELECT a FROM t INTO OUTFILE '/x'"},
    {CW_SQL_WRITE, PG, "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a"},
    {CW_SQL_WRITE, LITE, "WITH a AS (SELECT 1) REPLACE INTO t SELECT * FROM a"},
    {CW_SQL_WRITE, PG, "WITH a AS (SELECT 1) UPDATE t SET b = 1 FROM a"},
    {CW_SQL_WRITE, PG, "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a"},
    {CW_SQL_WRITE, PG, "WITH a AS MATERIALIZED (INSERT INTO t VALUES (1) RETURNING *) SELECT 1"},
    {CW_SQL_WRITE, PG, "WITH a AS (SELECT 1), b AS (UPDATE t SET x = 1 RETURNING x) TABLE b"},
    {CW_SQL_WRITE, PG, "WITH a AS (SELECT 1) SELECT * INTO t2 FROM a"},
    {CW_SQL_WRITE, PG, "EXPLAIN ANALYZE DELETE FROM t"},
    {CW_SQL_WRITE, PG, "EXPLAIN (VERBOSE, ANALYZE) UPDATE t SET a = 1"},
    {CW_SQL_WRITE, PG, "EXPLAIN (ANALYZE true, COSTS off) WITH a AS (DELETE FROM t RETURNING 1) SELECT 1"},
    {CW_SQL_WRITE, MY, "ANALYZE DELETE FROM t"},
    {CW_SQL_WRITE, MY, "/*!40000 INSERT */ INTO t VALUES (1)"},

    {CW_SQL_DDL, PG, "CREATE TABLE t (a int)"},
    {CW_SQL_DDL, PG, "CREATE TABLE t AS SELECT 1"},
    {CW_SQL_DDL, PG, "ALTER TABLE t ADD a int"},
    {CW_SQL_DDL, PG, "DROP INDEX CONCURRENTLY i"},
    {CW_SQL_DDL, PG, "TRUNCATE t"},
    {CW_SQL_DDL, MY, "RENAME TABLE a TO b"},
    {CW_SQL_DDL, PG, "COMMENT ON TABLE t IS 'x'"},
    {CW_SQL_DDL, PG, "GRANT SELECT ON t TO u"},
    {CW_SQL_DDL, PG, "REVOKE ALL ON t FROM u"},
    {CW_SQL_DDL, LITE, "REINDEX"},
    {CW_SQL_DDL, PG, "REFRESH MATERIALIZED VIEW v"},
    {CW_SQL_DDL, PG, "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1"},

    {CW_SQL_TXN, PG, "BEGIN"},
    {CW_SQL_TXN, LITE, "BEGIN IMMEDIATE"},
    {CW_SQL_TXN, PG, "BEGIN ISOLATION LEVEL SERIALIZABLE"},
    {CW_SQL_TXN, PG, "START TRANSACTION READ ONLY"},
    {CW_SQL_TXN, PG, "COMMIT"},
    {CW_SQL_TXN, PG, "END"},
    {CW_SQL_TXN, PG, "ROLLBACK TO SAVEPOINT a"},
    {CW_SQL_TXN, PG, "ABORT"},
    {CW_SQL_TXN, PG, "SAVEPOINT a"},
    {CW_SQL_TXN, PG, "RELEASE a"},
    {CW_SQL_TXN, PG, "PREPARE TRANSACTION 'x'"},
    {CW_SQL_TXN, MY, "XA START 'x'"},

    {CW_SQL_SESSION, PG, "SET lock_timeout = '5s'"},
    {CW_SQL_SESSION, PG, "SET LOCAL lock_timeout = '5s'"},
    {CW_SQL_SESSION, MY, "SET SESSION foreign_key_checks = 0"},
    {CW_SQL_SESSION, MY, "/*!40101 SET NAMES utf8 */"},
    {CW_SQL_SESSION, PG, "RESET ALL"},
    {CW_SQL_SESSION, MY, "USE db"},
    {CW_SQL_SESSION, PG, "DISCARD ALL"},
    {CW_SQL_SESSION, PG, "LISTEN c"},
    {CW_SQL_SESSION, PG, "PREPARE x AS SELECT 1"},
    {CW_SQL_SESSION, LITE, "PRAGMA foreign_keys = OFF"},
    {CW_SQL_SESSION, LITE, "PRAGMA foreign_keys(0)"},
    {CW_SQL_SESSION, LITE, "PRAGMA main.cache_size=1"},
    {CW_SQL_SESSION, LITE, "ATTACH 'x' AS y"},

    {CW_SQL_OTHER, PG, "CALL p()"},
    {CW_SQL_OTHER, PG, "DO $$ BEGIN END $$"},
    {CW_SQL_OTHER, PG, "LOCK TABLE t"},
    {CW_SQL_OTHER, PG, "VACUUM"},
    {CW_SQL_OTHER, PG, "ANALYZE t"},
    {CW_SQL_OTHER, MY, "ANALYZE TABLE t"},
    {CW_SQL_OTHER, MY, "BEGIN NOT ATOMIC SELECT 1; END"},
    {CW_SQL_OTHER, MY, "START SLAVE"},
    {CW_SQL_OTHER, MY, "SET GLOBAL max_connections = 1"},
    {CW_SQL_OTHER, LITE, "PRAGMA user_version = 5"},
    {CW_SQL_OTHER, LITE, "PRAGMA journal_mode = WAL"},
    {CW_SQL_OTHER, LITE, "PRAGMA wal_checkpoint"},
    {CW_SQL_OTHER, LITE, "PRAGMA optimize"},
    {CW_SQL_OTHER, PG, "nonsense"},
    {CW_SQL_OTHER, PG, ""},
    {CW_SQL_OTHER, PG, "-- only a comment"},
    {CW_SQL_OTHER, PG, "'unterminated"},
};

static void test_tells_statements_apart(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    enum cw_sql_kind got = cw_sql_kind(cases[i].sql, strlen(cases[i].sql), cases[i].flavor);
    if (got != cases[i].kind) fail_msg("%s is %d, not %d", cases[i].sql, got, cases[i].kind);
  }
}

static void test_knows_inserts(void **state) {
  (void)state;
  static const struct {
    bool inserts;
    const char *sql;
  } some[] = {
      {true, "INSERT INTO t VALUES (1)"},
      {true, "REPLACE INTO t VALUES (1)"},
      {true, "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a"},
      {false, "UPDATE t SET a = 1"},
      {false, "WITH a AS (SELECT 1) DELETE FROM t"},
      {false, "SELECT 'INSERT'"},
      {false, "EXPLAIN INSERT INTO t VALUES (1)"},
      {false, "CREATE TABLE t AS SELECT 1"},
  };
  for (size_t i = 0; i < sizeof some / sizeof *some; i++)
    if (cw_sql_inserts(some[i].sql, strlen(some[i].sql), LITE) != some[i].inserts)
      fail_msg("%s", some[i].sql);
}

static void test_shows_the_beginning(void **state) {
  (void)state;
  static const struct {
    size_t max;
    const char *sql, *head;
  } some[] = {
      {80, "", ""},
      {80, "SELECT 1", "SELECT 1"},
      {80, "  SELECT\n\t1 ,\r\n 2  ", "SELECT 1 , 2"},
      {80, "-- a\nSELECT /* b\nc */ 1 -- d", "SELECT 1"},
      {80, "SELECT '-- a', \"/* b */\", `--c`", "SELECT '-- a', \"/* b */\", `--c`"},
      {80, "SELECT 'a\n  b'", "SELECT 'a b'"},
      {80, "/*!40000 SET x */", "/*!40000 SET x */"},
      {80, "SELECT 1 /* open", "SELECT 1"},
      {8, "SELECT 1", "SELECT 1"},
      {7, "SELECT 1", "SELE..."},
      {10, "SELECT 1 FROM t", "SELECT..."},
      {11, "SELECT '\xC3\xA4\xC3\xB6'", "SELECT '..."},
      {12, "SELECT '\xC3\xA4\xC3\xB6'", "SELECT '..."},
      {13, "SELECT '\xC3\xA4\xC3\xB6'", "SELECT '\xC3\xA4\xC3\xB6'"},
      {2, "SELECT", "..."},
  };
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
    char *head = cw_sql_head(some[i].sql, strlen(some[i].sql), some[i].max);
    if (strcmp(head, some[i].head) != 0) fail_msg("%s: %s, not %s", some[i].sql, head, some[i].head);
    free(head);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tells_statements_apart),
      cmocka_unit_test(test_knows_inserts),
      cmocka_unit_test(test_shows_the_beginning),
  };
  return cmocka_run_group_tests_name("db/kind", tests, NULL, NULL);
}
