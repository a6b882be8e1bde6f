--- require "curlew.schema": what a models file says before any database is known, and its stubs.
require "support.lua_host"
local schema = require "curlew.schema"

describe("curlew.schema", function()
  it("keeps declarations with their place", function()
    local M = schema.metadata()
    M:table("t", { { "id", schema.types.integer } })
    assert.equal("table", M.declarations[1].kind)
    assert.matches("models_spec%.lua$", M.declarations[1].file)
    assert.equal(8, M.declarations[1].line)
  end)

  it("refuses the same name twice, also for a table and a view", function()
    local M = schema.metadata()
    M:table("t", { { "id", schema.types.integer } })
    assert.error_matches(function() M:view("t", "SELECT 1") end, "declared already at")
    M:enum("t", { "a" })
    M:table("t", { { "id", schema.types.integer } }, { schema = "other" })
  end)

  it("suggests the nearest of what it has", function()
    assert.error_matches(function() return schema.metdata end, "did you mean metadata")
    assert.error_matches(function() schema.metadata { naming = {} } end, "unknown option naming")
  end)

  it("has a stub for everything", function()
    local file <close> = assert(io.open("lua/_meta/schema.lua", "rb"))
    local text = file:read("a")
    for name, value in pairs(schema) do
      local wanted = type(value) == "function" and ("function schema.%s("):format(name) or ("---@field %s "):format(name)
      if name ~= "is_metadata" then assert.truthy(text:find(wanted, 1, true), "no stub: " .. wanted) end
    end
    for name in pairs(getmetatable(schema.metadata()).__index) do
      if name:match("^%l+$") and name ~= "adopt" then
        assert.truthy(text:find(("function Metadata:%s("):format(name), 1, true), "no stub: " .. name)
      end
    end
  end)
end)
