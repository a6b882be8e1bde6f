/* What the files of db/ itself share and nobody else needs. */
#ifndef CW_DB_INTERNAL_H
#define CW_DB_INTERNAL_H

#include "db/driver.h"

/* Makes an error that came from a driver fit to be shown: passwords hidden, the database named.
 * Returns -1. */
int cw_conn_clean_err(const struct cw_conn *conn, struct cw_err *err);

/* --- later.c: statements that wait --- */
/* Whether its values can be sent as text: a query with others is not treated as curlew's own. */
bool cw_later_plain(const struct cw_query *query);
/* Whether `query` is to be run by the driver's chain. */
bool cw_later_concerns(const struct cw_conn *conn, const struct cw_query *query);
int cw_later_run(struct cw_conn *conn, const struct cw_query *query, struct cw_result **out,
                 struct cw_err *err);
/* Sends what waits, alone. */
int cw_later_flush(struct cw_conn *conn, struct cw_err *err);
void cw_later_drop(struct cw_conn *conn);

/* Remembers a secret of the URL in every form it may come back in: decoded, as it was written (`len`
 * bytes), percent-encoded. */
void cw_url_add_secret(struct cw_url *url, const char *decoded, const char *written, size_t len);

#endif
