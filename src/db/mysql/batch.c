/* One statement for many parameter sets. MariaDB takes arrays of values, a chunk in one round trip;
 * MySQL gets the prepared statement once and its values set by set. */
#include <mysqld_error.h>
#include <string.h>

#include "db/mysql/my.h"
#include "db/text.h"

enum { CHUNK_SETS = 2000, CHUNK_BYTES = 4 << 20 };

/* --- set by set ------------------------------------------------------------------------------- */

static int run_loop(struct cw_my_conn *c, const struct cw_query *query, size_t nsets,
                    int64_t *affected, struct cw_err *err) {
  struct cw_query one = *query;
  one.flags = 0;
  for (size_t set = 0; set < nsets; set++, one.params += query->nparams) {
    struct cw_my_result *r = NULL;
    int rc = cw_my_bound(c, &one, &r, err);
    if (rc == 0 && r->base.ncols == 0 && r->base.affected > 0) *affected += r->base.affected;
    if (rc == 0 && r->more) cw_my_skip_results(r);
    if (rc == 0) cw_result_free(&r->base);
    if (rc) return cw_err_prefix(err, "parameter set %zu of %zu: ", set + 1, nsets);
  }
  return 0;
}

/* --- arrays ----------------------------------------------------------------------------------- */

/* One parameter's values over a chunk. */
struct column {
  enum cw_type type; /* all values have it, are converted to it, or are NULL */
  char *indicators;
  unsigned long *lengths;
  void *data; /* int64_t, double or char pointers */
};

/* Converts one value; a number among texts is written into `texts`. */
static int put(struct column *col, size_t row, const struct cw_value *value, struct strvec *texts,
               struct cw_err *err) {
  MYSQL_BIND ignored;
  unsigned long length;
  col->indicators[row] = value->type == CW_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
  col->lengths[row] = 0;
  if (value->type == CW_NULL) return 0;
  if (value->type == CW_FLOAT && cw_my_bind_value(&ignored, value, &length, err)) return -1;
  if (col->type == CW_INT) {
    ((int64_t *)col->data)[row] = value->type == CW_BOOL ? value->b : value->i;
  } else if (col->type == CW_FLOAT) {
    ((double *)col->data)[row] = value->f;
  } else if (value->type == CW_TEXT || value->type == CW_BLOB || value->type == CW_NUMERIC) {
    ((const char **)col->data)[row] = value->s.p ? value->s.p : "";
    col->lengths[row] = value->s.len;
  } else {
    char number[CW_FLOAT_TEXT];
    if (value->type == CW_FLOAT) cw_float_format(value->f, number);
    else
      snprintf(number, sizeof number, "%lld",
               (long long)(value->type == CW_BOOL ? value->b : value->i));
    strvec_push(texts, number);
    ((const char **)col->data)[row] = texts->items[texts->len - 1];
    col->lengths[row] = strlen(number);
  }
  return 0;
}

/* The one type that the values of a parameter are sent as. */
static enum cw_type common_type(const struct cw_query *query, size_t i, size_t nsets) {
  enum cw_type common = CW_NULL;
  for (size_t set = 0; set < nsets; set++) {
    const struct cw_value *value = &query->params[set * query->nparams + i];
    enum cw_type type = value->type == CW_BOOL ? CW_INT : value->type;
    if (type == CW_TEXT && !cw_text_is_utf8(value->s.p, value->s.len)) type = CW_BLOB;
    if (type == CW_NULL || type == common) continue;
    if (common == CW_NULL) common = type;
    else common = type == CW_BLOB || common == CW_BLOB ? CW_BLOB : CW_TEXT;
  }
  return common;
}

static enum enum_field_types wire_type(enum cw_type type) {
  switch (type) {
  case CW_BOOL:
  case CW_INT: return MYSQL_TYPE_LONGLONG;
  case CW_FLOAT: return MYSQL_TYPE_DOUBLE;
  case CW_NUMERIC: return MYSQL_TYPE_NEWDECIMAL;
  case CW_BLOB: return MYSQL_TYPE_BLOB;
  case CW_NULL:
  case CW_TEXT: break;
  }
  return MYSQL_TYPE_STRING;
}

/* How many sets from `first` go into one chunk. */
static size_t chunk_size(struct cw_my_conn *c, const struct cw_query *query, size_t first,
                         size_t nsets) {
  size_t bytes = 0, n = 0, limit = CHUNK_BYTES;
  if (c->max_packet && c->max_packet / 2 < limit) limit = c->max_packet / 2;
  while (first + n < nsets && n < CHUNK_SETS) {
    const struct cw_value *values = &query->params[(first + n) * query->nparams];
    for (size_t i = 0; i < query->nparams; i++)
      bytes += values[i].type >= CW_NUMERIC ? values[i].s.len + 10 : 24;
    if (n > 0 && bytes > limit) break;
    n++;
  }
  return n;
}

struct chunk {
  struct column *columns;
  MYSQL_BIND *binds;
  struct strvec texts;
};

static void chunk_release(struct chunk *chunk, size_t nparams) {
  for (size_t i = 0; i < nparams; i++) {
    free(chunk->columns[i].indicators);
    free(chunk->columns[i].lengths);
    free(chunk->columns[i].data);
  }
  free(chunk->columns);
  free(chunk->binds);
  strvec_release(&chunk->texts);
}

static int chunk_fill(struct chunk *chunk, const struct cw_query *query, const enum cw_type *types,
                      size_t first, size_t n, size_t nsets, struct cw_err *err) {
  chunk->columns = xcalloc(query->nparams, sizeof *chunk->columns);
  chunk->binds = xcalloc(query->nparams, sizeof *chunk->binds);
  for (size_t i = 0; i < query->nparams; i++) {
    struct column *col = &chunk->columns[i];
    *col = (struct column){.type = types[i],
                           .indicators = xcalloc(n, 1),
                           .lengths = xcalloc(n, sizeof *col->lengths),
                           .data = xcalloc(n, sizeof(int64_t))};
    chunk->binds[i] = (MYSQL_BIND){.buffer_type = wire_type(types[i]), .buffer = col->data,
                                   .length = col->lengths, .u.indicator = col->indicators};
  }
  for (size_t row = 0; row < n; row++)
    for (size_t i = 0; i < query->nparams; i++)
      if (put(&chunk->columns[i], row, &query->params[(first + row) * query->nparams + i],
              &chunk->texts, err))
        return cw_err_prefix(err, "parameter set %zu of %zu: ", first + row + 1, nsets);
  return 0;
}

/* 1: the server doesn't take this statement with arrays, nothing was executed. */
static int send_chunk(struct cw_my_conn *c, struct cw_my_stmt *s, struct chunk *chunk, size_t first,
                      size_t n, size_t nsets, int64_t *affected, struct cw_err *err) {
  unsigned size = (unsigned)n;
  c->lib->mysql_stmt_attr_set(s->st, STMT_ATTR_ARRAY_SIZE, &size);
  if (c->lib->mysql_stmt_bind_param(s->st, chunk->binds) || c->lib->mysql_stmt_execute(s->st)) {
    if (first == 0 && c->lib->mysql_stmt_errno(s->st) == ER_UNSUPPORTED_PS) return 1;
    cw_my_fail_stmt(c, s->st, err);
    if (n == 1) return cw_err_prefix(err, "parameter set %zu of %zu: ", first + 1, nsets);
    return cw_err_prefix(err, "one of the parameter sets %zu to %zu of %zu: ", first + 1, first + n,
                         nsets);
  }
  *affected += (int64_t)c->lib->mysql_stmt_affected_rows(s->st);
  return 0;
}

static int run_arrays(struct cw_my_conn *c, const struct cw_query *query, size_t nsets,
                      int64_t *affected, struct cw_err *err) {
  struct cw_my_stmt *s;
  if (cw_my_prepare(c, query, false, &s, err)) return -1;
  enum cw_type *types = xcalloc(query->nparams, sizeof *types);
  for (size_t i = 0; i < query->nparams; i++) types[i] = common_type(query, i, nsets);
  int rc = 0;
  for (size_t first = 0, n; rc == 0 && first < nsets; first += n) {
    struct chunk chunk = {0};
    n = chunk_size(c, query, first, nsets);
    rc = chunk_fill(&chunk, query, types, first, n, nsets, err);
    if (rc == 0) rc = send_chunk(c, s, &chunk, first, n, nsets, affected, err);
    chunk_release(&chunk, query->nparams);
  }
  free(types);
  cw_my_stmt_done(c, s);
  return rc;
}

int cw_my_batch(struct cw_conn *conn, const struct cw_query *query, size_t nsets, int64_t *affected,
                struct cw_err *err) {
  static const char *const verbs[] = {"INSERT", "REPLACE", "UPDATE", "DELETE"};
  struct cw_my_conn *c = cw_my(conn);
  char verb[CW_VERB_MAX];
  bool writes = false;
  int rc = 1;
  *affected = 0;
  if (conn->lost) return cw_my_fail_lost(c, err);
  cw_sql_verb(query->sql, query->len, verb, NULL);
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) writes |= strcmp(verb, verbs[i]) == 0;
  struct cw_my_guard guard;
  cw_my_guard_begin(&guard);
  cw_my_busy(c);
  if (c->bulk && writes && query->nparams && nsets > 1)
    rc = run_arrays(c, query, nsets, affected, err);
  if (rc == 1) rc = run_loop(c, query, nsets, affected, err);
  cw_my_idle(c);
  cw_my_guard_end(&guard);
  return rc;
}
