--- A backfill whose connection is lost goes on over another one.
local e2e = require "support.e2e"

if e2e.db == "sqlite" then return end

local ITEMS = [[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "n", types.integer, nullable = false, server_default = 0 },
  })
  local rows = {}
  for i = 1, 600 do rows[i] = { id = i } end
  op.bulk_insert("items", rows)
]]

local VICTIMS = {
  postgresql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'curlew up%'",
  mysql = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}

local function cut(p)
  local n = 0
  for _, row in ipairs(p:sql(VICTIMS[e2e.dialect])) do
    pcall(p.sql, p, (e2e.dialect == "postgresql" and "SELECT pg_terminate_backend(%s)" or "KILL %s"):format(row[1]))
    n = n + 1
  end
  return n
end

local function survives(workers, kind)
  local p = e2e.project()
  p:revision { "a1", up = ITEMS }
  p:revision { "b1", up = ([[
    local r = op.%s workers = %d, batch_size = 10, target = false, pause = "40ms", name = "cut off" })
    assert(r.rows == 600, r.rows)
  ]]):format(kind, workers) }
  local r = p:run("upgrade", "a1")
  assert.equal(0, r.code, r.err)
  local job = p:start("upgrade")
  local cuts = 0
  for _ = 1, 60 do
    os.execute("sleep 0.2")
    local list = p:json("status").json
    local found = list and list.backfills and list.backfills[1]
    if found and found.rows > cuts * 100 then
      assert.is_true(cut(p) > 0)
      cuts = cuts + 1
      if cuts == 3 then break end
    end
  end
  r = job:wait(60)
  assert.equal(0, r.code, r.err)
  assert.is_true(cuts > 0)
  assert.matches("tried again", r.err)
  assert.same({ { "600", "1", "1" } }, p:sql("SELECT count(*), min(n), max(n) FROM items"))
  assert.same({ "b1" }, p:rows())
end

describe("a lost connection on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("is made again, in SQL", function() survives(1, [[batch_update("items", { set = { n = op.sql "n + 1" },]]) end)

  it("is made again, by a function", function()
    survives(1, [[batch_update("items", { columns = { "n" }, set = function(row) return { n = row.n + 1 } end,]])
  end)

  it("is made again by one of several workers", function()
    survives(2, [[batch_update("items", { columns = { "n" }, set = function(row) return { n = row.n + 1 } end,]])
  end)
end)
