--- curlew as a library: `require "curlew"` in plain Lua 5.4, in a process of its own.
local e2e = require "support.e2e"
local library = require "support.library"

describe("require 'curlew'", function()
  after_each(e2e.cleanup)
  local p

  before_each(function()
    p = e2e.project()
    p:revision { "aaaa1", up = [[op.create_table("t", { { "id", types.bigint, primary_key = true }, { "note", types.varchar(50) } })]],
      down = [[op.drop_table("t")]] }
    p:revision { "bbbb2", up = [[op.insert("t", { note = ctx.x.note or "plain" })]], down = [[op.delete("t", op.all)]] }
  end)

  local function passes(text)
    local r = library.lua(p, "local curlew = require 'curlew'\n" .. text .. "\nprint 'passed'")
    assert.equal("passed\n", r.out, r.err)
    assert.equal(0, r.code)
    return r
  end

  it("upgrades, downgrades and stamps, and tells where a project is", function()
    local r = passes [[
      local p = curlew.open { config = "curlew.lua", x = { note = "from the host" } }
      assert(#p:current() == 0)
      assert(p:heads()[1].revision == "bbbb2" and p:heads()[1].is_head)
      local history = p:history()
      assert(#history == 2 and history[1].revision == "bbbb2" and history[2].down_revision[1] == nil)
      assert(p:upgrade() == 2)
      assert(p:current()[1].revision == "bbbb2" and p:current()[1].is_current)
      assert(p:upgrade("head") == 0)
      assert(p:downgrade("-1") == 1)
      p:stamp "head"
      assert(p:current()[1].revision == "bbbb2")
      p:stamp { "aaaa1" }
      assert(p:upgrade("+1") == 1)
      p:close() p:close() ]]
    assert.equal("", r.err) -- a library prints nothing
    assert.same({ { "from the host" } }, p:sql("SELECT note FROM t"))
    assert.same({ "bbbb2" }, p:rows())
  end)

  it("gives SQL instead of running it", function()
    passes [[
      local p <close> = curlew.open {}
      local text = p:upgrade("head", { sql = true })
      assert(text:find("CREATE TABLE t", 1, true) and text:find("'plain'", 1, true), text)
      assert(#p:current() == 0) ]]
  end)

  it("raises the errors of the command line, as tables, at the host's line", function()
    passes [[
      local p = curlew.open {}
      local ok, e = pcall(p.upgrade, p, "zzzz")
      assert(not ok and e.code == "unknown_revision" and e.message:find("zzzz"), tostring(e))
      assert(tostring(e):find("zzzz"))
      ok, e = pcall(p.downgrade, p)
      assert(not ok)
      ok, e = pcall(curlew.open, { confg = "x" })
      assert(not ok and e.code == "usage" and e.hint == "Did you mean `config`?", tostring(e))
      ok, e = pcall(curlew.open, { config = "gone.lua" })
      assert(not ok and e.code == "no_config", tostring(e.code))
      p:close()
      ok, e = pcall(p.current, p)
      assert(not ok and e.message == "this project is closed") ]]
    p:revision { "cccc3", up = "\nerror 'as bad as can be'" }
    passes [[
      local p = curlew.open {}
      local ok, e = pcall(p.upgrade, p)
      assert(not ok and e.code == "script" and e.message == "as bad as can be")
      assert(e.revision == "cccc3" and e.file:find("cccc3.lua$") and e.line == 13, e.line) ]]
  end)

  it("gives a connection, which takes values as a migration's does", function()
    passes [[
      local p = curlew.open {}
      p:upgrade()
      local conn = p:connect()
      assert(conn:execute("INSERT INTO t (note) VALUES (?), (?)", { "it's", curlew.null }) == 2)
      assert(conn:scalar("SELECT count(*) FROM t WHERE note IN :list", { list = { "plain", "it's" } }) == 2)
      local first = conn:first "SELECT note, 1 AS one FROM t ORDER BY id"
      assert(first.note == "plain" and first[1] == "plain" and first[2] == first.one and first[3] == nil)
      local seen = {}
      for row in conn:rows "SELECT id, note FROM t ORDER BY id" do seen[#seen + 1] = row.note or "NULL" end
      assert(table.concat(seen, ",") == "plain,it's,NULL")
      assert(conn:column("SELECT note FROM t ORDER BY id")[3] == curlew.null)
      assert(#conn:all("SELECT * FROM t") == 3)
      local result, e = conn:try "SELECT * FROM nowhere"
      assert(result == nil and e.code == "statement" and e.statement, tostring(e))
      assert(conn:literal("it's") == "'it''s'" and conn:literal(nil) == "NULL")
      assert(#conn.dialect > 0 and conn.server_version:find "%d")
      assert(conn:first("SELECT 1 AS one WHERE 1 = 0") == nil)
      conn:close()
      assert(not pcall(conn.all, conn, "SELECT 1"))
      p = nil
      collectgarbage() ]]
  end)

  it("keeps a database in memory for as long as the project is open", function()
    local kept = e2e.project { url = "sqlite://" }
    kept:revision { "aaaa1", up = [[op.create_table("t", { { "id", types.bigint, primary_key = true } })]], down = [[op.drop_table("t")]] }
    p = kept
    passes [[
      local p, other = curlew.open { config = "curlew.lua", url = "sqlite://" }, curlew.open {}
      assert(p:upgrade() == 1 and p:current()[1].revision == "aaaa1" and #other:current() == 0)
      local one, two = p:connect(), p:connect()
      one:execute "INSERT INTO t (id) VALUES (7)"
      assert(two:scalar "SELECT id FROM t" == 7)
      assert(p:downgrade "base" == 1 and not two:inspect():has_table "t")
      p:close()
      p = curlew.open {}
      assert(#p:current() == 0) ]]
  end)

  it("gives a connection with batches, an inspector and late-use errors", function()
    passes [[
      local p = curlew.open {}
      p:upgrade()
      local conn = p:connect()
      assert(conn:execute("INSERT INTO t (note) VALUES (?)", { { "a" }, { "b" }, { curlew.null } }) == 3)
      assert(conn:execute("INSERT INTO t (note) VALUES (:n)", { { n = "c" }, { n = "d" } }) == 2)
      assert(conn:scalar("SELECT count(*) FROM t WHERE note IN (?)", { { "a", "b", "zz" } }) == 2)
      local ok, e = pcall(conn.execute, conn, "INSERT INTO t (note) VALUES (:n)", { { n = "c" }, { m = "d" } })
      assert(not ok and e.message:find "parameter set 2", tostring(e))
      local row = conn:first "SELECT id, note, 1 AS more FROM t WHERE note = 'a'"
      assert(#row == 3 and conn:scalar("SELECT note FROM t WHERE id = :id", row) == "a")
      local inspector = conn:inspect()
      assert(inspector:has_table "t" and inspector:has_column("t", "note") and not inspector:has_table "u")
      local columns = inspector:columns "t"
      assert(columns[1].name == "id" and columns[1].primary_key and columns[2].type.name == "varchar")
      assert(columns[2].type.length == 50 and tostring(columns[2].type):lower():find "varchar" or tostring(columns[2].type):find "char")
      assert(inspector:primary_key "t".columns[1] == "id" and inspector:primary_key "gone" == nil)
      conn:execute "CREATE INDEX i ON t (note DESC)"
      assert(tostring(inspector:indexes "t"[1].columns[1]):lower():find "note")
      ok, e = pcall(function() return inspector:colums "t" end)
      assert(not ok and e.hint == "Did you mean `columns`?", tostring(e))
      ok, e = pcall(inspector.columns, inspector, 5)
      assert(not ok and e.message:find "the table must be a name", tostring(e))
      assert(select(2, conn:try(function(a) return a, "two" end, 1)) == "two")
      ok, e = conn:try(function() conn:execute "nonsense" end)
      assert(ok == nil and e.code == "statement")
      ok, e = pcall(function() return conn.servr end)
      assert(not ok and e.hint == "Did you mean `server`?")
      for one in conn:rows "SELECT id FROM t" do
        assert(conn:scalar("SELECT :id", one) == one.id)
        break
      end
      p:close()
      for _, late in ipairs { conn.all, conn.execute, conn.quote, conn.literal, conn.inspect } do
        ok, e = pcall(late, conn, "SELECT 1")
        assert(not ok and e.message == "the project of this connection is closed", tostring(e))
      end
      assert(not pcall(inspector.tables, inspector))
      conn:close() ]]
  end)

  --- The names that a stub file declares as `function <prefix><name>(`, as Lua text.
  local function stubbed(file, prefix)
    local stub, list = e2e.read("lua/_meta/" .. file), {}
    for name in stub:gmatch("\nfunction " .. prefix .. "([%w_]+)%(") do list[#list + 1] = ("%q"):format(name) end
    assert.is_true(#list > 0, prefix)
    return "{ " .. table.concat(list, ", ") .. " }"
  end

  it("has what its stubs say, and nothing else", function()
    passes(([[
      local function agree(what, live, stubs, more)
        local known = {}
        for _, name in ipairs(stubs) do
          known[name] = true
          assert(type(live[name]) == "function", what .. " lacks " .. name)
        end
        for _, name in ipairs(more or {}) do known[name] = true end
        for name in pairs(live) do assert(known[name] or name:find "^__", what .. " has no stub for " .. name) end
      end
      local testing = require "curlew.testing"
      agree("curlew", curlew, %s, { "version", "null" })
      agree("a project", getmetatable(curlew.open {}).__index, %s)
      agree("curlew.testing", testing, %s)
      local db <close> = testing.fresh()
      agree("a database of curlew.testing", getmetatable(db), %s)
      local conn = db:connection()
      for _, name in ipairs(%s) do assert(type(conn[name]) == "function", name) end
      local inspector = conn:inspect()
      for _, name in ipairs(%s) do assert(type(inspector[name]) == "function", name) end ]]):format(
        stubbed("library.lua", "library%."), stubbed("library.lua", "Project:"), stubbed("testing.lua", "testing%."),
        stubbed("testing.lua", "Database:"), stubbed("conn.lua", "Conn:"), stubbed("inspector.lua", "Inspector:")))
  end)

  it("opens many projects in one process, each with a state of its own", function()
    local other = e2e.project()
    other:revision { "dddd4", up = [[rawset(_G, "mine", 1) op.execute "SELECT 1"]] }
    passes(([[
      local list = {}
      for i = 1, 20 do list[i] = curlew.open { config = i %% 2 == 0 and "curlew.lua" or %q } end
      for i = 1, 20 do assert(list[i]:heads()[1].revision == (i %% 2 == 0 and "bbbb2" or "dddd4")) end
      list[1]:upgrade() list[2]:upgrade()
      for i = 1, 20, 3 do list[i]:close() end
      assert(rawget(_G, "mine") == nil)
      list = nil
      collectgarbage() ]]):format(other:path("curlew.lua")))
    assert.same({ "dddd4" }, other:rows())
    assert.same({ "bbbb2" }, p:rows())
  end)

  it("writes revisions, and sees them at once", function()
    p:write("migrations/script.lua.tmpl", e2e.read("lua/curlew/template/generic/script.lua.tmpl"))
    passes [[
      local p = curlew.open {}
      local written = p:revision { message = "more notes", rev_id = "eeee5" }
      assert(written.revision == "eeee5" and written.down_revision[1] == "bbbb2")
      assert(p:heads()[1].revision == "eeee5")
      assert(p:upgrade() == 3)
      local ok, e = pcall(p.revision, p, { message = "x", rev_id = "eeee5" })
      assert(not ok and e.code, tostring(e)) ]]
    assert.same({ "eeee5" }, p:rows())
  end)

  it("compares with the models, and writes what is missing", function()
    p:write("curlew.lua", ("return { url = %q, models = 'models' }"):format(p.url))
    p:write("migrations/script.lua.tmpl", e2e.read("lua/curlew/template/generic/script.lua.tmpl"))
    p:write("models.lua", [[
      local schema = require "curlew.schema"
      local types = require("op").types
      local m = schema.metadata()
      m:table("t", { { "id", types.bigint, primary_key = true }, { "note", types.varchar(50) }, { "size", types.integer } })
      return m]])
    passes [[
      local p = curlew.open {}
      local ok, e = pcall(p.check, p)
      assert(not ok and e.code == "behind", tostring(e.code))
      p:upgrade()
      local list = p:check()
      assert(#list == 1 and list[1].op == "add_column" and #list.notes == 0 and #list.problems == 0, #list)
      local written = p:revision { message = "size", autogenerate = true, rev_id = "eeee5" }
      assert(written.revision == "eeee5", tostring(written.revision)) local n = p:upgrade() assert(n == 1, n)
      assert(#p:check() == 0)
      assert(p:revision { message = "nothing", autogenerate = true } == nil) ]]
  end)

  it("chooses among several databases by name", function()
    local one, two = e2e.database(), e2e.database()
    p:write("curlew.lua", ([[return { databases = { { name = "one", url = %q }, { name = "two", url = %q } } }]]):format(one, two))
    passes [[
      local p = curlew.open {}
      assert(not pcall(p.upgrade, p))
      assert(p:upgrade("head", { database = "all" }) == 4)
      assert(p:downgrade("aaaa1", { database = "two" }) == 1)
      assert(p:current({ database = "one" })[1].revision == "bbbb2")
      assert(p:current({ database = "two" })[1].revision == "aaaa1")
      local conn = p:connect { database = "two" }
      assert(conn:scalar "SELECT count(*) FROM t" == 0) ]]
  end)
end)

if e2e.db == "sqlite" then -- the page's database is a file
  describe("docs/library.md", function()
    after_each(e2e.cleanup)

    it("runs as printed", function()
      local folder = e2e.folder()
      local r, files, shells = require("support.pages").try("docs/library.md", folder, library.shell())
      assert.equal(0, r.code, r.err)
      assert.is_true(files == 3 and shells == 1)
      assert.equal("1\trevisions applied\na1b2\tusers\nada\nfalse\tunknown_revision\t",
        r.out:match("^(.-unknown_revision\t)"))
    end)
  end)
end
