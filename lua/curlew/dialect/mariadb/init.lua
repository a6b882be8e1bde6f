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

M.drop_check = "CONSTRAINT"
M.or_replace = true

function M.compile.create_sequence(d, o)
  local parts = {}
  local function add(field, words)
    if o[field] ~= nil then parts[#parts + 1] = ("%s %d"):format(words, o[field]) end
  end
  add("start", "START WITH")
  add("increment", "INCREMENT BY")
  add("minvalue", "MINVALUE")
  add("maxvalue", "MAXVALUE")
  add("cache", "CACHE")
  if o.cycle ~= nil then parts[#parts + 1] = o.cycle and "CYCLE" or "NOCYCLE" end
  local options = #parts > 0 and " " .. table.concat(parts, " ") or ""
  return { d:ddl(("CREATE SEQUENCE %s%s%s"):format(o.if_not_exists and "IF NOT EXISTS " or "",
    d:qualified(o.schema, o.name), options)) }
end

function M.compile.drop_sequence(d, o)
  if o.cascade then d:refuse("cascade", "drop what depends on it first") end
  return { d:ddl(("DROP SEQUENCE %s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name))) }
end

function M:returning(columns) return " RETURNING " .. self:names(columns) end

return M
