/* The failing-allocator sweep: every binding is run with the n-th allocation of Lua failing, for n = 1,
 * 2, 3 ... until it succeeds. Nothing may crash, leak (the sanitizers watch) or leave the state unusable;
 * each failure is a clean error. Twice: once every later allocation fails too, once memory is back after
 * the failed call (and the collection that Lua tries first). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/revision.h"
#include "lua/call.h"
#include "lua/state.h"
#include "op/stmt.h"
#include "plugin/host.h"
#include "support/lua_fake_exec.h"
#include "support/lua_meter.h"

static struct meter meter;
static struct cw_script *script;
static struct cw_conn *conn;
static struct cw_exec exec;
static struct cw_err err;

static const struct cw_script_opts opts = {.project_dir = CURLEW_SOURCE_DIR "/tests/support",
                                           .lua_path = CURLEW_SOURCE_DIR
                                           "/tests/support/lua_library"};

static void check(int status) {
  if (status < 0) fail_msg("%s", err.message);
}

static int setup(void **state) {
  (void)state;
  meter = (struct meter){.countdown = METER_NEVER};
  check(cw_lua_open(&script, &opts, metered, &meter, &err));
  struct cw_url *url;
  struct cw_conn_opts conn_opts = {0};
  check(cw_url_parse(&url, "sqlite://", "/", &err));
  check(cw_conn_open(&conn, url, &conn_opts, &err));
  cw_url_free(url);
  check(cw_conn_exec(conn, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", &err));
  check(cw_conn_exec(conn, "INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'c')", &err));
  fake_exec_init(&exec, &cw_script_lua, script, conn);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  meter.countdown = METER_NEVER;
  cw_lua_close(script);
  cw_conn_free(conn);
  fake_exec_release(&exec);
  cw_err_release(&err);
  assert_int_equal(meter.used, 0);
  return 0;
}

/* --- what is swept ------------------------------------------------------------------------------------ */

struct subject {
  const char *body;          /* of upgrade */
  struct cw_revision *rev;
};

static int run_subject(void *ctx) {
  struct subject *subject = ctx;
  return cw_script_lua.run(script, subject->rev, CW_UP, &exec, &err);
}

/* An error that running out of memory may show as: Lua's own, or a misfortune on the way to it. */
static void assert_clean_failure(void) {
  assert_non_null(err.message);
  assert_true(err.code != CW_OK);
}

/* Runs `call` with ever later failures until it succeeds; returns at which n that was. */
static long sweep(int (*call)(void *ctx), void *ctx, bool lasting) {
  for (long n = 0; n < 100000; n++) {
    lua_gc(script->main, LUA_GCCOLLECT, 0);
    cw_err_release(&err);
    strbuf_reset(&exec.log);
    meter.countdown = n;
    meter.lasting = lasting;
    meter.failed = 0;
    int status = call(ctx);
    meter.countdown = METER_NEVER;
    assert_ptr_equal(script->L, script->main);
    assert_null(script->frames);
    assert_int_equal(lua_gettop(script->main), 0);
    if (status == 0 && meter.failed == 0) return n;
    if (status < 0) assert_clean_failure();
  }
  fail_msg("it never succeeds");
  return 0;
}

static void sweep_both(int (*call)(void *ctx), void *ctx) {
  long lasting = sweep(call, ctx, true), passing = sweep(call, ctx, false);
  assert_true(lasting > 0 && passing > 0);
  cw_err_release(&err);
  if (call(ctx) < 0) fail_msg("not even with all memory: %s", err.message); /* state is sound */
}

static void sweep_body(const char *body) {
  char *text = xasprintf("local op = require 'op'; return { revision = 'r', upgrade = function(ctx) local _ "
                         "= ctx\n%s\nend }", body);
  struct subject subject = {.body = body};
  check(cw_script_lua.load_revision(script, "/r.lua", text, strlen(text), &subject.rev, &err));
  free(text);
  if (run_subject(&subject) < 0) fail_msg("%s: %s", body, err.message);
  sweep_both(run_subject, &subject);
  cw_revision_free(subject.rev);
}

static void operations_survive(void **state) {
  (void)state;
  exec.key = json_pack("[i,s]", 1, "key");
  sweep_body("op.insert('t', { 'x' })");
  json_decref(exec.key);
  exec.key = NULL;
  sweep_body("op.execute('UPDATE t SET name = 1; UPDATE t SET name = 2')");
  sweep_body("op.execute('UPDATE t SET name = :n WHERE id IN :ids', { n = 'x', ids = { 1, 2 } })");
  sweep_body("op.batch('t', { { 'a' }, { 'b' } })");
  sweep_body("op.savepoint(function() op.log('x') end)");
  sweep_body("op.savepoint(function() error('x') end)");
  sweep_body("op.autocommit_block(function() op.commit() end)");
  sweep_body("assert(op.get_context() == ctx and op.get_bind() and op.current_dialect().name)");
}

static void connections_survive(void **state) {
  (void)state;
  sweep_body("op.get_bind():execute('UPDATE t SET name = :n WHERE id = 1', { n = 'x' })");
  sweep_body("op.get_bind():execute('UPDATE t SET name = ? WHERE id = ?', { { 'x', 1 }, { 'y', 2 } })");
  sweep_body("for row in op.get_bind():rows('SELECT id, name, 1 AS id FROM t') do local _ = row[1] end");
  sweep_body("assert(#op.get_bind():all('SELECT * FROM t WHERE id IN :ids', { ids = { 1, 2 } }) == 2)");
  sweep_body("op.get_bind():first('SELECT * FROM t WHERE id = ?', { 1 })");
  sweep_body("op.get_bind():scalar('SELECT 1')");
  sweep_body("op.get_bind():column('SELECT name FROM t')");
  sweep_body("op.get_bind():try('SELECT * FROM t')");
  sweep_body("op.get_bind():try('SELECT * FROM absent')");
  sweep_body("op.get_bind():try(function() error('x') end)");
  sweep_body("local c = op.get_bind(); assert(c:quote('x') and c:literal('y') and c:inspect() and c.dialect)");
  sweep_body("assert(not pcall(op.get_bind().all, op.get_bind(), 'SELECT :a', { b = 1 }))");
  sweep_body("assert(not pcall(function() return op.get_bind().nothing end))");
}

/* --- a plugin in C: what it holds is let go of, however it ends --- */

static int held;

static void let_go(void *resource) {
  held--;
  free(resource);
}

static int push_name(void *ctx, const char *const *names, const struct curlew_value *values, size_t ncolumns) {
  lua_State *L = ctx;
  assert_int_equal(ncolumns, 2);
  lua_settop(L, 4); /* conn, how, guard, handle */
  if (values[1].type == CURLEW_TEXT) lua_pushlstring(L, values[1].as.text.p, values[1].as.text.len);
  lua_pushfstring(L, "%s %s", names[0], names[1]);
  return 0;
}

static int plugin_work(lua_State *L) {
  const struct curlew_host_v1 *host = &cw_plugin_host;
  const char *how = luaL_checkstring(L, 2), *update = "UPDATE t SET name = ? WHERE id = ?";
  const char *select = "SELECT id, name FROM t WHERE id > ?";
  struct curlew_value values[] = {{CURLEW_TEXT, {.text = {"x", 1}}}, {CURLEW_INT, {.integer = 1}},
                                  {CURLEW_NULL, {0}},                {CURLEW_INT, {.integer = 2}}};
  int64_t affected;
  void **slot = host->guard(L, let_go);
  *slot = malloc(1);
  held++;
  struct curlew_conn *handle = host->conn(L, 1);
  if (host->batch(handle, update, strlen(update), values, 2, 2, &affected)) return host->raise_last(L, handle);
  assert_int_equal(affected, 2);
  struct curlew_value zero = {CURLEW_INT, {.integer = 0}};
  if (host->query(handle, select, strlen(select), &zero, 1, push_name, L, NULL)) return host->raise_last(L, handle);
  if (strcmp(how, "raise") == 0) return host->raise(L, "unsupported", "stop", "go on");
  if (host->query(handle, "SELECT absent", 13, NULL, 0, NULL, NULL, NULL) != -1) return luaL_error(L, "no error");
  assert_non_null(host->error(handle)->message);
  if (strcmp(how, "fail") == 0) return host->raise_last(L, handle);
  return 0;
}

static int register_work(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "loaded");
  lua_pushcfunction(L, plugin_work);
  lua_setfield(L, -2, "plugin_work");
  return 0;
}

static void plugins_survive(void **state) {
  (void)state;
  assert_int_equal(cw_lua_call(script, register_work, NULL, CW_ERR_PLUGIN, &err), 0);
  sweep_body("require 'plugin_work'(op.get_bind(), 'return')");
  sweep_body("assert(not pcall(require 'plugin_work', op.get_bind(), 'raise'))");
  sweep_body("assert(not pcall(require 'plugin_work', op.get_bind(), 'fail'))");
  sweep_body("assert(not pcall(require 'plugin_work', 7, 'fail'))");
  assert_int_equal(held, 0);
}

static void helpers_survive(void **state) {
  (void)state;
  sweep_body("assert(op.json.encode({ a = { 1, 2.5, 'x', op.json.null, {} } }, { pretty = true }))");
  sweep_body("assert(op.json.decode('{\"a\": [1, 2.5, \"x\", null, {}]}').a)");
  sweep_body("assert(not pcall(op.json.decode, '[') and not pcall(op.json.encode, print))");
  sweep_body("assert(not pcall(function() return undeclared end))");
  sweep_body("assert(not pcall(function() return ctx.dialct end))");
  sweep_body("package.loaded['lua_library.curlew.template'] = nil\nrequire 'lua_library.curlew.template'");
  sweep_body("package.loaded['curlew.template'] = nil\nrequire 'curlew.template'");
}

static int load_text(void *text) {
  struct cw_revision *rev = NULL;
  int status = cw_script_lua.load_revision(script, "/r.lua", text, strlen(text), &rev, &err);
  if (status == 0) cw_revision_free(rev);
  return status;
}

static int load_broken(void *text) {
  struct cw_revision *rev = NULL;
  if (cw_script_lua.load_revision(script, "/r.lua", text, strlen(text), &rev, &err) == 0) {
    cw_revision_free(rev);
    fail_msg("a broken file was loaded");
  }
  return err.code == CW_ERR_INTERNAL ? -1 : 0; /* its own error again: memory sufficed */
}

static void loading_survives(void **state) {
  (void)state;
  char good[] = "-- title\nreturn { revision = 'r', down_revision = { 'a', 'b' }, branch_labels = 'l', "
                "upgrade = { main = print } }";
  char misspelt[] = "return { revison = 'r', upgrade = print }";
  char syntax[] = "return { = }", raising[] = "error { message = 'x' }";
  sweep_both(load_text, good);
  sweep_both(load_broken, misspelt);
  sweep_both(load_broken, syntax);
  sweep_both(load_broken, raising);
}

static int load_configuration(void *text) {
  char path[] = "/tmp/curlew_memory_XXXXXX";
  int fd = mkstemp(path);
  FILE *file = fdopen(fd, "w");
  fputs(text, file);
  fclose(file);
  json_t *out = NULL;
  json_t *x = json_pack("{s:s}", "a", "b");
  struct cw_config_args args = {.command = "upgrade", .x = x, .tag = "t"};
  int status = cw_script_lua.load_config(script, path, &args, &out, &err);
  if (status == 0) {
    int ref = (int)json_integer_value(json_object_get(json_object_get(out, "f"), "$function"));
    json_decref(out);
    status = cw_script_lua.call(script, ref, x, &out, &err);
    if (status == 0) json_decref(out);
  }
  json_decref(x);
  remove(path);
  return status;
}

static void configuration_survives(void **state) {
  (void)state;
  char text[] = "local curlew = require 'curlew'\nreturn function(args)\n"
                "  local conn = curlew.connect('sqlite://')\n"
                "  return { x = args.x, one = conn:scalar('SELECT 1'), f = function(v) return { v } end }\nend";
  sweep_both(load_configuration, text);
}

static int call_the_rest(void *ctx) {
  (void)ctx;
  struct strbuf out = STRBUF_INIT;
  struct cw_value value = cw_blob("xy", 2);
  json_t *vars = json_pack("{s:s}", "who", "you"), *reversal = NULL;
  json_t *record = json_pack("{s:s, s:s}", "op", "create_table", "subject", "v");
  int status = cw_script_lua.literal(script, "sqlite", &value, &out, &err);
  if (status == 0) status = cw_script_lua.render(script, "n", "hi ${who}", vars, &out, &err);
  if (status == 0) status = cw_script_lua.reverse(script, record, &reversal, &err);
  if (status == 0) {
    json_decref(reversal);
    exec.skip = true;
    status = cw_script_lua.invoke(script, &exec, record, &err);
    exec.skip = false;
  }
  json_decref(record);
  json_decref(vars);
  strbuf_release(&out);
  return status;
}

static void the_other_calls_of_the_seam_survive(void **state) {
  (void)state;
  sweep_both(call_the_rest, NULL);
}

static int keep_compile_drop(void *ctx) {
  struct subject *subject = ctx;
  exec.keep = true;
  exec.kept.handle = NULL;
  int status = cw_script_lua.run(script, subject->rev, CW_UP, &exec, &err);
  exec.keep = false;
  if (exec.kept.handle) {
    struct cw_stmts stmts = {0};
    const struct cw_step *steps[] = {&exec.kept};
    enum cw_probe probe;
    struct cw_step step = exec.kept;
    step.op = "grouped";
    steps[0] = &step;
    if (status == 0) status = cw_script_lua.compile(script, &exec, steps, 1, &stmts, &err);
    if (status == 0) status = cw_script_lua.probe(script, &exec, &step, &probe, &err);
    cw_stmts_release(&stmts);
    cw_script_lua.record_drop(script, exec.kept.handle);
  }
  return status;
}

static void kept_records_survive(void **state) {
  (void)state;
  static const char text[] = "local op = require 'op'; return { revision = 'r', upgrade = function() "
                             "op.grouped('x') end }";
  struct subject subject = {0};
  check(cw_script_lua.load_revision(script, "/r.lua", text, strlen(text), &subject.rev, &err));
  sweep_both(keep_compile_drop, &subject);
  cw_revision_free(subject.rev);
}

static void opening_a_state_survives(void **state) {
  (void)state;
  for (int lasting = 0; lasting < 2; lasting++) {
    for (long n = 0;; n++) {
      struct meter fresh = {.countdown = n, .lasting = lasting};
      struct cw_script *other = NULL;
      cw_err_release(&err);
      int status = cw_lua_open(&other, &opts, metered, &fresh, &err);
      fresh.countdown = METER_NEVER;
      if (status == 0) cw_lua_close(other);
      assert_int_equal(fresh.used, 0);
      if (status == 0 && fresh.failed == 0) break;
      if (status < 0) assert_clean_failure();
    }
  }
}

int main(void) {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(operations_survive),
      TEST(connections_survive), TEST(plugins_survive),
      TEST(helpers_survive),
      TEST(loading_survives),
      TEST(configuration_survives),
      TEST(the_other_calls_of_the_seam_survive),
      TEST(kept_records_survive),
      TEST(opening_a_state_survives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
