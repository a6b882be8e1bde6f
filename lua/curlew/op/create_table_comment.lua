--- Set the comment of a table.

local M = { name = "create_table_comment", ddl = true }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "text", "text", doc = "The comment" },
}

function M.reverse(record)
  return { { op = "drop_table_comment", table = record.table, schema = record.schema } }
end

--- Setting it again changes nothing.
function M.probe() return false end

M.example = [[
op.create_table_comment("users", "who may log in")
]]
M.not_on = { "sqlite" }

return M
