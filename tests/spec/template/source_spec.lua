local source = require "curlew.template.source"

local function load_parent(text)
  local M = assert(load(text, "revision", "t"))()
  return M.down_revision, M.revision
end

describe("source.set_parent", function()
  for name, value in pairs {
    ["a string"] = '"aaaa1"', ["a string in single quotes"] = "'a'", ["nil"] = "nil", ["a list"] = '{ "a", "b" }',
    ["a list of one with a comma"] = "{ 'a}', }", ["a long string"] = "[==[a]]]==]",
    ["a list over lines"] = '{\n "a", -- }\n "b" }',
  } do
    it("replaces " .. name, function()
      local text = "-- title\nlocal M = { revision = 'r', down_revision = " .. value .. ", depends_on = 'x' }\nreturn M\n"
      assert.equal("-- title\nlocal M = { revision = 'r', down_revision = \"new\", depends_on = 'x' }\nreturn M\n",
        source.set_parent(text, "new"))
    end)
  end

  it("changes the Revises line of the first comment, and no other", function()
    local text = "-- t\n--\n-- Revises: a, b\n-- Create Date: x\n\nreturn { revision = 'r', down_revision = { 'a', 'b' } }\n"
      .. "-- Revises: a\n"
    assert.equal("-- t\n--\n-- Revises: new\n-- Create Date: x\n\nreturn { revision = 'r', down_revision = \"new\" }\n"
      .. "-- Revises: a\n", source.set_parent(text, "new"))
  end)

  it("is not taken in by comments and strings", function()
    local text = [==[
-- down_revision = "no"
--[[ down_revision = "no" ]]
local s = "down_revision = 'no' \" " .. [=[ down_revision = "no" ]=]
local M = {}
M.revision = "r"
if M.down_revision == "no" then error(s) end
M.down_revision = "old" -- down_revision = "no"
return M
]==]
    local changed = source.set_parent(text, "new")
    assert.equal("new", (load_parent(changed)))
    assert.equal(#text, #changed)
  end)

  it("adds what was left out", function()
    local parent, id = load_parent(source.set_parent("return { revision = 'r', upgrade = function() end }\n", "new"))
    assert.equal("new", parent)
    assert.equal("r", id)
  end)

  it("refuses what it does not understand", function()
    assert.has_error(function() source.set_parent("return make('r')\n", "new") end)
  end)

  it("ends on any text", function()
    for _, text in ipairs { "", "-", "--", "--[[", "'", "\"\\", "[==[", "down_revision", "down_revision =", "down_revision = {",
                            "revision = 'x", "down_revision = [", "\0\255" } do
      pcall(source.set_parent, text, "new")
    end
  end)
end)
