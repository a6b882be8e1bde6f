--- Several changes of one table: one ALTER where the server can, one rebuild on SQLite.
---
--- Within the function, t.add_column(...) and the like take the operation's arguments without the table. They
--- are collected into one record; t.execute and whatever touches a column again end what is collected,
--- since a server reads a table's columns once for each statement.

local check = require "curlew.op.check"
local digest = require "curlew.op.digest"
local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local suggest = require "curlew.suggest"

local M = { name = "batch_alter_table", ddl = true }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "options", "table?", doc = "{ schema = }" },
  { "fn", "function", doc = "Called with t, which has every operation on that table" },
}

--- The operations of t: those that change the table, and where their table stands among the arguments.
M.POSITIONS = {
  add_column = 1, drop_column = 1, alter_column = 1, create_index = 2, drop_index = 0, rename_index = 1,
  create_primary_key = 2, create_unique_constraint = 2, create_check_constraint = 2, create_exclude_constraint = 2,
  create_foreign_key = 2, drop_constraint = 2, validate_constraint = 2, rename_constraint = 1,
  create_table_comment = 1, drop_table_comment = 1,
}

--- Alembic's options, which have no use here but may stand.
local ACCEPTED = { "recreate", "partial_reordering", "copy_from", "table_args", "table_kwargs", "reflect_args",
  "reflect_kwargs", "naming_convention", "batch_op" }

---@param options table?
---@param context curlew.CheckContext
---@return string? schema
function M.schema_of(options, context)
  local rest = {}
  for key, value in pairs(options or {}) do
    local ignored = false
    for _, name in ipairs(ACCEPTED) do ignored = ignored or key == name end
    if not ignored then rest[key] = value end
  end
  return check.options({}, rest, context).schema
end

--- The columns that a record names: another record of the batch that names one of them must wait.
local function columns_of(record)
  local names = {}
  local function add(name) if type(name) == "string" then names[name] = true end end
  if type(record.column) == "table" then add(record.column.name) else add(record.column) end
  add(record.new_column_name)
  for _, list in ipairs { record.columns or {}, record.constraint and record.constraint.columns or {} } do
    for _, name in ipairs(list) do add(name) end
  end
  return names
end

local function overlap(a, b)
  for name in pairs(a) do
    if b[name] then return true end
  end
  return false
end

--- Where the table goes into the arguments, and the schema into the options.
local function full_arguments(name, definition, record, count, args)
  local full, at = {}, M.POSITIONS[name]
  local positional = #definition.args
  if at == 0 then -- drop_index names its table in its options
    local options = {}
    for key, value in pairs(args[2] or {}) do options[key] = value end
    options.table, options.schema = options.table or record.table, options.schema or record.schema
    return 2, { args[1], options }
  end
  for i = 1, count do full[i < at and i or i + 1] = args[i] end
  full[at] = record.table
  local options = full[positional + 1]
  if record.schema and (options == nil or type(options) == "table") then
    options = setmetatable({}, nil)
    for key, value in pairs(full[positional + 1] or {}) do options[key] = value end
    options.schema = options.schema or record.schema
    full[positional + 1] = options
    count = positional
  end
  return math.max(count + 1, full[positional + 1] and positional + 1 or 0), full
end

--- The object t of one batch. `make` makes the record of an operation, `step` runs a record.
---@param record table { table =, schema = }
---@param d curlew.Dialect
---@param make fun(name: string, count: integer, args: table): table, table
---@param step fun(record: table)
---@return table t
---@return fun() flush
function M.object(record, d, make, step)
  local pending, touched = {}, {}
  local function flush()
    if #pending == 0 then return end
    local records = pending
    pending, touched = {}, {}
    step({ op = M.name, table = record.table, schema = record.schema, records = records })
  end
  local t = {}
  for name in pairs(M.POSITIONS) do
    t[name] = function(...)
      local count, args = select("#", ...), { ... }
      for i = 1, count do args[i] = marks.resolve(args[i], d) end
      local own = make(name, function(definition) return full_arguments(name, definition, record, count, args) end)
      local columns = columns_of(own)
      if d.name ~= "sqlite" and (overlap(columns, touched) or own.concurrently) then flush() end
      pending[#pending + 1] = own
      for column in pairs(columns) do touched[column] = true end
      if own.concurrently then flush() end
    end
  end
  setmetatable(t, { __index = function(_, name)
    local names = { "execute" }
    for known in pairs(M.POSITIONS) do names[#names + 1] = known end
    table.sort(names)
    return errors.at_caller(errors.usage, "t.%s: no such operation in a batch%s", tostring(name),
      suggest.hint(name, names))
  end })
  return t, flush
end

function M.summary(record) return ("batch_alter_table %s (%d operations)"):format(record.table, #record.records) end

local function definition_of(record) return require("curlew.op").definition(record.op) end

function M.digest(record)
  local parts = {}
  for i, own in ipairs(record.records) do
    local definition = definition_of(own)
    parts[i] = digest.text(definition.digest and definition.digest(own) or own)
  end
  return { op = M.name, table = record.table, schema = record.schema, records = parts }
end

function M.autocommit(record, dialect)
  local first = record.records[1]
  local definition = definition_of(first)
  return #record.records == 1 and definition.autocommit ~= nil and definition.autocommit(first, dialect)
end

--- Undone from the end; nil when one of them can't be.
function M.reverse(record)
  local list = {}
  for i = #record.records, 1, -1 do
    local definition = definition_of(record.records[i])
    local own = definition.reverse and definition.reverse(record.records[i])
    if not own then return nil end
    table.move(own, 1, #own, #list + 1, list)
  end
  return list
end

--- All or none is an answer; part of them is for the statements of the step to settle.
function M.probe(record, inspector, env)
  local result
  for i, own in ipairs(record.records) do
    local definition = definition_of(own)
    local happened
    if definition.probe then happened = definition.probe(own, inspector, env) end
    if happened == nil or (i > 1 and happened ~= result) then return nil end
    result = happened
  end
  return result
end

M.example = [[
op.batch_alter_table("users", function(t)
  t.add_column { "nick", types.varchar(30) }
  t.alter_column("email", { type = types.varchar(200) })
  t.drop_column("age")
  t.create_unique_constraint("uq_users_email", { "email" })
end)
]]

return M
