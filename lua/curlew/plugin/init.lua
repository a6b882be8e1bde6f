--- Plugins: loaded, put in the order of their requirements, checked, and entered in the registries of
--- operations, types and dialects. All of it happens before anything connects; the first thing that is
--- wrong stops it and is named with the plugin and its file.

local commands = require "curlew.plugin.commands"
local dialects = require "curlew.plugin.dialects"
local hooks = require "curlew.plugin.hooks"
local manifest = require "curlew.plugin.manifest"
local operations = require "curlew.plugin.operations"
local problem = require "curlew.plugin.problem"
local types = require "curlew.plugin.types"
local versions = require "curlew.plugin.versions"

local M = {}

---@class curlew.Plugin
---@field name string
---@field version string
---@field path string as people read it
---@field kind "lua"|"c"
---@field manifest table what the plugin returned
---@field requires table<string, string|false> name to condition
---@field adds table<string, string[]> what it contributes: kind ("operations") to sorted names
---@field replaces table<string, string[]> operation to the dialects on which it is replaced

--- What C gives.
---@class curlew.PluginHost
---@field version string of curlew
---@field find fun(name: string): string?, string path and kind, or nil and the places that were looked at
---@field run fun(path: string, kind: string): any what the file returns
---@field commands table<string, boolean> names of the built-in commands
---@field config table what curlew.lua returned

-- Loading -----------------------------------------------------------------------------------------

--- An error of the plugin's own as one that names the plugin, at the line that raised it.
local function failed_to_load(name, path, e)
  local file, line, message, hint = path, nil, e, nil
  if type(e) == "table" then
    message, hint = e.message or tostring(e), e.hint
    file, line = e.file or path, e.line
  elseif type(e) == "string" then
    local at, number, rest = e:match("^([^\n]-):(%d+): (.*)$")
    if at then file, line, message = at, tonumber(number), rest end
  else
    message = tostring(e)
  end
  problem.raise(file, line, hint, "plugin %s can't be loaded: %s", name, tostring(message))
end

---@param host curlew.PluginHost
---@param name string
---@return curlew.Plugin
local function load(host, name)
  if not name:find("^[%w_][%w_-]*$") then
    problem.raise(nil, nil, "Name it as its file below plugin_path is named, without .lua.",
      "%q can't be the name of a plugin: letters, digits, - and _ make one", name)
  end
  local path, kind = host.find(name)
  if not path then
    problem.raise(nil, nil, "Write it there (`curlew plugin new " .. name .. "`), or correct `plugins` in curlew.lua.",
      "plugin %s is not found; looked for %s", name, kind)
  end
  local ok, result = pcall(host.run, path, kind)
  if not ok then failed_to_load(name, path, result) end
  return manifest.read(name, path, kind, result)
end

-- Order -------------------------------------------------------------------------------------------

local function check_requirement(plugin, wanted, condition, present)
  if wanted == "curlew" then
    if condition and not versions.satisfies(present, condition) then
      problem.of(plugin, "A newer curlew or an older plugin is needed.",
        "requires curlew %s, and this is curlew %s", condition, present)
    end
  elseif not present then
    problem.of(plugin, ("Add %q to `plugins` in curlew.lua."):format(wanted),
      "requires the plugin %s, which is not loaded", wanted)
  elseif condition and not versions.satisfies(present.version, condition) then
    problem.of(plugin, nil, "requires %s %s, and %s %s is loaded from %s", wanted, condition, wanted, present.version,
      present.path)
  end
end

--- The plugins, each after those that it requires, otherwise as they were listed.
---@param list curlew.Plugin[]
---@param version string
---@return curlew.Plugin[]
local function in_order(list, version)
  local by_name, done, result, path = {}, {}, {}, {}
  for _, plugin in ipairs(list) do
    local other = by_name[plugin.name]
    if other then
      problem.of(plugin, "Take one of them out of `plugins` in curlew.lua.",
        "has the same name as the plugin of %s", other.path)
    end
    by_name[plugin.name] = plugin
  end
  local function visit(plugin)
    if done[plugin] then return end
    for i, open in ipairs(path) do
      if open == plugin then
        local names = {}
        for j = i, #path do names[#names + 1] = path[j].name end
        problem.of(plugin, nil, "requires itself, by way of %s", table.concat(names, ", "))
      end
    end
    path[#path + 1] = plugin
    for _, wanted in ipairs(manifest.sorted(plugin.requires)) do
      local present = by_name[wanted]
      if wanted == "curlew" then present = version end
      check_requirement(plugin, wanted, plugin.requires[wanted], present)
      if wanted ~= "curlew" then visit(present) end
    end
    path[#path] = nil
    done[plugin] = true
    result[#result + 1] = plugin
  end
  for _, plugin in ipairs(list) do visit(plugin) end
  return result
end

-- The whole ---------------------------------------------------------------------------------------

--- What `curlew plugins` tells of one.
local function description(plugin)
  local requires = {}
  for _, name in ipairs(manifest.sorted(plugin.requires)) do
    requires[#requires + 1] = plugin.requires[name] and name .. " " .. plugin.requires[name] or name
  end
  local told = {
    name = plugin.name, version = plugin.version, path = plugin.path, kind = plugin.kind,
    description = plugin.manifest.description, requires = requires, replaces = plugin.replaces,
  }
  for _, kind in ipairs(manifest.CONTRIBUTIONS) do told[kind] = plugin.adds[kind] end
  return told
end

--- Loads the plugins of a configuration.
---@param host curlew.PluginHost
---@param names string[]
---@return table { plugins = list, hooks = { event = function }, commands = list, dialects = boolean }
function M.load(host, names)
  local list = {}
  for i, name in ipairs(names) do list[i] = load(host, name) end
  local owners = { operation = {}, type = {}, dialect = {}, command = {}, ["lint rule"] = {}, comparator = {} }
  local told, all_commands = {}, {}
  list = in_order(list, host.version)
  for _, plugin in ipairs(list) do
    dialects.add(plugin, owners)
    types.add(plugin, owners)
    operations.add(plugin, owners)
    commands.add(plugin, owners, host.commands, all_commands)
    manifest.claim(plugin, owners, "lint rule", "lint")
    manifest.claim(plugin, owners, "comparator", "comparators")
    hooks.check(plugin)
    told[#told + 1] = description(plugin)
  end
  dialects.finish()
  M.plugins = list
  return { plugins = told, hooks = hooks.combine(list, host.config), commands = all_commands, dialects = dialects.any() }
end

--- The plugins' dialect of a server, or nil; see dialects.lua.
M.detect = dialects.detect

--- Runs a command of a plugin.
M.command = commands.run

--- What plugins give of a kind that other parts of the library use: M.contributions("lint").
---@param kind "lint"|"comparators"
---@return { plugin: curlew.Plugin, name: string, value: any }[]
function M.contributions(kind)
  local list = {}
  for _, plugin in ipairs(M.plugins or {}) do
    for _, name in ipairs(plugin.adds[kind]) do
      list[#list + 1] = { plugin = plugin, name = name, value = manifest.item(plugin, kind, name) }
    end
  end
  return list
end

return M
