--- The runner lock, its lease and fence, and definitions that wait for locks of others.
local e2e = require "support.e2e"

if e2e.db == "sqlite" then return end -- it has no lock between transactions: run_spec.lua

describe("the runner lock on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("waits for the lock, says who holds it, and gives up with 5", function()
    local p = e2e.project { config = 'lock = { timeout = "1s" },' }
    p:revision { "a1", up = [[
      io.stderr:write("holding\n")
      os.execute("sleep 4")
    ]] }
    local job = p:start("upgrade")
    job:expect("holding", 20)
    local r = p:run("upgrade")
    assert.equal(5, r.code, r.err)
    assert.matches("held by .+ on .+ %(pid %d+%)", r.err)
    assert.equal(0, job:wait(20).code)
  end)

  it("does not queue for a table lock for ever: rolls back, names the blocker, tries again", function()
    local p = e2e.project { config = 'ddl = { lock_timeout = "1s", retries = 20 },' }
    p:revision { "a1", up = [[
      op.create_table("t", { { "id", types.integer, primary_key = true } })
      op.insert("t", { id = 1 })
    ]] }
    assert.equal(0, p:run("upgrade").code)
    local other = e2e.project { url = p.url, config = 'version_table = "other_version",' }
    other:revision { "o1", up = [[
      op.insert("t", { id = 2 })
      io.stderr:write("holding\n")
      os.execute("sleep 4")
    ]] }
    local job = other:start("upgrade")
    job:expect("holding", 20)
    p:revision { "b1", up = "op.add_column('t', { 'c', types.integer })" }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.matches("trying again %(1 of 20%)", r.err)
    assert.matches("held by .*pid %d+", r.err)
    assert.equal(0, job:wait(20).code)
    assert.same({ { "1", "NULL" }, { "2", "NULL" } }, p:sql("SELECT id, c FROM t ORDER BY id"))
  end)

  it("gives up with 1 when the retries are spent, and leaves nothing", function()
    local p = e2e.project { config = 'ddl = { lock_timeout = "1s", retries = 1 },' }
    p:revision { "a1", up = [[op.create_table("t", { { "id", types.integer, primary_key = true } })]] }
    assert.equal(0, p:run("upgrade").code)
    local other = e2e.project { url = p.url, config = 'version_table = "other_version",' }
    other:revision { "o1", up = [[
      op.insert("t", { id = 2 })
      io.stderr:write("holding\n")
      os.execute("sleep 6")
    ]] }
    local job = other:start("upgrade")
    job:expect("holding", 20)
    p:revision { "b1", up = "op.add_column('t', { 'c', types.integer })" }
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.err)
    assert.matches("held by", r.err)
    assert.equal(0, job:wait(20).code)
    assert.same({ "a1" }, p:rows())
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
  end)

  it("is fenced off when it was frozen so long that another took its place", function()
    local p = e2e.project()
    p:revision { "a1", up = [[
      op.create_table("t", { { "id", types.integer } })
      if not io.open("second") then
        io.stderr:write("frozen\n")
        os.execute("kill -STOP $PPID; sleep 1")
      end
    ]] }
    local job = p:start("upgrade")
    job:expect("frozen", 20)
    p:write("second", "")
    local second = p:start("upgrade")
    second:expect("waiting for the lock", 20)
    os.execute("sleep 18") -- the lease lives for 15 s without a heartbeat
    job:signal("CONT")
    local late = job:wait(30)
    assert.equal(1, late.code, late.err)
    assert.matches("lost the lock", late.err)
    local r = second:wait(60)
    assert.equal(0, r.code, r.err)
    assert.same({ "a1" }, p:rows())
    assert.same({ { "1" } }, p:sql("SELECT count(*) FROM curlew_version_journal WHERE outcome = 'done'"))
  end)

  it("keeps the lock by its heartbeat for as long as it works", function()
    local p = e2e.project { config = 'lock = { timeout = "18s", kind = "lease" },' }
    p:revision { "a1", up = [[
      io.stderr:write("holding\n")
      os.execute("sleep 21")
    ]] }
    local job = p:start("upgrade")
    job:expect("holding", 20)
    local r = p:run("upgrade")
    assert.equal(5, r.code, r.err)
    local first = job:wait(30)
    assert.equal(0, first.code, first.err)
    assert.same({ "a1" }, p:rows())
  end)

  it("takes the lock at once from a holder that was killed", function()
    local p = e2e.project()
    p:revision { "a1", up = [[
      if io.open("fast") then return end
      io.stderr:write("holding\n")
      os.execute("kill -9 $PPID")
    ]] }
    local job = p:start("upgrade")
    job:expect("holding", 20)
    job:wait(20)
    p:write("fast", "")
    local began = os.time()
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.is_true(os.time() - began < 5)
  end)
end)
