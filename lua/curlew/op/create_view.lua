--- Create a view.

local M = { name = "create_view", ddl = true }

M.args = {
  { "name", "name", doc = "Name of the view" },
  { "query", "expression", doc = "The SELECT" },
}
M.options = {
  { "columns", "names", doc = "Names of its columns" },
  { "materialized", "boolean", doc = "Keep the rows (PostgreSQL)" },
  { "temporary", "boolean", doc = "Gone when the session ends (PostgreSQL, SQLite)" },
  { "replace", "boolean", doc = "Take the place of a view of that name" },
  { "if_not_exists", "boolean", doc = "Do nothing when the view exists" },
}

function M.normalise(record, context)
  if record.replace and record.if_not_exists then context:fail("replace and if_not_exists exclude each other") end
  record.query = record.query:gsub("[%s;]+$", "")
  return record
end

function M.reverse(record)
  if record.replace then return nil end
  return { { op = "drop_view", name = record.name, schema = record.schema, materialized = record.materialized } }
end

function M.probe(record, inspector)
  if record.replace then return false end
  return inspector:has_view(record.name, { schema = record.schema })
end

M.example = [[
op.create_view("grown_ups", "SELECT id, name FROM users WHERE age >= 18")
]]

return M
