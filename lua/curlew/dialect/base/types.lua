--- Types as SQL text: a dialect has a table from type name to text or function.

local M = { methods = {} }
local methods = M.methods

--- The SQL text of a type.
---@param d curlew.Dialect
---@param t table
---@param column table? the column it belongs to, where that matters (collation, defaults)
---@return string
function methods.type(d, t, column)
  local form = d.types[t.name]
  if form == nil then d:refuse(("type %s"):format(t.name), "types.raw names one of the server's own") end
  if type(form) == "function" then return form(d, t, column) end
  return form
end

--- "NAME", "NAME(5)" or "NAME(10, 2)".
---@param name string
---@return fun(d: curlew.Dialect, t: table): string
function M.sized(name)
  return function(_, t)
    local first = t.length or t.precision
    if not first then return name end
    return t.scale and ("%s(%d, %d)"):format(name, first, t.scale) or ("%s(%d)"):format(name, first)
  end
end

--- The type itself, as the script wrote it.
function M.raw(_, t) return t.sql end

--- A VARCHAR long enough for an enum's values.
---@param t table
---@return integer
function M.enum_length(t)
  local longest = t.length or 1
  for _, value in ipairs(t.values) do longest = math.max(longest, utf8.len(value)) end
  return longest
end

--- Whether an enum is a type of its own here.
function methods.enum_is_type(_d, _t) return false end

--- Whether an enum is text with a CHECK here.
function methods.enum_needs_check(_d, t) return t.native == false and t.check == true end

--- The condition of an enum's CHECK.
function methods.enum_condition(d, column, values)
  local list = {}
  for i, value in ipairs(values) do list[i] = d:string(value) end
  return ("%s IN (%s)"):format(d:quote(column), table.concat(list, ", "))
end

return M
