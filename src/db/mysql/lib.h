/* MariaDB's client library (it speaks to MySQL as well), opened on first use: a run on another
 * database doesn't pay for loading it. */
#ifndef CW_DB_MYSQL_LIB_H
#define CW_DB_MYSQL_LIB_H

#include <mysql.h>

#include "util/err.h"

/* Every function that this driver calls. */
/* clang-format off */
#define CW_MYSQL_FUNCTIONS(X) \
  X(mysql_init) X(mysql_options) X(mysql_options4) X(mysql_real_connect) X(mysql_close) \
  X(mysql_errno) X(mysql_error) X(mysql_sqlstate) X(mysql_get_server_info) \
  X(mysql_get_ssl_cipher) X(mysql_thread_id) X(mysql_real_query) X(mysql_store_result) \
  X(mysql_free_result) X(mysql_field_count) X(mysql_num_fields) X(mysql_fetch_fields) \
  X(mysql_fetch_row) X(mysql_fetch_lengths) X(mysql_affected_rows) X(mysql_insert_id) \
  X(mysql_next_result) X(mysql_stmt_init) X(mysql_stmt_attr_set) X(mysql_stmt_prepare) \
  X(mysql_stmt_param_count) X(mysql_stmt_bind_param) X(mysql_stmt_execute) \
  X(mysql_stmt_result_metadata) X(mysql_stmt_bind_result) X(mysql_stmt_store_result) \
  X(mysql_stmt_free_result) X(mysql_stmt_fetch) X(mysql_stmt_fetch_column) \
  X(mysql_stmt_affected_rows) X(mysql_stmt_insert_id) X(mysql_stmt_field_count) \
  X(mysql_stmt_next_result) X(mysql_stmt_errno) X(mysql_stmt_error) X(mysql_stmt_sqlstate) \
  X(mysql_stmt_close) X(mariadb_get_infov) X(mysql_real_escape_string)
/* clang-format on */

struct cw_mysql {
#define X(name) __typeof__(&name) name;
  CW_MYSQL_FUNCTIONS(X)
#undef X
};

/* The table, loaded once per process and constant from then on. NULL with CW_ERR_NO_DRIVER when the
 * library is missing or too old. */
const struct cw_mysql *cw_mysql_load(struct cw_err *err);

#endif
