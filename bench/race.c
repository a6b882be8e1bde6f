/* Compares commands by time: runs them round-robin, so that a busy moment hits all of them alike, and
 * prints the median, the fastest and slowest run, the memory and the ratio to the first command.
 *
 *   bench_race ROUNDS LABEL COMMAND [ARGUMENT...] [-- LABEL COMMAND [ARGUMENT...]]...
 *
 * Standard output of the commands is discarded; one that fails ends the race. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUNNERS = 16 };

struct runner {
  const char *label;
  char **argv;   /* NULL-terminated */
  double *times; /* milliseconds, one a round */
  long rss;      /* kilobytes, the largest of all rounds */
};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Runs the command once; returns 0 and its time, or -1 after saying why. */
static int run(struct runner *r, double *ms) {
  struct rusage usage;
  int status;
  double start = now_ms();
  pid_t child = fork();

  if (child < 0) {
    perror("fork");
    return -1;
  }
  if (child == 0) {
    int null = open("/dev/null", O_WRONLY);
    if (null >= 0)
      dup2(null, STDOUT_FILENO);
    execvp(r->argv[0], r->argv);
    perror(r->argv[0]);
    _exit(127);
  }
  if (wait4(child, &status, 0, &usage) < 0) {
    perror("wait4");
    return -1;
  }
  *ms = now_ms() - start;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "bench_race: '%s' failed (status %d)\n", r->label, status);
    return -1;
  }
  if (usage.ru_maxrss > r->rss)
    r->rss = usage.ru_maxrss;
  return 0;
}

static double median(const double *sorted, int n) {
  return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static void print(const struct runner *runners, int n, int rounds) {
  double first = median(runners[0].times, rounds);

  printf("%-12s %10s %10s %10s %10s %7s\n", "", "median ms", "fastest", "slowest", "memory MB",
         "ratio");
  for (int i = 0; i < n; i++) {
    const struct runner *r = &runners[i];
    double m = median(r->times, rounds);
    printf("%-12s %10.1f %10.1f %10.1f %10.1f %7.2f\n", r->label, m, r->times[0],
           r->times[rounds - 1], (double)r->rss / 1024, m / first);
  }
}

int main(int argc, char **argv) {
  struct runner runners[MAX_RUNNERS];
  int n = 0, rounds = argc > 1 ? atoi(argv[1]) : 0, i = 2;

  while (i + 1 < argc && n < MAX_RUNNERS) {
    runners[n] = (struct runner){argv[i], &argv[i + 1], NULL, 0};
    n++;
    while (i < argc && strcmp(argv[i], "--") != 0)
      i++;
    if (i < argc)
      argv[i++] = NULL;
  }
  if (rounds < 1 || n == 0 || i < argc) {
    fprintf(stderr, "usage: bench_race ROUNDS LABEL COMMAND [ARGUMENT...] [-- LABEL COMMAND...]\n");
    return 2;
  }
  for (int k = 0; k < n; k++) {
    runners[k].times = calloc((size_t)rounds, sizeof *runners[k].times);
    if (!runners[k].times)
      abort();
  }

  /* One round that is not counted: files get into the page cache. */
  for (int round = -1; round < rounds; round++) {
    for (int k = 0; k < n; k++) {
      double ms;
      if (run(&runners[k], &ms))
        return 1;
      if (round >= 0)
        runners[k].times[round] = ms;
    }
  }
  for (int k = 0; k < n; k++)
    qsort(runners[k].times, (size_t)rounds, sizeof *runners[k].times, by_value);
  print(runners, n, rounds);
  for (int k = 0; k < n; k++)
    free(runners[k].times);
  return 0;
}
