/* Help for people, from the tables; see opt.h. */
#include "cli/opt.h"
#include "util/strbuf.h"

enum { WIDTH = 80, OPTION_INDENT = 2, HELP_COLUMN = 26 };

/* Appends words of `text`, continuing at `column`, so that no line passes WIDTH; further lines are
 * indented by `indent`. */
static void wrap(struct strbuf *out, const char *text, size_t len, size_t column, size_t indent) {
  bool first = true;
  for (size_t i = 0; i < len;) {
    size_t word = 0;
    while (i + word < len && text[i + word] != ' ' && text[i + word] != '\n') word++;
    if (!first && column + 1 + word > WIDTH) {
      strbuf_addf(out, "\n%*s", (int)indent, "");
      column = indent;
    } else if (!first) {
      strbuf_addch(out, ' ');
      column++;
    }
    strbuf_add(out, text + i, word);
    column += word;
    first = false;
    i += word;
    while (i < len && (text[i] == ' ' || text[i] == '\n')) i++;
  }
}

/* Paragraphs, wrapped; a line that begins with a blank (an example) stays as it is. */
static void paragraphs(struct strbuf *out, const char *text) {
  while (*text) {
    const char *end = strstr(text, "\n\n");
    size_t len = end ? (size_t)(end - text) : strlen(text);
    if (*text == ' ')
      strbuf_add(out, text, len);
    else
      wrap(out, text, len, 0, 0);
    strbuf_addch(out, '\n');
    text += len;
    if (end) {
      strbuf_addch(out, '\n');
      text += 2;
    }
  }
}

static void options(struct strbuf *out, const struct cw_opt *opts) {
  for (; opts->name; opts++) {
    struct strbuf left = STRBUF_INIT;
    bool name = strlen(opts->name) > 1;
    if (opts->letter)
      strbuf_addf(&left, "-%c%s", opts->letter, name ? ", " : "");
    else
      strbuf_addstr(&left, "    ");
    if (name) strbuf_addf(&left, "--%s", opts->name);
    if (opts->value) strbuf_addf(&left, " %s", opts->value);
    strbuf_addf(out, "%*s%s", OPTION_INDENT, "", left.buf);
    size_t column = OPTION_INDENT + left.len;
    if (column + 2 > HELP_COLUMN) {
      strbuf_addch(out, '\n');
      column = 0;
    }
    strbuf_addf(out, "%*s", (int)(HELP_COLUMN - column), "");
    wrap(out, opts->help, strlen(opts->help), HELP_COLUMN, HELP_COLUMN);
    strbuf_addch(out, '\n');
    strbuf_release(&left);
  }
}

void cw_usage_line(const struct cw_command *command, struct strbuf *out) {
  strbuf_addf(out, "curlew %s%s%s%s", command->name, command->opts ? " [OPTION]..." : "",
              *command->args ? " " : "", command->args);
}

static void program(const struct cw_command *const *commands, struct strbuf *out) {
  strbuf_addstr(out, "Usage: curlew [GLOBAL OPTION]... COMMAND [ARGUMENT]...\n\n");
  paragraphs(out, "Database migrations written in Lua, for SQLite, PostgreSQL, MariaDB and MySQL.\n\n"
                  "Start with `curlew init`, then `curlew revision -m \"what it does\"`, edit the "
                  "file it names, and `curlew upgrade`.");
  const char *group = "";
  cw_each_command(c, commands) {
    if (c->flags & CW_COMMAND_HIDDEN) continue;
    if (strcmp(group, c->group) != 0) strbuf_addf(out, "\n%s:\n", c->group);
    group = c->group;
    strbuf_addf(out, "  %-16s%s\n", c->name, c->summary);
  }
  strbuf_addstr(out, "\nGlobal options (before or after the command):\n");
  options(out, cw_global_opts);
  strbuf_addstr(out, "\n`curlew COMMAND --help` tells about a command.\n");
}

void cw_usage(const struct cw_command *const *commands, const struct cw_command *command,
              struct strbuf *out) {
  if (!command) {
    program(commands, out);
    return;
  }
  strbuf_addstr(out, "Usage: ");
  cw_usage_line(command, out);
  strbuf_addstr(out, "\n\n");
  paragraphs(out, command->help);
  if (command->opts) {
    strbuf_addstr(out, "\nOptions:\n");
    options(out, command->opts);
  }
  strbuf_addstr(out, "\nGlobal options:\n");
  options(out, cw_global_opts);
}
