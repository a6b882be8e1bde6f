--- op.types.

require "support.lua_host"
local host = require "support.lua_host"
local types = require "curlew.types"
local t = types.api

local function sql(server, kind)
  local d = host.dialect(server)
  return d:type(kind)
end

describe("a type", function()
  it("is the same bare and called", function()
    for _, name in ipairs { "integer", "varchar", "timestamp", "json" } do
      assert.same(setmetatable({ name = name }, nil), setmetatable({ name = t[name].name }, nil))
      assert.equal(t[name].name, t[name]().name)
    end
  end)

  it("has aliases", function()
    assert.equal("varchar", t.string(5).name)
    assert.equal("blob", t.binary.name)
  end)

  it("takes its arguments by position, by name, and options last", function()
    assert.equal(10, t.numeric(10, 2).precision)
    assert.equal(2, t.numeric { precision = 10, scale = 2 }.scale)
    assert.equal("C", t.varchar(5, { collation = "C" }).collation)
    assert.same({ "a", "b" }, t.enum("e", { "a", "b" }, { native = false }).values)
  end)

  it("prints as it is written, and as the server writes it when it was read", function()
    assert.equal("numeric(10, 2)", tostring(t.numeric(10, 2)))
    assert.equal("integer[]", tostring(t.array(t.integer)))
    assert.equal("character varying(5)", tostring(types.make { name = "varchar", length = 5, text = "character varying(5)" }))
  end)

  it("keeps its own copy of the values of an enum", function()
    local values = { "a" }
    local kind = t.enum("e", values)
    values[1] = "b"
    assert.same({ "a" }, kind.values)
  end)
end)

describe("the type on each server", function()
  local MAPPING = {
    -- type, PostgreSQL, MySQL, MariaDB, SQLite
    { t.boolean, "BOOLEAN", "BOOLEAN", "BOOLEAN", "BOOLEAN" },
    { t.float, "FLOAT", "DOUBLE", "DOUBLE", "FLOAT" },
    { t.real, "REAL", "FLOAT", "FLOAT", "REAL" },
    { t.text(255), "TEXT", "TINYTEXT", "TINYTEXT", "TEXT" },
    { t.text(256), "TEXT", "TEXT", "TEXT", "TEXT" },
    { t.text(65536), "TEXT", "MEDIUMTEXT", "MEDIUMTEXT", "TEXT" },
    { t.text(16777216), "TEXT", "LONGTEXT", "LONGTEXT", "TEXT" },
    { t.blob(16777215), "BYTEA", "MEDIUMBLOB", "MEDIUMBLOB", "BLOB" },
    { t.timestamp { timezone = true, precision = 3 }, "TIMESTAMP(3) WITH TIME ZONE", "TIMESTAMP(3)", "TIMESTAMP(3)",
      "TIMESTAMP" },
    { t.datetime, "TIMESTAMP", "DATETIME", "DATETIME", "DATETIME" },
    { t.uuid, "UUID", "CHAR(36)", "UUID", "CHAR(36)" },
    { t.json, "JSON", "JSON", "JSON", "JSON TEXT" },
    { t.numeric(15, 2), "NUMERIC(15, 2)", "NUMERIC(15, 2)", "NUMERIC(15, 2)", "NUMERIC(15, 2)" },
    { t.numeric(16, 2), "NUMERIC(16, 2)", "NUMERIC(16, 2)", "NUMERIC(16, 2)", "NUMERIC TEXT(16, 2)" },
    { t.raw "citext", "citext", "citext", "citext", "citext" },
    { t.enum("e", { "long", "é" }, { native = false }), "VARCHAR(4)", "VARCHAR(4)", "VARCHAR(4)", "VARCHAR(4)" },
  }

  for _, row in ipairs(MAPPING) do
    it("of " .. tostring(row[1]) .. " is the closest one", function()
      for i, server in ipairs { "postgresql", "mysql", "mariadb", "sqlite" } do
        assert.equal(row[i + 1], sql(server, row[1]), server)
      end
    end)
  end

  it("is refused where there is none, with what to use instead", function()
    for _, server in ipairs { "mysql", "mariadb", "sqlite" } do
      local ok, err = pcall(sql, server, t.array(t.integer))
      assert.is_false(ok)
      assert(err.message:find("types.json", 1, true), err.message)
    end
    local ok, err = pcall(sql, "mysql", t.varchar)
    assert.is_false(ok)
    assert(err.message:find("types.text", 1, true), err.message)
  end)
end)
