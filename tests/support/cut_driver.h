/* A connection that is cut: it passes statements on to a real one until the chosen statement, and is
 * lost before or after that. What was open is rolled back, as a server does. It can also hide
 * capabilities, so that SQLite behaves like a server whose DDL commits by itself. */
#ifndef TESTS_SUPPORT_CUT_DRIVER_H
#define TESTS_SUPPORT_CUT_DRIVER_H

#include "db/db.h"

struct cut_plan {
  unsigned hide;     /* capabilities taken away */
  int64_t at;        /* the statement that is cut, 1-based; 0: none */
  bool after;        /* after the statement has run instead of before */
  int64_t seen;      /* statements so far */
  char last[200];    /* the one that was cut */
};

/* Wraps `inner`, which is closed with the new connection. The plan outlives it. */
struct cw_conn *cut_open(struct cw_conn *inner, struct cut_plan *plan);

#endif
