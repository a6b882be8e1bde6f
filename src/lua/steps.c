/* What the core asks of a step's record: statements, whether it has happened, its reversal. All of it is
 * answered by the Lua library (curlew.op) from the record, the plain table that the operation made. */
#include "lua/call.h"
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"

struct asking {
  struct cw_exec *exec;
  const struct cw_step *const *steps;
  size_t nsteps;
  struct cw_stmts *out;
  enum cw_probe *probe;
  int64_t *affected;
  json_t *record;
  json_t **reversal;
};

/* Pushes { dialect, conn, offline, run, server_version }; a frame runs. `run` is there when the printed
 * operations have to be remembered by the library (curlew.shadow). */
static void push_environment(lua_State *L, struct cw_exec *exec) {
  struct cw_exec_info info;
  cw_exec_info(exec, &info);
  lua_createtable(L, 0, 5);
  cw_lua_push_frame_dialect(L);
  lua_setfield(L, -2, "dialect");
  if (info.catalog) {
    cw_lua_push_conn(L, CW_LUA_CONN_CATALOG);
    lua_setfield(L, -2, "conn");
  }
  lua_pushboolean(L, info.offline);
  lua_setfield(L, -2, "offline");
  if (info.offline && !info.shadowed) {
    lua_pushinteger(L, (lua_Integer)info.run);
    lua_setfield(L, -2, "run");
  }
  lua_pushstring(L, info.server_version);
  lua_setfield(L, -2, "server_version");
}

static void push_record(lua_State *L, const struct cw_step *step) {
  const struct cw_lua_record *handle = step->handle;
  if (lua_rawgeti(L, LUA_REGISTRYINDEX, handle->ref) != LUA_TTABLE)
    luaL_error(L, "the record of %s is gone", step->op);
}

/* --- compile ------------------------------------------------------------------------------------- */

static bool flag(lua_State *L, int idx, const char *name) {
  lua_getfield(L, idx, name);
  bool set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}

static unsigned statement_flags(lua_State *L, int idx) {
  return (flag(L, idx, "ddl") ? CW_STMT_DDL : 0) |
         (flag(L, idx, "autocommit") ? CW_STMT_AUTOCOMMIT : 0) |
         (flag(L, idx, "returns_key") ? CW_STMT_RETURNS_KEY : 0) |
         (flag(L, idx, "counts") ? CW_STMT_COUNTS : 0);
}

/* Adds the values of the list at the top of the stack to a statement; op.null fills its holes. */
static size_t add_values(lua_State *L, struct cw_stmt *stmt) {
  size_t len = lua_rawlen(L, -1);
  for (size_t i = 1; i <= len; i++) {
    struct cw_value value;
    lua_rawgeti(L, -1, (lua_Integer)i);
    if (!cw_lua_to_value(L, -1, &value)) {
      int item = lua_gettop(L);
      cw_lua_bad_value(L, item, lua_pushfstring(L, "value %I of the statement", (LUAI_UACINT)i));
    }
    cw_stmt_param(stmt, value);
    lua_pop(L, 1);
  }
  return len;
}

/* A statement that the library wrote: placeholders and a flat list of values, or of lists. */
static void add_compiled(lua_State *L, int idx, const char *sql, size_t len,
                         struct cw_stmts *out) {
  unsigned flags = statement_flags(L, idx);
  if (lua_getfield(L, idx, "batch") == LUA_TTABLE) {
    size_t nsets = lua_rawlen(L, -1);
    if (nsets == 0) {
      lua_pop(L, 1);
      return;
    }
    struct cw_stmt *stmt = cw_stmts_add(out, sql, len, flags | CW_STMT_BATCH);
    for (size_t i = 1; i <= nsets; i++) {
      lua_rawgeti(L, -1, (lua_Integer)i);
      size_t nvalues = add_values(L, stmt);
      if (i > 1 && nvalues != stmt->nparams) luaL_error(L, "the sets of a batch differ in length");
      stmt->nparams = nvalues;
      lua_pop(L, 1);
    }
    stmt->nsets = nsets;
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 1);
  struct cw_stmt *stmt = cw_stmts_add(out, sql, len, flags);
  if (lua_getfield(L, idx, "params") == LUA_TTABLE) add_values(L, stmt);
  lua_pop(L, 1);
}

static void release_bound(void *ctx) { cw_bound_release(ctx); }

static void release_slices(void *ctx) { vec_release((struct cw_slices *)ctx); }

/* The user's SQL, or (`split`) a plugin's, with parameters: one statement. */
static void add_bound(lua_State *L, int idx, const char *sql, size_t len, unsigned flavor,
                      struct cw_arena *arena, struct cw_stmts *out) {
  unsigned flags = statement_flags(L, idx) | (flag(L, idx, "split") ? 0 : CW_STMT_RAW);
  struct cw_params params;
  struct cw_bound *bound = cw_arena_alloc(arena, sizeof *bound);
  *bound = (struct cw_bound)CW_BOUND_INIT;
  cw_arena_own(arena, release_bound, bound);
  cw_lua_to_params(L, lua_gettop(L), arena, &params);
  if (cw_sql_bind(sql, len, flavor, &params, bound, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  if (cw_sql_kind(sql, len, flavor) == CW_SQL_DDL) flags |= CW_STMT_DDL;
  struct cw_stmt *stmt = cw_stmts_add(out, bound->sql.buf, bound->sql.len, flags);
  for (size_t i = 0; i < bound->len; i++) cw_stmt_param(stmt, bound->values[i]);
}

/* The user's SQL without parameters: cut into statements, otherwise as it is. */
static void add_script(lua_State *L, int idx, const char *sql, size_t len, unsigned flavor,
                       struct cw_arena *arena, struct cw_stmts *out) {
  unsigned flags = (statement_flags(L, idx) & ~(unsigned)CW_STMT_DDL) |
                   (flag(L, idx, "split") ? 0 : CW_STMT_RAW);
  struct cw_slices *slices = cw_arena_array(arena, 1, sizeof *slices);
  cw_arena_own(arena, release_slices, slices);
  if (cw_sql_split(sql, len, flavor, slices, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  for (size_t i = 0; i < slices->len; i++) {
    const char *part = sql + slices->items[i].start;
    size_t part_len = slices->items[i].len;
    bool ddl = cw_sql_kind(part, part_len, flavor) == CW_SQL_DDL;
    cw_stmts_add(out, part, part_len, flags | (ddl ? CW_STMT_DDL : 0));
  }
}

static unsigned exec_flavor(struct cw_exec *exec) {
  const struct cw_conn *conn = cw_exec_conn(exec);
  if (conn) return cw_conn_flavor(conn);
  struct cw_exec_info info;
  cw_exec_info(exec, &info);
  return cw_lua_dialect_flavor(info.dialect);
}

/* Whether all steps run SQL of the user's. */
static bool all_raw(const struct asking *ask) {
  for (size_t i = 0; i < ask->nsteps; i++)
    if (strcmp(ask->steps[i]->op, "execute") != 0) return false;
  return ask->nsteps > 0;
}

static int compile_body(lua_State *L) {
  const struct asking *ask = cw_lua_arg(L, const struct asking);
  struct cw_arena *arena = cw_arena_push(L); /* ask arena */
  unsigned flavor = exec_flavor(ask->exec);
  cw_lua_push_op_library(L);
  lua_getfield(L, -1, "compile");
  lua_createtable(L, (int)ask->nsteps, 0);
  for (size_t i = 0; i < ask->nsteps; i++) {
    push_record(L, ask->steps[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  push_environment(L, ask->exec);
  lua_call(L, 2, 1); /* ask arena library statements */
  luaL_checktype(L, -1, LUA_TTABLE);
  int list = lua_gettop(L);
  size_t count = lua_rawlen(L, list);
  for (size_t i = 1; i <= count; i++) {
    size_t len;
    lua_rawgeti(L, list, (lua_Integer)i);
    int idx = lua_gettop(L);
    luaL_checktype(L, idx, LUA_TTABLE);
    if (lua_getfield(L, idx, "sql") != LUA_TSTRING) luaL_error(L, "a statement without its SQL");
    const char *sql = lua_tolstring(L, -1, &len);
    if (!flag(L, idx, "raw") && !flag(L, idx, "split") && !all_raw(ask)) {
      add_compiled(L, idx, sql, len, ask->out);
    } else if (lua_getfield(L, idx, "params") == LUA_TTABLE) {
      add_bound(L, idx, sql, len, flavor, arena, ask->out);
    } else {
      add_script(L, idx, sql, len, flavor, arena, ask->out);
    }
    lua_settop(L, list);
  }
  return 0;
}

/* Runs a body within a frame of the exec. */
static int ask_library(struct cw_script *script, lua_CFunction body, struct asking *ask,
                       struct cw_err *err) {
  struct cw_lua_frame frame;
  cw_lua_frame_begin(script, &frame, ask->exec);
  int status = cw_lua_ask(script, body, ask, CW_ERR_SCRIPT, err);
  cw_lua_frame_end(script, &frame);
  return status;
}

int cw_lua_compile(struct cw_script *script, struct cw_exec *exec,
                   const struct cw_step *const *steps, size_t nsteps, struct cw_stmts *out,
                   struct cw_err *err) {
  struct asking ask = {.exec = exec, .steps = steps, .nsteps = nsteps, .out = out};
  int status = ask_library(script, compile_body, &ask, err);
  /* Of several the last one is to blame: the core tries fewer of them, too. */
  if (status < 0 && nsteps > 0) cw_err_where(err, steps[nsteps - 1]->file, steps[nsteps - 1]->line);
  return status;
}

/* --- execute --- */

static int execute_body(lua_State *L) {
  const struct asking *ask = cw_lua_arg(L, const struct asking);
  cw_lua_push_op_library(L);
  lua_getfield(L, -1, "execute");
  push_record(L, ask->steps[0]);
  cw_lua_push_conn(L, CW_LUA_CONN_MOVE);
  cw_lua_push_frame_dialect(L);
  lua_call(L, 3, 1);
  *ask->affected = lua_tointeger(L, -1);
  return 0;
}

int cw_lua_execute(struct cw_script *script, struct cw_exec *exec, const struct cw_step *step,
                   int64_t *affected, struct cw_err *err) {
  struct asking ask = {.exec = exec, .steps = &step, .nsteps = 1, .affected = affected};
  struct cw_lua_frame frame;
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, execute_body, &ask, CW_ERR_SCRIPT, err); /* runs as a script does */
  cw_lua_frame_end(script, &frame);
  return status;
}

/* --- probe, reverse, invoke ------------------------------------------------------------------------ */

static int probe_body(lua_State *L) {
  const struct asking *ask = cw_lua_arg(L, const struct asking);
  cw_lua_push_op_library(L);
  lua_getfield(L, -1, "probe");
  push_record(L, ask->steps[0]);
  push_environment(L, ask->exec);
  lua_call(L, 2, 1);
  *ask->probe = lua_isboolean(L, -1)
                    ? (lua_toboolean(L, -1) ? CW_PROBE_HAPPENED : CW_PROBE_NOT_YET)
                    : CW_PROBE_UNKNOWN;
  return 0;
}

int cw_lua_probe(struct cw_script *script, struct cw_exec *exec, const struct cw_step *step,
                 enum cw_probe *out, struct cw_err *err) {
  struct asking ask = {.exec = exec, .steps = &step, .nsteps = 1, .probe = out};
  return ask_library(script, probe_body, &ask, err);
}

static int reverse_body(lua_State *L) {
  const struct asking *ask = cw_lua_arg(L, const struct asking);
  struct cw_arena *arena = cw_arena_push(L);
  cw_lua_push_op_library(L);
  lua_getfield(L, -1, "reverse");
  cw_lua_push_json(L, ask->record, 0);
  lua_call(L, 1, 1);
  json_t *list = cw_lua_to_json(L, -1, 0, "the reversal", arena);
  if (json_is_object(list)) list = cw_arena_json(arena, json_array()); /* an empty table */
  *ask->reversal = json_incref(list);
  return 0;
}

int cw_lua_reverse(struct cw_script *script, json_t *record, json_t **out, struct cw_err *err) {
  struct asking ask = {.record = record, .reversal = out};
  return cw_lua_ask(script, reverse_body, &ask, CW_ERR_SCRIPT, err);
}

static int invoke_body(lua_State *L) {
  const struct asking *ask = cw_lua_arg(L, const struct asking);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "op");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "invoke");
  cw_lua_push_json(L, ask->record, 0);
  lua_call(L, 1, 0);
  return 0;
}

int cw_lua_invoke(struct cw_script *script, struct cw_exec *exec, json_t *record,
                  struct cw_err *err) {
  struct asking ask = {.exec = exec, .record = record};
  struct cw_lua_frame frame;
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, invoke_body, &ask, CW_ERR_SCRIPT, err); /* runs as a script does */
  cw_lua_frame_end(script, &frame);
  return status;
}
