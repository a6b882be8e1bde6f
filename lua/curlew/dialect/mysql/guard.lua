--- MySQL and MariaDB, offline: a script that looks into the catalog and prepares a statement or none.

local M = { methods = {} }
local methods = M.methods

local SOURCES = {
  column = { "COLUMNS", "COLUMN_NAME" }, index = { "STATISTICS", "INDEX_NAME" },
  constraint = { "TABLE_CONSTRAINTS", "CONSTRAINT_NAME" },
}

--- An SQL condition that something exists, or nil.
function methods.exists_condition(d, o, kind, name)
  if kind == "view" then
    return ("EXISTS (SELECT 1 FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s)")
      :format(o.schema and d:string(o.schema) or "DATABASE()", d:string(name))
  end
  local source = SOURCES[kind]
  if not source or name == "" then return nil end
  if o.type == "primary" or (o.constraint and o.constraint.kind == "primary_key") then name = "PRIMARY" end
  return ("EXISTS (SELECT 1 FROM information_schema.%s WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND %s = %s)")
    :format(source[1], o.schema and d:string(o.schema) or "DATABASE()", d:string(o.table), source[2], d:string(name))
end

--- Statements that run when a condition holds. (A trigger or function can't be prepared.)
function methods.conditional(d, condition, statements)
  local list = {}
  for _, statement in ipairs(statements) do
    list[#list + 1] = { sql = ("SET @curlew_sql = IF(%s, %s, 'DO 0')"):format(condition, d:string(statement.sql)) }
    list[#list + 1] = { sql = "PREPARE curlew_statement FROM @curlew_sql" }
    list[#list + 1] = d:ddl "EXECUTE curlew_statement"
    list[#list + 1] = { sql = "DEALLOCATE PREPARE curlew_statement" }
  end
  return list
end

return M
