--- A backfill whose disk gets full goes on when there is room again, and changes every row once. SQLite; servers
--- with a full disk are in the kill matrix.
local e2e = require "support.e2e"

if e2e.db ~= "sqlite" then return end

local SHIM = os.getenv("FILE_FAULT")
local ROWS = 600

local ITEMS = ([[
  op.create_table("items", { { "id", types.integer, primary_key = true }, { "label", types.varchar(40) },
    { "n", types.integer, nullable = false, server_default = 0 }, { "slug", types.varchar(200) } })
  local rows = {}
  for i = 1, %d do rows[i] = { id = i, label = "Item " .. i } end
  op.bulk_insert("items", rows)
]]):format(ROWS)

local WORK = [[
  local r = op.batch_update("items", { batch_size = 50, target = false, name = "grown", %s })
  assert(r.rows == 600, r.rows)
]]

local KINDS = {
  ["in SQL"] = [[set = { n = op.sql "n + 1", slug = op.sql "printf('%.150c', 'x')" }]],
  ["by a function"] = [[columns = { "n" }, set = function(row)
    return { n = row.n + 1, slug = ("x"):rep(150) }
  end]],
}

local function project(kind)
  local p = e2e.project()
  p:revision { "a1", up = ITEMS }
  p:revision { "b1", up = WORK:format(KINDS[kind]) }
  assert.equal(0, p:run("upgrade", "a1").code)
  return p
end

-- The backfill while the disk is full from the given write on; at 0 it never is. Then how many calls there were.
local function upgrade_at(p, call)
  local r = p:run { "upgrade", env = {
    LD_PRELOAD = SHIM, ASAN_OPTIONS = "verify_asan_link_order=0", FILE_FAULT_PATH = "test.db", FILE_FAULT_DO = "full",
    FILE_FAULT_AT = tostring(call), FILE_FAULT_REPORT = p:path("calls") } }
  return r, tonumber(p:read("calls"))
end

local function each_once(p)
  assert.same({ { tostring(ROWS), "1", "1", tostring(ROWS) } },
    p:sql("SELECT count(*), min(n), max(n), count(slug) FROM items"))
  assert.same({ { "ok" } }, p:sql("PRAGMA integrity_check"))
  assert.same({ "b1" }, p:rows())
end

describe("a full disk", function()
  after_each(e2e.cleanup)

  for kind in pairs(KINDS) do
    it("in a backfill " .. kind .. " changes no row twice", function()
      assert(SHIM, "FILE_FAULT is not set")
      local p = project(kind)
      local r, calls = upgrade_at(p, 0)
      assert.equal(0, r.code, r.err)
      each_once(p)
      e2e.cleanup()

      local resumed = 0
      for part = 1, 8 do
        p = project(kind)
        r = upgrade_at(p, calls * part // 9)
        local where = ("call %d of %d\n%s"):format(calls * part // 9, calls, r.err)
        assert.equal(1, r.code, where)
        assert.matches("full", r.err)
        local done = p:sql("SELECT count(*) FROM items WHERE n > 0")[1][1]
        r = p:run("upgrade")
        assert.equal(0, r.code, where .. r.err)
        if tonumber(done) > 0 then
          resumed = resumed + 1
          assert.matches("grown goes on after " .. done .. " rows", r.err)
        end
        each_once(p)
        e2e.cleanup()
      end
      assert.is_true(resumed >= 4, "of 8 times the disk was full too few were in the middle: " .. resumed)
    end)
  end
end)
