--- Rows and values on real servers: what goes in comes out, whatever is in it.
local e2e = require "support.e2e"

describe("rows on " .. e2e.db, function()
  after_each(e2e.cleanup)

  local function passes(up)
    local p = e2e.project()
    p:revision { "a1", up = up }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    return p
  end

  local TABLE = [[
    op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(100), server_default = "d" },
      { "n", types.integer, unique = true } })
    local conn = op.get_bind()
    local function all() return conn:all("SELECT id, a, n FROM t ORDER BY id") end
  ]]

  it("get their keys, their defaults and their NULLs", function()
    passes(TABLE .. [[
      assert(op.insert("t", { a = "x" }) == 1)
      assert(op.insert("t", { id = 7, a = op.null }) == 7)
      if ctx.dialect == "postgresql" then op.execute "SELECT setval(pg_get_serial_sequence('t', 'id'), 7)" end
      assert(op.bulk_insert("t", { { a = "p" }, { n = 5 }, { a = "q", n = 6 } }) == 3)
      assert(op.bulk_insert("t", {}) == 0)
      local rows = conn:all("SELECT a, n FROM t WHERE id NOT IN (1, 7) ORDER BY n, a")
      local by_n = {}
      for _, row in ipairs(conn:all("SELECT a, n FROM t")) do by_n[row.n or row.a or "null"] = row end
      assert(by_n[5].a == "d" and by_n[6].a == "q" and by_n.p.n == nil and by_n.null.a == nil and #rows == 3)
    ]])
  end)

  it("are ignored or updated when their key is there", function()
    passes(TABLE .. [[
      op.insert("t", { id = 1, a = "x", n = 1 })
      op.insert("t", { id = 2, a = "y", n = 1 }, { on_conflict = "ignore" })
      assert(#all() == 1 and all()[1].a == "x")
      op.insert("t", { { id = 1, a = "z", n = 4 }, { id = 3, a = "w" } },
        { on_conflict = { columns = { "id" }, update = { "a" } } })
      local rows = all()
      assert(#rows == 2 and rows[1].a == "z" and rows[1].n == 1 and rows[2].a == "w")
      op.insert("t", { id = 1, a = "z" }, { on_conflict = { columns = { "id" }, update = { n = op.sql "9" } } })
      assert(all()[1].n == 9 and all()[1].a == "z")
    ]])
  end)

  it("are changed and deleted by equalities, lists, NULLs and expressions", function()
    passes(TABLE .. [[
      op.bulk_insert("t", { { id = 1, n = 1 }, { id = 2, n = 2 }, { id = 3, a = op.null }, { id = 4, n = 4 } })
      assert(op.update("t", { a = "x" }, { id = { 1, 2 } }) == 2)
      assert(op.update("t", { a = "y" }, { a = op.null }) == 1)
      assert(op.update("t", { n = op.sql "n + 10" }, { n = { 1, op.null } }) == 2)
      assert(op.update("t", { a = "nobody" }, { id = {} }) == 0)
      assert(op.update("t", { a = op.sql "upper(a)" }, op.sql "id = 2") == 1)
      assert(op.delete("t", { id = 4, a = "d" }) == 1)
      assert(op.delete("t", op.all) == 3)
    ]]):sql("SELECT 1")
  end)

  it("may come from the database as they are", function()
    passes(TABLE .. [[
      op.insert("t", { id = 1, a = "x", n = 5 })
      op.create_table("copy", { { "id", types.integer, primary_key = true }, { "a", types.varchar(100) },
        { "n", types.integer } })
      for row in conn:rows("SELECT id, a, n FROM t") do op.insert("copy", row) end
      op.bulk_insert("copy", conn:all("SELECT id + 10 AS id, a, n FROM t"))
      assert(conn:scalar("SELECT count(*) FROM copy WHERE a = 'x' AND n = 5") == 2)
    ]])
  end)

  it("keep every value that their type can hold", function()
    passes [[
      local function check(name, kind, values)
        op.create_table(name, { { "id", types.integer, primary_key = true }, { "v", kind } })
        for i, value in ipairs(values) do op.insert(name, { id = i, v = value }) end
        for i, value in ipairs(values) do
          local got = op.get_bind():scalar("SELECT v FROM " .. name .. " WHERE id = ?", { i })
          assert(got == value, ("%s: %s came back as %s (%s)"):format(name, tostring(value), tostring(got),
            math.type(got) or type(got)))
        end
      end
      check("v_smallint", types.smallint, { -32768, 32767 })
      check("v_integer", types.integer, { -2147483648, 2147483647 })
      check("v_bigint", types.bigint, { math.mininteger, math.maxinteger, 0 })
      check("v_numeric", types.numeric(38, 10), { "1234567890123456789012345678.0123456789", "-0.0000000001" })
      check("v_double", types.double, { 0.1, 1 / 3, 1e300, -5e-300 })
      check("v_float", types.float, { 0.1, 1 / 3 })
      check("v_boolean", types.boolean, { true, false })
      check("v_varchar", types.varchar(100), { "", "it's \\ \" ` :x ? % $1 $$", "ä🎈\t\n", "NULL" })
      check("v_text", types.text(2000000), { "", ("ä"):rep(500000) })
      check("v_blob", types.blob(2000000), { "", "\0\1\255'\\", ("\0\255"):rep(500000) })
      check("v_date", types.date, { "2026-02-28", "9999-12-31" })
      check("v_datetime", types.datetime, { "2026-11-20 10:30:00" })
      check("v_uuid", types.uuid, { "7d444840-9dc0-11d1-b245-5ffdce74fad2" })
      check("v_json", types.json, { "[1, 2.0]" })
      check("v_interval", types.interval, { "01:02:03" })
      check("v_enum", types.enum("e", { "a'b", "c\\d", "é" }), { "a'b", "c\\d", "é" })
    ]]
  end)

  it("have literals that read back as what they were", function()
    passes [[
      math.randomseed(11)
      local pieces = { "'", '"', "\\", "`", "$", "\n", "--", ";", "a", "é", "🎈", "%", ":x", "?", "/*", "$$", "''", "\\'", "\26" }
      local conn = op.get_bind()
      for _ = 1, 150 do
        local parts = {}
        for i = 1, math.random(0, 9) do parts[i] = pieces[math.random(#pieces)] end
        local text = table.concat(parts)
        local got = conn:scalar("SELECT " .. conn:literal(text) .. " AS v")
        assert(got == text, ("%q came back as %q"):format(text, tostring(got)))
      end
      for _, value in ipairs { 0, -1, math.maxinteger, math.mininteger, 0.1, 1e300, 5e-300 } do
        local got = conn:scalar("SELECT " .. conn:literal(value) .. " AS v")
        assert(tonumber(got) == value, tostring(value) .. " came back as " .. tostring(got))
      end
    ]]
  end)

  it("live in tables and columns of any name", function()
    passes [[
      math.randomseed(13)
      local pieces = { "'", '"', "`", "\\", "a", "Z", " ", ";", "--", "select", "é", "%", "?", ":x", "$1", "[", "]", "." }
      if ctx.dialect ~= "mysql" then pieces[#pieces + 1] = "🎈" end
      local conn, i = op.get_bind(), op.inspect()
      for n = 1, 12 do
        local parts = { "x" }
        for k = 2, math.random(2, 5) do parts[k] = pieces[math.random(#pieces)] end
        local name = table.concat(parts) .. n
        op.create_table(name, { { "id", types.integer, primary_key = true }, { name, types.varchar(50), server_default = name,
          index = true } })
        op.insert(name, { id = 1 })
        op.insert(name, { id = 2, [name] = "it's" })
        assert(op.update(name, { [name] = "new" }, { [name] = "it's" }) == 1, name)
        assert(i:has_table(name) and i:has_column(name, name), name)
        local row = conn:first("SELECT * FROM " .. conn:quote(name) .. " ORDER BY id")
        assert(row[name] == name, name)
        op.rename_table(name, name .. "'")
        op.drop_table(name .. "'")
      end
    ]]
  end)

  it("are written by SQL with parameters by name and by position", function()
    passes(TABLE .. [[
      op.execute("INSERT INTO t (id, a) VALUES (:id, :a)", { id = 1, a = "x:y" })
      op.execute("INSERT INTO t (id, a) VALUES (?, ?)", { 2, op.null })
      op.execute("UPDATE t SET n = id + 5 WHERE id IN :ids", { ids = { 1, 2 } })
      op.execute("UPDATE t SET a = 'it:s %d ?' WHERE id = 1; UPDATE t SET n = 60 WHERE id = 2")
      local rows = all()
      assert(rows[1].a == "it:s %d ?" and rows[1].n == 6 and rows[2].a == nil and rows[2].n == 60)
    ]])
  end)
end)
