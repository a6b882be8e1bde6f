--- Update rows; gives how many there were.

local check = require "curlew.op.check"
local errors = require "curlew.op.errors"
local insert = require "curlew.op.insert"
local marks = require "curlew.op.marks"

local M = { name = "update" }

local function sorted_columns(value, context)
  local columns = {}
  for key in pairs(value) do
    columns[#columns + 1] = check.value("name", key, context, "column name")
  end
  table.sort(columns)
  return columns
end

check.kind("assignments", "a table of values by column", function(value, context)
  if type(value) ~= "table" or next(value) == nil then return nil, type(value) == "table" and "an empty table" or nil end
  local columns, values = sorted_columns(value, context), {}
  for i, column in ipairs(columns) do values[i] = insert.cell(value[column], context, column) end
  return { columns = columns, values = values }
end)

local function condition(value, context, column)
  if type(value) == "table" and value ~= marks.null then
    value = marks.resolve(value, context.dialect)
    if not marks.is_sql(value) and getmetatable(value) == nil then
      local list = {}
      for i, item in ipairs(value) do list[i] = insert.cell(item, context, column) end
      if next(value) ~= nil and #list == 0 then
        context:fail("column %s: a list of values was expected", errors.show(column))
      end
      return list
    end
  end
  return insert.cell(value, context, column)
end

check.kind("where", "a table of equalities, op.sql, or op.all for every row", function(value, context)
  if value == marks.all then return { all = true } end
  if marks.is_sql(value) then return { sql = value.sql } end
  if type(value) == "string" then return nil, "plain text; write op.sql(...)" end
  if type(value) ~= "table" then return nil end
  if next(value) == nil then return nil, "an empty table; write op.all if you mean every row" end
  local columns, values = sorted_columns(value, context), {}
  for i, column in ipairs(columns) do values[i] = condition(value[column], context, column) end
  return { columns = columns, values = values }
end)

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "values", "assignments", doc = "New values by column; op.sql for an expression", lazy = true },
  { "where", "where", doc = "Equalities by column (a list means IN), op.sql, or op.all", lazy = true },
}

function M.normalise(record)
  record.columns, record.values = record.values.columns, record.values.values
  return record
end

--- Expressions are part of what the operation is; values are not.
function M.expressions(columns, values)
  local result = {}
  for i, column in ipairs(columns or {}) do
    result[i] = column .. (marks.is_sql(values[i]) and "=" .. values[i].sql or "")
  end
  return result
end

local function shape(record)
  local where = record.where
  return {
    op = "update", table = record.table, schema = record.schema, set = M.expressions(record.columns, record.values),
    where = where.sql or where.all and "all" or M.expressions(where.columns, where.values),
  }
end

M.digest = shape
M.journal = shape

function M.identity(record)
  local now = shape(record)
  local where = type(now.where) == "table" and "=" .. table.concat(now.where, "\0") or now.where
  return ("%s\0%s\0%s\1%s"):format(now.schema or "", now.table, table.concat(now.set, "\0"), where)
end

function M.result(_record, affected) return affected end

M.example = [[
op.update("users", { age = 40, name = op.sql "upper(name)" }, { id = { 1, 2 } })
op.update("users", { age = op.null }, op.all)
]]

return M
