/* Database URLs: every form, every mistake, and nothing of a password in any text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/url.h"
#include "util/strbuf.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void assert_text(const char *got, const char *expected, const char *what) {
  if (got == expected || (got && expected && strcmp(got, expected) == 0)) return;
  fail_msg("%s: got %s, expected %s", what, got ? got : "NULL", expected ? expected : "NULL");
}

/* --- good ones --------------------------------------------------------------------------------- */

static const struct {
  const char *text, *scheme, *user, *password, *host, *port, *path;
} servers[] = {
    {"postgresql://", "postgresql", NULL, NULL, NULL, NULL, NULL},
    {"postgresql:///", "postgresql", NULL, NULL, NULL, NULL, NULL},
    {"postgresql://localhost", "postgresql", NULL, NULL, "localhost", NULL, NULL},
    {"postgresql:///db", "postgresql", NULL, NULL, NULL, NULL, "db"},
    {"postgresql://h/db", "postgresql", NULL, NULL, "h", NULL, "db"},
    {"postgresql://u@h/db", "postgresql", "u", NULL, "h", NULL, "db"},
    {"postgresql://u:pw@h:5432/db", "postgresql", "u", "pw", "h", "5432", "db"},
    {"postgresql://u:@h/db", "postgresql", "u", "", "h", NULL, "db"},
    {"postgresql://:pw@h/db", "postgresql", NULL, "pw", "h", NULL, "db"},
    {"postgresql://u:pw@/db", "postgresql", "u", "pw", NULL, NULL, "db"},
    {"postgresql://h:/db", "postgresql", NULL, NULL, "h", NULL, "db"},
    {"postgresql://:5433/db", "postgresql", NULL, NULL, NULL, "5433", "db"},
    {"POSTGRES://u@H/Db", "postgresql", "u", NULL, "H", NULL, "Db"},
    {"postgres://u:p@h", "postgresql", "u", "p", "h", NULL, NULL},
    {"postgresql+psycopg2://u:p@h/d", "postgresql", "u", "p", "h", NULL, "d"},
    {"postgresql+asyncpg://h/d", "postgresql", NULL, NULL, "h", NULL, "d"},
    {"postgresql://u:a:b:c@h/d", "postgresql", "u", "a:b:c", "h", NULL, "d"},
    {"postgresql://u:p@ss@h/d", "postgresql", "u", "p@ss", "h", NULL, "d"},
    {"postgresql://a%40b:%2F%3F%23%5B%25@h/d%20e", "postgresql", "a@b", "/?#[%", "h", NULL, "d e"},
    {"postgresql://u:p%C3%A4ss@h/d", "postgresql", "u", "p\xC3\xA4ss", "h", NULL, "d"},
    {"postgresql://%2Fvar%2Frun%2Fpg/db", "postgresql", NULL, NULL, "/var/run/pg", NULL, "db"},
    {"postgresql://[::1]/db", "postgresql", NULL, NULL, "::1", NULL, "db"},
    {"postgresql://u:p@[2001:db8::7]:5433/db", "postgresql", "u", "p", "2001:db8::7", "5433", "db"},
    {"postgresql://[fe80::1%25eth0]/db", "postgresql", NULL, NULL, "fe80::1%eth0", NULL, "db"},
    {"postgresql://[::ffff:127.0.0.1]:1/db", "postgresql", NULL, NULL, "::ffff:127.0.0.1", "1", "db"},
    {"postgresql://a:1,b:2,c/db", "postgresql", NULL, NULL, "a,b,c", "1,2,", "db"},
    {"postgresql://a,b/db", "postgresql", NULL, NULL, "a,b", NULL, "db"},
    {"postgresql://u:p@[::1]:1,b/db", "postgresql", "u", "p", "::1,b", "1,", "db"},
    {"postgresql://u#x:y#z@h/d#1", "postgresql", "u#x", "y#z", "h", NULL, "d#1"},
    {"mysql://u:pw@h:3306/db", "mysql", "u", "pw", "h", "3306", "db"},
    {"mysql+pymysql://u:pw@h/db", "mysql", "u", "pw", "h", NULL, "db"},
    {"mariadb://u@h/db", "mysql", "u", NULL, "h", NULL, "db"},
    {"mariadb+mariadbconnector://u@h/db", "mysql", "u", NULL, "h", NULL, "db"},
    {"  mysql://h/db\n", "mysql", NULL, NULL, "h", NULL, "db"},
    {"mysql://h:65535/db", "mysql", NULL, NULL, "h", "65535", "db"},
};

static void test_takes_servers_apart(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(servers); i++) {
    struct cw_url *url;
    struct cw_err err = CW_ERR_INIT;
    if (cw_url_parse(&url, servers[i].text, "/base", &err))
      fail_msg("%s: %s", servers[i].text, err.message);
    assert_text(url->scheme, servers[i].scheme, servers[i].text);
    assert_text(url->user, servers[i].user, servers[i].text);
    assert_text(url->password, servers[i].password, servers[i].text);
    assert_text(url->host, servers[i].host, servers[i].text);
    assert_text(url->port, servers[i].port, servers[i].text);
    assert_text(url->path, servers[i].path, servers[i].text);
    cw_url_free(url);
  }
}

static const struct {
  const char *text, *base, *path;
} files[] = {
    {"sqlite://", "/base", NULL},
    {"sqlite:///", "/base", NULL},
    {"sqlite:///:memory:", "/base", NULL},
    {"sqlite:///rel.db", "/base", "/base/rel.db"},
    {"sqlite:///a/../rel.db", "/base", "/base/a/../rel.db"},
    {"sqlite:///rel.db", NULL, "rel.db"},
    {"sqlite:///rel.db", "", "rel.db"},
    {"sqlite:////abs/x.db", "/base", "/abs/x.db"},
    {"sqlite:////abs/x.db", NULL, "/abs/x.db"},
    {"sqlite3:///rel.db", "/base", "/base/rel.db"},
    {"sqlite+pysqlite:///rel.db", "/base", "/base/rel.db"},
    {"SQLite:///rel.db", "/base", "/base/rel.db"},
    {"sqlite:///my file%3F.db", "/base", "/base/my file?.db"},
    {"sqlite:///u:p@h.db", "/base", "/base/u:p@h.db"},
    {"sqlite:////abs/x.db?mode=ro", "/base", "/abs/x.db"},
    {"sqlite://?mode=ro", "/base", NULL},
};

static void test_finds_sqlite_files(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(files); i++) {
    struct cw_url *url;
    struct cw_err err = CW_ERR_INIT;
    if (cw_url_parse(&url, files[i].text, files[i].base, &err))
      fail_msg("%s: %s", files[i].text, err.message);
    assert_text(url->scheme, "sqlite", files[i].text);
    assert_text(url->path, files[i].path, files[i].text);
    assert_null(url->host);
    cw_url_free(url);
  }
}

static struct cw_url *parsed(const char *text) {
  struct cw_url *url;
  struct cw_err err = CW_ERR_INIT;
  if (cw_url_parse(&url, text, "/base", &err)) fail_msg("%s: %s", text, err.message);
  return url;
}

static void test_reads_options_in_order(void **state) {
  (void)state;
  struct cw_url *url = parsed("postgresql://h/d?sslmode=require&a=1&&application_name=x%20y%26z&a=2&e=");
  assert_int_equal(url->keys.len, 5);
  assert_string_equal(cw_url_option(url, "sslmode"), "require");
  assert_string_equal(cw_url_option(url, "application_name"), "x y&z");
  assert_string_equal(cw_url_option(url, "a"), "2");
  assert_string_equal(cw_url_option(url, "e"), "");
  assert_null(cw_url_option(url, "SSLMODE"));
  cw_url_free(url);
}

static void test_tells_mariadb_from_mysql(void **state) {
  (void)state;
  struct cw_url *a = parsed("mariadb://h/d"), *b = parsed("mysql://h/d");
  assert_true(a->mariadb);
  assert_false(b->mariadb);
  cw_url_free(a);
  cw_url_free(b);
}

static void test_copies_are_complete(void **state) {
  (void)state;
  struct cw_url *url = parsed("mariadb://us:s3cr3tpw@h:1/d?socket=/s&token=abcdefgh");
  struct cw_url *copy = cw_url_copy(url);
  cw_url_free(url);
  assert_string_equal(copy->text, "mariadb://us:s3cr3tpw@h:1/d?socket=/s&token=abcdefgh");
  assert_string_equal(copy->masked, "mariadb://us:***@h:1/d?socket=/s&token=***");
  assert_string_equal(copy->scheme, "mysql");
  assert_true(copy->mariadb);
  assert_string_equal(copy->user, "us");
  assert_string_equal(copy->password, "s3cr3tpw");
  assert_string_equal(copy->host, "h");
  assert_string_equal(copy->port, "1");
  assert_string_equal(copy->path, "d");
  assert_string_equal(cw_url_option(copy, "socket"), "/s");
  char *clean = cw_url_redact(copy, "s3cr3tpw and abcdefgh");
  assert_string_equal(clean, "*** and ***");
  free(clean);
  cw_url_free(copy);
  assert_null(cw_url_copy(NULL));
  cw_url_free(NULL);
}

/* --- bad ones ---------------------------------------------------------------------------------- */

static const struct {
  const char *text, *message, *hint; /* pieces of them */
} bad[] = {
    {"", "empty", "sqlite:///app.db"},
    {" \n", "empty", "--url"},
    {"app.db", "no \"://\"", "sqlite:///app.db"},
    {"://h/d", "no \"://\"", "postgresql://"},
    {"1sqlite:///x", "no \"://\"", "postgresql://"},
    {"host=h dbname=d", "no \"://\"", "postgresql://"},
    {"jdbc:postgresql://h/d", "JDBC", "jdbc:"},
    {"postgresq://h/d", "postgresq://", "did you mean postgresql://"},
    {"postgress://h/d", "postgress://", "did you mean postgres"},
    {"pgsql://h/d", "pgsql://", "did you mean postgresql://"},
    {"mysq://h/d", "mysq://", "did you mean mysql://"},
    {"maria://h/d", "maria://", "did you mean mariadb://"},
    {"sqlit:///d", "sqlit://", "did you mean sqlite://"},
    {"cockroachdb://h/d", "cockroachdb://", "did you mean postgresql://"},
    {"oracle://h/d", "oracle://", "it begins with"},
    {"sqlite:/x.db", "slashes", "sqlite:///app.db"},
    {"sqlite:x.db", "slashes", "sqlite:////"},
    {"sqlite://rel.db", "slashes", "three slashes"},
    {"sqlite://localhost/x.db", "slashes", "three slashes"},
    {"sqlite:///a%zz", "file name has a %", "%25"},
    {"sqlite:///a%00b", "NUL", NULL},
    {"sqlite:///a?mode", "key=value", NULL},
    {"postgresql://h:abc/d", "port is no number", "%2F"},
    {"postgresql://h:0/d", "port is no number", NULL},
    {"postgresql://h:65536/d", "port is no number", NULL},
    {"postgresql://h:123456789012345678901/d", "port is no number", NULL},
    {"postgresql://h:-1/d", "port is no number", NULL},
    {"postgresql://a:1,b:x/d", "port is no number", NULL},
    {"postgresql://::1/d", "port is no number", NULL},
    {"postgresql://[::1/d", "IPv6", "[::1]"},
    {"postgresql://[]/d", "IPv6", NULL},
    {"postgresql://[::1]5432/d", "IPv6", NULL},
    {"postgresql://[host]/d", "IPv6", NULL},
    {"mysql://a,b/d", "several hosts", "one host"},
    {"mysql://u:p%@h/d", "password has a %", "%25"},
    {"mysql://u:p%4@h/d", "password has a %", "%25"},
    {"mysql://u:p%4g@h/d", "password has a %", "%25"},
    {"mysql://u:p%00@h/d", "password holds %00", NULL},
    {"mysql://u%00@h/d", "user name holds %00", NULL},
    {"mysql://h%00/d", "host holds %00", NULL},
    {"mysql://h/d%00", "database holds %00", NULL},
    {"mysql://h/d?a=%00", "option holds %00", NULL},
    {"mysql://h/d?a=%", "option has a %", NULL},
    {"mysql://h/d?=x", "key=value", NULL},
    {"mysql://h/d?charset", "key=value", NULL},
    {"mysql://u:p\nq@h/d", "control character", "%0A"},
    {"mysql://h/d\x7f", "control character", "%7F"},
    {"mysql://h/a@b", "@ behind", "%40"},
};

static void test_explains_what_is_wrong(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(bad); i++) {
    struct cw_url *url = (void *)1;
    struct cw_err err = CW_ERR_INIT;
    if (cw_url_parse(&url, bad[i].text, "/base", &err) == 0) fail_msg("%s is taken", bad[i].text);
    assert_null(url);
    assert_int_equal(err.code, CW_ERR_CONFIG);
    if (!strstr(err.message, bad[i].message)) fail_msg("%s: %s", bad[i].text, err.message);
    if (bad[i].hint && !(err.hint && strstr(err.hint, bad[i].hint)))
      fail_msg("%s: hint %s", bad[i].text, err.hint);
    cw_err_release(&err);
  }
}

/* --- secrets ----------------------------------------------------------------------------------- */

static bool shares_six(const char *text, const char *secret) {
  size_t len = strlen(secret);
  for (size_t i = 0; i + 6 <= len; i++) {
    char piece[7];
    memcpy(piece, secret + i, 6);
    piece[6] = '\0';
    if (text && strstr(text, piece)) return true;
  }
  return false;
}

static const struct {
  const char *text, *masked;
} masks[] = {
    {"postgresql://u:s3cr3t@h:1/d", "postgresql://u:***@h:1/d"},
    {"postgresql://u:s3cr3t@h:1/", "postgresql://u:***@h:1/"},
    {"postgresql://:s3cr3t@h", "postgresql://:***@h"},
    {"postgresql://u@h/d", "postgresql://u@h/d"},
    {"Postgres+X://u:a@h/d?sslmode=x", "Postgres+X://u:***@h/d?sslmode=x"},
    {"postgresql:///d?password=s3cr3t&user=u", "postgresql:///d?password=***&user=u"},
    {"postgresql://h/d?sslpassword=x1&sslkey=/k", "postgresql://h/d?sslpassword=***&sslkey=/k"},
    {"postgresql://h/d?p%61ssword=x1", "postgresql://h/d?p%61ssword=***"},
    {"postgresql://h/d?passfile=/p", "postgresql://h/d?passfile=***"},
    {"mysql://h/d?auth_token=abc&API_SECRET=def&a=b", "mysql://h/d?auth_token=***&API_SECRET=***&a=b"},
    {"mysql://u%40x:p%40y@h/d", "mysql://u%40x:***@h/d"},
    {"mysql://h/d?&a=1&&b=2&", "mysql://h/d?a=1&b=2"},
    {"sqlite:///rel.db", "sqlite:///rel.db"},
    {"sqlite:////abs.db?mode=ro", "sqlite:////abs.db?mode=ro"},
    {"sqlite://", "sqlite://"},
};

static void test_masks_secrets(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(masks); i++) {
    struct cw_url *url = parsed(masks[i].text);
    assert_text(url->masked, masks[i].masked, masks[i].text);
    cw_url_free(url);
  }
}

/* Whatever is wrong with it, a URL is not shown where its password may be. */
static void test_never_shows_a_password_in_an_error(void **state) {
  (void)state;
  static const char secret[] = "Qz7-kV9_xW2mB4tR";
  static const char *const shapes[] = {
      "postgresql://user:%s",         "postgresql://user:%s@h:x/d",   "postgresql://user:%s/@h/d",
      "postgresql://user:a/%s@h/d",   "postgresql://user:1/%s@h/d",   "postgresql://user:1?%s@h/d",
      "postgresql://user:1?a=%s@h/d", "postgresql://user:%s%%@h/d",   "postgresql://user:%%00%s@h/d",
      "postgresql://user:%s\n@h/d",   "postgresql:/user:%s@h/d",      "postgresql//user:%s@h/d",
      "user:%s@h/d",                  "mysql://u:%s@a,b/d",           "mysql://u:%s@[::1/d",
      "mysql://u:%s@h/d?x",           "mysql://u:x@y/%s@h/d",         "mysql://u:x@y?%s@h/d",
      "mysql://h/d?password=%s%%",    "mysql://h/d?%s",               "sqlite:%s",
      "foo://user:%s@h/d",            "sqlite://user:%s@h/d",         "mysql://u:a?password=%s@h/d",
  };
  for (size_t i = 0; i < COUNT(shapes); i++) {
    struct strbuf text = STRBUF_INIT;
    const char *at = strstr(shapes[i], "%s");
    strbuf_add(&text, shapes[i], (size_t)(at - shapes[i]));
    strbuf_addstr(&text, secret);
    for (at += 2; *at; at++) {
      if (at[0] == '%' && at[1] == '%') at++;
      strbuf_addch(&text, *at);
    }
    struct cw_url *url;
    struct cw_err err = CW_ERR_INIT;
    if (cw_url_parse(&url, text.buf, "/base", &err) == 0) {
      fail_msg("%s is taken", text.buf);
    } else if (shares_six(err.message, secret) || shares_six(err.hint, secret)) {
      fail_msg("%s: %s %s", text.buf, err.message, err.hint);
    }
    cw_err_release(&err);
    strbuf_release(&text);
  }
}

static const struct {
  const char *url, *text, *clean;
} echoes[] = {
    {"mysql://u:hunter22@h/d", "password hunter22 is wrong", "password *** is wrong"},
    {"mysql://u:hunter22@h/d", "hunter22hunter22", "******"},
    {"mysql://u:hunter22@h/d", "hunter2hunter", "******"},
    {"mysql://u:hunter22@h/d", "unter22", "***"},
    {"mysql://u:hunter22@h/d", "hunte nter22 hunter", "hunte *** ***"},
    {"mysql://u:hunter22@h/d", "nothing", "nothing"},
    {"mysql://u:hunter22@h/d", "", ""},
    {"mysql://u:a%2Fb%3Fc%40d@h/d", "a/b?c@d", "***"},
    {"mysql://u:a%2Fb%3Fc%40d@h/d", "\"a%2Fb%3Fc%40d\"", "\"***\""},
    {"mysql://u:a%2Fb%3Fc%40d@h/d", "a%2fb%3fc%40d", "***"},
    {"mysql://u:%61bcdefgh@h/d", "%61bcdefgh abcdefgh", "*** ***"},
    {"mysql://u:p@ssw0rd%21@h/d", "p@ssw0rd%21 p%40ssw0rd%21 p@ssw0rd!", "*** *** ***"},
    {"mysql://h/d?password=qwertzui", "'qwertzui'", "'***'"},
    {"mysql://u:pw12@h/d", "with pw12, not pw123 or xpw12", "with ***, not pw123 or xpw12"},
    {"mysql://u:x@h/d", "x is x", "x is x"},
    {"mysql://u@h/d", "anything goes", "anything goes"},
    /* what everybody may see: masking it would tell that it is the password */
    {"mysql://postgres:postgres@h/d", "user postgres", "user postgres"},
    {"mysql://root:root@h/root", "root root", "root root"},
    {"mysql://admin1:admin1xyz@h/d", "admin1 admin1xyz admin1x", "admin1 *** ***"},
};

static void test_redacts_echoes(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(echoes); i++) {
    struct cw_url *url = parsed(echoes[i].url);
    char *clean = cw_url_redact(url, echoes[i].text);
    assert_text(clean, echoes[i].clean, echoes[i].url);
    free(clean);
    cw_url_free(url);
  }
  assert_null(cw_url_redact(NULL, NULL));
  char *same = cw_url_redact(NULL, "plain");
  assert_string_equal(same, "plain");
  free(same);
}

/* Random passwords in random texts: no six bytes come through. */
static void test_lets_no_six_bytes_through(void **state) {
  (void)state;
  static const char letters[] = "abAB12%@/-";
  uint64_t seed = 88172645463325252u;
  for (int round = 0; round < 3000; round++) {
    char password[13], text[200];
    for (size_t i = 0; i < 12; i++) {
      seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
      password[i] = letters[seed % 6];
    }
    password[12] = '\0';
    for (size_t i = 0; i + 1 < sizeof text;) {
      seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
      size_t from = seed % 7, len = 3 + (seed >> 8) % 6;
      for (size_t k = 0; k < len && from + k < 12 && i + 1 < sizeof text; k++)
        text[i++] = password[from + k];
      if (i + 1 < sizeof text) text[i++] = letters[(seed >> 16) % 10];
    }
    text[sizeof text - 1] = '\0';
    char *written = xasprintf("mysql://zz:%s@hh/dd", password);
    struct cw_url *url = parsed(written);
    char *clean = cw_url_redact(url, text);
    if (shares_six(clean, password)) fail_msg("%s in %s", password, clean);
    free(clean);
    free(written);
    cw_url_free(url);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_takes_servers_apart),
      cmocka_unit_test(test_finds_sqlite_files),
      cmocka_unit_test(test_reads_options_in_order),
      cmocka_unit_test(test_tells_mariadb_from_mysql),
      cmocka_unit_test(test_copies_are_complete),
      cmocka_unit_test(test_explains_what_is_wrong),
      cmocka_unit_test(test_masks_secrets),
      cmocka_unit_test(test_never_shows_a_password_in_an_error),
      cmocka_unit_test(test_redacts_echoes),
      cmocka_unit_test(test_lets_no_six_bytes_through),
  };
  return cmocka_run_group_tests_name("db/url", tests, NULL, NULL);
}
