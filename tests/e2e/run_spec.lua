--- How a run behaves on a real database: killed and run again, two at once, interrupted, failing.
local e2e = require "support.e2e"

-- `die(n)` kills curlew with -9 when the file `die` in the project holds n.
local DIE = [[
  local function die(n)
    local file = io.open("die")
    if not file then return end
    local wanted = file:read("n")
    file:close()
    if wanted == n then
      os.remove("die")
      os.execute("kill -9 $PPID")
    end
  end
]]

local UP = DIE .. [[
  die(1)
  op.create_table("users", { { "id", types.integer, primary_key = true }, { "name", types.varchar(40) } })
  die(2)
  op.bulk_insert("users", { { name = "ann" }, { name = "bob" } })
  die(3)
  local n = op.get_bind():scalar("SELECT count(*) FROM users")
  op.add_column("users", { "age", types.integer })
  die(4)
  op.update("users", { age = n + 40 }, { name = "ann" })
  die(5)
  op.create_index("ix_users_name", "users", { "name" })
  die(6)
  local key = op.insert("users", { name = "eve" })
  op.commit()
  die(7)
  op.update("users", { age = 7 }, { id = key })
  if not op.inspect():has_table("posts") then
    op.create_table("posts", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
  end
  die(8)
  op.execute("UPDATE users SET age = age + 1")
  die(9)
]]

local DOWN = DIE .. [[
  die(1)
  op.update("users", { age = 0 }, op.all)
  die(2)
  op.drop_table("posts")
  die(3)
  op.drop_index("ix_users_name", { table = "users" })
  die(4)
  op.delete("users", { name = "bob" })
  op.drop_table("users")
  die(5)
]]

local function project(config)
  local p = e2e.project { config = config }
  p:revision { "a1", up = UP, down = DOWN }
  p:revision { "b1", up = "op.add_column('users', { 'z', types.integer })",
               down = "op.drop_column('users', 'z')" }
  return p
end

local WANT = { { "ann", "43" }, { "bob", "NULL" }, { "eve", "8" } }

local function check_applied(p)
  assert.same({ "b1" }, p:rows())
  assert.same(WANT, p:sql("SELECT name, age FROM users ORDER BY id"))
  assert.same({}, p:sql("SELECT z FROM users WHERE z IS NOT NULL"))
  assert.same({ { "0" } }, p:sql("SELECT count(*) FROM posts"))
  assert.same({ { "0" } }, p:sql("SELECT count(*) FROM curlew_version_journal WHERE outcome = 'running'"))
end

local function killed(p, ...)
  local r = p:start(...):wait(60)
  assert.not_equal(0, r.code, "it was not killed")
  assert.is_false(p:exists("die"), r.err)
end

describe("a run on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("goes up, down and up again", function()
    local p = project()
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    check_applied(p)
    r = p:run("downgrade", "base")
    assert.equal(0, r.code, r.err)
    assert.same({}, p:rows())
    assert.is_false(p:has_table("users"))
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    check_applied(p)
  end)

  for _, mode in ipairs { "each", "all", "none" } do
    it("killed anywhere in an upgrade goes on with the same command, transaction = " .. mode, function()
      for n = 1, 9 do
        local p = project(('transaction = "%s",'):format(mode))
        p:write("die", tostring(n))
        killed(p, "upgrade")
        local r = p:run("upgrade")
        assert.equal(0, r.code, ("at %d: %s"):format(n, r.err))
        check_applied(p)
      end
    end)
  end

  it("killed anywhere in a downgrade goes on with the same command", function()
    for n = 1, 5 do
      local p = project()
      assert.equal(0, p:run("upgrade").code)
      p:write("die", tostring(n))
      killed(p, "downgrade", "base")
      local r = p:run("downgrade", "base")
      assert.equal(0, r.code, ("at %d: %s"):format(n, r.err))
      assert.same({}, p:rows())
      assert.is_false(p:has_table("users"))
      assert.is_false(p:has_table("posts"))
    end
  end)

  for _, mode in ipairs { "each", "all", "none" } do
    it("by three runners at once applies each revision once, all exit 0, transaction = " .. mode, function()
      local p = e2e.project { config = ('transaction = "%s",'):format(mode) }
      p:revision { "a1", up = [[
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
        op.insert("t", { n = 0 })
      ]] }
      for i = 1, 8 do p:revision { "r" .. i, up = "op.execute('UPDATE t SET n = n + 1')" } end
      local jobs = {}
      for i = 1, 3 do jobs[i] = p:start("upgrade") end
      for i = 1, 3 do
        local r = jobs[i]:wait(60)
        assert.equal(0, r.code, r.err)
      end
      assert.same({ { "8" } }, p:sql("SELECT n FROM t"))
      assert.same({ "r8" }, p:rows())
      assert.same({ { "9" } }, p:sql("SELECT count(*) FROM curlew_version_journal WHERE outcome = 'done'"))
    end)
  end

  it("says what is applied when a revision fails, and goes on once it is put right", function()
    local p = e2e.project()
    p:revision { "a1", up = [[op.create_table("t", { { "id", types.integer, primary_key = true } })]] }
    p:revision { "b1", up = [[
      op.create_table("u", { { "id", types.integer, primary_key = true } })
      op.insert("u", { id = 1 })
      op.execute("INSERT INTO nowhere VALUES (1)")
    ]] }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("nowhere", r.err)
    assert.matches("b1%.lua:%d+", r.err)
    assert.same({ "a1" }, p:rows())
    assert.equal(not e2e.transactional, p:has_table("u"))
    if not e2e.transactional then
      local refused = p:run("stamp", "b1")
      assert.equal(1, refused.code)
      assert.matches("half applied", refused.err)
      local status = p:json("status").json
      assert.equal("b1", status.partial[1].revision)
    end
    p:revision { "b1", parent = "a1", up = [[
      op.create_table("u", { { "id", types.integer, primary_key = true } })
      op.insert("u", { id = 1 })
      op.execute("INSERT INTO u VALUES (2)")
    ]] }
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "1" }, { "2" } }, p:sql("SELECT id FROM u ORDER BY id"))
    assert.same({ "b1" }, p:rows())
    assert.no.matches("Changed", p:run("status").out) -- what finished it is what counts
  end)

  it("interrupted rolls back, exits 7 and continues", function()
    local p = e2e.project()
    p:revision { "a1", up = [[op.create_table("t", { { "id", types.integer, primary_key = true } })]] }
    p:revision { "b1", up = [[
      op.execute("INSERT INTO t VALUES (1)")
      if not io.open("fast") then
        io.stderr:write("looping\n")
        while true do pcall(function() local n = 0 for i = 1, 1e6 do n = n + i end end) end
      end
    ]] }
    local job = p:start("upgrade")
    job:expect("looping", 20)
    job:signal("INT")
    local r = job:wait(20)
    assert.equal(7, r.code, r.err)
    assert.same({ "a1" }, p:rows())
    assert.same({}, p:sql("SELECT id FROM t"))
    p:write("fast", "")
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "1" } }, p:sql("SELECT id FROM t"))
  end)
end)
