/* What a statement does, told from its words, and its beginning for messages. */
#include "db/sql_lex.h"
#include "util/alloc.h"

/* The words of a statement in a row: parentheses are counted, everything else is looked at by kind. */
struct reader {
  struct cw_lexer lexer;
  struct cw_token token; /* CW_TOKEN_END also after an error */
  int parens;
};

static void advance(struct reader *r) {
  do {
    if (cw_lexer_next(&r->lexer, &r->token, NULL)) r->token.kind = CW_TOKEN_END;
  } while (r->token.kind == CW_TOKEN_MARK);
  if (cw_token_punct(&r->lexer, &r->token, '(')) r->parens++;
  if (cw_token_punct(&r->lexer, &r->token, ')')) r->parens--;
}

static bool word(const struct reader *r, const char *words) {
  return cw_token_among(&r->lexer, &r->token, words);
}

static bool punct(const struct reader *r, char c) {
  return cw_token_punct(&r->lexer, &r->token, c);
}

static bool at_end(const struct reader *r) { return r->token.kind == CW_TOKEN_END; }

static bool next_word(struct reader *r, const char *words) {
  advance(r);
  return word(r, words);
}

/* Is the reader at `(` with one of these words behind it that is no function's name? */
static bool opens_with(const struct reader *r, const char *words) {
  struct reader ahead = *r;
  if (!punct(&ahead, '(')) return false;
  advance(&ahead);
  if (!word(&ahead, words)) return false;
  advance(&ahead);
  return !punct(&ahead, '(');
}

struct meaning {
  enum cw_sql_kind kind;
  bool insert; /* an INSERT or REPLACE */
};

static struct meaning is(enum cw_sql_kind kind) { return (struct meaning){kind, false}; }

static struct meaning dml(const struct reader *r) {
  return (struct meaning){CW_SQL_WRITE, word(r, "INSERT REPLACE UPSERT")};
}

/* A SELECT reads unless it makes a table, a file or a variable: INTO is reserved everywhere. */
static struct meaning select_or_into(struct reader *r) {
  for (; !at_end(r); advance(r))
    if (word(r, "INTO") || opens_with(r, "DELETE UPDATE")) return is(CW_SQL_WRITE);
  return is(CW_SQL_READ);
}

/* WITH name AS (...), ...: the statement behind decides, but a part that changes rows is a write. */
static struct meaning with(struct reader *r) {
  bool writes = false;
  int level = r->parens;
  for (advance(r); !at_end(r); advance(r)) {
    if (opens_with(r, "INSERT UPDATE DELETE MERGE")) writes = true;
    if (r->parens != level) continue;
    if (word(r, "INSERT UPDATE DELETE MERGE REPLACE")) return dml(r);
    if (word(r, "SELECT VALUES TABLE")) {
      struct meaning found = select_or_into(r);
      return writes ? is(CW_SQL_WRITE) : found;
    }
  }
  return is(writes ? CW_SQL_WRITE : CW_SQL_READ);
}

static struct meaning statement(struct reader *r);

static const char verbs[] = "SELECT WITH VALUES TABLE INSERT UPDATE DELETE MERGE REPLACE CREATE "
                            "EXECUTE DECLARE REFRESH CALL";

/* EXPLAIN only shows, EXPLAIN ANALYZE runs what it shows. */
static struct meaning explain(struct reader *r, bool runs) {
  int level = r->parens;
  for (advance(r); !at_end(r); advance(r)) {
    if (word(r, "ANALYZE ANALYSE")) {
      runs = true;
      struct reader ahead = *r;
      if (next_word(&ahead, "FALSE OFF") ||
          (ahead.token.kind == CW_TOKEN_NUMBER && ahead.lexer.sql[ahead.token.start] == '0'))
        runs = false;
    } else if (r->parens == level && word(r, verbs)) {
      struct meaning inner = statement(r);
      return runs && inner.kind != CW_SQL_READ ? is(inner.kind) : is(CW_SQL_READ);
    }
  }
  return is(CW_SQL_READ);
}

/* MariaDB's ANALYZE of a statement runs it; everywhere else it gathers statistics. */
static struct meaning analyze(struct reader *r) {
  struct reader ahead = *r;
  advance(&ahead);
  if (word(&ahead, "FORMAT") || word(&ahead, "SELECT WITH INSERT UPDATE DELETE REPLACE"))
    return explain(r, true);
  return is(CW_SQL_OTHER);
}

static struct meaning pragma(struct reader *r) {
  static const char asks[] =
      "TABLE_INFO TABLE_XINFO TABLE_LIST INDEX_LIST INDEX_INFO INDEX_XINFO FOREIGN_KEY_LIST "
      "FOREIGN_KEY_CHECK INTEGRITY_CHECK QUICK_CHECK DATABASE_LIST COLLATION_LIST FUNCTION_LIST "
      "MODULE_LIST PRAGMA_LIST COMPILE_OPTIONS STATS";
  /* These work on the file, most of them by being named alone. */
  static const char acts[] = "INCREMENTAL_VACUUM OPTIMIZE WAL_CHECKPOINT";
  static const char stays[] =
      "USER_VERSION APPLICATION_ID SCHEMA_VERSION JOURNAL_MODE AUTO_VACUUM PAGE_SIZE ENCODING";
  advance(r);
  struct cw_token name = r->token;
  advance(r);
  if (punct(r, '.')) {
    advance(r);
    name = r->token;
    advance(r);
  }
  if (cw_token_among(&r->lexer, &name, acts)) return is(CW_SQL_OTHER);
  if (cw_token_among(&r->lexer, &name, asks) || !(punct(r, '=') || punct(r, '(')))
    return is(CW_SQL_READ);
  return is(cw_token_among(&r->lexer, &name, stays) ? CW_SQL_OTHER : CW_SQL_SESSION);
}

static struct meaning by_second_word(struct reader *r) {
  if (word(r, "BEGIN")) /* MariaDB's BEGIN NOT ATOMIC is a program */
    return is(next_word(r, "NOT") ? CW_SQL_OTHER : CW_SQL_TXN);
  if (word(r, "START")) return is(next_word(r, "TRANSACTION") ? CW_SQL_TXN : CW_SQL_OTHER);
  if (word(r, "PREPARE")) return is(next_word(r, "TRANSACTION") ? CW_SQL_TXN : CW_SQL_SESSION);
  if (word(r, "SET")) /* the server's settings outlive the session */
    return is(next_word(r, "GLOBAL PERSIST PERSIST_ONLY PASSWORD") ? CW_SQL_OTHER
                                                                   : CW_SQL_SESSION);
  return is(CW_SQL_OTHER);
}

static struct meaning statement(struct reader *r) {
  while (punct(r, '(')) advance(r);
  if (word(r, "SELECT")) return select_or_into(r);
  if (word(r, "WITH")) return with(r);
  if (word(r, "VALUES SHOW TABLE HELP")) return is(CW_SQL_READ);
  if (word(r, "EXPLAIN DESCRIBE DESC")) return explain(r, false);
  if (word(r, "ANALYZE")) return analyze(r);
  if (word(r, "PRAGMA")) return pragma(r);
  if (word(r, "INSERT UPDATE DELETE MERGE REPLACE UPSERT")) return dml(r);
  if (word(r, "COPY LOAD")) return is(CW_SQL_WRITE);
  if (word(r, "CREATE ALTER DROP TRUNCATE RENAME COMMENT GRANT REVOKE REINDEX REFRESH REASSIGN "
              "SECURITY IMPORT INSTALL UNINSTALL"))
    return is(CW_SQL_DDL);
  if (word(r, "COMMIT ROLLBACK SAVEPOINT RELEASE END ABORT XA")) return is(CW_SQL_TXN);
  if (word(r, "RESET USE DISCARD LISTEN UNLISTEN DEALLOCATE ATTACH DETACH"))
    return is(CW_SQL_SESSION);
  return by_second_word(r);
}

static struct meaning meaning_of(const char *sql, size_t len, unsigned flavor) {
  struct reader r = {.lexer = cw_lexer_over(sql, len, flavor)};
  advance(&r);
  return statement(&r);
}

enum cw_sql_kind cw_sql_kind(const char *sql, size_t len, unsigned flavor) {
  return meaning_of(sql, len, flavor).kind;
}

bool cw_sql_inserts(const char *sql, size_t len, unsigned flavor) {
  return meaning_of(sql, len, flavor).insert;
}

/* --- the beginning ----------------------------------------------------------------------------- */

static bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The end of the comment at `p`, or p. Without a flavor: what every database takes for one. */
static const char *skip_comment(const char *p, const char *end) {
  if (end - p < 2) return p;
  if (p[0] == '-' && p[1] == '-') {
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    return newline ? newline : end;
  }
  if (p[0] == '/' && p[1] == '*' && (end - p < 3 || !strchr("!+M", p[2]))) {
    const char *close = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);
    return close ? close + 2 : end;
  }
  return p;
}

/* Cuts to `max` bytes, "..." included, between two characters. */
static void cut(struct strbuf *out, size_t max) {
  size_t keep = max > 3 ? max - 3 : 0;
  while (keep > 0 && ((unsigned char)out->buf[keep] & 0xC0) == 0x80) keep--;
  while (keep > 0 && out->buf[keep - 1] == ' ') keep--;
  strbuf_setlen(out, keep);
  strbuf_addstr(out, "...");
}

char *cw_sql_head(const char *sql, size_t len, size_t max) {
  struct strbuf out = STRBUF_INIT;
  const char *p = sql, *end = sql + len;
  char quote = '\0';
  bool space = false;
  while (p < end && out.len <= max) {
    const char *behind = quote ? p : skip_comment(p, end);
    if (behind > p || blank(*p)) {
      p = behind > p ? behind : p + 1;
      space = out.len > 0;
      continue;
    }
    if (quote ? *p == quote : *p == '\'' || *p == '"' || *p == '`') quote = quote ? '\0' : *p;
    if (space) strbuf_addch(&out, ' ');
    space = false;
    strbuf_addch(&out, *p ? *p : ' ');
    p++;
  }
  if (out.len > max) cut(&out, max);
  return strbuf_detach(&out, NULL);
}
