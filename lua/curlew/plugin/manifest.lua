--- The manifest: what a plugin's file returns. Its shape is checked here; what the contributions mean is
--- checked by the file of each.

local errors = require "curlew.op.errors"
local problem = require "curlew.plugin.problem"
local suggest = require "curlew.suggest"
local versions = require "curlew.plugin.versions"

local M = {}

--- The number that manifests give as `api`: of everything that plugins see.
M.API = 1

--- What a plugin may add, in the order in which `curlew plugins` tells it.
M.CONTRIBUTIONS = { "operations", "types", "dialects", "commands", "hooks", "lint", "comparators" }

local KEYS = { "name", "version", "api", "description", "requires", table.unpack(M.CONTRIBUTIONS) }

--- The text keys of a table, sorted.
---@param value table
---@return string[]
function M.sorted(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- Refuses fields that are not known, with the nearest one that is.
---@param plugin { name: string, path: string }
---@param what string what has the fields: "operation grant"
---@param value table
---@param known string[]
function M.check_fields(plugin, what, value, known)
  local present = {}
  for _, name in ipairs(known) do present[name] = true end
  for key in pairs(value) do
    if not present[key] then
      problem.of(plugin, nil, "%s has an unknown field %s%s", what, tostring(key), suggest.hint(key, known))
    end
  end
end

--- Refuses a value of another type. `wanted` is one or several, separated by "|"; nil passes.
function M.check_type(plugin, what, value, wanted)
  if value == nil then return end
  for kind in wanted:gmatch("[^|]+") do
    if type(value) == kind then return end
  end
  problem.of(plugin, nil, "%s must be a %s, not %s", what, wanted:gsub("|", " or a "), errors.show(value))
end

--- What an operation does by dialect: name to function, text or list; one of these alone is the default.
---@param plugin curlew.Plugin
---@param what string
---@param given any
---@return table<string, any>
function M.choices(plugin, what, given)
  if type(given) == "function" or type(given) == "string" then given = { default = given } end
  if type(given) ~= "table" or next(given) == nil then
    problem.of(plugin, "Write compile = { default = function(o, d) return \"SQL\" end }.", "%s has no `compile`", what)
  end
  for dialect, fn in pairs(given) do
    M.check_type(plugin, ("%s: compile.%s"):format(what, tostring(dialect)), fn, "function|string|table")
  end
  return given
end

--- requires = { "other", "third >= 1.2", fourth = "< 2" }
local function requirements(plugin, given)
  local result = {}
  for key, value in pairs(given) do
    local name, condition = key, value
    if type(key) == "number" then
      if type(value) ~= "string" then problem.of(plugin, nil, "requires must be a list of names") end
      name, condition = value:match("^%s*([%w_-]+)%s*(.-)%s*$")
      if not name then problem.of(plugin, nil, "requires %q, which is no name", value) end
    end
    if condition == true or condition == "" or condition == "*" then condition = false end
    if condition and (type(condition) ~= "string" or not versions.is_condition(condition)) then
      problem.of(plugin, "Write a condition as in \">= 1.2\".", "requires %s %s, which is no version", name,
        tostring(condition))
    end
    result[name] = condition
  end
  return result
end

--- The names of a contribution, sorted: the keys of a table, the items' `name` or the items of a list.
local function names_of(plugin, kind, given)
  local names = {}
  for key, value in pairs(given) do
    local name = key
    if type(key) == "number" then name = type(value) == "table" and value.name or value end
    if type(name) ~= "string" or name == "" then
      problem.of(plugin, nil, "%s[%s] has no name", kind, tostring(key))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- One contribution by its name.
---@param plugin curlew.Plugin
---@param kind string
---@param name string
---@return any
function M.item(plugin, kind, name)
  local given = plugin.manifest[kind] or {}
  if given[name] ~= nil then return given[name] end
  for _, value in ipairs(given) do
    if value == name or type(value) == "table" and value.name == name then return value end
  end
end

--- Checks what a plugin's file returned.
---@param listed string the name in `plugins`
---@param path string
---@param kind "lua"|"c"
---@param value any
---@return curlew.Plugin
function M.read(listed, path, kind, value)
  local plugin = { name = listed, path = path, kind = kind, adds = {}, replaces = {} }
  if type(value) ~= "table" then
    problem.of(plugin, "End the file with `return { name = ..., version = ..., api = 1, ... }`.",
      "returns %s instead of its manifest", value == nil and "nothing" or errors.show(value))
  end
  M.check_fields(plugin, "the manifest", value, KEYS)
  if type(value.name) ~= "string" or not value.name:find("^[%w_][%w_-]*$") then
    problem.of(plugin, nil, "has no name: the manifest's `name` must be a text of letters, digits, - and _")
  end
  plugin.name = value.name
  if value.api == nil then
    problem.of(plugin, ("Write `api = %d` into the manifest."):format(M.API), "does not say which api it is written for")
  elseif value.api ~= M.API then
    problem.of(plugin, "Take a version of the plugin that fits this curlew.",
      "is written for api %s, and this curlew has api %d", tostring(value.api), M.API)
  end
  if type(value.version) ~= "string" or not value.version:find("^%d") then
    problem.of(plugin, nil, "has no version: the manifest's `version` must be a text such as \"1.0.0\"")
  end
  plugin.version = value.version
  M.check_type(plugin, "description", value.description, "string")
  M.check_type(plugin, "requires", value.requires, "table")
  plugin.requires = requirements(plugin, value.requires or {})
  for _, contribution in ipairs(M.CONTRIBUTIONS) do
    M.check_type(plugin, contribution, value[contribution], "table")
    plugin.adds[contribution] = names_of(plugin, contribution, value[contribution] or {})
  end
  plugin.manifest = value
  return plugin
end

--- Claims a name of a kind; another plugin's claim of it is a clash.
function M.own(plugin, owners, kind, name)
  local other = owners[kind][name]
  if other then
    problem.of(plugin, "Take one of the two plugins out of `plugins`, or rename it in one of them.",
      "adds the %s %s, which plugin %s (%s) adds too", kind, name, other.name, other.path)
  end
  owners[kind][name] = plugin
end

--- Claims all names of a contribution that is kept for another part of the library.
function M.claim(plugin, owners, kind, contribution)
  for _, name in ipairs(plugin.adds[contribution]) do M.own(plugin, owners, kind, name) end
end

return M
