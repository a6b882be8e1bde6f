/* PostgreSQL's errors in the core's terms. The server always gives an SQLSTATE; what libpq reports
 * by itself (a broken link) has none. */
#include <string.h>

#include "db/postgres/pg.h"

/* A message of one line: libpq ends its own with a newline and may use several. */
static char *one_line(const char *text) {
  struct strbuf out = STRBUF_INIT;
  while (*text) {
    size_t n = strcspn(text, "\n");
    while (n > 0 && (*text == ' ' || *text == '\t')) text++, n--;
    if (n > 0) {
      strbuf_addsep(&out, "; ");
      strbuf_add(&out, text, n);
    }
    text += n;
    if (*text) text++;
  }
  return strbuf_detach(&out, NULL);
}

static int fail_lost(struct cw_pg_conn *c, const char *why, const char *state,
                     struct cw_err *err) {
  c->base.lost = true;
  char *text = one_line(why);
  cw_fail(err, CW_ERR_CONNECTION_LOST, "the connection to PostgreSQL was lost: %s",
          *text ? text : "it was closed");
  if (err && state) snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state);
  free(text);
  return -1;
}

int cw_pg_fail_lost(struct cw_pg_conn *c, struct cw_err *err) {
  return fail_lost(c, c->pq->PQerrorMessage(c->pg), NULL, err);
}

static enum cw_errcode code_of(struct cw_pg_conn *c, const char *state) {
  if (strcmp(state, "55P03") == 0) return CW_ERR_LOCK_TIMEOUT;
  if (strcmp(state, "57014") != 0) return CW_ERR_STATEMENT;
  /* query_canceled is also what a statement_timeout gives: only our own request is an interrupt */
  pthread_mutex_lock(&c->mutex);
  bool cancelled = c->cancelled;
  c->cancelled = false;
  pthread_mutex_unlock(&c->mutex);
  return cancelled ? CW_ERR_INTERRUPTED : CW_ERR_STATEMENT;
}

int cw_pg_fail(struct cw_pg_conn *c, const PGresult *res, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  const char *state = res ? pq->PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
  const char *text = res ? pq->PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
  if (!text) text = res ? pq->PQresultErrorMessage(res) : pq->PQerrorMessage(c->pg);
  const char *severity = res ? pq->PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED) : NULL;
  bool fatal = severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
  if (fatal || pq->PQstatus(c->pg) == CONNECTION_BAD) return fail_lost(c, text, state, err);
  if (!state) {
    char *line = one_line(text);
    cw_fail(err, CW_ERR_STATEMENT, "%s",
            *line ? line : "PostgreSQL's client library gave no reason");
    free(line);
    return -1;
  }

  cw_fail(err, code_of(c, state), "%s", text);
  if (!err) return -1;
  snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state);
  const char *hint = pq->PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
  const char *detail = pq->PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
  const char *context = pq->PQresultErrorField(res, PG_DIAG_CONTEXT);
  if (hint) cw_hint(err, "%s", hint);
  if (detail || context)
    err->detail = xasprintf("%s%s%s", detail ? detail : "", detail && context ? "\n" : "",
                            context ? context : "");
  return -1;
}
