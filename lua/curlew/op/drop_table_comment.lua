--- Drop the comment of a table.

local M = { name = "drop_table_comment", ddl = true }

M.args = { { "table", "name", doc = "Name of the table" } }

--- Dropping it again changes nothing.
function M.probe() return false end

M.example = [[
op.drop_table_comment("users")
]]
M.not_on = { "sqlite" }

return M
