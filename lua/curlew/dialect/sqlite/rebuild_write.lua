--- The statements of a rebuild.
---
--- The new table is filled under a name of its own, and then takes over the old one's entries in sqlite_master:
--- only their root pages (and the table's text) change, so nothing that speaks of the table (views, triggers,
--- foreign keys of other tables) is ever touched. What is dropped in the end is a table that
--- nothing refers to, so that no foreign key acts, although they are enforced all the time. The new table is filled
--- without its foreign keys, which the final text has: rows that broke one before must not stop the rebuild.
--- They are compared with what broke before instead.

local names = require "curlew.dialect.sqlite.rebuild_names"
local rebuilt = require "curlew.dialect.sqlite.rebuild_table"
local text = require "curlew.dialect.sqlite.rebuild_text"

local M = {}

--- What the rebuild notes down meanwhile: a temporary table, with triggers that stop it.
local NOTES = 'temp."curlew rebuild"'

--- A name for the new table that nothing in the schema contains.
local function free_name(t)
  local n = 1
  while true do
    local name = t.name .. (n == 1 and " (new)" or (" (new %d)"):format(n))
    if not t.conn:scalar("SELECT 1 FROM " .. t:master()
        .. " WHERE instr(lower(name), lower(?)) OR instr(lower(sql), lower(?))", { name, name }) then
      return name
    end
    n = n + 1
  end
end

-- Filling the new table ---------------------------------------------------------------------------

local function create(t, new)
  local definition = text.read(text.write(t.definition))
  for item, i, part in rebuilt.parts(definition) do
    if part.kind == "foreign_key" then text.remove(item, i) end
  end
  for i = #definition.items, 1, -1 do
    if #definition.items[i].parts == 0 then text.take(definition.items, i) end
  end
  return ("CREATE TABLE %s (%s%s"):format(t:qualified(new),
    names.requalify(text.body(definition), t.name, t.d:quote(new)), definition.tail)
end

--- What an expression of the old columns is called once the columns have been renamed.
local function renamed(t, expression)
  for _, rename in ipairs(t.renames) do
    expression = names.rename_in_expression(expression, rename.old, t.d:quote(rename.new))
  end
  return expression
end

--- The columns to fill and where their values come from. The rowid goes along where no column is the rowid.
local function copied(t)
  local into, from = {}, {}
  local alias = rebuilt.rowid_column(t.definition)
  local rowid = not t.definition.without_rowid and not alias and rebuilt.rowid_name(t.definition, t.before)
  if rowid then into[1], from[1] = rowid, rowid end
  for _, item in ipairs(t.definition.items) do
    if item.column and item.copy then
      into[#into + 1], from[#from + 1] = t.d:quote(item.column), renamed(t, item.copy)
    end
  end
  return table.concat(into, ", "), table.concat(from, ", ")
end

--- Whether every row has the rowid that it had.
local function keeps_rowids(t)
  local alias, old = rebuilt.rowid_column(t.definition), rebuilt.rowid_column(t.before)
  if not alias then return true end
  if alias.copy == rebuilt.rowid_name(t.before) then return true end
  return old ~= nil and alias.copy == t.d:quote(old.column)
end

local function counter(t, new)
  local sequence = t.d:quote(t.schema) .. ".sqlite_sequence"
  local had, has = rebuilt.autoincrement(t.before), rebuilt.autoincrement(t.definition)
  if had and has then return ("DELETE FROM %s WHERE name = %s"):format(sequence, t.d:string(new)) end
  if had then return ("DELETE FROM %s WHERE name = %s"):format(sequence, t.d:string(t.name)) end
  if has then
    return ("UPDATE %s SET name = %s WHERE name = %s"):format(sequence, t.d:string(t.name), t.d:string(new))
  end
end

-- Taking over -------------------------------------------------------------------------------------

--- The entries of the old table get the root pages of the new one; the old pages get entries that say nothing
--- but where they are, to be dropped.
local function take_over(t, new)
  local d, master = t.d, t:master()
  local old_name, new_name = d:string(t.name), d:string(new)
  local auto = "sqlite_autoindex_"
  return {
    ([[INSERT INTO %s (what, name, id, at)
  SELECT 'old', name, rowid, rootpage FROM %s WHERE type IN ('table', 'index') AND tbl_name = %s]])
      :format(NOTES, master, old_name),
    ([[INSERT INTO %s (what, name, at)
  SELECT 'new', CASE WHEN type = 'table' THEN %s WHEN sql IS NULL THEN %s || substr(name, %d) ELSE substr(name, %d) END,
    rootpage
  FROM %s WHERE type IN ('table', 'index') AND tbl_name = %s]]):format(NOTES, old_name, d:string(auto .. t.name .. "_"),
      utf8.len(auto .. new .. "_") + 1, utf8.len(new .. ": ") + 1, master, new_name),
    "PRAGMA writable_schema = ON",
    ([[DELETE FROM %s WHERE tbl_name = %s OR tbl_name = %s AND type = 'index'
  AND name NOT IN (SELECT name FROM %s WHERE what = 'new')]]):format(master, new_name, old_name, NOTES),
    ([[UPDATE %s AS m SET rootpage = (SELECT n.at FROM %s AS n WHERE n.what = 'new' AND n.name = m.name)
  WHERE type IN ('table', 'index') AND tbl_name = %s]]):format(master, NOTES, old_name),
    ("UPDATE %s SET sql = %s WHERE type = 'table' AND name = %s"):format(master, d:string(text.write(t.definition)),
      old_name),
    ([[INSERT INTO %s (type, name, tbl_name, rootpage)
  SELECT 'index', name, %s, at FROM %s WHERE what = 'new' AND name NOT IN (SELECT name FROM %s WHERE tbl_name = %s)]])
      :format(master, old_name, NOTES, master, old_name),
    ([[INSERT INTO %s (type, name, tbl_name, rootpage, sql)
  SELECT 'table', %s, %s, at, %s FROM %s WHERE what = 'old' AND name = %s]]):format(master, new_name, new_name,
      d:string(("CREATE TABLE %s (x)"):format(d:always_quote(new))), NOTES, old_name),
    ([[INSERT INTO %s (type, name, tbl_name, rootpage, sql)
  SELECT 'index', %s || id, %s, at, %s || id || %s FROM %s WHERE what = 'old' AND name <> %s]]):format(master,
      d:string(new .. ": "), new_name, d:string('CREATE INDEX "' .. new:gsub('"', '""') .. ": "),
      d:string(('" ON %s (x)'):format(d:always_quote(new))), NOTES, old_name),
    "PRAGMA writable_schema = RESET",
    "DROP TABLE " .. t:qualified(new),
  }
end

-- Foreign keys ------------------------------------------------------------------------------------

--- Whether SQLite can check a table's foreign keys: it can't where a referenced column is no key.
local function can_check(t, child)
  return pcall(t.conn.all, t.conn, ("EXPLAIN PRAGMA %s.foreign_key_check(%s)"):format(t.d:quote(t.schema),
    t.d:always_quote(child)))
end

local function violations(t, child, ids, as)
  return ([[SELECT %s AS name, %s AS id, %s AS at FROM pragma_foreign_key_check(%s, %s) WHERE fkid IN (%s)]])
    :format(t.d:string(child), as or "fkid", child == t.name and not keeps_rowids(t) and "NULL" or "rowid",
      t.d:string(child), t.d:string(t.schema), table.concat(ids, ", "))
end

--- Two queries for the foreign keys that are there before and after: what breaks them then and now. Nil when
--- there are none.
local function key_queries(t)
  local before, after = {}, {}
  local ids_now, ids_then, map = {}, {}, {}
  for id, key in ipairs(rebuilt.foreign_keys(t.definition)) do
    if key.part.id then
      ids_now[#ids_now + 1], ids_then[#ids_then + 1] = id - 1, key.part.id
      map[#map + 1] = ("WHEN %d THEN %d"):format(id - 1, key.part.id)
    end
  end
  if #map > 0 and can_check(t, t.name) then
    before[1] = violations(t, t.name, ids_then)
    after[1] = violations(t, t.name, ids_now, ("CASE fkid %s END"):format(table.concat(map, " ")))
  end
  local by_child, order = {}, {}
  for _, key in ipairs(t.children) do
    if not by_child[key.child] then
      by_child[key.child] = {}
      order[#order + 1] = key.child
    end
    table.insert(by_child[key.child], key.id)
  end
  for _, child in ipairs(order) do
    if can_check(t, child) then
      before[#before + 1] = violations(t, child, by_child[child])
      after[#after + 1] = before[#before]
    end
  end
  if #before == 0 then return nil end
  local query = "SELECT name, id, at, count(*) AS n FROM (%s) GROUP BY 1, 2, 3"
  return query:format(table.concat(before, "\n  UNION ALL ")), query:format(table.concat(after, "\n  UNION ALL "))
end

--- The checks of foreign keys that are new: { id =, text = }.
local function new_keys(t)
  local list = {}
  for id, key in ipairs(rebuilt.foreign_keys(t.definition)) do
    if key.part.is_new then list[#list + 1] = { id = id - 1, text = key.part.text } end
  end
  return list
end

-- All of it ---------------------------------------------------------------------------------------

--- A trigger that stops everything with a message once a note of a kind is taken.
local function stop(t, what, message)
  return ("CREATE TEMP TRIGGER %s BEFORE INSERT ON \"curlew rebuild\" WHEN NEW.what = %s BEGIN SELECT RAISE(ABORT, %s); END")
    :format(t.d:always_quote("curlew rebuild: " .. what), t.d:string(what), t.d:string(message))
end

---@param t curlew.SqliteRebuild
---@return table[] statements
function M.statements(t)
  local d, list = t.d, {}
  local function add(sql)
    if sql then list[#list + 1] = sql:find("^[CD]R[EO]") and d:ddl(sql) or { sql = sql } end
  end
  local new = free_name(t)
  local keys_before, keys_after = key_queries(t)
  local added = new_keys(t)
  add('CREATE TEMP TABLE "curlew rebuild" (what TEXT, name TEXT, id INTEGER, at INTEGER, n INTEGER)')
  add(stop(t, "lost rows", ("making %s anew would lose rows"):format(t.name)))
  if keys_before then
    add(stop(t, "broken keys", ("making %s anew would break foreign keys that held before"):format(t.name)))
    add(("INSERT INTO %s (what, name, id, at, n)\n  SELECT 'broken before', * FROM (%s)"):format(NOTES, keys_before))
  end
  add(create(t, new))
  local into, from = copied(t)
  -- OR ABORT, since the table's own ON CONFLICT IGNORE or REPLACE would lose rows in silence.
  add(("INSERT OR ABORT INTO %s (%s) SELECT %s FROM %s"):format(t:qualified(new), into, from, t:qualified()))
  add(("INSERT INTO %s (what) SELECT 'lost rows' WHERE changes() <> (SELECT count(*) FROM %s)"):format(NOTES,
    t:qualified()))
  for _, index in ipairs(t.indexes) do
    local _, rest, unique = names.index(index.sql)
    add(("CREATE %sINDEX %s ON %s %s"):format(unique and "UNIQUE " or "", t:qualified(new .. ": " .. index.name),
      d:quote(new), names.requalify(rest, t.name, d:quote(new))))
  end
  add(counter(t, new))
  for _, sql in ipairs(take_over(t, new)) do add(sql) end
  if keys_after then
    add(("INSERT INTO %s (what) SELECT 'broken keys' WHERE EXISTS (%s\n  EXCEPT SELECT name, id, at, n FROM %s "
      .. "WHERE what = 'broken before')"):format(NOTES, keys_after, NOTES))
  end
  for i, key in ipairs(added) do
    local what = "new key " .. i
    add(stop(t, what, ("rows of %s have no match: %s"):format(t.name, key.text)))
    add(("INSERT INTO %s (what) SELECT %s WHERE EXISTS (%s)"):format(NOTES, d:string(what),
      violations(t, t.name, { key.id })))
  end
  add("DROP TABLE " .. NOTES)
  return list
end

return M
