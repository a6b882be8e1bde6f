--- The connection of a migration, and what stands around statements: parameters on every driver, batches, rows in
--- flat memory, queries within queries, use after the end, savepoints, commits, blocks.
local case = require "support.op_case"
local e2e = require "support.e2e"

local PG, MYSQL = e2e.dialect == "postgresql", e2e.dialect == "mysql"

local TABLE = [==[
  op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false }, { "a", types.varchar(100) }, { "n", types.bigint } })
]==]

--- Rows 1..n of a table t(id, a), made by the server itself.
local FILL = [==[
  local function fill(n)
    local digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 "
      .. "UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
    local from, sum = {}, {}
    for i = 1, #tostring(n) - 1 do
      from[i] = digits .. " AS x" .. i
      sum[i] = ("x%d.d * %d"):format(i, 10 ^ (i - 1) // 1 | 0)
    end
    op.execute("INSERT INTO t (id, a) SELECT 1 + " .. table.concat(sum, " + ") .. ", 'a row of some length, as rows are' FROM "
      .. table.concat(from, " CROSS JOIN "))
    same(conn:scalar "SELECT count(*) FROM t", n)
  end
]==]

describe("the connection on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("binds parameters by name and by position", function()
    case.passes(TABLE .. [==[
      same(conn:execute("INSERT INTO t (id, a, n) VALUES (:id, :a, :n)", { id = 1, a = "x:y ?", n = 5 }), 1)
      same(conn:execute("INSERT INTO t (id, a, n) VALUES (?, ?, ?)", { 2, op.null, 6 }), 1)
      same(conn:execute("INSERT INTO t (id, a, n) VALUES (:id, :a, :n)", { id = 3 }), 1) -- a name without a value is NULL
      same(conn:scalar("SELECT a FROM t WHERE id = :id AND (n = :n OR n = :n)", { id = 1, n = 5 }), "x:y ?")
      same(conn:scalar("SELECT count(*) FROM t WHERE a IS NULL AND id IN :ids", { ids = { 2, 3, 4 } }), 2)
      same(conn:scalar("SELECT count(*) FROM t WHERE id IN (:ids)", { ids = { 1 } }), 1)
      same(conn:scalar("SELECT count(*) FROM t WHERE id IN :ids", { ids = {} }), 0)
      same(conn:scalar("SELECT count(*) FROM t WHERE id IN ?", { { 1, 2 } }), 2)
      same(conn:scalar("SELECT ':id ? ' || 'x' FROM t WHERE id = :id" , { id = 1 }), ctx.dialect == "mysql" and 0 or ":id ? x")
      same(conn:scalar("SELECT /* :no ? */ a -- ? :no\n FROM t WHERE id = ?", { 1 }), "x:y ?")
      same(conn:scalar "SELECT count(*) FROM t WHERE a LIKE '%:y%'", 1)
      local m = raises(function() conn:execute("SELECT 1 FROM t WHERE id = :id", { idd = 1 }) end, "idd")
      assert(m:find("did you mean"), m)
      raises(function() conn:execute("SELECT 1 FROM t WHERE id = ?", { 1, 2 }) end, "")
      raises(function() conn:execute("SELECT 1 FROM t WHERE id = ? AND n = ?", { 1 }) end, "")
      raises(function() conn:execute("SELECT 1 FROM t WHERE id = :id", { id = {} , x = print }) end, "")
      -- A row of the database is a table of parameters as it is.
      for row in conn:rows "SELECT id, a, n FROM t WHERE id = 1" do
        conn:execute("INSERT INTO t (id, a) VALUES (:id + 10, :a)", row)
      end
      same(conn:scalar "SELECT a FROM t WHERE id = 11", "x:y ?")
    ]==])
  end)

  it("gives rows by name and by position, a first row, a value, a column", function()
    case.passes(TABLE .. [==[
      op.insert("t", { { id = 1, a = "x", n = 5 }, { id = 2, n = 6 } })
      local rows = conn:all "SELECT id, a, n, 1 AS id FROM t ORDER BY t.id"
      same(#rows, 2)
      same({ rows[1].id, rows[1][1], rows[1][2], rows[1].a, rows[1][4] }, { 1, 1, "x", "x", 1 })
      same(#rows[2], 4) same(rows[2].a, nil) same(rows[2][2], nil)
      local names = {}
      for k in pairs(rows[2]) do names[#names + 1] = tostring(k) end
      same(conn:first("SELECT id FROM t WHERE id = 9"), nil)
      same(conn:first("SELECT n FROM t WHERE id = 1").n, 5)
      same(conn:scalar("SELECT n FROM t WHERE id = 9"), nil)
      local column = conn:column "SELECT a FROM t ORDER BY id"
      assert(column[1] == "x" and column[2] == op.null and #column == 2)
      local list, err = conn:try "SELECT id FROM t"
      same(#list, 2) same(err, nil)
      same(conn:try("UPDATE t SET n = 1"), 2)
      assert(conn.dialect == ctx.dialect and conn.server_version:match "^%d+%.")
      same(conn:literal "it's", "'it''s'")
      same(conn:quote "plain", "plain")
      assert(conn:quote "Sel ect":find "Sel ect" and #conn:quote "Sel ect" == 9)
      assert(conn:inspect():has_table "t")
    ]==])
  end)

  it("runs a list of parameter lists as one batch, all of it or nothing", function()
    case.passes(TABLE .. [==[
      local sets, named = {}, {}
      for i = 1, 2500 do
        sets[i] = { i, "it's " .. i, i % 7 == 0 and op.null or i }
        named[i] = { id = 10000 + i, a = "n" .. i }
      end
      same(conn:execute("INSERT INTO t (id, a, n) VALUES (?, ?, ?)", sets), 2500)
      same(conn:execute("INSERT INTO t (id, a) VALUES (:id, :a)", named), 2500)
      same(conn:scalar "SELECT count(*) FROM t WHERE n IS NULL AND id < 10000", 357)
      same(conn:scalar "SELECT a FROM t WHERE id = 2500", "it's 2500")
      same(conn:execute("UPDATE t SET n = ? WHERE id = ?", { { 1, 1 }, { 2, 2 }, { 3, 99999 } }), 2)
      raises(function() conn:execute("INSERT INTO t (id) VALUES (?)", { { 20001 }, { 20002 }, { 1 }, { 20003 } }) end, "")
      same(conn:scalar "SELECT count(*) FROM t WHERE id > 20000", 0)
      same(op.bulk_insert("t", {}), 0)
      local rows = {}
      for i = 1, 3000 do rows[i] = { id = 30000 + i, a = i % 2 == 0 and "even" or nil } end
      same(op.bulk_insert("t", rows), 3000)
      same(conn:scalar "SELECT count(*) FROM t WHERE a = 'even'", 1500)
    ]==])
  end)

  it("iterates over a million rows in flat memory", function()
    case.passes(TABLE .. FILL .. [==[
      local function rss()
        local file <close> = assert(io.open "/proc/self/statm")
        local _, pages = file:read("n", "n")
        return pages * 4096
      end
      fill(1000000)
      local before, most, count, sum = rss(), 0, 0, 0
      for row in conn:rows "SELECT id, a FROM t" do
        count, sum = count + 1, sum + row.id
        if count % 50000 == 0 then most = math.max(most, rss()) end
      end
      same(count, 1000000) same(sum, 500000500000)
      assert(most - before < 48 << 20, ("it grew by %d KB"):format((most - before) // 1024))
      count = 0
      for row in conn:rows("SELECT id, a FROM t WHERE id > :from", { from = 500000 }) do
        count = count + 1
        if count == 5 then break end
      end
      same(conn:scalar "SELECT 5", 5)
    ]==], { timeout = 400, env = { ASAN_OPTIONS = "quarantine_size_mb=1:" .. (os.getenv "ASAN_OPTIONS" or "") } })
  end)

  it("executes within a query, and queries within it", function()
    case.passes(TABLE .. FILL .. [==[
      fill(1000)
      local changed, inner = 0, 0
      for row in conn:rows "SELECT id FROM t WHERE id <= 200 ORDER BY id" do
        changed = changed + conn:execute("UPDATE t SET n = :n WHERE id = :id", { n = row.id * 2, id = row.id })
        if row.id % 50 == 0 then
          for other in conn:rows("SELECT id FROM t WHERE id > ?", { row.id }) do
            inner = inner + 1
            if inner % 3 == 0 then assert(conn:scalar("SELECT n FROM t WHERE id = ?", { row.id }) == row.id * 2) end
            if inner > 100 then break end
            local _ = other
          end
          op.update("t", { a = "op within" }, { id = row.id })
        end
      end
      same(changed, 200)
      same(conn:scalar "SELECT sum(n) FROM t" // 1 | 0, 40200)
      same(conn:scalar "SELECT count(*) FROM t WHERE a = 'op within'", 4)
      local ok = pcall(function() for _ in conn:rows "SELECT id FROM t" do error "enough" end end)
      assert(not ok)
      same(conn:scalar "SELECT count(*) FROM t", 1000)
    ]==])
  end)

  it("says clearly that it was used too late", function()
    local p = e2e.project()
    p:revision { "a1", up = [[
      package.loaded.kept = { conn = op.get_bind(), rows = { op.get_bind():rows "SELECT 1 AS one UNION ALL SELECT 2" }, inspector = op.inspect() }
    ]] }
    p:revision { "a2", up = [[
      local kept = package.loaded.kept
      for name, fn in pairs {
        execute = function() kept.conn:execute "SELECT 1" end, scalar = function() return kept.conn:scalar "SELECT 1" end,
        rows = function() kept.rows[1](kept.rows[2]) end, inspector = function() return kept.inspector:tables() end,
      } do
        local ok, err = pcall(fn)
        local m = type(err) == "table" and err.message or tostring(err)
        assert(not ok and (m:find "ended" or m:find "over" or m:find "closed" or m:find "belongs" or m:find "valid"), name .. ": " .. m)
      end
    ]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
  end)

  it("handles failing statements by savepoints, nested too", function()
    case.passes(TABLE .. [==[
      op.insert("t", { id = 1, a = "x" })
      local ok, err = op.savepoint(function()
        op.insert("t", { id = 2 })
        op.insert("t", { id = 1 })
      end)
      assert(ok == false and type(err) == "table" and err.message and err.code == "statement" and err.statement:find "INSERT", tostring(err))
      assert(err.sqlstate and err.line and err.file:find "a1.lua")
      same(conn:scalar "SELECT count(*) FROM t", 1)
      assert(op.savepoint(function()
        op.insert("t", { id = 3 })
        local inner = op.savepoint(function() op.insert("t", { id = 4 }) conn:execute "INSERT INTO nowhere VALUES (1)" end)
        assert(inner == false)
        op.insert("t", { id = 5 })
      end) == true)
      same(conn:column "SELECT id FROM t ORDER BY id", { 1, 3, 5 })
      ok, err = op.savepoint(function() error { mine = 1 } end)
      assert(not ok and err.mine == 1)
      raises(function() op.commit() end, "savepoint")
      same(conn:column "SELECT id FROM t ORDER BY id", { 1, 3, 5 })
    ]==])
  end)

  it("handles failing definitions by savepoints", function()
    local p = case.passes(TABLE .. [==[
      local ok, err = op.savepoint(function() op.create_table("t", { { "id", types.integer } }) end)
      assert(not ok and err.message:lower():find "exist", tostring(err))
      ok = op.savepoint(function() op.drop_column("t", "nothing") end)
      assert(not ok)
      ok, err = op.savepoint(function() op.add_column("t", { "b", types.integer }) op.create_index("ix", "t", { "b" }) end)
      assert(ok, err)
      op.insert("t", { id = 1, b = 2 })
      ok = op.savepoint(function() op.create_table("u", { { "id", types.integer } }) op.drop_table("nothing") end)
      assert(not ok)
      op.insert("t", { id = 2 })
    ]==])
    assert.same({ { "1", "2" }, { "2", "NULL" } }, p:sql("SELECT id, b FROM t ORDER BY id"))
    assert.equal(MYSQL, p:has_table("u")) -- its definitions commit by themselves
  end)

  it("rolls back rows beside definitions, or refuses the definition before anything is sent", function()
    local p = case.passes(TABLE .. [==[
      op.insert("t", { id = 1 })
      -- rows after a definition
      local ok, err = op.savepoint(function()
        op.add_column("t", { "b", types.integer })
        op.insert("t", { id = 2 })
        op.savepoint(function() op.insert("t", { id = 3 }) error "inner" end)
        op.insert("t", { id = 1 })
      end)
      assert(not ok and err.message:lower():find "duplicate" or tostring(err):find "UNIQUE", tostring(err))
      same(conn:column "SELECT id FROM t ORDER BY id", { 1 })
      assert(op.inspect():has_column("t", "b") == (ctx.dialect == "mysql"))
      -- rows before one
      ok, err = op.savepoint(function()
        op.insert("t", { id = 4 })
        op.savepoint(function() op.insert("t", { id = 5 }) error "inner" end)
        op.create_table("late", { { "id", types.integer } })
      end)
      if ctx.dialect == "mysql" then
        assert(not ok and err.message:find("insert t", 1, true) and err.hint:find("before the rows", 1, true), tostring(err))
        same(conn:column "SELECT id FROM t ORDER BY id", { 1 })
        -- rows that an inner savepoint has rolled back are no obstacle, nor are reads
        assert(op.savepoint(function()
          op.savepoint(function() op.insert("t", { id = 5 }) error "inner" end)
          conn:scalar "SELECT count(*) FROM t"
          op.create_table("late", { { "id", types.integer } })
        end))
      else
        assert(ok, err)
        op.delete("t", { id = 4 })
      end
      assert(op.inspect():has_table("late"))
      assert(op.savepoint(function() op.insert("t", { id = 6 }) end))
    ]==])
    assert.same({ { "1" }, { "6" } }, p:sql("SELECT id FROM t ORDER BY id"))
  end)

  it("goes through rolled back savepoints again when a stopped run goes on", function()
    local p = e2e.project()
    local body = TABLE .. [==[
      local conn = op.get_bind()
      local ok = op.savepoint(function()
        op.add_column("t", { "b", types.integer })
        op.insert("t", { id = 2 })
        op.insert("t", { id = 2 })
      end)
      assert(not ok)
      if not op.inspect():has_column("t", "b") then op.add_column("t", { "b", types.integer }) end
      assert(op.savepoint(function() op.create_index("ix_b", "t", { "b" }) op.insert("t", { id = 3, b = 3 }) end))
      op.commit()
      if ctx.x.fail then error "stopped" end
      op.insert("t", { id = 4 }) ]==]
    p:revision { "a1", up = body }
    local r = p:run("-x", "fail", "upgrade")
    assert.equal(1, r.code, r.err)
    assert.matches("stopped", r.err, 1, true)
    r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "3", "3" }, { "4", "NULL" } }, p:sql("SELECT id, b FROM t ORDER BY id"))
  end)

  it("goes on after a failure within pcall only where the server does", function()
    local up = TABLE .. [==[
      op.insert("t", { id = 1 })
      local ok = pcall(op.insert, "t", { id = 1 })
      assert(not ok)
      op.insert("t", { id = 2 })
    ]==]
    if PG then
      local _, r = case.fails(case.PRELUDE .. up, "savepoint")
      assert.matches("duplicate key", r.err)
    else
      assert.same({ { "2" } }, case.passes(up):sql("SELECT count(*) FROM t"))
    end
  end)

  it("commits in a loop, and a failed run goes on after the last commit", function()
    local p = e2e.project()
    p:revision { "a1", up = case.PRELUDE .. TABLE .. [==[ for i = 1, 10 do op.insert("t", { id = i }) end ]==] }
    p:revision { "a2", up = [==[
      local conn = op.get_bind()
      for batch = 0, 4 do
        for id = batch * 2 + 1, batch * 2 + 2 do
          if id == 7 and ctx.x.fail then error "stopped" end
          conn:execute("UPDATE t SET n = coalesce(n, 0) + 1 WHERE id = ?", { id })
        end
        op.commit()
      end
    ]==] }
    assert.equal(1, p:run("upgrade", "-x", "fail=1").code)
    assert.same({ { "6" } }, p:sql("SELECT count(*) FROM t WHERE n = 1"))
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "10" } }, p:sql("SELECT count(*) FROM t WHERE n = 1"))
  end)

  it("leaves the transaction for a block, which nests and gives errors on", function()
    case.passes(TABLE .. [==[
      op.insert("t", { id = 1 })
      op.autocommit_block(function()
        op.insert("t", { id = 2 })
        op.autocommit_block(function() op.insert("t", { id = 3 }) end)
        raises(op.commit, "autocommit")
        if ctx.dialect == "postgresql" then op.execute "VACUUM t" elseif ctx.dialect == "sqlite" then op.execute "VACUUM" end
      end)
      op.insert("t", { id = 4 })
      local ok, err = pcall(op.autocommit_block, function() error "inside" end)
      assert(not ok and tostring(type(err) == "table" and err.message or err):find "inside")
      op.insert("t", { id = 5 })
      same(conn:scalar "SELECT count(*) FROM t", 5)
    ]==])
  end)

  it("inserts or updates, and says the new key", function()
    case.passes [==[
      op.create_table("k", { { "id", types.integer, primary_key = true }, { "code", types.varchar(10), unique = true }, { "n", types.integer } })
      local first = op.insert("k", { code = "a", n = 1 })
      same(math.type(first), "integer")
      same(op.insert("k", { code = "b", n = 2 }), first + 1)
      same(op.insert("k", { id = 77, code = "c" }), 77)
      op.insert("k", { code = "a", n = 9 }, { on_conflict = "ignore" })
      same(conn:scalar "SELECT n FROM k WHERE code = 'a'", 1)
      op.insert("k", { { code = "a", n = 10 }, { code = "z", n = 11 } }, { on_conflict = { columns = { "code" }, update = { "n" } } })
      same(conn:scalar "SELECT n FROM k WHERE code = 'a'", 10)
      same(conn:scalar "SELECT n FROM k WHERE code = 'z'", 11)
      op.insert("k", { code = "a", n = 1 }, { on_conflict = { columns = { "code" }, update = { n = op.sql "k.n + 5" } } })
      same(conn:scalar "SELECT n FROM k WHERE code = 'a'", 15)
      if ctx.dialect ~= "mysql" or conn.server == "mariadb" then
        same(conn:scalar("INSERT INTO k (code) VALUES ('r') RETURNING code"), "r")
      end
      op.create_table("s", { { "code", types.varchar(10), primary_key = true }, { "n", types.integer, server_default = 4 } })
      same(op.insert("s", { code = "key" }), "key")
      op.create_table("c", { { "a", types.integer, primary_key = true }, { "b", types.integer, primary_key = true } })
      same(op.insert("c", { a = 1, b = 2 }), { 1, 2 })
      op.create_table("g", { { "id", types.uuid, primary_key = true }, { "n", types.integer } })
      local id = op.uuid()
      same(op.insert("g", { id = id }), id)
      same(math.type(op.insert("k", {})), "integer")
    ]==]
  end)

  it("differs by dialect where a script says so", function()
    case.passes [==[
      local v = op.by_dialect { default = "d", mysql = "m", mariadb = "ma", postgresql = "p", sqlite = "s" }
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(10), server_default = v } })
      op.insert("t", { id = 1 })
      op.insert("t", { id = 2, a = v })
      local wanted = ({ sqlite = "s", postgresql = "p", mysql = conn.server == "mariadb" and "ma" or "m" })[ctx.dialect]
      same(conn:column "SELECT a FROM t ORDER BY id", { wanted, wanted })
      op.execute(op.by_dialect { default = "UPDATE t SET a = 'x'", sqlite = "UPDATE t SET a = 'x'" })
      same(op.dialect, ctx.dialect)
      op.add_column("t", { "late", types.integer }, op.by_dialect { [ctx.server] = { if_not_exists = true } })
      op.add_column("t", { "late", types.integer }, op.by_dialect { [ctx.server] = { if_not_exists = true } })
      op.batch_alter_table("t", op.by_dialect { other = { schema = "nowhere" } }, function(b)
        b.drop_column("late", op.by_dialect { default = { if_exists = true } })
        b.add_column(op.by_dialect { default = { "later", types.integer } }, op.by_dialect {})
      end)
      op.drop_column("t", "later")
      op.create_index("ix", "t", { "a" }, { where = op.by_dialect { postgresql = "id > 0", sqlite = "id > 0" } })
    ]==]
  end)
end)
