--- Drop an extension (PostgreSQL).

local M = { name = "drop_extension", ddl = true, destructive = true }

M.args = { { "name", "name", doc = "Name of the extension" } }
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when it is not installed" },
  { "cascade", "boolean", doc = "Drop what depends on it too" },
}

function M.probe(record, inspector) return not inspector:has_extension(record.name) end

return M
