--- Tables whose engine knows no transactions, and those of one session: what was done to them before a
--- run was killed is neither done twice nor taken for done.
local e2e = require "support.e2e"

local on_mysql = e2e.dialect == "mysql" and it or function() end

-- Waits in Lua until it is killed, or the file `skip` is there.
local PAUSE = [[
  local f = io.open("skip")
  if f then f:close() else
    io.stderr:write("working\n")
    for _ = 1, 600 do os.execute("sleep 0.1") end
  end
]]

local function killed(up)
  local p = e2e.project()
  p:revision { "a1", up = up }
  local job = p:start("upgrade")
  assert.is_true(job:expect("working", 30))
  job:signal("KILL")
  job:wait(10)
  p:write("skip", "")
  return p
end

describe("engines on " .. e2e.db, function()
  after_each(e2e.cleanup)

  on_mysql("a row written to a MyISAM table is not written again by the run that goes on", function()
    local p = killed([[
      op.execute("CREATE TABLE plain (id INT) ENGINE = MyISAM")
      op.execute("INSERT INTO plain VALUES (1)")
      op.insert("plain", { id = 2 })
    ]] .. PAUSE)
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "1" }, { "2" } }, p:sql("SELECT id FROM plain ORDER BY id"))
  end)

  on_mysql("a statement on a MyISAM table that was under way stops the run that goes on, with a way out", function()
    local p = e2e.project()
    p:revision { "a1", up = [[
      op.execute("CREATE TABLE plain (id INT) ENGINE = MyISAM")
      op.execute("INSERT INTO plain SELECT 1 + SLEEP(2)")
    ]] }
    local job = p:start("upgrade")
    for _ = 1, 200 do
      if p:sql("SELECT count(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep' AND DB = DATABASE()")[1][1] ~= "0" then
        break
      end
      os.execute("sleep 0.05")
    end
    job:signal("KILL")
    job:wait(10)
    os.execute("sleep 2.5")
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.err)
    assert.matches("INSERT INTO plain", r.err)
    assert.matches("curlew resolve", r.err)
  end)

  on_mysql("what was in a temporary table is not taken for there by the run that goes on", function()
    local p = killed([[
      op.execute("CREATE TEMPORARY TABLE few (id INT)")
      op.execute("INSERT INTO few VALUES (1)")
      op.create_table("t", { { "id", types.integer } })
    ]] .. PAUSE .. [[
      op.execute("INSERT INTO t SELECT id FROM few")
    ]])
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.err)
    assert.matches("few", r.err)
    assert.same({}, p:rows())
  end)
end)
