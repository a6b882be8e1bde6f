--- Backfills killed at any time and run again: every row is changed exactly once. CURLEW_KILLS says how often
--- a run is killed at least (20), CURLEW_SEED makes the moments the same again.
local e2e = require "support.e2e"

local KILLS = tonumber(os.getenv("CURLEW_KILLS") or "") or 20
local SEED = tonumber(os.getenv("CURLEW_SEED") or "") or os.time()
local ROWS = 3000

local TABLE = ([[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false }, { "label", types.varchar(40) },
    { "a", types.integer, nullable = false, server_default = 0 }, { "b", types.integer, nullable = false, server_default = 0 },
    { "c", types.integer, nullable = false, server_default = 0 }, { "slug", types.varchar(60) },
  })
  op.create_table("log", { { "item_id", types.bigint } })
  local rows = {}
  for i = 1, %d do rows[i] = { id = i * 7 - 3, label = "Item " .. i } end
  op.bulk_insert("items", rows)
]]):format(ROWS)

local WORK = [[
  local tuning = { batch_size = 40, target = false, workers = WORKERS }
  local function with(options)
    for name, value in pairs(tuning) do options[name] = value end
    return options
  end
  local r = op.batch_update("items", with { set = { a = op.sql "a + 1" } })
  assert(r.rows == 3000, r.rows)
  r = op.batch_update("items", with { columns = { "b", "label" }, set = function(row)
    return { b = row.b + 1, slug = row.label:lower():gsub(" ", "-") }
  end })
  assert(r.rows == 3000, r.rows)
  r = op.batch_each("items", with { columns = { "c" } }, function(rows, conn)
    conn:execute("UPDATE items SET c = c + 1 WHERE id = :id", rows)
    conn:execute("INSERT INTO log (item_id) VALUES (:id)", rows)
  end)
  assert(r.rows == 3000, r.rows)
  r = op.batch_delete("items", with { where = "label LIKE :l", params = { l = "%5" } })
  assert(r.rows == 300, r.rows)
]]

local function nap(seconds) os.execute(("sleep %.3f"):format(seconds)) end

describe("backfills killed on " .. e2e.db, function()
  after_each(e2e.cleanup)

  local function survives(workers)
    math.randomseed(SEED)
    print(("seed %d, %d kills, workers: %d"):format(SEED, KILLS, workers))
    local work = WORK:gsub("WORKERS", workers)
    local kills, resumed = 0, 0
    -- A slow machine may need longer runs until a kill meets a backfill in work: the moments spread out.
    local function more() return kills < KILLS or (resumed == 0 and kills < 10 * KILLS) end
    while more() do
      local p = e2e.project()
      p:revision { "a1", up = TABLE }
      p:revision { "b1", up = work }
      local r = p:run("upgrade", "a1")
      assert.equal(0, r.code, r.err)
      while true do
        local job = p:start("upgrade")
        if more() then
          nap(0.02 + math.random() * (0.5 + kills / 20))
          job:signal("KILL")
        end
        r = job:wait(60)
        if r.err:find("goes on after") then resumed = resumed + 1 end
        if r.code == 0 then break end
        assert.equal(137, r.code, r.err)
        kills = kills + 1
      end
      local what = ("seed %d after %d kills"):format(SEED, kills)
      assert.same({ { tostring(ROWS - 300), "1", "1", "1", "1", "1", "1" } },
        p:sql("SELECT count(*), min(a), max(a), min(b), max(b), min(c), max(c) FROM items"), what)
      assert.same({ { "0" } }, p:sql("SELECT count(*) FROM items WHERE slug IS NULL OR slug <> lower(replace(label, ' ', '-'))"),
        what)
      assert.same({ { tostring(ROWS), tostring(ROWS) } }, p:sql("SELECT count(*), count(DISTINCT item_id) FROM log"), what)
      assert.same({ "b1" }, p:rows())
      e2e.cleanup()
    end
    assert.is_true(resumed > 0, "no kill met a backfill in work")
  end

  it("change every row exactly once", function() survives(1) end)

  if e2e.db ~= "sqlite" then
    it("change every row exactly once with several workers", function() survives(3) end)
  end
end)
