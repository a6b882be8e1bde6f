--- What a rebuild of a table does beyond keeping everything (sqlite_rebuild_matrix_spec.lua): what it refuses,
--- keys that come and go, names that are in the way, transactions, settings of the file, kills.

local e2e = require "support.e2e"

if e2e.db ~= "sqlite" then return end

--- A project whose first revision has run SQL; `up` and `down` are the second one.
local function project(sql, up, down, options)
  local p = e2e.project(options)
  if sql then p:sql(sql) end
  p:revision { "0001", up = up, down = down or "" }
  return p
end

local function upgrade(p)
  local r = p:run("upgrade")
  assert.equal(0, r.code, r.err)
  assert.same({ { "ok" } }, p:sql("PRAGMA integrity_check"))
  return r
end

local function table_sql(p, name)
  local text = p:sql(("SELECT replace(sql, char(10), '') FROM sqlite_master WHERE name = '%s'"):format(name))[1][1]
    :gsub("  +", " "):gsub("%( ", "("):gsub(", *", ", ")
  return text
end

--- Upgrades, expects a failure that says `words`, and that the file is what it was.
local function refuses(sql, up, words)
  local p = project(sql, up)
  local dump = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE '%curlew%' ORDER BY rowid"
  local before = p:sql(dump)
  local r = p:run("upgrade")
  assert.equal(1, r.code, r.err)
  for _, part in ipairs(words) do assert.truthy(r.err:find(part, 1, true), part .. "\n-- is not in:\n" .. r.err) end
  assert.same(before, p:sql(dump))
  assert.same({ { "ok" } }, p:sql("PRAGMA integrity_check"))
  return p
end

local USERS = [[CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INT);
INSERT INTO users VALUES (1, 'ann', 30), (2, NULL, 40), (5, NULL, 50);]]

describe("a rebuild refuses", function()
  after_each(e2e.cleanup)

  it("NOT NULL where there are NULLs, saying how many", function()
    refuses(USERS, [[op.alter_column("users", "name", { nullable = false })]],
      { "users.name", "NULL in 2 rows", "rowid 2", "0001.lua:" })
  end)

  it("a NOT NULL column without a default for rows", function()
    refuses(USERS, [[op.add_column("users", { "mail", types.text, nullable = false })]],
      { "the 3 rows of users", "mail", "server_default" })
  end)

  it("UNIQUE, a CHECK and a foreign key that the rows break", function()
    local duplicates = USERS .. "UPDATE users SET age = 7;"
    refuses(duplicates, [[op.create_unique_constraint("uq", "users", { "age" })]], { "UNIQUE", "users", "age" })
    refuses(USERS, [[op.create_check_constraint("ck_age", "users", "age < 45")]], { "CHECK", "ck_age" })
    refuses(USERS .. "CREATE TABLE team (id INTEGER PRIMARY KEY);",
      [[op.create_foreign_key("fk_team", "users", "team", { "age" }, { "id" })]],
      { "rows of users have no match", "fk_team", "team" })
  end)

  it("values that don't fit a STRICT column", function()
    refuses("CREATE TABLE s (id INTEGER PRIMARY KEY, v ANY) STRICT; INSERT INTO s VALUES (1, 'word');",
      [[op.alter_column("s", "v", { type = types.integer })]], { "cannot store TEXT value in INTEGER column", "v" })
  end)

  it("one of several operations at its own line", function()
    local p = refuses(USERS, [[op.alter_column("users", "age", { nullable = false })
op.create_check_constraint("ck", "users", "age > 0")
op.drop_constraint("ck_none", "users")
op.create_check_constraint("ck2", "users", "age > 1")]], { "constraint ck_none", "step 3" })
    local before = p:read("migrations/versions/0001.lua"):match("^(.*)op%.drop_constraint")
    local line = select(2, before:gsub("\n", "")) + 1
    local found = p:run("upgrade").err
    assert.truthy(found:find(("0001.lua:%d"):format(line), 1, true), line .. found)
  end)

  it("to drop a column that a view or a trigger uses, by name", function()
    local drop = [[op.drop_column("users", "age")]]
    refuses(USERS .. "CREATE VIEW \"old ones\" AS SELECT name FROM users WHERE age > 60;", drop,
      { "the view old ones uses users.age" })
    refuses(USERS .. "CREATE TRIGGER grow BEFORE UPDATE ON users WHEN NEW.age < OLD.age BEGIN SELECT 1; END;", drop,
      { "the trigger grow uses users.age" })
    refuses(USERS .. "CREATE TRIGGER grow BEFORE UPDATE OF name, age ON users BEGIN SELECT 1; END;",
      drop, { "the trigger grow uses users.age" })
  end)

  it("to drop a column that is used by way of another view or table", function()
    refuses(USERS .. "CREATE VIEW everything AS SELECT * FROM users; CREATE VIEW ages AS SELECT age FROM everything;",
      [[op.drop_column("users", "age")]], { "age", "ages" })
    refuses(USERS .. [[CREATE TABLE log (x); CREATE TRIGGER far AFTER INSERT ON log BEGIN UPDATE users SET age = 1; END;]],
      [[op.drop_column("users", "age")]], { "age" })
  end)

  it("to drop or rename a column that something speaks of which SQLite can't understand", function()
    local strange = USERS .. "CREATE TRIGGER strange AFTER INSERT ON users BEGIN SELECT app_function(age) FROM users; END;"
    refuses(strange, [[op.drop_column("users", "age")]], { "the trigger strange speaks of users and age" })
    refuses(strange, [[op.alter_column("users", "age", { new_column_name = "years" })]],
      { "the trigger strange speaks of users and age" })
  end)

  it("to drop what a foreign key of another table references", function()
    local sql = [[CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT CONSTRAINT uq UNIQUE, v INT);
CREATE TABLE kid (p_code TEXT REFERENCES p (code) ON DELETE CASCADE);
INSERT INTO p VALUES (1, 'a', 1); INSERT INTO kid VALUES ('a');]]
    refuses(sql, [[op.drop_constraint("uq", "p")]], { "the foreign key kid (p_code) references p (code)" })
    refuses(sql, [[op.drop_column("p", "code")]], { "the foreign key kid (p_code) references p (code)" })
  end)

  it("what is not there, or there already, with the nearest name", function()
    refuses(USERS, [[op.alter_column("users", "nane", { nullable = false })]], { "no column nane", "name" })
    refuses(USERS, [[op.drop_constraint("ck_x", "users")]], { "no", "constraint ck_x" })
    refuses(USERS, [[op.alter_column("user", "name", { nullable = false })]], { "no table user", "users" })
    refuses(USERS, [[op.create_primary_key("pk", "users", { "age" })]], { "has a primary key already" })
    refuses(USERS .. "CREATE VIEW v AS SELECT 1 AS name;", [[op.alter_column("v", "name", { nullable = false })]],
      { "is a view" })
  end)
end)

describe("a rebuild", function()
  after_each(e2e.cleanup)

  it("is shared by consecutive operations on one table, and by a batch", function()
    local p = project(nil, [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.text }, { "b", types.text } })
      op.alter_column("t", "a", { nullable = false })
      op.create_check_constraint("ck", "t", "a <> ''")
      op.create_unique_constraint("uq", "t", { "b" })
      op.drop_column("t", "b", { if_exists = true })
      op.batch_alter_table("t", function(t)
        t.add_column({ "c", types.text, unique = true })
        t.drop_constraint("ck")
      end)]])
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    assert.equal(1, select(2, r.out:gsub("writable_schema = RESET", "")))
    e2e.write(p:path("script.sql"), r.out)
    p:sql(r.out)
    assert.equal("CREATE TABLE t (id INTEGER NOT NULL, a TEXT NOT NULL, c TEXT, PRIMARY KEY (id), UNIQUE (c))",
      table_sql(p, "t"))
  end)

  it("fails when a row or a reference got lost meanwhile", function()
    local p = project(nil, [[
      op.execute "CREATE TABLE p (id INT PRIMARY KEY, v TEXT); CREATE TABLE k (p_id INT REFERENCES p ON DELETE CASCADE)"
      op.execute "INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO k VALUES (1), (2)"
      op.alter_column("p", "v", { server_default = "x" })]])
    local script = p:run("upgrade", "--sql").out
    local function run_with(sql, before)
      local at = assert(script:find(before, 1, true))
      return pcall(p.sql, p, script:sub(1, at - 1) .. sql .. script:sub(at))
    end
    local copied = 'INSERT INTO temp."curlew rebuild" (what) SELECT \'lost rows\''
    local ok, why = run_with('DELETE FROM "p (new)" WHERE id = 1;\n', copied)
    assert.is_false(ok)
    assert.truthy(tostring(why):find("making p anew would lose rows", 1, true), why)
    ok, why = run_with('UPDATE "p (new)" SET id = 3 WHERE id = 2;\n', copied)
    assert.is_false(ok)
    assert.truthy(tostring(why):find("making p anew would break foreign keys", 1, true), why)
    assert.is_true(run_with("", copied))
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM k"))
  end)

  it("fills NULLs from a new default, and changes values as told", function()
    local p = project(USERS, [[
      op.alter_column("users", "name", { nullable = false, server_default = "nobody" })
      op.alter_column("users", "age", { type = types.text, using = "age || ' years'" })]])
    upgrade(p)
    assert.same({ { "1", "ann", "30 years" }, { "2", "nobody", "40 years" }, { "5", "nobody", "50 years" } },
      p:sql("SELECT * FROM users"))
  end)

  it("drops indexes and constraints over a dropped column", function()
    local p = project([[CREATE TABLE t (id INTEGER PRIMARY KEY, a INT CHECK (a > 0), b INT UNIQUE, c INT, d INT REFERENCES t (id),
  UNIQUE (a, b), CHECK (a < c));
CREATE INDEX i1 ON t (b, c); CREATE INDEX i2 ON t (c) WHERE b IS NOT NULL;
CREATE INDEX i3 ON t (abs(b)); CREATE INDEX i4 ON t (c);
INSERT INTO t VALUES (1, 1, 1, 2, 1);]], [[op.drop_column("t", "b") op.drop_column("t", "a") op.drop_column("t", "d")]])
    upgrade(p)
    assert.equal("CREATE TABLE t (id INTEGER PRIMARY KEY, c INT)", table_sql(p, "t"))
    assert.same({ { "i4" } }, p:sql("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 't'"))
    assert.same({ { "1", "2" } }, p:sql("SELECT * FROM t"))
  end)

  it("changes who is the rowid", function()
    local p = project([[CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER);
INSERT INTO t VALUES (3, 30), (9, 10); DELETE FROM t WHERE id = 9; INSERT INTO t VALUES (4, 20);]], [[
      op.drop_constraint(nil, "t", { type = "primary" })
      op.create_primary_key("pk_t", "t", { "a" })]])
    upgrade(p)
    assert.equal("CREATE TABLE t (id INTEGER, a INTEGER, CONSTRAINT pk_t PRIMARY KEY (a))", table_sql(p, "t"))
    assert.same({ { "20", "4", "20" }, { "30", "3", "30" } }, p:sql("SELECT rowid, * FROM t"))
    assert.same({}, p:sql("SELECT * FROM sqlite_sequence"))
  end)

  it("keeps a wider integer key the rowid, and another type's key no rowid", function()
    local p = project([[CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); INSERT INTO t (a) VALUES ('x');
CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); INSERT INTO u (a) VALUES ('x');
CREATE TABLE v (id INT PRIMARY KEY, a TEXT); INSERT INTO v (rowid, id) VALUES (5, 7);]], [[
      op.alter_column("t", "id", { type = types.bigint })
      op.alter_column("u", "id", { type = types.text })
      op.alter_column("v", "id", { autoincrement = true })]])
    upgrade(p)
    assert.equal("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)", table_sql(p, "t"))
    assert.equal("CREATE TABLE u (id TEXT PRIMARY KEY, a TEXT)", table_sql(p, "u"))
    assert.equal("CREATE TABLE v (id INTEGER PRIMARY KEY, a TEXT)", table_sql(p, "v"))
    assert.same({ { "1", "1" } }, p:sql("SELECT rowid, id FROM u"))
    assert.same({ { "7", "7" } }, p:sql("SELECT rowid, id FROM v"))
  end)

  it("adds a key that numbers the rows", function()
    local p = project("CREATE TABLE t (a TEXT); INSERT INTO t (rowid, a) VALUES (4, 'x'), (6, 'y');",
      [[op.add_column("t", { "id", types.integer, primary_key = true })]])
    upgrade(p)
    assert.same({ { "4", "x" }, { "6", "y" } }, p:sql("SELECT id, a FROM t"))
  end)

  it("gives a column the name of one that goes in the same step", function()
    local p = project([[CREATE TABLE t (id INTEGER PRIMARY KEY, old TEXT UNIQUE, new TEXT, n INT);
CREATE VIEW v AS SELECT new FROM t; CREATE INDEX i ON t (new); INSERT INTO t VALUES (1, 'o', 'n', 2);]], [[
      op.batch_alter_table("t", function(t)
        t.drop_column("old")
        t.alter_column("new", { new_column_name = "old" })
        t.alter_column("old", { nullable = false })
        t.create_check_constraint("ck", "old <> ''")
      end)]])
    upgrade(p)
    assert.equal("CREATE TABLE t (id INTEGER PRIMARY KEY, old TEXT NOT NULL, n INT, CONSTRAINT ck CHECK (old <> ''))",
      table_sql(p, "t"):gsub('"old"', "old"))
    assert.same({ { "n" } }, p:sql("SELECT * FROM v"))
    assert.same({ { "1", "n", "2" } }, p:sql("SELECT * FROM t INDEXED BY i WHERE old = 'n'"))
  end)

  it("renames a column beside what SQLite can't understand", function()
    local p = project(USERS .. [[CREATE VIEW broken AS SELECT gone FROM nowhere; CREATE VIEW ages AS SELECT age FROM users;
CREATE TRIGGER strange AFTER INSERT ON users BEGIN SELECT app_function(NEW.name); END;]], [[
      op.alter_column("users", "age", { new_column_name = "years" })]])
    upgrade(p)
    assert.same({ { "30" }, { "40" }, { "50" } }, p:sql("SELECT * FROM ages"))
    assert.equal("CREATE VIEW broken AS SELECT gone FROM nowhere", table_sql(p, "broken"))
  end)

  it("replaces the CHECK of an enum", function()
    local p = project(nil, [[
      op.create_table("t", { { "id", types.integer }, { "s", types.enum("state", { "new", "done" }) } })
      op.insert("t", { { id = 1, s = "new" } })
      op.alter_column("t", "s", { type = types.enum("state", { "new", "done", "gone away" }) })
      op.insert("t", { { id = 2, s = "gone away" } })]])
    upgrade(p)
    assert.equal(1, select(2, table_sql(p, "t"):gsub("CHECK", "")))
  end)

  it("is not confused by tables and settings of others", function()
    local p = project(USERS .. [[CREATE TABLE "users (new)" (x); CREATE TABLE _alembic_tmp_users (id INT);
INSERT INTO "users (new)" VALUES (1);]], [[op.alter_column("users", "age", { nullable = false })]])
    upgrade(p)
    assert.same({ { "1" } }, p:sql('SELECT * FROM "users (new)"'))
    assert.same({ { "3" } }, p:sql("SELECT count(*) FROM users"))
  end)

  for _, setting in ipairs { "auto_vacuum = FULL", "auto_vacuum = INCREMENTAL", "journal_mode = WAL", "page_size = 512" } do
    it("works in a file with " .. setting, function()
      local p = project("PRAGMA " .. setting .. "; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT);" .. [[
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO t SELECT i, hex(randomblob(50)) || i, i FROM n;
CREATE INDEX i ON t (b); CREATE TABLE after_it (x UNIQUE); INSERT INTO after_it VALUES (1);]], [[
        op.alter_column("t", "a", { nullable = false })
        op.drop_constraint(nil, "t", { type = "unique", columns = { "a" } })]])
      local before = p:sql("SELECT count(*), sum(b), sum(length(a)) FROM t")
      upgrade(p)
      assert.same(before, p:sql("SELECT count(*), sum(b), sum(length(a)) FROM t"))
      assert.same({ { "1" } }, p:sql("SELECT * FROM after_it"))
    end)
  end

  it("stands in the middle of a transaction with rows that still lack their parents", function()
    local p = project([[CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE k (id INTEGER PRIMARY KEY, p_id INT REFERENCES p DEFERRABLE INITIALLY DEFERRED, w TEXT);]], [[
      op.execute "INSERT INTO k VALUES (1, 7, 'w')"
      op.alter_column("k", "w", { nullable = false })
      op.alter_column("p", "v", { server_default = "x" })
      op.execute "INSERT INTO p (id) VALUES (7)"]])
    upgrade(p)
    assert.same({ { "1", "7", "w" } }, p:sql("SELECT * FROM k"))
    local q = project([[CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE k (id INTEGER PRIMARY KEY, p_id INT REFERENCES p DEFERRABLE INITIALLY DEFERRED, w TEXT);]], [[
      op.execute "INSERT INTO k VALUES (1, 7, 'w')"
      op.alter_column("k", "w", { nullable = false })]])
    local r = q:run("upgrade")
    assert.equal(1, r.code)
    assert.truthy(r.err:find("FOREIGN KEY", 1, true), r.err)
  end)

  it("leaves the connection as it was: foreign keys act in the same transaction", function()
    local p = project([[CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE k (p_id INT REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1, 'a'), (2, 'b');
INSERT INTO k VALUES (1), (2);]], [[
      op.alter_column("p", "v", { nullable = false })
      op.delete("p", { id = 1 })
      assert(not op.get_bind():try("UPDATE sqlite_master SET sql = sql"))]])
    upgrade(p)
    assert.same({ { "2" } }, p:sql("SELECT * FROM k"))
  end)

  it("undone by a savepoint leaves the table and the connection as they were", function()
    local p = project(USERS, [[
      local ok = op.savepoint(function()
        op.alter_column("users", "age", { nullable = false })
        op.execute "SELECT nothing FROM nowhere"
      end)
      assert(not ok)
      op.alter_column("users", "age", { server_default = 3 })
      op.execute "INSERT INTO users (id) VALUES (9)"]])
    upgrade(p)
    assert.equal("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INT DEFAULT 3)", table_sql(p, "users"))
    assert.same({ { "4", "123" } }, p:sql("SELECT count(*), sum(age) FROM users"))
  end)

  it("works on a temporary table and outside a transaction", function()
    local p = project(USERS, [[
      op.execute "CREATE TEMP TABLE scratch (id INT, v TEXT); INSERT INTO scratch VALUES (1, 'a')"
      op.alter_column("scratch", "v", { nullable = false })
      assert(op.get_bind():scalar("SELECT v FROM scratch") == "a")
      op.alter_column("users", "age", { nullable = false })]], nil, { config = 'transaction = "none",' })
    upgrade(p)
    assert.truthy(table_sql(p, "users"):find("age INT NOT NULL", 1, true))
  end)

  it("killed at any time leaves the table as it was, or done", function()
    local p = project([[CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT); CREATE INDEX i ON t (b);
CREATE TABLE k (t_id INT REFERENCES t ON DELETE CASCADE);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
  INSERT INTO t SELECT i, hex(randomblob(20)), i FROM n;
INSERT INTO k SELECT id FROM t WHERE id % 100 = 0;]], [[op.alter_column("t", "a", { nullable = false })]],
      [[op.alter_column("t", "a", { nullable = true })]])
    local killed = 0
    for i = 1, 12 do
      local job = p:start("upgrade")
      os.execute(("sleep %.3f"):format(0.03 + i * 0.02))
      job:signal("KILL")
      job:wait(10)
      assert.same({ { "ok" } }, p:sql("PRAGMA integrity_check"))
      assert.same({ { "60000", "1800030000" } }, p:sql("SELECT count(*), sum(b) FROM t"))
      assert.same({ { "600" } }, p:sql("SELECT count(*) FROM k"))
      local done = table_sql(p, "t"):find("NOT NULL") ~= nil
      assert.equal(done and 1 or 0, #p:rows())
      if done then p:run("downgrade", "base") else killed = killed + 1 end
      assert.same({}, p:sql("SELECT name FROM sqlite_master WHERE name LIKE '%(new)%'"))
    end
    assert.truthy(killed > 0)
    upgrade(p)
  end)
end)
