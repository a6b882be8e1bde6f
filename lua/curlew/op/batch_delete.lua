--- Delete rows in batches, each with its checkpoint in one transaction; gives { rows, batches, skipped, seconds }.

local batch = require "curlew.op.batch_options"

local M = { name = "batch_delete", destructive = true }

M.args = { { "table", "name", doc = "Name of the table" } }
M.options = batch.options(batch.WHERE, batch.TUNING)

function M.normalise(record, context)
  if record.where == nil then context:fail("where is missing: SQL text, or op.all for every row") end
  return batch.normalise(record, context)
end

M.digest, M.journal = batch.digest, batch.journal

function M.run(record, host) return batch.run(record, host) end

M.example = [[
op.batch_delete("notes", { where = "text LIKE :old", params = { old = "draft%" } })
]]

return M
