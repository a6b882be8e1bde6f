/* Connections for C plugins: the members of the host's table that are about them; see curlew/plugin.h. */
#ifndef CW_PLUGIN_HOST_CONN_H
#define CW_PLUGIN_HOST_CONN_H

#include "curlew/plugin.h"

struct curlew_conn *cw_plugin_conn(lua_State *L, int index);
const char *cw_plugin_dialect(struct curlew_conn *conn);
const char *cw_plugin_server(struct curlew_conn *conn);
const char *cw_plugin_server_version(struct curlew_conn *conn);
int cw_plugin_query(struct curlew_conn *conn, const char *sql, size_t len,
                    const struct curlew_value *params, size_t nparams, curlew_row_fn *row, void *ctx,
                    int64_t *affected);
int cw_plugin_batch(struct curlew_conn *conn, const char *sql, size_t len,
                    const struct curlew_value *values, size_t nparams, size_t nsets,
                    int64_t *affected);
const struct curlew_error *cw_plugin_error(struct curlew_conn *conn);
int cw_plugin_raise_last(lua_State *L, struct curlew_conn *conn);

#endif
