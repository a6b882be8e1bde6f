/* The manual page, from the tables; see opt.h. */
#include "cli/opt.h"
#include "curlew_config.h"
#include "util/strbuf.h"

/* Text in roff: backslashes, dashes that are to stay dashes, and a leading dot or quote. */
static void roff(struct strbuf *out, const char *text, size_t len) {
  bool line_start = true;
  for (size_t i = 0; i < len; i++) {
    if (line_start && (text[i] == '.' || text[i] == '\'')) strbuf_addstr(out, "\\&");
    if (text[i] == '\\')
      strbuf_addstr(out, "\\e");
    else if (text[i] == '-')
      strbuf_addstr(out, "\\-");
    else
      strbuf_addch(out, text[i]);
    line_start = text[i] == '\n';
  }
}

static void roff_text(struct strbuf *out, const char *text) { roff(out, text, strlen(text)); }

static void paragraphs(struct strbuf *out, const char *text) {
  while (*text) {
    const char *end = strstr(text, "\n\n");
    size_t len = end ? (size_t)(end - text) : strlen(text);
    strbuf_addstr(out, *text == ' ' ? ".PP\n.nf\n" : ".PP\n");
    roff(out, text, len);
    strbuf_addstr(out, *text == ' ' ? "\n.fi\n" : "\n");
    text += len + (end ? 2 : 0);
  }
}

static void options(struct strbuf *out, const struct cw_opt *opts) {
  for (; opts && opts->name; opts++) {
    bool name = strlen(opts->name) > 1;
    strbuf_addstr(out, ".TP\n");
    if (opts->letter) strbuf_addf(out, "\\fB\\-%c\\fR%s", opts->letter, name ? ", " : "");
    if (name) {
      strbuf_addstr(out, "\\fB\\-\\-");
      roff_text(out, opts->name);
      strbuf_addstr(out, "\\fR");
    }
    if (opts->value) {
      strbuf_addstr(out, " \\fI");
      roff_text(out, opts->value);
      strbuf_addstr(out, "\\fR");
    }
    strbuf_addch(out, '\n');
    roff_text(out, opts->help);
    strbuf_addstr(out, ".\n");
  }
}

void cw_manual(const struct cw_command *const *commands, struct strbuf *out) {
  strbuf_addstr(out, ".TH CURLEW 1 \"\" \"curlew " CURLEW_VERSION "\" \"User Commands\"\n"
                     ".SH NAME\ncurlew \\- database migrations written in Lua\n"
                     ".SH SYNOPSIS\n.B curlew\n[\\fIglobal option\\fR]... \\fIcommand\\fR "
                     "[\\fIoption\\fR]... [\\fIargument\\fR]...\n.SH DESCRIPTION\n"
                     "Applies and reverts schema revisions, each a Lua script, on SQLite, "
                     "PostgreSQL, MariaDB and MySQL.\nA project is a folder with\n.IR curlew.lua .\n"
                     ".SH GLOBAL OPTIONS\nThey may stand before or after the command.\n");
  options(out, cw_global_opts);
  strbuf_addstr(out, ".SH COMMANDS\n");
  cw_each_command(c, commands) {
    if (c->flags & CW_COMMAND_HIDDEN) continue;
    strbuf_addstr(out, ".SS \"");
    roff_text(out, c->name);
    strbuf_addf(out, "%s", *c->args ? " " : "");
    roff_text(out, c->args);
    strbuf_addstr(out, "\"\n");
    paragraphs(out, c->help);
    options(out, c->opts);
  }
  strbuf_addstr(out,
                ".SH REVISIONS\nA revision is named by its id or a unique beginning of it, by\n"
                ".BR head ,\n.BR heads ,\n.B base\nor a branch label, by\n.IR REV +N\nor\n"
                ".IR REV \\-N ,\nby\n.BR +N\nor\n.BR \\-N\nrelative to what is applied, and on a "
                "branch by\n.IR LABEL @ SYMBOL .\n"
                ".SH EXIT STATUS\n"
                ".TP\n0\ndone\n.TP\n1\na script, statement or hook failed\n.TP\n2\nusage\n"
                ".TP\n3\nthe project is at fault: configuration, graph, unknown or ambiguous "
                "revision\n.TP\n4\ndatabase unreachable or refused\n"
                ".TP\n5\nthe lock was not obtained in time\n.TP\n6\na check found differences\n"
                ".TP\n7\ninterrupted cleanly: run again to continue\n"
                ".SH ENVIRONMENT\n.TP\n.B CURLEW_CONFIG\nthe configuration file, unless\n.B \\-c\n"
                "names one\n.TP\n.B NO_COLOR\nno colour, unless\n.B \\-\\-color always\nasks for "
                "it\n.TP\n.BR VISUAL \", \" EDITOR\nwhat\n.B curlew edit\nruns\n");
}
