/* The same for a database that is a file: loaded with LD_PRELOAD, it counts the calls that change files
 * whose path contains $FILE_FAULT_PATH, and does one thing at the one numbered $FILE_FAULT_AT:
 *
 *   FILE_FAULT_DO  kill     the process is killed with -9 before the call
 *                  torn     half of what was to be written is, then it is killed (kill elsewhere)
 *                  after    the process is killed after the call
 *                  error    this call fails with EIO
 *                  full     this one and all later ones that write fail with ENOSPC
 *                  run      $FILE_FAULT_RUN, a shell command, is run first
 *   FILE_FAULT_REPORT  a file that the number of calls is written to
 *
 * Counted are write, pwrite, ftruncate, fsync, fdatasync and unlink. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The real functions keep their types; the cast through a union is what ISO C allows for dlsym. */
#define REAL(name, type)                                                                           \
  static type real;                                                                                \
  if (!real) {                                                                                     \
    union {                                                                                        \
      void *object;                                                                                \
      type function;                                                                               \
    } found = {dlsym(RTLD_NEXT, name)};                                                            \
    real = found.function;                                                                         \
  }

static long calls;

static bool is_watched(const char *path) {
  const char *part = getenv("FILE_FAULT_PATH");
  return part && *part && strstr(path, part);
}

static bool is_watched_fd(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return false;
  path[n] = '\0';
  return is_watched(path);
}

static void report(void) {
  const char *path = getenv("FILE_FAULT_REPORT");
  char text[32];
  int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
  if (fd < 0) return;
  int n = snprintf(text, sizeof text, "%ld\n", calls);
  ssize_t ignored = write(fd, text, (size_t)n);
  (void)ignored;
  close(fd);
}

static bool does(const char *what) {
  const char *action = getenv("FILE_FAULT_DO");
  return action && strcmp(action, what) == 0;
}

static void end_here(void) { raise(SIGKILL); }

/* Counts a call. False: it is to fail, errno is set. *here: it is the one. */
static bool before(bool writes, bool *here) {
  const char *at = getenv("FILE_FAULT_AT");
  long wanted = at ? atol(at) : 0;
  calls++;
  report();
  *here = calls == wanted;
  if (*here && does("kill")) end_here();
  if (*here && does("run")) {
    const char *command = getenv("FILE_FAULT_RUN");
    char *own = command ? strdup(command) : NULL;
    unsetenv("LD_PRELOAD");
    if (own && system(own) != 0) fputs("file_fault: the command failed\n", stderr); // NOLINT
    free(own);
  }
  if (*here && does("error")) {
    errno = EIO;
    return false;
  }
  if (wanted && calls >= wanted && writes && does("full")) {
    errno = ENOSPC;
    return false;
  }
  return true;
}

static void after(bool here) {
  if (here && (does("after") || does("torn"))) end_here();
}

typedef ssize_t (*pwrite_function)(int, const void *, size_t, off64_t);
typedef ssize_t (*write_function)(int, const void *, size_t);
typedef int (*truncate_function)(int, off64_t);
typedef int (*sync_function)(int);
typedef int (*unlink_function)(const char *);

static ssize_t do_pwrite(pwrite_function real, int fd, const void *data, size_t len, off64_t at) {
  bool here;
  if (!is_watched_fd(fd)) return real(fd, data, len, at);
  if (!before(true, &here)) return -1;
  ssize_t n = real(fd, data, here && does("torn") ? len / 2 : len, at);
  after(here);
  return n;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at) {
  REAL("pwrite64", pwrite_function)
  return do_pwrite(real, fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) {
  REAL("pwrite64", pwrite_function)
  return do_pwrite(real, fd, data, len, at);
}

ssize_t write(int fd, const void *data, size_t len) {
  REAL("write", write_function)
  bool here;
  if (!is_watched_fd(fd)) return real(fd, data, len);
  if (!before(true, &here)) return -1;
  ssize_t n = real(fd, data, here && does("torn") ? len / 2 : len);
  after(here);
  return n;
}

static int do_truncate(truncate_function real, int fd, off64_t size) {
  bool here;
  if (!is_watched_fd(fd)) return real(fd, size);
  if (!before(false, &here)) return -1;
  int failed = real(fd, size);
  after(here);
  return failed;
}

int ftruncate(int fd, off_t size) {
  REAL("ftruncate64", truncate_function)
  return do_truncate(real, fd, size);
}

int ftruncate64(int fd, off64_t size) {
  REAL("ftruncate64", truncate_function)
  return do_truncate(real, fd, size);
}

static int do_sync(sync_function real, int fd) {
  bool here;
  if (!is_watched_fd(fd)) return real(fd);
  if (!before(false, &here)) return -1;
  int failed = real(fd);
  after(here);
  return failed;
}

int fsync(int fd) {
  REAL("fsync", sync_function)
  return do_sync(real, fd);
}

int fdatasync(int fd) {
  REAL("fdatasync", sync_function)
  return do_sync(real, fd);
}

int unlink(const char *path) {
  REAL("unlink", unlink_function)
  bool here;
  if (!is_watched(path)) return real(path);
  if (!before(false, &here)) return -1;
  int failed = real(path);
  after(here);
  return failed;
}
