--- Rename a table.

local M = { name = "rename_table", ddl = true }

M.args = {
  { "table", "name", doc = "Present name" },
  { "new", "name", doc = "New name" },
}

function M.summary(record) return ("rename_table %s to %s"):format(record.table, record.new) end

function M.reverse(record)
  return { { op = "rename_table", table = record.new, new = record.table, schema = record.schema } }
end

function M.probe(record, inspector)
  local where = { schema = record.schema }
  local old, new = inspector:has_table(record.table, where), inspector:has_table(record.new, where)
  if old == new then return nil end
  return new
end

M.example = [[
op.rename_table("notes", "remarks")
]]

return M
