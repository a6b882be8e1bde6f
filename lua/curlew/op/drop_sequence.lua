--- Drop a sequence.

local M = { name = "drop_sequence", ddl = true, destructive = true }

M.args = { { "name", "name", doc = "Name of the sequence" } }
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when there is no such sequence" },
  { "cascade", "boolean", doc = "Drop what depends on it too (PostgreSQL)" },
}

function M.probe(record, inspector) return not inspector:has_sequence(record.name, { schema = record.schema }) end

M.example = [[
op.create_sequence("invoice_numbers")
op.drop_sequence("invoice_numbers")
]]
M.not_on = { "sqlite", "mysql" }

return M
