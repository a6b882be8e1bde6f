--- How SQLite's stored definitions are taken apart, changed and put together again, and the statements that come
--- of it (tests/golden/sqlite/rebuild.sql; CURLEW_GOLDEN_UPDATE=1 writes it anew).

local host = require "support.lua_host"
local constraints = require "curlew.dialect.sqlite.rebuild_constraints"
local names = require "curlew.dialect.sqlite.rebuild_names"
local rebuilt = require "curlew.dialect.sqlite.rebuild_table"
local text = require "curlew.dialect.sqlite.rebuild_text"

local WEIRD = [[
CREATE TABLE "we ""ird" ( -- a comment, with CHECK (x)
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  [key] TEXT NOT NULL DEFAULT 'a, b) CHECK (1)' COLLATE NOCASE CONSTRAINT ck_key CHECK (length([key]) > (1 + 2)),
  `n` NUMERIC TEXT(30, 2) UNIQUE ON CONFLICT REPLACE /* , */, d REAL DEFAULT -1.5e-3 NOT NULL, e DEFAULT .5 DEFAULT x'ab'NULL,
  up TEXT GENERATED ALWAYS AS (upper("key" || ')')) STORED, "check" INT AS (1),
  other_id INTEGER CONSTRAINT fk REFERENCES other (id) ON DELETE CASCADE NOT DEFERRABLE UNIQUE,
  CONSTRAINT uq UNIQUE (id, "key" DESC) ON CONFLICT FAIL CHECK(id>1)CONSTRAINT z CHECK(2),
  CHECK (id <> 3),
  CONSTRAINT "f k" FOREIGN KEY (id, other_id) REFERENCES "o t" (a, b) ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED -- end
) STRICT, WITHOUT ROWID]]

describe("a stored definition", function()
  it("is the same text when nothing is changed", function()
    assert.equal(WEIRD, text.write(text.read(WEIRD)))
    local plain = "CREATE TABLE t(a,b, c)"
    assert.equal(plain, text.write(text.read(plain)))
  end)

  it("has its columns and each of their constraints", function()
    local found = {}
    for _, item in ipairs(text.read(WEIRD).items) do
      for _, part in ipairs(item.parts) do
        if part.kind ~= "name" and part.kind ~= "type" then
          found[#found + 1] = ("%s %s %s"):format(item.column or "-", part.kind, part.name or "-")
        end
      end
    end
    assert.same({ "id primary_key -", "key not_null -", "key default -", "key collate -", "key check ck_key", "n unique -",
      "d default -", "d not_null -", "e default -", "e default -", "e null -", "up computed -", "check computed -",
      "other_id foreign_key fk", "other_id unique -", "- unique uq", "- check -", "- check z", "- check -",
      "- foreign_key f k" }, found)
  end)

  it("can be read to its end wherever it breaks off", function()
    for i = 1, #WEIRD do
      local definition = text.read(WEIRD:sub(1, i))
      if definition then text.write(definition) end
    end
  end)

  it("keeps the comment about a column with it when the next one goes or comes", function()
    local sql = "CREATE TABLE t (\n  a INT, -- about a\n  b INT, -- about b\n  c INT -- about c\n)"
    local definition = text.read(sql)
    text.take(definition.items, 2)
    assert.equal("CREATE TABLE t (\n  a INT, -- about a\n -- about b\n  c INT -- about c\n)", text.write(definition))
    definition = text.read(sql)
    text.take(definition.items, 3)
    text.place(definition.items, 2, text.item("d TEXT", true))
    local written = text.write(definition)
    assert.truthy(written:find("a INT, -- about a\n", 1, true))
    assert.truthy(written:find("-- about b\n", 1, true))
    assert.truthy(written:find("d TEXT", 1, true))
  end)

  it("begins as before when the first column goes", function()
    local definition = text.read "CREATE TABLE t (a, b, c)"
    text.take(definition.items, 1)
    assert.equal("CREATE TABLE t (b, c)", text.write(definition))
  end)

  it("never runs words together", function()
    local definition = text.read "CREATE TABLE t (a VARCHAR(3)NOT NULL CHECK(a)UNIQUE)"
    local item = definition.items[1]
    local _, at = rebuilt.part(item, "type")
    text.set(item, at, "TEXT")
    text.remove(item, select(2, rebuilt.part(item, "check")))
    assert.equal("CREATE TABLE t (a TEXT NOT NULL UNIQUE)", text.write(definition))
  end)

  it("tells which column is the rowid", function()
    local function rowid(columns)
      local item = rebuilt.rowid_column(text.read("CREATE TABLE t (" .. columns))
      return item and item.column
    end
    assert.equal("a", rowid "a INTEGER PRIMARY KEY)")
    assert.equal("a", rowid "a integer, b, PRIMARY KEY (a DESC))")
    assert.is_nil(rowid "a INTEGER PRIMARY KEY DESC)")
    assert.is_nil(rowid "a INT PRIMARY KEY)")
    assert.is_nil(rowid "a INTEGER, b INTEGER, PRIMARY KEY (a, b))")
    assert.is_nil(rowid "a INTEGER PRIMARY KEY) WITHOUT ROWID")
  end)
end)

describe("a name within SQL", function()
  it("is found and changed where it is a column", function()
    assert.equal([[b > 1 AND "t".b <> 'a' AND a(b) COLLATE a]],
      names.rename_in_expression([[a > 1 AND "t"."a" <> 'a' AND a(A) COLLATE a]], "a", "b"))
    assert.is_true(names.mentions("lower([A b])", "a B"))
    assert.is_false(names.mentions("lower('a') || a()", "a"))
  end)

  it("is changed where it is the table", function()
    assert.equal('"n".a > t AND "n".b = \'t.c\'', names.requalify([[t.a > t AND "T".b = 't.c']], "t", '"n"'))
  end)

  it("is skipped in the head of an index", function()
    local head, rest, unique = names.index 'CREATE UNIQUE INDEX "on (x" ON "t (y)"(a DESC) WHERE b'
    assert.equal('CREATE UNIQUE INDEX "on (x" ON "t (y)"', head)
    assert.equal("(a DESC) WHERE b", rest)
    assert.is_true(unique)
    assert.is_true(constraints.begins({ kind = "word", text = "references" }))
  end)
end)

-- Statements --------------------------------------------------------------------------------------

local TABLE = [[CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT REFERENCES teams ON DELETE SET NULL,
  note TEXT DEFAULT 'none',
  CONSTRAINT ck_name CHECK (users.name <> '')
)]]

--- A catalog with the one table, an index of it and a table that references it.
local function catalog()
  local conn = {}
  function conn.first(_, sql, params)
    if sql:find "FROM main.sqlite_master" and params and params[1] == "users" then
      return { type = "table", name = "users", sql = TABLE }
    end
    if sql:find "count%(%*%)" then return { n = 0 } end
  end
  function conn.all(_, sql)
    if sql:find "type = 'index'" then
      return { { name = "ix_name", sql = "CREATE INDEX ix_name ON users (name DESC) WHERE users.id > 0" } }
    end
    if sql:find "pragma_foreign_key_list" then return { { child = "posts", id = 0, source = "user_id", target = "id" } } end
    return {}
  end
  function conn.scalar(_, sql) return sql:find "^SELECT count" and 0 or nil end
  function conn.column() return { "users" } end
  return conn
end

local CASES = {
  { "nullability and default", function(op) op.alter_column("users", "note", { nullable = false, server_default = "" }) end },
  { "type with using", function(op, types)
    op.alter_column("users", "note", { type = types.integer, using = "length(note)" })
  end },
  { "a foreign key", function(op)
    op.create_foreign_key("fk_note", "users", "notes", { "note" }, { "text" }, { ondelete = "cascade" })
  end },
  { "no longer numbered for good", function(op) op.alter_column("users", "id", { autoincrement = false }) end },
  { "several changes", function(op, types)
    op.batch_alter_table("users", function(t)
      t.add_column({ "mail", types.text, unique = true })
      t.drop_constraint("ck_name")
      t.alter_column("name", { new_column_name = "full name", nullable = true })
      t.create_index("ix_mail", { "mail" })
    end)
  end },
}

describe("the statements of a rebuild", function()
  it("are what is kept", function()
    local path = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/tests/golden/sqlite/rebuild.sql"
    local parts = {}
    for _, case in ipairs(CASES) do
      parts[#parts + 1] = ("-- %s\n"):format(case[1])
      local statements = host.sql("sqlite", function(op) case[2](op, op.types) end, { conn = catalog() })
      parts[#parts + 1] = table.concat(statements, ";\n") .. ";\n\n"
    end
    local found = table.concat(parts):sub(1, -2)
    if os.getenv "CURLEW_GOLDEN_UPDATE" == "1" then
      local file <close> = assert(io.open(path, "wb"))
      file:write(found)
    end
    local file <close> = assert(io.open(path, "rb"))
    assert.equal(file:read "a", found)
  end)

  it("are none where nothing changes", function()
    local function count(fn) return #host.compile("sqlite", fn, { conn = catalog() }) end
    assert.equal(0, count(function(op) op.alter_column("users", "name", { nullable = false }) end))
    assert.equal(0, count(function(op) op.alter_column("users", "note", { type = op.types.text }) end))
    assert.equal(0, count(function(op) op.alter_column("users", "note", { server_default = "none" }) end))
    assert.equal(0, count(function(op) op.alter_column("users", "note", { existing_type = op.types.text }) end))
    assert.equal(0, count(function(op) op.drop_constraint("ck_gone", "users", { if_exists = true }) end))
  end)
end)
