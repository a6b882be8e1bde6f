--- Operations of plugins: `op.<name>` in scripts, with everything that a built-in operation has.

local base = require "curlew.dialect.base"
local check = require "curlew.op.check"
local errors = require "curlew.op.errors"
local inspect = require "curlew.inspect"
local like = require "curlew.plugin.like"
local manifest = require "curlew.plugin.manifest"
local problem = require "curlew.plugin.problem"
local registry = require "curlew.op"
local replace = require "curlew.plugin.replace"
local statements = require "curlew.plugin.statements"

local M = {}

local FIELDS = {
  "name", "args", "options", "compile", "execute", "reverse", "render", "probe", "destructive", "transactional", "replace", "doc",
  "summary", "digest", "check", "result", "ddl", "like",
}

local choices_of = manifest.choices

--- Kinds by the names that people think of first.
local KINDS = { string = "text", bool = "boolean", identifier = "name", int = "integer", list = "table", sql = "expression" }

check.kind("number", "a number", function(value) return type(value) == "number" and value or nil end)

-- Arguments ---------------------------------------------------------------------------------------

--- One argument: "name", { "name", "kind" } or { name =, kind =, required =, default =, doc = }.
local function argument(plugin, what, given, required)
  if type(given) == "string" then given = { given } end
  manifest.check_type(plugin, what .. ": an argument", given, "table")
  local name, kind = given[1] or given.name, given[2] or given.kind or given.type or "any"
  if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
    problem.of(plugin, nil, "%s: an argument has no name", what)
  end
  if type(kind) ~= "string" then problem.of(plugin, nil, "%s: the kind of %s must be text", what, name) end
  local bare, mark = kind:match("^(.-)(%??)$")
  bare = KINDS[bare] or bare
  if not check.has_kind(bare) then
    problem.of(plugin, "Kinds are listed in docs/plugins.md.", "%s: %s has the kind %s, which there is not", what, name,
      kind)
  end
  local optional = mark == "?" or given.default ~= nil or given.optional == true
  if given.required ~= nil then optional = not given.required elseif not required and mark == "" then optional = true end
  return { name, bare .. (optional and "?" or ""), doc = given.doc, default = given.default, needed = not optional }
end

--- The positional arguments and the options. A table of names (without positions) makes options only.
local function arguments(plugin, what, given)
  local args, options = {}, {}
  for i, item in ipairs(given.args or {}) do args[i] = argument(plugin, what, item, true) end
  for _, name in ipairs(manifest.sorted(#args == 0 and given.args or {})) do
    local item = given.args[name]
    if type(item) == "string" then item = { kind = item } end
    manifest.check_type(plugin, ("%s: argument %s"):format(what, name), item, "table")
    options[#options + 1] = argument(plugin, what, { name, item.kind or item.type or item[1], required = item.required,
      default = item.default, optional = item.optional, doc = item.doc }, true)
  end
  for _, item in ipairs(given.options or {}) do options[#options + 1] = argument(plugin, what, item, false) end
  local seen = {}
  for _, list in ipairs { args, options } do
    for _, item in ipairs(list) do
      if seen[item[1]] or item[1] == "op" then problem.of(plugin, nil, "%s: two arguments are named %s", what, item[1]) end
      seen[item[1]] = true
    end
  end
  return args, options
end

--- op.x { a = 1, b = 2 } is op.x(1, { b = 2 }) when `a` is the first argument.
local function arranger(definition)
  local position = {}
  for i, item in ipairs(definition.args) do position[item[1]] = i end
  return function(count, args)
    local given = args[1]
    if count ~= 1 or #definition.args == 0 or type(given) ~= "table" or getmetatable(given) ~= nil
        or #given > 0 or next(given) == nil then
      return count, args
    end
    for name in pairs(given) do
      if position[name] == nil and name == definition.args[1][1] then return count, args end
    end
    if given[definition.args[1][1]] == nil then return count, args end
    local arranged, options = {}, {}
    for name, value in pairs(given) do
      if position[name] then arranged[position[name]] = value else options[name] = value end
    end
    arranged[#definition.args + 1] = options
    return #definition.args + 1, arranged
  end
end

--- Fills in defaults, and asks for the options that can't be left out.
local function normaliser(definition, own_check, before)
  return function(record, context)
    if before then record = before(record, context) end
    for _, list in ipairs { definition.args, definition.options } do
      for _, item in ipairs(list) do
        if record[item[1]] == nil then record[item[1]] = item.default end
        if record[item[1]] == nil and item.needed then context:fail("%s is missing", item[1]) end
      end
    end
    if own_check then
      local text = own_check(record, context.dialect)
      if type(text) == "string" then context:fail("%s", text) end
    end
    return record
  end
end

-- What it does ------------------------------------------------------------------------------------

--- The choice for a dialect: the server's own, the family's, the default.
local function choose(choices, d)
  for _, name in ipairs(d.lineage) do
    if choices[name] ~= nil then return choices[name] end
  end
  return choices.default
end

local function autocommits(transactional)
  if transactional == nil or transactional == true then return nil end
  return function(record, d)
    local value = transactional
    if type(value) == "function" then value = value(record, d) end
    if type(value) == "table" then value = choose(value, d) end
    return value == false
  end
end

--- The operation has nothing for a dialect. Where it works while it runs, there is nothing to print.
local function refuse(plugin, name, d, choices, execute)
  if execute and choose(execute, d) ~= nil then
    errors.offline("op.%s of plugin %s can't be written down as SQL: it works while it runs", name, plugin.name)
  end
  local known = {}
  for _, given in ipairs { choices, execute } do
    for dialect in pairs(given) do known[dialect] = true end
  end
  d:refuse("op." .. name, ("plugin %s has it for %s"):format(plugin.name, table.concat(manifest.sorted(known), ", ")))
end

--- The connection that plugins' functions get for their reads of the catalog, with the plugin's dialect.
local function catalog(env)
  if not env.conn then return nil end
  return setmetatable({ inspect = function() return inspect.new(env.conn, env.dialect) end }, {
    __index = function(_, field)
      local value = env.conn[field]
      if type(value) ~= "function" then return value end
      return function(_, ...) return value(env.conn, ...) end
    end,
  })
end

--- The third argument of `compile`: { conn, offline, compile(record), super() }.
local function environment(d, record, env, as)
  local function compile(other)
    if type(other) ~= "table" or not registry.definition(other.op) then
      errors.usage("op.%s: env.compile takes an operation's record, got %s", record.op, errors.show(other))
    end
    return statements.remember(d:statements({ other }, env))
  end
  return {
    conn = catalog(env), offline = env.offline == true, compile = compile,
    super = as and function() return compile(as(record)) end,
  }
end

local function compiler(plugin, name, choices, execute, autocommit, as)
  local who = ("op.%s of plugin %s"):format(name, plugin.name)
  return function(d, record, env)
    local choice = choose(choices, d)
    if choice == nil then refuse(plugin, name, d, choices, execute) end
    if type(choice) == "function" then
      choice = errors.at_caller(choice, record, d, environment(d, record, env, as)) -- refusals are about the script's line
    end
    return statements.of(choice, who, autocommit and autocommit(record, d) or false)
  end
end

--- Records from what `reverse` gives: a record, a list of records, or SQL text.
local function reverser(name, fn)
  return function(record, reversal)
    local given = fn(record, reversal)
    if given == nil or given == false then return nil end
    if type(given) ~= "table" or given.op then given = { given } end
    local list = {}
    for i, item in ipairs(given) do
      if type(item) == "string" then item = { op = "execute", sql = item } end
      if type(item) ~= "table" or not registry.definition(item.op) then
        errors.usage("op.%s: its `reverse` gave %s, which is no operation's record", name,
          type(item) == "table" and "op = " .. tostring(item.op) or errors.show(item))
      end
      list[i] = item
    end
    return list
  end
end

--- `execute`: a function (o, conn, d), or one for each dialect. What it returns is the number of rows.
local function executor(plugin, what, name, given)
  if type(given) == "function" then given = { default = given } end
  manifest.check_type(plugin, what .. ": execute", given, "function|table")
  for dialect, fn in pairs(given) do
    manifest.check_type(plugin, ("%s: execute.%s"):format(what, tostring(dialect)), fn, "function")
  end
  local function run(record, conn, d)
    local rows = choose(given, d)(record, conn, d)
    if rows ~= nil and not math.tointeger(rows) then
      errors.usage("op.%s of plugin %s: its `execute` returned %s; it returns the number of rows, or nothing", name,
        plugin.name, errors.show(rows))
    end
    return math.tointeger(rows or 0)
  end
  return given, run, function(_, d) return choose(given, d) ~= nil end
end

-- Adding ------------------------------------------------------------------------------------------

local function define(plugin, name, given)
  local what = "operation " .. name
  local args, options = arguments(plugin, what, given)
  if given.like ~= nil and #args > 0 then
    problem.of(plugin, "Add `options` only.", "%s: like = %q brings the arguments", what, given.like)
  end
  for _, field in ipairs { "reverse", "render", "probe", "summary", "digest", "check", "result" } do
    manifest.check_type(plugin, ("%s: %s"):format(what, field), given[field], "function")
  end
  manifest.check_type(plugin, what .. ": destructive", given.destructive, "boolean")
  manifest.check_type(plugin, what .. ": transactional", given.transactional, "boolean|table|function")
  local definition = {
    name = name, plugin = plugin.name, args = args, options = options, doc = given.doc, ddl = given.ddl ~= false,
    destructive = given.destructive, render = given.render, summary = given.summary, digest = given.digest,
    result = given.result, autocommit = autocommits(given.transactional),
    reverse = given.reverse and reverser(name, given.reverse) or nil,
  }
  local execute
  if given.execute ~= nil then
    if given.transactional ~= nil and given.transactional ~= true then
      problem.of(plugin, "Leave `transactional` out, or give `compile` alone.",
        "%s has an `execute`, whose work is one transaction, and is not transactional", what)
    end
    execute, definition.execute, definition.executes = executor(plugin, what, name, given.execute)
    definition.ddl = given.ddl == true
  end
  local choices = {}
  if given.compile ~= nil or not execute then choices = choices_of(plugin, what, given.compile) end
  local as
  if given.like ~= nil then
    as = like.inherit(definition, like.base(plugin, what, given.like), given)
  else
    definition.arrange = arranger(definition)
  end
  definition.normalise = normaliser(definition, given.check, definition.normalise)
  if given.probe then
    function definition.probe(record, _, env)
      local happened = given.probe(record, catalog(env), env.dialect)
      if type(happened) == "boolean" then return happened end
    end
  end
  registry.define(definition)
  base.compile[name] = compiler(plugin, name, choices, execute, definition.autocommit, as)
end

---@param plugin curlew.Plugin
---@param owners table
function M.add(plugin, owners)
  for _, name in ipairs(plugin.adds.operations) do
    local given, what = manifest.item(plugin, "operations", name), "operation " .. name
    manifest.check_type(plugin, what, given, "table")
    manifest.check_fields(plugin, what, given, FIELDS)
    if given.replace then
      replace.add(plugin, name, given)
    else
      if not name:find("^%a[%w_]*$") then problem.of(plugin, nil, "%s: that can't be the name of an operation", what) end
      if not owners.operation[name] and (registry.definition(name) or registry.reserved(name)) then
        problem.of(plugin, "Give it another name, or write `replace = true` to change its SQL on one dialect.",
          "adds op.%s, which curlew has itself", name)
      end
      manifest.own(plugin, owners, "operation", name)
      define(plugin, name, given)
    end
  end
end


return M
