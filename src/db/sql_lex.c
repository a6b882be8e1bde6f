/* The tokens of SQL; see sql_lex.h. One pass, no table of keywords: what a word means is the business
 * of who asks. */
#include "db/sql_lex.h"

#include <ctype.h>

struct cw_lexer cw_lexer_over(const char *sql, size_t len, unsigned flavor) {
  struct cw_lexer lexer = {.sql = sql, .len = len, .line = 1, .flavor = flavor};
  if (len >= 3 && memcmp(sql, "\xEF\xBB\xBF", 3) == 0) lexer.pos = 3; /* a byte order mark */
  return lexer;
}

static char at(const struct cw_lexer *lx, size_t offset) {
  return lx->pos + offset < lx->len ? lx->sql[lx->pos + offset] : '\0';
}

/* Moves on and counts the lines passed. */
static void skip(struct cw_lexer *lx, size_t n) {
  for (size_t end = lx->pos + n; lx->pos < end; lx->pos++)
    if (lx->sql[lx->pos] == '\n') lx->line++;
}

static bool space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool word_char(char c) {
  return word_start(c) || (c >= '0' && c <= '9') || c == '$';
}

static bool mysql(const struct cw_lexer *lx) {
  return lx->flavor & CW_SQL_HASH_COMMENTS;
}

static bool at_delim(const struct cw_lexer *lx) {
  return lx->delim && lx->len - lx->pos >= lx->delim_len &&
         memcmp(lx->sql + lx->pos, lx->delim, lx->delim_len) == 0;
}

static int unterminated(struct cw_lexer *lx, const char *what, int line, struct cw_err *err) {
  skip(lx, lx->len - lx->pos);
  return cw_fail(err, CW_ERR_STATEMENT, "the %s that begins in line %d of the SQL text does not end",
                 what, line);
}

/* --- comments ---------------------------------------------------------------------------------- */

static bool line_comment(const struct cw_lexer *lx) {
  if (at(lx, 0) == '#') return mysql(lx);
  if (at(lx, 0) != '-' || at(lx, 1) != '-') return false;
  if (!mysql(lx)) return true;
  char c = at(lx, 2); /* "1--1" is a subtraction there */
  return lx->pos + 2 >= lx->len || space(c) || iscntrl((unsigned char)c);
}

static void skip_line(struct cw_lexer *lx) {
  const char *from = lx->sql + lx->pos, *newline = memchr(from, '\n', lx->len - lx->pos);
  skip(lx, newline ? (size_t)(newline - from) : lx->len - lx->pos);
}

static int skip_block_comment(struct cw_lexer *lx, struct cw_err *err) {
  int depth = 0, line = lx->line;
  while (lx->pos < lx->len) {
    if (at(lx, 0) == '/' && at(lx, 1) == '*' &&
        (!depth || lx->flavor & CW_SQL_NESTED_COMMENTS)) {
      depth++;
      lx->pos += 2;
    } else if (at(lx, 0) == '*' && at(lx, 1) == '/') {
      lx->pos += 2;
      if (--depth == 0) return 0;
    } else {
      skip(lx, 1);
    }
  }
  /* SQLite takes a comment that the end of the text ends. */
  if (lx->flavor & CW_SQL_BRACKETS) return 0;
  return unterminated(lx, "comment", line, err);
}

/* The length of an opening "/" "*!50003" or MariaDB's "/" "*M!100100": what follows is code for servers
 * that are new enough. */
static size_t versioned_open(const struct cw_lexer *lx) {
  if (!mysql(lx) || at(lx, 0) != '/' || at(lx, 1) != '*') return 0;
  size_t n = at(lx, 2) == 'M' ? 3 : 2;
  if (at(lx, n) != '!') return 0;
  for (n++; isdigit((unsigned char)at(lx, n));) n++;
  return n;
}

/* --- what is quoted ---------------------------------------------------------------------------- */

/* Behind the opening quote; its doubled form stands for itself. */
static int skip_quoted(struct cw_lexer *lx, char quote, bool backslash, const char *what,
                       struct cw_err *err) {
  int line = lx->line;
  lx->pos++;
  while (lx->pos < lx->len) {
    char c = at(lx, 0);
    if (c == '\\' && backslash && lx->pos + 1 < lx->len) {
      skip(lx, 2);
    } else if (c != quote) {
      skip(lx, 1);
    } else if (at(lx, 1) == quote) {
      lx->pos += 2;
    } else {
      lx->pos++;
      return 0;
    }
  }
  return unterminated(lx, what, line, err);
}

/* E'...': continued by a string on a later line, with backslashes as before. */
static int skip_escape_string(struct cw_lexer *lx, struct cw_err *err) {
  lx->pos++; /* the E */
  for (;;) {
    if (skip_quoted(lx, '\'', true, "string", err)) return -1;
    size_t n = 0;
    bool newline = false;
    for (; space(at(lx, n)); n++)
      if (at(lx, n) == '\n' || at(lx, n) == '\r') newline = true;
    if (!newline || at(lx, n) != '\'') return 0;
    skip(lx, n);
  }
}

/* The length of "$tag$" here; 0: none. */
static size_t dollar_tag(const struct cw_lexer *lx) {
  if (!(lx->flavor & CW_SQL_DOLLAR) || at(lx, 0) != '$') return 0;
  size_t n = 1;
  if (word_start(at(lx, n)))
    while (word_char(at(lx, n)) && at(lx, n) != '$') n++;
  return at(lx, n) == '$' ? n + 1 : 0;
}

static int skip_dollar_string(struct cw_lexer *lx, size_t tag_len, struct cw_err *err) {
  const char *tag = lx->sql + lx->pos, *body = tag + tag_len;
  const char *close = memmem(body, (size_t)(lx->sql + lx->len - body), tag, tag_len);
  if (!close) return unterminated(lx, "dollar-quoted string", lx->line, err);
  skip(lx, (size_t)(close - tag) + tag_len);
  return 0;
}

/* --- tokens ------------------------------------------------------------------------------------ */

/* Skips what is between tokens; 1: stopped at a mark of `*mark` bytes, or -1. */
static int skip_blank(struct cw_lexer *lx, size_t *mark, struct cw_err *err) {
  *mark = 0;
  while (lx->pos < lx->len) {
    char c = at(lx, 0);
    if (at_delim(lx)) return 0;
    if (space(c)) {
      skip(lx, 1);
    } else if (line_comment(lx)) {
      skip_line(lx);
    } else if (lx->versioned && c == '*' && at(lx, 1) == '/') {
      lx->versioned--;
      *mark = 2;
      return 1;
    } else if (c != '/' || at(lx, 1) != '*') {
      return 0;
    } else if ((*mark = versioned_open(lx))) {
      if (!lx->versioned++) lx->versioned_line = lx->line;
      return 1;
    } else if (at(lx, 2) == '+') { /* a hint of pg_hint_plan or MySQL's optimizer */
      struct cw_lexer ahead = *lx;
      if (skip_block_comment(&ahead, err)) {
        *lx = ahead;
        return -1;
      }
      *mark = ahead.pos - lx->pos;
      return 1;
    } else if (skip_block_comment(lx, err)) {
      return -1;
    }
  }
  return 0;
}

static void skip_word(struct cw_lexer *lx) {
  do {
    lx->pos++;
  } while (lx->pos < lx->len && word_char(at(lx, 0)) && !at_delim(lx));
}

static int lex(struct cw_lexer *lx, enum cw_token_kind *kind, struct cw_err *err) {
  char c = at(lx, 0);
  size_t tag;
  if (at_delim(lx)) {
    *kind = CW_TOKEN_DELIM;
    skip(lx, lx->delim_len);
    return 0;
  }
  *kind = CW_TOKEN_STRING;
  if (c == '\'') return skip_quoted(lx, c, lx->flavor & CW_SQL_BACKSLASH, "string", err);
  if ((c == 'E' || c == 'e') && at(lx, 1) == '\'' && lx->flavor & CW_SQL_DOLLAR)
    return skip_escape_string(lx, err);
  if (c == '"' && lx->flavor & CW_SQL_DQ_STRINGS)
    return skip_quoted(lx, c, lx->flavor & CW_SQL_BACKSLASH, "string", err);
  if ((tag = dollar_tag(lx))) return skip_dollar_string(lx, tag, err);
  *kind = CW_TOKEN_QUOTED;
  if (c == '"') return skip_quoted(lx, c, false, "quoted name", err);
  if (c == '`' && lx->flavor & (CW_SQL_DQ_STRINGS | CW_SQL_BRACKETS))
    return skip_quoted(lx, c, false, "quoted name", err);
  if (c == '[' && lx->flavor & CW_SQL_BRACKETS) {
    const char *from = lx->sql + lx->pos, *close = memchr(from, ']', lx->len - lx->pos);
    if (!close) return unterminated(lx, "quoted name", lx->line, err);
    skip(lx, (size_t)(close - from) + 1);
    return 0;
  }
  *kind = CW_TOKEN_WORD;
  if (word_start(c)) {
    skip_word(lx);
    return 0;
  }
  bool digit = isdigit((unsigned char)c);
  if (digit || (c == '$' && isdigit((unsigned char)at(lx, 1)))) {
    *kind = CW_TOKEN_NUMBER;
    do {
      lx->pos++;
    } while (lx->pos < lx->len && (word_char(at(lx, 0)) || at(lx, 0) == '.') && !at_delim(lx));
    return 0;
  }
  *kind = CW_TOKEN_PUNCT;
  lx->pos += c == ':' && (at(lx, 1) == ':' || at(lx, 1) == '=') ? 2 : 1;
  return 0;
}

int cw_lexer_next(struct cw_lexer *lx, struct cw_token *token, struct cw_err *err) {
  size_t mark;
  int got = skip_blank(lx, &mark, err);
  token->kind = CW_TOKEN_END;
  token->start = lx->pos;
  token->len = 0;
  token->line = lx->line;
  if (got < 0) return -1;
  if (got == 1) {
    token->kind = CW_TOKEN_MARK;
    token->len = mark;
    skip(lx, mark);
    return 0;
  }
  if (lx->pos >= lx->len)
    return lx->versioned ? unterminated(lx, "comment", lx->versioned_line, err) : 0;
  if (lex(lx, &token->kind, err)) return -1;
  token->len = lx->pos - token->start;
  return 0;
}

/* --- comparing --------------------------------------------------------------------------------- */

static bool same_word(const char *text, size_t len, const char *upper, size_t upper_len) {
  if (len != upper_len) return false;
  for (size_t i = 0; i < len; i++) {
    char c = text[i];
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    if (c != upper[i]) return false;
  }
  return true;
}

bool cw_token_word(const struct cw_lexer *lx, const struct cw_token *token, const char *word) {
  return token->kind == CW_TOKEN_WORD &&
         same_word(lx->sql + token->start, token->len, word, strlen(word));
}

bool cw_token_punct(const struct cw_lexer *lx, const struct cw_token *token, char c) {
  return token->kind == CW_TOKEN_PUNCT && token->len == 1 && lx->sql[token->start] == c;
}

bool cw_token_among(const struct cw_lexer *lx, const struct cw_token *token, const char *words) {
  if (token->kind != CW_TOKEN_WORD) return false;
  while (*words) {
    size_t n = strcspn(words, " ");
    if (same_word(lx->sql + token->start, token->len, words, n)) return true;
    words += n;
    if (*words) words++;
  }
  return false;
}
