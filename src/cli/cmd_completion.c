/* curlew completion and curlew manual: what shells and man(1) read, written from the same tables as
 * help. */
#include "cli/cmd.h"

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static int completion(struct cw_cli *cli, struct cw_err *err) {
  (void)err;
  struct strbuf sb = STRBUF_INIT;
  cw_completion(cli->commands, cli->args.words[0], &sb);
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
  return 0;
}

static int manual(struct cw_cli *cli, struct cw_err *err) {
  (void)err;
  struct strbuf sb = STRBUF_INIT;
  cw_manual(cli->commands, &sb);
  cw_out_text(&cli->out, sb.buf, sb.len);
  strbuf_release(&sb);
  return 0;
}

const struct cw_command cw_cmd_completion = {
  .name = "completion",
  .group = CW_GROUP_PROGRAM,
  .args = "bash|zsh|fish",
  .min_args = 1,
  .max_args = 1,
  .words = shells,
  .summary = "Print a completion script for a shell",
  .help = "Prints a script that completes commands, options and revisions.\n\n"
          "  source <(curlew completion bash)\n"
          "  curlew completion zsh >~/.zfunc/_curlew\n"
          "  curlew completion fish >~/.config/fish/completions/curlew.fish",
  .run = completion,
};

const struct cw_command cw_cmd_manual = {
  .name = "manual",
  .group = CW_GROUP_PROGRAM,
  .args = "",
  .summary = "Print the manual page",
  .help = "Prints the manual page in roff.\n\n  curlew manual | man -l -",
  .run = manual,
};
