--- One runner at a time: who waits, what it says, and what ends the wait. Behind PgBouncer and on a
--- Galera cluster too, where they can be started.
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

local function elsewhere() end
local on_servers = e2e.db == "sqlite" and elsewhere or it
local on_postgresql = e2e.db == "postgresql" and it or elsewhere
local on_mariadb = e2e.db == "mariadb" and it or elsewhere
local on_sqlite = e2e.db == "sqlite" and it or elsewhere

local TABLE = [[
  op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false }, { "n", types.integer } })
  op.insert("t", { id = 1, n = 0 })
]]

-- Waits in Lua until the file `go` is there, or the file `skip` says not to.
local PAUSE = [[
  local function there(name) local f = io.open(name) return f and f:close() end
  if not there("skip") then
    io.stderr:write("working\n")
    while not there("go") do os.execute("sleep 0.05") end
  end
]]

local function project(config, options)
  options = options or {}
  options.config = config
  local p = e2e.project(options)
  p:revision { "a1", up = TABLE }
  p:revision { "b1", up = "op.execute('UPDATE t SET n = n + 1')\n" .. PAUSE }
  return p
end

local function check(p)
  assert.same({ { "1" } }, p:sql("SELECT n FROM t WHERE id = 1"))
  assert.same({ "b1" }, p:rows())
  assert.same({ { "2" } }, p:sql("SELECT count(*) FROM curlew_version_journal WHERE outcome = 'done'"))
end

-- Many revisions by `n` runners at once over these URLs: each is applied once, all end well.
local function crowd(n, urls, config)
  local p = e2e.project { url = urls[1], config = config }
  p:write("curlew.lua", ("return { url = os.getenv 'RUNNER_URL', migrations = 'migrations', %s }\n"):format(config or ""))
  p:revision { "a1", up = TABLE }
  for i = 1, 6 do
    p:revision { "r" .. i, up = ([[
      op.execute("UPDATE t SET n = n + 1")
      op.create_table("x%d", { { "id", types.integer, primary_key = true } })
      op.insert("t", { id = %d, n = 0 })
    ]]):format(i, i + 1) }
  end
  local jobs = {}
  for i = 1, n do jobs[i] = p:start { "upgrade", env = { RUNNER_URL = urls[(i - 1) % #urls + 1] } } end
  for i = 1, n do
    local r = jobs[i]:wait(170)
    assert.equal(0, r.code, r.err)
  end
  assert.same({ { "6" } }, p:sql("SELECT n FROM t WHERE id = 1"))
  assert.same({ { "7" } }, p:sql("SELECT count(*) FROM t"))
  assert.same({ "r6" }, p:rows())
  assert.same({ { "7" } }, p:sql("SELECT count(*) FROM curlew_version_journal WHERE outcome = 'done'"))
  assert.same({ { "0" } }, p:sql("SELECT count(*) FROM curlew_version_run WHERE outcome = 'open'"))
end

describe("the runner lock on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("a second runner says who holds it and since when, then finds the work done and exits 0", function()
    local p = project()
    local first = p:start("upgrade")
    assert.is_true(first:expect("working", 30))
    local second = p:start("upgrade")
    if e2e.db ~= "sqlite" then -- there the transaction itself is the lock, and its owner is not known
      assert.is_true(second:expect("waiting for the lock: held by", 30))
      local said = second:err()
      assert.matches("%(pid %d+%)", said)
      assert.matches("since %d%d%d%d%-%d%d%-%d%d %d%d:%d%d", said)
      assert.matches("running: upgrade", said)
    else
      process.must("sleep 0.5")
    end
    assert.is_true(second:running())
    p:write("go", "")
    assert.equal(0, first:wait(30).code)
    local r = second:wait(30)
    assert.equal(0, r.code, r.err)
    check(p)
  end)

  it("lock.timeout ends the wait with exit 5", function()
    local p = project('lock = { timeout = "600ms" },')
    local first = p:start("upgrade")
    assert.is_true(first:expect("working", 30))
    local r = p:run("upgrade")
    assert.equal(5, r.code, r.err)
    if e2e.db ~= "sqlite" then assert.matches("held by .+ %(pid %d+%)", r.err) end
    p:write("go", "")
    assert.equal(0, first:wait(30).code)
    check(p)
  end)

  it("waiting for it is interrupted at once, exit 7", function()
    local p = project()
    local first = p:start("upgrade")
    assert.is_true(first:expect("working", 30))
    local second = p:start("upgrade")
    if e2e.db == "sqlite" then process.must("sleep 0.7") else assert.is_true(second:expect("waiting", 30)) end
    second:signal("TERM")
    assert.equal(7, second:wait(10).code)
    p:write("go", "")
    assert.equal(0, first:wait(30).code)
    check(p)
  end)

  for _, kind in ipairs { "auto", "lease" } do
    it(("a holder killed with -9 leaves it to the next one (lock.kind = %q)"):format(kind), function()
      local p = project(('lock = { kind = %q, timeout = "40s" },'):format(kind))
      local first = p:start("upgrade")
      assert.is_true(first:expect("working", 30))
      local second = p:start { "upgrade", env = {} }
      if e2e.db == "sqlite" then process.must("sleep 0.5") else assert.is_true(second:expect("waiting", 30)) end
      p:write("skip", "")
      first:signal("KILL")
      -- At once where the server notices the end of the session; else when the lease has run out.
      local r = second:wait(kind == "auto" and 12 or 40)
      assert.equal(0, r.code, r.err)
      check(p)
    end)
  end

  on_servers("a holder that was asleep while another took over records nothing more", function()
    local p = project('lock = { kind = "lease", timeout = "60s" },')
    local first = p:start("upgrade")
    assert.is_true(first:expect("working", 30))
    first:signal("STOP")
    if e2e.dialect == "mysql" then p:write("skip", "") end
    local second = p:start { "upgrade", "a1" } -- nothing that its locks block
    local r = second:wait(45)
    assert.equal(0, r.code, r.err)
    assert.same({ { "2" } }, p:sql("SELECT token FROM curlew_version_lease WHERE id = 1"))
    p:write("go", "")
    first:signal("CONT")
    r = first:wait(30)
    assert.equal(1, r.code, r.err)
    assert.matches("lost the lock", r.err)
    assert.same({ "a1" }, p:rows())
    assert.same({ { "0" } }, p:sql("SELECT n FROM t WHERE id = 1"))
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    check(p)
  end)

  on_postgresql("a waiting runner does not block CREATE INDEX CONCURRENTLY", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = PAUSE .. [[
      op.create_index("ix_t_n", "t", { "n" }, { concurrently = true })
    ]] }
    local first = p:start("upgrade")
    assert.is_true(first:expect("working", 30))
    local others = {}
    for i = 1, 3 do
      others[i] = p:start("upgrade")
      assert.is_true(others[i]:expect("waiting for the lock", 30))
    end
    p:write("go", "")
    local r = first:wait(20)
    assert.equal(0, r.code, r.err)
    for i = 1, 3 do assert.equal(0, others[i]:wait(20).code) end
    assert.same({ { "t" } }, p:sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_t_n'::regclass"))
  end)

  for name, expires in pairs { past = "1000", ["far ahead"] = "4000000000000000" } do
    on_servers("a lease that came with a backup does not lock anyone out, its end " .. name, function()
      local p = project()
      p:write("skip", "")
      assert.equal(0, p:run("upgrade", "a1").code)
      p:sql(([[UPDATE curlew_version_lease SET holder = 'somebody', session = 0, os_user = 'ann', host = 'elsewhere',
        pid = 1, since = '2020-01-01 00:00:00', command = 'upgrade head', expires_us = %s, token = 77]]):format(expires))
      local r = p:run { "upgrade", timeout = 10 }
      assert.equal(0, r.code, r.err)
      assert.not_matches("waiting", r.err)
      check(p)
    end)
  end

  it("twenty runners at once apply each revision once, all exit 0", function()
    local url = e2e.database()
    crowd(20, { url }, 'lock = { timeout = "150s" },')
  end)

  on_sqlite("two runners on one file in WAL mode wait for each other", function()
    local p = project()
    p:sql("PRAGMA journal_mode = WAL")
    local first = p:start("upgrade")
    assert.is_true(first:expect("working", 30))
    local second = p:start("upgrade")
    process.must("sleep 0.5")
    p:write("go", "")
    assert.equal(0, first:wait(30).code)
    local r = second:wait(30)
    assert.equal(0, r.code, r.err)
    check(p)
    assert.same({ { "wal" } }, p:sql("PRAGMA journal_mode"))
  end)

  on_postgresql("behind PgBouncer in transaction mode it holds, and settings do not leak", function()
    local script = os.getenv("CURLEW_SOURCE_DIR") .. "/scripts/pgbouncer"
    local dir = e2e.folder() .. "/pgbouncer"
    process.must("chmod 755 " .. dir:match("^(.*)/"))
    local start = ("CURLEW_PGBOUNCER_DIR=%s %s "):format(process.quote(dir), script)
    local direct = e2e.database()
    local pooled = process.capture(start .. "start " .. process.quote(direct)):gsub("\n$", "")
    finally(function() process.must(start .. "stop") end)
    crowd(20, { pooled }, 'lock = { timeout = "150s" },')

    local p = e2e.project { url = pooled, config = 'version_table = "other", ddl = { lock_timeout = "7s" },' }
    p:revision { "s1", up = [[
      local conn = op.get_bind()
      op.create_table("seen", { { "what", types.varchar(80) } })
      for _, name in ipairs { "lock_timeout", "TimeZone", "DateStyle", "standard_conforming_strings", "bytea_output" } do
        op.insert("seen", { what = name .. "=" .. conn:scalar("SELECT current_setting('" .. name .. "')") })
      end
      op.autocommit_block(function() op.create_index("ix", "seen", { "what" }, { concurrently = true }) end)
      op.insert("seen", { what = "later " .. conn:scalar("SHOW lock_timeout") })
    ]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "DateStyle=ISO, YMD" }, { "TimeZone=UTC" }, { "bytea_output=hex" }, { "later 7s" },
                  { "lock_timeout=7s" }, { "standard_conforming_strings=on" } },
      server.sql(direct, "SELECT what FROM seen ORDER BY what COLLATE \"C\""))
    for _ = 1, 8 do
      assert.same({ { "0" } }, server.sql(pooled, "SHOW lock_timeout"))
      assert.same({ { "0" } }, server.sql(pooled, "SHOW statement_timeout"))
    end
  end)

  on_mariadb("on a Galera cluster runners on different nodes apply each revision once", function()
    local script = os.getenv("CURLEW_SOURCE_DIR") .. "/scripts/galera"
    local dir = e2e.folder() .. "/galera"
    process.must("chmod 755 " .. dir:match("^(.*)/"))
    local command = ("CURLEW_GALERA_DIR=%s %s "):format(process.quote(dir), script)
    local output = io.popen(command .. "start 2>&1"):read("a")
    finally(function() process.must(command .. "stop") end)
    local nodes = {}
    for url in output:gmatch("mariadb://%S+") do nodes[#nodes + 1] = url end
    if #nodes < 3 then
      if output:find("SKIPPED", 1, true) then return pending(output) end
      error(output)
    end
    local function database(name)
      server.sql(nodes[1], "CREATE DATABASE " .. name)
      local urls = {}
      for i, url in ipairs(nodes) do urls[i] = server.with_database(url, name) end
      return urls
    end
    for i = 1, 3 do crowd(12, database("crowd" .. i), 'lock = { timeout = "150s" },') end

    -- A holder killed on one node: its lease runs out, a runner on another node goes on.
    local urls = database("killed")
    local p = e2e.project { url = urls[1] }
    p:write("curlew.lua", "return { url = os.getenv 'RUNNER_URL', migrations = 'migrations' }\n")
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = "op.execute('UPDATE t SET n = n + 1')\n" .. PAUSE }
    local first = p:start { "upgrade", env = { RUNNER_URL = urls[1] } }
    assert.is_true(first:expect("working", 30))
    local second = p:start { "upgrade", env = { RUNNER_URL = urls[2] } }
    assert.is_true(second:expect("waiting for the lock: held by", 30))
    p:write("skip", "")
    first:signal("KILL")
    local r = second:wait(40)
    assert.equal(0, r.code, r.err)
    check(p)
  end)
end)
