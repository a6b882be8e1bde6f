--- Drop a table.

local M = { name = "drop_table", ddl = true, destructive = true }

M.args = { { "table", "name", doc = "Name of the table" } }
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when there is no such table" },
  { "cascade", "boolean", doc = "Drop what depends on it too (PostgreSQL)" },
}

function M.probe(record, inspector)
  return not inspector:has_table(record.table, { schema = record.schema })
end

M.example = [[
op.drop_table("notes")
op.drop_table("never_was", { if_exists = true })
]]

return M
