--- Give an enum other values; rows and defaults follow.

local check = require "curlew.op.check"
local create_enum = require "curlew.op.create_enum"
local _ = require "curlew.op.add_enum_value" -- its kind enum_columns

local M = { name = "alter_enum", ddl = true, keeps_existing = true, destructive = true }

check.kind("renames", "a table { old = \"new\" }", function(value)
  if type(value) ~= "table" then return nil end
  for old, new in pairs(value) do
    if type(old) ~= "string" or type(new) ~= "string" then return nil end
  end
  return value
end)

M.args = {
  { "name", "name", doc = "Name of the enum" },
  { "values", "values", doc = "All values that it will have, in order" },
}
M.options = {
  { "rename", "renames", doc = "{ old = \"new\" }: what becomes of rows with values that go" },
  { "columns", "enum_columns", doc = "{ {table, column}, ... } that use it; found by itself on PostgreSQL" },
}

function M.normalise(record, context)
  local allowed = {}
  for _, value in ipairs(record.values) do allowed[value] = true end
  for old, new in pairs(record.rename or {}) do
    if not allowed[new] then context:fail("rename: %q becomes %q, which is none of the values", old, new) end
  end
  record.before = context.enums[record.name]
  context.enums[record.name] = record.values
  return record
end

function M.digest(record)
  return { op = M.name, name = record.name, schema = record.schema, values = record.values, rename = record.rename,
    columns = record.columns }
end

function M.probe(record, inspector)
  if inspector.dialect.name ~= "postgresql" then return false end
  local enum = create_enum.find(record, inspector)
  if not enum then return nil end
  return table.concat(enum.values, "\0") == table.concat(record.values, "\0")
end

M.example = [[
op.add_column("users", { "mood", types.enum("mood", { "fine", "so so", "bad" }), server_default = "fine" })
op.alter_enum("mood", { "good", "bad" }, {
  rename = { fine = "good", ["so so"] = "bad" },
  columns = { { "users", "mood" } },
})
]]

return M
