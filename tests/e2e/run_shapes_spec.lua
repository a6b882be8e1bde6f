--- What surrounds the moves of a run: hooks, one transaction for all, SQL that is printed instead.
local e2e = require "support.e2e"

local TABLE = [[op.create_table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })]]

describe("around a run on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("calls the hooks in order, with what they are about", function()
    local p = e2e.project { config = [[
      on_connect = function(conn) print("connect " .. conn:scalar("SELECT 41 + 1")) end,
      before_step = function(i) print("before " .. i.revision .. " " .. i.step .. " " .. i.op) end,
      after_step = function(i) print("after " .. i.step .. " " .. tostring(i.sql:find("t") ~= nil)) end,
      on_version_apply = function(i) print("version " .. i.revision .. " " .. i.direction) end,
    ]] }
    p:revision { "a1", up = TABLE .. [[ op.insert("t", { id = 1 }) ]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    local seen = {}
    for line in r.out:gmatch("[^\n]+") do seen[#seen + 1] = line end
    assert.equal("connect 42", seen[1])
    assert.equal("before a1 1 create_table", seen[2])
    assert.equal("after 1 true", seen[3])
    assert.matches("^before a1 2 ", seen[4])
    assert.matches("^version a1 up", seen[6])
  end)

  it("stops where a hook fails, as where a script does", function()
    local p = e2e.project { config = [[on_version_apply = function() error("not on a Friday") end,]] }
    p:revision { "a1", up = "op.execute('SELECT 1')" }
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.err)
    assert.matches("not on a Friday", r.err)
    assert.same({}, p:rows())
  end)

  it("prints SQL that gives the same when the database's own client runs it", function()
    local p = e2e.project()
    p:revision { "a1", title = "it's a table", up = TABLE .. [[
      op.bulk_insert("t", { { id = 1, n = 10 }, { id = 2 } })
      op.execute("UPDATE t SET n = :n WHERE id = :id", { n = 7, id = 2 })
    ]], down = [[op.drop_table("t")]] }
    p:revision { "b1", up = [[op.add_column("t", { "c", types.varchar(10), server_default = "x" })]],
                 down = [[op.drop_column("t", "c")]] }
    p:revision { "c1", more = 'transaction = "none",', up = [[op.insert("t", { id = 3, n = 3 })]],
                 down = [[op.delete("t", { id = 3 })]] }
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    assert.same({}, p:rows())
    p:sql(r.out)
    assert.same({ "c1" }, p:rows())
    assert.same({ { "1", "10", "x" }, { "2", "7", "x" }, { "3", "3", "x" } },
      p:sql("SELECT id, n, c FROM t ORDER BY id"))
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    r = p:run("downgrade", "c1:a1", "--sql")
    if e2e.db ~= "sqlite" then -- a column dropped by a rebuild needs the shadow
      assert.equal(0, r.code, r.err)
      p:sql(r.out)
      assert.same({ "a1" }, p:rows())
      assert.same({ { "1", "10" }, { "2", "7" } }, p:sql("SELECT * FROM t ORDER BY id"))
    end
  end)

  it("prints what a dry run would do, and does nothing", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = [[op.insert("t", { id = 1 })]] }
    assert.equal(0, p:run("upgrade", "a1").code)
    local r = p:run("upgrade", "--dry-run")
    assert.equal(0, r.code, r.err)
    assert.matches("INSERT INTO [^\n]*t[^\n]*1", r.out)
    assert.matches("'b1'", r.out)
    assert.not_matches("CREATE TABLE", r.out)
    assert.same({ "a1" }, p:rows())
    assert.same({}, p:sql("SELECT id FROM t"))
  end)

  it("with transaction = all leaves nothing of the others when one fails", function()
    local p = e2e.project { config = 'transaction = "all",' }
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = [[op.insert("t", { id = 1 })]] }
    p:revision { "c1", up = [[error("no")]] }
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.err)
    if e2e.transactional then
      assert.same({}, p:rows())
      assert.is_false(p:has_table("t"))
      assert.not_matches("upgrade +<base> %-> a1", r.err)
    else
      assert.matches('"all" means "each"', r.err)
      assert.same({ "b1" }, p:rows())
    end
  end)

  it("refuses COMMIT in a script and a failed transaction that was caught", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = [[op.execute("COMMIT")]] }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("can't send COMMIT", r.err)
    p:revision { "b1", parent = "a1", up = [[
      pcall(op.execute, "INSERT INTO nowhere VALUES (1)")
      op.insert("t", { id = 1 })
    ]] }
    r = p:run("upgrade")
    if e2e.db == "postgresql" then
      assert.equal(1, r.code)
      assert.matches("nowhere", r.err)
      assert.same({ "a1" }, p:rows())
    else
      assert.equal(0, r.code, r.err)
    end
  end)

  it("handles a failed statement by a savepoint", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = [[
      op.insert("t", { id = 1 })
      local ok, err = op.savepoint(function()
        op.insert("t", { id = 2 })
        op.insert("t", { id = 1 })
      end)
      assert(not ok and err)
      op.insert("t", { id = 3 })
    ]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "1" }, { "3" } }, p:sql("SELECT id FROM t ORDER BY id"))
  end)
end)
