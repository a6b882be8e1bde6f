--- Enums: types on PostgreSQL, columns on MySQL, CHECKed text on SQLite; the same scripts for all of them.
local case = require "support.op_case"
local e2e = require "support.e2e"

local PG, SQLITE = e2e.dialect == "postgresql", e2e.dialect == "sqlite"

describe("enums on " .. e2e.db, function()
  after_each(e2e.cleanup)

  local function all_pass(p, ...)
    for _, words in ipairs { ... } do
      local r = p:run(table.unpack(words))
      assert.equal(0, r.code, table.concat(words, " ") .. ": " .. r.err)
    end
  end

  it("go up, down and up again, each step a run of its own", function()
    local p = e2e.project()
    p:revision { "a1", up = case.PRELUDE .. [[
      op.create_table("t", { { "id", types.integer, primary_key = true },
        { "m", types.enum("mood", { "ok", "it's bad" }), nullable = false, server_default = "ok" } })
      op.insert("t", { id = 1 }) op.insert("t", { id = 2, m = "it's bad" })
    ]], down = [[ op.drop_table("t") op.drop_enum("mood", { if_exists = true }) ]] }
    p:revision { "a2", up = case.PRELUDE .. [[
      op.add_enum_value("mood", "great", { before = "ok", columns = { { "t", "m" } } })
    ]], down = case.PRELUDE .. [[
      op.alter_enum("mood", { "ok", "it's bad" }, { rename = { great = "ok" }, columns = { { "t", "m" } } })
    ]] }
    p:revision { "a3", up = case.PRELUDE .. [[
      op.insert("t", { id = 3, m = "great" })
      op.alter_enum("mood", { "fine", "it's bad", "new" }, { rename = { ok = "fine", great = "fine" }, columns = { { "t", "m" } } })
      op.insert("t", { id = 4 })
      same(conn:column "SELECT m FROM t ORDER BY id", { "fine", "it's bad", "fine", "fine" })
      raises(function() op.insert("t", { id = 5, m = "ok" }) end, "")
      local c = column("t", "m")
      assert(not c.nullable and c.default:find "fine")
    ]], down = case.PRELUDE .. [[
      op.alter_enum("mood", { "great", "ok", "it's bad" }, { rename = { fine = "ok", new = "great" }, columns = { { "t", "m" } } })
      same(conn:column "SELECT m FROM t ORDER BY id", { "ok", "it's bad", "ok", "ok" })
      op.delete("t", op.sql "id > 2")
    ]] }
    for _ = 1, 2 do
      all_pass(p, { "upgrade", "+1" }, { "upgrade", "+1" }, { "upgrade", "+1" }, { "downgrade", "-1" }, { "downgrade", "-1" },
        { "downgrade", "-1" })
    end
    all_pass(p, { "upgrade" }, { "downgrade", "base" }, { "upgrade" })
    assert.same({ { "1", "fine" }, { "2", "it's bad" }, { "3", "fine" }, { "4", "fine" } }, p:sql("SELECT id, m FROM t ORDER BY id"))
  end)

  it("find the columns that use them by themselves", function()
    case.passes [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "m", types.enum("mood", { "a", "b" }), server_default = "b" },
        { "other", types.enum("size", { "s", "l" }) } })
      op.create_table("u", { { "id", types.integer, primary_key = true }, { "mood of u", types.enum("mood", { "a", "b" }) } })
      op.insert("t", { id = 1, m = "a", other = "s" }) op.insert("u", { id = 1, ["mood of u"] = "b" })
      op.add_enum_value("mood", "c", { after = "a" })
      op.commit() -- PostgreSQL lets nobody use a new value before that
      op.insert("t", { id = 2, m = "c" }) op.insert("u", { id = 2, ["mood of u"] = "c" })
      op.alter_enum("mood", { "x", "c" }, { rename = { a = "x", b = "x" } })
      same(conn:column "SELECT m FROM t ORDER BY id", { "x", "c" })
      local q = conn:quote("mood of u")
      same(conn:column("SELECT " .. q .. " FROM u ORDER BY id"), { "x", "c" })
      op.insert("t", { id = 3 })
      same(conn:scalar "SELECT m FROM t WHERE id = 3", "x")
      op.insert("t", { id = 4, m = "x", other = "l" })
      raises(function() op.insert("u", { id = 3, ["mood of u"] = "b" }) end, "")
    ]]
  end)

  it("are asked for where nobody can know them", function()
    if PG then return end
    local p = e2e.project()
    p:revision { "a1", up = [[ op.create_table("t", { { "id", types.integer }, { "m", types.enum("mood", { "a", "b" }) } }) ]] }
    assert.equal(0, p:run("upgrade").code)
    for n, up in ipairs { [[ op.alter_enum("mood", { "a", "c" }) ]], [[ op.add_enum_value("mood", "c") ]] } do
      p:revision { "b" .. n, parent = "a1", up = up }
      local r = p:run("upgrade", "b" .. n)
      assert.equal(1, r.code)
      assert.matches("columns", r.err, 1, true)
      assert.matches("b" .. n .. ".lua:12", r.err, 1, true)
    end
    p:revision { "c1", parent = "a1", up = [[ op.create_table("v", { { "m", types.enum("mood") } }) ]] }
    local r = p:run("upgrade", "c1")
    assert.equal(1, r.code)
    assert.matches("values", r.err, 1, true)
  end)

  it("take a value in and out of a transaction, used at once", function()
    case.passes [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "m", types.enum("mood", { "a" }) } })
      op.add_enum_value("mood", "b")
      op.add_enum_value("mood", "b", { if_not_exists = true })
      op.commit()
      op.insert("t", { id = 1, m = "b" })
      op.autocommit_block(function() op.add_enum_value("mood", "c", { before = "a" }) end)
      op.insert("t", { id = 2, m = "c" })
      same(conn:column "SELECT m FROM t ORDER BY id", { "b", "c" })
    ]]
    local p = e2e.project()
    p:revision { "a1", up = [[ op.create_table("t", { { "id", types.integer, primary_key = true }, { "m", types.enum("mood", { "a" }) } }) ]] }
    p:revision { "a2", up = [[ op.add_enum_value("mood", "b") ]] }
    p:revision { "a3", up = [[ op.insert("t", { id = 1, m = "b" }) ]] }
    all_pass(p, { "upgrade" })
  end)

  it("are reused when the values agree, and an error when they do not", function()
    case.passes [[
      op.create_enum("mood", { "a", "b" })
      op.create_enum("mood", { "a", "b" }, { if_not_exists = true })
      for n = 1, 3 do op.create_table("t" .. n, { { "m", types.enum("mood", { "a", "b" }) } }) end
      op.create_table("t4", { { "m", types.enum("mood") } })
      op.add_column("t4", { "n", types.enum("mood") })
      op.insert("t4", { m = "a", n = "b" })
      raises(function() op.insert("t4", { m = "c" }) end, "")
    ]]
    if PG then
      case.fails([[ op.create_enum("mood", { "a" }) op.create_table("t", { { "m", types.enum("mood", { "a", "b" }) } }) ]], "mood")
    end
  end)

  it("of columns are altered to and from text", function()
    case.passes [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "m", types.varchar(20), nullable = false, server_default = "a" } })
      op.insert("t", { id = 1 })
      op.alter_column("t", "m", { type = types.enum("mood", { "a", "b" }) })
      op.insert("t", { id = 2, m = "b" })
      raises(function() op.insert("t", { id = 3, m = "c" }) end, "")
      same(conn:column "SELECT m FROM t ORDER BY id", { "a", "b" })
      op.insert("t", { id = 4 })
      assert(not column("t", "m").nullable)
    ]]
  end)

  it("stored as text change by replacing the check", function()
    local p = case.round([[
      op.create_table("t", { { "id", types.integer, primary_key = true },
        { "m", types.enum("mood", { "a", "b" }, { native = false, check = true, length = 30 }), nullable = false } })
      op.insert("t", { id = 1, m = "a" })
      local name
      for _, c in ipairs(op.inspect():checks "t") do if c.expression:find "'b'" then name = c.name end end
      op.drop_constraint(name, "t", { type = "check" })
      op.update("t", { m = "z" }, { m = "a" })
      op.create_check_constraint("moods", "t", "m IN ('z', 'b')")
      raises(function() op.insert("t", { id = 2, m = "a" }) end, "")
    ]], [[ op.drop_table("t") ]])
    assert.same({ { "z" } }, p:sql("SELECT m FROM t"))
  end)

  if PG then
    it("are dropped with what uses them only when that is said", function()
      case.passes [[
        op.create_table("t", { { "id", types.integer }, { "m", types.enum("mood", { "a" }) } })
        raises(function() op.drop_enum("mood") end, "mood")
        op.drop_enum("mood", { cascade = true })
        assert(not op.inspect():has_column("t", "m") and #op.inspect():enums() == 0)
      ]]
    end)

    it("change where arrays, indexes, views' tables and several defaults use them", function()
      case.passes [[
        op.create_table("t", { { "id", types.integer }, { "m", types.enum("mood", { "a", "b" }), server_default = "a", index = true },
          { "n", types.enum("mood", { "a", "b" }), nullable = false, server_default = "b" } })
        op.insert("t", { id = 1 })
        op.alter_enum("mood", { "A", "b", "c" }, { rename = { a = "A" } })
        op.insert("t", { id = 2 })
        local row = conn:first "SELECT m, n FROM t WHERE id = 2"
        assert(row.m == "A" and row.n == "b" and op.inspect():has_index("t", "ix_t_m"))
        same(op.inspect():enums()[1].values, { "A", "b", "c" })
        raises(function() op.alter_enum("mood", { "b", "c" }) end, "A") -- rows have it
      ]]
    end)
  end

  if SQLITE then
    it("have a check by the convention, and its text is as long as the longest value", function()
      local p = case.passes([[
        op.create_table("t", { { "id", types.integer }, { "m", types.enum("mood", { "a", "abcdé" }) } })
      ]], { config = [[naming_convention = { ck = "check_%(table_name)s_%(constraint_name)s" },]] })
      assert.matches("VARCHAR(5)", p:sql("SELECT sql FROM sqlite_schema WHERE name = 't'")[1][1] .. table.concat((function()
        local lines = {}
        for _, row in ipairs(p:sql("SELECT replace(sql, char(10), ' ') FROM sqlite_schema WHERE name = 't'")) do lines[#lines + 1] = row[1] end
        return lines
      end)()), 1, true)
    end)
  end
end)
