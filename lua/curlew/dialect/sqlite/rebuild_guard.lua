--- What a rebuild must not break: NULLs where none may be, foreign keys of other tables, views and triggers that
--- use a dropped column. Refused before anything is done, by name.

local constraints = require "curlew.dialect.sqlite.rebuild_constraints"
local errors = require "curlew.op.errors"
local names = require "curlew.dialect.sqlite.rebuild_names"
local parse = require "curlew.dialect.sqlite.parse"
local rebuilt = require "curlew.dialect.sqlite.rebuild_table"

local M = {}

-- NULLs -------------------------------------------------------------------------------------------

local function check_nulls(t)
  for _, item in ipairs(t.definition.items) do
    if item.must_have and item.copy and item.copy ~= "NULL" then
      local rowid = not t.before.without_rowid and rebuilt.rowid_name(t.before)
      local row = t.conn:first(("SELECT count(*) AS n, min(%s) AS first FROM %s WHERE %s IS NULL"):format(
        rowid or "NULL", t:qualified(), item.copy))
      if row.n > 0 then
        errors.usage("op.%s: %s.%s may not become NOT NULL, since it is NULL in %d %s%s; give %s a value first, or "
          .. "add a server_default", item.must_have, t.name, item.column, row.n, row.n == 1 and "row" or "rows",
          row.first and (" (rowid %d%s)"):format(row.first, row.n > 1 and " is the first" or "") or "",
          row.n == 1 and "it" or "them")
      end
    end
  end
end

-- Foreign keys of others --------------------------------------------------------------------------

local function same_set(a, b)
  if #a ~= #b then return false end
  local has = {}
  for _, name in ipairs(a) do has[name:lower()] = true end
  for _, name in ipairs(b) do
    if not has[name:lower()] then return false end
  end
  return true
end

--- The columns of a unique index over plain columns and all rows.
local function unique_columns(index)
  local _, rest, unique = names.index(index.sql)
  local tokens = parse.tokens(rest)
  local close = constraints.closing(tokens, 1)
  if not unique or tokens[close + 1] then return nil end
  local columns, expect = {}, true
  for i = 2, close - 1 do
    if tokens[i].kind == "(" then return nil end
    if tokens[i].kind == "," then
      expect = true
    elseif expect then
      columns[#columns + 1], expect = tokens[i].text, false
    end
  end
  return columns
end

--- Whether columns may be referenced; nil stands for the primary key.
local function is_key(definition, indexes, columns)
  local _, _, _, key = rebuilt.key(definition)
  if not columns then return key ~= nil end
  for item, _, part in rebuilt.parts(definition) do
    if (part.kind == "unique" or part.kind == "primary_key") and same_set(rebuilt.columns_of(item, part), columns) then
      return true
    end
  end
  for _, index in ipairs(indexes) do
    local unique = unique_columns(index)
    if unique and same_set(unique, columns) then return true end
  end
  return false
end

local function check_references(t)
  local references = {}
  for _, child in ipairs(t.children) do
    references[#references + 1] = { child.child, child.from, #child.to > 0 and child.to or nil }
  end
  for _, key in ipairs(rebuilt.foreign_keys(t.definition)) do
    if key.part.referent:lower() == t.name:lower() and not key.part.is_new then
      references[#references + 1] = { t.name, rebuilt.columns_of(key.item, key.part), key.part.referent_columns }
    end
  end
  for _, reference in ipairs(references) do
    local child, from, to = reference[1], reference[2], reference[3]
    if not is_key(t.definition, t.indexes, to) and is_key(t.before, t.original_indexes, t:old_names(to)) then
      errors.usage("op.%s: the foreign key %s (%s) references %s%s, which would be no key any more; drop that foreign "
        .. "key first", t.op, child, table.concat(from, ", "), t.name,
        to and " (" .. table.concat(to, ", ") .. ")" or "'s primary key")
    end
  end
end

-- Views and triggers ------------------------------------------------------------------------------

--- All views and triggers that may speak of a schema's tables.
local function views_and_triggers(d, conn, schema)
  local list = conn:all(("SELECT type, name, tbl_name, sql FROM %s.sqlite_master WHERE type IN ('view', 'trigger')")
    :format(d:quote(schema)))
  for _, row in ipairs(list) do row.schema = schema end
  if schema == "temp" then return list end
  local temporary = views_and_triggers(d, conn, "temp")
  return table.move(temporary, 1, #temporary, #list + 1, list)
end

--- Those whose text has the name of the table or of a dropped column in it.
local function candidates(t)
  local list = {}
  for _, row in ipairs(views_and_triggers(t.d, t.conn, t.schema)) do
    local has = names.has_word(row.sql, t.name)
    for _, column in ipairs(t.dropped) do has = has or names.has_word(row.sql, column) end
    if has then list[#list + 1] = row end
  end
  return list
end

--- The column named first in UPDATE OF, and whether the trigger is of an event.
local function trigger_event(row)
  local tokens = parse.tokens(row.sql)
  for i, token in ipairs(tokens) do
    local w = constraints.word(token)
    if i > 2 and (w == "DELETE" or w == "INSERT" or w == "UPDATE") then
      local columns = {}
      if constraints.word(tokens[i + 1]) == "OF" then
        local at = i + 2
        repeat
          columns[#columns + 1] = tokens[at].text
          at = at + 2
        until tokens[at - 1].kind ~= ","
      end
      return w, columns
    end
  end
end

--- A statement that does nothing, but for which SQLite has to understand the view or trigger. `t` is what is
--- being made anew.
local function trial(d, conn, row, t)
  if row.type == "view" then return ("SELECT 1 FROM %s LIMIT 0"):format(d:qualified(row.schema, row.name)) end
  local event, columns = trigger_event(row)
  local target = d:quote(row.tbl_name)
  if event == "DELETE" then return ("DELETE FROM %s WHERE 0"):format(target) end
  local column = columns[1]
  local infos = not column and conn:all("SELECT name FROM pragma_table_info(?)", { row.tbl_name }) or {}
  for _, info in ipairs(infos) do
    local gone = false
    for _, dropped in ipairs(t and t.dropped or {}) do gone = gone or dropped:lower() == info.name:lower() end
    if not gone or row.tbl_name:lower() ~= t.name:lower() then column = column or info.name end
  end
  if not column then return nil end
  column = d:quote(column)
  if event == "INSERT" then
    return ("INSERT INTO %s (%s) SELECT %s FROM %s WHERE 0"):format(target, column, column, target)
  end
  return ("UPDATE %s SET %s = %s WHERE 0"):format(target, column, column)
end

local function works(conn, sql)
  return sql ~= nil and pcall(conn.all, conn, "EXPLAIN " .. sql)
end

--- The views and triggers that SQLite can't understand: they speak of what isn't there, or call functions of an
--- application. ALTER TABLE looks at every view and trigger and gives up at such a one, however little it has to do
--- with the change.
---@param d curlew.Dialect
---@param conn table
---@param schema string
---@return table[]
function M.unsound(d, conn, schema)
  local list = {}
  for _, row in ipairs(views_and_triggers(d, conn, schema)) do
    if not works(conn, trial(d, conn, row)) then list[#list + 1] = row end
  end
  return list
end

--- Raises when one that can't be understood seems to use a table, or a column of it, that goes or gets another name.
---@param rows table[]
---@param op string
---@param table_name string
---@param column string? nil: the table itself
function M.check_unsound(rows, op, table_name, column)
  for _, row in ipairs(rows) do
    if names.has_word(row.sql, table_name) and (not column or names.has_word(row.sql, column)) then
      errors.usage("op.%s: the %s %s speaks of %s, but SQLite can't understand it, so nobody knows whether it means this "
        .. "%s; drop it first, or put it right", op, row.type, row.name,
        column and table_name .. " and " .. column or table_name, column and "column" or "table")
    end
  end
end

--- Whether a view uses a column itself: it is tried on a table of that name without the column.
local function view_uses(t, row, column)
  local tokens, query = parse.tokens(row.sql), nil
  for i, token in ipairs(tokens) do
    if i > 2 and constraints.word(token) == "AS" then
      query = row.sql:sub(token.last + 1):gsub(";%s*$", "")
      break
    end
  end
  local function on(without)
    local columns = {}
    for _, item in ipairs(t.before.items) do
      if item.column and item.column:lower() ~= without then columns[#columns + 1] = t.d:quote(item.column) end
    end
    columns = table.concat(columns, ", ")
    return ("WITH %s (%s) AS (SELECT %s FROM %s) SELECT 1 FROM (%s) LIMIT 0"):format(t.d:always_quote(t.name), columns,
      columns, t:qualified(), query)
  end
  return query and works(t.conn, on(nil)) and not works(t.conn, on(column:lower()))
end

--- Whether a trigger on the table itself uses a column.
local function trigger_uses(t, row, column)
  if row.tbl_name:lower() ~= t.name:lower() then return false end
  local _, of = trigger_event(row)
  for _, name in ipairs(of or {}) do
    if name:lower() == column:lower() then return true end
  end
  local tokens = parse.tokens(row.sql)
  for i, token in ipairs(tokens) do
    local w = constraints.word(token)
    if (w == "NEW" or w == "OLD") and tokens[i + 2] and tokens[i + 1].kind == "."
        and constraints.is_name(tokens[i + 2], column) then
      return true
    end
  end
  return false
end

local function check_dropped(t)
  t.trials = {}
  if #t.dropped == 0 then return end
  for _, row in ipairs(candidates(t)) do
    for _, column in ipairs(t.dropped) do
      local uses = row.type == "view" and view_uses or trigger_uses
      if t.fresh and uses(t, row, column) then
        errors.usage("op.drop_column: the %s %s uses %s.%s; drop it first, and create it anew without the column",
          row.type, row.name, t.name, column)
      end
    end
    -- What uses the column by way of something else shows when it is tried on the new table.
    local sql = trial(t.d, t.conn, row, t)
    if sql and (not t.fresh or works(t.conn, sql)) then
      t.trials[#t.trials + 1] = { sql = sql }
    else
      for _, column in ipairs(t.dropped) do M.check_unsound({ row }, "drop_column", t.name, column) end
    end
  end
end

--- Raises what speaks against the rebuild.
---@param t curlew.SqliteRebuild
function M.before(t)
  if t.fresh then check_nulls(t) end
  check_references(t)
  check_dropped(t)
end

--- Statements after it that fail when a view or trigger that was fine is so no longer.
---@param t curlew.SqliteRebuild
---@return table[]
function M.after(t) return t.trials end

return M
