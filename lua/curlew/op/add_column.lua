--- Add a column to a table.

local table_form = require "curlew.schema.table"

local M = { name = "add_column", ddl = true }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "column", "column", doc = "The column, as in create_table: { \"name\", types.text, nullable = false }" },
}
M.options = {
  { "if_not_exists", "boolean", doc = "Do nothing when the table has the column" },
  { "after", "name", doc = "The column that it comes behind (MySQL, SQLite); the last one unless it is given" },
  { "first", "boolean", doc = "Comes before all others (MySQL, SQLite)" },
}

function M.normalise(record, context)
  local column, list = record.column.column, record.column.entries
  local inner = context:at(("column %q"):format(column.name))
  if record.column.in_key then
    list[#list + 1] = { kind = "primary_key", columns = { column.name } }
    if column.autoincrement == nil and not column.default and not column.computed and not column.identity then
      local integer = column.type.name:match("integer$") or column.type.name:match("int$")
      column.autoincrement = integer ~= nil
    end
  end
  list[#list + 1] = table_form.enum_check(column, inner)
  record.constraints, record.indexes = table_form.sort_entries(list, record.table, inner)
  record.column = column
  if record.after and record.first then context:fail("after and first exclude each other") end
  return record
end

function M.summary(record) return ("add_column %s.%s"):format(record.table, record.column.name) end

function M.reverse(record)
  return { { op = "drop_column", table = record.table, schema = record.schema, column = record.column.name } }
end

function M.probe(record, inspector)
  return inspector:has_column(record.table, record.column.name, { schema = record.schema })
end

M.example = [[
op.add_column("users", { "nick", types.varchar(30), nullable = false, server_default = "" })
op.add_column("users", { "age", types.integer }, { if_not_exists = true })
]]

return M
