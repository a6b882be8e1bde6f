--- SQLite's types: names whose affinity keeps the values as they are.
---
--- "JSON TEXT" and "NUMERIC TEXT" have the affinity TEXT: plain JSON and NUMERIC would turn '1.0' into 1 and
--- lose every digit after the fifteenth.

local base = require "curlew.dialect.base.types"

local M = { methods = {} }

local function precise(t) return t.precision and t.precision > 15 end

local function timed(name)
  return function() return name end
end

M.methods.types = {
  smallint = "SMALLINT", integer = "INTEGER", bigint = "BIGINT",
  numeric = function(_, t) return base.sized(precise(t) and "NUMERIC TEXT" or "NUMERIC")(_, t) end,
  real = "REAL", double = "DOUBLE", float = base.sized "FLOAT",
  boolean = "BOOLEAN",
  varchar = base.sized "VARCHAR", char = base.sized "CHAR",
  text = "TEXT", blob = "BLOB",
  date = "DATE", time = timed "TIME", timestamp = timed "TIMESTAMP", datetime = timed "DATETIME",
  interval = "TEXT", json = "JSON TEXT", jsonb = "JSON TEXT", uuid = "CHAR(36)",
  enum = function(_, t) return ("VARCHAR(%d)"):format(base.enum_length(t)) end,
  array = function(d) d:refuse("type array", "use types.json, or a table of its own") end,
  raw = base.raw,
}

--- The six types of a STRICT table.
M.methods.strict_types = setmetatable({
  smallint = "INTEGER", integer = "INTEGER", bigint = "INTEGER", boolean = "INTEGER",
  numeric = function(_, t) return precise(t) and "TEXT" or t.precision and "REAL" or "ANY" end,
  real = "REAL", double = "REAL", float = "REAL", blob = "BLOB", raw = base.raw,
  array = M.methods.types.array,
}, { __index = function() return "TEXT" end })

function M.methods.enum_needs_check(_d, t) return t.native ~= false or t.check == true end

return M
