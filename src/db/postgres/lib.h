/* libpq, opened on first use: a run on another database doesn't pay for loading it. */
#ifndef CW_DB_POSTGRES_LIB_H
#define CW_DB_POSTGRES_LIB_H

#include <libpq-fe.h>

#include "util/err.h"

/* Every function that this driver calls; libpq 14 or newer has them all. */
#define CW_PQ_FUNCTIONS(X) \
  X(PQconnectStartParams) X(PQconnectPoll) X(PQconndefaults) X(PQconninfoFree) X(PQfinish) \
  X(PQstatus) X(PQsocket) X(PQhost) X(PQerrorMessage) X(PQparameterStatus) X(PQtransactionStatus) \
  X(PQbackendPID) X(PQsetErrorVerbosity) X(PQsetNoticeReceiver) X(PQgetCancel) X(PQfreeCancel) \
  X(PQcancel) X(PQsendQuery) X(PQsendQueryParams) X(PQsendPrepare) X(PQsendDescribePrepared) \
  X(PQsendQueryPrepared) X(PQgetResult) X(PQclear) X(PQresultStatus) X(PQresultErrorField) \
  X(PQresultErrorMessage) X(PQcmdTuples) X(PQcmdStatus) X(PQntuples) X(PQnfields) X(PQfname) \
  X(PQftype) X(PQgetvalue) X(PQgetlength) X(PQgetisnull) X(PQnparams) X(PQparamtype) \
  X(PQresultMemorySize) X(PQputCopyData) X(PQputCopyEnd) X(PQgetCopyData) X(PQfreemem) X(PQunescapeBytea) \
  X(PQenterPipelineMode) X(PQexitPipelineMode) X(PQpipelineSync) X(PQsendFlushRequest) \
  X(PQsetnonblocking) X(PQflush) X(PQconsumeInput)

struct cw_pq {
#define X(name) __typeof__(&name) name;
  CW_PQ_FUNCTIONS(X)
#undef X
};

/* The table, loaded once per process and constant from then on. NULL with CW_ERR_NO_DRIVER when the
 * library is missing or too old. */
const struct cw_pq *cw_pq_load(struct cw_err *err);

#endif
