/* Scripts cut into statements.
 *
 * A semicolon ends a statement unless it stands in the body of a trigger or routine. Bodies differ:
 * SQLite's and PostgreSQL's (BEGIN ATOMIC) are one block of statements in which only CASE nests;
 * MySQL's nest blocks of six kinds, and the words that open or close them are also plain names
 * (`begin`, `end`) and functions (IF, REPEAT). So the splitter follows where in a body a statement
 * begins: there, and only there, these words are what they seem. */
#include "db/sql_lex.h"
#include "util/alloc.h"
#include "util/vec.h"

enum block {
  BLOCK_BEGIN,
  BLOCK_CONTROL, /* IF, LOOP, CASE as a statement: THEN, ELSE and LOOP are followed by statements */
  BLOCK_DO,      /* WHILE, FOR: statements follow DO */
  BLOCK_REPEAT,  /* its END follows UNTIL's condition */
  BLOCK_CASE     /* an expression: no statements in it */
};

enum phase {
  PLAIN,  /* no body to be expected, or a body that is one simple statement */
  CREATE, /* behind CREATE, ALTER: what is created is not known yet */
  HEADER, /* of a trigger or routine */
  BODY    /* in its blocks */
};

struct splitter {
  struct cw_lexer lexer;
  struct cw_slices *out;
  size_t start, end; /* of the statement so far */
  int line;
  size_t tokens;     /* how many it has, marks not counted */
  enum phase phase;
  VEC(enum block) blocks;
  int parens;
  bool at_statement; /* in a body: a statement begins at the next token */
  bool handler;      /* in a DECLARE ... HANDLER FOR: BEGIN opens a block */
  bool closing;      /* the last word was END: IF, CASE, ... belong to it */
  struct cw_token last; /* the token before, marks not counted */
  char delim[32];
};

static bool mysql(const struct splitter *s) { return s->lexer.flavor & CW_SQL_HASH_COMMENTS; }

static bool postgresql(const struct splitter *s) { return s->lexer.flavor & CW_SQL_DOLLAR; }

static bool word(const struct splitter *s, const struct cw_token *t, const char *words) {
  return cw_token_among(&s->lexer, t, words);
}

static bool punct(const struct splitter *s, const struct cw_token *t, char c) {
  return cw_token_punct(&s->lexer, t, c);
}

static void statement_reset(struct splitter *s) {
  s->tokens = 0;
  s->start = s->end = 0;
  s->phase = PLAIN;
  s->parens = 0;
  s->at_statement = s->handler = s->closing = false;
  s->last = (struct cw_token){.kind = CW_TOKEN_END};
  vec_clear(&s->blocks);
}

static void statement_end(struct splitter *s) {
  if (s->tokens) {
    struct cw_slice slice = {s->start, s->end - s->start, s->line};
    vec_push(s->out, slice);
  }
  statement_reset(s);
}

/* --- bodies ------------------------------------------------------------------------------------ */

static void open_block(struct splitter *s, enum block block) {
  vec_push(&s->blocks, block);
  s->phase = BODY;
  s->handler = false;
  s->at_statement = block == BLOCK_BEGIN || block == BLOCK_REPEAT;
}

static void close_block(struct splitter *s) {
  if (s->blocks.len) s->blocks.len--;
  s->closing = true;
  s->at_statement = false;
}

/* A word that opens one of MySQL's blocks where a statement begins. */
static bool open_control(struct splitter *s, const struct cw_token *t) {
  if (word(s, t, "BEGIN"))
    open_block(s, BLOCK_BEGIN);
  else if (word(s, t, "IF CASE"))
    open_block(s, BLOCK_CONTROL);
  else if (word(s, t, "WHILE FOR"))
    open_block(s, BLOCK_DO);
  else if (word(s, t, "REPEAT"))
    open_block(s, BLOCK_REPEAT);
  else if (word(s, t, "LOOP")) {
    open_block(s, BLOCK_CONTROL);
    s->at_statement = true;
  } else
    return false;
  return true;
}

static bool next_is(const struct splitter *s, const char *words) {
  struct cw_lexer ahead = s->lexer;
  struct cw_token t;
  return cw_lexer_next(&ahead, &t, NULL) == 0 && cw_token_among(&ahead, &t, words);
}

/* In a trigger or routine's head: does the body begin here? */
static void in_header(struct splitter *s, const struct cw_token *t) {
  if (t->kind != CW_TOKEN_WORD || s->parens || punct(s, &s->last, '.')) return;
  if (!mysql(s)) {
    /* Elsewhere BEGIN may be a column, so PostgreSQL's body needs both words. */
    bool body = postgresql(s) ? word(s, t, "ATOMIC") && word(s, &s->last, "BEGIN")
                              : word(s, t, "BEGIN");
    if (body) open_block(s, BLOCK_BEGIN);
    return;
  }
  if (word(s, t, "IF") && word(s, &s->last, "TRIGGER PROCEDURE FUNCTION EVENT"))
    return; /* IF NOT EXISTS */
  if (word(s, t, "FOR") && next_is(s, "EACH")) return;
  if (open_control(s, t)) return;
  bool named_event = word(s, &s->last, "BEFORE AFTER OR"); /* also CREATE OR REPLACE */
  bool of_type = word(s, t, "SET") && word(s, &s->last, "CHARACTER CHAR RETURNS");
  if (word(s, t, "RETURN SELECT INSERT UPDATE DELETE REPLACE SET CALL WITH VALUES CREATE ALTER DROP "
                 "TRUNCATE RENAME EXECUTE PREPARE SIGNAL LOAD ANALYZE OPTIMIZE FLUSH GRANT REVOKE") &&
      !named_event && !of_type)
    s->phase = PLAIN;
}

static enum block innermost(const struct splitter *s) {
  return s->blocks.len ? s->blocks.items[s->blocks.len - 1] : BLOCK_BEGIN;
}

static void in_body(struct splitter *s, const struct cw_token *t) {
  bool begins = s->at_statement, closing = s->closing;
  enum block block = innermost(s);
  s->at_statement = s->closing = false;
  if (punct(s, t, ';')) {
    s->at_statement = block != BLOCK_CASE;
    s->handler = false;
    return;
  }
  if (punct(s, t, ':')) { /* behind a label */
    s->at_statement = mysql(s) && block != BLOCK_CASE && s->last.kind != CW_TOKEN_STRING;
    return;
  }
  if (t->kind != CW_TOKEN_WORD || punct(s, &s->last, '.')) return;
  if (closing && word(s, t, "IF CASE LOOP WHILE REPEAT FOR")) return; /* END IF */
  if (word(s, t, "END") && (begins || block == BLOCK_CASE || block == BLOCK_REPEAT)) {
    close_block(s);
    return;
  }
  if (mysql(s)) {
    if ((begins || (s->handler && word(s, t, "BEGIN"))) && open_control(s, t)) return;
    if (begins && word(s, t, "DECLARE")) s->handler = true;
    if (block == BLOCK_CONTROL && word(s, t, "THEN ELSE")) s->at_statement = true;
    if (block == BLOCK_DO && !begins && word(s, t, "DO")) s->at_statement = true;
  }
  if (word(s, t, "CASE")) open_block(s, BLOCK_CASE);
}

/* Which statements have a body. */
static void classify(struct splitter *s, const struct cw_token *t) {
  if (s->tokens == 0) {
    s->phase = word(s, t, "CREATE ALTER") ? CREATE : PLAIN;
  } else if (s->tokens == 2 && word(s, t, "ATOMIC") && word(s, &s->last, "NOT") && mysql(s)) {
    open_block(s, BLOCK_BEGIN); /* MariaDB's BEGIN NOT ATOMIC */
  } else if (s->phase == CREATE) {
    if (word(s, t, "TRIGGER FUNCTION PROCEDURE EVENT"))
      s->phase = HEADER;
    else if (word(s, t, "TABLE INDEX VIEW UNIQUE SCHEMA DATABASE TYPE USER ROLE RULE"))
      s->phase = PLAIN;
  }
}

/* --- the mysql client's DELIMITER -------------------------------------------------------------- */

/* "DELIMITER //" on a line of its own where a statement would begin. */
static bool delimiter_command(struct splitter *s, const struct cw_token *t) {
  if (!mysql(s) || s->tokens || !word(s, t, "DELIMITER")) return false;
  struct cw_lexer *lx = &s->lexer;
  const char *from = lx->sql + lx->pos, *end = lx->sql + lx->len;
  const char *newline = memchr(from, '\n', (size_t)(end - from));
  const char *stop = newline ? newline : end;
  while (from < stop && (*from == ' ' || *from == '\t')) from++;
  const char *to = from;
  while (to < stop && !strchr(" \t\r", *to)) to++;
  size_t len = (size_t)(to - from);
  if (len == 0 || len >= sizeof s->delim) return false;
  memcpy(s->delim, from, len);
  bool usual = len == 1 && *from == ';';
  lx->delim = usual ? NULL : s->delim;
  lx->delim_len = len;
  lx->pos = (size_t)(stop - lx->sql);
  statement_reset(s);
  return true;
}

/* --- all together ------------------------------------------------------------------------------ */

static bool ends_here(const struct splitter *s, const struct cw_token *t) {
  if (t->kind == CW_TOKEN_DELIM) return !s->lexer.versioned;
  if (s->lexer.delim || !punct(s, t, ';')) return false;
  /* As psql does: CREATE RULE has its statements in parentheses. */
  if (postgresql(s) && s->parens > 0) return false;
  return !s->blocks.len && !s->lexer.versioned;
}

static void take(struct splitter *s, const struct cw_token *t) {
  if (!s->end) {
    s->start = t->start;
    s->line = t->line;
  }
  s->end = t->start + t->len;
  if (t->kind == CW_TOKEN_MARK) return;
  if (punct(s, t, '(')) s->parens++;
  if (punct(s, t, ')')) s->parens--;
  if (s->phase == BODY)
    in_body(s, t);
  else if (s->phase == HEADER)
    in_header(s, t);
  else
    classify(s, t);
  s->last = *t;
  s->tokens++;
}

int cw_sql_split(const char *sql, size_t len, unsigned flavor, struct cw_slices *out,
                 struct cw_err *err) {
  struct splitter s = {.lexer = cw_lexer_over(sql, len, flavor), .out = out};
  struct cw_token t;
  int failed;
  statement_reset(&s);
  for (;;) {
    failed = cw_lexer_next(&s.lexer, &t, err);
    if (failed || t.kind == CW_TOKEN_END) break;
    if (ends_here(&s, &t))
      statement_end(&s);
    else if (!delimiter_command(&s, &t))
      take(&s, &t);
  }
  if (!failed) statement_end(&s);
  vec_release(&s.blocks);
  return failed;
}
