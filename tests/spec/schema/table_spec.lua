--- Tables in their normal form.

local host = require "support.lua_host"

local function table_of(list, server)
  local op, h = host.op(server or "postgresql")
  op.create_table("t", list(op, op.types))
  return h.steps[1]
end

local function find(list, kind)
  for _, item in ipairs(list) do
    if item.kind == kind then return item end
  end
end

describe("a table's normal form", function()
  it("has the columns' constraints beside those of the entries", function()
    local t = table_of(function(op, types)
      return {
        { "a", types.integer, primary_key = true }, { "b", types.integer, unique = true, references = "u.x" },
        { "c", types.integer, index = true, unique = true }, op.check "a > b",
      }
    end)
    assert.same({ "a" }, find(t.constraints, "primary_key").columns)
    assert.same({ "b" }, find(t.constraints, "unique").columns)
    assert.equal("a > b", find(t.constraints, "check").expression)
    assert.same({ "x" }, find(t.constraints, "foreign_key").referent_columns)
    assert.equal(1, #t.indexes)
    assert.is_true(t.indexes[1].unique)
  end)

  it("takes a reference in three forms", function()
    for _, reference in ipairs { "s.u.x", { "s", "u", "x" } } do
      local fk = find(table_of(function(_, types) return { { "a", types.integer, references = reference } } end).constraints,
        "foreign_key")
      assert.same({ "s", "u", { "x" } }, { fk.referent_schema, fk.referent, fk.referent_columns })
    end
    local fk = find(table_of(function(_, types) return { { "a", types.integer, references = { "a.b", "x" } } } end).constraints,
      "foreign_key")
    assert.equal("a.b", fk.referent)
  end)

  it("makes key columns NOT NULL and all others nullable", function()
    local t = table_of(function(op, types)
      return { { "a", types.integer }, { "b", types.integer }, { "c", types.integer, nullable = false },
        op.primary_key { "a" } }
    end)
    assert.same({ false, true, false }, { t.columns[1].nullable, t.columns[2].nullable, t.columns[3].nullable })
  end)

  it("survives the way through JSON as plain data", function()
    local function plain(value)
      if type(value) ~= "table" then return type(value) ~= "function" end
      if getmetatable(value) ~= nil then return false end
      for key, item in pairs(value) do
        if not plain(item) then return false, key end
      end
      return true
    end
    local t = table_of(function(op, types)
      return { { "a", types.array(types.varchar(3)), server_default = op.sql "'{}'", check = op.check("a IS NULL") },
        { "b", types.integer, server_default = 1, computed = nil }, op.index { op.sql "lower(b)" } }
    end)
    assert(plain(t))
  end)
end)

describe("a key of one integer column", function()
  local function counts(list) return table_of(list).columns[1].autoincrement end

  it("numbers itself, declared on the column or as an entry", function()
    assert.is_true(counts(function(_, types) return { { "a", types.integer, primary_key = true } } end))
    assert.is_true(counts(function(op, types) return { { "a", types.bigint }, op.primary_key { "a" } } end))
    assert.is_true(counts(function(_, types) return { { "a", types.smallint, primary_key = true } } end))
  end)

  it("does not when it says so, references, or has a value of its own", function()
    assert.is_false(counts(function(_, types) return { { "a", types.integer, primary_key = true, autoincrement = false } } end))
    assert.is_false(counts(function(_, types) return { { "a", types.integer, primary_key = true, references = "u.x" } } end))
    assert.is_false(counts(function(_, types) return { { "a", types.integer, primary_key = true, server_default = 1 } } end))
    assert.is_false(counts(function(op, types)
      return { { "a", types.integer, primary_key = true }, op.foreign_key({ "a" }, "u", { "x" }) }
    end))
    assert.is_nil(counts(function(_, types) return { { "a", types.text, primary_key = true } } end))
    assert.is_nil(counts(function(_, types)
      return { { "a", types.integer, primary_key = true }, { "b", types.integer, primary_key = true } }
    end))
  end)
end)

describe("op.by_dialect", function()
  it("takes the most specific choice, and none when nothing fits", function()
    for server, wanted in pairs { mariadb = 1, mysql = 2, postgresql = 3, sqlite = 3 } do
      local t = table_of(function(op, types)
        return { { "a", types.integer, server_default = op.by_dialect { mariadb = 1, mysql = 2, default = 3 } } }
      end, server)
      assert.same({ value = wanted }, t.columns[1].default)
    end
    local t = table_of(function(op, types)
      return { { "a", types.by_dialect { sqlite = types.text, default = types.integer },
        server_default = op.by_dialect { mysql = 2 } } }
    end, "sqlite")
    assert.is_nil(t.columns[1].default)
    assert.equal("text", t.columns[1].type.name)
  end)

  it("may stand inside a type", function()
    local t = table_of(function(op, types)
      return { { "a", types.varchar(10, { collation = op.by_dialect { sqlite = "NOCASE" } }) } }
    end, "sqlite")
    assert.equal("NOCASE", t.columns[1].collation)
  end)
end)
