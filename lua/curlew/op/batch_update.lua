--- Change rows in batches, each with its checkpoint in one transaction; gives { rows, batches, skipped, seconds }.

local batch = require "curlew.op.batch_options"
local marks = require "curlew.op.marks"

local M = { name = "batch_update" }

M.args = { { "table", "name", doc = "Name of the table" } }
M.options = batch.options({
  { "set", "batch_set", doc = "SQL expressions by column, or a function of the row that gives the columns to write" },
}, batch.COLUMNS, batch.WHERE, batch.TUNING)

function M.normalise(record, context)
  local set = record.set
  if set == nil then context:fail("set is missing: it must be a table of SQL expressions or a function") end
  if type(set) == "table" then
    for column, value in pairs(set) do
      local kind = type(value)
      if type(column) ~= "string" then context:fail("set is a table by column name") end
      if kind ~= "string" and kind ~= "number" and kind ~= "boolean" and value ~= marks.null and not marks.is_sql(value)
      then
        context:fail("set.%s must be a value or op.sql, got a %s", column, kind)
      end
    end
    if record.columns then context:fail("columns are for a function; SQL expressions read what they name") end
  elseif not record.columns then
    record.columns = {}
  end
  return batch.normalise(record, context)
end

M.digest, M.journal = batch.digest, batch.journal

function M.run(record, host)
  return batch.run(record, host, type(record.set) == "function" and record.set or nil)
end

M.example = [[
op.batch_update("users", { set = { age = op.sql "age + 1" }, where = "age IS NOT NULL" })
op.batch_update("users", {
  columns = { "email" },
  set = function(row) return { name = row.email:match("^[^@]+") } end,
})
]]

return M
