--- Drop a view.

local M = { name = "drop_view", ddl = true }

M.args = { { "name", "name", doc = "Name of the view" } }
M.options = {
  { "materialized", "boolean", doc = "It is a materialized one (PostgreSQL)" },
  { "if_exists", "boolean", doc = "Do nothing when there is no such view" },
  { "cascade", "boolean", doc = "Drop what depends on it too (PostgreSQL)" },
}

function M.probe(record, inspector) return not inspector:has_view(record.name, { schema = record.schema }) end

M.example = [[
op.create_view("grown_ups", "SELECT id, name FROM users WHERE age >= 18")
op.drop_view("grown_ups")
]]

return M
