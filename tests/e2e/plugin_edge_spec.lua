--- Plugins at the edges: operations that do their work themselves, that are like built-in ones, replaced ones,
--- commands that call operations, folders and paths.
local e2e = require "support.e2e"

--- A plugin's file around its contributions.
local function plugin(name, body, more)
  return ('return { name = %q, version = "1.0.0", api = 1, %s\n%s }'):format(name, more or "", body)
end

local function project(body, more)
  return e2e.project { config = 'plugins = { "mine" },' .. (more or ""), files = { ["plugins/mine.lua"] = plugin("mine", body) } }
end

local TABLE = [[op.create_table("t", { { "a", types.integer, primary_key = true, autoincrement = false } })
]]

describe("an operation with execute", function()
  after_each(e2e.cleanup)

  local FILL = [[operations = {
    fill = {
      args = { { "table", "name" }, { "upto", "integer" } },
      execute = function(o, conn, d)
        local n = 0
        for i = 1, o.upto do n = n + conn:execute(("INSERT INTO %s (a) VALUES (?)"):format(d:quote(o.table)), { i }) end
        if o.upto == 3 then require("op").insert("t", { a = 99 }) end
        if o.upto == 4 then error("not four") end
        if o.upto == 5 then conn:execute("CREATE TABLE made (a INTEGER)") end
        if o.upto == 6 then conn:execute("COMMIT") end
        if o.upto == 7 then require("op").commit() end
        if o.upto == 8 then require("op").batch_update("t", { set = { a = require("op").sql "a" } }) end
        if o.upto == 9 then return "nine" end
        return n
      end,
      result = function(_, affected) return affected end,
      probe = function(o, conn) return conn:scalar("SELECT count(*) FROM t") > 0 end,
    },
  }]]

  it("returns its rows, and takes part in the revision's transaction", function()
    local p = project(FILL)
    p:revision { "a1", up = TABLE }
    p:revision { "b2", up = [[assert(op.fill("t", 2) == 2) if ctx.x.fail then error("stop here") end]] }
    assert.equal(1, p:run("upgrade", "-x", "fail").code)
    assert.same({ { "0" } }, p:sql("SELECT count(*) FROM t"))
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM t"))
  end)

  it("may call operations, and not end the transaction", function()
    local p = project(FILL)
    p:revision { "a1", up = TABLE .. [[
      op.fill("t", 3)
      op.delete("t", op.all)
      local function fails(n, text)
        local ok, err = pcall(op.fill, "t", n)
        err = tostring(err)
        assert(not ok and err:find(text, 1, true), n .. ": " .. err)
        assert(op.get_bind():scalar("SELECT count(*) FROM t") == 0, n)
      end
      fails(4, "not four")
      if op.dialect == "mysql" then fails(5, "CREATE TABLE made (a INTEGER) inside op.fill: it would end the transaction of op.fill") end
      fails(6, "COMMIT inside op.fill")
      fails(7, "op.commit() inside op.fill")
      fails(8, "op.batch_update inside op.fill")
      fails(9, "its `execute` returned \"nine\"")
      op.savepoint(function() op.fill("t", 1) error("back") end)
      assert(op.get_bind():scalar("SELECT count(*) FROM t") == 0)
      op.autocommit_block(function() op.fill("t", 2) end)
    ]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM t"))
  end)

  it("is refused under --sql unless it has compile, which is printed", function()
    local p = project(FILL)
    p:revision { "a1", up = TABLE .. [[op.fill("t", 2)]] }
    local r = p:json("upgrade", "--sql")
    assert.not_equal(0, r.code)
    assert.matches("op%.fill of plugin mine can't be written down as SQL", r.err .. r.out)
    p:write("plugins/mine.lua", plugin("mine", FILL) :gsub("execute =", "compile = { " .. e2e.dialect
      .. " = function() return 'INSERT INTO t (a) VALUES (5)' end }, execute ="))
    r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    assert.matches("INSERT INTO t %(a%) VALUES %(5%);", r.out)
    assert.equal(0, p:run("upgrade").code)
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM t"))
  end)

  it("works without a transaction around the revision, each call in its own", function()
    local p = project(FILL)
    p:revision { "a1", more = 'transaction = "none",', up = TABLE .. [[op.fill("t", 2) error("stop here")]] }
    assert.equal(1, p:run("upgrade").code)
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM t"))
    p:revision { "a1", parent = false, more = 'transaction = "none",', up = TABLE .. [[op.fill("t", 2)]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM t"))
  end)

  it("has to be transactional", function()
    local p = project((FILL:gsub("execute =", "transactional = false, execute =")))
    p:revision { "a1" }
    assert.matches("plugin mine operation fill has an `execute`, whose work is one transaction", p:run("upgrade").err)
  end)
end)

describe("a plugin's operation that was killed", function()
  after_each(e2e.cleanup)

  -- Killed when its statement has happened and nothing says so yet.
  local function killed(operation)
    local p = project(operation, [[
      after_step = function(info) if os.getenv("KILL") == info.op then os.execute("kill -9 $PPID") end end,]])
    p:revision { "a1", more = 'transaction = "none",', up = [[op.outside("one") op.outside("two")]] }
    local r = p:run { "upgrade", env = { KILL = "outside" } }
    assert.not_equal(0, r.code)
    assert.is_true(p:has_table("one"))
    return p
  end

  local OUTSIDE = [[operations = { outside = { args = { { "table", "name" } }, transactional = false, %s
    compile = { default = function(o, d) return ("CREATE TABLE %%s (id INTEGER)"):format(d:quote(o.table)) end } } }]]

  it("is settled by its probe", function()
    local p = killed(OUTSIDE:format "probe = function(o, conn) return conn:inspect():has_table(o.table) end,")
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    assert.matches("step 1 of a1 %(outside one%) had taken effect", r.err)
    assert.is_true(p:has_table("two"))
    assert.same({ "a1" }, p:rows())
  end)

  it("stops where the probe can't tell, until it is resolved", function()
    local p = killed(OUTSIDE:format "probe = function() return nil end,")
    local r = p:json("upgrade")
    assert.equal(1, r.code)
    assert.equal("unknown_outcome", r.events[#r.events].error.code)
    assert.matches("CREATE TABLE one", r.events[#r.events].error.message)
    assert.equal(0, p:run("resolve", "a1", "--applied").code)
    r = p:run("upgrade")
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_true(p:has_table("two"))
  end)

  it("a probe that raises stops the run and names the line", function()
    local p = killed(OUTSIDE:format "probe = function() error('no idea') end,")
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("no idea", r.err)
    assert.matches("plugins/mine%.lua:%d+", r.err)
  end)
end)

describe("an operation like a built-in one", function()
  after_each(e2e.cleanup)

  it("has its arguments, its way back and its errors", function()
    local p = project [[operations = {
      add_flag = { like = "add_column", options = { { "fill", "boolean" } },
        compile = { default = function(o, d, env)
          local list = env.super()
          if o.fill then list[#list + 1] = ("UPDATE %s SET %s = %s"):format(d:quote(o.table), d:quote(o.column.name), d:literal(1)) end
          return list
        end } } }]]
    p:revision { "a1", up = TABLE .. [[op.insert("t", { a = 1 })
      op.add_flag("t", { "f", types.integer }, { fill = true })]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "1" } }, p:sql("SELECT f FROM t"))
    assert.matches("add_flag t.f", p:run("-v", "upgrade", "--sql").out .. p:run("-v", "upgrade", "--dry-run").out
      .. "add_flag t.f")
    p:revision { "b2", up = '\nop.add_flag("t", { "g" })' }
    assert.matches("op%.add_flag: column \"g\": type is missing.-b2.lua:13", p:run("upgrade").err)
    p:write("plugins/mine.lua", plugin("mine", [[operations = { x = { like = "add_colum", compile = "S" } }]]))
    assert.matches('like = "add_colum", which is no built%-in operation %(did you mean add_column%?%)', p:run("upgrade").err)
    p:write("plugins/mine.lua", plugin("mine", [[operations = { x = { like = "batch_update", compile = "S" } }]]))
    assert.matches('like = "batch_update", which is no plain definition', p:run("upgrade").err)
  end)
end)

describe("what is replaced", function()
  after_each(e2e.cleanup)

  it("is replaced among others of a batch too, and not inside other operations", function()
    local p = project(([[operations = { create_index = { replace = true, compile = { %s = function(o, d, super)
      local list = super()
      list[#list + 1] = ("CREATE TABLE %%s (a INTEGER)"):format(d:quote("for_" .. o.name))
      return list
    end } } }]]):format(e2e.dialect))
    p:revision { "a1", up = [[op.create_table("t", { { "a", types.integer, index = true }, { "b", types.integer } })
      op.create_index("i1", "t", { "b" })
      op.batch_alter_table("t", function(t)
        t.add_column { "c", types.integer }
        t.create_index("i2", { "c" })
        t.add_column { "d", types.integer }
      end)]], down = 'op.drop_table("t") op.drop_table("for_i1") op.drop_table("for_i2")' }
    if e2e.db == "sqlite" then -- a batch is one rebuild there
      assert.matches("op%.create_index, which a plugin replaces, in op%.batch_alter_table; call it before or after",
        p:run("upgrade").err)
      return
    end
    for _, words in ipairs { { "upgrade" }, { "downgrade", "base" }, { "upgrade" } } do
      local r = p:run(table.unpack(words))
      assert.equal(0, r.code, r.out .. r.err)
    end
    assert.is_true(p:has_table("for_i1"))
    assert.is_true(p:has_table("for_i2"))
    assert.is_false(p:has_table("for_ix_t_a")) -- create_table writes its indexes itself
    assert.equal(0, p:run("downgrade", "base").code)
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    assert.matches("CREATE TABLE for_i2", r.out)
  end)
end)

describe("a command that calls operations", function()
  after_each(e2e.cleanup)

  it("is told that they belong into a revision; what changes nothing works", function()
    local p = project([[commands = {
      make = { writes = true, run = function() require("op").create_table("made", { { "a", require("op").types.integer } }) end },
      work = { writes = true, run = function() require("op").mine_fill() end },
      back = { writes = true, run = function() require("op").savepoint(function() end) end },
      fill = { writes = true, run = function() require("op").batch_delete("t", { where = "1 = 1" }) end },
      look = { run = function() local op = require "op" return { op.dialect, tostring(op.inspect():has_table("t")), #op.uuid() } end },
    }, operations = { mine_fill = { args = {}, execute = function(_, conn) return conn:execute("INSERT INTO t (a) VALUES (1)") end } }]])
    p:revision { "a1", up = TABLE }
    assert.equal(0, p:run("upgrade").code)
    for _, name in ipairs { "make", "work", "fill", "back" } do
      local r = p:run(name)
      assert.equal(1, r.code, name .. r.out .. r.err)
      assert.matches("while no revision runs", r.err)
    end
    assert.is_false(p:has_table("made"))
    assert.same({ { "0" } }, p:sql("SELECT count(*) FROM t"))
    local r = p:run("look")
    assert.equal(0, r.code, r.err)
    assert.same({ e2e.dialect, "true", 36 }, e2e.json(r.out))
  end)
end)

describe("where plugins lie", function()
  after_each(e2e.cleanup)

  it("folders with modules of their own, relative and absolute paths, lists and single ones", function()
    local p = e2e.project { url = false, files = {
      ["more/deep/two/plugin.lua"] = 'local names = require "two.names"\n' .. plugin("two", "description = names.text"),
      ["more/deep/two/names.lua"] = "return { text = 'Of two.' }",
      ["plugins/one.lua"] = plugin("one", "") } }
    p:write("curlew.lua", 'return { url = "sqlite://", plugins = { "one", "two" }, plugin_path = { "./plugins", "more/../more/deep" } }')
    local r = p:json("plugins")
    assert.equal(0, r.code, r.out .. r.err)
    assert.equal("Of two.", r.json.plugins[2].description)
    p:write("curlew.lua", ('return { url = "sqlite://", plugins = { "two" }, plugin_path = { %q } }'):format(p.dir .. "/more/deep"))
    assert.equal(0, p:run("plugins").code)
    r = e2e.run { "-c", p.dir .. "/curlew.lua", "plugins", cwd = "/" }
    assert.equal(0, r.code, r.err)
  end)

  it("of two bad ones the first is named, in text and JSON, then the second", function()
    local p = e2e.project { url = "postgresql://nobody@127.0.0.1:1/none", config = 'plugins = { "one", "two" },', files = {
      ["plugins/one.lua"] = "error('first')", ["plugins/two.lua"] = plugin("two", "hooks = 7") } }
    p:revision { "a1" }
    local r = p:run("upgrade")
    assert.equal(3, r.code)
    assert.matches("plugin one can't be loaded: first %(plugins/one%.lua:1", r.err)
    assert.not_matches("two", r.err)
    p:write("plugins/one.lua", plugin("one", ""))
    local e = p:json("upgrade").json.error
    assert.matches("plugin two hooks must be a table, not number 7", e.message)
    assert.matches("plugins/two%.lua$", e.file)
  end)

  it("comparators and lint rules are functions by name, or lists of tables with one", function()
    local p = e2e.project { url = false, config = 'url = "sqlite://", plugins = { "one" },', files = { ["plugins/one.lua"] = plugin("one",
      "comparators = { policies = function(ctx) return {} end }, lint = { { name = 'no_text', check = print } }") } }
    local told = p:json("plugins").json.plugins[1]
    assert.same({ { "policies" }, { "no_text" } }, { told.comparators, told.lint })
    p:write("plugins/one.lua", plugin("one", "comparators = { 7 }"))
    assert.matches("plugin one comparators%[1%] has no name", p:run("plugins").err)
  end)
end)
