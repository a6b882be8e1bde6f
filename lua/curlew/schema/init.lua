--- `require "curlew.schema"`: what a models file declares the schema with. Nothing is checked against a
--- database here, since which one it is is not known while the file runs; autogen/declared.lua does that and
--- gives each complaint the file and line that a declaration remembers.

local entries = require "curlew.schema.entries"
local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local types = require "curlew.types"

local M = {
  types = types.api, sql = marks.sql, f = marks.f, null = marks.null, by_dialect = marks.by_dialect,
}
for name, construct in pairs(entries.api()) do M[name] = construct end -- check, unique, foreign_key, index, ...

--- Naming conventions to choose from.
M.conventions = {
  standard = {
    ix = "ix_%(table_name)s_%(column_0_N_name)s",
    uq = "uq_%(table_name)s_%(column_0_N_name)s",
    ck = "ck_%(table_name)s_%(constraint_name)s",
    fk = "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    pk = "pk_%(table_name)s",
  },
}

---@class curlew.Declaration
---@field kind string "table", "enum", "view" or "sequence"
---@field name string
---@field schema string?
---@field value any what follows the name: columns and entries, values, a query
---@field options table
---@field file string where it was declared
---@field line integer

--- A schema that is being declared.
---@class curlew.Metadata
---@field naming_convention table<string, string>?
---@field declarations curlew.Declaration[] in the order of the file
local Metadata = { __name = "curlew.Metadata" }
Metadata.__index = Metadata

---@param value any
---@return boolean
function M.is_metadata(value) return getmetatable(value) == Metadata end

local LIBRARY = debug.getinfo(1, "S").source:gsub("schema[/.]init.*$", "")

--- The nearest line outside of this library.
local function caller()
  for level = 3, 40 do
    local info = debug.getinfo(level, "Sl")
    if not info then return "?", 0 end
    if info.currentline > 0 and info.source:sub(1, #LIBRARY) ~= LIBRARY then
      return info.source:match("^[@=]?(.*)$"), info.currentline
    end
  end
  return "?", 0
end

local function place(d) return d.file .. ":" .. d.line end

local function plain(value) return type(value) == "table" and getmetatable(value) == nil end

--- Tables and views share their names, enums have a space of their own.
local function key_of(d)
  local space = (d.kind == "enum" or d.kind == "sequence") and d.kind or "relation"
  return ("%s\0%s\0%s"):format(space, d.schema or "", d.name)
end

--- Keeps a declaration; the same name twice is an error that names both places.
local function declare(metadata, kind, name, value, options)
  local call = ("%s(%s)"):format(kind, errors.show(name))
  if type(name) ~= "string" or name == "" then
    errors.usage("metadata:%s: the name must be a text, got %s", kind, errors.show(name))
  end
  if options ~= nil and not plain(options) then
    errors.usage("metadata:%s: the last argument must be a table of options, got %s", call, errors.show(options))
  end
  local d = { kind = kind, name = name, value = value, options = options or {}, schema = (options or {}).schema }
  d.file, d.line = caller()
  if kind == "table" and d.schema == nil and type(value) == "table" then d.schema = value.schema end
  local key = key_of(d)
  local before = metadata.by_name[key]
  if before then
    errors.usage("metadata:%s: %s %s is declared already at %s; one of the two has to go or take another name",
      call, before.kind, errors.show(name), place(before))
  end
  metadata.by_name[key] = d
  metadata.declarations[#metadata.declarations + 1] = d
  return d
end

--- Takes over a declaration of another metadata (a list of models).
---@param d curlew.Declaration
function Metadata:adopt(d)
  local key = key_of(d)
  local before = self.by_name[key]
  if before then
    error({ code = "config", file = d.file, line = d.line, hint = "One of the two has to go or take another name.",
      message = ("%s %s is declared already at %s"):format(d.kind, errors.show(d.name), place(before)) }, 0)
  end
  self.by_name[key] = d
  self.declarations[#self.declarations + 1] = d
end

--- Declares a table in the shape that op.create_table takes; besides, a column and the table may have
--- `renamed_from`, the name they have in databases that were not migrated yet.
---@param name string
---@param columns table
---@param options { schema: string?, renamed_from: string? }?
function Metadata:table(name, columns, options)
  errors.at_caller(function()
    if not plain(columns) then
      errors.usage("metadata:table(%s): the second argument must be a list of columns, got %s", errors.show(name),
        errors.show(columns))
    end
    declare(self, "table", name, columns, options)
  end)
  return self
end

--- Declares an enum type, also one that no column uses (PostgreSQL).
---@param name string
---@param values string[]
---@param options { schema: string? }?
function Metadata:enum(name, values, options)
  errors.at_caller(declare, self, "enum", name, values, options)
  return self
end

--- Declares a view.
---@param name string
---@param query string|curlew.Sql
---@param options { schema: string?, columns: string[]?, materialized: boolean? }?
function Metadata:view(name, query, options)
  errors.at_caller(declare, self, "view", name, query, options)
  return self
end

--- Declares a sequence that belongs to no column (PostgreSQL, MariaDB).
---@param name string
---@param options { schema: string?, start: integer?, increment: integer? }?
function Metadata:sequence(name, options)
  errors.at_caller(declare, self, "sequence", name, nil, options)
  return self
end

--- An empty schema.
---@param options { naming_convention: table<string, string>? }?
---@return curlew.Metadata
function M.metadata(options)
  return errors.at_caller(function()
    options = options or {}
    if not plain(options) then
      errors.usage("schema.metadata: takes a table such as { naming_convention = schema.conventions.standard }, got %s",
        errors.show(options))
    end
    for key in pairs(options) do
      if key ~= "naming_convention" then
        errors.usage("schema.metadata: unknown option %s%s", tostring(key),
          require("curlew.suggest").hint(key, { "naming_convention" }))
      end
    end
    local convention = options.naming_convention
    if convention ~= nil and not plain(convention) then
      errors.usage("schema.metadata: naming_convention must be a table of templates, got %s", errors.show(convention))
    end
    return setmetatable({ naming_convention = convention, declarations = {}, by_name = {} }, Metadata)
  end)
end

return setmetatable(M, {
  __index = function(_, name)
    local names = {}
    for known in pairs(M) do names[#names + 1] = known end
    table.sort(names)
    return errors.at_caller(errors.usage, "schema.%s: there is no such thing%s", tostring(name),
      require("curlew.suggest").hint(name, names))
  end,
})
