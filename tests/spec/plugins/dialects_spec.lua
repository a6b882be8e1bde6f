--- The dialects cockroachdb, citus and tidb: their SQL. There are no servers of theirs to try it on.
local golden = require "support.plugin_golden"
local host = require "support.lua_host"

local SHARED = {
  { "a table", function(op, types)
    op.create_table("orders", { { "id", types.bigint, primary_key = true }, { "user_id", types.bigint, references = "users.id" },
      { "state", types.enum("state", { "open", "paid" }), server_default = "open" }, { "doc", types.json },
      { "at", types.timestamp { timezone = true }, server_default = op.sql "CURRENT_TIMESTAMP" }, op.unique { "user_id", "at" } })
  end },
  { "columns", function(op, types)
    op.add_column("orders", { "note", types.text })
    op.drop_column("orders", "note")
  end },
  { "an index", function(op) op.create_index("i", "orders", { "user_id" }) end },
  { "an index without locks", function(op)
    op.create_index("i", "orders", { "user_id" }, { concurrently = true })
    op.drop_index("i", { table = "orders", concurrently = true })
  end },
  { "a foreign key", function(op) op.create_foreign_key("fk", "orders", "users", { "user_id" }, { "id" }) end },
  { "a deferrable one", function(op)
    op.create_foreign_key("fk", "orders", "users", { "user_id" }, { "id" }, { deferrable = true })
  end },
  { "an exclusion", function(op) op.create_exclude_constraint("x", "orders", { { "a", "&&" } }, { using = "gist" }) end },
  { "a trigger", function(op) op.create_trigger("t", "orders", { when = "after insert", body = "BEGIN END" }) end },
  { "a function", function(op) op.create_function("f(n integer)", { returns = "integer", body = "BEGIN RETURN n; END" }) end },
  { "a unique constraint", function(op)
    op.create_unique_constraint("u", "orders", { "a" })
    op.drop_constraint("u", "orders", { type = "unique" })
  end },
  { "a sequence that begins again", function(op) op.create_sequence("s", { cycle = true }) end },
  { "a sequence", function(op)
    op.create_sequence("s", { start = 5, increment = 2 })
    op.drop_sequence("s")
  end },
  { "a type changed by an expression", function(op, types)
    op.alter_column("orders", "note", { type = types.integer, using = "note::integer" })
  end },
  { "an extension", function(op) op.create_extension("citext") end },
  { "a primary key", function(op) op.create_primary_key("pk", "orders", { "id" }) end },
  { "rows", function(op)
    op.insert("orders", { { id = 1, state = "open" } }, { on_conflict = "ignore" })
    op.update("orders", { state = "paid" }, { id = 1 })
  end },
}

local CITUS = {
  { "distributed", function(op)
    op.create_distributed_table("orders", "customer_id", { colocate_with = "customers", schema = "shop" })
    op.create_distributed_table("Events", "id", { shard_count = 64, distribution = "hash" })
    op.create_reference_table("countries")
    op.alter_distributed_table("orders", { shard_count = 128, cascade = true })
    op.undistribute_table("orders", { cascade = true })
    op.create_distributed_function("pay(bigint)", { argument = "customer_id", colocate_with = "orders" })
  end },
  { "shards of two minds", function(op)
    op.create_distributed_table("a", "b", { colocate_with = "c", shard_count = 3 })
  end },
  { "nothing to alter", function(op) op.alter_distributed_table("a") end },
}

local BASE = { cockroachdb = "postgresql", citus = "postgresql", tidb = "mysql" }

describe("a dialect that inherits", function()
  for name, family in pairs(BASE) do
    it(name .. " writes the SQL of its golden file", function()
      golden.load(name)
      host.SERVERS[name] = { family, name, family == "mysql" and "8.0.11" or "15.0" }
      local cases = { table.unpack(SHARED) }
      if name == "citus" then table.move(CITUS, 1, #CITUS, #cases + 1, cases) end
      golden.check(name, { name }, cases)
      if name == "citus" then golden.check("citus", { "postgresql" }, CITUS) end
    end)
  end
end)
