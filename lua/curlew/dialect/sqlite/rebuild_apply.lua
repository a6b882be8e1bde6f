--- Operations on constraints, indexes and names, applied to a table that is to be made anew; those on columns are
--- in rebuild_columns.lua.

local columns = require "curlew.dialect.sqlite.rebuild_columns"
local constraint_ops = require "curlew.op.constraint_ops"
local drop_constraint = require "curlew.op.drop_constraint"
local errors = require "curlew.op.errors"
local guard = require "curlew.dialect.sqlite.rebuild_guard"
local names = require "curlew.dialect.sqlite.rebuild_names"
local rebuilt = require "curlew.dialect.sqlite.rebuild_table"
local suggest = require "curlew.suggest"
local text = require "curlew.dialect.sqlite.rebuild_text"

---@type table<string, function> by operation: fun(t: curlew.SqliteRebuild, o: table, flush: fun())
local M = { add_column = columns.add_column, drop_column = columns.drop_column }

-- Constraints -------------------------------------------------------------------------------------

local IS_CONSTRAINT = { primary_key = true, unique = true, check = true, foreign_key = true }

local function over(t, item, part, wanted)
  if part.kind == "check" then
    for _, column in ipairs(wanted) do
      if not names.mentions(part.expression, column) then return false end
    end
    return true
  end
  return constraint_ops.same_columns(rebuilt.columns_of(item, part), wanted, t.d.same_column)
end

--- The constraints that fit: { item =, i =, part = }.
local function find(t, wanted)
  local found = {}
  for item, i, part in rebuilt.parts(t.definition) do
    local named = not wanted.name or (part.name and t.d.same_column(part.name, wanted.name))
    if IS_CONSTRAINT[part.kind] and named and (not wanted.kind or wanted.kind == part.kind)
        and (not wanted.columns or over(t, item, part, wanted.columns)) then
      table.insert(found, 1, { item = item, i = i, part = part })
    end
  end
  return found
end

local function constraint_names(t)
  local list = {}
  for _, found in ipairs(find(t, {})) do list[#list + 1] = found.part.name end
  return list
end

local function listed(found)
  local texts = {}
  for i, f in ipairs(found) do texts[i] = f.part.text:gsub("%s+", " ") end
  return table.concat(texts, "; ")
end

--- The one constraint that a record means, or nil where it may be missing.
local function the_one(t, o, wanted)
  local found = find(t, wanted)
  if #found > 1 then
    errors.usage("op.%s: table %s has several that fit: %s; say which by its name", o.op, t.name, listed(found))
  end
  if found[1] or o.if_exists then return found[1] end
  for _, index in ipairs(t.indexes) do
    if wanted.name and index.name:lower() == wanted.name:lower() then
      errors.usage("op.%s: %s is an index of %s, not a constraint; use op.drop_index", o.op, index.name, t.name)
    end
  end
  errors.usage("op.%s: table %s has no %sconstraint%s%s%s", o.op, t.name, o.type and o.type .. " " or "",
    wanted.name and " " .. wanted.name or "",
    wanted.columns and " over (" .. table.concat(wanted.columns, ", ") .. ")" or "",
    wanted.name and suggest.hint(wanted.name, constraint_names(t)) or "")
end

local function add_constraint(t, o)
  local constraint = o.constraint
  local same = find(t, constraint.name and { name = constraint.name }
    or { kind = constraint.kind, columns = constraint.columns })
  if o.if_not_exists and same[1] then return end
  if constraint.name and same[1] then
    errors.usage("op.%s: table %s has a constraint %s already", o.op, t.name, constraint.name)
  end
  for _, column in ipairs(constraint.kind ~= "check" and constraint.columns or {}) do t:column(column) end
  if constraint.kind ~= "primary_key" then return columns.add_constraint(t, constraint, o) end
  if rebuilt.key(t.definition) then
    errors.usage("op.%s: table %s has a primary key already; drop it first", o.op, t.name)
  end
  columns.add_constraint(t, constraint, o)
  local alias = rebuilt.rowid_column(t.definition)
  for _, name in ipairs(constraint.columns) do
    local item = t:column(name)
    item.must_have = o.op
    if item ~= alias and not rebuilt.part(item, "not_null") then columns.set_part(t, item, "not_null", "NOT NULL") end
  end
end

for _, name in ipairs { "create_primary_key", "create_unique_constraint", "create_check_constraint",
  "create_foreign_key", "create_exclude_constraint" } do
  M[name] = add_constraint
end

function M.drop_constraint(t, o)
  local found = the_one(t, o, { name = o.name, kind = drop_constraint.KINDS[o.type], columns = o.columns })
  if not found then return end
  if found.part.kind == "primary_key" and t.definition.without_rowid then
    errors.refuse("op.%s: SQLite can't do this: %s has no rowid, so it needs its primary key; create a new table "
      .. "and copy the rows", o.op, t.name)
  end
  text.remove(found.item, found.i)
  columns.drop_empty(t)
  t.dirty = true
end

function M.rename_constraint(t, o)
  local found = the_one(t, o, { name = o.old })
  if not found then return end
  if #find(t, { name = o.new }) > 0 and o.old:lower() ~= o.new:lower() then
    errors.usage("op.%s: table %s has a constraint %s already", o.op, t.name, o.new)
  end
  local renamed = names.replace(found.part.text, function(tokens, i)
    local before = tokens[i - 1]
    return before and before.text:upper() == "CONSTRAINT" and tokens[i].text:lower() == o.old:lower()
      and t.d:quote(o.new) or nil
  end)
  if renamed == found.part.text then return end
  text.set(found.item, found.i, renamed)
  found.part.name = o.new
  t.dirty = true
end

-- Indexes, which a batch may have -----------------------------------------------------------------

local function forget_index(t, name)
  for i, index in ipairs(t.indexes) do
    if index.name:lower() == name:lower() then return table.remove(t.indexes, i) end
  end
end

function M.create_index(t, o)
  columns.add_index(t, o, o, { if_not_exists = o.if_not_exists })
end

function M.drop_index(t, o, flush)
  if #t.last > 0 then flush() end
  forget_index(t, o.name)
  for _, statement in ipairs(t.d.compile.drop_index(t.d, o)) do t.first[#t.first + 1] = statement end
end

function M.rename_index(t, o, flush)
  if t.dirty or #t.last > 0 then flush() end
  local index = forget_index(t, o.old)
  if not index then errors.usage("op.%s: table %s has no index %s to rename", o.op, t.name, o.old) end
  local _, rest, unique = names.index(index.sql)
  t.first[#t.first + 1] = t.d:ddl("DROP INDEX " .. t:qualified(index.name))
  local create = "CREATE " .. (unique and "UNIQUE " or "") .. "INDEX %s ON " .. t.d:quote(t.name) .. " %s"
  t.last[#t.last + 1] = t.d:ddl(create:format(t:qualified(o.new), rest))
  t.made[#t.made + 1] = { name = o.new, sql = create:format(t.d:quote(o.new), rest) }
end

-- Names -------------------------------------------------------------------------------------------

--- The statements of a RENAME COLUMN: with writable_schema on, SQLite leaves what it can't understand as it is
--- instead of giving up.
local function rename_statements(t, old, new)
  local sql = ("ALTER TABLE %s RENAME COLUMN %s TO %s"):format(t:qualified(), t.d:quote(old), t.d:quote(new))
  local unsound = guard.unsound(t.d, t.conn, t.schema)
  if #unsound == 0 then return { t.d:ddl(sql) } end
  guard.check_unsound(unsound, t.op, t.name, old)
  return { { sql = "PRAGMA writable_schema = ON" }, t.d:ddl(sql), { sql = "PRAGMA writable_schema = OFF" } }
end

--- ALTER TABLE gives a column its new name in views, triggers and other tables, too. It goes before the rebuild;
--- where the new name is still taken then, what is pending is done first.
local function rename_column(t, o, flush)
  local item = t:column(o.column)
  local old, new = item.column, o.new_column_name
  if old == new then return end
  local taken = rebuilt.column_of(t.definition, new)
  if taken and taken ~= item then
    errors.usage("op.%s: table %s has a column %s already", o.op, t.name, new)
  end
  if not item.is_added then
    local in_the_way = t.present[new:lower()] and new:lower() ~= old:lower()
    if #t.last > 0 or (t.dirty and in_the_way) then flush() end
    local list = rename_statements(t, old, new)
    table.move(list, 1, #list, #t.first + 1, t.first)
    t.renames[#t.renames + 1] = { old = old, new = new }
    t.present[old:lower()], t.present[new:lower()] = nil, true
  end
  t:rename_column(old, new)
end

function M.alter_column(t, o, flush)
  columns.alter_column(t, o)
  if o.new_column_name then rename_column(t, o, flush) end
end

--- Whatever follows an index of the same batch and could touch its columns waits for it.
M.WAITS = { drop_column = true, alter_column = true }

return M
