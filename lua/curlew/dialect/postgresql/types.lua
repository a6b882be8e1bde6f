--- PostgreSQL's types.

local base = require "curlew.dialect.base.types"

local M = { methods = {} }

local function timed(name)
  return function(_, t)
    return name .. (t.precision and ("(%d)"):format(t.precision) or "") .. (t.timezone and " WITH TIME ZONE" or "")
  end
end

M.methods.types = {
  smallint = "SMALLINT", integer = "INTEGER", bigint = "BIGINT",
  numeric = base.sized "NUMERIC",
  real = "REAL", double = "DOUBLE PRECISION",
  float = base.sized "FLOAT",
  boolean = "BOOLEAN",
  varchar = base.sized "VARCHAR", char = base.sized "CHAR",
  text = "TEXT", blob = "BYTEA",
  date = "DATE", time = timed "TIME", timestamp = timed "TIMESTAMP", datetime = timed "TIMESTAMP",
  interval = "INTERVAL", json = "JSON", jsonb = "JSONB", uuid = "UUID",
  enum = function(d, t)
    if t.native == false then return ("VARCHAR(%d)"):format(base.enum_length(t)) end
    return d:qualified(t.schema, t.enum)
  end,
  array = function(d, t) return d:type(t.of) .. "[]" end,
  raw = base.raw,
}

return M
