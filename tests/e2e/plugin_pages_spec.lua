--- The pages about the plugins that come along run as they are printed.
local e2e = require "support.e2e"
local pages = require "support.pages"
local process = require "support.process"

local function try(page, pattern)
  it(page .. " runs as printed", function()
    local url = e2e.database()
    local r, files, shells = pages.try(page, e2e.folder(), "export DATABASE_URL=" .. process.quote(url))
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_true(files >= 2 and shells >= 1)
    assert.matches(pattern, r.out .. r.err)
  end)
end

describe("pages about plugins", function()
  after_each(e2e.cleanup)

  try("docs/plugins/mysql_online.md", "ADD COLUMN note")
  if e2e.db == "postgresql" then
    try("docs/plugins/pg_partitions.md", '"partition": "events_2026_12"')
    try("docs/plugins/pg_policies.md", "b2")
  end
end)
