/* Command lines read by tables: every form of option, what a slip is told, and what the tables give
 * besides (help, completion, the manual page). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/opt.h"
#include "util/strbuf.h"

static const char *const shapes[] = {"round", "square", NULL};

static const struct cw_opt paint_opts[] = {
  {.letter = 'm', .name = "message", .value = "TEXT", .help = "a message"},
  {.letter = 'r', .name = "range", .value = "A:B", .help = "a range"},
  {.name = "shape", .value = "SHAPE", .choices = shapes, .help = "its shape"},
  {.name = "depends-on", .value = "REV", .repeat = true, .help = "what it needs"},
  {.name = "dry-run", .help = "only look"},
  {.letter = 'i', .name = "indicate", .help = "mark it"},
  {0},
};
static const struct cw_command paint = {
  .name = "paint-wall", .group = "Walls", .args = "[WALL...]", .max_args = -1,
  .complete = CW_COMPLETE_REVISION, .summary = "Paint walls", .opts = paint_opts,
  .help = "Paints walls, of which there may be many, so that this paragraph has to be wrapped at "
          "some place.\n\n  curlew paint-wall north       an example's line stays as it is",
};
static const struct cw_command pull_down = {
  .name = "pull-down", .group = "Walls", .args = "WALL", .min_args = 1, .max_args = 1,
  .summary = "Pull a wall down", .help = "Pulls it down.",
};
static const struct cw_command shape_of = {
  .name = "shape-of", .group = "Walls", .args = "round|square", .min_args = 1, .max_args = 1,
  .words = shapes, .summary = "Tell a shape", .help = "Tells.",
};
static const struct cw_command secret = {
  .name = "secret", .group = "Walls", .args = "", .summary = "Hidden", .help = "Hidden.",
  .flags = CW_COMMAND_HIDDEN,
};
static const struct cw_command *const commands[] = {&paint, &pull_down, &shape_of, &secret, NULL};

static struct cw_args args;
static struct cw_err err;

static int parse_list(const char *const *words) {
  char *argv[20] = {(char *)"curlew"};
  int argc = 1;
  for (; *words; words++) argv[argc++] = (char *)*words;
  cw_args_release(&args);
  cw_err_release(&err);
  return cw_args_parse(&args, commands, argc, argv, &err);
}

/* The first parses and has to succeed; the second has to fail with this message and hint. */
#define parse(...) \
  do { \
    if (parse_list((const char *const[]){__VA_ARGS__, NULL}) < 0) fail_msg("%s", err.message); \
  } while (0)
#define assert_usage(message_, hint_, ...) \
  do { \
    assert_int_equal(-1, parse_list((const char *const[]){__VA_ARGS__, NULL})); \
    assert_int_equal(CW_ERR_USAGE, err.code); \
    assert_string_equal(message_, err.message); \
    if (hint_) assert_string_equal((const char *)hint_, err.hint); \
  } while (0)

static int clean(void **state) {
  (void)state;
  cw_args_release(&args);
  cw_err_release(&err);
  return 0;
}

static void global_options_stand_before_or_after_the_command(void **state) {
  (void)state;
  parse("-v", "--url=sqlite://", "paint-wall", "-v", "--format", "json");
  assert_ptr_equal(&paint, args.command);
  assert_int_equal(2, cw_args_count(&args, "verbose"));
  assert_string_equal("sqlite://", cw_args_value(&args, "url"));
  assert_string_equal("json", cw_args_value(&args, "format"));
  assert_null(cw_args_value(&args, "config"));
}

static void values_are_attached_or_follow(void **state) {
  (void)state;
  parse("paint-wall", "-mone", "--range", "a:b", "--shape=square");
  assert_string_equal("one", cw_args_value(&args, "message"));
  assert_string_equal("a:b", cw_args_value(&args, "range"));
  assert_string_equal("square", cw_args_value(&args, "shape"));
  parse("paint-wall", "--message=", "--range=a=b");
  assert_string_equal("", cw_args_value(&args, "message"));
  assert_string_equal("a=b", cw_args_value(&args, "range"));
  parse("paint-wall", "-m", "- a dash");
  assert_string_equal("- a dash", cw_args_value(&args, "message"));
}

static void x_takes_every_form_and_repeats(void **state) {
  (void)state;
  struct strvec list = {0};
  parse("-xa=1", "-x", "b=2", "paint-wall", "-x", "c");
  cw_args_values(&args, "x", &list);
  assert_int_equal(3, list.len);
  assert_string_equal("a=1", list.items[0]);
  assert_string_equal("b=2", list.items[1]);
  assert_string_equal("c", list.items[2]);
  strvec_release(&list);
}

static void negative_numbers_are_arguments_and_values(void **state) {
  (void)state;
  parse("pull-down", "-1");
  assert_int_equal(1, args.nwords);
  assert_string_equal("-1", args.words[0]);
  parse("paint-wall", "-r", "-3:current");
  assert_string_equal("-3:current", cw_args_value(&args, "range"));
  parse("paint-wall", "-r-3:current");
  assert_string_equal("-3:current", cw_args_value(&args, "range"));
  parse("paint-wall", "--range=-3:current");
  assert_string_equal("-3:current", cw_args_value(&args, "range"));
  parse("pull-down", "+2");
  assert_string_equal("+2", args.words[0]);
}

static void letters_may_be_joined(void **state) {
  (void)state;
  parse("paint-wall", "-viv", "-imtext");
  assert_int_equal(2, cw_args_count(&args, "verbose"));
  assert_int_equal(2, cw_args_count(&args, "indicate"));
  assert_string_equal("text", cw_args_value(&args, "message"));
}

static void long_options_may_be_shortened(void **state) {
  (void)state;
  parse("paint-wall", "--mess=x", "--dry", "--verb");
  assert_string_equal("x", cw_args_value(&args, "message"));
  assert_int_equal(1, cw_args_count(&args, "dry-run"));
  assert_int_equal(1, cw_args_count(&args, "verbose"));
  assert_usage("--ver is short for several options", "It could be --verbose, --version.",
               "paint-wall", "--ver");
  assert_usage("--d is short for several options", "It could be --depends-on, --dry-run.",
               "paint-wall", "--d");
}

static void after_two_dashes_all_are_arguments(void **state) {
  (void)state;
  parse("paint-wall", "--", "--dry-run", "-v");
  assert_int_equal(2, args.nwords);
  assert_string_equal("--dry-run", args.words[0]);
  assert_int_equal(0, cw_args_count(&args, "dry-run"));
  parse("paint-wall", "-");
  assert_string_equal("-", args.words[0]);
}

static void commands_take_dash_or_underscore(void **state) {
  (void)state;
  parse("paint_wall");
  assert_ptr_equal(&paint, args.command);
  parse("secret");
  assert_ptr_equal(&secret, args.command);
}

static void an_unknown_command_suggests_the_nearest(void **state) {
  (void)state;
  assert_usage("there is no command `paint-wal`",
               "Did you mean `curlew paint-wall`? `curlew help` lists all commands.", "paint-wal");
  assert_usage("there is no command `zzz`", "`curlew help` lists all commands.", "zzz");
  assert_usage("there is no command `secre`", "`curlew help` lists all commands.", "secre");
  assert_usage("there is no command ``", NULL, "");
}

static void an_unknown_option_suggests_the_nearest(void **state) {
  (void)state;
  assert_usage("there is no option --mesage",
               "Did you mean --message? `curlew paint-wall --help` lists the options.",
               "paint-wall", "--mesage=x");
  assert_usage("there is no option --zzz", "`curlew --help` lists the options.", "--zzz");
  assert_usage("there is no option -z", "`curlew paint-wall --help` lists the options.",
               "paint-wall", "-z");
  assert_usage("there is no option -dry-run", "Long options have two dashes: --dry-run.",
               "paint-wall", "-dry-run");
}

static void an_option_in_the_wrong_place_says_where_it_belongs(void **state) {
  (void)state;
  assert_usage("--dry-run stands before the command",
               "It is an option of paint-wall: write it after the command.", "--dry-run",
               "paint-wall");
  assert_usage("`curlew pull-down` has no option --dry-run",
               "It is an option of paint-wall. `curlew pull-down --help` lists the options.",
               "pull-down", "--dry-run");
}

static void a_missing_value_is_named(void **state) {
  (void)state;
  assert_usage("-m/--message needs a value: TEXT", NULL, "paint-wall", "-m");
  assert_usage("--url needs a value: URL", "To give --dry-run as the value, write --url=--dry-run.",
               "paint-wall", "--url", "--dry-run");
  assert_usage("-x needs a value: KEY[=VALUE]", NULL, "paint-wall", "-x");
  assert_usage("--dry-run takes no value", NULL, "paint-wall", "--dry-run=yes");
}

static void a_value_that_is_none_of_the_choices_is_refused(void **state) {
  (void)state;
  assert_usage("--format must be text or json, not \"xml\"", NULL, "--format", "xml");
  assert_usage("--color must be auto, always or never, not \"\"", NULL, "--color=");
  assert_usage("`curlew shape-of` takes round or square, not \"flat\"", NULL, "shape-of", "flat");
  parse("shape-of", "round");
}

static void a_value_given_twice_is_refused(void **state) {
  (void)state;
  assert_usage("-m/--message is given twice", NULL, "paint-wall", "-ma", "-mb");
  parse("paint-wall", "--depends-on", "a", "--depends-on=b", "--dry-run", "--dry-run");
  struct strvec list = {0};
  cw_args_values(&args, "depends-on", &list);
  assert_int_equal(2, list.len);
  strvec_release(&list);
}

static void too_few_or_many_arguments_show_the_usage(void **state) {
  (void)state;
  assert_usage("`curlew pull-down` needs WALL", "Usage: curlew pull-down WALL", "pull-down");
  assert_usage("`curlew pull-down` does not take the argument \"b\"",
               "Usage: curlew pull-down WALL", "pull-down", "a", "b");
}

static void help_and_version_end_the_reading(void **state) {
  (void)state;
  parse("pull-down", "--help", "--nonsense");
  assert_true(args.help);
  assert_ptr_equal(&pull_down, args.command);
  parse("-h", "pull-down");
  assert_ptr_equal(&pull_down, args.command);
  parse("--version", "anything");
  assert_true(args.version);
  assert_null(args.command);
}

static void nothing_at_all_is_no_error_here(void **state) {
  (void)state;
  assert_int_equal(0, parse_list((const char *const[]){NULL}));
  assert_null(args.command);
}

/* --- what else the tables give ------------------------------------------------------------------- */

static void help_fits_a_terminal_and_tells_everything(void **state) {
  (void)state;
  struct strbuf sb = STRBUF_INIT;
  cw_usage(commands, NULL, &sb);
  assert_non_null(strstr(sb.buf, "\n  pull-down       Pull a wall down\n"));
  assert_null(strstr(sb.buf, "secret"));
  cw_usage(commands, &paint, &sb);
  assert_non_null(strstr(sb.buf, "Usage: curlew paint-wall [OPTION]... [WALL...]\n"));
  assert_non_null(strstr(sb.buf, "\n  curlew paint-wall north       an example's line"));
  assert_non_null(strstr(sb.buf, "  -m, --message TEXT      a message\n"));
  assert_non_null(strstr(sb.buf, "      --dry-run           only look\n"));
  for (const char *line = sb.buf; *line;) {
    size_t len = strcspn(line, "\n");
    if (len > 80) fail_msg("too long: %.*s", (int)len, line);
    if (len && line[len - 1] == ' ') fail_msg("ends in a blank: %.*s", (int)len, line);
    line += len + (line[len] == '\n');
  }
  strbuf_release(&sb);
}

static void completions_know_commands_options_and_values(void **state) {
  (void)state;
  static const char *const shells[] = {"bash", "zsh", "fish"};
  for (size_t i = 0; i < 3; i++) {
    struct strbuf sb = STRBUF_INIT;
    cw_completion(commands, shells[i], &sb);
    assert_non_null(strstr(sb.buf, "paint-wall"));
    assert_non_null(strstr(sb.buf, "depends-on"));
    assert_non_null(strstr(sb.buf, "round square"));
    assert_non_null(strstr(sb.buf, "auto always never"));
    assert_null(strstr(sb.buf, "secret"));
    strbuf_release(&sb);
  }
}

static void the_manual_names_every_option(void **state) {
  (void)state;
  struct strbuf sb = STRBUF_INIT;
  cw_manual(commands, &sb);
  assert_int_equal(0, strncmp(sb.buf, ".TH CURLEW 1", 12));
  assert_non_null(strstr(sb.buf, "\\fB\\-\\-dry\\-run\\fR"));
  assert_non_null(strstr(sb.buf, ".SS \"paint\\-wall [WALL...]\""));
  strbuf_release(&sb);
}

int main(void) {
#define test(name) cmocka_unit_test_teardown(name, clean)
  const struct CMUnitTest tests[] = {
    test(global_options_stand_before_or_after_the_command),
    test(values_are_attached_or_follow),
    test(x_takes_every_form_and_repeats),
    test(negative_numbers_are_arguments_and_values),
    test(letters_may_be_joined),
    test(long_options_may_be_shortened),
    test(after_two_dashes_all_are_arguments),
    test(commands_take_dash_or_underscore),
    test(an_unknown_command_suggests_the_nearest),
    test(an_unknown_option_suggests_the_nearest),
    test(an_option_in_the_wrong_place_says_where_it_belongs),
    test(a_missing_value_is_named),
    test(a_value_that_is_none_of_the_choices_is_refused),
    test(a_value_given_twice_is_refused),
    test(too_few_or_many_arguments_show_the_usage),
    test(help_and_version_end_the_reading),
    test(nothing_at_all_is_no_error_here),
    test(help_fits_a_terminal_and_tells_everything),
    test(completions_know_commands_options_and_values),
    test(the_manual_names_every_option),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
