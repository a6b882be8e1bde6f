--- PostgreSQL, offline: a script that looks into the catalog by itself, and text for columns of bytes.

local M = { methods = {} }
local methods = M.methods

local function relation(d, o, name) return ("to_regclass(%s)"):format(d:string(d:qualified(o.schema, name))) end

local CONDITIONS = {
  table = function(d, o, name) return relation(d, o, name) .. " IS NOT NULL" end,
  column = function(d, o, name)
    return ("EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = %s AND attname = %s AND NOT attisdropped)")
      :format(relation(d, o, o.table), d:string(name))
  end,
  constraint = function(d, o, name)
    if name == "" then return nil end
    return ("EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = %s AND conname = %s)")
      :format(relation(d, o, o.table), d:string(name))
  end,
  trigger = function(d, o, name)
    return ("EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = %s AND tgname = %s)")
      :format(relation(d, o, o.table), d:string(name))
  end,
}
CONDITIONS.view = CONDITIONS.table

--- An SQL condition that something exists, or nil.
function methods.exists_condition(d, o, kind, name)
  local condition = CONDITIONS[kind] and CONDITIONS[kind](d, o, name)
  return condition and "(" .. condition .. ")"
end

--- Statements that run when a condition holds.
function methods.conditional(d, condition, statements)
  local lines, tag = {}, "curlew"
  for i, statement in ipairs(statements) do lines[i] = "    " .. statement.sql .. ";" end
  local text = table.concat(lines, "\n")
  while text:find("$" .. tag .. "$", 1, true) do tag = tag .. "_" end
  return { d:ddl(("DO $%s$ BEGIN\n  IF %s THEN\n%s\n  END IF;\nEND $%s$"):format(tag, condition, text, tag)) }
end

--- Text for a column of bytes: as a parameter it is taken as it is, as a literal backslashes would count.
function methods.cell(d, o, env, column, value)
  if type(value) ~= "string" or not env.shadow then return value end
  local parts = env.shadow:find(o.table, o.schema)
  local c = parts and env.shadow:column(parts, column)
  return c and c.type.name == "blob" and { sql = d:blob(value) } or value
end

return M
