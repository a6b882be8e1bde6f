--- A COMMIT whose answer is lost, and a network that comes back: the run itself settles what it can. The
--- rest of what cutting does is the kill matrix's (tests/kill).
local e2e = require "support.e2e"
local fault = require "support.fault"

local on_servers = e2e.db == "sqlite" and function() end or it

-- READ COMMITTED is another thing.
local COMMIT = e2e.dialect == "mysql" and "\3COMMIT" or "COMMIT"

local UP = [[
  op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false } })
  op.insert("t", { id = 1 })
]]

local function project(config)
  local p = fault.project { config = config }
  p:revision { "a1", up = UP, down = "op.drop_table('t')" }
  p:revision { "b1", up = "op.execute('INSERT INTO t VALUES (2)')", down = "op.delete('t', { id = 2 })" }
  p:revision { "c1", up = "op.execute('INSERT INTO t VALUES (3)')", down = "op.delete('t', { id = 3 })" }
  return p
end

local function check(p)
  assert.same({ { "1" }, { "2" }, { "3" } }, p:sql("SELECT id FROM t ORDER BY id"))
  assert.same({ "c1" }, p:rows())
  assert.same({ { "a1", "1" }, { "b1", "1" }, { "c1", "1" } },
    p:sql("SELECT revision, count(*) FROM curlew_version_journal WHERE outcome = 'done' GROUP BY revision ORDER BY 1"))
end

describe("a connection lost on " .. e2e.db, function()
  after_each(e2e.cleanup)

  on_servers("at any COMMIT: the answer is found out by asking, whatever it was", function()
    local settled, k = 0, 0
    repeat
      k = k + 1
      local p = project()
      local r = fault.run(p, { "upgrade" }, { at = "c:" .. k, match = COMMIT, action = "answer" })
      if r.acted then
        assert.is_false(r.timeout)
        if r.code == 0 then
          settled = settled + 1
          if r.err:find("lost at COMMIT", 1, true) then assert.matches("asking what became of it", r.err) end
        else
          assert.equal(4, r.code, r.err)
        end
      end
      local again = p:run("upgrade")
      assert.equal(0, again.code, ("COMMIT %d: %s"):format(k, again.err))
      check(p)
    until not r.acted
    assert.is_true(k > 3, "there were no commits")
    assert.is_true(settled >= 3, ("only %d of %d were settled in the run itself"):format(settled, k))
  end)

  on_servers("before a COMMIT arrives: nothing of that revision is there, and it says so", function()
    local p = project()
    assert.equal(0, p:run("upgrade", "a1").code)
    local r = fault.run(p, { "upgrade" }, { at = "c:1", match = COMMIT, action = "cut" })
    assert.is_true(r.acted)
    assert.equal(4, r.code, r.err)
    assert.matches("rolled it back", r.err)
    assert.same({ "a1" }, p:rows())
    assert.same({ { "1" } }, p:sql("SELECT id FROM t"))
    assert.equal(0, p:run("upgrade").code)
    check(p)
  end)

  on_servers("at a COMMIT with nobody to ask says that it is not known", function()
    local p = project()
    assert.equal(0, p:run("upgrade", "a1").code)
    local r = fault.run(p, { "upgrade" }, { at = "c:1", match = COMMIT, action = "rst" })
    assert.equal(4, r.code, r.err)
    assert.matches("[Rr]un the same command again", r.err)
    assert.equal(0, p:run("upgrade").code)
    check(p)
  end)

  on_servers("in a downgrade's COMMIT is settled too", function()
    local p = project()
    assert.equal(0, p:run("upgrade").code)
    local r = fault.run(p, { "downgrade", "a1" }, { at = "c:1", match = COMMIT, action = "answer" })
    assert.is_true(r.acted)
    assert.equal(0, r.code, r.err)
    assert.same({ "a1" }, p:rows())
    assert.same({ { "1" } }, p:sql("SELECT id FROM t"))
  end)

  on_servers("in the middle of a statement says which revision, exits 4 and goes on when asked again", function()
    local p = project()
    local r = fault.run(p, { "upgrade" }, { at = "c:1", match = "VALUES (2)", action = "cut" })
    assert.is_true(r.acted)
    assert.equal(4, r.code, r.err)
    assert.matches("b1", r.err)
    assert.equal(0, p:run("upgrade").code)
    check(p)
  end)
end)
