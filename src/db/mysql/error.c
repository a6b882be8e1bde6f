/* MariaDB's and MySQL's errors in the core's terms. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>
#include <time.h>

#include "db/mysql/my.h"

/* Numbers that the headers don't have, or not under one name. */
enum {
  MY_ER_LOCK_NOWAIT = 3572,
  MY_ER_CLIENT_INTERACTION_TIMEOUT = 4031,
  MY_ER_CONNECTION_KILLED = 1927
};

void cw_my_guard_begin(struct cw_my_guard *guard) {
  sigset_t pipe, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  guard->pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &guard->before);
}

/* Takes a SIGPIPE of our own making away; one that was there before stays. */
void cw_my_guard_end(struct cw_my_guard *guard) {
  static const struct timespec now = {0, 0};
  sigset_t pipe, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  if (!guard->pending && sigismember(&pending, SIGPIPE)) sigtimedwait(&pipe, NULL, &now);
  pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

static bool is_lost(unsigned number) {
  switch (number) {
  case CR_SERVER_GONE_ERROR:
  case CR_SERVER_LOST:
  case CR_SSL_CONNECTION_ERROR:
  case CR_MALFORMED_PACKET:
  case 2055: /* lost while reading or writing, the system's reason given */
  case ER_SERVER_SHUTDOWN:
  case ER_NORMAL_SHUTDOWN:
  case MY_ER_CONNECTION_KILLED:
  case MY_ER_CLIENT_INTERACTION_TIMEOUT:
    return true;
  default:
    return false;
  }
}

static enum cw_errcode code_of(struct cw_my_conn *c, unsigned number) {
  if (number == ER_LOCK_WAIT_TIMEOUT || number == MY_ER_LOCK_NOWAIT) return CW_ERR_LOCK_TIMEOUT;
  if (number != ER_QUERY_INTERRUPTED) return CW_ERR_STATEMENT;
  /* somebody else's KILL QUERY is a failure; ours is what was asked for */
  pthread_mutex_lock(&c->mutex);
  bool ours = c->killed;
  c->killed = false;
  pthread_mutex_unlock(&c->mutex);
  return ours ? CW_ERR_INTERRUPTED : CW_ERR_STATEMENT;
}

/* An error packet says nothing about the transaction, which a deadlock or the implicit commit of a
 * failed DDL has ended: the next answer does. */
static void refresh_status(struct cw_my_conn *c) {
  static const char sql[] = "DO 0";
  if (c->my->server_status & SERVER_STATUS_IN_TRANS)
    c->lib->mysql_real_query(c->my, sql, sizeof sql - 1);
}

static int fill(struct cw_my_conn *c, unsigned number, const char *state, const char *text,
                struct cw_err *err) {
  if (is_lost(number)) {
    c->base.lost = true;
    cw_fail(err, CW_ERR_CONNECTION_LOST, "the connection to the database server was lost: %s",
            text);
  } else {
    cw_fail(err, code_of(c, number), "%s", text);
  }
  if (err) {
    err->native = (int)number;
    if (strcmp(state, "00000") != 0) snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state);
    if (number == CR_NET_PACKET_TOO_LARGE || number == ER_NET_PACKET_TOO_LARGE)
      cw_hint(err, "raise max_allowed_packet on the server");
  }
  if (!c->base.lost) refresh_status(c);
  return -1;
}

int cw_my_fail(struct cw_my_conn *c, struct cw_err *err) {
  return fill(c, c->lib->mysql_errno(c->my), c->lib->mysql_sqlstate(c->my),
              c->lib->mysql_error(c->my), err);
}

int cw_my_fail_stmt(struct cw_my_conn *c, MYSQL_STMT *st, struct cw_err *err) {
  return fill(c, c->lib->mysql_stmt_errno(st), c->lib->mysql_stmt_sqlstate(st),
              c->lib->mysql_stmt_error(st), err);
}

int cw_my_fail_lost(struct cw_my_conn *c, struct cw_err *err) {
  (void)c;
  return cw_fail(err, CW_ERR_CONNECTION_LOST,
                 "the connection to the database server was lost earlier");
}

int cw_my_check_size(struct cw_my_conn *c, size_t bytes, struct cw_err *err) {
  if (!c->max_packet || bytes < c->max_packet) return 0;
  cw_fail(err, CW_ERR_STATEMENT,
          "the statement with its parameters has %zu bytes, but the server takes at most %zu",
          bytes, c->max_packet);
  return cw_hint(err, "raise max_allowed_packet on the server, or send smaller values");
}
