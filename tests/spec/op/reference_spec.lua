--- The reference pages say what the code does: they are as scripts/gen-docs writes them now, and leave nothing out.

require "support.lua_host"
local library = require "curlew.op"
local reference = require "curlew.op.reference"

local FOLDER = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/"

local function read(path)
  local file <close> = assert(io.open(FOLDER .. path, "rb"))
  return file:read "a"
end

describe("docs/reference", function()
  it("is as scripts/gen-docs writes it now", function()
    for name, text in pairs(reference.pages(read)) do
      assert(text == read("docs/reference/" .. name), name .. " is out of date: run scripts/gen-docs")
    end
  end)

  it("has every operation on one page", function()
    local seen = {}
    for _, topic in ipairs(reference.TOPICS) do
      for _, name in ipairs(topic[4]) do
        assert(library.definition(name), name)
        assert.is_nil(seen[name], name)
        seen[name] = true
      end
    end
    for _, name in ipairs(library.NAMES) do assert(seen[name], "no page has op." .. name) end
  end)

  it("documents every argument and option, and shows an example of every operation", function()
    for _, name in ipairs(library.NAMES) do
      local definition = library.definition(name)
      assert(rawget(definition, "example"), "no example of op." .. name)
      assert(definition.example:find("op." .. name, 1, true), "its example does not call op." .. name)
      for _, list in ipairs { definition.args, definition.options or {} } do
        for _, spec in ipairs(list) do assert(spec.doc, ("op.%s: %s has no documentation"):format(name, spec[1])) end
      end
    end
  end)

  it("is linked from docs/README.md, page by page, and that from README.md", function()
    local index = read "docs/README.md"
    for name in pairs(reference.pages(read)) do
      assert(index:find("(reference/" .. name .. ")", 1, true), name)
    end
    for name in index:gmatch("%((reference/[^)]+)%)") do assert(read("docs/" .. name)) end
    assert(read("README.md"):find("(docs/README.md)", 1, true))
  end)
end)
