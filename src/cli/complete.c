/* Shell completion, from the tables; see opt.h. A script knows commands, options and fixed values;
 * revisions it asks for by running `curlew history` when one is wanted. */
#include "cli/opt.h"

#include "util/strbuf.h"

/* Ids out of `history` ("parent -> id (labels) ..., title"), and the symbols. */
#define REVISIONS \
  "curlew --color=never history 2>/dev/null | sed -n 's/^.* -> \\([A-Za-z0-9_.]*\\).*$/\\1/p'"
#define SYMBOLS "head heads base"

/* Text inside single quotes of a shell. */
static void quoted(struct strbuf *out, const char *text) {
  strbuf_addch(out, '\'');
  for (; *text; text++) {
    if (*text == '\'')
      strbuf_addstr(out, "'\\''");
    else
      strbuf_addch(out, *text);
  }
  strbuf_addch(out, '\'');
}

static void words(struct strbuf *out, const char *const *list) {
  for (size_t i = 0; list[i]; i++) strbuf_addf(out, "%s%s", i ? " " : "", list[i]);
}

static void command_names(const struct cw_command *const *commands, struct strbuf *out) {
  size_t n = 0;
  cw_each_command(c, commands)
    if (!(c->flags & CW_COMMAND_HIDDEN)) strbuf_addf(out, "%s%s", n++ ? " " : "", c->name);
}

/* --- bash -------------------------------------------------------------------------------------- */

static void bash_options(const struct cw_opt *opts, struct strbuf *out) {
  for (; opts && opts->name; opts++) {
    if (strlen(opts->name) > 1) strbuf_addf(out, " --%s", opts->name);
    if (opts->letter) strbuf_addf(out, " -%c", opts->letter);
  }
}

/* The branches of `case $previous` for the options that take a value. */
static void bash_values(const struct cw_opt *opts, struct strbuf *out) {
  for (; opts && opts->name; opts++) {
    if (!opts->value) continue;
    strbuf_addstr(out, "    ");
    if (opts->letter) strbuf_addf(out, "-%c%s", opts->letter, strlen(opts->name) > 1 ? "|" : "");
    if (strlen(opts->name) > 1) strbuf_addf(out, "--%s", opts->name);
    strbuf_addstr(out, ") ");
    if (opts->choices) {
      strbuf_addstr(out, "COMPREPLY=($(compgen -W '");
      words(out, opts->choices);
      strbuf_addstr(out, "' -- \"$word\"))");
    } else if (opts->complete == CW_COMPLETE_FILE) {
      strbuf_addstr(out, "COMPREPLY=($(compgen -f -- \"$word\"))");
    } else if (opts->complete == CW_COMPLETE_FOLDER) {
      strbuf_addstr(out, "COMPREPLY=($(compgen -d -- \"$word\"))");
    } else if (opts->complete == CW_COMPLETE_REVISION) {
      strbuf_addstr(out, "COMPREPLY=($(compgen -W \"" SYMBOLS " $(_curlew_revisions)\" -- "
                         "\"$word\"))");
    } else {
      strbuf_addstr(out, "COMPREPLY=()");
    }
    strbuf_addstr(out, "; return ;;\n");
  }
}

static void bash_arguments(const struct cw_command *const *commands, const struct cw_command *c,
                           struct strbuf *out) {
  if (c->words) {
    strbuf_addstr(out, " words='");
    words(out, c->words);
    strbuf_addch(out, '\'');
  } else if (c->complete == CW_COMPLETE_REVISION) {
    strbuf_addstr(out, " [[ $word == -* ]] || words=\"" SYMBOLS " $(_curlew_revisions)\"");
  } else if (c->complete == CW_COMPLETE_COMMAND) {
    strbuf_addstr(out, " words='");
    command_names(commands, out);
    strbuf_addch(out, '\'');
  } else if (c->complete == CW_COMPLETE_FOLDER) {
    strbuf_addstr(out, " [[ $word == -* ]] || words=$(compgen -d -- \"$word\")");
  }
}

static void bash(const struct cw_command *const *commands, struct strbuf *out) {
  strbuf_addstr(out, "# bash completion of curlew; written by `curlew completion bash`\n"
                     "_curlew_revisions() {\n  " REVISIONS "\n}\n\n"
                     "_curlew() {\n"
                     "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                     "  local command= options words= i\n"
                     "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                     "    case ${COMP_WORDS[i]} in\n      ");
  size_t n = 0;
  cw_each_command(c, commands)
    if (!(c->flags & CW_COMMAND_HIDDEN)) strbuf_addf(out, "%s%s", n++ ? "|" : "", c->name);
  strbuf_addstr(out, ") command=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n"
                     "  case $command:$previous in\n");
  cw_each_command(c, commands) {
    if (!c->opts || c->flags & CW_COMMAND_HIDDEN) continue;
    struct strbuf values = STRBUF_INIT;
    bash_values(c->opts, &values);
    if (values.len) {
      strbuf_addf(out, "  %s:*) case $previous in\n%s    esac ;;\n", c->name, values.buf);
    }
    strbuf_release(&values);
  }
  strbuf_addstr(out, "  esac\n  case $previous in\n");
  bash_values(cw_global_opts, out);
  strbuf_addstr(out, "  esac\n  options='");
  struct strbuf global = STRBUF_INIT;
  bash_options(cw_global_opts, &global);
  strbuf_addstr(out, global.buf + 1);
  strbuf_release(&global);
  strbuf_addstr(out, "'\n  case $command in\n  '') words='");
  command_names(commands, out);
  strbuf_addstr(out, "' ;;\n");
  cw_each_command(c, commands) {
    if (c->flags & CW_COMMAND_HIDDEN) continue;
    strbuf_addf(out, "  %s)", c->name);
    if (c->opts) {
      strbuf_addstr(out, " options+='");
      bash_options(c->opts, out);
      strbuf_addstr(out, "';");
    }
    bash_arguments(commands, c, out);
    strbuf_addstr(out, " ;;\n");
  }
  strbuf_addstr(out, "  esac\n  [[ $word == -* ]] && words=$options\n"
                     "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                     "complete -F _curlew curlew\n");
}

/* --- zsh --------------------------------------------------------------------------------------- */

/* Help inside an _arguments spec: brackets and colons have a meaning there. */
static void zsh_escape(struct strbuf *out, const char *text) {
  for (; *text; text++) {
    if (strchr("[]:\\", *text)) strbuf_addch(out, '\\');
    strbuf_addch(out, *text);
  }
}

static void zsh_action(struct strbuf *out, const char *const *choices, enum cw_complete complete) {
  if (choices) {
    strbuf_addch(out, '(');
    words(out, choices);
    strbuf_addch(out, ')');
  } else if (complete == CW_COMPLETE_FILE) {
    strbuf_addstr(out, "_files");
  } else if (complete == CW_COMPLETE_FOLDER) {
    strbuf_addstr(out, "_files -/");
  } else if (complete == CW_COMPLETE_REVISION) {
    strbuf_addstr(out, "_curlew_revisions");
  } else if (complete == CW_COMPLETE_COMMAND) {
    strbuf_addstr(out, "_curlew_commands");
  } else {
    strbuf_addch(out, ' ');
  }
}

static void zsh_form(const struct cw_opt *opt, const char *form, struct strbuf *out) {
  struct strbuf spec = STRBUF_INIT;
  strbuf_addf(&spec, "%s%s%s[", opt->repeat || !opt->value ? "*" : "", form,
              opt->value ? form[1] == '-' ? "=" : "+" : "");
  zsh_escape(&spec, opt->help);
  strbuf_addch(&spec, ']');
  if (opt->value) {
    strbuf_addch(&spec, ':');
    zsh_escape(&spec, opt->value);
    strbuf_addch(&spec, ':');
    zsh_action(&spec, opt->choices, opt->complete);
  }
  strbuf_addch(out, ' ');
  quoted(out, spec.buf);
  strbuf_release(&spec);
}

static void zsh_options(const struct cw_opt *opts, struct strbuf *out) {
  for (; opts && opts->name; opts++) {
    char form[64];
    if (opts->letter) {
      snprintf(form, sizeof form, "-%c", opts->letter);
      zsh_form(opts, form, out);
    }
    if (strlen(opts->name) > 1) {
      snprintf(form, sizeof form, "--%s", opts->name);
      zsh_form(opts, form, out);
    }
  }
}

static void zsh(const struct cw_command *const *commands, struct strbuf *out) {
  strbuf_addstr(out, "#compdef curlew\n# zsh completion of curlew; written by `curlew completion "
                     "zsh`\n_curlew_revisions() {\n  local -a ids\n  ids=(" SYMBOLS " ${(f)\"$("
                     REVISIONS ")\"})\n  compadd -a ids\n}\n\n_curlew_commands() {\n"
                     "  local -a list\n  list=(\n");
  cw_each_command(c, commands) {
    if (c->flags & CW_COMMAND_HIDDEN) continue;
    struct strbuf item = STRBUF_INIT;
    strbuf_addf(&item, "%s:", c->name);
    zsh_escape(&item, c->summary);
    strbuf_addstr(out, "    ");
    quoted(out, item.buf);
    strbuf_addch(out, '\n');
    strbuf_release(&item);
  }
  strbuf_addstr(out, "  )\n  _describe command list\n}\n\n_curlew() {\n"
                     "  local state line\n  typeset -A opt_args\n  local -a global\n  global=(");
  zsh_options(cw_global_opts, out);
  strbuf_addstr(out, ")\n  _arguments -C $global '1:command:_curlew_commands' '*::argument:->args' "
                     "&& return\n  [[ $state == args ]] || return\n  case $line[1] in\n");
  cw_each_command(c, commands) {
    if (c->flags & CW_COMMAND_HIDDEN) continue;
    strbuf_addf(out, "  %s) _arguments $global", c->name);
    zsh_options(c->opts, out);
    if (c->max_args != 0) {
      struct strbuf spec = STRBUF_INIT;
      strbuf_addstr(&spec, "*:");
      zsh_escape(&spec, c->args);
      strbuf_addch(&spec, ':');
      zsh_action(&spec, c->words, c->complete);
      strbuf_addch(out, ' ');
      quoted(out, spec.buf);
      strbuf_release(&spec);
    }
    strbuf_addstr(out, " ;;\n");
  }
  strbuf_addstr(out, "  esac\n}\n\n_curlew \"$@\"\n");
}

/* --- fish -------------------------------------------------------------------------------------- */

static void fish_value(struct strbuf *out, const char *const *choices, enum cw_complete complete) {
  if (choices) {
    strbuf_addstr(out, " -a '");
    words(out, choices);
    strbuf_addch(out, '\'');
  } else if (complete == CW_COMPLETE_FILE) {
    strbuf_addstr(out, " -F");
  } else if (complete == CW_COMPLETE_FOLDER) {
    strbuf_addstr(out, " -a '(__fish_complete_directories)'");
  } else if (complete == CW_COMPLETE_REVISION) {
    strbuf_addstr(out, " -a '" SYMBOLS " (__curlew_revisions)'");
  }
}

static void fish_options(const char *condition, const struct cw_opt *opts, struct strbuf *out) {
  for (; opts && opts->name; opts++) {
    strbuf_addf(out, "complete -c curlew%s", condition);
    if (opts->letter) strbuf_addf(out, " -s %c", opts->letter);
    if (strlen(opts->name) > 1) strbuf_addf(out, " -l %s", opts->name);
    bool file = opts->complete == CW_COMPLETE_FILE;
    strbuf_addstr(out, !opts->value ? "" : file ? " -r" : " -x");
    if (opts->value) fish_value(out, opts->choices, opts->complete);
    strbuf_addstr(out, " -d ");
    quoted(out, opts->help);
    strbuf_addch(out, '\n');
  }
}

static void fish(const struct cw_command *const *commands, struct strbuf *out) {
  strbuf_addstr(out, "# fish completion of curlew; written by `curlew completion fish`\n"
                     "function __curlew_revisions\n  " REVISIONS "\nend\n\ncomplete -c curlew -f\n");
  fish_options("", cw_global_opts, out);
  cw_each_command(c, commands) {
    if (c->flags & CW_COMMAND_HIDDEN) continue;
    strbuf_addf(out, "complete -c curlew -n __fish_use_subcommand -a %s -d ", c->name);
    quoted(out, c->summary);
    strbuf_addch(out, '\n');
    char *condition = xasprintf(" -n '__fish_seen_subcommand_from %s'", c->name);
    fish_options(condition, c->opts, out);
    struct strbuf arguments = STRBUF_INIT;
    if (c->complete == CW_COMPLETE_COMMAND) {
      strbuf_addstr(&arguments, " -a '");
      command_names(commands, &arguments);
      strbuf_addch(&arguments, '\'');
    } else {
      fish_value(&arguments, c->words, c->complete);
    }
    if (arguments.len) strbuf_addf(out, "complete -c curlew%s%s\n", condition, arguments.buf);
    strbuf_release(&arguments);
    free(condition);
  }
}

void cw_completion(const struct cw_command *const *commands, const char *shell, struct strbuf *out) {
  if (strcmp(shell, "bash") == 0)
    bash(commands, out);
  else if (strcmp(shell, "zsh") == 0)
    zsh(commands, out);
  else
    fish(commands, out);
}
