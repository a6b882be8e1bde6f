--- Add a CHECK.

local M = require("curlew.op.constraint_ops").definition("create_check_constraint", "check", {
  { "name", "given_name?", doc = "Name of the constraint, or nil" },
  { "table", "name", doc = "Name of the table" },
  { "condition", "expression", doc = "SQL that must not be false for any row" },
}, { condition = "expression" })

M.example = [[
op.create_check_constraint("grown_up", "users", "age >= 18")
]]

return M
