--- Every shell block of README's "Five minutes", typed in order into one shell in an empty folder.
local e2e = require "support.e2e"
local process = require "support.process"

local function tour()
  local text = e2e.read("README.md"):match("\n## Five minutes\n(.-)\n## ")
  local blocks = {}
  for block in text:gmatch("```sh\n(.-)```") do blocks[#blocks + 1] = block end
  return blocks
end

describe("README's five-minute tour", function()
  after_each(e2e.cleanup)

  it("has commands in it", function()
    assert.is_true(#tour() >= 6)
  end)

  if e2e.db == "sqlite" then -- the tour is about a file; the servers have their own specs
    it("runs as printed", function()
      local folder = e2e.folder()
      local bin = e2e.bin:match("^/") and e2e.bin or (process.capture("pwd"):gsub("\n", "") .. "/" .. e2e.bin)
      local script = {
        "set -e",
        "unset DATABASE_URL CURLEW_CONFIG",
        "cd " .. process.quote(folder),
        "curlew() { echo \"\\$ curlew $*\" >&2; " .. process.quote(bin) .. " \"$@\"; }",
      }
      for _, block in ipairs(tour()) do script[#script + 1] = block end
      e2e.write(folder .. "/tour.sh", table.concat(script, "\n"))
      local r = process.run("bash", { folder .. "/tour.sh", cwd = folder })
      assert.equal(0, r.code, r.err)
      local url = "sqlite:///" .. folder .. "/shop/app.db"
      assert.same({ { "bird-bath" }, { "field-glass" } }, e2e.sql(url, "SELECT slug FROM products ORDER BY slug"))
      assert.same({ { "e5" } }, e2e.sql(url, "SELECT version_num FROM curlew_version"))
    end)
  end
end)
