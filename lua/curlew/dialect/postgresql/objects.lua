--- PostgreSQL: views, sequences, schemas, extensions, functions and triggers.

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

local function exists_clause(o) return o.if_not_exists and "IF NOT EXISTS " or "" end

local function dropper(words)
  return function(d, o)
    return { d:ddl(("DROP %s %s%s%s"):format(words, o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name),
      o.cascade and " CASCADE" or "")) }
  end
end

compile.drop_schema = dropper "SCHEMA"
compile.drop_sequence = dropper "SEQUENCE"

--- An extension belongs to the database: the schema it was put into is no part of its name.
function compile.drop_extension(d, o)
  return dropper "EXTENSION" (d, { name = o.name, if_exists = o.if_exists, cascade = o.cascade })
end
compile.drop_enum = dropper "TYPE"

function compile.create_schema(d, o)
  return { d:ddl("CREATE SCHEMA " .. exists_clause(o) .. d:quote(o.name)) }
end

function compile.create_sequence(d, o)
  local options = d:sequence_options(o)
  return { d:ddl(("CREATE SEQUENCE %s%s%s"):format(exists_clause(o), d:qualified(o.schema, o.name),
    options ~= "" and " " .. options or "")) }
end

function compile.create_extension(d, o)
  return { d:ddl(("CREATE EXTENSION %s%s%s%s%s"):format(exists_clause(o), d:quote(o.name),
    o.schema and " SCHEMA " .. d:quote(o.schema) or "", o.version and " VERSION " .. d:string(o.version) or "",
    o.cascade and " CASCADE" or "")) }
end

-- Views -------------------------------------------------------------------------------------------

--- CREATE OR REPLACE keeps a view's privileges, but gives up where columns are renamed, retyped or left out;
--- then the view is dropped and made anew.
local function replace_view(d, o, env, name, text)
  local create = ("CREATE OR REPLACE %s"):format(text)
  if env.conn and not env.shadow and not d.reflect.has_view(d, env.conn, o.schema, o.name) then return create end
  local tag = "curlew"
  while create:find("$" .. tag .. "$", 1, true) do tag = tag .. "_" end
  return ("DO $%s$ BEGIN\n  EXECUTE %s;\nEXCEPTION WHEN invalid_table_definition THEN\n  DROP VIEW %s;\n  EXECUTE %s;\nEND $%s$")
    :format(tag, d:string(create), name, d:string("CREATE " .. text), tag)
end

function compile.create_view(d, o, env)
  local name = d:qualified(o.schema, o.name)
  local text = ("%s%sVIEW %s%s AS %s"):format(o.temporary and "TEMPORARY " or "", o.materialized and "MATERIALIZED " or "",
    name, o.columns and " (" .. d:names(o.columns) .. ")" or "", o.query)
  if not o.replace then return d:guarded(o, env, "view", o.name, { d:ddl("CREATE " .. text) }) end
  if o.materialized then return { d:ddl("DROP MATERIALIZED VIEW IF EXISTS " .. name), d:ddl("CREATE " .. text) } end
  if o.temporary then return { d:ddl("CREATE OR REPLACE " .. text) } end
  return { d:ddl(replace_view(d, o, env, name, text)) }
end

compile.replace_view = compile.create_view

function compile.drop_view(d, o)
  return dropper(o.materialized and "MATERIALIZED VIEW" or "VIEW")(d, o)
end

-- Functions and triggers --------------------------------------------------------------------------

--- Text between dollar quotes whose tag it does not contain.
function methods.dollar_quoted(_d, text)
  local tag = "body"
  while text:find("$" .. tag .. "$", 1, true) do tag = tag .. "_" end
  return ("$%s$%s%s$%s$"):format(tag, text:find("^\n") and "" or "\n", text:find("\n$") and text or text .. "\n", tag)
end

local function in_schema(d, o, signature)
  return (o.schema and d:quote(o.schema) .. "." or "") .. signature:match("^%s*(.-)%s*$")
end

function compile.create_function(d, o, env)
  local text = ("CREATE %sFUNCTION %s%s LANGUAGE %s%s AS %s"):format(o.replace and "OR REPLACE " or "",
    in_schema(d, o, o.signature), o.returns and " RETURNS " .. o.returns or "", d:quote(o.language or "plpgsql"),
    o.volatility and " " .. o.volatility:upper() or "", d:dollar_quoted(o.body))
  return d:guarded(o, env, "function", o.signature, { d:ddl(text) })
end

function compile.drop_function(d, o)
  return { d:ddl(("DROP FUNCTION %s%s%s"):format(o.if_exists and "IF EXISTS " or "",
    in_schema(d, o, o.signature), o.cascade and " CASCADE" or "")) }
end

--- The function that holds the body of a trigger.
local function trigger_function(d, o)
  return d:qualified(o.schema, require("curlew.schema.naming").shorten(o.table .. "_" .. o.name)) .. "()"
end

function compile.create_trigger(d, o, env)
  local list, call = {}, o.execute
  if o.body then
    call = trigger_function(d, o)
    local body = o.body:gsub("[%s;]+$", "") .. ";"
    list[1] = d:ddl(("CREATE OR REPLACE FUNCTION %s RETURNS trigger LANGUAGE plpgsql AS %s"):format(call,
      d:dollar_quoted(body)))
  end
  local events = {}
  for i, event in ipairs(o.when.events) do events[i] = event[1] .. (event[2] and " OF " .. event[2] or "") end
  list[#list + 1] = d:ddl(("CREATE %sTRIGGER %s %s %s ON %s FOR EACH %s%s EXECUTE FUNCTION %s"):format(
    o.replace and "OR REPLACE " or "", d:quote(o.name), o.when.time, table.concat(events, " OR "),
    d:qualified(o.schema, o.table), o.for_each:upper(), o.condition and " WHEN (" .. o.condition .. ")" or "", call))
  return d:guarded(o, env, "trigger", o.name, list)
end

function compile.drop_trigger(d, o, env)
  local cascade = o.cascade and " CASCADE" or ""
  local list = { d:ddl(("DROP TRIGGER %s%s ON %s%s"):format(o.if_exists and "IF EXISTS " or "", d:quote(o.name),
    d:qualified(o.schema, o.table), cascade)) }
  local own = require("curlew.schema.naming").shorten(o.table .. "_" .. o.name)
  if not env.conn or d.reflect.has_function(d, env.conn, o.schema, '"' .. own .. '"') then
    list[2] = d:ddl("DROP FUNCTION IF EXISTS " .. trigger_function(d, o))
  end
  return list
end

return M
