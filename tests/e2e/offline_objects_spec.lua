--- --sql of what is no table: schemas, sequences, extensions, enums, functions, triggers, views, backfills; ranges over
--- several branches; every kind of literal. The database's own client runs what is printed; what it leaves is compared
--- with what the online run leaves, step by step, up and down.
local e2e = require "support.e2e"
local snapshot = require "support.snapshot"

local PG, MYSQL = e2e.dialect == "postgresql", e2e.dialect == "mysql"

describe("--sql on " .. e2e.db, function()
  after_each(e2e.cleanup)
  local p, other
  before_each(function() p, other = e2e.project(), e2e.database() end)

  local function printed(...)
    local r = p:run(...)
    assert.equal(0, r.code, r.err)
    assert.equal("", r.err)
    return r.out
  end

  local function same(step)
    local expected, got = snapshot.take(p.url), snapshot.take(other)
    assert.equal("", snapshot.difference(expected, got), step)
  end

  --- One move online, and the same by a script.
  local function both(command, target, range)
    local r = p:run(command, target)
    assert.equal(0, r.code, r.err)
    e2e.sql(other, printed(command, range, "--sql"))
    same(command .. " " .. range)
  end

  --- The revisions r1, r2, ..., { up, down } each: one by one up, all down, all up at once, one by one down.
  local function history(revisions)
    local last = "r" .. #revisions
    for n, r in ipairs(revisions) do p:revision { "r" .. n, parent = n > 1 and "r" .. n - 1 or false, up = r[1], down = r[2] } end
    local function id(n) return n > 0 and "r" .. n or "base" end
    for n = 1, #revisions do both("upgrade", id(n), id(n - 1) .. ":" .. id(n)) end
    both("downgrade", "base", last .. ":base")
    both("upgrade", "head", "head")
    if e2e.db == "mysql" then return end -- definitions take their time there
    for n = #revisions, 1, -1 do both("downgrade", id(n - 1), id(n) .. ":" .. id(n - 1)) end
  end

  it("prints enums, and what columns of them need", function()
    history { { [[
      op.create_enum("mood", { "sad", "it's ok" })
      op.create_table("people", { { "id", types.integer, primary_key = true },
        { "mood", types.enum("mood", { "sad", "it's ok" }), server_default = "sad" },
        { "size", types.enum("size", { "s", "l" }, { native = false, check = true }), nullable = false, server_default = "s" } })
      op.insert("people", { mood = "it's ok" })
    ]], [[ op.drop_table("people") op.drop_enum("mood", { if_exists = true }) ]] }, { [[
      op.add_enum_value("mood", "happy", { before = "sad", columns = { { "people", "mood" } } })
    ]], [[
      op.alter_enum("mood", { "sad", "it's ok" }, { rename = { happy = "sad" }, columns = { { "people", "mood" } } })
    ]] }, { [[
      op.alter_enum("mood", { "blue", "it's ok", "happy" }, { rename = { sad = "blue" }, columns = { { "people", "mood" } } })
      op.insert("people", { size = "l" })
    ]], [[
      op.delete("people", { size = "l" })
      op.alter_enum("mood", { "happy", "sad", "it's ok" }, { rename = { blue = "sad" }, columns = { { "people", "mood" } } })
    ]] } }
  end)

  it("prints views, functions and triggers with semicolons in them", function()
    local make, drop
    if PG then
      make = [[
      op.create_function("note()", { returns = "trigger", language = "plpgsql",
        body = "BEGIN INSERT INTO audit (what) VALUES ('a; $$ b'); RETURN NEW; END" })
      op.create_function("twice(n integer)", { returns = "integer", language = "sql", body = "SELECT n * 2;" })
      op.create_trigger("users_note", "users", { when = "after insert or update", execute = "note()" })]]
      drop = [[op.drop_trigger("users_note", "users") op.drop_function("twice(n integer)") op.drop_function("note()")]]
    elseif MYSQL then
      make = [[
      op.create_function("twice(n INT)", { returns = "INT DETERMINISTIC", body = "BEGIN DECLARE r INT; SET r = n * 2; RETURN r; END" })
      op.create_trigger("users_note", "users", { when = "after insert",
        body = "BEGIN INSERT INTO audit (what) VALUES ('a; // b'); INSERT INTO audit (what) VALUES ('c'); END" })]]
      drop = [[op.drop_trigger("users_note", "users") op.drop_function("twice(n INT)")]]
    else
      make = [[op.create_trigger("users_note", "users", { when = "after insert",
        body = "BEGIN INSERT INTO audit (what) VALUES ('a; b'); INSERT INTO audit (what) VALUES ('c'); END" })]]
      drop = [[op.drop_trigger("users_note", "users")]]
    end
    history { { [[
      op.create_table("users", { { "id", types.integer, primary_key = true }, { "name", types.varchar(40) } })
      op.create_table("audit", { { "id", types.integer, primary_key = true }, { "what", types.varchar(40) } })
      op.create_view("names", "SELECT id, name FROM users WHERE name <> ';'")
    ]], [[ op.drop_view("names") op.drop_table("audit") op.drop_table("users") ]] },
      { make .. [[ op.insert("users", { name = "x;y" }) ]], [[ op.delete("users", op.all) op.delete("audit", op.all) ]] .. drop },
      { [[ op.replace_view("names", "SELECT id, name, 1 AS one FROM users") ]],
        [[ op.drop_view("names") op.create_view("names", "SELECT id, name FROM users WHERE name <> ';'") ]] } }
  end)

  if PG then
    it("prints schemas, sequences and extensions", function()
      history { { [[
        op.create_schema("Other One")
        op.create_sequence("numbers", { schema = "Other One" })
        op.create_extension("pg_trgm", { if_not_exists = true })
        op.create_table("t", { { "id", types.bigint, primary_key = true },
          { "n", types.bigint, server_default = op.sql "nextval('\"Other One\".numbers')" } }, { schema = "Other One" })
        op.bulk_insert("t", { { id = 1 }, { id = 2 } }, { schema = "Other One" })
      ]], [[
        op.drop_table("t", { schema = "Other One" })
        op.drop_extension("pg_trgm")
        op.drop_sequence("numbers", { schema = "Other One" })
        op.drop_schema("Other One")
      ]] }, { [[
        op.create_index("ix_t", "t", { op.sql "(n::text) gin_trgm_ops" }, { using = "gin", schema = "Other One" })
        op.add_column("t", { "ref", types.bigint, references = { "Other One", "t", "id" } }, { schema = "Other One" })
      ]], [[
        op.drop_column("t", "ref", { schema = "Other One" })
        op.drop_index("ix_t", { table = "t", schema = "Other One" })
      ]] } }
    end)
  end

  it("prints backfills as loops", function()
    history { { [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(20) }, { "b", types.varchar(40) } })
      for i = 1, 50 do op.insert("t", { id = i * 3, a = "it's " .. i }) end
    ]], [[ op.drop_table("t") ]] }, { [[
      op.batch_update("t", { set = { b = op.sql(ctx.dialect == "mysql" and "CONCAT(a, '; \\\\')" or "a || '; \\'") },
        where = op.sql "id <> 9", batch_size = 7 })
      op.batch_delete("t", { where = op.sql "id > 120", batch_size = 5 })
    ]], [[ op.update("t", { b = op.null }, op.all) op.bulk_insert("t", (function()
        local rows = {}
        for i = 41, 50 do rows[#rows + 1] = { id = i * 3, a = "it's " .. i } end
        return rows
      end)()) ]] } }
  end)

  it("follows ranges over several branches, and stamps", function()
    local function table_of(name) return ([[op.create_table(%q, { { "id", types.integer, primary_key = true } })]]):format(name) end
    local function add(id, options)
      options[1], options.up, options.down = id, table_of("t_" .. id), ([[op.drop_table("t_%s")]]):format(id)
      p:revision(options)
    end
    add("a1", { parent = false })
    add("b1", { parent = "a1", labels = "left" })
    add("b2", { parent = "b1" })
    add("c1", { parent = "a1", labels = "right" })
    add("d1", { parent = { "b2", "c1" } })
    add("e1", { parent = false, depends_on = "left", labels = "extra" })
    both("upgrade", "b1", ":b1")
    both("upgrade", "c1", "b1:c1")
    assert.same({ "b1", "c1" }, p:rows()) -- c1 came beside b1
    e2e.sql(other, printed("upgrade", "b1:b2", "--sql"))
    assert.equal(0, p:run("upgrade", "b2").code)
    same("one of two branches")
    assert.equal(0, p:run("upgrade", "heads").code)
    -- A range begins with one revision and what it stands on; the rest takes the real rows.
    local r = p:run("--url", other, "upgrade", "heads", "--dry-run")
    assert.equal(0, r.code, r.err)
    e2e.sql(other, r.out)
    same("a merge and a dependent")
    r = p:run("--url", other, "downgrade", "extra@base", "--dry-run")
    assert.equal(0, r.code, r.err)
    e2e.sql(other, r.out)
    assert.equal(0, p:run("downgrade", "extra@base").code)
    same("a dependent undone")
    assert.same({ "d1" }, p:rows())
    both("downgrade", "a1", "d1:a1")
    both("stamp", "d1", "a1:d1")
    both("stamp", "a1", "d1:a1")
    assert.equal(2, p:run("upgrade", "a1:d1").code)
    assert.equal(2, p:run("downgrade", "a1", "--sql").code)
    assert.equal(3, p:run("downgrade", "b1:c1", "--sql").code)
    assert.equal(3, p:run("downgrade", "heads:base", "--sql").code)
  end)

  if MYSQL then
    it("goes by the URL's scheme, since nothing else tells MariaDB from MySQL", function()
      p:revision { "r1", parent = false, up = [[op.execute("SELECT '" .. ctx.server .. "' INTO @server")]] }
      assert.matches("'mariadb' INTO", printed("--url", "mariadb://nobody@nowhere/none", "upgrade", "--sql"))
      assert.matches("'mysql' INTO", printed("--url", "mysql://nobody@nowhere/none", "upgrade", "--sql"))
    end)
  end
end)
