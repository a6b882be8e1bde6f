--- Names and literals: quoted by need, always correct.

local host = require "support.lua_host"

describe("names", function()
  it("are quoted when they must be", function()
    for server, mark in pairs { postgresql = '"', sqlite = '"', mysql = "`", mariadb = "`" } do
      local d = host.dialect(server)
      assert.equal("users", d:quote "users")
      -- On MySQL a word such as _utf8 says the charset of what follows.
      assert.equal(d.name == "mysql" and "`_utf8`" or "_utf8", d:quote "_utf8")
      for _, name in ipairs { "Users", "select", "a b", "1a", "a-b", "naïve", "order", "", "a.b" } do
        assert.equal(mark .. name .. mark, d:quote(name), server)
      end
      assert.equal(mark .. "a" .. mark .. mark .. "b" .. mark, d:quote("a" .. mark .. "b"))
      assert.equal("s." .. mark .. "T" .. mark, d:qualified("s", "T"))
    end
  end)

  it("that only one server reserves are quoted there", function()
    assert.equal("`rank`", host.dialect "mysql":quote "rank")
    assert.equal("rank", host.dialect "postgresql":quote "rank")
    assert.equal('"glob"', host.dialect "sqlite":quote "glob")
  end)
end)

describe("literals", function()
  local LITERALS = {
    postgresql = { ["it's"] = "'it''s'", ["a\\b"] = "'a\\b'", ["\255"] = "'\\xff'::bytea", t = true },
    mysql = { ["it's"] = "'it''s'", ["a\\b"] = "'a\\\\b'", ["\255"] = "X'ff'" },
    sqlite = { ["it's"] = "'it''s'", ["a\\b"] = "'a\\b'", ["\255"] = "X'ff'" },
  }

  for server, list in pairs(LITERALS) do
    it("of strings are closed by nothing in them on " .. server, function()
      local d = host.dialect(server)
      for value, wanted in pairs(list) do
        if wanted ~= true then assert.equal(wanted, d:literal(value)) end
      end
    end)
  end

  it("of numbers keep every digit", function()
    local d = host.dialect "sqlite"
    for _, pair in ipairs {
      { 1, "1" }, { -5, "-5" }, { 1.0, "1.0" }, { 0.1, "0.1" }, { 1e300, "1e+300" }, { 1 / 3, "0.33333333333333331" },
      { math.maxinteger, "9223372036854775807" }, { math.mininteger, "-9223372036854775808" },
    } do
      assert.equal(pair[2], d:literal(pair[1]))
    end
    for _, value in ipairs { 0.1, 1 / 3, 2 ^ 53 + 2.0, 5e-324, 1.7976931348623157e308 } do
      assert.equal(value, tonumber(d:literal(value)))
    end
  end)

  it("of the least integer is an integer on every server", function()
    for _, name in ipairs { "postgresql", "mysql" } do
      assert.equal("(-9223372036854775807 - 1)", host.dialect(name):literal(math.mininteger))
    end
  end)

  it("of booleans and NULL are the server's", function()
    assert.equal("true", host.dialect "postgresql":literal(true))
    assert.equal("1", host.dialect "mysql":literal(true))
    assert.equal("0", host.dialect "sqlite":literal(false))
    assert.equal("NULL", host.dialect "sqlite":literal(host.null))
    assert.equal("NULL", host.dialect "sqlite":literal(nil))
  end)

  it("of infinity and NaN are written where the server has them, else refused", function()
    assert.equal("'Infinity'::float8", host.dialect "postgresql":literal(math.huge))
    assert.equal("'NaN'::float8", host.dialect "postgresql":literal(0 / 0))
    assert.equal("9e999", host.dialect "sqlite":literal(math.huge))
    assert.has_error(function() host.dialect "mysql":literal(math.huge) end)
    assert.has_error(function() host.dialect "sqlite":literal(0 / 0) end)
  end)

  it("never end early, whatever is in the text", function()
    local alphabet = { "'", '"', "\\", "`", "$", "\n", "-", ";", "a", "é", "\0", "\26", "\255", "%", ":", "?" }
    math.randomseed(7)
    for _ = 1, 2000 do
      local parts = {}
      for i = 1, math.random(0, 8) do parts[i] = alphabet[math.random(#alphabet)] end
      local text = table.concat(parts)
      if utf8.len(text) then
        local plain = host.dialect "postgresql":string(text)
        assert.equal(text, (plain:sub(2, -2):gsub("''", "'")))
        assert.is_nil(plain:sub(2, -2):gsub("''", ""):find("'", 1, true))
        local escaped = host.dialect "mysql":string(text):sub(2, -2)
        local rest = escaped:gsub("''", ""):gsub("\\[\\0Z]", "")
        assert.is_nil(rest:find "['\\%z]")
      end
    end
  end)
end)

describe("a dialect", function()
  it("compares versions by their numbers", function()
    local d = require("curlew.dialect").get("mysql", "mariadb", "10.11.14-MariaDB-0+deb12u2")
    assert.is_true(d:at_least(10, 7))
    assert.is_true(d:at_least(10, 11, 14))
    assert.is_false(d:at_least(10, 11, 15))
    assert.is_false(d:at_least(11))
  end)

  it("is found by the server's name before the family's", function()
    assert.equal("mariadb", require("curlew.dialect").get("mysql", "mariadb").server)
    assert.equal("mysql", require("curlew.dialect").get("mysql", "mysql").server)
    assert.has_error(function() require("curlew.dialect").get "oracle" end)
  end)
end)
