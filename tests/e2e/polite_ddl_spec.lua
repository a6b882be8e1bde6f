--- Definitions wait for locks politely: for a bounded time, then the transaction is given up so that the
--- application's queries, which queue behind a waiting definition, go on; then again; and in the end a
--- failure that names who was in the way.
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

local on_servers = e2e.db == "sqlite" and function() end or it
local on_postgresql = e2e.db == "postgresql" and it or function() end

-- A session of the application that holds a lock on t until `seconds` have passed.
local function application(p, seconds, name)
  local parts = server.parts(p.url)
  local command, sql
  if e2e.db == "postgresql" then
    command = ("PGAPPNAME=%s psql -X -q -d %s"):format(name or "shop", process.quote(p.url))
    sql = ("BEGIN; SELECT count(*) FROM t; SELECT pg_sleep(%s); COMMIT;"):format(seconds)
  else
    command = ("MYSQL_PWD=%s mariadb --no-defaults -u %s -h %s -P %s %s"):format(process.quote(parts.password),
      parts.user, parts.host, parts.port, parts.database)
    sql = ("BEGIN; SELECT count(*) FROM t; SELECT SLEEP(%s); COMMIT;"):format(seconds)
  end
  local job = process.start("sh", { "-c", ("echo '%s' | %s"):format(sql, command) })
  -- It has the lock once its query runs.
  local held = e2e.db == "postgresql"
    and "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND granted AND mode = 'AccessShareLock'"
    or "SELECT count(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep' AND DB = DATABASE()"
  for _ = 1, 100 do
    if p:sql(held)[1][1] ~= "0" then return job end
    process.must("sleep 0.05")
  end
  error("the application's session has no lock")
end

local function project(config)
  local p = e2e.project { config = config }
  p:revision { "a1", up = [[
    op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false } })
    op.create_table("log", { { "id", types.integer } })
  ]] }
  assert.equal(0, p:run("upgrade").code)
  p:revision { "b1", up = [[
    op.insert("log", { id = 1 })
    op.add_column("t", { "n", types.integer })
  ]] }
  return p
end

local function check(p)
  assert.same({ "b1" }, p:rows())
  assert.same({ { "1" } }, p:sql("SELECT count(*) FROM log"))
  assert.same({ { "0" } }, p:sql("SELECT count(n) FROM t"))
end

describe("definitions that have to wait on " .. e2e.db, function()
  after_each(e2e.cleanup)

  on_servers("are given up, tried again and succeed once the application has let go", function()
    local p = project('ddl = { lock_timeout = "1s", retries = 20 },')
    local app = application(p, 4)
    local job = p:start("upgrade")
    assert.is_true(job:expect("trying again %(1 of 20%)", 30))
    local r = job:wait(60)
    assert.equal(0, r.code, r.err)
    app:wait(30)
    check(p)
  end)

  on_servers("let the application's own queries pass between the tries", function()
    local p = project('ddl = { lock_timeout = "1s", retries = 20 },')
    local app = application(p, 5)
    local job = p:start("upgrade")
    assert.is_true(job:expect("trying again", 30))
    local passed = 0
    while app:running() do -- each of these would wait for the whole time behind a definition that does not give up
      p:sql("SELECT count(*) FROM t")
      if app:running() then passed = passed + 1 end
    end
    assert.is_true(passed >= 1, "no query of the application came through while the definition waited")
    assert.equal(0, job:wait(60).code)
    check(p)
  end)

  on_servers("end with exit 1 and the name of the blocking session when the tries are spent", function()
    local p = project('ddl = { lock_timeout = "1s", retries = 1 },')
    local app = application(p, 20)
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.err)
    assert.matches("trying again %(1 of 1%)", r.err)
    assert.matches("pid %d+", r.err)
    if e2e.db == "postgresql" then
      assert.matches("shop", r.err)
      assert.matches("in its transaction for %d+ s", r.err)
      assert.matches("pg_sleep", r.err)
    end
    assert.same({ "a1" }, p:rows())
    app:kill()
    p:sql(e2e.db == "postgresql" and "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shop'"
      or "SELECT 1")
    if e2e.dialect == "mysql" then
      for _, row in ipairs(p:sql("SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep' AND DB = DATABASE()")) do
        p:sql("KILL " .. row[1])
      end
    end
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    check(p)
  end)

  on_postgresql("an index made concurrently has no lock timeout, and says whom it waits for", function()
    local p = project('ddl = { lock_timeout = "300ms", retries = 0 },')
    p:revision { "c1", up = 'op.create_index("ix_t", "t", { "id" }, { concurrently = true })' }
    assert.equal(0, p:run("upgrade", "b1").code)
    application(p, 4)
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.matches("the statement waits for pid %d+ %(shop, [%w_]+%), in its transaction for %d+ s, statement: .*pg_sleep", r.err)
    assert.same({ { "t" } }, p:sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_t'::regclass"))
  end)

  on_servers("run under a script's own timeout in its revision only", function()
    local p = e2e.project { config = 'ddl = { lock_timeout = "7s" },' }
    local show = e2e.db == "postgresql" and "SHOW lock_timeout" or "SELECT @@lock_wait_timeout"
    local set = e2e.db == "postgresql" and "SET lock_timeout = '2s'" or "SET SESSION lock_wait_timeout = 2"
    local seen = ('op.insert("seen", { what = tostring(op.get_bind():scalar(%q)) })'):format(show)
    p:revision { "a1", up = 'op.create_table("seen", { { "what", types.varchar(20) } })\n' .. seen }
    p:revision { "b1", up = ("op.execute(%q)\n"):format(set) .. seen }
    p:revision { "c1", up = seen }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    local s = e2e.db == "postgresql" and "s" or ""
    local rows = {}
    for _, row in ipairs(p:sql("SELECT what FROM seen")) do rows[#rows + 1] = row[1] end
    assert.same({ "7" .. s, "2" .. s, "7" .. s }, rows)
  end)

  on_servers("take no setting over from the server's or the user's defaults", function()
    local p = e2e.project { config = 'ddl = { lock_timeout = "9s" },' }
    if e2e.db == "postgresql" then
      local name = server.parts(p.url).database
      p:sql(("ALTER DATABASE %s SET lock_timeout = '1ms'; ALTER DATABASE %s SET statement_timeout = '100ms'"):format(name, name))
    end
    p:revision { "a1", up = 'op.create_table("seen", { { "what", types.varchar(20) } })\n'
      .. 'op.insert("seen", { what = tostring(op.get_bind():scalar('
      .. (e2e.db == "postgresql" and '"SELECT pg_sleep(0.2)::text || current_setting(\'lock_timeout\') || current_setting(\'statement_timeout\')"'
        or '"SELECT CONCAT(@@lock_wait_timeout, \'s0\')"') .. ")) })" }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "9s0" } }, p:sql("SELECT what FROM seen"))
  end)
end)
