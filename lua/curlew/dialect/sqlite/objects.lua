--- SQLite: views, triggers, indexes by another name, and what it has not.

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

--- The columns that an enum operation is about, with the values that they allow: those that the script
--- names.
local function enum_tables(d, o, values, using)
  if not o.columns then
    d:refuse(("op.%s without columns (enums are no types here)"):format(o.op),
      "add columns = { { \"table\", \"column\" } }")
  end
  local tables, order = {}, {}
  for _, pair in ipairs(o.columns) do
    local kind = { name = "enum", enum = o.name, values = values }
    local record = { op = "alter_column", table = pair[1], schema = o.schema, column = pair[2], type = kind,
      using = using and using(d:quote(pair[2])),
      enum_check = { kind = "check", columns = { pair[2] }, expression = d:enum_condition(pair[2], values) } }
    if not tables[pair[1]] then
      tables[pair[1]] = {}
      order[#order + 1] = pair[1]
    end
    table.insert(tables[pair[1]], record)
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
  if not o.values then
    d:refuse("op.add_enum_value for an enum whose values are not known in this run",
      "use op.alter_enum with all values")
  end
  local tables, order = enum_tables(d, o, require("curlew.op.add_enum_value").extended(o.values, o))
  return rebuild_all(d, tables, order, env)
end

function compile.alter_enum(d, o, env)
  local tables, order = enum_tables(d, o, o.values, o.rename and function(column)
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

--- DROP TABLE deletes the rows first, as far as foreign keys are concerned: rows of other tables that
--- follow would be deleted or changed without a word. Elsewhere such a table can't be dropped either.
local function check_children(d, o, conn)
  if tonumber(conn:scalar "PRAGMA foreign_keys") ~= 1 then return end
  for _, child in ipairs(d.reflect.tables(d, conn, o.schema)) do
    if not d.same_column(child, o.table) then
      for _, key in ipairs(d.reflect.foreign_keys(d, conn, o.schema, child)) do
        local follows = key.ondelete == "cascade" or key.ondelete == "set null" or key.ondelete == "set default"
        if follows and d.same_column(key.referent, o.table)
            and conn:scalar(("SELECT 1 FROM %s WHERE %s IS NOT NULL LIMIT 1"):format(d:qualified(o.schema, child),
              d:quote(key.columns[1]))) ~= nil then
          require("curlew.op.errors").usage("op.drop_table: rows of %s reference %s with ON DELETE %s and would go with it; "
            .. "drop %s or its foreign key first", child, o.table, key.ondelete:upper(), child)
        end
      end
    end
  end
end

function compile.drop_table(d, o, env)
  if env.conn and d.reflect.has_table(d, env.conn, o.schema, o.table) then check_children(d, o, env.conn) end
  return { d:ddl(("DROP TABLE %s%s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.table),
    d:cascade(o))) }
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
  local errors = require "curlew.op.errors"
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
