--- The text that autogenerate writes: laid out as a person would, what destroys data marked.

require "support.lua_host" -- what the program gives to the library
local layout = require "curlew.autogen.layout"
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

describe("the bodies of a revision", function()
  local drop = { op = "drop_column", table = "articles", column = "body", lost = { table = "articles", column = "body" } }
  local function upgrade(records, notes, run)
    return write.bodies({ up = records, down = {}, notes = notes }, run).upgrade
  end

  it("mark what destroys data with what is lost", function()
    assert.equal([[
  -- destructive: loses the values of articles.body
  op.drop_column("articles", "body")
]], upgrade { drop })
    local run = {
      conn = { try = function(_, sql) return sql == "SELECT count(*) FROM shop.a" and { { 1234567 } } or nil end },
      dialect = { qualified = function(_, schema, name) return schema .. "." .. name end },
    }
    assert.equal("destructive: loses the rows of shop.a (1,234,567 when this was written)",
      write.loss({ table = "a", schema = "shop" }, run))
  end)

  it("begin with the notes, broken into lines", function()
    local text = upgrade({ drop }, { ("a note of many words "):rep(10) })
    assert.matches("^  %-%- a note", text)
    for line in text:gmatch("[^\n]+") do assert.is_true(#line <= layout.WIDTH, line) end
    assert.is_truthy(load("local op = ...\n" .. text))
  end)

  it("stop where nothing knows the way back", function()
    local text = write.bodies({ up = {}, down = { { op = "irreversible", record = { op = "execute" } } } }).downgrade
    local ok, why = pcall(assert(load(text)))
    assert.is_false(ok)
    assert.matches("execute can't be undone", why)
  end)

  it("are empty where there is nothing to do", function()
    assert.same({ upgrade = "", downgrade = "" }, write.bodies { up = {}, down = {}, notes = {} })
  end)
end)
