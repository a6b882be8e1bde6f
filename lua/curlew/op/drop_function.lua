--- Drop a function.

local create_function = require "curlew.op.create_function"

local M = { name = "drop_function", ddl = true }

M.args = { { "signature", "expression", doc = "As in create_function; MySQL needs the name only" } }
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when there is no such function" },
  { "cascade", "boolean", doc = "Drop what depends on it too (PostgreSQL)" },
}

function M.summary(record) return "drop_function " .. create_function.function_name(record.signature) end

function M.probe(record, inspector) return not inspector:has_function(record.signature, { schema = record.schema }) end

M.example = [[
op.create_function("one()", {
  returns = "integer",
  body = op.by_dialect { postgresql = "BEGIN RETURN 1; END", default = "RETURN 1" },
})
op.drop_function("one()")
]]
M.not_on = { "sqlite" }

return M
