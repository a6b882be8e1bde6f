--- Marks: values that tell an operation to read an argument in another way than as itself.
---
--- SQL text is the table { sql = text } wherever it stands in a record, so that a record survives a
--- round trip through JSON; the metatable only helps people who print it.

local errors = require "curlew.op.errors"
local null = require "curlew.null"

local M = { null = null }

---@class curlew.Sql
---@field sql string
local Sql = { __name = "curlew.Sql" }
Sql.__index = Sql
function Sql.__tostring(s) return s.sql end
function Sql.__eq(a, b) return a.sql == b.sql end

---@class curlew.ByDialect
local ByDialect = { __name = "curlew.ByDialect" }

---@class curlew.FinalName
local FinalName = { __name = "curlew.FinalName" }
function FinalName.__tostring(f) return f.name end

--- Every row: the `where` of an update or delete that means the whole table.
M.all = setmetatable({}, { __name = "curlew.All", __tostring = function() return "op.all" end })

--- SQL text, raw wherever it is accepted.
---@param text string
---@return curlew.Sql
function M.sql(text)
  if type(text) ~= "string" or text == "" then
    return errors.at_caller(errors.usage, "op.sql: takes SQL text, got %s", errors.show(text))
  end
  return setmetatable({ sql = text }, Sql)
end

--- A value that differs by database: keys are dialects or servers, or `default`.
---@param choices table<string, any>
---@return curlew.ByDialect
function M.by_dialect(choices)
  if type(choices) ~= "table" then
    return errors.at_caller(errors.usage, "op.by_dialect: takes a table such as { default = x, mysql = y }, got %s",
      errors.show(choices))
  end
  return setmetatable({ choices = choices }, ByDialect)
end

--- A name that no naming convention is applied to.
---@param name string
---@return curlew.FinalName
function M.f(name)
  if type(name) ~= "string" or name == "" then
    return errors.at_caller(errors.usage, "op.f: takes a name, got %s", errors.show(name))
  end
  return setmetatable({ name = name }, FinalName)
end

---@param value any
---@return boolean
function M.is_sql(value) return type(value) == "table" and type(value.sql) == "string" end

---@param value any
---@return boolean
function M.is_by_dialect(value) return getmetatable(value) == ByDialect end

---@param value any
---@return boolean
function M.is_final_name(value) return getmetatable(value) == FinalName end

--- Puts the choice for a dialect in place of every by_dialect of a value; tables without one are
--- given back as they are, others are copied. What has no choice is absent.
---@param value any
---@param dialect table has `server` and `name`, and `lineage`: more names, most specific first
---@return any
function M.resolve(value, dialect)
  if type(value) ~= "table" then return value end
  local meta = getmetatable(value)
  if meta == ByDialect then
    for _, name in ipairs(dialect.lineage) do
      local choice = value.choices[name]
      if choice ~= nil then return M.resolve(choice, dialect) end
    end
    return M.resolve(value.choices.default, dialect)
  end
  if meta == Sql or value == M.all then return value end
  local copy
  for key, item in pairs(value) do
    local resolved = M.resolve(item, dialect)
    if not rawequal(resolved, item) then
      if not copy then
        copy = setmetatable({}, meta)
        for k, v in pairs(value) do copy[k] = v end
      end
      copy[key] = resolved
    end
  end
  return copy or value
end

return M
