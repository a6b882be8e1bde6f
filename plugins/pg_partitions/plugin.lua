--- Declarative partitioning of PostgreSQL: partitioned tables, their partitions one by one or by the month,
--- attaching, and detaching while others write. docs/plugins/pg_partitions.md shows each.

local bounds = require "pg_partitions.bounds"
local dates = require "pg_partitions.dates"

local M = {
  name = "pg_partitions", version = "1.0.0", api = 1, requires = { curlew = ">= 0.1" },
  description = "Partitioned tables of PostgreSQL, their partitions, and detaching without a long lock.",
  operations = {}, commands = {},
}
local operations = M.operations

--- The bounds' options, and some more.
local function options(...)
  local list = { table.unpack(bounds.OPTIONS) }
  for _, option in ipairs { ... } do list[#list + 1] = option end
  return list
end

-- Partitioned tables ------------------------------------------------------------------------------

local METHODS = { range = true, list = true, hash = true }

local function key_sql(by, on, d)
  local items = {}
  for i, item in ipairs(type(on) == "table" and not on.sql and on or { on }) do
    items[i] = type(item) == "table" and ("(%s)"):format(item.sql) or d:quote(item)
  end
  return ("%s (%s)"):format(by:upper(), table.concat(items, ", "))
end

--- op.create_partitioned_table("events", { ...columns... }, { by = "range", on = "at" })
operations.create_partitioned_table = {
  like = "create_table",
  options = {
    { "by", "text", required = true, doc = "\"range\", \"list\" or \"hash\"" },
    { "on", "any", required = true, doc = "A column, a list of them, or op.sql" },
  },
  check = function(o)
    if not METHODS[o.by] then return ("by must be \"range\", \"list\" or \"hash\", not %q"):format(o.by) end
  end,
  compile = {
    postgresql = function(o, d, env)
      local record = {}
      for key, value in pairs(o) do record[key] = value end
      record.op, record.by, record.on = "create_table", nil, nil
      record.postgresql_partition_by = key_sql(o.by, o.on, d)
      return env.compile(record)
    end,
  },
}

-- Partitions --------------------------------------------------------------------------------------

local FIND = [[
SELECT i.inhdetachpending FROM pg_catalog.pg_inherits i
 WHERE i.inhrelid = pg_catalog.to_regclass(?) AND i.inhparent = pg_catalog.to_regclass(?)]]

--- "attached", "pending" (a detachment that was interrupted) or "none".
local function state(o, conn, d)
  local row = conn:first(FIND, { d:qualified(o.schema, o.partition), d:qualified(o.schema, o.table) })
  return not row and "none" or row[1] and "pending" or "attached"
end

local function create_sql(o, d, name, values)
  return ("CREATE TABLE %s PARTITION OF %s %s%s%s"):format(d:qualified(o.schema, name), d:qualified(o.schema, o.table), values,
    o.partition_by and " PARTITION BY " .. key_sql(o.partition_by, o.partition_on, d) or "",
    o.tablespace and " TABLESPACE " .. d:quote(o.tablespace) or "")
end

local SHAPE = {
  { "partition_by", "text", doc = "Makes it a partitioned table itself: \"range\", \"list\" or \"hash\"" },
  { "partition_on", "any", doc = "... on these columns" },
  { "tablespace", "name", doc = "Where it is stored" },
}

local function check_shape(o)
  if (o.partition_by == nil) ~= (o.partition_on == nil) then return "partition_by and partition_on belong together" end
  if o.partition_by and not METHODS[o.partition_by] then return "partition_by must be \"range\", \"list\" or \"hash\"" end
end

--- op.create_partition("events_2026", "events", { from = "2026-01-01", to = "2027-01-01" })
operations.create_partition = {
  args = { { "partition", "name", doc = "Name of the partition" }, { "table", "name", doc = "The partitioned table" } },
  options = options(table.unpack(SHAPE)),
  check = function(o) return bounds.problem(o) or check_shape(o) end,
  compile = { postgresql = function(o, d) return create_sql(o, d, o.partition, bounds.sql(o, d)) end },
  reverse = function(o) return { op = "drop_table", table = o.partition, schema = o.schema } end,
  probe = function(o, conn) return conn:inspect():has_table(o.partition, { schema = o.schema }) end,
}

--- The ranges of create_range_partitions: { name, from, to }.
local function ranges(o)
  local list, step = {}, math.tointeger(o.every)
  if step then
    for i = 0, o.count - 1 do
      local from = math.tointeger(o.from) + i * step
      local name = ("%s_%s%d"):format(o.table, from < 0 and "minus_" or "", math.abs(from))
      list[i + 1] = { name = name, from = from, to = from + step }
    end
    return list
  end
  local date = dates.floor(dates.parse(o.from), o.every)
  for i = 1, o.count do
    local after = dates.next(date, o.every)
    list[i] = { name = ("%s_%s"):format(o.table, dates.label(date, o.every)), from = dates.text(date), to = dates.text(after) }
    date = after
  end
  return list
end

local function drop_all(o, names)
  local list = {}
  for i = #names, 1, -1 do list[#list + 1] = { op = "drop_table", table = names[i], schema = o.schema } end
  return list
end

local function names_of(list)
  local names = {}
  for i, item in ipairs(list) do names[i] = item.name end
  return names
end

--- Whether all of the tables are there; nil when some are.
local function all_there(o, conn, names)
  local found, inspector = 0, conn:inspect()
  for _, name in ipairs(names) do
    if inspector:has_table(name, { schema = o.schema }) then found = found + 1 end
  end
  if found == 0 or found == #names then return found > 0 end
end

--- op.create_range_partitions("events", { every = "month", from = "2026-01", count = 12 })
operations.create_range_partitions = {
  args = { { "table", "name", doc = "The partitioned table" } },
  options = {
    { "every", "any", required = true, doc = "\"day\", \"week\", \"month\", \"quarter\", \"year\", or a whole number" },
    { "from", "any", required = true, doc = "Where the first begins: \"2026-01\", \"2026-01-15\" (cut), a number" },
    { "count", "integer", required = true, doc = "How many" },
  },
  check = function(o)
    if o.count < 1 then return "count must be at least 1" end
    if math.tointeger(o.every) then
      if math.tointeger(o.every) < 1 then return "every must be above 0" end
      return not math.tointeger(o.from) and "from must be a whole number, as every is" or nil
    end
    local known = false
    for _, unit in ipairs(dates.UNITS) do known = known or unit == o.every end
    if not known then return ("every must be one of %s, or a whole number"):format(table.concat(dates.UNITS, ", ")) end
    if type(o.from) == "string" and dates.parse(o.from) then return nil end
    return "from must be a date such as \"2026-01-31\" or \"2026-01\""
  end,
  compile = {
    postgresql = function(o, d)
      local list = {}
      for i, range in ipairs(ranges(o)) do list[i] = create_sql(o, d, range.name, bounds.sql(range, d)) end
      return list
    end,
  },
  reverse = function(o) return drop_all(o, names_of(ranges(o))) end,
  probe = function(o, conn) return all_there(o, conn, names_of(ranges(o))) end,
}

local function hash_names(o)
  local names = {}
  for i = 0, o.modulus - 1 do names[i + 1] = ("%s_%d"):format(o.table, i) end
  return names
end

--- op.create_hash_partitions("users", { modulus = 8 })
operations.create_hash_partitions = {
  args = { { "table", "name", doc = "The partitioned table" } },
  options = { { "modulus", "integer", required = true, doc = "How many partitions" } },
  check = function(o) if o.modulus < 1 then return "modulus must be at least 1" end end,
  compile = {
    postgresql = function(o, d)
      local list = {}
      for i, name in ipairs(hash_names(o)) do
        list[i] = create_sql(o, d, name, bounds.sql({ modulus = o.modulus, remainder = i - 1 }, d))
      end
      return list
    end,
  },
  reverse = function(o) return drop_all(o, hash_names(o)) end,
  probe = function(o, conn) return all_there(o, conn, hash_names(o)) end,
}

-- Attaching and detaching -------------------------------------------------------------------------

--- op.attach_partition("events_2025", "events", { from = "2025-01-01", to = "2026-01-01" })
operations.attach_partition = {
  args = { { "partition", "name", doc = "A table of the same columns" }, { "table", "name", doc = "The partitioned table" } },
  options = options(),
  check = function(o) return bounds.problem(o) end,
  compile = {
    postgresql = function(o, d)
      return ("ALTER TABLE %s ATTACH PARTITION %s %s"):format(d:qualified(o.schema, o.table),
        d:qualified(o.schema, o.partition), bounds.sql(o, d))
    end,
  },
  reverse = function(o)
    return bounds.copy(o, { op = "detach_partition", partition = o.partition, table = o.table, schema = o.schema })
  end,
  probe = function(o, conn, d) return state(o, conn, d) == "attached" end,
}

--- op.detach_partition("events_2024", "events", { concurrently = true }); with the bounds it can be reversed.
--- Concurrently it runs outside of the transaction, in two steps of the server's own; one that was interrupted
--- between them is finished here instead of begun again.
operations.detach_partition = {
  args = { { "partition", "name", doc = "The partition" }, { "table", "name", doc = "The partitioned table" } },
  options = options({ "concurrently", "boolean", doc = "Without locking the table for those who read and write" }),
  check = function(o)
    if o.concurrently and o.default then return "a default partition can't be detached concurrently" end
    return bounds.problem(o, true)
  end,
  transactional = function(o) return not o.concurrently end,
  compile = {
    postgresql = function(o, d, env)
      local text = ("ALTER TABLE %s DETACH PARTITION %s"):format(d:qualified(o.schema, o.table),
        d:qualified(o.schema, o.partition))
      if not o.concurrently then return text end
      if env.conn and state(o, env.conn, d) == "pending" then return text .. " FINALIZE" end
      return text .. " CONCURRENTLY"
    end,
  },
  reverse = function(o)
    if bounds.problem(o) then return nil end
    return bounds.copy(o, { op = "attach_partition", partition = o.partition, table = o.table, schema = o.schema })
  end,
  probe = function(o, conn, d) return state(o, conn, d) == "none" end,
}

-- A look at them ----------------------------------------------------------------------------------

local LIST = [[
SELECT c.relname AS partition, n.nspname AS schema, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bounds,
       CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples::bigint END AS rows,
       pg_catalog.pg_total_relation_size(c.oid) AS bytes, i.inhdetachpending AS detach_pending
  FROM pg_catalog.pg_inherits i
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE i.inhparent = pg_catalog.to_regclass(?)
 ORDER BY c.relname]]

--- curlew partitions events
M.commands.partitions = {
  summary = "List a table's partitions",
  help = "List the partitions of a table with their bounds, the estimated rows and the bytes on disk, as JSON.",
  args = "TABLE", min_args = 1, max_args = 1,
  options = { { "schema", value = "NAME", doc = "its schema, unless it is the first of search_path" } },
  run = function(ctx, args)
    if ctx.dialect ~= "postgresql" then error("partitions are listed on PostgreSQL only", 0) end
    local conn, list = ctx.conn, {}
    local name = (args.schema and conn:quote(args.schema) .. "." or "") .. conn:quote(args[1])
    if conn:scalar("SELECT pg_catalog.to_regclass(?)", { name }) == nil then error("there is no table " .. name, 0) end
    for row in conn:rows(LIST, { name }) do
      list[#list + 1] = { partition = row.partition, schema = row.schema, bounds = row.bounds, rows = row.rows,
        bytes = row.bytes, detach_pending = row.detach_pending }
    end
    return { table = args[1], partitions = list }
  end,
}

return M
