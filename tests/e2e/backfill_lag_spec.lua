--- A backfill waits for replicas that are behind, and says for which. Servers of its own (scripts/replicas).
local e2e = require "support.e2e"
local server = require "support.server"

if e2e.db == "sqlite" then return end

local ITEMS = [[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "n", types.integer, nullable = false, server_default = 0 },
  })
  local rows = {}
  for i = 1, 400 do rows[i] = { id = i } end
  op.bulk_insert("items", rows)
]]

local HOLD = {
  postgresql = { "SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()" },
  mariadb = { "STOP SLAVE SQL_THREAD", "START SLAVE SQL_THREAD" },
  mysql = { "STOP REPLICA SQL_THREAD", "START REPLICA SQL_THREAD" },
}

local root = os.getenv("CURLEW_SOURCE_DIR") or "."
local folder = os.tmpname()
os.remove(folder)

local function replicas(what)
  local command = ("CURLEW_REPLICAS_DIR=%s %s/scripts/replicas %s %s 2>%s.log"):format(folder, root, what, e2e.db, folder)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  local ok, _, code = pipe:close()
  return ok, text, code
end

describe("a replica of " .. e2e.db, function()
  local primary, replica, skipped

  setup(function()
    local ok, text, code = replicas("start")
    skipped = code == 77
    assert(ok or skipped, "scripts/replicas failed: see " .. folder .. ".log")
    primary, replica = text:match("(%S+)%s+(%S+)")
  end)
  teardown(function() replicas("stop") end)
  after_each(e2e.cleanup)

  local function run_behind(options)
    if skipped then return pending("SKIPPED: scripts/replicas has no servers to start") end
    pcall(server.sql, primary, "DROP TABLE items")
    local p = e2e.project { url = primary, config = ('version_table = "v%d",'):format(math.random(1000000)) }
    p:revision { "a1", up = ITEMS }
    p:revision { "b1", up = ([[
      local r = op.batch_update("items", { set = { n = op.sql "n + 1" }, batch_size = 20, target = false, pause = "150ms",
        name = "polite", max_lag = "1s", %s })
      assert(r.rows == 400)
    ]]):format(options:format(replica)) }
    local r = p:run("upgrade", "a1")
    assert.equal(0, r.code, r.err)
    server.sql(replica, HOLD[e2e.db][1])
    local job = p:start("upgrade")
    local waits = job:expect("polite waits: the replica", 30)
    local shown
    for _ = 1, 20 do
      shown = p:json("backfills").json.backfills[1].waits
      if shown and shown ~= e2e.null and shown:find("behind", 1, true) then break end
      os.execute("sleep 0.2")
    end
    local done = tonumber(p:sql("SELECT count(*) FROM items WHERE n = 1")[1][1])
    server.sql(replica, HOLD[e2e.db][2])
    r = job:wait(60)
    assert.is_true(waits, r.err)
    assert.matches("is %d.* behind %(max_lag is 1", shown)
    assert.is_true(done < 400)
    assert.equal(0, r.code, r.err)
    assert.same({ { "400", "1", "1" } }, p:sql("SELECT count(*), min(n), max(n) FROM items"))
  end

  if e2e.db == "postgresql" then
    it("that the primary knows of is waited for", function() run_behind("workers = 1") end)
  end

  it("that is named is waited for", function() run_behind("replicas = { %q }") end)

  it("is waited for by all workers", function() run_behind("replicas = { %q }, workers = 2") end)

  it("that can't be asked is waited for, until it is not to be looked at", function()
    if skipped then return pending("SKIPPED: scripts/replicas has no servers to start") end
    pcall(server.sql, primary, "DROP TABLE items")
    local p = e2e.project { url = primary, config = ('version_table = "v%d",'):format(math.random(1000000)) }
    p:revision { "a1", up = ITEMS }
    p:revision { "b1", up = ([[op.batch_update("items", { set = { n = op.sql "n + 1" }, batch_size = 20, target = false,
      pause = "150ms", name = "polite", replicas = { %q } })]]):format((replica:gsub(":%d+/", ":1/"))) }
    local job = p:start("upgrade")
    local waits = job:expect("can't be asked", 30)
    assert.equal(0, p:run("backfill", "set", "polite", "max_lag=0s").code)
    local r = job:wait(60)
    assert.is_true(waits, r.err)
    assert.equal(0, r.code, r.err)
  end)
end)
