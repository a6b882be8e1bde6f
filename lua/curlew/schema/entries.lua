--- Table entries besides columns: op.primary_key, op.unique, op.foreign_key, op.check, op.index and
--- op.exclude, and the options they share with the operations that create the same thing later.

local check = require "curlew.op.check"
local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"

local M = {}

local Entry = { __name = "curlew.TableEntry" }

local DEFER = {
  { "deferrable", "boolean", doc = "May be checked at the end of the transaction" },
  { "initially", "initially", doc = "\"deferred\" or \"immediate\"" },
}

local function with(first, ...)
  local list = table.move(first, 1, #first, 1, {})
  for _, more in ipairs({ ... }) do table.move(more, 1, #more, #list + 1, list) end
  return list
end

--- The options of each kind, used by entries and operations alike.
M.OPTIONS = {
  primary_key = with(DEFER),
  unique = with(DEFER, {
    { "include", "names", doc = "Columns carried in the index (PostgreSQL)" },
    { "nulls_not_distinct", "boolean", doc = "NULLs count as equal (PostgreSQL 15)" },
  }),
  foreign_key = with({
    { "ondelete", "action", doc = "What happens here when the referenced row is deleted" },
    { "onupdate", "action", doc = "What happens here when the referenced key changes" },
  }, DEFER, {
    { "match", "match", doc = "\"simple\" or \"full\"" },
    { "not_valid", "boolean", doc = "Leave existing rows unchecked until validate_constraint (PostgreSQL)" },
    { "referent_schema", "name", doc = "Schema of the referenced table" },
    { "source_schema", "name", doc = "Schema of the referencing table" },
  }),
  check = with({
    { "not_valid", "boolean", doc = "Leave existing rows unchecked until validate_constraint (PostgreSQL)" },
  }, DEFER),
  exclude = with({
    { "using", "name", doc = "Index method, gist unless given" },
    { "where", "expression", doc = "Rows it is about" },
  }, DEFER),
  index = {
    { "unique", "boolean", doc = "Values are unique" },
    { "where", "expression", doc = "Rows it covers (PostgreSQL, SQLite)" },
    { "using", "name", doc = "Index method" },
    { "include", "names", doc = "Columns carried beside the key (PostgreSQL)" },
    { "mysql_length", "lengths", doc = "Length of the prefix, or lengths by column (MySQL)" },
    { "ops", "operator_classes", doc = "Operator classes by column (PostgreSQL)" },
    { "nulls_not_distinct", "boolean", doc = "NULLs count as equal in a unique index (PostgreSQL 15)" },
  },
}

check.kind("lengths", "a number, or numbers by column", function(value)
  if math.type(value) == "integer" and value > 0 then return value end
  if type(value) ~= "table" then return nil end
  for column, length in pairs(value) do
    if type(column) ~= "string" or math.type(length) ~= "integer" or length < 1 then return nil end
  end
  return value
end)

check.kind("operator_classes", "operator classes by column", function(value)
  if type(value) ~= "table" then return nil end
  for column, class in pairs(value) do
    if type(column) ~= "string" or type(class) ~= "string" or not class:match("^[%w_.]+$") then return nil end
  end
  return value
end)

check.kind("index_columns", "a list of column names or op.sql", function(value, context)
  if type(value) == "string" or marks.is_sql(value) then value = { value } end
  if type(value) ~= "table" or getmetatable(value) ~= nil then return nil end
  if #value == 0 then return nil, "an empty list" end
  local result, seen = {}, {}
  for i, item in ipairs(value) do
    if marks.is_sql(item) then
      result[i] = { sql = check.value("expression", item, context, context.label) }
    else
      result[i] = check.value("name", item, context, ("%s[%d]"):format(context.label, i))
      if seen[item] then return nil, ("%s twice"):format(errors.show(item)) end
      seen[item] = true
    end
  end
  return result
end)

check.kind("exclusions", "a list of { column, operator }", function(value, context)
  if type(value) ~= "table" or #value == 0 then return nil end
  local result = {}
  for i, pair in ipairs(value) do
    if type(pair) ~= "table" or type(pair[2]) ~= "string" or not pair[2]:match("^[-+*/<>=~!@#%%^&|`?]+$") then
      return nil, ("one that is not, at position %d"):format(i)
    end
    local what = marks.is_sql(pair[1]) and { sql = pair[1].sql }
      or check.value("name", pair[1], context, ("%s[%d]"):format(context.label, i))
    result[i] = { what, pair[2] }
  end
  return result
end)

--- Named fields of a list that also has positional values.
local function split(list)
  local positional, options = {}, {}
  for key, value in pairs(list) do
    if math.type(key) == "integer" then positional[key] = value else options[key] = value end
  end
  return positional, options
end

local function plain(value) return type(value) == "table" and getmetatable(value) == nil end

--- What each constructor takes: functions from its arguments to raw fields and options. They are checked
--- when the table is, since only then the database is known.
local CONSTRUCTORS = {
  primary_key = function(columns, options)
    if plain(columns) and options == nil then columns, options = split(columns) end
    return { columns = columns }, options
  end,
  check = function(expression, options)
    if plain(expression) and options == nil then
      expression, options = split(expression)
      expression = expression[1]
    end
    return { expression = expression }, options
  end,
  foreign_key = function(columns, referent, referent_columns, options)
    return { columns = columns, referent = referent, referent_columns = referent_columns }, options
  end,
  exclude = function(exclusions, options)
    if plain(exclusions) and options == nil then exclusions, options = split(exclusions) end
    return { exclusions = exclusions }, options
  end,
}
CONSTRUCTORS.unique = CONSTRUCTORS.primary_key
CONSTRUCTORS.index = CONSTRUCTORS.primary_key

local FIELD_KINDS = {
  columns = "names", expression = "expression", referent = "name", referent_columns = "names",
  exclusions = "exclusions",
}

--- The constructors as scripts see them.
---@return table<string, function>
function M.api()
  local api = {}
  for kind, construct in pairs(CONSTRUCTORS) do
    api[kind] = function(...)
      local fields, options = construct(...)
      return setmetatable({ kind = kind, fields = fields, options = options }, Entry)
    end
  end
  return api
end

---@param value any
---@return boolean
function M.is(value) return getmetatable(value) == Entry end

--- Checks an entry and gives its normal form: { kind =, given = name, columns =, ... }.
---@param entry table
---@param context curlew.CheckContext
---@return table
function M.read(entry, context)
  local inner = context:at("op." .. entry.kind)
  local specs = with(M.OPTIONS[entry.kind], { { "name", "given_name" } })
  if entry.options ~= nil and not plain(entry.options) then
    inner:fail("the last argument must be a table of options, got %s", errors.show(entry.options))
  end
  local result = check.options(specs, entry.options, inner)
  result.kind, result.given, result.name = entry.kind, result.name, nil
  local wanted = entry.kind == "foreign_key" and { "columns", "referent", "referent_columns" }
    or entry.kind == "check" and { "expression" } or entry.kind == "exclude" and { "exclusions" } or { "columns" }
  for _, field in ipairs(wanted) do
    local kind = entry.kind == "index" and "index_columns" or FIELD_KINDS[field]
    result[field] = check.value(kind, entry.fields[field], inner, field:gsub("_", " "))
  end
  if result.referent_columns and #result.referent_columns ~= #result.columns then
    inner:fail("%d columns reference %d", #result.columns, #result.referent_columns)
  end
  return result
end

--- The check that a column carries.
check.kind("column_check", "an expression or op.check(...)", function(value, context)
  if M.is(value) then
    if value.kind ~= "check" then return nil, "op." .. value.kind end
    return M.read(value, context)
  end
  return { kind = "check", expression = check.value("expression", value, context, "check") }
end)

return M
