--- The two sides of a comparison before they are compared: what is read and left out of the database, and what
--- the models know of their own tables that the server's reflection does not tell.

local check = require "curlew.op.check"
local normal = require "curlew.autogen.normal"
local op = require "curlew.op"

local M = {}

--- An operation's record outside of a revision.
---@return table
function M.record(run, definition, count, args)
  return op.record(definition, check.context { op = definition.name, dialect = run.dialect, enums = {},
    naming = run.naming_convention }, count, args)
end

-- The database ------------------------------------------------------------------------------------

--- The schemas to read besides the own one: those that the models name, and those that include_schemas asks for
--- (whole: what is in them and not in the models goes).
local function other_schemas(x, own)
  local declared, include, list, whole = {}, x.config.include_schemas, {}, {}
  for _, kind in ipairs { "tables", "enums", "views", "sequences" } do
    for _, item in ipairs(x.declared[kind]) do
      if item.schema then declared[item.schema] = true end
    end
  end
  if next(declared) == nil and not include then return list, whole, {} end
  local present = {}
  for _, name in ipairs(normal.of_dialect(x.dialect, "catalog").schemas(x.dialect, x.run.conn)) do present[name] = true end
  local names = {}
  for name in pairs(declared) do names[name] = true end
  for name in pairs(present) do
    local wanted = include == true
    if type(include) == "table" then
      for _, other in ipairs(include) do wanted = wanted or other == name end
    end
    if wanted and name ~= own and M.includes_name(x, name, "schema", {}) then
      names[name], whole[name] = true, true
    end
  end
  for name in pairs(names) do
    if name ~= own then list[#list + 1] = name end
  end
  table.sort(list)
  return list, whole, present
end

--- include_name(name, kind, parents) of the project.
function M.includes_name(x, name, kind, parents)
  local include = x.config.include_name
  if type(include) ~= "function" then return true end
  return include(name, kind, parents) and true or false
end

local FILTERS = { unique = "unique_constraint", check = "check_constraint", foreign_key = "foreign_key_constraint",
  exclude = "exclude_constraint" }

local function filter(list, keep)
  local kept = {}
  for _, item in ipairs(list) do
    if keep(item) then kept[#kept + 1] = item end
  end
  return kept
end

--- Leaves out what the project does not want to see.
local function apply_include_name(x)
  if type(x.config.include_name) ~= "function" then return end
  local real = x.real
  for list, kind in pairs { tables = "table", views = "view", sequences = "sequence", enums = "enum" } do
    real[list] = filter(real[list], function(item)
      return M.includes_name(x, item.name, kind, { schema_name = item.schema })
    end)
  end
  for _, t in ipairs(real.tables) do
    local parents = { schema_name = t.schema, table_name = t.name }
    t.columns = filter(t.columns, function(c) return M.includes_name(x, c.name, "column", parents) end)
    t.indexes = filter(t.indexes, function(c) return M.includes_name(x, c.name, "index", parents) end)
    t.constraints = filter(t.constraints, function(c)
      return not FILTERS[c.kind] or M.includes_name(x, c.name, FILTERS[c.kind], parents)
    end)
  end
end

--- Tables of curlew itself, and in schemas that only the models name all that they don't.
local function leave_out(x, whole)
  local service = {}
  for _, name in ipairs(x.run.service or {}) do service[x:fold(name)] = true end
  local own = x.run.service_schema
  local function visible(kind)
    local declared = normal.by(x.declared[kind])
    return function(item)
      if kind == "tables" and service[x:fold(item.name)] and (item.schema == own or item.schema == nil) then
        return false
      end
      return item.schema == nil or whole[item.schema] or declared[normal.key(item)] ~= nil
        or kind == "tables" and x.former[normal.key(item)]
    end
  end
  for _, kind in ipairs { "tables", "enums", "views", "sequences" } do
    x.real[kind] = filter(x.real[kind], visible(kind))
  end
  x.real.others = filter(x.real.others, function(item) return not service[x:fold(item.table or item.name)] end)
end

--- Models may name the connection's own schema too; here that is no schema at all.
local function forget_own(x, own)
  local function forget(item, field)
    if item[field] ~= nil and item[field] == own then item[field] = nil end
  end
  for _, kind in ipairs { "tables", "enums", "views", "sequences" } do
    for _, item in ipairs(x.declared[kind]) do
      forget(item, "schema")
      if item.record then forget(item.record, "schema") end
    end
  end
  for _, t in ipairs(x.declared.tables) do
    for _, c in ipairs(t.record.columns) do forget(c.type.of or c.type, "schema") end
    for _, c in ipairs(t.record.constraints) do forget(c, "referent_schema") end
  end
end

--- Reads the database into x.real.
---@param x curlew.Comparison
function M.read_real(x)
  local d, conn = x.dialect, x.run.conn
  local catalog = normal.of_dialect(d, "catalog")
  local own = catalog.own_schema(d, conn)
  forget_own(x, own)
  local list, whole, present = other_schemas(x, own)
  local schemas = { own and { name = own } }
  for _, name in ipairs(list) do
    schemas[#schemas + 1] = { name = name, as = name }
    if not present[name] then
      x:add("create_enum", { op = "create_schema", name = name })
    end
  end
  x.schemas = list
  x.former = {}
  for _, t in ipairs(x.declared.tables) do
    if t.renamed_from then x.former[normal.key { schema = t.schema, name = t.renamed_from }] = true end
  end
  x.real = catalog.read(d, conn, { schemas = schemas })
  leave_out(x, whole)
  apply_include_name(x)
end

-- The models --------------------------------------------------------------------------------------

--- What the models call a constraint of the reflection, and whether that name is theirs or the server's. Unnamed
--- ones are told by their columns; a CHECK without a name, by being the only one.
local function source_of(t, c, unnamed)
  for _, list in ipairs { t.declared.record.constraints, t.declared.record.indexes } do
    for _, source in ipairs(list) do
      if source.name and c.name and source.name:lower() == c.name:lower() then return source, true end
    end
  end
  for _, source in ipairs(t.declared.record.constraints) do
    if source.kind == c.kind and not source.name then
      if source.kind == "check" or source.kind == "exclude" then
        if unnamed[source.kind] == 1 then return source, false end
      elseif normal.same(source.columns, c.columns) then
        return source, false
      end
    end
  end
  return nil, false
end

local function finish_table(t, without_keys)
  local unnamed, has_key = {}, false
  for _, c in ipairs(t.declared.record.constraints) do
    if not c.name then unnamed[c.kind] = (unnamed[c.kind] or 0) + 1 end
  end
  for _, c in ipairs(t.constraints) do
    has_key = has_key or c.kind == "foreign_key"
    c.source, c.explicit = source_of(t, c, unnamed)
  end
  if without_keys and not has_key then
    for _, source in ipairs(t.declared.record.constraints) do
      if source.kind == "foreign_key" then
        local c = normal.copy(source)
        c.source, c.explicit, c.not_valid = source, source.name ~= nil, nil
        if c.referent_schema == nil and t.keys_stay then c.referent_schema = t.schema end
        t.constraints[#t.constraints + 1] = c
      end
    end
  end
  for _, index in ipairs(t.indexes) do
    for _, source in ipairs(t.declared.record.indexes) do
      if source.name:lower() == index.name:lower() then index.source = source end
    end
  end
end

--- Puts what the models know beside what the server made of it.
---@param x curlew.Comparison
function M.finish_wanted(x)
  local settled = {}
  for _, t in ipairs(x.settled) do settled[t] = true end
  for _, t in ipairs(x.wanted.tables) do
    t.declared = x.declared_by_key[normal.key(t)]
    t.keys_stay = x.dialect.name == "mysql"
    if not settled[t] then finish_table(t, x.dialect.name ~= "sqlite") end
  end
  for _, kind in ipairs { "views", "sequences" } do
    local by_key = normal.by(x.declared[kind])
    for _, item in ipairs(x.wanted[kind]) do item.declared = by_key[normal.key(item)] end
  end
  local triggers = {}
  for _, other in ipairs(x.real.others) do
    if other.kind == "trigger" and other.table and other.text then
      triggers[other.table] = triggers[other.table] or {}
      table.insert(triggers[other.table], { op = "execute", sql = other.text })
    end
  end
  --- What goes with a dropped table besides what create_table makes again.
  function x:restore_table(t)
    local _ = self
    return t.schema == nil and triggers[t.name] or {}
  end
  function x:default_collation(t)
    local before = self.real_by_key[normal.key(t)]
    if self.dialect.name == "sqlite" then return "BINARY" end
    if self.dialect.name == "postgresql" then return "default" end
    return self.dialect.name == "mysql" and before and before.collation or nil
  end
  function x:must_recreate_column(real, wanted)
    local d = self.dialect
    if d.name == "postgresql" then return real.computed ~= nil and not d:at_least(17) and wanted.computed ~= nil
      or not real.computed end
    return d.name == "mysql" and (not real.computed or not wanted.computed
      or real.computed.persisted ~= wanted.computed.persisted)
  end
  --- What alter_column is told to make one identity of another, its defaults said too.
  function x:identity_change(from, to)
    local null = require("curlew.op.marks").null
    if not to then return null end
    local change = normal.copy(to)
    change.always = to.always or false
    local _ = self
    for option in pairs(from or {}) do
      if change[option] == nil then change[option] = ({ increment = 1, cache = 1, cycle = false, start = 1 })[option] end
    end
    return change
  end
end

return M
