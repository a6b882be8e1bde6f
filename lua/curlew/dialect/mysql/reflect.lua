--- What the catalogs of MySQL and MariaDB say. Where the two differ the server is asked in its own way.

local definition = require "curlew.dialect.mysql.definition"
local marks = require "curlew.op.marks"
local types = require "curlew.types"

local M = {}

--- The schema as an SQL expression; a name becomes a parameter.
local function in_schema(schema) return schema and "?" or "DATABASE()" end

local function params(schema, ...)
  return schema and { schema, ... } or { ... }
end

function M.tables(_d, conn, schema)
  return conn:column(("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s "
    .. "AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME"):format(in_schema(schema)), params(schema))
end

function M.views(_d, conn, schema)
  return conn:column(("SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %s ORDER BY TABLE_NAME")
    :format(in_schema(schema)), params(schema))
end

function M.has_table(_d, conn, schema, name)
  return conn:scalar(("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = ? "
    .. "AND TABLE_TYPE <> 'VIEW'"):format(in_schema(schema)), params(schema, name)) ~= nil
end

--- Enum types don't exist here; each column has its own values.
function M.enums() return {} end

-- Columns -----------------------------------------------------------------------------------------

local NAMES = {
  tinyint = "smallint", smallint = "smallint", mediumint = "integer", int = "integer", bigint = "bigint",
  decimal = "numeric", float = "real", double = "double", varchar = "varchar", char = "char",
  tinytext = "text", text = "text", mediumtext = "text", longtext = "text",
  tinyblob = "blob", blob = "blob", mediumblob = "blob", longblob = "blob", binary = "blob", varbinary = "blob",
  date = "date", time = "time", timestamp = "timestamp", datetime = "datetime", json = "json", uuid = "uuid",
  enum = "enum",
}

local LENGTHS = { tinytext = 255, mediumtext = 16777215, longtext = 4294967295,
  tinyblob = 255, mediumblob = 16777215, longblob = 4294967295 }

local ESCAPED = { ["''"] = "'", ["\\\\"] = "\\", ["\\n"] = "\n", ["\\r"] = "\r", ["\\t"] = "\t", ["\\0"] = "\0" }

--- The values of "enum('a','b')", in which the server doubles quotes and backslashes.
---@param text string
---@return string[]
function M.enum_values(text)
  local values, at = {}, text:find("'", 1, true)
  while at and text:sub(at, at) == "'" do
    local parts, i = {}, at + 1
    while i <= #text do
      local plain = ESCAPED[text:sub(i, i + 1)]
      if not plain and text:sub(i, i) == "'" then break end
      parts[#parts + 1] = plain or text:sub(i, i)
      i = i + (plain and 2 or 1)
    end
    values[#values + 1] = table.concat(parts)
    at = text:sub(i + 1, i + 1) == "," and i + 2 or nil
  end
  return values
end

local function number(value) return value ~= nil and math.tointeger(tonumber(value)) or nil end

local function type_of(row, is_json)
  local text, name = row.type, row.data_type
  local fields = { text = text, name = NAMES[name] }
  if name == "tinyint" and text:match("^tinyint%(1%)") then
    fields.name = "boolean"
  elseif is_json then
    fields.name = "json"
  elseif name == "enum" then
    fields.values = M.enum_values(text)
  elseif name == "varchar" or name == "char" or name == "varbinary" or name == "binary" then
    fields.length = number(row.length)
  elseif name == "decimal" then
    fields.precision, fields.scale = number(row.numeric_precision), number(row.numeric_scale)
  elseif name == "time" or name == "timestamp" or name == "datetime" then
    local digits = number(row.datetime_precision)
    fields.precision = digits and digits > 0 and digits or nil
  end
  fields.length = fields.length or LENGTHS[name]
  if not fields.name or text:find("unsigned") then fields.name, fields.sql = fields.name or "raw", text end
  if fields.name ~= "raw" then fields.sql = nil end
  return types.make(fields)
end

local COLUMNS = [[
SELECT c.COLUMN_NAME AS name, c.COLUMN_TYPE AS type, c.DATA_TYPE AS data_type, c.IS_NULLABLE AS nullable,
       c.COLUMN_DEFAULT AS default_text, c.EXTRA AS extra, c.COLUMN_KEY AS column_key, c.COLUMN_COMMENT AS comment,
       c.COLLATION_NAME AS collation, t.TABLE_COLLATION AS table_collation, c.GENERATION_EXPRESSION AS expression,
       c.CHARACTER_MAXIMUM_LENGTH AS length, c.NUMERIC_PRECISION AS numeric_precision,
       c.NUMERIC_SCALE AS numeric_scale, c.DATETIME_PRECISION AS datetime_precision
  FROM information_schema.COLUMNS c
  JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
 WHERE c.TABLE_SCHEMA = %s AND c.TABLE_NAME = ?
 ORDER BY c.ORDINAL_POSITION]]

--- A default as SQL text, or nil. MariaDB's catalog has SQL text already; MySQL's has a literal bare and
--- marks expressions.
function M.default_of(d, row)
  local text = row.default_text
  if text == nil or (d.server == "mariadb" and text == "NULL") then return nil end
  if d.server == "mariadb" then return text end
  if row.extra:find("DEFAULT_GENERATED", 1, true) then
    local plain = text:gsub("_utf8mb[34]\\'", "'"):gsub("\\'", "'")
    return plain
  end
  if row.data_type == "bit" or tonumber(text) and not row.data_type:find("char") and not row.data_type:find("text") then
    return text
  end
  if text:upper():match("^CURRENT_TIMESTAMP") then return text end
  return d:string(text)
end

--- MariaDB's JSON is a text with a CHECK.
local function json_columns(d, conn, schema, name)
  local found = {}
  if d.server ~= "mariadb" then return found end
  for _, check in ipairs(M.all_checks(d, conn, schema, name)) do
    local column = check.expression:match("^json_valid%(`(.-)`%)$")
    if column then found[column] = true end
  end
  return found
end

function M.columns(d, conn, schema, name)
  local result = {}
  local json = json_columns(d, conn, schema, name)
  for i, row in ipairs(conn:all(COLUMNS:format(in_schema(schema)), params(schema, name))) do
    local extra = row.extra:upper()
    local computed = row.expression ~= nil and row.expression ~= ""
    result[i] = {
      name = row.name, type = type_of(row, json[row.name]), nullable = row.nullable == "YES",
      default = not computed and M.default_of(d, row) or nil,
      primary_key = row.column_key == "PRI",
      autoincrement = extra:find("AUTO_INCREMENT", 1, true) ~= nil,
      comment = row.comment ~= "" and row.comment or nil,
      collation = not json[row.name] and row.collation ~= row.table_collation and row.collation or nil,
      computed = computed and {
        sql = row.expression:gsub("_utf8mb[34]\\'", "'"):gsub("\\'", "'"),
        persisted = extra:find("STORED", 1, true) ~= nil or extra:find("PERSISTENT", 1, true) ~= nil,
      } or nil,
      on_update = row.extra:lower():match("on update (%S+)"),
      invisible = extra:find("INVISIBLE", 1, true) ~= nil or nil,
    }
  end
  return result
end

-- Constraints -------------------------------------------------------------------------------------

local KEYS = [[
SELECT k.CONSTRAINT_NAME AS name, k.COLUMN_NAME AS column_name, k.REFERENCED_TABLE_SCHEMA AS referent_schema,
       k.REFERENCED_TABLE_NAME AS referent, k.REFERENCED_COLUMN_NAME AS referent_column, k.TABLE_SCHEMA AS own_schema
  FROM information_schema.TABLE_CONSTRAINTS c
  JOIN information_schema.KEY_COLUMN_USAGE k ON k.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA
   AND k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME
 WHERE c.TABLE_SCHEMA = %s AND c.TABLE_NAME = ? AND c.CONSTRAINT_TYPE = '%s'
 ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION]]

local function keys(conn, schema, name, kind)
  local list = {}
  for _, row in ipairs(conn:all(KEYS:format(in_schema(schema), kind), params(schema, name))) do
    local last = list[#list]
    if not last or last.name ~= row.name then
      last = { name = row.name, columns = {} }
      list[#list + 1] = last
      if kind == "FOREIGN KEY" then
        last.referent, last.referent_columns = row.referent, {}
        if schema or row.referent_schema ~= row.own_schema then last.referent_schema = row.referent_schema end
      end
    end
    last.columns[#last.columns + 1] = row.column_name
    if last.referent_columns then last.referent_columns[#last.referent_columns + 1] = row.referent_column end
  end
  return list
end

--- Asked for with every insert of one row: STATISTICS answers ten times faster than the constraints.
function M.primary_key(_d, conn, schema, name)
  local columns = conn:column(("SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s "
    .. "AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX"):format(in_schema(schema)),
    params(schema, name))
  return #columns > 0 and { name = "PRIMARY", columns = columns } or nil
end

--- The primary key's columns and no more, which each insert of one row asks for: SHOW CREATE TABLE answers
--- many times faster than MySQL's information_schema. Nil when there is no key, or no table.
function M.key_columns(d, conn, schema, name)
  local rows = conn:try("SHOW CREATE TABLE " .. d:qualified(schema, name))
  return rows and rows[1] and definition.primary_key(rows[1][2])
end

function M.unique_constraints(_d, conn, schema, name) return keys(conn, schema, name, "UNIQUE") end

function M.foreign_keys(_d, conn, schema, name)
  local list, rules = keys(conn, schema, name, "FOREIGN KEY"), {}
  for _, row in ipairs(conn:all(([[
SELECT CONSTRAINT_NAME AS name, DELETE_RULE AS ondelete, UPDATE_RULE AS onupdate
  FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = %s AND TABLE_NAME = ?]])
      :format(in_schema(schema)), params(schema, name))) do
    rules[row.name] = row
  end
  local function action(text)
    text = text and text:lower()
    -- Both mean that nothing is done, and the catalogs use either for a key that says neither.
    return text ~= "no action" and text ~= "restrict" and text or nil
  end
  for _, item in ipairs(list) do
    local rule = rules[item.name] or {}
    item.ondelete, item.onupdate = action(rule.ondelete), action(rule.onupdate)
  end
  return list
end

--- Every CHECK, those that stand for JSON too.
function M.all_checks(d, conn, schema, name)
  local rows
  if d.server == "mariadb" then
    rows = conn:all(("SELECT CONSTRAINT_NAME AS name, CHECK_CLAUSE AS expression "
      .. "FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = %s AND TABLE_NAME = ? "
      .. "ORDER BY CONSTRAINT_NAME"):format(in_schema(schema)), params(schema, name))
  else
    rows = conn:all(([[
SELECT c.CONSTRAINT_NAME AS name, k.CHECK_CLAUSE AS expression
  FROM information_schema.TABLE_CONSTRAINTS c
  JOIN information_schema.CHECK_CONSTRAINTS k ON k.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA
   AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME
 WHERE c.TABLE_SCHEMA = %s AND c.TABLE_NAME = ? AND c.CONSTRAINT_TYPE = 'CHECK'
 ORDER BY c.CONSTRAINT_NAME]]):format(in_schema(schema)), params(schema, name))
  end
  local list = {}
  for i, row in ipairs(rows) do
    local text = row.expression
    -- MySQL escapes the whole text once more, and says the charset of every string.
    if d.server == "mysql" then text = text:gsub("\\(.)", "%1"):gsub("_utf8mb[34]'", "'") end
    list[i] = { name = row.name, expression = text }
  end
  return list
end

function M.checks(d, conn, schema, name)
  local list = {}
  for _, check in ipairs(M.all_checks(d, conn, schema, name)) do
    if not (d.server == "mariadb" and check.expression == ("json_valid(`%s`)"):format(check.name)) then
      list[#list + 1] = check
    end
  end
  return list
end

function M.other_constraints() return {} end

-- Indexes -----------------------------------------------------------------------------------------

local INDEXES = [[
SELECT INDEX_NAME AS name, NON_UNIQUE AS non_unique, COLUMN_NAME AS column_name, SUB_PART AS sub_part,
       COLLATION AS direction, LOWER(INDEX_TYPE) AS method, %s AS expression
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = ?
 ORDER BY INDEX_NAME, SEQ_IN_INDEX]]

--- Every index but the primary key's.
function M.all_indexes(d, conn, schema, name)
  local list = {}
  local expression = d.server == "mariadb" and "NULL" or "EXPRESSION"
  for _, row in ipairs(conn:all(INDEXES:format(expression, in_schema(schema)), params(schema, name))) do
    if row.name ~= "PRIMARY" then
      local last = list[#list]
      if not last or last.name ~= row.name then
        last = { name = row.name, columns = {}, unique = number(row.non_unique) == 0, method = row.method }
        list[#list + 1] = last
      end
      local item = row.column_name
      if not item then item = marks.sql("(" .. row.expression:gsub("\\'", "'") .. ")") end
      if row.sub_part then
        last.mysql_length = last.mysql_length or {}
        last.mysql_length[item] = number(row.sub_part)
      end
      if row.direction == "D" then
        item = marks.sql((type(item) == "table" and item.sql or d:quote(item)) .. " DESC")
      end
      last.columns[#last.columns + 1] = item
    end
  end
  return list
end

--- A unique constraint is a unique index here and listed as both; other indexes that the server made for
--- a foreign key are listed as what they are.
function M.indexes(d, conn, schema, name) return M.all_indexes(d, conn, schema, name) end

--- The table of an index, when only one has it.
function M.index_table(_d, conn, schema, name)
  local tables = conn:column(("SELECT DISTINCT TABLE_NAME FROM information_schema.STATISTICS "
    .. "WHERE TABLE_SCHEMA = %s AND INDEX_NAME = ?"):format(in_schema(schema)), params(schema, name))
  return #tables == 1 and tables[1] or nil
end

-- Other objects -----------------------------------------------------------------------------------

local function exists(from, schema_column, name_column)
  return function(_d, conn, schema, name)
    return conn:scalar(("SELECT 1 FROM information_schema.%s WHERE %s = %s AND %s = ?")
      :format(from, schema_column, in_schema(schema), name_column), params(schema, name)) ~= nil
  end
end

M.has_view = exists("VIEWS", "TABLE_SCHEMA", "TABLE_NAME")
M.has_trigger_name = exists("TRIGGERS", "TRIGGER_SCHEMA", "TRIGGER_NAME")

function M.has_trigger(d, conn, schema, _table_name, name) return M.has_trigger_name(d, conn, schema, name) end

function M.has_schema(_d, conn, _schema, name)
  return conn:scalar("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", { name }) ~= nil
end

function M.has_sequence(_d, conn, schema, name)
  return conn:scalar(("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = ? "
    .. "AND TABLE_TYPE = 'SEQUENCE'"):format(in_schema(schema)), params(schema, name)) ~= nil
end

function M.has_function(_d, conn, schema, signature)
  local name = signature:match("^%s*(.-)%s*%(") or signature
  return conn:scalar(("SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s AND ROUTINE_NAME = ?")
    :format(in_schema(schema)), params(schema, name:match("^`(.*)`$") or name)) ~= nil
end

return M
