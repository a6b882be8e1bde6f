/* What the files of db/ itself share and nobody else needs. */
#ifndef CW_DB_INTERNAL_H
#define CW_DB_INTERNAL_H

#include "db/driver.h"

/* Makes an error that came from a driver fit to be shown: passwords hidden, the database named.
 * Returns -1. */
int cw_conn_clean_err(const struct cw_conn *conn, struct cw_err *err);

/* Remembers a secret of the URL in every form it may come back in: decoded, as it was written (`len`
 * bytes), percent-encoded. */
void cw_url_add_secret(struct cw_url *url, const char *decoded, const char *written, size_t len);

#endif
