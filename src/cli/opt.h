/* Commands and their options as data. Parsing (opt.c), help (usage.c), shell completion (complete.c)
 * and the manual page (manual.c) all read these tables, so nothing is written twice. */
#ifndef CW_CLI_OPT_H
#define CW_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"
#include "util/vec.h"

/* What a shell offers for a value. */
enum cw_complete {
  CW_COMPLETE_NOTHING,
  CW_COMPLETE_FILE,
  CW_COMPLETE_FOLDER,
  CW_COMPLETE_REVISION,
  CW_COMPLETE_COMMAND
};

struct cw_opt {
  char letter;                /* 0: long form only */
  const char *name;           /* without the dashes; NULL ends a table */
  const char *value;          /* what help calls its value; NULL: a flag */
  const char *help;           /* one sentence, lower case, no full stop */
  bool repeat;                /* a value may be given several times (flags always may) */
  const char *const *choices; /* the allowed values, NULL-terminated; NULL: any */
  enum cw_complete complete;
};

struct cw_cli;

enum cw_command_flags {
  CW_COMMAND_EVENTS = 1, /* --format json gives one object a line, not one document */
  CW_COMMAND_HIDDEN = 2  /* works, but help does not list it */
};

struct cw_command {
  const char *name;
  const char *group;          /* heading in the list of commands */
  const char *args;           /* "REV..." for the usage line; "" when it takes none */
  int min_args, max_args;     /* max -1: any number */
  enum cw_complete complete;  /* its arguments */
  const char *const *words;   /* the allowed arguments, NULL-terminated; NULL: any */
  const char *summary;        /* one line, imperative, no full stop */
  const char *help;           /* paragraphs separated by empty lines; lines that begin with a blank
                                 are kept as they are */
  const struct cw_opt *opts;  /* NULL: none of its own */
  const char *const *formats; /* what --format takes, NULL-terminated; NULL: text and json */
  unsigned flags;
  int (*run)(struct cw_cli *cli, struct cw_err *err);
};

/* Lists of commands are arrays of pointers that end with NULL. */
#define cw_each_command(c, list) \
  for (const struct cw_command *const *c##_at = (list), *c; (c = *c##_at) != NULL; c##_at++)

/* The options that every command takes. */
extern const struct cw_opt cw_global_opts[];

/* A parsed command line. Strings are borrowed from argv. */
struct cw_args {
  const struct cw_command *command; /* NULL: none was given */
  bool help, version;               /* asked for; what follows them was not looked at */
  struct cw_arg_value *values;      /* in the order given */
  size_t nvalues;
  const char **words;               /* arguments of the command */
  size_t nwords;
};
struct cw_arg_value {
  const struct cw_opt *opt;
  const char *value; /* NULL for flags */
};

/* Parses argv[1..].. Global options may stand anywhere, those of a
 * command after it; long ones may be shortened where that is unique; words like -1 are arguments;
 * after `--` everything is. CW_ERR_USAGE names the word and suggests the nearest. *args is to be
 * released in either case. */
int cw_args_parse(struct cw_args *args, const struct cw_command *const *commands, int argc, char **argv,
                  struct cw_err *err);
void cw_args_release(struct cw_args *args);

/* How often an option was given; its last value (or NULL); its values appended to `out`. The option
 * must exist: asking for another is a bug, and aborts. */
size_t cw_args_count(const struct cw_args *args, const char *name);
const char *cw_args_value(const struct cw_args *args, const char *name);
void cw_args_values(const struct cw_args *args, const char *name, struct strvec *out);

/* By its name, in which - and _ are the same; NULL: there is none. */
const struct cw_command *cw_command_find(const struct cw_command *const *commands, const char *name);
/* The names of all, appended. */
void cw_command_names(const struct cw_command *const *commands, struct strvec *names);
/* Fails with CW_ERR_USAGE and the nearest command. */
int cw_command_unknown(const struct cw_command *const *commands, const char *name, struct cw_err *err);

/* "curlew upgrade [OPTION]... [REV]". Appends. */
struct strbuf;
void cw_usage_line(const struct cw_command *command, struct strbuf *out);
/* The whole help of a command, or (NULL) of the program. Appends. */
void cw_usage(const struct cw_command *const *commands, const struct cw_command *command,
              struct strbuf *out);
/* A completion script for "bash", "zsh" or "fish". Appends. */
void cw_completion(const struct cw_command *const *commands, const char *shell, struct strbuf *out);
/* curlew(1) in roff. Appends. */
void cw_manual(const struct cw_command *const *commands, struct strbuf *out);

#endif
