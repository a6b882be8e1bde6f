--- PostgreSQL, offline: a script that looks into the catalog by itself, and text for columns of bytes.

local errors = require "curlew.op.errors"

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

--- Whether every use of a parameter is converted by the statement itself, so that the server knows its type.
local function converted(sql, name)
  if type(name) ~= "string" then return false end
  for at, after in sql:gmatch("():" .. name .. "()%f[^%w_]") do
    local before, behind = sql:sub(1, at - 1):lower(), sql:sub(after)
    if not (before:find("cast%s*%(%s*$") or before:find("convert_to%s*%(%s*$") or before:find("decode%s*%(%s*$")
        or behind:find("^::")) then
      return false
    end
  end
  return true
end

--- Whether a string is text to the core, which takes anything else for bytes by itself.
local function is_text(value) return type(value) == "string" and utf8.len(value) and not value:find("\0", 1, true) end

--- The first text with a backslash, of parameters or of lists of them.
local function backslashed(sql, params)
  for name, value in pairs(params) do
    if is_text(value) and value:find("\\", 1, true) and not converted(sql, name) then return value end
    local inner = type(value) == "table" and getmetatable(value) == nil and backslashed(sql, value)
    if inner then return inner end
  end
end

--- SQL of the script's own: as a parameter, text for a column of bytes is taken as it is; as a literal its
--- backslashes count. Which column a parameter is for is not known, so it is refused where it could be one.
function methods.check_parameters(_, shadow, sql, params)
  if not backslashed(sql, params) then return end
  local words = {}
  for word in sql:lower():gmatch("[%w_\128-\255]+") do words[word] = true end
  shadow:each(function(parts, name)
    for _, c in ipairs(words[name:lower()] and parts.columns or {}) do
      if c.type and c.type.name == "blob" then
        errors.offline("a text with a backslash may be for the bytes of %s.%s, and as a literal it would be read in "
          .. "another way than as a parameter; use op.insert or op.update, which know their columns, or write "
          .. "CAST(:value AS text) or convert_to(:value, 'UTF8')", name, c.name)
      end
    end
  end)
end

return M
