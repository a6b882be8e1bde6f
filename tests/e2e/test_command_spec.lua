--- curlew test: what it finds, that it leaves everything else alone, and what it prints.
local e2e = require "support.e2e"

--- Whether the scratch database that `curlew -v test` has told of is still there.
local function is_there(r)
  local url = assert(r.err:match "the scratch database is (%S+)", r.err)
  if e2e.db == "sqlite" then return e2e.exists((url:gsub("^sqlite:///", ""):gsub("/[^/]*$", ""))) end
  local name, admin = url:match "(curlew_test_%x+)", os.getenv("CURLEW_TEST_" .. e2e.db:upper() .. "_URL")
  return e2e.sql(admin, (e2e.db == "postgresql" and "SELECT count(*) FROM pg_database WHERE datname = '%s'"
    or "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '%s'"):format(name))[1][1] ~= "0"
end

local TABLE = [[op.create_table("%s", { { "id", types.bigint, primary_key = true }, { "name", types.varchar(40) } })]]

describe("curlew test", function()
  after_each(e2e.cleanup)
  local p

  before_each(function() p = e2e.project() end)

  local function add(id, more)
    local r = { id, up = TABLE:format(id), down = ('op.drop_table("%s")'):format(id) }
    for key, value in pairs(more or {}) do r[key] = value end
    return p:revision(r)
  end

  --- The checks that did not pass, by name.
  local function failed(r)
    local list = {}
    for _, check in ipairs(r.json.checks) do
      if not check.ok then list[check.name] = table.concat(check.problems, "\n") end
    end
    return list
  end

  it("passes a project whose revisions go up, down and up again, branches and merges too", function()
    add("aaaa1", { title = "one" })
    add("bbbb2", { parent = "aaaa1" })
    add("cccc3", { parent = "aaaa1", up = [[op.create_index("i", "aaaa1", { "name" })]], down = [[op.drop_index("i", { table = "aaaa1" })]] })
    add("dddd4", { parent = { "bbbb2", "cccc3" }, up = "", down = "" })
    add("eeee5", { parent = "dddd4", up = [[op.add_column("aaaa1", { "nick", types.text })]], down = [[op.drop_column("aaaa1", "nick")]] })
    local r = p:run("test")
    assert.equal(0, r.code, r.out .. r.err)
    assert.matches("^TAP version 13\nok 1 %- every revision file loads", r.out)
    assert.matches("\nok 8 %- aaaa1 one: up, down and up again leaves no trace\n", r.out)
    assert.matches("\nok 13 %- all the way down and up again leaves no trace\n1%.%.13\n$", r.out)
    assert.is_nil(r.out:find("not ok", 1, true))
    assert.equal("", r.err)
    assert.is_false(p:has_table("curlew_version"))
    assert.is_false(p:has_table("aaaa1"))
  end)

  it("leaves data alone, and no scratch database behind", function()
    add "aaaa1"
    assert.equal(0, p:run("upgrade").code)
    p:sql("INSERT INTO aaaa1 (id, name) VALUES (1, 'ada')")
    assert.is_false(is_there(p:run("-v", "test")))
    add("bbbb2", { up = "error 'no'" })
    local r = p:run("-v", "test")
    assert.equal(6, r.code)
    assert.is_false(is_there(r))
    assert.same({ { "ada" } }, p:sql("SELECT name FROM aaaa1"))
    assert.same({ "aaaa1" }, p:rows())
  end)

  it("names what a downgrade forgets, and goes on with the others", function()
    add "aaaa1"
    add("bbbb2", { up = TABLE:format("kept") .. [[op.create_index("i", "aaaa1", { "name" })]], down = "" })
    add("cccc3", { up = [[op.add_column("aaaa1", { "nick", types.text })]],
      down = [[op.drop_column("aaaa1", "nick") op.drop_column("aaaa1", "name")]] })
    add "dddd4"
    local r = p:json("test")
    assert.equal(6, r.code, r.out)
    local problems = failed(r)
    local second = problems["bbbb2 revision bbbb2: up, down and up again leaves no trace"]
    assert.matches("after the downgrade: table kept is left over", second)
    assert.matches(e2e.db == "sqlite" and "index i is left over" or "after the downgrade: table aaaa1: left over: [^\n]*i", second)
    assert.matches("the upgrade fails the second time: .*kept", second)
    assert.matches("after the downgrade: table aaaa1: missing: [^\n]*name", problems["cccc3 revision cccc3: up, down and up again leaves no trace"])
    assert.is_nil(problems["dddd4 revision dddd4: up, down and up again leaves no trace"])
    assert.same({ 2, #r.json.checks - 3, 1 }, { r.json.failed, r.json.passed, r.json.skipped })
    assert.equal("differences", r.json.error.code)
  end)

  it("wants each revision to have a downgrade or to say why not", function()
    add "aaaa1"
    add("bbbb2", { down = false, more = 'irreversible = "the mails are # sent",' })
    add("cccc3", { down = false })
    local r = p:run("test")
    assert.equal(6, r.code)
    assert.matches("ok 4 %- bbbb2 revision bbbb2: it can be taken back, or says why not # SKIP declared irreversible: the mails are # sent\n", r.out)
    assert.matches("not ok 5 %- cccc3 revision cccc3: it can be taken back, or says why not\n# it has no downgrade, and does not say why", r.out)
    assert.matches("ok 7 %- [^\n]*# SKIP only up: declared irreversible\n", r.out)
    assert.matches("ok 9 %- all the way down[^\n]*# SKIP some revisions can't be taken back\n1%.%.9\n$", r.out)
    assert.matches("1 of 9 checks failed", r.err)
  end)

  it("tells of an upgrade and a downgrade that fail, with their place", function()
    add "aaaa1"
    local path = add("bbbb2", { down = "\n\nerror 'no way back'" })
    add("cccc3", { up = TABLE:format("half") .. "\nerror 'stuck'" })
    add "dddd4"
    local problems = failed(p:json("test"))
    assert.matches("the downgrade fails: no way back %(" .. path:match("[^/]+$"):gsub("%.", "%%.") .. ":%d+%)",
      (problems["bbbb2 revision bbbb2: up, down and up again leaves no trace"]:gsub("[%w_./-]*/", "")))
    assert.matches("the upgrade fails: stuck", problems["cccc3 revision cccc3: up, down and up again leaves no trace"])
    assert.matches("ok 10 %- dddd4[^\n]*# SKIP not reached", p:run("test").out)
  end)

  it("finds files that don't load, and heads without a name", function()
    add "aaaa1"
    add("bbbb2", { parent = "aaaa1" })
    add("cccc3", { parent = "aaaa1", labels = { "side" } })
    local problems = failed(p:json("test"))
    assert.matches("bbbb2 is one of 2 heads and has no branch label of its own",
      problems["there is a single head, or each has a branch label"])
    add("bbbb2", { parent = "aaaa1", labels = { "front" } })
    assert.equal(0, p:run("test").code)
    p:write("migrations/versions/broken.lua", "return { revision = ")
    local r = p:run("test")
    assert.equal(6, r.code)
    assert.matches("not ok 1 %- every revision file loads[^\n]*\n# loading: [^\n]*\n1%.%.1\n$", r.out)
  end)

  it("works in the configured database where it is told to and that is empty", function()
    add "aaaa1"
    p:sql("CREATE TABLE mine (id INTEGER)")
    local r = p:run("test", "--in-place")
    assert.equal(2, r.code)
    assert.matches("the database is not empty, and testing in it would harm what is there: table mine", r.err)
    assert.matches("\nBail out! the database is not empty", r.out)
    assert.is_true(p:has_table("mine"))
    p:sql("DROP TABLE mine")
    r = p:run("test", "--in-place")
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_false(p:has_table("aaaa1"))
    assert.same({}, p:rows())
    assert.equal(0, p:run("upgrade").code)
    r = p:run("test", "--in-place")
    assert.equal(2, r.code)
    assert.matches("version rows", r.err)
    assert.is_true(p:has_table("aaaa1"))
  end)

  it("tests each of several databases, with its own functions and settings", function()
    local one, two = e2e.database(), e2e.database()
    p:write("curlew.lua", ([[return { databases = { { name = "one", url = %q }, { name = "two", url = %q } } }]]):format(one, two))
    p:write("migrations/versions/a.lua", [[-- by name
      local op = require "op"
      return { revision = "aaaa1", upgrade = { one = function() op.execute "CREATE TABLE a (id INTEGER)" end,
          two = function() op.execute "CREATE TABLE b (id INTEGER)" end },
        downgrade = { one = function() op.execute "DROP TABLE a" end } }]])
    local r = p:run("test")
    assert.equal(6, r.code, r.err)
    assert.matches("\nok 4 %- one: aaaa1 by name: up, down", r.out)
    assert.matches("\nnot ok 9 %- two: aaaa1 by name: up, down[^\n]*\n# after the downgrade: table b is left over", r.out)
    assert.equal(0, p:run("test", "-x", "db=one").code)
    local checks = p:json("test", "-x", "db=one,two").json.checks
    assert.equal("two", checks[#checks].database)
  end)

  it("drops the scratch database when it is interrupted", function()
    p:revision { "aaaa1", up = [[op.log("waits") print "waits" io.stdout:flush() local till = os.time() + 20 while os.time() < till do end]] }
    local job = p:start("-v", "test")
    assert.is_true(job:expect("waits", 30))
    job:signal("INT")
    local r = job:wait(15)
    assert.equal(7, r.code, r.out .. r.err)
    assert.matches("Bail out!", r.out)
    assert.is_false(is_there(r))
  end)

  if e2e.db == "postgresql" then
    it("says which right is missing", function()
      local role = "curlew_norights_" .. math.random(1000000)
      p:sql(("CREATE ROLE %s LOGIN PASSWORD 'norights'"):format(role))
      local url = p.url:gsub("://[^@/]*@", "://" .. role .. ":norights@")
      local r = p:run("test", "--url", url)
      p:sql("DROP ROLE " .. role)
      assert.is_true(r.code == 1 or r.code == 4, r.code)
      if r.code == 1 then
        assert.matches("no scratch database can be made: .*permission denied", r.err)
        assert.matches("the right to create databases", r.err)
      end
    end)
  end
end)
