--- A worker that was stopped for longer than its lease, and wakes up when another one has its range: what it
--- still writes does not count. The lease is ended by hand, since it lasts a quarter of a minute.
local e2e = require "support.e2e"

if e2e.db == "sqlite" then return end -- one writer: nothing is leased

local ROWS = 400

local ITEMS = ([[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "n", types.integer, nullable = false, server_default = 0 },
  })
  local rows = {}
  for i = 1, %d do rows[i] = { id = i } end
  op.bulk_insert("items", rows)
]]):format(ROWS)

-- Whoever has $SLEEPY falls asleep at row 30 in the middle of a batch, or behind its first batch.
local WORK = [[
  local sleepy, fallen = os.getenv "SLEEPY", false
  local function sleep(where)
    if sleepy ~= where or fallen then return end
    fallen = true
    io.stderr:write("asleep\n")
    os.execute "sleep 1"
    io.stderr:write("awake\n")
  end
  local r = op.batch_update("items", { columns = { "n" }, batch_size = 10, target = false, name = "sleepy", pause = PAUSE,
    throttle = function(stats)
      if stats.batches > 0 then sleep("between") end
      return false
    end,
    set = function(row)
      if row.id == 30 then
        io.stderr:write("row 30\n")
        sleep("batch")
      end
      return { n = row.n + 1 }
    end })
  assert(r.rows == 400, r.rows)
]]

local function project(pause)
  local p = e2e.project()
  p:revision { "a1", up = ITEMS }
  p:revision { "b1", up = WORK:gsub("PAUSE", ("%q"):format(pause)) }
  local r = p:run("upgrade", "a1")
  assert.equal(0, r.code, r.err)
  return p
end

-- Stops a job that has just fallen asleep.
local function stop(job)
  assert.is_true(job:expect("asleep", 30), job:err())
  job:signal("STOP")
end

local function holders(p, state)
  local rows = p:sql(("SELECT holder FROM curlew_version_range WHERE state = '%s' ORDER BY range_no"):format(state))
  for i, row in ipairs(rows) do rows[i] = row[1] end
  return rows
end

local function wait_until(fn, what)
  for _ = 1, 200 do
    if fn() then return end
    os.execute("sleep 0.05")
  end
  error("this did not come: " .. what)
end

local function each_once(p)
  assert.same({ { tostring(ROWS), "1", "1" } }, p:sql("SELECT count(*), min(n), max(n) FROM items"))
end

describe("a worker that was stopped on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("in a batch can't commit it when another one has its range", function()
    local p = project("0s")
    local job = p:start { "upgrade", env = { SLEEPY = "batch" } }
    stop(job)
    local before = holders(p, "open")[1]
    p:sql("UPDATE curlew_version_range SET expires_us = 1")
    local helper = p:start("backfill", "work", "sleepy")
    wait_until(function() return holders(p, "open")[1] ~= before end, "another holder")
    job:signal("CONT")
    local r, helped = job:wait(60), helper:wait(60)
    assert.equal(0, r.code, r.err)
    assert.equal(0, helped.code, helped.err)
    assert.matches("awake", r.err)
    assert.matches("row 30", helped.err) -- which the sleeper had changed, in vain
    each_once(p)
    assert.same({ "b1" }, p:rows())
  end)

  it("between two batches does no other one when another has its range", function()
    local p = project("300ms")
    local job = p:start("upgrade")
    assert.is_true(job:expect("row 30", 30), job:err())
    local helper = p:start { "backfill", "work", "sleepy", env = { SLEEPY = "between" } }
    stop(helper)
    local leased = #holders(p, "open")
    p:sql("UPDATE curlew_version_range SET expires_us = 1 WHERE state = 'open'")
    assert.equal(0, p:run("backfill", "set", "sleepy", "pause=0s").code)
    local r = job:wait(60)
    assert.equal(2, leased)
    assert.equal(0, r.code, r.err)
    each_once(p)
    helper:signal("CONT")
    local helped = helper:wait(60)
    assert.equal(0, helped.code, helped.err)
    each_once(p)
    assert.same({}, holders(p, "open"))
  end)
end)
