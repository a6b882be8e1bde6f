--- Give a view another query, whether it is there or not, with the same columns or others.

local create_view = require "curlew.op.create_view"

local M = { name = "replace_view", ddl = true, args = create_view.args }

M.options = {
  { "columns", "names", doc = "Names of its columns" },
  { "materialized", "boolean", doc = "Keep the rows (PostgreSQL): dropped and made anew" },
}

function M.normalise(record, context)
  record.replace = true
  return create_view.normalise(record, context)
end

--- Replacing it again changes nothing.
function M.probe() return false end

M.example = [[
op.create_view("grown_ups", "SELECT id, name FROM users WHERE age >= 18")
op.replace_view("grown_ups", "SELECT id, name, email FROM users WHERE age >= 21")
]]

return M
