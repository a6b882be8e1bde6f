--- Insert a list of rows (maybe none); gives how many there were. The record is an insert's.

local check = require "curlew.op.check"
local insert = require "curlew.op.insert"

local M = setmetatable({ name = "bulk_insert" }, { __index = insert })

check.kind("row_list", "a list of rows", function(value, context)
  if type(value) ~= "table" then return nil end
  if next(value) == nil then return { rows = {} } end
  local rows = check.value("rows", value, context, context.label)
  rows.single = nil
  return rows
end)

M.args = {
  insert.args[1],
  { "rows", "row_list", doc = "A list of rows; a column that a row leaves out gets its default", lazy = true },
}
M.options = { insert.options[1] }

function M.normalise(record)
  record = insert.normalise(record)
  record.op = "insert"
  return record
end

M.example = [[
op.bulk_insert("users", {
  { email = "ada@example.org", name = "Ada", age = 36 },
  { email = "bob@example.org" }, -- name and age get their defaults
})
]]

return M
