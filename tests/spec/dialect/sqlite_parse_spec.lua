--- What is read from the SQL that SQLite keeps.

require "support.lua_host"
local alter = require "curlew.dialect.sqlite.alter"
local host = require "support.lua_host"
local parse = require "curlew.dialect.sqlite.parse"

local SQL = [[
CREATE TABLE "we ""ird" ( -- a comment, with CHECK (x)
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  [key] TEXT NOT NULL DEFAULT 'a, b) CHECK (1)' COLLATE NOCASE CONSTRAINT ck_key CHECK (length([key]) > (1 + 2)),
  `n` NUMERIC TEXT(30, 2) UNIQUE ON CONFLICT REPLACE /* , */,
  up TEXT GENERATED ALWAYS AS (upper("key" || ')')) STORED,
  other_id INTEGER CONSTRAINT fk REFERENCES other (id) ON DELETE CASCADE,
  CONSTRAINT uq UNIQUE (id, "key" DESC),
  CHECK (id <> 3),
  CONSTRAINT "f k" FOREIGN KEY (id, other_id) REFERENCES "o t" (a, b) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID]]

describe("CREATE TABLE as SQLite keeps it", function()
  local t = parse.create_table(SQL)

  it("has its columns, whatever their quotes", function()
    local names = {}
    for i, column in ipairs(t.columns) do names[i] = column.name end
    assert.same({ "id", "key", "n", "up", "other_id" }, names)
    assert.equal("id INTEGER PRIMARY KEY AUTOINCREMENT", t.columns[1].text)
  end)

  it("has its constraints with names and columns", function()
    local found = {}
    for i, c in ipairs(t.constraints) do
      found[i] = ("%s %s (%s) %s"):format(c.kind, c.name or "-", table.concat(c.columns or {}, ","),
        c.expression or c.referent or "")
    end
    assert.same({
      "primary_key - (id) ", "check ck_key () length([key]) > (1 + 2)", "unique - (n) ", "foreign_key fk (other_id) other",
      "unique uq (id,key) ", "check - () id <> 3", "foreign_key f k (id,other_id) o t",
    }, found)
  end)

  it("has its options", function()
    assert.equal("STRICT, WITHOUT ROWID", t.suffix)
    assert.is_true(t.autoincrement)
  end)

  it("has expressions and collations of columns", function()
    assert.equal("upper(\"key\" || ')')", (parse.column_extras(t.columns[4].text)))
    assert.equal("NOCASE", select(2, parse.column_extras(t.columns[2].text)))
  end)

  it("never runs off the end of broken text", function()
    for i = 1, #SQL do parse.create_table(SQL:sub(1, i)) end
  end)
end)

describe("ALTER TABLE on SQLite", function()
  local function adds(fn)
    local op, h = host.op "sqlite"
    op.add_column("t", fn(op, op.types))
    return alter.can_add(h.steps[1])
  end

  it("adds what needs no look at the rows", function()
    assert.is_true(adds(function(_, t) return { "a", t.text } end))
    assert.is_true(adds(function(_, t) return { "a", t.text, nullable = false, server_default = "x" } end))
    assert.is_true(adds(function(_, t) return { "a", t.integer, references = "u.id" } end))
    assert.is_true(adds(function(_, t) return { "a", t.integer, check = "a > 0", index = true } end))
    assert.is_true(adds(function(_, t) return { "a", t.integer, computed = { "b + 1" } } end))
  end)

  it("leaves the rest to a rebuild", function()
    assert.is_false(adds(function(_, t) return { "a", t.text, nullable = false } end))
    assert.is_false(adds(function(_, t) return { "a", t.text, unique = true } end))
    assert.is_false(adds(function(_, t) return { "a", t.integer, primary_key = true } end))
    assert.is_false(adds(function(op, t) return { "a", t.date, server_default = op.sql "CURRENT_DATE" } end))
    assert.is_false(adds(function(_, t) return { "a", t.integer, references = "u.id", server_default = 1 } end))
    assert.is_false(adds(function(_, t) return { "a", t.integer, computed = { "b + 1", persisted = true } } end))
  end)
end)
