--- Comparators of plugins: `comparators = { name = fn(x) }` in a manifest; see compare/init.lua for what fn gets.

local M = {}

---@return function[]
function M.list()
  local list = {}
  for _, item in ipairs(require("curlew.plugin").contributions("comparators")) do
    local fn = type(item.value) == "table" and item.value.compare or item.value
    if type(fn) == "function" then list[#list + 1] = fn end
  end
  return list
end

return M
