--- Call a function with rows batch by batch, in the transaction that keeps the batch's checkpoint too.

local batch = require "curlew.op.batch_options"
local check = require "curlew.op.check"
local marks = require "curlew.op.marks"

local M = { name = "batch_each" }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "options", "batch_options", doc = "Which rows and columns, and how fast", lazy = true },
  { "fn", "batch_function", doc = "Called with a list of rows and the connection" },
}
M.options = batch.options(batch.COLUMNS, batch.WHERE, batch.TUNING)

function M.normalise(record, context)
  local options = check.options(M.options, marks.resolve(record.options, context.dialect), context)
  record.options = nil
  for name, value in pairs(options) do record[name] = value end
  record.columns = record.columns or {}
  return batch.normalise(record, context)
end

M.digest, M.journal = batch.digest, batch.journal

function M.run(record, host) return batch.run(record, host, record.fn) end

M.example = [[
op.batch_each("users", { columns = { "name" }, where = "name IS NOT NULL" }, function(rows, conn)
  conn:execute("INSERT INTO notes (user_id, text) VALUES (:id, :name)", rows)
end)
]]

return M
