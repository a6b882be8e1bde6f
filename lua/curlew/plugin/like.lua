--- `like = "add_column"`: an operation of a plugin that takes the arguments of a built-in one and is undone,
--- probed and summed up as that is. Its options come on top; `env.super()` in its `compile` gives the SQL of
--- the built-in.

local manifest = require "curlew.plugin.manifest"
local problem = require "curlew.plugin.problem"
local registry = require "curlew.op"
local suggest = require "curlew.suggest"

local M = {}

--- The definition that is meant.
---@param plugin curlew.Plugin
---@param what string
---@param name string
---@return curlew.Operation
function M.base(plugin, what, name)
  manifest.check_type(plugin, what .. ": like", name, "string")
  local base = registry.definition(name)
  if not base or base.plugin then
    problem.of(plugin, nil, "%s: like = %q, which is no built-in operation%s", what, name, suggest.hint(name, registry.NAMES))
  end
  if base.run or base.result or name == "batch_alter_table" then
    problem.of(plugin, nil, "%s: like = %q, which is no plain definition", what, name)
  end
  return base
end

--- The record as the built-in operation has it.
---@param base curlew.Operation
---@param own table[] the plugin's options
---@param record table
---@return table
function M.record(base, own, record)
  local copy = {}
  for key, value in pairs(record) do copy[key] = value end
  for _, option in ipairs(own) do copy[option[1]] = nil end
  copy.op = base.name
  return copy
end

--- Takes over what the built-in one has, where the plugin does not say otherwise.
---@param definition curlew.Operation the plugin's, with its own options only
---@param base curlew.Operation
---@param given table
---@return fun(record: table): table as the record as the built-in has it
function M.inherit(definition, base, given)
  local own = definition.options
  local function as(record) return M.record(base, own, record) end
  local function renamed(text) return (text:gsub("^" .. base.name, definition.name)) end
  definition.like, definition.own_options = base.name, own
  definition.args, definition.options = base.args, { table.unpack(base.options or {}) }
  table.move(own, 1, #own, #definition.options + 1, definition.options)
  definition.keeps_existing = base.keeps_existing
  definition.ddl = base.ddl
  definition.is_ddl = base.is_ddl and function(record) return base.is_ddl(as(record)) end
  if given.destructive == nil then definition.destructive = base.destructive end
  if given.transactional == nil and base.autocommit then
    function definition.autocommit(record, d) return base.autocommit(as(record), d) end
  end
  definition.summary = definition.summary or base.summary and function(record) return renamed(base.summary(as(record))) end
  if base.digest and not definition.digest then
    function definition.digest(record)
      local told = { op = definition.name, like = base.digest(as(record)) }
      for _, option in ipairs(own) do told[option[1]] = record[option[1]] end
      return told
    end
  end
  local own_reverse = definition.reverse
  function definition.reverse(record)
    local reversal = base.reverse and base.reverse(as(record)) or nil
    if own_reverse then return own_reverse(record, reversal) end
    return reversal
  end
  if base.probe then
    function definition.probe(record, inspector, env) return base.probe(as(record), inspector, env) end
  end
  function definition.normalise(record, context)
    local normal = as(record)
    if base.normalise then normal = base.normalise(normal, context) end
    normal.op = base.name
    context.dialect:check(normal)
    for _, option in ipairs(own) do normal[option[1]] = record[option[1]] end
    normal.op = definition.name
    return normal
  end
  return as
end

return M
