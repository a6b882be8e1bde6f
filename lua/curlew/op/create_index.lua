--- Create an index.

local entries = require "curlew.schema.entries"
local table_form = require "curlew.schema.table"

local M = { name = "create_index", ddl = true }


M.args = {
  { "name", "given_name?", doc = "Name of the index; nil takes it from the naming convention" },
  { "table", "name", doc = "Name of the table" },
  { "columns", "index_columns", doc = "Column names or op.sql expressions" },
}
M.options = {
  { "concurrently", "boolean", doc = "Build without blocking writes, outside the transaction" },
  { "if_not_exists", "boolean", doc = "Do nothing when the index exists" },
}
table.move(entries.OPTIONS.index, 1, #entries.OPTIONS.index, #M.options + 1, M.options)

function M.normalise(record, context)
  record.kind, record.given, record.name = "index", record.name, nil
  table_form.name_entry(record, record.table, context)
  record.kind = nil
  return record
end

function M.autocommit(record, dialect) return record.concurrently == true and dialect.name == "postgresql" end

function M.summary(record) return ("create_index %s on %s"):format(record.name, record.table) end

function M.reverse(record)
  return { { op = "drop_index", name = record.name, table = record.table, schema = record.schema,
    concurrently = record.concurrently } }
end

function M.probe(record, inspector)
  for _, index in ipairs(inspector:indexes(record.table, { schema = record.schema })) do
    if inspector.dialect.same_column(index.name, record.name) then return not index.invalid end
  end
  return false
end

M.example = [[
op.create_index("users_by_name", "users", { "name", "age" })
op.create_index("users_by_email", "users", { "email" }, { unique = true, concurrently = true })
op.create_index(nil, "users", { "age" }) -- ix_users_age
]]

return M
