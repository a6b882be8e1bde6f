/* The tokens of SQL, as far as sql_split.c, sql_bind.c and sql_kind.c need them told apart. For these
 * files only; sql.h is for everybody else. */
#ifndef CW_DB_SQL_LEX_H
#define CW_DB_SQL_LEX_H

#include "db/sql.h"

enum cw_token_kind {
  CW_TOKEN_WORD,   /* a keyword or plain name */
  CW_TOKEN_QUOTED, /* a quoted name */
  CW_TOKEN_STRING, /* any string literal, E'' and dollar quotes too */
  CW_TOKEN_NUMBER, /* also $1 */
  CW_TOKEN_PUNCT,  /* one byte, "::" or ":=" */
  CW_TOKEN_MARK,   /* the borders of MySQL's versioned comments, whole hint comments: kept, no syntax */
  CW_TOKEN_DELIM,  /* the lexer's `delim` */
  CW_TOKEN_END
};

struct cw_token {
  enum cw_token_kind kind;
  size_t start, len;
  int line;
};

struct cw_lexer {
  const char *sql;
  size_t len, pos;
  int line;
  unsigned flavor;
  const char *delim; /* of the mysql client, in force outside of strings and comments; may be NULL */
  size_t delim_len;
  int versioned;     /* how many versioned comments are open */
  int versioned_line;
};

struct cw_lexer cw_lexer_over(const char *sql, size_t len, unsigned flavor);
/* The next token; white space and comments are skipped. -1: a string, name or comment that does not
 * end, named with its line; the lexer then stands at the end. */
int cw_lexer_next(struct cw_lexer *lexer, struct cw_token *token, struct cw_err *err);

/* Whether the token is this keyword (given in upper case), or this punctuation. */
bool cw_token_word(const struct cw_lexer *lexer, const struct cw_token *token, const char *word);
bool cw_token_punct(const struct cw_lexer *lexer, const struct cw_token *token, char c);
/* Whether the token is one of a list of keywords ("SELECT VALUES TABLE": one space between). */
bool cw_token_among(const struct cw_lexer *lexer, const struct cw_token *token, const char *words);

#endif
