/* Prepared statements: what they are for, and how parameter types are found.
 *
 * The server infers each parameter's type and describes it, so that bytes go to a bytea column as
 * bytes and a boolean to an integer column as 0 or 1. Two cases need more than that:
 * - Nothing to infer from (`:x IS NULL`, json_build_object('a', :x)): error 42P18. The parameter is
 *   then declared by its value's type. So are the arguments of what is ambiguous (42725), integers
 *   as bigint and, where that doesn't exist (date + :x), as integer.
 * - `SELECT :x`: the server falls back to text, and 5 would come back as '5'. When a parameter that
 *   is not text was resolved to text, declaring it by its value is tried first, and text kept when
 *   the server doesn't take that.
 * An error inside a transaction would abort it, so there preparing happens inside a savepoint; it
 * travels in the same round trip.
 *
 * Statements are kept under names, the least recently used dropped. Behind a pooler a name may meet
 * another server process, so there the unnamed statement is used, within one pipeline. */
#include <ctype.h>
#include <string.h>

#include "db/postgres/pg.h"

enum { CACHE = 64, RETRIES_BEYOND_PARAMS = 6 };
#define SAVEPOINT "curlew_prepare"

static void stmt_free(struct cw_pg_stmt *s) {
  if (!s) return;
  free(s->sql);
  free(s->types);
  free(s->declared);
  free(s->classes);
  free(s);
}

static struct cw_pg_stmt *stmt_new(const char *sql, size_t len, const struct cw_value *values,
                                   size_t n) {
  struct cw_pg_stmt *s = xcalloc(1, sizeof *s);
  s->sql = xstrndup(sql, len);
  s->len = len;
  s->nparams = n;
  s->types = xcalloc(n ? n : 1, sizeof *s->types);
  s->declared = xcalloc(n ? n : 1, sizeof *s->declared);
  s->classes = xcalloc(n ? n : 1, sizeof *s->classes);
  for (size_t i = 0; i < n; i++) s->classes[i] = values[i].type;
  return s;
}

/* --- the cache -------------------------------------------------------------------------------- */

static void drop(struct cw_pg_conn *c, struct cw_pg_stmt *s) {
  if (s->name[0]) strvec_push(&c->dead, s->name);
  stmt_free(s);
}

void cw_pg_forget(struct cw_pg_conn *c, bool gone) {
  for (size_t i = 0; i < c->stmts.len; i++) drop(c, c->stmts.items[i]);
  vec_clear(&c->stmts);
  vec_clear(&c->domains);
  if (gone) strvec_release(&c->dead);
}

void cw_pg_forget_one(struct cw_pg_conn *c, struct cw_pg_stmt *stmt) {
  for (size_t i = 0; i < c->stmts.len; i++) {
    if (c->stmts.items[i] != stmt) continue;
    c->stmts.items[i] = c->stmts.items[--c->stmts.len];
    drop(c, stmt);
    return;
  }
}

void cw_pg_prepare_release(struct cw_pg_conn *c) {
  cw_pg_forget(c, true);
  cw_pg_own_forget(c);
  vec_release(&c->stmts);
  vec_release(&c->domains);
}

static bool fits_int4(const struct cw_value *value) {
  return value->i >= INT32_MIN && value->i <= INT32_MAX;
}

static bool is_string(enum cw_type type) {
  return type == CW_NULL || type == CW_TEXT || type == CW_BLOB;
}

/* Whether values can go to the statement's parameters as it was prepared. */
static bool fits(const struct cw_pg_stmt *s, const struct cw_value *values) {
  for (size_t i = 0; i < s->nparams; i++) {
    enum cw_type type = values[i].type;
    if (type == CW_NULL || type == s->classes[i]) continue;
    if (s->declared[i] || (s->types[i] == PG_TEXT && !is_string(type))) return false;
  }
  for (size_t i = 0; i < s->nparams; i++)
    if (s->declared[i] == PG_INT4 && values[i].type == CW_INT && !fits_int4(&values[i]))
      return false;
  return true;
}

static struct cw_pg_stmt *lookup(struct cw_pg_conn *c, const char *sql, size_t len,
                                 const struct cw_value *values, size_t n) {
  for (size_t i = 0; i < c->stmts.len; i++) {
    struct cw_pg_stmt *s = c->stmts.items[i];
    if (s->name[0] && s->len == len && s->nparams == n && memcmp(s->sql, sql, len) == 0 &&
        fits(s, values))
      return s;
  }
  return NULL;
}

static void insert(struct cw_pg_conn *c, struct cw_pg_stmt *s) {
  while (c->stmts.len >= CACHE) {
    size_t oldest = 0;
    for (size_t i = 1; i < c->stmts.len; i++)
      if (c->stmts.items[i]->used < c->stmts.items[oldest]->used) oldest = i;
    cw_pg_forget_one(c, c->stmts.items[oldest]);
  }
  vec_push(&c->stmts, s);
}

/* --- pipelines -------------------------------------------------------------------------------- */

int cw_pg_pipeline_read(struct cw_pg_conn *c, PGresult **out, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  PGresult *res = pq->PQgetResult(c->pg), *more;
  int rc = 0;
  if (!res) return cw_pg_fail(c, NULL, err);
  ExecStatusType status = pq->PQresultStatus(res);
  if (status == PGRES_PIPELINE_ABORTED) rc = -1;
  else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
    rc = cw_pg_fail(c, res, err);
  if (rc == 0 && out) *out = res;
  else pq->PQclear(res);
  while (status != PGRES_PIPELINE_SYNC && (more = pq->PQgetResult(c->pg))) pq->PQclear(more);
  return rc;
}

int cw_pg_pipeline_end(struct cw_pg_conn *c, bool synced, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  synced = synced || pq->PQpipelineSync(c->pg) == 1;
  for (int nothing = 0; synced && nothing < 2;) { /* NULL separates two statements' results */
    PGresult *res = pq->PQgetResult(c->pg);
    bool end = res && pq->PQresultStatus(res) == PGRES_PIPELINE_SYNC;
    nothing = res ? 0 : nothing + 1;
    pq->PQclear(res);
    if (end) break;
  }
  if (pq->PQexitPipelineMode(c->pg) && pq->PQstatus(c->pg) == CONNECTION_OK) return 0;
  return cw_pg_fail(c, NULL, err);
}

static bool send(struct cw_pg_conn *c, const char *sql) {
  return c->pq->PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

/* --- one try ---------------------------------------------------------------------------------- */

/* The types that the server resolved; -1 when their number is not that of the values. */
static int take_types(struct cw_pg_conn *c, struct cw_pg_stmt *s, const PGresult *res,
                      struct cw_err *err) {
  int n = c->pq->PQnparams(res);
  if ((size_t)n != s->nparams)
    return cw_fail(err, CW_ERR_STATEMENT, "the statement takes %d parameters, but %zu were given",
                   n, s->nparams);
  for (int i = 0; i < n; i++) s->types[i] = c->pq->PQparamtype(res, i);
  return 0;
}

/* Parses and describes in one round trip: [SAVEPOINT] [DEALLOCATE...] Parse Describe [RELEASE]. A
 * named statement leaves the pipeline; the unnamed one stays in it, its savepoint open. *dealloc
 * says that it was a DEALLOCATE that failed. */
static int attempt(struct cw_pg_conn *c, struct cw_pg_stmt *s, bool savepoint, bool *dealloc,
                   struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  bool named = s->name[0] != '\0';
  if (!pq->PQenterPipelineMode(c->pg)) return cw_pg_fail(c, NULL, err);
  bool sent = !savepoint || send(c, "SAVEPOINT " SAVEPOINT);
  for (size_t i = 0; sent && i < c->dead.len; i++) {
    char sql[64];
    snprintf(sql, sizeof sql, "DEALLOCATE %s", c->dead.items[i]);
    sent = send(c, sql);
  }
  sent = sent &&
         pq->PQsendPrepare(c->pg, s->name, s->sql, (int)s->nparams, s->declared) &&
         pq->PQsendDescribePrepared(c->pg, s->name);
  if (named) sent = sent && (!savepoint || send(c, "RELEASE " SAVEPOINT));
  if (named) sent = sent && pq->PQpipelineSync(c->pg);
  else sent = sent && pq->PQsendFlushRequest(c->pg) && pq->PQflush(c->pg) == 0;
  if (!sent) {
    cw_pg_fail(c, NULL, err);
    cw_pg_pipeline_end(c, false, NULL);
    return -1;
  }

  PGresult *res = NULL;
  int rc = savepoint ? cw_pg_pipeline_read(c, NULL, err) : 0;
  size_t dead = c->dead.len;
  for (size_t i = 0; rc == 0 && i < dead; i++) *dealloc = (rc = cw_pg_pipeline_read(c, NULL, err));
  if (rc == 0) strvec_release(&c->dead);
  if (rc == 0) rc = cw_pg_pipeline_read(c, NULL, err);
  if (rc == 0) rc = cw_pg_pipeline_read(c, &res, err);
  if (rc == 0 && (rc = take_types(c, s, res, err)) && named) strvec_push(&c->dead, s->name);
  pq->PQclear(res);
  s->savepoint = savepoint && !named;
  if ((named || rc) && cw_pg_pipeline_end(c, named, rc ? NULL : err)) rc = -1;
  return rc;
}

/* Back to before a failed try. */
static int recover(struct cw_pg_conn *c, bool savepoint, struct cw_err *err) {
  if (!savepoint || c->pq->PQtransactionStatus(c->pg) != PQTRANS_INERROR) return 0;
  return cw_pg_simple(c, "ROLLBACK TO " SAVEPOINT "; RELEASE " SAVEPOINT, NULL, err);
}

/* --- types ------------------------------------------------------------------------------------ */

static Oid type_of(enum cw_type type) {
  switch (type) {
  case CW_BOOL: return PG_BOOL;
  case CW_INT: return PG_INT8;
  case CW_FLOAT: return PG_FLOAT8;
  case CW_NUMERIC: return PG_NUMERIC;
  case CW_BLOB: return PG_BYTEA;
  case CW_NULL:
  case CW_TEXT: break;
  }
  return PG_TEXT;
}

/* "could not determine data type of parameter $2", in any language. */
static bool declare_undetermined(struct cw_pg_stmt *s, const char *message) {
  const char *dollar = strchr(message, '$');
  size_t number = 0;
  if (dollar)
    for (dollar++; isdigit((unsigned char)*dollar) && number <= s->nparams; dollar++)
      number = number * 10 + (size_t)(*dollar - '0');
  if (number < 1 || number > s->nparams || s->declared[number - 1]) return false;
  s->declared[number - 1] = type_of(s->classes[number - 1]);
  return true;
}

/* Declares, by their values, parameters that are no strings: those resolved to text, or all. */
static bool declare_typed(struct cw_pg_stmt *s, bool all) {
  bool any = false;
  for (size_t i = 0; i < s->nparams; i++) {
    if (s->declared[i] || is_string(s->classes[i]) || (!all && s->types[i] != PG_TEXT)) continue;
    s->declared[i] = type_of(s->classes[i]);
    any = true;
  }
  return any;
}

/* "date + bigint" does not exist, "date + integer" does. */
static bool declare_narrower(struct cw_pg_stmt *s, const struct cw_value *values) {
  bool any = false;
  for (size_t i = 0; i < s->nparams; i++) {
    if (s->declared[i] != PG_INT8 || values[i].type != CW_INT || !fits_int4(&values[i])) continue;
    s->declared[i] = PG_INT4;
    any = true;
  }
  return any;
}

static struct cw_pg_domain *domain_of(struct cw_pg_conn *c, Oid oid) {
  for (size_t i = 0; i < c->domains.len; i++)
    if (c->domains.items[i].oid == oid) return &c->domains.items[i];
  return NULL;
}

/* Follows domains to their base types: a domain over bytea takes bytes. One query for all types not
 * seen before. */
static int resolve_domains(struct cw_pg_conn *c, struct cw_pg_stmt *s, struct cw_err *err) {
  const struct cw_pq *pq = c->pq;
  struct strbuf list = STRBUF_INIT, sql = STRBUF_INIT;
  for (size_t i = 0; i < s->nparams; i++) {
    if (s->types[i] < PG_FIRST_USER_TYPE || domain_of(c, s->types[i])) continue;
    strbuf_addsep(&list, ",");
    strbuf_addf(&list, "%u", s->types[i]);
  }
  int rc = 0;
  if (list.len) {
    PGresult *res = NULL;
    strbuf_addf(&sql,
                "WITH RECURSIVE d(oid, base, kind) AS (SELECT oid, oid, typtype FROM"
                " pg_catalog.pg_type WHERE oid IN (%s) UNION ALL SELECT d.oid, b.oid, b.typtype"
                " FROM d JOIN pg_catalog.pg_type t ON t.oid = d.base JOIN pg_catalog.pg_type b"
                " ON b.oid = t.typbasetype WHERE d.kind = 'd')"
                " SELECT oid, base FROM d WHERE kind <> 'd'",
                list.buf);
    rc = cw_pg_simple(c, sql.buf, &res, err);
    for (int i = 0; rc == 0 && i < pq->PQntuples(res); i++) {
      struct cw_pg_domain d = {.oid = (Oid)strtoul(pq->PQgetvalue(res, i, 0), NULL, 10),
                               .base = (Oid)strtoul(pq->PQgetvalue(res, i, 1), NULL, 10)};
      vec_push(&c->domains, d);
    }
    pq->PQclear(res);
  }
  for (size_t i = 0; rc == 0 && i < s->nparams; i++) {
    const struct cw_pg_domain *d = domain_of(c, s->types[i]);
    if (d) s->types[i] = d->base;
  }
  strbuf_release(&list);
  strbuf_release(&sql);
  return rc;
}

/* --- all tries -------------------------------------------------------------------------------- */

static void rename_stmt(struct cw_pg_conn *c, struct cw_pg_stmt *s) {
  if (!c->pooled) snprintf(s->name, sizeof s->name, "curlew_p%u", ++c->serial);
}

/* Undoes a try that succeeded, to make another one. */
static int discard(struct cw_pg_conn *c, struct cw_pg_stmt *s, struct cw_err *err) {
  if (s->name[0]) {
    strvec_push(&c->dead, s->name);
    return 0;
  }
  if (s->savepoint && !send(c, "RELEASE " SAVEPOINT)) return cw_pg_fail(c, NULL, err);
  return cw_pg_pipeline_end(c, false, err);
}

static int prepare(struct cw_pg_conn *c, struct cw_pg_stmt *s, const struct cw_value *values,
                   struct cw_err *err) {
  bool savepoint = c->pq->PQtransactionStatus(c->pg) == PQTRANS_INTRANS;
  bool may_type = true, typing = false, may_all = true;
  Oid *plain = xcalloc(s->nparams ? s->nparams : 1, sizeof *plain);
  size_t bytes = s->nparams * sizeof *plain, tries = s->nparams + RETRIES_BEYOND_PARAMS;
  int rc = -1;
  for (size_t i = 0; i < tries; i++) {
    struct cw_err e = CW_ERR_INIT;
    bool dealloc = false, again = false;
    rename_stmt(c, s);
    rc = attempt(c, s, savepoint, &dealloc, &e);
    if (rc == 0) {
      if (bytes) memcpy(plain, s->declared, bytes);
      if (!may_type || !declare_typed(s, false)) break;
      may_type = false;
      typing = true;
      rc = discard(c, s, err);
      if (rc) break;
      continue;
    }
    if (c->base.lost) {
      again = false;
    } else if (dealloc) {
      strvec_release(&c->dead);
      again = true;
    } else if (typing) {
      memcpy(s->declared, plain, bytes);
      typing = false;
      again = true;
    } else if (strcmp(e.sqlstate, "42P18") == 0) {
      again = declare_undetermined(s, e.message);
    } else if (strcmp(e.sqlstate, "42725") == 0 && may_all) {
      may_all = false;
      again = declare_typed(s, true);
    } else if (strcmp(e.sqlstate, "42883") == 0 && !may_all) {
      again = declare_narrower(s, values);
    }
    if (!again) {
      if (err) cw_err_move(err, &e);
      cw_err_release(&e);
      break;
    }
    cw_err_release(&e);
    if (recover(c, savepoint, err)) break;
  }
  free(plain);
  return rc;
}

int cw_pg_prepare(struct cw_pg_conn *c, const char *sql, size_t len, const struct cw_value *values,
                  size_t n, bool keep, struct cw_pg_stmt **out, struct cw_err *err) {
  struct cw_pg_stmt *s = lookup(c, sql, len, values, n);
  if (!s) {
    s = stmt_new(sql, len, values, n);
    if (prepare(c, s, values, err)) {
      stmt_free(s);
      return -1;
    }
    insert(c, s);
    if (s->name[0] && resolve_domains(c, s, err)) {
      cw_pg_forget_one(c, s);
      return -1;
    }
  }
  s->used = keep ? ++c->clock : 0;
  *out = s;
  return 0;
}
