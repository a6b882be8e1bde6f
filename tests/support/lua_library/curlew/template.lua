--- Stand-in for the template engine.
local M = {}
function M.render(name, text, vars)
  return name .. ":" .. text:gsub("%${(%w+)}", function(key) return tostring(vars[key]) end)
end
return M
