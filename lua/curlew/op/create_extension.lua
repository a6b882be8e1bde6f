--- Create an extension (PostgreSQL).

local M = { name = "create_extension", ddl = true }

M.args = { { "name", "name", doc = "Name of the extension" } }
M.options = {
  { "if_not_exists", "boolean", doc = "Do nothing when it is installed" },
  { "version", "text", doc = "Version to install" },
  { "cascade", "boolean", doc = "Install what it needs, too" },
}

function M.reverse(record) return { { op = "drop_extension", name = record.name } } end

function M.probe(record, inspector) return inspector:has_extension(record.name) end

M.example = [[
op.create_extension("pgcrypto", { if_not_exists = true })
]]
M.not_on = { "sqlite", "mariadb", "mysql" }

return M
