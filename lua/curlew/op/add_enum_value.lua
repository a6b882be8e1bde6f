--- Add a value to an enum: to the type on PostgreSQL, to the columns that use it elsewhere.

local check = require "curlew.op.check"
local create_enum = require "curlew.op.create_enum"

local M = { name = "add_enum_value", ddl = true, keeps_existing = true }

check.kind("enum_columns", "a list of { table, column }", function(value, context)
  if type(value) ~= "table" or #value == 0 then return nil end
  local result = {}
  for i, pair in ipairs(value) do
    if type(pair) ~= "table" then return nil, ("one that is not, at position %d"):format(i) end
    result[i] = { check.value("name", pair[1], context, "table"), check.value("name", pair[2], context, "column") }
  end
  return result
end)

M.args = {
  { "name", "name", doc = "Name of the enum" },
  { "value", "text", doc = "The new value" },
}
M.options = {
  { "before", "text", doc = "Value it comes before" },
  { "after", "text", doc = "Value it comes after; else it is the last" },
  { "if_not_exists", "boolean", doc = "Do nothing when the enum has the value" },
  { "columns", "enum_columns", doc = "{ {table, column}, ... } that use it, where enums are no types" },
}

--- A list with the value put in place; nil when the neighbour is not in it.
---@param values string[]
---@param record table
---@return string[]?
function M.extended(values, record)
  local result, done = {}, false
  for _, value in ipairs(values) do
    if value == record.value then return values end
    if value == record.before then
      result[#result + 1] = record.value
      done = true
    end
    result[#result + 1] = value
    if value == record.after then
      result[#result + 1] = record.value
      done = true
    end
  end
  if not done then
    if record.before or record.after then return nil end
    result[#result + 1] = record.value
  end
  return result
end

function M.normalise(record, context)
  if record.before and record.after then context:fail("before and after exclude each other") end
  local known = context.enums[record.name]
  if known then
    record.values = known
    local extended = M.extended(known, record)
    if not extended then
      context:fail("enum %s has no value %q", record.name, record.before or record.after)
    end
    context.enums[record.name] = extended
  end
  return record
end

function M.summary(record) return ("add_enum_value %s %q"):format(record.name, record.value) end

function M.digest(record)
  return { op = M.name, name = record.name, schema = record.schema, new = record.value, before = record.before,
    after = record.after, columns = record.columns }
end

function M.probe(record, inspector)
  if inspector.dialect.name ~= "postgresql" then return false end
  local enum = create_enum.find(record, inspector)
  if not enum then return nil end
  for _, value in ipairs(enum.values) do
    if value == record.value then return true end
  end
  return false
end

M.example = [[
op.add_column("users", { "mood", types.enum("mood", { "fine", "so so" }) })
op.add_enum_value("mood", "great", { before = "fine", columns = { { "users", "mood" } } })
]]

return M
