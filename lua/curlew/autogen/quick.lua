--- Tables that are certainly what the models say, without asking the server: everything structural is the same,
--- every type is one that the reflection gives back, every literal is the same literal, and every expression is
--- written exactly as the server writes it. In doubt a table is not settled, and goes the long way through the
--- scratch place; so this decides how long a comparison takes and never what it finds.

local marks = require "curlew.op.marks"
local normal = require "curlew.autogen.normal"

local M = {}

--- Types that mean another one on a server.
local SAME = {
  postgresql = { datetime = "timestamp", float = "double" },
  mysql = { jsonb = "json", float = "double" },
  sqlite = { jsonb = "json" },
}

--- Fields that a server's type does not have, so that the reflection has none.
local DROPPED = {
  postgresql = { blob = { "length" }, text = { "length" } },
  sqlite = { text = { "length" }, blob = { "length" }, time = { "timezone", "precision" },
    timestamp = { "timezone", "precision" }, datetime = { "timezone", "precision" } },
  mysql = { time = { "timezone" }, timestamp = { "timezone" }, datetime = { "timezone" } },
}

local function plain_type(d, t)
  local copy = normal.copy(setmetatable(normal.copy(t), nil))
  copy.collation, copy.known, copy.text = nil, nil, nil
  if copy.timezone == false then copy.timezone = nil end
  if copy.precision and copy.name == "float" then copy.unsure = true end
  copy.name = SAME[d.name][copy.name] or copy.name
  for _, field in ipairs(DROPPED[d.name][copy.name] or {}) do copy[field] = nil end
  if copy.of then copy.of = plain_type(d, copy.of) end
  if copy.name == "enum" then
    if d.name == "mysql" then copy.enum = nil end
    if copy.native == true then copy.native = nil end
    copy.length, copy.check = nil, nil
  end
  return copy
end

--- Whether two types are certainly the same here.
---@return boolean
function M.same_type(d, a, b)
  local x, y = plain_type(d, a), plain_type(d, b)
  return not x.unsure and not y.unsure and normal.same(x, y)
end

--- Whether a declared default is certainly the reflected one.
---@param declared table?
---@param real table?
---@return boolean
function M.same_default(declared, real)
  if declared == nil or real == nil then return declared == nil and real == nil end
  if declared.sql then return declared.sql == real.sql end
  local a, b = declared.value, real.value
  if type(a) == "number" and type(b) == "number" then return a == b and math.type(a) == math.type(b) end
  return a ~= nil and a == b
end

local function same_identity(c, real)
  if c.identity then return real.identity ~= nil and normal.same(c.identity, real.identity) end
  if not c.autoincrement then return not real.autoincrement end
  return real.autoincrement == true and next(real.identity or {}) == nil
end

local function same_computed(a, b)
  if a == nil or b == nil then return a == b end
  return a.sql == b.sql and (a.persisted or false) == (b.persisted or false)
end

local function same_column(x, c, real)
  local d = x.dialect
  if c.name ~= real.name or c.nullable ~= real.nullable then return false end
  local rowid = d.name == "sqlite" and c.autoincrement and real.autoincrement
  return (rowid or M.same_type(d, c.type, real.type)) and M.same_default(c.default, real.default)
    and same_identity(c, real) and same_computed(c.computed, real.computed)
    and (c.comment or "") == (real.comment or "") and c.collation == real.collation
end

-- Constraints and indexes -------------------------------------------------------------------------

local IGNORED = { source = true, explicit = true, not_valid = true, hint = true, enum = true, given = true, implicit = true }

--- What a constraint or index says, as text: the same text is the same thing.
local function text_of(value)
  if type(value) ~= "table" then return tostring(value) end
  if marks.is_sql(value) then return "sql:" .. value.sql end
  local parts, names = {}, {}
  for _, item in ipairs(value) do parts[#parts + 1] = text_of(item) end
  for name, item in pairs(value) do
    if type(name) == "string" and not IGNORED[name] and item ~= false then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do parts[#parts + 1] = name .. "=" .. text_of(value[name]) end
  return "{" .. table.concat(parts, "\1") .. "}"
end

local NOTHING = { ["no action"] = true }

local function plain(x, t, c)
  local copy = {}
  for field, value in pairs(c) do copy[field] = value end
  if c.kind == "check" then copy.columns = nil end
  if c.kind == "foreign_key" then
    for _, field in ipairs { "ondelete", "onupdate" } do
      if NOTHING[copy[field]] or copy[field] == "restrict" and x.dialect.name == "mysql" then copy[field] = nil end
    end
    if copy.match == "simple" then copy.match = nil end
    if x.dialect.name == "mysql" and copy.referent_schema == nil then copy.referent_schema = t.schema end
  end
  if copy.initially == "immediate" then copy.initially = nil end
  if copy.using and copy.using:lower() == "btree" then copy.using = nil end
  if c.kind == "primary_key" and x.dialect.name == "mysql" then copy.name = nil end
  return copy
end

--- Both lists as sets of texts. A constraint that the server named has the declared one's lack of a name.
local function same_lists(x, t, declared, real)
  local left, count = {}, 0
  for _, c in ipairs(real) do
    if not c.implicit then
      local copy = plain(x, t, c)
      local named = text_of(copy)
      copy.name = nil
      left[named] = copy
      count = count + 1
    end
  end
  for _, c in ipairs(declared) do
    local copy = plain(x, t, c)
    local text = text_of(copy)
    local found = left[text]
    if not found and not copy.name then
      for named, other in pairs(left) do
        if text_of(other) == text then found, text = other, named end
      end
    end
    if not found then return false end
    left[text] = nil
    count = count - 1
  end
  return count == 0
end

--- MySQL's unique indexes are constraints, whatever they were declared as.
local function declared_lists(x, record)
  if x.dialect.name ~= "mysql" then return record.constraints, record.indexes end
  local constraints, indexes = { table.unpack(record.constraints) }, {}
  for _, index in ipairs(record.indexes) do
    local simple = index.unique and not index.mysql_length and not index.using
    for _, item in ipairs(index.columns) do simple = simple and type(item) == "string" end
    if simple then
      constraints[#constraints + 1] = { kind = "unique", name = index.name, columns = index.columns }
    else
      indexes[#indexes + 1] = index
    end
  end
  return constraints, indexes
end

local OPTIONS = { "mysql_engine", "mysql_charset", "sqlite_strict", "sqlite_without_rowid", "sqlite_autoincrement",
  "postgresql_partition_by" }

--- Whether a table is certainly what its declaration says.
---@param x curlew.Comparison
---@param declared curlew.DeclaredTable
---@param real table
---@return boolean
function M.same(x, declared, real)
  local record = declared.record
  if #record.columns ~= #real.columns or (record.comment or "") ~= (real.comment or "") then return false end
  for _, option in ipairs(OPTIONS) do
    local a, b = record[option] or nil, real.options[option] or nil
    if a ~= b and not (a == nil and option:find("^mysql_")) then return false end
  end
  local columns = {}
  for _, c in ipairs(real.columns) do columns[c.name] = c end
  for _, c in ipairs(record.columns) do
    if not columns[c.name] or not same_column(x, c, columns[c.name]) then return false end
  end
  local constraints, indexes = declared_lists(x, record)
  return same_lists(x, real, constraints, real.constraints) and same_lists(x, real, indexes, real.indexes)
end

return M
