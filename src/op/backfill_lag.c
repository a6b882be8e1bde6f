/* What a backfill waits for besides orders: replicas that are too far behind, and Galera's flow control.
 *
 * How far behind a replica is, is measured here: each look notes how far the primary has written, and a
 * replica is as late as the oldest note that it hasn't come to. So no clock but this one counts, an idle
 * primary makes nobody late, and a replica that says nothing more falls behind by itself. */
#include "op/backfill_internal.h"
#include "op/journal_internal.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { CONNECT_MS = 3000, CONNECT_AGAIN_MS = 5000, FLOW_SHARE = 20 /* percent */ };

struct note {
  int64_t at_ms, position;
};

struct replica {
  char *name;              /* "127.0.0.1:5433" */
  struct cw_url *url;      /* NULL: the primary tells its position */
  struct cw_conn *conn;
  int64_t position, tried_ms;
  bool seen;               /* in this look */
  char *problem;           /* why its position isn't known, or NULL */
};

struct cw_lag {
  VEC(struct note) notes;
  VEC(struct replica) replicas;
  bool looked;             /* for replicas that the primary knows of */
  bool blind;              /* this user may not see them */
  int64_t paused_ns, paused_at_ms; /* Galera's flow control at the last look */
  char *why;
};

static void release_replica(struct replica *r) {
  free(r->name);
  free(r->problem);
  cw_conn_free(r->conn);
  cw_url_free(r->url);
}

void cw_lag_free(struct cw_lag *lag) {
  if (!lag) return;
  for (size_t i = 0; i < lag->replicas.len; i++) release_replica(&lag->replicas.items[i]);
  vec_release(&lag->replicas);
  vec_release(&lag->notes);
  free(lag->why);
  free(lag);
}

/* --- reading positions ----------------------------------------------------------------------------- */

/* Rows of a SHOW or SELECT: calls fn for each, with the columns' names in the result. */
typedef void row_fn(void *ctx, const struct cw_result *result, const struct cw_value *row);

static int each_row(struct cw_conn *conn, const char *sql, row_fn *fn, void *ctx, struct cw_err *err) {
  struct cw_result *result = NULL;
  const struct cw_value *row;
  if (cw_conn_query(conn, sql, strlen(sql), NULL, 0, CW_QUERY_SIMPLE, &result, err)) return -1;
  int got;
  while ((got = cw_result_next(result, &row, err)) == 1) fn(ctx, result, row);
  cw_result_free(result);
  return got;
}

/* The value of the first of these columns that there is, as text for the caller to free; or NULL. */
static char *column(const struct cw_result *result, const struct cw_value *row, const char *name,
                    const char *other) {
  for (size_t i = 0; i < cw_result_ncols(result); i++) {
    const char *own = cw_result_name(result, i);
    if (strcmp(own, name) == 0 || (other && strcmp(own, other) == 0))
      return row[i].type == CW_NULL ? NULL : cw_value_text(&row[i]);
  }
  return NULL;
}

static int64_t number(const struct cw_result *result, const struct cw_value *row, const char *name,
                      const char *other) {
  char *text = column(result, row, name, other);
  int64_t value = text ? strtoll(text, NULL, 10) : 0;
  free(text);
  return value;
}

/* "binlog.000012" and 4711 as one number that grows. */
static int64_t binlog_position(const char *file, int64_t position) {
  const char *dot = file ? strrchr(file, '.') : NULL;
  return dot ? (strtoll(dot + 1, NULL, 10) << 40) + position : -1;
}

static void primary_row(void *ctx, const struct cw_result *result, const struct cw_value *row) {
  char *file = column(result, row, "File", NULL);
  *(int64_t *)ctx = binlog_position(file, number(result, row, "Position", NULL));
  free(file);
}

static void replica_row(void *ctx, const struct cw_result *result, const struct cw_value *row) {
  char *file = column(result, row, "Relay_Source_Log_File", "Relay_Master_Log_File");
  *(int64_t *)ctx =
      binlog_position(file, number(result, row, "Exec_Source_Log_Pos", "Exec_Master_Log_Pos"));
  free(file);
}

static void number_row(void *ctx, const struct cw_result *result, const struct cw_value *row) {
  (void)result;
  *(int64_t *)ctx = row[0].type == CW_INT ? row[0].i : -1;
}

static bool is_postgresql(const struct cw_conn *conn) {
  return strcmp(cw_conn_dialect(conn), "postgresql") == 0;
}

/* Old and new words for the same. */
static int ask_either(struct cw_conn *conn, const char *now, const char *before, row_fn *fn, void *ctx,
                      struct cw_err *err) {
  if (each_row(conn, now, fn, ctx, err) == 0) return 0;
  if (cw_conn_lost(conn) || strcmp(err->sqlstate, "42000") != 0) return -1;
  struct cw_err second = CW_ERR_INIT;
  int failed = each_row(conn, before, fn, ctx, &second);
  if (err->native == 1064) cw_err_move(err, &second); /* else the first says why */
  cw_err_release(&second);
  if (!failed) cw_err_release(err);
  return failed;
}

/* How far a primary has written; -1: it keeps no log that anyone could follow. */
static int primary_position(struct cw_conn *conn, int64_t *out, struct cw_err *err) {
  *out = -1;
  if (is_postgresql(conn))
    return each_row(conn,
                    "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN -1 ELSE "
                    "pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint END",
                    number_row, out, err);
  const char *now = strcmp(cw_conn_server(conn), "mysql") == 0 ? "SHOW BINARY LOG STATUS"
                                                               : "SHOW MASTER STATUS";
  return ask_either(conn, now, "SHOW MASTER STATUS", primary_row, out, err);
}

static int replica_position(struct cw_conn *conn, int64_t *out, struct cw_err *err) {
  *out = -1;
  if (is_postgresql(conn))
    return each_row(conn,
                    "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), "
                    "'0/0')::bigint",
                    number_row, out, err);
  return ask_either(conn, "SHOW REPLICA STATUS", "SHOW SLAVE STATUS", replica_row, out, err);
}

/* --- which replicas -------------------------------------------------------------------------------- */

static struct replica *find(struct cw_lag *lag, const char *name) {
  for (size_t i = 0; i < lag->replicas.len; i++)
    if (strcmp(lag->replicas.items[i].name, name) == 0) return &lag->replicas.items[i];
  struct replica r = {.name = xstrdup(name), .position = -1};
  vec_push(&lag->replicas, r);
  return &lag->replicas.items[lag->replicas.len - 1];
}

static int add_urls(struct cw_bf *b, struct cw_lag *lag, struct cw_err *err) {
  for (size_t i = 0; i < b->tuning.nreplicas; i++) {
    struct cw_url *url;
    if (cw_url_parse(&url, b->tuning.replicas[i], NULL, err)) return cw_err_prefix(err, "replicas: ");
    char *name = xasprintf("%s%s%s", url->host ? url->host : "", url->port ? ":" : "",
                           url->port ? url->port : "");
    struct replica *r = find(lag, name);
    free(name);
    cw_url_free(r->url);
    r->url = url;
  }
  return 0;
}

/* PostgreSQL's primary knows the position of each standby that is connected. */
static void standby_row(void *ctx, const struct cw_result *result, const struct cw_value *row) {
  (void)result;
  char *name = cw_value_text(&row[0]);
  struct replica *r = find(ctx, name);
  r->position = row[1].type == CW_INT ? row[1].i : -1;
  r->seen = true;
  free(name);
}

static int ask_standbys(struct cw_bf *b, struct cw_lag *lag, struct cw_err *err) {
  if (each_row(b->conn,
               "SELECT pg_catalog.concat(nullif(application_name, ''), ' ', "
               "coalesce(pg_catalog.host(client_addr), 'local'), ' (pid ', pid, ')'), "
               "pg_catalog.pg_wal_lsn_diff(replay_lsn, '0/0')::bigint FROM pg_catalog.pg_stat_replication "
               "WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL",
               standby_row, lag, err))
    return -1;
  return 0;
}

/* Elsewhere it knows their addresses, if they report them; the user is that of the primary. */
struct hosts {
  struct cw_bf *b;
  struct cw_lag *lag;
};

static void host_row(void *ctx, const struct cw_result *result, const struct cw_value *row) {
  const struct hosts *h = ctx;
  const struct cw_url *primary = cw_conn_url(h->b->conn);
  char *host = column(result, row, "Host", NULL), *port = column(result, row, "Port", NULL);
  if (host && *host && port && primary) {
    char *name = xasprintf("%s:%s", host, port);
    struct replica *r = find(h->lag, name);
    if (!r->url) {
      r->url = cw_url_copy(primary);
      free(r->url->host);
      free(r->url->port);
      r->url->host = xstrdup(host);
      r->url->port = xstrdup(port);
    }
    free(name);
  }
  free(host);
  free(port);
}

static int find_replicas(struct cw_bf *b, struct cw_lag *lag, struct cw_err *err) {
  struct hosts hosts = {b, lag};
  if (b->tuning.replicas) return lag->looked ? 0 : add_urls(b, lag, err);
  if (is_postgresql(b->conn)) return ask_standbys(b, lag, err);
  if (lag->looked) return 0;
  return ask_either(b->conn, "SHOW REPLICAS", "SHOW SLAVE HOSTS", host_row, &hosts, err);
}

/* --- asking them ----------------------------------------------------------------------------------- */

static void set_problem(struct replica *r, const char *text) {
  free(r->problem);
  r->problem = text ? xstrdup(text) : NULL;
}

/* Asks a replica itself. What can't be asked keeps its old position, and so falls behind. */
static void ask_replica(struct cw_bf *b, struct replica *r) {
  struct cw_err err = CW_ERR_INIT;
  int64_t position = -1;
  if (r->conn && cw_conn_lost(r->conn)) {
    cw_conn_free(r->conn);
    r->conn = NULL;
  }
  if (!r->conn) {
    if (r->tried_ms && cw_clock_ms() - r->tried_ms < CONNECT_AGAIN_MS) return;
    r->tried_ms = cw_clock_ms();
    struct cw_conn_opts opts = {.application = "curlew watch", .connect_timeout_ms = CONNECT_MS,
                                .stop = b->x->o.stop};
    if (cw_conn_open(&r->conn, r->url, &opts, &err)) r->conn = NULL;
  }
  if (r->conn) replica_position(r->conn, &position, &err);
  if (position >= 0) {
    r->position = position;
    set_problem(r, NULL);
  } else {
    set_problem(r, err.message ? err.message : "it follows no primary");
  }
  cw_err_release(&err);
}

static void forget_notes(struct cw_lag *lag, int64_t until) {
  size_t gone = 0;
  while (gone < lag->notes.len && lag->notes.items[gone].position <= until) gone++;
  if (gone == 0) return;
  memmove(lag->notes.items, lag->notes.items + gone, (lag->notes.len - gone) * sizeof *lag->notes.items);
  lag->notes.len -= gone;
}

static int64_t behind_ms(const struct cw_lag *lag, const struct replica *r, int64_t now) {
  for (size_t i = 0; i < lag->notes.len; i++)
    if (lag->notes.items[i].position > r->position) return now - lag->notes.items[i].at_ms;
  return 0;
}

static const char *judge(struct cw_bf *b, struct cw_lag *lag) {
  int64_t now = cw_clock_ms(), least = INT64_MAX;
  const char *why = NULL;
  for (size_t i = 0; i < lag->replicas.len; i++) {
    struct replica *r = &lag->replicas.items[i];
    if (r->position < least) least = r->position;
    int64_t behind = behind_ms(lag, r, now);
    if (r->position < 0 && !r->problem) continue;
    /* One that never said anything is behind as well. */
    bool silent = r->position < 0 && r->problem;
    if (!silent && behind <= b->tuning.max_lag_ms) continue;
    char is[32], may[32];
    free(lag->why);
    if (silent)
      lag->why = xasprintf("the replica %s can't be asked: %s", r->name, r->problem);
    else
      lag->why = xasprintf("the replica %s is %s behind (max_lag is %s)%s%s", r->name,
                           cw_duration_format(behind / 1000 * 1000, is),
                           cw_duration_format(b->tuning.max_lag_ms, may), r->problem ? ": " : "",
                           r->problem ? r->problem : "");
    why = lag->why;
  }
  if (least < INT64_MAX) forget_notes(lag, least);
  return why;
}

/* A standby that has gone away is waited for as long as one that is late, then forgotten: it may have
 * been taken down on purpose. */
static void drop_gone(struct cw_bf *b, struct cw_lag *lag) {
  for (size_t i = lag->replicas.len; i-- > 0;) {
    struct replica *r = &lag->replicas.items[i];
    if (r->url) continue;
    if (r->seen) {
      r->seen = false;
      r->tried_ms = cw_clock_ms();
      set_problem(r, NULL);
    } else if (cw_clock_ms() - r->tried_ms > 4 * b->tuning.max_lag_ms + 60000) {
      release_replica(r);
      memmove(r, r + 1, (lag->replicas.len - i - 1) * sizeof *r);
      lag->replicas.len--;
    } else {
      set_problem(r, "its connection is gone");
    }
  }
}

/* --- Galera ---------------------------------------------------------------------------------------- */

static void flow_row(void *ctx, const struct cw_result *result, const struct cw_value *row) {
  *(int64_t *)ctx = number(result, row, "Value", NULL);
}

/* The cluster stands still while a node's queue is too long: how much of the time since the last look. */
static int look_at_flow(struct cw_bf *b, struct cw_lag *lag, const char **why, struct cw_err *err) {
  int64_t paused_ns = -1, now = cw_clock_ms();
  if (strcmp(cw_conn_dialect(b->conn), "mysql") != 0) return 0;
  if (each_row(b->conn, "SHOW GLOBAL STATUS LIKE 'wsrep_flow_control_paused_ns'", flow_row, &paused_ns, err))
    return -1;
  int64_t paused = lag->paused_at_ms ? (paused_ns - lag->paused_ns) / 1000000 : 0;
  int64_t elapsed = now - lag->paused_at_ms;
  lag->paused_ns = paused_ns;
  lag->paused_at_ms = now;
  if (paused_ns < 0 || elapsed <= 0 || paused * 100 < elapsed * FLOW_SHARE) return 0;
  free(lag->why);
  lag->why = xasprintf("Galera's flow control: a node can't keep up (%d%% of the time)",
                       (int)(paused >= elapsed ? 100 : paused * 100 / elapsed));
  *why = lag->why;
  return 0;
}

/* --- a look ---------------------------------------------------------------------------------------- */

/* Whoever may not look for replicas goes on without; who named them is told. */
static int go_blind(struct cw_bf *b, struct cw_lag *lag, struct cw_err *err) {
  if (cw_conn_lost(b->conn) || b->tuning.replicas) return -1;
  lag->blind = true;
  cw_err_release(err);
  return 0;
}

int cw_lag_look(struct cw_bf *b, const char **why, struct cw_err *err) {
  *why = NULL;
  if (b->tuning.max_lag_ms <= 0 || (cw_conn_caps(b->conn) & CW_CAP_BEGIN_IMMEDIATE)) return 0;
  if (!b->lag) b->lag = xcalloc(1, sizeof *b->lag);
  struct cw_lag *lag = b->lag;
  if (look_at_flow(b, lag, why, err)) return -1;
  if (*why || lag->blind) return 0;
  if (find_replicas(b, lag, err)) return go_blind(b, lag, err);
  lag->looked = true;
  if (lag->replicas.len == 0) return 0;
  struct note note = {.at_ms = cw_clock_ms()};
  if (primary_position(b->conn, &note.position, err)) return go_blind(b, lag, err);
  if (note.position >= 0 &&
      (lag->notes.len == 0 || lag->notes.items[lag->notes.len - 1].position < note.position))
    vec_push(&lag->notes, note);
  for (size_t i = 0; i < lag->replicas.len; i++)
    if (lag->replicas.items[i].url) ask_replica(b, &lag->replicas.items[i]);
  if (!b->tuning.replicas) drop_gone(b, lag);
  *why = judge(b, lag);
  return 0;
}
