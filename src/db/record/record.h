/* The recording connection behind --sql: statements are appended to a text instead of being run,
 * parameters rendered as literals by the dialect; reading is refused (CW_ERR_OFFLINE). */
#ifndef CW_DB_RECORD_RECORD_H
#define CW_DB_RECORD_RECORD_H

#include "db/db.h"
#include "util/strbuf.h"

struct cw_record_opts {
  const char *dialect, *server, *version; /* what the SQL is written for; copied. No version: the
                                             oldest that is supported */
  unsigned caps, flavor;                  /* of the real driver */
  struct strbuf *out;                     /* borrowed */
  /* Appends a value as a literal of the dialect. */
  int (*literal)(void *ctx, const struct cw_value *value, struct strbuf *out, struct cw_err *err);
  void *ctx;
};
int cw_record_open(struct cw_conn **out, const struct cw_record_opts *opts, struct cw_err *err);
/* From now on every statement is run on `shadow` (borrowed; NULL: no more) as well, a connection that
 * stands for the database the SQL is for; what it can't do is let pass. */
void cw_record_shadow(struct cw_conn *conn, struct cw_conn *shadow);
/* While muted nothing is appended; everything else goes on. */
void cw_record_mute(struct cw_conn *conn, bool muted);
/* A "-- text" line, each line of the text prefixed. `conn` is one that cw_record_open made. */
void cw_record_comment(struct cw_conn *conn, const char *text);
/* Capabilities and flavor of the driver a URL belongs to, without connecting. */
int cw_driver_traits(const struct cw_url *url, unsigned *caps, unsigned *flavor,
                     const char **dialect, const char **server, struct cw_err *err);

#endif
