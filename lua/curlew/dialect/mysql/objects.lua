--- MySQL and MariaDB: views, schemas, functions and triggers.

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

local function no_cascade(d, o)
  if o.cascade then d:refuse("cascade", "drop what depends on it first") end
end

local function dropper(words)
  return function(d, o)
    no_cascade(d, o)
    return { d:ddl(("DROP %s %s%s"):format(words, o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name))) }
  end
end

function compile.create_schema(d, o)
  return { d:ddl(("CREATE SCHEMA %s%s"):format(o.if_not_exists and "IF NOT EXISTS " or "", d:quote(o.name))) }
end

function compile.drop_schema(d, o)
  return { d:ddl(("DROP SCHEMA %s%s"):format(o.if_exists and "IF EXISTS " or "", d:quote(o.name))) }
end

local function no_sequences(d, o)
  d:refuse("op." .. o.op .. " (there are no sequences)", "use an auto-incrementing column")
end
compile.create_sequence, compile.drop_sequence = no_sequences, no_sequences

local function no_extensions(d, o) d:refuse("op." .. o.op .. " (there are no extensions)", "guard it by ctx.dialect") end
compile.create_extension, compile.drop_extension = no_extensions, no_extensions

-- Views -------------------------------------------------------------------------------------------

local function check_view(d, o)
  if o.materialized then d:refuse("a materialized view", "use a table that an event or a job fills") end
  if o.temporary then d:refuse("a temporary view", "use a plain view") end
end

function compile.create_view(d, o, env)
  check_view(d, o)
  local text = ("CREATE %sVIEW %s%s AS %s"):format(o.replace and "OR REPLACE " or "", d:qualified(o.schema, o.name),
    o.columns and " (" .. d:names(o.columns) .. ")" or "", o.query)
  return d:guarded(o, env, "view", o.name, { d:ddl(text) })
end

compile.replace_view = compile.create_view

function compile.drop_view(d, o)
  check_view(d, o)
  return dropper "VIEW" (d, o)
end

-- Functions and triggers --------------------------------------------------------------------------

--- The server wants to know what a function does before it puts it into the binary log.
local CHARACTERISTICS = { immutable = "DETERMINISTIC NO SQL", stable = "READS SQL DATA", volatile = "MODIFIES SQL DATA" }

--- CREATE OR REPLACE of a routine or trigger, where there is one.
methods.or_replace = nil

local function create_or_replace(d, o, words, name, rest)
  if not o.replace then return { d:ddl(("CREATE %s %s %s"):format(words, name, rest)) } end
  if d.or_replace then return { d:ddl(("CREATE OR REPLACE %s %s %s"):format(words, name, rest)) } end
  local bare = name:match("^(.-)%s*%(") or name
  return { d:ddl(("DROP %s IF EXISTS %s"):format(words, bare)), d:ddl(("CREATE %s %s %s"):format(words, name, rest)) }
end

function compile.create_function(d, o, env)
  if o.language and o.language:lower() ~= "sql" then
    d:refuse(("a function in %s"):format(o.language), "write it in SQL")
  end
  if not o.returns then d:refuse("a function without returns", "add returns = \"integer\" and the like") end
  local name = (o.schema and d:quote(o.schema) .. "." or "") .. o.signature:match("^%s*(.-)%s*$")
  local list = create_or_replace(d, o, "FUNCTION", name, ("RETURNS %s %s %s"):format(o.returns,
    CHARACTERISTICS[o.volatility or "stable"], o.body:gsub("[%s;]+$", "")))
  return d:guarded(o, env, "function", o.signature, list)
end

function compile.drop_function(d, o)
  no_cascade(d, o)
  local name = require("curlew.op.create_function").function_name(o.signature)
  return { d:ddl(("DROP FUNCTION %s%s%s"):format(o.if_exists and "IF EXISTS " or "",
    o.schema and d:quote(o.schema) .. "." or "", name)) }
end

--- What the triggers of MySQL and SQLite have in common: one event, a body, every row.
---@param d curlew.Dialect
---@param o table
---@return table event { "UPDATE", columns }
function methods.check_trigger(d, o)
  if o.execute then d:refuse("a trigger with execute", "write its body = \"BEGIN ... END\"") end
  if o.for_each ~= "row" then d:refuse("a trigger for each statement", "use for_each = \"row\"") end
  if #o.when.events > 1 then
    d:refuse("a trigger for more than one event", "create one trigger for each")
  end
  if o.when.events[1][1] == "TRUNCATE" then d:refuse("a trigger on truncate", "use \"before delete\"") end
  return o.when.events[1]
end

function compile.create_trigger(d, o, env)
  local event = d:check_trigger(o)
  if o.condition then d:refuse("a trigger's condition", "write IF ... THEN ... END IF in its body") end
  if event[2] then d:refuse("a trigger on update of columns", "compare OLD and NEW in its body") end
  if o.when.time == "INSTEAD OF" then d:refuse("an instead of trigger", "use \"before\" or \"after\"") end
  local list = create_or_replace(d, o, "TRIGGER", d:qualified(o.schema, o.name), ("%s %s ON %s FOR EACH ROW %s"):format(
    o.when.time, event[1], d:qualified(o.schema, o.table), o.body:gsub("[%s;]+$", "")))
  return d:guarded(o, env, "trigger", o.name, list)
end

function compile.drop_trigger(d, o)
  return dropper "TRIGGER" (d, o)
end

return M
