--- Commands that write files: init, revision, merge, edit. Whatever is wrong is found before anything
--- is written.
local e2e = require "support.e2e"
local process = require "support.process"

local function files_of(dir)
  local list = {}
  for path in process.capture("cd " .. process.quote(dir) .. " && find . -type f | LC_ALL=C sort"):gmatch("[^\n]+") do
    list[#list + 1] = path:sub(3)
  end
  return list
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do list[#list + 1] = line end
  return list
end

describe("curlew init", function()
  after_each(e2e.cleanup)

  it("writes a project that works as it is", function()
    local dir = e2e.folder()
    local r = e2e.run { "init", cwd = dir }
    assert.equal(0, r.code, r.err)
    assert.same({ ".luarc.json", "curlew.lua", "migrations/README", "migrations/script.lua.tmpl" }, files_of(dir))
    assert.equal("curlew.lua", lines_of(r.out)[1])
    assert.is_true(e2e.exists(dir .. "/migrations/versions"))
    local rc = e2e.json(e2e.read(dir .. "/.luarc.json"))
    assert.equal("Lua 5.4", rc["runtime.version"])
    assert.is_true(e2e.exists(rc["workspace.library"][1] .. "/op.lua"), rc["workspace.library"][1])
    r = e2e.run { "revision", "-m", "first", "--rev-id", "aaaa1", cwd = dir }
    assert.equal("migrations/versions/aaaa1_first.lua\n", r.out, r.err)
    r = e2e.run { "upgrade", cwd = dir }
    assert.equal(0, r.code, r.err)
    assert.equal("aaaa1 (head)\n", e2e.run { "current", cwd = dir }.out)
    assert.is_true(e2e.exists(dir .. "/app.db"))
  end)

  it("takes another folder and another template", function()
    local dir = e2e.folder()
    local r = e2e.run { "init", "db/schema", "-t", "multidb", cwd = dir }
    assert.equal(0, r.code, r.err)
    assert.is_true(e2e.exists(dir .. "/db/schema/script.lua.tmpl"))
    r = e2e.run { "revision", "-m", "first", "--rev-id", "aaaa1", cwd = dir }
    assert.equal("db/schema/versions/aaaa1_first.lua\n", r.out, r.err)
    local text = e2e.read(dir .. "/db/schema/versions/aaaa1_first.lua")
    assert.matches('%["main"%] = function%(ctx%)', text)
    assert.matches('%["analytics"%] = function%(ctx%)', text)
    r = e2e.run { "upgrade", "-x", "db=all", cwd = dir }
    assert.equal(0, r.code, r.err)
    assert.is_true(e2e.exists(dir .. "/main.db"))
    assert.is_true(e2e.exists(dir .. "/analytics.db"))
  end)

  it("overwrites nothing and refuses a folder that is not empty", function()
    local dir = e2e.folder()
    e2e.write(dir .. "/curlew.lua", "mine")
    local r = e2e.run { "init", cwd = dir }
    assert.equal(0, r.code, r.err)
    assert.equal("mine", e2e.read(dir .. "/curlew.lua"))
    assert.matches("curlew%.lua is there already", r.err)
    local before = files_of(dir)
    r = e2e.run { "init", cwd = dir }
    assert.equal(3, r.code)
    assert.matches("the folder migrations is not empty", r.err)
    e2e.write(dir .. "/other/.hidden", "x")
    assert.equal(3, e2e.run { "init", "other", cwd = dir }.code)
    assert.equal(3, e2e.run { "init", "curlew.lua", cwd = dir }.code)
    before[#before + 1] = "other/.hidden"
    assert.same(before, files_of(dir))
  end)

  it("knows its templates", function()
    local dir = e2e.folder()
    local r = e2e.run { "init", "-t", "genric", cwd = dir }
    assert.equal(2, r.code)
    assert.matches("Did you mean generic%?", r.err)
    assert.same({}, files_of(dir))
    assert.matches("^generic .*\nmultidb ", e2e.run { "list-templates" }.out)
    assert.equal("generic", e2e.json(e2e.run { "list_templates", "--format=json" }.out).templates[1].name)
  end)
end)

describe("curlew revision", function()
  after_each(e2e.cleanup)
  local p
  before_each(function() p = e2e.project { url = false } end)

  it("writes a file that follows the head, and prints its path", function()
    local r = p:run("revision", "-m", "Create users, quickly!", "--rev-id", "aaaa1")
    assert.equal("migrations/versions/aaaa1_create_users_quickly.lua\n", r.out, r.err)
    r = p:run("revision", "-m", "second")
    local path = r.out:gsub("\n", "")
    local id = path:match("^migrations/versions/(%x%x%x%x%x%x%x%x%x%x%x%x)_second%.lua$")
    assert.is_truthy(id, path)
    local text = p:read(path)
    assert.equal("-- second", lines_of(text)[1])
    assert.is_truthy(text:find("-- Revision ID: " .. id .. "\n-- Revises: aaaa1\n-- Create Date: 20", 1, true))
    assert.is_truthy(text:find(('revision = "%s",\n  down_revision = "aaaa1"'):format(id), 1, true))
    assert.equal("aaaa1 -> " .. id .. " (head), second\n<base> -> aaaa1, Create users, quickly!\n",
      p:run("history").out)
    assert.equal(3, #files_of(p.dir))
  end)

  it("tells what it wrote in JSON", function()
    p:revision { "aaaa1" }
    local r = p:json("revision", "-m", "über", "--rev-id", "bbbb2", "--branch-label", "lab")
    assert.same({ "aaaa1" }, r.json.down_revision)
    assert.same({ "lab" }, r.json.branch_labels)
    assert.equal("bbbb2", r.json.revision)
    assert.equal("über", r.json.title)
    assert.is_true(e2e.exists(r.json.path))
  end)

  it("takes ids by date and in sequence, and a file name by its template", function()
    p = e2e.project { url = false, config = [[revision_ids = "sequence", file_template = "%(year)/%(rev)",]] }
    assert.matches("^migrations/versions/%d%d%d%d/0001%.lua\n$", p:run("revision").out)
    assert.matches("^migrations/versions/%d%d%d%d/0002%.lua\n$", p:run("revision", "-m", "x").out)
    assert.equal("0002 (head)\n", p:run("heads").out)
    p = e2e.project { url = false, config = [[revision_ids = "date",]] }
    assert.matches("/20%d%d%d%d%d%d%d%d%d%d%d%d_x%.lua\n$", p:run("revision", "-m", "x").out)
  end)

  it("writes nothing when anything is wrong", function()
    p:revision { "aaaa1", labels = "lab" }
    p:revision { "bbbb2" }
    local before = files_of(p.dir)
    local function refused(code, pattern, ...)
      local r = p:run("revision", ...)
      assert.equal(code, r.code, r.err)
      assert.equal("", r.out)
      assert.matches(pattern, r.err)
      assert.same(before, files_of(p.dir))
    end
    refused(3, "bbbb2", "--rev-id", "bbbb2")
    refused(3, "lab", "--branch-label", "lab")
    refused(2, "head", "--rev-id", "head")
    refused(2, "a b", "--rev-id", "a b")
    refused(2, "%?%?%?", "--rev-id", "\xf0\x9f\xff")
    refused(3, "zzzz", "--head", "zzzz")
    refused(3, "zzzz", "--depends-on", "zzzz")
    refused(3, "splice", "--head", "aaaa1")
    refused(2, "UTF%-8", "-m", "a\xff")
    refused(2, "elsewhere", "--version-path", "elsewhere")
    p:write("migrations/script.lua.tmpl", "x = ${nonsense}\n")
    before = files_of(p.dir)
    refused(3, "nonsense.*script%.lua%.tmpl:1", "-m", "x")
    p:write("migrations/script.lua.tmpl", "return { revision = ${lua(rev_id)} \n")
    refused(3, "can't be loaded", "-m", "x")
    p:write("migrations/script.lua.tmpl", "local M = { revision = 'other' }\nfunction M.upgrade() end\nreturn M\n")
    refused(3, "`revision` is not the one", "-m", "x")
  end)

  it("keeps the user's changes to the template", function()
    p:write("migrations/script.lua.tmpl", [[
-- ${message:upper()}
local M = { revision = ${lua(rev_id)}, down_revision = ${lua(down_revision)}, branch_labels = ${lua(branch_labels)},
  depends_on = ${lua(depends_on)} }
function M.upgrade() end -- ours
% if #down_revision == 0 then
-- a root
% end
return M
]])
    assert.equal(0, p:run("revision", "-m", "shout").code)
    local path = p:run("revision", "-m", "again").out:gsub("\n", "")
    local text = p:read(path)
    assert.equal("-- AGAIN", lines_of(text)[1])
    assert.is_truthy(text:find("-- ours", 1, true))
    assert.is_nil(text:find("a root", 1, true))
  end)

  it("keeps a message of several lines in comments", function()
    local path = p:run("revision", "-m", "one\ntwo ]] --", "--rev-id", "aaaa1").out:gsub("\n", "")
    assert.is_truthy(p:read(path):find("^%-%- one\n%-%- two %]%] %-%-\n"))
    assert.equal("<base> -> aaaa1 (head), one\n", p:run("history").out)
  end)

  it("splices, makes roots and depends on other lines", function()
    p:revision { "aaaa1" }
    p:revision { "bbbb2" }
    assert.equal(0, p:run("revision", "--rev-id", "cccc3", "--head", "aaaa1", "--splice").code)
    assert.equal(0, p:run("revision", "--rev-id", "dddd4", "--head", "base", "--branch-label", "own",
      "--depends-on", "bbbb").code)
    assert.equal("bbbb2 (effective head)\ncccc3 (head)\ndddd4 (own) (head)\n", p:run("heads").out)
    assert.equal("cccc3 (head)\ndddd4 (own) (head)\n", p:run("heads", "--resolve-dependencies").out)
  end)

  it("runs the post-write hooks without a shell", function()
    p = e2e.project { url = false, config = [[post_write_hooks = {
      { "cp", "{path}", "copy of $(date) {path}x" }, { "sh", "-c", "echo said; echo complained >&2" } },]] }
    p:write("migrations/versions/.keep", "")
    local r = p:run("revision", "-m", "x", "--rev-id", "aaaa1")
    assert.equal(1, r.code) -- cp has no such folder
    assert.matches("post_write_hooks%[1%] %(cp%) ended with status 1", r.err)
    assert.matches("was written and stays: migrations/versions/aaaa1_x%.lua", r.err)
    assert.equal("migrations/versions/aaaa1_x.lua\n", r.out)
    assert.is_true(p:exists("migrations/versions/aaaa1_x.lua"))
    p:write("curlew.lua", [[return { post_write_hooks = { { "cp", "{path}", "{path}.bak" },
      { "sh", "-c", "echo said" }, { "no-such-program" } } }]])
    r = p:run("revision", "-m", "y", "--rev-id", "bbbb2")
    assert.is_true(p:exists("migrations/versions/bbbb2_y.lua.bak"))
    assert.equal("migrations/versions/bbbb2_y.lua\n", r.out)
    assert.matches("said\n", r.err)
    assert.matches("no%-such%-program", r.err)
    assert.equal(1, r.code)
  end)
end)

describe("curlew merge", function()
  after_each(e2e.cleanup)

  it("joins heads into one", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1" }
    p:revision { "bbbb2" }
    p:revision { "cccc3", parent = "aaaa1" }
    local r = p:run("merge", "heads", "--rev-id", "dddd4")
    assert.equal("migrations/versions/dddd4_merge_bbbb2_and_cccc3.lua\n", r.out, r.err)
    assert.equal("bbbb2, cccc3 -> dddd4 (head) (mergepoint), merge bbbb2 and cccc3", lines_of(p:run("history").out)[1])
    assert.equal(3, p:run("merge", "aaaa1", "dddd4").code)
    assert.equal(3, p:run("merge", "dddd4", "dddd4").code)
    assert.equal(2, p:run("merge").code)
  end)
end)

describe("curlew rebase", function()
  after_each(e2e.cleanup)

  it("makes one line of two, as the error about several heads advises", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1" }
    p:revision { "mine1", title = "mine" }
    p:revision { "mine2", title = "mine too" }
    p:revision { "their1", title = "theirs", parent = "aaaa1" }
    local before = p:read("migrations/versions/mine1.lua")
    local r = p:run("rebase", "mine2", "--onto", "their1")
    assert.equal("migrations/versions/mine1.lua\n", r.out, r.err)
    assert.matches("mine1 now follows their1 instead of aaaa1", r.err)
    assert.equal("mine2 (head)\n", p:run("heads").out)
    assert.equal((before:gsub('"aaaa1"', '"their1"')), p:read("migrations/versions/mine1.lua"))
    assert.equal(0, p:run("rebase", "mine2", "--onto", "their1").code)
    assert.equal(3, p:run("rebase", "their1", "--onto", "mine1").code)
    assert.equal(2, p:run("rebase", "mine1").code)
  end)

  it("leaves a file alone that it can't change", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1" }
    p:revision { "bbbb2" }
    local text = "local id = 'cccc3'\nreturn { revision = id, down_revision = ('aaaa'):upper():lower() .. 1,"
      .. " upgrade = function() end }\n"
    p:write("migrations/versions/odd.lua", text)
    local r = p:run("rebase", "cccc3", "--onto", "bbbb2")
    assert.equal(3, r.code, r.err)
    assert.matches("by hand", r.err)
    assert.equal(text, p:read("migrations/versions/odd.lua"))
  end)
end)

describe("curlew edit", function()
  after_each(e2e.cleanup)

  it("opens the file and checks what came out of it", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1", title = "one" }
    p:revision { "bbbb2", title = "two" }
    local r = p:run { "edit", "head", env = { EDITOR = "sed -i 1s/two/zwei/" } }
    assert.equal(0, r.code, r.err)
    assert.equal("aaaa1 -> bbbb2 (head), zwei", lines_of(p:run("history").out)[1])
    r = p:run { "edit", "head-1", env = { VISUAL = "sed -i 1s/one/eins/", EDITOR = "false" } }
    assert.equal(0, r.code, r.err)
    assert.equal(1, p:run { "edit", "head", env = { EDITOR = "false" } }.code)
    r = p:run { "edit", "aaaa1", env = { EDITOR = "sed -i 's/^return M/retrun M/'" } }
    assert.equal(3, r.code, r.err)
    assert.matches("aaaa1%.lua:%d+", r.err)
    assert.matches("was saved", r.err)
  end)
end)

describe("a revision without a message", function()
  after_each(e2e.cleanup)

  it("has no title", function()
    local p = e2e.project { url = false }
    p:run("init", "other")
    assert.equal(0, p:run("revision", "--rev-id", "aaaa1").code)
    assert.equal("<base> -> aaaa1 (head)\n", p:run("history").out)
    assert.equal("", p:json("history").json.history[1].title)
  end)
end)
