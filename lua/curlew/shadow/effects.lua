--- What each operation does to the shadow: how a table looks once its statements have run.

local definition = require "curlew.op.drop_constraint"
local null = require "curlew.null"

local effects = {}

local function copy(list)
  local result = {}
  for i, item in ipairs(list or {}) do
    local c = {}
    for field, value in pairs(item) do c[field] = value end
    if c.columns then c.columns = table.move(c.columns, 1, #c.columns, 1, {}) end
    result[i] = c
  end
  return result
end

local function remove(list, test)
  for i = #list, 1, -1 do
    if test(list[i]) then table.remove(list, i) end
  end
end

--- Whether a constraint or index is over a column.
local function covers(item, column, same)
  for _, name in ipairs(item.columns or {}) do
    if type(name) == "string" and same(name, column) then return true end
  end
  return false
end

local function rename_in(list, old, new, same)
  for _, item in ipairs(list) do
    for i, name in ipairs(item.columns or {}) do
      if type(name) == "string" and same(name, old) then item.columns[i] = new end
    end
  end
end

local function key_of(schema, name) return (schema or "") .. "." .. name end

function effects.create_table(s, o)
  if o.if_not_exists and s:find(o.table, o.schema) then return end
  s.tables[key_of(o.schema, o.table)] =
    { columns = copy(o.columns), constraints = copy(o.constraints), indexes = copy(o.indexes) }
end

function effects.drop_table(s, o) s.tables[key_of(o.schema, o.table)] = false end

function effects.rename_table(s, o)
  local parts = s:keep(o.table, o.schema)
  s.tables[key_of(o.schema, o.new)] = parts
  s.tables[key_of(o.schema, o.table)] = false
  s:each(function(other_parts)
    for _, c in ipairs(other_parts.constraints) do
      if c.referent == o.table and c.referent_schema == o.schema then c.referent = o.new end
    end
  end)
end

--- Effects on one table that is known; what happens to one that is not stays unknown.
local function on_table(fn)
  return function(s, o)
    local parts = s:keep(o.table, o.schema)
    if parts then fn(s, o, parts, s.dialect.same_column) end
  end
end

effects.add_column = on_table(function(s, o, parts)
  if s:column(parts, o.column.name) then return end
  local at = o.first and 1 or #parts.columns + 1
  for i, c in ipairs(parts.columns) do
    if o.after and s.dialect.same_column(c.name, o.after) then at = i + 1 end
  end
  table.insert(parts.columns, at, copy({ o.column })[1])
  local constraints, indexes = copy(o.constraints), copy(o.indexes)
  table.move(constraints, 1, #constraints, #parts.constraints + 1, parts.constraints)
  table.move(indexes, 1, #indexes, #parts.indexes + 1, parts.indexes)
end)

effects.drop_column = on_table(function(_, o, parts, same)
  local function gone(item) return covers(item, o.column, same) end
  remove(parts.columns, function(c) return same(c.name, o.column) end)
  remove(parts.constraints, gone)
  remove(parts.indexes, gone)
end)

effects.alter_column = on_table(function(s, o, parts, same)
  local c = s:column(parts, o.column)
  if not c then return end
  for field, option in pairs { type = "type", nullable = "nullable", default = "server_default", comment = "comment",
    collation = "collation", computed = "computed", identity = "identity", autoincrement = "autoincrement" } do
    local value = o[option]
    if value == null then c[field] = nil elseif value ~= nil then c[field] = value end
  end
  if o.identity ~= nil then c.autoincrement = o.identity ~= null or nil end
  if o.enum_check then parts.constraints[#parts.constraints + 1] = o.enum_check end
  if o.new_column_name then
    rename_in(parts.constraints, o.column, o.new_column_name, same)
    rename_in(parts.indexes, o.column, o.new_column_name, same)
    c.name = o.new_column_name
  end
end)

effects.create_index = on_table(function(_, o, parts) parts.indexes[#parts.indexes + 1] = copy({ o })[1] end)

function effects.drop_index(s, o)
  local function drop(parts)
    remove(parts.indexes, function(i) return i.name and s.dialect.same_column(i.name, o.name) end)
    -- A unique constraint is an index on MySQL.
    if s.dialect.name == "mysql" then
      remove(parts.constraints, function(c) return c.kind == "unique" and c.name and s.dialect.same_column(c.name, o.name) end)
    end
  end
  local parts = o.table and s:keep(o.table, o.schema)
  if parts then drop(parts) elseif not o.table then s:each(drop) end
end

local function renamed(field)
  return on_table(function(_, o, parts, same)
    for _, item in ipairs(parts[field]) do
      if item.name and same(item.name, o.old) then item.name = o.new end
    end
  end)
end
effects.rename_index = renamed "indexes"
effects.rename_constraint = renamed "constraints"

local add_constraint = on_table(function(_, o, parts, same)
  for _, c in ipairs(parts.constraints) do
    if c.name and o.constraint.name and same(c.name, o.constraint.name) then return end
  end
  parts.constraints[#parts.constraints + 1] = copy({ o.constraint })[1]
end)
for _, name in ipairs { "create_primary_key", "create_unique_constraint", "create_check_constraint",
  "create_exclude_constraint", "create_foreign_key" } do
  effects[name] = add_constraint
end

effects.drop_constraint = on_table(function(s, o, parts, same)
  local kind, ops = definition.KINDS[o.type], require "curlew.op.constraint_ops"
  remove(parts.constraints, function(c)
    if o.name and not (c.kind == "primary_key" and kind == "primary_key" and s.dialect.name == "mysql") then
      return c.name ~= nil and same(c.name, o.name)
    end
    return c.kind == kind and (not o.columns or ops.same_columns(ops.columns_of(c), o.columns, same))
  end)
end)

--- Every column of an enum: those of its type's name, and those that the operation was told or found.
local function enum_columns(s, o, fn)
  local function look_at(parts, wanted)
    for _, c in ipairs(parts.columns) do
      if wanted and s.dialect.same_column(c.name, wanted) or c.type.name == "enum" and c.type.enum == o.name then fn(c) end
    end
  end
  for _, pair in ipairs(o.found or o.columns or {}) do
    local parts = s:keep(pair[1], o.schema)
    if parts then look_at(parts, pair[2]) end
  end
  s:each(function(parts) look_at(parts) end)
end

local function set_values(c, values, renames)
  local kind = { values = values }
  for field, value in pairs(c.type) do
    if field ~= "values" and field ~= "text" then kind[field] = value end
  end
  c.type = setmetatable(kind, getmetatable(c.type))
  local default = c.default and c.default.value
  if default and (renames or {})[default] then c.default = { value = renames[default] } end
end

function effects.alter_enum(s, o)
  enum_columns(s, o, function(c) set_values(c, o.values, o.rename) end)
end

function effects.add_enum_value(s, o)
  local extended = require("curlew.op.add_enum_value").extended
  enum_columns(s, o, function(c)
    local values = c.type.values and extended(c.type.values, o)
    if values then set_values(c, values) end
  end)
end

function effects.batch_alter_table(s, o)
  for _, record in ipairs(o.records) do s:apply(record) end
end

for _, kind in ipairs { "view", "function", "trigger", "schema", "sequence", "extension" } do
  effects["create_" .. kind] = function(s, o) s.others[kind .. " " .. (o.name or o.signature)] = true end
  effects["drop_" .. kind] = function(s, o) s.others[kind .. " " .. (o.name or o.signature)] = false end
end
effects.replace_view = effects.create_view

function effects.execute(s, o) s:saw(o.sql) end

return effects
