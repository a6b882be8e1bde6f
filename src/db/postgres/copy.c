/* COPY ... FROM STDIN: the sets of a batch are pieces of the data. */
#include <string.h>

#include "db/postgres/pg.h"
#include "db/text.h"

enum { PIECE = 1 << 16 };

static int put(struct cw_pg_conn *c, const struct cw_query *query, size_t nsets) {
  for (size_t set = 0; set < nsets; set++) {
    const struct cw_value *value = &query->params[set];
    if (value->type != CW_TEXT && value->type != CW_BLOB) continue;
    for (size_t at = 0; at < value->s.len; at += PIECE) {
      size_t n = value->s.len - at < PIECE ? value->s.len - at : PIECE;
      if (c->pq->PQputCopyData(c->pg, value->s.p + at, (int)n) != 1) return -1;
    }
  }
  return c->pq->PQputCopyEnd(c->pg, NULL) == 1 ? 0 : -1;
}

/* The context says which line of the data was refused. */
static void name_line(struct cw_pg_conn *c, const PGresult *res, struct cw_err *err) {
  const char *context = c->pq->PQresultErrorField(res, PG_DIAG_CONTEXT);
  const char *line = context ? strstr(context, ", line ") : NULL;
  if (line) cw_err_prefix(err, "line %ld of the data: ", strtol(line + strlen(", line "), NULL, 10));
}

int cw_pg_copy(struct cw_pg_conn *c, const struct cw_query *query, size_t nsets, int64_t *affected,
               struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  PGresult *res;
  int rc = 0;
  if (!pq->PQsendQuery(c->pg, query->sql)) return cw_pg_fail(c, NULL, err);
  while ((res = pq->PQgetResult(c->pg))) {
    ExecStatusType status = pq->PQresultStatus(res);
    int64_t n;
    if (status == PGRES_COPY_IN) {
      put(c, query, nsets); /* a broken link shows in the next result */
    } else if (status == PGRES_COMMAND_OK) {
      const char *count = pq->PQcmdTuples(res);
      if (cw_int_parse(count, strlen(count), &n)) *affected += n;
    } else if (rc == 0) {
      rc = cw_pg_fail(c, res, err);
      name_line(c, res, err);
    }
    pq->PQclear(res);
    if (pq->PQstatus(c->pg) == CONNECTION_BAD) break;
  }
  if (rc == 0 && pq->PQstatus(c->pg) == CONNECTION_BAD) rc = cw_pg_fail_lost(c, err);
  return rc;
}
