/* Scripts are cut at the right semicolons, whatever stands between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "db/sql.h"
#include "util/strbuf.h"
#include "util/vec.h"

enum {
  LITE = CW_SQL_BRACKETS,
  PG = CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED,
  MY = CW_SQL_BACKSLASH | CW_SQL_HASH_COMMENTS | CW_SQL_DQ_STRINGS,
  MORE = 8
};

struct script {
  unsigned flavor;
  const char *text;
  const char *statements[MORE]; /* to the first NULL */
};

static void check(const struct script *script) {
  struct cw_slices slices = {0};
  struct cw_err err = CW_ERR_INIT;
  size_t wanted = 0;
  if (cw_sql_split(script->text, strlen(script->text), script->flavor, &slices, &err))
    fail_msg("%s\n  %s", script->text, err.message);
  while (wanted < MORE && script->statements[wanted]) wanted++;
  for (size_t i = 0; i < slices.len || i < wanted; i++) {
    struct cw_slice s = i < slices.len ? slices.items[i] : (struct cw_slice){0, 0, 0};
    const char *want = i < wanted ? script->statements[i] : "(no more)";
    if (s.len != strlen(want) || memcmp(script->text + s.start, want, s.len) != 0)
      fail_msg("%s\n  statement %zu is\n%.*s\n  and not\n%s", script->text, i + 1, (int)s.len,
               script->text + s.start, want);
  }
  vec_release(&slices);
}

static void check_all(const struct script *scripts, size_t count) {
  for (size_t i = 0; i < count; i++) check(&scripts[i]);
}
#define CHECK_ALL(a) check_all(a, sizeof(a) / sizeof *(a))

static void test_cuts_at_semicolons(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {PG, "", {0}},
      {PG, " \n\t;; ; ", {0}},
      {PG, "SELECT 1", {"SELECT 1"}},
      {PG, "  SELECT 1 ;\n", {"SELECT 1"}},
      {PG, "a;b;;c", {"a", "b", "c"}},
      {LITE, "a;b;;c", {"a", "b", "c"}},
      {MY, "a;b;;c", {"a", "b", "c"}},
      {LITE, "\xEF\xBB\xBFSELECT 1; SELECT 2", {"SELECT 1", "SELECT 2"}},
      {PG, "SELECT 1\r\n;\r\nSELECT 2", {"SELECT 1", "SELECT 2"}},
      {PG, "CREATE TABLE t (begin int); SELECT 1", {"CREATE TABLE t (begin int)", "SELECT 1"}},
      {LITE, "BEGIN; SELECT 1; END;", {"BEGIN", "SELECT 1", "END"}},
      {PG, "BEGIN; SELECT CASE WHEN a THEN b END; COMMIT",
       {"BEGIN", "SELECT CASE WHEN a THEN b END", "COMMIT"}},
      {MY, "SELECT 'ä;ö' ; SELECT ü", {"SELECT 'ä;ö'", "SELECT ü"}},
  };
  CHECK_ALL(scripts);
}

static void test_leaves_comments_out(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {PG, "-- only; this\n", {0}},
      {PG, "/* only; this */", {0}},
      {PG, "-- one;\nSELECT 1 -- two;\n; -- three;\n", {"SELECT 1"}},
      {PG, "SELECT -- a;\n 1;", {"SELECT -- a;\n 1"}},
      {PG, "/* a; */ SELECT /* b; */ 1 /* c; */; /* d; */", {"SELECT /* b; */ 1"}},
      {PG, "/* /* nested; */ ; */ SELECT 1", {"SELECT 1"}},
      {LITE, "/* /* flat; */ SELECT 1; */ 2", {"SELECT 1", "*/ 2"}},
      {LITE, "SELECT 1; /* SQLite takes this; ", {"SELECT 1"}},
      {PG, "SELECT 1--2;\n3; 4", {"SELECT 1--2;\n3", "4"}},
      {MY, "SELECT 1--2; SELECT 3", {"SELECT 1--2", "SELECT 3"}},
      {MY, "SELECT 1 -- 2;\n; SELECT 3 --\n; SELECT 4 --", {"SELECT 1", "SELECT 3", "SELECT 4"}},
      {MY, "SELECT 1 # a; b\n; # c;\nSELECT 2", {"SELECT 1", "SELECT 2"}},
      {PG, "SELECT a # b; c", {"SELECT a # b", "c"}},
      {PG, "SELECT '--'; /**/ SELECT '/*'", {"SELECT '--'", "SELECT '/*'"}},
      {PG, "-- at the end without a line's end", {0}},
      {PG, "/*+ SeqScan(t) */ SELECT 1; SELECT /*+ X */ 2",
       {"/*+ SeqScan(t) */ SELECT 1", "SELECT /*+ X */ 2"}},
  };
  CHECK_ALL(scripts);
}

static void test_looks_past_strings_and_names(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {PG, "SELECT ';', 'it''s;'; b", {"SELECT ';', 'it''s;'", "b"}},
      {PG, "SELECT \"a;\"\"b;\"; c", {"SELECT \"a;\"\"b;\"", "c"}},
      {PG, "SELECT 'a\\'; b", {"SELECT 'a\\'", "b"}},
      {PG, "SELECT E'a\\';'; b", {"SELECT E'a\\';'", "b"}},
      {PG, "SELECT e'a\\\\'; b", {"SELECT e'a\\\\'", "b"}},
      {PG, "SELECT E'a'\n  'b\\';'; c", {"SELECT E'a'\n  'b\\';'", "c"}},
      {PG, "SELECT E'a' 'b\\'; c", {"SELECT E'a' 'b\\'", "c"}},
      {PG, "SELECT U&'d\\0061;'; b", {"SELECT U&'d\\0061;'", "b"}},
      {PG, "SELECT U&\"d;\" UESCAPE '!'; b", {"SELECT U&\"d;\" UESCAPE '!'", "b"}},
      {PG, "SELECT x'1F', B'01', N'n;'; b", {"SELECT x'1F', B'01', N'n;'", "b"}},
      {PG, "SELECT name'x'; b", {"SELECT name'x'", "b"}},
      {MY, "SELECT 'a\\';'; b", {"SELECT 'a\\';'", "b"}},
      {MY, "SELECT \"a\\\";\"; b", {"SELECT \"a\\\";\"", "b"}},
      {MY, "SELECT `a;``b;`; c", {"SELECT `a;``b;`", "c"}},
      {MY, "SELECT `a\\`; b", {"SELECT `a\\`", "b"}},
      {LITE, "SELECT [a;b], `c;`, \"d;\"; e", {"SELECT [a;b], `c;`, \"d;\"", "e"}},
      {LITE, "SELECT '\\'; b", {"SELECT '\\'", "b"}},
      {PG, "SELECT a[1]; b", {"SELECT a[1]", "b"}},
      {PG, "SELECT '\n;\n'; b", {"SELECT '\n;\n'", "b"}},
  };
  CHECK_ALL(scripts);
}

static void test_looks_past_dollar_quotes(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {PG, "SELECT $$;$$; b", {"SELECT $$;$$", "b"}},
      {PG, "SELECT $a$ ; $$ ; $b$ ; $a$; b", {"SELECT $a$ ; $$ ; $b$ ; $a$", "b"}},
      {PG, "SELECT $_1$;$_1$; b", {"SELECT $_1$;$_1$", "b"}},
      {PG, "DO $$ BEGIN x; END $$; b", {"DO $$ BEGIN x; END $$", "b"}},
      {PG, "SELECT a$b$c; d$b$", {"SELECT a$b$c", "d$b$"}},
      {PG, "SELECT $1; $2", {"SELECT $1", "$2"}},
      {PG, "SELECT '$$;', $$';$$; b", {"SELECT '$$;', $$';$$", "b"}},
      {MY, "SELECT $$; b$$", {"SELECT $$", "b$$"}},
      {PG, "CREATE FUNCTION f() RETURNS int AS $f$ BEGIN; END; $f$ LANGUAGE plpgsql; b",
       {"CREATE FUNCTION f() RETURNS int AS $f$ BEGIN; END; $f$ LANGUAGE plpgsql", "b"}},
  };
  CHECK_ALL(scripts);
}

static void test_keeps_sqlite_triggers_whole(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {LITE, "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END; b",
       {"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END", "b"}},
      {LITE, "create temp trigger if not exists t before update of c on a when new.x > 1 begin "
             "update a set y = case when 1 then 2 end; end; b",
       {"create temp trigger if not exists t before update of c on a when new.x > 1 begin "
        "update a set y = case when 1 then 2 end; end", "b"}},
      {LITE, "CREATE TRIGGER t AFTER INSERT ON a WHEN CASE WHEN NEW.a THEN 1 END BEGIN "
             "SELECT CASE NEW.b WHEN 1 THEN CASE 2 WHEN 3 THEN 4 END END; END;",
       {"CREATE TRIGGER t AFTER INSERT ON a WHEN CASE WHEN NEW.a THEN 1 END BEGIN "
        "SELECT CASE NEW.b WHEN 1 THEN CASE 2 WHEN 3 THEN 4 END END; END"}},
      {LITE, "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b(end) VALUES (NEW.end); END; c",
       {"CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b(end) VALUES (NEW.end); END", "c"}},
      {LITE, "CREATE TRIGGER t DELETE ON a BEGIN SELECT 'END;'; -- END;\n END; c",
       {"CREATE TRIGGER t DELETE ON a BEGIN SELECT 'END;'; -- END;\n END", "c"}},
      {LITE, "CREATE TABLE trigger_log (x); b", {"CREATE TABLE trigger_log (x)", "b"}},
      {LITE, "DROP TRIGGER t; b", {"DROP TRIGGER t", "b"}},
  };
  CHECK_ALL(scripts);
}

static void test_keeps_postgresql_bodies_whole(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {PG, "CREATE FUNCTION f(a int) RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT a; SELECT CASE "
           "WHEN a > 1 THEN 2 END; END; b",
       {"CREATE FUNCTION f(a int) RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT a; SELECT CASE "
        "WHEN a > 1 THEN 2 END; END", "b"}},
      {PG, "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC END; b",
       {"CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC END", "b"}},
      {PG, "CREATE FUNCTION f() RETURNS int RETURN 1; b",
       {"CREATE FUNCTION f() RETURNS int RETURN 1", "b"}},
      {PG, "CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql AS 'SELECT 1'; b",
       {"CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "b"}},
      {PG, "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); b",
       {"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()", "b"}},
      {PG, "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b); c",
       {"CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b)", "c"}},
      {PG, "SELECT 1); SELECT 2", {"SELECT 1)", "SELECT 2"}},
  };
  CHECK_ALL(scripts);
}

static void test_keeps_mysql_routines_whole(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END",
      "CREATE PROCEDURE p() SELECT IF(a, b, c), REPEAT('x', 3), CASE WHEN 1 THEN 2 END FROM t",
      "CREATE DEFINER=`root`@`%` PROCEDURE IF NOT EXISTS p(IN a INT, OUT b SET('x','y')) "
      "COMMENT 'a; b' SQL SECURITY INVOKER BEGIN SELECT 1; END",
      "CREATE OR REPLACE PROCEDURE p() IF 1 THEN SELECT 1; ELSEIF 2 THEN SELECT 2; ELSE SELECT 3; "
      "END IF",
      "CREATE PROCEDURE p() IF (SELECT 1) THEN SELECT IF(1, 2, 3); END IF",
      "CREATE PROCEDURE p() BEGIN IF a THEN BEGIN SELECT 1; END; END IF; SELECT 2; END",
      "CREATE PROCEDURE p() l: LOOP SELECT 1; LEAVE l; END LOOP l",
      "CREATE PROCEDURE p() WHILE x < 3 DO SET x = x + 1; DO SLEEP(1); END WHILE",
      "CREATE PROCEDURE p() REPEAT SET x = REPEAT('a', 3); UNTIL x = CASE 1 WHEN 1 THEN 2 END "
      "END REPEAT",
      "CREATE PROCEDURE p() FOR i IN 1..10 DO SELECT i; END FOR",
      "CREATE PROCEDURE p() CASE x WHEN 1 THEN SELECT 1; WHEN 2 THEN BEGIN END; ELSE SELECT 3; "
      "END CASE",
      "CREATE PROCEDURE p() BEGIN CASE WHEN a THEN SELECT CASE WHEN b THEN IF(1,2,3) ELSE 4 END; "
      "ELSE BEGIN END; END CASE; SELECT 2; END",
      "CREATE PROCEDURE p() BEGIN outer_one: BEGIN inner_one: LOOP LEAVE outer_one; END LOOP "
      "inner_one; END outer_one; END",
      "CREATE PROCEDURE p() BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN SET d = 1; END; "
      "DECLARE EXIT HANDLER FOR SQLEXCEPTION ROLLBACK; SELECT 1; END",
      "CREATE PROCEDURE p() BEGIN DROP TABLE IF EXISTS t; CREATE TABLE IF NOT EXISTS t (a INT); "
      "SELECT t.end, t.begin, begin, end FROM t; END",
      "CREATE PROCEDURE p() BEGIN START TRANSACTION; COMMIT; SELECT a FROM t FOR UPDATE; END",
      "CREATE PROCEDURE p() BEGIN IF NOT EXISTS (SELECT 1) THEN INSERT INTO t VALUES (1); END IF; END",
      "CREATE PROCEDURE p() BEGIN WHILE IF(a, b, c) DO BEGIN END; END WHILE; END",
      "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN IF(a, 1, 2)",
      "CREATE FUNCTION f() RETURNS VARCHAR(20) CHARACTER SET utf8mb4 BEGIN RETURN 'a;'; END",
      "CREATE FUNCTION f() RETURNS SET('a','b') DETERMINISTIC BEGIN RETURN 'a'; END",
      "CREATE FUNCTION f RETURNS STRING SONAME 'udf.so'",
      "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = IF(NEW.y, 1, 2)",
      "CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW FOLLOWS u BEGIN SET @a = 1; END",
      "CREATE TRIGGER t BEFORE DELETE ON a FOR EACH ROW IF OLD.x THEN SET @a = 1; END IF",
      "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; SELECT 2; END",
      "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO UPDATE t SET a = IF(b, 1, 2)",
      "ALTER EVENT e DO BEGIN SELECT 1; END",
      "BEGIN NOT ATOMIC SELECT 1; IF 1 THEN SELECT 2; END IF; END",
      "CREATE TABLE p (procedure_name INT, trigger_begin INT)",
      "CREATE USER 'procedure'@'%' IDENTIFIED BY 'x;y'",
  };
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "SELECT 0; %s; SELECT 9", bodies[i]);
    struct script script = {MY, text.buf, {"SELECT 0", bodies[i], "SELECT 9"}};
    check(&script);
    strbuf_release(&text);
  }
}

static void test_honours_delimiter_lines(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {MY, "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\nSELECT 1;",
       {"CREATE PROCEDURE p() BEGIN SELECT 1; END", "SELECT 1"}},
      {MY, "SELECT 0;\n  delimiter $$  \nCREATE TRIGGER t BEGIN a; END$$ b $$\n delimiter ;\nc;d",
       {"SELECT 0", "CREATE TRIGGER t BEGIN a; END", "b", "c", "d"}},
      {MY, "DELIMITER |\r\nSELECT '|' || 'a' | SELECT 2|\r\nDELIMITER ;\r\nSELECT 3;",
       {"SELECT '|'", "'a'", "SELECT 2", "SELECT 3"}},
      {MY, "DELIMITER ;;\na;b;; c -- ;;\n;;\nDELIMITER ;\nd;e", {"a;b", "c", "d", "e"}},
      {MY, "DELIMITER //\na; b", {"a; b"}},
      {MY, "SELECT delimiter\n; b", {"SELECT delimiter", "b"}},
      {PG, "DELIMITER //\na; b//", {"DELIMITER //\na", "b//"}},
  };
  CHECK_ALL(scripts);
}

static void test_keeps_versioned_comments(void **state) {
  (void)state;
  static const struct script scripts[] = {
      {MY, "/*!40101 SET NAMES utf8 */; b", {"/*!40101 SET NAMES utf8 */", "b"}},
      {MY, "CREATE /*!50017 DEFINER=x */ /*M!100 OR */ TABLE t (a int /*!80000 INVISIBLE */); b",
       {"CREATE /*!50017 DEFINER=x */ /*M!100 OR */ TABLE t (a int /*!80000 INVISIBLE */)", "b"}},
      {MY, "/*!50003 CREATE*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN a; b; END */; c",
       {"/*!50003 CREATE*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN a; b; END */", "c"}},
      {MY, "/*! SELECT ';*/' */; b", {"/*! SELECT ';*/' */", "b"}},
      {MY, "/*!*/; b", {"b"}},
      {MY, "/*!40000 a /* b; */ c */; d", {"/*!40000 a /* b; */ c */", "d"}},
      {PG, "/*! a; */ b", {"b"}},
  };
  CHECK_ALL(scripts);
}

static void test_counts_lines(void **state) {
  (void)state;
  static const char text[] = "a;\n\n-- x\n  b\n 'c\n\n';/* \n */ d;\n$$\n$$;e";
  static const int lines[] = {1, 4, 8, 9, 10};
  struct cw_slices slices = {0};
  struct cw_err err = CW_ERR_INIT;
  assert_int_equal(cw_sql_split(text, sizeof text - 1, PG, &slices, &err), 0);
  assert_int_equal(slices.len, 5);
  for (size_t i = 0; i < 5; i++) assert_int_equal(slices.items[i].line, lines[i]);
  vec_release(&slices);
}

static void test_says_where_something_does_not_end(void **state) {
  (void)state;
  static const struct {
    unsigned flavor;
    const char *text, *message;
  } cases[] = {
      {PG, "a;\nSELECT 'x;\n", "string that begins in line 2"},
      {PG, "SELECT E'a\\'", "string that begins in line 1"},
      {PG, "\n\nSELECT \"x", "quoted name that begins in line 3"},
      {PG, "/* /* */ a", "comment that begins in line 1"},
      {MY, "a /* b", "comment that begins in line 1"},
      {MY, "a;\n/*! b", "comment that begins in line 2"},
      {MY, "a `b", "quoted name"},
      {MY, "a \"b\\\"", "string"},
      {PG, "\nDO $x$ ; $$", "dollar-quoted string that begins in line 2"},
      {LITE, "a [b", "quoted name"},
      {PG, "/*+ a", "comment that begins in line 1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cw_slices slices = {0};
    struct cw_err err = CW_ERR_INIT;
    int failed = cw_sql_split(cases[i].text, strlen(cases[i].text), cases[i].flavor, &slices, &err);
    if (!failed) fail_msg("%s is taken", cases[i].text);
    assert_int_equal(err.code, CW_ERR_STATEMENT);
    if (!strstr(err.message, cases[i].message)) fail_msg("%s: %s", cases[i].text, err.message);
    cw_err_release(&err);
    vec_release(&slices);
  }
}

/* Megabytes would take hours if any part looked far back or ahead from every token. The alarm is
 * generous: sanitizers and a busy machine must not trip it. */
static void test_takes_time_by_length_only(void **state) {
  (void)state;
  static const char *const units[] = {
      "INSERT INTO t (a, b) VALUES (1, 'some; text'), (2, \"x\"); -- and\n",
      "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET a = CASE b WHEN 1 THEN 2 END; END;\n",
      "((((((((((;",
      "/* a */ $ $ $1 'x' ; ",
      "$a$ $b$ $a$ ",
      "CREATE FOR FOR FOR ",
  };
  static const unsigned flavors[] = {LITE, PG, MY};
  alarm(240);
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    struct strbuf text = STRBUF_INIT;
    while (text.len < 1000000) strbuf_addstr(&text, units[i]);
    for (size_t f = 0; f < 3; f++) {
      struct cw_slices slices = {0};
      assert_int_equal(cw_sql_split(text.buf, text.len, flavors[f], &slices, NULL), 0);
      vec_release(&slices);
    }
    strbuf_release(&text);
  }
  alarm(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cuts_at_semicolons),
      cmocka_unit_test(test_leaves_comments_out),
      cmocka_unit_test(test_looks_past_strings_and_names),
      cmocka_unit_test(test_looks_past_dollar_quotes),
      cmocka_unit_test(test_keeps_sqlite_triggers_whole),
      cmocka_unit_test(test_keeps_postgresql_bodies_whole),
      cmocka_unit_test(test_keeps_mysql_routines_whole),
      cmocka_unit_test(test_honours_delimiter_lines),
      cmocka_unit_test(test_keeps_versioned_comments),
      cmocka_unit_test(test_counts_lines),
      cmocka_unit_test(test_says_where_something_does_not_end),
      cmocka_unit_test(test_takes_time_by_length_only),
  };
  return cmocka_run_group_tests_name("db/split", tests, NULL, NULL);
}
