/* The objects and modules that scripts hold: one l_<name>.c each. All of this may raise. */
#ifndef CW_LUA_OBJECTS_H
#define CW_LUA_OBJECTS_H

#include "db/db.h"
#include "db/sql.h"
#include "lua/arena.h"
#include "lua/state.h"
#include "op/exec.h"

/* --- l_conn.c: a connection --- */
enum cw_lua_conn_kind {
  CW_LUA_CONN_MOVE,    /* of the running move: everything goes through cw_exec_sql */
  CW_LUA_CONN_CATALOG, /* the library's own reads, and on_connect: straight to the database */
  CW_LUA_CONN_OWNED    /* opened by a script: curlew.connect */
};
struct cw_lua_conn {
  enum cw_lua_conn_kind kind;
  uint64_t frame;                /* MOVE, CATALOG: id of the frame it is valid in */
  struct cw_conn *conn;          /* OWNED: NULL once closed */
  bool read_only;                /* OWNED: what writes is refused */
  struct cw_lua_result *results; /* OWNED: open ones */
  struct cw_lua_conn *next, **link; /* OWNED: in cw_script.config_conns */
};
void cw_lua_open_conn(lua_State *L);
/* Pushes a connection object of the innermost frame. */
void cw_lua_push_conn(lua_State *L, enum cw_lua_conn_kind kind);
/* Pushes a closed OWNED object, to be filled by the caller. */
struct cw_lua_conn *cw_lua_new_conn(lua_State *L);
/* The open connection object at idx, which belongs to a frame that has not ended. Raises. */
struct cw_lua_conn *cw_lua_check_conn(lua_State *L, int idx);
/* Its facts; of an OWNED one dialect, server and version only. */
void cw_lua_conn_info(lua_State *L, struct cw_lua_conn *conn, struct cw_exec_info *info);
/* Closes what an OWNED object holds; twice is fine. */
void cw_lua_conn_close(struct cw_lua_conn *conn);

/* --- l_dialect.c: the dialect object of the Lua library --- */
/* Pushes require("curlew.dialect").get(name, server, version); server and version may be NULL. */
void cw_lua_push_dialect(lua_State *L, const char *name, const char *server, const char *version);
/* The one of the innermost frame. */
void cw_lua_push_frame_dialect(lua_State *L);
/* How SQL of that dialect is cut and bound where no connection says. */
unsigned cw_lua_dialect_flavor(const char *dialect);

/* --- conn_sql.c: running SQL for a connection object --- */
struct cw_lua_query {
  const char *sql;
  size_t len;
  const struct cw_params *params; /* NULL: none given */
  const struct cw_params *sets;   /* a batch, when nsets > 0 */
  size_t nsets;
  const struct cw_value *values; /* ... or flat, nvalues a set: for plugins in C */
  size_t nvalues;
  bool want_rows, stream;
};
/* Part two of a binding: calls the core, raises nothing. *out may stay NULL. */
int cw_lua_run_sql(lua_State *L, struct cw_lua_conn *conn, struct cw_arena *arena,
                   const struct cw_lua_query *query, struct cw_result **out, int64_t *affected);

/* --- l_result.c: rows --- */
struct cw_lua_result {
  struct cw_result *result;  /* NULL once closed */
  uint64_t frame;            /* 0: an OWNED connection's */
  bool hosted;               /* of plain Lua (module/), where no script side is */
  struct cw_err err;         /* of the last call */
  struct cw_lua_result *next, **link; /* in the owner's list of open results */
};
void cw_lua_open_result(lua_State *L);
/* Pushes a closed result, which the caller fills by cw_lua_result_adopt. */
struct cw_lua_result *cw_lua_new_result(lua_State *L);
/* Takes over a result and enters it in its owner's list; raises nothing. */
void cw_lua_result_adopt(struct cw_lua_result *box, struct cw_result *result,
                         struct cw_lua_result **list, uint64_t frame);
void cw_lua_result_close(struct cw_lua_result *box);
void cw_lua_results_close(struct cw_lua_result **list);
/* Pushes the next row of the result at idx as a table and returns true, or pushes nothing. */
bool cw_lua_result_next(lua_State *L, int idx);
/* The same as bare values: gives the borrowed row, or NULL. */
const struct cw_value *cw_lua_result_step(lua_State *L, struct cw_lua_result *box);
/* Pushes a row of the result at idx as a table. */
void cw_lua_push_row(lua_State *L, int idx, const struct cw_value *row);
/* The same for many rows: pushes what they share, the columns and the metatable, then rows by the index of the
 * columns. */
void cw_lua_push_shape(lua_State *L, int idx);
void cw_lua_push_shaped(lua_State *L, int shape, const struct cw_value *row, size_t ncols);
/* The iterator function of conn:rows. */
int cw_lua_rows_next(lua_State *L);
/* Whether the value is a row that came from a database. */
bool cw_lua_is_row(lua_State *L, int idx);

/* --- l_ctx.c --- */
/* Pushes the ctx table of the innermost frame; the same one on every call. */
void cw_lua_push_ctx(lua_State *L);

/* --- l_backfill.c; l_op.c --- */
/* host.backfill: (record, fn, tuning), a migration runs. */
int cw_lua_backfill(lua_State *L);
/* What the core is told of the record at index 1. Leaves values on the stack that `step` points to. */
void cw_lua_describe_step(lua_State *L, struct cw_arena *arena, struct cw_step *step);

/* --- l_op.c, l_json.c, l_curlew.c: modules, for package.preload --- */
int cw_lua_open_op(lua_State *L);
/* Pushes require("curlew.op"): the library's side of the module. */
void cw_lua_push_op_library(lua_State *L);
int cw_lua_open_json(lua_State *L);
int cw_lua_open_curlew(lua_State *L);

/* --- models.c: autogenerate, for script.h --- */
int cw_lua_models(struct cw_script *script, struct cw_exec *exec, const char *job, json_t *args,
                  json_t **out, struct cw_err *err);

/* --- revision.c, steps.c: the larger parts of script.h --- */
void cw_lua_forget_revision(struct cw_script *script, const struct cw_revision *revision);
int cw_lua_load_revision(struct cw_script *script, const char *path, const char *text, size_t len,
                         struct cw_revision **out, struct cw_err *err);
int cw_lua_run(struct cw_script *script, const struct cw_revision *revision,
               enum cw_direction direction, struct cw_exec *exec, struct cw_err *err);
int cw_lua_compile(struct cw_script *script, struct cw_exec *exec,
                   const struct cw_step *const *steps, size_t nsteps, struct cw_stmts *out,
                   struct cw_err *err);
int cw_lua_execute(struct cw_script *script, struct cw_exec *exec, const struct cw_step *step,
                   int64_t *affected, struct cw_err *err);
int cw_lua_probe(struct cw_script *script, struct cw_exec *exec, const struct cw_step *step,
                 enum cw_probe *out, struct cw_err *err);
int cw_lua_reverse(struct cw_script *script, json_t *record, json_t **out, struct cw_err *err);
int cw_lua_invoke(struct cw_script *script, struct cw_exec *exec, json_t *record,
                  struct cw_err *err);

/* What a step's handle points to: a record table kept in the registry. */
struct cw_lua_record {
  int ref;
};

#endif
