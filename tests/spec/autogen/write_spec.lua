--- The text that autogenerate writes: laid out as a person would, what destroys data marked.

require "support.lua_host" -- what the program gives to the library
local layout = require "curlew.autogen.layout"
local types = require "curlew.types"
local write = require "curlew.autogen.write"

local function laid(source) return "  " .. layout.layout(source, "  ") .. "\n" end

describe("the layout of a call", function()
  it("leaves alone what fits on its line", function()
    assert.equal('  op.drop_table("t")\n', laid 'op.drop_table("t")')
  end)

  it("puts as many arguments on a line as fit", function()
    assert.equal([[
  op.create_foreign_key(op.f "fk_articles_author_id_users", "articles", "users", { "author_id" },
    { "id" }, { ondelete = "CASCADE", onupdate = "SET NULL" })
]], laid('op.create_foreign_key(op.f "fk_articles_author_id_users", "articles", "users", { "author_id" }, '
      .. '{ "id" }, { ondelete = "CASCADE", onupdate = "SET NULL" })'))
  end)

  it("keeps a column a line, and cuts a long text behind a space", function()
    assert.equal([[
  op.create_table("t", {
    { "id", types.bigint, primary_key = true },
    op.check("length(title) > 0 and, which can't be said in fewer words, the title has to "
      .. "begin with a capital letter", { name = op.f "ck_t" }),
  }, { comment = "x" })
]], laid('op.create_table("t", {\n  { "id", types.bigint, primary_key = true },\n  op.check("length(title) > 0 and, '
      .. "which can't be said in fewer words, the title has to begin with a capital letter\", "
      .. '{ name = op.f "ck_t" }),\n}, { comment = "x" })'))
  end)

  it("is no wider than it should be, but for words that can't be cut", function()
    local values = {}
    for i = 1, 60 do values[i] = ('"value, number (%d)"'):format(i) end
    local source = ('op.create_enum("mood", { %s })'):format(table.concat(values, ", "))
    for line in laid(source):gmatch("[^\n]+") do assert.is_true(#line <= layout.WIDTH, line) end
    local word = ("x"):rep(300)
    assert.matches(word, laid(('op.execute("%s")'):format(word)), 1, true)
  end)
end)

describe("the body of a revision", function()
  local drop = { op = "drop_column", table = "articles", column = "body",
    lost = { table = "articles", column = "body", rows = 1234567 } }

  it("marks what destroys data with what is lost", function()
    assert.equal([[
  -- Loses what is in column body of table articles, which has 1,234,567 rows.
  op.drop_column("articles", "body")
]], write.body { drop })
    assert.equal("Loses table shop.a with 1 row.", write.lost_words { table = "a", schema = "shop", rows = 1 })
    assert.equal("Loses table a with its rows.", write.lost_words { table = "a" })
  end)

  it("begins with the notes, broken into lines", function()
    local text = write.body({ drop }, { ("a note of many words "):rep(10) })
    assert.matches("^  %-%- a note", text)
    for line in text:gmatch("[^\n]+") do assert.is_true(#line <= layout.WIDTH, line) end
    assert.is_truthy(load("local op = ...\n" .. text))
  end)

  it("is empty where there is nothing to do", function()
    assert.same({ upgrade = "", downgrade = "", types = false }, write.bodies { up = {}, down = {}, notes = {} })
  end)

  it("tells whether types are named in it", function()
    local add = { op = "add_column", table = "t", constraints = {}, indexes = {},
      column = { name = "types.", type = types.api.text, nullable = true } }
    assert.is_true(write.bodies({ up = { add }, down = { drop } }).types)
    assert.is_false(write.bodies({ up = { drop }, down = {}, notes = { "types.text" } }).types)
  end)
end)
