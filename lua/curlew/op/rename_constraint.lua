--- Rename a constraint.

local M = { name = "rename_constraint", ddl = true }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "old", "name", doc = "Present name" },
  { "new", "name", doc = "New name" },
}

function M.summary(record) return ("rename_constraint %s to %s on %s"):format(record.old, record.new, record.table) end

function M.reverse(record)
  return { { op = "rename_constraint", table = record.table, schema = record.schema, old = record.new, new = record.old } }
end

function M.probe(record, inspector)
  local where = { schema = record.schema }
  local old = inspector:has_constraint(record.table, record.old, where)
  local new = inspector:has_constraint(record.table, record.new, where)
  if old == new then return nil end
  return new
end

M.example = [[
op.rename_constraint("notes", "notes_once", "uq_notes_user_id_text")
]]

return M
