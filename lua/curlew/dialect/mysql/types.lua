--- MySQL's types, which MariaDB shares but for a few.

local base = require "curlew.dialect.base.types"

local M = { methods = {} }

--- TINY, plain, MEDIUM or LONG by the bytes wanted.
local function by_length(name)
  return function(_, t)
    local n = t.length or 65535
    return (n <= 255 and "TINY" or n <= 65535 and "" or n <= 16777215 and "MEDIUM" or "LONG") .. name
  end
end

local function timed(name)
  return function(_, t) return name .. (t.precision and t.precision > 0 and ("(%d)"):format(t.precision) or "") end
end

M.methods.types = {
  smallint = "SMALLINT", integer = "INTEGER", bigint = "BIGINT",
  numeric = base.sized "NUMERIC",
  -- REAL is DOUBLE here and a plain FLOAT keeps 24 bits, so each says what the name means elsewhere.
  real = "FLOAT", double = "DOUBLE",
  float = function(_, t) return t.precision and ("FLOAT(%d)"):format(t.precision) or "DOUBLE" end,
  boolean = "BOOLEAN",
  varchar = function(d, t)
    if not t.length then d:refuse("varchar without a length", "give it one, or use types.text") end
    return ("VARCHAR(%d)"):format(t.length)
  end,
  char = base.sized "CHAR",
  text = by_length "TEXT", blob = by_length "BLOB",
  date = "DATE", time = timed "TIME", timestamp = timed "TIMESTAMP", datetime = timed "DATETIME",
  -- TIME holds 838 hours at most; text holds every interval.
  interval = "VARCHAR(64)",
  json = "JSON", jsonb = "JSON", uuid = "CHAR(36)",
  enum = function(d, t)
    if t.native == false then return ("VARCHAR(%d)"):format(base.enum_length(t)) end
    local list = {}
    for i, value in ipairs(t.values) do list[i] = d:string(value) end
    return ("ENUM(%s)"):format(table.concat(list, ", "))
  end,
  array = function(d) d:refuse("type array", "use types.json, or a table of its own") end,
  raw = base.raw,
}

return M
