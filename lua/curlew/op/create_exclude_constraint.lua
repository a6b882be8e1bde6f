--- Add an exclude constraint (PostgreSQL): no two rows for which all operators hold.

local M = require("curlew.op.constraint_ops").definition("create_exclude_constraint", "exclude", {
  { "name", "given_name?", doc = "Name of the constraint, or nil" },
  { "table", "name", doc = "Name of the table" },
  { "exclusions", "exclusions", doc = "List of { column, operator }" },
}, { exclusions = "exclusions" })

M.example = [[
op.create_exclude_constraint("one_of_a_name", "users", { { "team_id", "=" }, { op.sql "lower(name)", "=" } }, {
  using = "btree",
  where = "age >= 18",
})
]]
M.not_on = { "sqlite", "mariadb", "mysql" }

return M
