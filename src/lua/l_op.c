/* The module `op`: made by the Lua library out of these primitives (require("curlew.op").build(host)).
 * Each checks that a migration runs, calls the exec and hands back what it said. */
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"

static const char library_key, bind_key;

void cw_lua_push_op_library(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &library_key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "curlew.op");
  lua_call(L, 1, 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &library_key);
}

/* --- who may call ------------------------------------------------------------------------------- */

/* How the script calls the library's function that called this one: "op.create_table"; pushed. A tail
 * call has left no trace of it. */
static const char *caller_name(lua_State *L) {
  lua_Debug self, caller;
  if (lua_getstack(L, 0, &self) && lua_getinfo(L, "t", &self) && !self.istailcall &&
      lua_getstack(L, 1, &caller) && lua_getinfo(L, "nS", &caller) && caller.name &&
      *caller.source != '@')
    return lua_pushfstring(L, "op.%s", caller.name);
  return lua_pushliteral(L, "an operation");
}

/* The frame of the running migration, or an error. */
static struct cw_lua_frame *check_running(lua_State *L) {
  cw_lua_check_interrupt(L);
  struct cw_script *script = cw_lua_script(L);
  if (script->loading)
    cw_lua_raise(L, CW_ERR_SCRIPT, "Move the call into M.upgrade or M.downgrade.",
                 "%s is called while the file is being loaded", caller_name(L));
  if (!script->frames)
    cw_lua_raise(L, CW_ERR_SCRIPT, "Operations work while upgrade or downgrade runs, not after it.",
                 "%s is called while no migration runs", caller_name(L));
  return script->frames;
}

/* The same for what changes the database: a command of a plugin, or on_connect, is no migration. */
static struct cw_lua_frame *check_moving(lua_State *L) {
  struct cw_lua_frame *frame = check_running(L);
  struct cw_exec_info info;
  cw_exec_info(frame->exec, &info);
  if (!info.moving)
    cw_lua_raise(L, CW_ERR_SCRIPT,
                 "Operations belong into a revision; elsewhere the connection's own methods change rows.",
                 "an operation is called while no revision runs");
  return frame;
}

/* --- step ---------------------------------------------------------------------------------------- */

/* A field of the description at the top of the stack. Strings stay alive in that table. */
static const char *text_field(lua_State *L, const char *name) {
  lua_getfield(L, -1, name);
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  lua_pop(L, 1);
  return text;
}

static unsigned flag_field(lua_State *L, const char *name, unsigned flag) {
  lua_getfield(L, -1, name);
  bool set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set ? flag : 0;
}

/* The journal's form of the record: field `record` of the description. What JSON can't hold (bytes of a
 * blob) is not worth failing for: such a step has no reversal. */
static int journal_record(lua_State *L) {
  struct cw_arena *arena = lua_touserdata(L, 2);
  json_t **out = lua_touserdata(L, 3);
  *out = cw_lua_to_json(L, 1, 0, "the record", arena);
  return 0;
}

static json_t *record_field(lua_State *L, struct cw_arena *arena) {
  json_t *json = NULL;
  lua_pushcfunction(L, journal_record);
  if (lua_getfield(L, -2, "record") == LUA_TNIL) {
    lua_pop(L, 2);
    return NULL;
  }
  lua_pushlightuserdata(L, arena);
  lua_pushlightuserdata(L, &json);
  int status = lua_pcall(L, 3, 0, 0);
  if (status == LUA_ERRMEM) lua_error(L);
  if (status != LUA_OK) lua_pop(L, 1);
  return json;
}

/* Pushes curlew.op's description of the record at index 1. */
static void push_description(lua_State *L) {
  cw_lua_push_op_library(L);
  lua_getfield(L, -1, "describe");
  lua_pushvalue(L, 1);
  cw_lua_push_frame_dialect(L);
  lua_call(L, 2, 1);
  luaL_checktype(L, -1, LUA_TTABLE);
}

void cw_lua_describe_step(lua_State *L, struct cw_arena *arena, struct cw_step *step) {
  push_description(L);
  lua_getfield(L, 1, "op");
  lua_insert(L, -2); /* ... op description */
  *step = (struct cw_step){
      .op = luaL_checkstring(L, -2),
      .summary = text_field(L, "summary"),
      .group = text_field(L, "group"),
      .digest = text_field(L, "digest"),
      .flags = flag_field(L, "ddl", CW_STEP_DDL) | flag_field(L, "autocommit", CW_STEP_AUTOCOMMIT) |
               flag_field(L, "probe", CW_STEP_PROBE) |
               flag_field(L, "destructive", CW_STEP_DESTRUCTIVE) |
               flag_field(L, "execute", CW_STEP_EXECUTE),
  };
  if (!step->summary) step->summary = step->op;
  if (!step->digest) luaL_error(L, "curlew.op.describe gives no digest for %s", step->op);
  step->record = record_field(L, arena);
  step->file = cw_lua_user_line(L, &step->line);
}

/* step(record) -> affected, key, skipped */
static int host_step(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  struct cw_exec *exec = check_moving(L)->exec;
  struct cw_arena *arena = cw_arena_push(L); /* record arena */
  struct cw_step step;
  cw_lua_describe_step(L, arena, &step);
  struct cw_lua_record handle;
  lua_pushvalue(L, 1);
  handle.ref = luaL_ref(L, LUA_REGISTRYINDEX); /* nothing raises from here to its release */
  step.handle = &handle;

  struct cw_step_result result = {0};
  struct cw_script *script = cw_lua_script(L);
  lua_State *outer = cw_lua_enter(script, L);
  int status = cw_exec_step(exec, &step, &result, &arena->err);
  cw_lua_leave(script, outer);

  luaL_unref(L, LUA_REGISTRYINDEX, handle.ref);
  if (result.key) cw_arena_json(arena, result.key);
  if (status < 0) {
    cw_err_where(&arena->err, step.file, step.line);
    cw_lua_throw(L, &arena->err);
  }
  lua_pushinteger(L, (lua_Integer)result.affected);
  if (result.key)
    cw_lua_push_json(L, result.key, 0);
  else
    lua_pushnil(L);
  lua_pushboolean(L, result.skipped);
  return 3;
}

/* --- transactions -------------------------------------------------------------------------------- */

/* Calls one of the exec's functions without arguments; raises what it says. */
static void call_exec(lua_State *L, int (*fn)(struct cw_exec *x, struct cw_err *err)) {
  struct cw_script *script = cw_lua_script(L);
  struct cw_exec *exec = check_moving(L)->exec;
  struct cw_arena *arena = cw_arena_push(L);
  lua_State *outer = cw_lua_enter(script, L);
  int status = fn(exec, &arena->err);
  cw_lua_leave(script, outer);
  if (status < 0) cw_lua_throw(L, &arena->err);
}

/* autocommit(fn) */
static int host_autocommit(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  call_exec(L, cw_exec_autocommit_enter);
  lua_pushcfunction(L, cw_lua_handler);
  int handler = lua_gettop(L);
  lua_pushvalue(L, 1);
  int status = lua_pcall(L, 0, 0, handler);
  if (status != LUA_OK) { /* the function's error counts; leaving is then only tidying up */
    struct cw_script *script = cw_lua_script(L);
    struct cw_err ignored = CW_ERR_INIT;
    lua_State *outer = cw_lua_enter(script, L);
    cw_exec_autocommit_leave(script->frames->exec, &ignored);
    cw_lua_leave(script, outer);
    cw_err_release(&ignored);
    lua_error(L);
  }
  call_exec(L, cw_exec_autocommit_leave);
  return 0;
}

/* commit() */
static int host_commit(lua_State *L) {
  call_exec(L, cw_exec_commit);
  return 0;
}

/* savepoint(fn) -> true | false, err */
static int host_savepoint(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  call_exec(L, cw_exec_savepoint_begin); /* fn arena */
  struct cw_arena *arena = lua_touserdata(L, 2);
  lua_pushcfunction(L, cw_lua_handler);
  lua_pushvalue(L, 1);
  bool kept = lua_pcall(L, 0, 0, 3) == LUA_OK;
  struct cw_script *script = cw_lua_script(L);
  struct cw_exec *exec = script->frames->exec;
  lua_State *outer = cw_lua_enter(script, L);
  bool flushed = !kept || cw_exec_flush(exec, &arena->err) == 0;
  cw_lua_leave(script, outer);
  if (!flushed) { /* a step of the function failed, only later than it was called */
    kept = false;
    cw_lua_push_err(L, &arena->err);
    cw_err_release(&arena->err);
  }
  outer = cw_lua_enter(script, L);
  int ended = cw_exec_savepoint_end(exec, kept, &arena->err);
  cw_lua_leave(script, outer);
  if (ended < 0) cw_lua_throw(L, &arena->err);
  cw_lua_check_interrupt(L);
  lua_pushboolean(L, kept);
  if (kept) return 1;
  lua_insert(L, -2); /* false err */
  return 2;
}

/* --- facts --------------------------------------------------------------------------------------- */

/* conn() -> the connection object of the move, the same one on every call */
static int host_conn(lua_State *L) {
  struct cw_lua_frame *frame = check_running(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &bind_key) == LUA_TUSERDATA) {
    const struct cw_lua_conn *conn = lua_touserdata(L, -1);
    if (conn->frame == frame->id) return 1;
  }
  cw_lua_push_conn(L, CW_LUA_CONN_MOVE);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &bind_key);
  return 1;
}

static int host_context(lua_State *L) {
  check_running(L);
  cw_lua_push_ctx(L);
  return 1;
}

static int host_dialect(lua_State *L) {
  check_running(L);
  cw_lua_push_frame_dialect(L);
  return 1;
}

static int host_log(lua_State *L) {
  const char *text = luaL_checkstring(L, 1);
  struct cw_exec *exec = check_running(L)->exec;
  struct cw_script *script = cw_lua_script(L);
  lua_State *outer = cw_lua_enter(script, L);
  cw_exec_log(exec, text);
  cw_lua_leave(script, outer);
  return 0;
}

/* folder() -> the folder of curlew.lua, which relative paths start from, or nil */
static int host_folder(lua_State *L) {
  check_running(L);
  lua_pushstring(L, cw_lua_script(L)->project_dir);
  return 1;
}

/* running() -> true, or an error that names the operation which asked */
static int host_running(lua_State *L) {
  check_running(L);
  lua_pushboolean(L, true);
  return 1;
}

/* backfill(record, fn, tuning) -> { rows, batches, skipped, seconds } */
static int host_backfill(lua_State *L) {
  check_moving(L);
  return cw_lua_backfill(L);
}

int cw_lua_open_op(lua_State *L) {
  static const luaL_Reg host[] = {
      {"step", host_step},           {"conn", host_conn},     {"context", host_context},
      {"autocommit", host_autocommit}, {"commit", host_commit}, {"savepoint", host_savepoint},
      {"log", host_log},             {"dialect", host_dialect}, {"running", host_running},
      {"backfill", host_backfill},   {"folder", host_folder},
      {NULL, NULL},
  };
  cw_lua_push_op_library(L);
  lua_getfield(L, -1, "build");
  luaL_newlib(L, host);
  lua_call(L, 1, 1);
  return 1;
}
