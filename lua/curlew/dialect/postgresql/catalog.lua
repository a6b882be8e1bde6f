--- PostgreSQL's catalog as a whole: six queries whatever the number of tables, shaped into the normal form of
--- autogen/normal.lua.

local catalog_types = require "curlew.dialect.postgresql.catalog_types"
local marks = require "curlew.op.marks"
local normal = require "curlew.autogen.normal"
local sql = require "curlew.dialect.postgresql.catalog_sql"

local M = {}

local function split(text)
  local list = {}
  for part in ((text or "") .. "\1"):gmatch("([^\1]*)\1") do list[#list + 1] = part end
  return list
end

local SEQUENCE = { start = "seqstart", increment = "seqincrement", minvalue = "seqmin", maxvalue = "seqmax",
  cache = "seqcache", cycle = "seqcycle" }

local MOST = { smallint = 32767, integer = 2147483647, bigint = math.maxinteger }

--- Options of a sequence that differ from what a sequence of its type has by itself.
local function sequence_options(row, kind)
  local up, most = row.seqincrement > 0, MOST[kind] or math.maxinteger
  local usual = { increment = 1, cache = 1, cycle = false, minvalue = up and 1 or -most - 1, maxvalue = up and most or -1 }
  local options = {}
  for option, column in pairs(SEQUENCE) do options[option] = row[column] end
  usual.start = up and options.minvalue or options.maxvalue
  for option, value in pairs(usual) do
    if options[option] == value then options[option] = nil end
  end
  return options
end

local function read_relations(x)
  for _, row in ipairs(x:all(sql.RELATIONS)) do
    local item = { name = row.name, schema = x:schema(row.schema), comment = row.comment }
    local function other(kind, text)
      table.insert(x.result.others, { kind = kind, name = row.name, schema = item.schema, text = text })
    end
    if row.is_partition then
      other("partition", "partition of " .. row.parent)
    elseif row.kind == "f" then
      other("foreign table")
    elseif row.kind == "r" or row.kind == "p" then
      item.columns, item.constraints, item.indexes, item.options = {}, {}, {}, { postgresql_partition_by = row.partition_by }
      item.numbers = {}
      if row.parent then other("inheritance", "table " .. row.name .. " inherits " .. row.parent) end
      if row.options and row.options ~= "" then other("storage options", ("table %s WITH (%s)"):format(row.name, row.options)) end
      if row.persistence == "u" then other("unlogged table") end
      if row.row_security then other("row level security", "of table " .. row.name) end
      x.tables[row.oid] = item
      table.insert(x.result.tables, item)
    elseif row.kind == "S" then
      item.options = sequence_options(row, row.seqtype)
      if row.seqtype ~= "bigint" then other("sequence type", row.seqtype) end
      table.insert(x.result.sequences, item)
    else
      item.query = x:text(row.query):match("^%s*(.-)[%s;]*$")
      item.materialized = row.kind == "m" or nil
      if item.materialized then x.tables[row.oid] = { view = item, numbers = {} } end
      table.insert(x.result.views, item)
    end
  end
end

local function read_enums(x)
  for _, row in ipairs(x:all(sql.ENUMS)) do
    local enum = x.enums[row.oid]
    if not enum then
      enum = { name = row.name, schema = x:schema(row.schema), values = {} }
      x.enums[row.oid] = enum
      table.insert(x.result.enums, enum)
    end
    enum.values[#enum.values + 1] = row.label
  end
end

local function read_columns(x)
  for _, row in ipairs(x:all(sql.COLUMNS)) do
    local t = x.tables[row.oid]
    if t then
      local c = { name = row.name, nullable = not row.not_null, comment = row.comment, collation = row.collation }
      c.text = x:text(row.type)
      local enum = row.enum and x.enums[row.enum]
      c.type = not enum and x.types[c.text] or catalog_types.of(c.text, enum)
      if not enum then x.types[c.text] = c.type end -- nobody changes a type in place
      if row.generated ~= "" then
        c.computed = { sql = x:text(row.default_text), persisted = row.generated == "s" or false }
      elseif row.identity ~= "" then
        local options = sequence_options(row, c.text)
        options.always = row.identity == "a" or nil
        c.autoincrement, c.identity = true, options
      elseif row.sequence and (row.default_text or ""):find("^nextval%(") then
        c.autoincrement, c.serial = true, row.sequence
        c.serial_options = sequence_options(row, c.text)
      elseif row.default_text then
        local text = x:text(row.default_text)
        normal.set_default(c, text, catalog_types.literal(c.type, text))
      end
      t.numbers[row.number] = row.name
      t.columns[#t.columns + 1] = c
    end
  end
end

--- One key of an index: a column's name, or SQL text with what it says besides.
local function index_item(x, row, index)
  local desc, nulls_first = row.option & 1 == 1, row.option & 2 == 2
  if row.column_name and not row.collation and not desc and not nulls_first then
    if row.class then
      index.ops = index.ops or {}
      index.ops[row.column_name] = row.class
    end
    return row.column_name
  end
  local text = row.column_name and x.dialect:quote(row.column_name) or x:text(row.definition)
  if row.collation then text = text .. " COLLATE " .. x.dialect:collation(row.collation) end
  if row.class then text = text .. " " .. row.class end
  if desc then text = text .. " DESC" end
  if nulls_first ~= desc then text = text .. (nulls_first and " NULLS FIRST" or " NULLS LAST") end
  return marks.sql(text)
end

local function read_indexes(x)
  for _, row in ipairs(x:all(sql.INDEXES)) do
    local t = x.tables[row.oid]
    if t then
      local index = x.indexes[row.index]
      if not index then
        index = { kind = "index", name = row.name, columns = {}, unique = row.is_unique or nil,
          where = row.predicate and x:text(row.predicate), nulls_not_distinct = row.nulls_not_distinct or nil,
          using = row.method ~= "btree" and row.method or nil, table = t, invalid = not row.valid or nil }
        if row.options and row.options ~= "" then
          table.insert(x.result.others, { kind = "storage options", name = row.name, schema = t.schema,
            table = t.name, text = ("index %s WITH (%s)"):format(row.name, row.options) })
        end
        x.indexes[row.index] = index
        x.index_order[#x.index_order + 1] = row.index
      end
      if row.place <= row.keys then
        index.columns[row.place] = index_item(x, row, index)
      else
        index.include = index.include or {}
        table.insert(index.include, row.column_name)
      end
    end
  end
end

local KINDS = { p = "primary_key", u = "unique", f = "foreign_key", c = "check", x = "exclude" }
local ACTIONS = { c = "cascade", r = "restrict", n = "set null", d = "set default" }

local function read_constraint(x, row)
  local t = x.tables[row.oid]
  if not t then return end
  local c = { kind = KINDS[row.kind], name = row.name, deferrable = row.deferrable or nil,
    initially = row.deferred and "deferred" or nil, not_valid = not row.valid or nil }
  local index = x.indexes[row.index]
  if c.kind ~= "check" then
    c.columns = {}
    for number in (row.keys or ""):gmatch("%d+") do table.insert(c.columns, t.numbers[tonumber(number)]) end
  end
  if c.kind == "foreign_key" then
    c.referent, c.referent_schema = row.referent, x:schema(row.referent_schema)
    c.referent_columns = split(row.referent_columns)
    c.ondelete, c.onupdate = ACTIONS[row.ondelete], ACTIONS[row.onupdate]
    c.match = row.match == "f" and "full" or nil
  elseif c.kind == "check" then
    c.expression = x:text(row.expression)
    if row.no_inherit then
      table.insert(x.result.others, { kind = "NO INHERIT", name = row.name, schema = t.schema, table = t.name })
    end
  elseif index then
    index.of_constraint = true
    c.include, c.nulls_not_distinct = index.include, index.nulls_not_distinct
    if c.kind == "exclude" then
      local operators = split(row.operators)
      c.columns, c.exclusions, c.where = nil, {}, index.where
      c.using = index.using ~= "gist" and (index.using or "btree") or nil
      for i, item in ipairs(index.columns) do c.exclusions[i] = { item, operators[i] } end
    end
  end
  table.insert(t.constraints, c.kind == "primary_key" and 1 or #t.constraints + 1, c)
end

--- Indexes that no constraint stands for, each at its table.
local function place_indexes(x)
  for _, oid in ipairs(x.index_order) do
    local index = x.indexes[oid]
    local t = index.table
    index.table = nil
    if t.view then
      table.insert(x.result.others, { kind = "index of a materialized view", name = index.name, table = t.view.name,
        schema = t.view.schema })
    elseif not index.of_constraint then
      index.kind = "index"
      table.insert(t.indexes, index)
    end
  end
end

--- Everything in the given schemas.
---@param d curlew.Dialect
---@param conn table
---@param want { schemas: { name: string, as: string? }[] } `as` is what results call a schema: nil for the own one
---@return table schema in the normal form
function M.read(d, conn, want)
  local names, as, scratch = {}, {}, {}
  for i, schema in ipairs(want.schemas) do
    names[i], as[schema.name] = schema.name, schema.as or false
    if want.scratch then scratch[i] = { from = schema.name .. ".", to = schema.as and d:quote(schema.as) .. "." or "" } end
  end
  local x = { dialect = d, result = normal.new(), tables = {}, enums = {}, indexes = {}, index_order = {}, types = {} }
  function x:all(query) return conn:all(query, { schemas = names }) end
  function x:schema(name)
    local known = as[name]
    if known == nil then return name end
    return known or nil
  end
  function x:text(text)
    for _, swap in ipairs(scratch) do
      local at = text:find(swap.from, 1, true)
      while at do
        text = text:sub(1, at - 1) .. swap.to .. text:sub(at + #swap.from)
        at = text:find(swap.from, at + #swap.to, true)
      end
    end
    return text
  end
  read_relations(x)
  read_enums(x)
  read_columns(x)
  read_indexes(x)
  for _, row in ipairs(x:all(sql.CONSTRAINTS)) do read_constraint(x, row) end
  place_indexes(x)
  if not want.scratch then
    for _, row in ipairs(x:all(sql.OTHERS)) do
      table.insert(x.result.others, { kind = row.kind, name = row.name, table = row.table_name, text = row.text })
    end
  end
  for _, t in ipairs(x.result.tables) do
    t.numbers = nil
    normal.arrange(t)
  end
  for _, kind in ipairs { "tables", "enums", "views", "sequences" } do normal.sort(x.result[kind]) end
  return x.result
end

--- The schema that names without one are in.
function M.own_schema(_d, conn) return conn:scalar "SELECT pg_catalog.current_schema()" end

--- The schemas of the database that hold something of its users.
function M.schemas(_d, conn)
  return conn:column [[
SELECT nspname FROM pg_catalog.pg_namespace
 WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' ORDER BY nspname]]
end

return M
