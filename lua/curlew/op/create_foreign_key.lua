--- Add a foreign key.

local M = require("curlew.op.constraint_ops").definition("create_foreign_key", "foreign_key", {
  { "name", "given_name?", doc = "Name of the constraint, or nil" },
  { "table", "name", doc = "The table that references" },
  { "referent", "name", doc = "The table that is referenced" },
  { "columns", "names", doc = "Columns here" },
  { "referent_columns", "names", doc = "Columns there" },
}, { columns = "columns", referent = "referent", referent_columns = "referent_columns" })

M.example = [[
op.create_foreign_key("fk_users_team", "users", "teams", { "team_id" }, { "id" }, { ondelete = "set null" })
]]

return M
