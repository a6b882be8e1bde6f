--- What is wrong with a plugin, as an error that names it. Its code stops the command with exit 3.

local M = {}

---@param file string?
---@param line integer?
---@param hint string? what to do next
---@param text string
function M.raise(file, line, hint, text, ...)
  local message = select("#", ...) > 0 and text:format(...) or text
  error({ code = "plugin", message = message, hint = hint, file = file, line = line or file and 0 }, 0)
end

--- The text follows the plugin's name.
---@param plugin { name: string, path: string }
---@param hint string?
---@param text string
function M.of(plugin, hint, text, ...)
  M.raise(plugin.path, nil, hint, "plugin %s %s", plugin.name, select("#", ...) > 0 and text:format(...) or text)
end

return M
