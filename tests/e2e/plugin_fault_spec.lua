--- Plugins that are at fault: each is named, with its file, before anything connects.
local e2e = require "support.e2e"

--- A plugin's file around its contributions.
local function plugin(name, body, more)
  return ('return { name = %q, version = "1.0.0", api = 1, %s\n%s }'):format(name, more or "", body)
end

describe("a plugin that is at fault", function()
  after_each(e2e.cleanup)

  --- Nothing listens there: whoever connected would fail with exit 4.
  local NOWHERE = "postgresql://nobody@127.0.0.1:1/none"

  local function fails(files, names, pattern, hint)
    local p = e2e.project { url = NOWHERE, config = ("plugins = { %s },"):format(names), files = files }
    p:revision { "aaaa1" }
    local r = p:json("upgrade")
    assert.equal(3, r.code, r.out .. r.err)
    local e = (r.json or r.events[1]).error
    assert.equal("plugin", e.code)
    assert.matches(pattern, e.message)
    if hint then assert.matches(hint, e.hint) end
    return e
  end

  it("is named when it is not there", function()
    fails({}, '"gone"', "plugin gone is not found; looked for plugins/gone%.lua, plugins/gone/plugin%.lua", "plugin new gone")
    fails({}, '"../gone"', "can't be the name of a plugin")
  end)

  it("is named with the line when loading it fails", function()
    local e = fails({ ["plugins/a.lua"] = "\nerror 'broken'" }, '"a"', "plugin a can't be loaded: broken")
    assert.equal(2, e.line)
    assert.matches("plugins/a%.lua$", e.file)
    e = fails({ ["plugins/a.lua"] = "return {\n name = = }" }, '"a"', "plugin a can't be loaded: syntax error: ")
    assert.equal(2, e.line)
    fails({ ["plugins/a.lua"] = "undeclared = 1" }, '"a"', "plugin a can't be loaded: .-undeclared")
    fails({ ["plugins/a.lua"] = "\27Lua" }, '"a"', "plugin a can't be loaded: .-bytecode")
    fails({ ["plugins/a.so"] = "no library" }, '"a"', "plugin a can't be loaded: ")
  end)

  it("is named when its manifest is wrong", function()
    local function manifest(text, pattern, hint) fails({ ["plugins/a.lua"] = text }, '"a"', "^plugin a " .. pattern, hint) end
    manifest("return 7", "returns number 7 instead of its manifest")
    manifest("", "returns nothing instead of its manifest")
    manifest('return { name = "a", version = "1" }', "does not say which api")
    manifest('return { name = "a", version = "1", api = 2 }', "is written for api 2, and this curlew has api 1")
    manifest('return { name = "a", api = 1 }', "has no version")
    manifest('return { name = 7, version = "1", api = 1 }', "has no name")
    manifest(plugin("a", "opperations = {}"), "the manifest has an unknown field opperations %(did you mean operations%?%)")
    manifest(plugin("a", "operations = 7"), "operations must be a table, not number 7")
    manifest(plugin("a", "operations = { x = { args = {} } }"), "operation x has no `compile`", "compile = ")
    manifest(plugin("a", "operations = { x = { compile = 'S', agrs = {} } }"), "operation x has an unknown field agrs")
    manifest(plugin("a", "operations = { x = { compile = 'S', args = { { 'y', 'nam' } } } }"),
      "operation x: y has the kind nam")
    manifest(plugin("a", "hooks = { on_conect = print }"), "has a hook for on_conect.-did you mean on_connect")
    manifest(plugin("a", "hooks = { on_connect = 7 }"), "hook on_connect must be a function")
    manifest(plugin("a", "dialects = { x = { inherits = 'oracle' } }"), "dialect x inherits oracle, which is no dialect")
    manifest(plugin("a", "dialects = { x = { inherits = 'mysql', compile = { create_tabel = print } } }"),
      "dialect x: there is no operation create_tabel %(did you mean create_table%?%)")
    manifest(plugin("a", "types = { x = {} }"), "type x has no `sql`")
    manifest(plugin("a", "commands = { x = {} }"), "command x has no function `run`")
  end)

  it("is named when it takes a name that is taken", function()
    local op = "operations = { %s = { compile = 'SELECT 1' } }"
    fails({ ["plugins/a.lua"] = plugin("a", op:format("create_table")) }, '"a"',
      "plugin a adds op%.create_table, which curlew has itself",
      "replace = true")
    fails({ ["plugins/a.lua"] = plugin("a", op:format("inspect")) }, '"a"',
      "plugin a adds op%.inspect, which curlew has itself")
    fails({ ["plugins/a.lua"] = plugin("a", op:format("x")), ["plugins/b.lua"] = plugin("b", op:format("x")) }, '"a", "b"',
      "plugin b adds the operation x, which plugin a %(plugins/a%.lua%) adds too")
    fails({ ["plugins/a.lua"] = plugin("a", "commands = { upgrade = print }") }, '"a"',
      "adds the command upgrade, which curlew has itself")
    fails({ ["plugins/a.lua"] = plugin("a", "types = { text = 'T' }") }, '"a"', "adds the type text, which curlew has itself")
    fails({ ["plugins/a.lua"] = plugin("a", "dialects = { mysql = { inherits = 'mysql' } }") }, '"a"',
      "adds the dialect mysql")
    fails({ ["plugins/a.lua"] = plugin("a", ""), ["plugins/b.lua"] = plugin("a", "") }, '"a", "b"',
      "has the same name as the plugin of")
    local replace = "operations = { create_table = { replace = true, compile = { mysql = 'X' } } }"
    fails({ ["plugins/a.lua"] = plugin("a", replace), ["plugins/b.lua"] = plugin("b", replace) }, '"a", "b"',
      "plugin b replaces op%.create_table on mysql, which plugin a .- replaces too")
    fails({ ["plugins/a.lua"] = plugin("a", "lint = { x = {} }"), ["plugins/b.lua"] = plugin("b", "lint = { x = {} }") },
      '"a", "b"',
      "adds the lint rule x")
  end)

  it("is named when it replaces what it can't", function()
    fails({ ["plugins/a.lua"] = plugin("a", "operations = { x = { replace = true, compile = { mysql = 'X' } } }") }, '"a"',
      "replaces op%.x, which there is not")
    fails({ ["plugins/a.lua"] = plugin("a",
      "operations = { execute = { replace = true, compile = { default = 'X' } } }") }, '"a"',
      "needs a dialect, and default is none")
  end)

  it("is named when it requires what is not there", function()
    fails({ ["plugins/a.lua"] = plugin("a", "", 'requires = { "b" },') }, '"a"',
      "plugin a requires the plugin b, which is not loaded",
      "Add \"b\" to `plugins`")
    fails({ ["plugins/a.lua"] = plugin("a", "", 'requires = { b = ">= 2" },'), ["plugins/b.lua"] = plugin("b", "") },
      '"a", "b"',
      "plugin a requires b >= 2, and b 1%.0%.0 is loaded")
    fails({ ["plugins/a.lua"] = plugin("a", "", 'requires = { curlew = ">= 99" },') }, '"a"',
      "plugin a requires curlew >= 99")
    fails({ ["plugins/a.lua"] = plugin("a", "", 'requires = { "b" },'), ["plugins/b.lua"] = plugin("b", "",
      'requires = { "a" },') },
      '"a", "b"', "requires itself, by way of a, b")
  end)

  it("is told of when a command can't be known because of it", function()
    local p = e2e.project { config = 'plugins = { "a" },', files = { ["plugins/a.lua"] = "error 'broken'" } }
    local r = p:run("some-command")
    assert.equal(3, r.code)
    assert.matches("plugin a can't be loaded: broken", r.err)
    assert.equal(0, p:run("help").code)
  end)
end)
