--- Citus: PostgreSQL with tables that lie on several nodes. A dialect that knows what distributed tables can't
--- do, and operations that distribute them. Written from the documentation of Citus 11 and 12 and compared with
--- golden files; it has not been tried on a cluster. docs/plugins/citus.md lists the limits.

local M = {
  name = "citus", version = "1.0.0", api = 1, requires = { curlew = ">= 0.1" },
  description = "Citus: distributed and reference tables, and a dialect that knows their limits.",
  operations = {},
}
local operations = M.operations

M.dialects = {
  citus = {
    inherits = "postgresql", title = "Citus",
    detect = function(conn)
      return conn:scalar("SELECT count(*) FROM pg_catalog.pg_extension WHERE extname = 'citus'") > 0
    end,
    refuse = {
      create_exclude_constraint = "give it before the table is distributed (in create_table), with the distribution column",
      create_trigger = "distributed tables have none; on a table of the coordinator alone write it with op.execute",
    },
    compile = {
      alter_column = function(o, d, super)
        if o.computed ~= nil or o.identity ~= nil then
          d:refuse("op.alter_column with computed or identity", "give them in create_table, before it is distributed")
        end
        return super()
      end,
      create_index = function(o, d, super)
        if o.concurrently and o.if_not_exists then
          d:refuse("concurrently with if_not_exists", "leave one of the two out")
        end
        return super()
      end,
    },
  },
}

M.hooks = {
  --- A transaction that changes a reference table and then a distributed one fails when it has gone to the nodes
  --- side by side; revisions do both.
  on_connect = function(conn)
    if conn.server == "citus" then conn:execute("SET citus.multi_shard_modify_mode TO 'sequential'") end
  end,
}

-- Operations --------------------------------------------------------------------------------------

--- 'schema.table', as Citus's functions take it.
local function regclass(o, d) return d:string(d:qualified(o.schema, o.table)) end

local KIND = "SELECT citus_table_type FROM citus_tables WHERE table_name = pg_catalog.to_regclass(?)"

--- "distributed", "reference" or nil.
local function kind(o, conn, d)
  return conn:scalar(KIND, { d:qualified(o.schema, o.table) })
end

local function call(fn, ...) return { sql = ("SELECT %s(%s)"):format(fn, table.concat({ ... }, ", ")), ddl = true } end

local TABLE = { { "table", "name", doc = "The table" } }

--- op.create_distributed_table("orders", "customer_id", { colocate_with = "customers" })
operations.create_distributed_table = {
  args = { TABLE[1], { "column", "name", doc = "Its value decides on which node a row lies" } },
  options = {
    { "colocate_with", "text", doc = "A table whose rows lie beside these; \"none\" for a place of their own" },
    { "shard_count", "integer", doc = "How many shards" },
    { "distribution", "text", doc = "\"hash\" (unless given), \"append\" or \"range\"" },
  },
  check = function(o)
    if o.colocate_with and o.colocate_with ~= "none" and o.shard_count then
      return "shard_count is that of the table it is colocated with: leave it out"
    end
    local known = { hash = true, append = true, range = true }
    if o.distribution and not known[o.distribution] then return ("there is no distribution %q"):format(o.distribution) end
  end,
  compile = {
    citus = function(o, d)
      local args = { regclass(o, d), d:string(o.column) }
      if o.distribution then args[#args + 1] = d:string(o.distribution) end
      if o.colocate_with then args[#args + 1] = "colocate_with => " .. d:string(o.colocate_with) end
      if o.shard_count then args[#args + 1] = ("shard_count => %d"):format(o.shard_count) end
      return call("create_distributed_table", table.unpack(args))
    end,
  },
  reverse = function(o) return { op = "undistribute_table", table = o.table, schema = o.schema } end,
  probe = function(o, conn, d) return kind(o, conn, d) == "distributed" end,
}

--- op.create_reference_table("countries"): the whole of it on every node.
operations.create_reference_table = {
  args = TABLE,
  compile = { citus = function(o, d) return call("create_reference_table", regclass(o, d)) end },
  reverse = function(o) return { op = "undistribute_table", table = o.table, schema = o.schema } end,
  probe = function(o, conn, d) return kind(o, conn, d) == "reference" end,
}

--- op.undistribute_table("orders"): back to a table of the coordinator.
operations.undistribute_table = {
  args = TABLE,
  options = { { "cascade", "boolean", doc = "Tables that foreign keys tie to it too" } },
  compile = {
    citus = function(o, d)
      if o.cascade then return call("undistribute_table", regclass(o, d), "cascade_via_foreign_keys => true") end
      return call("undistribute_table", regclass(o, d))
    end,
  },
  probe = function(o, conn, d) return kind(o, conn, d) == nil end,
}

--- op.alter_distributed_table("orders", { shard_count = 64 })
operations.alter_distributed_table = {
  args = TABLE,
  options = {
    { "column", "name", doc = "Another distribution column" },
    { "shard_count", "integer", doc = "Another number of shards" },
    { "colocate_with", "text", doc = "Another table to lie beside" },
    { "cascade", "boolean", doc = "Colocated tables too" },
  },
  check = function(o) if not (o.column or o.shard_count or o.colocate_with) then return "nothing is to be changed" end end,
  compile = {
    citus = function(o, d)
      local args = { regclass(o, d) }
      if o.column then args[#args + 1] = "distribution_column => " .. d:string(o.column) end
      if o.shard_count then args[#args + 1] = ("shard_count => %d"):format(o.shard_count) end
      if o.colocate_with then args[#args + 1] = "colocate_with => " .. d:string(o.colocate_with) end
      if o.cascade ~= nil then args[#args + 1] = "cascade_to_colocated => " .. tostring(o.cascade) end
      return call("alter_distributed_table", table.unpack(args))
    end,
  },
}

--- op.create_distributed_function("pay(bigint)", { argument = "customer_id", colocate_with = "customers" })
operations.create_distributed_function = {
  args = { { "signature", "text", doc = "Name and types of the arguments" } },
  options = {
    { "argument", "name", doc = "The argument that decides on which node it runs" },
    { "colocate_with", "text", doc = "The table whose nodes those are" },
  },
  compile = {
    citus = function(o, d)
      local args = { d:string((o.schema and d:quote(o.schema) .. "." or "") .. o.signature) }
      if o.argument then args[#args + 1] = d:string(o.argument) end
      if o.colocate_with then args[#args + 1] = "colocate_with => " .. d:string(o.colocate_with) end
      return call("create_distributed_function", table.unpack(args))
    end,
  },
}

return M
