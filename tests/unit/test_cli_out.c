/* What is safe to print, and how an error looks to a program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/out.h"

static void assert_clean(const char *expected, const char *text, bool lines) {
  struct strbuf sb = STRBUF_INIT;
  cw_clean_add(&sb, text, lines);
  assert_string_equal(expected, sb.buf);
  strbuf_release(&sb);
}

static void control_characters_do_not_reach_a_terminal(void **state) {
  (void)state;
  assert_clean("plain", "plain", false);
  assert_clean("a?[31mred", "a\033[31mred", false);
  assert_clean("a?b", "a\nb", false);
  assert_clean("a\nb", "a\nb", true);
  assert_clean("a\tb?", "a\tb\r", true);
  assert_clean("?", "\x7f", false);
  assert_clean("?31m", "\xc2\x9b" "31m", false); /* CSI as one character */
}

static void text_in_any_script_stays(void **state) {
  (void)state;
  assert_clean("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa6",
               "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa6", false);
}

static void bytes_that_are_no_utf8_are_marked(void **state) {
  (void)state;
  assert_clean("a?b", "a\xff" "b", false);
  assert_clean("?", "\xc3", false);                     /* cut short */
  assert_clean("??", "\xc0\x80", false);                /* overlong */
  assert_clean("???", "\xed\xa0\x80", false);           /* a surrogate */
  assert_clean("????", "\xf4\x90\x80\x80", false);      /* beyond U+10FFFF */
}

static void json_takes_any_bytes(void **state) {
  (void)state;
  json_t *value = cw_json_text("a\xff" "\xc3\xbc\n");
  assert_string_equal("a\xef\xbf\xbd\xc3\xbc\n", json_string_value(value));
  json_decref(value);
  value = cw_json_text(NULL);
  assert_true(json_is_null(value));
  json_decref(value);
}

static void an_error_has_every_field_in_json(void **state) {
  (void)state;
  struct cw_err err = CW_ERR_INIT;
  cw_fail(&err, CW_ERR_STATEMENT, "no such table: t");
  json_t *e = cw_out_error_json(&err);
  static const char *const fields[] = {"code", "message", "hint", "revision", "step", "sqlstate",
                                       "file", "line"};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    assert_non_null(json_object_get(e, fields[i]));
  assert_string_equal("statement", json_string_value(json_object_get(e, "code")));
  assert_true(json_is_null(json_object_get(e, "line")));
  json_decref(e);
  cw_hint(&err, "Create it.");
  cw_err_where(&err, "/m/a.lua", 12);
  err.step = 3;
  memcpy(err.sqlstate, "42P01", 6);
  e = cw_out_error_json(&err);
  assert_int_equal(12, json_integer_value(json_object_get(e, "line")));
  assert_int_equal(3, json_integer_value(json_object_get(e, "step")));
  assert_string_equal("42P01", json_string_value(json_object_get(e, "sqlstate")));
  json_decref(e);
  cw_err_release(&err);
}

static void assert_masked(const char *expected, const char *text) {
  char *masked = cw_mask_passwords(text);
  assert_string_equal(expected, masked);
  free(masked);
}

static void passwords_of_urls_are_masked(void **state) {
  (void)state;
  assert_masked("no URL: a@b", "no URL: a@b");
  assert_masked("'pg://u:***@h/db' and x", "'pg://u:secret@h/db' and x");
  assert_masked("pg://u:***@h", "pg://u:se/cr@t@h");
  assert_masked("pg://:***@h", "pg://:secret@h");
  assert_masked("pg://u@h:5432/db", "pg://u@h:5432/db");
  assert_masked("pg://h:5432/db", "pg://h:5432/db");
  assert_masked("sqlite:///a.db", "sqlite:///a.db");
  assert_masked("a://u:***@h b://v:***@i", "a://u:1@h b://v:2@i");
  assert_masked("pg://h/d?x=1&password=***&y=2", "pg://h/d?x=1&password=secret&y=2");
  assert_masked("pg://h/d?PassWord=***", "pg://h/d?PassWord=secret");
  assert_masked("pg://u:***@h/d", "pg://u:***@h/d");
  assert_masked("://", "://");
  assert_null(cw_mask_passwords(NULL));
}

static void styles_appear_only_in_colour(void **state) {
  (void)state;
  struct strbuf sb = STRBUF_INIT;
  cw_style_add(&sb, false, CW_STYLE_ID, "ae10");
  assert_string_equal("ae10", sb.buf);
  strbuf_reset(&sb);
  cw_style_add(&sb, true, CW_STYLE_ID, "ae10");
  assert_string_equal("\033[33mae10\033[0m", sb.buf);
  strbuf_release(&sb);
}

static void colour_follows_the_option_before_anything_else(void **state) {
  (void)state;
  struct cw_out out;
  setenv("NO_COLOR", "1", 1);
  cw_out_init(&out, NULL, "always", false, 0);
  assert_true(out.color);
  setenv("TERM", "xterm", 1);
  cw_out_init(&out, "json", "never", true, 2);
  assert_false(out.color);
  assert_true(out.json);
  assert_true(out.quiet);
  cw_out_init(&out, "text", NULL, false, 0);
  assert_false(out.color || out.color_err);
  assert_false(out.json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(control_characters_do_not_reach_a_terminal),
    cmocka_unit_test(text_in_any_script_stays),
    cmocka_unit_test(bytes_that_are_no_utf8_are_marked),
    cmocka_unit_test(json_takes_any_bytes),
    cmocka_unit_test(an_error_has_every_field_in_json),
    cmocka_unit_test(passwords_of_urls_are_masked),
    cmocka_unit_test(styles_appear_only_in_colour),
    cmocka_unit_test(colour_follows_the_option_before_anything_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
