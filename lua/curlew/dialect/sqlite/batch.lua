--- Backfills on SQLite: what a function gave for the rows of a batch is written by one UPDATE over their range
--- of integer keys, which asks the driver for the values (src/db/sqlite/given.c). Other keys take an UPDATE a row.

local base = require "curlew.dialect.base.batch"

local M = { methods = {} }
local methods = M.methods

function methods.batch_writer(d, plan, columns)
  local writer = base.methods.batch_writer(d, plan, columns)
  if #plan.ident ~= 1 or #plan.walk ~= 1 or plan.ident[1] ~= plan.walk[1] then return writer end
  local key, sets = d:quote(plan.ident[1]), {}
  for i, column in ipairs(columns) do sets[i] = ("%s = curlew_given(%d, %s)"):format(d:quote(column.name), i, key) end
  local function text(low)
    return ("UPDATE %s SET %s WHERE %s%s AND curlew_is_given(%s)"):format(plan.qualified, table.concat(sets, ", "),
      low and d:batch_compare({ key }, ">", "L") .. " AND " or "", d:batch_compare({ key }, "<=", "H"), key)
  end
  return { kind = "given", encode = writer.encode, sql = { text(false), text(true) }, one = writer.sql[1] }
end

return M
