--- What PostgreSQL's catalog says.

local types = require "curlew.types"

local M = {}

--- Condition on pg_namespace n (and pg_class c) for a named table: its schema, or what the search path finds.
local function found(schema) return schema and "n.nspname = ?" or "pg_catalog.pg_table_is_visible(c.oid)" end

local function listed(schema) return schema and "n.nspname = ?" or "n.nspname = pg_catalog.current_schema()" end

local function params(first, schema)
  return schema and { first, schema } or { first }
end

local RELATIONS = [[
SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN (%s) AND %s ORDER BY c.relname]]

function M.tables(_d, conn, schema)
  return conn:column(RELATIONS:format("'r', 'p', 'f'", listed(schema)), { schema })
end

function M.views(_d, conn, schema)
  return conn:column(RELATIONS:format("'v', 'm'", listed(schema)), { schema })
end

function M.has_table(_d, conn, schema, name)
  return conn:scalar([[
SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ? AND c.relkind IN ('r', 'p', 'f') AND ]] .. found(schema), params(name, schema)) ~= nil
end

--- Our names of the server's types.
local NAMES = {
  int2 = "smallint", int4 = "integer", int8 = "bigint", numeric = "numeric", float4 = "real", float8 = "double",
  bool = "boolean", varchar = "varchar", bpchar = "char", text = "text", bytea = "blob", date = "date",
  time = "time", timetz = "time", timestamp = "timestamp", timestamptz = "timestamp", interval = "interval",
  json = "json", jsonb = "jsonb", uuid = "uuid",
}

local function type_of(row, enum_values)
  local fields = { text = row.type, name = NAMES[row.typname] }
  if row.typtype == "e" then
    fields.name, fields.enum = "enum", row.typname
    fields.values = enum_values[row.typname]
  elseif row.element then
    fields.name, fields.of = "array", types.make { name = NAMES[row.element] or "raw", text = row.type:gsub("%[%]$", "") }
  elseif not fields.name then
    fields.name, fields.sql = "raw", row.type
  elseif row.typmod >= 0 then
    if fields.name == "varchar" or fields.name == "char" then
      fields.length = row.typmod - 4
    elseif fields.name == "numeric" then
      fields.precision, fields.scale = (row.typmod - 4) >> 16, (row.typmod - 4) & 0xffff
    elseif fields.name == "time" or fields.name == "timestamp" then
      fields.precision = row.typmod
    end
  end
  if row.typname == "timetz" or row.typname == "timestamptz" then fields.timezone = true end
  return types.make(fields)
end

local COLUMNS = [[
SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, t.typname AS typname,
       t.typtype::text AS typtype, el.typname AS element, a.atttypmod AS typmod, a.attnotnull AS not_null,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default_text,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN a.attcollation <> t.typcollation THEN co.collname::text END AS collation,
       s.seqstart AS seq_start, s.seqincrement AS seq_increment,
       coalesce(a.attnum = ANY (k.conkey), false) AS in_key
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_type el ON el.oid = t.typelem AND t.typcategory = 'A'
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
  LEFT JOIN pg_catalog.pg_depend dep ON dep.classid = 'pg_catalog.pg_class'::regclass
    AND dep.refclassid = 'pg_catalog.pg_class'::regclass
    AND dep.refobjid = c.oid AND dep.refobjsubid = a.attnum AND dep.deptype = 'i'
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = dep.objid
 WHERE c.relname = ? AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND %s
 ORDER BY a.attnum]]

local ENUMS = [[
SELECT t.typname AS name, n.nspname AS schema, e.enumlabel AS label
  FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE %s ORDER BY t.typname, n.nspname, e.enumsortorder]]

--- Enum types: of a schema, or those that the search path finds.
function M.enums(_d, conn, schema)
  local list = {}
  local where = schema and "n.nspname = ?" or "pg_catalog.pg_type_is_visible(t.oid)"
  for _, row in ipairs(conn:all(ENUMS:format(where), { schema })) do
    local last = list[#list]
    if not last or last.name ~= row.name or last.schema ~= row.schema then
      last = { name = row.name, schema = row.schema, values = {} }
      list[#list + 1] = last
    end
    last.values[#last.values + 1] = row.label
  end
  return list
end

function M.columns(_d, conn, schema, name)
  local rows, values = conn:all(COLUMNS:format(found(schema)), params(name, schema)), {}
  for _, row in ipairs(rows) do
    if row.typtype == "e" and not values[row.typname] then
      values[row.typname] = conn:column([[
SELECT e.enumlabel FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
 WHERE t.oid = CAST(? AS regtype) ORDER BY e.enumsortorder]], { row.type })
    end
  end
  local result = {}
  for i, row in ipairs(rows) do
    local generated = row.generated ~= ""
    local identity = row.identity ~= ""
    local default = not generated and row.default_text or nil
    result[i] = {
      name = row.name, type = type_of(row, values), nullable = not row.not_null, default = default,
      primary_key = row.in_key, comment = row.comment, collation = row.collation,
      autoincrement = identity or (default ~= nil and default:find("^nextval%(") ~= nil),
      computed = generated and { sql = row.default_text, persisted = row.generated == "s" } or nil,
      identity = identity and { always = row.identity == "a", start = row.seq_start, increment = row.seq_increment } or nil,
    }
  end
  return result
end

-- Constraints -------------------------------------------------------------------------------------

local CONSTRAINTS = [[
SELECT k.conname AS name, a.attname AS column_name, fn.nspname AS referent_schema, fc.relname AS referent,
       fa.attname AS referent_column, k.confdeltype::text AS ondelete, k.confupdtype::text AS onupdate,
       pg_catalog.pg_table_is_visible(fc.oid) AS visible
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL pg_catalog.generate_subscripts(k.conkey, 1) AS i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[i]
  LEFT JOIN pg_catalog.pg_class fc ON fc.oid = k.confrelid
  LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
  LEFT JOIN pg_catalog.pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = k.confkey[i]
 WHERE c.relname = ? AND %s AND k.contype = '%s'
 ORDER BY k.conname, i]]

local ACTIONS = { c = "cascade", r = "restrict", n = "set null", d = "set default" }

local function constraints(conn, schema, name, kind)
  local list = {}
  for _, row in ipairs(conn:all(CONSTRAINTS:format(found(schema), kind), params(name, schema))) do
    local last = list[#list]
    if not last or last.name ~= row.name then
      last = { name = row.name, columns = {} }
      list[#list + 1] = last
      if kind == "f" then
        last.referent, last.referent_columns = row.referent, {}
        if schema or not row.visible then last.referent_schema = row.referent_schema end
        last.ondelete, last.onupdate = ACTIONS[row.ondelete], ACTIONS[row.onupdate]
      end
    end
    last.columns[#last.columns + 1] = row.column_name
    if last.referent_columns then last.referent_columns[#last.referent_columns + 1] = row.referent_column end
  end
  return list
end

function M.primary_key(_d, conn, schema, name) return constraints(conn, schema, name, "p")[1] end

--- The primary key's columns and no more, which each insert of one row asks for; nil when there is none.
function M.key_columns(d, conn, schema, name)
  local columns = conn:column([[
SELECT a.attname FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
 WHERE k.conrelid = pg_catalog.to_regclass(?) AND k.contype = 'p'
 ORDER BY pg_catalog.array_position(k.conkey, a.attnum)]], { d:qualified(schema, name) })
  return columns[1] and columns
end

function M.unique_constraints(_d, conn, schema, name) return constraints(conn, schema, name, "u") end
function M.foreign_keys(_d, conn, schema, name) return constraints(conn, schema, name, "f") end

--- Exclude constraints, which only has_constraint and drop_constraint ask about. Expressions are no columns.
function M.other_constraints(_d, conn, schema, name)
  local list = conn:all([[
SELECT k.conname AS name, c.oid AS table_oid, k.conkey::text AS numbers FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ? AND k.contype = 'x' AND ]] .. found(schema) .. " ORDER BY k.conname", params(name, schema))
  for i, row in ipairs(list) do
    list[i] = { name = row.name, kind = "exclude", columns = conn:column([[
SELECT a.attname FROM pg_catalog.pg_attribute a
 WHERE a.attrelid = ?::bigint::oid AND a.attnum = ANY (?::smallint[])
 ORDER BY pg_catalog.array_position(?::smallint[], a.attnum)]], { row.table_oid, row.numbers, row.numbers }) }
  end
  return list
end

function M.checks(_d, conn, schema, name)
  local list = conn:all([[
SELECT k.conname AS name, pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS expression
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ? AND k.contype = 'c' AND ]] .. found(schema) .. " ORDER BY k.conname", params(name, schema))
  local result = {}
  for i, row in ipairs(list) do result[i] = { name = row.name, expression = row.expression } end
  return result
end

-- Indexes -----------------------------------------------------------------------------------------

local INDEXES = [[
SELECT ic.relname AS name, i.indisunique AS is_unique, am.amname AS method, a.attname AS column_name,
       pg_catalog.pg_get_indexdef(i.indexrelid, k, true) AS definition,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indisvalid AS valid,
       i.indoption[k - 1] & 1 = 1 AS is_desc,
       EXISTS (SELECT 1 FROM pg_catalog.pg_constraint x WHERE x.conindid = i.indexrelid
                AND x.contype IN ('p', 'u', 'x')) AS of_constraint
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = ic.relam
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnkeyatts) AS k
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND a.attnum > 0
 WHERE c.relname = ? AND %s
 ORDER BY ic.relname, k]]

--- Every index, those of constraints and INVALID ones too.
function M.all_indexes(d, conn, schema, name)
  local sql_of = require("curlew.op.marks").sql
  local list = {}
  for _, row in ipairs(conn:all(INDEXES:format(found(schema)), params(name, schema))) do
    local last = list[#list]
    if not last or last.name ~= row.name then
      last = { name = row.name, columns = {}, unique = row.is_unique, where = row.predicate, method = row.method }
      last.of_constraint, last.invalid = row.of_constraint or nil, not row.valid or nil
      list[#list + 1] = last
    end
    local item = row.column_name
    if not item then
      item = sql_of(row.definition .. (row.is_desc and " DESC" or ""))
    elseif row.is_desc then
      item = sql_of(d:quote(item) .. " DESC")
    end
    last.columns[#last.columns + 1] = item
  end
  return list
end

function M.indexes(d, conn, schema, name)
  local list = {}
  for _, index in ipairs(M.all_indexes(d, conn, schema, name)) do
    if not index.of_constraint then list[#list + 1] = index end
  end
  return list
end

--- The table of an index.
function M.index_table(_d, conn, schema, name)
  return conn:scalar([[
SELECT t.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
 WHERE c.relname = ? AND ]] .. found(schema), params(name, schema))
end

-- Other objects -----------------------------------------------------------------------------------

local function relation(kinds)
  return function(_d, conn, schema, name)
    return conn:scalar(("SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      .. "WHERE c.relname = ? AND c.relkind IN (%s) AND %s"):format(kinds, found(schema)), params(name, schema)) ~= nil
  end
end

M.has_view = relation "'v', 'm'"
M.has_sequence = relation "'S'"

function M.has_schema(_d, conn, _schema, name)
  return conn:scalar("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", { name }) ~= nil
end

function M.has_extension(_d, conn, _schema, name)
  return conn:scalar("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = ?", { name }) ~= nil
end

--- A function by its name or, with parentheses, by its whole signature.
function M.has_function(_d, conn, schema, signature)
  local name = signature:match("^%s*(.-)%s*%(") or signature
  name = name:match('^"(.*)"$') or name:lower()
  local where = schema and "n.nspname = ?" or "pg_catalog.pg_function_is_visible(p.oid)"
  return conn:scalar("SELECT 1 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace "
    .. "WHERE p.proname = ? AND " .. where .. " LIMIT 1", params(name, schema)) ~= nil
end

function M.has_trigger(_d, conn, schema, table_name, name)
  return conn:scalar("SELECT 1 FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid "
    .. "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND t.tgname = ? "
    .. "AND c.relname = ? AND " .. found(schema), schema and { name, table_name, schema } or { name, table_name }) ~= nil
end

return M
