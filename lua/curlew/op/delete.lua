--- Delete rows; gives how many there were.

local update = require "curlew.op.update"

local M = { name = "delete", destructive = true }

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "where", "where", doc = "Equalities by column (a list means IN), op.sql, or op.all", lazy = true },
}

local function shape(record)
  local where = record.where
  return {
    op = "delete", table = record.table, schema = record.schema,
    where = where.sql or where.all and "all" or update.expressions(where.columns, where.values),
  }
end

M.digest = shape
M.journal = shape

function M.result(_record, affected) return affected end

M.example = [[
op.delete("notes", { user_id = 1 })
op.delete("notes", op.sql "text LIKE 'draft%'")
]]

return M
