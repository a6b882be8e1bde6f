--- Projects of many files are read from a cache: nobody can tell but by the clock. One project is made,
--- since files count only after a rest of two seconds; each test adds to it and takes away again.
local e2e = require "support.e2e"
local process = require "support.process"

if e2e.db ~= "sqlite" then return end

local COUNT = 110

local function name(n) return ("r%03d"):format(n) end

local CHAIN_END = [[
local M = { revision = "%s", down_revision = "%s" }
%s
function M.upgrade() end
function M.downgrade() end
return M
]]

describe("a project of many files", function()
  local p, cache, added

  local function run(cached, arguments)
    arguments.env = arguments.env or {}
    arguments.env.XDG_CACHE_HOME = cached and cache or "/dev/null"
    return p:run(arguments)
  end

  --- The same command says the same with the cache as without one; returns what it says.
  local function same(arguments)
    local with, without = run(true, arguments), run(false, arguments)
    assert.same({ without.code, without.out, without.err }, { with.code, with.out, with.err })
    return with
  end

  --- Adds a file for this test.
  local function add(path, text)
    p:write(path, text)
    added[#added + 1] = p:path(path)
  end

  setup(function()
    p, cache, added = e2e.project { url = "sqlite:///app.db" }, e2e.folder(), {}
    for n = 1, COUNT do
      p:revision { name(n), parent = n > 1 and name(n - 1) or false, title = "title " .. n,
        labels = n == 50 and "middle" or nil,
        up = n > COUNT - 2 and ([[op.create_table("t%d", { { "id", types.integer } })]]):format(n) or nil,
        down = n > COUNT - 2 and ([[op.drop_table("t%d")]]):format(n) or nil }
    end
    process.must("sleep 2.1")
    assert.equal(0, run(true, { "heads" }).code)
    local files = process.capture("cat " .. process.quote(cache) .. "/curlew/revisions-*")
    assert.truthy(files:find("r110.lua", 1, true))
  end)
  teardown(e2e.cleanup)
  before_each(function() added = {} end)
  after_each(function()
    for _, path in ipairs(added) do os.remove(path) end
    os.remove(p:path("app.db"))
  end)

  it("shows the same with and without the cache", function()
    assert.equal("r110 (head)\n", same({ "heads" }).out:gsub(" %(middle%)", ""))
    same { "history", "-v" }
    same { "--format=json", "history" }
    same { "show", "middle" }
    same { "branches" }
    same { "current" }
    same { "upgrade", "--sql", "middle" }
  end)

  it("runs revisions that it knows from the cache, and journals their text", function()
    assert.equal(0, run(true, { "upgrade" }).code)
    assert.same({ { "2" } }, e2e.sql("sqlite:///" .. p:path("app.db"),
      "SELECT count(*) FROM sqlite_master WHERE name LIKE 't1%'"))
    assert.same({ { "0" } }, e2e.sql("sqlite:///" .. p:path("app.db"),
      "SELECT count(*) FROM curlew_version_journal WHERE script IS NULL OR length(checksum) <> 64"))
    local status = same { "status" }
    assert.is_nil(status.out:find("changed", 1, true))
    assert.equal(0, run(true, { "downgrade", "base" }).code)
  end)

  it("notices applied files that were edited", function()
    assert.equal(0, run(true, { "upgrade" }).code)
    local path = "migrations/versions/r100.lua"
    local text = p:read(path)
    p:write(path, (text:gsub("title 100", "title ABC")))
    local history = same { "history", "-r", "r099:r100" }
    assert.matches("title ABC", history.out)
    assert.matches("Changed.*r100", same({ "status" }).out)
    p:write(path, text)
  end)

  it("reports bad files as it does without the cache", function()
    add("migrations/versions/r111.lua", CHAIN_END:format("r111", "r110", "M.x ="))
    local r = same { "heads" }
    assert.equal(3, r.code)
    assert.matches("r111%.lua:%d", r.err)
    p:write("migrations/versions/r111.lua", CHAIN_END:format("r005", "r110", ""))
    r = same { "heads" }
    assert.equal(3, r.code)
    assert.matches("r005.*twice", r.err)
    p:write("migrations/versions/r111.lua", CHAIN_END:format("r111", "r404", ""))
    assert.matches("r404", same({ "heads" }).err)
    p:write("migrations/versions/r111.lua", CHAIN_END:format("r111", "r110", 'M.branch_labels = "middle"'))
    assert.matches("middle", same({ "heads" }).err)
  end)

  it("forgets files that are gone", function()
    add("migrations/versions/r111.lua", CHAIN_END:format("r111", "r110", ""))
    process.must("sleep 2.1")
    assert.equal("r111", same({ "heads" }).out:match("^%w+"))
    os.remove(added[1])
    assert.equal("r110", same({ "heads" }).out:match("^%w+"))
  end)

  it("loads what depends on more than its text every time", function()
    add("migrations/versions/r111.lua", CHAIN_END:format("r111", "r110", 'M.branch_labels = os.getenv("LABEL")'))
    add("migrations/versions/r112.lua",
      'local base = require "base"\n' .. CHAIN_END:format("r112", "r111", "M.down_revision = base.parent"))
    add("migrations/versions/r113.lua", CHAIN_END:format("r113", "r112", "M.branch_labels = _G.tostring(_ENV ~= nil)"))
    add("base.lua", 'return { parent = "r111" }\n')
    process.must("sleep 2.1")
    for _, label in ipairs { "one", "two" } do
      assert.matches("%(.*%f[%w]" .. label .. "%f[%W].*%) %(head%)", same({ "heads", env = { LABEL = label } }).out)
    end
    p:write("base.lua", 'return { parent = "r110" }\n')
    assert.matches("^r111.*\nr113", same({ "heads", env = { LABEL = "one" } }).out)
    p:write("base.lua", "return {\n")
    assert.equal(3, same({ "heads", env = { LABEL = "one" } }).code)
  end)

  it("says so when a file became another while the command ran", function()
    add("curlew.lua.bak", p:read("curlew.lua"))
    p:write("curlew.lua", ([[
return { url = "sqlite:///app.db", on_connect = function()
  local file = assert(io.open(%q, "w"))
  file:write(%q)
  file:close()
end }
]]):format(p:path("migrations/versions/r001.lua"), CHAIN_END:format("other", "r110", "")))
    local text = p:read("migrations/versions/r001.lua")
    local r = run(true, { "upgrade" })
    p:write("migrations/versions/r001.lua", text)
    p:write("curlew.lua", p:read("curlew.lua.bak"))
    assert.equal(3, r.code)
    assert.matches("r001 was changed while this command was running", r.err)
    assert.same({ { "0" } }, e2e.sql("sqlite:///" .. p:path("app.db"), "SELECT count(*) FROM curlew_version"))
  end)
end)
