/* The tracing connection: passes everything on to another one and writes each statement, how long it
 * took and what came of it to a stream. Values of parameters are never written. */
#ifndef CW_DB_TRACE_TRACE_H
#define CW_DB_TRACE_TRACE_H

#include <stdio.h>

#include "db/db.h"

/* Takes over `inner`, which is closed with the new connection; the stream stays the caller's. Can't
 * fail. Lines read "[db]    0.4 ms  INSERT INTO t (a) VALUES (?)  -> 1 row". */
void cw_trace_open(struct cw_conn **out, struct cw_conn *inner, FILE *stream);

#endif
