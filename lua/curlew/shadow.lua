--- What is known of the database while SQL for a server is only printed: the tables that operations have
--- made or changed, as far as their records tell. It answers what an inspector answers.
---
--- Under --dry-run the real catalog stands behind it: a table that nothing was printed for yet is read
--- there. Under --sql there is nothing behind it, and a table that no record made is not known.

local effects = require "curlew.shadow.effects"
local errors = require "curlew.op.errors"
local inspect = require "curlew.inspect"

local M = {}

---@class curlew.Shadow
---@field tables table<string, table|false> by key; false: there is no such table any more
---@field others table<string, boolean> views, triggers and the like, by kind and name
---@field named table<string, boolean> words of the user's own SQL: what has such a name may have changed
local Shadow = { __name = "curlew.Shadow" }
Shadow.__index = Shadow

local current

--- The shadow of a run: the same one for every step of it, and a new one for the next.
---@param env table
---@return curlew.Shadow? nil when the catalog itself answers
function M.of(env)
  if not env.run then return nil end
  if not current or current.run ~= env.run then
    current = setmetatable({ run = env.run, tables = {}, others = {}, named = {} }, Shadow)
  end
  current.dialect = env.dialect
  current.live = env.conn and inspect.new(env.conn, env.dialect) or nil
  return current
end

-- Tables ------------------------------------------------------------------------------------------

--- What `tables` goes by.
---@return string
function M.key(schema, name) return (schema or "") .. "." .. name end

local key_of = M.key

--- The pieces of a table as its records would have them, read from the real catalog.
local function read(live, schema, name)
  local where = { schema = schema }
  if not live:has_table(name, where) then return false end
  local columns = {}
  for i, found in ipairs(live:columns(name, where)) do
    local c = {}
    for field, value in pairs(found) do c[field] = value end
    c.default = found.default and { sql = found.default } or nil
    c.real = true
    columns[i] = c
  end
  return { columns = columns, constraints = live:constraints(name, where), indexes = live:indexes(name, where) }
end

--- A table: its pieces, false when there is none, nil when that is not known.
---@param name string
---@param schema string?
---@return table|false|nil
function Shadow:find(name, schema)
  local key = key_of(schema, name)
  local found = self.tables[key]
  if found == nil and self.live and not self.named[name:upper()] then found = read(self.live, schema, name) end
  return found
end

--- The same to be changed: it is remembered from now on.
function Shadow:keep(name, schema)
  local found = self:find(name, schema)
  if found then self.tables[key_of(schema, name)] = found end
  return found
end

--- Whether something printed has changed the table already, so that the real catalog is behind.
---@param name string
---@param schema string?
---@return boolean
function Shadow:changed(name, schema) return self.tables[key_of(schema, name)] ~= nil end

--- A table that has to be known.
---@param op string the operation that asks
---@param instead string the option that would spare the question
function Shadow:must_find(op, name, schema, instead)
  local found = self:find(name, schema)
  if found == nil then
    errors.offline("op.%s: what table %s looks like is not known offline, since no operation of the revisions before "
      .. "made it; %s", op, name, instead)
  end
  if not found then errors.usage("op.%s: there is no table %s", op, name) end
  return found
end

---@param table_parts table
---@param name string
---@return table? column
function Shadow:column(table_parts, name)
  for _, c in ipairs(table_parts.columns) do
    if self.dialect.same_column(c.name, name) then return c end
  end
end

--- All known tables, by key: fn(parts, name, schema).
function Shadow:each(fn)
  local keys = {}
  for key, parts in pairs(self.tables) do
    if parts then keys[#keys + 1] = key end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    local schema, name = key:match("^([^.]*)%.(.*)$")
    fn(self.tables[key], name, schema ~= "" and schema or nil)
  end
end

-- What an inspector answers -----------------------------------------------------------------------

local Answers = {}
Answers.__index = Answers

--- An inspector's stand-in for one operation: what is not known is refused with that operation's name.
---@param op string
---@param option string what needs the answer
function Shadow:answers(op, option)
  return setmetatable({ shadow = self, dialect = self.dialect, op = op, option = option }, Answers)
end

local function parts_of(self, name, options)
  return self.shadow:must_find(self.op, name, options and options.schema,
    ("%s has to look into the catalog: leave it out, or test ctx.offline"):format(self.option))
end

function Answers:has_table(name, options)
  local found = self.shadow:find(name, options and options.schema)
  if found == nil then parts_of(self, name, options) end
  return found and true or false
end

local function named(list, name, same)
  for _, item in ipairs(list) do
    if item.name and same(item.name, name) then return true end
  end
  return false
end

function Answers:has_column(name, column, options)
  return named(parts_of(self, name, options).columns, column, self.dialect.same_column)
end

function Answers:constraints(name, options) return parts_of(self, name, options).constraints end

function Answers:has_constraint(name, constraint, options)
  return named(self:constraints(name, options), constraint, self.dialect.same_column)
end

function Answers:has_index(name, index, options)
  return named(parts_of(self, name, options).indexes, index, self.dialect.same_column)
end

function Answers:columns(name, options) return parts_of(self, name, options).columns end

--- Views, functions, triggers and the like: those that were printed, then the real ones.
local function other(kind, method, takes_table)
  Answers[method] = function(self, a, b, c)
    local name, options = a, b
    if takes_table then name, options = b, c end
    local known = self.shadow.others[kind .. " " .. name]
    if known ~= nil then return known end
    local live = self.shadow.live
    if not live then
      errors.offline("op.%s: %s has to look into the catalog, which can't be read offline; leave it out, "
        .. "or test ctx.offline", self.op, self.option)
    end
    if takes_table then return live[method](live, a, name, options) end
    return live[method](live, name, options)
  end
end
other("view", "has_view")
other("function", "has_function")
other("trigger", "has_trigger", true)
for _, kind in ipairs { "schema", "sequence", "extension" } do other(kind, "has_" .. kind) end

-- What is printed ----------------------------------------------------------------------------------

--- An operation was printed.
---@param record table
function Shadow:apply(record)
  if record.op == "execute" then self:check(record.sql, record.params) end
  local effect = effects[record.op]
  if effect then effect(self, record) end
end

--- Refuses parameters that would mean something else as literals.
function Shadow:check(sql, params)
  local check = self.dialect.check_parameters
  if check and type(params) == "table" then check(self.dialect, self, sql, params) end
end

--- SQL of the user's own was printed: what it may have defined or changed is no longer known.
---@param sql string
function Shadow:saw(sql)
  local text = sql:upper()
  if not (text:find("ALTER", 1, true) or text:find("CREATE", 1, true) or text:find("DROP", 1, true)
      or text:find("RENAME", 1, true)) then
    return
  end
  for word in text:gmatch("[%w_$\128-\255]+") do self.named[word] = true end
  self:each(function(_, name, schema)
    if self.named[name:upper()] then self.tables[key_of(schema, name)] = nil end
  end)
end

--- The same for SQL that went through the connection object.
---@param run integer
---@param sql string
---@param params table?
function M.saw(run, sql, params)
  if not current or current.run ~= run then return end
  errors.at_caller(current.check, current, sql, params)
  current:saw(sql)
end

return M
