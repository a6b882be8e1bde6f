--- PostgreSQL: changes of enum types. (Creating one for a column is in init.lua.)

local errors = require "curlew.op.errors"

local M = { methods = {}, compile = {} }
local compile = M.compile

function compile.create_enum(d, o, env)
  if o.if_not_exists then
    if not env.conn then return { d:ddl(d:create_enum_offline(o.schema, o.name, o.values)) } end
    if d:enum_values(env.conn, o.schema, o.name) then return {} end
  end
  return { d:ddl(d:create_enum_sql(o.schema, o.name, o.values)) }
end

function compile.add_enum_value(d, o)
  local place = ""
  if o.before then place = " BEFORE " .. d:string(o.before) end
  if o.after then place = " AFTER " .. d:string(o.after) end
  return { d:ddl(("ALTER TYPE %s ADD VALUE %s%s%s"):format(d:qualified(o.schema, o.name),
    o.if_not_exists and "IF NOT EXISTS " or "", d:string(o.value), place)) }
end

local FIND_COLUMNS = [[
SELECT n.nspname AS schema, c.relname AS table_name, a.attname AS column_name, a.atttypid <> t.oid AS is_array,
       pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) AS default_text
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
  JOIN pg_catalog.pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = c.oid AND ad.adnum = a.attnum
 WHERE t.typname = ? AND %s
 ORDER BY n.nspname, c.relname, a.attnum]]

--- The columns of a type as printed operations have left them, and those that they did not touch.
local function shadow_columns(d, o, env)
  local list, seen = {}, {}
  local function add(schema, name, c)
    local element = c.type.name == "array" and c.type.of or c.type
    if element.enum ~= o.name then return end
    seen[name .. "." .. c.name] = true
    list[#list + 1] = { schema = schema, table_name = name, column_name = c.name, is_array = c.type.name == "array",
      default_text = c.default and (c.default.sql or d:literal(c.default.value) .. "::" .. o.name) or nil }
  end
  local live = env.conn and env.conn:all(FIND_COLUMNS:format(o.schema and "tn.nspname = ?"
    or "pg_catalog.pg_type_is_visible(t.oid)"), { o.name, o.schema }) or {}
  for _, row in ipairs(live) do
    if not env.shadow:changed(row.table_name, o.schema) and not env.shadow:changed(row.table_name, row.schema) then
      list[#list + 1] = row
    end
  end
  env.shadow:each(function(parts, name, schema)
    for _, c in ipairs(parts.columns) do add(schema, name, c) end
  end)
  for _, pair in ipairs(o.columns or {}) do
    if not seen[pair[1] .. "." .. pair[2]] and not env.conn then
      list[#list + 1] = { schema = o.schema, table_name = pair[1], column_name = pair[2] }
    end
  end
  if #list == 0 and not env.conn then
    errors.offline("op.alter_enum: offline no column that uses %s is known; add columns = { {table, column} }", o.name)
  end
  return list
end

--- The columns of a type: from the catalog, else those that the script names.
local function columns_of(d, o, env)
  if env.shadow then return shadow_columns(d, o, env) end
  if env.conn then
    return env.conn:all(FIND_COLUMNS:format(o.schema and "tn.nspname = ?" or "pg_catalog.pg_type_is_visible(t.oid)"),
      { o.name, o.schema })
  end
  if not o.columns then
    errors.offline("op.alter_enum: offline the columns that use %s aren't known; add columns = { {table, column} }", o.name)
  end
  local list = {}
  for i, pair in ipairs(o.columns) do list[i] = { schema = o.schema, table_name = pair[1], column_name = pair[2] } end
  return list
end

--- An old value as text becomes the new one.
local function renamed(d, text, renames)
  local old_names = {}
  for old in pairs(renames or {}) do old_names[#old_names + 1] = old end
  if #old_names == 0 then return text end
  table.sort(old_names)
  local parts = { "CASE " .. text }
  for _, old in ipairs(old_names) do
    parts[#parts + 1] = ("WHEN %s THEN %s"):format(d:string(old), d:string(renames[old]))
  end
  return table.concat(parts, " ") .. " ELSE " .. text .. " END"
end

--- The same for an array of texts.
local function array_renamed(d, text, renames)
  local old_names = {}
  for old in pairs(renames or {}) do old_names[#old_names + 1] = old end
  table.sort(old_names)
  for _, old in ipairs(old_names) do
    text = ("array_replace(%s, %s, %s)"):format(text, d:string(old), d:string(renames[old]))
  end
  return text
end

--- The default in terms of the new type: its text is cast again.
local function new_default(d, row, o, type_name)
  local literal = row.default_text:match("^'(.*)'::[^']+$")
  if not literal then return ("(%s)::text::%s"):format(row.default_text, type_name) end
  literal = literal:gsub("''", "'")
  if row.is_array then return array_renamed(d, d:string(literal) .. "::text[]", o.rename) .. "::" .. type_name end
  return d:string((o.rename or {})[literal] or literal) .. "::" .. type_name
end

function compile.alter_enum(d, o, env)
  local name, old = d:qualified(o.schema, o.name), require("curlew.schema.naming").shorten(o.name .. "__old")
  local list = {
    d:ddl(("ALTER TYPE %s RENAME TO %s"):format(name, d:quote(old))),
    d:ddl(d:create_enum_sql(o.schema, o.name, o.values)),
  }
  for _, row in ipairs(columns_of(d, o, env)) do
    local column, target = d:quote(row.column_name), row.is_array and name .. "[]" or name
    local clauses = {}
    local function add(action) clauses[#clauses + 1] = ("ALTER COLUMN %s %s"):format(column, action) end
    if row.default_text then add "DROP DEFAULT" end
    local using
    if row.is_array then
      using = array_renamed(d, column .. "::text[]", o.rename)
    else
      using = renamed(d, column .. "::text", o.rename)
    end
    add(("TYPE %s USING (%s)::%s"):format(target, using, target))
    if row.default_text then add("SET DEFAULT " .. new_default(d, row, o, target)) end
    list[#list + 1] = d:alter_table({ schema = row.schema, table = row.table_name }, clauses)
  end
  list[#list + 1] = d:ddl("DROP TYPE " .. d:qualified(o.schema, old))
  return list
end

return M
