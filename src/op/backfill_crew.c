/* Several workers on one backfill: a thread and a connection each, on ranges of their own. The threads
 * talk to the database and to nobody else; whatever touches the script or the exec is asked of the
 * leader, which is the thread that runs the script: it calls the script's function with a worker's rows
 * while the others' statements are under way, looks for orders, watches replicas and tells the progress. */
#include "op/backfill_internal.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "util/alloc.h"
#include "util/clock.h"

enum { LEADER_MS = 100, LOOK_MS = 1000, IDLE_MS = 200 };

enum asking { ASK_NOTHING, ASK_SCRIPT, ASK_THROTTLE, ASK_CONNECT };

/* A worker: b.conn is its own. The request is its while it waits for the answer. */
struct worker {
  struct cw_bf b;
  struct cw_crew *crew;
  pthread_t thread;
  bool runs;               /* the thread was made */
  bool ended;
  struct cw_err err;       /* why it ended early */

  enum asking asks;
  pthread_cond_t answered;
  struct cw_result *rows;
  int64_t *read, *bytes, *wait_ms;
  struct cw_err *answer;
  int failed;
};

struct note {
  bool warning;
  char *text;
};

struct cw_crew {
  struct cw_bf *leader;
  struct worker *workers;
  size_t n;
  pthread_mutex_t mutex;   /* guards what follows, and each worker's request */
  pthread_cond_t wake;     /* the leader's */
  size_t live;
  bool stopping;
  char *waits;             /* what everyone waits for, or NULL */
  char *settings;          /* the last orders */
  VEC(struct note) notes;
};

static struct worker *worker_of(const struct cw_bf *b) {
  return (struct worker *)((char *)b - offsetof(struct worker, b));
}

/* --- what workers ask ------------------------------------------------------------------------------ */

static int ask(struct worker *w, enum asking what, struct cw_err *err) {
  struct cw_crew *crew = w->crew;
  struct cw_err answer = CW_ERR_INIT;
  pthread_mutex_lock(&crew->mutex);
  w->answer = &answer;
  w->asks = what;
  pthread_cond_signal(&crew->wake);
  while (w->asks != ASK_NOTHING) pthread_cond_wait(&w->answered, &crew->mutex);
  pthread_mutex_unlock(&crew->mutex);
  if (w->failed) cw_err_move(err, &answer);
  cw_err_release(&answer);
  return w->failed;
}

int cw_crew_call(struct cw_bf *b, struct cw_result *rows, int64_t *read, int64_t *bytes,
                 struct cw_err *err) {
  struct worker *w = worker_of(b);
  w->rows = rows;
  w->read = read;
  w->bytes = bytes;
  return ask(w, ASK_SCRIPT, err);
}

int cw_crew_throttle(struct cw_bf *b, int64_t *wait_ms, struct cw_err *err) {
  struct worker *w = worker_of(b);
  w->wait_ms = wait_ms;
  return ask(w, ASK_THROTTLE, err);
}

int cw_crew_connect(struct cw_bf *b, struct cw_err *err) {
  return ask(worker_of(b), ASK_CONNECT, err);
}

void cw_crew_note(struct cw_bf *b, bool warning, const char *text) {
  struct note note = {warning, xstrdup(text)};
  pthread_mutex_lock(&b->crew->mutex);
  vec_push(&b->crew->notes, note);
  pthread_cond_signal(&b->crew->wake);
  pthread_mutex_unlock(&b->crew->mutex);
}

bool cw_crew_waits(struct cw_bf *b, const char **why) {
  struct cw_crew *crew = b->crew;
  pthread_mutex_lock(&crew->mutex);
  bool waits = crew->waits != NULL;
  *why = waits ? "the crew waits" : NULL;
  char *settings = crew->settings ? xstrdup(crew->settings) : NULL;
  pthread_mutex_unlock(&crew->mutex);
  cw_bf_obey_settings(b, settings);
  free(settings);
  return waits;
}

bool cw_crew_stops(const struct cw_bf *b) {
  if (!b->crew) return false;
  pthread_mutex_lock(&b->crew->mutex);
  bool stopping = b->crew->stopping;
  pthread_mutex_unlock(&b->crew->mutex);
  return stopping;
}

/* --- a worker's thread ----------------------------------------------------------------------------- */

static int walk(struct cw_bf *b, struct cw_err *err) {
  bool lost = false;
  while (!b->range.done && !lost && !cw_bf_stopped(b)) {
    if (cw_bf_between(b, err)) return -1;
    if (!cw_bf_stopped(b) && cw_bf_batch(b, &lost, err)) return -1;
  }
  return 0;
}

static int work(struct cw_bf *b, struct cw_err *err) {
  bool got;
  while (!cw_bf_stopped(b)) {
    if (cw_bf_claim(b, &got, err)) return -1;
    if (!got && (b->others.open == 0 || b->over)) return 0;
    if (got && walk(b, err)) return -1;
    if (!got) cw_clock_sleep(IDLE_MS, b->x->o.stop);
  }
  return 0;
}

static void *run(void *arg) {
  struct worker *w = arg;
  struct cw_crew *crew = w->crew;
  int failed = work(&w->b, &w->err);
  while (failed && cw_bf_revive(&w->b, &w->err)) failed = work(&w->b, &w->err);
  cw_bf_release_range(&w->b);
  pthread_mutex_lock(&crew->mutex);
  w->ended = true;
  if (failed) crew->stopping = true;
  crew->live--;
  pthread_cond_signal(&crew->wake);
  pthread_mutex_unlock(&crew->mutex);
  return NULL;
}

/* --- the leader ------------------------------------------------------------------------------------ */

static int connect(struct cw_crew *crew, struct worker *w, struct cw_err *err) {
  const struct cw_exec_events *events = &crew->leader->x->o.events;
  struct cw_conn *conn = NULL;
  if (!events->connect)
    return cw_fail(err, CW_ERR_INTERNAL, "workers can't connect from here");
  if (events->connect(events->ctx, &conn, err)) return -1;
  cw_conn_free(w->b.conn);
  w->b.conn = conn;
  return cw_bf_bound_waits(&w->b, true, err);
}

static int serve_one(struct cw_crew *crew, struct worker *w) {
  switch (w->asks) {
  case ASK_SCRIPT:
    return cw_bf_call_script(&w->b, w->b.conn, w->rows, w->read, w->bytes, w->answer);
  case ASK_THROTTLE: return cw_bf_ask_throttle(&w->b, w->wait_ms, w->answer);
  case ASK_CONNECT: return connect(crew, w, w->answer);
  case ASK_NOTHING: break;
  }
  return 0;
}

/* With the mutex held, which is let go of while the script works. */
static bool serve(struct cw_crew *crew) {
  bool served = false;
  for (size_t i = 0; i < crew->n; i++) {
    struct worker *w = &crew->workers[i];
    if (w->asks == ASK_NOTHING) continue;
    pthread_mutex_unlock(&crew->mutex);
    int failed = serve_one(crew, w);
    pthread_mutex_lock(&crew->mutex);
    w->failed = failed;
    w->asks = ASK_NOTHING;
    pthread_cond_signal(&w->answered);
    served = true;
  }
  return served;
}

static void tell_notes(struct cw_crew *crew) {
  while (crew->notes.len) {
    struct note note = crew->notes.items[0];
    memmove(crew->notes.items, crew->notes.items + 1, --crew->notes.len * sizeof note);
    pthread_mutex_unlock(&crew->mutex);
    cw_exec_note(crew->leader->x, note.warning, "%s", note.text);
    free(note.text);
    pthread_mutex_lock(&crew->mutex);
  }
}

/* Orders and health, once a second; without the mutex. */
static int look(struct cw_crew *crew, char **told, struct cw_err *err) {
  struct cw_bf *b = crew->leader;
  const char *waits = NULL;
  if (cw_bf_look(b, &waits, err)) return -1;
  pthread_mutex_lock(&crew->mutex);
  free(crew->waits);
  crew->waits = waits ? xstrdup(waits) : NULL;
  free(crew->settings);
  crew->settings = b->settings ? xstrdup(b->settings) : NULL;
  pthread_mutex_unlock(&crew->mutex);
  cw_bf_progress(b, waits, waits != NULL);
  bool same = *told && waits ? strcmp(*told, waits) == 0 : *told == waits;
  if (same) return 0;
  if (waits) cw_bf_tell_wait(b, waits);
  free(*told);
  *told = waits ? xstrdup(waits) : NULL;
  return cw_bf_set_state(b, waits && strcmp(waits, "paused") == 0 ? "paused" : "running", waits, NULL,
                         err);
}

static void nap(struct cw_crew *crew) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += LEADER_MS * 1000000L;
  if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
  pthread_cond_timedwait(&crew->wake, &crew->mutex, &until);
}

/* A second signal cancels what is under way. */
static void cancel(struct cw_crew *crew) {
  for (size_t i = 0; i < crew->n; i++)
    if (!crew->workers[i].ended && crew->workers[i].asks == ASK_NOTHING)
      cw_conn_cancel(crew->workers[i].b.conn);
}

static int lead(struct cw_crew *crew, struct cw_err *err) {
  const volatile int *stop = crew->leader->x->o.stop;
  int failed = 0;
  bool cancelled = false;
  char *told = NULL;
  pthread_mutex_lock(&crew->mutex);
  while (crew->live > 0) {
    bool served = serve(crew);
    tell_notes(crew);
    if (stop && *stop > 1 && !cancelled) {
      cancelled = true;
      cancel(crew);
    }
    bool due = cw_clock_ms() - crew->leader->polled_ms >= LOOK_MS;
    if (due && !failed && !crew->stopping) {
      pthread_mutex_unlock(&crew->mutex);
      failed = look(crew, &told, err);
      if (failed && cw_bf_revive(crew->leader, err)) failed = 0;
      pthread_mutex_lock(&crew->mutex);
      if (failed) crew->stopping = true;
    } else if (!served && crew->live > 0) {
      nap(crew);
    }
  }
  tell_notes(crew);
  pthread_mutex_unlock(&crew->mutex);
  free(told);
  return failed;
}

/* --- the crew's life ------------------------------------------------------------------------------- */

static void init_worker(struct cw_crew *crew, struct worker *w, size_t i) {
  struct cw_bf *leader = crew->leader;
  pthread_cond_init(&w->answered, NULL);
  w->crew = crew;
  w->err = (struct cw_err)CW_ERR_INIT;
  w->b = *leader;
  w->b.conn = NULL;
  w->b.crew = crew;
  w->b.watchful = true;
  w->b.writers = (struct cw_writers){0};
  w->b.range = (struct cw_bf_range){.done = true};
  w->b.settings = NULL;
  w->b.lag = NULL;
  snprintf(w->b.holder, sizeof w->b.holder, "%s-%zu", leader->x->o.journal->run, i + 1);
}

static int start(struct cw_crew *crew, struct worker *w, struct cw_err *err) {
  if (connect(crew, w, err)) return -1;
  pthread_mutex_lock(&crew->mutex);
  crew->live++;
  pthread_mutex_unlock(&crew->mutex);
  /* Signals are for the thread that runs the script. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&w->thread, NULL, run, w);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  w->runs = !failed;
  if (!failed) return 0;
  pthread_mutex_lock(&crew->mutex);
  crew->live--;
  pthread_mutex_unlock(&crew->mutex);
  return cw_fail(err, CW_ERR_INTERNAL, "no thread for a worker: %s", strerror(failed));
}

static void release_worker(struct worker *w) {
  w->crew->leader->own_rows += w->b.own_rows;
  w->crew->leader->own_batches += w->b.own_batches;
  cw_conn_free(w->b.conn);
  cw_writers_release(&w->b.writers);
  cw_rows_release(&w->b.range.at);
  cw_rows_release(&w->b.range.end);
  free(w->b.settings);
  cw_err_release(&w->err);
  pthread_cond_destroy(&w->answered);
}

/* The first worker's own reason counts, not that of those which stopped because of it. */
static int first_failure(struct cw_crew *crew, int failed, struct cw_err *err) {
  for (size_t i = 0; i < crew->n && !failed; i++) {
    if (crew->workers[i].err.code == CW_OK) continue;
    cw_err_move(err, &crew->workers[i].err);
    failed = -1;
  }
  return failed;
}

int cw_crew_work(struct cw_bf *b, struct cw_err *err) {
  struct cw_crew crew = {.leader = b,
                         .n = (size_t)b->tuning.workers,
                         .mutex = PTHREAD_MUTEX_INITIALIZER,
                         .wake = PTHREAD_COND_INITIALIZER};
  crew.workers = xcalloc(crew.n, sizeof *crew.workers);
  b->range.no = 0;
  b->range.done = true;
  int failed = 0;
  for (size_t i = 0; i < crew.n; i++) init_worker(&crew, &crew.workers[i], i);
  for (size_t i = 0; i < crew.n && !failed; i++) failed = start(&crew, &crew.workers[i], err);
  if (failed) {
    pthread_mutex_lock(&crew.mutex);
    crew.stopping = true;
    pthread_mutex_unlock(&crew.mutex);
  }
  struct cw_err ignored = CW_ERR_INIT;
  int led = lead(&crew, failed ? &ignored : err);
  cw_err_release(&ignored);
  for (size_t i = 0; i < crew.n; i++)
    if (crew.workers[i].runs) pthread_join(crew.workers[i].thread, NULL);
  failed = first_failure(&crew, failed || led ? -1 : 0, err);
  if (!failed) failed = cw_exec_stopped(b->x, err);
  for (size_t i = 0; i < crew.n; i++) release_worker(&crew.workers[i]);
  free(crew.workers);
  free(crew.waits);
  free(crew.settings);
  for (size_t i = 0; i < crew.notes.len; i++) free(crew.notes.items[i].text);
  vec_release(&crew.notes);
  pthread_mutex_destroy(&crew.mutex);
  pthread_cond_destroy(&crew.wake);
  return failed;
}
