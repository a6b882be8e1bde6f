/* Database URLs (contract 2). */
#ifndef CW_DB_URL_H
#define CW_DB_URL_H

#include "util/err.h"
#include "util/vec.h"

struct cw_url {
  char *text;       /* as given: holds the password, never printed */
  char *masked;     /* for people and logs: password and secret-looking options replaced by *** */
  char *scheme;     /* lower case, "+driver" removed, aliases resolved: "sqlite", "postgresql", "mysql" */
  bool mariadb;     /* written mariadb:// */
  char *variant;    /* what follows a "+" in the scheme, lower case: a plugin's dialect, or the name of another
                       language's library, which means nothing here; NULL: nothing does */
  char *user, *password, *host, *port, *path; /* decoded; NULL where absent. PostgreSQL: host and port may
                       be comma lists. path: without the leading "/" (a SQLite path keeps its own form:
                       NULL is memory) */
  char *memory;     /* SQLite in memory: the name by which connections of this process share the database, set
                       by who wants that; NULL: each connection has one of its own */
  struct strvec keys, values; /* the query, decoded, in order */
  struct strvec secrets; /* every form in which a password may come back; for cw_url_redact */
};

/* Parses and validates; `base_dir` is the folder that a relative SQLite path is relative to. Errors
 * (CW_ERR_CONFIG) name the part at fault and never show the password. */
int cw_url_parse(struct cw_url **out, const char *text, const char *base_dir, struct cw_err *err);
void cw_url_free(struct cw_url *url);
struct cw_url *cw_url_copy(const struct cw_url *url); /* NULL gives NULL */
/* The last value given for `key`: borrowed, or NULL. */
const char *cw_url_option(const struct cw_url *url, const char *key);

/* A fresh copy of `text` in which *** stands for every run of six or more bytes of one of the URL's
 * secrets (decoded, as written, percent-encoded), and for the whole of a shorter one where it stands
 * as a word. What the masked URL shows anyway is left: hiding a user's name that is also the password
 * would give it away. For texts that come from a client library; the caller frees. NULL gives NULL,
 * a NULL url a plain copy. */
char *cw_url_redact(const struct cw_url *url, const char *text);

#endif
