--- Create a sequence (PostgreSQL, MariaDB).

local M = { name = "create_sequence", ddl = true }

M.args = { { "name", "name", doc = "Name of the sequence" } }
M.options = {
  { "start", "integer", doc = "First value" },
  { "increment", "integer", doc = "Step" },
  { "minvalue", "integer", doc = "Lowest value" },
  { "maxvalue", "integer", doc = "Highest value" },
  { "cache", "integer", doc = "Values a session takes at once" },
  { "cycle", "boolean", doc = "Begin again at the end" },
  { "if_not_exists", "boolean", doc = "Do nothing when the sequence exists" },
}

function M.reverse(record)
  return { { op = "drop_sequence", name = record.name, schema = record.schema } }
end

function M.probe(record, inspector) return inspector:has_sequence(record.name, { schema = record.schema }) end

M.example = [[
op.create_sequence("invoice_numbers", { start = 1000, increment = 10 })
]]
M.not_on = { "sqlite", "mysql" }

return M
