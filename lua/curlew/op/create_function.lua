--- Create a function.

local check = require "curlew.op.check"

local M = { name = "create_function", ddl = true }

check.kind("volatility", "\"immutable\", \"stable\" or \"volatile\"", function(value)
  if value == "immutable" or value == "stable" or value == "volatile" then return value end
end)

M.args = { { "signature", "expression", doc = "Name and parameters: \"add(a integer, b integer)\"" } }
M.options = {
  { "returns", "expression", doc = "What it returns: \"integer\"" },
  { "language", "name", doc = "Language of the body; plpgsql on PostgreSQL unless given" },
  { "body", "expression", doc = "The body; no quoting is needed" },
  { "volatility", "volatility", doc = "\"immutable\", \"stable\" or \"volatile\"" },
  { "replace", "boolean", doc = "Take the place of a function of that signature" },
  { "if_not_exists", "boolean", doc = "Do nothing when there is one of that name" },
}

--- The name within a signature.
---@param signature string
---@return string
function M.function_name(signature)
  return signature:match("^%s*(.-)%s*%(") or signature:match("^%s*(.-)%s*$")
end

function M.normalise(record, context)
  if not record.body then context:fail("body is missing: it must be SQL text") end
  if record.replace and record.if_not_exists then context:fail("replace and if_not_exists exclude each other") end
  return record
end

function M.summary(record) return "create_function " .. M.function_name(record.signature) end

function M.reverse(record)
  if record.replace then return nil end
  return { { op = "drop_function", signature = record.signature, schema = record.schema } }
end

function M.probe(record, inspector)
  if record.replace then return false end
  return inspector:has_function(record.signature, { schema = record.schema })
end

M.example = [[
op.create_function("twice(n integer)", {
  returns = "integer",
  volatility = "immutable",
  body = op.by_dialect { postgresql = "BEGIN RETURN n * 2; END", default = "RETURN n * 2" },
})
]]
M.not_on = { "sqlite" }

return M
