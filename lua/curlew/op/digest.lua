--- Text that identifies an operation across runs: its names, options and SQL in one canonical form, never
--- a bound or literal value. And the form of a record that a journal can keep.

local null = require "curlew.null"

local M = {}

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return keys
end

local function write(value, out)
  if value == null then
    out[#out + 1] = "null"
  elseif type(value) == "table" then
    out[#out + 1] = "{"
    for _, key in ipairs(sorted_keys(value)) do
      out[#out + 1] = type(key) == "string" and ("%q="):format(key) or ""
      -- A default's literal is a value: only that there is one counts.
      if key == "value" then out[#out + 1] = "?" else write(value[key], out) end
      out[#out + 1] = ","
    end
    out[#out + 1] = "}"
  elseif type(value) == "string" then
    out[#out + 1] = ("%q"):format(value)
  else
    out[#out + 1] = tostring(value)
  end
end

--- The canonical text of a table.
---@param value table
---@return string
function M.text(value)
  local out = {}
  write(value, out)
  return table.concat(out)
end

--- A copy that JSON can hold: no functions, and numbers and bytes that JSON lacks as SQL text.
---@param value any
---@param dialect curlew.Dialect
---@return any
function M.plain(value, dialect)
  local kind = type(value)
  if value == null then return value end
  if kind == "function" then return nil end
  if kind == "table" then
    local copy = {}
    for key, item in pairs(value) do
      if key == "value" and (type(item) == "string" and not utf8.len(item)
          or type(item) == "number" and (item ~= item or item == math.huge or item == -math.huge)) then
        copy.sql = dialect:literal(item)
      else
        copy[key] = M.plain(item, dialect)
      end
    end
    return copy
  end
  return value
end

return M
