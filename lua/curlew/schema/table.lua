--- A table declaration in normal form: columns, constraints (primary key first) and indexes, all named as
--- far as the naming convention goes. create_table and models share it.

local check = require "curlew.op.check"
local column = require "curlew.schema.column"
local entries = require "curlew.schema.entries"
local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local naming = require "curlew.schema.naming"

local M = {}

---@class curlew.Table
---@field table string
---@field schema string?
---@field columns curlew.Column[]
---@field constraints table[] { kind =, name =, columns =, ... }
---@field indexes table[] { name =, columns =, unique =, ... }

--- Options that stand beside the columns, or in a table of options of their own.
M.OPTIONS = {
  { "comment", "text_or_null", doc = "Comment of the table" },
  { "if_not_exists", "boolean", doc = "Do nothing when the table exists" },
  { "mysql_engine", "name", doc = "Storage engine (MySQL)" },
  { "mysql_charset", "name", doc = "Default character set (MySQL)" },
  { "sqlite_strict", "boolean", doc = "STRICT table (SQLite)" },
  { "sqlite_without_rowid", "boolean", doc = "WITHOUT ROWID table (SQLite)" },
  { "sqlite_autoincrement", "boolean", doc = "Never use a rowid twice: AUTOINCREMENT (SQLite)" },
  { "postgresql_partition_by", "expression", doc = "PARTITION BY ... (PostgreSQL)" },
  { "temporary", "boolean", doc = "The table is gone when the session ends" },
}

local INTEGERS = { smallint = true, integer = true, bigint = true }

--- The columns of an index for its name: an expression by its words.
local function words_of(columns)
  local words = {}
  for i, item in ipairs(columns or {}) do
    words[i] = type(item) == "table" and item.sql:gsub("^%W+", ""):gsub("%W+$", ""):gsub("%W+", "_") or item
  end
  return words
end

--- Puts the name of a constraint or index in place.
---@param entry table
---@param table_name string
---@param context curlew.CheckContext
function M.name_entry(entry, table_name, context)
  local columns = entry.columns
  if entry.exclusions then
    columns = {}
    for i, pair in ipairs(entry.exclusions) do columns[i] = pair[1] end
  end
  entry.name = naming.name(context.naming, {
    kind = entry.kind, table = table_name, columns = words_of(columns), referent = entry.referent,
    referent_columns = entry.referent_columns, given = entry.given, hint = entry.hint, enum = entry.enum,
  })
  entry.given, entry.hint = nil, nil
  return entry
end

--- Names a column's or table's entries and sorts them into constraints and indexes.
---@param list table[]
---@param table_name string
---@param context curlew.CheckContext
---@return table[] constraints
---@return table[] indexes
function M.sort_entries(list, table_name, context)
  local constraints, indexes = {}, {}
  for _, entry in ipairs(list) do
    M.name_entry(entry, table_name, context)
    local target = entry.kind == "index" and indexes or constraints
    if entry.kind == "primary_key" then table.insert(target, 1, entry) else target[#target + 1] = entry end
  end
  return constraints, indexes
end

--- The CHECK that stands for an enum, where the database has no enum type; nil otherwise.
---@param c curlew.Column
---@param context curlew.CheckContext
---@return table?
function M.enum_check(c, context)
  if c.type.name ~= "enum" then return nil end
  if not c.type.values and not context.dialect:enum_is_type(c.type) then
    context:fail("column %s: the values of enum %s are not known here; give them: types.enum(%s, { ... })",
      errors.show(c.name), errors.show(c.type.enum), errors.show(c.type.enum))
  end
  if not context.dialect:enum_needs_check(c.type) then return nil end
  return {
    kind = "check", enum = true, columns = { c.name }, hint = c.type.enum,
    expression = context.dialect:enum_condition(c.name, c.type.values),
  }
end

local function take_column(t, value, context)
  local c, own, in_key = column.read(value, context)
  if t.by_name[c.name] then context:fail("column %s stands twice", errors.show(c.name)) end
  t.by_name[c.name] = c
  t.columns[#t.columns + 1] = c
  if in_key then t.key[#t.key + 1] = c.name end
  for _, entry in ipairs(own) do t.entries[#t.entries + 1] = entry end
  t.entries[#t.entries + 1] = M.enum_check(c, context)
end

local function take_entry(t, value, context)
  local entry = entries.read(value, context)
  if entry.kind == "primary_key" then
    if t.primary_key then context:fail("there are two primary keys") end
    t.primary_key = entry
  end
  t.entries[#t.entries + 1] = entry
end

--- A table has one key: of the columns that say so, or of the entry.
local function settle_key(t, context)
  if t.primary_key and #t.key > 0 then
    for _, name in ipairs(t.key) do
      local found = false
      for _, other in ipairs(t.primary_key.columns) do found = found or other == name end
      if not found then
        context:fail("column %s says primary_key, but op.primary_key does not list it", errors.show(name))
      end
    end
  elseif #t.key > 0 then
    t.primary_key = { kind = "primary_key", columns = t.key }
    t.entries[#t.entries + 1] = t.primary_key
  end
  for _, name in ipairs(t.primary_key and t.primary_key.columns or {}) do
    if t.by_name[name] then t.by_name[name].nullable = false end
  end
end

local function check_columns_exist(t, context)
  for _, entry in ipairs(t.entries) do
    local lists = { entry.columns or {}, entry.include or {} }
    for _, pair in ipairs(entry.exclusions or {}) do table.insert(lists[1], pair[1]) end
    for _, list in ipairs(lists) do
      for _, name in ipairs(list) do
        if type(name) == "string" and not t.by_name[name] then
          local names = {}
          for _, c in ipairs(t.columns) do names[#names + 1] = c.name end
          context:fail("op.%s: there is no column %s%s", entry.kind, errors.show(name),
            require("curlew.suggest").hint(name, names))
        end
      end
    end
  end
end

--- A key of one integer column numbers itself, unless something says where its values come from.
local function settle_autoincrement(t, context)
  local key = t.primary_key and t.primary_key.columns or {}
  local only = #key == 1 and t.by_name[key[1]]
  for _, c in ipairs(t.columns) do
    if c.autoincrement and not INTEGERS[c.type.name] and c.type.name ~= "raw" then
      context:fail("column %s: autoincrement needs an integer type", errors.show(c.name))
    end
  end
  if not only or only.autoincrement ~= nil or not INTEGERS[only.type.name] then return end
  local given = only.default or only.computed or only.identity
  for _, entry in ipairs(t.entries) do
    if entry.kind == "foreign_key" then
      for _, name in ipairs(entry.columns) do given = given or name == only.name end
    end
  end
  only.autoincrement = not given
end

--- Reads a list of columns and entries, with table options among its keys.
---@param name string
---@param list table
---@param context curlew.CheckContext
---@return curlew.Table
---@return table options
function M.read(name, list, context)
  local t = { columns = {}, by_name = {}, entries = {}, key = {} }
  local options, count = {}, 0
  for key, value in pairs(list) do
    if math.type(key) == "integer" then count = math.max(count, key) else options[key] = value end
  end
  for i = 1, count do
    local value = list[i]
    if entries.is(value) then
      take_entry(t, value, context)
    elseif type(value) == "table" and getmetatable(value) == nil then
      take_column(t, value, value[1] == nil and value.name == nil and context:at("entry " .. i) or context)
    elseif value ~= nil then
      context:fail("entry %d must be a column or op.unique{...} and the like, got %s", i, errors.show(value))
    end
  end
  if #t.columns == 0 then context:fail("the table has no columns") end
  check_columns_exist(t, context)
  settle_key(t, context)
  settle_autoincrement(t, context)
  local constraints, indexes = M.sort_entries(t.entries, name, context)
  local result = { table = name, columns = t.columns, constraints = constraints, indexes = indexes }
  for key, value in pairs(check.options(M.OPTIONS, options, context)) do
    if value ~= marks.null then result[key] = value end
  end
  return result
end

return M
