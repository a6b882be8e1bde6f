/* Other programs, run without a shell; see cmd.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"

/* In the child: only async-signal-safe calls. The errno of a failed exec goes back over `report`. */
static void become(char *const *argv, int report) {
  signal(SIGPIPE, SIG_DFL); /* which we ignore, and a child would inherit that */
  if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) execvp(argv[0], argv);
  int why = errno;
  if (write(report, &why, sizeof why) < 0) _exit(126);
  _exit(127);
}

int cw_process_run(const struct strvec *argv, const char *what, struct cw_err *err) {
  char **list = xcalloc(argv->len + 1, sizeof *list);
  for (size_t i = 0; i < argv->len; i++) list[i] = argv->items[i];
  int report[2], why = 0, ended = 0, status = -1;
  pid_t pid;
  fflush(stdout);
  if (pipe2(report, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
    free(list);
    return cw_fail(err, CW_ERR_IO, "%s could not be started: %s", what, strerror(errno));
  }
  if (pid == 0) become(list, report[1]);
  close(report[1]);
  ssize_t got;
  while ((got = read(report[0], &why, sizeof why)) < 0 && errno == EINTR) {}
  close(report[0]);
  while (waitpid(pid, &ended, 0) < 0 && errno == EINTR) {}
  if (got == (ssize_t)sizeof why)
    cw_fail(err, CW_ERR_HOOK, "%s could not be started: %s: %s", what, list[0], strerror(why));
  else if (WIFSIGNALED(ended))
    cw_fail(err, CW_ERR_HOOK, "%s was ended by signal %d", what, WTERMSIG(ended));
  else if (WEXITSTATUS(ended) != 0)
    cw_fail(err, CW_ERR_HOOK, "%s ended with status %d", what, WEXITSTATUS(ended));
  else
    status = 0;
  free(list);
  return status;
}
