--- What a plugin's compile function returns, as statements: text, a statement { sql =, params =, autocommit = },
--- or a list of these. Text is cut into statements and each is told DDL or not by what it says.

local errors = require "curlew.op.errors"

local M = {}

local FIELDS = { sql = true, params = true, autocommit = true, ddl = true, counts = true, returns_key = true }

local function statement(value, who, autocommit)
  if type(value) == "string" and value:find("%S") then value = { sql = value } end
  if type(value) ~= "table" or type(value.sql) ~= "string" then
    errors.usage("%s returned %s where SQL text was expected", who, errors.show(value))
  end
  local copy = {}
  for key, field in pairs(value) do
    if not FIELDS[key] then errors.usage("%s returned a statement with the unknown field %s", who, tostring(key)) end
    copy[key] = field
  end
  if autocommit and copy.autocommit == nil then copy.autocommit = true end
  if copy.counts == nil then copy.counts = true end
  copy.split = true
  return copy
end

--- Statements that were made by curlew itself (by `super`) pass as they are.
local made = setmetatable({}, { __mode = "k" })

---@param list table[]
---@return table[]
function M.remember(list)
  for _, item in ipairs(list) do made[item] = true end
  return list
end

---@param value any
---@param who string "op.grant of plugin policies"
---@param autocommit boolean
---@return table[]
function M.of(value, who, autocommit)
  if value == nil then return {} end
  if type(value) == "string" or type(value) == "table" and value.sql then value = { value } end
  if type(value) ~= "table" then errors.usage("%s returned %s instead of SQL", who, errors.show(value)) end
  local list = {}
  for i = 1, #value do list[i] = made[value[i]] and value[i] or statement(value[i], who, autocommit) end
  if #value == 0 and next(value) ~= nil then errors.usage("%s returned a table that is no list of SQL", who) end
  return list
end

return M
