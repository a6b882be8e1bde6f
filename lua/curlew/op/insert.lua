--- Insert rows. One row gives its new key, several give how many there were.

local check = require "curlew.op.check"
local marks = require "curlew.op.marks"
local errors = require "curlew.op.errors"
local suggest = require "curlew.suggest"

local M = { name = "insert" }

--- Stands for a key that is not known: a script that is only written down (--sql) may pass it on to nobody.
local UnknownKey = { __name = "curlew.UnknownKey" }

local function refuse_use()
  errors.at_caller(errors.offline, "the new key of op.insert is not known under --sql; give the row its key, or "
    .. "test ctx.offline")
end

for _, event in ipairs { "__index", "__newindex", "__tostring", "__concat", "__add", "__sub", "__mul", "__div", "__mod",
  "__unm", "__idiv", "__lt", "__le", "__call", "__len" } do
  UnknownKey[event] = refuse_use
end

local function sorted_keys(row, context)
  local keys = {}
  for key in pairs(row) do
    if type(key) ~= "string" then
      context:fail("a row is a table by column name, got a key that is %s", errors.show(key))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

--- A value of a row or a condition.
function M.cell(value, context, column)
  if getmetatable(value) == UnknownKey then refuse_use() end
  if type(value) == "table" and value ~= marks.null then value = marks.resolve(value, context.dialect) end
  local kind = type(value)
  if value == marks.null or kind == "string" or kind == "number" or kind == "boolean" then return value end
  if marks.is_sql(value) then return { sql = value.sql } end
  context:fail("column %s must be a string, number, boolean, op.null or op.sql, got %s%s", errors.show(column),
    errors.show(value), kind == "table" and "; op.json.encode makes text of a table" or "")
end

--- Rows of many inserts share their columns: their names are checked and sorted once for each shape.
local function row_reader(context)
  local known, columns = {}, {}
  return function(row)
    local same = #columns > 0
    local count = 0
    for key in pairs(row) do
      count = count + 1
      same = same and known[key]
    end
    if not same or count ~= #columns then
      columns, known = sorted_keys(row, context), {}
      for _, column in ipairs(columns) do
        known[column] = true
        check.value("name", column, context, "column name")
      end
    end
    local values = {}
    for i, column in ipairs(columns) do
      local value = row[column]
      local kind = type(value)
      if kind == "string" or kind == "number" or kind == "boolean" then
        values[i] = value
      else
        values[i] = M.cell(value, context, column)
      end
    end
    return { columns = columns, values = values }
  end
end

check.kind("rows", "a row or a list of rows", function(value, context)
  if type(value) ~= "table" or value == marks.null then return nil end
  local read = row_reader(context)
  -- Raw access: a row that came from the database also answers to positions.
  if rawget(value, 1) == nil then return { single = true, rows = { read(value) } } end
  local rows = {}
  for i, row in ipairs(value) do
    if type(row) ~= "table" then
      context:fail("row %d must be a table by column name, got %s", i, errors.show(row))
    end
    rows[i] = read(row)
  end
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > #rows then
      context:fail("rows must be a list without gaps, got a key that is %s", errors.show(key))
    end
  end
  return { rows = rows }
end)

local CONFLICT = {
  { "columns", "names", doc = "Columns of the unique key" },
  { "update", "any", doc = "Columns to take from the new row, or values by column" },
}

check.kind("conflict", "\"ignore\" or { columns = {...}, update = {...} }", function(value, context)
  if type(value) == "string" then
    if value == "ignore" then return { ignore = true } end
    return nil, errors.show(value) .. suggest.hint(value, { "ignore" })
  end
  if type(value) ~= "table" then return nil end
  local inner = context:at "on_conflict"
  local result = check.options(CONFLICT, value, inner, "field")
  local update = result.update
  if update ~= nil then
    if type(update) == "string" then update = { update } end
    if type(update) ~= "table" or next(update) == nil then inner:fail("update must list columns or give values") end
    if not result.columns and context.dialect.name ~= "mysql" then inner:fail("update needs columns, those of the key") end
    if update[1] ~= nil then
      result.update = check.value("names", update, inner, "update")
    else
      result.update, result.values = sorted_keys(update, inner), {}
      for i, column in ipairs(result.update) do result.values[i] = M.cell(update[column], inner, column) end
    end
  end
  return result
end)

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "rows", "rows", doc = "A row, or a list of rows; a column that a row leaves out gets its default", lazy = true },
}
M.options = {
  { "on_conflict", "conflict", doc = "\"ignore\", or { columns = {...}, update = {...} }" },
  { "returning", "names", doc = "The key's columns, when the catalog is not to be asked" },
}

function M.normalise(record)
  record.single, record.rows = record.rows.single, record.rows.rows
  return record
end

function M.summary(record)
  return ("insert %s (%d row%s)"):format(record.table, #record.rows, #record.rows == 1 and "" or "s")
end

--- Column names only: values may be secret, and may change without changing the step.
local function shape(record)
  local columns = {}
  for _, row in ipairs(record.rows) do
    local text = table.concat(row.columns, ",")
    if columns[#columns] ~= text then columns[#columns + 1] = text end
  end
  local conflict = record.on_conflict and { columns = record.on_conflict.columns, update = record.on_conflict.update,
    ignore = record.on_conflict.ignore }
  return { op = "insert", table = record.table, schema = record.schema, columns = columns, on_conflict = conflict }
end

M.digest = shape
M.journal = shape

function M.identity(record)
  if not record.single or record.on_conflict then return nil end
  return ("%s\0%s\0%s"):format(record.schema or "", record.table, table.concat(record.rows[1].columns, "\0"))
end

--- What the script gets: the key of a single row, else the number of rows.
function M.result(record, affected, key, _skipped, offline)
  if not record.single then return affected end
  if key ~= nil then return key end
  if record.known_key ~= nil then return record.known_key end
  return offline and setmetatable({}, UnknownKey) or nil
end

M.example = [[
local id = op.insert("teams", { name = "Night shift" })
op.insert("users", { email = "eve@example.org", team_id = id })
op.insert("teams", { id = id, name = "Day shift" }, { on_conflict = { columns = { "id" }, update = { "name" } } })
]]

return M
