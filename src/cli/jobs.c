/* Databases side by side, each in a process of its own. The processes are forked before anything
 * connects: each has its copy of the Lua state, the graph and the configuration, opens its own connection,
 * and shares nothing that could be used at the same time. They write to pipes; whole lines are passed on,
 * so no line is ever made of two. A last pipe brings what became of the database, as JSON. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/several.h"

enum { JOB_OUT, JOB_ERR, JOB_RESULT, JOB_PIPES };

struct job {
  pid_t pid;             /* 0: free */
  size_t index;          /* of its database */
  int fds[JOB_PIPES];    /* -1: at its end */
  struct strbuf text[JOB_PIPES];
};

struct jobs {
  struct cw_cli *cli;
  cw_run_fn run;
  const struct cw_config_db *const *dbs;
  struct cw_run_opts *opts;
  struct cw_outcome *outcomes;
  struct job *list;
  size_t size;
  int signals;           /* a signalfd: stop signals are passed on to the processes */
  sigset_t before;
  int stopped;           /* the first stop signal, or 0 */
};

/* --- in the process of a database ------------------------------------------------------------------ */

static json_t *outcome_json(const struct cw_outcome *o) {
  json_t *result = json_object();
  json_object_set_new(result, "done", json_boolean(o->state == CW_OUTCOME_DONE));
  json_object_set_new(result, "rows", o->rows ? cw_json_text(o->rows) : json_null());
  json_object_set_new(result, "moves", json_integer((json_int_t)o->moves));
  json_object_set_new(result, "duration_ms", json_integer(o->duration_ms));
  if (o->state == CW_OUTCOME_FAILED) {
    const struct cw_err *e = &o->err;
    json_object_set_new(result, "code", json_integer(e->code));
    json_object_set_new(result, "message", cw_json_text(e->message));
    json_object_set_new(result, "hint", cw_json_text(e->hint));
    json_object_set_new(result, "revision", cw_json_text(e->revision));
    json_object_set_new(result, "file", cw_json_text(e->file));
    json_object_set_new(result, "line", json_integer(e->line));
    json_object_set_new(result, "step", json_integer(e->step));
    json_object_set_new(result, "sqlstate", cw_json_text(e->sqlstate));
    json_object_set_new(result, "statement", cw_json_text(e->statement));
  }
  return result;
}

static void write_all(int fd, const char *text) {
  for (size_t len = strlen(text); len > 0;) {
    ssize_t n = write(fd, text, len);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text += n;
    len -= (size_t)n;
  }
}

__attribute__((noreturn)) static void work(struct jobs *jobs, size_t index, int fds[JOB_PIPES],
                                           pid_t parent) {
  /* Ctrl-C goes to the group of the terminal: the parent passes it on once, so this is not of it. */
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1); /* gone before the line above */
  close(jobs->signals);
  sigprocmask(SIG_SETMASK, &jobs->before, NULL);
  dup2(fds[JOB_OUT], STDOUT_FILENO);
  dup2(fds[JOB_ERR], STDERR_FILENO);
  jobs->cli->out.live = false;
  struct cw_outcome outcome = {0};
  cw_several_one(jobs->cli, jobs->run, jobs->dbs[index], true, jobs->opts, &outcome);
  fflush(NULL);
  json_t *result = outcome_json(&outcome);
  char *text = json_dumps(result, JSON_COMPACT);
  write_all(fds[JOB_RESULT], text ? text : "");
  _exit(0); /* what belongs to the parent is not ended here */
}

/* --- in the parent --------------------------------------------------------------------------------- */

static int start(struct jobs *jobs, struct job *job, size_t index, struct cw_err *err) {
  int ends[JOB_PIPES][2];
  for (int i = 0; i < JOB_PIPES; i++) {
    if (pipe2(ends[i], O_CLOEXEC) == 0) continue;
    int problem = errno;
    while (i-- > 0) {
      close(ends[i][0]);
      close(ends[i][1]);
    }
    return cw_fail(err, CW_ERR_INTERNAL, "no pipe for the process of %s: %s",
                   jobs->dbs[index]->name, strerror(problem));
  }
  fflush(NULL); /* or the child would print it again */
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    int fds[JOB_PIPES];
    for (int i = 0; i < JOB_PIPES; i++) fds[i] = ends[i][1];
    work(jobs, index, fds, parent);
  }
  int problem = errno;
  *job = (struct job){.pid = pid, .index = index};
  for (int i = 0; i < JOB_PIPES; i++) {
    close(ends[i][1]);
    job->fds[i] = ends[i][0];
    job->text[i] = (struct strbuf)STRBUF_INIT;
  }
  if (pid > 0) return 0;
  for (int i = 0; i < JOB_PIPES; i++) close(ends[i][0]);
  job->pid = 0;
  return cw_fail(err, CW_ERR_INTERNAL, "no process for %s: %s", jobs->dbs[index]->name,
                 strerror(problem));
}

/* Passes on the lines that are whole; at the end also the rest. */
static void pass_on(struct job *job, int which, bool end) {
  struct strbuf *sb = &job->text[which];
  FILE *to = which == JOB_OUT ? stdout : stderr;
  size_t len = sb->len;
  if (which == JOB_RESULT) return;
  while (len > 0 && sb->buf[len - 1] != '\n' && !end) len--;
  if (len == 0) return;
  fwrite(sb->buf, 1, len, to);
  if (sb->buf[len - 1] != '\n') fputc('\n', to);
  fflush(to);
  struct strbuf rest = STRBUF_INIT;
  strbuf_add(&rest, sb->buf + len, sb->len - len);
  strbuf_release(sb);
  *sb = rest;
}

static void read_pipe(struct job *job, int which) {
  char buf[65536];
  ssize_t n = read(job->fds[which], buf, sizeof buf);
  if (n < 0 && errno == EINTR) return;
  if (n > 0) {
    strbuf_add(&job->text[which], buf, (size_t)n);
    pass_on(job, which, false);
    return;
  }
  pass_on(job, which, true);
  close(job->fds[which]);
  job->fds[which] = -1;
}

static void take_text(char **to, json_t *result, const char *key) {
  *to = xstrdup(json_string_value(json_object_get(result, key)));
}

static void take_error(struct cw_outcome *o, json_t *result, const char *database) {
  struct cw_err *e = &o->err;
  const char *sqlstate = json_string_value(json_object_get(result, "sqlstate"));
  e->code = (enum cw_errcode)json_integer_value(json_object_get(result, "code"));
  take_text(&e->message, result, "message");
  take_text(&e->hint, result, "hint");
  take_text(&e->revision, result, "revision");
  take_text(&e->file, result, "file");
  take_text(&e->statement, result, "statement");
  e->line = (int)json_integer_value(json_object_get(result, "line"));
  e->step = (int)json_integer_value(json_object_get(result, "step"));
  if (sqlstate) snprintf(e->sqlstate, sizeof e->sqlstate, "%s", sqlstate);
  cw_err_database(e, database);
}

/* The process has closed all its pipes: takes over what it has to tell. */
static void finish(struct jobs *jobs, struct job *job) {
  struct cw_outcome *o = &jobs->outcomes[job->index];
  const char *name = jobs->dbs[job->index]->name;
  int status = 0;
  while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR) continue;
  json_t *result = json_loadb(job->text[JOB_RESULT].buf, job->text[JOB_RESULT].len, 0, NULL);
  if (result) {
    o->state = json_is_true(json_object_get(result, "done")) ? CW_OUTCOME_DONE : CW_OUTCOME_FAILED;
    take_text(&o->rows, result, "rows");
    o->moves = (size_t)json_integer_value(json_object_get(result, "moves"));
    o->duration_ms = json_integer_value(json_object_get(result, "duration_ms"));
    if (o->state == CW_OUTCOME_FAILED) take_error(o, result, name);
  } else {
    o->state = CW_OUTCOME_FAILED;
    if (WIFSIGNALED(status))
      cw_fail(&o->err, CW_ERR_INTERNAL, "the process of %s was ended by signal %d", name,
              WTERMSIG(status));
    else
      cw_fail(&o->err, CW_ERR_INTERNAL, "the process of %s ended before its time", name);
    cw_hint(&o->err, "run it again: it goes on where it stopped");
    cw_err_database(&o->err, name);
    cw_out_error(&jobs->cli->out, &o->err);
  }
  json_decref(result);
  for (int i = 0; i < JOB_PIPES; i++) strbuf_release(&job->text[i]);
  job->pid = 0;
}

static bool at_end(const struct job *job) {
  for (int i = 0; i < JOB_PIPES; i++)
    if (job->fds[i] >= 0) return false;
  return true;
}

static void pass_signal(struct jobs *jobs) {
  struct signalfd_siginfo info;
  if (read(jobs->signals, &info, sizeof info) != (ssize_t)sizeof info) return;
  if (!jobs->stopped) jobs->stopped = (int)info.ssi_signo;
  for (size_t i = 0; i < jobs->size; i++)
    if (jobs->list[i].pid) kill(jobs->list[i].pid, (int)info.ssi_signo);
}

/* Waits until something can be read, and reads it. */
static void wait_and_read(struct jobs *jobs) {
  size_t n = 0;
  struct pollfd *fds = xcalloc(jobs->size * JOB_PIPES + 1, sizeof *fds);
  fds[n++] = (struct pollfd){.fd = jobs->signals, .events = POLLIN};
  for (size_t i = 0; i < jobs->size; i++)
    for (int j = 0; jobs->list[i].pid && j < JOB_PIPES; j++)
      fds[n++] = (struct pollfd){.fd = jobs->list[i].fds[j], .events = POLLIN}; /* -1 is passed over */
  if (poll(fds, n, -1) > 0) {
    if (fds[0].revents) pass_signal(jobs);
    n = 1;
    for (size_t i = 0; i < jobs->size; i++) {
      if (!jobs->list[i].pid) continue;
      for (int j = 0; j < JOB_PIPES; j++, n++)
        if (fds[n].revents) read_pipe(&jobs->list[i], j);
      if (at_end(&jobs->list[i])) finish(jobs, &jobs->list[i]);
    }
  }
  free(fds);
}

static void run_all(struct jobs *jobs, size_t count, bool keep_going, struct cw_err *err) {
  size_t next = 0, active;
  bool go_on = true;
  do {
    active = 0;
    for (size_t i = 0; i < jobs->size; i++) {
      struct job *job = &jobs->list[i];
      if (!job->pid && next < count && go_on && start(jobs, job, next++, err) < 0) go_on = false;
      if (job->pid) active++;
    }
    if (active) wait_and_read(jobs);
    for (size_t i = 0; i < next; i++) {
      const struct cw_outcome *o = &jobs->outcomes[i];
      if (o->state == CW_OUTCOME_FAILED && (!keep_going || o->err.code == CW_ERR_INTERRUPTED))
        go_on = false;
    }
    if (jobs->stopped) go_on = false;
  } while (active || (go_on && next < count));
}

/* Files that the databases share are loaded once, before the processes part. */
static int load_shared(struct cw_cli *cli, const struct cw_config_db *const *dbs, size_t count,
                       struct cw_err *err) {
  struct cw_graph *graph;
  for (size_t i = 0; i < count; i++)
    if (!dbs[i]->version_locations.len) return cw_app_graph(cli->app, dbs[i], &graph, err);
  return 0;
}

int cw_several_jobs(struct cw_cli *cli, cw_run_fn run, const struct cw_config_db *const *dbs,
                    size_t count, size_t jobs, bool keep_going, struct cw_run_opts *opts,
                    struct cw_outcome *outcomes, struct cw_err *err) {
  if (load_shared(cli, dbs, count, err) < 0) return -1;
  struct jobs all = {.cli = cli, .run = run, .dbs = dbs, .opts = opts, .outcomes = outcomes,
                     .size = jobs < count ? jobs : count};
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGHUP);
  sigprocmask(SIG_BLOCK, &stops, &all.before);
  all.signals = signalfd(-1, &stops, SFD_CLOEXEC);
  all.list = xcalloc(all.size, sizeof *all.list);
  if (all.signals < 0)
    cw_fail(err, CW_ERR_INTERNAL, "no descriptor for signals: %s", strerror(errno));
  else
    run_all(&all, count, keep_going, err);
  if (all.signals >= 0) close(all.signals);
  sigprocmask(SIG_SETMASK, &all.before, NULL);
  free(all.list);
  bool complete = true;
  for (size_t i = 0; i < count; i++) complete = complete && outcomes[i].state != CW_OUTCOME_NOT_RUN;
  if (err->code == CW_OK && all.stopped && !complete)
    return cw_fail(err, CW_ERR_INTERRUPTED, "interrupted; run it again to continue");
  return err->code == CW_OK ? 0 : -1;
}
