--- The bounds of a partition: { from =, to = }, { values = {...} }, { modulus =, remainder = } or
--- { default = true }.

local M = {}

--- Options of every operation that takes bounds.
M.OPTIONS = {
  { "from", "any", doc = "Range: the first value, or a list of them" },
  { "to", "any", doc = "Range: the value after the last one, or a list" },
  { "values", "any", doc = "List: the values" },
  { "modulus", "integer", doc = "Hash: the number of partitions" },
  { "remainder", "integer", doc = "Hash: which of them, from 0" },
  { "default", "boolean", doc = "The partition of what fits nowhere else" },
}

local function given(o)
  local kinds = {}
  if o.from ~= nil or o.to ~= nil then kinds[#kinds + 1] = "range" end
  if o.values ~= nil then kinds[#kinds + 1] = "list" end
  if o.modulus ~= nil or o.remainder ~= nil then kinds[#kinds + 1] = "hash" end
  if o.default then kinds[#kinds + 1] = "default" end
  return kinds
end

--- What is wrong with an operation's bounds, or nil. `optional`: there may be none.
function M.problem(o, optional)
  local kinds = given(o)
  if #kinds == 0 then
    return not optional and "bounds are missing: from and to, values, modulus and remainder, or default = true" or nil
  end
  if #kinds > 1 then return ("bounds are of several kinds: %s"):format(table.concat(kinds, ", ")) end
  if kinds[1] == "range" and (o.from == nil or o.to == nil) then return "a range needs both from and to" end
  if kinds[1] == "list" and (type(o.values) ~= "table" or #o.values == 0) then return "values must be a list" end
  local modulus, remainder = o.modulus or 0, o.remainder or -1
  if kinds[1] == "hash" and (modulus < 1 or remainder < 0 or remainder >= modulus) then
    return "modulus must be above 0 and remainder from 0 to one less"
  end
end

--- A value as it stands in bounds: op.sql "MINVALUE" is raw, op.null is NULL.
local function list(d, values)
  if type(values) ~= "table" or values.sql then values = { values } end
  local texts = {}
  for i, value in ipairs(values) do texts[i] = d:literal(value) end
  return table.concat(texts, ", ")
end

--- "FOR VALUES ..." or "DEFAULT".
function M.sql(o, d)
  if o.default then return "DEFAULT" end
  if o.values then return ("FOR VALUES IN (%s)"):format(list(d, o.values)) end
  if o.modulus then return ("FOR VALUES WITH (MODULUS %d, REMAINDER %d)"):format(o.modulus, o.remainder) end
  return ("FOR VALUES FROM (%s) TO (%s)"):format(list(d, o.from), list(d, o.to))
end

--- Copies the bounds of a record into another.
function M.copy(o, into)
  for _, option in ipairs(M.OPTIONS) do into[option[1]] = o[option[1]] end
  return into
end

return M
