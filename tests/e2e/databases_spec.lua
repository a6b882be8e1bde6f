--- Many databases in one run: tenants listed by a query, schemas as tenants, several kinds of servers, and
--- processes side by side.
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

--- The events of a run by database.
local function by_database(events)
  local list = {}
  for _, event in ipairs(events) do
    if event.database then
      list[event.database] = list[event.database] or {}
      table.insert(list[event.database], event)
    end
  end
  return list
end

if e2e.db == "sqlite" then
  describe("two hundred tenants in files of their own", function()
    after_each(e2e.cleanup)

    it("are listed by a query, upgraded side by side, and each has its own version table", function()
      local registry, folder = e2e.database(), e2e.folder()
      local names = {}
      for i = 1, 200 do names[i] = ("('tenant_%03d')"):format(i) end
      e2e.sql(registry, "CREATE TABLE tenants (name TEXT PRIMARY KEY); INSERT INTO tenants VALUES " .. table.concat(names, ", "))
      local p = e2e.project { curlew_lua = ([[
        local curlew = require "curlew"
        return { databases = function()
          local list = {}
          for row in curlew.connect(%q):rows "SELECT name FROM tenants ORDER BY name" do
            list[#list + 1] = { name = row.name, url = "sqlite:///%s/" .. row.name .. ".db" }
          end
          return list
        end }]]):format(registry, folder) }
      p:revision { "aaaa1", up = [[op.create_table("t", { { "who", types.text } }) op.insert("t", { who = ctx.database })]] }
      p:revision { "bbbb2", up = [[op.create_table("u", { { "id", types.integer } })]] }
      local r = p:json { "upgrade", "-x", "db=all", "--jobs", "8", timeout = 300 }
      assert.equal(0, r.code, r.err)
      local ledger = r.events[#r.events]
      assert.same({ 200, 0, 0 }, { ledger.done, ledger.failed, ledger.not_run })
      assert.equal("tenant_001", ledger.databases[1].database)
      assert.equal("tenant_200", ledger.databases[200].database)
      for name, events in pairs(by_database(r.events)) do
        assert.equal("start", events[1].event, name)
        assert.equal("end", events[#events].event, name)
        assert.same({ "bbbb2" }, events[#events].current)
      end
      for _, i in ipairs { 1, 77, 200 } do
        local url = ("sqlite:///%s/tenant_%03d.db"):format(folder, i)
        assert.same({ { ("tenant_%03d"):format(i) } }, e2e.sql(url, "SELECT who FROM t"))
      end
      r = p:run { "downgrade", "base", "-x", "db=all", "--jobs=8", timeout = 300 }
      assert.equal(0, r.code, r.err)
      local lines = 0
      for line in r.err:match("^(.-)200 databases:"):gmatch("[^\n]+") do
        lines = lines + 1
        assert.matches("^tenant_%d%d%d: [^:]*%d m?s$", (line:gsub(": the database is at base$", "")))
      end
      assert.equal(600, lines)
    end)
  end)
end

if e2e.db == "postgresql" then
  describe("fifty tenants in schemas of one database", function()
    after_each(e2e.cleanup)

    it("have a version table each, in the schema that on_connect chooses", function()
      local url = e2e.database()
      local schemas, list = {}, {}
      for i = 1, 50 do
        schemas[i] = ("CREATE SCHEMA tenant_%02d;"):format(i)
        list[i] = ("{ name = 'tenant_%02d' }"):format(i)
      end
      e2e.sql(url, table.concat(schemas))
      local p = e2e.project { curlew_lua = ([[
        return { url = %q, databases = { %s },
          on_connect = function(conn, ctx) conn:execute("SET search_path TO " .. conn:quote(ctx.database)) end }]])
        :format(url, table.concat(list, ", ")) }
      p:revision { "aaaa1", up = [[op.create_table("t", { { "who", types.text } }) op.insert("t", { who = ctx.database })]],
        down = [[op.drop_table("t")]] }
      p:revision { "bbbb2", up = [[op.create_index("i", "t", { "who" }, { concurrently = true })]],
        down = [[op.drop_index("i", { table = "t" })]] }
      local r = p:json { "upgrade", "-x", "db=all", "--jobs", "6", timeout = 300 }
      assert.equal(0, r.code, r.out .. r.err)
      assert.equal(50, r.events[#r.events].done)
      for _, i in ipairs { 1, 25, 50 } do
        local schema = ("tenant_%02d"):format(i)
        assert.same({ { schema } }, e2e.sql(url, ("SELECT who FROM %s.t"):format(schema)))
        assert.same({ { "bbbb2" } }, e2e.sql(url, ("SELECT version_num FROM %s.curlew_version"):format(schema)))
      end
      assert.same({ { "50" } }, e2e.sql(url,
        "SELECT count(*) FROM pg_class WHERE relname = 'curlew_version' AND relkind = 'r'"))
      assert.equal(0, p:run("downgrade", "aaaa1", "-x", "db=tenant_07").code)
      assert.same({ { "aaaa1" } }, e2e.sql(url, "SELECT version_num FROM tenant_07.curlew_version"))
      assert.same({ { "bbbb2" } }, e2e.sql(url, "SELECT version_num FROM tenant_08.curlew_version"))
    end)

    it("are made by on_connect where it may write, so that curlew test has them in its scratch database", function()
      local p = e2e.project { config = [[databases = function()
          local list, conn = {}, require "curlew".connect(URL)
          for row in conn:rows "SELECT 'tenant_' || n AS name FROM generate_series(1, 3) AS n" do list[#list + 1] = { name = row.name } end
          return list
        end,
        on_connect = function(conn, ctx)
          if not conn:scalar("SELECT 1 FROM pg_namespace WHERE nspname = ?", { ctx.database }) then
            conn:execute("CREATE SCHEMA " .. conn:quote(ctx.database))
          end
          conn:execute("SET search_path TO " .. conn:quote(ctx.database))
        end,]] }
      p:write("curlew.lua", ("local URL = %q\n"):format(p.url) .. p:read "curlew.lua")
      p:revision { "aaaa1", up = [[op.create_table("t", { { "id", types.bigint, primary_key = true } })]], down = [[op.drop_table("t")]] }
      local r = p:run("test", "-x", "db=tenant_1,tenant_3")
      assert.equal(0, r.code, r.out .. r.err)
      assert.matches("\nok 4 %- tenant_1: [^\n]*\n.*\nok 9 %- tenant_3: ", r.out)
      assert.same({ { "0" } }, p:sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'tenant%'"))
      assert.equal(0, p:run("upgrade", "-x", "db=all").code)
      assert.same({ { "3" } }, p:sql("SELECT count(*) FROM pg_tables WHERE tablename = 't' AND schemaname LIKE 'tenant%'"))
    end)

    it("version_table_schema keeps the version table out of the tenants' way", function()
      local p = e2e.project { config = 'version_table_schema = "ops",' }
      p:sql("CREATE SCHEMA ops")
      p:revision { "aaaa1" }
      assert.equal(0, p:run("upgrade").code)
      assert.same({ { "aaaa1" } }, p:sql("SELECT version_num FROM ops.curlew_version"))
      assert.equal("aaaa1 (head)\n", p:run("current").out)
    end)
  end)
end

describe("databases side by side", function()
  after_each(e2e.cleanup)
  local p, urls

  before_each(function()
    urls = {}
    local entries = {}
    for i, name in ipairs { "a", "b", "c", "d" } do
      urls[name] = e2e.database()
      entries[i] = ("{ name = %q, url = %q }"):format(name, urls[name])
    end
    p = e2e.project { url = false, config = ("databases = { %s },"):format(table.concat(entries, ", ")) }
    p:revision { "aaaa1", up = [[if ctx.x.fail == ctx.database then error("out of luck") end
      if ctx.x.hold then local till = os.time() + 4 while os.time() < till do end end
      if ctx.x.slow then op.log("waits") local till = os.time() + 20 while os.time() < till do end end]] }
  end)

  it("are all run in spite of a failure with --keep-going, and the run fails", function()
    local r = p:json("upgrade", "-x", "db=all", "-x", "fail=b", "--jobs", "2", "--keep-going")
    assert.equal(1, r.code)
    local ledger = r.events[#r.events]
    assert.same({ 3, 1, 0 }, { ledger.done, ledger.failed, ledger.not_run })
    assert.equal("out of luck", ledger.databases[2].error.message)
    assert.equal("b", ledger.databases[2].error.database)
    assert.equal("aaaa1", ledger.databases[2].error.revision)
    local errors = 0
    for _, event in ipairs(r.events) do errors = errors + (event.event == "error" and 1 or 0) end
    assert.equal(1, errors)
  end)

  it("no more are begun after a failure without it", function()
    local r = p:json("upgrade", "-x", "db=all", "-x", "fail=a", "-x", "hold", "--jobs", "2")
    assert.equal(1, r.code)
    local ledger = r.events[#r.events]
    assert.equal(1, ledger.failed)
    assert.is_true(ledger.not_run >= 1)
    assert.equal(0, p:run("upgrade", "-x", "db=all", "--jobs", "2").code)
  end)

  it("write whole lines, however long and however many at a time", function()
    p:revision { "bbbb2", parent = "aaaa1", up = [[for i = 1, 60 do op.log(ctx.database:rep(9000) .. " " .. i) end]] }
    local r = p:run("upgrade", "-x", "db=all", "--jobs", "4")
    assert.equal(0, r.code)
    local seen = {}
    for line in r.err:gmatch "[^\n]+" do
      local name, letters, number = line:match "^(%a): .-(%a%a%a+) (%d+)$"
      if name and #letters > 8000 then
        assert.equal(name:rep(9000), letters)
        seen[#seen + 1] = name .. number
      else
        assert.is_true(#line < 200, line:sub(1, 300))
      end
    end
    assert.equal(240, #seen)
  end)

  it("in turn, one is stopped by Ctrl-C and the others are not begun", function()
    local job = p:start("upgrade", "-x", "db=all", "-x", "slow", "--keep-going")
    job:expect("waits", 30)
    job:signal("INT")
    local r = job:wait(15)
    assert.equal(7, r.code, r.err)
    assert.matches("4 databases: 0 done, 1 failed, 3 not run", r.err)
    assert.equal(0, p:run("upgrade", "-x", "db=all").code)
  end)

  it("take names with commas, and suggest the nearest for one that is not there", function()
    local r = p:json("upgrade", "-x", "db=c,a")
    assert.equal(0, r.code, r.err)
    assert.same({ "a", "c" }, { r.events[#r.events].databases[1].database, r.events[#r.events].databases[2].database })
    p:write("curlew.lua", (p:read "curlew.lua":gsub('"c"', '"customers"')))
    r = p:run("upgrade", "-x", "db=a,custmers")
    assert.equal(2, r.code)
    assert.matches("there is no database \"custmers\" in curlew.lua.-Did you mean customers%? There are: a, b, customers, d", r.err)
  end)

  it("are stopped by one signal, and go on when run again", function()
    local job = p:start("upgrade", "-x", "db=all", "-x", "slow", "--jobs", "3")
    job:expect("waits.-waits.-waits", 30)
    job:signal("TERM")
    local r = job:wait(15)
    assert.equal(7, r.code, r.err)
    assert.matches("4 databases: 0 done, 3 failed, 1 not run", r.err)
    r = p:run("upgrade", "-x", "db=all", "--jobs", "4")
    assert.equal(0, r.code, r.err)
  end)

  it("a process that dies is told of, and the others finish", function()
    p:revision { "aaaa1", parent = false, up = [[
      if ctx.database == "b" then os.execute("kill -9 $PPID") end]] }
    local r = p:run("upgrade", "-x", "db=all", "--jobs", "4")
    assert.equal(1, r.code)
    assert.matches("the process of b was ended by signal 9", r.err)
    assert.matches("4 databases: 3 done, 1 failed, 0 not run", r.err)
  end)

  it("takes a number of jobs only, and prints scripts in order", function()
    assert.equal(2, p:run("upgrade", "-x", "db=all", "--jobs", "0").code)
    assert.equal(2, p:run("upgrade", "-x", "db=all", "--jobs", "many").code)
    local r = p:run("upgrade", "-x", "db=all", "--sql", "--jobs", "4")
    assert.equal(0, r.code, r.err)
    assert.matches("%-%- database a\n.*%-%- database b\n.*%-%- database c\n.*%-%- database d\n", r.out)
  end)
end)

describe("databases of several kinds", function()
  after_each(e2e.cleanup)

  it("share one history and one run", function()
    local entries, drops, urls = {}, {}, { sqlite = "sqlite:///" .. e2e.folder() .. "/one.db" }
    for _, db in ipairs { "postgresql", "mariadb", "mysql" } do
      if os.getenv("CURLEW_TEST_" .. db:upper() .. "_URL") then urls[db], drops[#drops + 1] = server.create(db) end
    end
    for db, url in pairs(urls) do entries[#entries + 1] = ("{ name = %q, url = %q }"):format(db, url) end
    table.sort(entries)
    local p = e2e.project { url = false, config = ("databases = { %s },"):format(table.concat(entries, ", ")) }
    p:revision { "aaaa1", up = [[op.create_table("t", { { "id", types.bigint, primary_key = true }, { "kind", types.varchar(20) } })
      op.insert("t", { kind = ctx.server })]], down = [[op.drop_table("t")]] }
    local r = p:json("upgrade", "-x", "db=all", "--jobs", "4")
    assert.equal(0, r.code, r.out .. r.err)
    assert.equal(#entries, r.events[#r.events].done)
    for db, url in pairs(urls) do assert.same({ { db } }, e2e.sql(url, "SELECT kind FROM t")) end
    assert.equal(0, p:run("downgrade", "base", "-x", "db=all").code)
    for _, drop in ipairs(drops) do drop() end
    assert.is_true(#entries >= (e2e.db == "sqlite" and 1 or 2))
  end)
end)

if e2e.db == "sqlite" then -- the page's databases are files
  describe("docs/databases.md", function()
    after_each(e2e.cleanup)

    it("runs as printed", function()
      local folder = e2e.folder()
      local r, files, shells = require("support.pages").try("docs/databases.md", folder)
      assert.equal(0, r.code, r.err)
      assert.is_true(files >= 4 and shells >= 2)
      assert.matches("3 databases: 3 done, 0 failed, 0 not run", r.err)
      assert.is_true(e2e.exists(folder .. "/tenants/umbrella.db"))
      process.must("test -s " .. process.quote(folder .. "/app/main.db"))
    end)
  end)
end
