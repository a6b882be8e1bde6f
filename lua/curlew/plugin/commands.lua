--- Commands of plugins: `curlew <name> ...`.
---
---     commands = { ["list-tenants"] = {
---       summary = "List the tenants", args = "[PATTERN]", max_args = 1,
---       options = { { "all", letter = "a", doc = "also those that were closed" }, { "since", value = "DATE" } },
---       run = function(ctx, args) for name in ctx.conn:rows "SELECT ..." do print(name) end end,
---     } }

local errors = require "curlew.op.errors"
local manifest = require "curlew.plugin.manifest"
local problem = require "curlew.plugin.problem"

local M = {}

local FIELDS = { "name", "run", "summary", "help", "args", "min_args", "max_args", "options", "connect", "writes" }
local OPTION_FIELDS = { 1, "name", "letter", "value", "doc", "help", "choices", "repeated" }

local running = {} -- by name

--- The options as the command line reads them.
local function options_of(plugin, what, given)
  local list = {}
  for i, option in ipairs(given or {}) do
    if type(option) == "string" then option = { option } end
    manifest.check_type(plugin, ("%s: options[%d]"):format(what, i), option, "table")
    local name = option[1] or option.name
    if type(name) ~= "string" or not name:find("^%a[%w-]+$") then
      problem.of(plugin, nil, "%s: options[%d] has no name of two letters or more", what, i)
    end
    manifest.check_fields(plugin, ("%s: option %s"):format(what, name), option, OPTION_FIELDS)
    if option.letter ~= nil and not (type(option.letter) == "string" and option.letter:find("^%a$")) then
      problem.of(plugin, nil, "%s: the letter of option %s must be one letter", what, name)
    end
    list[i] = {
      name = name, letter = option.letter, value = option.value and tostring(option.value):upper() or nil,
      help = option.doc or option.help or "", choices = option.choices, ["repeat"] = option.repeated == true,
    }
    if option.value == true then list[i].value = name:upper() end
  end
  return list
end

---@param plugin curlew.Plugin
---@param owners table
---@param builtin table<string, boolean>
---@param list table[] what the command line is told of all commands
function M.add(plugin, owners, builtin, list)
  for _, name in ipairs(plugin.adds.commands) do
    local given, what = manifest.item(plugin, "commands", name), "command " .. name
    if type(given) == "function" then given = { run = given } end
    manifest.check_type(plugin, what, given, "table")
    manifest.check_fields(plugin, what, given, FIELDS)
    if not name:find("^%a[%w_-]*$") then problem.of(plugin, nil, "%s: that can't be the name of a command", what) end
    local key = name:gsub("_", "-")
    if builtin[key] then
      problem.of(plugin, "Give it another name.", "adds the command %s, which curlew has itself", name)
    end
    manifest.own(plugin, owners, "command", key)
    if type(given.run) ~= "function" then problem.of(plugin, nil, "%s has no function `run`", what) end
    for _, field in ipairs { "summary", "help", "args" } do
      manifest.check_type(plugin, what .. "." .. field, given[field], "string")
    end
    for _, field in ipairs { "min_args", "max_args" } do
      manifest.check_type(plugin, what .. "." .. field, given[field], "number")
    end
    local args = given.args or given.max_args == 0 and "" or "[ARGUMENT]..."
    list[#list + 1] = {
      name = key, plugin = plugin.name, summary = given.summary or ("A command of the plugin " .. plugin.name),
      help = given.help or given.summary or ("A command of the plugin " .. plugin.name .. "."), args = args,
      min_args = given.min_args or 0, max_args = given.max_args or args == "" and 0 or -1,
      options = options_of(plugin, what, given.options),
      connect = given.connect ~= false, writes = given.writes == true,
    }
    running[key] = { plugin = plugin, run = given.run }
  end
end

--- Runs a command. What it returns is its result: text, or a table (printed as JSON).
---@param name string
---@param ctx table { database, dialect, server, server_version, x, config, conn }
---@param args table the arguments; options stand in it by name
---@return any
function M.run(name, ctx, args)
  local result = running[name].run(ctx, args)
  if result ~= nil and type(result) ~= "table" and type(result) ~= "string" then
    errors.usage("command %s of plugin %s returned %s; a command returns text, a table or nothing", name,
      running[name].plugin.name, errors.show(result))
  end
  return result
end

return M
