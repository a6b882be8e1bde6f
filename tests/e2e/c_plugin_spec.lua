--- Plugins in C: the example is built outside of the tree against an installation, and works there.
local e2e = require "support.e2e"
local pages = require "support.pages"
local process = require "support.process"

local source = os.getenv("CURLEW_SOURCE_DIR") or process.capture("pwd"):gsub("\n", "")
local work = process.capture("mktemp -d \"${TMPDIR:-/tmp}/curlew-c-plugin-XXXXXX\""):gsub("\n$", "")
local prefix = work .. "/installed"

local function must(...)
  local command = {}
  for i, word in ipairs { ... } do command[i] = process.quote(word) end
  process.must(table.concat(command, " ") .. (" >>%s/log 2>&1 || { cat %s/log >&2; exit 1; }"):format(work, work))
end

--- Compiles a plugin's text with what pkg-config says.
local function compile(file, text)
  e2e.write(work .. "/" .. file .. ".c", text)
  process.must(("PKG_CONFIG_PATH=%s/lib/pkgconfig:$(echo %s/lib/*/pkgconfig) sh -c "
    .. "'cc -shared -fPIC $(pkg-config --cflags curlew) -o %s/%s.so %s/%s.c'"):format(prefix, prefix, work, file, work, file))
  return work .. "/" .. file .. ".so"
end

--- A plugin that tries the members of the host's table.
local PROBE = [[
#include <curlew/plugin.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
static const struct curlew_host_v1 *host;
static int released;
static void release(void *p) { released++; (void)p; }
static int raise_row(void *ctx, const char *const *names, const struct curlew_value *v, size_t n) {
  (void)names; (void)v; (void)n;
  return luaL_error(ctx, "from a row");
}
static int put_row(void *ctx, const char *const *names, const struct curlew_value *v, size_t n) {
  lua_State *L = ctx;
  lua_pushfstring(L, "%s=%I/%d", names[0], (LUAI_UACINT)v[0].as.integer, (int)n);
  return v[0].as.integer == 2;
}
static int work(lua_State *L) {
  *host->guard(L, release) = &released;
  struct curlew_conn *conn = host->conn(L, 2);
  struct curlew_value one = {CURLEW_INT, {.integer = 1}};
  int64_t n;
  const char *insert = "INSERT INTO t (a) VALUES (?)";
  if (host->query(conn, insert, strlen(insert), &one, 1, NULL, NULL, &n) || n != 1) return host->raise_last(L, conn);
  struct curlew_value many[] = {{CURLEW_INT, {.integer = 2}}, {CURLEW_INT, {.integer = 3}}};
  if (host->batch(conn, insert, strlen(insert), many, 1, 2, &n) || n != 2) return host->raise_last(L, conn);
  if (host->query(conn, "SELEC", 5, NULL, 0, NULL, NULL, NULL) != -1) return luaL_error(L, "no error");
  const struct curlew_error *e = host->error(conn);
  if (strcmp(e->code, "statement") || !e->message[0]) return luaL_error(L, "another error: %s", e->code);
  return luaL_error(L, "stop");
}
static int read_all(lua_State *L) {
  struct curlew_conn *conn = host->conn(L, 2);
  const char *sql = "SELECT a, a + 1 FROM t ORDER BY a";
  int top = lua_gettop(L);
  if (host->query(conn, sql, strlen(sql), NULL, 0, put_row, L, NULL)) return host->raise_last(L, conn);
  if (lua_gettop(L) != top + 2) return luaL_error(L, "%d rows", lua_gettop(L) - top);
  host->log(L, lua_pushfstring(L, "%s %s released %d", lua_tostring(L, -2), lua_tostring(L, -1), released));
  host->query(conn, sql, strlen(sql), NULL, 0, raise_row, L, NULL);
  return 0;
}
static int ends(lua_State *L) {
  struct curlew_conn *conn = host->conn(L, 2);
  host->query(conn, "COMMIT", 6, NULL, 0, NULL, NULL, NULL);
  return host->raise_last(L, conn);
}
static int spin(lua_State *L) {
  *host->guard(L, release) = &released;
  struct curlew_conn *conn = host->conn(L, 2);
  const char *insert = "INSERT INTO t (a) VALUES (5)";
  if (host->query(conn, insert, strlen(insert), NULL, 0, NULL, NULL, NULL)) return host->raise_last(L, conn);
  fputs("spinning\n", stderr);
  for (;;) host->check_interrupt(L);
}
int curlew_plugin_v1(lua_State *L, const struct curlew_host_v1 *given) {
  static const luaL_Reg fns[] = {{"spin", spin}, {"work", work}, {"read_all", read_all}, {"ends", ends}, {0, 0}};
  host = given;
  lua_createtable(L, 0, 4);
  lua_pushliteral(L, "probe_plugin"); lua_setfield(L, -2, "name");
  lua_pushliteral(L, "2.1"); lua_setfield(L, -2, "version");
  lua_pushinteger(L, CURLEW_PLUGIN_API); lua_setfield(L, -2, "api");
  lua_newtable(L);
  for (const luaL_Reg *f = fns; f->name; f++) {
    lua_newtable(L);
    lua_pushcfunction(L, f->func); lua_setfield(L, -2, "execute");
    lua_setfield(L, -2, f->name);
  }
  lua_setfield(L, -2, "operations");
  return 1;
}]]

describe("a plugin in C", function()
  local p

  setup(function()
    local bin = e2e.bin:match("^/") and e2e.bin or source .. "/" .. e2e.bin
    must("cmake", "--install", bin:match("^(.*)/"), "--prefix", prefix)
    must("cp", "-r", source .. "/examples/c-plugin", work .. "/example")
    must("cmake", "-S", work .. "/example", "-B", work .. "/build", "-DCMAKE_PREFIX_PATH=" .. prefix,
      "-DCMAKE_C_FLAGS=-Werror")
    must("cmake", "--build", work .. "/build")
  end)
  teardown(function() process.must("rm -rf " .. process.quote(work)) end)
  after_each(e2e.cleanup)

  --- The program as it is installed.
  local function run(...) return process.run(prefix .. "/bin/curlew", { cwd = p.dir, ... }, e2e.unset) end

  local function events(...)
    local r = run("--format=json", ...)
    return r, e2e.lines(r.out)
  end

  before_each(function()
    p = e2e.project { config = 'plugins = { "csv_load" },', files = {
      ["data/cities.csv"] = "\239\187\191id,name,note\r\n1,Graz,\r\n2,\"St. \"\"X\"\", Wien\",\"\"\r\n3,\"two\nlines\",it's\\n\r\n" } }
    process.must(("mkdir -p %s/plugins && cp %s/build/csv_load.so %s/plugins/"):format(p.dir, work, p.dir))
  end)

  local TABLE = [[op.create_table("cities", { { "id", types.integer, primary_key = true },
    { "name", types.varchar(50), nullable = false }, { "note", types.varchar(50) } })
  ]]
  local EXPECTED = { { "1", "Graz", "NULL" }, { "2", 'St. "X", Wien', "" }, { "3", "two\nlines", "it's\\n" } }

  local function cities()
    local rows = p:sql("SELECT id, replace(name, '\n', '|'), note FROM cities ORDER BY id")
    for _, row in ipairs(rows) do
      row[2] = row[2]:gsub("|", "\n")
      if e2e.dialect == "mysql" then row[3] = row[3]:gsub("\\\\", "\\") end -- its client prints them doubled
    end
    return rows
  end

  it("loads a file, returns what it says, and is listed", function()
    p:revision { "aaaa1", up = TABLE .. [[local n = op.csv_load("cities", "data/cities.csv") assert(n == 3, n)]],
      down = [[op.drop_table("cities")]] }
    local r = run("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    assert.matches("3 rows from .-data/cities%.csv", r.err)
    assert.same(EXPECTED, cities())
    assert.equal(0, run("downgrade", "base").code)
    assert.equal(0, run("upgrade").code)
    assert.same(EXPECTED, cities())
    local told = e2e.json(run("--format=json", "plugins").out).plugins[1]
    assert.same({ "csv_load", "1.0.0", "plugins/csv_load.so", "c" }, { told.name, told.version, told.path, told.kind })
    assert.same({ "csv_load" }, told.operations)
  end)

  it("is printed by --sql, in a script that leaves the same", function()
    p:revision { "aaaa1", up = TABLE .. [[op.csv_load("cities", "data/cities.csv")]] }
    local r = run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    assert.matches("INSERT INTO cities %(id, name, note%) VALUES %('1', 'Graz', NULL%);", r.out)
    p:sql(r.out)
    assert.same(EXPECTED, cities())
    assert.same({ "aaaa1" }, p:rows())
  end)

  it("takes options, and columns from the call", function()
    p:write("data/x.csv", "7;-;a\n8;b;-\n")
    p:revision { "aaaa1", up = TABLE .. [[op.csv_load("cities", "data/x.csv", { header = false, delimiter = ";", null = "-",
      columns = { "id", "note", "name" } })]] }
    p:write("data/x.csv", "7;-;a\n8;b;c\n")
    assert.equal(0, run("upgrade").code)
    assert.same({ { "7", "a", "NULL" }, { "8", "c", "b" } }, cities())
  end)

  it("loads many rows in chunks", function()
    local lines = { "id,name" }
    for i = 1, 20000 do lines[#lines + 1] = i .. ",name of " .. i end
    p:write("data/many.csv", table.concat(lines, "\n"))
    p:revision { "aaaa1", up = TABLE .. [[assert(op.csv_load("cities", "data/many.csv") == 20000)]] }
    local r = run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "20000", "200010000" } }, p:sql("SELECT count(*), sum(id) FROM cities WHERE name LIKE 'name of %'"))
  end)

  it("happens wholly or not at all, with the script's line and the server's words", function()
    p:write("data/bad.csv", "id,name\n1,a\n2,b\n1,twice\n")
    p:revision { "aaaa1", up = TABLE }
    p:revision { "bbbb2", up = "\nop.csv_load('cities', 'data/bad.csv')" }
    local r, list = events("upgrade")
    assert.equal(1, r.code)
    local e = list[#list].error
    assert.equal("statement", e.code)
    assert.matches("^23", e.sqlstate)
    assert.equal("bbbb2", e.revision)
    assert.equal(13, e.line)
    assert.matches("INSERT INTO cities", e.statement)
    assert.same({}, p:sql("SELECT * FROM cities"))
    p:write("data/bad.csv", "id,name\n1,a\n2,b,c\n")
    assert.matches("bad%.csv, line 3: 3 fields for 2 columns", run("upgrade").err)
    p:write("data/bad.csv", "id,name\n1,a\n2,\"b")
    assert.matches("bad%.csv, line 3: a quoted field does not end", run("upgrade").err)
    process.must("rm " .. p.dir .. "/data/bad.csv")
    assert.matches("bad%.csv can't be read: No such file", run("upgrade").err)
    p:revision { "bbbb2", parent = "aaaa1", up = "op.csv_load('cities', 'x', { delimiter = ';;' })" }
    assert.matches("op%.csv_load: delimiter must be one character", run("upgrade").err)
    assert.same({}, p:sql("SELECT * FROM cities"))
    assert.same({ "aaaa1" }, p:rows())
  end)

  it("leaves nothing behind where the script catches its error", function()
    p:write("data/bad.csv", "id,name\n1,a\n2,b\n1,twice\n")
    p:revision { "aaaa1", up = TABLE .. [[
      local ok, err = pcall(op.csv_load, "cities", "data/bad.csv")
      assert(not ok and err.sqlstate:find("^23"), tostring(err))
      op.csv_load("cities", "data/cities.csv")]] }
    local r = run("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    assert.same(EXPECTED, cities())
  end)

  it("is journaled: a resumed run skips it, or does it again when it had not committed", function()
    local up = TABLE .. [[op.commit()
      assert(op.csv_load("cities", "data/cities.csv") == 3) %s
      op.execute "INSERT INTO cities (id, name) VALUES (9, 'after')"]]
    p:revision { "aaaa1", up = up:format("op.commit() if ctx.x.fail then error('stop here') end") }
    assert.equal(1, run("upgrade", "-x", "fail").code)
    assert.same({ { "3" } }, p:sql("SELECT count(*) FROM cities"))
    local r, list = events("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    local skipped = {}
    for _, event in ipairs(list) do if event.event == "step" then skipped[#skipped + 1] = event.skipped end end
    assert.same({ true, true, false }, skipped)
    assert.same({ { "4" } }, p:sql("SELECT count(*) FROM cities"))
  end)

  it("killed before its commit it is run again", function()
    p:revision { "aaaa1", up = TABLE .. [[op.commit()
      op.csv_load("cities", "data/cities.csv")
      if ctx.x.hang then io.stderr:write("hanging\n") while true do end end]] }
    local job = e2e.start { "upgrade", "-x", "hang", cwd = p.dir }
    job:expect("hanging", 20)
    job:signal("KILL")
    job:wait(20)
    assert.same({ { "0" } }, p:sql("SELECT count(*) FROM cities"))
    local r = run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "3" } }, p:sql("SELECT count(*) FROM cities"))
  end)

  it("sees what the host's table gives, and raises from a row", function()
    local so = compile("probe_plugin", PROBE)
    process.must(("cp %s %s/plugins/"):format(so, p.dir))
    p:write("curlew.lua", ('return { url = %q, plugins = { "probe_plugin" } }'):format(p.url))
    p:revision { "aaaa1", up = [[op.create_table("t", { { "a", types.integer } })
      local ok, err = pcall(op.work)
      assert(not ok and tostring(err):find("stop"), tostring(err))
      assert(#op.get_bind():all("SELECT a FROM t") == 0)
      op.bulk_insert("t", { { a = 1 }, { a = 2 }, { a = 3 } })
      ok, err = pcall(op.read_all)
      assert(not ok and tostring(err):find("from a row"), tostring(err))
      ok, err = pcall(op.ends)
      assert(not ok and tostring(err):find("COMMIT inside op.ends: it would end the transaction of op.ends"), tostring(err))]] }
    local r = run("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    assert.matches("a=1/2 a=2/2 released 1", r.err)
    r = run("upgrade", "--sql")
    assert.not_equal(0, r.code)
    assert.matches("op%.work of plugin probe_plugin can't be written down as SQL", r.err)
    p:revision { "bbbb2", up = "op.spin()" }
    local job = process.start(prefix .. "/bin/curlew", { "upgrade", cwd = p.dir }, e2e.unset)
    job:expect("spinning", 20)
    job:signal("INT")
    assert.equal(7, job:wait(20).code)
    assert.same({ { "0" } }, p:sql("SELECT count(*) FROM t WHERE a = 5"))
    assert.same({ "aaaa1" }, p:rows())
  end)

  it("docs/plugins/in-c.md runs as printed", function()
    local folder = e2e.folder()
    process.must("mkdir -p " .. folder .. "/plugins")
    local before = ("export DATABASE_URL=%s PKG_CONFIG_PATH=%s/lib/pkgconfig:$(echo %s/lib/*/pkgconfig)"):format(
      process.quote(p.url), prefix, prefix)
    local r, files, shells = pages.try("docs/plugins/in-c.md", folder, before)
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_true(files == 3 and shells == 2)
    assert.matches("2 rows stamped", r.err)
    assert.matches("stamp 1%.0%.0  plugins/stamp%.so", r.out)
  end)

  it("those in Lua that come along are found in the installation", function()
    p:write("curlew.lua", ('return { url = %q, plugins = { "pg_policies", "pg_partitions", "mysql_online", "cockroachdb", "citus",'
      .. ' "tidb", "own" } }'):format(p.url))
    p:write("plugins/own.lua", 'return { name = "own", version = "1", api = 1, requires = { "citus >= 1.0" } }')
    local list = e2e.json(run("--format=json", "plugins").out).plugins
    assert.equal(7, #list)
    for i = 1, 6 do assert.is_truthy(list[i].path:find(prefix .. "/share/curlew/plugins/", 1, true), list[i].path) end
    p:write("plugins/pg_policies.lua", 'return { name = "pg_policies", version = "9", api = 1 }') -- the project's own comes first
    list = e2e.json(run("--format=json", "plugins").out).plugins
    assert.equal("9", list[1].version)
    p:write("curlew.lua", 'return { url = "sqlite://", plugins = { "gone" } }')
    assert.matches("looked for plugins/gone.lua,.-, and among those that come with curlew", run("plugins").err)
    assert.is_nil(process.capture(("find %s -name '*_spec.lua'"):format(prefix)):match("%S"))
  end)

  it("is named, before anything connects, when it is none", function()
    local function fails(name, text, pattern)
      local so = compile(name, text)
      process.must(("cp %s %s/plugins/"):format(so, p.dir))
      p:write("curlew.lua", ('return { url = "postgresql://nobody@127.0.0.1:1/none", plugins = { %q } }'):format(name))
      p:revision { "aaaa1", parent = false }
      local r = run("--format=json", "upgrade")
      assert.equal(3, r.code, r.out .. r.err)
      local e = e2e.json(r.out:match("[^\n]+")).error
      assert.equal("plugin", e.code)
      assert.matches(pattern, e.message)
      assert.matches("plugins/" .. name .. "%.so", e.file)
    end
    local head = "#include <curlew/plugin.h>\n#include <lauxlib.h>\n"
    local function returns(lua)
      return head .. ("int curlew_plugin_v1(lua_State *L, const struct curlew_host_v1 *h) { (void)h;"
        .. " luaL_loadstring(L, %q); lua_call(L, 0, 1); return 1; }"):format(lua)
    end
    fails("none", "int other(void) { return 0; }", "plugin none can't be loaded: the library exports no curlew_plugin_v1")
    fails("newer", returns "return { name = 'newer', version = '1', api = 7 }",
      "plugin newer is written for api 7, and this curlew has api 1")
    fails("nothing", head .. "int curlew_plugin_v1(lua_State *L, const struct curlew_host_v1 *h) { (void)L; (void)h; return 0; }",
      "plugin nothing can't be loaded: curlew_plugin_v1 must leave the manifest on the stack")
    fails("raising", returns "error { code = 'plugin', message = 'no such device' }", "plugin raising can't be loaded: no such device")
    fails("missing", head .. "int no_such_function(void); int curlew_plugin_v1(lua_State *L, const struct curlew_host_v1 *h)"
      .. " { (void)L; (void)h; return no_such_function(); }", "plugin missing can't be loaded: .-no_such_function")
    fails("shape", returns "return { name = 'shape', version = '1', api = 1, operations = { x = { execute = 7 } } }",
      "plugin shape operation x: execute must be a function or a table")
  end)
end)
