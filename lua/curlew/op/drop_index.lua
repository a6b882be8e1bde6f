--- Drop an index.

local M = { name = "drop_index", ddl = true }

M.args = { { "name", "name", doc = "Name of the index" } }
M.options = {
  { "table", "name", doc = "The index's table; needed on MySQL and MariaDB" },
  { "concurrently", "boolean", doc = "Drop without blocking, outside the transaction" },
  { "if_exists", "boolean", doc = "Do nothing when there is no such index" },
}

function M.autocommit(record, dialect) return record.concurrently == true and dialect.name == "postgresql" end

function M.summary(record) return "drop_index " .. record.name end

function M.probe(record, inspector)
  return not inspector:has_index(record.table, record.name, { schema = record.schema })
end

M.example = [[
op.drop_index("notes_by_user", { table = "notes" })
op.drop_index("notes_by_user", { table = "notes", if_exists = true })
]]

return M
