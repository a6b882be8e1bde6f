--- Signals while a server works, and indexes that are built concurrently.
local e2e = require "support.e2e"

if e2e.db == "sqlite" then return end -- nothing runs elsewhere there: run_spec.lua

describe("a run on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("cancels the running statement at the first signal and rolls back", function()
    local p = e2e.project()
    p:revision { "a1", up = [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
      op.insert("t", { id = 1, n = 0 })
    ]] }
    local sleep = e2e.dialect == "mysql" and "sleep(30)" or "length(pg_sleep(30)::text)"
    p:revision { "b1", up = ([[
      op.update("t", { n = 5 }, op.all)
      io.stderr:write("sleeping\n")
      if not io.open("fast") then op.execute("UPDATE t SET n = n + %s") end
    ]]):format(sleep) }
    local job = p:start("upgrade")
    job:expect("sleeping", 20)
    os.execute("sleep 0.5")
    job:signal("TERM")
    local r = job:wait(10)
    assert.equal(7, r.code, r.err)
    assert.same({ { "0" } }, p:sql("SELECT n FROM t"))
    assert.same({ "a1" }, p:rows())
    p:write("fast", "")
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "5" } }, p:sql("SELECT n FROM t"))
  end)

  it("waiting for the lock ends at once at a signal, with 7", function()
    local p = e2e.project()
    p:revision { "a1", up = [[
      io.stderr:write("holding\n")
      os.execute("sleep 4")
    ]] }
    local job = p:start("upgrade")
    job:expect("holding", 20)
    local waiting = p:start("upgrade")
    waiting:expect("held by", 20)
    waiting:signal("INT")
    local r = waiting:wait(3)
    assert.equal(7, r.code, r.err)
    assert.equal(0, job:wait(20).code)
  end)

  if e2e.db == "postgresql" then
    it("killed while an index is built concurrently rebuilds it", function()
      local p = e2e.project()
      p:revision { "a1", up = [[
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
        op.insert("t", { id = 1, n = 0 })
      ]] }
      assert.equal(0, p:run("upgrade").code)
      local other = e2e.project { url = p.url, config = 'version_table = "other_version",' }
      other:revision { "o1", up = [[
        op.insert("t", { id = 2 })
        io.stderr:write("holding\n")
        os.execute("sleep 5")
      ]] }
      local blocker = other:start("upgrade")
      blocker:expect("holding", 20)
      p:revision { "b1", up = [[
        op.insert("t", { id = 3 })
        op.create_index("ix_n", "t", { "n" }, { concurrently = true })
        op.insert("t", { id = 4 })
      ]] }
      local job = p:start("upgrade")
      os.execute("sleep 2")
      job:signal("KILL")
      job:wait(10)
      assert.same({ { "f" } }, p:sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_n'::regclass"))
      local r = p:run("upgrade")
      assert.equal(0, r.code, r.err)
      assert.equal(0, blocker:wait(20).code)
      assert.same({ { "t" } }, p:sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_n'::regclass"))
      assert.same({ { "1" }, { "2" }, { "3" }, { "4" } }, p:sql("SELECT id FROM t ORDER BY id"))
      assert.same({ "b1" }, p:rows())
    end)

    it("waiting for the lock does not block an index that is built concurrently", function()
      local p = e2e.project()
      p:revision { "a1", up = [[
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
        io.stderr:write("holding\n")
        os.execute("sleep 2")
        op.create_index("ix_n", "t", { "n" }, { concurrently = true })
      ]] }
      local job = p:start("upgrade")
      job:expect("holding", 20)
      local second = p:start("upgrade")
      local r = job:wait(20)
      assert.equal(0, r.code, r.err)
      r = second:wait(20)
      assert.equal(0, r.code, r.err)
    end)
  end
end)
