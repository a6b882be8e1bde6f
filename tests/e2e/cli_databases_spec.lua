--- Several databases from one configuration: which are chosen, in which order they run, what happens when
--- one fails, and what is told at the end.
local e2e = require "support.e2e"

describe("with several databases", function()
  after_each(e2e.cleanup)
  local p, one, two

  before_each(function()
    one, two = e2e.database(), e2e.database()
    p = e2e.project { url = false, config = ([[databases = { { name = "two", url = %q }, { name = "one", url = %q } },]])
      :format(two, one) }
    p:revision { "aaaa1", title = "first" }
    p:revision { "bbbb2", title = "second",
      up = [[if ctx.database == "two" and ctx.x.fail then error("two is ill") end]] }
  end)

  local function rows(url)
    local found = {}
    for _, row in ipairs(e2e.sql(url, "SELECT version_num FROM curlew_version")) do found[#found + 1] = row[1] end
    return found
  end

  it("a command that changes needs to know which", function()
    local r = p:run("upgrade")
    assert.equal(2, r.code)
    assert.matches("two, one", r.err)
    r = p:run("upgrade", "-x", "db=tow")
    assert.equal(2, r.code)
    assert.matches("two", r.err)
    assert.equal(2, p:run("upgrade", "-x", "db=all", "--url", one).code)
  end)

  it("runs one, a list, or all in the configuration's order", function()
    local r = p:run("upgrade", "aaaa1", "-x", "db=one")
    assert.equal(0, r.code, r.err)
    assert.same({ "aaaa1" }, rows(one))
    r = p:run("upgrade", "-x", "db=all")
    assert.equal(0, r.code, r.err)
    assert.same({ "bbbb2" }, rows(one))
    assert.same({ "bbbb2" }, rows(two))
    local first, last = r.err:find("two: upgrade    aaaa1 -> bbbb2", 1, true), r.err:find("one: upgrade", 1, true)
    assert.is_true(first < last, r.err)
    assert.matches("\n2 databases:\n  two  bbbb2\n  one  bbbb2\n$", r.err)
    r = p:run("downgrade", "base", "-x", "db=one,two")
    assert.equal(0, r.code, r.err)
    assert.same({}, rows(one))
  end)

  it("stops at the first failure", function()
    local r = p:run("upgrade", "-x", "db=all", "-x", "fail")
    assert.equal(1, r.code)
    assert.matches("two is ill", r.err)
    assert.matches("2 databases:\n  two  failed\n  one  not run\n$", r.err)
    assert.equal(1, select(2, r.err:gsub("error:", "")))
  end)

  it("goes on with --keep-going, and still fails", function()
    local r = p:run("upgrade", "-x", "db=all", "-x", "fail", "--keep-going")
    assert.equal(1, r.code)
    assert.matches("2 databases:\n  two  failed\n  one  bbbb2\n$", r.err)
    assert.same({ "bbbb2" }, rows(one))
  end)

  it("looks at all of them", function()
    p:run("upgrade", "aaaa1", "-x", "db=one")
    assert.equal("two:\n\none:\naaaa1\n", p:run("current").out)
    local docs = p:json("current", "-x", "db=all").json.databases
    assert.equal("two", docs[1].database)
    assert.same({}, docs[1].current)
    assert.equal("aaaa1", docs[2].current[1].revision)
    assert.equal("aaaa1\n", p:run("current", "-x", "db=one").out)
    assert.equal("bbbb2 (head)\n", p:run("heads").out) -- they share their files
  end)

  it("names the database in events and errors", function()
    local r = p:json("upgrade", "-x", "db=two", "-x", "fail")
    assert.equal("two", r.events[1].database)
    local last = r.events[#r.events]
    assert.equal("error", last.event)
    assert.equal("two", last.error.database)
  end)

  it("takes the default database", function()
    p:write("curlew.lua", ([[return { default_database = "one",
      databases = { { name = "two", url = %q }, { name = "one", url = %q } } }]]):format(two, one))
    assert.equal(0, p:run("upgrade").code)
    assert.same({ "bbbb2" }, rows(one))
    if e2e.db == "sqlite" then assert.is_false(e2e.exists((two:gsub("^sqlite:///", "")))) end
  end)
end)
