--- Create a schema (a database on MySQL).

local M = { name = "create_schema", ddl = true }

M.args = { { "name", "name", doc = "Name of the schema" } }
M.options = { { "if_not_exists", "boolean", doc = "Do nothing when the schema exists" } }

function M.reverse(record) return { { op = "drop_schema", name = record.name } } end

function M.probe(record, inspector) return inspector:has_schema(record.name) end

M.example = [[
op.create_schema("curlew_doc", { if_not_exists = true })
op.create_table("parts", { { "id", types.integer, primary_key = true } }, { schema = "curlew_doc" })
op.drop_table("parts", { schema = "curlew_doc" })
op.drop_schema("curlew_doc")
]]
M.not_on = { "sqlite" }

return M
