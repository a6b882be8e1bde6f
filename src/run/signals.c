/* Signals of a run; see signals.h. The handler does nothing but count and wake the watcher by a pipe;
 * the watcher thread, which may take locks, cancels what it was told it may. */
#include "run/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

volatile int cw_signals_seen;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { NCAUGHT = sizeof caught / sizeof *caught };

/* Signals are the process's, so their state is too: the one exception to "no globals". */
static struct {
  int depth; /* of start and stop */
  int pipe[2];
  pthread_t thread;
  pthread_mutex_t mutex; /* guards what follows */
  struct cw_conn *first, *second;
  const struct cw_script_ops *ops;
  struct cw_script *script;
  struct sigaction before[NCAUGHT], pipe_before;
} state = {.pipe = {-1, -1}, .mutex = PTHREAD_MUTEX_INITIALIZER};

static void on_signal(int number) {
  (void)number;
  int saved = errno;
  cw_signals_seen++;
  ssize_t ignored = write(state.pipe[1], "s", 1);
  (void)ignored;
  errno = saved;
}

/* The mutex is held while a connection is being cancelled, so that it can't be closed meanwhile. */
static void act(void) {
  pthread_mutex_lock(&state.mutex);
  if (cw_signals_seen > 0 && state.script && state.ops->interrupt)
    state.ops->interrupt(state.script);
  struct cw_conn *conn = cw_signals_seen > 1 ? state.second : state.first;
  if (cw_signals_seen > 0 && conn) cw_conn_cancel(conn);
  pthread_mutex_unlock(&state.mutex);
}

static void *watch(void *arg) {
  (void)arg;
  char byte;
  for (;;) {
    ssize_t got = read(state.pipe[0], &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || byte == 'q') return NULL;
    act();
  }
}

int cw_signals_start(struct cw_err *err) {
  if (state.depth++ > 0) return 0;
  if (pipe2(state.pipe, O_CLOEXEC)) {
    state.depth--;
    return cw_fail(err, CW_ERR_INTERNAL, "no pipe for signals: %s", strerror(errno));
  }
  /* The watcher takes no signals itself: they go to the thread that works. */
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int failed = pthread_create(&state.thread, NULL, watch, NULL);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (failed) {
    state.depth--;
    close(state.pipe[0]);
    close(state.pipe[1]);
    return cw_fail(err, CW_ERR_INTERNAL, "no thread for signals: %s", strerror(failed));
  }
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  for (int i = 0; i < NCAUGHT; i++) {
    sigaction(caught[i], NULL, &state.before[i]);
    if (state.before[i].sa_handler != SIG_IGN) sigaction(caught[i], &action, NULL); /* nohup */
  }
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &ignore, &state.pipe_before);
  return 0;
}

void cw_signals_stop(void) {
  if (state.depth == 0 || --state.depth > 0) return;
  cw_signals_watch(NULL, NULL, NULL, NULL);
  for (int i = 0; i < NCAUGHT; i++) sigaction(caught[i], &state.before[i], NULL);
  sigaction(SIGPIPE, &state.pipe_before, NULL);
  ssize_t ignored = write(state.pipe[1], "q", 1);
  (void)ignored;
  pthread_join(state.thread, NULL);
  close(state.pipe[0]);
  close(state.pipe[1]);
}

void cw_signals_watch(struct cw_conn *first, struct cw_conn *second,
                      const struct cw_script_ops *ops, struct cw_script *script) {
  pthread_mutex_lock(&state.mutex);
  state.first = first;
  state.second = second;
  state.ops = ops;
  state.script = script;
  pthread_mutex_unlock(&state.mutex);
}
