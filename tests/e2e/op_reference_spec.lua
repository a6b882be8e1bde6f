--- Every example of the reference runs on every database, or is refused by name where the reference says so.
local e2e = require "support.e2e"
require "support.lua_host" -- stands in for the modules that C gives

local library = require "curlew.op"
local reference = require "curlew.op.reference"

local function refused(definition)
  for _, server in ipairs(rawget(definition, "not_on") or {}) do
    if server == e2e.db then return true end
  end
  return false
end

local function run(example)
  local p = e2e.project()
  p:revision { "a1", up = reference.SCHEMA }
  p:revision { "a2", up = example }
  return p:run("upgrade")
end

describe("the reference's example on " .. e2e.db, function()
  after_each(e2e.cleanup)

  for _, name in ipairs(library.NAMES) do
    local definition = library.definition(name)
    it("of op." .. name .. (refused(definition) and " is refused by name" or " runs"), function()
      local r = run(definition.example)
      if refused(definition) then
        assert.equal(1, r.code, r.out)
        assert.matches("can't do this", r.err, 1, true)
        assert.matches("a2.lua:", r.err, 1, true)
      else
        assert.equal(0, r.code, r.err)
      end
    end)
  end

  for page, example in pairs(reference.EXAMPLES) do
    it("on the page " .. page .. " runs", function()
      local r = run(example)
      assert.equal(0, r.code, r.err)
    end)
  end
end)
