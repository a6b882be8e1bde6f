--- `replace = true`: a built-in operation gets other SQL on one dialect.

local errors = require "curlew.op.errors"
local manifest = require "curlew.plugin.manifest"
local problem = require "curlew.plugin.problem"
local registry = require "curlew.op"
local statements = require "curlew.plugin.statements"

local M = {}

local replaced = {} -- "dialect op" -> plugin

--- Enters what a plugin replaces.
---@param plugin curlew.Plugin
---@param name string
---@param given table
function M.add(plugin, name, given)
  local what = "operation " .. name
  if not registry.definition(name) then
    problem.of(plugin, "Leave `replace` out to add an operation.", "replaces op.%s, which there is not", name)
  end
  for _, field in ipairs { "args", "options", "execute", "reverse", "render", "probe" } do
    if given[field] ~= nil then
      problem.of(plugin, nil, "%s: `replace` changes the SQL on one dialect; `%s` stays the built-in one's", what, field)
    end
  end
  plugin.replaces[name] = {}
  for _, dialect in ipairs(manifest.sorted(manifest.choices(plugin, what, given.compile))) do
    local class, fn = require("curlew.dialect").class(dialect), given.compile[dialect]
    if not class then
      problem.of(plugin, "Name the dialect: compile = { postgresql = function(o, d, super) ... end }.",
        "%s: `replace` needs a dialect, and %s is none", what, dialect)
    end
    local key = dialect .. " " .. name
    if replaced[key] then
      problem.of(plugin, nil, "replaces op.%s on %s, which plugin %s (%s) replaces too", name, dialect,
        replaced[key].name, replaced[key].path)
    end
    replaced[key] = plugin
    M.override(plugin, class, name, fn)
    table.insert(plugin.replaces[name], dialect)
  end
end

--- What a class does with some operations in another way than before: name to function. Each is compiled
--- alone, never in a group with others (SQLite's rebuilds).
local function own_ways(class)
  local ways = rawget(class, "own_ways")
  if ways then return ways end
  ways = {}
  local compile, group = class.statements, class.group
  class.own_ways = ways
  --- A rebuild of SQLite is written as one: a replaced operation can't be a part of it.
  local function check_batch(d, record)
    for _, own in ipairs(d.name == "sqlite" and record.op == "batch_alter_table" and record.records or {}) do
      if ways[own.op] then
        d:refuse(("op.%s, which a plugin replaces, in op.batch_alter_table"):format(own.op), "call it before or after the batch")
      end
    end
  end
  --- Those in between (of a batch_alter_table) stay together.
  function class.statements(d, records, env)
    local list, rest = {}, {}
    local function add(statements_of) table.move(statements_of, 1, #statements_of, #list + 1, list) end
    for _, record in ipairs(records) do
      local way = ways[record.op]
      check_batch(d, record)
      if way then
        if #rest > 0 then add(compile(d, rest, env)) end
        rest = {}
        add(way(d, record, function(other) return compile(d, { other or record }, env) end))
      else
        rest[#rest + 1] = record
      end
    end
    if #rest > 0 then add(compile(d, rest, env)) end
    return list
  end
  function class.group(d, record)
    if not ways[record.op] then return group(d, record) end
  end
  return ways
end

--- Puts a plugin's function in the place of a dialect's: fn(o, d, super). super() gives the SQL of before,
--- super(other) that of another record.
function M.override(plugin, class, name, fn)
  local who = ("op.%s of plugin %s"):format(name, plugin.name)
  own_ways(class)[name] = function(d, record, before)
    local value = fn
    if type(fn) == "function" then
      value = errors.at_caller(fn, record, d, function(other) return statements.remember(before(other)) end)
    end
    return statements.of(value, who, false)
  end
end

return M
