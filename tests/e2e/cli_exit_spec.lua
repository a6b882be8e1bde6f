--- Exit codes that come from projects and databases, and what goes with them: the message, where, and
--- what to do next.
local e2e = require "support.e2e"
local process = require "support.process"

describe("exit 3", function()
  after_each(e2e.cleanup)

  local function assert_project(p, words, ...)
    local r = p:run(words)
    assert.equal(3, r.code, r.err)
    assert.equal("", r.out)
    for _, pattern in ipairs { ... } do assert.matches(pattern, r.err) end
    return r
  end

  it("names the file and line of a script that does not load", function()
    for name, text in pairs {
      ["syntax"] = "local M = { revision = 'bbbb2',, }\nreturn M\n",
      ["raises"] = "error('I am not well')\n",
      ["nothing"] = "local M = {}\n",
      ["no revision"] = "return { upgrade = function() end }\n",
      ["no upgrade"] = "return { revision = 'bbbb2', down_revision = 'aaaa1' }\n",
      ["bytecode"] = string.dump(function() end),
      ["bad id"] = "return { revision = 'b b', upgrade = function() end }\n",
      ["nul"] = "return { revision = 'b\\0b', upgrade = function() end }\n",
      ["global"] = "x = 1\nreturn { revision = 'bbbb2', upgrade = function() end }\n",
    } do
      local p = e2e.project { url = false }
      p:revision { "aaaa1" }
      p:write("migrations/versions/zz.lua", text)
      local r = p:run("heads")
      assert.equal(3, r.code, name .. ": " .. r.err)
      assert.is_truthy(r.err:find("versions/zz.lua", 1, true), name .. ": " .. r.err)
      assert.equal(0, p:run("help").code)
    end
  end)

  it("names both files of a duplicate id or label", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1", labels = "lab" }
    p:revision { "aaaa1", parent = false, path = "migrations/versions/twin.lua" }
    assert_project(p, { "heads" }, "aaaa1%.lua", "twin%.lua")
    p:revision { "bbbb2", parent = false, labels = "lab", path = "migrations/versions/twin.lua" }
    assert_project(p, { "heads" }, "lab", "aaaa1%.lua", "twin%.lua")
  end)

  it("names a missing parent, and a cycle by its members only", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1", parent = "gone9" }
    assert_project(p, { "history" }, "gone9", "aaaa1%.lua")
    p:revision { "aaaa1", parent = "cccc3" }
    p:revision { "bbbb2" }
    p:revision { "cccc3" }
    p:revision { "dddd4" }
    local r = assert_project(p, { "history" }, "aaaa1", "bbbb2", "cccc3")
    assert.is_nil(r.err:find("dddd4", 1, true), r.err)
  end)

  it("lists several heads with the ways out", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    p:revision { "bbbb2", title = "add a" }
    p:revision { "cccc3", title = "add b", parent = "aaaa1" }
    local r = assert_project(p, { "upgrade" }, "bbbb2", "add a", "cccc3", "add b", "curlew merge", "heads")
    assert.matches("versions/bbbb2%.lua", r.err)
    assert.same({}, p:rows())
    assert.equal(0, p:run("upgrade", "heads").code)
    assert.same({ "bbbb2", "cccc3" }, p:rows())
  end)

  it("comes with a revision that is unknown or not applied", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    p:revision { "bbbb2" }
    assert_project(p, { "upgrade", "zzzz" }, "zzzz")
    assert_project(p, { "downgrade", "bbbb2" }, "bbbb2")
    assert_project(p, { "stamp", "aaaa1", "bbbb2" }, "aaaa1", "bbbb2")
  end)

  it("comes with a URL that is none", function()
    local p = e2e.project { url = "postgres//user:hunter77@host/db" }
    p:revision { "aaaa1" }
    local r = assert_project(p, { "current" }, "URL")
    assert.is_nil(r.err:find("hunter77", 1, true))
  end)
end)

describe("exit 1", function()
  after_each(e2e.cleanup)

  it("comes with a script that raises, with its line", function()
    local p = e2e.project()
    p:revision { "aaaa1", title = "fine", up = "" }
    p:revision { "bbbb2", up = [[error("no such luck")]] }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("no such luck", r.err)
    assert.matches("bbbb2%.lua:12", r.err)
    assert.is_nil(r.err:find("stack traceback", 1, true))
    assert.matches("upgrade    <base> %-> aaaa1  fine  %d+ ms\n", r.err)
    assert.same({ "aaaa1" }, p:rows())
    assert.matches("stack traceback", p:run("upgrade", "-v").err)
  end)

  it("comes with a statement that fails, with the statement and SQLSTATE", function()
    local p = e2e.project()
    p:revision { "aaaa1", up = [[op.execute("INSERT INTO nowhere VALUES (1)")]] }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.is_truthy(r.err:find("INSERT INTO nowhere", 1, true), r.err)
    assert.matches("aaaa1%.lua:12", r.err)
    r = p:json("upgrade")
    assert.equal(1, r.code)
    local last = r.events[#r.events]
    assert.equal("error", last.event)
    assert.equal("aaaa1", last.error.revision)
    assert.equal(12, last.error.line)
    assert.equal(1, last.error.step)
    assert.equal("statement", last.error.code)
    if e2e.db ~= "sqlite" then assert.equal(e2e.db == "postgresql" and "42P01" or "42S02", last.error.sqlstate) end
  end)

  it("comes with a downgrade that is not to be had", function()
    local p = e2e.project()
    p:revision { "aaaa1", down = false }
    p:revision { "bbbb2", more = [[irreversible = "the mail is sent",]], down = false }
    p:run("upgrade")
    local r = p:run("downgrade", "-1")
    assert.equal(1, r.code)
    assert.matches("the mail is sent", r.err)
    assert.same({ "bbbb2" }, p:rows())
  end)
end)

describe("exit 2", function()
  after_each(e2e.cleanup)
  it("comes with words that can't be a revision of the command", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    for _, words in ipairs { { "upgrade", "-1" }, { "downgrade", "+1" }, { "upgrade", "base:head" }, { "upgrade", "+1zz" },
                             { "upgrade", "+0" }, { "stamp", "+1" }, { "upgrade", "" } } do
      local r = p:run(words)
      assert.equal(2, r.code, table.concat(words, " ") .. ": " .. r.err)
    end
    assert.same({}, p:rows())
  end)
end)

describe("a URL in the wrong place", function()
  after_each(e2e.cleanup)
  it("does not show its password", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    local url = "postgresql://me:swordfish99@host/db"
    for _, words in ipairs { { url }, { "upgrade", url }, { "show", url }, { "-c", url, "heads" }, { "--format", url },
                             { "heads", url }, { "revision", "--rev-id", url }, { "current", "--" .. url },
                             { "current", "--url", "x" .. url }, { "upgrade", url, "--format=json" } } do
      local r = p:run(words)
      assert.is_true(r.code == 2 or r.code == 3, r.err)
      assert.is_nil((r.out .. r.err):find("swordf", 1, true), table.concat(words, " ") .. "\n" .. r.out .. r.err)
    end
  end)
end)

describe("exit 4", function()
  after_each(e2e.cleanup)

  it("comes with a database that can't be reached, without its password", function()
    local urls = {
      sqlite = "sqlite:////no/such/folder/x.db",
      postgresql = "postgresql://me:swordfish99@127.0.0.1:9/db",
      mariadb = "mariadb://me:swordfish99@127.0.0.1:9/db",
      mysql = "mysql://me:swordfish99@127.0.0.1:9/db",
    }
    local p = e2e.project { url = urls[e2e.db] }
    p:revision { "aaaa1" }
    local words = e2e.db == "sqlite" and { "upgrade" } or { "current" }
    words.timeout = 20
    local r = p:run(words)
    assert.equal(4, r.code, r.err)
    assert.is_nil(r.err:find("swordfish99", 1, true))
    if e2e.db ~= "sqlite" then
      assert.matches("127%.0%.0%.1", r.err)
      assert.equal("connect", p:json("current").json.error.code)
      local started = os.time()
      assert.equal(4, p:run("current", "--wait", "1s").code)
      assert.is_true(os.time() - started >= 1)
    end
  end)

  if e2e.db ~= "sqlite" then
    it("comes with a wrong password, which stays hidden", function()
      -- The PostgreSQL of the tests trusts whoever it knows, so there the name is wrong too.
      local user = e2e.db == "postgresql" and "stranger" or "%1"
      local url = e2e.database():gsub("//([^:/]*):[^@]+@", "//" .. user .. ":wrong-Zx7q9@")
      local p = e2e.project { url = url }
      p:revision { "aaaa1" }
      for _, words in ipairs { { "current" }, { "current", "-v" }, { "upgrade", "--format", "json" }, { "status", "-v" } } do
        local r = p:run(words)
        assert.equal(4, r.code, r.err)
        assert.is_nil((r.out .. r.err):find("Zx7q9", 1, true))
      end
    end)

    it("comes within the time limit when nobody answers", function()
      local listener = process.start("perl", { "-MIO::Socket::INET", "-e",
        "$| = 1; my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die;"
          .. "print $s->sockport, qq(\\n); sleep 60" })
      assert.is_true(listener:expect("%d+\n"))
      local port = listener:out():match("%d+")
      local p = e2e.project { url = ("%s://me:pw@127.0.0.1:%s/db?connect_timeout=2"):format(e2e.db, port) }
      p:revision { "aaaa1" }
      local r = p:run { "current", timeout = 20 }
      listener:kill()
      assert.equal(4, r.code, r.err)
    end)
  end
end)

describe("a large project", function()
  after_each(e2e.cleanup)
  it("of 5,000 revisions works", function()
    local p = e2e.project()
    local parent = "nil"
    for i = 1, 5000 do
      local id = ("r%04d"):format(i)
      e2e.write_fast(p:path("migrations/versions/" .. id .. ".lua"),
        ("-- step %d\nreturn { revision = %q, down_revision = %s, upgrade = function() end, downgrade = function() end }\n")
        :format(i, id, parent))
      parent = ("%q"):format(id)
    end
    assert.equal("r5000 (head)\n", p:run("heads").out)
    assert.equal(5000, select(2, p:run("history").out:gsub("\n", "")))
    assert.equal(0, p:run("stamp", "r4990").code)
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.equal(10, select(2, r.err:gsub("\nupgrade ", "\n")) + (r.err:find("^upgrade ") and 1 or 0))
    assert.equal("r5000 (head)\n", p:run("current").out)
    assert.equal(0, p:run("current", "--check-heads").code)
  end)
end)

describe("words that are wrong whatever the database is at", function()
  after_each(e2e.cleanup)

  it("are told before the database is connected to", function()
    local p = e2e.project { url = "postgresql://nobody@127.0.0.1:1/none" }
    p:revision { "aaaa1" }
    p:revision { "bbbb1", parent = "aaaa1" }
    p:revision { "bbbb2", parent = "aaaa1" }
    for words, code in pairs { ["upgrade -2"] = 2, ["upgrade a b"] = 2, ["upgrade +1zzz"] = 2, ["downgrade +1"] = 2,
      ["upgrade nope"] = 3, ["downgrade nope"] = 3, ["upgrade bbb"] = 3, ["upgrade head"] = 3, ["upgrade bbbb1"] = 4,
      ["downgrade -1"] = 4 } do
      local list = {}
      for word in words:gmatch("%S+") do list[#list + 1] = word end
      assert.equal(code, p:run(list).code, words)
    end
  end)

  it("leave no database behind", function()
    local p = e2e.project { url = "sqlite:///new.db" }
    p:revision { "aaaa1" }
    assert.equal(3, p:run("upgrade", "aaaa2").code)
    assert.is_false(p:exists("new.db"))
  end)
end)
