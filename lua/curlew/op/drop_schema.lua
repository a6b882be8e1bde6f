--- Drop a schema.

local M = { name = "drop_schema", ddl = true, destructive = true }

M.args = { { "name", "name", doc = "Name of the schema" } }
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when there is no such schema" },
  { "cascade", "boolean", doc = "Drop what is in it too (PostgreSQL; MySQL always does)" },
}

function M.probe(record, inspector) return not inspector:has_schema(record.name) end

M.example = [[
op.create_schema("curlew_doc", { if_not_exists = true })
op.drop_schema("curlew_doc")
op.drop_schema("curlew_doc", { if_exists = true })
]]
M.not_on = { "sqlite" }

return M
