--- The stubs of plugin manifests name the fields that the checks know, and no others.

require "support.lua_host"
local hooks = require "curlew.plugin.hooks"
local manifest = require "curlew.plugin.manifest"

local FOLDER = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/"

--- The fields of a class in lua/_meta/plugin.lua.
local function stubbed(class)
  local fields, inside = {}, false
  for line in io.lines(FOLDER .. "lua/_meta/plugin.lua") do
    local opened = line:match "^%-%-%-@class ([%w.]+)"
    if opened then inside = opened == class end
    local name = inside and line:match "^%-%-%-@field ([%w_]+)"
    if name then fields[name] = true end
  end
  assert(next(fields), class)
  return fields
end

--- The lists that check_fields is given while a plugin with one contribution of each kind is loaded, by the
--- first word of what they are fields of.
local function known()
  local lists, check_fields = {}, manifest.check_fields
  manifest.check_fields = function(plugin, what, value, list) -- luacheck: ignore
    lists[what:match "^the (%w+)" or what:match "^(%w+)"] = list
    return check_fields(plugin, what, value, list)
  end
  local ok, e = pcall(function()
    local plugin = {
      name = "stubs", version = "1", api = 1,
      operations = { stubs_operation = { compile = "SELECT 1" } }, types = { stubs_type = { sql = "STUB" } },
      dialects = { stubs_dialect = { inherits = "sqlite" } }, commands = { stubs_command = { run = function() end } },
    }
    require("curlew.plugin").load({
      version = "0.1.0", config = {}, commands = {},
      find = function(name) return name .. ".lua", "lua" end,
      run = function() return plugin end,
    }, { "stubs" })
  end)
  manifest.check_fields = check_fields -- luacheck: ignore
  assert(ok, e)
  return lists
end

describe("lua/_meta/plugin.lua", function()
  local lists

  setup(function() lists = known() end)

  local function agrees(list, class)
    local stubs, live = stubbed(class), {}
    for _, name in ipairs(list) do
      live[name] = true
      assert(stubs[name], class .. " has no stub of " .. name)
    end
    for name in pairs(stubs) do assert(live[name], class .. ": nothing is " .. name) end
  end

  it("has the manifest's fields", function() agrees(lists.manifest, "curlew.Manifest") end)
  it("has an operation's fields", function() agrees(lists.operation, "curlew.PluginOperation") end)
  it("has a type's fields", function() agrees(lists.type, "curlew.PluginType") end)
  it("has a dialect's fields", function() agrees(lists.dialect, "curlew.PluginDialect") end)
  it("has a command's fields", function() agrees(lists.command, "curlew.PluginCommand") end)
  it("has the hooks", function() agrees(hooks.EVENTS, "curlew.PluginHooks") end)
end)
