--- The stubs for editors say what the live API is.

require "support.lua_host"

local FOLDER = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/"

local function read(path)
  local file <close> = assert(io.open(FOLDER .. path, "rb"))
  return file:read "a"
end

describe("lua/_meta", function()
  it("has the stubs of op as scripts/gen-stubs writes them now", function()
    assert.equal(require("curlew.op.stubs").text(), read "lua/_meta/op.lua")
  end)

  it("has a stub for everything in op, and nothing else", function()
    local text, op = read "lua/_meta/op.lua", require("support.lua_host").op("sqlite")
    for name, value in pairs(op) do
      local stub = type(value) == "function" and "function op." .. name .. "(" or "---@field " .. name .. " "
      assert(text:find(stub, 1, true), "no stub for op." .. name)
    end
    for name in text:gmatch "\nfunction op%.([%w_]+)%(" do
      assert.equal("function", type(op[name]), "stub without op." .. name)
    end
  end)

  it("has a stub for every method of the inspector, and nothing else", function()
    local text = read "lua/_meta/inspector.lua"
    local inspector = require("curlew.inspect").new({}, require("support.lua_host").dialect "sqlite")
    local methods = getmetatable(inspector).__index
    for name, value in pairs(methods) do
      if type(value) == "function" and not name:find("^__") then
        assert(text:find("function Inspector:" .. name .. "(", 1, true), "no stub for inspector:" .. name)
      end
    end
    for name in text:gmatch "\nfunction Inspector:([%w_]+)%(" do
      assert.equal("function", type(methods[name]), "stub without inspector:" .. name)
    end
  end)

  it("has the fields of a revision that loading knows, and no others", function()
    local known, stubs = {}, {}
    for name in read("src/lua/revision.c"):match("known_fields%[%] = {(.-)}"):gmatch '"([%w_]+)"' do known[name] = true end
    local class = read("lua/_meta/ctx.lua"):match "%-%-%-@class curlew%.Revision\n(.-)\n\n"
    for name in class:gmatch "%-%-%-@field ([%w_]+)" do stubs[name] = true end
    assert.same(known, stubs)
  end)
end)
