--- Every operation that makes a table of SQLite anew, crossed with everything that a table may have: all rows
--- and the whole of sqlite_master are compared before and after, and once more when it has been undone.

local e2e = require "support.e2e"
local matrix = require "support.rebuild_matrix"

if e2e.db ~= "sqlite" then return end

local function quoted(name) return '"' .. name:gsub('"', '""') .. '"' end

--- A feature's SQL for a table of a name.
local function fill(sql, name)
  local inner = name:gsub('"', "")
  return (sql:gsub("%$t", (quoted(name):gsub("%%", "%%%%"))):gsub("%$n", (inner:gsub("%%", "%%%%"))))
end

local function sqlite(p, sql) return p:sql(sql) end

--- Everything in the database but curlew's own tables: { schema = list in the file's order, rows = by table }.
local function snapshot(p, without)
  local result = { schema = {}, rows = {} }
  local own = "m.name NOT LIKE 'curlew%' AND m.tbl_name NOT LIKE 'curlew%'"
  for i, row in ipairs(sqlite(p, "SELECT type, name, tbl_name, replace(ifnull(sql, ''), char(10), ' ')"
      .. " FROM sqlite_master AS m WHERE " .. own)) do
    result.schema[i] = (table.concat(row, "\t"):gsub(" +", " "))
  end
  local skip = "'d'"
  for _, name in ipairs(without or {}) do skip = skip .. ", '" .. name .. "'" end
  local queries = {}
  for _, row in ipairs(sqlite(p, ([[SELECT m.name, group_concat('quote("' || replace(c.name, '"', '""') || '")', ' || ''|'' || '),
      m.sql LIKE '%%WITHOUT ROWID%%'
    FROM sqlite_master AS m, pragma_table_xinfo(m.name) AS c
    WHERE m.type = 'table' AND %s AND c.name NOT IN (%s) GROUP BY m.name ORDER BY m.name]]):format(own, skip))) do
    local name, columns, no_rowid = table.unpack(row)
    queries[#queries + 1] = ("SELECT '%s', %s, %s FROM %s;"):format(name:gsub("'", "''"), no_rowid == "1" and "'-'" or "_rowid_",
      columns, quoted(name))
  end
  for _, row in ipairs(sqlite(p, table.concat(queries, "\n"))) do
    local rows = result.rows[row[1]] or {}
    result.rows[row[1]] = rows
    rows[#rows + 1] = row[2] .. ": " .. row[3]
  end
  assert.same({ { "ok" } }, sqlite(p, "PRAGMA integrity_check"))
  return result
end

--- The tables that an operation is tried on: { feature =, name = }.
local function tables_for(operation)
  local list = {}
  for _, feature in ipairs(matrix.features) do
    local fits = not ((feature.strict and operation.strict) or (feature.untyped and operation.untyped)
      or (feature.broken and operation.broken))
    for _, name in ipairs(fits and matrix.names or {}) do
      list[#list + 1] = { feature = feature, name = name:format(#list + 1) }
    end
  end
  return list
end

local function project(operation, tables)
  local sql = { "CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT UNIQUE);",
    "INSERT INTO codes (code) VALUES ('one'), ('two'), ('three');" }
  local up, down = {}, {}
  for _, t in ipairs(tables) do
    sql[#sql + 1] = fill(t.feature[2], t.name)
    local head = ("do local T, N = %q, %q "):format(t.name, (t.name:gsub('"', "")))
    up[#up + 1] = head .. operation[2] .. " end"
    table.insert(down, 1, head .. operation[3] .. " end")
  end
  local p = e2e.project()
  p:sql(table.concat(sql, "\n"))
  p:revision { "0001", up = "" }
  p:revision { "0002", up = table.concat(up, "\n"), down = table.concat(down, "\n") }
  local r = p:run("upgrade", "0001")
  assert.equal(0, r.code, r.err)
  return p
end

--- What sqlite_master says afterwards; entries that UNIQUE made are left to the table's text.
local function expected_schema(before, operation, tables)
  local texts = {}
  for _, t in ipairs(tables) do texts["table\t" .. t.name .. "\t"] = t end
  local list = {}
  for _, line in ipairs(before) do
    local kind, name = line:match("^(%w+)\t([^\t]*)\t")
    local t = kind == "table" and texts["table\t" .. name .. "\t"]
    if t then
      local head, sql = line:match("^(.-\t.-\t.-\t)(.*)$")
      line = head .. operation.text(sql, (t.name:gsub('"', "")))
    end
    if not name:find("^sqlite_autoindex") then list[#list + 1] = line end
  end
  for _, index in ipairs(operation.indexes or {}) do
    for _, t in ipairs(tables) do
      local written = fill(index:gsub("%$t", "\1"), t.name)
      written = written:gsub("\1", (t.name:find("^t%d+$") and t.name or quoted(t.name)))
      list[#list + 1] = ("index\t%s\t%s\t%s"):format(written:match('INDEX "(.-)"'), t.name, written)
    end
  end
  table.sort(list)
  return list
end

--- Without what follows from the tables' text; `comments` says whether comments count (SQLite's own ADD COLUMN
--- puts a column before the comment on the last one).
local function without_autoindexes(schema, comments)
  local list = {}
  for _, line in ipairs(schema) do
    if comments == false then line = line:gsub("%-%- five, %(or more ", "") end
    if not line:find("^index\tsqlite_autoindex") then list[#list + 1] = line end
  end
  table.sort(list)
  return list
end

--- The first lines in which two lists differ.
local function assert_same_lines(expected, got)
  for i = 1, math.max(#expected, #got) do assert.equal(expected[i], got[i]) end
end

local function assert_same_rows(expected, got)
  for name, rows in pairs(expected) do assert.same({ [name] = rows }, { [name] = got[name] }) end
  for name in pairs(got) do assert.truthy(expected[name], name .. " has rows now") end
end

describe("a table of SQLite made anew to", function()
  after_each(e2e.cleanup)

  for _, operation in ipairs(matrix.operations) do
    it(operation[1] .. " keeps all else, and is undone", function()
      local tables = tables_for(operation)
      local p = project(operation, tables)
      local without = (operation.changes_c or operation.renames) and { "c", "c 2" } or {}
      local whole, before = snapshot(p), snapshot(p, without)
      local up = p:run("upgrade")
      assert.equal(0, up.code, up.err)
      local after = snapshot(p, without)
      assert_same_rows(before.rows, after.rows)
      assert_same_lines(expected_schema(before.schema, operation, tables), without_autoindexes(after.schema))
      local down = p:run("downgrade", "-1")
      assert.equal(0, down.code, down.err)
      local undone = snapshot(p, operation.changes_c and without or {})
      assert_same_rows(operation.changes_c and before.rows or whole.rows, undone.rows)
      if operation.order then
        assert_same_lines(without_autoindexes(whole.schema, false), without_autoindexes(undone.schema, false))
      else
        assert_same_lines(whole.schema, undone.schema)
      end
    end)
  end
end)
