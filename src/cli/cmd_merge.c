/* curlew merge: a revision that joins several heads. */
#include "cli/write.h"

static const struct cw_opt opts[] = {
  {.letter = 'm', .name = "message", .value = "TEXT",
   .help = "its title (default: which ones it merges)"},
  {.name = "branch-label", .value = "LABEL", .help = "a name for the line that begins here"},
  {.name = "rev-id", .value = "ID", .help = "the id, instead of a generated one"},
  {.name = "splice", .help = "allow revisions that are not heads"},
  {0},
};

static int run(struct cw_cli *cli, struct cw_err *err) {
  struct strvec words = {0};
  for (size_t i = 0; i < cli->args.nwords; i++) strvec_push(&words, cli->args.words[i]);
  struct cw_write_request request = {
    .message = cw_args_value(&cli->args, "message"),
    .heads = &words,
    .merge = true,
    .splice = cw_args_count(&cli->args, "splice") > 0,
    .branch_label = cw_args_value(&cli->args, "branch-label"),
    .rev_id = cw_args_value(&cli->args, "rev-id"),
  };
  int status = cw_write_revision(cli, &request, err);
  strvec_release(&words);
  return status;
}

const struct cw_command cw_cmd_merge = {
  .name = "merge",
  .group = CW_GROUP_WRITE,
  .args = "REV...",
  .min_args = 1,
  .max_args = -1,
  .complete = CW_COMPLETE_REVISION,
  .summary = "Write a revision that joins several heads",
  .help = "Writes a revision that follows each REV, so that there is one head again.\n\n"
          "  curlew merge heads -m \"merge\"\n"
          "  curlew merge ae10 bf20",
  .opts = opts,
  .run = run,
};
