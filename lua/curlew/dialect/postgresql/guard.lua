--- PostgreSQL, offline: a script that looks into the catalog by itself.

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

return M
