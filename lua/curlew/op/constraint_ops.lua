--- What the operations that add a constraint have in common: each makes a record with one constraint in
--- the normal form of table entries.

local entries = require "curlew.schema.entries"
local table_form = require "curlew.schema.table"

local M = {}

local TYPES = { foreign_key = "foreignkey", primary_key = "primary", unique = "unique", check = "check",
  exclude = "exclude" }

--- The definition of an operation that adds a constraint.
---@param name string
---@param kind string
---@param args table[]
---@param fields table<string, string> field of the constraint by argument
---@return table
function M.definition(name, kind, args, fields)
  local D = { name = name, ddl = true, args = args, options = {
    { "if_not_exists", "boolean", doc = "Do nothing when the constraint exists" },
  } }
  table.move(entries.OPTIONS[kind], 1, #entries.OPTIONS[kind], 2, D.options)

  function D.normalise(record, context)
    local constraint = { kind = kind, given = record.name }
    for argument, field in pairs(fields) do constraint[field] = record[argument] end
    for _, spec in ipairs(entries.OPTIONS[kind]) do constraint[spec[1]] = record[spec[1]] end
    local schema = constraint.source_schema or record.schema
    constraint.source_schema = nil
    if constraint.referent_columns and #constraint.referent_columns ~= #constraint.columns then
      context:fail("%d columns reference %d", #constraint.columns, #constraint.referent_columns)
    end
    table_form.name_entry(constraint, record.table, context)
    return { table = record.table, schema = schema, constraint = constraint, if_not_exists = record.if_not_exists }
  end

  function D.summary(record)
    return ("%s %s on %s"):format(name, record.constraint.name or "(unnamed)", record.table)
  end

  function D.reverse(record)
    return { { op = "drop_constraint", name = record.constraint.name, table = record.table, schema = record.schema,
      type = TYPES[kind], columns = record.constraint.columns } }
  end

  function D.probe(record, inspector)
    return M.find(inspector, record, record.constraint) ~= nil
  end

  return D
end

local function same(a, b, equal)
  if not a or not b or #a ~= #b then return false end
  for i = 1, #a do if not equal(a[i], b[i]) then return false end end
  return true
end

--- The columns of a constraint; expressions of an exclude constraint are none.
---@param constraint table
---@return string[]?
function M.columns_of(constraint)
  if constraint.columns or not constraint.exclusions then return constraint.columns end
  local columns = {}
  for _, pair in ipairs(constraint.exclusions) do
    if type(pair[1]) == "string" then columns[#columns + 1] = pair[1] end
  end
  return columns
end

--- The table's constraint of this name; one without a name by its columns.
---@param inspector curlew.Inspector
---@param record table { table =, schema = }
---@param wanted table { kind =, name =, columns = }
---@return table?
function M.find(inspector, record, wanted)
  local equal = inspector.dialect.same_column
  for _, constraint in ipairs(inspector:constraints(record.table, { schema = record.schema })) do
    if constraint.kind == wanted.kind then
      if wanted.kind == "primary_key" and inspector.dialect.name == "mysql" then return constraint end
      if wanted.name then
        if constraint.name and equal(constraint.name, wanted.name) then return constraint end
      elseif same(M.columns_of(constraint), M.columns_of(wanted), equal) then
        return constraint
      end
    end
  end
end

M.same_columns = same

return M
