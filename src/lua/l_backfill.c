/* The script's side of a backfill: its statements asked of the Lua library, its function called with the
 * rows of a batch in one protected call, what that gives handed to a writer. */
#include "lua/call.h"
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"
#include "op/backfill.h"
#include "util/vec.h"

enum { MOST_COLUMNS = 200, MOST_KEYS = 32 };

/* One set of columns that the function has given, in the order of its first time. Names are borrowed
 * from strings that the context table keeps. */
struct shape {
  size_t n;
  const char *names[MOST_COLUMNS];
  struct cw_writer *model;    /* each worker has a writer like it, at the same place */
  size_t at;
};

/* Everything of one call of op.batch_*. `ref` is the context table { record =, fn =, tuning =, plan =,
 * names = }, which keeps alive what C points to. */
struct backfill {
  struct cw_script *script;
  struct cw_exec *exec;
  struct cw_arena *arena;
  int ref;
  struct cw_bound bound;
  size_t nident;
  int ident_at[MOST_KEYS];    /* columns of the rows, 0-based */
  VEC(struct shape *) shapes;
  struct strbuf key;          /* of the row in work, for messages: strings as they are, */
  int64_t number;             /* or a key of one integer */
  bool is_number;
};

/* --- the context table ----------------------------------------------------------------------------- */

static void push_field(lua_State *L, const struct backfill *b, const char *name) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->ref);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

/* --- the plan -------------------------------------------------------------------------------------- */

struct planning {
  struct backfill *b;
  struct cw_backfill_plan *plan;
};

static const char *text(lua_State *L, int idx, const char *name) {
  lua_getfield(L, idx, name);
  const char *value = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  lua_pop(L, 1); /* the table keeps it */
  return value;
}

static void pair(lua_State *L, int idx, const char *name, const char *out[2]) {
  lua_getfield(L, idx, name);
  for (int i = 0; i < 2; i++) {
    lua_rawgeti(L, -1, i + 1);
    out[i] = luaL_checkstring(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static unsigned flavor_of(const struct backfill *b) {
  return cw_conn_flavor(cw_exec_conn(b->exec));
}

/* The user's SQL with its parameters, bound once for all batches. */
static void bind_user(lua_State *L, int plan, struct backfill *b) {
  size_t len;
  if (lua_getfield(L, plan, "user") == LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  const char *sql = luaL_checklstring(L, -1, &len);
  push_field(L, b, "record");
  if (lua_getfield(L, -1, "params") == LUA_TTABLE) {
    struct cw_params params;
    cw_lua_to_params(L, lua_gettop(L), b->arena, &params);
    if (cw_sql_bind(sql, len, flavor_of(b), &params, &b->bound, &b->arena->err) < 0)
      cw_lua_throw(L, &b->arena->err);
  } else {
    strbuf_add(&b->bound.sql, sql, len);
  }
  lua_pop(L, 3);
}

static void read_ident(lua_State *L, int plan, struct backfill *b) {
  if (lua_getfield(L, plan, "ident_at") == LUA_TTABLE) {
    b->nident = lua_rawlen(L, -1);
    if (b->nident > MOST_KEYS) luaL_error(L, "a key of more than %d columns", MOST_KEYS);
    for (size_t i = 0; i < b->nident; i++) {
      lua_rawgeti(L, -1, (lua_Integer)i + 1);
      b->ident_at[i] = (int)lua_tointeger(L, -1) - 1;
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

static int plan_body(lua_State *L) {
  const struct planning *p = cw_lua_arg(L, const struct planning);
  struct backfill *b = p->b;
  lua_settop(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "curlew.op.batch_options");
  lua_call(L, 1, 1);
  lua_getfield(L, 2, "plan");
  push_field(L, b, "record");
  lua_createtable(L, 0, 2);
  cw_lua_push_frame_dialect(L);
  lua_setfield(L, -2, "dialect");
  cw_lua_push_conn(L, CW_LUA_CONN_CATALOG);
  lua_setfield(L, -2, "conn");
  lua_call(L, 2, 1); /* planning library plan */
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->ref);
  lua_pushvalue(L, 3);
  lua_setfield(L, -2, "plan");
  lua_settop(L, 3);

  const char *kind = text(L, 3, "kind");
  struct cw_backfill_plan *plan = p->plan;
  plan->kind = strcmp(kind, "map") == 0    ? CW_BACKFILL_MAP
               : strcmp(kind, "each") == 0 ? CW_BACKFILL_EACH
                                           : CW_BACKFILL_SQL;
  plan->title = text(L, 3, "title");
  plan->table = text(L, 3, "table");
  plan->walk = text(L, 3, "walk");
  plan->nulls = text(L, 3, "nulls");
  plan->first = text(L, 3, "first");
  plan->last = text(L, 3, "last");
  plan->tail = text(L, 3, "tail");
  plan->estimate = text(L, 3, "estimate");
  lua_getfield(L, 3, "nkeys");
  plan->nkeys = (size_t)lua_tointeger(L, -1);
  lua_getfield(L, 3, "unique");
  plan->unique = lua_toboolean(L, -1);
  lua_pop(L, 2);
  pair(L, 3, "bound", plan->bound);
  pair(L, 3, "work", plan->work);
  read_ident(L, 3, b);
  bind_user(L, 3, b);
  lua_getfield(L, 3, "one_writer");
  plan->one_writer = lua_toboolean(L, -1);
  lua_pop(L, 1);
  plan->user = &b->bound;
  return 0;
}

static int make_plan(void *ctx, struct cw_backfill_plan *plan, struct cw_err *err) {
  struct backfill *b = ctx;
  struct planning planning = {b, plan};
  return cw_lua_call(b->script, plan_body, &planning, CW_ERR_SCRIPT, err);
}

/* --- rows to the function, values to a writer -------------------------------------------------------- */

struct mapping {
  struct backfill *b;
  struct cw_result *rows;    /* until the Lua side has it */
  struct cw_writers *writers;
  int64_t read, bytes;
};

/* A result that closes with the calling function; at the top of the stack. */
static struct cw_lua_result *take_rows(lua_State *L, struct mapping *m) {
  struct cw_lua_result *box = cw_lua_new_result(L);
  struct cw_lua_frame *frame = m->b->script->frames;
  cw_lua_result_adopt(box, m->rows, &frame->results, frame->id);
  m->rows = NULL;
  lua_toclose(L, -1);
  return box;
}

static int64_t size_of(const struct cw_value *row, size_t n) {
  int64_t bytes = 0;
  for (size_t i = 0; i < n; i++)
    bytes += (int64_t)sizeof *row + (row[i].type >= CW_NUMERIC ? (int64_t)row[i].s.len : 0);
  return bytes;
}

static enum cw_writer_kind writer_kind(const char *name) {
  if (strcmp(name, "arrays") == 0) return CW_WRITER_ARRAYS;
  if (strcmp(name, "given") == 0) return CW_WRITER_GIVEN;
  return strcmp(name, "json") == 0 ? CW_WRITER_JSON : CW_WRITER_SETS;
}

/* Asks the dialect how these columns are written. */
static struct shape *new_shape(lua_State *L, struct mapping *m, const char *const *names,
                               size_t n) {
  struct backfill *b = m->b;
  struct shape *shape = xcalloc(1, sizeof *shape);
  static const char *const nothing[] = {"", "", ""}; /* what stays of a shape that can't be had */
  shape->model = cw_writer_new(CW_WRITER_SETS, "", nothing);
  shape->at = b->shapes.len;
  vec_push(&b->shapes, shape);
  int top = lua_gettop(L);
  push_field(L, b, "plan");
  lua_getfield(L, -1, "writer");
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushstring(L, names[i]);
    shape->names[i] = lua_tostring(L, -1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  push_field(L, b, "names"); /* kept as long as the shape is */
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
  lua_call(L, 1, 1);
  const char *sql[3];
  int made = lua_gettop(L);
  pair(L, made, "sql", sql);
  sql[2] = text(L, made, "one");
  struct cw_writer *model =
      cw_writer_new(writer_kind(text(L, made, "kind")), text(L, made, "encode"), sql);
  cw_writer_free(shape->model);
  shape->model = model;
  shape->n = n;
  lua_settop(L, top);
  return shape;
}

static struct cw_writer *writer_of(const struct mapping *m, const struct shape *shape) {
  while (m->writers->len <= shape->at) {
    const struct shape *next = m->b->shapes.items[m->writers->len];
    vec_push(m->writers, cw_writer_like(next->model));
  }
  return m->writers->items[shape->at];
}

static bool same_names(const struct shape *shape, const char *const *names, size_t n) {
  if (shape->n != n) return false;
  for (size_t i = 0; i < n; i++)
    if (shape->names[i] != names[i] && strcmp(shape->names[i], names[i]) != 0) return false;
  return true;
}

static struct shape *find_shape(lua_State *L, struct mapping *m, const char *const *names,
                                size_t n) {
  struct backfill *b = m->b;
  for (size_t i = 0; i < b->shapes.len; i++)
    if (same_names(b->shapes.items[i], names, n)) return b->shapes.items[i];
  return new_shape(L, m, names, n);
}

/* The table at the top of the stack: columns to write for this row. */
static void write_row(lua_State *L, struct mapping *m, const struct cw_value *row) {
  const struct backfill *b = m->b;
  const char *names[MOST_COLUMNS];
  struct cw_value values[MOST_COLUMNS + MOST_KEYS];
  size_t n = 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      cw_lua_raise(L, CW_ERR_SCRIPT, "Return { column = value }.",
                   "the function returned a table with a %s as a key", luaL_typename(L, -2));
    if (n == MOST_COLUMNS) luaL_error(L, "more than %d columns to write", MOST_COLUMNS);
    names[n] = lua_tostring(L, -2);
    if (!cw_lua_to_value(L, -1, &values[n])) {
      int item = lua_gettop(L);
      cw_lua_bad_value(L, item, lua_pushfstring(L, "column `%s`", names[n]));
    }
    n++;
  }
  if (n == 0) return;
  struct shape *shape = find_shape(L, m, names, n);
  for (size_t i = 0; i < b->nident; i++) values[n + i] = row[b->ident_at[i]];
  cw_writer_add(writer_of(m, shape), values);
}

static void note_key(struct backfill *b, const struct cw_value *row) {
  strbuf_reset(&b->key);
  b->is_number = b->nident == 1 && row[b->ident_at[0]].type == CW_INT;
  if (b->is_number) {
    b->number = row[b->ident_at[0]].i;
    return;
  }
  for (size_t i = 0; i < b->nident; i++) {
    const struct cw_value *v = &row[b->ident_at[i]];
    strbuf_addsep(&b->key, ", ");
    if (v->type == CW_INT)
      strbuf_addf(&b->key, "%lld", (long long)v->i);
    else if (v->type >= CW_NUMERIC)
      strbuf_add(&b->key, v->s.p, v->s.len < 60 ? v->s.len : 60);
  }
}

static int map_body(lua_State *L) {
  struct mapping *m = cw_lua_arg(L, struct mapping);
  lua_settop(L, 1);
  struct cw_lua_result *box = take_rows(L, m); /* mapping rows */
  push_field(L, m->b, "fn");                   /* mapping rows fn */
  luaL_checkstack(L, 20, NULL);
  cw_lua_push_shape(L, 2); /* mapping rows fn columns metatable */
  size_t ncols = cw_result_ncols(box->result);
  const struct cw_value *row;
  while ((row = cw_lua_result_step(L, box))) {
    m->read++;
    m->bytes += size_of(row, ncols);
    note_key(m->b, row);
    lua_pushvalue(L, 3);
    cw_lua_push_shaped(L, 4, row, ncols);
    lua_call(L, 1, 1);
    if (lua_type(L, 6) == LUA_TTABLE)
      write_row(L, m, row);
    else if (lua_toboolean(L, 6))
      cw_lua_raise(L, CW_ERR_SCRIPT, "Return { column = value }, or nil to leave the row alone.",
                   "the function returned a %s", luaL_typename(L, 6));
    lua_settop(L, 5);
  }
  return 0;
}

static int each_body(lua_State *L) {
  struct mapping *m = cw_lua_arg(L, struct mapping);
  lua_settop(L, 1);
  struct cw_lua_result *box = take_rows(L, m);
  push_field(L, m->b, "fn");
  lua_newtable(L); /* mapping rows fn list */
  luaL_checkstack(L, 20, NULL);
  const struct cw_value *row;
  while ((row = cw_lua_result_step(L, box))) {
    m->bytes += size_of(row, cw_result_ncols(box->result));
    cw_lua_push_row(L, 2, row);
    lua_rawseti(L, 4, (lua_Integer)++m->read);
  }
  if (m->read == 0) return 0;
  cw_lua_push_conn(L, CW_LUA_CONN_MOVE);
  lua_call(L, 2, 0);
  return 0;
}

/* The first stop signal lets the batch end; a second one stops the script too. */
static int call(struct backfill *b, lua_CFunction body, struct mapping *m, struct cw_err *err) {
  b->script->finishing++;
  int status = cw_lua_call(b->script, body, m, CW_ERR_SCRIPT, err);
  b->script->finishing--;
  cw_result_free(m->rows);
  return status;
}

static int map(void *ctx, struct cw_result *rows, struct cw_writers *writers, int64_t *read,
               int64_t *bytes, struct cw_err *err) {
  struct mapping m = {.b = ctx, .rows = rows, .writers = writers};
  int status = call(ctx, map_body, &m, err);
  *read = m.read;
  *bytes = m.bytes;
  if (status < 0 && m.b->is_number) strbuf_addf(&m.b->key, "%lld", (long long)m.b->number);
  if (status < 0 && m.b->key.len && err && err->code == CW_ERR_SCRIPT)
    cw_err_prefix(err, "the row with the key %s: ", m.b->key.buf);
  return status;
}

static int each(void *ctx, struct cw_result *rows, int64_t *read, int64_t *bytes,
                struct cw_err *err) {
  struct mapping m = {.b = ctx, .rows = rows};
  int status = call(ctx, each_body, &m, err);
  *read = m.read;
  *bytes = m.bytes;
  return status;
}

/* --- throttle --------------------------------------------------------------------------------------- */

struct throttling {
  struct backfill *b;
  const struct cw_backfill_stats *stats;
  int64_t wait_ms;
};

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static int throttle_body(lua_State *L) {
  struct throttling *t = cw_lua_arg(L, struct throttling);
  push_field(L, t->b, "tuning");
  lua_getfield(L, -1, "throttle");
  lua_createtable(L, 0, 7);
  set_integer(L, "rows", t->stats->rows);
  set_integer(L, "walked", t->stats->walked);
  set_integer(L, "batches", t->stats->batches);
  set_integer(L, "skipped", t->stats->skipped);
  set_integer(L, "batch_size", t->stats->batch_size);
  lua_pushnumber(L, (double)t->stats->last_ms / 1000);
  lua_setfield(L, -2, "last");
  lua_pushnumber(L, (double)t->stats->elapsed_ms / 1000);
  lua_setfield(L, -2, "seconds");
  lua_call(L, 1, 1);
  if (lua_isnumber(L, -1))
    t->wait_ms = (int64_t)(lua_tonumber(L, -1) * 1000);
  else if (lua_toboolean(L, -1))
    cw_lua_raise(L, CW_ERR_SCRIPT, "Return seconds to wait, or false to go on.",
                 "throttle returned a %s", luaL_typename(L, -1));
  return 0;
}

static int throttle(void *ctx, const struct cw_backfill_stats *stats, int64_t *wait_ms,
                    struct cw_err *err) {
  struct throttling t = {.b = ctx, .stats = stats};
  int status = cw_lua_call(t.b->script, throttle_body, &t, CW_ERR_SCRIPT, err);
  *wait_ms = t.wait_ms;
  return status;
}

/* --- host.backfill(record, fn, tuning) ---------------------------------------------------------------- */

static lua_Number number_or(lua_State *L, const char *name, lua_Number otherwise) {
  lua_getfield(L, 3, name);
  lua_Number value = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : otherwise;
  lua_pop(L, 1);
  return value;
}

/* The tuning's table keeps the texts. */
static void read_replicas(lua_State *L, struct backfill *b, struct cw_backfill_tuning *t) {
  if (lua_getfield(L, 3, "replicas") == LUA_TTABLE) {
    t->nreplicas = lua_rawlen(L, -1);
    const char **list = cw_arena_array(b->arena, t->nreplicas + 1, sizeof *list);
    for (size_t i = 0; i < t->nreplicas; i++) {
      lua_rawgeti(L, -1, (lua_Integer)i + 1);
      list[i] = lua_tostring(L, -1);
      lua_pop(L, 1);
    }
    t->replicas = list;
  }
  lua_pop(L, 1);
}

static void read_tuning(lua_State *L, struct backfill *b, struct cw_backfill *spec) {
  struct cw_backfill_tuning *t = &spec->tuning;
  t->batch_size = (int64_t)number_or(L, "batch_size", 1000);
  t->least = (int64_t)number_or(L, "min_batch_size", 10);
  t->most = (int64_t)number_or(L, "max_batch_size", 100000);
  t->target_ms = (int64_t)number_or(L, "target", 500);
  t->pause_ms = (int64_t)number_or(L, "pause", 0);
  t->duty = number_or(L, "duty", 1);
  t->retries = (int)number_or(L, "retries", 10);
  t->workers = (int)number_or(L, "workers", 1);
  t->max_lag_ms = (int64_t)number_or(L, "max_lag", 5000);
  read_replicas(L, b, t);
  const char *on_error = text(L, 3, "on_error");
  t->skip = on_error && strcmp(on_error, "skip") == 0;
  lua_getfield(L, 3, "throttle");
  if (lua_isfunction(L, -1)) spec->calls.throttle = throttle;
  lua_pop(L, 1);
}

static void release(void *ctx) {
  struct backfill *b = ctx;
  for (size_t i = 0; i < b->shapes.len; i++) {
    cw_writer_free(b->shapes.items[i]->model);
    free(b->shapes.items[i]);
  }
  vec_release(&b->shapes);
  cw_bound_release(&b->bound);
  strbuf_release(&b->key);
}

static int push_result(lua_State *L, const struct cw_backfill_result *result) {
  lua_createtable(L, 0, 4);
  set_integer(L, "rows", result->rows);
  set_integer(L, "batches", result->batches);
  set_integer(L, "skipped", result->skipped);
  lua_pushnumber(L, result->seconds);
  lua_setfield(L, -2, "seconds");
  return 1;
}

int cw_lua_backfill(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  struct cw_arena *arena = cw_arena_push(L); /* record fn tuning arena */
  struct cw_script *script = cw_lua_script(L);
  struct backfill *b = cw_arena_alloc(arena, sizeof *b);
  *b = (struct backfill){.script = script,
                         .exec = script->frames->exec,
                         .arena = arena,
                         .bound = CW_BOUND_INIT,
                         .key = STRBUF_INIT};
  cw_arena_own(arena, release, b);
  struct cw_backfill spec = {
      .calls = {.ctx = b, .plan = make_plan, .map = map, .each = each}};
  read_tuning(L, b, &spec);

  lua_createtable(L, 0, 5);
  static const char *const fields[] = {"record", "fn", "tuning"};
  for (int i = 0; i < 3; i++) {
    lua_pushvalue(L, i + 1);
    lua_setfield(L, -2, fields[i]);
  }
  lua_newtable(L);
  lua_setfield(L, -2, "names"); /* record fn tuning arena context */
  cw_lua_describe_step(L, arena, &spec.step); /* ... library description */
  lua_pushvalue(L, 5);
  b->ref = luaL_ref(L, LUA_REGISTRYINDEX); /* nothing raises from here to its release */

  struct cw_backfill_result result;
  lua_State *outer = cw_lua_enter(script, L);
  int mode = lua_gc(L, LUA_GCGEN, 0, 0); /* nearly all objects are of one row */
  int status = cw_exec_backfill(b->exec, &spec, &result, &arena->err);
  if (mode == LUA_GCINC) lua_gc(L, LUA_GCINC, 0, 0, 0);
  cw_lua_leave(script, outer);
  luaL_unref(L, LUA_REGISTRYINDEX, b->ref);
  if (status < 0) {
    cw_err_where(&arena->err, spec.step.file, spec.step.line);
    cw_lua_throw(L, &arena->err);
  }
  return push_result(L, &result);
}
