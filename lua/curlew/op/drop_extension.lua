--- Drop an extension (PostgreSQL).

local M = { name = "drop_extension", ddl = true, destructive = true }

M.args = { { "name", "name", doc = "Name of the extension" } }
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when it is not installed" },
  { "cascade", "boolean", doc = "Drop what depends on it too" },
}

function M.probe(record, inspector) return not inspector:has_extension(record.name) end

M.example = [[
op.create_extension("pgcrypto", { if_not_exists = true })
op.drop_extension("pgcrypto")
]]
M.not_on = { "sqlite", "mariadb", "mysql" }

return M
