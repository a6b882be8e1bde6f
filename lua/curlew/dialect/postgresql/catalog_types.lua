--- PostgreSQL's names of types, as format_type writes them, as ours. Each gives back a type that makes the same
--- text again; what has no name of ours stays text.

local types = require "curlew.types"

local M = {}

local PLAIN = {
  smallint = "smallint", integer = "integer", bigint = "bigint", real = "real", ["double precision"] = "double",
  boolean = "boolean", text = "text", bytea = "blob", date = "date", interval = "interval", json = "json",
  jsonb = "jsonb", uuid = "uuid", numeric = "numeric", ["character varying"] = "varchar",
}

local function sized(text)
  local length = text:match("^character varying%((%d+)%)$")
  if length then return { name = "varchar", length = tonumber(length) } end
  length = text:match("^character%((%d+)%)$")
  if length then return { name = "char", length = tonumber(length) } end
  local precision, scale = text:match("^numeric%((%d+),(%d+)%)$")
  if precision and tonumber(scale) <= tonumber(precision) then
    return { name = "numeric", precision = tonumber(precision), scale = tonumber(scale) }
  end
  local name, digits, zone = text:match("^(time%l*)(%(?%d*%)?) (%l+) time zone$")
  if name == "time" or name == "timestamp" then
    return { name = name, precision = tonumber(digits:match("%d+")), timezone = zone == "with" or nil }
  end
end

--- The type of a text; `enum` is the enum type that it (or its elements) is.
---@param text string
---@param enum { name: string, schema: string?, values: string[] }?
---@return curlew.Type
function M.of(text, enum)
  local element = text:match("^(.*)%[%]$")
  if element then return types.make { name = "array", of = M.of(element, enum) } end
  if enum then return types.make { name = "enum", enum = enum.name, schema = enum.schema, values = enum.values } end
  local plain = PLAIN[text]
  return types.make(plain and { name = plain } or sized(text) or { name = "raw", sql = text })
end

local INTEGERS = { smallint = true, integer = true, bigint = true }
local FRACTIONS = { numeric = true, double = true }
local TEXTS = { varchar = "character varying", text = "text", char = "bpchar" }

--- The literal that a default is, when it is a plain one.
---@param t curlew.Type
---@param text string
---@return any
function M.literal(t, text)
  if INTEGERS[t.name] then return math.tointeger(tonumber(text:match("^%d+$") or text:match("^'(%-%d+)'::%l+$"))) end
  if FRACTIONS[t.name] then
    return tonumber(text:match("^%d+$")) and math.tointeger(text) or tonumber(text:match("^%d+%.%d+$"))
  end
  if t.name == "boolean" and (text == "true" or text == "false") then return text == "true" end
  local quoted, cast = text:match("^'(.*)'::([%w_ .\"]+)$")
  if quoted and cast == TEXTS[t.name] and not quoted:gsub("''", ""):find("'") then return (quoted:gsub("''", "'")) end
  if quoted and t.name == "enum" and not quoted:find("'") then return quoted end
  if quoted and t.name == "date" and cast == "date" and quoted:match("^%d+%-%d+%-%d+$") then return quoted end
end

return M
