/* Who blocks us: while a statement runs long, a thread with a connection of its own asks the server
 * which session it waits for. The connection is opened only when that happens, and only reads. */
#ifndef CW_TXN_BLOCKER_H
#define CW_TXN_BLOCKER_H

#include "db/db.h"

struct cw_blocker;

struct cw_blocker_opts {
  const char *dialect; /* static */
  int64_t session;     /* the working connection's id on the server */
  /* Opens the thread's connection; called in that thread. */
  int (*second)(void *ctx, struct cw_conn **out, struct cw_err *err);
  /* May be NULL: told, from that thread, whom a statement waits for that was begun with `tell`. The working
   * thread can't get past the statement's end meanwhile. */
  void (*waits)(void *ctx, const char *text);
  void *ctx;
};

/* NULL where nothing can be asked. */
struct cw_blocker *cw_blocker_start(const struct cw_blocker_opts *opts);
void cw_blocker_stop(struct cw_blocker *blocker); /* NULL is fine */

/* A statement begins, or has ended. `tell`: it waits as long as it takes, so people are told for whom. */
void cw_blocker_statement(struct cw_blocker *blocker, bool runs, bool tell);
/* Whom the last statement that ran long was waiting for: "pid 4711 (psql, ann), in a transaction for
 * 12 s, last statement: UPDATE ..."; NULL: nobody was seen. The caller frees. */
char *cw_blocker_text(struct cw_blocker *blocker);

#endif
