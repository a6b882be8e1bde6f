--- A backfill goes on, or ends with an error and goes on with the next run, when its server is killed with -9 and
--- comes up again. A server of its own, durable. What is cut at each single message is in the kill matrix.
local e2e = require "support.e2e"
local process = require "support.process"

if e2e.db == "sqlite" then return end

local ROWS = 600

local ITEMS = ([[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "n", types.integer, nullable = false, server_default = 0 },
  })
  local rows = {}
  for i = 1, %d do rows[i] = { id = i } end
  op.bulk_insert("items", rows)
]]):format(ROWS)

local WORK = [[
  local r = op.batch_update("items", { columns = { "n" }, batch_size = 10, target = false, pause = "20ms", workers = %d,
    retries = %d, name = "through it", set = function(row) return { n = row.n + 1 } end })
  assert(r.rows == 600, r.rows)
]]

local root = os.getenv("CURLEW_SOURCE_DIR") or "."

describe("a server of " .. e2e.db .. " that is killed with -9", function()
  local folder, url, why

  local function servers(what)
    return ("CURLEW_SERVERS_DIR=%s CURLEW_SERVERS_DURABLE=1 %s/scripts/servers %s"):format(folder, root, what)
  end

  setup(function()
    folder = process.capture("mktemp -d \"${TMPDIR:-/tmp}/curlew-restart-XXXXXX\""):gsub("\n$", "")
    why = process.capture(servers("start " .. e2e.db) .. " 2>&1")
    local _, text = pcall(process.capture, servers("env " .. e2e.db))
    url = text:match("_URL='([^']*)'")
    assert(url or why:find("SKIPPED", 1, true), why)
  end)
  teardown(function() process.must(servers("stop") .. " >/dev/null 2>&1; rm -rf " .. process.quote(folder)) end)
  after_each(e2e.cleanup)

  -- Waits until so many rows more are done; then the server dies under the run.
  local function kill_under(p, job)
    local function done() return tonumber(p:sql("SELECT count(*) FROM items WHERE n > 0")[1][1]) end
    local from, before = done(), nil
    for _ = 1, 400 do
      before = done()
      if before >= from + 60 or not job:running() then break end
      os.execute("sleep 0.02")
    end
    assert.is_true(job:running() and before > from and before < ROWS, job:err())
    process.must(servers("crash " .. e2e.db) .. " >/dev/null 2>&1")
    assert.is_true(done() >= before) -- what was committed is there
  end

  local function project(workers, retries)
    local p = e2e.project { url = url }
    p:revision { "a1", up = "op.execute('DROP TABLE IF EXISTS items')\n" .. ITEMS, down = "" }
    p:revision { "b1", up = WORK:format(workers, retries), down = "" }
    local r = p:run("upgrade", "a1")
    assert.equal(0, r.code, r.err)
    return p
  end

  local function each_once(p)
    assert.same({ { tostring(ROWS), "1", "1" } }, p:sql("SELECT count(*), min(n), max(n) FROM items"))
    assert.same({ "b1" }, p:rows())
    assert.equal(0, p:run("downgrade", "base").code)
  end

  local function outlives(workers)
    if not url then return pending(why) end
    local p = project(workers, 30)
    local job = p:start("upgrade")
    kill_under(p, job)
    local r = job:wait(60)
    assert.equal(0, r.code, r.err)
    assert.matches("tried again", r.err)
    each_once(p)
  end

  it("is waited for by a backfill, which goes on", function() outlives(1) end)

  it("is waited for by all workers", function() outlives(2) end)

  it("ends a backfill that may not try again, and the same command goes on", function()
    if not url then return pending(why) end
    local p = project(1, 0)
    local job = p:start("upgrade")
    kill_under(p, job)
    local r = job:wait(60)
    assert.equal(4, r.code, r.err)
    assert.matches("error: the connection to", r.err)
    r = p:run { "upgrade", timeout = 60 }
    assert.equal(0, r.code, r.err)
    assert.matches("goes on after %d+ rows", r.err)
    each_once(p)
  end)
end)
