--- The catalogs of MySQL and MariaDB as a whole: at most eight queries whatever the number of tables, shaped into
--- the normal form of autogen/normal.lua. Every name of a schema here is a database's.

local catalog_types = require "curlew.dialect.mysql.catalog_types"
local encoding = require "curlew.dialect.mysql.encoding"
local marks = require "curlew.op.marks"
local normal = require "curlew.autogen.normal"
local reflect = require "curlew.dialect.mysql.reflect"

local M = {}

local TABLES = [[
SELECT t.TABLE_SCHEMA AS db, t.TABLE_NAME AS name, t.TABLE_TYPE AS kind, t.ENGINE AS engine, t.TABLE_COLLATION AS collation,
       t.TABLE_COMMENT AS comment, t.CREATE_OPTIONS AS options, s.DEFAULT_COLLATION_NAME AS usual_collation,
       @@default_storage_engine AS usual_engine
  FROM information_schema.TABLES t JOIN information_schema.SCHEMATA s ON s.SCHEMA_NAME = t.TABLE_SCHEMA
 WHERE t.TABLE_SCHEMA IN (:schemas) AND t.TABLE_TYPE <> 'VIEW']]

local COLUMNS = [[
SELECT TABLE_SCHEMA AS db, TABLE_NAME AS table_name, COLUMN_NAME AS name, COLUMN_TYPE AS type, DATA_TYPE AS data_type,
       IS_NULLABLE AS nullable, COLUMN_DEFAULT AS default_text, EXTRA AS extra, COLUMN_COMMENT AS comment,
       COLLATION_NAME AS collation, GENERATION_EXPRESSION AS expression
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN (:schemas)
 ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION]]

local INDEXES = [[
SELECT TABLE_SCHEMA AS db, TABLE_NAME AS table_name, INDEX_NAME AS name, NON_UNIQUE AS non_unique,
       COLUMN_NAME AS column_name, SUB_PART AS sub_part, COLLATION AS direction, LOWER(INDEX_TYPE) AS method,
       %s AS expression, %s AS visible
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA IN (:schemas)
 ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX]]

local KEYS = [[
SELECT TABLE_SCHEMA AS db, TABLE_NAME AS table_name, CONSTRAINT_NAME AS name, COLUMN_NAME AS column_name,
       REFERENCED_TABLE_SCHEMA AS referent_db, REFERENCED_TABLE_NAME AS referent, REFERENCED_COLUMN_NAME AS referent_column
  FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA IN (:schemas) AND REFERENCED_TABLE_NAME IS NOT NULL
 ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION]]

local RULES = [[
SELECT CONSTRAINT_SCHEMA AS db, TABLE_NAME AS table_name, CONSTRAINT_NAME AS name, DELETE_RULE AS ondelete,
       UPDATE_RULE AS onupdate
  FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA IN (:schemas)]]

local CHECKS = {
  mariadb = [[
SELECT CONSTRAINT_SCHEMA AS db, TABLE_NAME AS table_name, CONSTRAINT_NAME AS name, CHECK_CLAUSE AS expression, 'YES' AS enforced
  FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA IN (:schemas)]],
  mysql = [[
SELECT c.TABLE_SCHEMA AS db, c.TABLE_NAME AS table_name, c.CONSTRAINT_NAME AS name, k.CHECK_CLAUSE AS expression,
       c.ENFORCED AS enforced
  FROM information_schema.TABLE_CONSTRAINTS c
  JOIN information_schema.CHECK_CONSTRAINTS k ON k.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA
   AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME
 WHERE c.TABLE_SCHEMA IN (:schemas) AND c.CONSTRAINT_TYPE = 'CHECK']],
}

local OTHERS = [[
SELECT 'view' AS kind, TABLE_SCHEMA AS db, TABLE_NAME AS name, NULL AS table_name, VIEW_DEFINITION AS text,
       CHECK_OPTION AS detail
  FROM information_schema.VIEWS WHERE TABLE_SCHEMA IN (:schemas)
UNION ALL
SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_STATEMENT,
       CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION)
  FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA IN (:schemas)
UNION ALL
SELECT LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA, ROUTINE_NAME, NULL, NULL, NULL
  FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN (:schemas)
UNION ALL
SELECT 'event', EVENT_SCHEMA, EVENT_NAME, NULL, NULL, NULL
  FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN (:schemas)
 ORDER BY 1, 2, 3]]

local function number(value) return value ~= nil and math.tointeger(tonumber(value)) or nil end

-- Tables and columns ------------------------------------------------------------------------------

local function other(x, fields) table.insert(x.result.others, fields) end

local function read_tables(x)
  for _, row in ipairs(x:all(TABLES)) do
    local item = { name = row.name, schema = x:schema(row.db) }
    if row.kind == "SEQUENCE" then
      item.db = row.db
      table.insert(x.result.sequences, item)
    elseif row.kind == "BASE TABLE" or row.kind == "SYSTEM VERSIONED" then
      item.columns, item.constraints, item.indexes, item.options = {}, {}, {}, {}
      item.comment = row.comment ~= "" and row.comment or nil
      item.collation = row.collation
      if row.engine ~= row.usual_engine then item.options.mysql_engine = row.engine end
      if row.collation ~= row.usual_collation then item.options.mysql_charset = (row.collation or ""):match("^[^_]+") end
      if row.kind == "SYSTEM VERSIONED" then
        other(x, { kind = "system versioning", name = row.name, table = row.name, schema = item.schema })
      end
      if (row.options or ""):find("partitioned") then
        other(x, { kind = "partitions", name = row.name, table = row.name, schema = item.schema })
      end
      x.tables[row.db .. "\0" .. row.name] = item
      table.insert(x.result.tables, item)
    end
  end
end

--- MariaDB's JSON is a longtext with a CHECK that has the column's name.
local function read_checks(x)
  for _, row in ipairs(x:all(CHECKS[x.dialect.server] or CHECKS.mysql)) do
    local t = x.tables[row.db .. "\0" .. row.table_name]
    local text = row.expression
    if x.dialect.server ~= "mariadb" then text = encoding.once(text):gsub("\\(.)", "%1"):gsub("_utf8mb[34]'", "'") end
    -- MySQL writes a negative number in one way first, and in another once the table has been altered.
    if not text:find("'", 1, true) then text = text:gsub("%-%((%d+%.?%d*)%)", "-%1") end
    local json = x.dialect.server == "mariadb" and text == ("json_valid(`%s`)"):format(row.name)
    if t and json then
      t.json = t.json or {}
      t.json[row.name] = true
    elseif t then
      if row.enforced == "NO" then
        other(x, { kind = "NOT ENFORCED", name = row.name, table = t.name, schema = t.schema })
      end
      table.insert(t.constraints, { kind = "check", name = row.name, expression = text })
    end
  end
end

local function read_columns(x)
  for _, row in ipairs(x:all(COLUMNS)) do
    local t = x.tables[row.db .. "\0" .. row.table_name]
    if t then
      local extra = row.extra or ""
      local json = t.json and t.json[row.name]
      local c = { name = row.name, nullable = row.nullable == "YES", comment = row.comment ~= "" and row.comment or nil }
      c.text = json and "json" or row.type
      local on_update = extra:lower():match("on update (%S+)")
      if on_update then c.text = c.text .. " ON UPDATE " .. on_update end
      if extra:find("INVISIBLE", 1, true) then c.text = c.text .. " INVISIBLE" end
      c.type = catalog_types.of(x.dialect, c.text, c.name)
      if row.expression ~= nil and row.expression ~= "" then
        local upper = extra:upper()
        c.computed = { sql = encoding.once(row.expression):gsub("_utf8mb[34]\\'", "'"):gsub("\\'", "'"),
          persisted = upper:find("STORED", 1, true) ~= nil or upper:find("PERSISTENT", 1, true) ~= nil }
      else
        local text = reflect.default_of(x.dialect, row)
        if text then normal.set_default(c, text, catalog_types.literal(x.dialect, c.type, row, text)) end
      end
      if extra:upper():find("AUTO_INCREMENT", 1, true) then c.autoincrement = true end
      if not json and row.collation ~= t.collation then c.collation = row.collation end
      t.columns[#t.columns + 1] = c
    end
  end
end

-- Indexes and keys --------------------------------------------------------------------------------

local USING = { fulltext = "fulltext", spatial = "spatial", hash = "hash" }

local function read_indexes(x)
  local maria = x.dialect.server == "mariadb"
  local last, list = nil, {}
  for _, row in ipairs(x:all(INDEXES:format(maria and "NULL" or "EXPRESSION", maria and "'YES'" or "IS_VISIBLE"))) do
    local t = x.tables[row.db .. "\0" .. row.table_name]
    if t then
      if not last or last.table ~= t or last.name ~= row.name then
        last = { kind = "index", table = t, name = row.name, columns = {}, unique = number(row.non_unique) == 0 or nil,
          using = USING[row.method] }
        if row.visible == "NO" then
          other(x, { kind = "INVISIBLE index", name = row.name, table = t.name, schema = t.schema })
        end
        list[#list + 1] = last
      end
      local item = row.column_name
      if not item then
        item, last.odd = marks.sql("(" .. encoding.once(row.expression):gsub("_utf8mb[34]\\'", "'"):gsub("\\'", "'") .. ")"), true
      end
      if row.sub_part and not last.using then
        last.mysql_length = last.mysql_length or {}
        last.mysql_length[item], last.odd = number(row.sub_part), true
      end
      if row.direction == "D" then
        item, last.odd = marks.sql((type(item) == "table" and item.sql or x.dialect:quote(item)) .. " DESC"), true
      end
      last.columns[#last.columns + 1] = item
    end
  end
  for _, index in ipairs(list) do
    local t, odd = index.table, index.odd
    index.table, index.odd = nil, nil
    if index.name == "PRIMARY" then
      table.insert(t.constraints, { kind = "primary_key", columns = index.columns })
    elseif index.unique and not odd and not index.using then
      table.insert(t.constraints, { kind = "unique", name = index.name, columns = index.columns })
    else
      table.insert(t.indexes, index)
    end
  end
end

local function action(text)
  text = text and text:lower()
  return text ~= "no action" and text ~= "restrict" and text or nil
end

local function read_keys(x)
  local rules, last = {}, nil
  for _, row in ipairs(x:all(RULES)) do rules[row.db .. "\0" .. row.table_name .. "\0" .. row.name] = row end
  for _, row in ipairs(x:all(KEYS)) do
    local key = row.db .. "\0" .. row.table_name
    local t = x.tables[key]
    if t then
      if not last or last.table ~= t or last.name ~= row.name then
        local rule = rules[key .. "\0" .. row.name] or {}
        last = { kind = "foreign_key", name = row.name, table = t, columns = {}, referent = row.referent,
          referent_schema = x:schema(row.referent_db), referent_columns = {},
          ondelete = action(rule.ondelete), onupdate = action(rule.onupdate) }
        table.insert(t.constraints, last)
      end
      table.insert(last.columns, row.column_name)
      table.insert(last.referent_columns, row.referent_column)
    end
  end
  for _, t in ipairs(x.result.tables) do
    for _, c in ipairs(t.constraints) do c.table = nil end
    -- The index under a key that has the key's name came with the key.
    for _, index in ipairs(t.indexes) do
      for _, c in ipairs(t.constraints) do
        if c.kind == "foreign_key" and c.name == index.name then index.implicit = true end
      end
    end
  end
end

-- The rest ----------------------------------------------------------------------------------------

local function read_others(x)
  for _, row in ipairs(x:all(OTHERS)) do
    local schema = x:schema(row.db)
    if row.kind == "view" then
      local query = row.text
      for _, swap in ipairs(x.swaps) do
        query = query:gsub(swap.from, swap.to)
      end
      table.insert(x.result.views, { name = row.name, schema = schema, query = query })
      if row.detail ~= "NONE" then other(x, { kind = "WITH CHECK OPTION", name = row.name, schema = schema }) end
    else
      local text = row.kind == "trigger" and ("CREATE TRIGGER %s %s ON %s FOR EACH ROW %s"):format(
        x.dialect:quote(row.name), row.detail, x.dialect:quote(row.table_name), row.text) or nil
      other(x, { kind = row.kind, name = row.name, table = row.table_name, schema = schema, text = text })
    end
  end
end

local USUAL = { start = 1, increment = 1, minvalue = 1, maxvalue = math.maxinteger - 1, cache = 1000 }

--- Sequences (MariaDB) tell their options when they are selected from, all at once.
local function read_sequences(x, conn)
  if #x.result.sequences == 0 then return end
  local selects = {}
  for i, s in ipairs(x.result.sequences) do
    selects[i] = ("SELECT %d AS i, start_value AS start, increment, minimum_value AS minvalue, maximum_value AS `maxvalue`, "
      .. "cache_size AS `cache`, cycle_option AS `cycle` FROM %s"):format(i, x.dialect:qualified(s.db, s.name))
    s.db = nil
  end
  for _, row in ipairs(conn:all(table.concat(selects, " UNION ALL "))) do
    local options = { cycle = (row.cycle == 1 or row.cycle == true) or nil }
    for option, usual in pairs(USUAL) do
      if number(row[option]) ~= usual then options[option] = number(row[option]) end
    end
    x.result.sequences[number(row.i)].options = options
  end
end

--- Everything in the given databases.
---@param d curlew.Dialect
---@param conn table
---@param want { schemas: { name: string, as: string? }[] }
---@return table schema in the normal form
function M.read(d, conn, want)
  local names, as = {}, {}
  local x = { dialect = d, result = normal.new(), tables = {}, swaps = {} }
  for i, schema in ipairs(want.schemas) do
    names[i], as[schema.name] = schema.name, schema.as or false
    local quoted = d:always_quote(schema.name):gsub("%p", "%%%0")
    x.swaps[i] = { from = quoted .. "%.", to = schema.as and (d:always_quote(schema.as) .. "."):gsub("%%", "%%%%") or "" }
  end
  function x:all(sql) return conn:all(sql, { schemas = names }) end
  function x:schema(name)
    local known = as[name]
    if known == nil then return name end
    return known or nil
  end
  read_tables(x)
  read_checks(x)
  read_columns(x)
  read_indexes(x)
  read_keys(x)
  read_others(x)
  read_sequences(x, conn)
  for _, t in ipairs(x.result.tables) do
    t.json = nil
    normal.arrange(t)
  end
  for _, kind in ipairs { "tables", "views", "sequences" } do normal.sort(x.result[kind]) end
  return x.result
end

function M.own_schema(_d, conn) return conn:scalar "SELECT DATABASE()" end

--- The databases of the server but for its own.
function M.schemas(_d, conn)
  return conn:column "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', \z
    'information_schema', 'performance_schema') ORDER BY SCHEMA_NAME"
end

return M
