--- The version graph as users meet it: its picture, the way out of several heads, folders of revisions.
local e2e = require "support.e2e"
local process = require "support.process"

local function lines_of(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do list[#list + 1] = line end
  return list
end

--- A base, two lines that are joined, a root of its own that needs one of them.
local function diamond(p)
  p:revision { "a1", parent = false, title = "base" }
  p:revision { "b1", parent = "a1", labels = "left", title = "left & <odd> \"title\"" }
  p:revision { "c1", parent = "a1", title = "right" }
  p:revision { "d1", parent = { "b1", "c1" }, title = "merge" }
  p:revision { "r1", parent = false, depends_on = "b1", title = "reports" }
end

describe("curlew graph on " .. e2e.db, function()
  after_each(e2e.cleanup)
  local p
  before_each(function()
    p = e2e.project()
    diamond(p)
  end)

  it("draws lines that part and meet, with a filled mark for what is applied", function()
    assert.equal(0, p:run("upgrade", "b1").code)
    assert.equal([[
○  r1 (head) reports  needs b1

○  d1 (head) merge
├─╮
○ │  c1 right
│ ●  b1 (left) left & <odd> "title"
├─╯
●  a1 base
]], p:run { "graph", env = { LC_ALL = "C.UTF-8" } }.out)
  end)

  it("draws in ASCII where the terminal has nothing else", function()
    local r = p:run { "graph", "--offline", env = { LC_ALL = "C" } }
    assert.equal(0, r.code, r.err)
    assert.is_nil(r.out:find("[\128-\255]"))
    assert.matches("%*  r1", r.out)
    assert.matches("[+]%-%.", r.out)
  end)

  it("is coloured when that is asked for, and never otherwise", function()
    assert.matches("\27%[", p:run("graph", "--color=always").out)
    assert.is_nil(p:run("graph").out:find("\27", 1, true))
  end)

  it("is written for other programs", function()
    local dot = p:run("graph", "--format", "dot").out
    assert.matches('^digraph', dot)
    assert.matches('"a1" %-> "b1";', dot)
    local mermaid = p:run("--format=mermaid", "graph").out
    assert.matches("^graph", mermaid)
    local svg = p:run("graph", "--format=svg").out
    assert.matches('^<svg xmlns="http://www.w3.org/2000/svg"', svg)
    assert.matches("left &#38; &#60;odd&#62; &#34;title&#34;", svg)
    assert.is_nil(svg:find("http", 40, true)) -- it needs nothing from elsewhere
    local _, texts = svg:gsub("<text", "")
    assert.equal(5, texts)
  end)

  it("is data with --format json", function()
    assert.equal(0, p:run("upgrade", "a1").code)
    local nodes = p:json("graph").json.graph
    assert.equal(5, #nodes)
    local by_id = {}
    for _, node in ipairs(nodes) do by_id[node.revision] = node end
    assert.is_true(by_id.a1.applied)
    assert.is_false(by_id.d1.applied)
    assert.same({ "b1", "c1" }, by_id.d1.down_revision)
    assert.same({ "b1" }, by_id.r1.depends_on)
    assert.is_true(by_id.a1.is_branch_point)
  end)

  it("creates nothing and does not need the database", function()
    assert.equal(0, p:run("graph").code)
    assert.is_false(p:has_table("curlew_version"))
    if e2e.db == "sqlite" then assert.is_false(e2e.exists((p.url:gsub("^sqlite:///", "")))) end
    local r = p:run("graph", "--url", "postgresql://127.0.0.1:1/none")
    assert.equal(0, r.code)
    assert.matches("not marked", r.err)
    assert.equal(5, select(2, r.out:gsub("%f[%w][abcdr]1%f[%W]", "%0")) > 4 and 5)
  end)

  it("refuses formats of graph elsewhere, wherever they stand", function()
    for _, words in ipairs { { "heads", "--format=svg" }, { "--format=dot", "current" }, { "graph", "--format=png" } } do
      local r = p:run(table.unpack(words))
      assert.equal(2, r.code)
      assert.matches("%-%-format must be", r.err)
    end
  end)

  it("prints the same twice, whatever it is", function()
    for _, words in ipairs { { "graph" }, { "graph", "--format=dot" }, { "graph", "--format=mermaid" },
      { "graph", "--format=svg" }, { "graph", "--format=json" }, { "heads", "-v" }, { "history", "-v" }, { "branches", "-v" },
      { "branches", "--format=json" }, { "current", "-v" }, { "show", "d1" }, { "status" }, { "status", "--format=json" },
      { "upgrade", "heads", "--dry-run" }, { "upgrade", "heads", "--sql" } } do
      assert.equal(p:run(table.unpack(words)).out, p:run(table.unpack(words)).out)
    end
  end)
end)

describe("several heads on " .. e2e.db, function()
  after_each(e2e.cleanup)
  local p
  before_each(function()
    p = e2e.project()
    p:revision { "aaaa1", parent = false, title = "base" }
    p:revision { "bbbb1", parent = "aaaa1", title = "Ann's change",
      up = [[op.create_table("ann", { { "id", types.integer } })]] }
    p:revision { "cccc1", parent = "aaaa1", title = "Bob's change",
      up = [[op.create_table("bob", { { "id", types.integer } })]] }
  end)

  --- The commands that the error tells, as they stand between backticks.
  local function advice()
    local r = p:run("upgrade")
    assert.equal(3, r.code)
    for _, part in ipairs { "bbbb1", "cccc1", "Ann's change", "Bob's change", "migrations/versions/bbbb1.lua",
      "migrations/versions/cccc1.lua" } do
      assert.is_truthy(r.err:find(part, 1, true), part)
    end
    local commands = {}
    for command in r.err:gmatch("`curlew ([^`]+)`") do commands[command:match("^%w+")] = command end
    return commands
  end

  local function run(words)
    local r = process.capture(("cd %s && %s %s 2>&1"):format(process.quote(p.dir), process.quote(e2e.bin), words))
    return r
  end

  it("are joined by the merge that the error advises", function()
    run(advice().merge:gsub('"%.%.%."', '"join"'))
    assert.equal(1, #lines_of(p:run("heads").out))
    assert.equal(0, p:run("upgrade").code)
    assert.is_true(p:has_table("ann"))
    assert.is_true(p:has_table("bob"))
  end)

  it("become one line by the rebase that the error advises", function()
    local before = p:read("migrations/versions/cccc1.lua")
    run(advice().rebase)
    assert.equal("cccc1 (head)\n", p:run("heads").out)
    assert.equal((before:gsub('down_revision = "aaaa1"', 'down_revision = "bbbb1"')), p:read("migrations/versions/cccc1.lua"))
    assert.equal(0, p:run("upgrade").code)
    assert.same({ "cccc1" }, p:rows())
    assert.is_true(p:has_table("ann"))
  end)

  it("can be taken one by one or together", function()
    assert.equal(0, p:run("upgrade", "bbbb1").code)
    assert.equal(0, p:run("upgrade", "heads").code)
    assert.same({ "bbbb1", "cccc1" }, p:rows())
  end)
end)

describe("folders of revisions", function()
  after_each(e2e.cleanup)
  if e2e.db ~= "sqlite" then return end

  it("are several, each line staying in its own", function()
    local p = e2e.project { config = [[version_locations = { "core", "shop" }, revision_ids = "sequence",]] }
    local r = p:run("revision", "-m", "first")
    assert.equal(2, r.code)
    assert.matches("%-%-version%-path", r.err)
    assert.equal("core/0001_first.lua\n", p:run("revision", "-m", "first", "--version-path", "core").out)
    assert.equal("core/0002_more.lua\n", p:run("revision", "-m", "more").out)
    assert.equal("shop/0003_shop.lua\n",
      p:run("revision", "-m", "shop", "--head", "base", "--branch-label", "shop", "--version-path", "shop").out)
    r = p:run("revision", "-m", "x", "--version-path", "elsewhere", "--head", "shop@head")
    assert.equal(2, r.code, r.err)
    assert.equal("shop/0004_cart.lua\n",
      p:run("revision", "-m", "cart", "--head", "shop@head", "--depends-on", "0002").out)
    assert.equal("0002 (effective head)\n0004 (shop) (head)\n", p:run("heads").out)
    assert.equal(0, p:run("upgrade", "shop@head").code)
    assert.same({ "0004" }, p:rows())
    assert.equal("0002 (effective head)\n0004 (shop) (head)\n", p:run("current").out)
  end)

  it("are walked when they are recursive, files that are no revisions left alone", function()
    local p = e2e.project { config = "recursive = true," }
    p:revision { "aaaa1", path = "migrations/versions/2026/01/aaaa1.lua" }
    p:revision { "bbbb1", path = "migrations/versions/2026/02/deep/er/bbbb1.lua" }
    p:write("migrations/versions/.#cccc1.lua", "not a revision")
    p:write("migrations/versions/notes.txt", "not a revision")
    assert.equal("bbbb1 (head)\n", p:run("heads").out)
    local flat = e2e.project()
    flat:revision { "aaaa1", path = "migrations/versions/2026/aaaa1.lua" }
    assert.equal("", flat:run("heads").out)
  end)
end)
