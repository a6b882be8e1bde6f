--- Drop a column.

local M = { name = "drop_column", ddl = true, destructive = true }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "column", "name", doc = "Name of the column" },
}
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when the table has no such column" },
}

function M.summary(record) return ("drop_column %s.%s"):format(record.table, record.column) end

function M.probe(record, inspector)
  return not inspector:has_column(record.table, record.column, { schema = record.schema })
end

M.example = [[
op.drop_column("users", "age")
op.drop_column("users", "age", { if_exists = true })
]]

return M
