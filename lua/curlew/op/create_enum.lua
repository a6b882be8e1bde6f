--- Create an enum type. Where enums are no types the values are kept for the columns of this run.

local check = require "curlew.op.check"

local M = { name = "create_enum", ddl = true }

check.kind("values", "a list of different texts", function(value, context)
  if type(value) ~= "table" or #value == 0 then return nil, type(value) == "table" and "an empty list" or nil end
  local seen, result = {}, {}
  for i, item in ipairs(value) do
    result[i] = check.value("text", item, context, ("values[%d]"):format(i))
    if seen[item] then return nil, ("%q twice"):format(item) end
    seen[item] = true
  end
  return result
end)

M.args = {
  { "name", "name", doc = "Name of the type" },
  { "values", "values", doc = "Its values, in order" },
}
M.options = { { "if_not_exists", "boolean", doc = "Do nothing when the type exists" } }

function M.normalise(record, context)
  context.enums[record.name] = record.values
  return record
end

function M.reverse(record)
  return { { op = "drop_enum", name = record.name, schema = record.schema } }
end

function M.find(record, inspector)
  for _, enum in ipairs(inspector:enums({ schema = record.schema })) do
    if enum.name == record.name then return enum end
  end
end

function M.probe(record, inspector)
  if inspector.dialect.name ~= "postgresql" then return true end
  return M.find(record, inspector) ~= nil
end

M.example = [[
op.create_enum("mood", { "fine", "so so" })
op.add_column("users", { "mood", types.enum("mood", { "fine", "so so" }) })
]]

return M
