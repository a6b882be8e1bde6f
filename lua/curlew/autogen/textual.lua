--- Where the account may not have a scratch place (MySQL): the declared schema in the server's words as far as rules
--- can tell. What the database has is taken to be what the models say when the two differ in nothing but how they are
--- written: letters, quotes, parentheses, the charset of a text.

local expression = require "curlew.autogen.expression"
local normal = require "curlew.autogen.normal"
local quick = require "curlew.autogen.quick"

local M = {}

--- Words that the servers write in another's place.
local SYNONYMS = { now = "current_timestamp", localtime = "current_timestamp", localtimestamp = "current_timestamp",
  octet_length = "length", lcase = "lower", ucase = "upper", substr = "substring", mid = "substring" }

--- An expression without what servers add.
local function loose(text)
  local plain = text:gsub("`", '"')
  plain = expression.normal(plain):gsub("_utf8mb[34] '", "'"):gsub("[()]", " "):gsub("%s+", " ")
  return (plain:gsub("^ ", ""):gsub(" $", ""):gsub("%f[%w_][%l_]+%f[^%w_]", SYNONYMS))
end

local function alike(a, b) return a == b or loose(a) == loose(b) end

local function default_of(d, c, real)
  if not c.default then return nil end
  local text = d:default(c.default, c)
  local there = real and real.default
  local same = there and (quick.same_default(c.default, there) or alike(there.sql, text)
    or tonumber(there.sql) ~= nil and tonumber(c.default.value) == tonumber(there.sql))
  return same and real.default or { sql = text, value = c.default.value }
end

local function column_of(d, c, real)
  local column = normal.copy(c)
  local same = real and quick.same_type(d, c.type, real.type)
  column.text = same and real.text or d:type(c.type, c):lower()
  column.default = default_of(d, c, real)
  if column.computed and real and real.computed and alike(column.computed.sql, real.computed.sql) then
    column.computed = { sql = real.computed.sql, persisted = c.computed.persisted or false }
  end
  if column.identity then column.autoincrement, column.identity = true, nil end
  return column
end

local function check_of(c, real)
  local copy = normal.copy(c)
  for _, other in ipairs(real and real.constraints or {}) do
    if other.kind == "check" and alike(other.expression, c.expression) then copy.expression = other.expression end
  end
  return copy
end

local function table_of(x, declared)
  local record, d = declared.record, x.dialect
  local real = x.real_by_key[normal.key(declared)]
  local columns = {}
  for _, c in ipairs(real and real.columns or {}) do columns[x:fold(c.name)] = c end
  local t = { name = declared.name, schema = declared.schema, columns = {}, constraints = {}, indexes = {},
    comment = record.comment, options = { mysql_engine = record.mysql_engine, mysql_charset = record.mysql_charset } }
  for i, c in ipairs(record.columns) do t.columns[i] = column_of(d, c, columns[x:fold(c.name)]) end
  for _, c in ipairs(record.constraints) do
    if c.kind == "check" then
      t.constraints[#t.constraints + 1] = check_of(c, real)
    elseif c.kind ~= "foreign_key" then
      local copy = normal.copy(c)
      if c.kind == "primary_key" then copy.name = nil end
      t.constraints[#t.constraints + 1] = copy
    end
  end
  for _, index in ipairs(record.indexes) do
    local copy = normal.copy(index)
    if index.unique and not index.mysql_length and not index.using then copy.kind, copy.unique = "unique", nil end
    for _, item in ipairs(index.columns) do
      if type(item) ~= "string" then copy.kind, copy.unique = "index", index.unique end
    end
    table.insert(copy.kind == "unique" and t.constraints or t.indexes, copy)
  end
  return t
end

--- A view's text is the server's own beyond recognition: it is taken to be what is declared while the columns that
--- it mentions are the same words.
local function view_of(x, view)
  local real = normal.by(x.real.views)[normal.key(view)]
  return { name = view.name, schema = view.schema, query = real and real.query or view.query }
end

--- The declared tables, views and sequences in the normal form.
---@param x curlew.Comparison
---@param declared table
---@return table schema
function M.read(x, declared)
  local schema = normal.new()
  for i, t in ipairs(declared.tables) do schema.tables[i] = table_of(x, t) end
  for i, view in ipairs(declared.views) do schema.views[i] = view_of(x, view) end
  for i, s in ipairs(declared.sequences) do
    schema.sequences[i] = { name = s.name, schema = s.schema, options = normal.copy(s.options) }
  end
  if #declared.tables + #declared.views > 0 then
    x:note("this account may not create a database, so the models could not be put through the server: types, defaults and "
      .. "CHECKs were compared by their texts%s", #declared.views > 0 and ", and the queries of views not at all" or "")
  end
  return schema
end

return M
