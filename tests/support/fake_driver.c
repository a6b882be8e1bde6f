/* The scripted driver; see fake_driver.h. */
#include "support/fake_driver.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>

#include "util/alloc.h"

struct fake_conn {
  struct cw_conn base;
  struct fake *fake;
  bool in_txn, txn_failed;
};

struct fake_result {
  struct cw_result base;
  struct cw_value *values; /* copies: the reply may be used up meanwhile */
  size_t nvalues, at;
};

static struct fake *made_last;

static struct fake_conn *of(struct cw_conn *conn) {
  return (struct fake_conn *)conn;
}

/* --- the log ----------------------------------------------------------------------------------- */

static void log_values(struct fake *fake, const struct cw_query *query) {
  for (size_t i = 0; i < query->nparams; i++) {
    char *text = cw_value_text(&query->params[i]);
    strbuf_addstr(&fake->log, i ? ", " : " -- ");
    bool quoted = query->params[i].type >= CW_TEXT;
    strbuf_addf(&fake->log, quoted ? "'%s'" : "%s", text ? text : "NULL");
    free(text);
  }
}

static void log_statement(struct fake *fake, const struct cw_query *query, const char *head) {
  strbuf_addstr(&fake->log, head);
  if (fake->with_values) log_values(fake, query);
  strbuf_addch(&fake->log, '\n');
}

const char *fake_sent(const struct fake *fake) {
  return fake->log.buf;
}

size_t fake_count(const struct fake *fake, const char *pattern) {
  size_t count = 0;
  for (const char *p = fake->log.buf; *p;) {
    size_t len = strcspn(p, "\n");
    char *line = xstrndup(p, len);
    if (fnmatch(pattern, line, 0) == 0) count++;
    free(line);
    p += len + 1;
  }
  return count;
}

void fake_forget(struct fake *fake) {
  strbuf_reset(&fake->log);
}

/* --- replies ----------------------------------------------------------------------------------- */

struct fake_reply *fake_on(struct fake *fake, const char *pattern, int times) {
  struct fake_reply *reply = xcalloc(1, sizeof *reply), **end = &fake->replies;
  reply->pattern = xstrdup(pattern);
  reply->times = times;
  while (*end) end = &(*end)->next;
  *end = reply;
  return reply;
}

void fake_columns(struct fake_reply *reply, const char *names) {
  while (*names) {
    size_t len = strcspn(names, ",");
    strvec_take(&reply->columns, xstrndup(names, len));
    names += len;
    if (*names) names++;
  }
}

void fake_row(struct fake_reply *reply, size_t n, ...) {
  va_list args;
  va_start(args, n);
  reply->values = xreallocarray(reply->values, reply->nvalues + n, sizeof *reply->values);
  for (size_t i = 0; i < n; i++)
    reply->values[reply->nvalues++] = cw_value_dup(va_arg(args, struct cw_value));
  va_end(args);
  while (reply->columns.len < n) strvec_push(&reply->columns, "column");
}

void fake_affected(struct fake_reply *reply, int64_t rows) {
  reply->affected = rows;
}

void fake_error(struct fake_reply *reply, enum cw_errcode code, const char *sqlstate,
                const char *message) {
  reply->code = code;
  snprintf(reply->sqlstate, sizeof reply->sqlstate, "%s", sqlstate ? sqlstate : "");
  free(reply->message);
  reply->message = xstrdup(message);
}

void fake_loses(struct fake_reply *reply, bool effect) {
  fake_error(reply, CW_ERR_CONNECTION_LOST, "", "the fake connection broke");
  reply->loses = true;
  reply->effect = effect;
}

static struct fake_reply *find(struct fake *fake, const char *head) {
  for (struct fake_reply *r = fake->replies; r; r = r->next) {
    if (!r->times || fnmatch(r->pattern, head, 0) != 0) continue;
    if (r->times > 0) r->times--;
    return r;
  }
  return NULL;
}

/* --- transactions ------------------------------------------------------------------------------ */

static bool begins(const char *head, const char *word) {
  return strncasecmp(head, word, strlen(word)) == 0;
}

/* PostgreSQL takes COMMIT of a failed transaction for a ROLLBACK. */
static void end_txn(struct fake_conn *c, bool commit) {
  if (c->in_txn && commit && !c->txn_failed)
    c->fake->commits++;
  else if (c->in_txn)
    c->fake->rollbacks++;
  c->in_txn = c->txn_failed = false;
}

static void move_txn(struct fake_conn *c, const char *head) {
  if (begins(head, "BEGIN") || begins(head, "START TRANSACTION"))
    c->in_txn = true;
  else if (begins(head, "COMMIT"))
    end_txn(c, true);
  else if (begins(head, "ROLLBACK TO"))
    c->txn_failed = false;
  else if (begins(head, "ROLLBACK"))
    end_txn(c, false);
}

static bool ends_txn(const char *head) {
  return begins(head, "ROLLBACK") || begins(head, "COMMIT");
}

/* --- the driver -------------------------------------------------------------------------------- */

static int fake_fail(struct fake_conn *c, const struct fake_reply *reply, const char *head,
                     struct cw_err *err) {
  if (reply->effect) move_txn(c, head);
  if (reply->loses) {
    c->base.lost = true;
    c->in_txn = c->txn_failed = false;
  } else if (c->in_txn && c->fake->aborts) {
    c->txn_failed = true;
  }
  cw_fail(err, reply->code, "%s", reply->message);
  if (err) snprintf(err->sqlstate, sizeof err->sqlstate, "%s", reply->sqlstate);
  return -1;
}

static struct cw_result *result_new(struct cw_conn *conn, const struct fake_reply *reply) {
  struct fake_result *r = xcalloc(1, sizeof *r);
  cw_result_init(&r->base, conn, reply ? reply->columns.len : 0);
  if (!reply) return &r->base;
  for (size_t i = 0; i < reply->columns.len; i++)
    cw_result_set_name(&r->base, i, reply->columns.items[i]);
  r->values = xcalloc(reply->nvalues + 1, sizeof *r->values);
  for (; r->nvalues < reply->nvalues; r->nvalues++)
    r->values[r->nvalues] = cw_value_dup(reply->values[r->nvalues]);
  r->base.affected = reply->affected;
  r->base.has_insert_id = reply->insert_id != 0;
  r->base.insert_id = reply->insert_id;
  return &r->base;
}

static int answer(struct fake_conn *c, const struct cw_query *query, const char *head,
                  struct cw_result **out, struct cw_err *err) {
  struct fake *fake = c->fake;
  if (c->base.lost)
    return cw_fail(err, CW_ERR_CONNECTION_LOST, "the fake connection was lost before");
  log_statement(fake, query, head);
  struct fake_reply *reply = find(fake, head);
  if (reply && reply->then) reply->then(&c->base, reply->ctx);
  if (reply && reply->code != CW_OK) return fake_fail(c, reply, head, err);
  if (!reply && fake->strict)
    return cw_fail(err, CW_ERR_INTERNAL, "the fake database has no reply to: %s", head);
  if (c->txn_failed && !ends_txn(head)) {
    cw_fail(err, CW_ERR_STATEMENT, "current transaction is aborted");
    if (err) snprintf(err->sqlstate, sizeof err->sqlstate, "25P02");
    return -1;
  }
  move_txn(c, head);
  *out = result_new(&c->base, reply);
  return 0;
}

static int fake_query(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                      struct cw_err *err) {
  char *head = cw_sql_head(query->sql, query->len, SIZE_MAX / 2);
  int failed = answer(of(conn), query, head, out, err);
  free(head);
  return failed;
}

static int fake_next(struct cw_result *result, struct cw_err *err) {
  struct fake_result *r = (struct fake_result *)result;
  (void)err;
  if (r->at + result->ncols > r->nvalues || !result->ncols) return 0;
  memcpy(result->row, r->values + r->at, result->ncols * sizeof *result->row);
  r->at += result->ncols;
  return 1;
}

static void fake_finish(struct cw_result *result) {
  struct fake_result *r = (struct fake_result *)result;
  for (size_t i = 0; i < r->nvalues; i++) cw_value_release(&r->values[i]);
  free(r->values);
  free(r);
}

static void fake_cancel(struct cw_conn *conn) {
  of(conn)->fake->cancelled++;
}

static bool fake_in_txn(struct cw_conn *conn) {
  return of(conn)->in_txn;
}

static bool fake_txn_failed(struct cw_conn *conn) {
  return of(conn)->txn_failed;
}

static int fake_try_lock(struct cw_conn *conn, const char *key, bool *got, struct cw_err *err) {
  (void)key, (void)err;
  struct fake *fake = of(conn)->fake;
  fake->lock_tries++;
  *got = !fake->lock_taken;
  return 0;
}

static int fake_unlock(struct cw_conn *conn, const char *key, struct cw_err *err) {
  (void)conn, (void)key, (void)err;
  return 0;
}

static int fake_connect(struct cw_conn **out, const struct cw_url *url,
                        const struct cw_conn_opts *opts, struct cw_err *err) {
  struct fake *fake = made_last;
  if (fake->refusals > 0) {
    fake->refusals--;
    cw_fail(err, fake->refusal_code, "the fake server refuses the connection");
    if (err) snprintf(err->sqlstate, sizeof err->sqlstate, "%s", fake->refusal_state);
    return -1;
  }
  struct fake_conn *c = xcalloc(1, sizeof *c);
  cw_conn_init(&c->base, &fake->driver, url, opts);
  c->base.server = fake->server;
  c->base.version = xstrdup(fake->version);
  c->fake = fake;
  fake->opened++;
  *out = &c->base;
  return 0;
}

static void fake_close(struct cw_conn *conn) {
  end_txn(of(conn), false);
  of(conn)->fake->closed++;
  free(conn);
}

/* --- life cycle -------------------------------------------------------------------------------- */

struct fake *fake_new(void) {
  struct fake *fake = xcalloc(1, sizeof *fake);
  fake->driver = (struct cw_driver){
      .name = "fake",
      .dialect = "postgresql",
      .caps = CW_CAP_TXN_DDL | CW_CAP_SAVEPOINT | CW_CAP_SESSION_LOCK | CW_CAP_LOCK_TIMEOUT |
              CW_CAP_RETURNING | CW_CAP_ROW_COUNT_MATCHED,
      .flavor = CW_SQL_DOLLAR | CW_SQL_NESTED_COMMENTS | CW_SQL_NUMBERED,
      .open = fake_connect,
      .close = fake_close,
      .query = fake_query,
      .next = fake_next,
      .finish = fake_finish,
      .cancel = fake_cancel,
      .in_txn = fake_in_txn,
      .txn_failed = fake_txn_failed,
      .try_lock = fake_try_lock,
      .unlock = fake_unlock,
  };
  fake->server = "postgresql";
  fake->version = "15.0";
  fake->refusal_code = CW_ERR_CONNECT;
  strbuf_init(&fake->log);
  made_last = fake;
  return fake;
}

void fake_free(struct fake *fake) {
  if (fake->opened != fake->closed) {
    fprintf(stderr, "fake database: %d connections were opened and %d closed\n", fake->opened,
            fake->closed);
    abort();
  }
  while (fake->replies) {
    struct fake_reply *reply = fake->replies;
    fake->replies = reply->next;
    for (size_t i = 0; i < reply->nvalues; i++) cw_value_release(&reply->values[i]);
    free(reply->values);
    free(reply->pattern);
    free(reply->message);
    strvec_release(&reply->columns);
    free(reply);
  }
  strbuf_release(&fake->log);
  if (made_last == fake) made_last = NULL;
  free(fake);
}

const struct cw_driver *fake_driver(void) {
  return &made_last->driver;
}

int fake_open(struct fake *fake, struct cw_conn **out, struct cw_err *err) {
  struct cw_url *url;
  made_last = fake;
  if (cw_url_parse(&url, "postgresql://tester@fake.invalid/db", NULL, err)) return -1;
  int failed = cw_conn_open_with(out, &fake->driver, url, NULL, err);
  cw_url_free(url);
  return failed;
}
