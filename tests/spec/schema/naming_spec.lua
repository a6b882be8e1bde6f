--- Names of constraints and indexes.

require "support.lua_host"
local naming = require "curlew.schema.naming"
local host = require "support.lua_host"

local CONVENTION = {
  ix = "ix_%(column_0_label)s", uq = "uq_%(table_name)s_%(column_0_N_name)s", ck = "ck_%(table_name)s_%(constraint_name)s",
  fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s", pk = "pk_%(table_name)s",
}

local function sql(server, fn)
  return table.concat(host.sql(server, fn, { config = { naming_convention = CONVENTION } }), "\n")
end

describe("the naming convention", function()
  it("names what has no name, the same on every server", function()
    for _, server in ipairs(host.NAMES) do
      local text = sql(server, function(op)
        op.create_table("t", {
          { "a", op.types.bigint, primary_key = true }, { "b", op.types.bigint, references = "u.id", index = true },
          { "c", op.types.varchar(5) }, op.unique { "b", "c" }, op.check("b > 0", { name = "positive" }),
        })
      end)
      for _, name in ipairs { "pk_t ", "fk_t_b_u ", "uq_t_b_c ", "ck_t_positive ", "ix_t_b " } do
        assert(text:find(name, 1, true), server .. ": no " .. name .. "in\n" .. text)
      end
    end
  end)

  it("leaves a name that was given alone, unless it takes names in", function()
    assert.equal("mine", naming.name(CONVENTION, { kind = "unique", table = "t", columns = { "a" }, given = "mine" }))
    assert.equal("ck_t_mine", naming.name(CONVENTION, { kind = "check", table = "t", given = "mine" }))
  end)

  it("leaves a name alone that op.f marks", function()
    local text = sql("postgresql", function(op) op.create_check_constraint(op.f "mine", "t", "a > 0") end)
    assert.equal("ALTER TABLE t ADD CONSTRAINT mine CHECK (a > 0)", text)
    text = sql("postgresql", function(op) op.create_check_constraint("mine", "t", "a > 0") end)
    assert.equal("ALTER TABLE t ADD CONSTRAINT ck_t_mine CHECK (a > 0)", text)
  end)

  it("finds what it named when it is dropped", function()
    assert.equal("ALTER TABLE t DROP CONSTRAINT ck_t_mine", sql("postgresql", function(op)
      op.drop_constraint("mine", "t", { type = "check" })
    end))
    assert.equal("ALTER TABLE t DROP CONSTRAINT uq_t_a_b", sql("postgresql", function(op)
      op.drop_constraint(nil, "t", { type = "unique", columns = { "a", "b" } })
    end))
  end)

  it("leaves a CHECK without a name to the server", function()
    assert.is_nil(naming.name(CONVENTION, { kind = "check", table = "t" }))
  end)

  it("names the CHECK of an enum after the type", function()
    local text = sql("sqlite", function(op)
      op.create_table("t", { { "a", op.types.enum("mood", { "x" }) } })
    end)
    assert(text:find("CONSTRAINT ck_t_mood CHECK (a IN ('x'))", 1, true), text)
  end)

  it("says which token it does not know", function()
    local ok, err = pcall(sql, "sqlite", function(op)
      CONVENTION.uq = "uq_%(tabel)s"
      op.create_unique_constraint(nil, "t", { "a" })
    end)
    CONVENTION.uq = "uq_%(table_name)s_%(column_0_N_name)s"
    assert.is_false(ok)
    assert(tostring(err):find("unknown token %(tabel)s", 1, true), err)
  end)

  it("knows SQLAlchemy's tokens for columns", function()
    local what = { kind = "foreign_key", table = "t", columns = { "a", "b" }, referent = "u", referent_columns = { "x", "y" } }
    for token, wanted in pairs {
      column_0_name = "a", column_1_name = "b", column_0N_name = "ab", column_0_N_name = "a_b", column_0_label = "t_a",
      referred_column_0_name = "x", referred_column_0_N_name = "x_y", referred_table_name = "u", table_name = "t",
    } do
      assert.equal(wanted, naming.name({ fk = "%(" .. token .. ")s" }, what), token)
    end
  end)
end)

describe("a generated name that is too long", function()
  it("is cut to 63 bytes and told from its likes by a hash", function()
    local a, b = naming.shorten(("a"):rep(80) .. "1"), naming.shorten(("a"):rep(80) .. "2")
    assert.equal(63, #a)
    assert.are_not.equal(a, b)
    assert.equal(a, naming.shorten(("a"):rep(80) .. "1"))
    assert.equal(("a"):rep(63), naming.shorten(("a"):rep(63)))
  end)

  it("is never cut within a character", function()
    for i = 0, 3 do
      local name = naming.shorten(("x"):rep(i) .. ("🎈"):rep(30))
      assert(utf8.len(name), name)
      assert(#name <= 63)
    end
  end)
end)
