/* One statement for many parameter sets, in pipeline mode: a chunk of sets is sent without waiting
 * for answers. Reading and writing alternate, so that neither side's full buffer stops both.
 * Outside a transaction a chunk is one transaction. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "db/postgres/pg.h"
#include "db/text.h"

enum { CHUNK_SETS = 1000, CHUNK_BYTES = 4 << 20, PUMP_BYTES = 1 << 16 };

/* Writes all that is queued, taking in what the server answers meanwhile. */
static int pump(struct cw_pg_conn *c, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  int left;
  while ((left = pq->PQflush(c->pg)) == 1) {
    struct pollfd fd = {.fd = pq->PQsocket(c->pg), .events = POLLIN | POLLOUT};
    if (poll(&fd, 1, -1) < 0 && errno != EINTR) break;
    if ((fd.revents & (POLLIN | POLLHUP | POLLERR)) && !pq->PQconsumeInput(c->pg)) break;
  }
  return left == 0 ? 0 : cw_pg_fail(c, NULL, err);
}

/* Queues the sets of one chunk from `first`; *sent counts them. */
static int send_chunk(struct cw_pg_conn *c, struct cw_pg_stmt *s, const struct cw_query *query,
                      size_t first, size_t nsets, size_t *sent, struct cw_err *err) {
  struct cw_pg_args args = CW_PG_ARGS_INIT;
  size_t total = 0, queued = 0;
  int rc = 0;
  while (rc == 0 && first + *sent < nsets && *sent < CHUNK_SETS && total < CHUNK_BYTES) {
    rc = cw_pg_args_fill(&args, s, query->params + (first + *sent) * query->nparams, err);
    if (rc == 0 &&
        !c->pq->PQsendQueryPrepared(c->pg, s->name, (int)s->nparams, args.values, args.lengths,
                                    args.formats, 0))
      rc = cw_pg_fail(c, NULL, err);
    if (rc) break;
    ++*sent;
    for (size_t i = 0; i < s->nparams; i++) queued += 16 + (size_t)args.lengths[i];
    if (queued >= PUMP_BYTES) {
      rc = pump(c, err);
      total += queued;
      queued = 0;
    }
  }
  cw_pg_args_release(&args);
  return rc;
}

/* Reads the answers of the sets that were sent; *failed is the index of the first that failed. */
static int read_chunk(struct cw_pg_conn *c, size_t sent, int64_t *affected, size_t *failed,
                      struct cw_err *err) {
  for (size_t i = 0; i < sent; i++) {
    PGresult *res = NULL;
    *failed = i;
    if (cw_pg_pipeline_read(c, &res, err)) return -1;
    const char *count = c->pq->PQcmdTuples(res);
    int64_t n;
    if (strncmp(c->pq->PQcmdStatus(res), "SELECT", 6) != 0 &&
        cw_int_parse(count, strlen(count), &n))
      *affected += n;
    c->pq->PQclear(res);
  }
  return 0;
}

static int run_chunk(struct cw_pg_conn *c, const struct cw_query *query,
                     const struct cw_value *typical, size_t first, size_t nsets, size_t *sent,
                     int64_t *affected, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  struct cw_pg_stmt *s;
  size_t failed = 0;
  *sent = 0;
  if (cw_pg_prepare(c, query->sql, query->len, typical, query->nparams, true, &s, err)) return -1;
  bool named = s->name[0] != '\0';
  if (named && !pq->PQenterPipelineMode(c->pg)) return cw_pg_fail(c, NULL, err);
  pq->PQsetnonblocking(c->pg, 1);
  int rc = send_chunk(c, s, query, first, nsets, sent, err);
  /* a set that could not be converted was not sent; those before it are, as a loop would have done
   */
  if (rc) cw_err_prefix(err, "parameter set %zu of %zu: ", first + *sent + 1, nsets);
  if (s->savepoint)
    pq->PQsendQueryParams(c->pg, "RELEASE curlew_prepare", 0, NULL, NULL, NULL, NULL, 0);
  bool synced = !c->base.lost && pq->PQpipelineSync(c->pg) == 1;
  if (synced && pump(c, rc ? NULL : err) == 0) {
    struct cw_err *into = rc ? NULL : err;
    if (read_chunk(c, *sent, affected, &failed, into)) {
      if (rc == 0) cw_err_prefix(err, "parameter set %zu of %zu: ", first + failed + 1, nsets);
      rc = -1;
    }
  } else if (rc == 0) {
    rc = cw_pg_fail(c, NULL, err);
  }
  pq->PQsetnonblocking(c->pg, 0);
  if (cw_pg_pipeline_end(c, synced, rc ? NULL : err)) rc = -1;
  if (!named) cw_pg_forget_one(c, s);
  return rc;
}

/* What each parameter is over all sets, for finding types: its only class, text where they mix. */
static struct cw_value *typical_values(const struct cw_query *query, size_t nsets) {
  struct cw_value *typical = xcalloc(query->nparams ? query->nparams : 1, sizeof *typical);
  for (size_t set = 0; set < nsets; set++) {
    for (size_t i = 0; i < query->nparams; i++) {
      enum cw_type type = query->params[set * query->nparams + i].type;
      if (type == CW_NULL || type == typical[i].type) continue;
      typical[i].type = typical[i].type == CW_NULL ? type : CW_TEXT;
    }
  }
  return typical;
}

int cw_pg_batch(struct cw_conn *conn, const struct cw_query *query, size_t nsets, int64_t *affected,
                struct cw_err *err) {
  struct cw_pg_conn *c = cw_pg(conn);
  if (conn->lost) return cw_pg_fail_lost(c, err);
  char verb[CW_VERB_MAX];
  cw_sql_verb(query->sql, query->len, verb, NULL);
  bool copies = strcmp(verb, "COPY") == 0;
  struct cw_value *typical = copies ? NULL : typical_values(query, nsets);
  int rc = 0;
  *affected = 0;
  cw_pg_busy(c);
  if (copies) {
    rc = cw_pg_copy(c, query, nsets, affected, err);
    nsets = 0;
  }
  for (size_t first = 0, sent; rc == 0 && first < nsets; first += sent)
    rc = run_chunk(c, query, typical, first, nsets, &sent, affected, err);
  cw_pg_idle(c);
  free(typical);
  return rc;
}
