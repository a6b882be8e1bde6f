--- PostgreSQL's catalog as a whole: six queries whatever the number of tables, shaped into the normal form of
--- autogen/normal.lua.

local catalog_types = require "curlew.dialect.postgresql.catalog_types"
local marks = require "curlew.op.marks"
local normal = require "curlew.autogen.normal"

local M = {}

--- What an extension brought, or belongs to a column, is none of the schema's own objects.
local OWN = [[NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = '%s'::regclass AND x.objid = %s.oid
   AND (x.deptype = 'e' OR x.deptype IN ('a', 'i') AND x.refclassid = 'pg_catalog.pg_class'::regclass
     AND x.refobjsubid > 0 AND %s))]]

local RELATIONS = [[
SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment, c.relispartition AS is_partition,
       c.relpersistence::text AS persistence, array_to_string(c.reloptions, ', ') AS options,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_by,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS query,
       c.relrowsecurity AS row_security,
       (SELECT min(p.relname) FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
         WHERE i.inhrelid = c.oid) AS parent,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
       pg_catalog.format_type(s.seqtypid, NULL) AS seqtype
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ]]
  .. OWN:format("pg_catalog.pg_class", "c", "c.relkind = 'S'")

local COLUMNS = [[
SELECT a.attrelid::int8 AS oid, a.attname AS name, a.attnum AS number,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       t.typtype::text AS typtype, CASE WHEN t.typtype = 'e' THEN t.oid::int8 ELSE te.oid::int8 END AS enum,
       a.attnotnull AS not_null, a.attidentity::text AS identity, a.attgenerated::text AS generated,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default_text,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN a.attcollation <> t.typcollation THEN
         CASE WHEN cn.nspname = 'pg_catalog' THEN co.collname::text ELSE cn.nspname || '.' || co.collname END
       END AS collation,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, sc.relname AS sequence
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_type te ON te.oid = t.typelem AND te.typtype = 'e' AND t.typcategory = 'A'
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
  LEFT JOIN pg_catalog.pg_depend dep ON dep.classid = 'pg_catalog.pg_class'::regclass
    AND dep.refclassid = 'pg_catalog.pg_class'::regclass
    AND dep.refobjid = c.oid AND dep.refobjsubid = a.attnum AND dep.deptype IN ('a', 'i')
    AND (a.attidentity <> '' OR d.oid IS NOT NULL)
    AND EXISTS (SELECT 1 FROM pg_catalog.pg_sequence q WHERE q.seqrelid = dep.objid)
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = dep.objid
  LEFT JOIN pg_catalog.pg_class sc ON sc.oid = dep.objid
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p')
 ORDER BY a.attrelid, a.attnum]]

local CONSTRAINTS = [[
SELECT k.conrelid::int8 AS oid, k.conname AS name, k.contype::text AS kind, k.conkey::text AS keys,
       k.conindid::int8 AS index, fn.nspname AS referent_schema, fc.relname AS referent,
       (SELECT string_agg(a.attname, E'\x01' ORDER BY f.place) FROM unnest(k.confkey) WITH ORDINALITY f(number, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.number) AS referent_columns,
       k.confdeltype::text AS ondelete, k.confupdtype::text AS onupdate, k.confmatchtype::text AS match,
       k.condeferrable AS deferrable, k.condeferred AS deferred, k.convalidated AS valid, k.connoinherit AS no_inherit,
       CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END AS expression,
       CASE WHEN k.contype = 'x' THEN (SELECT string_agg(o.oprname, E'\x01' ORDER BY e.place)
          FROM unnest(k.conexclop) WITH ORDINALITY e(op, place) JOIN pg_catalog.pg_operator o ON o.oid = e.op)
       END AS operators
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class fc ON fc.oid = k.confrelid
  LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p') AND k.contype IN ('p', 'u', 'f', 'c', 'x')
   AND k.conparentid = 0
 ORDER BY k.conrelid, k.conname]]

local INDEXES = [[
SELECT i.indrelid::int8 AS oid, i.indexrelid::int8 AS index, ic.relname AS name, i.indisunique AS is_unique,
       am.amname AS method, k.place AS place, i.indnkeyatts AS keys, a.attname AS column_name,
       CASE WHEN a.attname IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.place, false) END AS definition,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indisvalid AS valid, i.indkey[k.place - 1] AS number,
       i.indnullsnotdistinct AS nulls_not_distinct, array_to_string(ic.reloptions, ', ') AS options,
       i.indoption[k.place - 1] AS option,
       CASE WHEN NOT oc.opcdefault THEN oc.opcname END AS class,
       CASE WHEN i.indcollation[k.place - 1] NOT IN (0, coalesce(a.attcollation, 0)) AND a.attname IS NOT NULL
         THEN co.collname END AS collation
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid AND NOT ic.relispartition
  JOIN pg_catalog.pg_am am ON am.oid = ic.relam
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnatts) AS k(place)
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place - 1] AND a.attnum > 0
  LEFT JOIN pg_catalog.pg_opclass oc ON k.place <= i.indnkeyatts AND oc.oid = i.indclass[k.place - 1]
  LEFT JOIN pg_catalog.pg_collation co ON k.place <= i.indnkeyatts AND co.oid = i.indcollation[k.place - 1]
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p', 'm')
 ORDER BY i.indrelid, ic.relname, k.place]]

local ENUMS = [[
SELECT t.oid::int8 AS oid, t.typname AS name, n.nspname AS schema, e.enumlabel AS label
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
 WHERE t.typtype = 'e' AND n.nspname IN (:schemas) AND ]] .. OWN:format("pg_catalog.pg_type", "t", "false") .. [[
 ORDER BY n.nspname, t.typname, e.enumsortorder]]

--- What has no operation that autogenerate could write, so that it can be told.
local OTHERS = [[
SELECT 'function' AS kind, p.proname::text AS name, NULL AS table_name,
       pg_catalog.pg_get_function_identity_arguments(p.oid) AS text
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN (:schemas) AND ]] .. OWN:format("pg_catalog.pg_proc", "p", "false") .. [[
UNION ALL
SELECT 'trigger', t.tgname::text, c.relname::text, pg_catalog.pg_get_triggerdef(t.oid)
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname IN (:schemas)
UNION ALL
SELECT 'policy', p.polname::text, c.relname::text, NULL
  FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN (:schemas)
UNION ALL
SELECT 'rule', r.rulename::text, c.relname::text, pg_catalog.pg_get_ruledef(r.oid)
  FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE r.rulename <> '_RETURN' AND n.nspname IN (:schemas)
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END, t.typname::text,
       NULL, CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
 WHERE n.nspname IN (:schemas) AND (t.typtype IN ('d', 'r') OR t.typtype = 'c' AND c.relkind = 'c') AND ]]
  .. OWN:format("pg_catalog.pg_type", "t", "false") .. " ORDER BY 1, 3, 2"

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
  for _, row in ipairs(x:all(RELATIONS)) do
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
  for _, row in ipairs(x:all(ENUMS)) do
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
  for _, row in ipairs(x:all(COLUMNS)) do
    local t = x.tables[row.oid]
    if t then
      local c = { name = row.name, nullable = not row.not_null, comment = row.comment, collation = row.collation }
      c.text = x:text(row.type)
      c.type = catalog_types.of(c.text, row.enum and x.enums[row.enum])
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
  for _, row in ipairs(x:all(INDEXES)) do
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
  local x = { dialect = d, result = normal.new(), tables = {}, enums = {}, indexes = {}, index_order = {} }
  function x:all(sql) return conn:all(sql, { schemas = names }) end
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
  for _, row in ipairs(x:all(CONSTRAINTS)) do read_constraint(x, row) end
  place_indexes(x)
  if not want.scratch then
    for _, row in ipairs(x:all(OTHERS)) do
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
