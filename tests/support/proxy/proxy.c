/* Runs a command whose database connection goes through this program, and does one thing at one wire
 * message of it: no clock and no chance is involved, so that a failure can be had again.
 *
 *   fault_proxy --protocol postgresql|mysql --server HOST:PORT [OPTIONS] -- COMMAND [ARGUMENT...]
 *
 *   --at c:K | s:K  the K-th message of the client or the server on the first connection
 *   --match TEXT    only messages that contain the text are counted for --at
 *   --do cut        the message is lost, both ends see an orderly close; connecting again works
 *        rst        the message is lost, both ends see a reset, and so does whoever connects again
 *        answer     the message is passed on, and cut done at the server's next one
 *        kill       the message is lost and the command is killed with -9
 *        after      the message is passed on, then the command is killed at once
 *        stall      nothing passes any more; the command is killed, and the server's side stays open
 *                   for --hold milliseconds while this program has already ended
 *        late       the same, and the message that was held arrives at the end of that time
 *        run        --run's shell command is run to its end, then everything goes on
 *        while      the message is passed on and the command run at once, beside the server's work
 *   --run COMMAND   for `run` and `while`
 *   --hold MS       for `stall` and `late` (default 300)
 *   --timeout S     the command is killed after that long (default 60); reported as "timeout"
 *   --report FILE   one line: "acted=1 client=17 server=20 end=exit:0" (or end=signal:9, end=timeout)
 *   --log FILE      one line a message: "c 17 Q 35"
 *
 * The command finds the port to connect to in $FAULT_PROXY_PORT. Ends with 0 whatever became of the
 * command, 2 upon wrong usage, 3 when something failed here. */
#define _GNU_SOURCE // accept4, memmem
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

enum { CONNECTIONS = 64, TICK_MS = 5, STALL_MS = 30 };

enum action { NOTHING, CUT, RST, ANSWER, KILL, AFTER, STALL, LATE, RUN, WHILE };
static const char *const actions[] = {"none", "cut",   "rst",  "answer", "kill",
                                      "after", "stall", "late", "run", "while"};

struct pipe_end { /* what one side has sent and was not passed on yet */
  int fd;
  unsigned char *data;
  size_t len, cap;
};

struct connection {
  bool used, counted; /* counted: the first one */
  struct pipe_end client, server;
  struct frame_state frames;
};

struct proxy {
  /* options */
  enum protocol protocol;
  struct sockaddr_in server;
  bool at_client;
  long at;
  enum action action;
  const char *run, *report, *match;
  FILE *log;
  long hold_ms, timeout_s;
  /* state */
  int listener;
  pid_t child;
  int status;
  bool ended, acted, down, timed_out;
  long accepted, seen_client, seen_server, matched;
  struct connection connections[CONNECTIONS];
};

static _Noreturn void die(const char *what) {
  fprintf(stderr, "fault_proxy: %s: %s\n", what, strerror(errno));
  exit(3);
}

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- sockets ------------------------------------------------------------------------------------- */

static void close_end(struct pipe_end *end, bool reset) {
  if (end->fd < 0) return;
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  if (reset) setsockopt(end->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(end->fd);
  free(end->data);
  *end = (struct pipe_end){.fd = -1};
}

static void drop(struct connection *c, bool reset) {
  close_end(&c->client, reset);
  close_end(&c->server, reset);
  c->used = false;
}

static void drop_all(struct proxy *p, bool reset) {
  for (int i = 0; i < CONNECTIONS; i++)
    if (p->connections[i].used) drop(&p->connections[i], reset);
}

static bool pass_on(int fd, const unsigned char *data, size_t len) {
  while (len > 0) {
    ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    len -= (size_t)n;
  }
  return true;
}

static void listen_somewhere(struct proxy *p) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof any;
  p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (p->listener < 0 || bind(p->listener, (struct sockaddr *)&any, sizeof any) ||
      listen(p->listener, CONNECTIONS) || getsockname(p->listener, (struct sockaddr *)&any, &len))
    die("listening");
  char port[16];
  snprintf(port, sizeof port, "%d", ntohs(any.sin_port));
  setenv("FAULT_PROXY_PORT", port, 1);
}

static void accept_one(struct proxy *p) {
  struct connection *c = NULL;
  int one = 1, fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  for (int i = 0; i < CONNECTIONS && !c; i++)
    if (!p->connections[i].used) c = &p->connections[i];
  struct pipe_end client = {.fd = fd};
  int server = p->down || !c ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server >= 0 && connect(server, (struct sockaddr *)&p->server, sizeof p->server)) {
    close(server);
    server = -1;
  }
  if (server < 0) {
    close_end(&client, true);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  *c = (struct connection){
      .used = true, .counted = p->accepted++ == 0, .client = client, .server = {.fd = server}};
}

/* --- the command --------------------------------------------------------------------------------- */

static void start(struct proxy *p, char **command) {
  p->child = fork();
  if (p->child < 0) die("fork");
  if (p->child == 0) {
    execvp(command[0], command);
    die(command[0]);
  }
}

static void look_after(struct proxy *p, bool wait) {
  if (!p->ended && waitpid(p->child, &p->status, wait ? 0 : WNOHANG) == p->child) p->ended = true;
}

static void kill_child(struct proxy *p) {
  look_after(p, false);
  if (p->ended) return;
  kill(p->child, SIGKILL);
  look_after(p, true);
}

static void write_report(const struct proxy *p) {
  FILE *file = p->report ? fopen(p->report, "w") : stdout;
  if (!file) die(p->report);
  fprintf(file, "acted=%d client=%ld server=%ld end=", p->acted, p->seen_client, p->seen_server);
  if (p->timed_out)
    fputs("timeout\n", file);
  else if (WIFSIGNALED(p->status))
    fprintf(file, "signal:%d\n", WTERMSIG(p->status));
  else
    fprintf(file, "exit:%d\n", WEXITSTATUS(p->status));
  if (file != stdout) fclose(file);
}

/* --- the one thing ------------------------------------------------------------------------------- */

/* A process of its own keeps the server's side open, as a network does that has lost the client. */
static void haunt(const struct proxy *p, const struct connection *c, const unsigned char *held,
                  size_t len) {
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid > 0) return;
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  setsid();
  close(c->client.fd);
  close(p->listener);
  struct timespec pause = {.tv_sec = p->hold_ms / 1000, .tv_nsec = p->hold_ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
  if (p->action == LATE && p->at_client) {
    pass_on(c->server.fd, held, len);
    struct timespec moment = {.tv_nsec = 100 * 1000000};
    nanosleep(&moment, NULL);
  }
  _exit(0);
}

static void run_command(const struct proxy *p) {
  int status = system(p->run ? p->run : "true"); // NOLINT: the test's own command
  if (status != 0) fprintf(stderr, "fault_proxy: the command at the point ended with %d\n", status);
}

/* True: the message is to be passed on as if nothing had been. */
static bool act(struct proxy *p, struct connection *c, const unsigned char *message, size_t len) {
  p->acted = true;
  switch (p->action) {
    case NOTHING: return true;
    case RUN: run_command(p); return true;
    case WHILE: return true; /* serve() runs it once the message is on its way */
    case ANSWER:
      p->action = CUT;
      p->acted = false;
      p->at_client = false;
      p->at = 1;
      p->matched = 0;
      p->match = NULL;
      return true;
    case CUT: drop(c, false); return false;
    case RST:
      p->down = true;
      drop_all(p, true);
      return false;
    case AFTER: pass_on(p->at_client ? c->server.fd : c->client.fd, message, len); break;
    case STALL:
    case LATE: {
      struct timespec pause = {.tv_nsec = STALL_MS * 1000000};
      nanosleep(&pause, NULL);
      haunt(p, c, message, len);
      break;
    }
    case KILL: break;
  }
  kill_child(p);
  drop_all(p, false);
  return false;
}

static bool at_point(struct proxy *p, const struct connection *c, bool client,
                     const unsigned char *message, size_t len) {
  if (!c->counted) return false;
  *(client ? &p->seen_client : &p->seen_server) += 1;
  if (p->acted || client != p->at_client) return false;
  if (p->match && !memmem(message, len, p->match, strlen(p->match))) return false;
  return ++p->matched == p->at;
}

static void note(const struct proxy *p, const struct connection *c, bool client,
                 const unsigned char *message, size_t len) {
  if (!p->log || !c->counted) return;
  fprintf(p->log, "%c %ld %c %zu\n", client ? 'c' : 's', client ? p->seen_client : p->seen_server,
          frame_type(p->protocol, message, len), len);
  fflush(p->log);
}

/* --- passing on ---------------------------------------------------------------------------------- */

static bool fill(struct pipe_end *end) {
  if (end->cap - end->len < 65536) {
    end->cap = end->len + 262144;
    end->data = realloc(end->data, end->cap);
    if (!end->data) die("memory");
  }
  ssize_t n = recv(end->fd, end->data + end->len, end->cap - end->len, 0);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  end->len += (size_t)n;
  return true;
}

/* Everything that has come in whole; ends early when the connection is gone. */
static void serve(struct proxy *p, struct connection *c, bool client) {
  struct pipe_end *from = client ? &c->client : &c->server;
  bool open = fill(from);
  size_t done = 0, size;
  while ((size = frame_next(p->protocol, &c->frames, client, from->data + done,
                            from->len - done)) > 0) {
    bool here = at_point(p, c, client, from->data + done, size);
    note(p, c, client, from->data + done, size);
    if (here && !act(p, c, from->data + done, size)) return;
    if (!pass_on(client ? c->server.fd : c->client.fd, from->data + done, size)) open = false;
    if (here && p->action == WHILE) run_command(p);
    done += size;
  }
  memmove(from->data, from->data + done, from->len - done);
  from->len -= done;
  if (!open) drop(c, false);
}

static void loop(struct proxy *p) {
  long deadline = now_ms() + p->timeout_s * 1000;
  while (!p->ended) {
    struct pollfd fds[1 + 2 * CONNECTIONS];
    fds[0] = (struct pollfd){.fd = p->listener, .events = POLLIN};
    for (int i = 0; i < CONNECTIONS; i++) {
      const struct connection *c = &p->connections[i];
      fds[1 + 2 * i] = (struct pollfd){.fd = c->used ? c->client.fd : -1, .events = POLLIN};
      fds[2 + 2 * i] = (struct pollfd){.fd = c->used ? c->server.fd : -1, .events = POLLIN};
    }
    poll(fds, 1 + 2 * CONNECTIONS, TICK_MS);
    for (int i = 0; i < CONNECTIONS; i++) {
      struct connection *c = &p->connections[i];
      if (c->used && fds[1 + 2 * i].revents) serve(p, c, true);
      if (c->used && fds[2 + 2 * i].revents) serve(p, c, false);
    }
    if (fds[0].revents) accept_one(p);
    look_after(p, false);
    if (!p->ended && now_ms() > deadline) {
      p->timed_out = true;
      kill_child(p);
    }
  }
}

/* --- options ------------------------------------------------------------------------------------- */

static _Noreturn void usage(const char *what) {
  fprintf(stderr, "fault_proxy: %s; see the head of its source\n", what);
  exit(2);
}

static void set_server(struct proxy *p, char *value) {
  char *colon = strrchr(value, ':');
  if (!colon) usage("--server HOST:PORT");
  *colon = '\0';
  p->server = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons((unsigned short)atoi(colon + 1))};
  if (inet_pton(AF_INET, value, &p->server.sin_addr) != 1) usage("--server takes an address");
}

static void set_action(struct proxy *p, const char *value) {
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
    if (strcmp(value, actions[i]) == 0) {
      p->action = (enum action)i;
      return;
    }
  usage("unknown --do");
}

static void set_option(struct proxy *p, const char *name, char *value) {
  if (strcmp(name, "--protocol") == 0) {
    p->protocol = strcmp(value, "mysql") == 0 ? MYSQL : POSTGRESQL;
  } else if (strcmp(name, "--server") == 0) {
    set_server(p, value);
  } else if (strcmp(name, "--at") == 0) {
    if ((value[0] != 'c' && value[0] != 's') || value[1] != ':') usage("--at c:K or s:K");
    p->at_client = value[0] == 'c';
    p->at = atol(value + 2);
  } else if (strcmp(name, "--do") == 0) {
    set_action(p, value);
  } else if (strcmp(name, "--match") == 0) {
    p->match = value;
  } else if (strcmp(name, "--run") == 0) {
    p->run = value;
  } else if (strcmp(name, "--hold") == 0) {
    p->hold_ms = atol(value);
  } else if (strcmp(name, "--timeout") == 0) {
    p->timeout_s = atol(value);
  } else if (strcmp(name, "--report") == 0) {
    p->report = value;
  } else if (strcmp(name, "--log") == 0) {
    if (!(p->log = fopen(value, "we"))) die(value);
  } else {
    usage(name);
  }
}

int main(int argc, char **argv) {
  struct proxy p = {.hold_ms = 300, .timeout_s = 60};
  int i = 1;
  for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) set_option(&p, argv[i], argv[i + 1]);
  if (i + 1 >= argc || strcmp(argv[i], "--") != 0) usage("no command");
  if (p.server.sin_family == 0) usage("no --server");
  listen_somewhere(&p);
  start(&p, argv + i + 1);
  loop(&p);
  drop_all(&p, false);
  write_report(&p);
  return 0;
}
