--- Add a unique constraint.

local M = require("curlew.op.constraint_ops").definition("create_unique_constraint", "unique", {
  { "name", "given_name?", doc = "Name of the constraint, or nil" },
  { "table", "name", doc = "Name of the table" },
  { "columns", "names", doc = "Columns that are unique together" },
}, { columns = "columns" })

M.example = [[
op.create_unique_constraint("uq_users_email", "users", { "email" })
]]

return M
