--- A table that is to be made anew: what the schema says of it, in the parts that operations change.

local errors = require "curlew.op.errors"
local names = require "curlew.dialect.sqlite.rebuild_names"
local suggest = require "curlew.suggest"
local text = require "curlew.dialect.sqlite.rebuild_text"

---@class curlew.SqliteRebuild
---@field d curlew.Dialect
---@field conn table
---@field op string the operation at work, for messages
---@field schema string "main", "temp" or the name of an attached file
---@field name string
---@field definition curlew.SqliteDefinition columns carry `copy`: how to get their values from the old table
---@field before curlew.SqliteDefinition as the old table has it
---@field indexes table[] { name =, sql = } of CREATE INDEX, in their order
---@field original_indexes table[] as the old table has them
---@field children table[] foreign keys of other tables: { child =, id =, from =, to = }
---@field renames table[] { old =, new = } done before the rebuild by ALTER TABLE
---@field dirty boolean whether rows must be copied
---@field fresh boolean whether the database still has the state that was read
---@field first table[] statements before the rebuild
---@field last table[] statements after it
---@field made table[] the indexes among them
---@field dropped string[] columns
---@field present table<string, boolean> columns of the database, once `renames` are done, in small letters
local M = {}
M.__index = M

-- Reading -----------------------------------------------------------------------------------------

local function master(d, schema) return d:quote(schema) .. ".sqlite_master" end

--- The schema in which SQLite finds a name, and what it says there.
local function locate(d, conn, o)
  for _, schema in ipairs(o.schema and { o.schema } or { "temp", "main" }) do
    local row = conn:first("SELECT type, name, sql FROM " .. master(d, schema)
      .. " WHERE type IN ('table', 'view') AND lower(name) = lower(?)", { o.table })
    if row then return schema, row end
  end
  local known = conn:column("SELECT name FROM " .. master(d, o.schema or "main") .. " WHERE type = 'table'")
  errors.usage("op.%s: there is no table %s%s", o.op, o.table, suggest.hint(o.table, known))
end

local function check_kind(o, row, definition)
  if row.type == "view" then errors.usage("op.%s: %s is a view, not a table", o.op, row.name) end
  if not definition or row.sql:match("^%s*[Cc][Rr][Ee][Aa][Tt][Ee]%s+[Vv][Ii][Rr][Tt][Uu][Aa][Ll]") then
    errors.refuse("op.%s: SQLite can't do this to %s, a virtual table; drop it and create it anew", o.op, row.name)
  end
end

local function read_children(d, conn, schema, name)
  local rows = conn:all(([[SELECT m.name AS child, f.id AS id, f."from" AS source, f."to" AS target
    FROM %s AS m, pragma_foreign_key_list(m.name, ?) AS f
    WHERE m.type = 'table' AND lower(f."table") = lower(?) AND lower(m.name) <> lower(?)
    ORDER BY m.name, f.id, f.seq]]):format(master(d, schema)), { schema, name, name })
  local list = {}
  for _, row in ipairs(rows) do
    local last = list[#list]
    if not last or last.child ~= row.child or last.id ~= row.id then
      last = { child = row.child, id = row.id, from = {}, to = {} }
      list[#list + 1] = last
    end
    table.insert(last.from, row.source)
    table.insert(last.to, row.target)
  end
  return list
end

--- Starts anew: what is to be is what the database has.
function M:settle()
  self.before = text.read(text.write(self.definition))
  table.move(self.made or {}, 1, #(self.made or {}), #self.indexes + 1, self.indexes)
  self.original_indexes = {}
  for i, index in ipairs(self.indexes) do self.original_indexes[i] = { name = index.name, sql = index.sql } end
  self.renames, self.first, self.last, self.made, self.dropped, self.dirty = {}, {}, {}, {}, {}, false
  self.present = {}
  for _, item in ipairs(self.definition.items) do
    item.is_added, item.must_have, item.copy = nil, nil, nil
    if item.column then
      self.present[item.column:lower()] = true
      if not M.part(item, "computed") then item.copy = self.d:quote(item.column) end
    end
  end
  for id, key in ipairs(M.foreign_keys(self.definition)) do key.part.id, key.part.is_new = id - 1, nil end
end

--- Reads a record's table.
---@param d curlew.Dialect
---@param conn table
---@param o table a record
---@return curlew.SqliteRebuild
function M.read(d, conn, o)
  local schema, row = locate(d, conn, o)
  local definition = text.read(row.sql)
  check_kind(o, row, definition)
  local t = setmetatable({
    d = d, conn = conn, op = o.op, schema = schema, name = row.name, definition = definition, fresh = true,
  }, M)
  t.indexes = conn:all("SELECT name, sql FROM " .. master(d, schema)
    .. " WHERE type = 'index' AND sql IS NOT NULL AND lower(tbl_name) = lower(?) ORDER BY rowid", { row.name })
  t.children = read_children(d, conn, schema, row.name)
  t:settle()
  return t
end

-- Looking -----------------------------------------------------------------------------------------

--- The first part of a kind in an item, and its index.
---@param item curlew.SqliteItem
---@param kind string
---@return curlew.SqlitePart?
---@return integer?
function M.part(item, kind)
  for i, part in ipairs(item.parts) do
    if part.kind == kind then return part, i end
  end
end

--- All parts of a definition, as item, index, part; made beforehand, so parts may be taken away meanwhile.
---@param definition curlew.SqliteDefinition
function M.parts(definition)
  local list = {}
  for _, item in ipairs(definition.items) do
    for i, part in ipairs(item.parts) do list[#list + 1] = { item, i, part } end
  end
  local at = #list + 1
  return function()
    at = at - 1
    if at > 0 then return table.unpack(list[at]) end
  end
end

---@param definition curlew.SqliteDefinition
---@param name string
---@return curlew.SqliteItem?
function M.column_of(definition, name)
  for _, item in ipairs(definition.items) do
    if item.column and item.column:lower() == name:lower() then return item end
  end
end

--- A column that must be there.
---@param name string
---@return curlew.SqliteItem
function M:column(name)
  local found = M.column_of(self.definition, name)
  if found then return found end
  local known = {}
  for _, item in ipairs(self.definition.items) do known[#known + 1] = item.column end
  errors.usage("op.%s: table %s has no column %s%s", self.op, self.name, name, suggest.hint(name, known))
end

--- The columns that a constraint is over.
function M.columns_of(item, part) return part.columns or { item.column } end

--- The primary key: part, item, index, columns.
---@param definition curlew.SqliteDefinition
function M.key(definition)
  for item, i, part in M.parts(definition) do
    if part.kind == "primary_key" then return part, item, i, M.columns_of(item, part) end
  end
end

---@param item curlew.SqliteItem
---@return string
function M.type_of(item)
  local part = M.part(item, "type")
  return part and part.text or ""
end

--- The column that is the rowid by another name.
---@param definition curlew.SqliteDefinition
---@return curlew.SqliteItem?
function M.rowid_column(definition)
  local part, _, _, columns = M.key(definition)
  if not part or #columns ~= 1 or definition.without_rowid then return nil end
  local item = M.column_of(definition, columns[1])
  -- A DESC right at the column keeps it from being the rowid; that is an old mistake which files rely on.
  if not item or (part.descending and not part.columns) then return nil end
  return M.type_of(item):upper():gsub("[\"'`%[%]]", "") == "INTEGER" and item or nil
end

--- A name by which the rowid can be reached beside these columns.
---@return string?
function M.rowid_name(...)
  for _, name in ipairs { "rowid", "_rowid_", "oid" } do
    local taken = false
    for _, definition in ipairs { ... } do taken = taken or M.column_of(definition, name) ~= nil end
    if not taken then return name end
  end
end

--- Whether numbers of deleted rows are never given again.
---@param definition curlew.SqliteDefinition
---@return boolean
function M.autoincrement(definition)
  local part = M.key(definition)
  return part ~= nil and part.text:upper():find("%f[%w]AUTOINCREMENT%f[%W]") ~= nil
end

--- The foreign keys in the order of PRAGMA foreign_key_list, whose ids count from the last one.
---@param definition curlew.SqliteDefinition
---@return table[] { part =, item = }, the first of them with the id 0
function M.foreign_keys(definition)
  local list = {}
  for item, _, part in M.parts(definition) do
    if part.kind == "foreign_key" then list[#list + 1] = { part = part, item = item } end
  end
  return list
end

--- The table's name, quoted, with its schema.
---@param name string?
---@return string
function M:qualified(name) return self.d:qualified(self.schema, name or self.name) end

---@return string
function M:master() return master(self.d, self.schema) end

-- Columns of another name -------------------------------------------------------------------------

local function rename_list(part_text, old, new)
  local open = part_text:find("(", 1, true)
  if not open then return part_text end
  local close = part_text:find("%b()", open) and select(2, part_text:find("%b()", open)) or #part_text
  return part_text:sub(1, open) .. names.rename_in_expression(part_text:sub(open + 1, close - 1), old, new)
    .. part_text:sub(close)
end

local function rename_in(list, old, new)
  for i, name in ipairs(list or {}) do
    if name:lower() == old:lower() then list[i] = new end
  end
end

--- What ALTER TABLE RENAME COLUMN does to the table's own text and that of its indexes.
---@param old string
---@param new string
function M:rename_column(old, new)
  local written = self.d:quote(new)
  for item, i, part in M.parts(self.definition) do
    if part.kind == "check" or part.kind == "computed" then
      part.text = names.rename_in_expression(part.text, old, written)
      if part.expression then part.expression = names.rename_in_expression(part.expression, old, written) end
    elseif part.columns then
      part.text = rename_list(part.text, old, written)
      rename_in(part.columns, old, new)
    end
    if part.kind == "foreign_key" and part.referent:lower() == self.name:lower() and part.referent_columns then
      local at = part.text:upper():find("REFERENCES", 1, true)
      part.text = part.text:sub(1, at - 1) .. rename_list(part.text:sub(at), old, written)
      rename_in(part.referent_columns, old, new)
    end
    if part.kind == "name" and item.column:lower() == old:lower() then
      text.set(item, i, written)
      item.column = new
    end
  end
  for _, index in ipairs(self.indexes) do
    local head, rest = names.index(index.sql)
    index.sql = head .. names.rename_in_expression(rest, old, written)
  end
  for _, child in ipairs(self.children) do rename_in(child.to, old, new) end
end

--- Columns by the names they had before the renames.
---@param list string[]?
---@return string[]?
function M:old_names(list)
  if not list then return nil end
  local old = { table.unpack(list) }
  for i = #self.renames, 1, -1 do rename_in(old, self.renames[i].new, self.renames[i].old) end
  return old
end

return M
