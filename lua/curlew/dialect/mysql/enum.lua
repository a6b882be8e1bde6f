--- MySQL and MariaDB: enums. They are no types; each column has its own values.

local alter = require "curlew.dialect.mysql.alter"
local errors = require "curlew.op.errors"

local M = { compile = {} }
local compile = M.compile

function compile.create_enum() return {} end
function compile.drop_enum() return {} end

--- The columns that an enum operation is about: those that the script names, else all whose values are
--- the enum's as this run knows them.
local function enum_columns(d, o, before, env)
  if o.columns then return o.columns end
  if not before then
    d:refuse(("op.%s without columns (enums are no types here)"):format(o.op),
      "add columns = { { \"table\", \"column\" } }")
  end
  local list, wanted = {}, table.concat(before, "\0")
  local function look_at(columns, name)
    for _, column in ipairs(columns) do
      if column.type.enum == o.name or column.type.values and table.concat(column.type.values, "\0") == wanted then
        list[#list + 1] = { name, column.name }
      end
    end
  end
  for _, name in ipairs(env.conn and d.reflect.tables(d, env.conn, o.schema) or {}) do
    local printed = env.shadow and env.shadow:changed(name, o.schema)
    if not printed then look_at(d.reflect.columns(d, env.conn, o.schema, name), name) end
  end
  if env.shadow then
    env.shadow:each(function(parts, name, schema)
      if schema == o.schema then look_at(parts.columns, name) end
    end)
  end
  if #list == 0 and not env.conn then
    errors.offline("op.%s: offline no column is known to have these values: add columns = { { \"table\", \"column\" } }", o.op)
  end
  o.found = list
  return list
end

--- What the catalog says of one of the columns.
local function column_of(d, o, pair, env)
  local parts = env.shadow and env.shadow:find(pair[1], o.schema)
  if env.shadow then return parts and env.shadow:column(parts, pair[2]) or nil end
  for _, column in ipairs(d.reflect.columns(d, env.conn, o.schema, pair[1])) do
    if d.same_column(column.name, pair[2]) then return column end
  end
  errors.usage("op.%s: there is no column %s.%s", o.op, pair[1], pair[2])
end

--- A column's default as SQL text.
local function default_text(d, column)
  local default = column and column.default
  if type(default) == "table" then return default.sql or d:literal(default.value) end
  return default
end

--- The statement that gives a column its values; a default that was renamed is carried over.
local function set_values(d, o, pair, values, env, renames)
  local record = { op = o.op, table = pair[1], schema = o.schema, column = pair[2],
    type = { name = "enum", enum = o.name, values = values }, existing_nullable = o.existing_nullable,
    existing_server_default = o.existing_server_default, existing_comment = o.existing_comment }
  local default = renames and (env.conn or env.shadow) and default_text(d, column_of(d, o, pair, env))
  for old, new in pairs(default and renames or {}) do
    if default == d:string(old) then record.server_default = { value = new } end
  end
  return alter.alter_whole_column(d, record, env)[1]
end

--- The values of a column now.
local function values_of(d, o, pair, env)
  local column = column_of(d, o, pair, env)
  if not column then return nil end -- not known offline
  return column.type.values or errors.usage("op.%s: %s.%s is no enum", o.op, pair[1], pair[2])
end

function compile.add_enum_value(d, o, env)
  local list = {}
  local extended = require("curlew.op.add_enum_value").extended
  for _, pair in ipairs(enum_columns(d, o, o.values, env)) do
    local now = (env.conn or env.shadow) and values_of(d, o, pair, env) or o.values
    if not now then errors.offline("op.add_enum_value: offline the values of %s.%s aren't known", pair[1], pair[2]) end
    local values = extended(now, o)
    if not values then
      errors.usage("op.add_enum_value: %s.%s has no value %s", pair[1], pair[2], errors.show(o.before or o.after))
    end
    if values ~= now then
      list[#list + 1] = set_values(d, o, pair, values, env)
    elseif not o.if_not_exists and not o.values then
      errors.usage("op.add_enum_value: %s.%s has the value %s already", pair[1], pair[2], errors.show(o.value))
    end
  end
  return list
end

--- Rows with renamed values need both the old and the new ones for a moment.
function compile.alter_enum(d, o, env)
  local list = {}
  for _, pair in ipairs(enum_columns(d, o, o.before, env)) do
    if o.rename then
      local both, seen, olds = {}, {}, {}
      for old in pairs(o.rename) do olds[#olds + 1] = old end
      table.sort(olds)
      for _, values in ipairs { (env.conn or env.shadow) and values_of(d, o, pair, env) or o.before or {}, olds, o.values } do
        for _, value in ipairs(values) do
          if not seen[value] then both[#both + 1] = value end
          seen[value] = true
        end
      end
      list[#list + 1] = set_values(d, o, pair, both, env)
      local column, cases, texts = d:quote(pair[2]), {}, {}
      for i, old in ipairs(olds) do
        texts[i] = d:string(old)
        cases[i] = ("WHEN %s THEN %s"):format(texts[i], d:string(o.rename[old]))
      end
      list[#list + 1] = { sql = ("UPDATE %s SET %s = CASE %s %s END WHERE %s IN (%s)"):format(
        d:qualified(o.schema, pair[1]), column, column, table.concat(cases, " "), column, table.concat(texts, ", ")) }
    end
    list[#list + 1] = set_values(d, o, pair, o.values, env, o.rename)
  end
  return list
end

return M
