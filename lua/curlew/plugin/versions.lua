--- Versions of plugins: "1.4.2", and conditions on them: ">= 1.2", "< 2", ">= 1.2, < 2", "1.4" (at least).

local M = {}

local function numbers(version)
  local list = {}
  for number in version:gmatch("%d+") do list[#list + 1] = tonumber(number) end
  return list
end

---@param a string
---@param b string
---@return integer below 0, 0 or above 0
function M.compare(a, b)
  local x, y = numbers(a), numbers(b)
  for i = 1, math.max(#x, #y) do
    local difference = (x[i] or 0) - (y[i] or 0)
    if difference ~= 0 then return difference end
  end
  return 0
end

local HOLDS = {
  [">="] = function(order) return order >= 0 end,
  [">"] = function(order) return order > 0 end,
  ["<="] = function(order) return order <= 0 end,
  ["<"] = function(order) return order < 0 end,
  ["="] = function(order) return order == 0 end,
  ["=="] = function(order) return order == 0 end,
}

--- The parts of a condition, or nil when it is none.
---@param condition string
---@return { holds: function, version: string }[]?
local function parts_of(condition)
  local parts = {}
  for part in (condition .. ","):gmatch("%s*([^,]-)%s*,") do
    local sign, version = part:match("^([<>=]*)%s*(%d[%w.]*)$")
    local holds = sign and HOLDS[sign == "" and ">=" or sign]
    if not holds then return nil end
    parts[#parts + 1] = { holds = holds, version = version }
  end
  return parts
end

---@param condition string
---@return boolean
function M.is_condition(condition) return parts_of(condition) ~= nil end

---@param version string
---@param condition string
---@return boolean
function M.satisfies(version, condition)
  for _, part in ipairs(parts_of(condition)) do
    if not part.holds(M.compare(version, part.version)) then return false end
  end
  return true
end

return M
