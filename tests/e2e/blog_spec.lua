--- The main job end to end, with the revisions that ship in migrations/: a branch, a merge, data
--- migrations, all the way up, down and up again, on each database.
local e2e = require "support.e2e"
local process = require "support.process"

local HEAD = "a3f80c1749db"

describe("the blog in migrations/", function()
  local p
  before_each(function()
    p = e2e.project()
    process.must("cp migrations/versions/*.lua " .. process.quote(p:path("migrations/versions")))
  end)
  after_each(e2e.cleanup)

  local function must(...)
    local r = p:run(...)
    assert.equal(0, r.code, r.err)
    return r
  end

  local function slugs()
    return p:sql("SELECT slug FROM posts ORDER BY slug")
  end

  it("goes up from nothing to the head", function()
    local r = must("upgrade")
    assert.same({ HEAD }, p:rows())
    assert.same({
      { "a-moth-in-the-relay" }, { "nanoseconds-a-piece-of-wire" }, { "notes-on-the-engine-part-1" },
      { "notes-on-the-engine-part-2" }, { "why-curlews" },
    }, slugs())
    local _, lines = r.err:gsub("upgrade +[^\n]+ %-> [^\n]+", "")
    assert.equal(10, lines, r.err)
  end)

  it("tags posts with a function over rows", function()
    must("upgrade")
    assert.same({ { "curlews", "1" }, { "engine", "2" }, { "moth", "1" }, { "wire", "1" } }, p:sql [[
      SELECT tags.name, count(*) FROM tags JOIN post_tags ON tags.id = post_tags.tag_id
      GROUP BY tags.name ORDER BY tags.name]])
  end)

  it("leaves no table of its own behind when it goes down to base", function()
    must("upgrade")
    must("downgrade", "base")
    assert.same({}, p:rows())
    for _, name in ipairs { "users", "posts", "comments", "tags", "post_tags" } do
      assert.is_false(p:has_table(name), name)
    end
  end)

  it("comes up again to the same tables and rows", function()
    must("upgrade")
    local first = slugs()
    must("downgrade", "base")
    must("upgrade", "head")
    assert.same(first, slugs())
    assert.same({ HEAD }, p:rows())
  end)

  it("keeps two rows while the branches are apart, one after the merge", function()
    must("upgrade", "5ea3b7c2f486")
    must("upgrade", "70c5d9e416a8")
    assert.same({ "5ea3b7c2f486", "70c5d9e416a8" }, p:rows())
    must("upgrade", "81d6")
    assert.same({ "81d6eaf527b9" }, p:rows())
    must("downgrade", "talk@4d92a6b1e375")
    assert.same({ "4d92a6b1e375", "70c5d9e416a8" }, p:rows())
  end)

  it("has nothing to do the second time", function()
    must("upgrade")
    local r = must("upgrade")
    assert.is_nil(r.err:match("upgrade +[^\n]+ %-> "), r.err)
  end)
end)
