--- The normal form of a schema: what both sides of a comparison are, whoever filled it in.
---
---     schema = { tables = {}, enums = {}, views = {}, sequences = {}, others = {} }     lists, sorted by name
---     table  = { schema =, name =, columns = {}, constraints = {}, indexes = {}, comment =, options = {} }
---     column = { name =, type =, text =, nullable =, default =, autoincrement =, identity =, computed =,
---                collation =, comment = }
---
--- `schema` is nil for the connection's own. A column's `text` is its type as the server writes it, which is what
--- gets compared; its `type` is a curlew.Type that makes that text again. `default` is { sql =, value = }: the text
--- as the server writes it, and the literal where it is one. Constraints and indexes have the fields of
--- create_table's records (kind, name, columns, expression, referent, ...), with what is the default left out.
--- `others` lists what has no form here: { kind =, name =, table =, text = }, kept as comments and notes.

local types = require "curlew.types"

local M = {}

--- The key of an object among those of its kind.
---@param o { schema: string?, name: string }
---@return string
function M.key(o) return (o.schema or "") .. "\0" .. o.name end

--- "schema.name" for people.
---@param o { schema: string?, name: string }
---@return string
function M.title(o) return o.schema and o.schema .. "." .. o.name or o.name end

---@return table schema
function M.new() return { tables = {}, enums = {}, views = {}, sequences = {}, others = {} } end

--- A list as a table from key to item.
---@param list table[]
---@param key (fun(item: table): string)?
---@return table<string, table>
function M.by(list, key)
  local map = {}
  for _, item in ipairs(list) do map[(key or M.key)(item)] = item end
  return map
end

--- Sorts a list of named objects.
---@param list table[]
---@return table[]
function M.sort(list)
  table.sort(list, function(a, b) return M.key(a) < M.key(b) end)
  return list
end

local KINDS = { primary_key = 1, unique = 2, foreign_key = 3, check = 4, exclude = 5 }

--- Puts a table's constraints and indexes in an order of their own: which was made first says nothing.
---@param t table
function M.arrange(t)
  local texts = {}
  for _, c in ipairs(t.constraints) do
    texts[c] = ("%d\0%s\0%s\0%s"):format(KINDS[c.kind], c.name or "", table.concat(c.columns or {}, "\1"),
      c.expression or c.referent or "")
  end
  table.sort(t.constraints, function(a, b) return texts[a] < texts[b] end)
  table.sort(t.indexes, function(a, b) return a.name < b.name end)
end

--- Whether two values are the same, tables by what is in them.
---@return boolean
function M.same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not M.same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

--- A copy of a value, tables and all; metatables are kept.
---@generic T
---@param value T
---@return T
function M.copy(value)
  if type(value) ~= "table" then return value end
  local result = {}
  for key, item in pairs(value) do result[key] = M.copy(item) end
  return setmetatable(result, getmetatable(value))
end

--- A reflected default as a record has it: the literal where that is certain, else SQL text.
---@param default { sql: string, value: any }?
---@return { sql: string? , value: any }?
function M.default_record(default)
  if not default then return nil end
  if default.value ~= nil then return { value = default.value } end
  return { sql = default.sql }
end

--- Keeps a default, and the literal that it is when writing that gives the same text again.
---@param c table
---@param text string as the server writes it
---@param value any
function M.set_default(c, text, value)
  if math.type(value) == "float" and ("%.15g"):format(value) ~= text then value = nil end
  c.default = { sql = text, value = value }
end

local SERIAL = { smallint = "smallserial", integer = "serial", bigint = "bigserial" }

--- A column as it stands in records.
---@param c table
---@return curlew.Column
function M.column_record(c)
  local column = { name = c.name, type = M.copy(c.type), nullable = c.nullable, default = M.default_record(c.default),
    autoincrement = c.autoincrement, identity = M.copy(c.identity), computed = M.copy(c.computed),
    collation = c.collation, comment = c.comment }
  if c.serial then
    column.type, column.autoincrement = types.make { name = "raw", sql = SERIAL[c.text] }, nil
  elseif c.identity then
    column.autoincrement = nil
  end
  return column
end

local INTEGERS = { smallint = true, integer = true, bigint = true }

--- The one integer column that is a table's key numbers itself unless it says otherwise.
local function settle_key(record)
  local key = record.constraints[1]
  if not key or key.kind ~= "primary_key" or #key.columns ~= 1 then return end
  for _, c in ipairs(record.columns) do
    if c.name == key.columns[1] and INTEGERS[c.type.name] then
      if c.identity and next(c.identity) == nil then c.identity, c.autoincrement = nil, true end
      if not c.autoincrement and not c.identity then c.autoincrement = false end
    end
  end
end

--- The record of the operation that makes a table as it is.
---@param t table
---@return table record
function M.create_table(t)
  local record = { op = "create_table", table = t.name, schema = t.schema, columns = {}, constraints = {}, indexes = {},
    comment = t.comment }
  for i, c in ipairs(t.columns) do record.columns[i] = M.column_record(c) end
  for i, c in ipairs(t.constraints) do record.constraints[i] = M.copy(c) end
  for _, c in ipairs(t.indexes) do
    if not c.implicit then record.indexes[#record.indexes + 1] = M.copy(c) end
  end
  for option, value in pairs(t.options or {}) do record[option] = value end
  settle_key(record)
  return record
end

--- The part of a dialect that only autogenerate needs: "catalog" or "scratch".
---@param d curlew.Dialect
---@param part string
---@return table
function M.of_dialect(d, part) return require(("curlew.dialect.%s.%s"):format(d.name, part)) end

return M
