--- Comparators, in the order in which they run: each looks at both sides and adds changes to the plan. A plugin's
--- come after them.

local M = {}

M.NAMES = { "enums", "sequences", "tables", "columns", "constraints", "indexes", "options", "views" }

--- What comparators share. `real` and `wanted` are normal forms; `declared` is what the models say.
---@class curlew.Comparison
---@field dialect curlew.Dialect
---@field conn table the database
---@field config table
---@field real table
---@field wanted table
---@field declared table
---@field changes table[]
---@field notes string[]
---@field pairs { real: table, wanted: table }[] tables that both sides have
local Comparison = {}
Comparison.__index = Comparison

---@param fields table
---@return curlew.Comparison
function M.new(fields)
  fields.changes, fields.notes, fields.pairs = {}, fields.notes or {}, {}
  return setmetatable(fields, Comparison)
end

--- Adds a change.
---@param phase string see order.lua
---@param record table
---@param restore table[]? records that undo it, where the operation's reverse can't tell
---@param where { table: string?, rank: integer? }? within the phase "alter"
function Comparison:add(phase, record, restore, where)
  record.restore = restore
  self.changes[#self.changes + 1] = { phase = phase, record = record, table = where and where.table or "",
    rank = where and where.rank or 0 }
end

function Comparison:note(text, ...)
  self.notes[#self.notes + 1] = select("#", ...) > 0 and text:format(...) or text
end

--- A name as this database tells names apart.
function Comparison:fold(name)
  return self.dialect.name == "postgresql" and name or name:lower()
end

--- Whether the project wants an object compared (include_object).
---@param kind string "table", "column", "index", "unique_constraint", ...
---@param object table
---@param reflected boolean it comes from the database
---@param compare_to table? the other side's
---@return boolean
function Comparison:includes(kind, object, reflected, compare_to)
  local include = self.config.include_object
  if type(include) ~= "function" then return true end
  return include(object, object.name, kind, reflected, compare_to) and true or false
end

---@param x curlew.Comparison
function M.run(x)
  for _, name in ipairs(M.NAMES) do require("curlew.autogen.compare." .. name)(x) end
  for _, comparator in ipairs(x.comparators or {}) do
    for _, record in ipairs(comparator(x) or {}) do x:add("other", record, record.restore) end
  end
end

return M
