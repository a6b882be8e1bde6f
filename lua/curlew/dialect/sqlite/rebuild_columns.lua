--- Operations on columns, applied to a table that is to be made anew.

local alter_column = require "curlew.op.alter_column"
local errors = require "curlew.op.errors"
local names = require "curlew.dialect.sqlite.rebuild_names"
local null = require "curlew.null"
local parse = require "curlew.dialect.sqlite.parse"
local rebuilt = require "curlew.dialect.sqlite.rebuild_table"
local text = require "curlew.dialect.sqlite.rebuild_text"

local M = {}

--- Where a column goes that has to come behind another one.
local function behind(t, name, o)
  for i, item in ipairs(t.definition.items) do
    if item.column and item.column:lower() == name:lower() then return i end
  end
  local known = {}
  for _, item in ipairs(t.definition.items) do known[#known + 1] = item.column end
  errors.usage("op.%s: after: table %s has no column %s%s", o.op, t.name, errors.show(name),
    require("curlew.suggest").hint(name, known))
end

--- Puts an item after the last column, or at the end.
---@param t curlew.SqliteRebuild
---@param item curlew.SqliteItem
---@param o { after: string?, first: boolean? }? where a column goes instead
function M.place(t, item, o)
  local items = t.definition.items
  local at = #items
  while item.column and not items[at].column do at = at - 1 end
  if o and o.first then at = 0 elseif o and o.after then at = behind(t, o.after, o) end
  text.place(items, at, item)
  t.dirty = true
end

--- Adds a constraint to the table.
---@param t curlew.SqliteRebuild
---@param constraint table
---@param o table the record
function M.add_constraint(t, constraint, o)
  M.place(t, text.item(t.d:constraint(constraint, o), false))
  if constraint.kind == "foreign_key" then
    local items = t.definition.items
    items[#items].parts[1].is_new = true
  end
end

--- Adds an index, which is made when the table is there.
function M.add_index(t, index, o, how)
  t.last[#t.last + 1] = t.d:ddl(t.d:create_index(index, o, how))
  t.made[#t.made + 1] = { name = index.name, sql = t.d:create_index(index, { table = t.name }) }
end

--- Puts the wanted text of a kind of part into a column, changes it or takes it away.
---@param t curlew.SqliteRebuild
---@param item curlew.SqliteItem
---@param kind string
---@param wanted string? nil takes it away
local function set_part(t, item, kind, wanted)
  local part, i = rebuilt.part(item, kind)
  if part and part.text == wanted then return end
  if part and wanted then
    text.set(item, i, wanted)
  elseif part then
    text.remove(item, i)
  elseif wanted then
    local _, at = rebuilt.part(item, "type")
    text.insert(item, kind == "default" and #item.parts or at or 1, wanted)
  else
    return
  end
  t.dirty = true
end

M.set_part = set_part

---@param t curlew.SqliteRebuild
---@return integer
function M.count_rows(t)
  if not t.fresh then return 0 end
  return t.conn:scalar("SELECT count(*) FROM " .. t:qualified())
end

--- An expression over the columns as the database has them now, where some of them got other names since.
local function in_old_names(t, expression)
  for i = #t.renames, 1, -1 do
    expression = names.rename_in_expression(expression, t.renames[i].new, t.d:quote(t.renames[i].old))
  end
  return expression
end

-- add_column --------------------------------------------------------------------------------------

local function first_value(t, c, o)
  if c.computed then return nil end
  if c.default then return t.d:default(c.default, c) end
  if t.d:is_rowid(c, { sqlite_without_rowid = t.definition.without_rowid }) then return rebuilt.rowid_name(t.before) end
  local rows = not c.nullable and M.count_rows(t) or 0
  if rows > 0 then
    errors.usage("op.%s: the %d rows of %s would have no value for %s, which may not be NULL; give it a server_default",
      o.op, rows, t.name, c.name)
  end
  return "NULL"
end

function M.add_column(t, o)
  local c = o.column
  if rebuilt.column_of(t.definition, c.name) then
    if o.if_not_exists then return end
    errors.usage("op.%s: table %s has a column %s already", o.op, t.name, c.name)
  end
  local shape = { sqlite_strict = t.definition.strict, sqlite_without_rowid = t.definition.without_rowid,
    sqlite_autoincrement = o.sqlite_autoincrement, constraints = o.constraints, columns = { c } }
  local item = text.item(t.d:column(c, shape), true)
  item.copy, item.is_added = first_value(t, c, o), true
  M.place(t, item, o)
  for _, constraint in ipairs(o.constraints) do
    if constraint.kind == "primary_key" and rebuilt.key(t.definition) then
      errors.usage("op.%s: table %s has a primary key already; drop it first", o.op, t.name)
    end
    if not t.d:is_inline(constraint, shape) then M.add_constraint(t, constraint, o) end
  end
  for _, index in ipairs(o.indexes) do M.add_index(t, index, o) end
end

-- drop_column -------------------------------------------------------------------------------------

--- What speaks of a column goes with it, as on other servers; a generated column stops it.
local function drop_parts(t, name)
  for item, i, part in rebuilt.parts(t.definition) do
    local over = false
    for _, column in ipairs(part.columns or {}) do over = over or column:lower() == name:lower() end
    if part.kind == "check" then over = names.mentions(part.expression, name) end
    if part.kind == "computed" and names.mentions(part.text, name) then
      errors.usage("op.%s: the generated column %s of %s uses %s; drop it first", t.op, item.column, t.name, name)
    end
    if over then text.remove(item, i) end
  end
  M.drop_empty(t)
end

--- Takes away items without parts.
function M.drop_empty(t)
  local items = t.definition.items
  for i = #items, 1, -1 do
    if #items[i].parts == 0 then text.take(items, i) end
  end
end

function M.drop_column(t, o)
  local item = rebuilt.column_of(t.definition, o.column)
  if not item and o.if_exists then return end
  item = item or t:column(o.column)
  local _, _, _, key = rebuilt.key(t.definition)
  for _, column in ipairs(t.definition.without_rowid and key or {}) do
    if column:lower() == item.column:lower() then
      errors.refuse("op.%s: SQLite can't do this: %s has no rowid, so it needs its primary key with the column %s; "
        .. "create a new table and copy the rows", o.op, t.name, item.column)
    end
  end
  local items = t.definition.items
  for i = #items, 1, -1 do
    if items[i] == item then text.take(items, i) end
  end
  if not items[1] or not items[1].column then
    errors.usage("op.%s: %s is the only column of %s; drop the table", o.op, item.column, t.name)
  end
  drop_parts(t, item.column)
  for i = #t.indexes, 1, -1 do
    local _, rest = names.index(t.indexes[i].sql)
    if names.mentions(rest, item.column) then table.remove(t.indexes, i) end
  end
  t.dropped[#t.dropped + 1] = item.column
  t.dirty = true
end

-- alter_column ------------------------------------------------------------------------------------

--- The CHECK that an enum type has written for a column.
local function is_enum_check(part, item)
  if part.kind ~= "check" or not item.enum_width then return false end
  local column, values = part.expression:match("^(.-)%s+[Ii][Nn]%s*%((.*)%)$")
  if not column or not names.mentions(column, item.column) or #column > #item.column + 2 then return false end
  local longest, list = 0, parse.strings(values)
  for _, value in ipairs(list or {}) do longest = math.max(longest, utf8.len(value) or #value) end
  return list ~= nil and longest == item.enum_width
end

local function drop_enum_check(t, target)
  target.enum_width = tonumber(rebuilt.type_of(target):upper():match("^VARCHAR%((%d+)%)$"))
  for item, i, part in rebuilt.parts(t.definition) do
    if (item == target or not item.column) and is_enum_check({ kind = part.kind, expression = part.expression }, target)
    then
      text.remove(item, i)
    end
  end
  M.drop_empty(t)
end

local function is_integer(kind) return kind.name:match("int") ~= nil and kind.name ~= "interval" end

--- Only a rowid can be AUTOINCREMENT.
local function stop_counting(t)
  local part, item, i = rebuilt.key(t.definition)
  text.set(item, i, (part.text:gsub("%s+[Aa][Uu][Tt][Oo][Ii][Nn][Cc]%a+", "")))
end

local CHANGE = {}

function CHANGE.type(t, item, o)
  local alias = rebuilt.rowid_column(t.definition)
  local strict = t.definition.strict
  local d = setmetatable({ types = strict and t.d.strict_types or t.d.types }, { __index = t.d })
  local written = t.d.type(d, o.type, { name = item.column, type = o.type })
  local key, _, _, columns = rebuilt.key(t.definition)
  drop_enum_check(t, item)
  if is_integer(o.type) and not strict and key and #columns == 1 and columns[1]:lower() == item.column:lower() then
    -- Only the very word INTEGER is the rowid: who is it stays it, who isn't doesn't become it.
    if alias == item then written = rebuilt.type_of(item) elseif written == "INTEGER" then written = "INT" end
  elseif alias == item then
    stop_counting(t)
  end
  set_part(t, item, "type", written)
  if o.using then
    item.copy = "(" .. in_old_names(t, o.using) .. ")"
    t.dirty = true
  end
  if o.enum_check then M.add_constraint(t, o.enum_check, o) end
end

function CHANGE.nullable(t, item, o)
  local has = rebuilt.part(item, "not_null")
  if o.nullable or not has then set_part(t, item, "not_null", not o.nullable and "NOT NULL" or nil) end
  set_part(t, item, "null", nil)
  if o.nullable or not item.copy then return end
  item.must_have = o.op
  if o.server_default and o.server_default ~= null then
    item.copy = ("coalesce(%s, %s)"):format(item.copy, t.d:default(o.server_default))
  end
end

function CHANGE.server_default(t, item, o)
  local default = o.server_default
  set_part(t, item, "default", default ~= null and "DEFAULT " .. t.d:default(default) or nil)
end

function CHANGE.collation(t, item, o)
  set_part(t, item, "collate", "COLLATE " .. t.d:quote(o.collation))
end

function CHANGE.autoincrement(t, item, o)
  local key, _, _, columns = rebuilt.key(t.definition)
  local alias = rebuilt.rowid_column(t.definition)
  if o.autoincrement then
    if alias == item then return end
    if not key or #columns ~= 1 or columns[1]:lower() ~= item.column:lower() or t.definition.without_rowid then
      t.d:refuse(("autoincrement on %s"):format(item.column), "only a primary key of one column can count by itself")
    end
    set_part(t, item, "type", "INTEGER")
  elseif alias == item then
    stop_counting(t)
    set_part(t, item, "type", "INT")
  end
end

function CHANGE.identity(t, item, o)
  CHANGE.autoincrement(t, item, { op = o.op, autoincrement = o.identity ~= null })
end

function CHANGE.computed(t, item, o)
  if o.computed == null then
    set_part(t, item, "computed", nil)
    item.copy = item.copy or in_old_names(t, t.d:quote(item.column))
  else
    local base = require "curlew.dialect.base"
    set_part(t, item, "computed", base.computed(t.d, o.computed))
    set_part(t, item, "default", nil)
    item.copy = nil
  end
end

local ORDER = { "type", "collation", "computed", "autoincrement", "identity", "nullable", "server_default" }

function M.alter_column(t, o)
  if #alter_column.changes(o) == 0 then return end
  local item = t:column(o.column)
  for _, field in ipairs(ORDER) do
    if o[field] ~= nil then CHANGE[field](t, item, o) end
  end
end

return M
