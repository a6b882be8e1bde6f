--- A backfill on a Galera cluster waits while the cluster's flow control holds it up. A cluster of its own.
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

if e2e.db ~= "mariadb" then return end

local ITEMS = [[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "n", types.integer, nullable = false, server_default = 0 },
  })
  op.execute("INSERT INTO items SELECT seq, 0 FROM seq_1_to_8000")
]]

local WORK = [[
  local r = op.batch_update("items", { set = { n = op.sql "n + 1" }, batch_size = 200, target = false, name = "polite" })
  assert(r.rows == 8000, r.rows)
]]

-- This node alone loses the key, so that it looks for each row in the whole table, and says at once when it is behind.
local SLOW = [[
  SET SESSION wsrep_on = OFF;
  ALTER TABLE items DROP PRIMARY KEY;
  SET GLOBAL wsrep_provider_options = 'gcs.fc_limit=1;gcs.fc_factor=0.5';
]]

-- What is a long queue is said by the node itself.
local PATIENT = "SET GLOBAL wsrep_provider_options = 'gcs.fc_limit=100000'"

local root = os.getenv("CURLEW_SOURCE_DIR") or "."

describe("a backfill on a Galera cluster", function()
  after_each(e2e.cleanup)

  it("waits while a node can't keep up, and says so", function()
    local folder = e2e.folder()
    process.must("chmod 755 " .. process.quote(folder))
    local command = ("CURLEW_GALERA_NODES=2 CURLEW_GALERA_DIR=%s/galera %s/scripts/galera "):format(folder, root)
    local output = io.popen(command .. "start 2>&1"):read("a")
    finally(function() process.must(command .. "stop") end)
    local nodes = {}
    for url in output:gmatch("mariadb://%S+") do nodes[#nodes + 1] = url end
    if #nodes < 2 then
      if output:find("SKIPPED", 1, true) then return pending(output) end
      error(output)
    end

    local p = e2e.project { url = nodes[1] }
    p:revision { "a1", up = ITEMS }
    p:revision { "b1", up = WORK }
    local r = p:run("upgrade", "a1")
    assert.equal(0, r.code, r.err)
    for _ = 1, 100 do -- the other node has the rows
      if server.has_table(nodes[2], "items") and server.sql(nodes[2], "SELECT count(*) FROM items")[1][1] == "8000" then break end
      os.execute("sleep 0.1")
    end
    server.sql(nodes[2], SLOW)

    local job = p:start("upgrade")
    assert.is_true(job:expect("polite waits: Galera's flow control: a node can't keep up %(%d+%% of the time%)", 30), job:err())
    server.sql(nodes[2], PATIENT)
    r = job:wait(60)
    assert.equal(0, r.code, r.err)
    assert.same({ { "8000", "1", "1" } }, p:sql("SELECT count(*), min(n), max(n) FROM items"))
  end)
end)
