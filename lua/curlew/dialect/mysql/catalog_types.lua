--- Types as COLUMN_TYPE has them, as ours. Each gives back a type that makes the same text again; what has no name of
--- ours stays text.

local reflect = require "curlew.dialect.mysql.reflect"
local types = require "curlew.types"

local M = {}

local PLAIN = {
  smallint = "smallint", ["smallint(6)"] = "smallint", int = "integer", ["int(11)"] = "integer",
  bigint = "bigint", ["bigint(20)"] = "bigint", float = "real", double = "double", ["tinyint(1)"] = "boolean",
  date = "date", time = "time", timestamp = "timestamp", datetime = "datetime", json = "json", uuid = "uuid",
  text = "text", blob = "blob",
}

--- Long forms by the most bytes that they hold.
local SIZED = {
  tinytext = { "text", 255 }, mediumtext = { "text", 16777215 }, longtext = { "text", 4294967295 },
  tinyblob = { "blob", 255 }, mediumblob = { "blob", 16777215 }, longblob = { "blob", 4294967295 },
}

---@param d curlew.Dialect
---@param text string
---@param column string an enum takes its name from its column
---@return curlew.Type
function M.of(d, text, column)
  local name, first, second = text:match("^(%l+)%((%d+),?(%d*)%)$")
  local sized = SIZED[text]
  local fields
  if text == "char(36)" and d.server ~= "mariadb" then
    fields = { name = "uuid" }
  elseif PLAIN[text] then
    fields = { name = PLAIN[text] }
  elseif sized then
    fields = { name = sized[1], length = sized[2] }
  elseif name == "varchar" or name == "char" then
    fields = { name = name, length = tonumber(first) }
  elseif name == "decimal" then
    fields = { name = "numeric", precision = tonumber(first), scale = tonumber(second) }
  elseif name == "time" or name == "timestamp" or name == "datetime" then
    fields = { name = name, precision = tonumber(first) }
  elseif text:find("^enum%(.*%)$") then
    fields = { name = "enum", enum = column, values = reflect.enum_values(text) }
    for _, value in ipairs(fields.values) do
      if value:find("?", 1, true) then fields = nil break end -- the catalog can't print every character
    end
  end
  return types.make(fields or { name = "raw", sql = text })
end

local NUMBERS = { smallint = true, integer = true, bigint = true, numeric = true, double = true, real = true }

--- The literal that a default is, when it is a plain one. MySQL's catalog has the value of a literal as it is,
--- MariaDB's has SQL text.
---@param d curlew.Dialect
---@param t curlew.Type
---@param row table of the catalog
---@param text string the default as SQL
---@return any
function M.literal(d, t, row, text)
  if NUMBERS[t.name] then return math.tointeger(text:match("^%-?%d+$")) or tonumber(text:match("^%-?%d+%.%d+$")) end
  if t.name == "boolean" then
    if text == "0" or text == "1" then return text == "1" end
    return nil
  end
  if d.server == "mariadb" then return text:match("^'([^'\\]*)'$") end
  if text:find("^'") and not (row.extra or ""):find("DEFAULT_GENERATED", 1, true) then return row.default_text end
end

return M
