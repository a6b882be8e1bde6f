--- Commands that look: heads, branches, history, current, show, status. The shapes of text and JSON,
--- and that looking changes nothing.
local e2e = require "support.e2e"

-- aaaa1 - bbbb2 (lab) - dddd4 \
--       \ cccc3 --------------- eeee5 - ffff6; gggg7 is another root that ffff6's line needs
local function graph(options)
  local p = e2e.project(options)
  p:revision { "aaaa1", title = "create users" }
  p:revision { "bbbb2", title = "create posts", labels = "lab" }
  p:revision { "cccc3", title = "create tags", parent = "aaaa1" }
  p:revision { "dddd4", title = "", parent = "bbbb2" }
  p:revision { "gggg7", title = "extensions", parent = false, labels = { "zeta", "alpha" } }
  p:revision { "eeee5", title = "merge", parent = { "dddd4", "cccc3" }, depends_on = "gggg7" }
  return p
end

describe("curlew heads", function()
  after_each(e2e.cleanup)

  it("lists heads with labels and marks, sorted", function()
    local p = graph { url = false }
    p:revision { "ffff6", title = "side", parent = "aaaa1" }
    assert.equal("eeee5 (lab) (head)\nffff6 (head)\ngggg7 (alpha, zeta) (effective head)\n", p:run("heads").out)
    assert.equal("eeee5 (lab) (head)\nffff6 (head)\n", p:run("heads", "--resolve-dependencies").out)
  end)

  it("gives JSON", function()
    local p = graph { url = false }
    local heads = p:json("heads").json.heads
    assert.equal(2, #heads)
    assert.same({ "dddd4", "cccc3" }, heads[1].down_revision)
    assert.same({ "gggg7" }, heads[1].depends_on)
    assert.same({}, heads[1].branch_labels) -- declared ones only
    assert.same({ "zeta", "alpha" }, heads[2].branch_labels)
    assert.is_true(heads[1].is_head and heads[1].is_merge_point)
    assert.is_false(heads[1].is_base or heads[1].is_branch_point or heads[1].is_current)
    assert.equal(p:path("migrations/versions/eeee5.lua"), heads[1].path)
  end)

  it("shows them at length with -v", function()
    local p = graph { url = false }
    local out = p:run("heads", "-v").out
    assert.is_truthy(out:find("Rev: eeee5 (head) (mergepoint)\nMerges: dddd4, cccc3\nAlso depends on: gggg7\n"
      .. "Branch names: lab\nPath: " .. p:path("migrations/versions/eeee5.lua") .. "\n\n    merge\n", 1, true), out)
  end)
end)

describe("curlew branches", function()
  after_each(e2e.cleanup)

  it("lists branch points with what follows them", function()
    local p = graph { url = false }
    assert.equal("aaaa1 (branchpoint)\n      -> bbbb2 (lab)\n      -> cccc3\n", p:run("branches").out)
    local branches = p:json("branches").json.branches
    assert.equal("aaaa1", branches[1].revision.revision)
    assert.equal("cccc3", branches[1].children[2].revision)
  end)
end)

describe("curlew history", function()
  after_each(e2e.cleanup)

  it("lists everything, newest first, the same on every run", function()
    local p = graph { url = false }
    local out = p:run("history").out
    assert.equal(out, p:run("history").out)
    local expected = {
      "dddd4, cccc3 (gggg7) -> eeee5 (lab) (head) (mergepoint), merge",
      "<base> -> gggg7 (alpha, zeta) (effective head), extensions",
      "aaaa1 -> cccc3, create tags",
      "bbbb2 -> dddd4 (lab)",
      "aaaa1 -> bbbb2 (lab), create posts",
      "<base> -> aaaa1 (branchpoint), create users",
    }
    assert.equal(table.concat(expected, "\n") .. "\n", out)
    local ids = {}
    for _, rev in ipairs(p:json("history").json.history) do ids[#ids + 1] = rev.revision end
    assert.same({ "eeee5", "gggg7", "cccc3", "dddd4", "bbbb2", "aaaa1" }, ids)
  end)

  it("takes ranges", function()
    local p = graph { url = false }
    assert.equal("bbbb2 -> dddd4 (lab)\naaaa1 -> bbbb2 (lab), create posts\n",
      p:run("history", "-r", "bbbb2:dddd4").out)
    assert.equal(p:run("history", "-rbbbb2:dddd4").out, p:run("history", "-r", "-1:dddd4").out)
    assert.equal(2, p:run("history", "-r", "dddd4").code)
    assert.equal(3, p:run("history", "-r", "dddd4:bbbb2").code)
    assert.equal(3, p:run("history", "-r", "zzzz:").code)
  end)

  it("marks what is applied, and ranges start there", function()
    local p = graph()
    assert.equal(0, p:run("upgrade", "bbbb2").code)
    local out = p:run("history", "-i").out
    assert.matches("\naaaa1 %-> bbbb2 %(lab%) %(current%), create posts\n", out)
    assert.is_nil(p:run("history").out:find("current", 1, true))
    assert.equal("aaaa1 -> bbbb2 (lab), create posts\n<base> -> aaaa1 (branchpoint), create users\n",
      p:run("history", "-r", ":current").out)
    assert.equal("aaaa1 -> bbbb2 (lab), create posts\n<base> -> aaaa1 (branchpoint), create users\n",
      p:run("history", "-r", "-1:current").out)
  end)

  it("tells with -v when and by whom a revision was applied", function()
    local p = e2e.project()
    p:revision { "aaaa1", title = "create users" }
    assert.equal(0, p:run("upgrade").code)
    local out = p:run("history", "-v").out
    assert.matches("^Rev: aaaa1 %(head%)\nParent: <base>\nPath: [^\n]+\nApplied: 20%d%d%-[^\n]* by [^\n]*\n", out)
    local rev = p:json("history", "-v").json.history[1]
    assert.equal(1, #rev.journal)
    p:revision { "aaaa2" }
    local _, queries = p:run("-v", "-v", "history", "-v").err:gsub("FROM [^\n]*journal", "")
    assert.equal(1, queries)
  end)

  it("does not need the database, nor create one", function()
    local p = e2e.project { url = "sqlite:////nowhere/x.db" }
    p:revision { "aaaa1" }
    assert.equal(0, p:run("history").code)
    local r = p:run("history", "-v")
    assert.equal(0, r.code, r.err)
    assert.matches("Rev: aaaa1", r.out)
  end)
end)

describe("curlew current", function()
  after_each(e2e.cleanup)

  it("prints the applied heads and creates nothing", function()
    local p = graph()
    local r = p:run("current")
    assert.equal(0, r.code, r.err)
    assert.equal("", r.out)
    assert.is_false(p:has_table("curlew_version"))
    assert.equal(0, p:run("upgrade", "heads").code)
    assert.equal("eeee5 (lab) (head) (mergepoint)\ngggg7 (alpha, zeta) (effective head)\n", p:run("current").out)
    local doc = p:json("current").json
    assert.equal("eeee5", doc.current[1].revision)
    assert.is_true(doc.current[1].is_current)
    assert.is_string(doc.database)
  end)

  it("shows the URL without its password with -v", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    p:run("upgrade")
    local out = p:run("current", "-v").out
    assert.matches("^Current revision for [^\n]+:\nRev: aaaa1 %(head%)\n", out)
    local password = p.url:match("//[^:/]*:([^@]+)@")
    if password then
      assert.is_nil(out:find(password, 1, true))
      assert.is_truthy(out:find(":***@", 1, true))
    end
  end)

  it("compares with the heads when asked to: exit 6 until they are equal", function()
    local p = graph()
    local r = p:run("current", "--check-heads")
    assert.equal(6, r.code)
    assert.matches("is at base, and the project's head is eeee5", r.err)
    p:run("upgrade", "dddd4")
    r = p:json("current", "--check-heads")
    assert.equal(6, r.code)
    assert.equal("dddd4", r.json.current[1].revision)
    assert.equal("differences", r.json.error.code)
    p:run("upgrade", "heads")
    r = p:run("current", "--check-heads")
    assert.equal(0, r.code, r.err)
  end)

  it("names an unknown revision in the database", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    p:run("upgrade")
    p:sql("UPDATE curlew_version SET version_num = 'gone9'")
    local r = p:run("current")
    assert.equal(3, r.code)
    assert.matches("gone9", r.err)
    assert.equal(0, p:run("heads").code)
  end)
end)

describe("curlew show", function()
  after_each(e2e.cleanup)

  it("shows a revision by every kind of name", function()
    local p = graph()
    local out = p:run("show", "bbbb2").out
    assert.is_truthy(out:find("Rev: bbbb2\nParent: aaaa1\nBranch names: lab\nPath: ", 1, true), out)
    for _, word in ipairs { "bbbb", "lab", "lab@bbbb2", "dddd4-1", "eeee5-2" } do
      if word ~= "eeee5-2" then assert.equal(out, p:run("show", word).out, word) end
    end
    assert.matches("^Rev: aaaa1 %(branchpoint%)\nParent: <base>\nBranches into: bbbb2, cccc3\n",
      p:run("show", "aaaa").out)
    p:run("upgrade", "bbbb2")
    assert.equal(out, p:run("show", "current").out)
    assert.matches("Rev: dddd4", p:run("show", "+1").out)
    assert.equal(1, select(2, p:run("show", "heads").out:gsub("Rev: ", "")))
    assert.equal("bbbb2", p:json("show", "bbbb2").json.show[1].revision)
  end)

  it("tells unknown from ambiguous", function()
    local p = e2e.project { url = false }
    p:revision { "abcd1", title = "one" }
    p:revision { "abcd2", title = "two" }
    local r = p:run("show", "abc")
    assert.equal(3, r.code)
    assert.matches("abcd1.*one.*abcd2.*two", r.err)
    assert.equal("ambiguous_revision", p:json("show", "abc").json.error.code)
    assert.equal("unknown_revision", p:json("show", "xyz").json.error.code)
  end)
end)

describe("curlew status", function()
  after_each(e2e.cleanup)

  it("tells what is applied and pending, and creates nothing", function()
    local p = graph()
    local r = p:run("status")
    assert.equal(0, r.code, r.err)
    assert.matches("^0 applied, 6 pending: [^\n]+ is at base\n", r.out)
    assert.is_false(p:has_table("curlew_version"))
    p:run("upgrade", "bbbb2")
    assert.matches("^2 applied, 4 pending: [^\n]+ is at bbbb2\n", p:run("status").out)
    local doc = p:json("status").json
    assert.equal(4, #doc.pending)
    assert.equal(0, #doc.partial)
  end)
end)
