--- curlew.testing: fresh databases for a team's specs, moved along the history, filled, compared.
local e2e = require "support.e2e"
local library = require "support.library"

--- What testing.fresh is given: in memory, and beside the database of the test.
local URL = e2e.db ~= "sqlite" and os.getenv("CURLEW_TEST_" .. e2e.db:upper() .. "_URL") or nil

describe("curlew.testing", function()
  after_each(e2e.cleanup)
  local p

  before_each(function()
    p = e2e.project()
    p:revision { "aaaa1", up = [[op.create_table("t", { { "id", types.bigint, primary_key = true }, { "name", types.varchar(50) } })]],
      down = [[op.drop_table("t")]] }
    p:revision { "bbbb2", up = [[op.add_column("t", { "size", types.integer }) op.update("t", { size = 1 }, op.all)]],
      down = [[op.drop_column("t", "size")]] }
  end)

  local function passes(text)
    local r = library.lua(p, ("local testing, URL = require 'curlew.testing', %s\n"):format(URL and ("%q"):format(URL) or "nil")
      .. text .. "\nprint 'passed'")
    assert.equal("passed\n", r.out, r.err)
    assert.equal(0, r.code)
    return r
  end

  it("gives fresh databases that are gone when they are closed", function()
    passes [[
      local one, two = testing.fresh { url = URL }, testing.fresh { url = URL }
      one:upgrade()
      assert(one:current()[1] == "bbbb2" and #two:current() == 0)
      one:execute "INSERT INTO t (id, name) VALUES (1, 'x')"
      assert(not two:inspect():has_table "t")
      local name = two:scalar(two:connection().dialect == "postgresql" and "SELECT current_database()"
        or two:connection().dialect == "mysql" and "SELECT DATABASE()" or "SELECT 'memory'")
      two:close() two:close()
      assert(not pcall(two.upgrade, two))
      if name ~= "memory" then
        assert(name:find "^curlew_test_%x+$", name)
        local catalog = one:connection().dialect == "postgresql" and "SELECT count(*) FROM pg_database WHERE datname = ?"
          or "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?"
        assert(one:scalar(catalog, { name }) == 0)
      end
      one:close() ]]
    assert.is_false(p:has_table("curlew_version")) -- the configured one is not touched
  end)

  it("closes them when they are let go of, by an error too", function()
    passes [[
      local kept
      local ok, e = pcall(testing.with, { url = URL }, function(db) kept = db error("on purpose", 0) end)
      assert(not ok and e == "on purpose" and kept.project == nil)
      assert(testing.with({ url = URL }, function(db) return #db:current() end) == 0)
      testing.fresh { url = URL }
      collectgarbage()
      ok, e = pcall(testing.fresh, { url = URL, prepare = "nonsense" })
      assert(not ok and e.code == "statement", tostring(e))
      ok, e = pcall(testing.fresh, { ulr = "x" })
      assert(not ok and e:find "no option `ulr`", e) ]]
  end)

  it("goes to a revision, up or down, and inserts there", function()
    passes [[
      local db <close> = testing.fresh { url = URL, prepare = "CREATE TABLE earlier (id INTEGER)" }
      assert(db:at("aaaa1", function(conn, same)
        assert(same == db)
        conn:execute("INSERT INTO t (id, name) VALUES (?, ?)", { { 1, "a" }, { 2, "b" } })
        return "there"
      end) == "there")
      db:upgrade()
      assert(db:gives("SELECT id, name, size FROM t ORDER BY id", { { 1, "a", 1 }, { id = 2, size = 1 } }))
      assert(db:gives("SELECT id FROM t ORDER BY id", { 1, 2 }) and db:gives("SELECT count(*) FROM t", 2))
      local ok, text = db:gives("SELECT id FROM t WHERE id = ?", { 2 }, { 1 })
      assert(ok == nil and text:find("gives 1 rows:\n  { 1 }\nexpected were 1:\n  2", 1, true), text)
      assert(db:refuses "INSERT INTO t (id) VALUES (1)")
      assert(db:refuses(function(conn) conn:execute "INSERT INTO nowhere VALUES (1)" end, "nowhere"))
      ok, text = db:refuses("INSERT INTO nowhere VALUES (1)", "unicorn")
      assert(ok == nil and text:find "for another reason")
      assert(select(2, db:refuses "SELECT 1"):find "was not refused")
      db:at "aaaa1"
      assert(db:current()[1] == "aaaa1" and not db:inspect():has_column("t", "size"))
      assert(#db:revisions() == 2 and db:revisions()[1].revision == "aaaa1") ]]
  end)

  it("takes revisions up, down and up again with rows in the tables", function()
    passes [[
      local seeds = { aaaa1 = function(conn) conn:execute "INSERT INTO t (id, name) VALUES (1, 'kept')" end }
      testing.with({ url = URL }, function(db)
        assert(db:up_down_up { seeds = seeds })
        assert(db:gives("SELECT name, size FROM t", { { "kept", 1 } }))
      end)
      testing.with({ url = URL }, function(db) assert(db:up_down_up { seeds = seeds, to = "aaaa1" } and db:current()[1] == "aaaa1") end)
      local ok, e = pcall(function() testing.with({ url = URL }, function(db) db:up_down_up { seeds = { zzzz = print } } end) end)
      assert(not ok and e:find "unknown revision zzzz", e) ]]
    p:revision { "cccc3", parent = "bbbb2", up = [[op.execute "DELETE FROM t"]], down = [[op.execute "SELECT 1"]] }
    passes [[
      local seeds = { aaaa1 = function(conn) conn:execute "INSERT INTO t (id, name) VALUES (1, 'kept')" end }
      testing.with({ url = URL }, function(db)
        local ok, text = db:up_down_up { seeds = seeds }
        assert(ok == nil and text:find "cccc3 taken back does not restore what was before it:\nrows of t: missing: id=1, name='kept', size=1", text)
      end)
      testing.with({ url = URL }, function(db) assert(db:up_down_up { seeds = seeds, lossy = { "cccc3" } }) end) ]]
    p:revision { "dddd4", parent = "cccc3", up = [[op.create_table("left", { { "id", types.integer } })]], down = "" }
    passes [[
      testing.with({ url = URL }, function(db)
        local ok, text = db:up_down_up()
        assert(ok == nil and text:find "dddd4 taken back [^\n]*\ntable left is left over", text)
      end)
      local found = 0
      for _, check in ipairs(testing.checks { url = URL }) do
        if not check.ok then
          assert(check.revision == "dddd4" and check.text:find "table left is left over", check.text)
          found = found + 1
        end
      end
      assert(found == 1) ]]
  end)

  it("knows branches, merges and what can't be undone", function()
    p:revision { "cccc3", parent = "aaaa1", up = [[op.create_index("i", "t", { "name" })]], down = [[op.drop_index("i", { table = "t" })]] }
    p:revision { "dddd4", parent = { "bbbb2", "cccc3" } }
    p:revision { "eeee5", parent = "dddd4", down = false, more = 'irreversible = "for good",' }
    passes [[
      testing.with({ url = URL }, function(db)
        assert(db:up_down_up())
        assert(db:current()[1] == "eeee5")
      end) ]]
  end)

  it("takes one of several databases", function()
    p:write("curlew.lua", ([[return { databases = { { name = "one", url = %q }, { name = "two", url = %q } } }]])
      :format(URL or "sqlite:///one.db", URL or "sqlite:///two.db"))
    p:revision { "aaaa1", parent = false, up = [[op.create_table(ctx.database, { { "id", types.integer } })]],
      down = [[op.drop_table(ctx.database)]] }
    passes [[
      testing.with({ url = URL, database = "two" }, function(db)
        db:upgrade "aaaa1"
        assert(db:inspect():has_table "two" and not db:inspect():has_table "one")
        assert(db:snapshot().objects["table two"])
      end) ]]
  end)

  if e2e.db == "sqlite" then
    it("is what docs/testing.md says", function()
      local folder = e2e.folder()
      local r, files, shells = require("support.pages").try("docs/testing.md", folder, library.shell())
      assert.equal(0, r.code, r.out .. r.err)
      assert.is_true(files == 5 and shells == 3)
      local page = e2e.read("docs/testing.md"):match("\n```\n(TAP version 13\n.-)```")
      assert.equal(page, r.out:sub(1, #page))
      assert.matches("3 successes / 0 failures", r.out)
      assert.matches("all well\n$", r.out)
      assert.is_false(e2e.exists(folder .. "/app.db"))
    end)
  end
end)
