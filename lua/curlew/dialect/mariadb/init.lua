--- MariaDB: MySQL's dialect but for what its server does in another way.

local mysql = require "curlew.dialect.mysql"

local M = mysql:extend { server = "mariadb", title = "MariaDB", oldest = "10.11" }

M.types = setmetatable({
  uuid = function(d) return d:at_least(10, 7) and "UUID" or "CHAR(36)" end,
}, { __index = mysql.types })

--- The server has no keys over expressions.
function M:functional_key(text)
  self:refuse(("an index over the expression %s"):format(text), "index a generated column (computed = { ... })")
end

function M:new_value(column) return ("VALUES(%s)"):format(self:quote(column)) end
M.row_alias = ""

function M:returning(columns) return " RETURNING " .. self:names(columns) end

return M
