/* What a run tells while it goes on. The core fills events; the command line prints them (a line of
 * text, a JSON object, a progress line). Strings are borrowed for the call. */
#ifndef CW_RUN_REPORT_H
#define CW_RUN_REPORT_H

#include <stdint.h>

#include "graph/plan.h"
#include "util/err.h"

struct cw_backfill_progress; /* op/exec_run.h */

enum cw_event_kind {
  CW_EVENT_START,       /* moves is known */
  CW_EVENT_MOVE_START,
  CW_EVENT_STEP,        /* a step is done (or skipped) */
  CW_EVENT_PROGRESS,    /* long work: text, done, total */
  CW_EVENT_MOVE_END,
  CW_EVENT_NOTE,        /* waiting for the lock, a retry, a resumed run: text for people */
  CW_EVENT_WARNING,
  CW_EVENT_ERROR,
  CW_EVENT_END
};

struct cw_event {
  enum cw_event_kind kind;
  const char *command;   /* "upgrade", "downgrade", "stamp" */
  const char *database;  /* NULL with a single database */
  const struct cw_move *move;
  size_t number, moves;  /* this move is the number-th of moves */
  int step;
  const char *op, *text;
  bool skipped, resumed;
  int64_t duration_ms;
  int64_t done, total;   /* progress; total -1: unknown */
  const struct cw_backfill_progress *backfill; /* progress of one, or NULL */
  const char *rows;      /* END: the version rows, comma-separated */
  const struct cw_err *err;
};

struct cw_report {
  void (*event)(void *ctx, const struct cw_event *event); /* never NULL */
  void *ctx;
};

#endif
