--- Signals and what else can happen to a process: exit codes, and what the database is left with.
local e2e = require "support.e2e"
local process = require "support.process"

-- A statement that takes `seconds`, long enough to be interrupted.
local function slow(seconds)
  if e2e.db == "postgresql" then return ("SELECT pg_sleep(%d)"):format(seconds) end
  if e2e.db == "sqlite" then
    return "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000000) SELECT count(*) FROM c"
  end
  return ("DO SLEEP(%d)"):format(seconds)
end

local TABLE = [[op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false } })]]

local function project(slow_part)
  local p = e2e.project()
  p:revision { "a1", up = TABLE }
  p:revision { "b1", up = [[
    op.execute("INSERT INTO t VALUES (1)")
    local file = io.open("fast")
    if file then file:close() return op.execute("INSERT INTO t VALUES (2)") end
    io.stderr:write("working\n")
    ]] .. slow_part .. [[
    op.execute("INSERT INTO t VALUES (2)")
  ]] }
  return p
end

local function nothing_of_b1(p)
  assert.same({ "a1" }, p:rows())
  assert.same({}, p:sql("SELECT id FROM t"))
end

local function goes_on(p)
  p:write("fast", "")
  local r = p:run("upgrade")
  assert.equal(0, r.code, r.err)
  assert.same({ { "1" }, { "2" } }, p:sql("SELECT id FROM t ORDER BY id"))
  assert.same({ "b1" }, p:rows())
end

describe("curlew on " .. e2e.db, function()
  after_each(e2e.cleanup)

  for _, name in ipairs { "INT", "TERM", "HUP" } do
    it("cancels a running statement upon SIG" .. name .. ", rolls back, exits 7 and continues later", function()
      local p = project(("op.get_bind():all(%q)\n"):format(slow(30):gsub("^DO", "SELECT")))
      local job = p:start("upgrade")
      assert.is_true(job:expect("working", 30))
      process.must("sleep 0.3")
      job:signal(name)
      local r = job:wait(10)
      assert.equal(7, r.code, r.err)
      nothing_of_b1(p)
      goes_on(p)
    end)
  end

  it("stops Lua that catches every error", function()
    local p = project("while true do pcall(function() for _ = 1, 1e5 do local _ = {} end end) end\n")
    local job = p:start("upgrade")
    assert.is_true(job:expect("working", 30))
    job:signal("INT")
    local r = job:wait(10)
    assert.equal(7, r.code, r.err)
    nothing_of_b1(p)
    goes_on(p)
  end)

  it("finishes a definition that commits by itself upon the first signal, so nothing is unknown", function()
    if e2e.dialect ~= "mysql" then return end
    local p = e2e.project()
    p:revision { "a1", up = TABLE .. [[
      local rows = {}
      for i = 1, 20000 do rows[i] = { id = i } end
      op.bulk_insert("t", rows)
    ]] }
    assert.equal(0, p:run("upgrade").code)
    p:revision { "b1", up = [[
      io.stderr:write("working\n")
      op.alter_column("t", "id", { type = types.bigint })
      op.execute("INSERT INTO t VALUES (0)")
    ]] }
    local job = p:start("upgrade")
    assert.is_true(job:expect("working", 30))
    job:signal("INT")
    local r = job:wait(30)
    assert.is_true(r.code == 7 or r.code == 0, r.err)
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "20001" } }, p:sql("SELECT count(*) FROM t"))
    assert.same({ "b1" }, p:rows())
  end)

  it("goes on to the end when nobody reads its output any more", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    for i = 1, 30 do p:revision { "r" .. i, up = ("op.execute('INSERT INTO t VALUES (%d)')"):format(i) } end
    local _, _, code = os.execute(("cd %s && bash -c '%s upgrade | true; exit ${PIPESTATUS[0]}' 2>/dev/null"):format(
      process.quote(p.dir), e2e.bin))
    assert.same({ "r30" }, p:rows())
    assert.same({ { "30" } }, p:sql("SELECT count(*) FROM t"))
    assert.is_true(code == 0 or code == 1, "ended with " .. tostring(code))
  end)

  it("is not ended by SIGHUP under nohup", function()
    local p = project("for _ = 1, 20 do os.execute('sleep 0.05') end\n")
    local job = process.start("nohup", { e2e.bin, "upgrade", cwd = p.dir }, e2e.unset)
    assert.is_true(job:expect("working", 30))
    job:signal("HUP")
    local r = job:wait(30)
    assert.equal(0, r.code, r.err)
    job:kill()
    assert.same({ { "1" }, { "2" } }, p:sql("SELECT id FROM t ORDER BY id"))
  end)

  it("whose terminal is closed rolls back and can be continued", function()
    local p = project(("op.get_bind():all(%q)\n"):format(slow(30):gsub("^DO", "SELECT")))
    -- script(1) makes a terminal; with it killed the terminal is gone, and curlew gets SIGHUP.
    local job = process.start("script", { "-q", "-f", "-c", e2e.bin .. " upgrade", p:path("typescript"), cwd = p.dir },
      e2e.unset)
    for _ = 1, 600 do
      if p:exists("typescript") and p:read("typescript"):find("working", 1, true) then break end
      process.must("sleep 0.05")
    end
    assert.matches("working", p:read("typescript"))
    job:signal("KILL")
    job:wait(10)
    job:kill()
    p:write("fast", "")
    local r = p:run { "upgrade", timeout = 40 } -- waits for what is left of the other one
    assert.equal(0, r.code, r.err)
    assert.same({ { "1" }, { "2" } }, p:sql("SELECT id FROM t ORDER BY id"))
    assert.same({ { "b1" } }, p:sql("SELECT revision FROM curlew_version_journal WHERE outcome = 'done' AND revision = 'b1'"))
  end)

  it("interrupted between two revisions keeps the first and says how many are left", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = [[
      op.execute("INSERT INTO t VALUES (1)")
      local file = io.open("fast")
      if not file then
        io.stderr:write("working\n")
        while true do end
      end
    ]] }
    p:revision { "c1", up = "op.execute('INSERT INTO t VALUES (3)')" }
    local job = p:start("upgrade")
    assert.is_true(job:expect("working", 30))
    job:signal("TERM")
    assert.equal(7, job:wait(10).code)
    nothing_of_b1(p)
    p:write("fast", "")
    assert.equal(0, p:run("upgrade").code)
    assert.same({ { "1" }, { "3" } }, p:sql("SELECT id FROM t ORDER BY id"))
  end)
end)
