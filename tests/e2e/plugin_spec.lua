--- Plugins: what they add works like what is built in.
local e2e = require "support.e2e"
local pages = require "support.pages"
local process = require "support.process"

--- A plugin's file around its contributions.
local function plugin(name, body, more)
  return ('return { name = %q, version = "1.0.0", api = 1, %s\n%s }'):format(name, more or "", body)
end

local LOG = plugin("log", [[
  operations = {
    create_log = {
      args = { { "table", "name" } }, options = { { "note", "text", default = "made" } },
      compile = { default = function(o, d)
        return ("CREATE TABLE %s (id %s, note %s); INSERT INTO %s (id, note) VALUES (1, %s)"):format(
          d:quote(o.table .. "_log"), d:type { name = "integer" }, d:type { name = "varchar", length = 50 },
          d:quote(o.table .. "_log"), d:literal(o.note))
      end },
      reverse = function(o) return { op = "drop_log", table = o.table } end,
      probe = function(o, conn) return conn:inspect():has_table(o.table .. "_log") end,
    },
    drop_log = {
      args = { "table" }, destructive = true,
      compile = { default = function(o, d) return { "DROP TABLE " .. d:quote(o.table .. "_log") } end },
    },
    create_outside = {
      args = { { "table", "name" } }, transactional = false,
      compile = { default = function(o, d) return ("CREATE TABLE %s (id INTEGER)"):format(d:quote(o.table)) end },
      probe = function(o, conn) return conn:inspect():has_table(o.table) end,
    },
  }]])

describe("a plugin's operation", function()
  after_each(e2e.cleanup)
  local p

  before_each(function()
    p = e2e.project { config = 'plugins = { "log" },', files = { ["plugins/log.lua"] = LOG } }
  end)

  it("runs, with its arguments in either form, and is undone by downgrade", function()
    p:revision { "aaaa1", up = [[op.create_log("a", { note = "it's" })
      op.create_log { table = "b" }]], down = [[op.drop_log("a") op.drop_log("b")]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "it's" } }, p:sql("SELECT note FROM a_log"))
    assert.same({ { "made" } }, p:sql("SELECT note FROM b_log"))
    assert.equal(0, p:run("downgrade", "base").code)
    assert.is_false(p:has_table("a_log"))
  end)

  it("is printed by --sql, in a script that leaves the same", function()
    p:revision { "aaaa1", up = [[op.create_log("a")]] }
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    assert.matches("CREATE TABLE a_log %(.-%);\n.-INSERT INTO a_log %(id, note%) VALUES %(1, 'made'%);\n", r.out)
    p:sql(r.out)
    assert.same({ { "made" } }, p:sql("SELECT note FROM a_log"))
    assert.same({ "aaaa1" }, p:rows())
  end)

  it("is journaled: a resumed run skips what is done, and refuses another call in its place", function()
    local up = [[op.create_outside("one") if ctx.x.fail then error("stop here") end op.create_outside("two")]]
    p:revision { "aaaa1", up = up }
    assert.equal(1, p:run("upgrade", "-x", "fail").code)
    assert.is_true(p:has_table("one"))
    p:revision { "aaaa1", parent = false, up = (up:gsub('"one"', '"uno"')) }
    local r = p:json("upgrade")
    assert.equal(1, r.code)
    assert.equal("changed_step", r.events[#r.events].error.code)
    p:revision { "aaaa1", parent = false, up = up }
    r = p:json("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    local skipped = {}
    for _, event in ipairs(r.events) do
      if event.event == "step" then skipped[#skipped + 1] = event.skipped end
    end
    assert.same({ true, false }, skipped)
    assert.is_true(p:has_table("two"))
  end)

  it("is undone by its reverse when a partial revision is taken back", function()
    p:write("plugins/log.lua", (LOG:gsub("reverse =", "transactional = false, reverse =")))
    p:revision { "aaaa1", up = [[op.create_log("one") error("stop here")]] }
    assert.equal(1, p:run("upgrade").code)
    assert.is_true(p:has_table("one_log"))
    local r = p:run("downgrade", "base")
    assert.equal(0, r.code, r.err)
    assert.is_false(p:has_table("one_log"))
  end)

  it("has its arguments checked at the script's line", function()
    p:revision { "aaaa1", up = "\nop.create_log(7)" }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("op%.create_log: table must be a name, got number 7 %(migrations/versions/aaaa1%.lua:13, ", r.err)
    p:revision { "aaaa1", parent = false, up = [[op.create_log("x", { notte = "a" })]] }
    assert.matches("unknown option notte %(did you mean note%?%)", p:run("upgrade").err)
    p:revision { "aaaa1", parent = false, up = [[op.create_lug("x")]] }
    assert.matches("op%.create_lug: no such operation %(did you mean create_log%?%)", p:run("upgrade").err)
  end)

  it("is refused where it has no SQL for the database", function()
    p:write("plugins/log.lua", plugin("log",
      [[operations = { only_there = { args = {}, compile = { other = "SELECT 1" } } } ]]))
    p:revision { "aaaa1", up = [[op.only_there()]] }
    local r = p:json("upgrade")
    assert.equal("unsupported", r.events[#r.events].error.code)
    assert.matches("plugin log has it for other", r.err .. r.out)
  end)

  it("can't be called while files are loaded", function()
    p:write("plugins/log.lua", 'require("op").drop_table("x")\n' .. LOG)
    p:revision { "aaaa1" }
    local r = p:run("heads")
    assert.equal(3, r.code)
    assert.matches("plugin log can't be loaded", r.err)
  end)

  it("replaces a built-in one on one dialect", function()
    p:write("plugins/log.lua", plugin("log", ([[operations = { create_view = { replace = true, compile = {
      %s = function(o, d, super)
        return { ("CREATE TABLE %%s (id INTEGER)"):format(d:quote(o.name .. "_made")), super()[1] }
      end } } }]]):format(e2e.dialect)))
    p:revision { "aaaa1", up = [[op.create_view("v", "SELECT 1 AS one")]], down = [[op.drop_view("v")]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.is_true(p:has_table("v_made"))
    assert.same({ { "1" } }, p:sql("SELECT one FROM v"))
    assert.same({ create_view = { e2e.dialect } }, p:json("plugins").json.plugins[1].replaces)
  end)
end)

describe("a plugin's types, dialects and hooks", function()
  after_each(e2e.cleanup)

  it("types stand beside the built-in ones", function()
    local p = e2e.project { config = 'plugins = { "money" },', files = { ["plugins/money.lua"] = plugin("money", [[
      types = { money = { args = { { "scale", "integer" } },
        sql = { default = function(t, d) return ("DECIMAL(20, %d)"):format(t.scale or 2) end } } }]]) } }
    p:revision { "aaaa1", up = [[op.create_table("t", { { "a", types.money }, { "b", types.money(4) } })
      op.add_column("t", { "c", types.money { scale = 3 } })]] }
    local r = p:run("upgrade", "--sql")
    assert.matches("a DECIMAL%(20, 2%)", r.out)
    assert.matches("b DECIMAL%(20, 4%)", r.out)
    assert.matches("c DECIMAL%(20, 3%)", r.out)
    assert.equal(0, p:run("upgrade").code)
    p:revision { "bbbb2", up = [[op.add_column("t", { "d", types.mony })]] }
    assert.matches("types%.mony: no such type %(did you mean money%?%)", p:run("upgrade").err)
  end)

  it("a dialect is recognised, and changes what it says", function()
    local family = e2e.db == "mariadb" and "mariadb" or e2e.dialect
    local p = e2e.project { config = 'plugins = { "other" },', files = { ["plugins/other.lua"] = plugin("other", ([[
      dialects = { otherdb = { inherits = %q, title = "OtherDB",
        detect = function(conn) return conn:scalar("SELECT 40 + 2") == 42 end,
        compile = { create_view = function(o, d, super) return super()[1].sql:gsub("AS one", "AS two") end },
        refuse = { create_unique_constraint = "use an index" },
        types = { text = "VARCHAR(77)" } } },
      hooks = { on_connect = function(conn) assert(conn.server == "otherdb", conn.server) end },
      operations = { which = { args = {}, compile = { otherdb = "CREATE TABLE by_other (id INTEGER)",
        default = "CREATE TABLE by_default (id INTEGER)" } } }]]):format(family)) } }
    p:revision { "aaaa1", up = [[
      assert(ctx.server == "otherdb" and op.get_bind().server == "otherdb", ctx.server)
      op.create_table(op.by_dialect { otherdb = "mine", default = "other" }, { { "a", types.text } })
      op.create_view("v", "SELECT 1 AS one") op.which()]] }
    local r = p:run("upgrade", "--dry-run")
    assert.equal(0, r.code, r.err)
    assert.matches("CREATE TABLE mine %(a VARCHAR%(77%)", (r.out:gsub("%s+", " "):gsub("%( ", "(")))
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "1" } }, p:sql("SELECT two FROM v"))
    assert.is_true(p:has_table("by_other"))
    p:revision { "bbbb2", up = [[op.create_unique_constraint("u", "mine", { "a" })]] }
    r = p:run("upgrade")
    assert.matches("OtherDB can't do this: op%.create_unique_constraint; use an index", r.err)
  end)

  it("--sql knows a dialect from the URL", function()
    local p = e2e.project { url = "postgresql+otherdb://h/d", config = 'plugins = { "other" },', files = {
      ["plugins/other.lua"] = plugin("other",
        [[dialects = { otherdb = { inherits = "postgresql", types = { text = "STRING" } } }]]) } }
    p:revision { "aaaa1", up = [[op.create_table("t_" .. ctx.server, { { "a", types.text } })]] }
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    assert.matches("CREATE TABLE t_otherdb %(%s*a STRING", r.out)
    r = p:run("upgrade", "--sql", "--url", "postgresql+psycopg2://h/d")
    assert.matches("CREATE TABLE t_postgresql %(%s*a TEXT", r.out)
  end)

  it("hooks run in the plugins' order, then the project's", function()
    local hooks = [[hooks = {
      on_connect = function(conn) io.stderr:write("%s connects ", conn.dialect, "\n") end,
      before_step = function(info) io.stderr:write("%s before ", info.op, "\n") end,
      after_step = function(info) io.stderr:write("%s after ", info.op, "\n") end,
      on_version_apply = function(info) io.stderr:write("%s applies ", info.revision, "\n") end }]]
    local p = e2e.project { config = [[plugins = { "two", "one" },
      before_step = function(info) io.stderr:write("own before ", info.op, "\n") end,]], files = {
      ["plugins/one.lua"] = plugin("one", (hooks:gsub("%%s", "one"))),
      ["plugins/two.lua"] = plugin("two", (hooks:gsub("%%s", "two")), 'requires = { "one >= 1" },') } }
    p:revision { "aaaa1", up = [[op.execute "SELECT 1"]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.matches(("one connects %s\ntwo connects %s\n"):format(e2e.dialect, e2e.dialect), r.err)
    assert.matches("one before execute\ntwo before execute\nown before execute\none after execute\ntwo after execute\n", r.err)
    assert.matches("one applies aaaa1\ntwo applies aaaa1\n", r.err)
    p:write("plugins/one.lua", plugin("one", "hooks = { before_step = function()\nerror 'no steps today' end }"))
    p:revision { "bbbb2", up = [[op.execute "SELECT 1"]] }
    r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("no steps today", r.err)
    assert.matches("plugins/one%.lua:3", r.err)
    assert.same({ "aaaa1" }, p:rows())
  end)
end)

describe("a plugin's command", function()
  after_each(e2e.cleanup)
  local p

  before_each(function()
    p = e2e.project { config = 'plugins = { "tools" },', files = { ["plugins/tools.lua"] = plugin("tools", [[
      commands = {
        ["show-words"] = { summary = "Show the words", args = "WORD...", min_args = 1,
          options = { { "loud", letter = "l", doc = "in capitals" }, { "times", value = "N" } },
          run = function(ctx, args)
            local text = table.concat(args, " ") .. (args.times and " x" .. args.times or "")
            print(args.loud and text:upper() or text)
            return { words = args, one = ctx.conn:scalar("SELECT 1"), dialect = ctx.dialect, x = ctx.x.mark }
          end },
        offline = { connect = false, run = function(ctx) assert(ctx.conn == nil) return "no connection" end },
        put = { writes = true, run = function(ctx) ctx.conn:execute("CREATE TABLE put_here (id INTEGER)") end },
        fail = function() error("it went wrong") end,
      }]]) } }
  end)

  it("gets its arguments and options, a connection and -x", function()
    local r = p:run("show-words", "a", "b", "--loud", "--times=3", "-x", "mark=7")
    assert.equal(0, r.code, r.err)
    assert.matches("^A B X3\n", r.out)
    local answer = e2e.json(r.out:match("\n(.*)$"))
    assert.equal(1, answer.one)
    assert.equal(e2e.dialect, answer.dialect)
    assert.equal("7", answer.x)
    assert.equal(0, p:run("show_words", "-l", "a").code)
    assert.equal("no connection\n", p:run("offline").out)
  end)

  it("stands in help and completion where there is a project, and is unknown elsewhere", function()
    assert.matches("Plugins:\n.-show%-words%s+Show the words", p:run("help").out)
    assert.matches("%-l, %-%-loud%s+in capitals", p:run("show-words", "--help").out)
    assert.matches("show%-words", p:run("completion", "bash").out)
    assert.matches("SS \"show%-words WORD", (p:run("manual").out:gsub("\\", "")))
    local r = p:run("shaw-words")
    assert.equal(2, r.code)
    assert.matches("Did you mean `curlew show%-words`", r.err)
    r = e2e.run { "show-words", "a", cwd = e2e.folder() }
    assert.equal(2, r.code)
    assert.matches("there is no command `show%-words`", r.err)
    assert.equal(2, p:run("show-words").code)
    assert.equal(2, p:run("show-words", "a", "--laud").code)
  end)

  it("writes only when it says so, and fails with exit 1", function()
    assert.equal(0, p:run("put").code)
    assert.is_true(p:has_table("put_here"))
    local text = p:read("plugins/tools.lua"):gsub("writes = true, ", ""):gsub("put_here", "not_here")
    p:write("plugins/tools.lua", text)
    assert.is_not.equal(0, p:run("put").code)
    assert.is_false(p:has_table("not_here"))
    local r = p:run("fail")
    assert.equal(1, r.code)
    assert.matches("it went wrong", r.err)
    assert.matches("plugins/tools%.lua:%d+", r.err)
  end)
end)

describe("curlew plugins", function()
  after_each(e2e.cleanup)

  it("lists what is loaded, from where, and what each adds", function()
    local p = e2e.project { url = false, config = 'plugins = { "b", "a" }, plugin_path = { "more", "plugins" },', files = {
      ["plugins/a.lua"] = plugin("a", [[operations = { x = { compile = 'SELECT 1' } }, comparators = { c = {} },
        lint = { { name = 'rule' } }]]),
      ["more/b/plugin.lua"] = plugin("b", "hooks = { on_connect = print }",
        'description = "Does b.", requires = { "a >= 1.0" },') } }
    local list = p:json("plugins").json.plugins
    assert.equal("a", list[1].name)
    assert.equal("plugins/a.lua", list[1].path)
    assert.equal("lua", list[1].kind)
    assert.same({ "x" }, list[1].operations)
    assert.same({ "c" }, list[1].comparators)
    assert.same({ "rule" }, list[1].lint)
    assert.same({ "a >= 1.0" }, list[2].requires)
    assert.same({ "on_connect" }, list[2].hooks)
    local out = p:run("plugins").out
    assert.matches("a 1%.0%.0  plugins/a%.lua\n  operations: x\n", out)
    assert.matches("b 1%.0%.0  more/b/plugin%.lua\n  Does b%.\n  requires: a >= 1%.0\n  hooks: on_connect\n", out)
    assert.same({ plugins = {} }, e2e.project({ url = false }):json("plugins").json)
  end)
end)

describe("curlew plugin new", function()
  after_each(e2e.cleanup)

  it("writes a plugin that works and a spec that passes", function()
    local p = e2e.project()
    local r = p:run("plugin", "new", "journal_notes")
    assert.equal(0, r.code, r.err)
    assert.equal("plugins/journal_notes/plugin.lua\nplugins/journal_notes/journal_notes_spec.lua\n", r.out)
    local spec = process.run(os.getenv("LUA54") or "lua5.4", { os.getenv("BUSTED") or "/usr/bin/busted",
      "plugins/journal_notes",
      cwd = p.dir })
    assert.equal(0, spec.code, spec.out .. spec.err)
    assert.matches("1 success", spec.out)
    p:write("curlew.lua", ('return { url = %q, plugins = { "journal_notes" } }'):format(p.url))
    p:revision { "aaaa1", up = [[op.create_journal_notes_log("users")]], down = [[op.drop_journal_notes_log("users")]] }
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.is_true(p:has_table("users_log"))
    assert.equal(0, p:run("downgrade", "base").code)
    assert.is_false(p:has_table("users_log"))
  end)

  it("overwrites nothing, and takes a name only", function()
    local p = e2e.project { files = { ["plugins/a.lua"] = "return 1" } }
    assert.equal(3, p:run("plugin", "new", "a").code)
    assert.is_false(p:exists("plugins/a/plugin.lua"))
    assert.equal(2, p:run("plugin", "new", "Not-This").code)
    assert.equal(2, p:run("plugin", "old", "a").code)
    assert.equal(2, p:run("plugin", "new").code)
  end)
end)

if e2e.db == "sqlite" then -- the page's project is a file; what it shows is tried on the servers above
  describe("docs/plugins.md", function()
    after_each(e2e.cleanup)

    it("runs as printed", function()
      local folder = e2e.folder()
      local r, files, shells = pages.try("docs/plugins.md", folder)
      assert.equal(0, r.code, r.err)
      assert.is_true(files >= 6 and shells >= 2)
      assert.same({ { "kept for 30 days" } }, e2e.sql("sqlite:///" .. folder .. "/app.db", "SELECT note FROM users_audit"))
      assert.matches("CREATE TABLE users_audit", r.out)
      assert.matches('"rows": 1', r.out)
    end)
  end)
end
