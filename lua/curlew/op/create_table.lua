--- Create a table with its columns, constraints and indexes.

local table_form = require "curlew.schema.table"

local M = { name = "create_table", ddl = true }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "columns", "table", doc = "Columns and entries such as op.unique{...}; table options may stand among them" },
}
M.options = table_form.OPTIONS

function M.normalise(record, context)
  local options = {}
  for _, spec in ipairs(table_form.OPTIONS) do options[spec[1]] = record[spec[1]] end
  local form = table_form.read(record.table, record.columns, context:at(("table %q"):format(record.table)))
  for key, value in pairs(options) do form[key] = value end
  form.schema = record.schema
  for _, entry in ipairs(form.constraints) do
    if entry.kind == "foreign_key" and entry.source_schema then entry.source_schema = nil end
  end
  if form.comment == require("curlew.op.marks").null then form.comment = nil end
  return form
end

function M.reverse(record)
  return { { op = "drop_table", table = record.table, schema = record.schema } }
end

function M.probe(record, inspector)
  return inspector:has_table(record.table, { schema = record.schema })
end

M.example = [[
op.create_table("orders", {
  { "id", types.bigint, primary_key = true },
  { "user_id", types.integer, nullable = false, references = "users.id", ondelete = "cascade" },
  { "state", types.enum("order_state", { "open", "paid", "sent" }), server_default = "open", nullable = false },
  { "total", types.numeric(10, 2), server_default = 0, check = "total >= 0" },
  { "created", types.timestamp, server_default = op.sql "CURRENT_TIMESTAMP", index = true },
  op.unique({ "user_id", "created" }, { name = "one_at_a_time" }),
  if_not_exists = true,
})
]]

return M
