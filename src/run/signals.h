/* Signals of a run: SIGINT, SIGTERM, SIGHUP count up in one flag (the one global of the program), and
 * a watcher thread cancels the running statement where the exec allows it. */
#ifndef CW_RUN_SIGNALS_H
#define CW_RUN_SIGNALS_H

#include "db/db.h"
#include "script.h"

extern volatile int cw_signals_seen; /* how many stop signals came */

/* Installs the handlers (SIGPIPE is ignored) and starts the watcher. Called by mutating commands. */
int cw_signals_start(struct cw_err *err);
void cw_signals_stop(void);
/* What a first signal may cancel now: the connection whose statement can be rolled back (NULL: none,
 * wait for the second signal, which cancels `second`), and the script to interrupt (NULL: none). */
void cw_signals_watch(struct cw_conn *first, struct cw_conn *second,
                      const struct cw_script_ops *ops, struct cw_script *script);

#endif
