--- Ways in which other tools fail their users and that no other spec here is about; the list of all fifty,
--- each with its test, is in tests/kill/README.md.
local e2e = require "support.e2e"

local on_postgresql = e2e.db == "postgresql" and it or function() end

local TABLE = [[
  op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false }, { "n", types.integer } })
  op.bulk_insert("t", { { id = 1, n = 5 }, { id = 2, n = 5 } })
]]

describe("what goes wrong elsewhere on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("is not reported as done when it failed", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = "op.execute('UPDATE nothing_there SET n = 1')" }
    p:revision { "c1", up = "op.execute('UPDATE t SET n = 6')" }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    local said = r.out .. r.err
    assert.matches("a1", said)
    assert.not_matches("%-> b1", said)
    assert.not_matches("%-> c1", said)
    assert.same({ "a1" }, p:rows())
  end)

  it("finds service tables that were only half made, and makes the rest", function()
    local p = e2e.project()
    p:sql("CREATE TABLE curlew_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    p:revision { "a1", up = TABLE }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    p:sql("DROP TABLE curlew_version_step")
    p:revision { "b1", up = "op.execute('UPDATE t SET n = 6')" }
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ "b1" }, p:rows())
  end)

  it("deletes no duplicates to make a key unique", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = 'op.create_index("ux_t_n", "t", { "n" }, { unique = true })' }
    assert.equal(1, p:run("upgrade").code)
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM t"))
    p:sql("UPDATE t SET n = 7 WHERE id = 2")
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
  end)

  it("takes nothing back that nobody has named", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE, down = "op.drop_table('t')" }
    assert.equal(0, p:run("upgrade").code)
    assert.equal(2, p:run("downgrade").code)
    assert.same({ { "2" } }, p:sql("SELECT count(*) FROM t"))
    assert.same({ "a1" }, p:rows())
  end)

  it("is noticed: an applied file that was edited, or is gone", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = "op.execute('UPDATE t SET n = 6')" }
    assert.equal(0, p:run("upgrade").code)
    p:revision { "b1", parent = "a1", up = "op.execute('UPDATE t SET n = 60')" }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.matches("changed since it was applied: b1", r.err)
    assert.same({ { "6" }, { "6" } }, p:sql("SELECT n FROM t"))
  end)

  it("goes on behind what is done: the step that failed may be edited, one that is done may not", function()
    local p = e2e.project { config = 'transaction = "none",' }
    local two = 'op.execute("UPDATE t SET n = n + 1")\n op.create_table("u", { { "id", types.integer, primary_key = true } })\n'
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = two .. 'op.execute("UPDATE nothing_there SET n = 1")' }
    assert.equal(1, p:run("upgrade").code)
    p:revision { "b1", parent = "a1", up = (two:gsub("n %+ 1", "n + 2")) .. 'op.execute("UPDATE t SET n = n * 2")' }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("step 1 of b1 is done as", r.err)
    assert.same({ { "6" }, { "6" } }, p:sql("SELECT n FROM t"))
    p:revision { "b1", parent = "a1", up = two .. 'op.execute("UPDATE t SET n = n * 2")' }
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "12" }, { "12" } }, p:sql("SELECT n FROM t"))
    assert.same({ "b1" }, p:rows())
  end)

  it("shows what is half-applied, since when and by whom", function()
    local p = e2e.project()
    p:revision { "a1", up = TABLE }
    p:revision { "b1", up = [[
      op.execute("UPDATE t SET n = n + 1")
      op.autocommit_block(function() op.execute("UPDATE t SET n = n + 1") end)
      op.execute("UPDATE nothing_there SET n = 1")
    ]] }
    assert.equal(1, p:run("upgrade").code)
    local r = p:run("status")
    assert.matches("b1", r.out)
    assert.matches("%d%d%d%d%-%d%d%-%d%d", r.out)
    assert.same({ { "7" }, { "7" } }, p:sql("SELECT n FROM t ORDER BY id"))
  end)

  on_postgresql("is in the way for ever: a prepared transaction's lock ends the run in time", function()
    local p = e2e.project { config = 'ddl = { lock_timeout = "300ms", retries = 1 },' }
    p:revision { "a1", up = TABLE }
    assert.equal(0, p:run("upgrade").code)
    p:revision { "b1", up = "op.add_column('t', { 'm', types.integer })" }
    p:sql("BEGIN; UPDATE t SET n = 9 WHERE id = 1; PREPARE TRANSACTION 'forgotten_" .. p.url:match("[^/]+$") .. "'")
    local r = p:run { "upgrade", timeout = 30 }
    p:sql("ROLLBACK PREPARED 'forgotten_" .. p.url:match("[^/]+$") .. "'")
    assert.equal(1, r.code, r.err)
    assert.matches("lock", r.err)
    assert.equal(0, p:run("upgrade").code)
  end)
end)
