--- The way of SQLite for everything that ALTER TABLE can't do: the table is made anew.

local M = {}

--- Statements that carry out all records, which concern one table, by one rebuild.
---@param d curlew.Dialect
---@param records table[] in the order they were called
---@param _env table { conn =, offline = }
---@return table[]
function M.compile(d, records, _env)
  d:refuse(("op.%s of a table that has to be made anew"):format(records[1].op), "create a new table and copy the rows")
end

return M
