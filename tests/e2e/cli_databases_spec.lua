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
    assert.matches("\n2 databases: 2 done, 0 failed, 0 not run\n  two  done     bbbb2  2 revisions  [%d.]+ m?s\n"
      .. "  one  done     bbbb2  1 revision  [%d.]+ m?s\n$", r.err)
    r = p:run("downgrade", "base", "-x", "db=one,two")
    assert.equal(0, r.code, r.err)
    assert.same({}, rows(one))
  end)

  it("stops at the first failure", function()
    local r = p:run("upgrade", "-x", "db=all", "-x", "fail")
    assert.equal(1, r.code)
    assert.matches("two is ill", r.err)
    assert.matches("2 databases: 0 done, 1 failed, 1 not run\n  two  failed   [^\n]+two is ill\n  one  not run\n$", r.err)
    assert.equal(1, select(2, r.err:gsub("error:", "")))
  end)

  it("goes on with --keep-going, and still fails", function()
    local r = p:run("upgrade", "-x", "db=all", "-x", "fail", "--keep-going")
    assert.equal(1, r.code)
    assert.matches("2 databases: 1 done, 1 failed, 0 not run\n  two  failed   [^\n]+\n  one  done     bbbb2 [^\n]+\n$", r.err)
    assert.same({ "bbbb2" }, rows(one))
  end)

  it("ends with a ledger of what each reached", function()
    local r = p:json("upgrade", "-x", "db=all", "-x", "fail", "--keep-going")
    local ledger = r.events[#r.events]
    assert.equal("ledger", ledger.event)
    assert.same({ 1, 1, 0 }, { ledger.done, ledger.failed, ledger.not_run })
    local failed, done = ledger.databases[1], ledger.databases[2]
    assert.same({ "two", "failed" }, { failed.database, failed.outcome })
    assert.equal("script", failed.error.code)
    assert.same(e2e.transactional and { "aaaa1" } or failed.current, failed.current)
    assert.same({ "one", "done", 2 }, { done.database, done.outcome, done.migrations })
    assert.same({ "bbbb2" }, done.current)
    assert.is_nil(done.error)
  end)

  it("asks a function for the list, which gets -x", function()
    p:write("curlew.lua", ([[return { databases = function(args)
      assert(args.command == "upgrade" or args.command == "current")
      return { { name = "t_" .. (args.x.tenant or "none"), url = %q, tier = 3 } }
    end }]]):format(one))
    p:revision { "cccc3", parent = "bbbb2", up = "assert(ctx.config.tier == 3 and ctx.database == 't_x')" }
    local r = p:run("upgrade", "-x", "tenant=x")
    assert.equal(0, r.code, r.err)
    assert.same({ "cccc3" }, rows(one))
    assert.equal("cccc3 (head)\n", p:run("heads").out) -- about files only: the function is not called
  end)

  it("runs the function of the database, and records the revision on the others", function()
    p:write("migrations/versions/aaaa1.lua", [[-- by name
      return { revision = "aaaa1", down_revision = nil,
        upgrade = { one = function() require("op").execute "CREATE TABLE only_one (id INTEGER)" end },
        downgrade = { one = function() require("op").execute "DROP TABLE only_one" end } }]])
    assert.equal(0, p:run("upgrade", "-x", "db=all").code)
    assert.same({ { "0" } }, e2e.sql(one, "SELECT count(*) FROM only_one"))
    assert.has_error(function() e2e.sql(two, "SELECT count(*) FROM only_one") end)
    assert.same({ "bbbb2" }, rows(two))
    assert.equal(0, p:run("downgrade", "base", "-x", "db=all").code)
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
