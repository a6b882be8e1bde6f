--- The inspector: what the live catalog says, in one shape on every server. It keeps nothing between
--- calls. How each server is asked is in dialect/<name>/reflect.lua.

local errors = require "curlew.op.errors"

local M = {}

---@class curlew.Inspector
local Inspector = { __name = "curlew.Inspector" }
Inspector.__index = Inspector

--- An inspector over a connection.
---@param conn table has all, first, scalar and column
---@param dialect curlew.Dialect
---@return curlew.Inspector
function M.new(conn, dialect)
  return setmetatable({ dialect = dialect, conn = conn, reflect = dialect.reflect }, Inspector)
end

local function check_name(method, what, value)
  if type(value) ~= "string" or value == "" then
    errors.usage("inspector:%s: %s must be a name, got %s", method, what, errors.show(value))
  end
end

local function schema_of(method, options)
  if options == nil then return nil end
  if type(options) ~= "table" then
    errors.usage("inspector:%s: the last argument must be { schema = }, got %s", method, errors.show(options))
  end
  for key in pairs(options) do
    if key ~= "schema" then errors.usage("inspector:%s: unknown option %s", method, tostring(key)) end
  end
  return options.schema
end

--- What the methods that list something take: a table's name, or nothing.
local LISTS = {
  tables = 0, views = 0, enums = 0,
  columns = 1, primary_key = 1, indexes = 1, foreign_keys = 1, unique_constraints = 1, checks = 1,
}

local function list(self, method, ...)
  local reflect = self.reflect[method]
  if LISTS[method] == 0 then return reflect(self.dialect, self.conn, schema_of(method, (...))) end
  local table_name, options = ...
  check_name(method, "the table", table_name)
  return reflect(self.dialect, self.conn, schema_of(method, options), table_name)
end

for method in pairs(LISTS) do
  Inspector[method] = function(self, ...) return errors.at_caller(list, self, method, ...) end
end

local function find(items, name, same)
  for _, item in ipairs(items) do
    if item.name and same(item.name, name) then return item end
  end
end

--- Whether there is a table of this name.
---@param name string
---@param options { schema: string? }?
---@return boolean
function Inspector:has_table(name, options)
  return errors.at_caller(function()
    check_name("has_table", "the table", name)
    return self.reflect.has_table(self.dialect, self.conn, schema_of("has_table", options), name)
  end)
end

--- Whether a table has a column; false also when there is no such table.
---@return boolean
function Inspector:has_column(table_name, name, options)
  return errors.at_caller(function()
    check_name("has_column", "the table", table_name)
    check_name("has_column", "the column", name)
    local columns = self.reflect.columns(self.dialect, self.conn, schema_of("has_column", options), table_name)
    return find(columns, name, self.dialect.same_column) ~= nil
  end)
end

--- Whether a table has an index; with nil for the table, whether any has.
---@return boolean
function Inspector:has_index(table_name, name, options)
  return errors.at_caller(function()
    check_name("has_index", "the index", name)
    local schema = schema_of("has_index", options)
    if table_name == nil then return self.reflect.index_table(self.dialect, self.conn, schema, name) ~= nil end
    check_name("has_index", "the table", table_name)
    local indexes = self.reflect.all_indexes(self.dialect, self.conn, schema, table_name)
    return find(indexes, name, self.dialect.same_column) ~= nil
  end)
end

--- Whether a table has a constraint of this name, of whatever kind.
---@return boolean
function Inspector:has_constraint(table_name, name, options)
  return errors.at_caller(function()
    check_name("has_constraint", "the table", table_name)
    check_name("has_constraint", "the constraint", name)
    for _, constraint in ipairs(self:constraints(table_name, options)) do
      if constraint.name and self.dialect.same_column(constraint.name, name) then return true end
    end
    return false
  end)
end

--- What operations ask about besides tables, to probe and for if_exists: method -> the words for messages.
local OTHERS = {
  has_view = "the view", has_schema = "the schema", has_sequence = "the sequence",
  has_extension = "the extension", has_function = "the function",
}

for method, words in pairs(OTHERS) do
  Inspector[method] = function(self, name, options)
    return errors.at_caller(function()
      check_name(method, words, name)
      local ask = self.reflect[method]
      return ask ~= nil and ask(self.dialect, self.conn, schema_of(method, options), name)
    end)
  end
end

--- Whether a table has a trigger.
---@return boolean
function Inspector:has_trigger(table_name, name, options)
  return errors.at_caller(function()
    check_name("has_trigger", "the table", table_name)
    check_name("has_trigger", "the trigger", name)
    return self.reflect.has_trigger(self.dialect, self.conn, schema_of("has_trigger", options), table_name, name)
  end)
end

--- All constraints of a table, each with its `kind`: for operations that look one up by its columns.
---@param table_name string
---@param options { schema: string? }?
---@return table[]
function Inspector:constraints(table_name, options)
  local result = {}
  local key = self:primary_key(table_name, options)
  if key then
    key.kind = "primary_key"
    result[1] = key
  end
  for method, kind in pairs { unique_constraints = "unique", foreign_keys = "foreign_key", checks = "check" } do
    for _, item in ipairs(self[method](self, table_name, options)) do
      item.kind = kind
      result[#result + 1] = item
    end
  end
  local schema = options and options.schema
  table.move(self.reflect.other_constraints(self.dialect, self.conn, schema, table_name), 1, 1000, #result + 1, result)
  table.sort(result, function(a, b) return (a.name or "") < (b.name or "") end)
  return result
end

return M
