/* Commands that a project's plugins add to the built-in ones. */
#ifndef CW_CLI_EXTRA_H
#define CW_CLI_EXTRA_H

#include "util/err.h"

struct cw_cli;
struct cw_extra;

/* Before the command line is parsed: where it names no built-in command, or asks for all of them (help,
 * completion), cli->commands becomes a table with those of the plugins too. Whatever is wrong with the
 * project is kept and changes nothing. Free with cw_extra_free after cli; NULL when there was no need. */
struct cw_extra *cw_extra_find(struct cw_cli *cli, int argc, char **argv);
/* A command line that could not be parsed: a plugin that could not be loaded says more than "there is
 * no such command". */
void cw_extra_explain(const struct cw_extra *extra, struct cw_err *err);
void cw_extra_free(struct cw_extra *extra);

#endif
