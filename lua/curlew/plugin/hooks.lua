--- Hooks of plugins: called before the configuration's own hook of the event, in the plugins' order.

local manifest = require "curlew.plugin.manifest"
local problem = require "curlew.plugin.problem"
local suggest = require "curlew.suggest"

local M = {}

M.EVENTS = { "on_connect", "before_step", "after_step", "on_version_apply", "on_autogenerate" }

---@param plugin curlew.Plugin
function M.check(plugin)
  for name, hook in pairs(plugin.manifest.hooks or {}) do
    local known = false
    for _, event in ipairs(M.EVENTS) do known = known or event == name end
    if not known then
      problem.of(plugin, "There are: " .. table.concat(M.EVENTS, ", ") .. ".", "has a hook for %s, which is no event%s",
        tostring(name), suggest.hint(name, M.EVENTS))
    end
    manifest.check_type(plugin, "hook " .. name, hook, "function")
  end
end

--- One function for each event that a plugin has a hook for; it calls them all.
---@param plugins curlew.Plugin[]
---@param config table what curlew.lua returned
---@return table<string, function>
function M.combine(plugins, config)
  local combined = {}
  for _, event in ipairs(M.EVENTS) do
    local list = {}
    for _, plugin in ipairs(plugins) do list[#list + 1] = (plugin.manifest.hooks or {})[event] end
    if #list > 0 then
      list[#list + 1] = config[event]
      combined[event] = function(...)
        for _, hook in ipairs(list) do hook(...) end
      end
    end
  end
  return combined
end

return M
