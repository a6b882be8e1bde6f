/* argv read by the tables of commands and options; see opt.h. */
#include "cli/opt.h"

#include <ctype.h>

#include "util/strbuf.h"
#include "util/suggest.h"

static const char *const formats[] = {"text", "json", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};

const struct cw_opt cw_global_opts[] = {
  {.letter = 'c', .name = "config", .value = "FILE", .complete = CW_COMPLETE_FILE,
   .help = "the configuration (default: $CURLEW_CONFIG, else curlew.lua here or in a folder above)"},
  {.letter = 'x', .name = "x", .value = "KEY[=VALUE]", .repeat = true,
   .help = "a value for curlew.lua and the scripts (ctx.x); db=NAME,... or db=all chooses databases"},
  {.name = "url", .value = "URL", .help = "the database, instead of the one in curlew.lua"},
  {.letter = 'q', .name = "quiet", .help = "no progress and no log lines, only the result"},
  {.letter = 'v', .name = "verbose", .help = "more detail; twice: every statement"},
  {.name = "format", .value = "FORMAT", .choices = formats, .help = "text (default) or json"},
  {.name = "color", .value = "WHEN", .choices = colors,
   .help = "auto (default: on a terminal, unless $NO_COLOR is set), always or never"},
  {.name = "wait", .value = "DURATION",
   .help = "keep trying that long to reach a server that is still starting, such as 30s"},
  {.name = "version", .help = "print the version"},
  {.letter = 'h', .name = "help", .help = "print help, of a command after its name"},
  {0},
};

/* --- commands ---------------------------------------------------------------------------------- */

static bool same_name(const char *a, const char *b) {
  for (;; a++, b++) {
    char x = *a == '_' ? '-' : *a, y = *b == '_' ? '-' : *b;
    if (x != y) return false;
    if (!x) return true;
  }
}

const struct cw_command *cw_command_find(const struct cw_command *const *commands, const char *name) {
  cw_each_command(c, commands)
    if (same_name(c->name, name)) return c;
  return NULL;
}

void cw_command_names(const struct cw_command *const *commands, struct strvec *names) {
  cw_each_command(c, commands) strvec_push(names, c->name);
}

int cw_command_unknown(const struct cw_command *const *commands, const char *name, struct cw_err *err) {
  VEC(const char *) names = {0};
  cw_each_command(c, commands)
    if (!(c->flags & CW_COMMAND_HIDDEN)) vec_push(&names, c->name);
  const char *near = cw_suggest(name, names.items, names.len);
  vec_release(&names);
  cw_fail(err, CW_ERR_USAGE, "there is no command `%s`", name);
  if (near) return cw_hint(err, "Did you mean `curlew %s`? `curlew help` lists all commands.", near);
  return cw_hint(err, "`curlew help` lists all commands.");
}

/* --- options ----------------------------------------------------------------------------------- */

struct parser {
  struct cw_args *args;
  const struct cw_command *const *commands;
  int argc, next;
  char **argv;
  VEC(struct cw_arg_value) values;
  VEC(const char *) words;
  struct cw_err *err;
};

/* The tables in force: the command's own, then the global one. */
static size_t tables(const struct cw_command *command, const struct cw_opt *out[2]) {
  size_t n = 0;
  if (command && command->opts) out[n++] = command->opts;
  out[n++] = cw_global_opts;
  return n;
}

static const struct cw_opt *by_letter(const struct cw_command *command, char letter) {
  const struct cw_opt *list[2];
  size_t n = tables(command, list);
  for (size_t i = 0; i < n; i++)
    for (const struct cw_opt *opt = list[i]; opt->name; opt++)
      if (opt->letter == letter) return opt;
  return NULL;
}

static const struct cw_opt *by_name(const struct cw_command *command, const char *name,
                                    size_t len) {
  const struct cw_opt *list[2];
  size_t n = tables(command, list);
  for (size_t i = 0; i < n; i++)
    for (const struct cw_opt *opt = list[i]; opt->name; opt++)
      if (strlen(opt->name) == len && strncmp(opt->name, name, len) == 0) return opt;
  return NULL;
}

/* --help of the program or of the command, for hints. */
static void help_hint(struct parser *p, const char *start) {
  const struct cw_command *command = p->args->command;
  cw_hint(p->err, "%s`curlew %s%s--help` lists the options.", start, command ? command->name : "",
          command ? " " : "");
}

/* An option that exists, but of a command that is not there (yet): the usual slip is to put it first. */
static int misplaced(struct parser *p, const char *name, size_t len) {
  struct strbuf owners = STRBUF_INIT;
  cw_each_command(c, p->commands)
    for (const struct cw_opt *opt = c->opts; opt && opt->name; opt++)
      if (strlen(opt->name) == len && strncmp(opt->name, name, len) == 0) {
        strbuf_addsep(&owners, ", ");
        strbuf_addstr(&owners, c->name);
      }
  if (owners.len && !p->args->command) {
    cw_fail(p->err, CW_ERR_USAGE, "--%.*s stands before the command", (int)len, name);
    cw_hint(p->err, "It is an option of %s: write it after the command.", owners.buf);
  } else if (owners.len) {
    cw_fail(p->err, CW_ERR_USAGE, "`curlew %s` has no option --%.*s", p->args->command->name,
            (int)len, name);
    char *start = xasprintf("It is an option of %s. ", owners.buf);
    help_hint(p, start);
    free(start);
  }
  bool found = owners.len > 0;
  strbuf_release(&owners);
  return found;
}

static int unknown_option(struct parser *p, const char *name, size_t len) {
  const struct cw_command *command = p->args->command;
  char *word = xstrndup(name, len);
  const struct cw_opt *list[2];
  size_t n = tables(command, list);
  VEC(const char *) names = {0};
  for (size_t i = 0; i < n; i++)
    for (const struct cw_opt *opt = list[i]; opt->name; opt++)
      if (strlen(opt->name) > 1) vec_push(&names, opt->name);
  const char *near = cw_suggest(word, names.items, names.len);
  vec_release(&names);
  if (near || !misplaced(p, name, len)) {
    cw_fail(p->err, CW_ERR_USAGE, "there is no option --%s", word);
    char *start = near ? xasprintf("Did you mean --%s? ", near) : xstrdup("");
    help_hint(p, start);
    free(start);
  }
  free(word);
  return -1;
}

/* A long option by name or unique beginning. */
static const struct cw_opt *find_long(struct parser *p, const char *name, size_t len) {
  const struct cw_opt *exact = by_name(p->args->command, name, len);
  if (exact) return exact;
  const struct cw_opt *list[2], *found = NULL;
  size_t n = tables(p->args->command, list), matches = 0;
  struct strbuf names = STRBUF_INIT;
  for (size_t i = 0; i < n && len; i++)
    for (const struct cw_opt *opt = list[i]; opt->name; opt++)
      if (strncmp(opt->name, name, len) == 0) {
        found = opt;
        matches++;
        strbuf_addf(&names, "%s--%s", names.len ? ", " : "", opt->name);
      }
  if (matches > 1) {
    cw_fail(p->err, CW_ERR_USAGE, "--%.*s is short for several options", (int)len, name);
    cw_hint(p->err, "It could be %s.", names.buf);
    found = NULL;
  } else if (!matches) {
    unknown_option(p, name, len);
  }
  strbuf_release(&names);
  return found;
}

static void option_text(const struct cw_opt *opt, struct strbuf *out) {
  if (opt->letter) strbuf_addf(out, "-%c", opt->letter);
  if (opt->letter && strlen(opt->name) > 1) strbuf_addch(out, '/');
  if (strlen(opt->name) > 1) strbuf_addf(out, "--%s", opt->name);
}

static int option_fail(struct parser *p, const struct cw_opt *opt, const char *what) {
  struct strbuf text = STRBUF_INIT;
  option_text(opt, &text);
  cw_fail(p->err, CW_ERR_USAGE, "%s %s", text.buf, what);
  strbuf_release(&text);
  return -1;
}

/* Whether a word is an option of this command line, so that it was hardly meant as a value. */
static bool is_option(struct parser *p, const char *word) {
  if (word[0] != '-' || !word[1]) return false;
  if (word[1] != '-') return !word[2] && by_letter(p->args->command, word[1]);
  size_t len = strcspn(word + 2, "=");
  return len && by_name(p->args->command, word + 2, len);
}

static int check_choice(struct parser *p, const struct cw_opt *opt, const char *const *choices,
                        const char *value) {
  const char *const *choice = choices;
  while (*choice && strcmp(*choice, value) != 0) choice++;
  if (*choice) return 0;
  struct strbuf list = STRBUF_INIT;
  for (choice = choices; *choice; choice++)
    strbuf_addf(&list, "%s%s", !list.len ? "" : choice[1] ? ", " : " or ", *choice);
  char *what = xasprintf("must be %s, not \"%s\"", list.buf, value);
  option_fail(p, opt, what);
  free(what);
  strbuf_release(&list);
  return -1;
}

/* Which formats there are is only known with the command, which may come later. */
static int check_format(struct parser *p) {
  const struct cw_command *command = p->args->command;
  for (size_t i = 0; i < p->values.len; i++) {
    const struct cw_opt *opt = p->values.items[i].opt;
    if (opt->choices == formats &&
        check_choice(p, opt, command && command->formats ? command->formats : formats,
                     p->values.items[i].value) < 0)
      return -1;
  }
  return 0;
}

static int take(struct parser *p, const struct cw_opt *opt, const char *value) {
  if (opt->choices && opt->choices != formats && check_choice(p, opt, opt->choices, value) < 0)
    return -1;
  if (opt->value && !opt->repeat)
    for (size_t i = 0; i < p->values.len; i++)
      if (p->values.items[i].opt == opt) return option_fail(p, opt, "is given twice");
  struct cw_arg_value item = {opt, value};
  vec_push(&p->values, item);
  if (opt->name[0] == 'h' && strcmp(opt->name, "help") == 0) p->args->help = true;
  if (opt->name[0] == 'v' && strcmp(opt->name, "version") == 0) p->args->version = true;
  return 0;
}

/* The value that follows an option: the rest of its word, or the next word. */
static int take_value(struct parser *p, const struct cw_opt *opt, const char *attached) {
  if (attached) return take(p, opt, attached);
  const char *word = p->next < p->argc ? p->argv[p->next] : NULL;
  if (word && !is_option(p, word)) {
    p->next++;
    return take(p, opt, word);
  }
  char *what = xasprintf("needs a value: %s", opt->value);
  option_fail(p, opt, what);
  free(what);
  if (word)
    cw_hint(p->err, "To give %s as the value, write --%s=%s.", word, opt->name, word);
  return -1;
}

static int parse_long(struct parser *p, const char *text) {
  size_t len = strcspn(text, "=");
  const char *attached = text[len] ? text + len + 1 : NULL;
  const struct cw_opt *opt = find_long(p, text, len);
  if (!opt) return -1;
  if (opt->value) return take_value(p, opt, attached);
  if (attached) return option_fail(p, opt, "takes no value");
  return take(p, opt, NULL);
}

/* -v, -vi, -xKEY=VALUE, -r-3:current */
static int parse_short(struct parser *p, const char *text) {
  for (const char *c = text; *c; c++) {
    const struct cw_opt *opt = by_letter(p->args->command, *c);
    if (!opt) {
      if (c == text && text[1] && by_name(p->args->command, text, strcspn(text, "="))) {
        cw_fail(p->err, CW_ERR_USAGE, "there is no option -%s", text);
        return cw_hint(p->err, "Long options have two dashes: --%s.", text);
      }
      if (isgraph((unsigned char)*c))
        cw_fail(p->err, CW_ERR_USAGE, "there is no option -%c", *c);
      else
        cw_fail(p->err, CW_ERR_USAGE, "there is no option \"-%s\"", text);
      help_hint(p, "");
      return -1;
    }
    if (opt->value) return take_value(p, opt, c[1] ? c + 1 : NULL);
    if (take(p, opt, NULL) < 0) return -1;
  }
  return 0;
}

/* --- the whole line ---------------------------------------------------------------------------- */

static int parse_word(struct parser *p, const char *word) {
  if (p->args->command) {
    vec_push(&p->words, word);
    return 0;
  }
  p->args->command = cw_command_find(p->commands, word);
  return p->args->command ? 0 : cw_command_unknown(p->commands, word, p->err);
}

/* `curlew --help upgrade` is about upgrade too. */
static void find_command_after_help(struct parser *p) {
  for (; !p->args->command && p->next < p->argc; p->next++)
    p->args->command = cw_command_find(p->commands, p->argv[p->next]);
}

static int parse_all(struct parser *p) {
  bool options = true;
  while (p->next < p->argc) {
    const char *word = p->argv[p->next++];
    bool dash = options && word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]);
    int status;
    if (dash && strcmp(word, "--") == 0) {
      options = false;
      continue;
    }
    if (dash)
      status = word[1] == '-' ? parse_long(p, word + 2) : parse_short(p, word + 1);
    else
      status = parse_word(p, word);
    if (status < 0) return -1;
    if (p->args->help || p->args->version) {
      find_command_after_help(p);
      return 0;
    }
  }
  return 0;
}

static int check_words(struct parser *p) {
  const struct cw_command *command = p->args->command;
  if (!command || p->args->help || p->args->version) return 0;
  size_t count = p->words.len;
  struct strbuf usage = STRBUF_INIT;
  int status = 0;
  cw_usage_line(command, &usage);
  if (count < (size_t)command->min_args) {
    status = cw_fail(p->err, CW_ERR_USAGE, "`curlew %s` needs %s", command->name, command->args);
    cw_hint(p->err, "Usage: %s", usage.buf);
  } else if (command->max_args >= 0 && count > (size_t)command->max_args) {
    status = cw_fail(p->err, CW_ERR_USAGE, "`curlew %s` does not take the argument \"%s\"",
                     command->name, p->words.items[command->max_args]);
    cw_hint(p->err, "Usage: %s", usage.buf);
  }
  strbuf_release(&usage);
  for (size_t i = 0; status == 0 && command->words && i < count; i++) {
    size_t n = 0;
    while (command->words[n] && strcmp(command->words[n], p->words.items[i]) != 0) n++;
    if (command->words[n]) continue;
    struct strbuf list = STRBUF_INIT;
    for (n = 0; command->words[n]; n++)
      strbuf_addf(&list, "%s%s", !n ? "" : command->words[n + 1] ? ", " : " or ",
                  command->words[n]);
    status = cw_fail(p->err, CW_ERR_USAGE, "`curlew %s` takes %s, not \"%s\"", command->name,
                     list.buf, p->words.items[i]);
    strbuf_release(&list);
  }
  return status;
}

int cw_args_parse(struct cw_args *args, const struct cw_command *const *commands, int argc, char **argv,
                  struct cw_err *err) {
  *args = (struct cw_args){0};
  struct parser p = {.args = args, .commands = commands, .argc = argc, .next = 1, .argv = argv,
                     .err = err};
  int status = parse_all(&p);
  if (status == 0) status = check_format(&p);
  if (status == 0) status = check_words(&p);
  args->values = p.values.items;
  args->nvalues = p.values.len;
  args->words = p.words.items;
  args->nwords = p.words.len;
  return status;
}

void cw_args_release(struct cw_args *args) {
  free(args->values);
  free(args->words);
  *args = (struct cw_args){0};
}

static const struct cw_opt *known(const struct cw_args *args, const char *name) {
  const struct cw_opt *opt = by_name(args->command, name, strlen(name));
  if (!opt) {
    fprintf(stderr, "curlew: bug: the command has no option --%s\n", name);
    abort();
  }
  return opt;
}

size_t cw_args_count(const struct cw_args *args, const char *name) {
  const struct cw_opt *opt = known(args, name);
  size_t count = 0;
  for (size_t i = 0; i < args->nvalues; i++) count += args->values[i].opt == opt;
  return count;
}

const char *cw_args_value(const struct cw_args *args, const char *name) {
  const struct cw_opt *opt = known(args, name);
  for (size_t i = args->nvalues; i-- > 0;)
    if (args->values[i].opt == opt) return args->values[i].value;
  return NULL;
}

void cw_args_values(const struct cw_args *args, const char *name, struct strvec *out) {
  const struct cw_opt *opt = known(args, name);
  for (size_t i = 0; i < args->nvalues; i++)
    if (args->values[i].opt == opt) strvec_push(out, args->values[i].value);
}
