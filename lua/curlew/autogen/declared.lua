--- What a metadata declares, checked for a dialect: the records of the operations that would make it, each with
--- the place in the models file that it came from.

local check = require "curlew.op.check"
local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local normal = require "curlew.autogen.normal"
local op = require "curlew.op"
local suggest = require "curlew.suggest"

local M = {}

---@class curlew.DeclaredTable
---@field record table a create_table record
---@field renamed_from string?
---@field columns_renamed table<string, string> new name to old one
---@field file string
---@field line integer

local function plain(value) return type(value) == "table" and getmetatable(value) == nil end

--- Raises about a declaration, with its file and line.
local function fail(d, text, ...)
  error({ code = "config", message = text:format(...), file = d.file, line = d.line,
    hint = "Correct the declaration; nothing was written." }, 0)
end

--- Calls fn; what it raises about misuse gets the declaration's place.
local function at(d, fn, ...)
  local function finish(ok, ...)
    if ok then return ... end
    local e = ...
    if not errors.is(e) then error(e, 0) end
    local hint = e.code == "unsupported" and "Leave it out, or give another choice for this database with schema.by_dialect."
      or "Correct the declaration; nothing was written."
    error({ code = "config", message = e.message, file = d.file, line = d.line, hint = hint }, 0)
  end
  return finish(pcall(fn, ...))
end

local function rename_of(d, what, value)
  if value == nil then return nil end
  if type(value) ~= "string" or value == "" then
    fail(d, "%s: renamed_from must be the former name, got %s", what, errors.show(value))
  end
  return value
end

--- The columns and entries without what only models have: renamed_from. A column without a type is
--- complained about where the whole is checked.
local function strip(d, x)
  local title = ("table %s"):format(errors.show(d.name))
  local list, renamed = {}, {}
  local table_renamed = rename_of(d, title, d.options.renamed_from)
  for key, value in pairs(d.value) do
    if key == "renamed_from" then
      table_renamed = rename_of(d, title, value)
    elseif key == "schema" then
      d.schema = value
    elseif math.type(key) == "integer" and plain(value) and value.renamed_from ~= nil then
      local copy = {}
      for field, item in pairs(value) do
        if field ~= "renamed_from" then copy[field] = item end
      end
      local name = value[1] or value.name
      if type(name) == "string" then
        renamed[name] = rename_of(d, ("%s: column %s"):format(title, errors.show(name)),
          marks.resolve(value.renamed_from, x.dialect))
      end
      list[key] = copy
    else
      list[key] = value
    end
  end
  local options = {}
  for key, value in pairs(d.options) do
    if key ~= "renamed_from" then options[key] = value end
  end
  return list, options, table_renamed, renamed
end

local function context(x, name, what)
  return check.context { op = name, what = what, dialect = x.dialect, naming = x.naming, enums = x.values }
end

--- The record of an operation called with these arguments.
local function record_of(x, d, name, ...)
  local count, args = select("#", ...), { ... }
  return at(d, function() return op.record(op.definition(name), context(x, name, "models"), count, args) end)
end

--- Enum types that columns name become declarations of their own.
local function take_enum(x, d, t)
  if t.name == "array" then t = t.of end
  if t.name ~= "enum" or not x.dialect:enum_is_type(t) then return end
  local key = normal.key { schema = t.schema, name = t.enum }
  local known = x.enum_by_key[key]
  if not t.values then
    if not known then
      fail(d, "table %s: enum %s is declared nowhere; add metadata:enum(%s, { ... }) before it, or give its values",
        errors.show(d.name), errors.show(t.enum), errors.show(t.enum))
    end
    t.values = known.values
  elseif not known then
    known = { name = t.enum, schema = t.schema, values = t.values, file = d.file, line = d.line }
    x.enum_by_key[key] = known
    x.result.enums[#x.result.enums + 1] = known
  elseif not normal.same(known.values, t.values) then
    fail(d, "table %s: enum %s has the values %s here, but %s at %s:%d", errors.show(d.name), errors.show(t.enum),
      table.concat(t.values, ", "), table.concat(known.values, ", "), known.file, known.line)
  end
end

--- Refuses what this database does not have. A table that is there already needs no such look.
---@param dialect curlew.Dialect
---@param t curlew.DeclaredTable
function M.validate(dialect, t)
  local record = t.record
  for _, c in ipairs(record.columns) do at(t, dialect.column, dialect, c, record) end
  for _, c in ipairs(record.constraints) do at(t, dialect.constraint, dialect, c, record) end
  for _, c in ipairs(record.indexes) do at(t, dialect.create_index, dialect, c, record) end
end

local READ = {}

function READ.table(x, d)
  local list, options, renamed_from, columns_renamed = strip(d, x)
  options.schema = options.schema or d.schema
  local record = record_of(x, d, "create_table", d.name, list, options)
  for _, c in ipairs(record.columns) do
    take_enum(x, d, c.type)
    c.type.known = nil -- a revision says the values wherever it names the type
  end
  for _, c in ipairs(record.indexes) do c.kind = "index" end
  if record.temporary then fail(d, "table %s: a temporary table is no part of a schema", errors.show(d.name)) end
  record.if_not_exists = nil
  local t = { name = d.name, schema = record.schema, record = record, renamed_from = renamed_from,
    columns_renamed = columns_renamed, file = d.file, line = d.line }
  x.result.tables[#x.result.tables + 1] = t
end

function READ.enum(x, d)
  local record = record_of(x, d, "create_enum", d.name, d.value, d.options)
  x.values[d.name] = record.values
  if not x.dialect:enum_is_type({ name = "enum", enum = d.name }) then return end
  local enum = { name = d.name, schema = record.schema, values = record.values, file = d.file, line = d.line }
  x.enum_by_key[normal.key(enum)] = enum
  x.result.enums[#x.result.enums + 1] = enum
end

function READ.view(x, d)
  local record = record_of(x, d, "create_view", d.name, d.value, d.options)
  record.name = d.name
  x.result.views[#x.result.views + 1] = { name = d.name, schema = record.schema, query = record.query,
    columns = record.columns, materialized = record.materialized, file = d.file, line = d.line, record = record }
end

function READ.sequence(x, d)
  local record = record_of(x, d, "create_sequence", d.name, d.options)
  at(d, function() return x.dialect:statements({ record }, {}) end)
  local options = {}
  for _, spec in ipairs(op.definition("create_sequence").options) do options[spec[1]] = record[spec[1]] end
  options.if_not_exists = nil
  x.result.sequences[#x.result.sequences + 1] = { name = d.name, schema = record.schema, options = options, file = d.file,
    line = d.line, record = record }
end

--- Foreign keys must lead somewhere. Tables that include_* hooks hide may be referenced all the same when they are
--- declared; a schema that is not declared at all is somebody else's.
local function check_references(x)
  local tables, names, schemas = {}, {}, {}
  for _, t in ipairs(x.result.tables) do
    tables[normal.key(t)] = t
    names[#names + 1] = t.name
    schemas[t.schema or ""] = true
  end
  for _, t in ipairs(x.result.tables) do
    for _, c in ipairs(t.record.constraints) do
      if c.kind == "foreign_key" then
        local schema = c.referent_schema
        if schema == nil and x.dialect.name == "mysql" then schema = t.schema end
        local found = tables[normal.key { schema = schema, name = c.referent }]
        local title = ("table %s: the foreign key (%s)"):format(errors.show(t.name), table.concat(c.columns, ", "))
        if not found then
          if schemas[schema or ""] then
            fail(t, "%s references table %s, which is not declared%s", title, errors.show(c.referent),
              suggest.hint(c.referent, names))
          end
        else
          local columns = {}
          for i, column in ipairs(found.record.columns) do columns[i] = column.name end
          for _, name in ipairs(c.referent_columns) do
            local known = false
            for _, other in ipairs(columns) do known = known or other == name end
            if not known then
              fail(t, "%s references column %s of table %s, which has none of that name%s", title, errors.show(name),
                errors.show(c.referent), suggest.hint(name, columns))
            end
          end
        end
      end
    end
  end
end

--- Reads a metadata for a dialect.
---@param metadata curlew.Metadata
---@param dialect curlew.Dialect
---@param naming table<string, string>? used where the metadata has no convention
---@return table { tables =, enums =, views =, sequences = }
function M.read(metadata, dialect, naming)
  local x = { dialect = dialect, naming = metadata.naming_convention or naming, values = {}, enum_by_key = {},
    result = { tables = {}, enums = {}, views = {}, sequences = {} } }
  for _, first in ipairs { true, false } do
    for _, d in ipairs(metadata.declarations) do
      if (d.kind == "enum") == first then READ[d.kind](x, d) end
    end
  end
  check_references(x)
  return x.result
end

--- Loads the modules that `models` names and joins what they declare.
---@param models string|string[]|function|curlew.Metadata
---@return curlew.Metadata
function M.load(models)
  local schema = require "curlew.schema"
  local list = type(models) == "table" and not schema.is_metadata(models) and models or { models }
  local joined
  for _, item in ipairs(list) do
    local metadata, name = item, "the function `models`"
    if type(item) == "string" then
      name = ("the models module %q"):format(item)
      metadata = require(item)
    elseif type(item) == "function" then
      metadata = item()
    end
    if not schema.is_metadata(metadata) then
      error({ code = "config", message = ("%s must return the metadata that it fills, got %s"):format(name,
        metadata == true and "nothing" or errors.show(metadata)),
        hint = "End it with `return M`, where M = schema.metadata { ... }." }, 0)
    end
    if not joined then
      joined = metadata
    elseif metadata ~= joined then
      if joined.joined == nil then
        local copy = schema.metadata { naming_convention = joined.naming_convention }
        copy.joined = true
        for _, d in ipairs(joined.declarations) do copy:adopt(d) end
        joined = copy
      end
      for _, d in ipairs(metadata.declarations) do joined:adopt(d) end
    end
  end
  if not joined then error({ code = "config", message = "`models` names no module" }, 0) end
  return joined
end

return M
