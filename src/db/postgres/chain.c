/* Statements of curlew's own, and what waits in front of another one: all of it in one pipeline, that is
 * one round trip. An error ends a pipeline: what comes behind it is skipped by the server, a COMMIT too.
 * Own statements are parsed once for the connection's life; their values go as text. */
#include <inttypes.h>
#include <string.h>

#include "db/postgres/pg.h"
#include "db/text.h"

/* --- statements that are parsed already ------------------------------------------------------------ */

static struct cw_pg_own *lookup(struct cw_pg_conn *c, const char *sql, size_t len) {
  for (size_t i = 0; i < c->own.len; i++)
    if (c->own.items[i].len == len && memcmp(c->own.items[i].sql, sql, len) == 0)
      return &c->own.items[i];
  return NULL;
}

static struct cw_pg_own *add(struct cw_pg_conn *c, const char *sql, size_t len) {
  struct cw_pg_own own = {.sql = xstrndup(sql, len), .len = len};
  snprintf(own.name, sizeof own.name, "curlew_o%u", ++c->serial);
  vec_push(&c->own, own);
  return &c->own.items[c->own.len - 1];
}

void cw_pg_own_forget(struct cw_pg_conn *c) {
  for (size_t i = 0; i < c->own.len; i++) free(c->own.items[i].sql);
  vec_release(&c->own);
}

/* --- sending ------------------------------------------------------------------------------------- */

/* A link of the chain, as it is on the wire. */
struct link {
  char *sql;      /* its own when wrapped */
  bool wrapped;
  char *prepared; /* name of the statement that is parsed with it, or NULL */
};

/* "exactly one row" as something that fails: a division by zero where it isn't so (of a number: NULL by
 * zero is NULL). */
static char *wrap(const struct cw_pg_conn *c, const struct cw_waiting *w) {
  bool reads = cw_sql_kind(w->sql, w->len, c->base.flavor) == CW_SQL_READ;
  return xasprintf("WITH w(n) AS (%s%s) SELECT coalesce(max(n), 1) / (count(*) = 1)::int FROM w", w->sql,
                   reads ? "" : " RETURNING 1");
}

/* The values as text; NULL stays NULL. Ends with a NULL. */
static char **texts_of(const struct cw_value *values, size_t n) {
  char **texts = xcalloc(n + 1, sizeof *texts);
  for (size_t i = 0; i < n; i++) texts[i] = cw_value_text(&values[i]);
  return texts;
}

static void free_texts(char **texts, size_t n) {
  for (size_t i = 0; i < n; i++) free(texts[i]);
  free(texts);
}

static int send_own(struct cw_pg_conn *c, struct link *link, const struct cw_value *params,
                    size_t nparams) {
  const struct cw_pq *pq = c->pq;
  char **texts = texts_of(params, nparams);
  const char *const *values = (const char *const *)texts;
  size_t len = strlen(link->sql);
  struct cw_pg_own *own = c->pooled || nparams == 0 ? NULL : lookup(c, link->sql, len);
  int sent = 1;
  if (!own && nparams > 0 && !c->pooled) {
    own = add(c, link->sql, len);
    link->prepared = own->name;
    sent = pq->PQsendPrepare(c->pg, own->name, link->sql, (int)nparams, NULL);
  }
  if (sent && own)
    sent = pq->PQsendQueryPrepared(c->pg, own->name, (int)nparams, values, NULL, NULL, 0);
  else if (sent)
    sent = pq->PQsendQueryParams(c->pg, link->sql, (int)nparams, NULL, values, NULL, NULL, 0);
  free_texts(texts, nparams);
  return sent;
}

/* --- answers ------------------------------------------------------------------------------------- */

static void take_number(struct cw_pg_conn *c, const PGresult *res, int64_t *number) {
  if (!number || c->pq->PQntuples(res) < 1 || c->pq->PQnfields(res) < 1) return;
  const char *text = c->pq->PQgetvalue(res, 0, 0);
  int64_t n;
  if (cw_int_parse(text, strlen(text), &n)) *number = n;
}

static int read_waiting(struct cw_pg_conn *c, const struct link *link, const struct cw_waiting *w,
                        struct cw_err *err) {
  PGresult *res = NULL;
  struct cw_err failure = CW_ERR_INIT;
  if (link->prepared && cw_pg_pipeline_read(c, NULL, err)) return -1;
  if (cw_pg_pipeline_read(c, &res, &failure)) {
    bool other = link->wrapped && strcmp(failure.sqlstate, "22012") == 0;
    if (other)
      cw_waiting_fail(w, err);
    else if (err)
      cw_err_move(err, &failure);
    cw_err_release(&failure);
    return -1;
  }
  take_number(c, res, w->number);
  c->pq->PQclear(res);
  return 0;
}

/* --- the whole ----------------------------------------------------------------------------------- */

/* Whether a query can be a link; else it is run behind the chain. */
static bool can_join(const struct cw_query *query) {
  char verb[CW_VERB_MAX];
  if (query->flags & CW_QUERY_OWN) return true;
  if (query->nparams || (query->flags & CW_QUERY_STREAM)) return false;
  cw_sql_verb(query->sql, query->len, verb, NULL);
  return strcmp(verb, "COPY") != 0 && !cw_pg_is_several(query->sql, query->len);
}

static int run(struct cw_pg_conn *c, const struct cw_waiting *waiting, size_t n, struct link *links,
               const struct cw_query *last, PGresult **res, size_t *failed, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  int sent = 1, rc = 0;
  if (!pq->PQenterPipelineMode(c->pg)) return cw_pg_fail(c, NULL, err);
  for (size_t i = 0; i < n && sent; i++) {
    links[i].wrapped = waiting[i].one;
    links[i].sql = waiting[i].one ? wrap(c, &waiting[i]) : xstrdup(waiting[i].sql);
    sent = send_own(c, &links[i], waiting[i].params, waiting[i].nparams);
  }
  if (last && sent) {
    links[n].sql = xstrdup(last->sql);
    sent = send_own(c, &links[n], last->params, last->nparams);
  }
  if (!sent || !pq->PQpipelineSync(c->pg)) {
    cw_pg_fail(c, NULL, err);
    cw_pg_pipeline_end(c, false, NULL);
    return -1;
  }
  for (size_t i = 0; i < n && rc == 0; i++)
    if ((rc = read_waiting(c, &links[i], &waiting[i], err))) *failed = i;
  if (last && rc == 0 && links[n].prepared) rc = cw_pg_pipeline_read(c, NULL, err);
  if (last && rc == 0) rc = cw_pg_pipeline_read(c, res, err);
  if (cw_pg_pipeline_end(c, true, rc ? NULL : err)) {
    if (rc == 0) pq->PQclear(*res);
    rc = -1;
  }
  return rc;
}

int cw_pg_chain(struct cw_conn *conn, const struct cw_waiting *waiting, size_t n,
                const struct cw_query *query, struct cw_result **out, size_t *failed,
                struct cw_err *err) {
  struct cw_pg_conn *c = cw_pg(conn);
  if (conn->lost) return cw_pg_fail_lost(c, err);
  const struct cw_query *last = query && can_join(query) ? query : NULL;
  struct link *links = xcalloc(n + 1, sizeof *links);
  PGresult *res = NULL;
  bool was_in_txn = cw_pg_in_txn(conn);
  cw_pg_busy(c);
  int rc = run(c, waiting, n, links, last, &res, failed, err);
  cw_pg_idle(c);
  for (size_t i = 0; i <= n; i++) free(links[i].sql);
  free(links);
  if (rc) cw_pg_own_forget(c); /* not known which of them were parsed; their names are not used again */
  if (last) cw_pg_note(c, last, was_in_txn);
  if (rc == 0 && last) *out = &cw_pg_result_new(c, res)->base;
  if (rc == 0 && query && !last) rc = conn->driver->query(conn, query, out, err);
  return rc;
}
