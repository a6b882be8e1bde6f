--- Expressions with one way of writing them.
require "support.lua_host"
local encoding = require "curlew.dialect.mysql.encoding"
local expression = require "curlew.autogen.expression"

describe("autogen.expression", function()
  it("takes spaces, letters, quotes and outer parentheses for nothing", function()
    assert.equal(expression.normal "(length( title )>0)", expression.normal "LENGTH(\"title\") > 0")
    assert.equal(expression.normal "a <> 1", expression.normal "a!=1")
    assert.equal(expression.normal "((a))", expression.normal "a")
    assert.equal(expression.normal "a < -(100)", expression.normal "a < -100")
  end)

  it("keeps what means something", function()
    assert.not_equal(expression.normal "(a) + (b)", expression.normal "a) + (b")
    assert.not_equal(expression.normal "a = 'X'", expression.normal "a = 'x'")
    assert.not_equal(expression.normal "\"A b\" = 1", expression.normal "\"a b\" = 1")
    assert.not_equal(expression.normal "(a or b) and c", expression.normal "a or (b and c)")
    assert.not_equal(expression.normal "f(a)", expression.normal "f a")
    assert.not_equal(expression.normal "a in (1)", expression.normal "a in 1")
    assert.not_equal(expression.normal "a - -1", expression.normal "a - 1")
  end)

  it("renames a word and nothing that only contains it", function()
    assert.equal("new > 0 AND older = 'old'", expression.rename("old > 0 AND older = 'old'", "old", "new"))
  end)

  it("puts other schemas in front of qualified names", function()
    local function of(schema) return schema == "a" and "x" or nil end
    assert.equal("SELECT x.t.a FROM x.t, b.a", expression.requalify("SELECT a.t.a FROM a.t, b.a", of))
  end)
end)

describe("texts of MySQL that were encoded twice", function()
  it("are read as they were written, others stay", function()
    assert.equal("größe > 0", encoding.once "grÃ¶Ã\u{178}e > 0")
    assert.equal("größe", encoding.once "größe")
    assert.equal("a > 0", encoding.once "a > 0")
    assert.equal("日本", encoding.once "日本")
  end)
end)
