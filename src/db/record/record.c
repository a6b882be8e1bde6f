/* The recording connection; see record.h. What it writes is read by psql, the mysql client or the
 * sqlite3 shell, so a routine's body with semicolons is put between DELIMITER lines for mysql, the only
 * one of them that would cut it. */
#include "db/record/record.h"

#include "db/driver.h"
#include "db/sql_lex.h"
#include "util/alloc.h"

struct record_conn {
  struct cw_conn base;
  struct cw_record_opts opts;
  char *dialect, *server;
  bool in_txn;
  struct cw_conn *shadow;
  bool muted;
};

static struct record_conn *record(struct cw_conn *conn) {
  return (struct record_conn *)conn;
}

/* --- one statement ----------------------------------------------------------------------------- */

/* Which parameter a token stands for, counted from 0; false: it is none. */
static bool placeholder(const struct cw_lexer *lx, const struct cw_token *t, size_t *next,
                        size_t *index) {
  if (lx->flavor & CW_SQL_NUMBERED) {
    if (t->kind != CW_TOKEN_NUMBER || lx->sql[t->start] != '$') return false;
    *index = (size_t)strtoul(lx->sql + t->start + 1, NULL, 10) - 1;
    return true;
  }
  if (!cw_token_punct(lx, t, '?')) return false;
  *index = (*next)++;
  return true;
}

static int add_literal(struct record_conn *r, const struct cw_query *query, size_t index,
                       struct strbuf *out, struct cw_err *err) {
  if (index >= query->nparams)
    return cw_fail(err, CW_ERR_STATEMENT, "the statement has more placeholders than values (%zu)",
                   query->nparams);
  size_t from = out->len;
  if (from && out->buf[from - 1] == '-') strbuf_addch(out, ' '); /* "--" would be a comment */
  struct cw_value value = query->params[index];
  if (value.type == CW_TEXT && r->shadow && r->shadow->driver->takes_bytes &&
      r->shadow->driver->takes_bytes(r->shadow, query, index))
    value.type = CW_BLOB;
  return r->opts.literal(r->opts.ctx, &value, out, err);
}

/* Appends the statement with its values filled in, without what may follow it: a semicolon, comments.
 * *inner: it has semicolons of its own. */
static int render(struct record_conn *r, const struct cw_query *query, struct strbuf *out,
                  bool *inner, struct cw_err *err) {
  struct cw_lexer lx = cw_lexer_over(query->sql, query->len, r->base.flavor);
  struct cw_token t;
  size_t copied = 0, end = 0, next = 0, index;
  bool semicolon = false;
  *inner = false;
  for (;;) {
    if (cw_lexer_next(&lx, &t, err)) return -1;
    if (t.kind == CW_TOKEN_END) break;
    if (semicolon) *inner = true;
    semicolon = cw_token_punct(&lx, &t, ';');
    if (query->nparams && placeholder(&lx, &t, &next, &index)) {
      strbuf_add(out, query->sql + copied, t.start - copied);
      if (add_literal(r, query, index, out, err)) return -1;
      copied = t.start + t.len;
    }
    if (!semicolon) end = t.start + t.len;
  }
  if (end > copied) strbuf_add(out, query->sql + copied, end - copied);
  return 0;
}

static const char *free_delimiter(const char *text) {
  static const char *const some[] = {"//", "$$", "%%", "@@@", "~~~~"};
  size_t i = 0, last = sizeof some / sizeof *some - 1;
  while (i < last && strstr(text, some[i])) i++;
  return some[i];
}

static void append(struct record_conn *r, const char *text, bool inner) {
  struct strbuf *out = r->opts.out;
  if (r->muted) return;
  if (!inner || !(r->base.flavor & CW_SQL_HASH_COMMENTS)) {
    strbuf_addf(out, "%s;\n", text);
    return;
  }
  const char *delimiter = free_delimiter(text);
  strbuf_addf(out, "DELIMITER %s\n%s\n%s\nDELIMITER ;\n", delimiter, text, delimiter);
}

/* --- the driver -------------------------------------------------------------------------------- */

static void follow_txn(struct record_conn *r, const struct cw_query *query) {
  struct cw_lexer lx = cw_lexer_over(query->sql, query->len, r->base.flavor);
  struct cw_token t;
  if (cw_lexer_next(&lx, &t, NULL)) return;
  if (cw_token_among(&lx, &t, "BEGIN START")) {
    r->in_txn = true;
  } else if (cw_token_among(&lx, &t, "COMMIT END ABORT")) {
    r->in_txn = false;
  } else if (cw_token_word(&lx, &t, "ROLLBACK")) {
    while (cw_lexer_next(&lx, &t, NULL) == 0 && t.kind != CW_TOKEN_END)
      if (cw_token_word(&lx, &t, "TO")) return; /* a savepoint */
    r->in_txn = false;
  }
}

/* What the shadow can't do is no failure: it may lack what the real database has. */
static void follow_shadow(struct record_conn *r, const struct strbuf *text) {
  struct cw_err ignored = CW_ERR_INIT;
  if (r->shadow && text->len)
    cw_conn_query(r->shadow, text->buf, text->len, NULL, 0, CW_QUERY_SIMPLE, NULL, &ignored);
  cw_err_release(&ignored);
}

static int refuse_read(const struct cw_query *query, struct cw_err *err) {
  char *head = cw_sql_head(query->sql, query->len, 120);
  cw_fail(err, CW_ERR_OFFLINE, "this reads the database, and there is none with --sql: %s", head);
  cw_hint(err, "test ctx.offline in the script, or run it without --sql");
  free(head);
  return -1;
}

static int record_query(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                        struct cw_err *err) {
  struct record_conn *r = record(conn);
  enum cw_sql_kind kind = cw_sql_kind(query->sql, query->len, conn->flavor);
  if (kind == CW_SQL_READ && !(query->flags & CW_QUERY_DROPPED)) return refuse_read(query, err);
  struct strbuf text = STRBUF_INIT;
  bool inner;
  int failed = render(r, query, &text, &inner, err);
  if (!failed) {
    if (text.len) append(r, text.buf, inner);
    follow_shadow(r, &text);
    if (kind == CW_SQL_TXN) follow_txn(r, query);
    *out = xcalloc(1, sizeof **out);
    cw_result_init(*out, conn, 0);
  }
  strbuf_release(&text);
  return failed;
}

static int record_next(struct cw_result *result, struct cw_err *err) {
  (void)result, (void)err;
  return 0;
}

static void record_finish(struct cw_result *result) {
  free(result);
}

static void record_cancel(struct cw_conn *conn) {
  (void)conn; /* nothing runs */
}

static bool record_in_txn(struct cw_conn *conn) {
  return record(conn)->in_txn;
}

static void record_close(struct cw_conn *conn) {
  free(record(conn)->dialect);
  free(record(conn)->server);
  free(conn);
}

static const struct cw_driver record_driver = {
    .name = "record",
    .close = record_close,
    .query = record_query,
    .next = record_next,
    .finish = record_finish,
    .cancel = record_cancel,
    .in_txn = record_in_txn,
};

int cw_record_open(struct cw_conn **out, const struct cw_record_opts *opts, struct cw_err *err) {
  (void)err;
  struct record_conn *r = xcalloc(1, sizeof *r);
  cw_conn_init(&r->base, &record_driver, NULL, NULL);
  r->opts = *opts;
  r->base.caps = (opts->caps | CW_CAP_OFFLINE) & ~(unsigned)(CW_CAP_SESSION_LOCK | CW_CAP_PIPELINE);
  r->base.flavor = opts->flavor;
  r->base.dialect = r->dialect = xstrdup(opts->dialect);
  r->base.server = r->server = xstrdup(opts->server);
  r->base.version = xstrdup(opts->version);
  *out = &r->base;
  return 0;
}

void cw_record_shadow(struct cw_conn *conn, struct cw_conn *shadow) {
  record(conn)->shadow = shadow;
}

void cw_record_mute(struct cw_conn *conn, bool muted) { record(conn)->muted = muted; }

void cw_record_comment(struct cw_conn *conn, const char *text) {
  struct strbuf *out = record(conn)->opts.out;
  if (record(conn)->muted) return;
  for (const char *line = text;; line++) {
    size_t len = strcspn(line, "\n");
    strbuf_addstr(out, len ? "-- " : "--");
    strbuf_add(out, line, len);
    strbuf_addch(out, '\n');
    line += len;
    if (!*line) break;
  }
}
