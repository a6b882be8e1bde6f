--- The library's side of plugins: what loading enters in the registries. The program's side is tried in
--- tests/e2e/plugin_spec.lua.

local host = require "support.lua_host"
local versions = require "curlew.plugin.versions"

local FOLDER = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/"

--- Loads manifests as if they were files, by name.
local function load(manifests, names, config)
  local plugin_host = {
    version = "0.1.0", config = config or {}, commands = {},
    find = function(name) return manifests[name] and name .. ".lua", manifests[name] and "lua" or "nowhere" end,
    run = function(path) return manifests[path:match("^(.*)%.lua$")] end,
  }
  return require("curlew.plugin").load(plugin_host, names)
end

describe("versions of plugins", function()
  it("are compared by their numbers", function()
    assert.is_true(versions.satisfies("1.10", ">= 1.9"))
    assert.is_true(versions.satisfies("1.2.0", "= 1.2"))
    assert.is_true(versions.satisfies("1.2", "1.1"))
    assert.is_false(versions.satisfies("2.0", ">= 1.2, < 2"))
    assert.is_false(versions.satisfies("1", "> 1.0"))
    assert.is_false(versions.is_condition "newest")
  end)
end)

describe("an operation of a plugin", function()
  local lib, d

  setup(function()
    load({ spec = {
      name = "spec", version = "1", api = 1,
      operations = {
        spec_make = {
          args = { { "name", "name" }, { "size", "integer", default = 3 } }, options = { { "kind", "string" } },
          compile = { postgresql = function(o, dialect) return ("MAKE %s(%d)"):format(dialect:quote(o.name), o.size) end,
            default = { "MAKE " , { sql = "FILL ?", params = { 1 } } } },
          reverse = function(o) return { "SELECT 1", { op = "spec_drop", name = o.name } } end,
          probe = function(o, conn) return conn:scalar("SELECT ?", { o.name }) end,
          transactional = { postgresql = false }, destructive = true,
        },
        spec_drop = { args = { name = "name", all = { kind = "boolean", default = false } }, compile = "DROP IT" },
      },
    } }, { "spec" })
    lib, d = require "curlew.op", host.dialect "postgresql"
  end)

  local function record(server, fn)
    local op, kept = host.op(server)
    fn(op)
    return kept.steps[1]
  end

  it("makes a record from arguments by position or by name", function()
    local made = record("postgresql", function(op) op.spec_make("a", 4, { kind = "k" }) end)
    assert.same({ op = "spec_make", name = "a", size = 4, kind = "k" }, made)
    assert.same(made, record("postgresql", function(op) op.spec_make { name = "a", size = 4, kind = "k" } end))
    assert.same({ op = "spec_make", name = "a", size = 3 }, record("mysql", function(op) op.spec_make "a" end))
    assert.same({ op = "spec_drop", name = "b", all = false }, record("mysql", function(op) op.spec_drop { name = "b" } end))
    assert.has_error(function() record("mysql", function(op) op.spec_drop {} end) end)
  end)

  it("is described, compiled, reversed, probed and rendered", function()
    local made = record("postgresql", function(op) op.spec_make("Order", 4, { kind = "k" }) end)
    local told = lib.describe(made, d)
    assert.is_true(told.autocommit and told.probe and told.destructive and told.ddl)
    assert.is_false(lib.describe(made, host.dialect "mysql").autocommit)
    local statements = lib.compile(made, { dialect = d })
    assert.same({ { sql = 'MAKE "Order"(4)', autocommit = true, counts = true, split = true } }, statements)
    statements = lib.compile(made, { dialect = host.dialect "sqlite" })
    assert.equal("MAKE ", statements[1].sql)
    assert.same({ 1 }, statements[2].params)
    assert.same({ { op = "execute", sql = "SELECT 1" }, { op = "spec_drop", name = "Order" } }, lib.reverse(made))
    local asked
    local conn = { scalar = function(_, _, params) asked = params[1] return true end }
    assert.is_true(lib.probe(made, { dialect = d, conn = conn }))
    assert.equal("Order", asked)
    assert.equal('op.spec_make("Order", 4, { kind = "k" })', lib.render(made))
    assert.equal('op.spec_drop({ all = false, name = "b" })', lib.render { op = "spec_drop", name = "b", all = false })
  end)
end)

describe("the stub of manifests", function()
  it("has a field for everything that is looked at, and nothing else", function()
    local file <close> = assert(io.open(FOLDER .. "lua/_meta/plugin.lua", "rb"))
    local text = file:read "a"
    for class, path in pairs {
      Manifest = "manifest", PluginOperation = "operations", PluginType = "types", PluginDialect = "dialects",
      PluginCommand = "commands",
    } do
      local source <close> = assert(io.open(FOLDER .. "lua/curlew/plugin/" .. path .. ".lua", "rb"))
      local code, live = source:read "a", {}
      for name in code:match(path == "manifest" and "local KEYS = {(.-)}" or "local FIELDS = {(.-)}"):gmatch '"([%w_]+)"' do
        live[name] = true
      end
      if path == "manifest" then
        for name in code:match("M.CONTRIBUTIONS = {(.-)}"):gmatch '"([%w_]+)"' do live[name] = true end
      else
        live.name = nil -- the key of the table stands for it
      end
      local stub = {}
      local fields = text:match("---@class curlew%." .. class .. "\n(.-)\n\n")
      for name in fields:gmatch "%-%-%-@field ([%w_]+)" do stub[name] = true end
      assert.same(live, stub, class)
    end
  end)
end)
