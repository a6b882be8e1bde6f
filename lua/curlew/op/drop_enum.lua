--- Drop an enum type.

local create_enum = require "curlew.op.create_enum"

local M = { name = "drop_enum", ddl = true }

M.args = { { "name", "name", doc = "Name of the type" } }
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when there is no such type" },
  { "cascade", "boolean", doc = "Drop the columns that use it too (PostgreSQL)" },
}

function M.normalise(record, context)
  context.enums[record.name] = nil
  return record
end

function M.probe(record, inspector)
  return create_enum.find(record, inspector) == nil
end

M.example = [[
op.create_enum("mood", { "fine", "so so" })
op.drop_enum("mood")
op.drop_enum("mood", { if_exists = true })
]]

return M
