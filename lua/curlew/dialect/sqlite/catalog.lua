--- SQLite's schema as a whole, in three queries, shaped into the normal form of autogen/normal.lua. The PRAGMAs
--- tell columns and foreign keys; names, CHECKs, indexes and views are read from the SQL that the file keeps.

local marks = require "curlew.op.marks"
local normal = require "curlew.autogen.normal"
local parse = require "curlew.dialect.sqlite.parse"
local types = require "curlew.types"

local M = {}

-- Types -------------------------------------------------------------------------------------------

--- A type's text with one way of writing spaces and letters.
local function type_text(text)
  return (text:upper():gsub("%s*GENERATED ALWAYS%s*$", ""):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
    :gsub(" ?%( ?", "("):gsub(" ?%) ?", ")"):gsub(" ?, ?", ", "))
end

local NAMES = {
  SMALLINT = "smallint", INTEGER = "integer", BIGINT = "bigint", NUMERIC = "numeric", ["NUMERIC TEXT"] = "numeric",
  REAL = "real", DOUBLE = "double", FLOAT = "float", BOOLEAN = "boolean", VARCHAR = "varchar", CHAR = "char",
  TEXT = "text", BLOB = "blob", DATE = "date", TIME = "time", TIMESTAMP = "timestamp", DATETIME = "datetime",
  ["JSON TEXT"] = "json",
}

--- The type that makes the text again.
local function make_type(d, text, strict)
  local name, first, second = text:match("^(.-)%((%d+),? ?(%d*)%)$")
  local fields = { name = NAMES[name or text] }
  if text == "CHAR(36)" then
    fields.name = "uuid"
  elseif fields.name == "numeric" then
    fields.precision, fields.scale = tonumber(first), tonumber(second)
  elseif fields.name == "float" then
    fields.precision = tonumber(first)
  elseif fields.name then
    fields.length = tonumber(first)
  end
  if fields.name then
    local with = strict and setmetatable({ types = d.strict_types }, { __index = d }) or d
    local t = types.make(fields)
    if pcall(types.check, t) and d.type(with, t) == text then return t end
  end
  return types.make { name = "raw", sql = text }
end

--- The same for every column that has it: nobody changes a type in place.
local function type_of(x, text, strict)
  local key = (strict and "strict " or "") .. text
  x.types[key] = x.types[key] or make_type(x.dialect, text, strict)
  return x.types[key]
end

-- Texts -------------------------------------------------------------------------------------------

local function name_of(tokens, i) return tokens[i] and (tokens[i].kind == "word" or tokens[i].kind == "name") end

--- The items of CREATE INDEX ... ON t (...) and its WHERE. An item that is only a name is that name.
local function read_index(sql)
  local plain = sql:match("^CREATE %u*%s?INDEX [%w_]+ ON [%w_]+ %(([%w_, ]+)%)$")
  if plain and not plain:find("[%w_] +[%w_]") then -- names alone: as most are, and as curlew writes them
    local names = {}
    for name in plain:gmatch("[%w_]+") do names[#names + 1] = name end
    return names
  end
  local tokens, items, depth, first, where, on = parse.tokens(sql), {}, 0, nil, nil, false
  local start
  for i, token in ipairs(tokens) do
    if depth == 0 and token.kind == "word" and token.text:upper() == "ON" then on = true end
    if token.kind == "(" and on then
      depth = depth + 1
      if depth == 1 and not start then first, start = token.last + 1, i end
    elseif depth == 1 and (token.kind == ")" or token.kind == ",") and not where then
      local text = sql:sub(first, token.first - 1):match("^%s*(.-)%s*$")
      local bare = i - start == 2 and name_of(tokens, i - 1)
      items[#items + 1] = bare and tokens[i - 1].text or marks.sql(text)
      first, start = token.last + 1, i
    end
    if token.kind == ")" and on then depth = depth - 1 end
    if depth == 0 and on and #items > 0 and token.kind == "word" and token.text:upper() == "WHERE" and not where then
      where = sql:sub(token.last + 1):match("^%s*(.-)%s*;?%s*$")
    end
  end
  return items, where
end

--- The names of columns and the query of CREATE VIEW.
local function read_view(sql)
  local tokens, columns, open = parse.tokens(sql), nil, false
  for _, token in ipairs(tokens) do
    if token.kind == "(" then
      columns, open = {}, true
    elseif token.kind == ")" then
      open = false
    elseif open and (token.kind == "word" or token.kind == "name") then
      columns[#columns + 1] = token.text
    elseif not open and token.kind == "word" and token.text:upper() == "AS" then
      return columns, sql:sub(token.last + 1):match("^%s*(.-)[%s;]*$")
    end
  end
  return columns, sql
end

-- Tables ------------------------------------------------------------------------------------------

local COLUMNS = [[
SELECT m.name AS table_name, p.name, p.type, p."notnull" AS not_null, p.dflt_value, p.pk, p.hidden
  FROM %s.sqlite_schema m, pragma_table_xinfo(m.name, %s) p WHERE m.type = 'table' ORDER BY m.rowid, p.cid]]

local KEYS = [[
SELECT m.name AS table_name, f.id, f.seq, f."table" AS referent, f."from" AS own, f."to" AS foreign_name,
       f.on_update, f.on_delete
  FROM %s.sqlite_schema m, pragma_foreign_key_list(m.name, %s) f WHERE m.type = 'table' ORDER BY m.rowid, f.id, f.seq]]

local SHADOWS = { data = true, idx = true, content = true, docsize = true, config = true, node = true, rowid = true,
  parent = true, segments = true, segdir = true, stat = true }

local TEXTS = { varchar = true, text = true, char = true, date = true, time = true, timestamp = true, datetime = true }
local NUMBERS = { smallint = true, integer = true, bigint = true, numeric = true, double = true, float = true, real = true }

--- The literal that a default is, when it is a plain one.
local function literal(t, text)
  local quoted = text:match("^'(.*)'$")
  if quoted then
    if TEXTS[t.name] and not quoted:gsub("''", ""):find("'") then return (quoted:gsub("''", "'")) end
  elseif NUMBERS[t.name] then
    return math.tointeger(text:match("^%-?%d+$")) or tonumber(text:match("^%-?%d+%.%d+$"))
  end
end

local function add_column(x, t, row)
  if row.hidden == 1 then return end
  local c = { name = row.name, nullable = row.not_null == 0 and row.pk == 0, text = type_text(row.type) }
  local expression
  local text = t.texts[row.name:lower()]
  if text and (text:find("[Cc][Oo][Ll][Ll][Aa][Tt][Ee]") or text:find("[Aa][Ss]%s*%(")) then
    expression, c.collation = parse.column_extras(text)
  end
  if c.collation and c.collation:upper() == "BINARY" then c.collation = nil end -- what every column has
  if row.hidden == 2 or row.hidden == 3 then
    c.computed = { sql = expression, persisted = row.hidden == 3 }
  end
  if row.pk > 0 then t.key[row.pk] = c end
  c.type = type_of(x, c.text, t.options.sqlite_strict)
  if row.dflt_value and not c.computed then normal.set_default(c, row.dflt_value, literal(c.type, row.dflt_value)) end
  t.columns[#t.columns + 1] = c
end

local function finish_key(t, declared)
  local columns = {}
  for i, c in ipairs(t.key) do columns[i] = c.name end
  if #columns == 0 then return end
  local only = #columns == 1 and t.key[1]
  if only and only.text == "INTEGER" and not t.options.sqlite_without_rowid then
    only.autoincrement = true
  elseif only and (only.text == "INT" or NAMES[only.text] == "bigint" or NAMES[only.text] == "smallint"
      or NAMES[only.text] == "integer") then
    only.autoincrement = false
    if only.text == "INT" and not t.options.sqlite_strict then only.type = types.make { name = "integer" } end
  end
  table.insert(t.constraints, 1, { kind = "primary_key", name = declared and declared.name, columns = columns })
end

local function action(text)
  text = text:lower()
  return text ~= "no action" and text or nil
end

local function same(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do if a[i]:lower() ~= b[i]:lower() then return false end end
  return true
end

--- What the kept SQL says of constraints, and the foreign keys of the PRAGMA beside theirs.
local function finish_constraints(x, t, keys)
  local used = {}
  for _, written in ipairs(t.definition.constraints) do
    if written.kind == "primary_key" then
      finish_key(t, written)
    elseif written.kind == "unique" then
      table.insert(t.constraints, { kind = "unique", name = written.name, columns = written.columns })
    elseif written.kind == "check" then
      table.insert(t.constraints, { kind = "check", name = written.name, expression = written.expression })
    elseif written.kind == "foreign_key" then
      for _, key in ipairs(keys) do
        if not used[key] and same(key.columns, written.columns) and key.referent:lower() == written.referent:lower() then
          used[key] = true
          key.name, key.deferrable = written.name, written.deferrable or nil
          key.initially = written.initially == "deferred" and "deferred" or nil
          table.insert(t.constraints, key)
          break
        end
      end
    end
  end
  if t.definition.constraints.on_conflict then
    table.insert(x.result.others, { kind = "ON CONFLICT", name = t.definition.constraints.on_conflict, table = t.name })
  end
end

local function new_table(x, row)
  local definition = parse.create_table(row.sql)
  local suffix = definition.suffix:upper()
  local t = { name = row.name, columns = {}, constraints = {}, indexes = {}, key = {}, texts = {}, definition = definition,
    options = { sqlite_strict = suffix:find("STRICT") and true or nil,
      sqlite_without_rowid = suffix:find("WITHOUT%s+ROWID") and true or nil,
      sqlite_autoincrement = definition.autoincrement or nil } }
  for _, column in ipairs(definition.columns) do t.texts[column.name:lower()] = column.text end
  x.tables[row.name] = t
  table.insert(x.result.tables, t)
end

local READ = {}

function READ.table(x, row)
  if row.sql:upper():find("^%s*CREATE%s+VIRTUAL") then
    x.virtual[#x.virtual + 1] = row.name .. "_"
    table.insert(x.result.others, { kind = "virtual table", name = row.name, text = row.sql })
    return
  end
  for _, prefix in ipairs(x.virtual) do
    if row.name:sub(1, #prefix) == prefix and SHADOWS[row.name:sub(#prefix + 1)] then return end
  end
  new_table(x, row)
end

function READ.index(x, row)
  local t = x.tables[row.tbl_name]
  if not t then return end
  local index = { kind = "index", name = row.name, unique = row.sql:upper():find("^%s*CREATE%s+UNIQUE") and true or nil }
  index.columns, index.where = read_index(row.sql)
  table.insert(t.indexes, index)
end

function READ.view(x, row)
  local columns, query = read_view(row.sql)
  table.insert(x.result.views, { name = row.name, columns = columns, query = query })
end

function READ.trigger(x, row)
  table.insert(x.result.others, { kind = "trigger", name = row.name, table = row.tbl_name, text = row.sql })
end

--- Everything in the given schemas.
---@param d curlew.Dialect
---@param conn table
---@param want { schemas: { name: string, as: string? }[] }
---@return table schema in the normal form
function M.read(d, conn, want)
  local x = { dialect = d, result = normal.new(), tables = {}, virtual = {}, types = {} }
  for _, schema in ipairs(want.schemas) do
    local name, text = d:quote(schema.name), d:string(schema.name)
    x.tables, x.virtual = {}, {}
    local first, keys = #x.result.tables, {}
    for _, row in ipairs(conn:all(("SELECT type, name, tbl_name, sql FROM %s.sqlite_schema "
        .. "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%%' ESCAPE '\\' "
        .. "ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, rowid"):format(name))) do
      READ[row.type](x, row)
    end
    for _, row in ipairs(conn:all(COLUMNS:format(name, text))) do
      if x.tables[row.table_name] then add_column(x, x.tables[row.table_name], row) end
    end
    for _, row in ipairs(conn:all(KEYS:format(name, text))) do
      local list = keys[row.table_name] or {}
      keys[row.table_name] = list
      local key = list[row.id + 1] or { kind = "foreign_key", columns = {}, referent = row.referent, referent_columns = {},
        ondelete = action(row.on_delete), onupdate = action(row.on_update) }
      list[row.id + 1] = key
      key.columns[row.seq + 1], key.referent_columns[row.seq + 1] = row.own, row.foreign_name
    end
    for i = first + 1, #x.result.tables do
      local t = x.result.tables[i]
      finish_constraints(x, t, keys[t.name] or {})
      for _, key in ipairs(keys[t.name] or {}) do
        if #key.referent_columns == 0 and x.tables[key.referent] then
          for j, c in ipairs(x.tables[key.referent].key) do key.referent_columns[j] = c.name end
        end
      end
      t.schema = schema.as
    end
  end
  for _, t in ipairs(x.result.tables) do
    t.key, t.texts, t.definition = nil, nil, nil
    normal.arrange(t)
  end
  for _, kind in ipairs { "tables", "views" } do normal.sort(x.result[kind]) end
  return x.result
end

function M.own_schema() return "main" end

--- Attached files are no schemas of this database.
function M.schemas() return { "main" } end

return M
