/* curlew's command line: argv to command to exit code. What the commands do is in cli/. */
#include <signal.h>
#include <unistd.h>

#include "cli/cmd.h"

/* Errors of the command line itself are printed as asked for, though the options were not understood:
 * a program that reads JSON gets JSON. */
static const char *format_of(int argc, char **argv) {
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const char *word = argv[i];
    size_t len = strcspn(word, "=");
    if (len < 4 || strncmp(word, "--format", len) != 0) continue;
    if (word[len] == '=') return word + len + 1;
    if (i + 1 < argc) return argv[i + 1];
  }
  return NULL;
}

/* -x KEY=VALUE and -x KEY as an object; a later value of the same key wins. */
static int read_x(struct cw_cli *cli, struct cw_err *err) {
  struct strvec list = {0};
  int status = 0;
  cli->x = json_object();
  cw_args_values(&cli->args, "x", &list);
  for (size_t i = 0; i < list.len && status == 0; i++) {
    const char *text = list.items[i], *equals = strchr(text, '=');
    char *key = xstrndup(text, equals ? (size_t)(equals - text) : strlen(text));
    json_t *value = equals ? json_string(equals + 1) : json_true();
    if (!*key)
      status = cw_fail(err, CW_ERR_USAGE, "-x needs KEY=VALUE or KEY, not \"%s\"", text);
    else if (!value || json_object_set(cli->x, key, value) < 0)
      status = cw_fail(err, CW_ERR_USAGE, "the value of -x %s is not valid UTF-8", key);
    json_decref(value);
    free(key);
  }
  strvec_release(&list);
  return status;
}

static int run(struct cw_cli *cli, struct cw_err *err) {
  const struct cw_command *command = cli->args.command;
  if (cli->args.version) return cw_cmd_version.run(cli, err);
  if (cli->args.help || !command) {
    struct strbuf sb = STRBUF_INIT;
    cw_usage(cli->commands, command, &sb);
    if (cli->args.help)
      cw_out_text(&cli->out, sb.buf, sb.len);
    else
      fputs(sb.buf, stderr);
    strbuf_release(&sb);
    if (cli->args.help) return 0;
    return cw_fail(err, CW_ERR_USAGE, "a command is missing");
  }
  return read_x(cli, err) < 0 ? -1 : command->run(cli, err);
}

int main(int argc, char **argv) {
  struct cw_cli cli = {.ops = &cw_script_lua, .commands = cw_commands()};
  struct cw_err err = CW_ERR_INIT;
  signal(SIGPIPE, SIG_IGN); /* a reader that goes away must not end a run in the middle */

  cli.extra = cw_extra_find(&cli, argc, argv);
  int status = cw_args_parse(&cli.args, cli.commands, argc, argv, &err);
  if (status < 0) {
    cw_extra_explain(cli.extra, &err);
    cw_out_init(&cli.out, format_of(argc, argv), NULL, false, 0);
  } else {
    bool cut = cli.args.help || cli.args.version; /* what follows these was not read */
    const char *format = cut ? format_of(argc, argv) : cw_args_value(&cli.args, "format");
    cw_out_init(&cli.out, format, cw_args_value(&cli.args, "color"),
                cw_args_count(&cli.args, "quiet") > 0, (int)cw_args_count(&cli.args, "verbose"));
    cw_progress_init(&cli.progress, &cli.out);
    if (cli.args.command) cli.out.events = cli.args.command->flags & CW_COMMAND_EVENTS;
    status = run(&cli, &err);
  }
  if (status < 0 && !cli.reported) cw_out_error(&cli.out, &err);
  int code = status < 0 ? cw_errcode_exit(err.code) : 0;
  cw_err_release(&err);
  if (cw_out_finish(&err) < 0) {
    cw_out_init(&cli.out, NULL, NULL, false, 0); /* stdout is no good any more */
    cw_out_error(&cli.out, &err);
    if (!code) code = cw_errcode_exit(err.code);
  }
  cw_cli_release(&cli);
  cw_err_release(&err);
  return code;
}
