--- Drop a constraint by its name, or by its columns where it has none.

local naming = require "curlew.schema.naming"

local M = { name = "drop_constraint", ddl = true }

M.args = {
  { "name", "given_name?", doc = "Name of the constraint; nil finds it by type and columns" },
  { "table", "name", doc = "Name of the table" },
}
M.options = {
  { "type", "constraint_type", doc = "\"foreignkey\", \"unique\", \"primary\", \"check\" or \"exclude\"" },
  { "columns", "names", doc = "Its columns" },
  { "if_exists", "boolean", doc = "Do nothing when there is no such constraint" },
}

M.KINDS = { foreignkey = "foreign_key", unique = "unique", primary = "primary_key", check = "check",
  exclude = "exclude" }

function M.normalise(record, context)
  local kind = M.KINDS[record.type]
  if not record.name and not kind then
    context:fail("without a name it needs { type = ..., columns = { ... } }")
  end
  if kind then
    local name = naming.name(context.naming, { kind = kind, table = record.table, columns = record.columns,
      given = record.name })
    if record.name then record.name = name else record.conventional = name end
  elseif record.name then
    record.name = type(record.name) == "table" and record.name.name or record.name
  end
  return record
end

function M.summary(record)
  local what = record.name or ("%s (%s)"):format(record.type, table.concat(record.columns or {}, ", "))
  return ("drop_constraint %s on %s"):format(what, record.table)
end

function M.probe(record, inspector)
  if not inspector:has_table(record.table, { schema = record.schema }) then return nil end
  if record.name then
    return not inspector:has_constraint(record.table, record.name, { schema = record.schema })
  end
  local ops = require "curlew.op.constraint_ops"
  for _, constraint in ipairs(inspector:constraints(record.table, { schema = record.schema })) do
    if constraint.kind == M.KINDS[record.type] and (not record.columns
        or ops.same_columns(constraint.columns, record.columns, inspector.dialect.same_column)) then
      return false
    end
  end
  return true
end

M.example = [[
op.drop_constraint("notes_once", "notes", { type = "unique" })
op.drop_constraint(nil, "notes", { type = "foreignkey", columns = { "user_id" } }) -- whatever it is called
]]

return M
