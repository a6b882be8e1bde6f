--- What SQLite's schema says: PRAGMAs for the most part, the kept SQL for names and CHECKs.

local marks = require "curlew.op.marks"
local parse = require "curlew.dialect.sqlite.parse"
local types = require "curlew.types"

local M = {}

local function master(d, schema) return (schema and d:quote(schema) .. "." or "") .. "sqlite_master" end

--- The table-valued form of a PRAGMA takes the schema as a second argument.
local function pragma(conn, name, argument, schema)
  if schema then return conn:all(("SELECT * FROM pragma_%s(?, ?)"):format(name), { argument, schema }) end
  return conn:all(("SELECT * FROM pragma_%s(?)"):format(name), { argument })
end

function M.tables(d, conn, schema)
  return conn:column("SELECT name FROM " .. master(d, schema)
    .. " WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
end

function M.views(d, conn, schema)
  return conn:column("SELECT name FROM " .. master(d, schema) .. " WHERE type = 'view' ORDER BY name")
end

function M.has_table(d, conn, schema, name)
  local found = "SELECT 1 FROM %s WHERE type = 'table' AND lower(name) = lower(?)"
  if conn:scalar(found:format(master(d, schema)), { name }) ~= nil then return true end
  return schema == nil and conn:scalar(found:format("sqlite_temp_master"), { name }) ~= nil
end

function M.enums() return {} end

--- The kept SQL of a table, read; nil when there is none.
---@return curlew.SqliteTable?
function M.definition(d, conn, schema, name)
  local find = "SELECT sql FROM %s WHERE type = 'table' AND lower(name) = lower(?)"
  local sql = conn:scalar(find:format(master(d, schema)), { name })
  if sql == nil and schema == nil then sql = conn:scalar(find:format("sqlite_temp_master"), { name }) end
  return sql and parse.create_table(sql) or nil
end

-- Columns -----------------------------------------------------------------------------------------

local NAMES = {
  SMALLINT = "smallint", INTEGER = "integer", INT = "integer", BIGINT = "bigint", NUMERIC = "numeric",
  DECIMAL = "numeric", ["NUMERIC TEXT"] = "numeric", REAL = "real", DOUBLE = "double", ["DOUBLE PRECISION"] = "double",
  FLOAT = "float", BOOLEAN = "boolean", BOOL = "boolean", VARCHAR = "varchar", CHAR = "char", TEXT = "text",
  BLOB = "blob", DATE = "date", TIME = "time", TIMESTAMP = "timestamp", DATETIME = "datetime",
  JSON = "json", ["JSON TEXT"] = "json",
}

local function type_of(text)
  local name, first, second = text:upper():match("^%s*([%a_ ]-)%s*%(%s*(%d+)%s*,?%s*(%d*)%s*%)%s*$")
  name = name or text:upper():match("^%s*(.-)%s*$")
  local fields = { text = text, name = NAMES[name] }
  if not fields.name then fields.name, fields.sql = "raw", text end
  if name == "CHAR" and first == "36" then
    fields.name = "uuid"
  elseif fields.name == "numeric" then
    fields.precision, fields.scale = tonumber(first), tonumber(second)
  elseif fields.name == "varchar" or fields.name == "char" then
    fields.length = tonumber(first)
  elseif fields.name == "float" then
    fields.precision = tonumber(first)
  end
  return types.make(fields)
end

local function counts(info, definition)
  if info.pk ~= 1 or info.type:upper() ~= "INTEGER" then return false end
  return not (definition and definition.suffix:upper():find("WITHOUT%s+ROWID"))
end

function M.columns(d, conn, schema, name)
  local definition = M.definition(d, conn, schema, name)
  local texts, result, keys = {}, {}, 0
  for _, column in ipairs(definition and definition.columns or {}) do texts[column.name:lower()] = column.text end
  local infos = pragma(conn, "table_xinfo", name, schema)
  for _, info in ipairs(infos) do
    if info.pk > 0 then keys = keys + 1 end
  end
  for _, info in ipairs(infos) do
    if info.hidden ~= 1 then
      local expression, collation = nil, nil
      local text = texts[info.name:lower()]
      if text then expression, collation = parse.column_extras(text) end
      local generated = info.hidden == 2 or info.hidden == 3
      result[#result + 1] = {
        name = info.name, type = type_of(info.type:gsub("%s*GENERATED ALWAYS%s*$", "")),
        nullable = info.notnull == 0 and info.pk == 0, default = not generated and info.dflt_value or nil,
        primary_key = info.pk > 0, autoincrement = keys == 1 and counts(info, definition),
        collation = collation, computed = generated and { sql = expression, persisted = info.hidden == 3 } or nil,
      }
    end
  end
  return result
end

-- Constraints -------------------------------------------------------------------------------------

local function same_columns(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do if a[i]:lower() ~= b[i]:lower() then return false end end
  return true
end

local function by_name(a, b)
  if a.name == b.name then return table.concat(a.columns or {}, ",") < table.concat(b.columns or {}, ",") end
  return (a.name or "") < (b.name or "")
end

local function declared(definition, kind)
  local list = {}
  for _, constraint in ipairs(definition and definition.constraints or {}) do
    if constraint.kind == kind then list[#list + 1] = constraint end
  end
  return list
end

function M.primary_key(d, conn, schema, name)
  local columns = {}
  for _, info in ipairs(pragma(conn, "table_info", name, schema)) do
    if info.pk > 0 then columns[info.pk] = info.name end
  end
  if #columns == 0 then return nil end
  local written = declared(M.definition(d, conn, schema, name), "primary_key")[1]
  return { name = written and written.name, columns = columns }
end

--- The primary key's columns and no more, which each insert of one row asks for; nil when there is none.
function M.key_columns(_d, conn, schema, name)
  local columns = conn:column(("SELECT name FROM pragma_table_info(%s) WHERE pk > 0 ORDER BY pk")
    :format(schema and "?, ?" or "?"), { name, schema })
  return columns[1] and columns
end

function M.unique_constraints(d, conn, schema, name)
  local list = {}
  for _, constraint in ipairs(declared(M.definition(d, conn, schema, name), "unique")) do
    list[#list + 1] = { name = constraint.name, columns = constraint.columns }
  end
  table.sort(list, by_name)
  return list
end

local function action(text)
  text = text:lower()
  return text ~= "no action" and text or nil
end

function M.foreign_keys(d, conn, schema, name)
  local by_id, list = {}, {}
  for _, row in ipairs(pragma(conn, "foreign_key_list", name, schema)) do
    local item = by_id[row.id]
    if not item then
      item = { columns = {}, referent = row.table, referent_columns = {}, id = row.id,
        ondelete = action(row.on_delete), onupdate = action(row.on_update) }
      by_id[row.id] = item
      list[#list + 1] = item
    end
    item.columns[row.seq + 1], item.referent_columns[row.seq + 1] = row.from, row.to
  end
  local written = declared(M.definition(d, conn, schema, name), "foreign_key")
  for _, item in ipairs(list) do
    item.id = nil
    for i, constraint in ipairs(written) do
      if same_columns(constraint.columns, item.columns) and constraint.referent:lower() == item.referent:lower() then
        item.name = constraint.name
        table.remove(written, i)
        break
      end
    end
    if #item.referent_columns == 0 then
      local key = M.primary_key(d, conn, schema, item.referent)
      item.referent_columns = key and key.columns or {}
    end
  end
  table.sort(list, by_name)
  return list
end

function M.checks(d, conn, schema, name)
  local list = {}
  for _, constraint in ipairs(declared(M.definition(d, conn, schema, name), "check")) do
    list[#list + 1] = { name = constraint.name, expression = constraint.expression }
  end
  table.sort(list, function(a, b)
    return (a.name or "") .. "\0" .. a.expression < (b.name or "") .. "\0" .. b.expression
  end)
  return list
end

function M.other_constraints() return {} end

-- Indexes -----------------------------------------------------------------------------------------

--- The items of CREATE INDEX ... ON t (...), and its WHERE.
local function written_index(sql)
  local items_at = sql:find("%(", (sql:upper():find("%sON%s")))
  local tokens = parse.tokens(sql)
  local items, depth, first, where = {}, 0, nil, nil
  for _, token in ipairs(tokens) do
    if token.first >= items_at then
      if token.kind == "(" then
        depth = depth + 1
        if depth == 1 then first = token.last + 1 end
      elseif (token.kind == ")" and depth == 1) or (token.kind == "," and depth == 1) then
        items[#items + 1] = sql:sub(first, token.first - 1):match("^%s*(.-)%s*$")
        first = token.last + 1
      end
      if token.kind == ")" then depth = depth - 1 end
      if depth == 0 and token.kind == "word" and token.text:upper() == "WHERE" and not where then
        where = sql:sub(token.last + 1):match("^%s*(.-)%s*;?%s*$")
      end
    end
  end
  return items, where
end

--- Every index, those that UNIQUE and PRIMARY KEY made too.
function M.all_indexes(d, conn, schema, name)
  local list = {}
  for _, row in ipairs(pragma(conn, "index_list", name, schema)) do
    local index = { name = row.name, columns = {}, unique = row.unique == 1, method = "btree",
      of_constraint = row.origin ~= "c" or nil }
    local sql = conn:scalar("SELECT sql FROM " .. master(d, schema) .. " WHERE type = 'index' AND name = ?", { row.name })
    local items = {}
    if sql then items, index.where = written_index(sql) end
    for _, info in ipairs(pragma(conn, "index_xinfo", row.name, schema)) do
      if info.key == 1 then
        local item = info.name
        if item == nil or info.desc == 1 then item = marks.sql(items[info.seqno + 1] or tostring(item)) end
        index.columns[info.seqno + 1] = item
      end
    end
    list[#list + 1] = index
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

function M.indexes(d, conn, schema, name)
  local list = {}
  for _, index in ipairs(M.all_indexes(d, conn, schema, name)) do
    if not index.of_constraint then list[#list + 1] = index end
  end
  return list
end

function M.index_table(d, conn, schema, name)
  return conn:scalar("SELECT tbl_name FROM " .. master(d, schema)
    .. " WHERE type = 'index' AND lower(name) = lower(?)", { name })
end

-- Other objects -----------------------------------------------------------------------------------

local function object(kind)
  return function(d, conn, schema, name)
    return conn:scalar(("SELECT 1 FROM %s WHERE type = '%s' AND lower(name) = lower(?)")
      :format(master(d, schema), kind), { name }) ~= nil
  end
end

M.has_view = object "view"

function M.has_trigger(d, conn, schema, _table_name, name) return object "trigger" (d, conn, schema, name) end

return M
