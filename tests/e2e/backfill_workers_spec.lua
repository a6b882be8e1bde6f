--- Several workers on one backfill: side by side in one run, and on other machines.
local e2e = require "support.e2e"

local ITEMS = [[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "label", types.varchar(40) }, { "n", types.integer, nullable = false, server_default = 0 },
    { "slug", types.varchar(40) }, { "who", types.varchar(80) },
  })
  local rows = {}
  for i = 1, 2000 do rows[i] = { id = i * 3 - 700, label = "Item " .. i } end
  op.bulk_insert("items", rows)
]]

local function project(...)
  local p = e2e.project()
  p:revision { "a1", up = ITEMS }
  for i, text in ipairs { ... } do p:revision { "b" .. i, up = text } end
  return p
end

local function upgrade(p, ...)
  local r = p:run("upgrade", ...)
  assert.equal(0, r.code, r.err)
  return r
end

local function each_once(p)
  assert.same({ { "2000", "1", "1" } }, p:sql("SELECT count(*), min(n), max(n) FROM items"))
end

describe("workers on " .. e2e.db, function()
  after_each(e2e.cleanup)

  if e2e.db == "sqlite" then
    it("are one, which is said once", function()
      local p = project([[op.batch_update("items", { set = { n = op.sql "n + 1" }, workers = 4, batch_size = 100 })]])
      local r = upgrade(p)
      local _, count = r.err:gsub("one worker", "")
      assert.equal(1, count)
      each_once(p)
    end)
    return
  end

  it("change every row once, in SQL", function()
    local p = project([[
      local r = op.batch_update("items", { set = { n = op.sql "n + 1" }, workers = 3, batch_size = 50, target = false })
      assert(r.rows == 2000, r.rows)
      assert(r.batches >= 40, r.batches)
    ]])
    upgrade(p)
    each_once(p)
  end)

  it("change every row once, by a function, with keys of any type", function()
    local p = project([[
      op.create_table("named", { { "a", types.varchar(20) }, { "b", types.integer },
        { "n", types.integer, nullable = false, server_default = 0 }, { "slug", types.varchar(40) }, op.primary_key { "a", "b" } })
      local rows = {}
      for i = 1, 1500 do rows[i] = { a = "k" .. i % 40, b = i } end
      op.bulk_insert("named", rows)
    ]], [[
      local calls = 0
      local r = op.batch_update("named", { columns = { "n" }, workers = 4, batch_size = 30, target = false,
        set = function(row)
          calls = calls + 1
          return row.b % 3 > 0 and { n = row.n + 1 } or { n = row.n + 1, slug = row.a:upper() }
        end })
      assert(r.rows == 1500, r.rows)
      assert(calls >= 1500)
      r = op.batch_each("items", { columns = { "label" }, workers = 2, batch_size = 100, target = false }, function(rows, conn)
        assert(not pcall(conn.execute, conn, "COMMIT"))
        conn:execute("UPDATE items SET n = n + 1 WHERE id = :id", rows)
      end)
      assert(r.rows == 2000, r.rows)
    ]])
    upgrade(p)
    each_once(p)
    assert.same({ { "1500", "1", "1", "500" } }, p:sql("SELECT count(*), min(n), max(n), count(slug) FROM named"))
  end)

  it("share the ranges out, so that all of them have work", function()
    local p = project([[
      op.batch_update("items", { set = { n = op.sql "n + 1" }, workers = 3, batch_size = 20, target = false, pause = "5ms" })
    ]])
    upgrade(p)
    each_once(p)
    local ranges = tonumber(p:sql("SELECT count(DISTINCT holder) FROM curlew_version_range")[1][1])
    assert.equal(3, ranges)
  end)

  it("stop when one of them fails, and go on with the next run", function()
    local text = [[
      op.batch_update("items", { columns = { "n" }, workers = 3, batch_size = 20, target = false, set = function(row)
        if row.id == 2000 %s then error("bad row") end
        return { n = row.n + 1 }
      end })
    ]]
    local p = project(text:format(""))
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("the row with the key 2000", r.err)
    p:revision { "b1", parent = "a1", up = text:format("and false") }
    r = upgrade(p)
    assert.matches("goes on after", r.err)
    each_once(p)
  end)

  it("pass over rows that can't be changed", function()
    local p = project([[
      local r = op.batch_update("items", { columns = { "n" }, workers = 2, batch_size = 50, target = false, on_error = "skip",
        set = function(row)
          if row.id == 2000 or row.id == -697 then error("bad row") end
          return { n = row.n + 1 }
        end })
      assert(r.rows == 1998 and r.skipped == 2)
    ]])
    upgrade(p)
    local list = p:json("backfills").json.backfills
    assert.equal(2, #list[1].skipped_rows)
  end)

  it("finish their batches on the first signal", function()
    local p = project([[
      op.batch_update("items", { set = { n = op.sql "n + 1" }, workers = 2, batch_size = 20, target = false, pause = "50ms",
        throttle = function(stats)
          if stats.batches > 0 then io.stderr:write("in work\n") end
          return false
        end })
    ]])
    local job = p:start("upgrade")
    assert.is_true(job:expect("in work", 20))
    job:signal("TERM")
    local r = job:wait(20)
    assert.equal(7, r.code, r.err)
    p:revision { "b1", parent = "a1", up = [[op.batch_update("items", { set = { n = op.sql "n + 1" } })]] }
    upgrade(p)
    each_once(p)
  end)

  for _, workers in ipairs { 1, 2 } do
    it(("of %d are cancelled by a second signal"):format(workers), function()
      local sleep = "id <> 2 OR " .. (e2e.dialect == "postgresql" and "pg_sleep(4) IS NOT NULL" or "SLEEP(4) = 0")
      local p = project(([[
        io.stderr:write("in work\n")
        op.batch_update("items", { set = { n = op.sql "n + 1" }, where = %q, workers = %d, batch_size = 5000, target = false })
      ]]):format(sleep, workers))
      upgrade(p, "a1")
      local job = p:start("upgrade")
      assert.is_true(job:expect("in work", 20))
      os.execute("sleep 1")
      job:signal("TERM")
      os.execute("sleep 0.5")
      assert.is_true(job:running())
      job:signal("TERM")
      local r = job:wait(20)
      assert.equal(7, r.code, r.err)
      assert.same({ { "0" } }, p:sql("SELECT count(*) FROM items WHERE n > 0"))
      upgrade(p)
      each_once(p)
    end)
  end

  it("obey orders from outside", function()
    local p = project([[
      op.batch_update("items", { set = { n = op.sql "n + 1" }, workers = 2, batch_size = 10, target = false,
        pause = "200ms", name = "slow one" })
    ]])
    local job = p:start("upgrade")
    local function state(wanted)
      for _ = 1, 150 do
        local list = p:json("status").json
        local found = list and list.backfills and list.backfills[1]
        if found and found.state == wanted then return found end
        os.execute("sleep 0.1")
      end
    end
    assert(state("running"))
    assert.equal(0, p:run("backfill", "pause", "slow one").code)
    assert(state("paused"))
    assert.equal(0, p:run("backfill", "set", "slow one", "pause=0s", "batch_size=500").code)
    assert.equal(0, p:run("backfill", "resume", "slow one").code)
    local r = job:wait(30)
    assert.equal(0, r.code, r.err)
    each_once(p)
  end)
end)
