--- SQLite: views, triggers, indexes by another name, and what it has not.

local errors = require "curlew.op.errors"
local parse = require "curlew.dialect.sqlite.parse"

local M = { compile = {} }
local compile = M.compile

local function refusal(what, instead)
  return function(d, o) d:refuse(("op.%s (there are no %s)"):format(o.op, what), instead) end
end

compile.create_schema = refusal("schemas", "ATTACH another file")
compile.drop_schema = compile.create_schema
compile.create_sequence = refusal("sequences", "use an auto-incrementing primary key")
compile.drop_sequence = compile.create_sequence
compile.create_extension = refusal("extensions", "guard it by ctx.dialect")
compile.drop_extension = compile.create_extension
compile.create_function = refusal("stored functions", "guard it by ctx.dialect")
compile.drop_function = compile.create_function
compile.create_table_comment = refusal("comments", "guard it by ctx.dialect")
compile.drop_table_comment = compile.create_table_comment

-- Enums: CHECKed text of each column --------------------------------------------------------------

function compile.create_enum() return {} end
function compile.drop_enum() return {} end

--- The values of a CHECK such as m IN ('a', 'it''s'), or nil when it is another one.
local function listed(d, expression, column)
  local head = d:quote(column) .. " IN ("
  if expression:sub(1, #head) ~= head then return nil end
  return parse.strings(expression:sub(#head + 1):match("^(.*)%)$") or "")
end

--- The enum columns of a table: name, values, default and the CHECK's name; from printed operations, else
--- from the catalog.
local function enum_columns(d, o, env, name)
  local found = {}
  local parts = env.shadow and env.shadow:changed(name, o.schema) and env.shadow:find(name, o.schema)
  if parts then
    for _, column in ipairs(parts.columns) do
      if column.type.values then
        local default = column.default and (column.default.sql or d:literal(column.default.value))
        found[#found + 1] = { column.name, column.type.values, default }
      end
    end
    return found
  end
  if not env.conn then return found end
  local checks = d.reflect.checks(d, env.conn, o.schema, name)
  for _, column in ipairs(d.reflect.columns(d, env.conn, o.schema, name)) do
    for _, constraint in ipairs(checks) do
      local values = listed(d, constraint.expression, column.name)
      if values then found[#found + 1] = { column.name, values, column.default, constraint.name } end
    end
  end
  return found
end

--- The columns that an enum operation is about: those that the script names, else all whose values are the
--- enum's as this run knows them. Each is { table, column, values, default, name of the CHECK }.
local function find_columns(d, o, before, env)
  local list = {}
  if o.columns then
    for i, pair in ipairs(o.columns) do
      list[i] = { pair[1], pair[2], before }
      for _, column in ipairs(enum_columns(d, o, env, pair[1])) do
        if d.same_column(column[1], pair[2]) then list[i] = { pair[1], pair[2], table.unpack(column, 2, 4) } end
      end
    end
    return list
  end
  if not before then
    d:refuse(("op.%s without columns (enums are no types here)"):format(o.op),
      "add columns = { { \"table\", \"column\" } }")
  end
  local names, seen, wanted = env.conn and d.reflect.tables(d, env.conn, o.schema) or {}, {}, table.concat(before, "\0")
  for _, name in ipairs(names) do seen[name:lower()] = true end
  if env.shadow then
    env.shadow:each(function(_, name, schema)
      if schema == o.schema and not seen[name:lower()] then names[#names + 1] = name end
    end)
  end
  for _, name in ipairs(names) do
    for _, column in ipairs(enum_columns(d, o, env, name)) do
      if table.concat(column[2], "\0") == wanted then list[#list + 1] = { name, table.unpack(column, 1, 4) } end
    end
  end
  return list
end

--- Changes of columns, by table; `values` gives a column's new ones from the old.
local function enum_tables(d, o, columns, values, using)
  local tables, order = {}, {}
  for _, found in ipairs(columns) do
    local name, column = found[1], found[2]
    local list = values(found[3], name, column)
    local default
    for old, new in pairs(using and o.rename or {}) do
      if found[4] == d:string(old) then default = { value = new } end
    end
    local record = { op = "alter_column", table = name, schema = o.schema, column = column,
      type = { name = "enum", enum = o.name, values = list }, using = using and using(d:quote(column)),
      server_default = default,
      enum_check = { kind = "check", name = found[5], columns = { column }, expression = d:enum_condition(column, list) } }
    if not tables[name] then
      tables[name] = {}
      order[#order + 1] = name
    end
    table.insert(tables[name], record)
  end
  return tables, order
end

local function rebuild_all(d, tables, order, env)
  local list = {}
  for _, name in ipairs(order) do
    local statements = require("curlew.dialect.sqlite.rebuild").compile(d, tables[name], env)
    table.move(statements, 1, #statements, #list + 1, list)
  end
  return list
end

function compile.add_enum_value(d, o, env)
  local extended = require("curlew.op.add_enum_value").extended
  local tables, order = enum_tables(d, o, find_columns(d, o, o.values, env), function(now, name, column)
    if not now then
      d:refuse(("op.add_enum_value for %s.%s, whose values nobody knows"):format(name, column),
        "use op.alter_enum with all values")
    end
    return extended(now, o)
      or errors.usage("op.add_enum_value: %s.%s has no value %s", name, column, errors.show(o.before or o.after))
  end)
  return rebuild_all(d, tables, order, env)
end

function compile.alter_enum(d, o, env)
  local columns = find_columns(d, o, o.before, env)
  local tables, order = enum_tables(d, o, columns, function() return o.values end, o.rename and function(column)
    local olds, parts = {}, { "CASE " .. column }
    for old in pairs(o.rename) do olds[#olds + 1] = old end
    table.sort(olds)
    for _, old in ipairs(olds) do
      parts[#parts + 1] = ("WHEN %s THEN %s"):format(d:string(old), d:string(o.rename[old]))
    end
    return table.concat(parts, " ") .. " ELSE " .. column .. " END"
  end)
  return rebuild_all(d, tables, order, env)
end

-- Tables ------------------------------------------------------------------------------------------

--- The foreign keys of other tables whose rows DROP TABLE would delete or change without a word: it deletes the
--- rows first, as far as foreign keys are concerned. Elsewhere such a table can't be dropped either.
local function followers(d, o, conn)
  local list = {}
  if tonumber(conn:scalar "PRAGMA foreign_keys") ~= 1 then return list end
  for _, child in ipairs(d.reflect.tables(d, conn, o.schema)) do
    for _, key in ipairs(d.same_column(child, o.table) and {} or d.reflect.foreign_keys(d, conn, o.schema, child)) do
      local follows = key.ondelete == "cascade" or key.ondelete == "set null" or key.ondelete == "set default"
      if follows and d.same_column(key.referent, o.table) then
        list[#list + 1] = { message = ("rows of %s reference %s with ON DELETE %s and would go with it; drop %s or its "
          .. "foreign key first"):format(child, o.table, key.ondelete:upper(), child),
          query = ("SELECT 1 FROM %s WHERE %s IS NOT NULL LIMIT 1"):format(d:qualified(o.schema, child),
            d:quote(key.columns[1])) }
      end
    end
  end
  return list
end

function compile.drop_table(d, o, env)
  local there = env.conn and d.reflect.has_table(d, env.conn, o.schema, o.table)
  local list = {}
  for _, key in ipairs(there and followers(d, o, env.conn) or {}) do
    if not env.offline then
      if env.conn:scalar(key.query) ~= nil then errors.usage("op.drop_table: %s", key.message) end
    else -- the script has to look for itself
      list[#list + 1] = d:ddl(('CREATE TEMP TABLE "curlew guard" (x, CONSTRAINT %s CHECK (x IS NULL))'):format(
        d:always_quote(key.message)))
      list[#list + 1] = { sql = ('INSERT INTO temp."curlew guard" %s'):format(key.query) }
      list[#list + 1] = d:ddl 'DROP TABLE temp."curlew guard"'
    end
  end
  list[#list + 1] = d:ddl(("DROP TABLE %s%s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.table),
    d:cascade(o)))
  return list
end

--- With writable_schema on, SQLite leaves views and triggers that it can't understand as they are instead of giving up.
function compile.rename_table(d, o, env)
  local list = require("curlew.dialect.base").compile.rename_table(d, o, env)
  local guard = require "curlew.dialect.sqlite.rebuild_guard"
  local unsound = env.conn and guard.unsound(d, env.conn, o.schema or "main") or {}
  if #unsound == 0 then return list end
  guard.check_unsound(unsound, o.op, o.table)
  return { { sql = "PRAGMA writable_schema = ON" }, list[1], { sql = "PRAGMA writable_schema = OFF" } }
end

-- Views -------------------------------------------------------------------------------------------

local function no_cascade(d, o)
  if o.cascade then d:refuse("cascade", "drop what depends on it first") end
end

function compile.create_view(d, o)
  if o.materialized then d:refuse("a materialized view", "use a table that triggers fill") end
  local name = d:qualified(o.schema, o.name)
  local list = {}
  if o.replace then list[1] = d:ddl("DROP VIEW IF EXISTS " .. name) end
  list[#list + 1] = d:ddl(("CREATE %sVIEW %s%s%s AS %s"):format(o.temporary and "TEMPORARY " or "",
    o.if_not_exists and "IF NOT EXISTS " or "", name, o.columns and " (" .. d:names(o.columns) .. ")" or "", o.query))
  return list
end

compile.replace_view = compile.create_view

function compile.drop_view(d, o)
  no_cascade(d, o)
  if o.materialized then d:refuse("a materialized view", "leave materialized out") end
  return { d:ddl(("DROP VIEW %s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name))) }
end

-- Triggers ----------------------------------------------------------------------------------------

local check_trigger = require("curlew.dialect.mysql.objects").methods.check_trigger

function compile.create_trigger(d, o)
  local event = check_trigger(d, o)
  local name = d:qualified(o.schema, o.name)
  local body = o.body:gsub("[%s;]+$", "")
  if not body:upper():match("^%s*BEGIN%f[%W]") then body = "BEGIN " .. body .. "; END" end
  local list = {}
  if o.replace then list[1] = d:ddl("DROP TRIGGER IF EXISTS " .. name) end
  list[#list + 1] = d:ddl(("CREATE TRIGGER %s%s %s %s%s ON %s FOR EACH ROW %s%s"):format(
    o.if_not_exists and "IF NOT EXISTS " or "", name, o.when.time, event[1], event[2] and " OF " .. event[2] or "",
    d:quote(o.table), o.condition and "WHEN " .. o.condition .. " " or "", body))
  return list
end

function compile.drop_trigger(d, o)
  no_cascade(d, o)
  return { d:ddl(("DROP TRIGGER %s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name))) }
end

-- Indexes and columns that only change their name -------------------------------------------------

--- The kept SQL with another name: an index can't be renamed, so it is made anew.
function compile.rename_index(d, o, env)
  d:catalog(env, o.op, "the index's definition")
  local master = (o.schema and d:quote(o.schema) .. "." or "") .. "sqlite_master"
  local sql = env.conn:scalar("SELECT sql FROM " .. master .. " WHERE type = 'index' AND lower(name) = lower(?)",
    { o.old })
  if sql == nil then errors.usage("op.rename_index: there is no index %s to rename", o.old) end
  local head, rest = sql:match("^(.-[Ii][Nn][Dd][Ee][Xx]%s+)(.*)$")
  local tokens = require("curlew.dialect.sqlite.parse").tokens(rest)
  local first = tokens[1]
  if first.text:upper() == "IF" then first = tokens[4] end
  return {
    d:ddl("DROP INDEX " .. d:qualified(o.schema, o.old)),
    d:ddl(head .. d:qualified(o.schema, o.new) .. rest:sub(first.last + 1)),
  }
end

function compile.alter_column(d, o)
  return { d:alter_table(o, { ("RENAME COLUMN %s TO %s"):format(d:quote(o.column), d:quote(o.new_column_name)) }) }
end

return M
