--- Dialects of plugins: they inherit from one that is there and change what differs.
---
---     dialects = { cockroachdb = { inherits = "postgresql", title = "CockroachDB",
---       detect = function(conn) return conn:scalar("SELECT version()"):find("CockroachDB") ~= nil end,
---       compile = { create_index = function(o, d, super) ... end },
---       refuse = { create_exclude_constraint = "use a unique constraint" },
---       types = { interval = "INTERVAL" },
---       methods = { cascade = function(d, o) ... end } } }

local dialect = require "curlew.dialect"
local manifest = require "curlew.plugin.manifest"
local problem = require "curlew.plugin.problem"
local suggest = require "curlew.suggest"

local M = {}

local FIELDS = { "name", "inherits", "detect", "title", "oldest", "compile", "refuse", "types", "methods", "reserved" }

local list = {}    -- { name, class, detect, plugin } in the order of declaration
local pending = {} -- compile functions, entered when all operations are known

---@return table<string, table>
function M.classes()
  local classes = {}
  for _, item in ipairs(list) do classes[item.name] = item.class end
  return classes
end

---@return boolean
function M.any() return #list > 0 end

--- "a" beside what the parent has reserved.
local function reserved_words(given, parent)
  local words = {}
  for _, word in ipairs(given or {}) do words[word] = true end
  return setmetatable(words, { __index = parent.reserved })
end

local function form(plugin, what, value)
  manifest.check_type(plugin, what, value, "string|function")
  if type(value) == "string" then return value end
  return function(d, t, column) return value(t, d, column) end
end

---@param plugin curlew.Plugin
---@param owners table
function M.add(plugin, owners)
  for _, name in ipairs(plugin.adds.dialects) do
    local given, what = manifest.item(plugin, "dialects", name), "dialect " .. name
    manifest.check_type(plugin, what, given, "table")
    manifest.check_fields(plugin, what, given, FIELDS)
    if not name:find("^%l[%l%d_]*$") then problem.of(plugin, nil, "%s: that can't be the name of a dialect", what) end
    for _, known in ipairs(dialect.NAMES) do
      if known == name then
        problem.of(plugin, "Give it another name.", "adds the dialect %s, which curlew has itself", name)
      end
    end
    manifest.own(plugin, owners, "dialect", name)
    local parent = type(given.inherits) == "string" and dialect.class(given.inherits)
    if not parent then
      problem.of(plugin, "Built-in ones are " .. table.concat(dialect.NAMES, ", ") .. ".",
        "%s inherits %s, which is no dialect%s", what, tostring(given.inherits),
        suggest.hint(given.inherits, dialect.NAMES))
    end
    manifest.check_type(plugin, what .. ": detect", given.detect, "function")
    for _, field in ipairs { "compile", "refuse", "types", "methods", "reserved" } do
      manifest.check_type(plugin, ("%s: %s"):format(what, field), given[field], "table")
    end
    local fields = {
      server = name, title = given.title or name, oldest = given.oldest or parent.oldest,
      reserved = reserved_words(given.reserved, parent), inherits = {}, types = {},
    }
    if parent.server ~= parent.name then fields.inherits[1] = parent.server end
    for _, more in ipairs(parent.inherits or {}) do table.insert(fields.inherits, more) end
    for type_name, value in pairs(given.types or {}) do
      fields.types[type_name] = form(plugin, ("%s: types.%s"):format(what, type_name), value)
    end
    setmetatable(fields.types, { __index = parent.types })
    for method, fn in pairs(given.methods or {}) do
      manifest.check_type(plugin, ("%s: methods.%s"):format(what, method), fn, "function")
      fields[method] = fn
    end
    local class = parent:extend(fields)
    for op, fn in pairs(given.compile or {}) do
      manifest.check_type(plugin, ("%s: compile.%s"):format(what, op), fn, "function")
      pending[#pending + 1] = { plugin = plugin, what = what, class = class, op = op, fn = fn }
    end
    for op, instead in pairs(given.refuse or {}) do
      pending[#pending + 1] = { plugin = plugin, what = what, class = class, op = op, instead = instead }
    end
    dialect.define(name, class)
    list[#list + 1] = { name = name, class = class, detect = given.detect, plugin = plugin }
  end
end

--- Enters what dialects do with operations, once those of all plugins are known.
function M.finish()
  local registry, replace = require "curlew.op", require "curlew.plugin.replace"
  for _, item in ipairs(pending) do
    if not registry.definition(item.op) then
      problem.of(item.plugin, nil, "%s: there is no operation %s%s", item.what, item.op,
        suggest.hint(item.op, registry.NAMES))
    end
    local op, instead = item.op, item.instead
    if item.fn then
      replace.override(item.plugin, item.class, op, item.fn)
    else
      local before = item.class.check
      function item.class.check(d, record)
        if record.op == op then d:refuse("op." .. op, type(instead) == "string" and instead or nil) end
        return before(d, record)
      end
    end
  end
  pending = {}
end

local function below(class, server)
  while class do
    if rawget(class, "server") == server then return true end
    class = getmetatable(class)
  end
  return false
end

--- The plugins' dialect of a server: the one that the URL names ("postgresql+cockroachdb://"), else the last
--- whose `detect` says so, the most derived first.
---@param family string "postgresql"
---@param server string what the driver says: "mariadb"
---@param wanted string? of the URL
---@param conn table? nil offline: nothing is detected then
---@return string? name
function M.detect(family, server, wanted, conn)
  for i = #list, 1, -1 do
    local item = list[i]
    if item.class.name == family then
      if wanted and wanted == item.name then return item.name end
      if not wanted or not M.classes()[wanted] then
        if conn and item.detect and below(item.class, server) and item.detect(conn) then return item.name end
      end
    end
  end
end

return M
