--- The plugins that come along for PostgreSQL, on PostgreSQL; elsewhere they are refused by name. None is in the
--- project's own folder.
local e2e = require "support.e2e"
local process = require "support.process"

local on_postgresql = e2e.db == "postgresql" and it or function() end

describe("pg_partitions", function()
  after_each(e2e.cleanup)
  local p

  before_each(function() p = e2e.project { config = 'plugins = { "pg_partitions" },' } end)

  local EVENTS = [[op.create_partitioned_table("events", { { "at", types.date, primary_key = true },
    { "id", types.integer, primary_key = true, autoincrement = false } }, { by = "range", on = "at" })
  ]]

  local function partitions()
    local r = p:run("partitions", "events")
    assert.equal(0, r.code, r.err)
    local told = {}
    for _, item in ipairs(e2e.json(r.out).partitions) do told[#told + 1] = item.partition .. " " .. item.bounds end
    return told
  end

  if e2e.db ~= "postgresql" then
    it("is found without a copy in the project, and refused by name", function()
      p:revision { "a1", up = EVENTS }
      local r = p:run("upgrade")
      assert.equal(1, r.code)
      assert.matches("op.create_partitioned_table; plugin pg_partitions has it for postgresql", r.err, 1, true)
      assert.matches("share/curlew/plugins/pg_partitions/plugin.lua", p:run("plugins").out, 1, true)
    end)
  end

  on_postgresql("makes tables and partitions, and undoes them", function()
    p:revision { "a1", up = EVENTS .. [[
      op.create_range_partitions("events", { every = "month", from = "2026-11", count = 3 })
      op.create_partition("events_rest", "events", { default = true })
      op.insert("events", { { at = "2026-12-24", id = 1 }, { at = "1999-01-01", id = 2 } })
      assert(op.get_bind():scalar("SELECT count(*) FROM events_2026_12") == 1)
      assert(op.get_bind():scalar("SELECT count(*) FROM events_rest") == 1)
      op.create_partitioned_table("users", { { "id", types.bigint, primary_key = true } }, { by = "hash", on = "id" })
      op.create_hash_partitions("users", { modulus = 4 })
      op.insert("users", { { id = 1 }, { id = 2 }, { id = 3 }, { id = 4 }, { id = 5 } })
      op.create_partitioned_table("logs", { { "level", types.text }, { "n", types.integer } }, { by = "list", on = "level" })
      op.create_partition("logs_bad", "logs", { values = { "warn", "error", op.null }, partition_by = "range", partition_on = "n" })
      op.create_partition("logs_bad_low", "logs_bad", { from = op.sql "MINVALUE", to = 10 })
      op.insert("logs", { { level = "warn", n = 3 }, { n = 4 } })]],
      down = 'op.drop_table("logs") op.drop_table("users") op.drop_table("events")' }
    for _, words in ipairs { { "upgrade" }, { "downgrade", "base" }, { "upgrade" } } do
      local r = p:run(table.unpack(words))
      assert.equal(0, r.code, r.out .. r.err)
    end
    assert.same({
      "events_2026_11 FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')",
      "events_2026_12 FOR VALUES FROM ('2026-12-01') TO ('2027-01-01')",
      "events_2027_01 FOR VALUES FROM ('2027-01-01') TO ('2027-02-01')", "events_rest DEFAULT" }, partitions())
    assert.equal(1, p:run("partitions", "nothing").code)
    p:sql("CREATE SCHEMA log; CREATE TABLE log.t (a integer) PARTITION BY HASH (a);"
      .. " CREATE TABLE log.t0 PARTITION OF log.t FOR VALUES WITH (MODULUS 1, REMAINDER 0)")
    assert.equal("t0", e2e.json(p:run("partitions", "t", "--schema", "log").out).partitions[1].partition)
  end)

  on_postgresql("prints a script that leaves the same", function()
    p:revision { "a1", up = EVENTS .. [[op.create_range_partitions("events", { every = "year", from = "2026", count = 2 })]] }
    assert.matches("from must be a date", p:run("upgrade", "--sql").err)
    p:revision { "a1", parent = false, up = EVENTS .. [[
      op.create_range_partitions("events", { every = "year", from = "2026-01", count = 2 })
      op.detach_partition("events_2026", "events", { concurrently = true })]] }
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    p:sql(r.out)
    assert.same({ "events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')" }, partitions())
    assert.same({ "a1" }, p:rows())
  end)

  local OLD = [[op.detach_partition("events_2026_11", "events", { concurrently = true, from = "2026-11-01", to = "2026-12-01" })]]

  on_postgresql("attaches and detaches concurrently, and back", function()
    p:revision { "a1", up = EVENTS .. [[op.create_range_partitions("events", { every = "month", from = "2026-11", count = 2 })
      op.create_table("old", { { "at", types.date, nullable = false }, { "id", types.integer, nullable = false } })
      op.attach_partition("old", "events", { from = "2026-10-01", to = "2026-11-01" })
      op.insert("events", { at = "2026-11-05", id = 1 })]] }
    p:revision { "b2", up = OLD .. [[ op.detach_partition("old", "events")]],
      down = [[op.attach_partition("events_2026_11", "events", { from = "2026-11-01", to = "2026-12-01" })]] }
    assert.equal(0, p:run("upgrade").code)
    assert.same({ "events_2026_12 FOR VALUES FROM ('2026-12-01') TO ('2027-01-01')" }, partitions())
    assert.same({ { "1" } }, p:sql("SELECT count(*) FROM events_2026_11"))
    assert.equal(0, p:run("downgrade", "-1").code)
    assert.equal(2, #partitions())
  end)

  -- A reader keeps the detachment between its two steps.
  local function reader(seconds)
    local job = process.start("sh", { "-c", ("echo 'BEGIN; SELECT count(*) FROM events; SELECT pg_sleep(%s); COMMIT;' "
      .. "| psql -X -q -d %s"):format(seconds, process.quote(p.url)) })
    for _ = 1, 200 do
      if p:sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")[1][1] == "1" then
        return job
      end
      process.must("sleep 0.02")
    end
    error("the reader does not sleep")
  end

  local PENDING = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending"

  local function wait_until(sql, wanted)
    for _ = 1, 300 do
      if p:sql(sql)[1][1] == wanted then return end
      process.must("sleep 0.02")
    end
    error(sql .. " never gives " .. wanted)
  end

  on_postgresql("finishes a detachment that was cancelled half-way", function()
    p:revision { "a1", up = EVENTS .. [[op.create_range_partitions("events", { every = "month", from = "2026-11", count = 2 })]] }
    assert.equal(0, p:run("upgrade").code)
    p:revision { "b2", up = OLD .. [[ op.create_table("after", { { "id", types.integer } })]] }
    local blocker = reader(60)
    local job = p:start("upgrade")
    wait_until(PENDING, "1")
    p:sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE%CONCURRENTLY' AND datname = current_database()")
    assert.equal(1, job:wait(20).code)
    p:sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
    blocker:wait(10)
    assert.same({ { "1" } }, p:sql(PENDING))
    local r = p:run("-v", "-v", "upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    assert.matches("DETACH PARTITION events_2026_11 FINALIZE", r.err)
    assert.same({ { "0" } }, p:sql(PENDING))
    assert.same({ "b2" }, p:rows())
    assert.is_true(p:has_table("after"))
  end)

  on_postgresql("killed while it waits, the next run finds out what became of it", function()
    p:revision { "a1", up = EVENTS .. [[op.create_range_partitions("events", { every = "month", from = "2026-11", count = 2 })]] }
    assert.equal(0, p:run("upgrade").code)
    p:revision { "b2", up = OLD }
    local blocker = reader(2)
    local job = p:start("upgrade")
    wait_until(PENDING, "1")
    job:signal("KILL")
    job:wait(10)
    blocker:wait(20) -- the server goes on by itself once the reader has ended
    local r = p:run { "upgrade", timeout = 60 }
    assert.equal(0, r.code, r.out .. r.err)
    assert.same({ "events_2026_12 FOR VALUES FROM ('2026-12-01') TO ('2027-01-01')" }, partitions())
    assert.same({ "b2" }, p:rows())
  end)
end)

if e2e.db == "postgresql" then
  describe("pg_policies", function()
    after_each(e2e.cleanup)

    it("rows, rights and policies, up, down and up again", function()
      local p = e2e.project { config = 'plugins = { "pg_policies" },' }
      local role = ("cw_role_%d_%d"):format(os.time() % 100000, math.random(1000000))
      p:sql(("CREATE ROLE %s"):format(role))
      p:revision { "a1", up = [[op.create_table("orders", { { "id", types.integer, primary_key = true }, { "owner", types.text } })
        op.insert("orders", { { id = 1, owner = "ann" }, { id = 2, owner = "]] .. role .. [[" } })]], down = 'op.drop_table("orders")' }
      p:revision { "b2", up = ([[
        op.enable_row_security("orders")
        op.create_policy("own", "orders", { to = "ROLE", using = "owner = current_user", check = "owner = current_user" })
        op.grant({ "select", "update(owner)" }, "orders", { to = "ROLE" })
        op.alter_policy("own", "orders", { rename = "mine" })]]):gsub("ROLE", role),
        down = ([[op.drop_policy("mine", "orders") op.disable_row_security("orders")
          op.revoke({ "select", "update(owner)" }, "orders", { to = "ROLE" })]]):gsub("ROLE", role) }
      for _, words in ipairs { { "upgrade" }, { "downgrade", "-1" }, { "upgrade" } } do
        local r = p:run(table.unpack(words))
        assert.equal(0, r.code, r.out .. r.err)
      end
      local seen = p:sql(("SET ROLE %s; SELECT id FROM orders"):format(role))
      assert.same({ "2" }, seen[#seen])
      p:run("downgrade", "base")
      p:sql(("DROP ROLE %s"):format(role))
    end)

    it("puts former versions of functions and triggers back when a part is undone", function()
      local p = e2e.project { config = 'plugins = { "pg_policies" },', files = {
        ["tax.lua"] = [[return {
          v1 = "CREATE FUNCTION tax(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 2'",
          v2 = "CREATE FUNCTION tax(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 3'",
          v3 = "CREATE FUNCTION tax(n integer) RETURNS text LANGUAGE sql AS 'SELECT (n * 4)::text'",
          stamp = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1; RETURN NEW; END $$",
          t1 = "CREATE TRIGGER up BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
          t2 = "CREATE TRIGGER up BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
        }]] } }
      p:revision { "a1", up = [[local tax = require "tax"
        op.create_table("t", { { "n", types.integer } })
        op.replace_function("tax(integer)", tax.v1)
        op.replace_function("stamp()", tax.stamp)
        op.replace_trigger("up", "t", tax.t1)]] }
      p:revision { "b2", more = 'transaction = "none",', up = [[local tax = require "tax"
        op.replace_function("tax(integer)", tax.v2, { former = tax.v1 })
        op.replace_function("tax(integer)", tax.v3, { former = tax.v2, drop = true })
        op.replace_trigger("up", "t", tax.t2, { former = tax.t1 })
        if ctx.x.fail then error("stop here") end]] }
      assert.equal(0, p:run("upgrade", "a1").code)
      assert.equal(1, p:run("upgrade", "-x", "fail").code)
      assert.same({ { "16" } }, p:sql("SELECT tax(4) "))
      local r = p:run("downgrade", "a1") -- the journal's records, reversed
      assert.equal(0, r.code, r.out .. r.err)
      assert.same({ { "8" } }, p:sql("SELECT tax(4)"))
      assert.same({ { "2" } }, p:sql("INSERT INTO t VALUES (1) RETURNING n"))
      assert.equal(0, p:run("upgrade").code)
      assert.same({ { "16" } }, p:sql("SELECT tax(4) "))
      assert.same({ { "1" } }, p:sql("DELETE FROM t; INSERT INTO t VALUES (1) RETURNING n"))
    end)
  end)

  describe("dialects of servers that are not there", function()
    after_each(e2e.cleanup)

    it("leave PostgreSQL alone", function()
      local p = e2e.project { config = 'plugins = { "cockroachdb", "citus" },' }
      p:revision { "a1", up = [[assert(ctx.offline or ctx.server == "postgresql", ctx.server) op.create_table("t", { { "a", types.json } })]] }
      local r = p:run("upgrade")
      assert.equal(0, r.code, r.err)
      p:revision { "b2", up = [[op.create_reference_table("t")]] }
      assert.matches("op%.create_reference_table; plugin citus has it for citus", p:run("upgrade").err)
      r = p:run("upgrade", "base:a1", "--sql", "--url", "postgresql+cockroachdb://h/d")
      assert.matches("a JSONB", r.out .. r.err)
    end)
  end)
end
