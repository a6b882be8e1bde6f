local template = require "curlew.template"

local function render(text, vars) return template.render("t.tmpl", text, vars or {}) end

describe("template.render", function()
  it("gives text without marks back as it is", function()
    for _, text in ipairs {
      "", "\n", "a", "a\nb", "a\nb\n", "\n\n", "100%\n", "$x {y} \\n \"q\" ]]\n", "\r\n\0\255",
    } do
      assert.equal(text, render(text))
    end
  end)

  it("puts in the value of an expression", function()
    assert.equal("id: 7, next 8\n", render("id: ${n}, next ${n + 1}\n", { n = 7 }))
    assert.equal("true", render("${ok}", { ok = true }))
    assert.equal("", render("${s}", { s = "" }))
  end)

  it("lets an expression have braces of its own", function()
    assert.equal("b", render("${({ 'a', 'b' })[2]}"))
  end)

  it("does not look at what it put in", function()
    assert.equal("${n} % x\n", render("${s}\n", { s = "${n} % x" }))
  end)

  it("takes lines that begin with % as Lua", function()
    assert.equal("- a\n- b\nend\n",
      render("% for _, x in ipairs(list) do\n- ${x}\n  % end\nend\n", { list = { "a", "b" } }))
  end)

  it("keeps what is doubled", function()
    assert.equal("${x}\n", render("$${x}\n"))
    assert.equal("% not Lua\n", render("%% not Lua\n"))
    assert.equal("  %done\n", render("  %%done\n"))
  end)

  it("lets the variables go before the helpers", function()
    assert.equal("mine", render("${lua}", { lua = "mine" }))
  end)

  it("has the standard library", function()
    assert.equal("ABC", render("${string.upper('abc')}"))
  end)
end)

describe("template errors", function()
  local function problem(text, vars)
    local ok, message = pcall(template.render, "t.tmpl", text, vars or {})
    assert.is_false(ok)
    return message
  end

  it("name an unknown variable, its line and the nearest one", function()
    assert.equal("t.tmpl:2: there is no variable `mesage`; did you mean `message`?",
      problem("a\n${mesage}\n", { message = "x" }))
  end)

  it("name the line of a syntax error", function()
    assert.matches("^t%.tmpl:3: ", problem("a\nb\n${1 +}\n"))
    assert.matches("^t%.tmpl:2: ", problem("a\n% x x\nb\n"))
    assert.matches("^t%.tmpl:%d+: 'end' expected", problem("% if true then\na\n"))
  end)

  it("name a brace that is missing", function()
    assert.equal("t.tmpl:1: `${` without its `}`", problem("a ${b\n"))
    assert.equal("t.tmpl:2: `${}` has nothing in it", problem("\n${ }\n"))
  end)

  it("say so when a value is nil", function()
    assert.equal("t.tmpl:1: a `${...}` gives nil", problem("${nil}"))
  end)

  it("show the line of a failing expression", function()
    assert.matches("^t%.tmpl:2: oops", problem("\n${error('oops')}"))
  end)

  it("refuse bytecode", function()
    assert.is_false(pcall(template.render, "t.tmpl", "% \27Lua", {}))
  end)
end)

describe("template helpers", function()
  local h = template.helpers

  it("write Lua source", function()
    assert.equal("nil", h.lua(nil))
    assert.equal("nil", h.lua {})
    assert.equal('"a"', h.lua "a")
    assert.equal('"a"', h.lua { "a" })
    assert.equal('{ "a", "b" }', h.lua { "a", "b" })
    assert.equal("true", h.lua(true))
    local nasty = 'q" \\ \n \r \0 \255 ]]'
    assert.equal(nasty, load("return " .. h.lua(nasty))())
    assert.is_nil(h.lua(nasty):find("[\r\n]"))
  end)

  it("write comments, whatever the text", function()
    assert.equal("-- a", h.comment "a")
    assert.equal("-- a\n-- b\n--\n-- c", h.comment "a\nb\r\n\rc")
    assert.equal("--", h.comment "")
    assert.equal("-- [[ x", h.comment "[[ x")
  end)

  it("join lists", function()
    assert.equal("a, b", h.comma { "a", "b" })
    assert.equal("", h.comma {})
    assert.equal("", h.comma(nil))
  end)

  it("write JSON strings", function()
    assert.equal('"a\\"b\\\\\\u000a"', h.json 'a"b\\\n')
  end)
end)

describe("built-in templates", function()
  local function read(path)
    local file = assert(io.open("lua/curlew/template/" .. path, "rb"))
    local text = file:read("a")
    file:close()
    return text
  end
  local vars = {
    message = "create users\nand \"more\" ]] --", rev_id = "ae10", down_revision = { "b1", "b2" }, branch_labels = {},
    depends_on = { "c1" }, create_date = "2026-11-20 10:30:00", databases = { "main", "a-b" },
    migrations = "db/migrations", meta_dir = "/usr/share/curlew",
    upgrade = "  assert(true)\n", downgrade = "", upgrades = { main = "  assert(true)\n" }, downgrades = {},
  }
  package.loaded.op = package.loaded.op or { types = {} }

  for _, name in ipairs { "generic", "multidb" } do
    it("of " .. name .. " write a revision that loads", function()
      local text = template.render("script", read(name .. "/script.lua.tmpl"), vars)
      local M = assert(load(text, "script", "t"))()
      assert.equal("ae10", M.revision)
      assert.same({ "b1", "b2" }, M.down_revision)
      assert.is_nil(M.branch_labels)
      assert.equal("c1", M.depends_on)
      assert.equal("-- create users", text:match("^[^\n]*"))
      assert.matches("\n%-%- Revises: b1, b2\n", text)
      if name == "multidb" then
        assert.is_function(M.upgrade.main)
        assert.is_function(M.downgrade["a-b"])
        assert.matches("\n    assert%(true%)\n  end,", text) -- what autogenerate wrote for one of them
      else
        assert.is_function(M.upgrade)
        assert.matches("upgrade%(ctx%)\n  assert%(true%)\nend", text)
      end
    end)

    it("of " .. name .. " write a configuration that loads", function()
      local text = template.render("config", read(name .. "/curlew.lua.tmpl"), vars)
      assert.equal("db/migrations", assert(load(text, "config", "t"))().migrations)
      assert.matches('"/usr/share/curlew"', template.render("rc", read(name .. "/luarc.json.tmpl"), vars))
    end)
  end
end)
