--- Constraints and indexes with every option, their names, and what becomes of one whose build failed.
local case = require "support.op_case"
local e2e = require "support.e2e"

local PG, MYSQL, SQLITE = e2e.dialect == "postgresql", e2e.dialect == "mysql", e2e.dialect == "sqlite"

local TABLES = [==[
  op.create_table("u", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "b", types.integer }, op.unique({ "a", "b" }) })
  op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "b", types.integer }, { "s", types.varchar(50) } })
  local i = op.inspect()
  local function fk(name) for _, k in ipairs(i:foreign_keys("t")) do if k.name == name then return k end end end
  local _ = i, fk
]==]

describe("constraints and indexes on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("have names by the convention, the same on every database", function()
    local long = ("x"):rep(40)
    local config = [[naming_convention = {
      ix = "ix_%(column_0_label)s", uq = "uq_%(table_name)s_%(column_0_N_name)s", ck = "ck_%(table_name)s_%(constraint_name)s",
      fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s", pk = "pk_%(table_name)s" },]]
    local p = case.passes(([==[
      local long = %q
      op.create_table("u", { { "id", types.integer, primary_key = true } })
      op.create_table("t", { { "id", types.integer }, { "a", types.integer, index = true }, { "c", types.integer, unique = true }, { "b", types.integer, references = "u.id" },
        op.primary_key { "id" }, op.unique { "a", "b" }, op.check("a > 0", { name = "positive" }), op.index { "b", "a" } })
      op.create_foreign_key(nil, "t", "u", { "a" }, { "id" })
      op.create_unique_constraint(nil, "t", { "b", "id" })
      op.create_check_constraint("small", "t", "a < 100")
      op.create_check_constraint(op.f("as_it_is"), "t", "b < 100")
      op.create_index(nil, "t", { "id", "a" })
      op.create_table("v", { { "id", types.integer }, { "a", types.integer } })
      op.create_primary_key(nil, "v", { "id" })
      op.create_table(long, { { long .. 1, types.integer }, { long .. 2, types.integer }, op.unique { long .. 1, long .. 2 } })
      op.create_index(nil, long, { long .. 2 })
      local i = op.inspect()
      for _, name in ipairs { "uq_t_c", "uq_t_a_b", "fk_t_b_u", "fk_t_a_u", "uq_t_b_id", "ck_t_positive", "ck_t_small", "as_it_is" } do
        assert(i:has_constraint("t", name), "no " .. name)
      end
      for _, name in ipairs { "ix_t_a", "ix_t_b", "ix_t_id" } do assert(i:has_index("t", name), "no " .. name) end
      if ctx.dialect ~= "mysql" then same(i:primary_key("t").name, "pk_t") same(i:primary_key("v").name, "pk_v") end
      -- A name too long for a server is cut and hashed in the same way everywhere.
      same(i:unique_constraints(long)[1].name, "uq_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_xxxxxxxxxx_d88d2dbd")
      local cut
      for _, index in ipairs(i:indexes(long)) do if index.name:find "^ix" then cut = index.name end end
      same(cut, "ix_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_xxxxxxxxxx_af28a868")
      op.drop_constraint("small", "t", { type = "check" })
      op.drop_constraint(nil, "t", { type = "unique", columns = { "b", "id" } })
      op.drop_constraint(nil, "t", { type = "foreignkey", columns = { "a" } })
      op.drop_constraint(op.f("as_it_is"), "t", { type = "check" })
      for _, name in ipairs { "fk_t_a_u", "uq_t_b_id", "ck_t_small", "as_it_is" } do
        assert(not i:has_constraint("t", name), name)
      end
    ]==]):format(long), { config = config })
    assert(p:has_table("t"))
  end)

  it("take a foreign key with every action", function()
    local actions = MYSQL and { "cascade", "restrict", "set null", "no action" }
      or { "cascade", "restrict", "set null", "set default", "no action" }
    for k, action in ipairs(actions) do actions[k] = ("%q"):format(action) end
    case.passes(TABLES .. ([==[
      for n, action in ipairs { %s } do
        local name = "fk" .. n
        op.create_foreign_key(name, "t", "u", { "a" }, { "id" }, { ondelete = action, onupdate = action:upper() })
        local k = assert(fk(name), action)
        local wanted = action ~= "no action" and (action ~= "restrict" or ctx.dialect ~= "mysql") and action or nil
        same(k.ondelete, wanted) same(k.onupdate, wanted)
        op.drop_constraint(name, "t", { type = "foreignkey" })
        assert(not fk(name))
      end
      op.create_foreign_key("two", "t", "u", { "a", "b" }, { "a", "b" }, { ondelete = "cascade" })
      same(fk "two".referent_columns, { "a", "b" })
      op.insert("u", { id = 1, a = 1, b = 2 })
      op.insert("t", { id = 1, a = 1, b = 2 })
      op.delete("u", { id = 1 })
      same(conn:scalar "SELECT count(*) FROM t", 0)
      raises(function() op.insert("t", { id = 2, a = 9, b = 9 }) end, "foreign key")
      op.create_foreign_key("self", "t", "t", { "b" }, { "id" })
      same(fk "self".referent, "t")
    ]==]):format(table.concat(actions, ", ")))
  end)

  it("refuse what comes undone only with a foreign key's rows in place", function()
    case.passes(TABLES .. [==[
      op.insert("t", { id = 1, a = 7 })
      raises(function() op.create_foreign_key("fk", "t", "u", { "a" }, { "id" }) end, "foreign key")
      assert(not fk "fk")
      op.update("t", { a = op.null }, op.all)
      op.create_foreign_key("fk", "t", "u", { "a" }, { "id" })
    ]==])
  end)

  it("may be checked at the end of the transaction where the server can, and are refused by name elsewhere", function()
    local up = TABLES .. [==[
      op.create_foreign_key("fk", "t", "u", { "a" }, { "id" }, { deferrable = true, initially = "deferred" })
      op.insert("t", { id = 1, a = 5 })
      op.insert("u", { id = 5 })
    ]==]
    if MYSQL then
      case.fails(case.PRELUDE .. up, "can't do this", "deferrable")
    elseif PG then
      case.passes(up)
      case.passes(TABLES .. [==[
        op.create_unique_constraint("uq", "t", { "a" }, { deferrable = true, initially = "deferred" })
        op.insert("t", { { id = 1, a = 1 }, { id = 2, a = 1 } })
        op.update("t", { a = 2 }, { id = 2 })
      ]==])
    end
  end)

  it("take a check, a unique constraint and a primary key, down and up again", function()
    local p = case.round([==[
      op.create_table("t", { { "id", types.integer, nullable = false }, { "a", types.integer }, { "s", types.varchar(50) } })
      op.insert("t", { id = 1, a = 1, s = "it's" })
      op.create_primary_key("pk_t", "t", { "id" })
      op.create_unique_constraint("uq", "t", { "a", "s" })
      op.create_check_constraint("ck", "t", "s <> 'a''b' AND a > 0 AND s <> '\"q\"'")
      raises(function() op.insert("t", { id = 2, a = 0, s = "x" }) end, "ck")
      raises(function() op.insert("t", { id = 3, a = 1, s = "it's" }) end, "")
      raises(function() op.insert("t", { id = 1, a = 2, s = "x" }) end, "")
      op.rename_constraint("t", "ck", "ck 2")
      op.rename_constraint("t", "uq", "UQ")
      local i = op.inspect()
      assert(i:has_constraint("t", "ck 2") and i:has_constraint("t", "UQ") and not i:has_constraint("t", "ck"))
    ]==], [==[
      op.drop_constraint("ck 2", "t", { type = "check" })
      op.drop_constraint("UQ", "t", { type = "unique" })
      op.drop_constraint("pk_t", "t", { type = "primary" })
      op.insert("t", { { id = 1, a = 0, s = "a'b" }, { id = 1, a = 0, s = "a'b" } })
      assert(op.inspect():primary_key("t") == nil)
      op.drop_table("t")
    ]==])
    assert.same({ { "1" } }, p:sql("SELECT count(*) FROM t"))
  end)

  it("are left alone by if_exists and if_not_exists", function()
    case.passes(TABLES .. [==[
      for _ = 1, 2 do
        op.create_unique_constraint("uq", "t", { "a" }, { if_not_exists = true })
        op.create_check_constraint("ck", "t", "a > 0", { if_not_exists = true })
        op.create_foreign_key("fk", "t", "u", { "b" }, { "id" }, { if_not_exists = true })
        op.create_index("ix", "t", { "s" }, { if_not_exists = true })
      end
      for _ = 1, 2 do
        op.drop_constraint("uq", "t", { type = "unique", if_exists = true })
        op.drop_constraint("ck", "t", { type = "check", if_exists = true })
        op.drop_constraint("fk", "t", { type = "foreignkey", if_exists = true })
        op.drop_index("ix", { table = "t", if_exists = true })
      end
      raises(function() op.drop_constraint("uq", "t", { type = "unique" }) end, "uq")
      raises(function() op.drop_index("ix", { table = "t" }) end, "ix")
    ]==])
  end)

  it("are found by their columns, and an ambiguous match lists them", function()
    case.passes(TABLES .. [==[
      op.create_unique_constraint("uq1", "t", { "a" })
      op.create_unique_constraint("uq2", "t", { "a", "b" })
      local m = raises(function() op.drop_constraint(nil, "t", { type = "unique" }) end, "uq1")
      assert(m:find("uq2"), m)
      raises(function() op.drop_constraint(nil, "t", { type = "unique", columns = { "s" } }) end, "s")
      raises(function() op.drop_constraint("uq1", "t", { type = "unique", columns = { "a", "b" } }) end, "uq1")
      op.drop_constraint(nil, "t", { type = "unique", columns = { "a", "b" } })
      op.drop_constraint(nil, "t", { type = "unique" })
      same(#i:unique_constraints "t", 0)
      op.execute(ctx.dialect == "sqlite" and "CREATE TABLE w (a int REFERENCES u(id), CHECK (a > 1))"
        or "CREATE TABLE w (a int, FOREIGN KEY (a) REFERENCES u(id), CHECK (a > 1))")
      op.drop_constraint(nil, "w", { type = "foreignkey" })
      op.drop_constraint(nil, "w", { type = "check" })
      same(#i:foreign_keys "w", 0) same(#i:checks "w", 0)
    ]==])
  end)

  it("take every option of an index that the server has, and refuse the others by name", function()
    local options = {
      where = { [[{ where = "a > 0" }]], "sqlite postgresql" }, include = { [[{ include = { "b" } }]], "postgresql" },
      hash = { [[{ using = "hash" }]], "postgresql mysql mariadb" },
      ops = { [[{ ops = { s = "varchar_pattern_ops" } }]], "postgresql" },
      nulls_not_distinct = { [[{ unique = true, nulls_not_distinct = true }]], "postgresql" },
      mysql_length = { [[{ mysql_length = 5 }]], "sqlite postgresql mysql mariadb" },
      mysql_lengths = { [[{ mysql_length = { s = 5 } }]], "sqlite postgresql mysql mariadb" },
      unique = { [[{ unique = true }]], "sqlite postgresql mysql mariadb" },
      concurrently = { [[{ concurrently = true }]], "sqlite postgresql mysql mariadb" },
    }
    for name, o in pairs(options) do
      local up = TABLES .. ("op.create_index('ix', 't', { 's' }, %s) assert(i:has_index('t', 'ix'))"):format(o[1])
      if (" " .. o[2] .. " "):find(" " .. e2e.db .. " ", 1, true) then
        case.passes(up)
      else
        case.fails(case.PRELUDE .. up, "can't do this", (name:gsub("^mysql_lengths$", "mysql_length")))
      end
    end
  end)

  it("index expressions", function()
    if e2e.db == "mariadb" then
      case.fails(case.PRELUDE .. TABLES .. [[op.create_index("ix", "t", { op.sql "lower(s)" })]], "can't do this")
      return
    end
    case.passes(TABLES .. [==[
      op.create_index("ix", "t", { op.sql(ctx.dialect == "mysql" and "(lower(s))" or "lower(s)"), "a" }, { unique = true })
      op.insert("t", { id = 1, s = "X", a = 1 })
      raises(function() op.insert("t", { id = 2, s = "x", a = 1 }) end, "")
      op.create_index("ix2", "t", { op.sql "a DESC", "b" })
      for _, index in ipairs(i:indexes "t") do
        if index.name == "ix" then assert(index.unique and index.columns[1].sql:lower():find "lower" and index.columns[2] == "a") end
      end
      op.drop_index("ix", { table = "t" }) op.drop_index("ix2", { table = "t" })
    ]==])
  end)

  it("exclude where the server can", function()
    if not PG then return end
    case.passes [==[
      op.create_table("stays", { { "room", types.integer }, { "during", types.raw "int4range" },
        op.exclude({ { "during", "&&" } }, { using = "gist", where = "room > 0", name = "ex1" }) })
      op.insert("stays", { room = 1, during = "[1,5)" })
      raises(function() op.insert("stays", { room = 1, during = "[3,4)" }) end, "ex1")
      op.drop_constraint("ex1", "stays", { type = "exclude" })
      op.insert("stays", { room = 1, during = "[3,4)" })
      raises(function() op.create_exclude_constraint("ex2", "stays", { { "during", "&&" } }, { using = "gist" }) end, "ex2")
      op.delete("stays", op.all)
      op.create_exclude_constraint("ex2", "stays", { { "during", "&&" } }, { using = "gist", deferrable = true, initially = "deferred" })
    ]==]
  end)

  it("stay unchecked until they are validated where the server can, and refuse that by name elsewhere", function()
    local up = TABLES .. [==[
      op.insert("t", { id = 1, a = -1 })
      op.create_check_constraint("ck", "t", "a > 0", { not_valid = true })
      op.create_foreign_key("fk", "t", "u", { "a" }, { "id" }, { not_valid = true })
      raises(function() op.validate_constraint("ck", "t") end, "ck")
      op.update("t", { a = op.null }, op.all)
      op.validate_constraint("ck", "t") op.validate_constraint("fk", "t")
      same(conn:scalar "SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass AND NOT convalidated", 0)
    ]==]
    if PG then case.passes(up) else case.fails(case.PRELUDE .. up, "can't do this", "not_valid") end
  end)

  it("are built anew after a concurrent build that failed", function()
    local p = e2e.project()
    p:revision { "a1", up = [[ op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })
      op.bulk_insert("t", { { id = 1, a = 1 }, { id = 2, a = 1 } }) ]] }
    p:revision { "a2", up = [[ op.add_column("t", { "b", types.integer })
      op.create_index("ux", "t", { "a" }, { unique = true, concurrently = true })
      op.add_column("t", { "c", types.integer }) ]], down = [[ op.drop_column("t", "c")
      op.drop_index("ux", { table = "t", concurrently = true }) op.drop_column("t", "b") ]] }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.same({ "a1" }, p:rows())
    if PG then
      assert.same({ { "f" } }, p:sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ux'::regclass"))
    end
    assert.equal(1, p:run("upgrade").code) -- and once more
    p:sql("DELETE FROM t WHERE id = 2")
    for _, words in ipairs { { "upgrade" }, { "downgrade", "-1" }, { "upgrade" } } do
      r = p:run(table.unpack(words))
      assert.equal(0, r.code, r.err)
    end
    assert.same({ "a2" }, p:rows())
    if PG then
      assert.same({ { "t" } }, p:sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ux'::regclass"))
    end
    assert.same({ { "1", "1", "NULL", "NULL" } }, p:sql("SELECT id, a, b, c FROM t"))
  end)

  it("of a column come with it", function()
    case.passes(TABLES .. [==[
      op.add_column("t", { "c", types.integer, unique = true, check = "c > 0" })
      op.add_column("t", { "d", types.integer, index = true })
      op.add_column("t", { "e", types.integer, references = "u.id", references_name = "fk_e", ondelete = "set null" })
      op.add_column("t", { "f", types.varchar(20), references = op.by_dialect {} })
      assert(i:has_index("t", "ix_t_d") and fk "fk_e".ondelete == "set null")
      op.insert("t", { id = 1, c = 1 })
      raises(function() op.insert("t", { id = 2, c = 1 }) end, "")
      raises(function() op.insert("t", { id = 3, c = 0 }) end, "")
      op.drop_constraint("fk_e", "t", { type = "foreignkey" })
      op.drop_column("t", "d") op.drop_column("t", "e")
      assert(not i:has_index("t", "ix_t_d"))
    ]==])
  end)

  if SQLITE then
    it("of rows that refer to a table that is made anew are not touched", function()
      case.passes [==[
        op.create_table("p", { { "id", types.integer, primary_key = true }, { "a", types.varchar(10) } })
        op.create_table("c", { { "id", types.integer, primary_key = true }, { "p_id", types.integer, references = "p.id", ondelete = "cascade" } })
        op.insert("p", { id = 1, a = "5" }) op.insert("c", { id = 1, p_id = 1 })
        op.alter_column("p", "a", { type = types.integer, nullable = false })
        op.create_check_constraint("ck", "p", "a > 0")
        same(conn:scalar "SELECT count(*) FROM c", 1)
        same(conn:scalar "SELECT a FROM p", 5)
      ]==]
    end)
  end
end)
