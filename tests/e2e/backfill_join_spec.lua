--- `curlew backfill work`: other machines help with a running backfill, and take over from dead workers.
local e2e = require "support.e2e"

local ITEMS = [[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "label", types.varchar(40) }, { "n", types.integer, nullable = false, server_default = 0 },
  })
  local rows = {}
  for i = 1, 2000 do rows[i] = { id = i * 3 - 700, label = "Item " .. i } end
  op.bulk_insert("items", rows)
]]

local SLOW = [[
  op.execute("UPDATE items SET label = 'seen' WHERE id = 2")
  assert(op.get_bind():scalar("SELECT count(*) FROM items") == 2000)
  op.batch_update("items", { columns = { "n" }, batch_size = 40, target = false, pause = "60ms", name = "long one",
    set = function(row) return { n = row.n + 1 } end })
  op.execute("UPDATE items SET label = 'after' WHERE id = 5")
]]

local function project(up)
  local p = e2e.project()
  p:revision { "a1", up = ITEMS }
  p:revision { "b1", up = up }
  local r = p:run("upgrade", "a1")
  assert.equal(0, r.code, r.err)
  return p
end

local function wait_for(p, fn)
  for _ = 1, 150 do
    local list = p:json("status").json
    local found = list and list.backfills and list.backfills[1]
    if found and fn(found) then return found end
    os.execute("sleep 0.1")
  end
end

local function each_once(p)
  assert.same({ { "2000", "1", "1" } }, p:sql("SELECT count(*), min(n), max(n) FROM items"))
  assert.same({ { "seen" }, { "after" } }, p:sql("SELECT label FROM items WHERE id IN (2, 5) ORDER BY id"))
end

describe("helping with a backfill on " .. e2e.db, function()
  after_each(e2e.cleanup)

  if e2e.db == "sqlite" then
    it("is refused: it has one writer", function()
      local p = project(SLOW)
      local r = p:run("backfill", "work", "long one")
      assert.equal(1, r.code)
      assert.matches("one writer", r.err)
    end)
    return
  end

  it("takes a part of what is left", function()
    local p = project(SLOW)
    local job = p:start("upgrade")
    assert(wait_for(p, function(b) return b.rows > 0 end))
    local r = p:run("backfill", "work", "long one")
    assert.equal(0, r.code, r.err)
    local rows = tonumber(r.err:match("(%d+) rows in %d+ batches were changed from here"))
    assert.is_true(rows > 100, r.err)
    local main = job:wait(60)
    assert.equal(0, main.code, main.err)
    each_once(p)
    assert.same({ "b1" }, p:rows())
    assert.equal(2000, p:json("backfills").json.backfills[1].rows)
  end)

  it("goes on when the run that began it was killed, which the next run ends", function()
    local p = project(SLOW)
    local job = p:start("upgrade")
    assert(wait_for(p, function(b) return b.rows > 0 end))
    local helper = p:start("backfill", "work", "long one")
    assert(wait_for(p, function(b) return b.rows > 200 end))
    job:signal("KILL")
    job:wait(20)
    assert.equal(0, p:run("backfill", "set", "long one", "pause=0s", "batch_size=100").code)
    local r = helper:wait(60)
    assert.equal(0, r.code, r.err)
    assert.same({ { "2000" } }, p:sql("SELECT count(*) FROM items WHERE n = 1"))
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    each_once(p)
  end)

  it("may die at any time", function()
    local p = project(SLOW)
    local job = p:start("upgrade")
    assert(wait_for(p, function(b) return b.rows > 0 end))
    local helper = p:start("backfill", "work", "long one")
    os.execute("sleep 1")
    helper:signal("KILL")
    helper:wait(20)
    assert.equal(0, p:run("backfill", "set", "long one", "pause=0s", "batch_size=200").code)
    local r = job:wait(60)
    assert.equal(0, r.code, r.err)
    each_once(p)
  end)

  it("is refused with another script, and without a backfill of the name", function()
    local p = project(SLOW)
    local job = p:start("upgrade")
    assert(wait_for(p, function(b) return b.rows > 0 end))
    local r = p:run("backfill", "work", "short one")
    assert.equal(2, r.code)
    assert.matches("pen are: long one", r.err)
    local file = e2e.project { url = p.url }
    file:revision { "a1", up = ITEMS }
    file:revision { "b1", up = (SLOW:gsub("row%.n %+ 1", "row.n + 2")) }
    r = file:run("backfill", "work", "long one")
    assert.equal(1, r.code)
    assert.matches("another one in the script here", r.err)
    file:revision { "b1", parent = "a1", up = "op.execute('DELETE FROM items')" }
    r = file:run("backfill", "work", "long one")
    assert.equal(1, r.code)
    assert.equal(0, p:run("backfill", "set", "long one", "pause=0s", "batch_size=500").code)
    local main = job:wait(60)
    assert.equal(0, main.code, main.err)
    each_once(p)
  end)
end)
