--- Types of plugins: `types.<name>` in scripts.
---
---     types = { money = { args = { { "scale", "integer" } },
---       sql = { postgresql = "NUMERIC(20, 4)", default = function(t, d) return ... end } } }

local errors = require "curlew.op.errors"
local manifest = require "curlew.plugin.manifest"
local problem = require "curlew.plugin.problem"
local registry = require "curlew.types"

local M = {}

local FIELDS = { "name", "args", "options", "sql", "compile" }
local KINDS = { integer = true, boolean = true, string = true, strings = true, type = true }

local function check_kind(plugin, what, name, kind)
  if type(name) == "string" and KINDS[kind] then return end
  problem.of(plugin, nil, "%s: argument %s has the kind %s; there are integer, boolean, string, strings and type", what,
    tostring(name), tostring(kind))
end

--- The form for a dialect: text, or what the dialects' tables hold.
local function form(plugin, name, choice)
  if choice == nil then
    return function(d) d:refuse("type " .. name, ("plugin %s has no form of it for this database"):format(plugin.name)) end
  end
  if type(choice) ~= "function" then return choice end
  return function(d, t, column)
    local text = choice(t, d, column)
    if type(text) ~= "string" then
      errors.usage("type %s of plugin %s gave %s instead of SQL text", name, plugin.name, errors.show(text))
    end
    return text
  end
end

---@param plugin curlew.Plugin
---@param owners table
function M.add(plugin, owners)
  for _, name in ipairs(plugin.adds.types) do
    local given, what = manifest.item(plugin, "types", name), "type " .. name
    if type(given) ~= "table" then given = { sql = { default = given } } end
    if not name:find("^%a[%w_]*$") then problem.of(plugin, nil, "%s: that can't be the name of a type", what) end
    manifest.check_fields(plugin, what, given, FIELDS)
    for _, known in ipairs(registry.names()) do
      if known == name and not owners.type[name] then
        problem.of(plugin, "Give it another name.", "adds the type %s, which curlew has itself", name)
      end
    end
    manifest.own(plugin, owners, "type", name)
    local sql = given.sql or given.compile
    if type(sql) ~= "table" then sql = { default = sql } end
    if next(sql) == nil then problem.of(plugin, nil, "%s has no `sql`: text or a function for each dialect", what) end
    for dialect, choice in pairs(sql) do
      manifest.check_type(plugin, ("%s: sql.%s"):format(what, dialect), choice, "string|function")
    end
    local args = {}
    for i, arg in ipairs(given.args or {}) do
      args[i] = { arg[1] or arg.name, arg[2] or arg.kind, required = arg.required }
      check_kind(plugin, what, args[i][1], args[i][2])
    end
    for option, kind in pairs(given.options or {}) do check_kind(plugin, what, option, kind) end
    registry.define(name, { args = args, options = given.options })
    M.write(plugin, name, sql)
  end
end

--- Enters the forms in the dialects' tables.
function M.write(plugin, name, sql)
  for _, dialect in ipairs(require("curlew.dialect").NAMES) do
    local class = require("curlew.dialect." .. dialect)
    local choice = sql[dialect] or dialect == "mariadb" and sql.mysql or sql.default
    class.types[name] = form(plugin, name, choice)
  end
  for _, class in pairs(require("curlew.plugin.dialects").classes()) do
    if sql[class.server] then class.types[name] = form(plugin, name, sql[class.server]) end
  end
end

return M
