/* Pictures of the graph, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/draw.h"
#include "support/graphs.h"
#include "util/clock.h"

typedef void draw_fn(struct strbuf *out, const struct cw_graph *graph,
                     const struct cw_draw_opts *opts);

/* Draws with everything that the words stand on marked as applied (NULL: nothing known). */
static char *picture(draw_fn *draw, const char *text, const char *applied, bool ascii) {
  struct cw_graph *graph = graph_linked(text);
  struct strbuf out = STRBUF_INIT;
  struct strvec rows = {0};
  struct cw_revset set;
  cw_revset_init(&set, graph);
  words_of(&rows, applied ? applied : "");
  assert_int_equal(cw_graph_applied(graph, &rows, &set, NULL), 0);
  struct cw_draw_opts opts = {.applied = applied ? &set : NULL, .ascii = ascii};
  draw(&out, graph, &opts);
  strvec_release(&rows);
  cw_revset_release(&set);
  cw_graph_free(graph);
  return strbuf_detach(&out, NULL);
}

static void assert_picture(draw_fn *draw, const char *text, const char *applied, bool ascii,
                           const char *expected) {
  char *got = picture(draw, text, applied, ascii);
  assert_string_equal(got, expected);
  free(got);
}

#define BRANCHES \
  "r # start\na < r @ la # users\nb < r # posts\nb2 < b > a # more\nm < a b2 # join\nx @ lx\n"

static void test_lines_part_and_meet_in_the_terminal(void **state) {
  (void)state;
  assert_picture(cw_draw_text, BRANCHES, "b2", false,
                 "○  x (lx) (head)\n\n"
                 "○  m (head) join\n"
                 "├─╮\n"
                 "● │  b2 more  needs a\n"
                 "● │  b posts\n"
                 "│ ●  a (la) users\n"
                 "├─╯\n"
                 "●  r start\n");
  assert_picture(cw_draw_text, BRANCHES, "b2", true,
                 "o  x (lx) (head)\n\n"
                 "o  m (head) join\n"
                 "+-.\n"
                 "* |  b2 more  needs a\n"
                 "* |  b posts\n"
                 "| *  a (la) users\n"
                 "+-'\n"
                 "*  r start\n");
}

static void test_lines_cross_and_fans_stay_narrow(void **state) {
  (void)state;
  assert_picture(cw_draw_text, "r\na < r\nb < r\nc < r\n", NULL, false,
                 "●  c (head)\n│ ●  b (head)\n├─╯\n│ ●  a (head)\n├─╯\n●  r\n");
  assert_picture(cw_draw_text, "r\na < r\nb < r\nc < r\nm < a b c\n", "r", false,
                 "○  m (head)\n├─┬─╮\n○ │ │  c\n│ ○ │  b\n├─╯ │\n│   ○  a\n├───╯\n●  r\n");
  assert_picture(cw_draw_text, "p\nq < p\nm < p q\n", NULL, false,
                 "●  m (head)\n├─╮\n● │  q\n╰─┤\n  ●  p\n");
  assert_picture(cw_draw_text, "a\nb > a\n", NULL, false,
                 "●  b (head)  needs a\n\n●  a (effective head)\n");
  assert_picture(cw_draw_text, "", NULL, false, "");
}

static void test_colour_is_on_request_only(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("a\n");
  struct strbuf out = STRBUF_INIT;
  struct cw_draw_opts opts = {.color = true};
  cw_draw_text(&out, graph, &opts);
  assert_string_equal(out.buf, "\033[33m●\033[0m  \033[1ma\033[0m\033[36m (head)\033[0m\n");
  strbuf_release(&out);
  cw_graph_free(graph);
}

static void test_dot(void **state) {
  (void)state;
  assert_picture(cw_draw_dot, "a # say \"hi\\there\"\nb < a @ lb > c\nc\n", "a", false,
                 "digraph curlew {\n  rankdir=BT;\n"
                 "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                 "  \"b\" [label=\"b (lb)\"];\n"
                 "  \"c\" [label=\"c\"];\n"
                 "  \"a\" [label=\"a\\nsay \\\"hi\\\\there\\\"\", style=\"rounded,filled\", "
                 "fillcolor=\"#cfe8cf\"];\n"
                 "  \"a\" -> \"b\";\n"
                 "  \"c\" -> \"b\" [style=dashed, constraint=false];\n}\n");
}

static void test_mermaid(void **state) {
  (void)state;
  assert_picture(cw_draw_mermaid, "end # a \"b\" <c> #1\nx < end > y\ny\n", "end", false,
                 "graph BT\n"
                 "  n1[\"x\"]\n"
                 "  n2[\"y\"]\n"
                 "  n0[\"end<br/>a #34;b#34; #60;c#62; #35;1\"]\n"
                 "  n0 --> n1\n"
                 "  n2 -.-> n1\n"
                 "  class n0 applied\n"
                 "  classDef applied fill:#cfe8cf,stroke:#2e7d32\n");
  assert_picture(cw_draw_mermaid, "a\n", "", false, "graph BT\n  n0[\"a\"]\n");
}

static size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (const char *p = strstr(text, part); p; p = strstr(p + 1, part)) count++;
  return count;
}

static void test_svg(void **state) {
  (void)state;
  char *svg = picture(cw_draw_svg, BRANCHES "z < x # <&> \"q\" \x01\xff \xc3\xa9\n", "b2", false);
  assert_int_equal(strncmp(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 40), 0);
  assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
  assert_int_equal(count_of(svg, "<circle class=\"applied\""), 4);
  assert_int_equal(count_of(svg, "<circle class=\"pending\""), 3);
  assert_int_equal(count_of(svg, "<path class=\"line\""), 6);
  assert_int_equal(count_of(svg, "<path class=\"needs\""), 1);
  assert_int_equal(count_of(svg, "&#60;&#38;&#62; &#34;q&#34; ?? \xc3\xa9</text>"), 1);
  assert_int_equal(count_of(svg, "\x01"), 0);
  free(svg);
}

static void test_large_graphs_are_quick(void **state) {
  (void)state;
  static draw_fn *const draws[] = {cw_draw_text, cw_draw_dot, cw_draw_mermaid, cw_draw_svg};
  struct strbuf text = STRBUF_INIT;
  strbuf_addstr(&text, "root\n");
  for (int i = 0; i < 1500; i++)
    strbuf_addf(&text, "f%05d < root\ng%05d < f%05d\n", i, i, i);
  strbuf_addstr(&text, "top <");
  for (int i = 0; i < 1500; i++) strbuf_addf(&text, " g%05d", i);
  strbuf_addstr(&text, "\n");
  for (size_t i = 0; i < 4; i++) {
    int64_t start = cw_clock_ms();
    char *drawn = picture(draws[i], text.buf, "", false);
    assert_true(cw_clock_ms() - start < 3000);
    assert_true(strlen(drawn) < 2000000);
    free(drawn);
  }
  strbuf_release(&text);
}

static void test_titles_end_at_the_terminals_edge(void **state) {
  (void)state;
  struct cw_graph *graph = graph_linked("a @ l # öne twö three\nb < a # x\n");
  for (int ascii = 0; ascii < 2; ascii++)
    for (size_t width = 1; width < 30; width++) {
      struct strbuf out = STRBUF_INIT;
      cw_draw_text(&out, graph, &(struct cw_draw_opts){.ascii = ascii, .width = width, .color = true});
      const char *line = strstr(out.buf, "(l)");
      assert_non_null(line);
      size_t len = 0, before = strlen("*  a (l) ");
      for (const char *p = strchr(line, ')') + 1; *p != '\n'; p++)
        if (*p == '\033')
          p += strcspn(p, "m");
        else if (((unsigned char)*p & 0xC0) != 0x80)
          len++;
      size_t full = strlen("one two three"), mark = ascii ? 3 : 1, total = before + full;
      size_t room = width > before ? width - before : 0;
      assert_int_equal(len - 1, width >= total ? full : room > mark ? room : mark);
      strbuf_release(&out);
    }
  cw_graph_free(graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines_part_and_meet_in_the_terminal),
      cmocka_unit_test(test_lines_cross_and_fans_stay_narrow),
      cmocka_unit_test(test_titles_end_at_the_terminals_edge),
      cmocka_unit_test(test_colour_is_on_request_only),
      cmocka_unit_test(test_dot),
      cmocka_unit_test(test_mermaid),
      cmocka_unit_test(test_svg),
      cmocka_unit_test(test_large_graphs_are_quick),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
