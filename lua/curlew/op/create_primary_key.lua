--- Give a table its primary key.

local M = require("curlew.op.constraint_ops").definition("create_primary_key", "primary_key", {
  { "name", "given_name?", doc = "Name of the constraint, or nil" },
  { "table", "name", doc = "Name of the table" },
  { "columns", "names", doc = "Columns of the key" },
}, { columns = "columns" })

M.example = [[
op.create_table("seats", { { "row", types.integer, nullable = false }, { "number", types.integer, nullable = false } })
op.create_primary_key("pk_seats", "seats", { "row", "number" })
]]

return M
