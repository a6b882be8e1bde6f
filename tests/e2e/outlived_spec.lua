--- A runner is killed while the server works on its definition, which goes on there and takes effect
--- when the next runner has already looked: it must not be mistaken for somebody else's.
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

local on_mysql = e2e.dialect == "mysql" and it or function() end
local on_postgresql = e2e.db == "postgresql" and it or function() end

-- A session of the application that is in the way until the file `go` is there.
local function application(p)
  local parts = server.parts(p.url)
  local client = e2e.db == "postgresql" and ("psql -X -q -d %s"):format(process.quote(p.url))
    or ("MYSQL_PWD=%s mariadb --no-defaults --unbuffered -u %s -h %s -P %s %s"):format(process.quote(parts.password),
      parts.user, parts.host, parts.port, parts.database)
  local wait = ("for _ in $(seq 800); do [ -e %s ] && break; sleep 0.05; done"):format(p:path("go"))
  local begin = e2e.db == "postgresql" and "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t;"
    or "BEGIN; SELECT count(*) FROM t; SELECT GET_LOCK(CONCAT(DATABASE(), \".app\"), 0);"
  return process.start("sh", { "-c", ("{ echo '%s'; %s; echo 'COMMIT;'; } | %s"):format(begin, wait, client) })
end

local function until_it_is(p, want, sql)
  for _ = 1, 200 do
    if p:sql(sql)[1][1] == want then return end
    process.must("sleep 0.05")
  end
  error(("not %s within 10 s: %s"):format(want, sql))
end

local WAITING = e2e.db == "postgresql"
  and "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('virtualxid', 'relation')"
  or "SELECT count(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table%' AND DB = DATABASE()"

-- Kills a run whose `up` waits on the server, starts another one, lets both go on.
local function outlive(up)
  local p = e2e.project { config = 'ddl = { lock_timeout = "40s" }, lock = { timeout = "60s" },' }
  p:revision { "a1", up = [[
    op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false }, { "n", types.integer } })
    op.create_table("log", { { "id", types.integer } })
  ]] }
  assert.equal(0, p:run("upgrade").code)
  p:revision { "b1", up = up .. '\n op.insert("log", { id = 1 })' }
  local app = application(p)
  local seen = e2e.db == "postgresql"
    and "SELECT count(*) > 0 FROM pg_locks WHERE relation = 't'::regclass AND mode = 'AccessShareLock'"
    or "SELECT IS_USED_LOCK(CONCAT(DATABASE(), '.app')) IS NOT NULL"
  until_it_is(p, e2e.db == "postgresql" and "t" or "1", seen)
  local second
  local ok, why = pcall(function()
    local first = p:start("upgrade")
    until_it_is(p, "1", WAITING)
    first:signal("KILL")
    p:sql("UPDATE curlew_version_lease SET expires_us = 1") -- as if 15 s had passed
    second = p:start("upgrade")
    until_it_is(p, "2", WAITING)
  end)
  p:write("go", "") -- in any case, or the database could not be dropped
  app:wait(20)
  assert(ok, why)
  local r = second:wait(60)
  assert.equal(0, r.code, r.err)
  assert.same({ "b1" }, p:rows())
  assert.same({ { "1" } }, p:sql("SELECT count(*) FROM log"))
  return p
end

describe("a definition that outlives its runner on " .. e2e.db, function()
  after_each(e2e.cleanup)

  on_mysql("counts as done: a column", function()
    local p = outlive([[op.add_column("t", { "m", types.integer })]])
    assert.same({ { "1" } }, p:sql("SELECT count(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
      .. "AND TABLE_NAME = 't' AND COLUMN_NAME = 'm'"))
  end)

  on_mysql("counts as done: a column that goes away", function()
    local p = outlive([[op.drop_column("t", "n")]])
    assert.same({ { "0" } }, p:sql("SELECT count(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
      .. "AND TABLE_NAME = 't' AND COLUMN_NAME = 'n'"))
  end)

  on_mysql("counts as done: another name", function()
    local p = outlive([[op.rename_table("t", "u")]])
    assert.is_false(p:has_table("t"))
    assert.is_true(p:has_table("u"))
  end)

  on_postgresql("counts as done: an index built concurrently", function()
    local p = outlive([[op.create_index("ix_t_n", "t", { "n" }, { concurrently = true })]])
    assert.same({ { "t" } }, p:sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_t_n'::regclass"))
  end)
end)
